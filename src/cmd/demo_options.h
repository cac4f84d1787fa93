/* SPDX-License-Identifier: Apache-2.0 */
/* demo_options.h: what the parts of `weir demo` get from its command line. */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "demo/traffic.h"

struct demo_options {
    const char *dir, *catalogues, *write, *only, *until, *flow_key;
    uint64_t events, days, seed, port;
    uint64_t duplicates, late, wrong; /* in a thousand; UINT64_MAX: not given */
    bool once;
    unsigned sources; /* bits, from `only` */
    int64_t until_us; /* from `until`; 0: now */
};

/* --write: NDJSON to a file or standard output. Returns the exit code. */
int demo_write(const struct command *self, const struct demo_options *o);
/* The demo itself. Returns the exit code. */
int demo_show(const struct command *self, const struct demo_options *o,
              const volatile sig_atomic_t *stop);
/* The options of the generator. */
struct traffic_opts demo_traffic(const struct demo_options *o, int64_t until_us,
                                 unsigned default_duplicates, unsigned default_late,
                                 unsigned default_wrong);
