/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.c: lists the segments and remembers what their seals say, so that a look at a journal of
 * many segments opens only those that are new. */
#include "journal/shelf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "journal/idle.h"
#include "journal/scan.h"

struct listing {
    struct shelf_item *items;
    size_t count, cap;
};

static int take_name(void *ctx, const char *name)
{
    struct listing *l = ctx;
    int64_t first = segment_name_parse(name);

    if (first < 0)
        return 0;
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->items = xrealloc(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->count++] =
        (struct shelf_item){.first = first, .packed = segment_name_is_packed(name)};
    return 0;
}

static int by_position(const void *a, const void *b)
{
    const struct shelf_item *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Drops the head, keeps one entry of a segment that is there in both forms (the plain one is read),
 * and takes over what is known already. */
static void merge(struct shelf *s, struct listing *l, int64_t head)
{
    size_t count = 0, old = 0;

    if (l->count == 0)
        return;
    qsort(l->items, l->count, sizeof *l->items, by_position);
    for (size_t i = 0; i < l->count && l->items[i].first < head; i++) {
        struct shelf_item item = l->items[i];

        if (count && l->items[count - 1].first == item.first) {
            l->items[count - 1].packed &= item.packed;
            continue;
        }
        while (old < s->count && s->items[old].first < item.first)
            old++;
        if (old < s->count && s->items[old].first == item.first &&
            s->items[old].packed == item.packed)
            item = s->items[old];
        l->items[count++] = item;
    }
    free(s->items);
    s->items = l->items;
    s->count = count;
    s->head = head;
}

struct look {
    const struct shelf *shelf;
    int64_t first;
    bool whole; /* all of it is read in any case */
    bool newest; /* the writer may be just about to seal it */
    struct shelf_item *item; /* filled, where there is one */
    struct segment_state *state;
};

/* Reads the header and the seal; all of it where that is wanted, or there is no seal. */
static int look_inside(struct scan *s, const uint8_t *block, struct look *look, struct err *err)
{
    const struct shelf *shelf = look->shelf;
    struct segment_header h;
    struct segment_seal seal;
    int found = look->whole ? 0 : scan_seal(s, &seal);

    if (found < 0)
        return err_set(err, ERR_IO, "read segment %" PRId64 ": %s", look->first, strerror(errno));
    if (found > 0)
        look->state->newest_us = seal.newest_us;
    else if (look->newest)
        return 0;
    else if (segment_examine(s, block, shelf->id, shelf->stop, look->state, err) < 0)
        return -1;
    if (look->item) {
        look->item->bytes = scan_file_bytes(s);
        look->item->newest_us = look->state->newest_us;
        look->item->foreign =
            !segment_header_parse(&h, block) &&
            (memcmp(h.id, shelf->id, sizeof h.id) != 0 || h.first_position != look->first);
        look->item->known = true;
    }
    return 0;
}

static int look_at(void *ctx, struct err *err)
{
    struct look *look = ctx;
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct scan s;
    int found;

    scan_init(&s, look->shelf->io);
    found = scan_open(&s, look->shelf->dir, look->shelf->id, look->first, block, err);
    if (found == 0)
        found = err_set(err, ERR_IO, "segment %" PRId64 " is gone", look->first);
    if (found > 0)
        found = look_inside(&s, block, look, err);
    scan_reset(&s);
    return found < 0 ? -1 : 0;
}

/* A segment's positions go up to the next one's, and a foreign file is not next to anything. */
static void find_ends(struct shelf *s)
{
    int64_t next = s->head;

    for (size_t i = s->count; i-- > 0;) {
        s->items[i].last = next - 1;
        if (!s->items[i].foreign)
            next = s->items[i].first;
    }
}

int shelf_refresh(struct shelf *s, int64_t head, struct err *err)
{
    struct listing l = {0};

    if (s->io->list(s->io, s->dir, take_name, &l) < 0) {
        free(l.items);
        return err_set(err, ERR_IO, "list %s: %s", s->dir, strerror(errno));
    }
    merge(s, &l, head);
    for (size_t i = 0; i < s->count; i++) {
        struct segment_state state = {0};
        struct look look = {.shelf = s,
                            .first = s->items[i].first,
                            .newest = i + 1 == s->count,
                            .item = &s->items[i],
                            .state = &state};

        if (!s->items[i].known && idle_run(look_at, &look, err) < 0)
            return -1;
    }
    find_ends(s);
    return 0;
}

void shelf_reset(struct shelf *s)
{
    free(s->items);
    s->items = NULL;
    s->count = 0;
}

int shelf_examine(const struct shelf *s, int64_t first, struct segment_state *out, struct err *err)
{
    struct look look = {.shelf = s, .first = first, .whole = true, .state = out};

    return idle_run(look_at, &look, err);
}
