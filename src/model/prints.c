/* SPDX-License-Identifier: Apache-2.0 */
/* prints.c: tables of 32 bits of each key; the place is told by the other 32.
 *
 * A place that is taken sends to the next one; 0 is free. A table that is three quarters full is left as
 * it is, and one twice as large stands beside it. Of a million keys that are not there, one or none is
 * taken for one that is. */
#include "model/prints.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum { FIRST_SLOTS = 1 << 16, TABLES = 16 };

struct table {
    uint32_t *slots;
    size_t slot_count, count;
};

struct prints {
    struct table tables[TABLES];
    size_t table_count, count;
    uint64_t *added; /* since the last commit */
    size_t added_count, added_cap;
};

struct prints *prints_new(void)
{
    return xcalloc(1, sizeof(struct prints));
}

void prints_free(struct prints *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->table_count; i++)
        free(s->tables[i].slots);
    free(s->added);
    free(s);
}

static uint32_t print_of(uint64_t key)
{
    uint32_t print = (uint32_t)(key >> 32);

    return print ? print : 1;
}

/* The slot that has the print, or the free one where it would be. */
static uint32_t *find(const struct table *t, uint64_t key)
{
    uint32_t print = print_of(key);
    size_t at = (uint32_t)key & (t->slot_count - 1);

    while (t->slots[at] && t->slots[at] != print)
        at = (at + 1) & (t->slot_count - 1);
    return t->slots + at;
}

bool prints_has(const struct prints *s, uint64_t key)
{
    if (s->count >= PRINTS_MAX)
        return true;
    for (size_t i = s->table_count; i-- > 0;)
        if (*find(&s->tables[i], key))
            return true;
    return false;
}

static struct table *with_room(struct prints *s)
{
    struct table *last = s->table_count ? s->tables + s->table_count - 1 : NULL;
    struct table *next = s->tables + s->table_count;

    if (last && last->count < last->slot_count / 4 * 3)
        return last;
    CHECK(s->table_count < TABLES); /* PRINTS_MAX fits well before */
    next->slot_count = last ? 2 * last->slot_count : FIRST_SLOTS;
    next->slots = xcalloc(next->slot_count, sizeof *next->slots);
    s->table_count++;
    return next;
}

static void put(struct prints *s, uint64_t key)
{
    uint32_t *slot;
    struct table *t;

    if (s->count >= PRINTS_MAX)
        return;
    t = with_room(s);
    slot = find(t, key);
    t->count += *slot == 0;
    *slot = print_of(key);
    s->count++;
}

void prints_add(struct prints *s, uint64_t key)
{
    if (s->added_count == s->added_cap) {
        s->added_cap = s->added_cap ? 2 * s->added_cap : 1024;
        s->added = xrealloc(s->added, s->added_cap, sizeof *s->added);
    }
    s->added[s->added_count++] = key;
}

void prints_commit(struct prints *s)
{
    for (size_t i = 0; i < s->added_count; i++)
        put(s, s->added[i]);
    prints_rollback(s);
}

void prints_rollback(struct prints *s)
{
    free(s->added);
    s->added = NULL;
    s->added_count = s->added_cap = 0;
}

size_t prints_count(const struct prints *s)
{
    return s->count;
}
