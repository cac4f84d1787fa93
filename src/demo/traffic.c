/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.c: which event comes next.
 *
 * Visits under way wait in a heap by the time of their next event. The rhythm (pace.c) says when
 * event number n of all should happen; a waiting event that is due by then comes first, else a
 * visit begins at that moment. So the number of events is exact, their times rise, and how many
 * visits overlap settles by itself. A fixed number fits: where it is reached, the next event of
 * those waiting is brought forward instead of another visit begun.
 *
 * Repeated events come from a ring of recent ones. Late ones change places with an event that was
 * put aside before; what is left aside at the end comes last. */
#include "demo/traffic.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "demo/visit.h"
#include "demo/wrong.h"

enum {
    VISITS_MAX = 65536,
    KINDS_MAX = 32,
    ASIDE = 64, /* late events that wait */
    RECENT = 128,
    IP_MAX = 40,
};

struct kept {
    struct buf json;
    struct traffic_event info;
    char ip[IP_MAX];
};

struct waiting {
    int64_t at_us;
    uint32_t visit;
};

struct traffic {
    struct maker maker;
    struct traffic_opts opts;
    struct pace pace;
    uint64_t made; /* events that happened */
    uint64_t handed; /* events given out */
    struct visit_kind kinds[KINDS_MAX];
    size_t kind_count;
    uint64_t weight;
    struct visit *visits; /* VISITS_MAX */
    uint32_t *unused; /* indexes of visits */
    size_t unused_count;
    struct waiting *heap;
    size_t heap_count;
    struct kept recent[RECENT], aside[ASIDE];
    size_t recent_count, aside_count;
    int64_t last_us;
    char ip[IP_MAX];
};

static const char *const names[] = {"service", "site", "integrations", "timetracker", "accounts"};

const char *traffic_source_name(enum traffic_source source)
{
    CHECK(source < TRAFFIC_SOURCES);
    return names[source];
}

int traffic_source_find(struct str name)
{
    for (int i = 0; i < TRAFFIC_SOURCES; i++) {
        if (str_is(name, names[i]))
            return i;
    }
    return -1;
}

struct maker *traffic_maker(struct traffic *t)
{
    return &t->maker;
}

/* The heap: every entry is due no later than its children, at 2i + 1 and 2i + 2. */
static void heap_push(struct traffic *t, int64_t at_us, uint32_t visit)
{
    size_t i = t->heap_count++;

    CHECK(t->heap_count <= VISITS_MAX);
    while (i > 0 && t->heap[(i - 1) / 2].at_us > at_us) {
        t->heap[i] = t->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    t->heap[i] = (struct waiting){at_us, visit};
}

static uint32_t heap_pop(struct traffic *t)
{
    uint32_t first = t->heap[0].visit;
    struct waiting last = t->heap[--t->heap_count];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < t->heap_count) {
        if (child + 1 < t->heap_count && t->heap[child + 1].at_us < t->heap[child].at_us)
            child++;
        if (last.at_us <= t->heap[child].at_us)
            break;
        t->heap[i] = t->heap[child];
        i = child;
    }
    t->heap[i] = last;
    return first;
}

static void add_kinds(struct traffic *t, enum traffic_source source, const struct visit_kind *kinds,
                      size_t count)
{
    if (!(t->opts.sources >> source & 1))
        return;
    CHECK(t->kind_count + count <= KINDS_MAX);
    for (size_t i = 0; i < count; i++) {
        t->kinds[t->kind_count++] = kinds[i];
        t->weight += kinds[i].weight;
    }
}

static const struct visit_kind *choose_kind(struct traffic *t)
{
    uint64_t at = rng_below(&t->maker.rng, t->weight);
    size_t i = 0;

    while (at >= t->kinds[i].weight)
        at -= t->kinds[i++].weight;
    return &t->kinds[i];
}

/* Begins a visit at that moment and returns its index. */
static uint32_t begin_visit(struct traffic *t, int64_t at_us)
{
    const struct visit_kind *kind = choose_kind(t);
    uint32_t index = t->unused[--t->unused_count];
    struct visit *v = &t->visits[index];
    struct maker *m = &t->maker;

    *v = (struct visit){.at_us = at_us, .begin_us = at_us, .kind = (uint8_t)(kind - t->kinds)};
    v->session = rng_next(&m->rng);
    v->request = rng_next(&m->rng);
    if (kind->robots && rng_chance(&m->rng, 85))
        people_become_robot(m, v);
    else
        people_pick(m, v, kind->pace);
    kind->start(t, v);
    return index;
}

/* Lets the next event happen. */
static void make_event(struct traffic *t, struct buf *out, struct traffic_event *info)
{
    uint64_t last = t->opts.events - 1;
    int64_t due_us = pace_time(&t->pace, t->made < last ? t->made : last);
    const struct visit_kind *kind;
    uint32_t index;
    struct visit *v;

    if (t->heap_count && (t->heap[0].at_us <= due_us || t->unused_count == 0))
        index = heap_pop(t);
    else
        index = begin_visit(t, due_us);
    v = &t->visits[index];
    if (v->at_us > due_us)
        v->at_us = due_us;
    if (v->at_us < t->last_us)
        v->at_us = t->last_us;
    t->last_us = v->at_us;
    kind = &t->kinds[v->kind];
    *info = (struct traffic_event){.source = kind->source, .time_us = v->at_us};
    if (kind->pace != PACE_MACHINE) {
        info->user_agent = str_from(agents[v->agent].text);
        info->ip = str_of(t->ip, people_ip(&t->maker, v, t->ip));
    }
    t->maker.out = out;
    if (rng_chance(&t->maker.rng, t->opts.wrong_per_mille)) {
        info->wrong = true;
        wrong_put(&t->maker, v, kind->source);
    } else {
        kind->step(t, v);
    }
    t->made++;
    if (v->over)
        t->unused[t->unused_count++] = index;
    else
        heap_push(t, v->at_us, index);
}

static void keep(struct kept *k, const char *json, size_t len, const struct traffic_event *info)
{
    buf_reset(&k->json, TRAFFIC_EVENT_MAX);
    buf_append(&k->json, json, len);
    k->info = *info;
    CHECK(info->ip.len <= sizeof k->ip);
    if (info->ip.len)
        memcpy(k->ip, info->ip.ptr, info->ip.len);
    k->info.ip = info->ip.ptr ? str_of(k->ip, info->ip.len) : STR_NONE;
}

static void hand_out(struct traffic *t, const struct kept *k, struct buf *out,
                     struct traffic_event *info)
{
    buf_append(out, k->json.ptr, k->json.len);
    *info = k->info;
    if (k->info.ip.ptr) {
        memcpy(t->ip, k->ip, k->info.ip.len);
        info->ip.ptr = t->ip;
    }
}

/* Puts the event that was just written aside, and hands out one put aside before, if the place
 * was taken. False: nothing to hand out. */
static bool put_aside(struct traffic *t, struct buf *out, size_t from, struct traffic_event *info)
{
    struct kept *place = &t->aside[rng_below(&t->maker.rng, ASIDE)];
    struct kept old = *place;

    *place = (struct kept){.json.max = TRAFFIC_EVENT_MAX};
    keep(place, out->ptr + from, out->len - from, info);
    out->len = from;
    if (!old.json.len) {
        t->aside_count++;
        return false;
    }
    hand_out(t, &old, out, info);
    buf_free(&old.json);
    return true;
}

static void take_leftover(struct traffic *t, struct buf *out, struct traffic_event *info)
{
    size_t i = 0;

    while (!t->aside[i].json.len)
        i++;
    hand_out(t, &t->aside[i], out, info);
    buf_reset(&t->aside[i].json, TRAFFIC_EVENT_MAX);
    t->aside_count--;
}

int traffic_next(struct traffic *t, struct buf *out, struct traffic_event *info)
{
    uint64_t left = t->opts.events - t->handed;
    struct traffic_event own;
    size_t from = out->len;
    bool again = true;

    if (left == 0)
        return 0;
    info = info ? info : &own;
    if (left <= t->aside_count) {
        take_leftover(t, out, info);
    } else if (t->recent_count && rng_chance(&t->maker.rng, t->opts.duplicate_per_mille)) {
        hand_out(t, &t->recent[rng_below(&t->maker.rng, t->recent_count)], out, info);
        info->duplicate = true;
        t->made++;
    } else {
        while (again) {
            make_event(t, out, info);
            again = left > t->aside_count + 1 && !buf_failed(out) &&
                    rng_chance(&t->maker.rng, t->opts.late_per_mille) &&
                    !put_aside(t, out, from, info);
        }
        if (t->opts.duplicate_per_mille && rng_chance(&t->maker.rng, 100) && !buf_failed(out)) {
            size_t place =
                t->recent_count < RECENT ? t->recent_count++ : rng_below(&t->maker.rng, RECENT);

            keep(&t->recent[place], out->ptr + from, out->len - from, info);
        }
    }
    t->handed++;
    return 1;
}

static int check_opts(const struct traffic_opts *o, struct err *err)
{
    if (o->from_us >= o->to_us)
        return err_set(err, ERR_USAGE, "traffic: the span's end is not after its beginning");
    if (o->to_us - o->from_us > TRAFFIC_DAYS_MAX * DATETIME_DAY_US)
        return err_set(err, ERR_USAGE, "traffic: a span has at most %d days", TRAFFIC_DAYS_MAX);
    if (!(o->sources & TRAFFIC_ALL))
        return err_set(err, ERR_USAGE, "traffic: no source was chosen");
    if (o->duplicate_per_mille > 500 || o->late_per_mille > 500 || o->wrong_per_mille > 1000)
        return err_set(err, ERR_USAGE, "traffic: a share is too large");
    return 0;
}

static uint64_t population(uint64_t events)
{
    uint64_t people = events / 60;

    return people < 200 ? 200 : people > 2000000 ? 2000000 : people;
}

int traffic_new(struct traffic **out, const struct traffic_opts *opts, struct err *err)
{
    struct traffic *t;

    if (check_opts(opts, err) < 0)
        return -1;
    t = xcalloc(1, sizeof *t);
    t->opts = *opts;
    t->last_us = opts->from_us;
    t->maker =
        (struct maker){.seed = rng_mix(opts->seed),
                       .people = population(opts->events),
                       .site_without_connection = opts->site_without_connection,
                       .flow_key = opts->flow_key.len ? opts->flow_key : STR(TRAFFIC_FLOW_KEY)};
    rng_init(&t->maker.rng, opts->seed);
    if (opts->events)
        pace_init(&t->pace, opts->from_us, opts->to_us, opts->events);
    add_kinds(t, TRAFFIC_SERVICE, service_kinds, service_kind_count);
    add_kinds(t, TRAFFIC_SITE, site_kinds, site_kind_count);
    add_kinds(t, TRAFFIC_INTEGRATIONS, integrations_kinds, integrations_kind_count);
    add_kinds(t, TRAFFIC_TIMETRACKER, timetracker_kinds, timetracker_kind_count);
    add_kinds(t, TRAFFIC_ACCOUNTS, accounts_kinds, accounts_kind_count);
    t->visits = xcalloc(VISITS_MAX, sizeof *t->visits);
    t->unused = xcalloc(VISITS_MAX, sizeof *t->unused);
    t->heap = xcalloc(VISITS_MAX, sizeof *t->heap);
    for (t->unused_count = 0; t->unused_count < VISITS_MAX; t->unused_count++)
        t->unused[t->unused_count] = VISITS_MAX - 1 - (uint32_t)t->unused_count;
    for (size_t i = 0; i < RECENT; i++)
        buf_init(&t->recent[i].json, TRAFFIC_EVENT_MAX);
    for (size_t i = 0; i < ASIDE; i++)
        buf_init(&t->aside[i].json, TRAFFIC_EVENT_MAX);
    *out = t;
    return 0;
}

void traffic_free(struct traffic *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < RECENT; i++)
        buf_free(&t->recent[i].json);
    for (size_t i = 0; i < ASIDE; i++)
        buf_free(&t->aside[i].json);
    free(t->visits);
    free(t->unused);
    free(t->heap);
    free(t);
}
