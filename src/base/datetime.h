/* SPDX-License-Identifier: Apache-2.0 */
/* datetime.h: RFC 3339 times, dates and durations, without the C library's locale and time zone.
 *
 * A time is microseconds since 1970-01-01T00:00:00Z, for the years 0001 to 9999. */
#pragma once
#include <stdint.h>

#include "base/str.h"

#define DATETIME_DAY_US INT64_C(86400000000)
#define DATETIME_FIRST_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define DATETIME_BEHIND_US INT64_C(253402300800000000) /* 10000-01-01: the first that is none */

enum datetime_digits { DATETIME_SECONDS, DATETIME_MILLISECONDS, DATETIME_MICROSECONDS };
enum {
    DATETIME_LEN_S = 20, /* 2026-11-22T05:31:00Z */
    DATETIME_LEN_MS = 24, /* 2026-11-22T05:31:00.123Z */
    DATETIME_LEN_US = 27, /* 2026-11-22T05:31:00.123456Z */
    DATETIME_SIZE = 28,
};

/* RFC 3339, section 5.6: `T`, `t` or a blank between date and time, any number of fraction digits
 * (what is below a microsecond is cut off), `Z` or an offset; second 60 counts as 59.999999. -1 for
 * anything else, days that do not exist included. */
int datetime_parse(struct str s, int64_t *out_us);
/* YYYY-MM-DD as its midnight in UTC; -1 for anything else. */
int datetime_parse_date(struct str s, int64_t *out_us);
/* What people say for a moment: a time, a day, or a duration before now. -1 for anything else. */
int datetime_parse_moment(struct str s, int64_t now_us, int64_t *out_us);
/* Writes UTC with NUL: DATETIME_SIZE bytes are always enough. Returns the length. */
size_t datetime_format(char *out, int64_t us, enum datetime_digits digits);
/* Writes YYYY-MM-DD with NUL (11 bytes). */
void datetime_format_date(char *out, int64_t us);
/* `250ms`, `30s`, `15m`, `24h`, `14d`, `2w` as microseconds, at least 0; -1 for anything else. */
int datetime_parse_duration(struct str s, int64_t *out_us);
