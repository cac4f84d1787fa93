/* SPDX-License-Identifier: Apache-2.0 */
/* compare.c: two entries are the same if all that they say, written down, is the same text.
 *
 * Every key of docs/catalogue.md is in that text, each with its name before it and its length, so
 * that nothing can be shifted from one into the next. What compile.c derives is left out. */
#include "catalogue/compare.h"

#include "base/check.h"
#include "catalogue/definition.h"

/* As much as an entry may hold: a catalogue's files are bounded, so this never fails. */
#define ENTRY_MAX ((size_t)1 << 30)

static void put(struct buf *out, const char *key, struct str text)
{
    buf_printf(out, "%s=%zu:", key, text.len);
    buf_str(out, text);
}

static void put_number(struct buf *out, const char *key, int64_t n)
{
    buf_printf(out, "%s=%lld;", key, (long long)n);
}

static void put_list(struct buf *out, const char *key, const struct str *list, size_t count)
{
    put_number(out, key, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        put(out, "", list[i]);
}

static void put_property(struct buf *out, const struct definition_property *p)
{
    const struct catalogue_property *pub = &p->pub;

    put(out, "property", pub->name);
    put(out, "description", pub->description);
    put_number(out, "type", p->type);
    put_number(out, "is", pub->list | pub->nullable << 1 | pub->required << 2 | p->multiple << 3);
    put_number(out, "privacy", pub->privacy);
    put(out, "scope", pub->scope);
    put_list(out, "values", p->values, p->value_count);
    put(out, "pattern", p->pattern_text);
    if (p->has_min)
        buf_printf(out, "min=%lld,%.17g;", (long long)p->min_integer, p->min);
    if (p->has_max)
        buf_printf(out, "max=%lld,%.17g;", (long long)p->max_integer, p->max);
    put_number(out, "max_length", (int64_t)p->max_length);
    put_number(out, "max_items", (int64_t)p->max_items);
    put_number(out, "max_values", (int64_t)p->max_values);
}

static void put_about(struct buf *out, const struct catalogue_description *about)
{
    put(out, "name", about->name);
    put(out, "description", about->description);
    put(out, "trigger", about->trigger);
    put(out, "owner", about->owner);
    put(out, "since", about->since);
    put(out, "expires", about->expires);
    put(out, "replaced_by", about->replaced_by);
    put_number(out, "kinds", about->kinds);
    put_number(out, "status", about->status);
    put_number(out, "flow_role", about->flow_role);
    put_list(out, "dimensions", about->dimensions, about->dimension_count);
    put_list(out, "dimension_names", about->dimension_names, about->dimension_count);
}

static void put_entry(struct buf *out, const struct catalogue_event *ev)
{
    put_about(out, &ev->about);
    put_list(out, "sources", ev->sources, ev->source_count);
    for (int i = 0; i < ROLE_COUNT; i++)
        put(out, "role", ev->roles[i].property);
    put_number(out, "keep_ip", ev->keep_ip_us);
    put_number(out, "keep_user_agent", ev->keep_user_agent_us);
    for (size_t i = 0; i < ev->parameter_count; i++)
        put_property(out, &ev->parameters[i]);
    for (size_t i = 0; i < ev->property_count; i++)
        put_property(out, &ev->properties[i]);
    CHECK(!buf_failed(out));
}

static const struct catalogue_event *find(const struct catalogue *c, struct str name)
{
    int64_t number = keyset_find_nocase(&c->names, name);

    return number < 0 ? NULL : c->events[number];
}

void catalogue_compare(const struct catalogue *from, const struct catalogue *to,
                       void (*each)(void *ctx, enum catalogue_difference what, struct str name),
                       void *ctx)
{
    struct buf was, is;

    buf_init(&was, ENTRY_MAX);
    buf_init(&is, ENTRY_MAX);
    for (size_t i = 0; i < to->event_count; i++) {
        const struct catalogue_event *ev = to->events[i], *old = find(from, ev->about.name);

        buf_reset(&was, ENTRY_MAX);
        buf_reset(&is, ENTRY_MAX);
        if (old)
            put_entry(&was, old);
        put_entry(&is, ev);
        if (!old)
            each(ctx, CATALOGUE_ADDED, ev->about.name);
        else if (!str_eq(buf_as_str(&was), buf_as_str(&is)))
            each(ctx, CATALOGUE_CHANGED, ev->about.name);
    }
    for (size_t i = 0; i < from->event_count; i++)
        if (!find(to, from->events[i]->about.name))
            each(ctx, CATALOGUE_REMOVED, from->events[i]->about.name);
    buf_free(&was);
    buf_free(&is);
}
