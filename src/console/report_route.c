/* SPDX-License-Identifier: Apache-2.0 */
/* report_route.c: GET /api/report and GET /api/report/NAME?PARAMETERS.
 *
 * Two questions make one answer: what the report must know of the database, then the report. They
 * count as one of those that run at once, and share the time limit only in so far as each has it. */
#include "base/mem.h"
#include "console/ask.h"
#include "console/spool.h"
#include "report/report.h"

enum { LIST_MAX = 1 << 20, ABOUT_MAX = 4 << 20 };

static const char prefix[] = "/api/report";

bool console_is_report(struct str path)
{
    return str_is(path, prefix) || str_starts(path, STR("/api/report/"));
}

/* Takes the arguments of a query string, until one is wrong. */
struct taking {
    struct report_asked *asked;
    struct err err;
    bool failed;
};

static enum MHD_Result take(void *ctx, enum MHD_ValueKind kind, const char *key, size_t key_len,
                            const char *value, size_t value_len)
{
    struct taking *t = ctx;

    (void)kind;
    t->failed = report_set(t->asked, str_of(key, key_len), str_of(value, value ? value_len : 0),
                           &t->err) < 0;
    return t->failed ? MHD_NO : MHD_YES;
}

static int read_parameters(struct report_asked *asked, struct MHD_Connection *connection,
                           struct err *err)
{
    struct taking t = {.asked = asked};

    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take, &t);
    if (t.failed) {
        *err = t.err;
        return -1;
    }
    return report_check(asked, err);
}

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

static int learn(struct console *c, struct console_request *r, struct report_asked *asked,
                 int64_t timeout_us, struct err *err)
{
    struct query_result result;
    struct query_opts opts = {.format = QUERY_JSON,
                              .timeout_us = timeout_us,
                              .ours = true,
                              .leaves_hidden_out = true, /* it names none */
                              .write = to_buf};
    AUTO_BUF sql;
    AUTO_BUF json;

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&json, ABOUT_MAX);
    report_put_about(asked, &sql);
    opts.sql = buf_as_str(&sql);
    opts.ctx = &json;
    if (console_ask_run(c, r, &opts, &result, err) < 0)
        return report_not_known(err);
    return report_know(asked, buf_as_str(&json), err);
}

static enum MHD_Result answer_rows(struct console *c, struct console_request *r,
                                   struct report_asked *asked, struct query_opts *opts,
                                   struct str format)
{
    struct report_headed headed = {.write = spool_pass};
    struct spool spool;
    enum MHD_Result queued;

    report_headed_init(&headed, asked, format, report_how(asked).sql ? opts->sql : STR_NONE);
    spool_init(&spool, c->opts.spool_dir);
    headed.ctx = &spool;
    opts->write = report_headed_write;
    opts->ctx = &headed;
    queued = console_ask_answer(c, r, opts, &spool);
    spool_free(&spool);
    buf_free(&headed.head);
    return queued;
}

static enum MHD_Result answer(struct console *c, struct console_request *r,
                              struct report_asked *asked)
{
    struct report_how how = report_how(asked);
    struct str format = how.format.ptr ? how.format : STR("json");
    struct query_opts opts = {.format = (enum query_format)query_format_find(format),
                              .timeout_us = c->opts.query_timeout_us,
                              .rows_max = how.rows_max,
                              .ours = true,
                              .leaves_hidden_out = how.knows_hidden};
    struct err err = {0};
    AUTO_BUF sql;

    buf_init(&sql, REPORT_SQL_MAX);
    if (how.timeout_us && how.timeout_us < opts.timeout_us)
        opts.timeout_us = how.timeout_us;
    if (learn(c, r, asked, opts.timeout_us, &err) < 0 ||
        report_build(asked, !report_format_has_head(format), &sql, &err) < 0)
        return console_ask_error(r->connection, &err);
    opts.sql = buf_as_str(&sql);
    return answer_rows(c, r, asked, &opts, format);
}

static enum MHD_Result answer_list(struct MHD_Connection *connection)
{
    AUTO_BUF body;

    buf_init(&body, LIST_MAX);
    reports_put_json(&body);
    return console_answer(connection, 200, "application/json", buf_as_str(&body));
}

enum MHD_Result console_report(struct console *c, struct console_request *r, struct str path)
{
    struct str name = str_slice(path, sizeof prefix, path.len);
    struct report_asked *asked;
    const struct report *report;
    struct err err = {0};
    enum MHD_Result queued;

    if (name.len == 0)
        return answer_list(r->connection);
    report = report_find(name, &err);
    if (!report)
        return console_error(r->connection, 404, "not_found", err.text);
    asked = report_asked_new(report);
    if (read_parameters(asked, r->connection, &err) < 0) {
        queued = console_ask_error(r->connection, &err);
    } else if (report_how(asked).hidden && !access_has(r, ACCESS_HIDDEN)) {
        queued = console_error(r->connection, 403, "not_allowed",
                               "hidden values are for those who have the right to see them");
    } else if (console_ask_begin(c, r, &queued)) {
        queued = answer(c, r, asked);
        console_ask_end(c, r);
    }
    report_asked_free(asked);
    return queued;
}
