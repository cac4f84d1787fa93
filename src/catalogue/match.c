/* SPDX-License-Identifier: Apache-2.0 */
/* match.c: from the name that was sent to the entry of the catalogue.
 *
 * Allocates nothing for an exact name, and the filled-in name for a template. */
#include "base/check.h"
#include "catalogue/definition.h"

struct name_parts {
    struct str part[PARTS_MAX + 1];
    size_t count; /* PARTS_MAX + 1: more than any template has */
};

static void split(struct str name, struct name_parts *out)
{
    out->count = 0;
    while (name.ptr && out->count <= PARTS_MAX) {
        size_t dot = str_find(name, '.');

        out->part[out->count++] = str_of(name.ptr, dot);
        name = dot < name.len ? str_of(name.ptr + dot + 1, name.len - dot - 1) : STR_NONE;
    }
}

/* Lays the name over a template. The parts that one parameter takes are one text in the name, dots
 * included. */
static bool fits(const struct catalogue_event *ev, const struct name_parts *name,
                 struct str *parameters)
{
    size_t spare = name->count - ev->part_count, at = 0; /* parts more than the template has */
    bool stretched = false;

    if (name->count < ev->part_count || name->count > PARTS_MAX)
        return false;
    for (size_t i = 0; i < ev->part_count; i++) {
        const struct definition_part *p = &ev->parts[i];
        struct str text = name->part[at];

        if (p->multiple) {
            struct str last = name->part[at + spare];

            text.len = (size_t)(last.ptr + last.len - text.ptr);
            at += spare;
            stretched = true;
        }
        if (p->parameter >= 0)
            parameters[p->parameter] = text;
        else if (!str_eq_nocase(p->text, text))
            return false;
        at++;
    }
    return spare == 0 || stretched;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
            return true;
    return false;
}

static const struct str folded_value = STR("(other)");

/* The parameter whose value is not allowed, or NULL. */
static const struct definition_property *bad_parameter(const struct catalogue_event *ev,
                                                       const struct str *values, bool stored)
{
    for (size_t i = 0; i < ev->parameter_count; i++) {
        const struct definition_property *p = &ev->parameters[i];

        if (stored && str_eq(values[i], folded_value))
            continue;
        if (p->pattern ? !pattern_matches(p->pattern, values[i])
                       : values[i].len == 0 || has_control(values[i]))
            return p;
    }
    return NULL;
}

/* Puts the name together. */
static int fill(const struct catalogue_event *ev, struct arena *a, struct catalogue_match *out)
{
    size_t len = ev->part_count - 1; /* dots */
    char *text, *at;

    for (size_t i = 0; i < ev->part_count; i++) {
        int p = ev->parts[i].parameter;

        len += p < 0 ? ev->parts[i].text.len : out->parameters[p].len;
    }
    text = at = arena_alloc_raw(a, len);
    if (!text)
        return -1;
    for (size_t i = 0; i < ev->part_count; i++) {
        int p = ev->parts[i].parameter;
        struct str part = p < 0 ? ev->parts[i].text : out->parameters[p];

        if (i)
            *at++ = '.';
        memcpy(at, part.ptr, part.len);
        at += part.len;
    }
    CHECK((size_t)(at - text) == len);
    out->event = ev;
    out->parameter_count = ev->parameter_count;
    out->name = str_of(text, len);
    return 0;
}

int match_fold(struct catalogue_match *m, struct arena *a)
{
    const struct catalogue_event *ev = m->event;
    bool folded = false;

    for (size_t i = 0; i < ev->parameter_count; i++) {
        if (budget_admit(ev->parameters[i].budget, m->parameters[i], ev->parameters[i].max_values))
            continue;
        m->parameters[i] = folded_value;
        folded = true;
    }
    return folded ? fill(ev, a, m) : 0;
}

static int refuse_parameter(const struct definition_property *p, struct arena *a,
                            struct faults *faults)
{
    struct str expected = STR("text without control characters"), message;

    if (p->pattern)
        expected = arena_printf(a, "text matching %.*s", STR_ARG(p->pattern_text));
    message = arena_printf(a, "The part of the name for {%.*s} is not %.*s.", STR_ARG(p->pub.name),
                           STR_ARG(expected));
    if (expected.ptr && message.ptr)
        faults_add(faults, FAULT_BAD_PARAMETER, STR("/name"), expected, message);
    return -1;
}

/* The next template to try, by two lists in ascending order; UINT32_MAX at the end. */
struct candidates {
    const uint32_t *first, *first_end, *open, *open_end;
};

static uint32_t next_candidate(struct candidates *c)
{
    uint32_t a = c->first < c->first_end ? *c->first : UINT32_MAX;
    uint32_t b = c->open < c->open_end ? *c->open : UINT32_MAX;

    if (a < b)
        c->first++;
    else if (b != UINT32_MAX)
        c->open++;
    return a < b ? a : b;
}

static int match_template(const struct catalogue *c, struct str name, bool stored, struct arena *a,
                          struct catalogue_match *out, struct faults *faults)
{
    const struct definition_property *bad = NULL;
    struct candidates list = {.open = c->open_first,
                              .open_end = c->open_first + c->open_first_count};
    struct name_parts parts;
    int64_t bucket;
    uint32_t number;

    split(name, &parts);
    bucket = keyset_find_nocase(&c->first_parts, parts.part[0]);
    if (bucket >= 0) {
        list.first = c->by_first + c->buckets[bucket].from;
        list.first_end = list.first + c->buckets[bucket].count;
    }
    while ((number = next_candidate(&list)) != UINT32_MAX) {
        const struct catalogue_event *ev = c->templates[number];
        const struct definition_property *p;

        if (!fits(ev, &parts, out->parameters))
            continue;
        p = bad_parameter(ev, out->parameters, stored);
        if (!p)
            return fill(ev, a, out);
        if (!bad)
            bad = p; /* of the template that fits best */
    }
    if (bad)
        return refuse_parameter(bad, a, faults);
    faults_add(faults, FAULT_UNKNOWN_EVENT, STR("/name"),
               STR("the name of an event in the catalogue"),
               STR("The catalogue has no event of this name."));
    return -1;
}

static int match(const struct catalogue *c, struct str name, bool stored, struct arena *a,
                 struct catalogue_match *out, struct faults *faults)
{
    int64_t number = keyset_find_nocase(&c->names, name);

    if (number >= 0 && !c->events[number]->parts) {
        out->event = c->events[number];
        out->name = out->event->about.name;
        out->parameter_count = 0;
        return 0;
    }
    if (!name.ptr)
        name = STR("");
    return match_template(c, name, stored, a, out, faults);
}

int catalogue_match(const struct catalogue *c, struct str name, struct arena *a,
                    struct catalogue_match *out, struct faults *faults)
{
    return match(c, name, false, a, out, faults);
}

int catalogue_match_stored(const struct catalogue *c, struct str name, struct arena *a,
                           struct catalogue_match *out)
{
    struct faults faults = {0};

    return match(c, name, true, a, out, &faults);
}
