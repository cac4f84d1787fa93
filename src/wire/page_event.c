/* SPDX-License-Identifier: Apache-2.0 */
/* page_event.c: the members of a page's event.
 *
 * Those of a batch are looked up once, and its properties read once, so that ten thousand events do
 * not read them as often; each event begins with them and puts its own in their places, also where its
 * own is null. What is wrong is a fault, and absent from the event.
 * Leaves to native_*.c what other formats have too: depth, double keys, names, ids, properties. */
#include "base/check.h"
#include "wire/native.h"
#include "wire/page_tree.h"

enum {
    OWN_MAX = 4, /* properties of the format: three members, and the referrer's domain */
    DOMAIN_MAX = 253, /* bytes of a host's name */
};

enum kind {
    TEXT,
    MINUTES,
    SESSION,
    NAME,
    NOTE,
    ID,
    PROPERTIES,
    AGE,
    SEQUENCE,
    TIMING,
    PAGES,
    STATUS
};

static const struct member {
    struct str key;
    const char *path;
    enum kind kind;
    enum event_context context; /* of a TEXT */
} members[PAGE_MEMBERS] = {
#define MEMBER(k, ...)                                                                             \
    {                                                                                              \
        {k, sizeof(k) - 1}, "/" k, __VA_ARGS__                                                     \
    }
    [PAGE_DOMAIN] = MEMBER("domain", TEXT, EVENT_HOST),
    [PAGE_PAGE] = MEMBER("page", TEXT, EVENT_PATH),
    [PAGE_TIMEZONE] = MEMBER("timezone", MINUTES, EVENT_TIMEZONE),
    [PAGE_PLATFORM] = MEMBER("platform", TEXT, EVENT_PLATFORM),
    [PAGE_SESS_ID] = MEMBER("sess_id", SESSION, 0),
    [PAGE_EVENT] = MEMBER("event", NAME, 0),
    [PAGE_NOTE] = MEMBER("note", NOTE, 0),
    [PAGE_ID] = MEMBER("id", ID, 0),
    [PAGE_PROPERTIES] = MEMBER("properties", PROPERTIES, 0),
    [PAGE_AGE] = MEMBER("age", AGE, 0),
    [PAGE_SEQUENCE] = MEMBER("sequence", SEQUENCE, 0),
    [PAGE_REFERRER] = MEMBER("referrer", TEXT, EVENT_REFERRER),
    [PAGE_TITLE] = MEMBER("title", TEXT, EVENT_TITLE),
    [PAGE_QUERY] = MEMBER("query", TEXT, EVENT_QUERY),
    [PAGE_LOCALE] = MEMBER("locale", TEXT, EVENT_LOCALE),
    [PAGE_SCREEN] = MEMBER("screen", TEXT, EVENT_SCREEN),
    [PAGE_LOAD_TIME_MS] = MEMBER("load_time_ms", TIMING, 0),
    [PAGE_PAGES_IN_SESSION] = MEMBER("pages_in_session", PAGES, 0),
    [PAGE_STATUS] = MEMBER("status", STATUS, 0),
#undef MEMBER
};

/* One event while it is read. */
struct reading {
    const struct native_tree *t;
    const struct page_common *common;
    const struct page_from *from;
    struct event *out;
    struct faults *faults;
    struct event_property own[OWN_MAX];
    size_t own_count;
};

/* Clients send members in order, so the one behind the last is tried first. */
static size_t find_member(struct str key, size_t from)
{
    for (size_t i = 0; i < PAGE_MEMBERS; i++) {
        size_t at = from + i < PAGE_MEMBERS ? from + i : from + i - PAGE_MEMBERS;

        if (str_eq(members[at].key, key))
            return at;
    }
    return PAGE_MEMBERS;
}

static void read_text(struct reading *r, const struct member *m, yyjson_val *val)
{
    struct str s = unsafe_yyjson_is_str(val) ? native_text(val) : STR_NONE;

    if (!s.ptr || s.len > EVENT_CONTEXT_MAX) {
        native_wrong(r->t, r->faults, m->path, NATIVE_CONTEXT_EXPECTED);
        return;
    }
    if (m->context == EVENT_PATH)
        s = str_slice(str_slice(s, 0, str_find(s, '#')), 0, str_find(s, '?'));
    else if (m->context == EVENT_QUERY && str_starts(s, STR("?")))
        s = str_slice(s, 1, s.len);
    if (s.len == 0)
        return;
    r->out->context[m->context] = m->context == EVENT_HOST ? native_host(s, r->t->a) : s;
}

static void read_minutes(struct reading *r, const struct member *m, yyjson_val *val)
{
    /* 0 for what is no number, and all that fits is exact. */
    double minutes = yyjson_get_num(val);

    if (!unsafe_yyjson_is_int(val) || minutes < -PAGE_MINUTES_MAX || minutes > PAGE_MINUTES_MAX)
        native_wrong(r->t, r->faults, m->path, "a whole number of minutes from -1440 to 1440");
    else
        r->out->context[m->context] = native_number_text(r->t, val);
}
static_assert(PAGE_MINUTES_MAX == 1440, "the text above says so");

static void read_age(struct reading *r, const struct member *m, yyjson_val *val)
{
    double ms = unsafe_yyjson_is_num(val) ? yyjson_get_num(val) : -1;

    if (!(ms >= 0 && ms <= (double)PAGE_AGE_MAX_MS)) {
        native_wrong(r->t, r->faults, m->path, "milliseconds from 0 to 31536000000");
        return;
    }
    r->out->has_time = true;
    r->out->time_us = r->from->received_us - (int64_t)(ms * 1000);
}
static_assert(PAGE_AGE_MAX_MS == INT64_C(31536000000), "the text above says so");

static int add_own(struct reading *r, const struct member *m, yyjson_val *val)
{
    struct event_property *p = &r->own[r->own_count];

    CHECK(r->own_count < OWN_MAX);
    *p = (struct event_property){.name = m->key};
    if (native_read_value(r->t, val, &p->value) < 0)
        return -1;
    p->when = event_page_when(p->name, &p->value);
    r->own_count++;
    return 0;
}

static bool has_property(const struct event *ev, struct str name)
{
    for (size_t i = 0; i < ev->property_count; i++)
        if (str_eq(ev->properties[i].name, name))
            return true;
    return false;
}

/* Of another site, from where the visitor came; who asks not to be tracked has none. */
static void add_referrer_domain(struct reading *r)
{
    static const struct str name = {"referrer_domain", 15};
    struct str url = r->out->context[EVENT_REFERRER], host;
    struct event split = {0};

    if (url.len == 0 || r->from->do_not_track || has_property(r->out, name) ||
        native_split_url(url, r->t->a, &split) < 0)
        return;
    host = split.context[EVENT_HOST];
    host = str_slice(host, 0, str_find(host, ':'));
    if (host.len == 0 || host.len > DOMAIN_MAX || str_eq(host, r->out->context[EVENT_HOST]))
        return;
    CHECK(r->own_count < OWN_MAX);
    r->own[r->own_count++] = (struct event_property){
        .name = name, .value = {.kind = EVENT_TEXT, .text = host}, .when = EVENT_IF_DECLARED};
}

/* A member that becomes a property, where it is of its type. */
static int read_own(struct reading *r, const struct member *m, yyjson_val *val)
{
    bool is_fit = m->kind == NOTE     ? unsafe_yyjson_is_str(val)
                  : m->kind == TIMING ? unsafe_yyjson_is_num(val) && yyjson_get_num(val) >= 0
                                      : unsafe_yyjson_is_uint(val);

    if (is_fit)
        return add_own(r, m, val);
    native_wrong(r->t, r->faults, m->path,
                 m->kind == NOTE     ? "text"
                 : m->kind == TIMING ? "a number of at least 0"
                                     : "an integer of at least 0");
    return 0;
}

static int read_properties(struct reading *r, const struct member *m, yyjson_val *val)
{
    const struct page_common *common = r->common;

    if (!unsafe_yyjson_is_obj(val)) {
        native_wrong(r->t, r->faults, m->path, "an object");
        return 0;
    }
    if (val != common->given[PAGE_PROPERTIES])
        return native_read_properties(r->t, val, r->out, r->faults);
    r->out->properties = common->properties;
    r->out->property_count = common->property_count;
    for (size_t i = 0; i < common->faults.count; i++) {
        const struct fault *f = &common->faults.list[i];

        faults_add(r->faults, f->code, f->path, f->expected, f->message);
    }
    r->faults->more += common->faults.more;
    return 0;
}

static int read_member(struct reading *r, const struct member *m, yyjson_val *val)
{
    switch (m->kind) {
    case TEXT: read_text(r, m, val); return 0;
    case MINUTES: read_minutes(r, m, val); return 0;
    case SESSION: native_read_text(r->t, m->path, val, &r->out->session, r->faults); return 0;
    case NAME: native_read_name(r->t, m->path, val, r->out, r->faults); return 0;
    case ID: native_read_id(r->t, val, r->out, r->faults); return 0;
    case AGE: read_age(r, m, val); return 0;
    case SEQUENCE: native_read_sequence(r->t, m->path, val, r->out, r->faults); return 0;
    case STATUS: native_read_status(r->t, m->path, val, r->out, r->faults); return 0;
    case NOTE:
    case TIMING:
    case PAGES: return read_own(r, m, val);
    case PROPERTIES: return read_properties(r, m, val);
    }
    CHECK(!"a kind");
    return -1;
}

/* Behind those of the caller, so that a name that is there twice is told of the format's. */
static int append_own(struct reading *r)
{
    struct event *out = r->out;
    struct event_property *list;

    if (r->own_count == 0)
        return 0;
    list = arena_alloc_raw(r->t->a, (out->property_count + r->own_count) * sizeof *list);
    if (!list)
        return native_out_of_memory(r->t);
    if (out->property_count)
        memcpy(list, out->properties, out->property_count * sizeof *list);
    memcpy(list + out->property_count, r->own, r->own_count * sizeof *list);
    out->properties = list;
    out->property_count += r->own_count;
    return 0;
}

static int find_common(const struct native_tree *t, yyjson_val *root, struct page_common *out)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(root);
    yyjson_val *key;
    size_t at = 0;

    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);

        if (native_check(t, val, 2) < 0)
            return -1;
        if (str_is(native_text(key), "events"))
            continue;
        at = find_member(native_text(key), at);
        if (at < PAGE_MEMBERS)
            out->given[at++] = val;
        else if (out->unknown_count < FAULTS_MAX)
            out->unknown[out->unknown_count++] = key;
        else
            out->unknown_more++;
    }
    return native_check_keys(t, root);
}

int page_read_common(const struct native_tree *t, yyjson_val *root, struct page_common *out)
{
    struct event ev = {0};

    *out = (struct page_common){0};
    if (find_common(t, root, out) < 0 ||
        (yyjson_is_obj(out->given[PAGE_PROPERTIES]) &&
         native_read_properties(t, out->given[PAGE_PROPERTIES], &ev, &out->faults) < 0))
        return -1;
    out->properties = ev.properties;
    out->property_count = ev.property_count;
    return 0;
}

static void tell_unknown(const struct native_tree *t, const struct page_common *common,
                         struct faults *faults)
{
    for (size_t i = 0; i < common->unknown_count; i++)
        native_unknown(t, faults, "", native_text(common->unknown[i]));
    faults->more += common->unknown_more;
}

/* Its own members over those of its batch. */
static int gather(const struct native_tree *t, yyjson_val *root, yyjson_val **given,
                  struct faults *faults)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(root);
    bool look_closer = false;
    size_t at = 0;
    unsigned seen = 0;
    yyjson_val *key;

    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);

        at = find_member(native_text(key), at);
        /* native_read_properties checks them on its way, unless a second key takes their place. */
        if ((at != PAGE_PROPERTIES || !unsafe_yyjson_is_obj(val)) && native_check(t, val, 2) < 0)
            return -1;
        look_closer |= at == PAGE_MEMBERS || (seen >> at & 1);
        if (at == PAGE_MEMBERS) {
            native_unknown(t, faults, "", native_text(key));
            continue;
        }
        seen |= 1u << at;
        given[at++] = val;
    }
    return look_closer ? native_check_keys(t, root) : 0;
}

int page_read_event(const struct native_tree *t, yyjson_val *root, const struct page_common *common,
                    const struct page_from *from, struct event *out, struct faults *faults)
{
    struct reading r = {.t = t, .common = common, .from = from, .out = out, .faults = faults};
    yyjson_val *given[PAGE_MEMBERS];

    memset(out, 0, sizeof *out);
    out->of_page = true;
    memcpy(given, common->given, sizeof given);
    given[PAGE_ID] = NULL;
    if (gather(t, root, given, faults) < 0)
        return -1;
    tell_unknown(t, common, faults);
    if (common->given[PAGE_ID])
        native_wrong(t, faults, "/id", "a UUID of the event's own");
    for (size_t i = 0; i < PAGE_MEMBERS; i++)
        if (given[i] && !unsafe_yyjson_is_null(given[i]) &&
            read_member(&r, &members[i], given[i]) < 0)
            return -1;
    if (!given[PAGE_EVENT] || unsafe_yyjson_is_null(given[PAGE_EVENT]))
        out->name = STR(PAGE_VIEWED);
    add_referrer_domain(&r);
    native_read_campaign(out->context[EVENT_QUERY], t->a, out);
    return append_own(&r);
}
static_assert(PAGE_MEMBERS <= 32, "a bit for each");
