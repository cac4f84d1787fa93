/* SPDX-License-Identifier: Apache-2.0 */
/* value.c: a property's value in its column.
 *
 * A column of text takes every value: numbers in digits, times as RFC 3339, lists as JSON. Promises
 * that what value_check_row let through fits the vectors and shows in every query. */
#include "store/value.h"

#include <inttypes.h>
#include <math.h>

#include "base/check.h"
#include "base/datetime.h"

static const int64_t first_us = INT64_C(-62135596800000000); /* 0001-01-01 */
static const int64_t behind_us = INT64_C(253402300800000000); /* 10000-01-01 */

struct store_column value_wants(const struct record_property *p)
{
    bool list = p->value.type == RECORD_LIST;

    return (struct store_column){.name = p->name,
                                 .type = list ? p->value.list.item_type : p->value.type,
                                 .list = list,
                                 .hidden = p->hidden};
}

int value_check_text(struct str s, size_t *bytes, struct err *err)
{
    *bytes += s.len;
    return !s.ptr || str_is_utf8(s) ? 0 : err_set(err, ERR_CORRUPT, "text that is not UTF-8");
}

int value_check_time(int64_t us, struct err *err)
{
    if (us < first_us || us >= behind_us)
        return err_set(err, ERR_CORRUPT, "a time outside the years 1 to 9999");
    return 0;
}

int value_check_row(const struct record_value *v, size_t *bytes, struct err *err)
{
    switch (v->type) {
    case RECORD_TEXT:
    case RECORD_JSON: return value_check_text(v->text, bytes, err);
    case RECORD_DATETIME: return value_check_time(v->integer, err);
    case RECORD_NUMBER:
        return isfinite(v->number) ? 0 : err_set(err, ERR_CORRUPT, "a number that is not finite");
    case RECORD_LIST: break;
    default: return 0;
    }
    *bytes += v->list.count * 8;
    for (size_t i = 0; i < v->list.count; i++)
        if (value_check_row(v->list.items + i, bytes, err) < 0)
            return -1;
    return 0;
}

/* The value as text, as a column of text has it. */
static void put_as_text(struct buf *out, const struct record_value *v)
{
    size_t begin = out->len;

    if (v->type == RECORD_TEXT || v->type == RECORD_JSON) {
        buf_str(out, v->text);
        return;
    }
    record_value_to_json(out, v);
    if (out->len > begin && out->ptr[begin] == '"') { /* ids and times: nothing is escaped there */
        memmove(out->ptr + begin, out->ptr + begin + 1, out->len - begin - 2);
        out->len -= 2;
    }
}

static void put_item(struct chunk *c, void *data, size_t i, enum record_type type,
                     const struct record_value *v, struct buf *text)
{
    switch (type) {
    case RECORD_INTEGER:
    case RECORD_DATETIME: ((int64_t *)data)[i] = v->integer; return;
    case RECORD_NUMBER:
        ((double *)data)[i] = v->type == RECORD_INTEGER ? (double)v->integer : v->number;
        return;
    case RECORD_BOOLEAN: ((bool *)data)[i] = v->boolean; return;
    case RECORD_UUID: ((duckdb_hugeint *)data)[i] = chunk_uuid_value(v->bytes); return;
    default: break;
    }
    if (v->type == RECORD_TEXT) {
        chunk_put_text(c, (duckdb_string_t *)data + i, v->text);
    } else if (v->type == RECORD_PSEUDONYM) {
        char hex[2 * PSEUDONYM_BYTES];

        hex_encode(hex, v->bytes, PSEUDONYM_BYTES);
        chunk_put_text(c, (duckdb_string_t *)data + i, str_of(hex, sizeof hex));
    } else {
        buf_reset(text, 1 << 20);
        put_as_text(text, v);
        CHECK(!buf_failed(text));
        chunk_put_text(c, (duckdb_string_t *)data + i, buf_as_str(text));
    }
}

static void put_list(struct chunk *c, const struct property *column, const struct record_value *v,
                     struct buf *text)
{
    size_t first = chunk_list(c, column->index, v->list.count);
    void *data = c->columns[column->index].child_data;

    for (size_t i = 0; i < v->list.count; i++) {
        if (v->list.items[i].type == RECORD_NULL)
            chunk_list_null(c, column->index, first + i);
        else
            put_item(c, data, first + i, column->type, v->list.items + i, text);
    }
}

void value_put(struct chunk *c, const struct property *column, const struct record_value *v,
               struct buf *text)
{
    if (v->type == RECORD_NULL)
        return;
    if (column->list)
        put_list(c, column, v, text);
    else
        put_item(c, chunk_value(c, column->index), c->rows, column->type, v, text);
}
