/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c: yyjson's allocator over one block that grows up to a maximum. */
#include "wire/pool.h"

#include "base/check.h"
#include "base/mem.h"

#include <stdlib.h>

static void *pool_realloc(void *ctx, void *ptr, size_t old_size, size_t size)
{
    struct pool *p = ctx;
    size_t want = p->size;
    void *grown;

    (void)old_size;
    CHECK(ptr == p->block || !ptr);
    if (size <= p->size)
        return p->block;
    if (size > p->most) {
        p->over = true;
        return NULL;
    }
    while (want < size)
        want = want > p->most / 2 ? p->most : want * 2;
    grown = realloc(p->block, want);
    if (!grown)
        return NULL;
    p->block = grown;
    p->size = want;
    return grown;
}

static void *pool_malloc(void *ctx, size_t size)
{
    struct pool *p = ctx;
    void *block;

    CHECK(!p->used);
    block = pool_realloc(p, NULL, 0, size);
    p->used = block != NULL;
    return block;
}

static void pool_release(void *ctx, void *ptr)
{
    struct pool *p = ctx;

    CHECK(ptr == p->block);
    p->used = false;
}

void pool_init(struct pool *p, size_t start, size_t most)
{
    *p = (struct pool){.block = xmalloc(start), .size = start, .most = most};
    p->alc = (yyjson_alc){pool_malloc, pool_realloc, pool_release, p};
}

void pool_free(struct pool *p)
{
    free(p->block);
    p->block = NULL;
}

void pool_reset(struct pool *p, size_t keep)
{
    if (p->size > keep) {
        p->block = xrealloc(p->block, 1, keep);
        p->size = keep;
    }
    p->used = p->over = false;
}
