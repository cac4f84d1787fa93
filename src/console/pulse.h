/* SPDX-License-Identifier: Apache-2.0 */
/* pulse.h: what the collector said of itself over the last half hour: rates, and how long it takes to
 * acknowledge.
 *
 * Whoever asks the collector gives its /metrics to pulse_add; the rest is read from there.
 * Threads: from any. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    PULSE_EVERY_S = 5,
    PULSE_SAMPLES = 360, /* half an hour */
    PULSE_BUCKETS_MAX = 64,
    PULSE_LATELY_S = 60,
};

enum pulse_count {
    PULSE_RECEIVED,
    PULSE_ACCEPTED,
    PULSE_DUPLICATE,
    PULSE_QUARANTINED,
    PULSE_REFUSED,
    PULSE_RESIDUE,
    PULSE_COUNTS,
};

struct pulse_sample {
    int64_t at_us; /* by the clock of the day */
    bool up;
    uint64_t counts[PULSE_COUNTS]; /* of all sources */
    unsigned bucket_count;
    double bounds_s[PULSE_BUCKETS_MAX]; /* the last: infinite */
    uint64_t buckets[PULSE_BUCKETS_MAX]; /* cumulative, as Prometheus has them */
    double started_s; /* 0: not said */
    uint64_t memory_bytes, segments, first_position, journal_free_bytes, connections;
    bool journal_failed, journal_full;
    char version[32];
    char error[160]; /* why it is not up */
};

struct pulse; /* opaque */

struct pulse *pulse_new(void);
void pulse_free(struct pulse *p);
/* Reads Prometheus text. False where it has none of the collector's counters. */
bool pulse_parse(struct pulse_sample *out, struct str text);
/* Samples are to come every PULSE_EVERY_S. */
void pulse_add(struct pulse *p, const struct pulse_sample *sample);
/* The time below which this share (0 to 1) of the answers between two samples came; -1: there were
 * none, or the collector was another process. *count of them. */
double pulse_quantile_s(const struct pulse_sample *from, const struct pulse_sample *to,
                        double share, uint64_t *count);
/* `,"collector":{...},"rates":{...}` */
void pulse_put_json(struct pulse *p, struct buf *out);
