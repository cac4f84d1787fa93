/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h: what a catalogue would make of the last events in the journal.
 *
 * Reads from the tail: the last `events` accepted ones, or as many as there are among the last
 * TRIAL_LOOK_BACK records; and holds what was quarantined between them to it as well. What a record no
 * longer tells is taken as admit/restore.h says. Changes nothing.
 * Threads: any. */
#pragma once
#include "admit/admit.h"
#include "base/io.h"

enum { TRIAL_EVENTS = 1000, TRIAL_LOOK_BACK = 16 * TRIAL_EVENTS, TRIAL_KINDS_MAX = 20 };

/* One reason for which accepted events would be quarantined: the first fault of each. */
struct trial_kind {
    char name[EVENT_NAME_MAX + 1]; /* of the entry that took them, with its {parameters} */
    enum fault_code code;
    char path[128 + 16]; /* of the property, or "/name"; without an item's number */
    uint64_t events;
};

struct trial {
    uint64_t checked, would_quarantine; /* accepted events */
    uint64_t quarantined, would_pass; /* quarantined ones */
    uint64_t unfit; /* of both kinds: not counted in the others */
    uint64_t unreadable; /* records and places that do not verify */
    struct trial_kind kinds[TRIAL_KINDS_MAX]; /* most events first */
    size_t kind_count;
    uint64_t other_kinds; /* events of further kinds */
};

struct trial_opts {
    const struct io *io;
    const char *journal_dir;
    int64_t first; /* the first position that the journal still has; 0: none was deleted */
    struct admission *admission; /* with the catalogue in use: for the entries' names */
    const struct catalogue *catalogue; /* the new one */
    int64_t now_us; /* compared with `expires` */
    uint64_t events; /* 0: TRIAL_EVENTS */
};

/* -1: the journal cannot be read. */
int trial_run(struct trial *out, const struct trial_opts *opts, struct err *err);
