/* SPDX-License-Identifier: Apache-2.0 */
/* breakdown.h: the parts of the report `breakdown` that are about time. For breakdown.c alone.
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
