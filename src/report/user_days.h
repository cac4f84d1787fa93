/* SPDX-License-Identifier: Apache-2.0 */
/* user_days.h: what the reports about activity share: the days of users, and the range in days.
 *
 * In UTC, without filters and groups, they read the daily tables; else the events of activity. For the
 * files of src/report alone. */
#pragma once
#include "report/build.h"

enum { USER_DAYS_MAX = 256 * 1024 };

/* --sample and its end in the names of tables. */
#define USER_DAYS_SAMPLE                                                                           \
    {                                                                                              \
        .name = "sample", .argument = "PART",                                                      \
        .help = "whole, half or tenth: which sample of users|(default: whole)",                    \
        .standard = "whole", .choices = "whole|half|tenth", .type = REPORT_CHOICE                  \
    }
struct str user_days_sampled(const struct report_asked *asked);

/* Whether the daily tables have what is asked for. */
bool user_days_in_tables(const struct report_asked *asked);
/* The first and the last day of the report, as SQL; nothing where there is no such bound. A moment
 * stands for the day that it is in; --to is not part of the range. */
void user_days_put_first(struct buf *out, const struct report_asked *asked);
void user_days_put_last(struct buf *out, const struct report_asked *asked);
/* Conditions on `part`s: AND, with {{day}}. */
void user_days_put_range(struct buf *out, const struct report_asked *asked, const char *from,
                         const char *to, uint64_t back);
/* Conditions on activity_events AS a: filters, and a range that is a day too long at either end. */
void user_days_put_conditions(struct buf *out, const struct report_asked *asked, uint64_t back);
/* What --by parts events by, or NULL; and the column of the answer, or nothing. */
void user_days_put_part(struct buf *out, const struct report_asked *asked);
void user_days_put_by(struct buf *out, const struct report_asked *asked);
