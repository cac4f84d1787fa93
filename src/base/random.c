/* SPDX-License-Identifier: Apache-2.0 */
/* random.c: a pool of generator output for each thread. */
#include "base/random.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

enum { POOL_BYTES = 4096 };

static _Thread_local struct {
    pid_t owner; /* after a fork the child must not repeat its parent's bytes */
    size_t left;
    unsigned char bytes[POOL_BYTES];
} pool;

static uint64_t seed[3];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static pid_t process_id;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void remember_process(void)
{
    process_id = getpid();
}

static void watch_forks(void)
{
    remember_process();
    CHECK(pthread_atfork(NULL, NULL, remember_process) == 0);
}

void random_key(void *out, size_t len)
{
    CHECK(len <= INT32_MAX);
    CHECK(RAND_priv_bytes(out, (int)len) == 1);
}

void random_bytes(void *out, size_t len)
{
    pthread_once(&fork_once, watch_forks);
    CHECK(len <= POOL_BYTES);
    if (pool.left < len || pool.owner != process_id) {
        CHECK(RAND_bytes(pool.bytes, POOL_BYTES) == 1);
        pool.left = POOL_BYTES;
        pool.owner = process_id;
    }
    pool.left -= len;
    memcpy(out, pool.bytes + pool.left, len);
    memset(pool.bytes + pool.left, 0, len);
}

static void draw_seed(void)
{
    random_key(seed, sizeof seed);
    for (size_t i = 0; i < 3; i++)
        seed[i] |= 1;
}

const uint64_t *random_process_seed(void)
{
    pthread_once(&seed_once, draw_seed);
    return seed;
}
