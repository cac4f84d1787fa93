/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: the values of a record, sorted into the places of an event's JSON.
 *
 * The collector refuses a whole request for a key that stands twice in an object, or for a byte that
 * is no UTF-8; neither can come from here. Of one key the last value counts. */
#include "encode.h"

#include <stdio.h>
#include <string.h>

enum { PROPERTIES_MAX = 256, STATUS_MIN = 100, STATUS_MAX = 999 };

static bool same_key(const struct weir_item *a, const struct weir_item *b)
{
    return a->place == b->place && a->key_len == b->key_len &&
           memcmp(a->key, b->key, a->key_len) == 0;
}

/* Hides what is said again later, and keys that no JSON text can have. */
static void read_items(struct weir_encoder *e, const unsigned char *at, const unsigned char *end)
{
    struct weir_item item;

    e->count = 0;
    while (weir_next_item(&at, end, &item)) {
        if (e->count == WEIR_VALUES_MAX || !weir_utf8_valid(item.key, item.key_len)) {
            e->cut++;
            continue;
        }
        for (size_t i = 0; i < e->count; i++)
            if (same_key(&e->items[i], &item))
                e->hidden[i] = true;
        e->hidden[e->count] = false;
        e->items[e->count++] = item;
    }
}

static int64_t integer_of(const unsigned char *data)
{
    int64_t n;

    memcpy(&n, data, sizeof n);
    return n;
}

static double number_of(const unsigned char *data)
{
    double n;

    memcpy(&n, data, sizeof n);
    return n;
}

static void out_text(struct weir_encoder *e, struct weir_out *o, const unsigned char *data,
                     size_t len, size_t max)
{
    if (!weir_out_text(o, (const char *)data, len, max))
        e->cut++;
}

static void out_list(struct weir_encoder *e, struct weir_out *o, const struct weir_item *item)
{
    const unsigned char *at = item->data, *end = at + item->len;

    weir_out_str(o, "[");
    while (at < end) {
        if (at != item->data)
            weir_out_str(o, ",");
        if (item->kind == WEIR_KIND_TEXTS) {
            uint32_t len;

            memcpy(&len, at, sizeof len);
            out_text(e, o, at + sizeof len, len, WEIR_TEXT_MAX);
            at += sizeof len + len;
            continue;
        }
        if (item->kind == WEIR_KIND_INTS)
            weir_out_int(o, integer_of(at));
        else
            weir_out_number(o, number_of(at));
        at += 8;
    }
    weir_out_str(o, "]");
}

static void out_value(struct weir_encoder *e, struct weir_out *o, const struct weir_item *item)
{
    size_t max = item->place == WEIR_IN_CONTEXT ? WEIR_CONTEXT_MAX : WEIR_TEXT_MAX;

    switch (item->kind) {
    case WEIR_KIND_BOOL: weir_out_str(o, integer_of(item->data) ? "true" : "false"); break;
    case WEIR_KIND_INT: weir_out_int(o, integer_of(item->data)); break;
    case WEIR_KIND_NUMBER: weir_out_number(o, number_of(item->data)); break;
    case WEIR_KIND_TEXT: out_text(e, o, item->data, item->len, max); break;
    case WEIR_KIND_TIME: weir_out_time(o, integer_of(item->data)); break;
    case WEIR_KIND_TEXTS:
    case WEIR_KIND_INTS:
    case WEIR_KIND_NUMBERS: out_list(e, o, item); break;
    default: weir_out_str(o, "null"); break;
    }
}

static bool is_key(const struct weir_item *item, const char *key)
{
    return item->key_len == strlen(key) && memcmp(item->key, key, item->key_len) == 0;
}

static bool is_blank(const struct weir_item *item)
{
    if (item->kind != WEIR_KIND_TEXT)
        return item->kind == WEIR_KIND_NULL;
    for (size_t i = 0; i < item->len; i++)
        if (!strchr(" \t\r\n", item->data[i]))
            return false;
    return true;
}

/* A status that is none would make the event a faulty one. */
static bool is_sent(struct weir_encoder *e, const struct weir_item *item)
{
    if (item->place == WEIR_IN_PROPERTIES)
        return true;
    if (is_blank(item))
        return false;
    if (item->place == WEIR_IN_CONTEXT && item->kind == WEIR_KIND_INT) {
        int64_t n = integer_of(item->data);

        if (n < STATUS_MIN || n > STATUS_MAX) {
            e->cut += n != 0;
            return false;
        }
    }
    return true;
}

static void out_member(struct weir_encoder *e, struct weir_out *o, const struct weir_item *item,
                       bool first)
{
    if (!first)
        weir_out_str(o, ",");
    weir_out_text(o, item->key, item->key_len, WEIR_KEY_MAX);
    weir_out_str(o, ":");
    out_value(e, o, item);
}

/* Of the event itself; its id and time are written apart, and there are no others. */
static bool is_identity(const struct weir_item *item)
{
    return is_key(item, "actor") || is_key(item, "session") || is_key(item, "device") ||
           is_key(item, "request_id");
}

/* The members of one place, an object of their own but for those of the event itself. */
static void out_place(struct weir_encoder *e, struct weir_out *o, enum weir_place place,
                      const char *name)
{
    size_t sent = 0;

    for (size_t i = 0; i < e->count; i++) {
        const struct weir_item *item = &e->items[i];

        if (e->hidden[i] || item->place != place || !is_sent(e, item))
            continue;
        if (place == WEIR_IN_EVENT && !is_identity(item))
            continue;
        if (place == WEIR_IN_PROPERTIES && sent == PROPERTIES_MAX) {
            e->cut++;
            continue;
        }
        if (sent == 0 && name) {
            weir_out_str(o, ",\"");
            weir_out_str(o, name);
            weir_out_str(o, "\":{");
        }
        out_member(e, o, item, name && sent == 0);
        sent++;
    }
    if (sent && name)
        weir_out_str(o, "}");
}

static const struct weir_item *own_value(const struct weir_encoder *e, const char *key)
{
    for (size_t i = 0; i < e->count; i++)
        if (!e->hidden[i] && e->items[i].place == WEIR_IN_EVENT && is_key(&e->items[i], key))
            return &e->items[i];
    return NULL;
}

static bool is_uuid(const struct weir_item *item)
{
    if (item->kind != WEIR_KIND_TEXT || item->len != WEIR_ID_TEXT)
        return false;
    for (size_t i = 0; i < item->len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? item->data[i] != '-' : !strchr("0123456789abcdefABCDEF", item->data[i]))
            return false;
    }
    return true;
}

/* An id that is none would not be kept by the collector, and the event counted anew at each try. */
static void out_id(struct weir_encoder *e, struct weir_out *o, const unsigned char *made)
{
    const struct weir_item *own = own_value(e, "id");
    char text[WEIR_ID_TEXT];

    weir_id_text(text, made);
    if (own && is_uuid(own))
        memcpy(text, own->data, sizeof text);
    else if (own && !is_blank(own))
        e->cut++;
    weir_out_str(o, ",\"id\":\"");
    weir_out_bytes(o, text, sizeof text);
    weir_out_str(o, "\"");
}

static void out_common(struct weir_encoder *e, const char *key, const char *text)
{
    struct weir_item item = {WEIR_IN_CONTEXT, WEIR_KIND_TEXT, NULL, 0, 0, NULL};

    item.key = key;
    item.key_len = strlen(key);
    item.data = (const unsigned char *)text;
    item.len = text ? strlen(text) : 0;
    if (!text || e->count == WEIR_VALUES_MAX)
        return;
    for (size_t i = 0; i < e->count; i++)
        if (same_key(&e->items[i], &item))
            return;
    e->hidden[e->count] = false;
    e->items[e->count++] = item;
}

bool weir_encode(struct weir_encoder *e, struct weir_out *o, const void *record, size_t size,
                 int64_t sent_ms)
{
    const unsigned char *id = record, *at = id + WEIR_ID_BYTES, *end = id + size;
    const char *name = (const char *)at + 9;
    size_t before = o->len, name_len = at[8];
    const struct weir_item *time;
    char digits[32];

    read_items(e, at + 9 + name_len, end);
    out_common(e, "environment", e->environment);
    out_common(e, "app_version", e->app_version);
    snprintf(digits, sizeof digits, "%013lld", (long long)(sent_ms % INT64_C(10000000000000)));
    weir_out_str(o, "{\"sent_at\":");
    weir_out_str(o, digits);
    out_id(e, o, id);
    weir_out_str(o, ",\"name\":");
    weir_out_text(o, name, name_len, WEIR_NAME_MAX * 3);
    weir_out_str(o, ",\"time\":");
    time = own_value(e, "time");
    weir_out_time(o, integer_of(time && time->kind == WEIR_KIND_TIME ? time->data : at));
    out_place(e, o, WEIR_IN_EVENT, NULL);
    out_place(e, o, WEIR_IN_FLOW, "flow");
    out_place(e, o, WEIR_IN_PROPERTIES, "properties");
    out_place(e, o, WEIR_IN_CONTEXT, "context");
    weir_out_str(o, "}");
    if (!o->full && o->len - before <= WEIR_EVENT_MAX)
        return true;
    o->len = before;
    o->full = false;
    return false;
}
