/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c: decides batches in groups: finds duplicates, numbers records, writes them by one call,
 * syncs once, publishes, answers. Allocates nothing but where a batch is larger than any before.
 *
 * Promises: no done() with error 0 before its records and all before them are durable; after a
 * failed write or sync nothing is written again, to that range or any other, and every batch gets
 * ERR_IO. A group lies in one segment and holds whole batches, in the order of their coming. Leaves
 * to others: who calls (journal.c), segments (roll.c). */
#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/random.h"
#include "journal/internal.h"

enum {
    GROUP_BYTES = 1 << 20, /* a group ends with the batch that would pass this */
    STAGING_LEAST = 64 << 10,
    SPACE_CHECK_US = 250000,
    NOTE_ROOM = 4096, /* of a segment that only notes may use, */
    NOTE_ROOM_FROM = 128 << 10, /* where it has at least so many bytes */
};

static void finish(struct journal_batch *b, enum err_code error)
{
    b->error = error;
    b->done(b);
}

/* Bytes that the batch takes at most; 0 where it is over a limit. Since it looks at each record of a
 * group before any is decided, it hashes the keys here, which has the index in the cache by then. */
static size_t measure_batch(const struct journal *j, struct journal_batch *b)
{
    size_t sum = 0;

    for (size_t i = 0; i < b->count; i++) {
        struct journal_record *r = &b->records[i];

        if (r->payload.len > JOURNAL_PAYLOAD_MAX)
            return 0;
        sum += segment_record_bytes(r->payload.len);
        if (sum > JOURNAL_BATCH_MAX)
            return 0;
        if (r->has_key)
            r->hash = seen_prepare(&j->seen, &j->recent, &r->key);
    }
    return sum;
}

static bool only_notes(const struct journal_batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->records[i].kind != JOURNAL_NOTE)
            return false;
    return true;
}

/* Looks a few times a second whether the disk is above its mark. */
static void check_space(struct journal *j)
{
    int64_t now = j->opts.monotonic();
    struct io_space space;

    if (j->space_checked_us && now - j->space_checked_us < SPACE_CHECK_US)
        return;
    j->space_checked_us = now;
    if (j->io->space(j->io, j->dir, &space) < 0)
        return; /* the write itself will say what is wrong with the disk */
    j->free_bytes = space.available;
    j->full = space.available < j->opts.reserve_bytes;
}

/* What is left of the head, but for its seal. */
static uint64_t head_room(const struct journal *j)
{
    uint64_t taken = j->head.end + SEGMENT_SEAL_BYTES;

    return taken < j->head.bytes ? j->head.bytes - taken : 0;
}

/* What events leave in a segment, so that it can still be told what is done about a full disk. */
static uint64_t note_room(const struct journal *j)
{
    return j->head.bytes < NOTE_ROOM_FROM ? 0 : NOTE_ROOM;
}

/* Room for `bytes` in the head, rolling over to the next segment where it must. */
static enum err_code make_room(struct journal *j, size_t bytes, bool notes)
{
    uint64_t kept = notes || j->head.records == 0 ? 0 : note_room(j);
    struct err err;

    if (bytes + kept <= head_room(j))
        return ERR_NONE;
    if ((j->head.fd >= 0 && j->head.records == 0) ||
        bytes > j->opts.segment_bytes - SEGMENT_HEADER_BYTES - SEGMENT_SEAL_BYTES)
        return ERR_LIMIT;
    if (roll_over(j, &err) == 0)
        return bytes <= head_room(j) ? ERR_NONE : ERR_LIMIT;
    if (err.code == ERR_SPACE) {
        j->full = true;
        j->space_checked_us = j->opts.monotonic();
        return ERR_SPACE;
    }
    j->failed = true;
    return ERR_IO;
}

/* Grows to what a group needs; gives back what only one huge batch has needed. */
static void size_staging(struct journal *j, size_t bytes)
{
    size_t cap = STAGING_LEAST;

    if (bytes <= j->staging_cap && (j->staging_cap <= 2 * GROUP_BYTES || bytes > GROUP_BYTES))
        return;
    while (cap < bytes)
        cap *= 2;
    free(j->staging);
    j->staging = xmalloc(cap);
    j->staging_cap = cap;
}

struct group {
    size_t used; /* of staging */
    size_t last; /* where its last record begins there */
    uint32_t records;
    uint64_t duplicates;
    int64_t newest_us;
};

static void put_record(struct journal *j, struct group *g, struct journal_record *r,
                       int64_t received_us)
{
    uint8_t salt[16];
    struct segment_record out = {.position = j->last_position + 1,
                                 .received_us = received_us,
                                 .group = g->records,
                                 .kind = (uint8_t)r->kind,
                                 .salt = salt,
                                 .payload = r->payload};

    random_bytes(salt, sizeof salt);
    g->last = g->used;
    g->used += segment_record_write(j->staging + g->used, &out, j->head.seed);
    CHECK(g->used <= j->staging_cap);
    g->records++;
    if (received_us > g->newest_us)
        g->newest_us = received_us;
    j->last_position = out.position;
    r->position = out.position;
}

/* The position at which the record is there already; 0: nowhere; -1: that cannot be told. */
static int64_t find_key(struct journal *j, const struct journal_record *r)
{
    return r->has_key && !r->fresh ? seen_find(j, r) : 0;
}

/* -1: whether a record is a duplicate cannot be told. */
static int put_batch(struct journal *j, struct group *g, struct journal_batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct journal_record *r = &b->records[i];

        CHECK(!r->with_next || i + 1 < b->count);
        r->position = r->with_next ? find_key(j, r + 1) : 0;
        if (r->position == 0)
            r->position = find_key(j, r);
        if (r->position < 0)
            return -1;
        r->duplicate = r->position > 0;
        if (r->duplicate) {
            g->duplicates++;
            continue;
        }
        put_record(j, g, r, r->received_us ? r->received_us : b->received_us);
        if (r->has_key)
            seen_add(j, r->hash, r->kind, &r->key, r->position);
    }
    return 0;
}

/* Writes the staged group, syncs it and publishes it. */
static int write_group(struct journal *j, const struct group *g)
{
    struct iovec iov = {.iov_base = j->staging, .iov_len = g->used};
    uint64_t half = j->head.bytes / 2, before = j->head.end;

    if (io_write_all(j->io, j->head.fd, &iov, 1, (off_t)j->head.end) < 0 ||
        j->io->fdatasync(j->io, j->head.fd) < 0) {
        j->failed = true;
        return -1;
    }
    j->head.last_at = j->head.end + g->last;
    j->head.end += g->used;
    j->head.records += g->records;
    if (g->newest_us > j->head.newest_us)
        j->head.newest_us = g->newest_us;
    watermark_set(&j->mark, WATERMARK_DURABLE, j->last_position);
    if (before < half && j->head.end >= half)
        roll_ask(j);
    j->records += g->records;
    j->bytes += g->used;
    j->commits++;
    j->stat_last = j->last_position;
    return 0;
}

static size_t count_keys(const struct journal_batch *first, const struct journal_batch *end)
{
    size_t sum = 0;

    for (const struct journal_batch *b = first; b != end; b = b->next)
        for (size_t i = 0; i < b->count; i++)
            sum += b->records[i].has_key;
    return sum;
}

/* Numbers the records of the batches and stages them. */
static enum err_code put_batches(struct journal *j, struct group *g, struct journal_batch *first,
                                 const struct journal_batch *end)
{
    for (struct journal_batch *b = first; b != end; b = b->next) {
        if (put_batch(j, g, b) < 0) {
            j->failed = true; /* keys were added for records that are never written */
            return ERR_IO;
        }
    }
    return ERR_NONE;
}

/* Commits the batches from `first` up to `end` (not included), `bytes` in all at most. */
static void commit_group(struct journal *j, struct journal_batch *first,
                         const struct journal_batch *end, size_t bytes)
{
    enum err_code error = j->failed ? ERR_IO : make_room(j, bytes, only_notes(first));
    struct group g = {.newest_us = INT64_MIN};

    if (error == ERR_NONE) {
        error = seen_room(j, count_keys(first, end));
        j->failed = j->failed || error == ERR_IO;
    }
    if (error == ERR_NONE) {
        size_staging(j, bytes);
        error = put_batches(j, &g, first, end);
    }
    if (error == ERR_NONE && g.records && write_group(j, &g) < 0)
        error = ERR_IO;
    if (error == ERR_NONE) {
        j->duplicates += g.duplicates;
        seen_committed(j);
    }
    if (error == ERR_NONE && j->opts.on_commit)
        j->opts.on_commit(j->opts.commit_ctx, first, end);
    for (struct journal_batch *b = first, *next; b != end; b = next) {
        next = b->next;
        finish(b, error);
    }
}

/* Why the batch cannot be taken now, or ERR_NONE and its size. */
static enum err_code judge(struct journal *j, struct journal_batch *b, size_t *bytes)
{
    if (j->failed)
        return ERR_IO;
    *bytes = measure_batch(j, b);
    if (b->count && *bytes == 0)
        return ERR_LIMIT;
    /* Notes tell of the outage itself: they may use what was allocated before it. */
    return j->full && !only_notes(b) ? ERR_SPACE : ERR_NONE;
}

/* What a group of several batches may have: all of them must fit whichever segment they go to. */
static size_t group_most(const struct journal *j)
{
    uint64_t room = j->opts.segment_bytes;

    if (j->head.fd >= 0 && j->head.records == 0 && j->head.bytes < room)
        room = j->head.bytes; /* made under another setting */
    room -= SEGMENT_HEADER_BYTES + SEGMENT_SEAL_BYTES;
    return room < GROUP_BYTES ? room : GROUP_BYTES;
}

void commit_list(struct journal *j, struct journal_batch *list)
{
    check_space(j);
    while (list) {
        struct journal_batch *b = list;
        size_t most = group_most(j), sum = 0, bytes = 0;
        bool notes = only_notes(b); /* they may take room that events leave: not in one group */
        enum err_code error = ERR_NONE;

        for (; b; b = b->next, sum += bytes) {
            error = judge(j, b, &bytes);
            if (error || (b != list && (sum + bytes > most || only_notes(b) != notes)))
                break;
        }
        if (b != list)
            commit_group(j, list, b, sum);
        list = b;
        if (b && error) {
            list = b->next;
            finish(b, error);
        }
    }
}
