/* SPDX-License-Identifier: Apache-2.0 */
/* ship_wait.h: sleeps until logs may have grown. Threads: one owner. */
#pragma once
#include <signal.h>
#include <stdint.h>

struct ship_wait {
    int fd; /* inotify; -1 where there is none: then it is looked every so often */
    int64_t every_us;
};

/* Watches the folders of these logs. */
void ship_wait_init(struct ship_wait *w, const char *const *logs, size_t count, int64_t every_us);
/* Until something happened in a folder, every_us passed or *stop is set; and then a moment longer, so that
 * a busy log is read in pieces and not line by line. */
void ship_wait(struct ship_wait *w, const volatile sig_atomic_t *stop);
void ship_wait_close(struct ship_wait *w);
