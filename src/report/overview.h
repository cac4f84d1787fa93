/* SPDX-License-Identifier: Apache-2.0 */
/* overview.h: what the files of the report `overview` share: one has its statement, one the events that are
 * read, one what days come to, one the parts of days. */
#pragma once
#include "report/internal.h"
#include "report/span.h"

enum { OVERVIEW_PART_MAX = 128 * 1024 };

/* In the order of the answer. */
enum overview_panel {
    OVERVIEW_TOTAL,
    OVERVIEW_BUCKET,
    OVERVIEW_TRAFFIC,
    OVERVIEW_VALUES,
    OVERVIEW_EVENT = OVERVIEW_VALUES,
    OVERVIEW_PAGE = OVERVIEW_VALUES + 2,
    OVERVIEW_REFERRER
};

struct overview_panels {
    const char *name;
    const char *column; /* of the view `events`; NULL where the panel has no values of events */
};
enum { OVERVIEW_PANELS = 11 };
extern const struct overview_panels overview_panels[OVERVIEW_PANELS];

/* All that is told of a statement while it is made. */
struct overview {
    const struct report_asked *asked;
    struct span span;
    struct buf seen; /* events that are read, as one question */
    struct buf parts; /* rows that are summed up */
    struct buf fill; /* rows of buckets without an event */
    bool all_traffic; /* the events that are read are not of --traffic alone */
};

bool overview_has(const struct report_asked *asked, size_t panel);
/* Begins one more of several questions whose rows are taken together. */
void overview_put_union(struct buf *out);
/* Events under further conditions, each with AND before it. */
void overview_put_seen(struct overview *o, bool before, struct str conditions);

/* The tables of what was read, and a panel of them; nothing where no event is read. */
void overview_put_read(struct buf *out, const struct overview *o);
void overview_put_panel(struct overview *o, size_t panel);

/* The begin or the end of the range, or of the one before; without text where it is open. */
struct str overview_bound(const struct overview *o, bool before, bool to);
/* Appends a part with the range's begin and end as {{from}} and {{to}}, and further conditions as {{days}}. */
void overview_put_edge(struct buf *out, const struct overview *o, bool before, const char *part,
                       struct str days);
/* Conditions: none of the days that are not summed up; `time` is SQL. */
void overview_put_others(struct buf *out, const struct overview *o, struct str time);
/* The names of all panels, or of those with sums of values that are asked for, parted by commas. */
void overview_put_names(struct buf *out, const struct overview *o, bool asked_for);
/* Whether sums can tell the part of a day that the range begins or ends with, and the question about it. */
bool overview_cut_is_summed(const struct overview *o, bool before, bool to);
void overview_put_cut(struct overview *o, bool before, bool to);

/* Whether sums of days can answer it. */
bool overview_is_of_days(const struct overview *o);
/* The events of days that are not summed up or not whole in the range, and the sums of all others. */
void overview_put_days(struct overview *o, bool before);
