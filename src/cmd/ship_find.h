/* SPDX-License-Identifier: Apache-2.0 */
/* ship_find.h: which files a log consists of, for ship_follow.c. Threads: one owner. */
#pragma once
#include "cmd/ship_follow.h"

struct ship_log {
    struct ship_log_opts opts;
    char *dir, *base, *state_file;
    struct ship_state state;
    int told_errno; /* why the log could not be opened, when that was told */
    bool changed; /* the state on disk is older than the one here */
};

/* Looks through the log's folder: gives each file its part, and each part its file. What is gone is told. */
int ship_find(struct ship_log *l, struct ship_feed *feed, struct err *err);
/* True where the log's name stands for another file than at the last look, or a part has lost its file. */
bool ship_find_is_due(const struct ship_log *l);
