/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: one event against its entry: may it be sent now, by this source, with these properties?
 *
 * One pass over the properties that were sent; each is found by its name, checked by value.c, and
 * ticked off in a bit set, whose gaps are the missing ones. Faults borrow their words from the
 * catalogue where they can; nothing is allocated for an event without faults but the list of what
 * passed, from the request's arena. */
#include "base/check.h"
#include "catalogue/definition.h"
#include "catalogue/value.h"

static int property_fault(struct value_check *v, enum fault_code code, struct str name,
                          struct str expected, const char *what)
{
    struct str path = value_path(v->arena, name, -1);
    struct str message = arena_printf(v->arena, "%s", what);

    if (!path.ptr || !message.ptr)
        return -1;
    faults_add(v->faults, code, path, expected, message);
    v->count++;
    return 0;
}

/* A fault of the event as a whole, at its name. */
static int event_fault(struct value_check *v, enum fault_code code, struct str expected,
                       struct str message)
{
    if (!expected.ptr || !message.ptr)
        return -1;
    faults_add(v->faults, code, STR("/name"), expected, message);
    v->count++;
    return 0;
}

static struct str instead(const struct catalogue_event *ev, struct arena *a)
{
    if (!ev->about.replaced_by.ptr)
        return STR("an event that is in use");
    return arena_printf(a, "%.*s instead", STR_ARG(ev->about.replaced_by));
}

static int check_status(const struct catalogue_event *ev, int64_t now_us, bool counts,
                        struct value_check *v)
{
    switch (ev->about.status) {
    case CATALOGUE_ACTIVE: break;
    case CATALOGUE_DEPRECATED:
        if (counts)
            atomic_fetch_add_explicit(ev->deprecated_uses, 1, memory_order_relaxed);
        break;
    case CATALOGUE_DRAFT:
        return event_fault(v, FAULT_EVENT_DRAFT, STR("an event whose status is active"),
                           STR("The event is a draft: the catalogue does not accept it yet."));
    case CATALOGUE_RETIRED:
        return event_fault(v, FAULT_EVENT_RETIRED, instead(ev, v->arena),
                           STR("The event is retired: the catalogue no longer accepts it."));
    }
    if (now_us < ev->expires_us)
        return 0;
    return event_fault(
        v, FAULT_EVENT_EXPIRED, instead(ev, v->arena),
        arena_printf(v->arena, "The event was accepted until %.*s.", STR_ARG(ev->about.expires)));
}

static int check_source(const struct catalogue_event *ev, struct str source, struct value_check *v)
{
    if (catalogue_event_takes_source(ev, source))
        return 0;
    return event_fault(v, FAULT_SOURCE_NOT_ALLOWED, STR("a source that the catalogue lists for it"),
                       STR("The catalogue does not let this source send this event."));
}

static int check_missing(const struct catalogue_event *ev, const uint64_t *seen,
                         struct value_check *v)
{
    for (size_t word = 0; word * 64 < ev->property_count; word++) {
        uint64_t missing = ev->required[word] & ~seen[word];

        while (missing) {
            unsigned bit = (unsigned)__builtin_ctzll(missing);
            const struct definition_property *p = &ev->properties[word * 64 + bit];

            if (property_fault(v, FAULT_MISSING_PROPERTY, p->pub.name, p->expected_type,
                               "A required property is missing.") < 0)
                return -1;
            missing &= missing - 1;
        }
    }
    return 0;
}

/* What the format brought and the entry has no use for; n: its number there, or -1. */
static bool is_left_out(const struct catalogue_event *ev, const struct event *sent,
                        const struct event_property *s, int64_t n)
{
    if (n < 0)
        return sent->if_declared || s->when != EVENT_GIVEN;
    return s->when == EVENT_IF_REQUIRED && !(ev->required[n / 64] >> (n % 64) & 1);
}

static int check_properties(const struct catalogue_event *ev, const struct event *sent, bool strict,
                            struct catalogue_checks *out, struct value_check *v)
{
    uint64_t seen[EVENT_PROPERTIES_MAX / 64] = {0};

    for (size_t i = 0; i < sent->property_count; i++) {
        const struct event_property *s = &sent->properties[i];
        int64_t n = keyset_find(&ev->property_set, s->name);
        int passed;

        if (is_left_out(ev, sent, s, n)) {
            out->undeclared += n < 0 && sent->counts_left_out;
            continue;
        }
        if (n < 0) {
            if (!strict)
                out->undeclared++;
            else if (property_fault(v, FAULT_UNDECLARED_PROPERTY, s->name, STR(""),
                                    "The catalogue does not declare this property.") < 0)
                return -1;
            continue;
        }
        if (seen[n / 64] >> (n % 64) & 1) {
            if (property_fault(v, FAULT_WRONG_FIELD, s->name, STR("each property once"),
                               "The property is there twice.") < 0)
                return -1;
            continue;
        }
        seen[n / 64] |= UINT64_C(1) << (n % 64);
        passed = value_take(v, &ev->properties[n], &s->value, &out->list[out->count].value);
        if (passed < 0)
            return -1;
        if (passed)
            out->list[out->count++].def = &ev->properties[n].pub;
    }
    return check_missing(ev, seen, v);
}

/* Only an event that is accepted takes from the budgets, so that nobody spends them with others. */
static int fold_parameters(struct catalogue_match *m, struct arena *a, struct catalogue_checks *out)
{
    if (match_fold(m, a) < 0)
        return -1;
    for (size_t i = 0; i < m->parameter_count; i++)
        out->list[i].value.text = m->parameters[i];
    return 0;
}

struct circumstances {
    struct str source;
    bool strict, counts;
    int64_t now_us;
};

static int check(struct catalogue_match *m, const struct event *sent,
                 const struct circumstances *in, struct arena *a, struct catalogue_checks *out,
                 struct faults *faults)
{
    const struct catalogue_event *ev = m->event;
    struct value_check v = {.arena = a, .faults = faults};

    CHECK(ev != NULL && m->parameter_count == ev->parameter_count);
    *out = (struct catalogue_checks){0};
    out->list = arena_alloc_raw(a, (m->parameter_count + sent->property_count) * sizeof *out->list);
    if (!out->list)
        return -1;
    for (size_t i = 0; i < m->parameter_count; i++)
        out->list[out->count++] = (struct catalogue_checked){
            &ev->parameters[i].pub, {.type = RECORD_TEXT, .text = m->parameters[i]}};
    if (check_status(ev, in->now_us, in->counts, &v) < 0 || check_source(ev, in->source, &v) < 0 ||
        check_properties(ev, sent, in->strict, out, &v) < 0)
        return -1;
    if (in->counts && faults->count == 0 && m->parameter_count > 0 &&
        fold_parameters(m, a, out) < 0)
        return -1;
    return v.count;
}

int catalogue_check(struct catalogue_match *m, const struct event *sent, struct str source,
                    bool strict, int64_t now_us, struct arena *a, struct catalogue_checks *out,
                    struct faults *faults)
{
    return check(m, sent, &(struct circumstances){source, strict, true, now_us}, a, out, faults);
}

int catalogue_try(struct catalogue_match *m, const struct event *sent, struct str source,
                  bool strict, int64_t now_us, struct arena *a, struct catalogue_checks *out,
                  struct faults *faults)
{
    return check(m, sent, &(struct circumstances){source, strict, false, now_us}, a, out, faults);
}
