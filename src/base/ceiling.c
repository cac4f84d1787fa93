/* SPDX-License-Identifier: Apache-2.0 */
/* ceiling.c: RLIMIT_DATA, moved along with what the process has.
 *
 * The system counts address space that may be written, not memory: what an allocator keeps for later counts as
 * well. So the limit is always what is counted now and what may still come. */
#include "base/ceiling.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static unsigned inside; /* guarded by mtx, as what follows */
static bool is_set;
static struct rlimit before; /* as it was when nobody was inside */

/* The fields of /proc/self/statm, in bytes; false where the system does not say. */
static bool read_used(uint64_t *resident, uint64_t *writable)
{
    AUTO_FD fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), fields[6] = {0};
    char text[256] = {0}, *at = text;

    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        fields[i] = strtoull(at, &at, 10) * page;
    *resident = fields[1];
    *writable = fields[5];
    return true;
}

uint64_t ceiling_used(void)
{
    uint64_t resident, writable;

    return read_used(&resident, &writable) ? resident : 0;
}

void ceiling_enter(void)
{
    pthread_mutex_lock(&mtx);
    inside++;
    pthread_mutex_unlock(&mtx);
}

static void put_back(void)
{
    if (is_set)
        setrlimit(RLIMIT_DATA, &before);
    is_set = false;
}

void ceiling_set(uint64_t most)
{
    struct rlimit limit;
    uint64_t resident, writable;

    if (!read_used(&resident, &writable))
        return;
    pthread_mutex_lock(&mtx);
    CHECK(inside > 0);
    if (is_set || getrlimit(RLIMIT_DATA, &before) == 0) {
        limit = before;
        limit.rlim_cur = writable + (most > resident ? most - resident : 0);
        if (limit.rlim_cur < before.rlim_cur && setrlimit(RLIMIT_DATA, &limit) == 0)
            is_set = true;
    }
    pthread_mutex_unlock(&mtx);
}

void ceiling_leave(void)
{
    pthread_mutex_lock(&mtx);
    CHECK(inside > 0);
    if (--inside == 0)
        put_back();
    pthread_mutex_unlock(&mtx);
}

bool ceiling_lift(void)
{
    bool lifted;

    pthread_mutex_lock(&mtx);
    lifted = is_set;
    put_back();
    pthread_mutex_unlock(&mtx);
    return lifted;
}
