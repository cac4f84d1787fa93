/* SPDX-License-Identifier: Apache-2.0 */
/* pace.h: when things happen: the hours of the day and the days of the week. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum pace_kind {
    PACE_LEISURE, /* all day, most in the evening, more at weekends */
    PACE_OFFICE, /* office hours of working days */
    PACE_MORNING, /* when a day's work begins */
    PACE_MACHINE, /* always */
};

/* 0 to 255: how much goes on at a place that is `offset_minutes` ahead of UTC. */
unsigned pace_level(enum pace_kind kind, int64_t us, int offset_minutes);
/* 0 is Monday. */
unsigned pace_weekday(int64_t us);

/* Spreads a number of events over a span, denser where the world is awake. */
struct pace {
    int64_t from_us, to_us;
    uint64_t events;
    unsigned __int128 total; /* weight of the whole span */
    unsigned __int128 before; /* weight before the current hour */
    int64_t hour_us; /* where the current hour begins */
    uint64_t weight; /* of the current hour's part in the span */
};

void pace_init(struct pace *p, int64_t from_us, int64_t to_us, uint64_t events);
/* The moment of event `index` < events; indexes must not fall from call to call. */
int64_t pace_time(struct pace *p, uint64_t index);
