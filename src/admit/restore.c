/* SPDX-License-Identifier: Apache-2.0 */
/* restore.c: from a record back to what the checks take, and on to a record again.
 *
 * The record's properties become values as a sender would have sent them, but for pseudonyms, which
 * are values of a kind of their own that every check lets pass. Then the same match, checks and
 * protection as for a new event. What each of them cannot know is listed in restore.h. Leaves the
 * envelope as it is: it was protected once, and no catalogue has a say in it but for raw address and
 * user agent. */
#include "admit/restore.h"

#include "admit/protect.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "catalogue/describe.h"

struct restoring {
    const struct admit_again *what;
    const struct record *rec;
    struct catalogue_match match;
    struct event_property *list;
    size_t count;
    struct source *source;
};

static bool is_withheld(const struct record *rec, const struct record_property *p)
{
    return (rec->flags & RECORD_QUARANTINED) && p->hidden && p->value.type == RECORD_TEXT &&
           str_starts(p->value.text, STR("(withheld: ")) && str_ends(p->value.text, STR(")"));
}

static bool is_folded(const struct record *rec, const struct record_property *p)
{
    return !(rec->flags & RECORD_QUARANTINED) && p->value.type == RECORD_TEXT &&
           str_eq(p->value.text, STR("(other)"));
}

static bool is_about(const struct fault *f, struct str property)
{
    static const struct str before = {"/properties/", 12};

    if (!str_starts(f->path, before))
        return false;
    return str_eq(str_slice(f->path, before.len, property.len), property) &&
           (f->path.len == before.len + property.len ||
            f->path.ptr[before.len + property.len] == '/');
}

/* What was found wrong with a property whose value is not there to be looked at again. */
static const struct fault *old_fault(const struct record *rec, struct str property)
{
    for (size_t i = 0; rec->faults && i < rec->faults->count; i++)
        if (is_about(&rec->faults->list[i], property) &&
            rec->faults->list[i].code != FAULT_UNDECLARED_PROPERTY)
            return &rec->faults->list[i];
    return NULL;
}

static void keep_fault(struct faults *to, const struct fault *f)
{
    faults_add(to, f->code, f->path, f->expected, f->message);
}

/* What no catalogue has a say in: the decoder's faults, a flow that this source may not speak of, and a
 * time in no calendar. */
static bool is_of_envelope(const struct fault *f)
{
    return f->code < FAULT_UNKNOWN_EVENT || f->code == FAULT_TIME_OUT_OF_RANGE ||
           (f->code == FAULT_SOURCE_NOT_ALLOWED && str_is(f->path, "/flow"));
}

/* The time's fault is told by two flags as well. */
static void keep_envelope_faults(const struct record *rec, struct faults *to)
{
    for (size_t i = 0; rec->faults && i < rec->faults->count; i++)
        if (is_of_envelope(&rec->faults->list[i]))
            keep_fault(to, &rec->faults->list[i]);
    if (rec->faults && rec->faults->more > 0 && (rec->flags & RECORD_TIME_FROM_RECEIPT) &&
        (rec->flags & RECORD_CLOCK_SKEWED))
        faults_add(to, FAULT_TIME_OUT_OF_RANGE, STR("/time"),
                   STR("a time in the years 0001 to 9999"),
                   STR("Shifted by sent_at, the time is in no calendar."));
}

static bool is_part_of(struct str name, struct str part)
{
    for (size_t at = 0; part.len > 0 && at + part.len <= name.len; at++) {
        size_t end = at + part.len;

        if (str_eq(str_slice(name, at, part.len), part) && (at == 0 || name.ptr[at - 1] == '.') &&
            (end == name.len || name.ptr[end] == '.'))
            return true;
    }
    return false;
}

/* A property that stands in the record because the name had, or has, a parameter. */
static bool is_parameter(const struct restoring *r, const struct record_property *p)
{
    for (size_t i = 0; i < r->match.parameter_count; i++)
        if (str_eq(catalogue_event_property_at(r->match.event, i)->name, p->name))
            return true;
    return !p->hidden && p->value.type == RECORD_TEXT && is_part_of(r->rec->name, p->value.text);
}

static void withheld(struct restoring *r, struct str name)
{
    const struct fault *old = old_fault(r->rec, name);
    struct str path = arena_printf(r->what->a, "/properties/%.*s", STR_ARG(name));

    if (old)
        keep_fault(r->what->faults, old);
    else
        faults_add(r->what->faults, FAULT_MISSING_PROPERTY, path, STR("a value that was kept"),
                   STR("The value was withheld when the event was kept aside: it cannot be "
                       "restored."));
}

static int add(struct restoring *r, const struct record_property *p)
{
    const struct catalogue_property *def = catalogue_property_find(r->match.event, p->name);
    struct event_property *to = r->list + r->count;

    if (!def && is_parameter(r, p))
        return 0;
    *to = (struct event_property){.name = p->name, .value = {.kind = EVENT_PSEUDONYM}};
    r->count++;
    if (is_folded(r->rec, p))
        return 0; /* as a value that fits, whatever its pattern */
    if (is_withheld(r->rec, p)) {
        if (def && (def->privacy != PRIVACY_DROP || old_fault(r->rec, p->name)))
            withheld(r, p->name);
        return 0;
    }
    if (restore_value(&p->value, def && def->privacy == PRIVACY_PSEUDONYM, r->what->a, &to->value) <
        0)
        return -1;
    if (r->rec->flags & RECORD_OF_PAGE)
        to->when = event_page_when(to->name, &to->value);
    return 0;
}

static bool has(const struct restoring *r, struct str name)
{
    for (size_t i = 0; i < r->count; i++)
        if (str_eq(r->list[i].name, name))
            return true;
    return false;
}

/* What the catalogue drops is not in the record, whether it was sent or not. */
static void add_dropped(struct restoring *r)
{
    size_t count = catalogue_event_property_count(r->match.event);

    for (size_t i = r->match.parameter_count; i < count; i++) {
        const struct catalogue_property *def = catalogue_event_property_at(r->match.event, i);
        const struct fault *old;

        if (def->privacy != PRIVACY_DROP || has(r, def->name))
            continue;
        old = old_fault(r->rec, def->name);
        if (old && old->code == FAULT_MISSING_PROPERTY)
            continue; /* it is missing still, if it is required still */
        if (old)
            keep_fault(r->what->faults, old);
        if (old || def->required)
            r->list[r->count++] =
                (struct event_property){.name = def->name, .value = {.kind = EVENT_PSEUDONYM}};
    }
}

static int to_properties(struct restoring *r)
{
    size_t most = r->rec->property_count + catalogue_event_property_count(r->match.event);

    r->list = arena_alloc_raw(r->what->a, (most + 1) * sizeof *r->list);
    if (!r->list)
        return -1;
    for (size_t i = 0; i < r->rec->property_count; i++)
        if (add(r, &r->rec->properties[i]) < 0)
            return -1;
    add_dropped(r);
    return 0;
}

static enum again unfit(struct faults *faults, enum fault_code code, struct str path,
                        struct str expected, struct str message)
{
    *faults = (struct faults){0};
    faults_add(faults, code, path, expected, message);
    return AGAIN_UNFIT;
}

/* An entry for the name in r->match, or none and why not. -1: the arena is full. */
static int find_entry(struct restoring *r, const struct catalogue *c, enum again *out)
{
    struct faults *faults = r->what->faults;
    size_t before = faults->count + faults->more;

    if (!r->source) {
        *out =
            unfit(faults, FAULT_SOURCE_NOT_ALLOWED, STR("/source"), STR("a source of the settings"),
                  STR("The settings have no source of this name any more."));
        return 0;
    }
    *out = AGAIN_FAULTY;
    if (!source_allows_event(r->source, r->rec->name)) {
        faults_add(faults, FAULT_EVENT_NOT_ALLOWED, STR("/name"),
                   STR("an event that the source's settings list"),
                   STR("This source may not send this event."));
        return 0;
    }
    if (r->rec->context[EVENT_HOST].len &&
        source_judge_domain(r->source, r->rec->context[EVENT_HOST]) != SOURCE_DOMAIN_TAKEN) {
        faults_add(faults, FAULT_DOMAIN_NOT_PERMITTED, STR("/context/host"),
                   STR("a host that the source's settings list"),
                   STR("This source takes no events of this host."));
        return 0;
    }
    if (r->rec->name.len == 0 && before > 0)
        return 0; /* it came without one */
    if (catalogue_match(c, r->rec->name, r->what->a, &r->match, faults) == 0)
        return 0;
    r->match.event = NULL;
    if (faults->count + faults->more == before)
        return -1;
    if (faults->list[faults->count - 1].code == FAULT_BAD_PARAMETER &&
        is_part_of(r->rec->name, STR("(other)")))
        *out = unfit(faults, FAULT_BAD_PARAMETER, STR("/name"), STR("the parameter as it was sent"),
                     STR("A part of the name is past its parameter's number of values."));
    return 0;
}

/* Where the record has no such identity, but the property that stands for it now is there. */
static void fill_identity(const struct protection *p, enum catalogue_role role, unsigned scope,
                          uint16_t flag, struct pseudonym *to, struct record *rec)
{
    const struct catalogue_property *def = catalogue_role_property(p->def, role);
    const struct record_value *v = NULL;
    struct str text;

    for (size_t i = 0; def && i < p->checks->count; i++)
        if (p->checks->list[i].def == def)
            v = &p->checks->list[i].value;
    if (!v || (rec->flags & flag))
        return;
    if (v->type == RECORD_PSEUDONYM) {
        if (def->privacy != PRIVACY_PSEUDONYM || def->scope_number != scope || role == ROLE_SESSION)
            return;
        memcpy(to->b, v->bytes, sizeof to->b);
        rec->flags |= flag;
        return;
    }
    text = protect_value_text(v, p->a);
    if (pseudonym_is_blank(text))
        return;
    if (role == ROLE_SESSION) { /* under the key of its own day, or not at all */
        protect_session(p, text, to, &rec->session_epoch);
        if (rec->session_epoch != (uint32_t)(p->req->received_us / DATETIME_DAY_US)) {
            *to = (struct pseudonym){{0}};
            rec->session_epoch = 0;
            return;
        }
    } else {
        protect_text(p, scope, text, to);
    }
    rec->flags |= flag;
}

static void shorten(struct str *raw, int64_t *until_us, int64_t received_us, int64_t keep_us)
{
    if (!raw->ptr)
        return;
    if (keep_us <= 0) {
        *raw = STR_NONE;
        *until_us = 0;
    } else if (received_us + keep_us < *until_us) {
        *until_us = received_us + keep_us;
    }
}

/* -1: the arena or the buf is full. */
static int encode_again(struct restoring *r, struct protection *p, struct buf *payload)
{
    const struct admit_request req = {.source = r->source, .received_us = r->rec->received_us};
    struct record rec = *r->rec;

    p->req = &req;
    p->counted_us = clock_now_us(); /* stored today: yesterday's budget would not hold it back */
    rec.flags &= (uint16_t)~RECORD_QUARANTINED;
    rec.faults = NULL;
    rec.properties = NULL;
    rec.property_count = 0;
    rec.name = r->match.name;
    rec.source = source_name(r->source);
    if (catalogue_event_describe(p->def)->flow_role == FLOW_BEGIN)
        protect_move_to_begin(&rec);
    else
        protect_time_of_property(p, &rec);
    fill_identity(p, ROLE_ACTOR, 0, RECORD_HAS_ACTOR, &rec.actor, &rec);
    fill_identity(p, ROLE_DEVICE, 1, RECORD_HAS_DEVICE, &rec.device, &rec);
    fill_identity(p, ROLE_SESSION, 0, RECORD_HAS_SESSION, &rec.session, &rec);
    shorten(&rec.context[EVENT_IP], &rec.keep_ip_until_us, rec.received_us,
            catalogue_event_keep_ip_us(p->def));
    shorten(&rec.context[EVENT_USER_AGENT], &rec.keep_user_agent_until_us, rec.received_us,
            catalogue_event_keep_user_agent_us(p->def));
    fold_context(p, &rec);
    if (protect_properties(p, &rec) < 0)
        return -1;
    record_encode(payload, &rec);
    return buf_failed(payload) ? -1 : 0;
}

static int begin(struct restoring *r, struct admission *ad, const struct catalogue *c,
                 const struct admit_again *what, enum again *out)
{
    *r = (struct restoring){.what = what,
                            .rec = what->rec,
                            .source = sources_by_name(admission_sources(ad), what->rec->source)};
    *what->faults = (struct faults){0};
    keep_envelope_faults(what->rec, what->faults);
    if (find_entry(r, c, out) < 0)
        return -1;
    return r->match.event ? to_properties(r) : 0;
}

/* As it was sent, as far as that is known. */
static struct event restored(const struct restoring *r)
{
    return (struct event){.properties = r->list,
                          .property_count = r->count,
                          .if_declared = r->rec->flags & RECORD_IF_DECLARED};
}

int admit_try(struct admission *ad, const struct catalogue *c, const struct admit_again *what,
              enum again *out)
{
    struct catalogue_checks checks;
    struct restoring r;
    struct event ev;

    if (begin(&r, ad, c, what, out) < 0)
        return -1;
    if (!r.match.event)
        return 0;
    ev = restored(&r);
    if (catalogue_try(&r.match, &ev, source_name(r.source), source_is_strict(r.source),
                      what->now_us, what->a, &checks, what->faults) < 0)
        return -1;
    *out = what->faults->count ? AGAIN_FAULTY : AGAIN_ACCEPTED;
    return 0;
}

int admit_again(struct admission *ad, const struct admission_hold *hold,
                const struct admit_again *what, struct buf *payload, enum again *out)
{
    struct catalogue_checks checks;
    struct protection p;
    struct restoring r;
    struct event ev;

    if (!payload)
        return admit_try(ad, admission_catalogue(hold), what, out);
    if (begin(&r, ad, admission_catalogue(hold), what, out) < 0)
        return -1;
    if (!r.match.event)
        return 0;
    ev = restored(&r);
    if (catalogue_check(&r.match, &ev, source_name(r.source), source_is_strict(r.source),
                        what->now_us, what->a, &checks, what->faults) < 0)
        return -1;
    *out = what->faults->count ? AGAIN_FAULTY : AGAIN_ACCEPTED;
    if (*out == AGAIN_FAULTY)
        return 0;
    protection_begin(&p, ad, hold);
    p.ev = &ev;
    p.def = r.match.event;
    p.checks = &checks;
    p.a = what->a;
    return encode_again(&r, &p, payload);
}
