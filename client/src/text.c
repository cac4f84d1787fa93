/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: JSON text, numbers and times. */
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
#define FIRST_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define BEHIND_US INT64_C(253402300800000000) /* 10000-01-01 */

void weir_out_bytes(struct weir_out *o, const char *bytes, size_t len)
{
    if (o->full || len > o->capacity - o->len) {
        o->full = true;
        return;
    }
    memcpy(o->ptr + o->len, bytes, len);
    o->len += len;
}

void weir_out_str(struct weir_out *o, const char *z)
{
    weir_out_bytes(o, z, strlen(z));
}

size_t weir_utf8_len(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t need = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

    if (need == 0 || s[0] > 0xf4 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return need;
}

bool weir_utf8_valid(const char *bytes, size_t len)
{
    for (size_t at = 0, one; at < len; at += one) {
        one = weir_utf8_len(bytes + at, len - at);
        if (one == 0)
            return false;
    }
    return true;
}

static void out_escaped(struct weir_out *o, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

    switch (c) {
    case '"': weir_out_bytes(o, "\\\"", 2); break;
    case '\\': weir_out_bytes(o, "\\\\", 2); break;
    case '\n': weir_out_bytes(o, "\\n", 2); break;
    case '\r': weir_out_bytes(o, "\\r", 2); break;
    case '\t': weir_out_bytes(o, "\\t", 2); break;
    default: weir_out_bytes(o, text, sizeof text); break;
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

bool weir_out_text(struct weir_out *o, const char *bytes, size_t len, size_t max)
{
    size_t at = 0, written = 0;

    weir_out_bytes(o, "\"", 1);
    while (at < len) {
        size_t plain = at, one;

        while (plain < len && written + (plain - at) < max && is_plain((unsigned char)bytes[plain]))
            plain++;
        weir_out_bytes(o, bytes + at, plain - at);
        written += plain - at;
        at = plain;
        if (at == len)
            break;
        one = weir_utf8_len(bytes + at, len - at);
        if (written + (one ? one : 3) > max)
            break;
        if (one == 0)
            weir_out_bytes(o, "\xef\xbf\xbd", 3);
        else if (one == 1)
            out_escaped(o, (unsigned char)bytes[at]);
        else
            weir_out_bytes(o, bytes + at, one);
        written += one ? one : 3;
        at += one ? one : 1;
    }
    weir_out_bytes(o, "\"", 1);
    return at == len;
}

void weir_out_int(struct weir_out *o, int64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)n);
    weir_out_str(o, text);
}

/* Some locales write another sign, of one or more bytes, where JSON has a point. */
static void set_point(char *text)
{
    char *to = text;
    bool sign = false;

    for (const char *from = text; *from; from++) {
        bool known = (*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e';

        if (known)
            *to++ = *from;
        else if (!sign)
            *to++ = '.';
        sign = !known;
    }
    *to = '\0';
}

void weir_out_number(struct weir_out *o, double n)
{
    char text[64];

    if (!isfinite(n)) {
        weir_out_str(o, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        double again;

        snprintf(text, sizeof text, "%.*g", digits, n);
        again = strtod(text, NULL);
        if (memcmp(&again, &n, sizeof n) == 0)
            break;
    }
    set_point(text);
    weir_out_str(o, text);
}

/* The day in the calendar, from days since 1970-01-01; years begin in March, eras have 400 of them. */
static void civil_date(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = z / 146097, in_era = z - era * 146097;
    int64_t of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t from_march = (5 * in_year + 2) / 153;

    *day = (int)(in_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(of_era + era * 400 + (*month <= 2));
}

void weir_out_time(struct weir_out *o, int64_t us)
{
    int64_t days = us / DAY_US, left = us % DAY_US;
    int year, month, day;
    unsigned seconds;
    char text[80];

    if (us < FIRST_US || us >= BEHIND_US) {
        weir_out_str(o, "null");
        return;
    }
    if (left < 0) {
        left += DAY_US;
        days--;
    }
    civil_date(days, &year, &month, &day);
    seconds = (unsigned)(left / 1000000);
    snprintf(text, sizeof text, "\"%04d-%02d-%02dT%02u:%02u:%02u.%06uZ\"", year, month, day,
             seconds / 3600, seconds / 60 % 60, seconds % 60, (unsigned)(left % 1000000));
    weir_out_str(o, text);
}
