/* SPDX-License-Identifier: Apache-2.0 */
/* carried.h: flows that go on in another browser or device: their contexts, stored under tokens.
 *
 * Promise: what is stored is a function of the journal: the operations of its records, in the order of
 * their positions, and nothing else. So a start that reads them again has the same contexts, and what
 * was not committed has no effect. A token's first context wins until it is cleared or expires.
 * Tokens never come here, only keys made of them (admit/carry.c).
 * Memory: at most opts.limit contexts of about 130 bytes, taken as they come; past it the one that
 * expires first gives way, and is counted.
 * Threads: all functions from any thread, but carried_new and carried_free from the owner. A lookup
 * holds one mutex, allocates nothing and does no I/O. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "event/event.h"

struct carried; /* opaque */

enum {
    CARRIED_KEY_BYTES = 16,
    CARRIED_OPS_MAX = 3, /* of one event: stash, propagate, clear */
    CARRIED_LIMIT = 1 << 20, /* contexts */
};

struct carried_key {
    uint8_t b[CARRIED_KEY_BYTES];
};

/* A flow, and the event that completes it. */
struct carried_context {
    int64_t begin_us;
    uint64_t signal; /* of the event's name, see carried_signal; 0: none */
    uint8_t flow_len; /* 1 to EVENT_FLOW_CARRIED_MAX */
    char flow[EVENT_FLOW_CARRIED_MAX];
};

/* Stores under a key what is not there yet, or forgets it where it is of this flow. */
struct carried_op {
    bool clear;
    struct carried_key key;
    struct carried_context context; /* to clear: the flow alone */
};

struct carried_opts {
    int64_t expiry_us; /* since the flow began */
    size_t limit; /* 0: CARRIED_LIMIT */
};

struct carried *carried_new(const struct carried_opts *opts);
void carried_free(struct carried *c); /* NULL is fine */
int64_t carried_expiry_us(const struct carried *c);

enum carried_found { CARRIED_HIT, CARRIED_MISSED, CARRIED_EXPIRED, CARRIED_FOUND_COUNT };

/* What is stored under the key at that time; *out with CARRIED_HIT. */
enum carried_found carried_find(struct carried *c, const struct carried_key *key, int64_t now_us,
                                struct carried_context *out);
/* Counts what an event found. */
void carried_count(struct carried *c, enum carried_found found);
/* Counts a signal that came: whether there is an event that says the flow is complete. */
void carried_count_signal(struct carried *c, bool completes);

/* The operations of the record at `position`, which is durable; positions only grow. */
void carried_apply(struct carried *c, int64_t position, int64_t received_us,
                   const struct carried_op *ops, size_t count);
/* All records up to there have been applied, or had nothing to apply. */
void carried_passed(struct carried *c, int64_t position);

/* A name as a context keeps it: 8 bytes of the SHA-256 of its lower case; never 0. */
uint64_t carried_signal(struct str name);

/* carried_ops.c: operations as bytes; the format stands there. `own` is the id of the record's flow,
 * which is not written again. Appends (test buf_failed). */
void carried_ops_write(struct buf *out, const struct carried_op *ops, size_t count, struct str own);
/* How many there are; -1: the bytes do not follow the format. */
int carried_ops_read(struct str bytes, struct str own, struct carried_op ops[CARRIED_OPS_MAX]);

struct carried_stats {
    uint64_t found[CARRIED_FOUND_COUNT]; /* by carried_count */
    uint64_t completed, incomplete; /* by carried_count_signal */
    uint64_t stored, kept, cleared; /* kept: nothing was stored since the token had a context */
    uint64_t late; /* not stored: they had expired already */
    uint64_t evicted; /* gave way although they had not expired, since the table was full */
    uint64_t
        unsaved_lost; /* operations that the log has not: a next start reads the journal for them */
    uint64_t held; /* contexts now, with those that have expired lately */
};
void carried_stats(struct carried *c, struct carried_stats *out);

/* For the log (carried_log.h) alone. */

/* Forgets everything: as before the record behind `position`. */
void carried_reset(struct carried *c, int64_t position);
/* From here on operations are noted for the log; before, they come from there. */
void carried_note(struct carried *c, bool on);
/* Moves what was noted to `out`, which is empty. Returns the position up to which the log has
 * everything with it. *lost: operations are missing, since they took more memory than they may. */
int64_t carried_take_notes(struct carried *c, struct buf *out, bool *lost);
/* None that is stored expires later. */
int64_t carried_latest_us(struct carried *c);
/* The notes of one take, applied again; -1: they do not follow the format. */
int carried_read_notes(struct carried *c, int64_t position, struct str notes);
