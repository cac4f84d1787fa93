/* SPDX-License-Identifier: Apache-2.0 */
/* days_work.h: the day that is being summed up, as days.c goes on with it. Threads: the loading thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The day whose hours are being summed up, as day_properties.c goes on with it. */
struct day_properties_work {
    bool begun;
    int64_t day_us, upto; /* its begin; the last position that is summed up */
    char column[128]; /* the last one of events_data that is through */
    int few,
        fewer; /* sums of a property: so many rows at most, or so many times fewer than events */
};

struct days_work {
    bool begun;
    int64_t day_us, summed, upto; /* its begin; what was and what will be summed up: positions */
    int64_t events; /* that were summed up */
    bool added; /* to what was summed up before: the store has not all of these events any more */
    size_t next; /* step */
    int64_t quiet_us, waited_us, now_us; /* now_us is for tests; 0: the clock */
    int values_max; /* of a panel */
    struct day_properties_work properties;
};
