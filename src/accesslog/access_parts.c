/* SPDX-License-Identifier: Apache-2.0 */
/* access_parts.c: times, request lines and addresses, as all formats have them. */
#include <arpa/inet.h>

#include "accesslog/internal.h"
#include "base/datetime.h"

/* 10/Oct/2000:13:55:36 -0700 as 2000-10-10T13:55:36-07:00. */
static int common_log_time(struct str s, int64_t *out_us)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[] = "0000-00-00T00:00:00+00:00";
    int month = 0;

    if (s.len != 26 || s.ptr[2] != '/' || s.ptr[6] != '/' || s.ptr[11] != ':' || s.ptr[20] != ' ')
        return -1;
    while (month < 12 && memcmp(months + 3 * month, s.ptr + 3, 3) != 0)
        month++;
    if (month == 12)
        return -1;
    memcpy(iso, s.ptr + 7, 4);
    iso[5] = (char)('0' + (month + 1) / 10);
    iso[6] = (char)('0' + (month + 1) % 10);
    memcpy(iso + 8, s.ptr, 2);
    memcpy(iso + 11, s.ptr + 12, 8);
    memcpy(iso + 19, s.ptr + 21, 3);
    memcpy(iso + 23, s.ptr + 24, 2);
    return datetime_parse(str_of(iso, sizeof iso - 1), out_us);
}

/* 1700000000, 1700000000.123, 1.7000000001234e9 as decimal text without an exponent. */
static int unix_time(struct str s, int64_t *out_us)
{
    struct str whole = str_slice(s, 0, str_find(s, '.')), fraction;
    int64_t seconds, us = 0, unit = 100000;

    if (str_to_i64(whole, &seconds) < 0 || seconds < 0 || seconds >= DATETIME_BEHIND_US / 1000000)
        return -1;
    fraction = str_slice(s, whole.len + 1, s.len);
    for (size_t i = 0; i < fraction.len; i++) {
        if (fraction.ptr[i] < '0' || fraction.ptr[i] > '9')
            return -1;
        us += unit * (fraction.ptr[i] - '0');
        unit /= 10;
    }
    *out_us = seconds * 1000000 + us;
    return 0;
}

/* RFC 3339, and with an offset of four digits. */
static int iso_time(struct str s, int64_t *out_us)
{
    char colon[48];

    if (datetime_parse(s, out_us) == 0)
        return 0;
    if (s.len < 20 || s.len + 1 > sizeof colon ||
        (s.ptr[s.len - 5] != '+' && s.ptr[s.len - 5] != '-'))
        return -1;
    memcpy(colon, s.ptr, s.len - 2);
    colon[s.len - 2] = ':';
    memcpy(colon + s.len - 1, s.ptr + s.len - 2, 2);
    return datetime_parse(str_of(colon, s.len + 1), out_us);
}

int access_time(struct access_clock *clock, struct str text, int64_t *out_us)
{
    if (text.len == clock->len && text.len && memcmp(text.ptr, clock->text, text.len) == 0) {
        *out_us = clock->us;
        return 0;
    }
    if (common_log_time(text, out_us) < 0 && iso_time(text, out_us) < 0 &&
        unix_time(text, out_us) < 0)
        return -1;
    if (text.len <= sizeof clock->text) {
        memcpy(clock->text, text.ptr, text.len);
        clock->len = text.len;
        clock->us = *out_us;
    }
    return 0;
}

int access_status(struct str text, int *out)
{
    uint64_t status;

    if (text.len != 3 || str_to_u64(text, &status) < 0)
        return -1;
    *out = (int)status;
    return 0;
}

static bool is_method(struct str s)
{
    if (s.len == 0 || s.len > ACCESS_METHOD_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((s.ptr[i] < 'A' || s.ptr[i] > 'Z') && s.ptr[i] != '-' && s.ptr[i] != '_')
            return false;
    return s.ptr[0] != '-';
}

enum access_fault access_request(struct access *out, struct str method, struct str target)
{
    size_t at;

    if (!is_method(method))
        return ACCESS_NOT_HTTP;
    out->method = method;
    if (target.len && target.ptr[0] != '/') { /* as a proxy is asked: http://host/path */
        struct str scheme = str_slice(target, 0, str_find(target, ':')), rest;

        if ((!str_eq_nocase(scheme, STR("http")) && !str_eq_nocase(scheme, STR("https"))) ||
            !str_starts(str_slice(target, scheme.len, target.len), STR("://")))
            return ACCESS_NOT_HTTP;
        rest = str_slice(target, scheme.len + 3, target.len);
        for (at = 0; at < rest.len && rest.ptr[at] != '/' && rest.ptr[at] != '?'; at++)
            continue;
        if (!out->host.ptr)
            out->host = access_host(str_slice(rest, 0, at));
        target = str_slice(rest, at, rest.len);
        if (target.len == 0 || target.ptr[0] == '?') {
            out->path = STR("/");
            if (target.len)
                out->query = str_slice(target, 1, str_find(target, '#') - 1);
            return ACCESS_FINE;
        }
    }
    if (target.len == 0)
        return ACCESS_NOT_HTTP;
    target = str_slice(target, 0, str_find(target, '#'));
    at = str_find(target, '?');
    out->path = str_slice(target, 0, at);
    if (at < target.len)
        out->query = str_slice(target, at + 1, target.len);
    return ACCESS_FINE;
}

enum access_fault access_request_line(struct access *out, struct str line)
{
    struct str method = str_slice(line, 0, str_find(line, ' ')), target;
    size_t end = line.len;

    while (end > 0 && line.ptr[end - 1] != ' ')
        end--;
    if (end <= method.len + 1 || !str_starts(str_slice(line, end, line.len), STR("HTTP/")))
        return ACCESS_NOT_HTTP;
    target = str_slice(line, method.len + 1, end - 1 - (method.len + 1));
    return access_request(out, method, target);
}

static bool is_v4(struct str s)
{
    unsigned part = 0, digits = 0, dots = 0;

    if (s.len < 7 || s.len > 15)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.') {
            if (digits == 0 || part > 255)
                return false;
            part = digits = 0;
            dots++;
        } else if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
            part = part * 10 + (unsigned)(s.ptr[i] - '0');
            digits++;
        } else {
            return false;
        }
    }
    return dots == 3 && digits > 0 && part <= 255;
}

bool access_is_address(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr v6;

    if (is_v4(s))
        return true;
    if (s.len < 2 || s.len >= sizeof text || memchr(s.ptr, 0, s.len) || !memchr(s.ptr, ':', s.len))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return inet_pton(AF_INET6, text, &v6) == 1;
}

struct str access_host(struct str s)
{
    const char *user = s.len ? memrchr(s.ptr, '@', s.len) : NULL; /* user:password@host */
    size_t colon;

    if (user)
        s = str_slice(s, (size_t)(user - s.ptr) + 1, s.len);
    colon = s.len;
    if (s.len && s.ptr[0] == '[') /* [::1]:80 */
        return str_slice(s, 0, str_find(s, ']') + 1);
    while (colon > 0 && s.ptr[colon - 1] >= '0' && s.ptr[colon - 1] <= '9')
        colon--;
    if (colon > 1 && colon < s.len && s.ptr[colon - 1] == ':' &&
        !memchr(s.ptr, ':', colon - 1)) /* else an address in v6 form */
        s = str_slice(s, 0, colon - 1);
    return access_present(s);
}
