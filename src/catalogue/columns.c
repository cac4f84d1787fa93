/* SPDX-License-Identifier: Apache-2.0 */
/* columns.c: the same property in several events is one column, so it is one thing: one spelling, one
 * type, kept in one way. */
#include "base/mem.h"
#include "catalogue/definition.h"

struct use {
    struct definition_property *p;
    const struct catalogue_event *ev;
    size_t number; /* in the order of the files */
    bool broken; /* an error at loading: nothing to compare */
};

static int compare_names_nocase(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return ascii_lower(a.ptr[i]) < ascii_lower(b.ptr[i]) ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_uses(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = compare_names_nocase(x->p->pub.name, y->p->pub.name);

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static struct use *collect(const struct catalogue *c, size_t *count)
{
    size_t n = 0, at = 0;
    struct use *uses;

    for (size_t i = 0; i < c->event_count; i++)
        n += c->events[i]->property_count + c->events[i]->parameter_count;
    uses = xcalloc(n + 1, sizeof *uses);
    for (size_t i = 0; i < c->event_count; i++) {
        struct catalogue_event *ev = c->events[i];

        for (size_t k = 0; k < ev->parameter_count; k++, at++)
            uses[at] = (struct use){&ev->parameters[k], ev, at, false};
        for (size_t k = 0; k < ev->property_count; k++, at++)
            uses[at] = (struct use){&ev->properties[k], ev, at, !ev->properties[k].has_type};
    }
    if (n > 1)
        qsort(uses, n, sizeof *uses, compare_uses);
    *count = n;
    return uses;
}

static bool is_numeric(const struct definition_property *p)
{
    return p->type == TYPE_INTEGER || p->type == TYPE_NUMBER;
}

static void disagree(struct problems *problems, const struct use *here, const struct use *first,
                     const char *what)
{
    AUTO_FREE char *event = xmemdup(here->ev->about.name.ptr, here->ev->about.name.len);
    AUTO_FREE char *field = xmemdup(here->p->pub.name.ptr, here->p->pub.name.len);

    problems_add(problems, false, here->p->at.file, here->p->at.line, event, field,
                 "%s, in `%.*s` at %s:%d: one name is one column, so make them equal or rename one",
                 what, STR_ARG(first->ev->about.name), first->p->at.file, first->p->at.line);
}

static void compare(struct problems *problems, const struct use *here, const struct use *first)
{
    const struct definition_property *a = first->p, *b = here->p;
    char mine[64], theirs[64];
    AUTO_FREE char *text = NULL;

    if (!str_eq(a->pub.name, b->pub.name)) {
        text = xasprintf("is spelt `%.*s`", STR_ARG(a->pub.name));
    } else if (a->pub.list != b->pub.list ||
               (a->type != b->type && !(is_numeric(a) && is_numeric(b)))) {
        catalogue_property_type(&a->pub, theirs, sizeof theirs);
        catalogue_property_type(&b->pub, mine, sizeof mine);
        text = xasprintf("is %s here and %s", mine, theirs);
    } else if (a->pub.privacy == PRIVACY_DROP || b->pub.privacy == PRIVACY_DROP) {
        return;
    } else if ((a->pub.privacy == PRIVACY_PSEUDONYM) != (b->pub.privacy == PRIVACY_PSEUDONYM)) {
        text = xasprintf(a->pub.privacy == PRIVACY_PSEUDONYM ? "is stored as it is here and as a "
                                                               "pseudonym"
                                                             : "is a pseudonym here and stored as "
                                                               "it is");
    } else if (a->pub.privacy == PRIVACY_PSEUDONYM && a->pub.scope_number != b->pub.scope_number) {
        text = xasprintf("is a pseudonym of scope `%.*s` here and of `%.*s`", STR_ARG(b->pub.scope),
                         STR_ARG(a->pub.scope));
    }
    if (text)
        disagree(problems, here, first, text);
}

/* The column of uses [from, to): the first that is stored speaks for all. */
static void column_of(struct catalogue *c, struct use *uses, size_t from, size_t to)
{
    struct catalogue_property *column = &c->columns[c->column_count++];
    bool wide = false, guarded = false;
    size_t best = from;

    for (size_t i = to; i-- > from;) {
        wide |= uses[i].p->type == TYPE_NUMBER;
        guarded |=
            uses[i].p->pub.privacy == PRIVACY_PSEUDONYM || uses[i].p->pub.privacy == PRIVACY_DROP;
        if (uses[i].p->pub.privacy != PRIVACY_DROP)
            best = i;
    }
    *column = uses[best].p->pub;
    if (guarded)
        c->guarded[c->guarded_count++] = column->name;
    for (size_t i = from; i < to; i++) {
        if (wide && uses[i].p->type == TYPE_INTEGER)
            uses[i].p->pub.type = RECORD_NUMBER; /* what catalogue_check hands out from now on */
        if (uses[i].p->pub.privacy == PRIVACY_DROP)
            continue;
        column->nullable |= uses[i].p->pub.nullable;
        column->required &= uses[i].p->pub.required;
        if (column->privacy == PRIVACY_KEEP && uses[i].p->pub.privacy == PRIVACY_HIDDEN)
            column->privacy = PRIVACY_HIDDEN;
    }
    if (wide)
        column->type = RECORD_NUMBER;
}

void catalogue_compile_columns(struct catalogue *c, struct problems *problems)
{
    size_t count, from = 0;
    struct use *uses = collect(c, &count);

    c->columns = definition_alloc(c, count + 1, sizeof *c->columns);
    c->guarded = definition_alloc(c, count + 1, sizeof *c->guarded);
    while (from < count) {
        size_t to = from, first = from;

        while (to < count &&
               compare_names_nocase(uses[from].p->pub.name, uses[to].p->pub.name) == 0)
            to++;
        while (first < to && uses[first].broken)
            first++;
        for (size_t i = first + 1; i < to; i++)
            if (!uses[i].broken)
                compare(problems, &uses[i], &uses[first]);
        column_of(c, uses, from, to);
        from = to;
    }
    free(uses);
}

bool catalogue_name_is_guarded(const struct catalogue *c, struct str name)
{
    size_t from = 0, to = c->guarded_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare_names_nocase(name, c->guarded[middle]);

        if (order == 0)
            return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}
