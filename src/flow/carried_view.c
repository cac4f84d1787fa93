/* SPDX-License-Identifier: Apache-2.0 */
/* carried_view.c: a small table of keys over the large one; its memory grows with a request's own
 * operations alone, which its number of events bounds. */
#include "flow/carried_view.h"

#include <stdlib.h>

#include "base/little.h"
#include "base/mem.h"

enum { SLOTS_LEAST = 16, SLOTS_KEPT = 4096 };

struct own {
    struct carried_key key;
    bool there; /* else it was cleared */
    struct carried_context context;
};

struct carried_view {
    struct carried *carried;
    struct own *list;
    uint32_t *slots; /* index in list + 1; 0: free */
    size_t count, slot_count; /* a power of two, more than twice the count */
};

struct carried_view *carried_view_new(struct carried *c)
{
    struct carried_view *v = xcalloc(1, sizeof *v);

    v->carried = c;
    return v;
}

static void drop(struct carried_view *v)
{
    free(v->list);
    free(v->slots);
    v->list = NULL;
    v->slots = NULL;
    v->slot_count = 0;
}

void carried_view_free(struct carried_view *v)
{
    if (!v)
        return;
    drop(v);
    free(v);
}

void carried_view_reset(struct carried_view *v)
{
    if (v->count == 0)
        return;
    v->count = 0;
    if (v->slot_count > SLOTS_KEPT)
        drop(v);
    else
        memset(v->slots, 0, v->slot_count * sizeof *v->slots);
}

/* The slot of the key, or the free one where it would be. */
static uint32_t *slot_of(const struct carried_view *v, const struct carried_key *key)
{
    size_t mask = v->slot_count - 1, at = get64(key->b) & mask;

    while (v->slots[at] && memcmp(&v->list[v->slots[at] - 1].key, key, sizeof *key) != 0)
        at = (at + 1) & mask;
    return &v->slots[at];
}

static struct own *find(const struct carried_view *v, const struct carried_key *key)
{
    uint32_t number = v->count ? *slot_of(v, key) : 0;

    return number ? &v->list[number - 1] : NULL;
}

static void grow(struct carried_view *v)
{
    size_t slots = v->slot_count ? 2 * v->slot_count : SLOTS_LEAST;

    free(v->slots);
    v->slots = xcalloc(slots, sizeof *v->slots);
    v->slot_count = slots;
    v->list = xrealloc(v->list, slots / 2, sizeof *v->list);
    for (size_t i = 0; i < v->count; i++)
        *slot_of(v, &v->list[i].key) = (uint32_t)i + 1;
}

static void set(struct carried_view *v, const struct carried_op *op)
{
    struct own *own = find(v, &op->key);

    if (!own) {
        if (2 * (v->count + 1) > v->slot_count)
            grow(v);
        own = &v->list[v->count++];
        own->key = op->key;
        *slot_of(v, &op->key) = (uint32_t)v->count;
    }
    own->there = !op->clear;
    own->context = op->context;
}

static enum carried_found look(struct carried_view *v, const struct carried_key *key,
                               int64_t now_us, struct carried_context *out)
{
    const struct own *own = find(v, key);

    if (!own)
        return carried_find(v->carried, key, now_us, out);
    *out = own->context;
    return own->there ? CARRIED_HIT : CARRIED_MISSED;
}

enum carried_found carried_view_find(struct carried_view *v, const struct carried_key *key,
                                     int64_t now_us, struct carried_context *out)
{
    enum carried_found found = look(v, key, now_us, out);

    carried_count(v->carried, found);
    return found;
}

static bool is_same_flow(const struct carried_context *a, const struct carried_context *b)
{
    return str_eq(str_of(a->flow, a->flow_len), str_of(b->flow, b->flow_len));
}

void carried_view_apply(struct carried_view *v, int64_t now_us, const struct carried_op *ops,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct carried_context there;
        bool hit = look(v, &ops[i].key, now_us, &there) == CARRIED_HIT;

        if (ops[i].clear
                ? hit && is_same_flow(&there, &ops[i].context)
                : !hit && ops[i].context.begin_us + carried_expiry_us(v->carried) >= now_us)
            set(v, &ops[i]);
    }
}
