/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c: a chain of blocks; the first one is kept, the others go back to the heap at reset. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { GAP = 16 }; /* a poisoned gap behind each allocation, so that overruns are seen */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { ALIGNMENT = 16, BLOCK_MIN = 16 * 1024 };

struct block {
    struct block *next;
    size_t size; /* of data */
    _Alignas(ALIGNMENT) unsigned char data[];
};

struct arena {
    struct block *first, *current;
    size_t at; /* in current */
    size_t used; /* handed out since the last reset */
    size_t reserved; /* in all blocks */
    size_t ceiling;
};

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof *b + size);

    if (!b)
        return NULL;
    b->next = NULL;
    b->size = size;
    POISON(b->data, size);
    return b;
}

static void block_free(struct block *b)
{
    UNPOISON(b->data, b->size);
    free(b);
}

struct arena *arena_new(size_t keep, size_t ceiling)
{
    struct arena *a = xcalloc(1, sizeof *a);

    CHECK(keep > 0 && keep <= ceiling);
    a->first = block_new(keep);
    CHECK(a->first != NULL);
    a->current = a->first;
    a->reserved = keep;
    a->ceiling = ceiling;
    return a;
}

static void drop_later_blocks(struct arena *a)
{
    struct block *b = a->first->next;

    while (b) {
        struct block *next = b->next;

        block_free(b);
        b = next;
    }
    a->first->next = NULL;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    drop_later_blocks(a);
    block_free(a->first);
    free(a);
}

void arena_reset(struct arena *a)
{
    if (a->first->next)
        drop_later_blocks(a);
    POISON(a->first->data, a->first->size);
    a->current = a->first;
    a->reserved = a->first->size;
    a->at = 0;
    a->used = 0;
}

/* Each new block doubles what is reserved, so that a large request takes few of them. */
static int grow(struct arena *a, size_t need)
{
    size_t left = a->ceiling - a->reserved;
    size_t size = a->reserved < BLOCK_MIN ? BLOCK_MIN : a->reserved;
    struct block *b;

    if (need > left)
        return -1;
    if (size < need)
        size = need;
    if (size > left)
        size = left;
    b = block_new(size);
    if (!b)
        return -1;
    a->current->next = b;
    a->current = b;
    a->reserved += size;
    a->at = 0;
    return 0;
}

void *arena_alloc_raw(struct arena *a, size_t size)
{
    size_t need;
    void *p;

    if (size > SIZE_MAX / 2)
        return NULL;
    need = (size + GAP + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (need > a->current->size - a->at && grow(a, need) < 0)
        return NULL;
    p = a->current->data + a->at;
    a->at += need;
    a->used += need;
    UNPOISON(p, size);
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *p = arena_alloc_raw(a, size);

    return p ? memset(p, 0, size) : NULL;
}

struct str arena_copy(struct arena *a, struct str s)
{
    char *p = arena_alloc_raw(a, s.len + 1);

    if (!p)
        return STR_NONE;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return str_of(p, s.len);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return STR_NONE;
    p = arena_alloc_raw(a, (size_t)n + 1);
    if (!p)
        return STR_NONE;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return str_of(p, (size_t)n);
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
