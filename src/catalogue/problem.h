/* SPDX-License-Identifier: Apache-2.0 */
/* problem.h: a list of what is wrong with a catalogue, each with its place.
 *
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

enum { PROBLEMS_MAX = 1000 }; /* kept; further ones are counted in `more` and `errors` */

struct problem {
    bool warning; /* else an error: the catalogue is not used */
    char *file, *event, *field; /* event and field may be NULL */
    int line; /* from 1; 0 is the file as a whole */
    char *text; /* what is wrong and what would be right */
    size_t number; /* in the order of adding */
};

struct problems {
    struct problem *list;
    size_t count, errors, cap, more;
};

/* An empty list is all zeros. */
void problems_add(struct problems *p, bool warning, const char *file, int line, const char *event,
                  const char *field, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* By file and line; at one place, as they were added. catalogue_load leaves the list sorted. */
void problems_sort(struct problems *p);
/* Appends "FILE:LINE: error: EVENT: FIELD: TEXT", without a line's end. */
void problem_format(struct buf *out, const struct problem *p);
void problems_free(struct problems *p);
