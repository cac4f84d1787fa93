/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h: what became of every event, by source, hour and reason, over restarts and crashes.
 *
 * The law: received = accepted + duplicate + quarantined + refused, where refused is the sum of its
 * reasons. `received` is counted before the fate of an event is known, a verdict where it falls;
 * what is left over between them is the residue: what is in flight, or a fault of ours.
 *
 * Promise: no count is lost or doubled by kill -9. A power cut may lose up to a second (the time
 * between two calls of ledger_sync) of receipts, duplicates and refusals; what the journal holds is
 * counted from there. Files and recovery: top of book.c, of checkpoint.c and of recover.c.
 * Threads: ledger_page, ledger_add and what reads from any thread; ledger_stage and ledger_settle
 * from the journal's commit thread, once ledger_recovered has returned; the rest from the owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"

struct ledger; /* opaque */
struct ledger_page; /* opaque: one hour of one source */

/* What is counted. The numbers are the file's. */
enum ledger_cell {
    LEDGER_RECEIVED,
    LEDGER_ACCEPTED,
    LEDGER_DUPLICATE,
    LEDGER_QUARANTINED,
    LEDGER_QUARANTINED_BYTES, /* of their payloads in the journal */
    LEDGER_REPLAYED, /* of received: taken out of the quarantine and admitted again */
    LEDGER_RECOVERED, /* of received: known from the journal alone, the receipt was lost */
    LEDGER_NOTES, /* of `(weir)`: records about Weir itself */
    LEDGER_UNSEEN, /* of `(weir)`: positions of the journal that nobody counted; may be negative */
    LEDGER_QUARANTINED_AGAIN, /* faulty, and its record was there already: nothing was written */
    LEDGER_REASONS = 12, /* the first reason: refused because of ... */
    LEDGER_CELLS = 48
};

/* The ledger's own reason, before those of ledger_opts: received, but the process ended before a
 * verdict, so that nothing was kept and nothing answered. */
#define LEDGER_INTERRUPTED "interrupted"
enum { LEDGER_NAME_MAX = 64, LEDGER_REASON_MAX = 23, LEDGER_REASONS_MAX = 36 };

enum ledger_mode {
    LEDGER_WRITE, /* the collector: counts, and settles first what the last one left */
    LEDGER_SETTLED, /* the same in memory only, where no collector runs */
    LEDGER_AS_IT_IS, /* beside a running collector: what it has counted until now */
};

struct ledger_opts {
    const struct io *io;
    const char *dir; /* data/ledger; made where missing, with LEDGER_WRITE */
    enum ledger_mode mode;
    const struct str *sources; /* copied; account i is sources[i] */
    unsigned source_count;
    const char *const *reasons; /* copied; reason i + 1 of the ledger */
    unsigned reason_count;
    /* Called for each thing that does not verify: it was set aside, or could not be. May be NULL. */
    void (*on_trouble)(void *ctx, const char *text);
    void *ctx;
};

/* Opens or begins it. ERR_BUSY where another process writes it. The caller owns *out. */
int ledger_open(struct ledger **out, const struct ledger_opts *opts, struct err *err);
/* `in_order`: nothing is in flight any more, so that a residue that is there will stay one. NULL is
 * fine. */
void ledger_close(struct ledger *l, bool in_order);

/* Whether a process has it open to write. */
bool ledger_is_written(const struct io *io, const char *dir);

/* Recovery, not with LEDGER_AS_IT_IS: what the journal holds behind ledger_counted is given to
 * ledger_recount, in order; then ledger_recovered settles what never got a verdict. `durable` is
 * the journal's last position. -1: the disk; the ledger counts, but has no checkpoint. */
int64_t ledger_counted(const struct ledger *l);
enum ledger_kind { LEDGER_EVENT, LEDGER_QUARANTINED_EVENT, LEDGER_NOTE };
void ledger_recount(struct ledger *l, int64_t position, int64_t received_us, enum ledger_kind kind,
                    struct str source, size_t payload_bytes);
int ledger_recovered(struct ledger *l, int64_t durable, struct err *err);

/* Accounts: 0 to source_count - 1, then these two, then sources that were and are no more. */
unsigned ledger_unknown(const struct ledger *l); /* "(unknown)": no key, or nobody's */
unsigned ledger_weir(const struct ledger *l); /* "(weir)": its own notes */
unsigned ledger_accounts(const struct ledger *l);
unsigned ledger_account(const struct ledger *l, struct str name); /* ledger_accounts(): none */
struct str ledger_account_name(const struct ledger *l, unsigned account);
/* Reasons: 0 is LEDGER_INTERRUPTED, then those of the options, then what older files have. */
unsigned ledger_reasons(const struct ledger *l);
const char *ledger_reason_name(const struct ledger *l, unsigned reason);

/* The page of that hour; for good the ledger's. The receipt of an event and its verdict go by the
 * same received_us. */
struct ledger_page *ledger_page(struct ledger *l, unsigned account, int64_t received_us);
/* `cell` may be LEDGER_REASONS + a reason. */
void ledger_add(struct ledger_page *page, unsigned cell, uint64_t n);

/* The verdict of one record, or of one that was not written (position 0), once it is durable and before it is
 * told; records in the order of their positions. Nothing shows before ledger_settle. Records that
 * recovery has counted are left out. */
void ledger_stage(struct ledger *l, unsigned account, int64_t received_us, enum ledger_cell which,
                  int64_t position, size_t payload_bytes);
void ledger_settle(struct ledger *l);

/* About once a second: brings what was counted to the disk, begins another file in time. */
int ledger_sync(struct ledger *l, struct err *err);

/* All hours of an account together. */
void ledger_totals(const struct ledger *l, unsigned account, uint64_t out[LEDGER_CELLS]);
/* One cell of an account on the day (UTC) of that time: cheap enough to ask for each request. */
uint64_t ledger_on_day(const struct ledger *l, unsigned account, unsigned cell, int64_t at_us);
/* Each page, old files first; stops where it returns non-zero, and returns that. Of an older file
 * only where the mode is not LEDGER_WRITE. Reasons are in the order of ledger_reason_name. */
int ledger_each(const struct ledger *l,
                int (*each)(void *ctx, unsigned account, int64_t hour_us, const uint64_t *cells),
                void *ctx);
/* received - accepted - duplicate - quarantined - refused. */
int64_t ledger_residue(const uint64_t cells[LEDGER_CELLS]);
