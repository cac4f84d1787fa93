/* SPDX-License-Identifier: Apache-2.0 */
/* connections.c: who is connected, in the order in which they were last asked something of.
 *
 * The HTTP library takes no further connection once it has so many, and lets each stay for half a minute
 * without a word; so as many silent ones would be a closed door. Promises that one more is always let in while
 * another has no request under way, that no answer under way is cut off, and that those who never asked
 * anything do not push out those who did: a page keeps its connection for its next question. A socket that is
 * shut down here is closed by the library's thread, which finds it at its end. */
#include "console/connections.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/mem.h"

enum { PLACES = CONNECTIONS_MAX + CONNECTIONS_LEAVING_MAX };

struct connection {
    bool used, asked, busy, leaving; /* asked: ever */
    int fd;
    uint64_t turn; /* when it came, or had its last request */
};

struct connections {
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct connection places[PLACES];
    uint64_t turns;
};

struct connections *connections_new(void)
{
    struct connections *c = xcalloc(1, sizeof *c);

    pthread_mutex_init(&c->mtx, NULL);
    return c;
}

void connections_free(struct connections *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->mtx);
    free(c);
}

static struct connection *earlier(struct connection *a, struct connection *b)
{
    return !a || b->turn < a->turn ? b : a;
}

/* Under the lock. The new one is the last that is cut off. */
static void make_room(struct connections *c)
{
    struct connection *idle = NULL, *silent = NULL, *first;
    unsigned staying = 0, silent_ones = 0;

    for (size_t i = 0; i < PLACES; i++) {
        struct connection *one = &c->places[i];

        if (!one->used || one->leaving)
            continue;
        staying++;
        if (!one->busy)
            idle = earlier(idle, one);
        if (!one->asked) {
            silent_ones++;
            silent = earlier(silent, one);
        }
    }
    if (silent_ones <= CONNECTIONS_SILENT_MAX && staying <= CONNECTIONS_MAX)
        return;
    first = silent_ones > CONNECTIONS_SILENT_MAX ? silent : idle;
    CHECK(first);
    first->leaving = true;
    shutdown(first->fd, SHUT_RDWR);
}

struct connection *connections_add(struct connections *c, int fd)
{
    struct connection *one = NULL;

    pthread_mutex_lock(&c->mtx);
    for (size_t i = 0; i < PLACES && !one; i++)
        if (!c->places[i].used)
            one = &c->places[i];
    if (one) {
        *one = (struct connection){.used = true, .fd = fd, .turn = c->turns++};
        make_room(c);
    }
    pthread_mutex_unlock(&c->mtx);
    return one;
}

void connections_remove(struct connections *c, struct connection *one)
{
    pthread_mutex_lock(&c->mtx);
    CHECK(one->used);
    *one = (struct connection){0};
    pthread_mutex_unlock(&c->mtx);
}

void connections_set_busy(struct connections *c, struct connection *one, bool busy)
{
    if (!one)
        return;
    pthread_mutex_lock(&c->mtx);
    CHECK(one->used);
    one->asked = true;
    one->busy = busy;
    one->turn = c->turns++;
    pthread_mutex_unlock(&c->mtx);
}
