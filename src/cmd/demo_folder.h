/* SPDX-License-Identifier: Apache-2.0 */
/* demo_folder.h: the folder that `weir demo` runs in: settings, keys, data.
 *
 * Promise: nothing is written into a folder that is neither empty nor the demo's own, which a marker
 * file tells, and nothing is ever deleted. A folder of an earlier run is used again with its
 * settings, keys and events. Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What was sent into the folder, so that the same can be sent again and be counted once. */
struct demo_history {
    uint64_t seed, events, days;
    int64_t until_us; /* 0: nothing yet */
};

struct demo_folder {
    char *dir;
    char *config; /* dir/weir.yaml */
    char *log; /* dir/weir.log */
    bool found; /* from an earlier run */
    struct demo_history history;
};

/* catalogues: a folder, or NULL for the one beside the program; port: of the collector, the
 * console's is the next one; 0 for 8080 where it is free, else any. */
int demo_folder_open(struct demo_folder **out, const char *dir, const char *catalogues,
                     uint16_t port, struct err *err);
void demo_folder_close(struct demo_folder *f);
/* Writes f->history into the marker. */
int demo_folder_remember(const struct demo_folder *f, struct err *err);
