/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h: decisions about quarantined events, in the process that holds the journal.
 *
 * Promise: an accepted event and the note that says so are committed together, and an id that was
 * accepted before is not accepted again: asked twice, or ended at any step and asked again, each event
 * is there once. Id, time, receipt and source stay as they were.
 * Threads: one at a time (the control socket's). */
#pragma once
#include "admit/admit.h"
#include "base/buf.h"
#include "base/err.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

struct yyjson_val;

enum {
    REPLAY_MAX = 1000, /* positions in one request */
    REPLAY_DROP_MAX = 10000,
    REPLAY_TEXT_MAX = 1000, /* bytes of a reason, and of a person's name */
};

struct replay_parts {
    struct admission *admission;
    struct journal *journal;
    struct ledger *ledger;
    const char *journal_dir, *catalogue_dir;
};

/* Handlers of the control socket (collector/control.h). */

/* {"positions":[...],"known":[...],"dry_run":false,"by":"..."}: holds each to the present catalogue.
 * With "entry", a text, and dry_run: to the files of the catalogue with that entry in its place, or added.
 * `known` are already among the events, under the same id: they are only marked. Adds
 * "events":[{"position","result","name","codes"}]: result is accepted, duplicate, faulty, gone (the
 * journal has it no longer), damaged, or other (no quarantined event stands there). */
int replay_run(const struct replay_parts *parts, struct yyjson_val *request, struct buf *members,
               struct err *err);
/* {"positions":[...],"reason":"...","by":"..."} */
int replay_drop(const struct replay_parts *parts, struct yyjson_val *request, struct buf *members,
                struct err *err);
