/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c: see csv.h. Plain fields cost a memchr; quoted ones are copied only where a quote is doubled. */
#include "wire/csv.h"

#include "base/check.h"

/* The text between the quotes; *at is behind the opening one, and moves behind the closing one. */
static enum csv_status quoted(struct str line, size_t *at, struct buf *scratch, struct str *out)
{
    size_t from = *at, kept = scratch->len;
    bool doubled = false;

    for (;;) {
        struct str rest = str_slice(line, from, line.len);
        size_t end = str_find(rest, '"');

        if (end == rest.len)
            return CSV_OPEN_QUOTE;
        from += end + 1;
        if (from == line.len || line.ptr[from] != '"') {
            if (doubled)
                buf_append(scratch, rest.ptr, end);
            break;
        }
        doubled = true;
        buf_append(scratch, rest.ptr, end + 1);
        from++;
    }
    CHECK(!buf_failed(scratch)); /* there was room for the whole line, so none of it moved */
    *out = doubled ? str_of(scratch->ptr + kept, scratch->len - kept)
                   : str_slice(line, *at, from - 1 - *at);
    *at = from;
    return from == line.len || line.ptr[from] == ',' ? CSV_FINE : CSV_STRAY_QUOTE;
}

enum csv_status csv_split(struct str line, struct buf *scratch, struct str *fields, size_t max,
                          size_t *count)
{
    size_t at = 0, n = 0;

    buf_reset(scratch, SIZE_MAX);
    CHECK(buf_reserve(scratch, line.len + 1) == 0);
    for (;;) {
        struct str field;
        enum csv_status status = CSV_FINE;

        if (at < line.len && line.ptr[at] == '"') {
            at++;
            status = quoted(line, &at, scratch, &field);
        } else {
            struct str rest = str_slice(line, at, line.len);

            field = str_slice(rest, 0, str_find(rest, ','));
            at += field.len;
            if (str_find(field, '"') < field.len)
                status = CSV_STRAY_QUOTE;
        }
        if (status != CSV_FINE)
            return status;
        if (n < max)
            fields[n] = field;
        n++;
        if (at == line.len)
            break;
        at++; /* the comma */
    }
    *count = n;
    return CSV_FINE;
}
