/* SPDX-License-Identifier: Apache-2.0 */
/* about.c: what a report must know of the database, and its definition.
 *
 * The definition is the SHA-256, cut to 12 hex digits, of these lines, each ended by a line feed:
 *   the report's name and version: `funnel 1`
 *   each value that counts, the standard ones included, in the order of the parameters: `step=a.b`,
 *   but of those that only say which part of the data is meant (from, to) or how the answer is given
 *   the models, in the order of their names: `model flows=...`
 *   what is internal, where that matters: `internal host=localhost`
 * A value's line feeds and backslashes stand behind a backslash, so that no two lists of lines are the
 * same. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "report/internal.h"

enum { DEFINITION_DIGITS = 12, LINES_MAX = 1 << 20, DATE_BYTES = 11 };

static void put_table_name(struct buf *out, struct str name)
{
    if (out->len)
        buf_str(out, STR(", "));
    sql_literal(out, name);
}

void report_put_about(const struct report_asked *asked, struct buf *sql)
{
    struct str more = str_from(asked->report->more_tables);
    AUTO_BUF tables;
    AUTO_BUF names;

    buf_init(&tables, 4096);
    buf_init(&names, REPORT_SQL_MAX - 8192);
    if (asked->report->common & REPORT_TRAFFIC) {
        report_fill(&names, "part_about_internal", NULL, 0);
        if (asked->report->days) {
            buf_char(&names, '\n');
            report_fill(&names, "part_about_days", NULL, 0);
        }
        buf_char(&names, '\n');
    }
    put_table_name(&tables, str_from(report_table(asked)));
    while (more.ptr)
        put_table_name(&tables, str_split(&more, ' '));
    if (asked->report->names)
        asked->report->names(asked, &names);
    report_fill(
        sql, "about",
        (struct sql_blank[]){{"tables", buf_as_str(&tables)}, {"names", buf_as_str(&names)}}, 2);
    CHECK(!buf_failed(&tables) && !buf_failed(&names));
}

static char *text_at(yyjson_val *row, size_t index)
{
    yyjson_val *value = yyjson_arr_get(row, index);

    return xmemdup(yyjson_is_str(value) ? yyjson_get_str(value) : "",
                   yyjson_is_str(value) ? yyjson_get_len(value) : 0);
}

/* A run of days; where they are too many, the last one goes on to the end. */
static int take_days(struct report_asked *asked, yyjson_val *row)
{
    struct report_days days;

    if (datetime_parse_date(str_from(yyjson_get_str(yyjson_arr_get(row, 1))), &days.first_us) < 0 ||
        datetime_parse_date(str_from(yyjson_get_str(yyjson_arr_get(row, 2))), &days.last_us) < 0)
        return -1;
    if (asked->days_count < REPORT_DAYS_MAX)
        asked->days[asked->days_count++] = days;
    else
        asked->days[REPORT_DAYS_MAX - 1].last_us = days.last_us;
    return 0;
}

static int take_row(struct report_asked *asked, yyjson_val *row)
{
    yyjson_val *kind = yyjson_arr_get(row, 0);
    int64_t at = yyjson_get_sint(yyjson_arr_get(row, 3));
    struct filter f;

    if (yyjson_equals_str(kind, "model") && asked->model_count < REPORT_MODELS_MAX) {
        asked->models[asked->model_count++] =
            (struct report_model){.name = text_at(row, 1), .definition = text_at(row, 2)};
        if (asked->models_at < 0 || at < asked->models_at)
            asked->models_at = at;
    } else if ((yyjson_equals_str(kind, "column") || yyjson_equals_str(kind, "numeric")) &&
               asked->column_count < REPORT_COLUMNS_MAX) {
        asked->columns[asked->column_count++] =
            (struct report_column){.table = text_at(row, 1),
                                   .name = text_at(row, 2),
                                   .numeric = yyjson_equals_str(kind, "numeric")};
    } else if (yyjson_equals_str(kind, "name")) {
        if (asked->name_count < REPORT_NAMES_MAX)
            asked->names[asked->name_count++] = text_at(row, 2);
        else
            asked->names_cut = true;
    } else if (yyjson_equals_str(kind, "since") && !asked->since) {
        asked->since = text_at(row, 2);
    } else if (yyjson_equals_str(kind, "absent") && asked->absent_count < REPORT_ABSENT_MAX) {
        asked->absent[asked->absent_count++] = text_at(row, 2);
    } else if (yyjson_equals_str(kind, "internal") && asked->internal_count < REPORT_INTERNAL_MAX) {
        asked->internal[asked->internal_count] = text_at(row, 2);
        return filter_parse(&f, str_from(asked->internal[asked->internal_count++]), NULL);
    } else if (yyjson_equals_str(kind, "days")) {
        return take_days(asked, row);
    } else if (yyjson_equals_str(kind, "fact") && asked->fact_count < REPORT_FACTS_MAX) {
        asked->facts[asked->fact_count++] =
            (struct report_known){.name = text_at(row, 1), .value = text_at(row, 2), .number = at};
    } else if (yyjson_equals_str(kind, "store")) {
        asked->stored_at = at;
    } else {
        return -1;
    }
    return 0;
}

/* Columns of the view `events` that only reports know. */
static int add_derived(struct report_asked *asked)
{
    if (!report_has_column(asked, STR("events"), STR("position")))
        return 0;
    if (asked->column_count == REPORT_COLUMNS_MAX)
        return -1;
    asked->columns[asked->column_count++] =
        (struct report_column){.table = xstrdup("events"), .name = xstrdup("referrer_host")};
    return 0;
}

int report_know(struct report_asked *asked, struct str json, struct err *err)
{
    yyjson_doc *doc = yyjson_read(json.ptr, json.len, 0);
    yyjson_val *rows = yyjson_obj_get(yyjson_doc_get_root(doc), "rows"), *row;
    size_t index, count;
    int status = yyjson_is_arr(rows) ? 0 : -1;

    CHECK(!asked->columns);
    asked->columns = xcalloc(REPORT_COLUMNS_MAX, sizeof *asked->columns);
    asked->models = xcalloc(REPORT_MODELS_MAX, sizeof *asked->models);
    asked->facts = xcalloc(REPORT_FACTS_MAX, sizeof *asked->facts);
    yyjson_arr_foreach(rows, index, count, row)
    {
        status = status < 0 ? status : take_row(asked, row);
    }
    yyjson_doc_free(doc);
    status = status < 0 ? status : add_derived(asked);
    if (status < 0)
        return err_set(err, ERR_INTERNAL,
                       "what the database says of itself is not what a report expects");
    return 0;
}

int64_t report_hidden_count(const struct report_asked *asked)
{
    struct report_fact fact;

    CHECK(report_fact_at(asked, "hidden", 0, &fact));
    return fact.number;
}

static void put_line(struct buf *out, const char *key, struct str value)
{
    buf_str(out, str_from(key));
    buf_char(out, '=');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\\' || value.ptr[i] == '\n')
            buf_char(out, '\\');
        buf_char(out, value.ptr[i]);
    }
    buf_char(out, '\n');
}

static void put_lines(struct buf *out, const struct report_asked *asked)
{
    const struct report_parameter *p;

    buf_printf(out, "%s %u\n", asked->report->name, asked->report->version);
    for (size_t i = 0; (p = report_parameter_at(asked->report, i)); i++) {
        struct str values[REPORT_REPEATS_MAX];
        size_t count = p->range || p->how ? 0 : report_values_of(asked, i, values);

        for (size_t k = 0; k < count; k++)
            put_line(out, p->name, values[k]);
    }
    for (size_t i = 0; i < asked->model_count; i++) {
        buf_str(out, STR("model "));
        put_line(out, asked->models[i].name, str_from(asked->models[i].definition));
    }
    for (size_t i = 0; i < asked->internal_count; i++)
        put_line(out, "internal", str_from(asked->internal[i]));
}

void report_put_definition(struct buf *out, const struct report_asked *asked)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[DEFINITION_DIGITS];
    AUTO_BUF lines;

    buf_init(&lines, LINES_MAX);
    put_lines(&lines, asked);
    CHECK(!buf_failed(&lines));
    CHECK(EVP_Digest(lines.ptr, lines.len, digest, NULL, EVP_sha256(), NULL) == 1);
    hex_encode(hex, digest, DEFINITION_DIGITS / 2);
    buf_append(out, hex, DEFINITION_DIGITS);
}

void report_put_run(struct buf *out, const char *part, const struct report_days *run,
                    struct str time)
{
    char first[DATE_BYTES], last[DATE_BYTES];
    AUTO_BUF first_sql;
    AUTO_BUF last_sql;

    buf_init(&first_sql, 64);
    buf_init(&last_sql, 64);
    datetime_format_date(first, run->first_us);
    datetime_format_date(last, run->last_us);
    sql_literal(&first_sql, str_from(first));
    sql_literal(&last_sql, str_from(last));
    buf_char(out, '\n');
    report_fill(out, part,
                (struct sql_blank[]){{"time", time},
                                     {"first", buf_as_str(&first_sql)},
                                     {"last", buf_as_str(&last_sql)}},
                3);
}

bool report_put_still(const struct report_asked *asked, struct buf *sql)
{
    AUTO_BUF known;

    buf_init(&known, 8192);
    if (asked->report->still)
        return asked->report->still(asked, sql);
    if (!asked->report->days)
        return false;
    for (size_t i = 0; i < asked->days_count; i++)
        report_put_run(&known, "part_overview_not_of", &asked->days[i], STR("day"));
    report_fill(sql, "days_still", (struct sql_blank[]){{"known", buf_as_str(&known)}}, 1);
    CHECK(!buf_failed(&known));
    return true;
}

int report_not_known(struct err *err)
{
    if (strstr(err->text, "Catalog Error") || strstr(err->text, "Binder Error"))
        err_set(err, err->code,
                "the database has no models yet: an engine of this version makes them when it "
                "starts");
    return -1;
}
