/* SPDX-License-Identifier: Apache-2.0 */
/* breakdown.h: the parts of the report `breakdown` that are about time, and about what days come to. For
 * breakdown.c alone.
 *
 * `a.t` is an event's time, moved to where it is compared where the event is of the span before. */
#pragma once
#include "report/build.h"

/* ERR_USAGE: what does not fit together. */
int breakdown_span_check(const struct report_asked *asked, struct err *err);
/* What --bucket says; of `auto`, what fits the range. */
struct str breakdown_bucket(const struct report_asked *asked);
bool breakdown_compares(const struct report_asked *asked);
/* Whether buckets need their begin in UTC to be told from each other. */
bool breakdown_has_utc(const struct report_asked *asked);
/* The bucket of `a.t` and its begin in UTC; NULL where there are none. */
void breakdown_put_bucket(struct buf *out, const struct report_asked *asked);
void breakdown_put_bucket_utc(struct buf *out, const struct report_asked *asked);
/* Where both ends of the range are known and days are not UTC's: a table of windows with their buckets, and
 * the join of `a` with it as `w`. */
bool breakdown_has_windows(const struct report_asked *asked);
void breakdown_put_windows(struct buf *out, const struct report_asked *asked);
/* Of `e`: the time, whether it is of the span before, and the condition that it is of either. */
void breakdown_put_time(struct buf *out, const struct report_asked *asked);
void breakdown_put_earlier(struct buf *out, const struct report_asked *asked);
void breakdown_put_spans(struct buf *out, const struct report_asked *asked);
/* The rows of buckets without events, with `nothing` as their value: where both ends are known. */
void breakdown_put_fill(struct buf *out, const struct report_asked *asked, struct str nothing);

/* SQL of what is read: `e` is the view `events`, or hours with the same columns `name` and `time`. */
struct breakdown_read {
    struct str time, earlier, k1;
    struct str events; /* conditions that hours have, too: which events, and when */
    struct str conditions; /* these and all others */
};
/* For the first question: the days whose events are to be read, where sums can answer at all. */
void breakdown_put_days(struct buf *sql, const struct report_asked *asked);
/* Whether that holds, as report_put_still. */
bool breakdown_put_still(const struct report_asked *asked, struct buf *sql);
/* Whether they do, as far as they go; then the hours that are summed up and the events of the other days: t,
 * earlier, k1, k2 and how many `events` each row stands for. */
bool breakdown_is_of_sums(const struct report_asked *asked);
void breakdown_put_sums(struct buf *out, const struct report_asked *asked,
                        const struct breakdown_read *read);
