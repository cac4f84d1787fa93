/* SPDX-License-Identifier: Apache-2.0 */
/* json_event.h: an event from JSON and checked properties to JSON, for test cases that are files.
 *
 * Takes name and properties only, and any JSON: it is no decoder. */
#pragma once
#include <yyjson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/datetime.h"
#include "base/uuid.h"
#include "catalogue/catalogue.h"

static struct str text_of(yyjson_val *v)
{
    return str_of(yyjson_get_str(v), yyjson_get_len(v));
}

static struct event_value value_of(yyjson_val *json, struct arena *a)
{
    struct event_value v = {.kind = EVENT_NULL};

    if (yyjson_is_bool(json)) {
        v = (struct event_value){.kind = EVENT_BOOL, .boolean = yyjson_get_bool(json)};
    } else if (yyjson_is_raw(json)) { /* a number that is too large for both */
        v.kind = EVENT_BIG_NUMBER;
        v.text = str_of(yyjson_get_raw(json), yyjson_get_len(json));
    } else if (yyjson_is_uint(json) && yyjson_get_uint(json) > INT64_MAX) {
        v.kind = EVENT_BIG_NUMBER;
        v.text = arena_printf(a, "%llu", (unsigned long long)yyjson_get_uint(json));
    } else if (yyjson_is_int(json)) {
        v = (struct event_value){.kind = EVENT_INTEGER, .integer = yyjson_get_sint(json)};
    } else if (yyjson_is_real(json)) {
        v = (struct event_value){.kind = EVENT_NUMBER, .number = yyjson_get_real(json)};
    } else if (yyjson_is_str(json)) {
        v = (struct event_value){.kind = EVENT_TEXT, .text = text_of(json)};
    } else if (yyjson_is_obj(json)) {
        char *text = yyjson_val_write(json, 0, NULL);

        v = (struct event_value){.kind = EVENT_OBJECT, .text = arena_copy(a, str_from(text))};
        free(text);
    } else if (yyjson_is_arr(json)) {
        size_t n = yyjson_arr_size(json), i, max;
        struct event_value *items = arena_alloc(a, (n + 1) * sizeof *items);
        yyjson_val *item;

        CHECK(items != NULL);
        yyjson_arr_foreach(json, i, max, item) items[i] = value_of(item, a);
        v.kind = EVENT_LIST;
        v.list.items = items;
        v.list.count = n;
    }
    return v;
}

/* Text borrows from the document; the rest lives in a. */
static void json_event_read(struct event *out, yyjson_val *json, struct arena *a)
{
    yyjson_val *properties = yyjson_obj_get(json, "properties"), *key, *value;
    size_t n = yyjson_obj_size(properties), i, max;
    struct event_property *list = arena_alloc(a, (n + 1) * sizeof *list);

    CHECK(list != NULL);
    *out = (struct event){.name = text_of(yyjson_obj_get(json, "name"))};
    out->properties = list;
    out->property_count = n;
    if (!properties)
        return;
    yyjson_obj_foreach(properties, i, max, key, value)
    {
        list[i].name = text_of(key);
        list[i].value = value_of(value, a);
    }
}

static void put_value(struct buf *out, const struct record_value *v)
{
    char text[64];

    switch (v->type) {
    case RECORD_NULL: buf_str(out, STR("null")); break;
    case RECORD_TEXT:
    case RECORD_JSON: buf_json(out, v->text); break;
    case RECORD_INTEGER: buf_i64(out, v->integer); break;
    case RECORD_NUMBER: /* always with a point or an exponent, so that it differs from an integer */
        snprintf(text, sizeof text, "%.17g", v->number);
        buf_printf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
        break;
    case RECORD_BOOLEAN: buf_str(out, v->boolean ? STR("true") : STR("false")); break;
    case RECORD_DATETIME:
        buf_json(out, str_of(text, datetime_format(text, v->integer, DATETIME_MICROSECONDS)));
        break;
    case RECORD_UUID:
    case RECORD_PSEUDONYM: {
        struct uuid u;

        memcpy(u.b, v->bytes, sizeof u.b);
        uuid_format(text, &u);
        buf_json(out, str_of(text, UUID_TEXT_LEN));
        break;
    }
    case RECORD_LIST:
        buf_char(out, '[');
        for (size_t i = 0; i < v->list.count; i++) {
            CHECK(v->list.items[i].type == v->list.item_type);
            if (i)
                buf_char(out, ',');
            put_value(out, &v->list.items[i]);
        }
        buf_char(out, ']');
        break;
    }
}

/* {"name":...,"properties":{...},"undeclared":n}; datetimes and uuids as text. */
static void json_event_checked(struct buf *out, const struct catalogue_match *m,
                               const struct catalogue_checks *checks)
{
    buf_str(out, STR("{\"name\":"));
    buf_json(out, m->name);
    buf_str(out, STR(",\"properties\":{"));
    for (size_t i = 0; i < checks->count; i++) {
        if (i)
            buf_char(out, ',');
        buf_json(out, checks->list[i].def->name);
        buf_char(out, ':');
        put_value(out, &checks->list[i].value);
    }
    buf_printf(out, "},\"undeclared\":%zu}", checks->undeclared);
}

/* [{"code":...,"path":...,"expected":...}] */
static void json_event_faults(struct buf *out, const struct faults *faults)
{
    buf_char(out, '[');
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->list[i];

        buf_str(out, i ? STR(",{\"code\":") : STR("{\"code\":"));
        buf_json(out, str_from(fault_code_name(f->code)));
        buf_str(out, STR(",\"path\":"));
        buf_json(out, f->path);
        buf_str(out, STR(",\"expected\":"));
        buf_json(out, f->expected);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}
