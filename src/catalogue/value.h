/* SPDX-License-Identifier: Apache-2.0 */
/* value.h: one value against its definition; for check.c. */
#pragma once
#include "catalogue/definition.h"

struct value_check {
    struct arena *arena;
    struct faults *faults;
    int count; /* faults that were added */
};

/* 1 with *out in the declared type, which borrows text from `value`; 0 after a fault; -1 where the
 * arena is full. */
int value_take(struct value_check *v, const struct definition_property *p,
               const struct event_value *value, struct record_value *out);
/* JSON pointer to a property, or to an item of it (item >= 0). A name that is longer than 128 bytes is
 * cut. STR_NONE where the arena is full. */
struct str value_path(struct arena *a, struct str name, int64_t item);
