/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c: templates of names as RE2 knows them.
 *
 * Promises that nothing of a template but * and {word} means anything to RE2: all other bytes but
 * letters, digits and those past ASCII stand behind a backslash. */
#include "report/internal.h"

static bool is_word(char c)
{
    char small = ascii_lower(c);

    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of a {word} at the beginning of s, or 0. */
static size_t parameter_length(struct str s)
{
    size_t i = 1;

    if (s.len == 0 || s.ptr[0] != '{')
        return 0;
    while (i < s.len && is_word(s.ptr[i]))
        i++;
    return i > 1 && i < s.len && s.ptr[i] == '}' ? i + 1 : 0;
}

static void put_byte(struct buf *out, char c)
{
    if (c == '\n') { /* RE2 takes no line feed behind a backslash */
        buf_str(out, STR("\\n"));
        return;
    }
    if (!is_word(c) && (unsigned char)c < 0x80)
        buf_char(out, '\\');
    buf_char(out, c);
}

void report_put_pattern(struct buf *out, struct str pattern)
{
    for (size_t i = 0; i < pattern.len;) {
        struct str rest = str_slice(pattern, i, pattern.len);
        size_t parameter = parameter_length(rest);

        if (parameter) {
            buf_str(out, STR("[^.]+"));
            i += parameter;
        } else if (rest.ptr[0] == '*') {
            buf_str(out, STR(".*"));
            i++;
        } else {
            size_t escaped = rest.ptr[0] == '\\' && rest.len > 1;

            put_byte(out, rest.ptr[escaped]);
            i += 1 + escaped;
        }
    }
}

bool report_is_pattern(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            return true;
        if (text.ptr[i] == '*' || parameter_length(str_slice(text, i, text.len)))
            return true;
    }
    return false;
}
