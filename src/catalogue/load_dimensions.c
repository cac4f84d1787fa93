/* SPDX-License-Identifier: Apache-2.0 */
/* load_dimensions.c: `dimensions` of an event: by which properties it is counted, and what they are
 * called there.
 *
 * Promises that no value which not everybody may see becomes a column of the counts, and that a
 * dimension never has the name of a column that these have themselves. */
#include "base/mem.h"
#include "catalogue/loader.h"

enum { DIMENSIONS_MAX = 32 };

/* A text, or a map of one entry: the property, and its name as a dimension. */
static bool read_item(struct loader *l, const struct yaml *item, struct str *property,
                      struct str *name)
{
    const struct yaml *entry = item->kind == YAML_MAP ? item->first : NULL;

    if (item->kind == YAML_SCALAR && !yaml_is_null(item)) {
        *property = *name = definition_copy(l->c, item->text);
        return true;
    }
    if (!entry || entry->next || entry->kind != YAML_SCALAR || yaml_is_null(entry)) {
        loader_error(l, item->line,
                     "an item of `dimensions` is a property, or `{property: name}` with one name");
        return false;
    }
    *property = definition_copy(l->c, entry->key);
    *name = definition_copy(l->c, entry->text);
    return true;
}

void loader_read_dimensions(struct loader *l, const struct yaml *node)
{
    struct catalogue_description *about = &l->ev->about;
    const struct yaml *first = node->kind == YAML_SCALAR ? node : node->first;
    struct str *properties, *names;
    size_t count = 0;

    l->ev->dimensions_line = node->line;
    for (const struct yaml *item = first; item; item = item == node ? NULL : item->next)
        count++;
    if (count == 0 || count > DIMENSIONS_MAX || node->kind == YAML_MAP || yaml_is_null(node)) {
        loader_error(l, node->line,
                     "`dimensions` takes a list of 1 to %d properties, such as [a, b] or "
                     "[a, {b: name}]",
                     DIMENSIONS_MAX);
        return;
    }
    properties = definition_alloc(l->c, count, sizeof *properties);
    names = definition_alloc(l->c, count, sizeof *names);
    count = 0;
    for (const struct yaml *item = first; item; item = item == node ? NULL : item->next)
        if (read_item(l, item, properties + count, names + count))
            count++;
    about->dimensions = properties;
    about->dimension_names = names;
    about->dimension_count = count;
}

static const struct definition_property *find(const struct catalogue_event *ev, struct str name)
{
    int64_t i = keyset_find(&ev->property_set, name);

    return i < 0 ? NULL : &ev->properties[i];
}

static bool is_parameter(const struct catalogue_event *ev, struct str name)
{
    for (size_t i = 0; i < ev->parameter_count; i++)
        if (str_eq(ev->parameters[i].pub.name, name))
            return true;
    return false;
}

static void check_property(struct loader *l, struct str name)
{
    const struct definition_property *p = find(l->ev, name);
    int line = l->ev->dimensions_line;

    if (is_parameter(l->ev, name))
        return;
    if (!p)
        loader_unknown_property(l, line, "dimensions", name);
    else if (p->pub.privacy != PRIVACY_KEEP)
        loader_error(l, line,
                     "`%.*s` is no dimension: counts show it to everyone, and its privacy is "
                     "not `keep`",
                     STR_ARG(name));
    else if (p->pub.list)
        loader_error(l, line, "`%.*s` is no dimension: it is a list", STR_ARG(name));
}

/* Columns that the counts have of their own (src/model/counts.c). */
static bool is_taken(struct str name)
{
    static const char *const columns[] = {"time",     "event",    "source", "domain",     "page",
                                          "platform", "timezone", "bot",    "dimensions", "count"};

    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (str_eq_nocase(name, str_from(columns[i])))
            return true;
    return false;
}

static void check_name(struct loader *l, struct str property, struct str name)
{
    int line = l->ev->dimensions_line;

    if (!loader_is_property_name(name))
        loader_error(
            l, line,
            "the name of the dimension `%.*s` is not letters, digits, _, - and dots with a "
            "letter or _ first, %d at most",
            STR_ARG(property), PROPERTY_NAME_MAX);
    else if (is_taken(name))
        loader_error(l, line,
                     "`%.*s` is a column that all counts have: call the dimension otherwise, as in "
                     "`{%.*s: other_name}`",
                     STR_ARG(name), STR_ARG(property));
}

/* A property is one dimension, and a name stands for one property. */
static void check_twice(struct loader *l, size_t index)
{
    const struct catalogue_description *about = &l->ev->about;
    struct str property = about->dimensions[index], name = about->dimension_names[index];

    for (size_t i = 0; i < index; i++) {
        if (str_eq(about->dimensions[i], property))
            loader_error(l, l->ev->dimensions_line, "`dimensions` names `%.*s` twice",
                         STR_ARG(property));
        else if (str_eq_nocase(about->dimension_names[i], name))
            loader_error(l, l->ev->dimensions_line, "two of the `dimensions` are called `%.*s`",
                         STR_ARG(name));
    }
}

void loader_check_dimensions(struct loader *l)
{
    const struct catalogue_description *about = &l->ev->about;

    for (size_t i = 0; i < about->dimension_count; i++) {
        check_twice(l, i);
        check_property(l, about->dimensions[i]);
        check_name(l, about->dimensions[i], about->dimension_names[i]);
    }
}
