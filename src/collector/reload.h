/* SPDX-License-Identifier: Apache-2.0 */
/* reload.h: another catalogue in the place of the one in use, if that is safe.
 *
 * Reads and compiles the folder, holds the last events to it (trial.h), notes it in the journal, and
 * puts it in place by one pointer. A catalogue that is broken or empty, a note that does not become
 * durable, and, unless forced, one by which more than half of the last accepted events would be
 * quarantined: nothing changes. What was refused is noted too. Nothing of an event's values is in
 * report or note.
 * Threads: any, one at a time; edges go on beside it. */
#pragma once
#include "catalogue/problem.h"
#include "collector/trial.h"
#include "journal/journal.h"

struct reload_opts {
    const struct io *io;
    const char *catalogue_dir, *journal_dir;
    struct admission *admission;
    struct journal *journal;
};

struct reload_wish {
    bool dry_run; /* all of it but note and change */
    bool forced; /* whatever the trial says */
    const char *by; /* "signal" or "command" */
};

enum reload_end {
    RELOAD_DONE,
    RELOAD_SAME, /* the files are those in use: nothing to do */
    RELOAD_TRIED, /* a dry run: it would be done */
    RELOAD_BROKEN, /* it does not load, or has no events */
    RELOAD_UNSAFE, /* the trial says no, or could not be made */
    RELOAD_FAILED, /* the journal took no note of it, or there are too many scopes */
};

enum { RELOAD_NAMES_MAX = 100 }; /* of each kind of change; further ones are counted */

struct reload_names {
    char **list;
    size_t count, more;
};

struct reload_report {
    enum reload_end end;
    struct problems problems; /* errors and warnings, each with file and line */
    bool compared; /* it loaded: the rest is filled in */
    size_t events, events_before;
    uint8_t hash[CATALOGUE_HASH_BYTES], before[CATALOGUE_HASH_BYTES];
    struct reload_names added, removed, changed;
    bool tried; /* the trial was made */
    struct trial trial;
    int64_t position; /* of the note; 0: none */
    bool unnoted; /* refused, and the journal did not take the note of that */
};

/* 0: DONE, SAME or TRIED; -1: nothing has changed, and err says why. *out is filled in either case, as far
 * as it came; the caller frees it. */
int reload_run(const struct reload_opts *opts, const struct reload_wish *wish,
               struct reload_report *out, struct err *err);
void reload_report_free(struct reload_report *r);
/* As members of a JSON object, for an answer (collector/control.h). */
void reload_report_to_json(struct buf *out, const struct reload_report *r);
/* "done", "same", "tried", "broken", "unsafe", "failed" */
const char *reload_end_name(enum reload_end end);
