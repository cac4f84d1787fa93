/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_decide.h: what replay and drop share: which events wait, and talk with the collector. */
#pragma once
#include "cmd/quarantine.h"

struct chosen {
    int64_t *waiting; /* positions, in order */
    size_t count, cap;
    bool *known; /* of each: its id is among the events already */
    size_t decided; /* named, but decided about before */
    size_t unknown; /* named, and in no row of the store */
};

/* Finds them. What was named but does not wait is said on standard error. */
int chosen_find(struct chosen *c, const struct command *self, const struct settings *s,
                const struct quarantine_filter *f, struct err *err);
void chosen_free(struct chosen *c);

/* Waits for the store as deciding_await does. */
int decide_await(const struct settings *s, int64_t *behind, struct err *err);
/* How many records of the journal the store does not have yet; 0 where nobody can tell. */
int64_t decide_behind(const struct settings *s);
/* Who asks, for the note: the name of the user; the caller frees it. */
char *decide_by(void);
/* "replaying 3,000 of 12,000", on a terminal only; the line goes with done = count. */
void decide_progress(const char *what, size_t done, size_t count);
