/* SPDX-License-Identifier: Apache-2.0 */
/* view_route.c: GET /api/settings and GET /api/marks: what the frame of all pages needs to know, and moments
 * to be marked in charts. Both put reports of a few rows into an object. */
#include "base/mem.h"
#include "console/ask.h"
#include "report/report.h"

enum { ROWS_MAX = 1 << 20, QUESTION_US = 5000000, MARKS_MAX = 1000 };

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

/* The parameters that a client may give of one that takes a range. */
static int take_range(struct report_asked *asked, struct MHD_Connection *connection,
                      struct err *err)
{
    static const char *const names[] = {"from", "to", "time_zone"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value =
            MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, names[i]);

        if (value && *value && report_set(asked, str_from(names[i]), str_from(value), err) < 0)
            return -1;
    }
    return report_check(asked, err);
}

/* The report's rows as JSON objects, parted by commas. */
static int ask_rows(struct console *c, struct console_request *r, struct report_asked *asked,
                    struct buf *out, struct err *err)
{
    struct query_result result;
    struct str rest;
    const char *comma = "";
    AUTO_BUF sql;
    AUTO_BUF lines;
    struct query_opts opts = {.format = QUERY_NDJSON,
                              .timeout_us = QUESTION_US,
                              .rows_max = MARKS_MAX,
                              .ours = true,
                              .leaves_hidden_out = true, /* there are no values of events in it */
                              .write = to_buf,
                              .ctx = &lines};

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&lines, ROWS_MAX);
    if (report_build(asked, false, &sql, err) < 0)
        return -1;
    opts.sql = buf_as_str(&sql);
    if (console_ask_run(c, r, &opts, &result, err) < 0)
        return -1;
    rest = buf_as_str(&lines);
    while (rest.len) {
        struct str line = str_split(&rest, '\n');

        buf_printf(out, "%s%.*s", comma, STR_ARG(line));
        comma = ",";
    }
    return 0;
}

static int ask_report(struct console *c, struct console_request *r, const char *name, bool range,
                      struct buf *out, struct err *err)
{
    struct report_asked *asked = report_asked_new(report_find(str_from(name), NULL));
    int status = range ? take_range(asked, r->connection, err) : 0;

    if (status == 0)
        status = ask_rows(c, r, asked, out, err);
    report_asked_free(asked);
    return status;
}

/* Asks, and puts what stands around the rows. */
static enum MHD_Result answer(struct console *c, struct console_request *r, const char *report,
                              bool range, struct buf *body, const char *end)
{
    struct err err = {0};
    enum MHD_Result queued;
    int status;

    if (!console_ask_begin(c, r, &queued))
        return queued;
    status = ask_report(c, r, report, range, body, &err);
    console_ask_end(c, r);
    if (status < 0)
        return console_ask_error(r->connection, &err);
    buf_str(body, str_from(end));
    if (buf_failed(body))
        return console_error(r->connection, 500, "internal", "the answer is larger than 1 MiB");
    return console_answer(r->connection, 200, "application/json", buf_as_str(body));
}

enum MHD_Result console_marks(struct console *c, struct console_request *r)
{
    AUTO_BUF body;

    buf_init(&body, ROWS_MAX);
    buf_str(&body, STR("{\"marks\":["));
    return answer(c, r, "marks", true, &body, "]}\n");
}

static void put_list(struct buf *out, const char *name, size_t count,
                     const char *(*item)(const struct settings *s, size_t i),
                     const struct settings *s)
{
    buf_printf(out, "\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i ? STR(",") : STR(""));
        buf_json(out, str_from(item(s, i)));
    }
    buf_str(out, STR("],"));
}

static const char *filter_at(const struct settings *s, size_t i)
{
    return s->console.internal.items[i];
}

static const char *source_at(const struct settings *s, size_t i)
{
    return s->sources[i].name;
}

enum MHD_Result console_settings(struct console *c, struct console_request *r)
{
    const struct settings *s = c->opts.settings;
    AUTO_BUF body;

    buf_init(&body, ROWS_MAX);
    buf_str(&body, STR("{\"time_zone\":\"UTC\","));
    put_list(&body, "internal", s->console.internal.count, filter_at, s);
    put_list(&body, "sources", s->source_count, source_at, s);
    buf_str(&body, STR("\"range\":"));
    return answer(c, r, "range", false, &body, "}\n");
}
