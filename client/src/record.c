/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: what is copied in the trigger.
 *
 *   id (16 bytes), time (int64, us), length of the name (1), name, then values up to the end:
 *   place (1), kind (1), length of the key (1), 0 (1), length of the data (uint32), key, data.
 *
 * Data is the text; or an int64 or double; or the items of an array: these, or each text behind its
 * length (uint32). Numbers are the machine's own: a record never leaves the process. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_HEAD = 8 };

/* Where a text of more than `max` bytes is cut: before the character that does not fit. */
static size_t cut_length(const char *text, size_t len, size_t max, unsigned *cut)
{
    if (len <= max)
        return len;
    *cut += 1;
    len = max;
    while (len > max - 4 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static size_t text_max(const struct weir_value *v)
{
    return v->place == WEIR_IN_CONTEXT ? (size_t)WEIR_CONTEXT_MAX : (size_t)WEIR_TEXT_MAX;
}

static size_t plan_texts(struct weir_plan *plan, const struct weir_value *v)
{
    const char *const *texts = v->as.ptr;
    size_t bytes = 0;

    for (size_t i = 0; i < v->count && plan->items < WEIR_ITEMS_MAX; i++) {
        size_t len = texts[i] ? strlen(texts[i]) : 0;

        len = cut_length(texts[i], len, WEIR_TEXT_MAX, &plan->cut);
        plan->item_len[plan->items++] = (uint32_t)len;
        bytes += 4 + len;
    }
    return bytes;
}

/* How many items of this array are taken. */
static size_t plan_items(struct weir_plan *plan, const struct weir_value *v)
{
    size_t left = WEIR_ITEMS_MAX - plan->items, count = v->count < left ? v->count : left;

    if (count < v->count)
        plan->cut++;
    return count;
}

static size_t data_size(struct weir_plan *plan, const struct weir_value *v)
{
    size_t count;

    switch (v->kind) {
    case WEIR_KIND_BOOL:
    case WEIR_KIND_INT:
    case WEIR_KIND_NUMBER:
    case WEIR_KIND_TIME: return 8;
    case WEIR_KIND_TEXT: return cut_length(v->as.ptr, v->count, text_max(v), &plan->cut);
    case WEIR_KIND_TEXTS: plan_items(plan, v); return plan_texts(plan, v);
    case WEIR_KIND_INTS:
    case WEIR_KIND_NUMBERS:
        count = plan_items(plan, v);
        plan->items += (unsigned)count;
        return 8 * count;
    default: return 0;
    }
}

static bool is_kept(const struct weir_value *v)
{
    return v->key && v->key_len > 0 && v->key_len <= WEIR_KEY_MAX;
}

void weir_plan_values(struct weir_plan *plan, const struct weir_value *values)
{
    plan->bytes = 0;
    plan->count = 0;
    plan->items = 0;
    plan->cut = 0;
    for (const struct weir_value *v = values; v && v->kind != WEIR_KIND_END; v++) {
        if (!is_kept(v) || plan->count == WEIR_VALUES_MAX) {
            plan->cut++;
            continue;
        }
        plan->count++;
        plan->bytes += VALUE_HEAD + v->key_len + data_size(plan, v);
    }
}

static unsigned char *put(unsigned char *to, const void *bytes, size_t len)
{
    if (len)
        memcpy(to, bytes, len);
    return to + len;
}

static unsigned char *write_texts(unsigned char *to, const struct weir_plan *plan, size_t *item,
                                  const struct weir_value *v)
{
    const char *const *texts = v->as.ptr;

    for (size_t i = 0; i < v->count && *item < WEIR_ITEMS_MAX; i++) {
        uint32_t len = plan->item_len[(*item)++];

        to = put(to, &len, sizeof len);
        to = put(to, texts[i], len);
    }
    return to;
}

static unsigned char *write_data(unsigned char *to, const struct weir_plan *plan, size_t *item,
                                 const struct weir_value *v)
{
    size_t left = WEIR_ITEMS_MAX - *item, count = v->count < left ? v->count : left;
    unsigned unused = 0;

    switch (v->kind) {
    case WEIR_KIND_BOOL:
    case WEIR_KIND_INT:
    case WEIR_KIND_NUMBER:
    case WEIR_KIND_TIME: return put(to, &v->as, 8);
    case WEIR_KIND_TEXT:
        return put(to, v->as.ptr, cut_length(v->as.ptr, v->count, text_max(v), &unused));
    case WEIR_KIND_TEXTS: return write_texts(to, plan, item, v);
    case WEIR_KIND_INTS:
    case WEIR_KIND_NUMBERS: *item += count; return put(to, v->as.ptr, 8 * count);
    default: return to;
    }
}

unsigned char *weir_write_values(unsigned char *to, const struct weir_plan *plan,
                                 const struct weir_value *values)
{
    unsigned count = 0;
    size_t item = 0;

    for (const struct weir_value *v = values; v && v->kind != WEIR_KIND_END; v++) {
        unsigned char *head = to;
        uint32_t len;

        if (!is_kept(v) || count == WEIR_VALUES_MAX)
            continue;
        count++;
        head[0] = (unsigned char)v->place;
        head[1] = (unsigned char)v->kind;
        head[2] = (unsigned char)v->key_len;
        head[3] = 0;
        to = put(to + VALUE_HEAD, v->key, v->key_len);
        len = (uint32_t)(write_data(to, plan, &item, v) - to);
        memcpy(head + 4, &len, sizeof len);
        to += len;
    }
    return to;
}

bool weir_next_item(const unsigned char **at, const unsigned char *end, struct weir_item *out)
{
    const unsigned char *head = *at;
    uint32_t len;

    if (head >= end)
        return false;
    memcpy(&len, head + 4, sizeof len);
    out->place = (enum weir_place)head[0];
    out->kind = (enum weir_kind)head[1];
    out->key_len = head[2];
    out->key = (const char *)head + VALUE_HEAD;
    out->data = head + VALUE_HEAD + out->key_len;
    out->len = len;
    *at = out->data + len;
    return true;
}

static bool is_item(const struct weir_item *item, enum weir_place place, const char *key,
                    size_t key_len)
{
    return item->place == place && item->key_len == key_len && memcmp(item->key, key, key_len) == 0;
}

static bool passes(const struct weir_item *item, bool narrow)
{
    return !narrow ||
           (item->place != WEIR_IN_PROPERTIES && !is_item(item, WEIR_IN_EVENT, "actor", 5));
}

static const unsigned char *end_of(const struct weir_blob *blob)
{
    return blob->bytes ? blob->bytes + blob->len : NULL;
}

size_t weir_blob_size(const struct weir_blob *blob, bool narrow)
{
    const unsigned char *at = blob->bytes, *end = end_of(blob);
    struct weir_item item;
    size_t size = 0;

    if (!narrow)
        return blob->len;
    while (weir_next_item(&at, end, &item))
        if (passes(&item, narrow))
            size += VALUE_HEAD + item.key_len + item.len;
    return size;
}

unsigned char *weir_write_blob(unsigned char *to, const struct weir_blob *blob, bool narrow)
{
    const unsigned char *at = blob->bytes, *end = end_of(blob);
    struct weir_item item;

    if (!narrow)
        return put(to, blob->bytes, blob->len);
    while (weir_next_item(&at, end, &item)) {
        size_t size = VALUE_HEAD + item.key_len + item.len;

        if (passes(&item, narrow))
            to = put(to, at - size, size);
    }
    return to;
}

bool weir_blob_get(const struct weir_blob *blob, enum weir_place place, const char *key,
                   struct weir_item *out)
{
    const unsigned char *at = blob->bytes, *end = end_of(blob);

    while (weir_next_item(&at, end, out))
        if (is_item(out, place, key, strlen(key)))
            return true;
    return false;
}

static int make_room(struct weir_blob *blob, size_t more)
{
    size_t capacity = blob->capacity ? blob->capacity : 512;
    unsigned char *bytes;

    if (blob->len + more <= blob->capacity)
        return 0;
    while (capacity < blob->len + more)
        capacity *= 2;
    bytes = realloc(blob->bytes, capacity);
    if (!bytes)
        return -1;
    blob->bytes = bytes;
    blob->capacity = capacity;
    return 0;
}

int weir_blob_set(struct weir_blob *blob, struct weir_value value, unsigned *cut)
{
    struct weir_value values[2] = {value, WEIR_END};
    struct weir_plan plan;
    struct weir_item old;

    weir_plan_values(&plan, values);
    *cut += plan.cut;
    if (plan.bytes == 0)
        return 0;
    /* More than a record takes would only make each event too large. */
    if (blob->len + plan.bytes > 2 * (size_t)WEIR_RECORD_MAX || make_room(blob, plan.bytes) < 0)
        return -1;
    for (const unsigned char *at = blob->bytes; weir_next_item(&at, blob->bytes + blob->len, &old);)
        if (is_item(&old, value.place, value.key, value.key_len)) {
            unsigned char *from = (unsigned char *)(uintptr_t)old.key - VALUE_HEAD;

            memmove(from, at, (size_t)(blob->bytes + blob->len - at));
            blob->len -= (size_t)(at - from);
            break;
        }
    weir_write_values(blob->bytes + blob->len, &plan, values);
    blob->len += plan.bytes;
    return 0;
}

void weir_blob_free(struct weir_blob *blob)
{
    free(blob->bytes);
    blob->bytes = NULL;
    blob->len = blob->capacity = 0;
}

unsigned char *weir_write_head(unsigned char *to, const unsigned char id[WEIR_ID_BYTES],
                               int64_t time_us, const char *name, size_t name_len)
{
    to = put(to, id, WEIR_ID_BYTES);
    to = put(to, &time_us, sizeof time_us);
    *to++ = (unsigned char)name_len;
    return put(to, name, name_len);
}
