/* SPDX-License-Identifier: Apache-2.0 */
/* import_file.h: one file of history into the collector, each of its lines once.
 *
 * Promise: a line's id follows from the file's kind and day, what the line says, and how many equal
 * lines stand before it; what the engine has under these ids is not sent, and what the collector
 * still knows it does not count twice. So a file may be imported again at any time, also after an
 * import that was cut short. Lines that are no events are set aside, and the rest goes on.
 * Memory is bounded: a file of more than `at_once` lines is read several times, each time for
 * those lines whose id ends in some of its bytes. Threads: one owner. */
#pragma once
#include <signal.h>

#include "catalogue/catalogue.h"
#include "cmd/import_aside.h"
#include "cmd/target.h"

enum { IMPORT_AT_ONCE = 2000000, IMPORT_PASSES_MAX = 256 };

struct import_opts {
    const struct target *to;
    const struct catalogue *catalogue; /* NULL: flow lines keep their uid */
    bool check; /* ask the engine; needs to->settings */
    bool dry_run; /* nothing is sent, nothing written */
    bool gzip;
    size_t batch;
    uint64_t at_once; /* lines whose ids are in memory */
    int64_t retry_for_us, timeout_us;
    const volatile sig_atomic_t *stop;
};

struct import_totals {
    uint64_t lines;
    uint64_t sent; /* with dry_run: those that would be */
    uint64_t there; /* in the engine, or known to the collector */
    uint64_t quarantined, refused, aside;
    uint64_t other_day; /* of those that are events: of the day before or behind */
    uint64_t reasons[DAY_FAULTS]; /* of those set aside */
    bool whole; /* every line has its verdict */
};

/* *out is right in any case. -1: the file could not be read, or not all of it delivered. */
int import_file(const struct import_opts *opts, const char *path, const struct day *day,
                struct import_aside *aside, struct import_totals *out, struct err *err);
