/* SPDX-License-Identifier: Apache-2.0 */
/* model_internal.h: what a model is, and what the files of this folder share.
 *
 * To add one: a `struct model` in a file of its own, a line in the table of models.c, and its
 * statements in sql/duckdb/, one a file, in the list of meson.build. A statement may have these blanks:
 *
 *   {{next}}              behind the name of each table of a model: nothing, or _next while it is made
 *                         anew; views and expiry are of the tables in use alone
 *   {{from}}, {{to}}      the step's positions: events with position > from AND position <= to
 *   {{p_NAME}}            the property NAME in the view `events`, as text; NULL where it has no column. For
 *                         the names in `properties` of the model
 *   {{since_whole}}, {{since_half}}, {{since_tenth}}   what the samples keep: from this moment on; or NULL
 *   {{sampled}}, {{percent}}, {{since}}   in a view that is made for each sample: the end of its name,
 *                         which cohorts it has (below this), and what it keeps
 *   {{devices_days}}, {{devices_before}}   how long before a day other devices count; <= where its own do, else <
 *   {{left_flows}}, {{left_activity}}, {{kept_service}}, {{hides_domain}}   what of hidden properties is
 *                         still there: conditions; the value of what is taken over; whether a column of mails is hidden
 *   {{count_members}}, {{count_taken}}, {{count_columns}}, {{count_again}}   of the dimensions by which events are
 *                         counted (counts_blanks.c)
 *   {{before}}, {{names}}, {{named}}   what expires of the counts: windows before this, of these sources (or all others)
 *   {{begin_...}}         the attributes of flows, {{last_flow}}, {{latest_flow}}, {{keys}} (flows.c)
 *
 * event_names{{next}} tells what each name means (names.c): kinds has bits (activity 2, flow 4, email 32).
 * A name that it has not is not in the step. Temporary tables may be made: they stay until the next step makes its own. */
#pragma once
#include <pthread.h>

#include "base/check.h"
#include "base/sql.h"
#include "model/days_work.h"
#include "model/model.h"
#include "store/script.h"

enum {
    MODELS_VERSION = 3, /* of all statements */
    MODELS_STATEMENT_MAX = 4 << 20,
    MODELS_MAX = 8,
};

struct models;
struct model_range;

/* A statement, or what takes more than one; neither is behind the last. */
struct model_step {
    const char *sql; /* its name */
    bool remake_only; /* takes over from the tables in use what events do not tell any more */
    int (*run)(struct models *m, const struct model_range *range, struct err *err); /* 1: enough */
};

/* Lists end with NULL. */
struct model {
    const char *name;
    const char *const *tables; /* each is made by the statement create_TABLE */
    const struct model_step *refresh; /* in order */
    const char *const *properties; /* names that {{p_NAME}} stands for */
    const char *const *views; /* statements, in order */
    const char *const *sampled; /* the same, for views that are made for each sample */
    const char *const *expire; /* in order, with {{rows}}; the first makes the temporary table */
    const char *gone; /* how many rows that table has; NULL: nothing expires */
};

extern const struct model model_names, model_flows, model_activity, model_email, model_counts;
extern const struct model *const all_models[]; /* in the order in which a step takes them */

/* What a flow takes from its begin event under a name that does not depend on the catalogue. */
struct begin_attribute {
    const char *name; /* NULL behind the last */
    bool property; /* of the event; else a column of all events */
};
extern const struct begin_attribute begin_attributes[];

/* A property by which events are counted, and what it is called there. */
struct model_dimension {
    struct str property, name;
};

struct flows_memory; /* flows.c */

struct generation {
    const char *suffix; /* behind the names of its tables */
    int64_t position;
    struct flows_memory *flows; /* NULL: not read yet */
};

struct models {
    struct days_work days;
    struct store *store;
    struct settings_flows samples;
    int64_t version; /* of the statements and the settings in them: another makes the tables anew */
    struct catalogue *catalogue;
    char definition[65]; /* of the catalogue: hexadecimal */
    struct str *dimensions; /* of begin events: property names, sorted; in the catalogue's memory */
    char **dimension_columns; /* what they are called in flows_data */
    size_t dimension_count;
    struct model_dimension *counted; /* sorted; texts in the catalogue's memory */
    size_t counted_count;
    char *internal; /* SQL on `events AS e`: whether an event is internal */
    char *used_dimensions; /* columns of the tables in use, a line each */
    struct generation current, next;
    bool remaking;
    bool mixed; /* meanwhile those in use took steps by a catalogue that is not theirs */
    bool standing; /* the tables in use are another version's: they wait until they are replaced */
    bool wanted; /* ... but the tables could not be made yet */
    int64_t step_rows;
    int64_t latest_flows; /* a flow is looked for among so many first */
    size_t
        named_max; /* so many of the remaining keys are named; more are looked for all together */
    int64_t since_us[3]; /* whole, half, tenth; INT64_MIN: all */
    double seconds[MODELS_MAX]; /* that the steps of each of all_models took; for measurements */
    pthread_mutex_t mtx;
    struct models_stats stats; /* guarded by mtx */
};

/* Values of blanks that only some statements have. */
struct model_range {
    struct generation *generation;
    int64_t from, to, rows;
    size_t sample; /* 0 whole, 1 half, 2 tenth */
    int64_t last_flow;
    struct str keys;
    int64_t before_us;
    struct str names;
    bool named;
};

/* The text of a statement of sql/duckdb; a name that is none is our mistake. */
struct str models_statement(const char *name);
/* Runs it, filled. */
int models_run(struct models *m, const char *statement, const struct model_range *range,
               struct err *err);
/* The same of one that asks for a number: as script_number. */
int models_number(struct models *m, const char *statement, const struct model_range *range,
                  int64_t *out, struct err *err);
/* Runs work in a transaction, which is rolled back where it fails. */
int models_in_transaction(struct models *m, int (*work)(struct models *m, struct err *err),
                          struct err *err);
/* Appends it, filled. `out` has at most MODELS_STATEMENT_MAX bytes. */
void models_fill(struct models *m, struct buf *out, const char *statement,
                 const struct model_range *range);
/* flows.c: what was new in the step is known now; nothing is known any more. */
void flows_committed(struct generation *g);
void flows_forget(struct generation *g);
/* changes.c: remembers the value, and since when, where it is another than the last one of its kind. */
int changes_add(struct models *m, const char *kind, struct str value, struct err *err);
/* definition.c: what of the catalogue feeds the models, its hash, and the dimensions of begin events. */
void definition_read(struct models *m);
void definition_free(struct models *m);
