/* SPDX-License-Identifier: Apache-2.0 */
/* model.h: the tables that are derived from events: flows, activity, counts.
 *
 * Promise: they follow from the events alone, whatever order, batches or restarts these came with; a
 * step shows as a whole or not at all, and is taken once, since the transaction that writes it also
 * moves the position up to which all models have come. Where the catalogue says something else of
 * events that are stored, the tables are made anew beside those in use, which are kept up to date
 * meanwhile, and change places with them when they have come as far.
 * What a model keeps outlives its event: rows whose event the store has not any more are taken over
 * as they are.
 * The tables are described in docs/tables.md; how to add one: model_internal.h.
 * Threads: the loading thread, between two loads; models_stats from any. */
#pragma once
#include "catalogue/catalogue.h"
#include "settings/settings.h"
#include "store/store.h"

struct models; /* opaque */

struct models_stats {
    int64_t position,
        loaded; /* the models have come up to here, the tables of events up to there */
    bool remaking;
    int64_t remade; /* the tables that are made anew have come up to here */
    int64_t seen; /* neither these nor those in use need an event up to here any more */
    uint64_t steps, errors;
    double seconds; /* that steps took */
    bool failing; /* the last step failed; `error` says why */
    char error[240];
    uint64_t days_failed; /* times that a day could not be summed up; why the last one */
    char days_error[240];
};

/* Makes what is missing in the database. Keeps s. samples may be NULL: everything is kept. The caller
 * owns *out. */
int models_open(struct models **out, struct store *s, const struct settings_flows *samples,
                struct err *err);
void models_free(struct models *m);
/* Remembers since when this version of Weir makes the tables. */
int models_set_version(struct models *m, const char *version, struct err *err);
/* Which events are internal: filters, and the same as SQL on the view `events AS e` (report_put_internal).
 * Copies both. Before the first models_set_catalogue; without it the ones of the last time count. */
int models_set_internal(struct models *m, const struct str *filters, size_t count,
                        struct str condition, struct err *err);
/* What events mean from now on; takes c, also on error. Without a catalogue no step is taken. */
int models_set_catalogue(struct models *m, struct catalogue *c, struct err *err);
/* One step of bounded size. 1: more is left; 2: all that is loaded is in, and days are being summed up, which
 * can wait; 0: nothing is left to be done now. -1: nothing was changed. */
int models_refresh(struct models *m, struct err *err);
/* All steps there are. */
int models_finish(struct models *m, struct err *err);
/* Everything is to be made anew: events were taken out of the store and loaded again. */
int models_remake(struct models *m, struct err *err);
/* Deletes rows that no sample keeps any more at this time, at most so many of each model. Returns how
 * many it deleted; 0: none are left. */
int64_t models_expire(struct models *m, int64_t now_us, int64_t rows_max, struct err *err);
/* Counts of events whose window is past a moment: of one source, or (without text) of all but some.
 * One step deletes at most so many rows and records them. Returns how many; 0: none are left. */
struct models_old_counts {
    struct str source;
    const struct str *except;
    size_t except_count;
    int64_t before_us;
    const char *reason; /* or NULL */
};
int64_t models_expire_counts(struct models *m, const struct models_old_counts *old,
                             int64_t rows_max, struct err *err);
void models_stats(struct models *m, struct models_stats *out);
