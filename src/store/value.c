/* SPDX-License-Identifier: Apache-2.0 */
/* value.c: a property's value in its column.
 *
 * Promises that what value_check_row let through fits the vectors and shows in every query. */
#include "store/value.h"

#include <math.h>

#include "base/check.h"

static const int64_t first_us = INT64_C(-62135596800000000); /* 0001-01-01 */
static const int64_t behind_us = INT64_C(253402300800000000); /* 10000-01-01 */

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

static void put_item(struct chunk *c, void *data, size_t i, const struct record_value *v)
{
    char hex[2 * PSEUDONYM_BYTES];

    switch (v->type) {
    case RECORD_INTEGER:
    case RECORD_DATETIME: ((int64_t *)data)[i] = v->integer; return;
    case RECORD_NUMBER: ((double *)data)[i] = v->number; return;
    case RECORD_BOOLEAN: ((bool *)data)[i] = v->boolean; return;
    case RECORD_UUID: ((duckdb_hugeint *)data)[i] = chunk_uuid_value(v->bytes); return;
    case RECORD_PSEUDONYM:
        hex_encode(hex, v->bytes, PSEUDONYM_BYTES);
        chunk_put_text(c, (duckdb_string_t *)data + i, str_of(hex, sizeof hex));
        return;
    case RECORD_TEXT:
    case RECORD_JSON: chunk_put_text(c, (duckdb_string_t *)data + i, v->text); return;
    case RECORD_NULL:
    case RECORD_LIST: break;
    }
    CHECK(!"a list of lists, or a null that has a place");
}

static void put_list(struct chunk *c, idx_t column, const struct record_value *v)
{
    size_t first = chunk_list(c, column, v->list.count);
    void *data = c->columns[column].child_data;

    for (size_t i = 0; i < v->list.count; i++) {
        if (v->list.items[i].type == RECORD_NULL)
            chunk_list_null(c, column, first + i);
        else
            put_item(c, data, first + i, v->list.items + i);
    }
}

void value_put(struct chunk *c, idx_t column, const struct record_value *v)
{
    if (v->type == RECORD_LIST)
        put_list(c, column, v);
    else
        put_item(c, chunk_value(c, column), c->rows, v);
}
