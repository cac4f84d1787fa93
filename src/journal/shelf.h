/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.h: what tidying knows of the segments before the head. One owner. */
#pragma once
#include <stdatomic.h>

#include "journal/squeeze.h"

struct shelf_item {
    int64_t first, last;
    int64_t newest_us; /* the latest `received` in it; 0: no record verifies */
    uint64_t bytes; /* of the file */
    bool known; /* the fields above; else nothing is done about it yet */
    bool packed;
    bool bad; /* something in it does not verify, and that was told */
    bool foreign; /* of another journal or place: left alone */
};

struct shelf {
    const struct io *io;
    const char *dir;
    const uint8_t *id; /* the journal's */
    const atomic_bool *stop;
    struct shelf_item *items; /* oldest first */
    size_t count;
    int64_t head; /* where what is not in it begins */
};

/* Looks what is there before the segment `head`; reads what is new. */
int shelf_refresh(struct shelf *s, int64_t head, struct err *err);
void shelf_reset(struct shelf *s);
/* Reads all of a segment. */
int shelf_examine(const struct shelf *s, int64_t first, struct segment_state *out, struct err *err);
