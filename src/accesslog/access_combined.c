/* SPDX-License-Identifier: Apache-2.0 */
/* access_combined.c: the combined format.
 *
 *   [host[:port] ]address ident user [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326
 *       ["referrer" "user agent"[ further fields]]
 *
 * A user's name may have blanks, so the time is what is looked for. A quoted text ends at a quote that
 * no backslash stands before and that a blank or the line's end follows: a program that does not escape
 * quotes is mostly understood. nginx writes \xHH for quotes, backslashes and all that is not printable,
 * Apache also \" \\ \n \r \t \b \f \v: both are undone in place. Of further fields, the first of 16 to
 * 128 letters, digits, `-`, `_` and `@` is the request id; addresses and durations have dots or colons. */
#include "accesslog/internal.h"

/* Undoes escapes in place. */
static struct str unescaped(char *text, size_t len)
{
    static const char named[] = "nrtbfv", meant[] = "\n\r\t\b\f\v";
    char *to = memchr(text, '\\', len);
    size_t at;

    if (!to)
        return str_of(text, len);
    for (at = (size_t)(to - text); at < len;) {
        const char *found;
        unsigned char byte;

        if (text[at] != '\\' || at + 1 == len) {
            *to++ = text[at++];
        } else if (text[at + 1] == 'x' && at + 3 < len &&
                   hex_decode(&byte, 1, str_of(text + at + 2, 2)) == 0) {
            *to++ = (char)byte;
            at += 4;
        } else if (text[at + 1] == '"' || text[at + 1] == '\\') {
            *to++ = text[at + 1];
            at += 2;
        } else if (text[at + 1] && (found = strchr(named, text[at + 1]))) {
            *to++ = meant[found - named];
            at += 2;
        } else {
            *to++ = text[at++];
        }
    }
    return str_of(text, (size_t)(to - text));
}

/* What stands between the quote at *at and the one that ends it; *at moves behind that one. */
static int quoted(char *line, size_t len, size_t *at, struct str *out)
{
    size_t from = *at + 1, i;
    const char *quote;

    if (*at >= len || line[*at] != '"')
        return -1;
    for (i = from; i < len; i = (size_t)(quote - line) + 1) {
        size_t slashes = 0, end;

        quote = memchr(line + i, '"', len - i);
        if (!quote)
            return -1;
        end = (size_t)(quote - line);
        while (end - slashes > from && line[end - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0 && (end + 1 == len || line[end + 1] == ' ')) {
            *out = unescaped(line + from, end - from);
            *at = end + 1;
            return 0;
        }
    }
    return -1;
}

static bool is_time(const char *at, size_t left)
{
    return left >= 28 && at[0] == '[' && at[3] == '/' && at[7] == '/' && at[12] == ':' &&
           at[27] == ']';
}

/* Where the time's bracket is, or len. */
static size_t find_time(const char *line, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        const char *bracket = memchr(line + at, '[', len - at);

        if (!bracket)
            return len;
        at = (size_t)(bracket - line);
        if (is_time(bracket, len - at))
            return at;
    }
    return len;
}

/* Who asked whom: `host[:port] address ident user `, or without the first word. */
static int read_front(struct access *out, struct str front)
{
    struct str rest = front, first = str_split(&rest, ' '), second;

    if (!rest.ptr || first.len == 0)
        return -1;
    if (access_is_address(first)) {
        out->ip = first;
        return 0;
    }
    second = str_split(&rest, ' ');
    if (access_is_address(second)) {
        out->ip = second;
        out->host = access_host(first);
    }
    return 0; /* else a name that was looked up for the address, or `unix:` */
}

static bool is_id(struct str s)
{
    if (s.len < ACCESS_ID_MIN || s.len > ACCESS_ID_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i], letter = c | 0x20;

        if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' &&
            c != '@')
            return false;
    }
    return true;
}

static void read_further(struct access *out, char *line, size_t len, size_t at)
{
    while (at < len && !out->request_id.ptr) {
        struct str field;

        at += line[at] == ' ';
        if (at < len && line[at] == '"') {
            if (quoted(line, len, &at, &field) < 0)
                return;
        } else {
            field = str_of(line + at, len - at);
            field = str_slice(field, 0, str_find(field, ' '));
            at += field.len;
            if (field.len == 0)
                at++;
        }
        if (is_id(field))
            out->request_id = field;
    }
}

/* ` 200 2326` behind the request; *at moves behind it. */
static enum access_fault read_numbers(struct access *out, const char *line, size_t len, size_t *at)
{
    struct str rest = str_of(line + *at, len - *at), status, size;

    if (rest.len < 5 || rest.ptr[0] != ' ')
        return ACCESS_CUT_OFF;
    rest = str_slice(rest, 1, rest.len);
    status = str_slice(rest, 0, str_find(rest, ' '));
    if (status.len == rest.len)
        return ACCESS_CUT_OFF;
    size = str_slice(rest, status.len + 1, rest.len);
    size = str_slice(size, 0, str_find(size, ' '));
    *at += 1 + status.len + 1 + size.len;
    return access_status(status, &out->status) < 0 ? ACCESS_BAD_STATUS : ACCESS_FINE;
}

enum access_fault access_read_combined(struct access_reader *r, char *line, size_t len,
                                       struct access *out)
{
    size_t at = find_time(line, len);
    struct str request, text;
    enum access_fault fault, no_request;

    if (at == len || at == 0 || read_front(out, str_of(line, at)) < 0)
        return ACCESS_UNKNOWN_FORMAT;
    if (access_time(&r->clock, str_of(line + at + 1, 26), &out->time_us) < 0)
        return ACCESS_BAD_TIME;
    at += 28;
    if (at + 1 >= len || line[at] != ' ')
        return ACCESS_CUT_OFF;
    at++;
    if (quoted(line, len, &at, &request) < 0)
        return ACCESS_CUT_OFF;
    no_request = access_request_line(out, request);
    fault = read_numbers(out, line, len, &at);
    if (fault != ACCESS_FINE)
        return fault;
    if (at < len) {
        at++;
        if (quoted(line, len, &at, &text) < 0)
            return ACCESS_CUT_OFF;
        out->referrer = access_present(text);
        at++;
        if (quoted(line, len, &at, &text) < 0)
            return ACCESS_CUT_OFF;
        out->user_agent = access_present(text);
        read_further(out, line, len, at);
    }
    return no_request;
}
