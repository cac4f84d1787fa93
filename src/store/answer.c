/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: the formats of answers.
 *
 * CSV follows RFC 4180; a text cell that a spreadsheet would run as a formula (first byte = + - @,
 * tab or CR) gets an apostrophe before it. JSON keeps numbers as numbers, but what JSON has no number
 * for (nan, inf) is text. In a table, control characters are shown as a dot: an answer cannot steer
 * the terminal. */
#include "store/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum { FLUSH_AT = 64 * 1024, PENDING_MAX = 64 * 1024 * 1024, TABLE_BYTES_MAX = 64 * 1024 * 1024 };

struct answer {
    const struct question *q;
    const struct query_opts *opts;
    struct buf out; /* not yet given to opts->write */
    struct buf cells; /* table: all cells; each ends with a newline, which no shown cell holds */
    size_t *widths; /* table */
    uint64_t rows, table_cut;
};

struct answer *answer_new(const struct question *q, const struct query_opts *opts)
{
    struct answer *a = xcalloc(1, sizeof *a);

    a->q = q;
    a->opts = opts;
    buf_init(&a->out, PENDING_MAX);
    buf_init(&a->cells, TABLE_BYTES_MAX);
    a->widths = xcalloc(q->column_count, sizeof *a->widths);
    return a;
}

void answer_free(struct answer *a)
{
    if (!a)
        return;
    buf_free(&a->out);
    buf_free(&a->cells);
    free(a->widths);
    free(a);
}

static int flush(struct answer *a, size_t at_least, struct err *err)
{
    if (buf_failed(&a->out))
        return err_set(err, ERR_LIMIT, "a row of the answer is larger than %d bytes", PENDING_MAX);
    if (a->out.len < at_least || a->out.len == 0)
        return 0;
    if (a->opts->write(a->opts->ctx, buf_as_str(&a->out)) < 0)
        return err_set(err, ERR_IO, "the answer could not be passed on");
    buf_reset(&a->out, 2 * FLUSH_AT);
    return 0;
}

static void put_csv_cell(struct buf *out, struct str cell, enum question_shape shape)
{
    bool formula = shape != QUESTION_NUMBER && cell.len && strchr("=+-@\t\r", cell.ptr[0]);
    bool quote = cell.ptr && cell.len == 0; /* "" is empty text, nothing at all is NULL */

    for (size_t i = 0; i < cell.len && !quote; i++)
        quote = strchr(",\"\r\n", cell.ptr[i]) != NULL;
    if (!quote && !formula) {
        buf_str(out, cell);
        return;
    }
    buf_char(out, '"');
    if (formula)
        buf_char(out, '\'');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            buf_char(out, '"');
        buf_char(out, cell.ptr[i]);
    }
    buf_char(out, '"');
}

static bool is_json_number(struct str s)
{
    return s.len && (s.ptr[0] == '-' ? s.len > 1 && s.ptr[1] != 'i' && s.ptr[1] != 'n'
                                     : s.ptr[0] >= '0' && s.ptr[0] <= '9');
}

static void put_json_cell(struct buf *out, struct str cell, enum question_shape shape)
{
    if (!cell.ptr)
        buf_str(out, STR("null"));
    else if (shape == QUESTION_NESTED || shape == QUESTION_BOOLEAN ||
             (shape == QUESTION_NUMBER && is_json_number(cell)))
        buf_str(out, cell);
    else
        buf_json(out, cell);
}

static void put_json_row(struct answer *a, const struct str *cells)
{
    bool named = a->opts->format == QUERY_NDJSON;

    if (!named && a->rows > 0)
        buf_char(&a->out, ',');
    buf_char(&a->out, named ? '{' : '[');
    for (size_t i = 0; i < a->q->column_count; i++) {
        if (i > 0)
            buf_char(&a->out, ',');
        if (named) {
            buf_json(&a->out, str_from(a->q->columns[i].name));
            buf_char(&a->out, ':');
        }
        put_json_cell(&a->out, cells[i], a->q->columns[i].shape);
    }
    buf_str(&a->out, named ? STR("}\n") : STR("]"));
}

/* Characters, counted as UTF-8 lead bytes. */
static size_t width_of(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

static bool is_control(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];

    if (c < 0x20 || c == 0x7F)
        return true;
    /* U+0080 to U+009F, which some terminals obey */
    return c >= 0x80 && c < 0xA0 && i > 0 && (unsigned char)s.ptr[i - 1] == 0xC2;
}

static void put_table_cell(struct answer *a, size_t column, struct str cell)
{
    size_t width = width_of(cell);

    if (width > a->widths[column])
        a->widths[column] = width;
    for (size_t i = 0; i < cell.len; i++) {
        bool second_byte = is_control(cell, i) && (unsigned char)cell.ptr[i] >= 0x80;

        if (second_byte)
            a->cells.ptr[a->cells.len - 1] = '.'; /* over the 0xC2 before it */
        else
            buf_char(&a->cells, is_control(cell, i) ? '.' : cell.ptr[i]);
    }
    buf_char(&a->cells, '\n');
}

static void put_table_row(struct answer *a, const struct str *cells)
{
    if (a->rows >= ANSWER_TABLE_ROWS_MAX) {
        a->table_cut++;
        return;
    }
    for (size_t i = 0; i < a->q->column_count; i++)
        put_table_cell(a, i, cells[i].ptr ? cells[i] : STR("NULL"));
}

static void lay_out(struct answer *a, struct str *rest, bool numbers_right)
{
    for (size_t i = 0; i < a->q->column_count; i++) {
        struct str cell = str_split(rest, '\n');
        size_t pad = a->widths[i] - width_of(cell);
        bool right = numbers_right && a->q->columns[i].shape == QUESTION_NUMBER;
        bool last = i + 1 == a->q->column_count;

        buf_printf(&a->out, "%s%*s%.*s%*s", i ? "  " : "", right ? (int)pad : 0, "", STR_ARG(cell),
                   right || last ? 0 : (int)pad, "");
    }
    buf_char(&a->out, '\n');
}

static int end_table(struct answer *a, const struct query_result *result, struct err *err)
{
    struct str rest = buf_as_str(&a->cells);

    if (buf_failed(&a->cells))
        return err_set(err, ERR_LIMIT, "too much for a table: ask for csv or ndjson");
    lay_out(a, &rest, true);
    for (size_t i = 0; i < a->q->column_count; i++) {
        buf_str(&a->out, i ? STR("  ") : STR(""));
        for (size_t n = 0; n < a->widths[i]; n++)
            buf_char(&a->out, '-');
    }
    buf_char(&a->out, '\n');
    while (rest.len) {
        lay_out(a, &rest, true);
        if (flush(a, FLUSH_AT, err) < 0)
            return -1;
    }
    if (a->table_cut)
        buf_str(&a->out,
                STR("(the first 10000 rows; more were left out: ask for csv or ndjson)\n"));
    else if (result->cut)
        buf_str(&a->out, STR("(the first rows, as asked; there are more)\n"));
    return 0;
}

static int begin_json(struct answer *a)
{
    buf_str(&a->out, STR("{\"columns\":["));
    for (size_t i = 0; i < a->q->column_count; i++) {
        buf_str(&a->out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_json(&a->out, str_from(a->q->columns[i].name));
        buf_printf(&a->out, ",\"type\":\"%s\"}", a->q->columns[i].type);
    }
    buf_str(&a->out, STR("],\"rows\":["));
    return 0;
}

int answer_begin(struct answer *a, struct err *err)
{
    for (size_t i = 0; i < a->q->column_count; i++) {
        struct str name = str_from(a->q->columns[i].name);

        if (a->opts->format == QUERY_TABLE) {
            put_table_cell(a, i, name);
        } else if (a->opts->format == QUERY_CSV) {
            if (i > 0)
                buf_char(&a->out, ',');
            put_csv_cell(&a->out, name, QUESTION_TEXT);
        }
    }
    if (a->opts->format == QUERY_CSV)
        buf_str(&a->out, STR("\r\n"));
    if (a->opts->format == QUERY_JSON)
        begin_json(a);
    return flush(a, FLUSH_AT, err);
}

int answer_row(struct answer *a, const struct str *cells, struct err *err)
{
    switch (a->opts->format) {
    case QUERY_TABLE: put_table_row(a, cells); break;
    case QUERY_JSON:
    case QUERY_NDJSON: put_json_row(a, cells); break;
    case QUERY_CSV:
        for (size_t i = 0; i < a->q->column_count; i++) {
            if (i > 0)
                buf_char(&a->out, ',');
            put_csv_cell(&a->out, cells[i], a->q->columns[i].shape);
        }
        buf_str(&a->out, STR("\r\n"));
        break;
    case QUERY_PARQUET: CHECK(!"rows for a Parquet file");
    }
    a->rows++;
    return flush(a, FLUSH_AT, err);
}

int answer_end(struct answer *a, const struct query_result *result, struct err *err)
{
    if (a->opts->format == QUERY_TABLE && end_table(a, result, err) < 0)
        return -1;
    if (a->opts->format == QUERY_JSON)
        buf_printf(&a->out, "],\"row_count\":%llu,\"cut\":%s,\"took_ms\":%.3f}\n",
                   (unsigned long long)result->rows, result->cut ? "true" : "false",
                   (double)result->took_us / 1000);
    return flush(a, 0, err);
}
