/* SPDX-License-Identifier: Apache-2.0 */
/* protect.c: properties of the protected record.
 *
 * What passed its check goes by its class: kept, hidden, a keyed hash, or gone. The quarantine keeps
 * the rest too, hidden, so that it can be looked at and sent again, but not
 *   - what is declared as pseudonym or drop: its raw value must not be kept, whatever its type;
 *   - what is undeclared, and either named like a secret or personal data, or a pseudonym or dropped
 *     in some other event, on any level;
 *   - a name that looks like data itself.
 * In their place stands what kind of value it was. */
#include "admit/protect.h"

#include <yyjson.h>

#include "base/check.h"
#include "base/datetime.h"

enum { NAME_SHOWN_MAX = 64, DIGITS_SHOWN_MAX = 8, NUMBER_SIZE = 40 };

bool protect_has_many_digits(struct str name)
{
    size_t digits = 0;

    for (size_t i = 0; i < name.len; i++)
        digits += name.ptr[i] >= '0' && name.ptr[i] <= '9';
    return digits > DIGITS_SHOWN_MAX;
}

bool protect_is_name(struct str name)
{
    if (name.len == 0 || name.len > NAME_SHOWN_MAX || protect_has_many_digits(name))
        return false;
    if (!(ascii_lower(name.ptr[0]) >= 'a' && ascii_lower(name.ptr[0]) <= 'z') &&
        name.ptr[0] != '_') /* as the catalogue's own names begin */
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.ptr[i]);

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.')
            return false;
    }
    return true;
}

struct str protect_value_text(const struct record_value *v, struct arena *a)
{
    char text[NUMBER_SIZE];
    struct uuid u;

    switch (v->type) {
    case RECORD_TEXT: return v->text;
    case RECORD_INTEGER: return arena_printf(a, "%lld", (long long)v->integer);
    case RECORD_NUMBER: return arena_printf(a, "%.17g", v->number);
    case RECORD_BOOLEAN: return v->boolean ? STR("true") : STR("false");
    case RECORD_DATETIME:
        return arena_copy(a,
                          str_of(text, datetime_format(text, v->integer, DATETIME_MICROSECONDS)));
    case RECORD_UUID:
        memcpy(u.b, v->bytes, sizeof u.b);
        uuid_format(text, &u);
        return arena_copy(a, str_of(text, UUID_TEXT_LEN));
    default: return STR_NONE;
    }
}

/* null and blank text have no pseudonym: they become null. */
static int hash_scalar(const struct protection *p, unsigned scope, const struct record_value *v,
                       struct record_value *out)
{
    struct str text = protect_value_text(v, p->a);
    struct pseudonym hash;

    *out = (struct record_value){.type = RECORD_NULL};
    if (v->type == RECORD_PSEUDONYM) { /* of a record that is admitted again */
        *out = *v;
        return 0;
    }
    if (v->type != RECORD_NULL && !text.ptr)
        return -1;
    if (pseudonym_is_blank(text))
        return 0;
    protect_text(p, scope, text, &hash);
    out->type = RECORD_PSEUDONYM;
    memcpy(out->bytes, hash.b, sizeof out->bytes);
    return 0;
}

static int hash_value(const struct protection *p, unsigned scope, const struct record_value *v,
                      struct record_value *out)
{
    struct record_value *items;

    if (v->type != RECORD_LIST)
        return hash_scalar(p, scope, v, out);
    items = arena_alloc(p->a, (v->list.count + 1) * sizeof *items);
    if (!items)
        return -1;
    for (size_t i = 0; i < v->list.count; i++)
        if (hash_scalar(p, scope, v->list.items + i, items + i) < 0)
            return -1;
    *out = (struct record_value){.type = RECORD_LIST};
    out->list.items = items;
    out->list.count = v->list.count;
    out->list.item_type = RECORD_PSEUDONYM;
    return 0;
}

/* 1 where *out is to be kept, 0 where nothing is. */
static int protect_checked(const struct protection *p, const struct record *rec,
                           const struct catalogue_checked *c, struct record_property *out)
{
    out->name = c->def->name;
    out->hidden = c->def->privacy == PRIVACY_HIDDEN;
    switch (c->def->privacy) {
    case PRIVACY_DROP: return 0;
    case PRIVACY_PSEUDONYM:
        return hash_value(p, c->def->scope_number, &c->value, &out->value) < 0 ? -1 : 1;
    case PRIVACY_KEEP:
    case PRIVACY_HIDDEN: break;
    }
    out->value = c->value;
    if (c->def->open && !c->def->parameter && !p->quarantined &&
        fold_property(p, rec, c->def->name, &out->value) < 0)
        return -1;
    return 1;
}

static bool is_guarded(const struct protection *p, struct str name)
{
    return catalogue_name_is_sensitive(name) || catalogue_name_is_guarded(p->catalogue, name);
}

/* Whether any key in this JSON names something sensitive, or looks like data. */
static bool has_bad_key(const struct protection *p, yyjson_val *val)
{
    size_t i, max;
    yyjson_val *key, *item;

    yyjson_arr_foreach(val, i, max, item) if (has_bad_key(p, item)) return true;
    yyjson_obj_foreach(val, i, max, key, item)
    {
        struct str name = str_of(yyjson_get_str(key), yyjson_get_len(key));

        if (!protect_is_name(name) || is_guarded(p, name) || has_bad_key(p, item))
            return true;
    }
    return false;
}

static bool is_harmless_json(const struct protection *p, struct str text)
{
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, YYJSON_READ_NUMBER_AS_RAW);
    bool harmless = doc && !has_bad_key(p, yyjson_doc_get_root(doc));

    yyjson_doc_free(doc);
    return harmless;
}

static const char *kind_name(const struct event_value *v)
{
    switch (v->kind) {
    case EVENT_NULL: return "null";
    case EVENT_BOOL: return "boolean";
    case EVENT_INTEGER: return "integer";
    case EVENT_NUMBER:
    case EVENT_BIG_NUMBER: return "number";
    case EVENT_TEXT: return "text";
    case EVENT_LIST: return "list";
    case EVENT_OBJECT: return "object";
    case EVENT_PSEUDONYM: break; /* no sender sends one */
    }
    CHECK(!"a kind");
    return "";
}

static int put_marker(const struct protection *p, const struct event_value *v,
                      struct record_value *out)
{
    out->type = RECORD_TEXT;
    out->text = arena_printf(p->a, "(withheld: %s)", kind_name(v));
    return out->text.ptr ? 0 : -1;
}

static void put_scalar(const struct event_value *v, struct record_value *out)
{
    switch (v->kind) {
    case EVENT_NULL: out->type = RECORD_NULL; return;
    case EVENT_BOOL:
        out->type = RECORD_BOOLEAN;
        out->boolean = v->boolean;
        return;
    case EVENT_INTEGER:
        out->type = RECORD_INTEGER;
        out->integer = v->integer;
        return;
    case EVENT_NUMBER:
        out->type = RECORD_NUMBER;
        out->number = v->number;
        return;
    case EVENT_TEXT:
        out->type = RECORD_TEXT;
        out->text = v->text;
        return;
    case EVENT_BIG_NUMBER:
    case EVENT_OBJECT:
        out->type = RECORD_JSON;
        out->text = v->text;
        return;
    case EVENT_PSEUDONYM:
    case EVENT_LIST: break;
    }
    CHECK(!"a scalar");
}

static void put_json(struct buf *out, const struct event_value *v)
{
    switch (v->kind) {
    case EVENT_NULL: buf_str(out, STR("null")); return;
    case EVENT_BOOL: buf_str(out, v->boolean ? STR("true") : STR("false")); return;
    case EVENT_INTEGER: buf_i64(out, v->integer); return;
    case EVENT_NUMBER: buf_printf(out, "%.17g", v->number); return;
    case EVENT_TEXT: buf_json(out, v->text); return;
    case EVENT_BIG_NUMBER:
    case EVENT_OBJECT: buf_str(out, v->text); return;
    case EVENT_PSEUDONYM:
    case EVENT_LIST: CHECK(!"an item of a list"); return;
    }
}

/* A list of mixed types is kept as JSON, any other as a list. */
static int put_list(const struct protection *p, const struct event_value *v,
                    struct record_value *out)
{
    enum record_type type = RECORD_NULL;
    struct record_value *items;
    bool mixed = false;

    items = arena_alloc(p->a, (v->list.count + 1) * sizeof *items);
    if (!items)
        return -1;
    for (size_t i = 0; i < v->list.count; i++) {
        put_scalar(v->list.items + i, items + i);
        mixed |= items[i].type != RECORD_NULL && type != RECORD_NULL && items[i].type != type;
        if (items[i].type != RECORD_NULL)
            type = items[i].type;
    }
    if (mixed) {
        struct buf json;

        buf_init(&json, 2 * EVENT_BYTES_MAX * 6);
        buf_char(&json, '[');
        for (size_t i = 0; i < v->list.count; i++) {
            if (i > 0)
                buf_char(&json, ',');
            put_json(&json, v->list.items + i);
        }
        buf_char(&json, ']');
        out->type = RECORD_JSON;
        out->text = buf_failed(&json) ? STR_NONE : arena_copy(p->a, buf_as_str(&json));
        buf_free(&json);
        return out->text.ptr ? 0 : -1;
    }
    out->type = RECORD_LIST;
    out->list.items = items;
    out->list.count = v->list.count;
    out->list.item_type = type;
    return 0;
}

static bool is_harmless(const struct protection *p, const struct event_value *v)
{
    if (v->kind == EVENT_OBJECT)
        return is_harmless_json(p, v->text);
    for (size_t i = 0; v->kind == EVENT_LIST && i < v->list.count; i++)
        if (v->list.items[i].kind == EVENT_OBJECT && !is_harmless_json(p, v->list.items[i].text))
            return false;
    return true;
}

/* What did not pass, for the quarantine. 1 where *out is to be kept. */
static int protect_unchecked(const struct protection *p, const struct event_property *sent,
                             struct record_property *out)
{
    const struct catalogue_property *def =
        p->def ? catalogue_property_find(p->def, sent->name) : NULL;
    bool named = def || protect_is_name(sent->name);
    bool raw = def ? def->privacy == PRIVACY_KEEP || def->privacy == PRIVACY_HIDDEN
                   : named && !is_guarded(p, sent->name);

    if ((def && def->privacy == PRIVACY_DROP) ||
        (p->def && !def && (p->ev->if_declared || sent->when != EVENT_GIVEN)))
        return 0;
    out->hidden = true;
    out->name = named ? sent->name : STR("(withheld)");
    if (!raw || !is_harmless(p, &sent->value))
        return put_marker(p, &sent->value, &out->value) < 0 ? -1 : 1;
    if (sent->value.kind == EVENT_LIST)
        return put_list(p, &sent->value, &out->value) < 0 ? -1 : 1;
    put_scalar(&sent->value, &out->value);
    return 1;
}

static bool has_passed(const struct protection *p, struct str name)
{
    for (size_t i = 0; p->def && i < p->checks->count; i++)
        if (!p->checks->list[i].def->parameter && str_eq(p->checks->list[i].def->name, name))
            return true;
    return false;
}

int protect_properties(const struct protection *p, struct record *rec)
{
    size_t passed = p->def ? p->checks->count : 0;
    size_t most = passed + (p->quarantined ? p->ev->property_count : 0);
    struct record_property *list;

    if (most == 0)
        return 0;
    list = arena_alloc_raw(p->a, most * sizeof *list);
    if (!list)
        return -1;
    rec->properties = list;
    for (size_t i = 0; i < passed; i++) {
        int kept = protect_checked(p, rec, p->checks->list + i, list);

        if (kept < 0)
            return -1;
        list += kept;
    }
    for (size_t i = 0; p->quarantined && i < p->ev->property_count; i++) {
        const struct event_property *sent = p->ev->properties + i;
        int kept = has_passed(p, sent->name) ? 0 : protect_unchecked(p, sent, list);

        if (kept < 0)
            return -1;
        list += kept;
    }
    rec->property_count = (size_t)(list - rec->properties);
    return 0;
}
