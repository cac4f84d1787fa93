/* SPDX-License-Identifier: Apache-2.0 */
/* content_schema.c: holds a batch to its rules.
 *
 * Promises: keys that no rule names, a key twice, wrong types and texts too long or of other bytes
 * are all found, and the first of them is named; no value is repeated. */
#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "wire/content_rules.h"

bool content_has_only(struct str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *p = set;

        while (*p &&
               !(p[1] == '-' && p[2] ? s.ptr[i] >= p[0] && s.ptr[i] <= p[2] : s.ptr[i] == p[0]))
            p += p[1] == '-' && p[2] ? 3 : 1;
        if (!*p)
            return false;
    }
    return true;
}

/* One check of a batch. */
struct check {
    struct {
        struct str key;
        size_t index; /* of a list's item, where there is no key */
    } path[DEPTH_MAX];
    size_t depth;
    yyjson_val **values; /* content_batch's lists behind one another */
    struct content_wrong *wrong;
};

/* Says what is wrong with the value at the path, or with `key` of it. */
static int wrong(struct check *c, struct str key, const char *what, const char *expected)
{
    struct buf text;

    buf_init(&text, sizeof c->wrong->key - 1);
    for (size_t i = 0; i < c->depth; i++) {
        if (i > 0)
            buf_char(&text, '.');
        if (c->path[i].key.ptr)
            buf_str(&text, c->path[i].key);
        else
            buf_i64(&text, (int64_t)c->path[i].index);
    }
    if (text.len > 0 && key.len > 0)
        buf_char(&text, '.');
    buf_str(&text, key);
    snprintf(c->wrong->key, sizeof c->wrong->key, "%.*s", (int)text.len, text.len ? text.ptr : "");
    buf_free(&text);
    snprintf(c->wrong->message, sizeof c->wrong->message, "\"%s\" %s%s", c->wrong->key, what,
             expected);
    return -1;
}

static int unexpected(struct check *c, const struct rule *r)
{
    return wrong(c, STR_NONE, "must be ", r->expected);
}

/* Of a number that is whole, also where it is written as 1.0 or 1e3. */
static bool get_whole(yyjson_val *val, int64_t *out)
{
    double real;

    if (unsafe_yyjson_is_uint(val)) {
        *out = unsafe_yyjson_get_uint(val) > CONTENT_WHOLE_MAX
                   ? INT64_MAX
                   : (int64_t)unsafe_yyjson_get_uint(val);
        return true;
    }
    if (unsafe_yyjson_is_int(val)) {
        *out = unsafe_yyjson_get_sint(val);
        return true;
    }
    if (!unsafe_yyjson_is_real(val))
        return false;
    real = unsafe_yyjson_get_real(val);
    if (!(real >= -(double)CONTENT_WHOLE_MAX && real <= (double)CONTENT_WHOLE_MAX) ||
        real != (double)(int64_t)real)
        return false;
    *out = (int64_t)real;
    return true;
}

int64_t content_whole(yyjson_val *val)
{
    int64_t n;

    CHECK(get_whole(val, &n));
    return n;
}

static bool is_text_of(const struct rule *r, struct str s)
{
    return s.len >= (size_t)(r->min ? r->min : 1) &&
           s.len <= (size_t)(r->max ? r->max : TEXT_MAX) &&
           (!r->set || content_has_only(s, r->set)) && (!r->fits || r->fits(s));
}

const char *content_text_expected(enum content_field f, struct str s)
{
    const struct rule *r = &content_shape.rules[f];

    CHECK(f < FIELDS && r->type == TEXT);
    return is_text_of(r, s) ? NULL : r->expected;
}

struct str content_kept_campaign(struct str s)
{
    return s.len && content_has_only(s, "A-Za-z0-9_.%-") ? str_slice(s, 0, CONTENT_TEXT_MAX)
                                                         : STR_NONE;
}

static int check_shape(struct check *c, const struct shape *shape, yyjson_val *obj);
static int check_value(struct check *c, const struct rule *r, yyjson_val *val);

static int check_items(struct check *c, const struct shape *inside, yyjson_val *list)
{
    yyjson_arr_iter it = yyjson_arr_iter_with(list);
    yyjson_val *item;
    bool plain = inside->rules[0].key.len == 0; /* a rule for the items themselves */

    CHECK(c->depth < DEPTH_MAX);
    c->path[c->depth].key = STR_NONE;
    c->path[c->depth++].index = 0;
    while ((item = yyjson_arr_iter_next(&it))) {
        if (plain && check_value(c, inside->rules, item) < 0)
            return -1;
        if (!plain && !unsafe_yyjson_is_obj(item))
            return wrong(c, STR_NONE, "must be ", "an object");
        if (!plain && check_shape(c, inside, item) < 0)
            return -1;
        c->path[c->depth - 1].index++;
    }
    c->depth--;
    return 0;
}

static int check_value(struct check *c, const struct rule *r, yyjson_val *val)
{
    int64_t n;

    if (((r->flags & OR_NULL) && unsafe_yyjson_is_null(val)) ||
        ((r->flags & OR_NONE) && yyjson_equals_str(val, "none")))
        return 0;
    switch (r->type) {
    case TEXT:
        return unsafe_yyjson_is_str(val) && is_text_of(r, native_text(val)) ? 0 : unexpected(c, r);
    case WHOLE: return get_whole(val, &n) && n >= r->min && n <= r->max ? 0 : unexpected(c, r);
    case NUMBER:
        return unsafe_yyjson_is_num(val) && yyjson_get_num(val) >= 0 ? 0 : unexpected(c, r);
    case BOOLEAN: return unsafe_yyjson_is_bool(val) ? 0 : unexpected(c, r);
    case OBJECT:
        if (!unsafe_yyjson_is_obj(val))
            return unexpected(c, r);
        return r->inside ? check_shape(c, r->inside, val) : 0;
    case LIST: return unsafe_yyjson_is_arr(val) ? check_items(c, r->inside, val) : unexpected(c, r);
    }
    return -1;
}

/* Clients send keys in order, so that of the next rule is tried first. */
static size_t find_rule(const struct shape *shape, struct str key, size_t from)
{
    for (size_t i = 0; i < shape->count; i++) {
        size_t at = from + i < shape->count ? from + i : from + i - shape->count;

        if (str_eq(shape->rules[at].key, key))
            return at;
    }
    return shape->count;
}

static int check_missing(struct check *c, const struct shape *shape, uint64_t seen)
{
    for (size_t i = 0; i < shape->count; i++)
        if ((shape->rules[i].flags & REQUIRED) && !(seen >> i & 1))
            return wrong(c, shape->rules[i].key, "is required", "");
    return 0;
}

static int check_shape(struct check *c, const struct shape *shape, yyjson_val *obj)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    uint64_t seen = 0;
    size_t next = 0;
    yyjson_val *key;

    CHECK(c->depth < DEPTH_MAX);
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);
        size_t at = find_rule(shape, native_text(key), next);

        if (at == shape->count)
            return wrong(c, native_may_be_shown(native_text(key)) ? native_text(key) : STR("*"),
                         "is not allowed", "");
        c->path[c->depth++].key = shape->rules[at].key;
        if (seen >> at & 1)
            return wrong(c, STR_NONE, "is there twice", "");
        seen |= UINT64_C(1) << at;
        if (check_value(c, &shape->rules[at], val) < 0)
            return -1;
        if (shape->at != NOWHERE)
            c->values[shape->at + at] = val;
        c->depth--;
        next = at + 1 < shape->count ? at + 1 : 0;
    }
    return check_missing(c, shape, seen);
}

int content_check(yyjson_val *root, struct content_batch *out, struct content_wrong *wrong_out)
{
    struct check c = {.values = (yyjson_val **)out, .wrong = wrong_out};

    *out = (struct content_batch){0};
    /* What is no object has none of the keys. */
    return yyjson_is_obj(root) ? check_shape(&c, &content_shape, root)
                               : check_missing(&c, &content_shape, 0);
}
static_assert(sizeof(struct content_batch) == (FIELDS + TIMINGS + SCREENS) * sizeof(yyjson_val *),
              "the lists stand behind one another");
