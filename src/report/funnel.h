/* SPDX-License-Identifier: Apache-2.0 */
/* funnel.h: a funnel between its parameters and its SQL: shared by the two files that make it. */
#pragma once
#include "report/step.h"

enum { FUNNEL_PART_MAX = 256 * 1024, FUNNEL_NAMES_MAX = 62 };

struct funnel {
    const struct report_asked *asked;
    bool flows; /* the unit is the flow; else a column of events */
    const char *unit; /* that column, and its name in a quarantined event */
    struct step *steps;
    size_t count;
};

/* ERR_USAGE. Free *out in any case. */
int funnel_read(struct funnel *out, const struct report_asked *asked, struct err *err);
void funnel_free(struct funnel *f);
/* The bit of a name: they count through all steps. */
uint64_t funnel_bit(const struct funnel *f, size_t step, size_t alternative);
const char *funnel_table(const struct report_asked *asked);

/* funnel_marks.c: which events fit which step. Appends; the name of a column that is none is ERR_USAGE. */
void funnel_put_names(struct buf *out, const struct funnel *f);
/* Names of steps that no event has. */
void funnel_put_absent(const struct report_asked *asked, struct buf *sql);
int funnel_put_marked(struct buf *out, const struct funnel *f, struct err *err);
int funnel_put_aside(struct buf *out, const struct funnel *f, struct err *err);
