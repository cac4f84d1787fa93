/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: what a compiled catalogue tells about itself, and its end. */
#include "catalogue/catalogue.h"

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/definition.h"

void *definition_alloc(struct catalogue *c, size_t count, size_t size)
{
    void *p;

    CHECK(size > 0 && count <= SIZE_MAX / 4 / size);
    p = arena_alloc(c->memory, count * size);
    CHECK(p != NULL);
    return p;
}

struct str definition_copy(struct catalogue *c, struct str s)
{
    struct str copy = arena_copy(c->memory, s);

    CHECK(copy.ptr != NULL);
    return copy;
}

void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->pattern_count; i++)
        pattern_free(c->patterns[i]);
    free(c->patterns);
    free(c->events);
    free(c->scopes);
    budgets_close(c->own_budgets);
    arena_free(c->memory);
    free(c);
}

void catalogue_use_budgets(struct catalogue *c, struct budgets *b)
{
    c->budgets = b;
    for (size_t i = 0; i < c->event_count; i++) {
        struct catalogue_event *ev = c->events[i];

        for (size_t k = 0; k < ev->parameter_count; k++)
            ev->parameters[k].budget = budgets_get(b, ev->about.name, ev->parameters[k].pub.name);
    }
}

const uint8_t *catalogue_hash(const struct catalogue *c)
{
    return c->hash;
}

size_t catalogue_event_count(const struct catalogue *c)
{
    return c->event_count;
}

const struct catalogue_event *catalogue_event_at(const struct catalogue *c, size_t index)
{
    CHECK(index < c->event_count);
    return c->events[index];
}

size_t catalogue_column_count(const struct catalogue *c)
{
    return c->column_count;
}

const struct catalogue_property *catalogue_column_at(const struct catalogue *c, size_t index)
{
    CHECK(index < c->column_count);
    return &c->columns[index];
}

size_t catalogue_scope_count(const struct catalogue *c)
{
    return c->scope_count;
}

struct str catalogue_scope_name(const struct catalogue *c, size_t index)
{
    CHECK(index < c->scope_count);
    return c->scopes[index];
}

unsigned catalogue_scope_find(struct catalogue *c, struct str name)
{
    for (size_t i = 0; i < c->scope_count; i++)
        if (str_eq(c->scopes[i], name))
            return (unsigned)i;
    if (c->scope_count == c->scope_cap) {
        c->scope_cap = c->scope_cap ? 2 * c->scope_cap : 8;
        c->scopes = xrealloc(c->scopes, c->scope_cap, sizeof *c->scopes);
    }
    c->scopes[c->scope_count] = definition_copy(c, name);
    return (unsigned)c->scope_count++;
}

struct str catalogue_event_name(const struct catalogue_event *ev)
{
    return ev->about.name;
}

unsigned catalogue_event_kinds(const struct catalogue_event *ev)
{
    return ev->about.kinds;
}

int64_t catalogue_event_keep_ip_us(const struct catalogue_event *ev)
{
    return ev->keep_ip_us;
}

int64_t catalogue_event_keep_user_agent_us(const struct catalogue_event *ev)
{
    return ev->keep_user_agent_us;
}

const struct catalogue_description *catalogue_event_describe(const struct catalogue_event *ev)
{
    return &ev->about;
}

size_t catalogue_event_property_count(const struct catalogue_event *ev)
{
    return ev->parameter_count + ev->property_count;
}

const struct catalogue_property *catalogue_event_property_at(const struct catalogue_event *ev,
                                                             size_t index)
{
    CHECK(index < ev->parameter_count + ev->property_count);
    return index < ev->parameter_count ? &ev->parameters[index].pub
                                       : &ev->properties[index - ev->parameter_count].pub;
}

const struct catalogue_property *catalogue_property_find(const struct catalogue_event *ev,
                                                         struct str name)
{
    int64_t i = keyset_find(&ev->property_set, name);

    return i < 0 ? NULL : &ev->properties[i].pub;
}

const struct catalogue_property *catalogue_role_property(const struct catalogue_event *ev,
                                                         enum catalogue_role role)
{
    CHECK(role < ROLE_COUNT);
    return ev->role_properties[role];
}

uint64_t catalogue_event_deprecated_uses(const struct catalogue_event *ev)
{
    return atomic_load_explicit(ev->deprecated_uses, memory_order_relaxed);
}
