/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_strangers.c: two questions to the store, and their rows for people and for programs.
 *
 * Promise: what a stranger chose, a host or a path, does not steer a terminal. */
#include "cmd/ledger_strangers.h"

#include <stdio.h>
#include <yyjson.h>

#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/shown.h"
#include "store/store.h"

/* Columns; a number where `number`. */
struct column {
    const char *name;
    bool number;
};

static const struct column folded_columns[] = {{"source", false},       {"field", false},
                                               {"events", true},        {"most_events", true},
                                               {"most_visitor", false}, {"most_ua_browser", false},
                                               {"most_country", false}};
static const struct column domain_columns[] = {{"source", false},    {"domain", false},
                                               {"events", true},     {"first_seen", false},
                                               {"last_seen", false}, {"page", false}};

void strangers_read(struct strangers *out, const struct ledger_asker *asker, int64_t since_us)
{
    struct err err = {0};
    AUTO_BUF folded;
    AUTO_BUF domains;

    *out = (struct strangers){0};
    buf_init(&folded, ASK_SQL_MAX);
    buf_init(&domains, ASK_SQL_MAX);
    store_ask_folded(&folded, since_us);
    store_ask_domains(&domains, since_us);
    out->folded = asker->document(asker->ctx, &folded, &err);
    if (out->folded)
        out->domains = asker->document(asker->ctx, &domains, &err);
    if (err.code)
        snprintf(out->error, sizeof out->error, "%s", err.text);
}

void strangers_free(struct strangers *s)
{
    yyjson_doc_free(s->folded);
    yyjson_doc_free(s->domains);
    *s = (struct strangers){0};
}

static yyjson_val *rows_of(yyjson_doc *doc)
{
    return yyjson_obj_get(yyjson_doc_get_root(doc), "rows");
}

static bool is_wanted(yyjson_val *row, const char *source)
{
    const char *of = yyjson_get_str(yyjson_arr_get(row, 0));

    return of && (!source || strcmp(of, source) == 0);
}

static const char *text_at(yyjson_val *row, size_t column)
{
    const char *text = yyjson_get_str(yyjson_arr_get(row, column));

    return text ? text : "";
}

static void show_sender(yyjson_val *row)
{
    const char *visitor = text_at(row, 4);

    if (yyjson_get_sint(yyjson_arr_get(row, 3)) == 0)
        return;
    printf("  (%lld of a day from %s%.8s", (long long)yyjson_get_sint(yyjson_arr_get(row, 3)),
           *visitor ? "" : "no known visitor", visitor);
    shown_print(stdout, "%s%s", *text_at(row, 5) ? " " : "", text_at(row, 5));
    shown_print(stdout, "%s%s)", *text_at(row, 6) ? " " : "", text_at(row, 6));
}

void strangers_show(const struct strangers *s, const char *source)
{
    size_t i, max, shown = 0;
    yyjson_val *row;

    if (s->error[0])
        shown_print(stdout, "strangers are not known: %s", s->error), putchar('\n');
    yyjson_arr_foreach(rows_of(s->folded), i, max, row)
    {
        if (!is_wanted(row, source))
            continue;
        printf("%s", shown++ ? "" : "\nfolded to (other), past a field's budget\n");
        printf("  ");
        shown_print(stdout, "%-22s  %s", text_at(row, 1), text_at(row, 0));
        printf("  %lld", (long long)yyjson_get_sint(yyjson_arr_get(row, 2)));
        show_sender(row);
        putchar('\n');
    }
    shown = 0;
    yyjson_arr_foreach(rows_of(s->domains), i, max, row)
    {
        if (!is_wanted(row, source))
            continue;
        printf("%s", shown++ ? "" : "\nunauthorised domains\n");
        printf("  ");
        shown_print(stdout, "%-22s  %s", text_at(row, 1), text_at(row, 0));
        printf("  %lld", (long long)yyjson_get_sint(yyjson_arr_get(row, 2)));
        shown_print(stdout, "  since %.19s  %s", text_at(row, 3), text_at(row, 5));
        putchar('\n');
    }
}

static void put_row(struct buf *out, const char *kind, yyjson_val *row,
                    const struct column *columns, size_t count)
{
    buf_printf(out, "{\"kind\":\"%s\"", kind);
    for (size_t i = 0; i < count; i++) {
        yyjson_val *val = yyjson_arr_get(row, i);

        if (yyjson_is_null(val))
            continue;
        buf_printf(out, ",\"%s\":", columns[i].name);
        if (columns[i].number)
            buf_i64(out, yyjson_get_sint(val));
        else
            buf_json(out, str_from(text_at(row, i)));
    }
    buf_char(out, '}');
}

static void put_rows(struct buf *out, const char *kind, yyjson_val *rows, const char *source,
                     const struct column *columns, size_t count, bool lines)
{
    size_t i, max, shown = 0;
    yyjson_val *row;

    yyjson_arr_foreach(rows, i, max, row)
    {
        if (!is_wanted(row, source))
            continue;
        if (shown++ && !lines)
            buf_char(out, ',');
        put_row(out, kind, row, columns, count);
        if (lines)
            buf_char(out, '\n');
    }
}

void strangers_to_json(const struct strangers *s, const char *source, bool lines, struct buf *out)
{
    buf_str(out, lines ? STR("") : STR(",\"folded\":["));
    put_rows(out, "folded", rows_of(s->folded), source, folded_columns, ARRAY_LEN(folded_columns),
             lines);
    buf_str(out, lines ? STR("") : STR("],\"unauthorised_domains\":["));
    put_rows(out, "unauthorised_domain", rows_of(s->domains), source, domain_columns,
             ARRAY_LEN(domain_columns), lines);
    buf_str(out, lines ? STR("") : STR("]"));
    if (s->error[0]) {
        buf_str(out,
                lines ? STR("{\"kind\":\"strangers\",\"error\":") : STR(",\"strangers_error\":"));
        buf_json(out, str_from(s->error));
        buf_str(out, lines ? STR("}\n") : STR(""));
    }
}
