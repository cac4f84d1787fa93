/* SPDX-License-Identifier: Apache-2.0 */
/* funnel.h: a funnel between its parameters and its SQL: shared by the files that make it and by the
 * reports about what is behind its numbers. */
#pragma once
#include "report/step.h"

enum { FUNNEL_PART_MAX = 256 * 1024, FUNNEL_NAMES_MAX = 62 };

struct funnel {
    const struct report_asked *asked;
    bool flows; /* the unit is the flow; else a column of events */
    const char *unit; /* that column, and its name in a quarantined event */
    struct step *steps;
    size_t count;
    /* What the report sets after funnel_read, where it wants it. */
    struct str by; /* groups: judged.part */
    bool first; /* each unit's first event, of other units than flows: judged.first_moment */
};

/* Reads the parameters of REPORT_STEPS. ERR_USAGE. Free *out in any case. */
int funnel_read(struct funnel *out, const struct report_asked *asked, struct err *err);
void funnel_free(struct funnel *f);
/* For struct report: check, table_of and note of every report with these parameters. */
int funnel_check(const struct report_asked *asked, struct err *err);
const char *funnel_table(const struct report_asked *asked);
const char *funnel_note(const struct report_asked *asked);
/* The bit of a name: they count through all steps. */
uint64_t funnel_bit(const struct funnel *f, size_t step, size_t alternative);

/* The blanks of a statement, each with a buf of its own. Free them in any case. */
struct funnel_blanks; /* opaque */
struct funnel_blanks *funnel_blanks_new(void);
void funnel_blanks_free(struct funnel_blanks *b);
/* The text of another one. */
struct buf *funnel_blank(struct funnel_blanks *b, const char *name);
/* Another one, whose text is a part. */
void funnel_blank_part(struct funnel_blanks *b, const char *name, const char *part);
/* Appends sql/STATEMENT.sql with all of them filled in. */
void funnel_fill(struct buf *out, const char *statement, const struct funnel_blanks *b);

/* A part for step k, counted from 1, and the ones before and after it; and for each step of a span. */
void funnel_put_part(struct buf *out, const char *name, size_t k, const struct sql_blank *more,
                     size_t more_count);
void funnel_put_each(struct buf *out, const char *name, size_t from, size_t to);
/* A part with the name of --by; nothing without. */
void funnel_put_by(struct buf *out, const struct funnel *f, const char *part);

/* funnel_walk.c: WITH ..., up to `judged`, which has of each unit that came: unit, reached, reason (0: it
 * reached the last step; 1 to 6: as the report's columns), at_1 to at_N and step_at, when it reached which
 * and the last one (microseconds), part (with --by) and first_moment. The name of a column that is none is
 * ERR_USAGE. */
int funnel_put_walk(struct buf *out, const struct funnel *f, struct err *err);

/* funnel_marks.c: which events fit which step. Appends; the name of a column that is none is ERR_USAGE. */
void funnel_put_names(struct buf *out, const struct funnel *f);
/* Names of steps that no event has. */
void funnel_put_absent(const struct report_asked *asked, struct buf *sql);
int funnel_put_marked(struct buf *out, const struct funnel *f, struct err *err);
int funnel_put_aside(struct buf *out, const struct funnel *f, struct err *err);
