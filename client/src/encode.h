/* SPDX-License-Identifier: Apache-2.0 */
/* encode.h: a record as the JSON that the collector takes. */
#ifndef WEIR_ENCODE_H
#define WEIR_ENCODE_H
#include "record.h"
#include "text.h"

enum {
    WEIR_EVENT_MAX = 131072, /* bytes of an event's JSON, as the collector has it */
    /* Each event begins with {"sent_at":DIGITS, so that the digits can be set anew before each try. */
    WEIR_SENT_AT = 11,
    WEIR_SENT_AT_DIGITS = 13,
};

/* Used by one thread at a time. */
struct weir_encoder {
    const char *environment, *app_version; /* of every event, unless NULL; borrowed */
    struct weir_item items[WEIR_VALUES_MAX];
    size_t count;
    bool hidden[WEIR_VALUES_MAX]; /* another value of the same key comes later */
    unsigned cut; /* adds up */
};

/* Writes the event without a newline, and says whether all of it fitted: else *o is as before. */
bool weir_encode(struct weir_encoder *e, struct weir_out *o, const void *record, size_t size,
                 int64_t sent_ms);

#endif
