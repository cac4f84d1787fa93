/* SPDX-License-Identifier: Apache-2.0 */
/* pulse.c: a ring of samples, and what their differences say.
 *
 * Counters that fall are those of a new process, or of a ledger that was replaced: between such two
 * samples there is no rate. */
#include "console/pulse.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct pulse {
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct pulse_sample ring[PULSE_SAMPLES];
    size_t count, last; /* the newest is at `last` */
    int64_t down_since_us; /* 0: it is up */
};

struct pulse *pulse_new(void)
{
    struct pulse *p = xcalloc(1, sizeof *p);

    pthread_mutex_init(&p->mtx, NULL);
    return p;
}

void pulse_free(struct pulse *p)
{
    if (!p)
        return;
    pthread_mutex_destroy(&p->mtx);
    free(p);
}

/* Parsing. */

static const char *const summed[PULSE_COUNTS] = {
    [PULSE_RECEIVED] = "weir_events_received_total",
    [PULSE_ACCEPTED] = "weir_events_accepted_total",
    [PULSE_DUPLICATE] = "weir_events_duplicate_total",
    [PULSE_QUARANTINED] = "weir_events_quarantined_total",
    [PULSE_REFUSED] = "weir_events_refused_total",
    [PULSE_RESIDUE] = "weir_ledger_residue",
};

/* The value of a label such as le="0.5"; STR_NONE where it has none. */
static struct str label_of(struct str labels, struct str key)
{
    struct str rest = labels;

    while (rest.len > 0) {
        struct str pair = str_split(&rest, ',');

        if (str_starts(pair, key))
            return str_slice(pair, key.len, pair.len - key.len - 1);
    }
    return STR_NONE;
}

static double number_of(struct str text)
{
    char copy[40];

    if (text.len == 0 || text.len >= sizeof copy)
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return strtod(copy, NULL);
}

static void take_bucket(struct pulse_sample *s, struct str bound, uint64_t count)
{
    if (s->bucket_count == PULSE_BUCKETS_MAX)
        return;
    s->bounds_s[s->bucket_count] = str_is(bound, "+Inf") ? INFINITY : number_of(bound);
    s->buckets[s->bucket_count++] = count;
}

static void take_line(struct pulse_sample *s, struct str name, struct str labels, double value)
{
    uint64_t whole = value > 0 ? (uint64_t)value : 0;
    const struct {
        const char *name;
        uint64_t *to;
    } numbers[] = {{"process_resident_memory_bytes", &s->memory_bytes},
                   {"weir_journal_segments", &s->segments},
                   {"weir_journal_first_position", &s->first_position},
                   {"weir_journal_free_bytes", &s->journal_free_bytes},
                   {"weir_http_connections", &s->connections}};

    for (unsigned i = 0; i < PULSE_COUNTS; i++)
        if (str_is(name, summed[i]))
            s->counts[i] += whole;
    for (unsigned i = 0; i < ARRAY_LEN(numbers); i++)
        if (str_is(name, numbers[i].name))
            *numbers[i].to = whole;
    if (str_is(name, "weir_acknowledgement_seconds_bucket"))
        take_bucket(s, label_of(labels, STR("le=\"")), whole);
    else if (str_is(name, "process_start_time_seconds"))
        s->started_s = value;
    else if (str_is(name, "weir_journal_failed"))
        s->journal_failed = whole != 0;
    else if (str_is(name, "weir_journal_full"))
        s->journal_full = whole != 0;
    else if (str_is(name, "weir_build_info"))
        snprintf(s->version, sizeof s->version, "%.*s",
                 STR_ARG(label_of(labels, STR("version=\""))));
}

bool pulse_parse(struct pulse_sample *out, struct str text)
{
    bool any = false;

    while (text.len > 0) {
        struct str line = str_split(&text, '\n');
        size_t open = str_find(line, '{'), blank;
        struct str name = str_slice(line, 0, open), labels = STR_NONE;

        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        for (blank = line.len; blank > 0 && line.ptr[blank - 1] != ' '; blank--)
            continue;
        if (open == line.len)
            name = str_trim(str_slice(line, 0, blank));
        else if (blank > open + 2)
            labels = str_slice(line, open + 1, blank - open - 3);
        any = any || str_starts(name, STR("weir_journal_"));
        take_line(out, name, labels, number_of(str_slice(line, blank, line.len)));
    }
    return any;
}

/* The ring. */

void pulse_add(struct pulse *p, const struct pulse_sample *sample)
{
    pthread_mutex_lock(&p->mtx);
    p->last = p->count ? (p->last + 1) % PULSE_SAMPLES : 0;
    p->ring[p->last] = *sample;
    p->count += p->count < PULSE_SAMPLES;
    if (sample->up)
        p->down_since_us = 0;
    else if (!p->down_since_us)
        p->down_since_us = sample->at_us;
    pthread_mutex_unlock(&p->mtx);
}

/* `back` samples before the newest. */
static const struct pulse_sample *sample_at(const struct pulse *p, size_t back)
{
    return &p->ring[(p->last + PULSE_SAMPLES - back) % PULSE_SAMPLES];
}

static bool is_same_process(const struct pulse_sample *from, const struct pulse_sample *to)
{
    return from->up && to->up && from->started_s == to->started_s;
}

double pulse_quantile_s(const struct pulse_sample *from, const struct pulse_sample *to,
                        double share, uint64_t *count)
{
    unsigned last = to->bucket_count;
    double want, low = 0;
    uint64_t below = 0;

    *count = 0;
    if (!is_same_process(from, to) || last == 0 || from->bucket_count != last ||
        to->buckets[last - 1] <= from->buckets[last - 1])
        return -1;
    *count = to->buckets[last - 1] - from->buckets[last - 1];
    want = share * (double)*count;
    for (unsigned i = 0; i < last; i++) {
        uint64_t upto = to->buckets[i] - from->buckets[i];

        if ((double)upto >= want && upto > below) {
            if (!isfinite(to->bounds_s[i]))
                return low;
            return low + (to->bounds_s[i] - low) * (want - (double)below) / (double)(upto - below);
        }
        low = isfinite(to->bounds_s[i]) ? to->bounds_s[i] : low;
        below = upto;
    }
    return low;
}

/* JSON. */

/* Over at most so many samples back, all of one process. */
static void put_latency(const struct pulse *p, const char *name, size_t most, struct buf *out)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"p50_ms", 0.5}, {"p95_ms", 0.95}, {"p99_ms", 0.99}};
    const struct pulse_sample *now = sample_at(p, 0);
    size_t back = 0;
    uint64_t count;

    while (back < most && back + 1 < p->count && is_same_process(sample_at(p, back + 1), now))
        back++;
    pulse_quantile_s(sample_at(p, back), now, 1, &count);
    buf_printf(out, ",\"%s\":{\"seconds\":%zu,\"answers\":%" PRIu64, name, back * PULSE_EVERY_S,
               count);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        double s = pulse_quantile_s(sample_at(p, back), now, shares[i].share, &count);

        if (s < 0)
            buf_printf(out, ",\"%s\":null", shares[i].name);
        else
            buf_printf(out, ",\"%s\":%.3f", shares[i].name, s * 1000);
    }
    buf_char(out, '}');
}

static void put_collector(const struct pulse *p, struct buf *out)
{
    const struct pulse_sample *s = sample_at(p, 0);

    buf_printf(out, ",\"collector\":{\"up\":%s,\"asked_us\":%" PRId64, s->up ? "true" : "false",
               s->at_us);
    if (!s->up) {
        buf_printf(out, ",\"down_since_us\":%" PRId64 ",\"error\":", p->down_since_us);
        buf_json(out, str_from(s->error));
        buf_char(out, '}');
        return;
    }
    buf_str(out, STR(",\"version\":"));
    buf_json(out, str_from(s->version));
    buf_printf(out,
               ",\"started_us\":%.0f,\"memory_bytes\":%" PRIu64 ",\"connections\":%" PRIu64
               ",\"in_flight\":%" PRIu64 ",\"journal_failed\":%s,\"journal_full\":%s",
               s->started_s * 1e6, s->memory_bytes, s->connections, s->counts[PULSE_RESIDUE],
               s->journal_failed ? "true" : "false", s->journal_full ? "true" : "false");
    put_latency(p, "acknowledged_lately", PULSE_LATELY_S / PULSE_EVERY_S, out);
    put_latency(p, "acknowledged", PULSE_SAMPLES, out);
    buf_char(out, '}');
}

static void put_rate(const struct pulse_sample *from, const struct pulse_sample *to,
                     enum pulse_count which, struct buf *out)
{
    int64_t took_us = to->at_us - from->at_us;

    if (!from->up || !to->up || took_us <= 0 || to->counts[which] < from->counts[which])
        buf_str(out, STR("null"));
    else
        buf_printf(out, "%.6g",
                   (double)(to->counts[which] - from->counts[which]) / ((double)took_us / 1e6));
}

static void put_rates(const struct pulse *p, struct buf *out)
{
    static const char *const names[] = {
        [PULSE_RECEIVED] = "received",   [PULSE_ACCEPTED] = "accepted",
        [PULSE_DUPLICATE] = "duplicate", [PULSE_QUARANTINED] = "quarantined",
        [PULSE_REFUSED] = "refused",
    };

    buf_printf(out, ",\"rates\":{\"every_s\":%d,\"until_us\":[", PULSE_EVERY_S);
    for (size_t back = p->count; back-- > 1;)
        buf_printf(out, "%" PRId64 "%s", sample_at(p, back - 1)->at_us, back > 1 ? "," : "");
    buf_char(out, ']');
    for (unsigned which = 0; which < ARRAY_LEN(names); which++) {
        buf_printf(out, ",\"%s\":[", names[which]);
        for (size_t back = p->count; back-- > 1;) {
            put_rate(sample_at(p, back), sample_at(p, back - 1), which, out);
            if (back > 1)
                buf_char(out, ',');
        }
        buf_char(out, ']');
    }
    buf_char(out, '}');
}

void pulse_put_json(struct pulse *p, struct buf *out)
{
    pthread_mutex_lock(&p->mtx);
    if (p->count > 0) {
        put_collector(p, out);
        put_rates(p, out);
    } else {
        buf_str(out, STR(",\"collector\":null,\"rates\":null"));
    }
    pthread_mutex_unlock(&p->mtx);
}
