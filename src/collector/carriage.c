/* SPDX-License-Identifier: Apache-2.0 */
/* carriage.c: from records to contexts under tokens: while they are committed, and at start.
 *
 * At start the log (flow/carried_log.c) tells most, and the journal what came behind it: a second of
 * records after a kill. Where the log tells nothing, the journal is read from before the oldest flow
 * that can still be good: the expiry and a margin for clocks that were set back.
 * Until then a commit, of a note, changes nothing here: events come later. */
#include "collector/carriage.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "collector/backlog.h"
#include "event/record.h"
#include "flow/carried_log.h"

#define MARGIN_US (INT64_C(600) * 1000000)

enum { NEAR = 100000 }; /* positions that are read without a look whether it could be fewer */

struct carriage {
    struct carried *carried;
    struct carried_log *log;
};

/* A record that cannot be read, or is of a later version, changes nothing: what the log and the
 * journal give is the same again. */
static void apply(struct carried *c, int64_t position, int64_t received_us, struct str payload)
{
    struct carried_op ops[CARRIED_OPS_MAX];
    struct str flow, carried;
    int count;

    if (record_decode_carried(payload, &flow, &carried) < 0 || carried.len == 0)
        return;
    count = carried_ops_read(carried, flow, ops);
    if (count > 0)
        carried_apply(c, position, received_us, ops, (size_t)count);
}

void carriage_commit(struct carried *c, const struct journal_batch *first,
                     const struct journal_batch *end)
{
    int64_t last = 0;

    for (const struct journal_batch *b = first; b != end; b = b->next) {
        for (size_t i = 0; i < b->count; i++) {
            const struct journal_record *r = &b->records[i];

            if (r->duplicate)
                continue;
            last = r->position;
            if (r->carries && r->kind == JOURNAL_EVENT)
                apply(c, r->position, r->received_us ? r->received_us : b->received_us, r->payload);
        }
    }
    if (last)
        carried_passed(c, last);
}

static void take_entry(void *ctx, const struct journal_entry *entry)
{
    struct carriage *c = ctx;

    if (entry->kind == JOURNAL_EVENT && !entry->erased)
        apply(c->carried, entry->position, entry->received_us, entry->payload);
}

static int open_log(struct carriage *c, const struct carriage_opts *opts, int64_t *position,
                    int64_t *durable, struct err *err)
{
    struct carried_log_opts log = {.io = opts->io,
                                   .dir = opts->flows_dir,
                                   .now_us = clock_now_us(),
                                   .carried = opts->carried,
                                   .on_trouble = opts->on_trouble,
                                   .ctx = opts->ctx};
    struct journal_reader *reader;
    uint8_t id[16];

    if (journal_reader_open(&reader, opts->io, opts->journal_dir, 0, err) < 0)
        return -1;
    CHECK(journal_reader_id(reader, id)); /* it is open */
    log.journal = id;
    *durable = log.durable = journal_reader_durable(reader);
    journal_reader_close(reader);
    return carried_log_open(&c->log, &log, position, err);
}

/* The contexts as of the journal's end. */
static int recover(struct carriage *c, const struct carriage_opts *opts, struct err *err)
{
    int64_t position, durable, since = 0;
    int64_t oldest_us = clock_now_us() - carried_expiry_us(c->carried) - MARGIN_US;

    if (open_log(c, opts, &position, &durable, err) < 0)
        return -1;
    if ((position < 0 || durable - position > NEAR) &&
        journal_since(opts->io, opts->journal_dir, oldest_us, &since, err) < 0)
        return -1;
    if (position < since) { /* what is stored by then has all expired */
        position = since;
        carried_log_begin(c->log, position);
    }
    carried_note(c->carried, true);
    if (backlog_read(opts->io, opts->journal_dir, position, take_entry, c, &durable, err) < 0)
        return -1;
    carried_passed(c->carried, durable);
    return 0;
}

int carriage_open(struct carriage **out, const struct carriage_opts *opts, struct err *err)
{
    struct carriage *c = xcalloc(1, sizeof *c);

    c->carried = opts->carried;
    if (recover(c, opts, err) < 0) {
        carriage_close(c);
        return -1;
    }
    *out = c;
    return 0;
}

void carriage_close(struct carriage *c)
{
    if (!c)
        return;
    carried_log_close(c->log);
    free(c);
}

int carriage_sync(struct carriage *c, struct err *err)
{
    return carried_log_write(c->log, clock_now_us(), err);
}
