/* SPDX-License-Identifier: Apache-2.0 */
/* envelope.c: times, identities and context of the protected record.
 *
 * Time: that of the property which stands for it, as it is; else the event's own, shifted by (received -
 * sent_at) where that is given; else the moment of receipt, which is flagged. A clock that is off by more than a day (sent_at from receipt, or the
 * result ahead of receipt), and a time before 1990, are flagged and kept; only what no calendar has
 * is a fault. What begins a flow has the flow's begin for its time.
 * Context: the URL is kept as host, path and query; raw address and user agent only where the
 * catalogue says until when; with Do Not Track or Global Privacy Control, a browser source keeps
 * neither campaign (in the query neither), referrer, visitor nor raw values. */
#include "admit/protect.h"
#include "base/datetime.h"

#define TIME_1990 INT64_C(631152000000000)

/* Later than a day from now, or too early for any event of a computer. */
static bool is_strange(int64_t time, int64_t received)
{
    return time < TIME_1990 || time > received + DATETIME_DAY_US;
}

bool protect_time_of_property(const struct protection *p, struct record *rec)
{
    const struct catalogue_property *def =
        p->def ? catalogue_role_property(p->def, ROLE_TIME) : NULL;

    for (size_t i = 0; def && i < p->checks->count; i++) {
        const struct record_value *v = &p->checks->list[i].value;

        if (p->checks->list[i].def != def || v->type != RECORD_DATETIME)
            continue;
        rec->time_us = v->integer;
        rec->flags &= (uint16_t) ~(RECORD_TIME_FROM_RECEIPT | RECORD_CLOCK_SKEWED);
        if (is_strange(v->integer, p->req->received_us))
            rec->flags |= RECORD_CLOCK_SKEWED;
        return true;
    }
    return false;
}

static void set_time(const struct protection *p, struct record *rec, struct faults *faults)
{
    const struct event *ev = p->ev;
    bool begins = protect_begins_flow(p);
    int64_t received = p->req->received_us, skew, time;

    if (!begins && protect_time_of_property(p, rec))
        return;
    if (!ev->has_time && !begins) {
        rec->time_us = received;
        rec->flags |= RECORD_TIME_FROM_RECEIPT;
        return;
    }
    skew = protect_clock_skew(p);
    /* Both within the calendar: no overflow. */
    time = (begins ? ev->flow_begin_us : ev->time_us) + skew;
    if (time < DATETIME_FIRST_US || time >= DATETIME_BEHIND_US) {
        faults_add(faults, FAULT_TIME_OUT_OF_RANGE, STR("/time"),
                   STR("a time in the years 0001 to 9999"),
                   STR("Shifted by sent_at, the time is in no calendar."));
        rec->time_us = received;
        rec->flags |= RECORD_TIME_FROM_RECEIPT | RECORD_CLOCK_SKEWED;
        return;
    }
    if (skew > DATETIME_DAY_US || skew < -DATETIME_DAY_US || is_strange(time, received))
        rec->flags |= RECORD_CLOCK_SKEWED;
    rec->time_us = time;
}

/* The event's own text, else the text of the property that stands for the role. */
static struct str role_text(const struct protection *p, struct str own, enum catalogue_role role)
{
    const struct catalogue_property *def;

    if (!pseudonym_is_blank(own))
        return own;
    def = p->def ? catalogue_role_property(p->def, role) : NULL;
    for (size_t i = 0; def && i < p->checks->count; i++) {
        if (p->checks->list[i].def == def) {
            struct str s = protect_value_text(&p->checks->list[i].value, p->a);

            return pseudonym_is_blank(s) ? STR_NONE : s;
        }
    }
    return STR_NONE;
}

static void set_identities(const struct protection *p, struct record *rec)
{
    struct str actor = role_text(p, p->ev->actor, ROLE_ACTOR);
    struct str session = role_text(p, p->ev->session, ROLE_SESSION);
    struct str device = role_text(p, p->ev->device, ROLE_DEVICE);

    if (actor.len) {
        rec->flags |= RECORD_HAS_ACTOR;
        protect_text(p, 0, actor, &rec->actor);
    }
    if (device.len) {
        rec->flags |= RECORD_HAS_DEVICE;
        protect_text(p, 1, device, &rec->device);
    }
    if (session.len) {
        rec->flags |= RECORD_HAS_SESSION;
        protect_session(p, session, &rec->session, &rec->session_epoch);
    }
}

/* Without a place to keep it, each event has its own id for it. Absent where the arena is full. */
static struct str made_request_id(const struct protection *p, const struct uuid *id)
{
    struct admit_made_id *made = p->req->made_id;

    if (!made)
        made = arena_alloc(p->a, sizeof *made);
    if (!made)
        return STR_NONE;
    if (!made->is_made)
        uuid_format(made->text, id);
    made->is_made = true;
    return str_of(made->text, sizeof made->text);
}

/* -1: the arena is full. */
static int set_request_id(const struct protection *p, struct record *rec)
{
    struct str header = p->req->request_id, own = role_text(p, p->ev->request_id, ROLE_REQUEST_ID);

    if (own.len) {
        rec->request_id = own;
    } else if (!pseudonym_is_blank(header) && header.len <= EVENT_ID_TEXT_MAX &&
               str_is_utf8(header)) {
        rec->request_id = header;
    } else {
        rec->request_id = made_request_id(p, &rec->id);
        rec->flags |= RECORD_REQUEST_ID_MADE;
    }
    return rec->request_id.ptr ? 0 : -1;
}

/* The query without its utm_ parameters; absent where the arena is full, or nothing is left. */
static struct str query_without_campaign(struct str query, struct arena *a)
{
    char *text = arena_alloc_raw(a, query.len + 1), *at = text;

    if (!text)
        return STR_NONE;
    while (query.len) {
        struct str one = str_split(&query, '&');

        if (str_starts_nocase(one, STR("utm_")) || str_starts_nocase(one, STR("utm%5F")))
            continue;
        if (at > text)
            *at++ = '&';
        memcpy(at, one.ptr, one.len);
        at += one.len;
    }
    return at > text ? str_of(text, (size_t)(at - text)) : STR_NONE;
}

static void forget_campaign(struct record *rec, struct arena *a)
{
    static const uint8_t dropped[] = {EVENT_REFERRER,     EVENT_UTM_SOURCE,  EVENT_UTM_MEDIUM,
                                      EVENT_UTM_CAMPAIGN, EVENT_UTM_CONTENT, EVENT_UTM_TERM};

    for (size_t i = 0; i < sizeof dropped; i++)
        rec->context[dropped[i]] = STR_NONE;
    if (rec->context[EVENT_QUERY].len)
        rec->context[EVENT_QUERY] = query_without_campaign(rec->context[EVENT_QUERY], a);
}

/* What follows # is the page's own: access tokens travel there. A path ends before its query, too. */
static void cut_fragments(struct record *rec)
{
    static const uint8_t cut[] = {EVENT_REFERRER, EVENT_PATH, EVENT_QUERY};

    for (size_t i = 0; i < sizeof cut; i++) {
        struct str *s = &rec->context[cut[i]];

        if (s->ptr)
            *s = str_slice(*s, 0, str_find(*s, '#'));
    }
    if (rec->context[EVENT_PATH].ptr)
        rec->context[EVENT_PATH] =
            str_slice(rec->context[EVENT_PATH], 0, str_find(rec->context[EVENT_PATH], '?'));
}

static void keep_raw(const struct protection *p, struct record *rec, struct str ip,
                     struct str user_agent)
{
    int64_t ip_us = p->def ? catalogue_event_keep_ip_us(p->def) : 0;
    int64_t user_agent_us = p->def ? catalogue_event_keep_user_agent_us(p->def) : 0;

    if (ip_us > 0 && ip.len && str_is_utf8(ip)) {
        rec->context[EVENT_IP] = ip;
        rec->keep_ip_until_us = p->req->received_us + ip_us;
    }
    if (user_agent_us > 0 && user_agent.len && str_is_utf8(user_agent)) {
        rec->context[EVENT_USER_AGENT] = str_slice(user_agent, 0, EVENT_CONTEXT_MAX);
        rec->keep_user_agent_until_us = p->req->received_us + user_agent_us;
    }
}

/* What the user agent says; without one, what a server took from it before. */
static void set_user_agent(const struct protection *p, struct record *rec,
                           const struct origin *origin)
{
    const struct event *ev = p->ev;

    if (source_kind(p->req->source) != SOURCE_BROWSER && !ev->context[EVENT_USER_AGENT].len) {
        rec->ua_browser = ev->ua_browser;
        rec->ua_version = ev->ua_version;
        rec->ua_os = ev->ua_os;
        return;
    }
    rec->ua_browser = origin->ua.browser;
    rec->ua_version = origin->ua.version;
    rec->ua_os = origin->ua.os;
}

static int set_context(const struct protection *p, struct record *rec)
{
    const struct event *ev = p->ev;
    bool browser = source_kind(p->req->source) == SOURCE_BROWSER;
    bool do_not_track = ev->do_not_track || p->req->do_not_track;
    struct str ip = browser ? p->req->ip : ev->context[EVENT_IP];
    struct str user_agent = browser ? p->req->user_agent : ev->context[EVENT_USER_AGENT];
    const struct origin *origin = origin_find(p->parts, p->req->received_us, ip, user_agent, p->a);

    if (!origin)
        return -1;
    memcpy(rec->context, ev->context, sizeof rec->context);
    rec->context[EVENT_URL] = STR_NONE;
    rec->context[EVENT_IP] = STR_NONE;
    rec->context[EVENT_USER_AGENT] = STR_NONE;
    cut_fragments(rec);
    rec->status = ev->status;
    set_user_agent(p, rec, origin);
    if (origin->ua.bot)
        rec->flags |= RECORD_BOT;
    if (origin->country[0])
        rec->country = str_of(origin->country, 2);
    if (do_not_track)
        rec->flags |= RECORD_DO_NOT_TRACK;
    if (do_not_track && browser) {
        forget_campaign(rec, p->a);
        return 0;
    }
    if (origin->has_visitor) {
        rec->flags |= RECORD_HAS_VISITOR;
        rec->visitor = origin->visitor;
        rec->visitor_epoch = origin->visitor_epoch;
    }
    keep_raw(p, rec, ip, user_agent);
    return 0;
}

int protect_envelope(const struct protection *p, struct record *rec, struct faults *faults)
{
    const struct event *ev = p->ev;

    set_time(p, rec, faults);
    if (protect_flow(p, rec, faults) < 0)
        return -1;
    set_identities(p, rec);
    if (set_request_id(p, rec) < 0)
        return -1;
    if (ev->has_sequence) {
        rec->flags |= RECORD_HAS_SEQUENCE;
        rec->sequence = ev->sequence;
    }
    rec->received_us = p->req->received_us;
    rec->source = source_name(p->req->source);
    return set_context(p, rec);
}
