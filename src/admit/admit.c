/* SPDX-License-Identifier: Apache-2.0 */
/* admit.c: the order of the checks, and the catalogue that requests hold.
 *
 * A request takes its hold under a mutex, once for all its events; a swap puts a new catalogue in
 * and drops its own hold on the old one, which goes with the last request. */
#include "admit/admit.h"

#include <pthread.h>
#include <stdlib.h>

#include "admit/carry.h"
#include "admit/domain.h"
#include "admit/protect.h"
#include "admit/unauthorised.h"
#include "base/check.h"
#include "base/mem.h"
#include "catalogue/budget.h"

struct admission_hold {
    struct catalogue *catalogue;
    unsigned *scopes; /* by the catalogue's numbers */
    size_t users; /* guarded by mtx: requests, and one for being the current one */
};

struct admission {
    struct admission_opts parts;
    struct budgets *own_budgets; /* where the owner gave none */
    unsigned token_scope;
    pthread_mutex_t mtx;
    struct admission_hold *current; /* guarded by mtx */
    char **strangers; /* guarded by mtx: names of sources that the settings do not have */
    size_t stranger_count;
};

static const char *const verdict_names[] = {"accepted", "duplicate", "quarantined", "refused"};

const char *verdict_name(enum verdict v)
{
    CHECK((size_t)v < ARRAY_LEN(verdict_names));
    return verdict_names[v];
}

static void hold_free(struct admission_hold *h)
{
    if (!h)
        return;
    catalogue_free(h->catalogue);
    free(h->scopes);
    free(h);
}

/* NULL, and c still the caller's, where a scope cannot be added. */
static struct admission_hold *hold_new(struct admission *ad, struct catalogue *c, struct err *err)
{
    size_t count = catalogue_scope_count(c);
    unsigned *scopes = xcalloc(count + 1, sizeof *scopes);
    struct admission_hold *h;

    CHECK(count >= 2); /* actor and device are always there */
    for (size_t i = 0; i < count; i++) {
        if (pseudonyms_scope(ad->parts.pseudonyms, catalogue_scope_name(c, i), &scopes[i], err) <
            0) {
            free(scopes);
            return NULL;
        }
    }
    catalogue_use_budgets(c, ad->parts.budgets);
    h = xcalloc(1, sizeof *h);
    h->catalogue = c;
    h->scopes = scopes;
    h->users = 1;
    return h;
}

int admission_new(struct admission **out, const struct admission_opts *opts, struct err *err)
{
    struct admission *ad = xcalloc(1, sizeof *ad);

    CHECK(opts->sources && opts->catalogue && opts->pseudonyms && opts->useragents);
    CHECK(pthread_mutex_init(&ad->mtx, NULL) == 0);
    ad->parts = *opts;
    if (!ad->parts.budgets) {
        CHECK(budgets_open(&ad->own_budgets, NULL, NULL, err) == 0); /* nothing to read */
        ad->parts.budgets = ad->own_budgets;
    }
    if (pseudonyms_scope(opts->pseudonyms, STR("flow token"), &ad->token_scope, err) == 0)
        ad->current = hold_new(ad, opts->catalogue, err);
    ad->parts.catalogue = NULL; /* the hold has it */
    if (!ad->current) {
        admission_free(ad);
        return -1;
    }
    *out = ad;
    return 0;
}

void admission_free(struct admission *ad)
{
    if (!ad)
        return;
    CHECK(!ad->current || ad->current->users == 1);
    hold_free(ad->current);
    for (size_t i = 0; i < ad->stranger_count; i++)
        free(ad->strangers[i]);
    free(ad->strangers);
    budgets_close(ad->own_budgets);
    pthread_mutex_destroy(&ad->mtx);
    free(ad);
}

static void drop_user(struct admission *ad, struct admission_hold *h)
{
    bool last;

    pthread_mutex_lock(&ad->mtx);
    last = --h->users == 0;
    pthread_mutex_unlock(&ad->mtx);
    if (last)
        hold_free(h);
}

int admission_prepare(struct admission *ad, struct catalogue *c, struct admission_hold **out,
                      struct err *err)
{
    struct admission_hold *h = hold_new(ad, c, err);

    if (!h)
        return -1;
    *out = h;
    return 0;
}

void admission_put(struct admission *ad, struct admission_hold *prepared)
{
    struct admission_hold *old;

    CHECK(prepared && prepared->users == 1);
    pthread_mutex_lock(&ad->mtx);
    old = ad->current;
    ad->current = prepared;
    pthread_mutex_unlock(&ad->mtx);
    drop_user(ad, old);
}

void admission_discard(struct admission_hold *prepared)
{
    hold_free(prepared);
}

int admission_swap(struct admission *ad, struct catalogue *c, struct err *err)
{
    struct admission_hold *h;

    if (admission_prepare(ad, c, &h, err) < 0)
        return -1;
    admission_put(ad, h);
    return 0;
}

const struct admission_hold *admission_hold(struct admission *ad)
{
    struct admission_hold *h;

    pthread_mutex_lock(&ad->mtx);
    h = ad->current;
    h->users++;
    pthread_mutex_unlock(&ad->mtx);
    return h;
}

void admission_release(struct admission *ad, const struct admission_hold *hold)
{
    drop_user(ad, (struct admission_hold *)hold);
}

const struct catalogue *admission_catalogue(const struct admission_hold *hold)
{
    return hold->catalogue;
}

void protection_begin(struct protection *p, const struct admission *ad,
                      const struct admission_hold *hold)
{
    *p = (struct protection){.parts = &ad->parts,
                             .catalogue = hold->catalogue,
                             .scopes = hold->scopes,
                             .token_scope = ad->token_scope};
}

struct sources *admission_sources(const struct admission *ad)
{
    return ad->parts.sources;
}

/* A path names what was sent; where that is no name but looks like data, its parent is named. */
static void blank_paths(struct faults *f)
{
    static const struct str before = {"/properties/", 12};

    for (size_t i = 0; i < f->count; i++) {
        struct str path = f->list[i].path;

        if (f->list[i].code == FAULT_UNDECLARED_PROPERTY && str_starts(path, before) &&
            !protect_is_name(str_slice(path, before.len, path.len)))
            f->list[i].path = STR("/properties");
    }
}

/* Names are kept and shown, since they tell what is wrong; not where they look like an address or
 * hold somebody's number. */
static struct str name_of(const struct event *ev, const struct catalogue_match *match)
{
    if (match->event)
        return match->name;
    for (size_t i = 0; i < ev->name.len; i++)
        if (ev->name.ptr[i] == '@' || (unsigned char)ev->name.ptr[i] < ' ')
            return STR("(withheld)");
    if (protect_has_many_digits(ev->name))
        return STR("(withheld)");
    return ev->name.ptr ? ev->name : STR("");
}

/* Match and checks: what the catalogue says. -1: the arena is full. */
static int consult(const struct admission_hold *hold, const struct admit_request *req,
                   const struct event *ev, struct arena *a, struct catalogue_match *match,
                   struct catalogue_checks *checks, struct faults *faults)
{
    size_t before = faults->count + faults->more;

    match->event = NULL;
    if (!ev->name.ptr)
        return 0;
    if (catalogue_match(hold->catalogue, ev->name, a, match, faults) < 0) {
        match->event = NULL;
        return faults->count + faults->more > before ? 0 : -1;
    }
    if (catalogue_check(match, ev, source_name(req->source), source_is_strict(req->source),
                        req->received_us, a, checks, faults) < 0)
        return -1;
    if (checks->undeclared)
        source_count(req->source, SOURCE_UNDECLARED_DROPPED, checks->undeclared);
    return 0;
}

/* The host is what the event says, else that of the page it comes from; a foreign page may say anything. */
static struct str host_of(const struct admit_request *req, const struct event *ev)
{
    struct str host = ev->context[EVENT_HOST];

    if (req->foreign && req->page_host.len)
        return req->page_host;
    return host.len ? host : req->page_host;
}

/* Do Not Track leaves out the referrer here as well. */
static void count_unauthorised(const struct admission *ad, const struct admit_request *req,
                               const struct event *ev)
{
    source_count(req->source, SOURCE_DOMAINS_REFUSED, 1);
    if (ad->parts.unauthorised)
        unauthorised_count(
            ad->parts.unauthorised, source_number(req->source), req->received_us,
            &(struct unauthorised_sighting){.domain = domain_without_port(host_of(req, ev)),
                                            .page = ev->context[EVENT_PATH],
                                            .title = ev->context[EVENT_TITLE],
                                            .referrer = ev->do_not_track || req->do_not_track
                                                            ? STR_NONE
                                                            : ev->context[EVENT_REFERRER]});
}

/* Whether the source's own settings turn the event away, and so nothing of it is kept. */
static bool refuse(const struct admission *ad, const struct admit_request *req,
                   const struct event *ev, struct faults *faults, struct admitted *out)
{
    static const struct {
        enum fault_code code;
        const char *path, *expected, *message;
    } said[] = {
        [ADMIT_EVENT_NOT_ALLOWED] = {FAULT_EVENT_NOT_ALLOWED, "/name",
                                     "an event that the source's settings list",
                                     "This source may not send this event."},
        [ADMIT_DOMAIN_NOT_PERMITTED] = {FAULT_DOMAIN_NOT_PERMITTED, "/context/host",
                                        "a host that the source's settings list",
                                        "This source takes no events of this host."},
        [ADMIT_DOMAIN_SKIPPED] = {FAULT_DOMAIN_SKIPPED, "/context/host",
                                  "a host that the source's settings do not leave out",
                                  "This source leaves out the events of this host."},
    };
    enum source_domain domain = source_judge_domain(req->source, host_of(req, ev));

    if (domain == SOURCE_DOMAIN_SKIPPED)
        out->why = ADMIT_DOMAIN_SKIPPED;
    else if (req->foreign)
        out->why = ADMIT_DOMAIN_NOT_PERMITTED;
    else if (!source_allows_event(req->source, ev->name))
        out->why = ADMIT_EVENT_NOT_ALLOWED;
    else if (domain == SOURCE_DOMAIN_FOREIGN)
        out->why = ADMIT_DOMAIN_NOT_PERMITTED;
    else
        return false;
    if (out->why == ADMIT_DOMAIN_NOT_PERMITTED)
        count_unauthorised(ad, req, ev);
    faults_insist(faults, said[out->why].code, str_from(said[out->why].path),
                  str_from(said[out->why].expected), str_from(said[out->why].message));
    out->verdict = VERDICT_REFUSED;
    out->faults = faults;
    return true;
}

/* The verdict about p->ev, and its record as far as that says. */
static int decide(struct protection *p, const struct admission_hold *hold, struct faults *faults,
                  struct record *rec, struct admitted *out)
{
    struct catalogue_checks *checks = arena_alloc(p->a, sizeof *checks);
    struct catalogue_match match;

    if (!checks || protect_flow_id(p, faults) < 0 ||
        consult(hold, p->req, p->ev, p->a, &match, checks, faults) < 0)
        return -1;
    memset(rec, 0, sizeof *rec);
    rec->id = out->id;
    p->def = match.event;
    p->checks = checks;
    if (protect_envelope(p, rec, faults) < 0)
        return -1;
    if (p->ev->if_declared)
        rec->flags |= RECORD_IF_DECLARED;
    if (p->ev->of_page)
        rec->flags |= RECORD_OF_PAGE;
    p->quarantined = faults->count > 0;
    if (!p->quarantined)
        fold_context(p, rec);
    if (protect_properties(p, rec) < 0)
        return -1;
    rec->name = name_of(p->ev, &match);
    out->verdict = VERDICT_ACCEPTED;
    if (p->quarantined) {
        blank_paths(faults);
        rec->flags |= RECORD_QUARANTINED;
        rec->faults = faults;
        out->verdict = VERDICT_QUARANTINED;
        out->faults = faults;
    }
    return 0;
}

static int encode(const struct record *rec, struct buf *payloads, size_t *at, size_t *len)
{
    *at = payloads->len;
    record_encode(payloads, rec);
    *len = payloads->len - *at;
    return buf_failed(payloads) ? -1 : 0;
}

/* That the flow is complete, as an event of its own: held to the catalogue like any. */
static int complete(const struct protection *p, const struct admission_hold *hold,
                    const struct record *cause, struct buf *payloads, struct admitted *out)
{
    struct faults *faults = arena_alloc(p->a, sizeof *faults);
    struct event ev;
    struct protection own = *p;
    struct admitted made = {0};
    struct record rec;
    int status = faults ? carry_completion(p, &ev) : -1;

    if (status <= 0)
        return status;
    own.ev = &ev;
    made.id = ev.id;
    if (decide(&own, hold, faults, &rec, &made) < 0)
        return -1;
    carry_identities(cause, &rec);
    out->completion.made = true;
    out->completion.quarantined = made.verdict == VERDICT_QUARANTINED;
    out->completion.id = made.id;
    return encode(&rec, payloads, &out->completion.payload_at, &out->completion.payload_len);
}

int admit_event(struct admission *ad, const struct admission_hold *hold,
                const struct admit_request *req, const struct event *ev, struct faults *faults,
                struct arena *a, struct buf *payloads, struct admitted *out)
{
    struct carrying carrying;
    bool completes = false;
    struct protection p;
    struct record rec;

    protection_begin(&p, ad, hold);
    p.req = req;
    p.ev = ev;
    p.a = a;
    p.counted_us = req->received_us;
    *out = (struct admitted){.id = ev->has_id ? ev->id : uuid_v7(req->received_us),
                             .fresh = !ev->has_id};
    if (refuse(ad, req, ev, faults, out))
        return 0;
    if (carry_begin(&carrying, &p, &p.ev, faults) < 0 || decide(&p, hold, faults, &rec, out) < 0)
        return -1;
    if (out->verdict == VERDICT_ACCEPTED && carry_end(&carrying, &p, &rec, &completes) < 0)
        return -1;
    out->carries = rec.carried.ptr != NULL;
    if (encode(&rec, payloads, &out->payload_at, &out->payload_len) < 0)
        return -1;
    return completes ? complete(&p, hold, &rec, payloads, out) : 0;
}

void admit_turn_away(struct admitted *a, struct buf *payloads)
{
    struct faults *f = a->faults;

    CHECK(a->verdict == VERDICT_QUARANTINED && a->payload_at + a->payload_len == payloads->len);
    payloads->len = a->payload_at;
    a->payload_len = 0;
    a->verdict = VERDICT_REFUSED;
    faults_insist(
        f, FAULT_QUARANTINE_FULL, STR(""), STR("fewer faulty events from this source"),
        STR("This source has had kept aside as many faulty events as it may; this one was "
            "not kept."));
}

/* Sources that are gone from the settings still have their events in the journal. */
static uint32_t stranger_number(struct admission *ad, struct str name)
{
    size_t i = 0;

    pthread_mutex_lock(&ad->mtx);
    while (i < ad->stranger_count && !str_is(name, ad->strangers[i]))
        i++;
    if (i == ad->stranger_count) {
        ad->strangers = xrealloc(ad->strangers, i + 1, sizeof *ad->strangers);
        ad->strangers[i] = xmemdup(name.ptr, name.len);
        ad->stranger_count++;
    }
    pthread_mutex_unlock(&ad->mtx);
    return (uint32_t)(sources_count(ad->parts.sources) + i);
}

bool admit_key_of(struct admission *ad, struct str payload, struct uuid *id, uint32_t *source)
{
    struct str name;

    if (record_decode_key(payload, id, &name) < 0)
        return false;
    *source = admit_source_number(ad, name);
    return true;
}

uint32_t admit_source_number(struct admission *ad, struct str name)
{
    const struct source *known = sources_by_name(ad->parts.sources, name);

    return known ? source_number(known) : stranger_number(ad, name);
}

struct str admit_source_name(struct admission *ad, uint32_t number)
{
    size_t known = sources_count(ad->parts.sources);
    struct str name;

    if (number < known)
        return source_name(sources_at(ad->parts.sources, number));
    pthread_mutex_lock(&ad->mtx);
    CHECK(number - known < ad->stranger_count);
    name = str_from(ad->strangers[number - known]);
    pthread_mutex_unlock(&ad->mtx);
    return name;
}
