/* SPDX-License-Identifier: Apache-2.0 */
/* cardinality_inside.h: the inside of the budgets of distinct values, shared by cardinality.c, which keeps
 * the sets, cardinality_file.c, which saves them, and cardinality_note.c, which tells what was folded. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "admit/cardinality.h"
#include "base/siphash.h"

enum { CARDINALITY_BUCKETS = 64 };

struct value_table {
    struct value_table *older;
    size_t mask;
    _Atomic uint64_t slots[]; /* hashes; 0: empty */
};

/* What was folded on a day, and how much of it stands in notes. */
struct folded_day {
    int64_t day;
    uint64_t events, noted, noting;
    uint64_t senders_noted; /* of `events`, when they were noted last */
    struct senders senders;
};

struct value_budget {
    struct cardinality *owner;
    unsigned source;
    struct str field; /* owned */
    size_t max;
    _Atomic(struct value_budget *) next; /* in its bucket */
    _Atomic(struct value_table *) table;
    _Atomic int64_t day;
    _Atomic size_t count; /* values of the day */
    _Atomic uint64_t folded; /* since start */
    pthread_mutex_t mtx;
    /* guarded by mtx; the table's hashes are added under it too */
    struct folded_day today, before;
};

struct source_budgets {
    bool any;
    struct value_budget *fields[BUDGET_FIELDS]; /* NULL: none */
    uint64_t properties; /* 0: unlimited */
    struct settings_budget_property *own; /* copies */
    size_t own_count;
    _Atomic(struct value_budget *) buckets[CARDINALITY_BUCKETS]; /* of properties */
};

struct cardinality {
    const struct io *io;
    char *path; /* NULL: in memory only */
    uint8_t key[SIPHASH_KEY_BYTES];
    char run[17]; /* tells one process's notes from another's */
    size_t source_count;
    char **source_names; /* for the file */
    struct source_budgets *sources;
    int64_t saved_day; /* of the file; the owner's, as the next */
    size_t saved;
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct value_budget **list; /* in the order in which they were made */
    size_t count, cap;
};

/* Under b->mtx: brings it to this day, if it is not there yet. */
void value_budget_turn(struct value_budget *b, int64_t day);
/* Under b->mtx: adds a hash that is not there. */
void value_budget_insert(struct value_budget *b, uint64_t hash);
struct value_budget *cardinality_at(struct cardinality *c, size_t index);
/* cardinality_file.c */
int cardinality_load(struct cardinality *c, int64_t now_us, struct err *err);
