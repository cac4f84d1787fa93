/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h: the memory of one yyjson tree at a time, kept from tree to tree.
 *
 * yyjson holds one block when it reads in situ: the tree. A steady load allocates nothing.
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <yyjson.h>

struct pool {
    void *block;
    size_t size, most;
    bool used; /* a tree lives in it */
    bool over; /* yyjson wanted more than `most` */
    yyjson_alc alc;
};

/* Most that a tree of `bytes` of JSON takes: 16 bytes a value, two bytes of text a value at least, and
 * half again as yyjson grows. */
#define POOL_MOST(bytes) ((bytes) / 2 * 16 * 3 / 2 + 4096)

/* *p stays where it is until pool_free. */
void pool_init(struct pool *p, size_t start, size_t most);
void pool_free(struct pool *p);
/* No tree lives in it any more; what it grew to beyond `keep` is freed. */
void pool_reset(struct pool *p, size_t keep);
