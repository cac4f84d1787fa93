/* SPDX-License-Identifier: Apache-2.0 */
/* import_ids.c: open addressing, at most half full. */
#include "cmd/import_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SIZE = 1024 };

static const struct uuid nil;

static bool is_nil(const struct uuid *id)
{
    return memcmp(id, &nil, sizeof nil) == 0;
}

/* Ids of version 7 begin alike: all bytes have a say. */
static size_t place_of(uint64_t a, uint64_t b, size_t size)
{
    uint64_t h = (a ^ (b * UINT64_C(0x9E3779B97F4A7C15))) * UINT64_C(0xBF58476D1CE4E5B9);

    return (size_t)(h >> 20) & (size - 1);
}

/* Where the id is, or would be. */
static struct uuid *find_id(const struct import_set *s, const struct uuid *id)
{
    uint64_t half[2];
    size_t at;

    memcpy(half, id, sizeof half);
    at = place_of(half[0], half[1], s->size);
    while (!is_nil(&s->places[at]) && memcmp(&s->places[at], id, sizeof *id) != 0)
        at = (at + 1) & (s->size - 1);
    return &s->places[at];
}

static void grow_set(struct import_set *s)
{
    struct import_set larger = {.size = s->size ? 2 * s->size : FIRST_SIZE, .count = s->count};

    larger.places = xcalloc(larger.size, sizeof *larger.places);
    for (size_t i = 0; i < s->size; i++)
        if (!is_nil(&s->places[i]))
            *find_id(&larger, &s->places[i]) = s->places[i];
    free(s->places);
    s->places = larger.places;
    s->size = larger.size;
}

void import_set_add(struct import_set *s, const struct uuid *id)
{
    struct uuid *place;

    if (is_nil(id)) {
        s->has_nil = true;
        return;
    }
    if (2 * s->count >= s->size)
        grow_set(s);
    place = find_id(s, id);
    s->count += is_nil(place);
    *place = *id;
}

bool import_set_has(const struct import_set *s, const struct uuid *id)
{
    if (is_nil(id))
        return s->has_nil;
    return s->size && !is_nil(find_id(s, id));
}

void import_set_free(struct import_set *s)
{
    free(s->places);
    *s = (struct import_set){0};
}

static struct import_count *find_count(const struct import_counts *c, uint64_t key)
{
    size_t at = place_of(key, 0, c->size);

    while (c->places[at].count && c->places[at].key != key)
        at = (at + 1) & (c->size - 1);
    return &c->places[at];
}

static void grow_counts(struct import_counts *c)
{
    struct import_counts larger = {.size = c->size ? 2 * c->size : FIRST_SIZE, .count = c->count};

    larger.places = xcalloc(larger.size, sizeof *larger.places);
    for (size_t i = 0; i < c->size; i++)
        if (c->places[i].count)
            *find_count(&larger, c->places[i].key) = c->places[i];
    free(c->places);
    *c = larger;
}

uint32_t import_counts_next(struct import_counts *c, uint64_t key)
{
    struct import_count *place;

    if (2 * c->count >= c->size)
        grow_counts(c);
    place = find_count(c, key);
    c->count += place->count == 0;
    place->key = key;
    return place->count++;
}

void import_counts_free(struct import_counts *c)
{
    free(c->places);
    *c = (struct import_counts){0};
}
