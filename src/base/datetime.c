/* SPDX-License-Identifier: Apache-2.0 */
/* datetime.c: the civil calendar by arithmetic (days counted in eras of 400 years). */
#include "base/datetime.h"

#include "base/check.h"

static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t era, day_of_era;
    int year_of_era, day_of_year;

    year -= month <= 2; /* the year begins in March, so that a leap day is its last */
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = (int)(year - era * 400);
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    day_of_era = (int64_t)year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t era;
    int day_of_era, year_of_era, day_of_year, shifted;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = (int)(days - era * 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int days_in_month(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Exactly `digits` decimal digits at s[at]; -1 where there are none. Inlined, so that each caller's
 * few digits are read without a loop: every event has its time. */
static inline __attribute__((always_inline)) int number_at(struct str s, size_t at, int digits)
{
    int v = 0;

    if (s.len < at + (size_t)digits)
        return -1;
    for (int i = 0; i < digits; i++) {
        unsigned d = (unsigned)(unsigned char)s.ptr[at + (size_t)i] - '0';

        if (d > 9)
            return -1;
        v = v * 10 + (int)d;
    }
    return v;
}

static int parse_date_part(struct str s, int64_t *out_days)
{
    int year = number_at(s, 0, 4), month = number_at(s, 5, 2), day = number_at(s, 8, 2);

    if (year < 1 || month < 1 || month > 12 || day < 1)
        return -1;
    if (s.ptr[4] != '-' || s.ptr[7] != '-' || day > days_in_month(year, month))
        return -1;
    *out_days = days_from_civil(year, month, day);
    return 0;
}

/* The fraction at s[*at], if any, in microseconds; *at moves behind it. */
static int parse_fraction(struct str s, size_t *at, int *out_us)
{
    int us = 0, digits = 0;

    *out_us = 0;
    if (*at >= s.len || s.ptr[*at] != '.')
        return 0;
    for ((*at)++; number_at(s, *at, 1) >= 0; (*at)++, digits++)
        if (digits < 6)
            us = us * 10 + number_at(s, *at, 1);
    if (digits == 0)
        return -1;
    for (; digits < 6; digits++)
        us *= 10;
    *out_us = us;
    return 0;
}

static int parse_offset(struct str s, size_t at, int *out_minutes)
{
    int hours, minutes;

    if (at + 1 == s.len && (s.ptr[at] == 'Z' || s.ptr[at] == 'z')) {
        *out_minutes = 0;
        return 0;
    }
    if (at + 6 != s.len || (s.ptr[at] != '+' && s.ptr[at] != '-') || s.ptr[at + 3] != ':')
        return -1;
    hours = number_at(s, at + 1, 2);
    minutes = number_at(s, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return -1;
    *out_minutes = (hours * 60 + minutes) * (s.ptr[at] == '-' ? -1 : 1);
    return 0;
}

int datetime_parse(struct str s, int64_t *out_us)
{
    int hour = number_at(s, 11, 2), minute = number_at(s, 14, 2), second = number_at(s, 17, 2);
    int fraction, offset;
    size_t at = 19;
    int64_t days;

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return -1;
    if (s.ptr[10] != 'T' && s.ptr[10] != 't' && s.ptr[10] != ' ')
        return -1;
    if (s.ptr[13] != ':' || s.ptr[16] != ':' || parse_date_part(s, &days) < 0)
        return -1;
    if (parse_fraction(s, &at, &fraction) < 0 || parse_offset(s, at, &offset) < 0)
        return -1;
    if (second == 60) {
        second = 59;
        fraction = 999999;
    }
    *out_us = days * DATETIME_DAY_US +
              ((hour * 60 + minute - offset) * INT64_C(60) + second) * 1000000 + fraction;
    return 0;
}

int datetime_parse_date(struct str s, int64_t *out_us)
{
    int64_t days;

    if (s.len != 10 || parse_date_part(s, &days) < 0)
        return -1;
    *out_us = days * DATETIME_DAY_US;
    return 0;
}

static void put_digits(char *out, int value, int digits)
{
    while (digits-- > 0) {
        out[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void datetime_format_date(char *out, int64_t us)
{
    int year, month, day;

    civil_from_days(floor_div(us, DATETIME_DAY_US), &year, &month, &day);
    CHECK(year >= 0 && year <= 9999);
    put_digits(out, year, 4);
    out[4] = '-';
    put_digits(out + 5, month, 2);
    out[7] = '-';
    put_digits(out + 8, day, 2);
    out[10] = '\0';
}

size_t datetime_format(char *out, int64_t us, enum datetime_digits digits)
{
    int64_t of_day = us - floor_div(us, DATETIME_DAY_US) * DATETIME_DAY_US;
    int second = (int)(of_day / 1000000), fraction = (int)(of_day % 1000000);
    size_t at = 19;

    datetime_format_date(out, us);
    out[10] = 'T';
    put_digits(out + 11, second / 3600, 2);
    out[13] = ':';
    put_digits(out + 14, second / 60 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, second % 60, 2);
    if (digits != DATETIME_SECONDS) {
        int n = digits == DATETIME_MILLISECONDS ? 3 : 6;

        out[at++] = '.';
        put_digits(out + at, n == 3 ? fraction / 1000 : fraction, n);
        at += (size_t)n;
    }
    out[at++] = 'Z';
    out[at] = '\0';
    return at;
}

int datetime_parse_duration(struct str s, int64_t *out_us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"ms", 1000},
                 {"s", 1000000},
                 {"m", INT64_C(60000000)},
                 {"h", INT64_C(3600000000)},
                 {"d", DATETIME_DAY_US},
                 {"w", 7 * DATETIME_DAY_US}};
    size_t digits = 0;
    uint64_t count;
    int64_t us;

    while (number_at(s, digits, 1) >= 0)
        digits++;
    if (str_to_u64(str_slice(s, 0, digits), &count) < 0 || count > INT64_MAX)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is(str_slice(s, digits, s.len), units[i].unit))
            continue;
        if (__builtin_mul_overflow((int64_t)count, units[i].us, &us))
            return -1;
        *out_us = us;
        return 0;
    }
    return -1;
}

int datetime_parse_moment(struct str s, int64_t now_us, int64_t *out_us)
{
    int64_t ago;

    if (datetime_parse(s, out_us) == 0 || datetime_parse_date(s, out_us) == 0)
        return 0;
    if (datetime_parse_duration(s, &ago) < 0)
        return -1;
    *out_us = now_us - ago;
    return 0;
}
