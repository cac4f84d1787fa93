/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h: what a destination of events implements, and the table of all of them.
 *
 * To add one: a file with a `struct sink_ops`, and a line in the table of sinks.c. The runner
 * (runner.h) reads the journal, decides what makes a batch, when to try again and what is set
 * aside; a sink turns records into its own form and delivers a batch.
 * Threads: all of a sink's functions are called from its runner's thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/record.h"
#include "settings/settings.h"

struct store;

/* What a sink may need; borrowed until close. */
struct sink_env {
    const struct settings *settings;
    struct store *store;
    /* Where it is set: called on the runner's thread, between two batches, behind the note of a
     * reload. */
    void (*catalogue_changed)(void *ctx);
    void *ctx;
};

/* One journal record. */
struct sink_item {
    int64_t position, received_us;
    const uint8_t *salt; /* 16 bytes, which no other record has; or NULL */
    int kind; /* enum journal_kind */
    struct str payload; /* as in the journal */
    const struct record *record; /* NULL for a note, or where the payload does not decode */
};

enum sink_verdict {
    SINK_DONE,
    SINK_RETRY, /* not now: the same again, later */
    SINK_REFUSED, /* not ever: the record (encode), or some record of the batch (write) */
    SINK_BROKEN, /* only a new start of the process helps */
};

/* What became of records; their sum is the cursor. */
struct sink_totals {
    int64_t before; /* positions from before it counted */
    int64_t events, quarantined, notes; /* delivered */
    int64_t rejected, lost, unknown;
};

struct sink_ops {
    const char *name;
    uint64_t batch_records, batch_bytes; /* a batch is never larger */
    int64_t batch_us; /* and is delivered at this age, where nothing more is there */
    int (*open)(void **out, const struct sink_env *env, struct err *err);
    /* The last position that was delivered; 0: none. */
    int (*cursor)(void *sink, int64_t *out_position, struct err *err);
    /* Whether what was delivered came from this journal: its id, and its record at the cursor (NULL:
     * none, or it is not kept any more). -1 where it did not. May be NULL: it is not asked. */
    int (*recognise)(void *sink, const uint8_t journal[16], const struct sink_item *at_cursor,
                     struct err *err);
    /* Adds a record to the batch. Nothing of it shows at the destination before `write`. */
    enum sink_verdict (*encode)(void *sink, const struct sink_item *item, struct err *err);
    /* Instead of encode: a record that cannot be delivered is kept where a person can find it. */
    enum sink_verdict (*set_aside)(void *sink, const struct sink_item *item, const char *reason,
                                   struct err *err);
    /* The positions behind the last record, up to this one, bring nothing to deliver: they are `lost`
     * (damaged, or not kept any more), or one that this version does not know. May be NULL. */
    enum sink_verdict (*pass)(void *sink, int64_t position, bool lost, struct err *err);
    /* Delivers the batch and the cursor, `position`, which may lie behind the last record: all or
     * nothing. The batch is empty afterwards where this is DONE. */
    enum sink_verdict (*write)(void *sink, int64_t position, struct err *err);
    /* Whether the batch is as large as suits the destination, below the limits above. May be NULL. */
    bool (*is_full)(const void *sink);
    /* What became of all records up to the cursor, over restarts. May be NULL. */
    void (*totals)(void *sink, struct sink_totals *out);
    /* Forgets the batch. */
    void (*drop)(void *sink);
    void (*close)(void *sink); /* NULL is fine */
};

/* All sinks, ended by NULL. */
extern const struct sink_ops *const sinks[];
