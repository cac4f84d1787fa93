/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h: what the journal commits, and what the edges refuse, into the ledger.
 *
 * Threads: tally_commit on the journal's commit thread, where it waits until the ledger is there;
 * the rest from the owner. */
#pragma once
#include "admit/source.h"
#include "collector/refusal.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

struct tally; /* opaque */

/* Before the journal is opened: it commits notes of its own from then on. */
struct tally *tally_new(void);
/* After the journal is closed. NULL is fine. */
void tally_free(struct tally *t);
/* For journal_opts: ctx is the tally. */
void tally_commit(void *ctx, const struct journal_batch *first, const struct journal_batch *end);
/* From here on it counts; NULL: there will be no ledger, nobody waits for one. */
void tally_begin(struct tally *t, struct ledger *ledger);

/* Events that come out of the quarantine again, before they are submitted: received once more. */
void tally_replay(struct ledger *l, const struct journal_record *records, size_t count);
/* They were not committed. */
void tally_replay_failed(struct ledger *l, const struct journal_record *records, size_t count,
                         enum err_code error);
enum refusal tally_reason(enum err_code error); /* of a batch */

/* The ledger of these sources, with the refusals as its reasons: reason of a refusal is its number.
 * With LEDGER_WRITE, after the journal was opened. What the journal in journal_dir holds beyond the
 * ledger is counted, but with LEDGER_AS_IT_IS. The caller owns *out. */
struct tally_opts {
    const struct io *io;
    const char *ledger_dir, *journal_dir;
    enum ledger_mode mode;
    const struct str *sources; /* the names, in the order of their numbers */
    unsigned source_count;
    void (*on_trouble)(void *ctx, const char *text); /* may be NULL */
    void *ctx;
};
int tally_open(struct ledger **out, const struct tally_opts *opts, struct err *err);
