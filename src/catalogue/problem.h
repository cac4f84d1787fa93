/* SPDX-License-Identifier: Apache-2.0 */
/* problem.h: a list of what is wrong with a catalogue, each with its place.
 *
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct problem {
    bool warning; /* else an error: the catalogue is not used */
    char *file, *event, *field; /* event and field may be NULL */
    int line;
    char *text; /* what is wrong and what would be right */
};

struct problems {
    struct problem *list;
    size_t count, errors, cap;
};

/* An empty list is all zeros. */
void problems_add(struct problems *p, bool warning, const char *file, int line, const char *event,
                  const char *field, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
void problems_free(struct problems *p);
