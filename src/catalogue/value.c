/* SPDX-License-Identifier: Apache-2.0 */
/* value.c: types and constraints.
 *
 * JSON has one type of number, so 5.0 is an integer; text is never taken for a number, nor a number
 * for text. The messages name the property's constraint, never the value that was sent. */
#include "catalogue/value.h"

#include <math.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/uuid.h"

enum { PATH_NAME_MAX = 128 };

/* 0001-01-01 and the end of 9999, the years that RFC 3339 can write. */
#define MILLISECONDS_MIN INT64_C(-62135596800000)
#define MILLISECONDS_MAX INT64_C(253402300799999)

struct place { /* of what is being checked */
    const struct definition_property *p;
    int64_t item; /* of a list, or -1 */
};

struct str value_path(struct arena *a, struct str name, int64_t item)
{
    static const char before[] = "/properties/";
    char *text, *at;

    name.len = str_utf8_cut(name, PATH_NAME_MAX);
    text = at = arena_alloc_raw(a, sizeof before + 2 * name.len + 24);
    if (!text)
        return STR_NONE;
    memcpy(at, before, sizeof before - 1);
    at += sizeof before - 1;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        *at++ = c == '~' || c == '/' ? '~' : c;
        if (c == '~' || c == '/')
            *at++ = c == '~' ? '0' : '1';
    }
    if (item >= 0)
        at += snprintf(at, 24, "/%lld", (long long)item);
    return str_of(text, (size_t)(at - text));
}

/* Always 0 (the value did not pass), or -1. */
static int fault(struct value_check *v, const struct place *at, enum fault_code code,
                 struct str expected, const char *subject)
{
    struct str path = value_path(v->arena, at->p->pub.name, at->item);
    struct str message;

    if (!expected.ptr || !path.ptr)
        return -1;
    message = arena_printf(v->arena, "%s must be %.*s.", subject, STR_ARG(expected));
    if (!message.ptr)
        return -1;
    faults_add(v->faults, code, path, expected, message);
    v->count++;
    return 0;
}

static int wrong_type(struct value_check *v, const struct place *at)
{
    struct str expected = at->p->expected_type;

    if (at->item < 0)
        return fault(v, at, FAULT_WRONG_TYPE, expected, "The value");
    /* "list of string or null" says too much of an item */
    return fault(v, at, FAULT_WRONG_TYPE, arena_printf(v->arena, "%s", type_name(at->p->type)),
                 "Each item");
}

static size_t count_characters(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

static bool is_host_byte(unsigned char c)
{
    return c > ' ' && c != 0x7F && !strchr("/?#\\<>\"^`{|}", c);
}

/* http or https, "://", a host, then anything without blanks and control characters. */
static bool is_url(struct str s)
{
    size_t at = str_starts_nocase(s, STR("https://")) ? 8 : 7, host;

    if (at == 7 && !str_starts_nocase(s, STR("http://")))
        return false;
    host = at;
    while (at < s.len && is_host_byte((unsigned char)s.ptr[at]))
        at++;
    if (at == host || s.ptr[host] == ':' || (at < s.len && !strchr("/?#", s.ptr[at])))
        return false;
    for (; at < s.len; at++)
        if ((unsigned char)s.ptr[at] <= ' ' || s.ptr[at] == 0x7F)
            return false;
    return true;
}

static int check_text(struct value_check *v, const struct place *at, struct str text)
{
    const struct definition_property *p = at->p;

    if (text.len > p->max_length && count_characters(text) > p->max_length)
        return fault(v, at, FAULT_TOO_LONG,
                     arena_printf(v->arena, "at most %zu characters", p->max_length), "The text");
    if (p->value_count && keyset_find(&p->value_set, text) < 0)
        return fault(v, at, FAULT_NOT_IN_VALUES, p->expected_values, "The value");
    if (p->pattern && !pattern_matches(p->pattern, text))
        return fault(v, at, FAULT_PATTERN_MISMATCH,
                     arena_printf(v->arena, "text matching %.*s", STR_ARG(p->pattern_text)),
                     "The value");
    return 1;
}

/* A bound as the catalogue would write it: 5, not 5.000000. */
static struct str number_text(struct arena *a, const struct definition_property *p, double number,
                              int64_t integer, const char *before)
{
    if (p->type == TYPE_INTEGER)
        return arena_printf(a, "%s%lld", before, (long long)integer);
    return arena_printf(a, "%s%.15g", before, number);
}

static int check_number_bounds(struct value_check *v, const struct place *at, double number,
                               int64_t integer)
{
    const struct definition_property *p = at->p;
    bool whole = p->type == TYPE_INTEGER;

    if (p->has_min && (whole ? integer < p->min_integer : number < p->min))
        return fault(v, at, FAULT_TOO_SMALL,
                     number_text(v->arena, p, p->min, p->min_integer, "at least "), "The number");
    if (p->has_max && (whole ? integer > p->max_integer : number > p->max))
        return fault(v, at, FAULT_TOO_LARGE,
                     number_text(v->arena, p, p->max, p->max_integer, "at most "), "The number");
    if (!p->value_count)
        return 1;
    for (size_t i = 0; i < p->value_count; i++)
        if (whole ? p->integers[i] == integer : p->numbers[i] == number)
            return 1;
    return fault(v, at, FAULT_NOT_IN_VALUES, p->expected_values, "The value");
}

static int check_integer(struct value_check *v, const struct place *at,
                         const struct event_value *value, struct record_value *out)
{
    int64_t integer;

    if (value->kind == EVENT_INTEGER) {
        integer = value->integer;
    } else if (value->kind == EVENT_NUMBER && value->number == trunc(value->number)) {
        /* 2^63 itself is not an int64 */
        if (value->number < -0x1p63 || value->number >= 0x1p63)
            return fault(v, at, FAULT_WRONG_TYPE, STR("integer of at most 64 bits"), "The value");
        integer = (int64_t)value->number;
    } else if (value->kind == EVENT_BIG_NUMBER) {
        return fault(v, at, FAULT_WRONG_TYPE, STR("integer of at most 64 bits"), "The value");
    } else {
        return wrong_type(v, at);
    }
    if (at->p->pub.type == RECORD_NUMBER) /* a number in another event */
        *out = (struct record_value){.type = RECORD_NUMBER, .number = (double)integer};
    else
        *out = (struct record_value){.type = RECORD_INTEGER, .integer = integer};
    return check_number_bounds(v, at, (double)integer, integer);
}

static int check_number(struct value_check *v, const struct place *at,
                        const struct event_value *value, struct record_value *out)
{
    double number = 0;

    if (value->kind == EVENT_INTEGER) {
        number = (double)value->integer;
    } else if (value->kind == EVENT_NUMBER) {
        number = value->number;
    } else if (value->kind == EVENT_BIG_NUMBER) { /* 2^64 is one, and so is 1e999 */
        struct str text = arena_copy(v->arena, value->text);

        if (!text.ptr)
            return -1;
        number = strtod(text.ptr, NULL);
    } else {
        return wrong_type(v, at);
    }
    if (!isfinite(number))
        return fault(v, at, FAULT_WRONG_TYPE, STR("number that a double holds"), "The value");
    *out = (struct record_value){.type = RECORD_NUMBER, .number = number};
    return check_number_bounds(v, at, number, 0);
}

static int check_datetime(struct value_check *v, const struct place *at,
                          const struct event_value *value, struct record_value *out)
{
    int64_t us;

    if (value->kind == EVENT_TEXT) {
        if (datetime_parse(value->text, &us) < 0)
            return wrong_type(v, at);
    } else if (value->kind == EVENT_INTEGER) {
        if (value->integer < MILLISECONDS_MIN || value->integer > MILLISECONDS_MAX)
            return wrong_type(v, at);
        us = value->integer * 1000;
    } else if (value->kind == EVENT_NUMBER && value->number >= (double)MILLISECONDS_MIN &&
               value->number <= (double)MILLISECONDS_MAX) {
        us = (int64_t)(value->number * 1000); /* a browser's clock has fractions */
    } else {
        return wrong_type(v, at);
    }
    *out = (struct record_value){.type = RECORD_DATETIME, .integer = us};
    return 1;
}

static int check_uuid(struct value_check *v, const struct place *at,
                      const struct event_value *value, struct record_value *out)
{
    struct uuid u;

    if (value->kind != EVENT_TEXT || uuid_parse(value->text, &u) < 0)
        return wrong_type(v, at);
    out->type = RECORD_UUID;
    memcpy(out->bytes, u.b, sizeof out->bytes);
    return 1;
}

/* What it stood for passed a check once, and cannot be looked at again. */
static void take_pseudonym(const struct event_value *value, struct record_value *out)
{
    *out = (struct record_value){.type = value->bytes ? RECORD_PSEUDONYM : RECORD_NULL};
    if (value->bytes)
        memcpy(out->bytes, value->bytes, sizeof out->bytes);
}

static int check_scalar(struct value_check *v, const struct place *at,
                        const struct event_value *value, struct record_value *out)
{
    if (value->kind == EVENT_PSEUDONYM) {
        take_pseudonym(value, out);
        return 1;
    }
    switch (at->p->type) {
    case TYPE_STRING:
    case TYPE_URL:
        if (value->kind != EVENT_TEXT || (at->p->type == TYPE_URL && !is_url(value->text)))
            return wrong_type(v, at);
        *out = (struct record_value){.type = RECORD_TEXT, .text = value->text};
        return check_text(v, at, value->text);
    case TYPE_OBJECT: /* a list inside a list is of this kind, too */
        if (value->kind != EVENT_OBJECT || !str_starts(value->text, STR("{")))
            return wrong_type(v, at);
        *out = (struct record_value){.type = RECORD_JSON, .text = value->text};
        return check_text(v, at, value->text);
    case TYPE_INTEGER: return check_integer(v, at, value, out);
    case TYPE_NUMBER: return check_number(v, at, value, out);
    case TYPE_BOOLEAN:
        if (value->kind != EVENT_BOOL)
            return wrong_type(v, at);
        *out = (struct record_value){.type = RECORD_BOOLEAN, .boolean = value->boolean};
        return 1;
    case TYPE_DATETIME: return check_datetime(v, at, value, out);
    case TYPE_UUID: return check_uuid(v, at, value, out);
    case TYPE_COUNT: break;
    }
    CHECK(!"a type");
    return -1;
}

static int check_list(struct value_check *v, const struct definition_property *p,
                      const struct event_value *value, struct record_value *out)
{
    struct place at = {p, -1};
    enum record_type item_type = p->pub.type;
    struct record_value *items;
    int passed = 1;

    if (value->kind != EVENT_LIST)
        return wrong_type(v, &at);
    if (value->list.count > p->max_items)
        return fault(v, &at, FAULT_TOO_MANY_ITEMS,
                     arena_printf(v->arena, "at most %zu items", p->max_items), "The list");
    items = arena_alloc_raw(v->arena, (value->list.count + 1) * sizeof *items);
    if (!items)
        return -1;
    for (size_t i = 0; i < value->list.count; i++) {
        int one;

        at.item = (int64_t)i;
        one = check_scalar(v, &at, &value->list.items[i], &items[i]);
        if (one < 0)
            return -1;
        if (value->list.items[i].kind == EVENT_PSEUDONYM)
            item_type = RECORD_PSEUDONYM;
        passed &= one;
    }
    *out = (struct record_value){.type = RECORD_LIST};
    out->list.items = items;
    out->list.count = value->list.count;
    out->list.item_type = item_type;
    return passed;
}

int value_take(struct value_check *v, const struct definition_property *p,
               const struct event_value *value, struct record_value *out)
{
    struct place at = {p, -1};

    if (value->kind == EVENT_NULL && p->pub.nullable) {
        *out = (struct record_value){.type = RECORD_NULL};
        return 1;
    }
    if (value->kind == EVENT_PSEUDONYM && !value->bytes) {
        take_pseudonym(value, out);
        return 1;
    }
    return p->pub.list ? check_list(v, p, value, out) : check_scalar(v, &at, value, out);
}
