/* SPDX-License-Identifier: Apache-2.0 */
/* trigger.c: from the caller's values to a record in the queue. No lock, no memory taken, no system
 * call but the one that wakes a sleeping thread. */
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Past this part of the queue, the sending thread is not left to sleep. */
enum { WAKE_AT = 8 };

static size_t name_length(const char *name)
{
    size_t len = name ? strnlen(name, WEIR_NAME_MAX + 1) : 0;

    return len > WEIR_NAME_MAX ? 0 : len;
}

/* Several threads at once may go past the bound by one each. */
static bool is_full(struct weir_client *c)
{
    return c->options.queue_events &&
           weir_counted(&c->entered) - weir_counted(&c->taken) >= c->options.queue_events;
}

static bool drop(uint64_t *counter)
{
    weir_count(counter, 1);
    return false;
}

/* The parts of an event, and their size. */
struct parts {
    const char *name;
    size_t name_len;
    const struct weir_blob *context, *more;
    bool narrow;
    const struct weir_value *values;
    struct weir_plan plan;
};

static size_t size_of(struct parts *p)
{
    size_t size = WEIR_HEAD_BYTES + p->name_len;

    weir_plan_values(&p->plan, p->values);
    if (p->context)
        size += weir_blob_size(p->context, p->narrow);
    if (p->more)
        size += p->more->len;
    return size + p->plan.bytes;
}

static void write_record(unsigned char *to, const struct parts *p)
{
    unsigned char id[WEIR_ID_BYTES];
    int64_t now_us = weir_now_us();

    weir_id_make(id, now_us);
    to = weir_write_head(to, id, now_us, p->name, p->name_len);
    if (p->context)
        to = weir_write_blob(to, p->context, p->narrow);
    if (p->more)
        to = weir_write_blob(to, p->more, false);
    weir_write_values(to, &p->plan, p->values);
}

static bool record(struct weir_client *c, const struct parts *p, size_t size)
{
    unsigned char *room = malloc(size); /* not of the stack, which may be small */
    bool recorded;

    if (!room)
        return drop(&c->counts.no_room);
    write_record(room, p);
    recorded = weir_recording_add(c, room, size);
    free(room);
    return recorded;
}

static bool queue(struct weir_client *c, const struct parts *p, size_t size)
{
    uint64_t used;
    void *room = is_full(c) ? NULL : weir_ring_reserve(&c->ring, size, &used);

    if (__atomic_load_n(&c->thread_state, __ATOMIC_RELAXED) == WEIR_THREAD_NONE)
        weir_worker_start(c);
    if (!room) {
        weir_worker_wake(c);
        return drop(&c->counts.no_room);
    }
    write_record(room, p);
    weir_count(&c->entered, 1);
    weir_ring_commit(room, size);
    if (used > c->ring.capacity / WAKE_AT)
        weir_worker_wake(c);
    return true;
}

bool weir_queue(struct weir_client *c, const char *name, const struct weir_blob *context,
                bool narrow, const struct weir_blob *more, const struct weir_value *values)
{
    struct parts p;
    size_t size;

    if (!c || c->options.disabled || weir_suppressed())
        return false;
    weir_count(&c->counts.triggered, 1);
    p.name = name;
    p.name_len = name_length(name);
    p.context = context;
    p.narrow = narrow;
    p.more = more;
    p.values = values;
    if (p.name_len == 0)
        return drop(&c->counts.no_name);
    size = size_of(&p);
    if (p.plan.cut)
        weir_count(&c->counts.cut, p.plan.cut);
    if (size > WEIR_RECORD_MAX) {
        weir_count(&c->counts.too_large, 1);
        return false;
    }
    return c->recording ? record(c, &p, size) : queue(c, &p, size);
}

bool weir_trigger_values(struct weir_client *client, const char *name,
                         const struct weir_value *values)
{
    return weir_queue(client, name, weir_request_context(client), false, NULL, values);
}
