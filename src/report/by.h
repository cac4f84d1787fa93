/* SPDX-License-Identifier: Apache-2.0 */
/* by.h: the parameters of reports that count events of any names, in rows by the values of columns. For the files of
 * src/report alone.
 *
 * A report says what else holds of its columns and of its limit: in `columns`, `rank` and `upto`. */
#pragma once
#include "report/report.h"

#define BY_EVENT                                                                                   \
    {                                                                                              \
        .name = "event", .argument = "EVENT",                                                      \
        .help = "an event's name, or a template with * or {word}; repeat it|for several together " \
                "(default: all)",                                                                  \
        .type = REPORT_TEXT, .repeats = true                                                       \
    }
#define BY_COLUMN(columns)                                                                         \
    {                                                                                              \
        .name = "by", .argument = "COLUMN", .help = "rows for each value of " columns " times",    \
        .type = REPORT_COLUMN, .repeats = true                                                     \
    }
#define BY_LIMIT(rank, upto)                                                                       \
    {                                                                                              \
        .name = "limit", .argument = "N",                                                          \
        .help = "with --by: so many values, " rank ";|the others together are (other) "            \
                "(default: 20)",                                                                   \
        .standard = "20", .type = REPORT_COUNT, .least = 1, .most = (upto)                         \
    }
