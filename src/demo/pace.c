/* SPDX-License-Identifier: Apache-2.0 */
/* pace.c: daily and weekly rhythm as tables of hours.
 *
 * The world's pace is the sum of its regions', each by its own clock. It is followed hour by hour, so
 * that the span may be years long without being stored. */
#include "demo/pace.h"

#include "base/check.h"
#include "base/mem.h"
#include "demo/visit.h"

static const unsigned char hours[][24] = {
    [PACE_LEISURE] = {60,  35,  20,  14,  12,  18,  45,  95,  130, 140, 145, 150,
                      160, 155, 145, 145, 155, 170, 190, 215, 245, 255, 200, 120},
    [PACE_OFFICE] = {2,   1,   1,   1,   1,   4,   25, 90, 215, 250, 255, 235,
                     150, 205, 245, 240, 215, 140, 60, 35, 30,  22,  12,  5},
    [PACE_MORNING] = {0,  0,  0,  0, 0, 3, 40, 150, 255, 190, 60, 20,
                      10, 30, 10, 5, 2, 2, 5,  5,   2,   1,   0,  0},
    [PACE_MACHINE] = {[0 ... 23] = 128},
};

/* Monday to Sunday, in percent. */
static const unsigned char days[][7] = {
    [PACE_LEISURE] = {88, 86, 86, 87, 90, 100, 98},
    [PACE_OFFICE] = {97, 100, 100, 98, 85, 9, 6},
    [PACE_MORNING] = {98, 100, 100, 98, 90, 4, 2},
    [PACE_MACHINE] = {100, 100, 100, 100, 100, 100, 100},
};

unsigned pace_weekday(int64_t us)
{
    int64_t day = us / (24 * HOUR_US) - (us % (24 * HOUR_US) < 0);

    return (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

unsigned pace_level(enum pace_kind kind, int64_t us, int offset_minutes)
{
    int64_t local = us + offset_minutes * MINUTE_US, hour = local / HOUR_US - (local % HOUR_US < 0);

    return hours[kind][(hour % 24 + 24) % 24] * days[kind][pace_weekday(local)] / 100;
}

static uint64_t world_level(int64_t us)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < region_count; i++)
        sum += regions[i].weight * (3 * pace_level(PACE_LEISURE, us, regions[i].offset_minutes) +
                                    2 * pace_level(PACE_OFFICE, us, regions[i].offset_minutes));
    return sum;
}

static void hour_in_span(const struct pace *p, int64_t hour_us, int64_t *from, int64_t *to)
{
    *from = hour_us < p->from_us ? p->from_us : hour_us;
    *to = hour_us + HOUR_US > p->to_us ? p->to_us : hour_us + HOUR_US;
}

/* The weight of the hour that begins at hour_us, as far as it lies in the span. */
static uint64_t hour_weight(const struct pace *p, int64_t hour_us)
{
    int64_t from, to;

    hour_in_span(p, hour_us, &from, &to);
    return to <= from ? 0 : world_level(hour_us) * (uint64_t)(to - from);
}

void pace_init(struct pace *p, int64_t from_us, int64_t to_us, uint64_t events)
{
    CHECK(from_us < to_us && events > 0);
    *p = (struct pace){.from_us = from_us, .to_us = to_us, .events = events};
    p->hour_us = from_us - (from_us % HOUR_US + HOUR_US) % HOUR_US;
    for (int64_t hour = p->hour_us; hour < to_us; hour += HOUR_US)
        p->total += hour_weight(p, hour);
    p->weight = hour_weight(p, p->hour_us);
}

/* Whole numbers only: a double would round in another way on another machine. */
int64_t pace_time(struct pace *p, uint64_t index)
{
    unsigned __int128 wanted = p->total * index / p->events;
    int64_t from, to;

    CHECK(index < p->events && wanted >= p->before);
    while (wanted >= p->before + p->weight && p->hour_us + HOUR_US < p->to_us) {
        p->before += p->weight;
        p->hour_us += HOUR_US;
        p->weight = hour_weight(p, p->hour_us);
    }
    hour_in_span(p, p->hour_us, &from, &to);
    if (p->weight == 0)
        return from;
    return from + (int64_t)((wanted - p->before) * (uint64_t)(to - from) / p->weight);
}
