/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_day.c: any bytes as a line of a day of history. What is split can be put together again and splits
 * the same; what is an event is JSON, and has the same key however it was quoted.
 *
 * Input: byte 0: the kind of the file; the rest is the line. */
#include <stdlib.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/csv.h"
#include "wire/day.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 20, ROOM = 1 << 20 };

static void put_quoted(struct buf *out, struct str field)
{
    buf_char(out, '"');
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"')
            buf_char(out, '"');
        buf_char(out, field.ptr[i]);
    }
    buf_char(out, '"');
}

/* The line with all fields in quotes; empty where it has too many to be put together. */
static void quote_all(struct buf *out, struct str line)
{
    struct str fields[MAX], again[MAX];
    size_t count, count_again;
    AUTO_BUF scratch, other;

    buf_init(&scratch, ROOM);
    buf_init(&other, ROOM);
    if (csv_split(line, &scratch, fields, MAX, &count) != CSV_FINE || count > MAX)
        return;
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
        put_quoted(out, fields[i]);
    }
    CHECK(!buf_failed(out));
    CHECK(csv_split(buf_as_str(out), &other, again, MAX, &count_again) == CSV_FINE);
    CHECK(count_again == count);
    for (size_t i = 0; i < count; i++)
        CHECK(str_eq(fields[i], again[i]));
}

static void check_event(const struct day *day, const struct day_row *row, uint8_t *key)
{
    struct uuid id;
    yyjson_doc *doc;
    AUTO_BUF text, out;

    buf_init(&text, ROOM);
    buf_init(&out, ROOM);
    day_row_key(key, day, row, &text);
    id = day_id(key, 3);
    day_row_write(&out, row, &id, true);
    CHECK(!buf_failed(&out));
    doc = yyjson_read(out.ptr, out.len, 0);
    CHECK(doc && yyjson_is_obj(yyjson_doc_get_root(doc)));
    CHECK(yyjson_obj_get(yyjson_doc_get_root(doc), "id"));
    yyjson_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct day day = {.has_day = true, .day_us = INT64_C(1487030400000000)};
    uint8_t key[DAY_KEY_BYTES], key_again[DAY_KEY_BYTES];
    struct day_row row;
    struct str line;
    AUTO_BUF scratch, quoted;

    buf_init(&scratch, ROOM);
    buf_init(&quoted, ROOM);
    if (size < 1)
        return 0;
    day.kind = (enum day_kind)(1 + data[0] % 3);
    line = str_of((const char *)data + 1, size - 1);
    day_is_heading(&day, line);
    quote_all(&quoted, line);
    if (day_row_read(&row, &day, line, &scratch) != DAY_FINE)
        return 0;
    check_event(&day, &row, key);
    if (day.kind == DAY_EVENTS)
        return 0;
    CHECK(day_row_read(&row, &day, buf_as_str(&quoted), &scratch) == DAY_FINE);
    check_event(&day, &row, key_again);
    CHECK(memcmp(key, key_again, sizeof key) == 0);
    return 0;
}
