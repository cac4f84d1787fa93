/* SPDX-License-Identifier: Apache-2.0 */
/* sql.c: blanks of statements.
 *
 * Promises that identifiers and literals made here end where they should, whatever bytes they hold. */
#include "base/sql.h"

#include "base/check.h"

static struct str blank_text(const struct sql_blank *blanks, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, blanks[i].name))
            return blanks[i].text;
    CHECK(!"text for every blank");
    return STR_NONE;
}

/* The offset of the next pair of braces that begins (or ends) a blank, or s.len. */
static size_t find_pair(struct str s, char brace)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.ptr[i] == brace && s.ptr[i + 1] == brace)
            return i;
    return s.len;
}

void sql_fill(struct buf *out, struct str statement, const struct sql_blank *blanks, size_t count)
{
    struct str rest = statement;

    for (;;) {
        size_t begin = find_pair(rest, '{'), end;

        buf_append(out, rest.ptr, begin);
        if (begin == rest.len)
            return;
        rest = str_slice(rest, begin + 2, rest.len);
        end = find_pair(rest, '}');
        CHECK(end < rest.len);
        buf_str(out, blank_text(blanks, count, str_slice(rest, 0, end)));
        rest = str_slice(rest, end + 2, rest.len);
    }
}

void sql_fill_part(struct buf *out, struct str part, const struct sql_blank *blanks, size_t count)
{
    struct str rest = part;

    str_split(&rest, '\n');
    sql_fill(out, str_trim(rest), blanks, count);
}

static void put_quoted(struct buf *out, struct str s, char quote)
{
    buf_char(out, quote);
    for (size_t i = 0; i < s.len; i++) {
        CHECK(s.ptr[i] != '\0');
        if (s.ptr[i] == quote)
            buf_char(out, quote);
        buf_char(out, s.ptr[i]);
    }
    buf_char(out, quote);
}

void sql_quote(struct buf *out, struct str identifier)
{
    put_quoted(out, identifier, '"');
}

void sql_literal(struct buf *out, struct str text)
{
    put_quoted(out, text, '\'');
}
