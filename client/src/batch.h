/* SPDX-License-Identifier: Apache-2.0 */
/* batch.h: events of one request: their JSON, a line each. Memory is taken once. */
#ifndef WEIR_BATCH_H
#define WEIR_BATCH_H
#include "encode.h"

enum {
    WEIR_BATCH_BYTES = 512 * 1024, /* past it, no further event is added */
    WEIR_BATCH_CAPACITY = WEIR_BATCH_BYTES + WEIR_EVENT_MAX + 1,
    WEIR_BATCH_EVENTS = 10000, /* what the collector takes */
};

struct weir_batch {
    char *text;
    size_t len, count, max;
    uint32_t *end; /* of each event: behind its newline */
    bool *done; /* of each event: it needs not be sent any more */
};

int weir_batch_init(struct weir_batch *b, size_t max_events);
void weir_batch_free(struct weir_batch *b);
void weir_batch_clear(struct weir_batch *b);
bool weir_batch_full(const struct weir_batch *b);
/* False where the event is larger than the collector takes. */
bool weir_batch_add(struct weir_batch *b, struct weir_encoder *e, const void *record, size_t size);
/* Takes the lines that stand in b->text already. False where they are not what libweir wrote. */
bool weir_batch_index(struct weir_batch *b, size_t len);
/* Where the events from..from + count stand. */
const char *weir_batch_part(const struct weir_batch *b, size_t from, size_t count, size_t *len);
/* Sets sent_at of these events. */
void weir_batch_stamp(struct weir_batch *b, size_t from, size_t count, int64_t ms);
/* Leaves out what is done. */
void weir_batch_compact(struct weir_batch *b);

#endif
