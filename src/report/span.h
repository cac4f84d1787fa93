/* SPDX-License-Identifier: Apache-2.0 */
/* span.h: the range of a report in buckets, and the range that it is compared to.
 *
 * For reports with REPORT_RANGE, `compare` (none, previous or year) and `bucket` (with auto). */
#pragma once
#include "base/datetime.h"
#include "report/build.h"

enum { SPAN_BUCKETS_MAX = 10000 };

struct span {
    struct str unit; /* of its buckets: hour, day, week or month */
    enum { SPAN_ALONE, SPAN_DAYS_BEFORE, SPAN_TIME_BEFORE, SPAN_YEAR_BEFORE } compare;
    int64_t shift_us; /* from the range before to the range, but for SPAN_YEAR_BEFORE */
    char from[DATETIME_SIZE], to[DATETIME_SIZE]; /* of the range before */
    bool closed; /* begin and end are given */
};

/* What a span of two or three days, months, years is shown by. ERR_USAGE: what cannot be compared, or too
 * many buckets. */
int span_of(struct span *out, const struct report_asked *asked, struct err *err);
/* The conditions on `time`, each with AND before it: of the range, or of the one before. */
void span_put_range(struct buf *out, const struct report_asked *asked, const struct span *span,
                    bool before, const char *time);
/* The begin of the bucket, in the range itself, of a moment of the range or of the one before: by hours a
 * TIMESTAMP in UTC, else a DATE of the time zone. */
void span_put_bucket(struct buf *out, const struct report_asked *asked, const struct span *span,
                     bool before, const char *time);
/* The first and the last bucket of a range that is closed. */
void span_put_first(struct buf *out, const struct report_asked *asked, const struct span *span);
void span_put_last(struct buf *out, const struct report_asked *asked, const struct span *span);
/* What a value of a moment would be in UTC. */
int64_t span_moment_us(struct str text);
bool span_is_hours(const struct span *span);
