/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: a reader that skips. It trusts nothing but the length that it is given. */
#include "json.h"

#include <string.h>

enum { DEPTH_MAX = 64, NAME_MAX_BYTES = 256 };

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
}

/* Behind the string that begins at p, or NULL. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '"')
            return p + 1;
    }
    return NULL;
}

static const char *skip_plain(const char *p, const char *end)
{
    const char *from = p;

    while (p < end && !strchr(",]}: \t\r\n\"[{", *p))
        p++;
    return p > from ? p : NULL;
}

/* Behind the value that begins at p, or NULL. */
static const char *skip_value(const char *p, const char *end)
{
    char open[DEPTH_MAX];
    size_t depth = 0;

    do {
        p = skip_blanks(p, end);
        if (p >= end || *p == '\0')
            return NULL;
        if (*p == '{' || *p == '[') {
            if (depth == DEPTH_MAX)
                return NULL;
            open[depth++] = *p++;
        } else if (*p == '}' || *p == ']') {
            if (depth == 0 || (open[depth - 1] == '{') != (*p == '}'))
                return NULL;
            depth--;
            p++;
        } else if (depth && (*p == ',' || *p == ':')) {
            p++;
        } else {
            p = *p == '"' ? skip_string(p, end) : skip_plain(p, end);
        }
    } while (p && depth);
    return p;
}

struct weir_span weir_json_value(const char *text, size_t len)
{
    const char *from = skip_blanks(text, text + len), *behind = skip_value(from, text + len);
    struct weir_span none = {NULL, 0}, value;

    if (!behind)
        return none;
    value.ptr = from;
    value.len = (size_t)(behind - from);
    return value;
}

struct weir_span weir_json_member(struct weir_span object, const char *name, size_t name_len)
{
    const char *p = object.ptr, *end = p ? p + object.len : NULL;
    struct weir_span none = {NULL, 0};

    if (!p || object.len < 2 || *p != '{')
        return none;
    for (p = skip_blanks(p + 1, end); p < end && *p == '"'; p = skip_blanks(p, end)) {
        struct weir_span key = weir_json_value(p, (size_t)(end - p)), value;
        char text[NAME_MAX_BYTES];
        size_t text_len;

        if (!key.ptr)
            return none;
        p = skip_blanks(key.ptr + key.len, end);
        if (p >= end || *p != ':')
            return none;
        value = weir_json_value(p + 1, (size_t)(end - p) - 1);
        if (!value.ptr)
            return none;
        text_len = weir_json_text(key, text, sizeof text);
        if (text_len == name_len && text_len < sizeof text && memcmp(text, name, name_len) == 0)
            return value;
        p = skip_blanks(value.ptr + value.len, end);
        if (p >= end || *p != ',')
            return none;
        p++;
    }
    return none;
}

struct weir_span weir_json_item(struct weir_span array, const char **at)
{
    const char *end = array.ptr ? array.ptr + array.len : NULL;
    struct weir_span none = {NULL, 0}, item;

    if (!*at) {
        if (!array.ptr || array.len < 2 || *array.ptr != '[')
            return none;
        *at = array.ptr + 1;
    } else {
        *at = skip_blanks(*at, end);
        if (*at >= end || **at != ',')
            return none;
        *at += 1;
    }
    item = weir_json_value(*at, (size_t)(end - *at));
    if (item.ptr)
        *at = item.ptr + item.len;
    return item;
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

    if (c >= '0' && c <= '9')
        return c - '0';
    return at ? (int)(at - digits) : -1;
}

static bool read_hex4(const char *p, const char *end, uint32_t *out)
{
    *out = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);

        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return true;
}

struct sink {
    char *out;
    size_t len, capacity;
};

static void put(struct sink *s, uint32_t byte)
{
    if (s->len + 1 < s->capacity)
        s->out[s->len] = (char)byte;
    s->len++;
}

static void put_character(struct sink *s, uint32_t c)
{
    if (c < 0x80) {
        put(s, c);
    } else if (c < 0x800) {
        put(s, 0xc0 | c >> 6);
        put(s, 0x80 | (c & 0x3f));
    } else {
        if (c < 0x10000) {
            put(s, 0xe0 | c >> 12);
        } else {
            put(s, 0xf0 | c >> 18);
            put(s, 0x80 | (c >> 12 & 0x3f));
        }
        put(s, 0x80 | (c >> 6 & 0x3f));
        put(s, 0x80 | (c & 0x3f));
    }
}

/* Behind the \u escape at p (the u), surrogates in pairs. */
static const char *put_unicode(struct sink *s, const char *p, const char *end)
{
    uint32_t c, low;

    if (!read_hex4(p + 1, end, &c))
        return p + 1;
    p += 5;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        read_hex4(p + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    put_character(s, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return p;
}

size_t weir_json_text(struct weir_span value, char *out, size_t capacity)
{
    static const char escapes[] = "bfnrt", meant[] = "\b\f\n\r\t";
    struct sink s = {out, 0, capacity};
    const char *p = value.ptr, *end = p ? p + value.len : NULL;
    bool string = p && value.len >= 2 && *p == '"';

    if (string) {
        p++;
        end--;
    }
    while (p < end) {
        const char *known;

        if (!string || *p != '\\' || p + 1 == end) {
            put(&s, (unsigned char)*p++);
        } else if (p[1] == 'u') {
            p = put_unicode(&s, p + 1, end);
        } else {
            known = p[1] ? strchr(escapes, p[1]) : NULL;
            put(&s, (unsigned char)(known ? meant[known - escapes] : p[1]));
            p += 2;
        }
    }
    if (capacity)
        out[s.len < capacity ? s.len : capacity - 1] = '\0';
    return s.len;
}
