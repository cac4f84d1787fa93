/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h: runs that end in crashes, on the model file system; all of a run follows from its seed.
 *
 * A run is several lives of a process that works on the same files; each ends by a power cut or a
 * kill, at a call chosen by chance, also while it recovers. After each the promises are checked. */
#pragma once
#include "model_io.h"

struct sim_options {
    bool forget_syncs, forget_folder_syncs; /* break the disk, to see that it is noticed */
    bool verbose;
};

/* Counts over all runs. */
struct sim_counts {
    uint64_t runs, power_cuts, kills, in_recovery; /* in_recovery: of both, while opening */
    uint64_t faults, full; /* lives with an I/O fault, with a disk that runs full */
    uint64_t acked, given, rolls, duplicates, compressed, deleted;
    uint64_t index_files, index_found, index_rebuilt; /* of the keys, over all ends */
    uint64_t violations;
};

struct sim {
    const struct sim_options *opts;
    struct sim_counts *counts;
    struct model_io *m;
    const struct io *io;
    uint64_t seed, random;
    bool fails; /* this life has a fault or a full disk: calls may fail without a death */
    char violation[300]; /* "": none */
};

void sim_begin(struct sim *s, uint64_t seed, const struct sim_options *opts,
               struct sim_counts *counts);
void sim_end(struct sim *s);
/* Below n. */
uint64_t sim_below(struct sim *s, uint64_t n);
bool sim_one_in(struct sim *s, uint64_t n);
/* Remembers the first; goes on. */
void sim_violation(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sim_say(const struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Chooses how this life goes: when it ends, what fails. `recovers`: it may end while opening. */
void sim_begin_life(struct sim *s, uint64_t longest);
/* Ends it, by a power cut or a kill; everything must be closed. */
void sim_end_life(struct sim *s, bool opening);
/* A life in which nothing goes wrong. */
void sim_begin_good_life(struct sim *s);
/* Whether a call may have failed, for all that is wrong with the world. */
bool sim_may_fail(struct sim *s);

/* A run each. */
void sim_journal(struct sim *s);
void sim_keys(struct sim *s);
void sim_budgets(struct sim *s);
void sim_replace(struct sim *s);
