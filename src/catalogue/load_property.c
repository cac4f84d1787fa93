/* SPDX-License-Identifier: Apache-2.0 */
/* load_property.c: properties and parameters: their keys, then whether these fit each other.
 *
 * Keys that depend on the type are kept until the type is known: a map has no order. */
#include <math.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/loader.h"

static void read_type(struct loader *l, const struct yaml *node)
{
    struct definition_property *p = l->prop;
    struct definition_type_text t;
    struct err err;

    if (node->kind != YAML_SCALAR || node->text.len == 0) {
        loader_error(l, node->line, "`type` takes a word such as string, not %s",
                     yaml_kind_name(node));
    } else if (type_parse(str_trim(node->text), &t, &err) < 0) {
        loader_error(l, node->line, "%s", err.text);
    } else {
        p->has_type = true;
        p->type = t.item;
        p->pub.list = t.list;
        p->pub.nullable = t.nullable;
        p->pub.type = type_record(t.item);
    }
}

static void read_required(struct loader *l, const struct yaml *node)
{
    loader_bool(l, node, &l->prop->pub.required);
}

static bool is_scope(struct str s)
{
    if (s.len == 0 || s.len > 32 || s.ptr[0] < 'a' || s.ptr[0] > 'z')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
              s.ptr[i] == '_'))
            return false;
    return true;
}

static void read_scope(struct loader *l, const struct yaml *node, struct str scope)
{
    struct catalogue_property *pub = &l->prop->pub;

    if (!is_scope(scope))
        loader_error(l, node->line,
                     "the scope behind `pseudonym:` is a small letter, then small letters, digits "
                     "and _, 32 at most");
    else if (str_is(scope, "session") || str_is(scope, "visitor"))
        loader_error(l, node->line,
                     "the scope `%.*s` has a new key every day, which a property cannot have: "
                     "choose another",
                     STR_ARG(scope));
    else
        pub->scope_number = catalogue_scope_find(l->c, scope);
    pub->scope = catalogue_scope_name(l->c, pub->scope_number);
}

static void read_privacy(struct loader *l, const struct yaml *node)
{
    static const struct str words[] = {
        [PRIVACY_KEEP] = STR("keep"),
        [PRIVACY_PSEUDONYM] = STR("pseudonym"),
        [PRIVACY_HIDDEN] = STR("hidden"),
        [PRIVACY_DROP] = STR("drop"),
    };
    struct catalogue_property *pub = &l->prop->pub;
    int word;

    l->prop->has_privacy = true; /* also if misspelt: one message is enough */
    if (node->kind == YAML_SCALAR && str_starts(node->text, STR("pseudonym:"))) {
        pub->privacy = PRIVACY_PSEUDONYM;
        read_scope(l, node, str_slice(node->text, 10, node->text.len));
        return;
    }
    word = loader_word(l, node, words, ARRAY_LEN(words));
    if (word < 0)
        return;
    pub->privacy = (enum privacy_class)word;
    if (pub->privacy == PRIVACY_PSEUDONYM)
        pub->scope = catalogue_scope_name(l->c, 0);
}

static void read_description(struct loader *l, const struct yaml *node)
{
    loader_text(l, node, &l->prop->pub.description);
}

static void read_values(struct loader *l, const struct yaml *node)
{
    loader_texts(l, node, &l->prop->values, &l->prop->value_count);
}

static const struct pattern *pattern_of(struct loader *l, struct str text, struct err *err)
{
    struct catalogue *c = l->c;
    struct pattern *p = pattern_new(text, err);

    if (!p)
        return NULL;
    if (c->pattern_count == c->pattern_cap) {
        c->pattern_cap = c->pattern_cap ? 2 * c->pattern_cap : 64;
        c->patterns = xrealloc(c->patterns, c->pattern_cap, sizeof(struct pattern *));
    }
    c->patterns[c->pattern_count++] = p;
    return p;
}

static void read_pattern(struct loader *l, const struct yaml *node)
{
    struct err err = {0};

    if (node->kind != YAML_SCALAR || node->text.len == 0) {
        loader_error(l, node->line, "`pattern` takes a regular expression, not %s",
                     node->kind == YAML_SCALAR ? "nothing" : yaml_kind_name(node));
        return;
    }
    l->prop->pattern_text = definition_copy(l->c, node->text);
    l->prop->pattern = pattern_of(l, l->prop->pattern_text, &err);
    if (!l->prop->pattern)
        loader_error(l, node->line, "`pattern` is not a regular expression: %s", err.text);
    else if (pattern_is_risky(node->text))
        loader_warning(
            l, node->line,
            "`pattern` repeats a group that itself may repeat: long texts can use up its "
            "%d steps and count as not matching",
            PATTERN_STEPS_MAX);
}

static void read_bound(struct loader *l, const struct yaml *node, bool *has, double *number,
                       int64_t *integer)
{
    if (yaml_number(node, number) < 0) {
        loader_error(l, node->line, "`%s` is a number", node->key.ptr);
        return;
    }
    *has = true;
    if (yaml_i64(node, integer) < 0) /* 1.5: an error later where the type is integer */
        *integer = INT64_MIN;
}

static void read_min(struct loader *l, const struct yaml *node)
{
    read_bound(l, node, &l->prop->has_min, &l->prop->min, &l->prop->min_integer);
}

static void read_max(struct loader *l, const struct yaml *node)
{
    read_bound(l, node, &l->prop->has_max, &l->prop->max, &l->prop->max_integer);
}

static void read_max_length(struct loader *l, const struct yaml *node)
{
    l->prop->has_length = true;
    loader_size(l, node, 1, LENGTH_MAX, &l->prop->max_length);
}

static void read_max_items(struct loader *l, const struct yaml *node)
{
    l->prop->has_items = true;
    loader_size(l, node, 1, ITEMS_MAX, &l->prop->max_items);
}

static void read_max_values(struct loader *l, const struct yaml *node)
{
    loader_size(l, node, 1, BUDGET_MAX, &l->prop->max_values);
}

static void read_multiple(struct loader *l, const struct yaml *node)
{
    loader_bool(l, node, &l->prop->multiple);
}

static void check_bounds(struct loader *l, const struct yaml *node)
{
    struct definition_property *p = l->prop;

    if (!p->has_min && !p->has_max)
        return;
    if (p->type != TYPE_INTEGER && p->type != TYPE_NUMBER)
        loader_error(l, node->line, "`min` and `max` are for integer and number; a %s takes %s",
                     type_name(p->type),
                     p->type == TYPE_STRING || p->type == TYPE_URL ? "`max_length`" : "neither");
    else if (p->type == TYPE_INTEGER && ((p->has_min && p->min_integer == INT64_MIN) ||
                                         (p->has_max && p->max_integer == INT64_MIN)))
        loader_error(l, node->line, "`min` and `max` of an integer are whole numbers");
    else if (p->has_min && p->has_max && p->min > p->max)
        loader_error(l, node->line, "`min` is more than `max`: nothing fits");
}

static void check_value(struct loader *l, int line, size_t i)
{
    struct definition_property *p = l->prop;
    struct yaml node = {.kind = YAML_SCALAR, .text = p->values[i]};
    int64_t integer = 0;
    double number;

    if (p->type == TYPE_STRING || p->type == TYPE_URL) {
        if (p->pattern && !pattern_matches(p->pattern, p->values[i]))
            loader_error(l, line, "the value `%.*s` does not match the `pattern`",
                         STR_ARG(p->values[i]));
        return;
    }
    if (yaml_number(&node, &number) < 0 ||
        (p->type == TYPE_INTEGER && yaml_i64(&node, &integer) < 0)) {
        loader_error(l, line, "the value `%.*s` is not %s", STR_ARG(p->values[i]),
                     p->type == TYPE_INTEGER ? "an integer" : "a number");
        return;
    }
    p->numbers[i] = number;
    p->integers[i] = p->type == TYPE_INTEGER ? integer : 0;
    if ((p->has_min && number < p->min) || (p->has_max && number > p->max))
        loader_error(l, line, "the value `%.*s` is outside `min` and `max`", STR_ARG(p->values[i]));
}

static void check_values(struct loader *l, const struct yaml *node)
{
    struct definition_property *p = l->prop;
    const struct yaml *values = yaml_get(node, "values");
    const struct yaml *item = values && values->kind == YAML_LIST ? values->first : NULL;
    uint32_t *twice;

    if (!p->value_count)
        return;
    if (p->type == TYPE_BOOLEAN || p->type == TYPE_DATETIME || p->type == TYPE_UUID ||
        p->type == TYPE_OBJECT) {
        loader_error(l, values->line, "`values` are for string, url, integer and number");
        return;
    }
    p->numbers = definition_alloc(l->c, p->value_count, sizeof *p->numbers);
    p->integers = definition_alloc(l->c, p->value_count, sizeof *p->integers);
    twice = xcalloc(p->value_count, sizeof *twice);
    keyset_build(&p->value_set, l->c->memory, p->values, p->value_count, false, twice);
    for (size_t i = 0; i < p->value_count; i++) {
        int line = item ? item->line : values->line;

        check_value(l, line, i);
        if (twice[i] != i)
            loader_error(l, line, "the value `%.*s` stands here twice", STR_ARG(p->values[i]));
        item = item ? item->next : NULL;
    }
    free(twice);
}

static void check_texts(struct loader *l, const struct yaml *node)
{
    struct definition_property *p = l->prop;
    bool text = p->type == TYPE_STRING || p->type == TYPE_URL;

    if (p->pattern_text.ptr && !text)
        loader_error(l, node->line, "`pattern` is for string and url, not %s", type_name(p->type));
    if (p->has_length && !text && p->type != TYPE_OBJECT)
        loader_error(l, node->line, "`max_length` is for string, url and object, not %s",
                     type_name(p->type));
    if (p->has_items && !p->pub.list)
        loader_error(l, node->line, "`max_items` is for lists: write `type: \"array<%s>\"`",
                     type_name(p->type));
    p->pub.open = (text || p->type == TYPE_OBJECT) && !p->value_count;
    if (!p->max_length)
        p->max_length = p->type == TYPE_URL      ? LENGTH_DEFAULT_URL
                        : p->type == TYPE_OBJECT ? LENGTH_DEFAULT_OBJECT
                                                 : LENGTH_DEFAULT;
    if (!p->max_items)
        p->max_items = ITEMS_DEFAULT;
}

static void check_privacy(struct loader *l, const struct yaml *node)
{
    struct definition_property *p = l->prop;

    if (p->pub.privacy == PRIVACY_PSEUDONYM && p->type != TYPE_STRING && p->type != TYPE_INTEGER &&
        p->type != TYPE_UUID)
        loader_error(l, node->line,
                     "a pseudonym is made of a string, integer or uuid, not of %s %s",
                     p->type == TYPE_OBJECT ? "an" : "a", type_name(p->type));
    if (p->type == TYPE_OBJECT && !p->has_privacy)
        loader_error(
            l, node->line,
            "an object can hold anything: say `privacy: hidden`, `drop`, or `keep` if nothing "
            "in it is about a person");
    /* true, or one word of a known list, tells nothing about a person's secrets */
    if (!p->has_privacy && p->type != TYPE_BOOLEAN && !p->value_count &&
        catalogue_name_is_sensitive(p->pub.name))
        loader_error(l, node->line,
                     "sounds like a secret or personal data: say `privacy: drop`, `pseudonym` or "
                     "`hidden`, or `keep` if it is neither");
}

static void read_property(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {
        {"type", read_type},
        {"required", read_required},
        {"privacy", read_privacy},
        {"description", read_description},
        {"values", read_values},
        {"pattern", read_pattern},
        {"min", read_min},
        {"max", read_max},
        {"max_length", read_max_length},
        {"max_items", read_max_items},
    };
    struct definition_property *p = l->prop;

    if (node->kind != YAML_MAP) {
        loader_error(l, node->line, "a property is a map, such as {type: string}, not %s",
                     yaml_kind_name(node));
        return;
    }
    loader_read_map(l, node, keys, ARRAY_LEN(keys), "a property");
    if (!yaml_get(node, "type"))
        loader_error(l, node->line,
                     "has no `type`: string, integer, number, boolean, datetime, "
                     "uuid, url, object, array<T> or T|null");
    if (!p->has_type)
        return; /* nothing else can be judged */
    check_bounds(l, node);
    check_values(l, node);
    check_texts(l, node);
    check_privacy(l, node);
    type_describe(l->c, p);
}

bool loader_is_property_name(struct str s)
{
    bool good = s.len > 0 && s.len <= PROPERTY_NAME_MAX;

    for (size_t i = 0; good && i < s.len; i++) {
        char c = ascii_lower(s.ptr[i]);

        good = (c >= 'a' && c <= 'z') || c == '_' ||
               (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
    }
    return good;
}

bool loader_property_name(struct loader *l, const struct yaml *node)
{
    bool good = loader_is_property_name(node->key);

    if (!good)
        loader_error(l, node->key_line,
                     "the name `%.64s` is not letters, digits, _, - and dots with a letter or _ "
                     "first, %d at most",
                     node->key.ptr, PROPERTY_NAME_MAX);
    return good;
}

static void add_property(struct loader *l, const struct yaml *node)
{
    struct catalogue_event *ev = l->ev;
    struct definition_property *p = &ev->properties[ev->property_count];

    *p = (struct definition_property){.pub = {.name = definition_copy(l->c, node->key)}};
    p->at = (struct definition_place){l->file, node->key_line};
    l->field_name = p->pub.name;
    for (size_t i = 0; i < ev->parameter_count; i++)
        if (str_eq_nocase(ev->parameters[i].pub.name, p->pub.name))
            loader_error(l, node->key_line,
                         "is a parameter of the name already: it becomes a property by itself");
    l->prop = p;
    read_property(l, node);
    l->prop = NULL;
    l->field_name = STR_NONE;
    if (p->pub.required)
        ev->required[ev->property_count / 64] |= UINT64_C(1) << (ev->property_count % 64);
    ev->property_count++;
}

void loader_read_properties(struct loader *l, const struct yaml *node)
{
    struct catalogue_event *ev = l->ev;
    size_t count = 0;
    struct str *names;

    if (node->kind != YAML_MAP) {
        if (!yaml_is_null(node))
            loader_error(l, node->line, "`properties` is a map of names, not %s",
                         yaml_kind_name(node));
        return;
    }
    yaml_each (entry, node)
        count++;
    if (count > EVENT_PROPERTIES_MAX) {
        loader_error(l, node->line, "more than %d properties", EVENT_PROPERTIES_MAX);
        return;
    }
    if (count == 0)
        return;
    ev->properties = definition_alloc(l->c, count, sizeof *ev->properties);
    yaml_each (entry, node)
        if (loader_property_name(l, entry))
            add_property(l, entry);
    names = definition_alloc(l->c, count, sizeof *names);
    for (size_t i = 0; i < ev->property_count; i++)
        names[i] = ev->properties[i].pub.name;
    keyset_build(&ev->property_set, l->c->memory, names, ev->property_count, false, NULL);
}

static struct definition_property *find_parameter(struct loader *l, const struct yaml *node)
{
    struct catalogue_event *ev = l->ev;
    struct str names[PARAMETERS_MAX], near;

    for (size_t i = 0; i < ev->parameter_count; i++) {
        names[i] = ev->parameters[i].pub.name;
        if (str_eq(names[i], node->key))
            return &ev->parameters[i];
    }
    near = suggest(node->key, names, ev->parameter_count);
    if (near.ptr)
        loader_error(l, node->key_line, "the name has no {%.60s}: did you mean `%.*s`?",
                     node->key.ptr, STR_ARG(near));
    else
        loader_error(l, node->key_line, "the name has no {%.60s}", node->key.ptr);
    return NULL;
}

static void read_parameter(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {
        {"description", read_description},
        {"pattern", read_pattern},
        {"max_values", read_max_values},
        {"multiple", read_multiple},
    };

    loader_read_map(l, node, keys, ARRAY_LEN(keys), "a parameter");
}

void loader_read_parameters(struct loader *l, const struct yaml *node)
{
    struct catalogue_event *ev = l->ev;
    size_t multiple = 0;

    if (node->kind != YAML_MAP) {
        loader_error(l, node->line, "`parameters` is a map of names, not %s", yaml_kind_name(node));
        return;
    }
    yaml_each (entry, node) {
        l->prop = find_parameter(l, entry);
        if (!l->prop)
            continue;
        l->field_name = l->prop->pub.name;
        l->prop->at.line = entry->key_line;
        read_parameter(l, entry);
        l->prop = NULL;
        l->field_name = STR_NONE;
    }
    for (size_t i = 0; i < ev->part_count; i++)
        if (ev->parts[i].parameter >= 0 && ev->parameters[ev->parts[i].parameter].multiple) {
            ev->parts[i].multiple = true;
            multiple++;
        }
    if (multiple > 1)
        loader_error(l, node->line, "only one parameter of a name can be `multiple`");
}
