/* SPDX-License-Identifier: Apache-2.0 */
/* layout_events.c: makes up traffic whose shape, not whose words, is that of a real site: sessions of
 * about ten events run side by side, each keeps its actor, visitor, device, flow, agent and host; names,
 * paths and entities are drawn by a power law; ids and pseudonyms are random 128 bits, as an HMAC's are.
 *
 * Promises the same events for the same seed, rows and days. Leaves loading to layout_load.c. */
#include "layout_events.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SESSIONS = 3000, /* at any moment */
    ACTORS = 100000, /* per deployment */
    PATHS = 1500,
    REFERRERS = 400,
    ENTITIES = 20000, /* project, task, client ids */
    NOTES = 5000,
    TEXT_MAX = 72
};

struct pair {
    uint64_t lo, hi;
};

struct text {
    char s[TEXT_MAX];
    uint16_t len;
};

struct session {
    struct pair id, actor, visitor, device, flow, request;
    int64_t flow_begin;
    uint32_t agent, host, country, referrer, utm;
    bool browser, has_actor, has_session, has_device, has_flow, has_utm, has_referrer;
};

struct ev_gen {
    uint64_t rng;
    int64_t position, time_us, step_us;
    struct session session[SESSIONS];
    struct text path[PATHS], referrer[REFERRERS], entity[ENTITIES], note[NOTES];
};

/* clang-format off */
static const struct { const char *name; enum ev_kind kind; } base[EV_BASE] = {
    {"position", EV_BIGINT}, {"id", EV_ID}, {"name", EV_TEXT}, {"source", EV_TEXT},
    {"time", EV_TIME}, {"received", EV_TIME}, {"actor", EV_ID}, {"session", EV_ID},
    {"visitor", EV_ID}, {"device", EV_ID}, {"request_id", EV_ID}, {"flow_id", EV_ID},
    {"flow_time", EV_BIGINT}, {"host", EV_TEXT}, {"path", EV_TEXT}, {"query", EV_TEXT},
    {"referrer", EV_TEXT}, {"method", EV_TEXT}, {"status", EV_SMALL}, {"content_type", EV_TEXT},
    {"ua_browser", EV_TEXT}, {"ua_version", EV_TEXT}, {"ua_os", EV_TEXT}, {"bot", EV_BOOL},
    {"country", EV_TEXT}, {"locale", EV_TEXT}, {"timezone", EV_TEXT}, {"platform", EV_TEXT},
    {"utm_source", EV_TEXT}, {"utm_medium", EV_TEXT}, {"utm_campaign", EV_TEXT},
    {"utm_content", EV_TEXT}, {"utm_term", EV_TEXT}, {"environment", EV_TEXT},
    {"app_version", EV_TEXT}, {"definition", EV_SMALL}};
enum { POSITION, ID, NAME, SOURCE, TIME, RECEIVED, ACTOR, SESSION, VISITOR, DEVICE, REQUEST_ID, FLOW_ID,
    FLOW_TIME, HOST, PATH, QUERY, REFERRER, METHOD, STATUS, CONTENT_TYPE, UA_BROWSER, UA_VERSION,
    UA_OS, BOT, COUNTRY, LOCALE, TIMEZONE, PLATFORM, UTM_SOURCE, UTM_MEDIUM, UTM_CAMPAIGN, UTM_CONTENT,
    UTM_TERM, ENVIRONMENT, APP_VERSION, DEFINITION };

static const char *const sources[] = {"service", "website", "integrations", "timetracker", "accounts"};
static const char *const hosts[] = {"www.example.org", "app.example.org", "accounts.example.org", "api.example.org"};
static const char *const browsers[] = {"Chrome", "Firefox", "Safari", "Edge", "Mobile Safari", "Chrome Mobile"};
static const char *const versions[] = {"126.0", "127.0", "128.0", "17.5", "17.4", "115.12", "109.0", "125.0"};
static const char *const systems[] = {"Windows", "Mac OS X", "Linux", "iOS", "Android"};
static const char *const countries[] = {"DE", "GB", "US", "FR", "AT", "CH", "NL", "PL", "IN", "BR"};
static const char *const locales[] = {"de-DE", "en-GB", "en-US", "fr-FR", "de-AT", "de-CH", "nl-NL", "pl-PL", "en-IN", "pt-BR"};
static const char *const zones[] = {"Europe/Berlin", "Europe/London", "America/New_York", "Europe/Paris", "Europe/Vienna",
    "Europe/Zurich", "Europe/Amsterdam", "Europe/Warsaw", "Asia/Kolkata", "America/Sao_Paulo"};
static const char *const platforms[] = {"Win32", "MacIntel", "Linux x86_64", "iPhone", "Linux armv8l"};
static const char *const campaigns[] = {"spring", "newsletter-06", "launch", "retarget-a", "retarget-b", "partners"};
static const char *const media[] = {"email", "cpc", "social"};
static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};
static const char *const types[] = {"text/html", "application/json"};
static const char *const releases[] = {"4.1.0", "4.1.1", "4.2.0", "4.2.1"};
static const char *const values[] = {"low", "medium", "high", "local", "oidc", "manual", "scheduled", "csv", "pdf", "xlsx",
    "created", "disabled", "destroyed", "stafftools-api", "jira webhook", "web interaction", "todo", "in_progress", "done",
    "signup", "signin", "sync", "newsletter", "settings"};
static const char *const words[] = {"time", "report", "invoice", "login", "team", "draft", "search", "share", "note", "plan",
    "client", "month", "export", "reset", "device", "first", "second", "open", "closed", "review"};
/* clang-format on */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static uint64_t step(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t next(struct ev_gen *g)
{
    return step(&g->rng);
}

static uint32_t below(struct ev_gen *g, uint32_t n)
{
    return (uint32_t)(((next(g) >> 32) * n) >> 32);
}

/* A number below n, small ones far likelier: the cube of a uniform one. */
static uint32_t skewed(struct ev_gen *g, uint32_t n)
{
    double u = (double)(next(g) >> 11) / 9007199254740992.0;

    return (uint32_t)(u * u * u * n);
}

static struct pair random_pair(struct ev_gen *g)
{
    uint64_t lo = next(g);

    return (struct pair){lo, next(g)};
}

static struct pair uuid_v4(struct ev_gen *g)
{
    struct pair p = random_pair(g);

    p.hi = (p.hi & ~(uint64_t)0xf000) | 0x4000;
    p.lo = (p.lo & (UINT64_MAX >> 2)) | (uint64_t)1 << 63;
    return p;
}

static struct pair uuid_v7(struct ev_gen *g, int64_t time_us)
{
    struct pair p = uuid_v4(g);

    p.hi = (uint64_t)(time_us / 1000) << 16 | 0x7000 | (p.hi & 0xfff);
    return p;
}

/* A pseudonym that depends on the number alone, as a keyed hash does. */
static struct pair pseudonym(uint64_t scope, uint64_t n)
{
    uint64_t state = scope * 0xd6e8feb86659fd93u + n * 0xa0761d6478bd642fu;
    uint64_t lo = step(&state);

    return (struct pair){lo, step(&state)};
}

const char *ev_value(int value)
{
    return values[value];
}

int ev_name_props(int name, int out[EV_MAX_PROPS])
{
    int n = 2 + name * 7 % 5;

    /* The first is one of a few that many names have, as `reason` or `service` are. */
    for (int i = 0; i < n; i++)
        out[i] = EV_BASE + (i == 0 ? name % 8 : (name * 5 + i * 17) % EV_PROPS);
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++)
            if (out[i] == out[j])
                out[i] = EV_BASE + (out[i] - EV_BASE + 1) % EV_PROPS, j = -1;
    return n;
}

const char *ev_column_name(int column)
{
    static char names[EV_PROPS][24];

    if (column < EV_BASE)
        return base[column].name;
    if (!names[column - EV_BASE][0])
        snprintf(names[column - EV_BASE], sizeof names[0], "prop_%d", column - EV_BASE);
    return names[column - EV_BASE];
}

enum ev_kind ev_column_kind(int column)
{
    static const enum ev_kind cycle[20] = {EV_VALUE, EV_VALUE, EV_INT,    EV_TEXT,  EV_BOOL,
                                           EV_VALUE, EV_VALUE, EV_NUMBER, EV_TEXT,  EV_INT,
                                           EV_VALUE, EV_VALUE, EV_INT,    EV_TEXT,  EV_BOOL,
                                           EV_VALUE, EV_VALUE, EV_NUMBER, EV_VALUE, EV_INT};

    if (column < EV_BASE)
        return base[column].kind;
    return cycle[(column - EV_BASE) % 20];
}

const char *ev_name(int name)
{
    static char names[EV_NAMES][32];

    if (!names[name][0])
        snprintf(names[name], sizeof names[0], "%s.%s_%d", words[name % 20],
                 words[(name * 3 + 7) % 20], name);
    return names[name];
}

static void make_texts(struct ev_gen *g)
{
    for (int i = 0; i < PATHS; i++)
        g->path[i].len =
            (uint16_t)snprintf(g->path[i].s, TEXT_MAX, "/%s/%s/%u-%s-%s.html", words[below(g, 20)],
                               words[below(g, 20)], i, words[below(g, 20)], words[below(g, 20)]);
    for (int i = 0; i < REFERRERS; i++)
        g->referrer[i].len =
            (uint16_t)snprintf(g->referrer[i].s, TEXT_MAX, "https://%s-%d.example.com/%s/",
                               words[below(g, 20)], i, words[below(g, 20)]);
    for (int i = 0; i < ENTITIES; i++)
        g->entity[i].len = (uint16_t)snprintf(g->entity[i].s, TEXT_MAX, "%" PRIx64, next(g) >> 24);
    for (int i = 0; i < NOTES; i++)
        g->note[i].len =
            (uint16_t)snprintf(g->note[i].s, TEXT_MAX, "%s %s %s %u", words[below(g, 20)],
                               words[below(g, 20)], words[below(g, 20)], below(g, 1000));
}

static void new_session(struct ev_gen *g, struct session *s)
{
    uint32_t actor = skewed(g, ACTORS);
    uint32_t share = below(g, 100);

    *s = (struct session){.id = random_pair(g), .request = uuid_v4(g)};
    s->browser = share < 60;
    s->has_session = share < 60;
    s->has_actor = share >= 25 && share < 75;
    s->has_device = share >= 40 && share < 60;
    s->has_flow = share >= 10 && share < 25;
    s->has_utm = s->browser && below(g, 10) == 0;
    s->has_referrer = s->browser && below(g, 3) == 0;
    s->actor = pseudonym(1, actor);
    s->device = pseudonym(2, actor * 2 + below(g, 2));
    s->visitor = pseudonym(3, (uint64_t)(g->time_us / 86400000000) << 32 | skewed(g, ACTORS * 3));
    s->flow = random_pair(g);
    s->flow_begin = g->time_us;
    s->agent = skewed(g, 240);
    s->host = below(g, COUNT(hosts));
    s->country = skewed(g, COUNT(countries));
    s->referrer = skewed(g, REFERRERS);
    s->utm = below(g, COUNT(campaigns));
}

struct ev_gen *ev_gen_new(uint64_t seed, int64_t rows, int days)
{
    struct ev_gen *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    g->rng = seed;
    g->time_us = 1750000000000000;
    g->step_us = days * 86400000000 / rows;
    make_texts(g);
    for (int i = 0; i < SESSIONS; i++)
        new_session(g, &g->session[i]);
    return g;
}

void ev_gen_free(struct ev_gen *g)
{
    free(g);
}

static struct ev_cell *add(struct ev *e, int column)
{
    struct ev_cell *c = &e->cell[e->cells++];

    c->column = (uint16_t)column;
    return c;
}

static void add_int(struct ev *e, int column, int64_t v)
{
    add(e, column)->i = v;
}

static void add_pair(struct ev *e, int column, struct pair p)
{
    struct ev_cell *c = add(e, column);

    c->id.lo = p.lo;
    c->id.hi = p.hi;
}

static void add_text(struct ev *e, int column, const char *s, size_t len)
{
    struct ev_cell *c = add(e, column);

    c->text = s;
    c->len = (uint16_t)len;
}

static void add_word(struct ev *e, int column, const char *s)
{
    add_text(e, column, s, strlen(s));
}

static void add_context(struct ev_gen *g, struct ev *e, struct session *s)
{
    uint32_t path = skewed(g, PATHS);
    bool request = s->browser || s->has_flow;

    add_word(e, HOST, hosts[s->host]);
    if (request) {
        add_text(e, PATH, g->path[path].s, g->path[path].len);
        if (s->has_referrer)
            add_text(e, REFERRER, g->referrer[s->referrer].s, g->referrer[s->referrer].len);
        if (below(g, 20) == 0)
            add_text(e, QUERY, g->note[path].s, g->note[path].len);
        add_word(e, METHOD, methods[skewed(g, COUNT(methods))]);
        add_int(e, STATUS, below(g, 30) ? 200 : 404);
        add_word(e, CONTENT_TYPE, types[path % 2]);
        add_word(e, UA_BROWSER, browsers[s->agent % COUNT(browsers)]);
        add_word(e, UA_VERSION, versions[s->agent % COUNT(versions)]);
        add_word(e, UA_OS, systems[s->agent % COUNT(systems)]);
        add_int(e, BOT, s->agent == 7);
        add_word(e, COUNTRY, countries[s->country]);
        add_word(e, LOCALE, locales[s->country]);
        add_word(e, TIMEZONE, zones[s->country]);
        add_word(e, PLATFORM, platforms[s->agent % COUNT(platforms)]);
    }
    if (s->has_utm) {
        add_word(e, UTM_SOURCE, words[s->utm]);
        add_word(e, UTM_MEDIUM, media[s->utm % COUNT(media)]);
        add_word(e, UTM_CAMPAIGN, campaigns[s->utm]);
        add_word(e, UTM_CONTENT, words[s->utm * 2]);
        add_word(e, UTM_TERM, words[s->utm * 3]);
    }
    add_word(e, ENVIRONMENT, "production");
    add_word(e, APP_VERSION, releases[(g->position * COUNT(releases)) >> 24 & 3]);
}

static void add_properties(struct ev_gen *g, struct ev *e)
{
    int props[EV_MAX_PROPS];
    int n = ev_name_props(e->name, props);

    e->first_prop = e->cells;
    for (int i = 0; i < n; i++) {
        int p = props[i] - EV_BASE;
        uint32_t k = skewed(g, ENTITIES);

        switch (ev_column_kind(props[i])) {
        case EV_INT: add_int(e, props[i], skewed(g, 100000)); break;
        case EV_BOOL: add_int(e, props[i], below(g, 2)); break;
        case EV_NUMBER: add(e, props[i])->d = skewed(g, 1000000) / 100.0; break;
        case EV_VALUE:
            k = ((unsigned)p + below(g, 3 + (unsigned)p % 8)) % COUNT(values);
            add_word(e, props[i], values[k]);
            e->cell[e->cells - 1].value = (uint8_t)k;
            break;
        default:
            if (p % 10 == 3)
                add_text(e, props[i], g->entity[k].s, g->entity[k].len);
            else
                add_text(e, props[i], g->note[k % NOTES].s, g->note[k % NOTES].len);
        }
    }
}

static void make_event(struct ev_gen *g, struct ev *e)
{
    struct session *s = &g->session[below(g, SESSIONS)];

    if (below(g, 10) == 0)
        new_session(g, s);
    g->time_us += below(g, (uint32_t)(g->step_us * 2 + 1));
    *e = (struct ev){.name = (int)skewed(g, EV_NAMES)};
    add_int(e, POSITION, ++g->position);
    add_pair(e, ID, uuid_v7(g, g->time_us));
    add_word(e, NAME, ev_name(e->name));
    add_int(e, DEFINITION, e->name);
    add_word(e, SOURCE, sources[e->name % COUNT(sources)]);
    add_int(e, TIME, g->time_us / 1000 * 1000);
    add_int(e, RECEIVED, g->time_us + 2000 + below(g, 60000));
    if (s->has_actor)
        add_pair(e, ACTOR, s->actor);
    if (s->has_session) {
        add_pair(e, SESSION, s->id);
        add_pair(e, VISITOR, s->visitor);
    }
    if (s->has_device)
        add_pair(e, DEVICE, s->device);
    if (below(g, 3) != 0)
        s->request = uuid_v4(g);
    if (!s->browser)
        add_pair(e, REQUEST_ID, s->request);
    if (s->has_flow) {
        add_pair(e, FLOW_ID, s->flow);
        add_int(e, FLOW_TIME, (g->time_us - s->flow_begin) / 1000);
    }
    add_context(g, e, s);
    add_properties(g, e);
}

void ev_gen_batch(struct ev_gen *g, struct ev *out, int n)
{
    for (int i = 0; i < n; i++)
        make_event(g, &out[i]);
}

size_t ev_json(const struct ev *e, char *out, size_t size)
{
    size_t at = 0;

    out[at++] = '{';
    for (int i = e->first_prop; i < e->cells; i++) {
        const struct ev_cell *c = &e->cell[i];
        const char *key = ev_column_name(c->column);
        const char *comma = i > e->first_prop ? "," : "";
        int n;

        switch (ev_column_kind(c->column)) {
        case EV_TEXT:
        case EV_VALUE:
            n = snprintf(out + at, size - at, "%s\"%s\":\"%.*s\"", comma, key, c->len, c->text);
            break;
        case EV_NUMBER: n = snprintf(out + at, size - at, "%s\"%s\":%.2f", comma, key, c->d); break;
        case EV_BOOL:
            n = snprintf(out + at, size - at, "%s\"%s\":%s", comma, key, c->i ? "true" : "false");
            break;
        default: n = snprintf(out + at, size - at, "%s\"%s\":%" PRId64, comma, key, c->i);
        }
        at += (size_t)n;
    }
    out[at++] = '}';
    return at;
}
