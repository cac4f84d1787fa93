/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c: what concerns all events together: no name twice, and the tables that match.c reads.
 *
 * Exact names are one hash table. Templates stand in the order in which they are tried: more fixed
 * parts first; then, from the left, fixed text before a parameter, and one part before several; then
 * longer ones. Two templates that are equal in this order and have the same fixed texts match the
 * same names: an error. Two that differ in a fixed text cannot match the same name, since each has
 * one open-ended parameter at most, in the same place. */
#include "base/check.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/definition.h"

static void event_error(struct problems *problems, const struct catalogue_event *ev, int line,
                        const char *text)
{
    AUTO_FREE char *name = xmemdup(ev->about.name.ptr, ev->about.name.len);

    problems_add(problems, false, ev->at.file, line, name, NULL, "%s", text);
}

static void compile_names(struct catalogue *c, struct problems *problems)
{
    struct str *names = definition_alloc(c, c->event_count + 1, sizeof *names);
    uint32_t *twice = xcalloc(c->event_count + 1, sizeof *twice);

    for (size_t i = 0; i < c->event_count; i++)
        names[i] = c->events[i]->about.name;
    keyset_build(&c->names, c->memory, names, c->event_count, true, twice);
    for (size_t i = 0; i < c->event_count; i++) {
        const struct catalogue_event *first = c->events[twice[i]];
        AUTO_FREE char *text = NULL;

        if (twice[i] == i)
            continue;
        text = xasprintf("is defined at %s:%d already%s", first->at.file, first->at.line,
                         str_eq(names[i], names[twice[i]]) ? ""
                                                           : ": names that differ in capitals "
                                                             "only are the same");
        event_error(problems, c->events[i], c->events[i]->at.line, text);
    }
    free(twice);
}

static int part_rank(const struct definition_part *p)
{
    return p->parameter < 0 ? 0 : p->multiple ? 2 : 1;
}

/* The order of trying; 0 where neither goes first. */
static int compare_shapes(const struct catalogue_event *a, const struct catalogue_event *b)
{
    if (a->fixed_count != b->fixed_count)
        return a->fixed_count > b->fixed_count ? -1 : 1;
    for (size_t i = 0; i < a->part_count && i < b->part_count; i++) {
        int order = part_rank(&a->parts[i]) - part_rank(&b->parts[i]);

        if (order)
            return order;
    }
    return (a->part_count < b->part_count) - (a->part_count > b->part_count);
}

static int compare_nocase(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return ascii_lower(a.ptr[i]) < ascii_lower(b.ptr[i]) ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_fixed(const struct catalogue_event *a, const struct catalogue_event *b)
{
    int order = compare_shapes(a, b);

    for (size_t i = 0; !order && i < a->part_count; i++)
        if (a->parts[i].parameter < 0)
            order = compare_nocase(a->parts[i].text, b->parts[i].text);
    return order;
}

static int compare_templates(const void *a, const void *b)
{
    const struct catalogue_event *x = *(struct catalogue_event *const *)a;
    const struct catalogue_event *y = *(struct catalogue_event *const *)b;
    int order = compare_fixed(x, y);

    if (!order) /* an error, but a stable one */
        order = strcmp(x->at.file, y->at.file);
    return order ? order : (x->at.line > y->at.line) - (x->at.line < y->at.line);
}

static void compile_templates(struct catalogue *c, struct problems *problems)
{
    c->templates = definition_alloc(c, c->event_count + 1, sizeof(struct catalogue_event *));
    for (size_t i = 0; i < c->event_count; i++)
        if (c->events[i]->parts)
            c->templates[c->template_count++] = c->events[i];
    if (c->template_count > 1)
        qsort(c->templates, c->template_count, sizeof(struct catalogue_event *), compare_templates);
    for (size_t i = 1; i < c->template_count; i++) {
        const struct catalogue_event *first = c->templates[i - 1], *ev = c->templates[i];
        AUTO_FREE char *text = NULL;

        /* the same name twice was said already */
        if (compare_fixed(first, ev) || str_eq_nocase(first->about.name, ev->about.name))
            continue;
        text = xasprintf("matches the same names as `%.*s` at %s:%d: keep one of them",
                         STR_ARG(first->about.name), first->at.file, first->at.line);
        event_error(problems, ev, ev->at.line, text);
    }
}

/* Numbers of first parts, in `of` for each template (UINT32_MAX: begins with a parameter). */
static size_t number_first_parts(struct catalogue *c, uint32_t *of)
{
    struct str *parts = definition_alloc(c, c->template_count + 1, sizeof *parts);
    uint32_t *twice = xcalloc(c->template_count + 1, sizeof *twice);
    size_t count = 0;

    for (size_t i = 0; i < c->template_count; i++)
        if (c->templates[i]->parts[0].parameter < 0)
            parts[count++] = c->templates[i]->parts[0].text;
    keyset_build(&c->first_parts, c->memory, parts, count, true, twice);
    count = 0;
    for (size_t i = 0; i < c->template_count; i++)
        of[i] = c->templates[i]->parts[0].parameter < 0 ? twice[count++] : UINT32_MAX;
    free(twice);
    return count;
}

static void compile_buckets(struct catalogue *c)
{
    uint32_t *of = xcalloc(c->template_count + 1, sizeof *of), at = 0;
    size_t count = number_first_parts(c, of);

    c->buckets = definition_alloc(c, count + 1, sizeof *c->buckets);
    c->by_first = definition_alloc(c, c->template_count + 1, sizeof *c->by_first);
    c->open_first = definition_alloc(c, c->template_count + 1, sizeof *c->open_first);
    for (size_t i = 0; i < c->template_count; i++)
        if (of[i] != UINT32_MAX)
            c->buckets[of[i]].count++;
    for (size_t k = 0; k < count; k++) {
        c->buckets[k].from = at;
        at += c->buckets[k].count;
        c->buckets[k].count = 0;
    }
    for (uint32_t i = 0; i < c->template_count; i++) {
        struct definition_bucket *b = of[i] == UINT32_MAX ? NULL : &c->buckets[of[i]];

        if (b)
            c->by_first[b->from + b->count++] = i;
        else
            c->open_first[c->open_first_count++] = i;
    }
    free(of);
}

static void check_replacements(struct catalogue *c, struct problems *problems)
{
    for (size_t i = 0; i < c->event_count; i++) {
        const struct catalogue_event *ev = c->events[i];
        struct str name = ev->about.replaced_by, near;
        AUTO_FREE char *text = NULL;

        if (name.ptr && str_eq_nocase(name, ev->about.name)) {
            event_error(problems, ev, ev->replaced_line, "`replaced_by` names the event itself");
            continue;
        }
        if (!name.ptr || keyset_find_nocase(&c->names, name) >= 0)
            continue;
        near = suggest(name, c->names.keys, c->event_count);
        text = near.ptr
                   ? xasprintf("`replaced_by` names no event: did you mean `%.*s`?", STR_ARG(near))
                   : xasprintf("`replaced_by` names no event of the catalogue");
        event_error(problems, ev, ev->replaced_line, text);
    }
}

void catalogue_compile(struct catalogue *c, struct problems *problems)
{
    compile_names(c, problems);
    compile_templates(c, problems);
    compile_buckets(c);
    check_replacements(c, problems);
    catalogue_compile_columns(c, problems);
    catalogue_compile_flows(c);
}
