/* SPDX-License-Identifier: Apache-2.0 */
/* carried.c: the table of contexts under tokens: found by key, given up in the order of expiry.
 *
 * Keys are evenly spread by their making, so a part of them is their place in the table; a binary heap
 * has the contexts by the time when they expire. What has expired stays for the length of an expiry
 * more, where there is room, so that a lookup can tell "expired" from "never seen". All room is asked
 * for at once, and the system gives it page by page as it is touched.
 * Promises: what carried.h says. Leaves to the log (carried_log.c) the disk, to others the journal. */
#include "flow/carried.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/little.h"
#include "base/mem.h"

enum {
    NOTES_MAX = 32 << 20, /* bytes that wait for the log */
    NOTE_HEAD = 10, /* received_us, length of the operations */
    NONE = 0, /* of a number of an entry: they begin at 1 */
};

struct entry {
    struct carried_key key;
    struct carried_context context;
    int64_t expires_us;
    uint32_t next; /* in its place, or among the free */
    uint32_t heap_at;
};

struct carried {
    int64_t expiry_us;
    size_t limit, mask;
    _Atomic uint64_t found[CARRIED_FOUND_COUNT], signals[2];

    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct entry *entries; /* from 1 */
    uint32_t *places; /* the first entry of each */
    uint32_t *heap; /* by expires_us, the first to expire at 0 */
    size_t count, used; /* entries that are taken; that were ever taken */
    uint32_t free;
    int64_t position, latest_us;
    struct carried_stats stats;
    struct buf notes;
    bool noting, notes_lost;
};

struct carried *carried_new(const struct carried_opts *opts)
{
    struct carried *c = xcalloc(1, sizeof *c);
    size_t places = 64;

    CHECK(opts->expiry_us > 0 && opts->limit < UINT32_MAX);
    CHECK(pthread_mutex_init(&c->mtx, NULL) == 0);
    c->expiry_us = opts->expiry_us;
    c->limit = opts->limit ? opts->limit : CARRIED_LIMIT;
    while (places < c->limit)
        places *= 2;
    c->mask = places - 1;
    c->entries = xcalloc(c->limit + 1, sizeof *c->entries);
    c->places = xcalloc(places, sizeof *c->places);
    c->heap = xcalloc(c->limit, sizeof *c->heap);
    buf_init(&c->notes, NOTES_MAX);
    return c;
}

void carried_free(struct carried *c)
{
    if (!c)
        return;
    buf_free(&c->notes);
    free(c->heap);
    free(c->places);
    free(c->entries);
    pthread_mutex_destroy(&c->mtx);
    free(c);
}

int64_t carried_expiry_us(const struct carried *c)
{
    return c->expiry_us;
}

uint64_t carried_signal(struct str name)
{
    char small[EVENT_NAME_MAX];
    uint8_t hash[32];
    uint64_t first;

    CHECK(name.len <= sizeof small);
    for (size_t i = 0; i < name.len; i++)
        small[i] = ascii_lower(name.ptr[i]);
    CHECK(EVP_Digest(small, name.len, hash, NULL, EVP_sha256(), NULL) == 1);
    first = get64(hash);
    return first ? first : 1;
}

/* The heap. All of the following with the lock held. */

static void heap_put(struct carried *c, size_t at, uint32_t number)
{
    c->heap[at] = number;
    c->entries[number].heap_at = (uint32_t)at;
}

static int64_t heap_time(const struct carried *c, size_t at)
{
    return c->entries[c->heap[at]].expires_us;
}

static void heap_up(struct carried *c, size_t at)
{
    uint32_t number = c->heap[at];
    int64_t expires_us = c->entries[number].expires_us;

    for (size_t above; at > 0 && heap_time(c, above = (at - 1) / 2) > expires_us; at = above)
        heap_put(c, at, c->heap[above]);
    heap_put(c, at, number);
}

static void heap_down(struct carried *c, size_t at)
{
    uint32_t number = c->heap[at];
    int64_t expires_us = c->entries[number].expires_us;

    for (size_t below; (below = 2 * at + 1) < c->count; at = below) {
        if (below + 1 < c->count && heap_time(c, below + 1) < heap_time(c, below))
            below++;
        if (heap_time(c, below) >= expires_us)
            break;
        heap_put(c, at, c->heap[below]);
    }
    heap_put(c, at, number);
}

/* Entries. */

static uint32_t *place_of(struct carried *c, const struct carried_key *key)
{
    return &c->places[get64(key->b) & c->mask];
}

/* Where the number of the key's entry stands; it says NONE where there is none. */
static uint32_t *find(struct carried *c, const struct carried_key *key)
{
    uint32_t *link = place_of(c, key);

    while (*link != NONE && memcmp(&c->entries[*link].key, key, sizeof *key) != 0)
        link = &c->entries[*link].next;
    return link;
}

static void take_out(struct carried *c, uint32_t *link)
{
    uint32_t number = *link, last = c->heap[c->count - 1];
    struct entry *e = &c->entries[number];

    *link = e->next;
    c->count--;
    if (last != number) {
        heap_put(c, e->heap_at, last);
        heap_up(c, e->heap_at);
        heap_down(c, c->entries[last].heap_at);
    }
    e->next = c->free;
    c->free = number;
}

static void put_in(struct carried *c, const struct carried_op *op, int64_t expires_us)
{
    uint32_t number = c->free, *place = place_of(c, &op->key);
    struct entry *e;

    if (number != NONE)
        c->free = c->entries[number].next;
    else
        number = (uint32_t)++c->used;
    e = &c->entries[number];
    e->key = op->key;
    e->context = op->context;
    e->expires_us = expires_us;
    e->next = *place;
    *place = number;
    c->heap[c->count] = number;
    heap_up(c, c->count++);
    if (expires_us > c->latest_us)
        c->latest_us = expires_us;
}

static struct entry *first_to_expire(struct carried *c)
{
    return &c->entries[c->heap[0]];
}

/* Gives up what expired long ago, and makes room for one that expires then; false where that one
 * itself is the first to give way. */
static bool make_room(struct carried *c, int64_t now_us, int64_t expires_us)
{
    while (c->count > 0 && first_to_expire(c)->expires_us < now_us - c->expiry_us)
        take_out(c, find(c, &first_to_expire(c)->key));
    if (c->count < c->limit)
        return true;
    if (first_to_expire(c)->expires_us >= now_us)
        c->stats.evicted++;
    if (first_to_expire(c)->expires_us > expires_us)
        return false;
    take_out(c, find(c, &first_to_expire(c)->key));
    return true;
}

/* A flow that says it begins in the future expires no later than one that begins now. */
static bool store(struct carried *c, const struct carried_op *op, int64_t now_us)
{
    int64_t begin_us = op->context.begin_us < now_us ? op->context.begin_us : now_us;
    int64_t expires_us = begin_us + c->expiry_us;
    uint32_t *link = find(c, &op->key);

    if (expires_us < now_us) {
        c->stats.late++;
        return false;
    }
    if (*link != NONE && c->entries[*link].expires_us >= now_us) {
        c->stats.kept++;
        return false;
    }
    if (*link != NONE)
        take_out(c, link);
    if (!make_room(c, now_us, expires_us))
        return false;
    put_in(c, op, expires_us);
    c->stats.stored++;
    return true;
}

static bool forget(struct carried *c, const struct carried_op *op)
{
    uint32_t *link = find(c, &op->key);
    const struct carried_context *there;

    if (*link == NONE)
        return false;
    there = &c->entries[*link].context;
    if (!str_eq(str_of(there->flow, there->flow_len),
                str_of(op->context.flow, op->context.flow_len)))
        return false;
    take_out(c, link);
    c->stats.cleared++;
    return true;
}

static bool run(struct carried *c, const struct carried_op *op, int64_t received_us)
{
    return op->clear ? forget(c, op) : store(c, op, received_us);
}

/* Notes: for each record i64 received_us, u16 bytes of its operations, these; flows spelled out. */

static void note(struct carried *c, const struct carried_op *op, int64_t received_us)
{
    size_t at = c->notes.len;
    uint8_t head[NOTE_HEAD] = {0};

    if (!c->noting || c->notes_lost) {
        c->stats.unsaved_lost += c->noting;
        return;
    }
    put64(head, (uint64_t)received_us);
    buf_append(&c->notes, head, sizeof head);
    carried_ops_write(&c->notes, op, 1, STR_NONE);
    if (buf_failed(&c->notes)) {
        c->notes_lost = true;
        c->stats.unsaved_lost++;
        return;
    }
    put16((uint8_t *)c->notes.ptr + at + 8, (uint16_t)(c->notes.len - at - NOTE_HEAD));
}

void carried_apply(struct carried *c, int64_t position, int64_t received_us,
                   const struct carried_op *ops, size_t count)
{
    pthread_mutex_lock(&c->mtx);
    for (size_t i = 0; i < count; i++)
        if (run(c, &ops[i], received_us))
            note(c, &ops[i], received_us);
    c->position = position;
    pthread_mutex_unlock(&c->mtx);
}

void carried_passed(struct carried *c, int64_t position)
{
    pthread_mutex_lock(&c->mtx);
    if (position > c->position)
        c->position = position;
    pthread_mutex_unlock(&c->mtx);
}

enum carried_found carried_find(struct carried *c, const struct carried_key *key, int64_t now_us,
                                struct carried_context *out)
{
    enum carried_found found = CARRIED_MISSED;
    uint32_t number;

    pthread_mutex_lock(&c->mtx);
    number = *find(c, key);
    if (number != NONE) {
        found = c->entries[number].expires_us >= now_us ? CARRIED_HIT : CARRIED_EXPIRED;
        *out = c->entries[number].context;
    }
    pthread_mutex_unlock(&c->mtx);
    return found;
}

void carried_count(struct carried *c, enum carried_found found)
{
    atomic_fetch_add_explicit(&c->found[found], 1, memory_order_relaxed);
}

void carried_count_signal(struct carried *c, bool completes)
{
    atomic_fetch_add_explicit(&c->signals[completes], 1, memory_order_relaxed);
}

void carried_stats(struct carried *c, struct carried_stats *out)
{
    pthread_mutex_lock(&c->mtx);
    *out = c->stats;
    out->held = c->count;
    pthread_mutex_unlock(&c->mtx);
    out->completed = atomic_load_explicit(&c->signals[true], memory_order_relaxed);
    out->incomplete = atomic_load_explicit(&c->signals[false], memory_order_relaxed);
    for (int i = 0; i < CARRIED_FOUND_COUNT; i++)
        out->found[i] = atomic_load_explicit(&c->found[i], memory_order_relaxed);
}

/* For the log. */

void carried_reset(struct carried *c, int64_t position)
{
    pthread_mutex_lock(&c->mtx);
    memset(c->places, 0, (c->mask + 1) * sizeof *c->places);
    c->count = c->used = 0;
    c->free = NONE;
    c->position = position;
    c->latest_us = 0;
    buf_reset(&c->notes, 0);
    c->notes_lost = false;
    pthread_mutex_unlock(&c->mtx);
}

void carried_note(struct carried *c, bool on)
{
    pthread_mutex_lock(&c->mtx);
    c->noting = on;
    pthread_mutex_unlock(&c->mtx);
}

int64_t carried_take_notes(struct carried *c, struct buf *out, bool *lost)
{
    struct buf notes;
    int64_t position;

    CHECK(out->len == 0);
    pthread_mutex_lock(&c->mtx);
    notes = c->notes;
    c->notes = *out;
    c->notes.max = NOTES_MAX;
    *lost = c->notes_lost;
    c->notes_lost = false;
    position = c->position;
    pthread_mutex_unlock(&c->mtx);
    *out = notes;
    return position;
}

int64_t carried_latest_us(struct carried *c)
{
    int64_t latest_us;

    pthread_mutex_lock(&c->mtx);
    latest_us = c->latest_us;
    pthread_mutex_unlock(&c->mtx);
    return latest_us;
}

int carried_read_notes(struct carried *c, int64_t position, struct str notes)
{
    while (notes.len > 0) {
        const uint8_t *head = (const uint8_t *)notes.ptr;
        struct carried_op ops[CARRIED_OPS_MAX];
        size_t len = notes.len < NOTE_HEAD ? SIZE_MAX : get16(head + 8);
        int count;

        if (notes.len < NOTE_HEAD || len > notes.len - NOTE_HEAD)
            return -1;
        count = carried_ops_read(str_of(notes.ptr + NOTE_HEAD, len), STR_NONE, ops);
        if (count < 0)
            return -1;
        carried_apply(c, position, (int64_t)get64(head), ops, (size_t)count);
        notes = str_of(notes.ptr + NOTE_HEAD + len, notes.len - NOTE_HEAD - len);
    }
    carried_passed(c, position);
    return 0;
}
