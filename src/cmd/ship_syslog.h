/* SPDX-License-Identifier: Apache-2.0 */
/* ship_syslog.h: lines that come as datagrams, as nginx's `access_log syslog:server=...` sends them.
 *
 * Promise: memory is bounded; datagrams that found no room, in the kernel or here, are counted and told.
 * What was received and not yet acknowledged at an end or a crash is gone.
 * Threads: one receives, the caller's sends. */
#pragma once
#include <signal.h>

#include "cmd/ship_feed.h"

struct ship_syslog_opts {
    const char *address; /* HOST:PORT; port 0: any free one */
    bool any_address; /* else loopback alone */
    const volatile sig_atomic_t *stop;
};

/* ERR_USAGE: no such address, or not loopback. The socket, or -1. */
int ship_syslog_open(const struct ship_syslog_opts *opts, struct err *err);
/* Receives and feeds until *stop. Closes fd. *lost: datagrams that found no room. */
int ship_syslog_run(int fd, const struct ship_syslog_opts *opts, struct ship_feed *feed,
                    uint64_t *lost, struct err *err);
