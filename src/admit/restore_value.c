/* SPDX-License-Identifier: Apache-2.0 */
/* restore_value.c: a record's value as a sender would have sent it. */
#include <math.h>
#include <stdlib.h>
#include <yyjson.h>

#include "admit/protect.h"

static bool is_fraction(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.' || ascii_lower(text.ptr[i]) == 'e')
            return true;
    return false;
}

static struct event_value number_value(struct str text, struct arena *a)
{
    struct event_value v = {.kind = EVENT_INTEGER};
    struct str copy = arena_copy(a, text); /* for the NUL */

    if (str_to_i64(text, &v.integer) == 0)
        return v;
    v = (struct event_value){.kind = EVENT_BIG_NUMBER, .text = copy};
    if (copy.ptr && is_fraction(copy)) {
        double number = strtod(copy.ptr, NULL);

        if (isfinite(number))
            v = (struct event_value){.kind = EVENT_NUMBER, .number = number};
    }
    return v;
}

/* An item of a mixed list. What is in an object is never looked at: no list takes one. */
static struct event_value item_value(yyjson_val *val, struct arena *a)
{
    struct str raw = str_of(unsafe_yyjson_get_raw(val), unsafe_yyjson_get_len(val));

    switch (yyjson_get_type(val)) {
    case YYJSON_TYPE_NULL: return (struct event_value){.kind = EVENT_NULL};
    case YYJSON_TYPE_BOOL:
        return (struct event_value){.kind = EVENT_BOOL, .boolean = yyjson_get_bool(val)};
    case YYJSON_TYPE_RAW: return number_value(raw, a);
    case YYJSON_TYPE_STR:
        return (struct event_value){.kind = EVENT_TEXT, .text = arena_copy(a, raw)};
    default: return (struct event_value){.kind = EVENT_OBJECT, .text = STR("{}")};
    }
}

/* An object; in quarantined records also a mixed list, or a number beyond all types. */
static int json_value(struct str text, struct arena *a, struct event_value *out)
{
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, YYJSON_READ_NUMBER_AS_RAW);
    yyjson_val *root = yyjson_doc_get_root(doc), *item;
    size_t count = yyjson_arr_size(root), i, max;
    struct event_value *items = arena_alloc(a, (count + 1) * sizeof *items);

    *out = (struct event_value){.kind = EVENT_OBJECT, .text = text};
    if (items && yyjson_is_arr(root)) {
        yyjson_arr_foreach(root, i, max, item) items[i] = item_value(item, a);
        out->kind = EVENT_LIST;
        out->list.items = items;
        out->list.count = count;
    } else if (items && yyjson_is_raw(root)) {
        *out = number_value(text, a);
    }
    yyjson_doc_free(doc);
    return items ? 0 : -1;
}

/* `hashed`: the catalogue makes pseudonyms of it, and so a null may have been blank text. */
static int to_scalar(const struct record_value *v, bool hashed, struct arena *a,
                     struct event_value *out)
{
    *out = (struct event_value){.kind = EVENT_NULL};
    switch (v->type) {
    case RECORD_NULL:
        if (hashed)
            *out = (struct event_value){.kind = EVENT_PSEUDONYM};
        return 0;
    case RECORD_TEXT: *out = (struct event_value){.kind = EVENT_TEXT, .text = v->text}; return 0;
    case RECORD_INTEGER:
        *out = (struct event_value){.kind = EVENT_INTEGER, .integer = v->integer};
        return 0;
    case RECORD_NUMBER:
        *out = (struct event_value){.kind = EVENT_NUMBER, .number = v->number};
        return 0;
    case RECORD_BOOLEAN:
        *out = (struct event_value){.kind = EVENT_BOOL, .boolean = v->boolean};
        return 0;
    case RECORD_DATETIME:
    case RECORD_UUID:
        *out = (struct event_value){.kind = EVENT_TEXT, .text = protect_value_text(v, a)};
        return out->text.ptr ? 0 : -1;
    case RECORD_PSEUDONYM:
        *out = (struct event_value){.kind = EVENT_PSEUDONYM, .bytes = v->bytes};
        return 0;
    case RECORD_JSON: return json_value(v->text, a, out);
    case RECORD_LIST: break;
    }
    *out = (struct event_value){.kind = EVENT_OBJECT, .text = STR("[]")}; /* a list in a list */
    return 0;
}

int restore_value(const struct record_value *v, bool hashed, struct arena *a,
                  struct event_value *out)
{
    struct event_value *items;

    if (v->type != RECORD_LIST)
        return to_scalar(v, hashed, a, out);
    items = arena_alloc(a, (v->list.count + 1) * sizeof *items);
    if (!items)
        return -1;
    for (size_t i = 0; i < v->list.count; i++)
        if (to_scalar(v->list.items + i, hashed || v->list.item_type == RECORD_PSEUDONYM, a,
                      items + i) < 0)
            return -1;
    *out = (struct event_value){.kind = EVENT_LIST};
    out->list.items = items;
    out->list.count = v->list.count;
    return 0;
}
