/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: a report's SQL, and what stands around its rows.
 *
 * Rows come as `weir query` gives them. JSON, which is one object, gets further members at its
 * beginning, a table a title; other formats have no room for that, and get a column instead. */
#include "base/check.h"
#include "base/mem.h"
#include "report/internal.h"

enum { HEAD_MAX = 1 << 20, NOTES_MAX = 64 * 1024 };

static const char *const formats_with_head[] = {"json", "table"};

bool report_format_has_head(struct str format)
{
    for (size_t i = 0; i < ARRAY_LEN(formats_with_head); i++)
        if (str_is(format, formats_with_head[i]))
            return true;
    return false;
}

/* The columns of filters and --by. */
static int check_columns(const struct report_asked *asked, struct err *err)
{
    struct str table = str_from(report_table(asked));
    struct report_filter f;

    if ((asked->report->common & REPORT_BY) && report_text(asked, "by").ptr &&
        report_need_column(asked, "by", table, report_text(asked, "by"), err) < 0)
        return -1;
    if (!(asked->report->common & REPORT_FILTERS))
        return 0;
    for (size_t i = 0; i < report_count(asked, "filter"); i++) {
        CHECK(report_filter_parse(&f, report_value(asked, "filter", i), NULL) == 0);
        if (report_need_column(asked, "filter", table, f.column, err) < 0)
            return -1;
    }
    return 0;
}

static void put_definition_column(const struct report_asked *asked, struct str report,
                                  struct buf *sql)
{
    AUTO_BUF definition;
    AUTO_BUF literal;

    buf_init(&definition, 64);
    buf_init(&literal, 64);
    report_put_definition(&definition, asked);
    sql_literal(&literal, buf_as_str(&definition));
    report_fill(sql, "with_definition",
                (struct sql_blank[]){{"definition", buf_as_str(&literal)}, {"report", report}}, 2);
}

int report_build(const struct report_asked *asked, bool definition_column, struct buf *sql,
                 struct err *err)
{
    AUTO_BUF report;

    buf_init(&report, REPORT_SQL_MAX - 1024);
    if (check_columns(asked, err) < 0 || asked->report->build(asked, &report, err) < 0)
        return -1;
    if (definition_column)
        put_definition_column(asked, buf_as_str(&report), sql);
    else
        buf_str(sql, buf_as_str(&report));
    if (buf_failed(&report) || buf_failed(sql))
        return err_set(err, ERR_LIMIT,
                       "the report's SQL would have more than %d bytes: ask for less",
                       REPORT_SQL_MAX);
    return 0;
}

static void put_member(struct buf *out, const char *name, const struct str *values, size_t count,
                       bool list)
{
    buf_json(out, str_from(name));
    buf_str(out, list ? STR(":[") : STR(":"));
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
        buf_json(out, values[i]);
    }
    if (list)
        buf_char(out, ']');
}

static void put_parameters(struct buf *out, const struct report_asked *asked)
{
    const struct report_parameter *p;
    const char *comma = "";

    buf_char(out, '{');
    for (size_t i = 0; (p = report_parameter_at(asked->report, i)); i++) {
        struct str values[REPORT_REPEATS_MAX];
        size_t count = p->how ? 0 : report_values_of(asked, i, values);

        if (!count)
            continue;
        buf_str(out, str_from(comma));
        put_member(out, p->name, values, count, p->repeats);
        comma = ",";
    }
    buf_char(out, '}');
}

void report_put_notes(struct buf *out, const struct report_asked *asked)
{
    const char *note = asked->report->note ? asked->report->note(asked) : NULL;

    if (note)
        buf_str(out, str_from(note));
    for (size_t i = 0; i < asked->absent_count; i++)
        buf_printf(out, "%s%s", out->len ? "\n" : "", asked->absent[i]);
}

static void put_json_head(struct buf *out, const struct report_asked *asked, struct str sql)
{
    AUTO_BUF notes;

    buf_init(&notes, NOTES_MAX);
    buf_str(out, STR("{\"report\":"));
    buf_json(out, str_from(asked->report->name));
    buf_str(out, STR(",\"definition\":\""));
    report_put_definition(out, asked);
    buf_printf(out, "\",\"models_at\":%lld,\"stored_at\":%lld,\"parameters\":",
               (long long)asked->models_at, (long long)asked->stored_at);
    put_parameters(out, asked);
    report_put_notes(&notes, asked);
    if (notes.len) {
        buf_str(out, STR(",\"note\":"));
        buf_json(out, buf_as_str(&notes));
    }
    out->failed |= notes.failed;
    if (sql.ptr) {
        buf_str(out, STR(",\"sql\":"));
        buf_json(out, sql);
    }
    buf_char(out, ',');
}

static void put_range(struct buf *out, const struct report_asked *asked)
{
    struct str from = report_text(asked, "from"), to = report_text(asked, "to");

    if (!from.ptr && !to.ptr)
        buf_str(out, STR("all time"));
    if (from.ptr)
        buf_printf(out, "from %.*s", STR_ARG(from));
    if (to.ptr)
        buf_printf(out, "%sbefore %.*s", from.ptr ? ", " : "", STR_ARG(to));
    buf_printf(out, ", %.*s; ", STR_ARG(report_text(asked, "time-zone")));
}

static void put_title(struct buf *out, const struct report_asked *asked)
{
    AUTO_BUF notes;

    buf_init(&notes, NOTES_MAX);
    buf_printf(out, "%s: ", asked->report->name);
    if (asked->report->common & REPORT_RANGE)
        put_range(out, asked);
    buf_str(out, STR("definition "));
    report_put_definition(out, asked);
    if (asked->models_at >= asked->stored_at)
        buf_printf(out, "; up to event %lld\n", (long long)asked->models_at);
    else
        buf_printf(out, "; up to event %lld of %lld\n", (long long)asked->models_at,
                   (long long)asked->stored_at);
    report_put_notes(&notes, asked);
    if (notes.len)
        buf_printf(out, "%.*s\n", STR_ARG(buf_as_str(&notes)));
    buf_char(out, '\n');
    out->failed |= notes.failed;
}

void report_headed_init(struct report_headed *h, const struct report_asked *asked,
                        struct str format, struct str sql)
{
    buf_init(&h->head, HEAD_MAX);
    h->begun = false;
    h->json = str_is(format, "json");
    if (h->json)
        put_json_head(&h->head, asked, sql);
    else if (report_format_has_head(format))
        put_title(&h->head, asked);
    CHECK(!buf_failed(&h->head));
}

int report_headed_write(void *ctx, struct str bytes)
{
    struct report_headed *h = ctx;

    if (!h->begun && bytes.len) {
        h->begun = true;
        if (h->head.len && h->write(h->ctx, buf_as_str(&h->head)) < 0)
            return -1;
        if (h->json) {
            CHECK(bytes.ptr[0] == '{');
            bytes = str_slice(bytes, 1, bytes.len);
        }
    }
    return bytes.len ? h->write(h->ctx, bytes) : 0;
}

static void put_parameter(struct buf *out, const struct report_parameter *p)
{
    buf_str(out, STR("{\"name\":"));
    buf_json(out, str_from(p->name));
    buf_str(out, STR(",\"help\":\""));
    for (const char *c = p->help; *c; c++) { /* our own text: plain ASCII without quotes */
        CHECK(*c != '"' && *c != '\\');
        buf_char(out, *c == '|' ? ' ' : *c);
    }
    buf_printf(out, "\",\"repeats\":%s,\"required\":%s", p->repeats ? "true" : "false",
               p->required ? "true" : "false");
    if (p->standard) {
        buf_str(out, STR(",\"default\":"));
        buf_json(out, str_from(p->standard));
    }
    buf_char(out, '}');
}

void reports_put_json(struct buf *out)
{
    const struct report_parameter *p;

    buf_str(out, STR("{\"reports\":["));
    for (size_t r = 0; reports[r]; r++) {
        buf_str(out, r ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_json(out, str_from(reports[r]->name));
        buf_str(out, STR(",\"summary\":"));
        buf_json(out, str_from(reports[r]->summary));
        buf_printf(out, ",\"version\":%u,\"parameters\":[", reports[r]->version);
        for (size_t i = 0; (p = report_parameter_at(reports[r], i)); i++) {
            if (i)
                buf_char(out, ',');
            put_parameter(out, p);
        }
        buf_str(out, STR("]}"));
    }
    buf_str(out, STR("]}\n"));
}
