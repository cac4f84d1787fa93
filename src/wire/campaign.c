/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.c: the campaign that a page's query names: utm_source and its kin, decoded as browsers encode
 * forms. A text that is none afterwards stays in the query alone. */
#include "wire/native_tree.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Absent: the arena is full, or it is no text. A % without two digits stands for itself. */
static struct str decode(struct str s, struct arena *a)
{
    struct str copy = arena_copy(a, s);
    char *to = (char *)copy.ptr;
    size_t len = 0;

    if (!to)
        return STR_NONE;
    for (size_t i = 0; i < s.len; i++) {
        int high = s.ptr[i] == '%' && s.len - i > 2 ? hex_digit(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.ptr[i + 2]) : -1;

        if (low >= 0)
            i += 2;
        to[len++] = low >= 0 ? (char)(high << 4 | low) : s.ptr[i] == '+' ? ' ' : s.ptr[i];
    }
    copy.len = len;
    return str_is_utf8(copy) && !memchr(to, '\0', len) ? copy : STR_NONE;
}

static void read_parameter(struct str text, struct arena *a, struct event *out)
{
    size_t end = str_find(text, '=');
    struct str value = str_slice(text, end + 1, text.len);
    int which = str_starts(text, STR("utm_")) ? event_context_find(str_slice(text, 0, end)) : -1;

    if (which < 0 || out->context[which].ptr || value.len == 0)
        return;
    out->context[which] = decode(value, a);
}

void native_read_campaign(struct str query, struct arena *a, struct event *out)
{
    while (query.len > 0) {
        size_t end = str_find(query, '&');

        read_parameter(str_slice(query, 0, end), a, out);
        query = str_slice(query, end + 1, query.len);
    }
}
