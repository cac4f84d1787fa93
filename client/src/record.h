/* SPDX-License-Identifier: Apache-2.0 */
/* record.h: an event as it waits in memory: bytes without pointers, made in the trigger by copying,
 * turned into JSON by whoever takes it (encode.h). The layout is at the top of record.c. */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H
#include <stdbool.h>
#include <weir/weir.h>

#include "id.h"

enum {
    WEIR_RECORD_MAX = 65536, /* bytes of a record */
    WEIR_NAME_MAX = 128,
    WEIR_KEY_MAX = 255,
    WEIR_TEXT_MAX = 32768,
    WEIR_CONTEXT_MAX = 8192,
    WEIR_ITEMS_MAX = 256, /* of all arrays of an event */
    WEIR_VALUES_MAX = 512, /* of an event and its request */
};

/* Values that are copied together: what a request or a builder has. */
struct weir_blob {
    unsigned char *bytes;
    size_t len, capacity;
};

/* What measuring found out, for the copying that follows. */
struct weir_plan {
    size_t bytes;
    unsigned count, items, cut;
    uint32_t item_len[WEIR_ITEMS_MAX];
};

/* One value, read. */
struct weir_item {
    enum weir_place place;
    enum weir_kind kind;
    const char *key;
    size_t key_len, len;
    const unsigned char *data;
};

/* Sizes of a list that ends with WEIR_END; NULL is empty. */
void weir_plan_values(struct weir_plan *plan, const struct weir_value *values);
/* Copies what was planned; returns the end. */
unsigned char *weir_write_values(unsigned char *to, const struct weir_plan *plan,
                                 const struct weir_value *values);
/* What api_queried takes of a request: no properties, no actor. Without `narrow`, all of it. */
size_t weir_blob_size(const struct weir_blob *blob, bool narrow);
unsigned char *weir_write_blob(unsigned char *to, const struct weir_blob *blob, bool narrow);
/* Adds a value in the place of one with the same key. 0, or -1 without memory. *cut is added to. */
int weir_blob_set(struct weir_blob *blob, struct weir_value value, unsigned *cut);
/* The value of this key, or false. */
bool weir_blob_get(const struct weir_blob *blob, enum weir_place place, const char *key,
                   struct weir_item *out);
void weir_blob_free(struct weir_blob *blob);

/* A record's beginning: id, time, name. */
enum { WEIR_HEAD_BYTES = WEIR_ID_BYTES + 8 + 1 };
unsigned char *weir_write_head(unsigned char *to, const unsigned char id[WEIR_ID_BYTES],
                               int64_t time_us, const char *name, size_t name_len);

/* Takes the next value off *at; false at the end. */
bool weir_next_item(const unsigned char **at, const unsigned char *end, struct weir_item *out);

#endif
