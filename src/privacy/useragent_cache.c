/* SPDX-License-Identifier: Apache-2.0 */
/* useragent_cache.c: 1,024 sets of four slots, each guarded by a sequence number.
 *
 * A writer makes the slot's number odd, stores the words of the slot, and makes it even again. A
 * reader that finds the number even and, after reading, unchanged has read one whole entry; all
 * words are atomic, stored with release and loaded with acquire, so that no fence is needed and a
 * torn read is seen by the number. Writers hold one mutex; one that finds it taken goes on without
 * keeping its answer, for a parse costs less than a queue. */
#include "privacy/useragent_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    SETS = 1024,
    WAYS = 4,
    SEEN_BITS = 131072, /* one for each agent that was seen once, about */
    SEEN_MAX = 8192, /* then they are all forgotten, before too many share a bit */
    WORDS = UACACHE_TEXT_MAX / 8,
    USED_MAX = 3, /* passes of the hand that a much used entry outlives */
};

struct slot {
    _Atomic uint32_t sequence; /* odd: being written */
    _Atomic uint32_t used;
    _Atomic uint64_t hash; /* 0: empty */
    _Atomic uint64_t lens; /* agent's << 32 | answer's */
    _Atomic uint64_t words[WORDS]; /* the agent, filled up to a word, then the answer */
};

struct uacache {
    pthread_mutex_t writing;
    _Atomic uint64_t seen[SEEN_BITS / 64];
    _Atomic uint32_t seen_count;
    uint8_t hand[SETS]; /* guarded by writing */
    struct slot slots[SETS][WAYS];
};

struct uacache *uacache_new(void)
{
    struct uacache *c = xcalloc(1, sizeof *c);

    CHECK(pthread_mutex_init(&c->writing, NULL) == 0);
    return c;
}

void uacache_free(struct uacache *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->writing);
    free(c);
}

static size_t words_of(size_t bytes)
{
    return (bytes + 7) / 8;
}

/* 1 to 8 bytes as a word, filled with zeros. */
static uint64_t word_at(const char *bytes, size_t left)
{
    uint64_t w = 0;

    if (left >= 8)
        memcpy(&w, bytes, 8); /* of a constant length: one load */
    else
        memcpy(&w, bytes, left);
    return w;
}

static bool same_agent(struct slot *s, struct str agent)
{
    for (size_t i = 0; i < words_of(agent.len); i++)
        if (atomic_load_explicit(&s->words[i], memory_order_acquire) !=
            word_at(agent.ptr + 8 * i, agent.len - 8 * i))
            return false;
    return true;
}

/* Copies the answer; false where the slot is another's or was written meanwhile. */
static bool read_slot(struct slot *s, struct str agent, uint64_t hash, struct uacache_answer *out)
{
    uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_acquire);
    uint64_t lens;
    size_t from = words_of(agent.len), len;

    if (sequence % 2 || atomic_load_explicit(&s->hash, memory_order_acquire) != hash)
        return false;
    lens = atomic_load_explicit(&s->lens, memory_order_acquire);
    len = (uint32_t)lens;
    if (lens >> 32 != agent.len || from + words_of(len) > WORDS || len > UACACHE_ANSWER_MAX ||
        !same_agent(s, agent))
        return false;
    for (size_t i = 0; i < words_of(len); i++) {
        uint64_t w = atomic_load_explicit(&s->words[from + i], memory_order_acquire);

        memcpy(out->bytes + 8 * i, &w, 8);
    }
    out->len = len;
    return atomic_load_explicit(&s->sequence, memory_order_relaxed) == sequence;
}

bool uacache_get(struct uacache *c, struct str agent, uint64_t hash, struct uacache_answer *out)
{
    struct slot *set = c->slots[hash % SETS];

    hash |= 1; /* never 0 */
    for (int i = 0; i < WAYS; i++) {
        if (!read_slot(&set[i], agent, hash, out))
            continue;
        /* Stored only where it changes, so that a hot entry's line stays shared by all cores. */
        if (atomic_load_explicit(&set[i].used, memory_order_relaxed) != USED_MAX)
            atomic_store_explicit(&set[i].used, USED_MAX, memory_order_relaxed);
        return true;
    }
    return false;
}

/* True from the second sight on. Threads that forget at the same time do no harm. */
static bool seen_before(struct uacache *c, uint64_t hash)
{
    uint64_t bit = UINT64_C(1) << (hash >> 58);
    _Atomic uint64_t *word = &c->seen[(hash >> 32) % (SEEN_BITS / 64)];

    if (atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit)
        return true;
    if (atomic_fetch_add_explicit(&c->seen_count, 1, memory_order_relaxed) >= SEEN_MAX) {
        atomic_store_explicit(&c->seen_count, 0, memory_order_relaxed);
        for (size_t i = 0; i < SEEN_BITS / 64; i++)
            atomic_store_explicit(&c->seen[i], 0, memory_order_relaxed);
    }
    return false;
}

/* The slot to write to: the agent's own, an empty one, or the first that the hand finds unused. */
static struct slot *victim(struct uacache *c, uint64_t hash)
{
    size_t n = hash % SETS;
    struct slot *set = c->slots[n];

    for (int i = 0; i < WAYS; i++) {
        uint64_t h = atomic_load_explicit(&set[i].hash, memory_order_relaxed);

        if (h == 0 || h == (hash | 1))
            return &set[i];
    }
    for (;;) {
        struct slot *s = &set[c->hand[n]++ % WAYS];
        uint32_t used = atomic_load_explicit(&s->used, memory_order_relaxed);

        if (used == 0)
            return s;
        atomic_store_explicit(&s->used, used - 1, memory_order_relaxed);
    }
}

static void write_slot(struct slot *s, struct str agent, uint64_t hash,
                       const struct uacache_answer *answer)
{
    uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);
    size_t n = 0;

    atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
    atomic_store_explicit(&s->hash, hash | 1, memory_order_release);
    atomic_store_explicit(&s->lens, (uint64_t)agent.len << 32 | answer->len, memory_order_release);
    for (size_t i = 0; i < agent.len; i += 8)
        atomic_store_explicit(&s->words[n++], word_at(agent.ptr + i, agent.len - i),
                              memory_order_release);
    for (size_t i = 0; i < answer->len; i += 8)
        atomic_store_explicit(&s->words[n++], word_at(answer->bytes + i, answer->len - i),
                              memory_order_release);
    atomic_store_explicit(&s->used, 1, memory_order_relaxed);
    atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

void uacache_put(struct uacache *c, struct str agent, uint64_t hash,
                 const struct uacache_answer *answer)
{
    CHECK(answer->len <= UACACHE_ANSWER_MAX);
    if (words_of(agent.len) + words_of(answer->len) > WORDS || !seen_before(c, hash))
        return;
    if (pthread_mutex_trylock(&c->writing) != 0)
        return;
    write_slot(victim(c, hash), agent, hash, answer);
    CHECK(pthread_mutex_unlock(&c->writing) == 0);
}
