/* SPDX-License-Identifier: Apache-2.0 */
/* native_value.c: double keys, depth, and properties with their values. */
#include "base/check.h"
#include "wire/native.h"
#include "wire/native_tree.h"

enum {
    FEW_KEYS = 16, /* up to here, comparing each with each is quicker than a table */
    KEY_SHOWN_MAX = 32,
};

int native_out_of_memory(const struct native_tree *t)
{
    return err_set_at(t->err, ERR_LIMIT, t->event_at, "the request takes more memory than it may");
}

/* Keys are a sender's own text: only what looks like the name of a field is repeated. */
bool native_may_be_shown(struct str key)
{
    if (key.len == 0 || key.len > KEY_SHOWN_MAX)
        return false;
    for (size_t i = 0; i < key.len; i++) {
        char c = ascii_lower(key.ptr[i]);

        if (!(c >= 'a' && c <= 'z') && c != '_')
            return false;
    }
    return true;
}

void native_wrong(const struct native_tree *t, struct faults *f, const char *path,
                  const char *expected)
{
    struct str message = arena_printf(t->a, "%s must be %s.", path + 1, expected);

    faults_add(f, FAULT_WRONG_FIELD, str_from(path), str_from(expected),
               message.ptr ? message : STR("The field has a wrong type or form."));
}

void native_unknown(const struct native_tree *t, struct faults *f, const char *path, struct str key)
{
    struct str full = STR_NONE;

    if (native_may_be_shown(key))
        full = arena_printf(t->a, "%s/%.*s", path, STR_ARG(key));
    faults_add(f, FAULT_UNKNOWN_FIELD, full.ptr ? full : str_from(path), STR(""),
               full.ptr ? STR("There is no such field.")
                        : STR("There is a field here whose name is none."));
}

/* Up to 8 bytes of a key, and its length: what differs here needs no closer look. */
static uint64_t signature_of(yyjson_val *key)
{
    size_t len = unsafe_yyjson_get_len(key);

    return native_key8(unsafe_yyjson_get_str(key), len) * 31 + len;
}

static int double_key(const struct native_tree *t, yyjson_val *key)
{
    return err_set_at(t->err, ERR_PARSE, (size_t)(unsafe_yyjson_get_str(key) - 1 - t->body),
                      "an object has the same key twice");
}

/* Whether the key is among the `count` before it, by their signatures first. */
static bool is_among(yyjson_val *const *keys, const uint64_t *signatures, size_t count,
                     yyjson_val *key, uint64_t signature)
{
    for (size_t i = 0; i < count; i++)
        if (signatures[i] == signature && str_eq(native_text(keys[i]), native_text(key)))
            return true;
    return false;
}

static int check_few_keys(const struct native_tree *t, yyjson_val *obj)
{
    yyjson_val *keys[FEW_KEYS], *key;
    uint64_t signatures[FEW_KEYS];
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    size_t count = 0;

    while ((key = yyjson_obj_iter_next(&it))) {
        uint64_t signature = signature_of(key);

        if (is_among(keys, signatures, count, key, signature))
            return double_key(t, key);
        keys[count] = key;
        signatures[count++] = signature;
    }
    return 0;
}

int native_check_keys(const struct native_tree *t, yyjson_val *obj)
{
    size_t count = unsafe_yyjson_get_len(obj), slots = 64;
    yyjson_obj_iter it;
    yyjson_val **table, *key;

    if (count <= FEW_KEYS)
        return check_few_keys(t, obj);
    while (slots < 2 * count)
        slots *= 2;
    table = arena_alloc(t->a, slots * sizeof *table);
    if (!table)
        return native_out_of_memory(t);
    it = yyjson_obj_iter_with(obj);
    while ((key = yyjson_obj_iter_next(&it))) {
        size_t at = str_hash(native_text(key)) & (slots - 1);

        for (; table[at]; at = (at + 1) & (slots - 1))
            if (str_eq(native_text(table[at]), native_text(key)))
                return double_key(t, key);
        table[at] = key;
    }
    return 0;
}

/* Where an object or list begins: known from the first text in it, else the event's own beginning. */
static size_t offset_of(const struct native_tree *t, yyjson_val *val)
{
    yyjson_val *first = val;
    const char *p;
    int levels = 0;

    while (unsafe_yyjson_is_ctn(first)) {
        if (unsafe_yyjson_get_len(first) == 0)
            return t->event_at;
        levels++;
        first = unsafe_yyjson_get_first(first);
    }
    if (!unsafe_yyjson_is_str(first))
        return t->event_at;
    p = unsafe_yyjson_get_str(first) - 1;
    while (levels-- > 0)
        do
            p--;
        while (*p != '{' && *p != '[');
    return (size_t)(p - t->body);
}

int native_check_inside(const struct native_tree *t, yyjson_val *val, int depth)
{
    if (depth > NATIVE_DEPTH_MAX)
        return err_set_at(t->err, ERR_PARSE, offset_of(t, val), "an event is nested deeper than %d",
                          NATIVE_DEPTH_MAX);
    if (unsafe_yyjson_is_obj(val)) {
        yyjson_obj_iter it = yyjson_obj_iter_with(val);
        yyjson_val *key;

        while ((key = yyjson_obj_iter_next(&it)))
            if (native_check(t, yyjson_obj_iter_get_val(key), depth + 1) < 0)
                return -1;
        return native_check_keys(t, val);
    } else {
        yyjson_arr_iter it = yyjson_arr_iter_with(val);
        yyjson_val *item;

        while ((item = yyjson_arr_iter_next(&it)))
            if (native_check(t, item, depth + 1) < 0)
                return -1;
        return 0;
    }
}

/* yyjson's writer in the arena: what it outgrows stays there until the request ends. */
static void *arena_malloc(void *ctx, size_t size)
{
    return arena_alloc_raw(ctx, size);
}

static void *arena_realloc(void *ctx, void *ptr, size_t old_size, size_t size)
{
    void *p = arena_alloc_raw(ctx, size);

    if (p && ptr)
        memcpy(p, ptr, old_size < size ? old_size : size);
    return p;
}

static void arena_keep(void *ctx, void *ptr)
{
    (void)ctx;
    (void)ptr;
}

static int read_json(const struct native_tree *t, yyjson_val *val, struct event_value *out)
{
    const yyjson_alc alc = {arena_malloc, arena_realloc, arena_keep, t->a};
    size_t len;
    char *text = yyjson_val_write_opts(val, YYJSON_WRITE_NOFLAG, &alc, &len, NULL);

    if (!text)
        return native_out_of_memory(t);
    out->kind = EVENT_OBJECT;
    out->text = str_of(text, len);
    return 0;
}

/* An integer beyond 64 bits, or a number beyond a double. */
static void read_raw(yyjson_val *val, struct event_value *out)
{
    yyjson_val number;

    if (yyjson_read_number(unsafe_yyjson_get_raw(val), &number, 0, NULL, NULL) &&
        unsafe_yyjson_is_real(&number)) {
        out->kind = EVENT_NUMBER;
        out->number = unsafe_yyjson_get_real(&number);
    } else {
        out->kind = EVENT_BIG_NUMBER;
        out->text = native_text(val);
    }
}

static void read_number(yyjson_val *val, struct event_value *out)
{
    switch (unsafe_yyjson_get_subtype(val)) {
    case YYJSON_SUBTYPE_UINT:
        if (unsafe_yyjson_get_uint(val) > INT64_MAX) {
            out->kind = EVENT_NUMBER;
            out->number = (double)unsafe_yyjson_get_uint(val);
            return;
        }
        out->kind = EVENT_INTEGER;
        out->integer = (int64_t)unsafe_yyjson_get_uint(val);
        return;
    case YYJSON_SUBTYPE_SINT:
        out->kind = EVENT_INTEGER;
        out->integer = unsafe_yyjson_get_sint(val);
        return;
    default:
        out->kind = EVENT_NUMBER;
        out->number = unsafe_yyjson_get_real(val);
        return;
    }
}

static int read_value(const struct native_tree *t, yyjson_val *val, bool in_list,
                      struct event_value *out);

static int read_list(const struct native_tree *t, yyjson_val *val, struct event_value *out)
{
    size_t count = unsafe_yyjson_get_len(val), i = 0;
    yyjson_arr_iter it = yyjson_arr_iter_with(val);
    struct event_value *items = NULL;
    yyjson_val *item;

    if (count) {
        items = arena_alloc_raw(t->a, count * sizeof *items);
        if (!items)
            return native_out_of_memory(t);
    }
    while ((item = yyjson_arr_iter_next(&it)))
        if (read_value(t, item, true, items + i++) < 0)
            return -1;
    out->kind = EVENT_LIST;
    out->list.items = items;
    out->list.count = count;
    return 0;
}

/* A list in a list is no property's type: like an object, it is kept as JSON. */
static int read_value(const struct native_tree *t, yyjson_val *val, bool in_list,
                      struct event_value *out)
{
    switch (unsafe_yyjson_get_type(val)) {
    case YYJSON_TYPE_NULL: out->kind = EVENT_NULL; return 0;
    case YYJSON_TYPE_BOOL:
        out->kind = EVENT_BOOL;
        out->boolean = unsafe_yyjson_get_bool(val);
        return 0;
    case YYJSON_TYPE_NUM: read_number(val, out); return 0;
    case YYJSON_TYPE_RAW: read_raw(val, out); return 0;
    case YYJSON_TYPE_STR:
        out->kind = EVENT_TEXT;
        out->text = native_text(val);
        return 0;
    case YYJSON_TYPE_ARR: return in_list ? read_json(t, val, out) : read_list(t, val, out);
    default: return read_json(t, val, out);
    }
}

int native_read_value(const struct native_tree *t, yyjson_val *val, struct event_value *out)
{
    return read_value(t, val, false, out);
}

struct str native_number_text(const struct native_tree *t, yyjson_val *val)
{
    struct event_value v;

    if (unsafe_yyjson_is_raw(val))
        return native_text(val);
    if (unsafe_yyjson_is_uint(val))
        return arena_printf(t->a, "%llu", (unsigned long long)unsafe_yyjson_get_uint(val));
    read_number(val, &v);
    if (v.kind == EVENT_INTEGER)
        return arena_printf(t->a, "%lld", (long long)v.integer);
    if (v.number > -1e15 && v.number < 1e15 && v.number == (double)(int64_t)v.number)
        return arena_printf(t->a, "%lld", (long long)v.number);
    return arena_printf(t->a, "%.17g", v.number);
}

int native_read_properties(const struct native_tree *t, yyjson_val *obj, struct event *out,
                           struct faults *faults)
{
    size_t count = unsafe_yyjson_get_len(obj);
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    struct event_property *list;
    yyjson_val *key;

    if (count > EVENT_PROPERTIES_MAX) {
        faults_add(faults, FAULT_TOO_MANY_PROPERTIES, STR("/properties"), STR("at most 256 keys"),
                   STR("An event has at most 256 properties; none of these was kept."));
        return native_check(t, obj, 2);
    }
    if (count == 0)
        return 0;
    list = arena_alloc_raw(t->a, count * sizeof *list);
    if (!list)
        return native_out_of_memory(t);
    out->properties = list;
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);

        if (native_check(t, val, 3) < 0)
            return -1;
        list->name = native_text(key);
        list->when = EVENT_GIVEN;
        if (native_has_nul(key)) {
            native_wrong(t, faults, "/properties", "an object whose keys have no U+0000");
            continue;
        }
        if (read_value(t, val, false, &list->value) < 0)
            return -1;
        list++;
    }
    out->property_count = (size_t)(list - out->properties);
    return native_check_keys(t, obj);
}
static_assert(EVENT_PROPERTIES_MAX == 256, "the texts above say so");
