/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: the states of a request, and the pool of requests.
 *
 * Promises: a header is judged before its body is read; a body that is too large is refused on its
 * Content-Length; every request that was begun ends in exactly one answer or one closed connection,
 * and its memory returns to the pool. In a steady state nothing is allocated here.
 * Leaves to events.c what a body means; to send.c the fields of the answer. */
#include "collector/request.h"

#include "base/check.h"
#include "base/mem.h"
#include "collector/agent.h"
#include "collector/cors.h"
#include "collector/page.h"
#include "collector/send.h"

enum { POOL_MAX = 128 };

/* A path that the settings name; settings/pages.c knows which fixed ones it may not be. */
#define SETTING(name) NULL, offsetof(struct settings_pages, name)
#define FIXED(path) path, 0

static const struct way {
    const char *path;
    size_t setting; /* where path is NULL */
    const char *method;
    enum route route;
    const char *allow; /* the methods of the path */
    const char *pages; /* of a preflight: those that a page of another origin may use */
} ways[] = {
    {SETTING(events), "POST", ROUTE_PAGE, "POST, OPTIONS", NULL},
    {SETTING(events), "OPTIONS", ROUTE_PREFLIGHT, "POST, OPTIONS", "POST"},
    {SETTING(pixel), "GET", ROUTE_PIXEL, "GET, HEAD", NULL},
    {SETTING(pixel), "HEAD", ROUTE_PIXEL, "GET, HEAD", NULL},
    {SETTING(agent), "GET", ROUTE_AGENT, "GET, HEAD", NULL},
    {SETTING(agent), "HEAD", ROUTE_AGENT, "GET, HEAD", NULL},
    {FIXED("/v1/events"), "POST", ROUTE_EVENTS, "POST, OPTIONS", NULL},
    {FIXED("/v1/events"), "OPTIONS", ROUTE_PREFLIGHT, "POST, OPTIONS", "POST"},
    {FIXED("/api/events"), "POST", ROUTE_FRONTEND, "POST, OPTIONS", NULL},
    {FIXED("/api/events"), "OPTIONS", ROUTE_PREFLIGHT, "POST, OPTIONS", "POST"},
    {FIXED("/v1/flow"), "GET", ROUTE_FLOW, "GET, OPTIONS", NULL},
    {FIXED("/v1/flow"), "OPTIONS", ROUTE_PREFLIGHT, "GET, OPTIONS", "GET"},
    {FIXED("/metrics-flow"), "GET", ROUTE_FLOW, "GET, OPTIONS", NULL},
    {FIXED("/metrics-flow"), "OPTIONS", ROUTE_PREFLIGHT, "GET, OPTIONS", "GET"},
    {FIXED("/healthz"), "GET", ROUTE_HEALTH, "GET, HEAD", NULL},
    {FIXED("/healthz"), "HEAD", ROUTE_HEALTH, "GET, HEAD", NULL},
    {FIXED("/metrics"), "GET", ROUTE_METRICS, "GET, HEAD, POST, OPTIONS", NULL},
    {FIXED("/metrics"), "HEAD", ROUTE_METRICS, "GET, HEAD, POST, OPTIONS", NULL},
    {FIXED("/metrics"), "POST", ROUTE_BATCH, "GET, HEAD, POST, OPTIONS", NULL},
    {FIXED("/metrics"), "OPTIONS", ROUTE_PREFLIGHT, "GET, HEAD, POST, OPTIONS", "POST"},
};

static struct request *take(struct edge *e)
{
    struct request *req = e->free_requests;

    if (req) {
        e->free_requests = req->next;
        e->free_request_count--;
    } else {
        req = xcalloc(1, sizeof *req);
        req->edge = e;
        buf_init(&req->body, 0);
        buf_init(&req->faults, 16 * 1024 * 1024);
        buf_init(&req->answer, 32 * 1024 * 1024);
    }
    e->active++;
    return req;
}

static void free_one(struct request *req)
{
    inflate_free(req->inflate);
    buf_free(&req->body);
    buf_free(&req->faults);
    buf_free(&req->answer);
    free(req->results);
    free(req);
}

/* All that one use left behind, but for memory worth keeping. */
static void wipe(struct request *req)
{
    struct request kept = {.edge = req->edge};

    inflate_free(req->inflate);
    buf_reset(&req->body, REQUEST_KEEP_BYTES);
    buf_reset(&req->faults, REQUEST_KEEP_BYTES);
    buf_reset(&req->answer, REQUEST_KEEP_BYTES);
    if (req->result_cap * sizeof *req->results > REQUEST_KEEP_BYTES) {
        free(req->results);
        req->results = NULL;
        req->result_cap = 0;
    }
    kept.body = req->body;
    kept.faults = req->faults;
    kept.answer = req->answer;
    kept.results = req->results;
    kept.result_cap = req->result_cap;
    *req = kept;
}

/* Notes that it holds no more than that. */
static void hold_only(struct request *req, size_t bytes)
{
    if (req->held_bytes <= bytes)
        return;
    atomic_fetch_sub_explicit(&req->edge->collector->held_bytes, req->held_bytes - bytes,
                              memory_order_relaxed);
    req->held_bytes = bytes;
}

void request_release(struct request *req)
{
    struct edge *e = req->edge;

    CHECK(e->active > 0);
    e->active--;
    hold_only(req, 0);
    if (e->free_request_count >= POOL_MAX) {
        free_one(req);
        return;
    }
    wipe(req);
    req->next = e->free_requests;
    e->free_requests = req;
    e->free_request_count++;
}

void request_free_all(struct edge *e)
{
    for (struct request *req = e->free_requests, *next; req; req = next) {
        next = req->next;
        free_one(req);
    }
    e->free_requests = NULL;
}

int request_hold(struct request *req, size_t bytes)
{
    _Atomic size_t *held = &req->edge->collector->held_bytes;

    if (bytes <= req->held_bytes || bytes <= REQUEST_KEEP_BYTES)
        return 0;
    bytes -= req->held_bytes;
    if (atomic_fetch_add_explicit(held, bytes, memory_order_relaxed) + bytes >
        req->edge->collector->held_max) {
        atomic_fetch_sub_explicit(held, bytes, memory_order_relaxed);
        return -1;
    }
    req->held_bytes += bytes;
    return 0;
}

void request_end_inflate(struct request *req)
{
    if (!req->inflate)
        return;
    inflate_free(req->inflate);
    req->inflate = NULL;
    hold_only(req, req->body.cap);
}

static struct ledger_page *page_of(struct request *req)
{
    struct ledger *l = req->edge->collector->opts.ledger;

    if (!req->page) {
        req->received_us = edge_wall_us(req->edge);
        req->page = ledger_page(l, req->source ? source_number(req->source) : ledger_unknown(l),
                                req->received_us);
    }
    return req->page;
}

void request_count(struct request *req, size_t events)
{
    struct ledger_page *page = page_of(req);

    if (events > req->counted)
        ledger_add(page, LEDGER_RECEIVED, events - req->counted);
    req->counted = events > req->counted ? events : req->counted;
}

void request_count_refused(struct request *req, enum refusal why, size_t events)
{
    CHECK(why > REFUSAL_NONE && why < REFUSAL_COUNT);
    if (events == 0)
        return;
    request_count(req, events);
    ledger_add(req->page, LEDGER_REASONS + (unsigned)why, events);
}

void request_refuse(struct request *req, enum refusal why, size_t events)
{
    request_refuse_at(req, why, events, NULL);
}

void request_refuse_at(struct request *req, enum refusal why, size_t events, const struct err *err)
{
    const struct refusal_text *text = refusal_text(why);

    request_count_refused(req, why, events);
    req->refused = true;
    request_end_inflate(req);
    buf_reset(&req->body, REQUEST_KEEP_BYTES);
    hold_only(req, 0);
    req->status = text->status;
    req->retry_after_s = req->retry_after_s ? req->retry_after_s : text->retry_after_s;
    req->content_type = "application/json";
    buf_reset(&req->answer, REQUEST_KEEP_BYTES);
    if (req->route == ROUTE_PIXEL)
        pixel_answer(req);
    else
        answer_refusal(&req->answer, why, err);
}

void *request_begin(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct edge *e = cls;
    struct request *req = take(e);

    req->connection = connection;
    req->conn = conn_of(connection);
    req->began_us = edge_monotonic_us(e);
    req->target_too_long = strnlen(target, HEAD_LINE_MAX + 1) > HEAD_LINE_MAX;
    req->target_malformed = strchr(target, ' ') != NULL;
    conn_enter(e, req->conn, CONN_HEAD);
    return req;
}

/* A page asks whether it may do so. */
static enum refusal preflight(struct request *req, const struct way *way)
{
    const struct head *h = &req->head;

    req->status = MHD_HTTP_NO_CONTENT;
    req->allow = way->allow;
    if (!h->origin.ptr)
        return REFUSAL_NONE;
    if (!cors_preflight(req->edge->collector->opts.sources, h->key, h->origin))
        return REFUSAL_ORIGIN_NOT_ALLOWED;
    req->cors_origin = h->origin;
    req->preflight = way->pages;
    return REFUSAL_NONE;
}

/* /metrics is for the machine itself; what came through any proxy did not come from there. */
static enum refusal check_local(const struct request *req)
{
    if (req->edge->collector->opts.settings->collector.metrics_public)
        return REFUSAL_NONE;
    return address_is_loopback(&req->conn->peer) && !req->head.was_forwarded ? REFUSAL_NONE
                                                                             : REFUSAL_NOT_LOCAL;
}

static const char *path_of(const struct way *way, const struct settings_pages *pages)
{
    return way->path ? way->path : *(char *const *)((const char *)pages + way->setting);
}

static enum refusal find_way(struct request *req, const char *url, const char *method,
                             const struct way **out)
{
    const struct settings_pages *pages = &req->edge->collector->opts.settings->pages;
    enum refusal why = REFUSAL_NOT_FOUND;

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (strcmp(url, path_of(&ways[i], pages)) != 0)
            continue;
        *out = &ways[i];
        if (strcmp(method, ways[i].method) == 0)
            return REFUSAL_NONE;
        req->allow = ways[i].allow;
        why = REFUSAL_METHOD_NOT_ALLOWED;
    }
    return why;
}

static enum refusal check_way(struct request *req, const char *url, const char *method,
                              int64_t length)
{
    const struct way *way = NULL;
    enum refusal why = find_way(req, url, method, &way);

    if (why != REFUSAL_NONE)
        return why;
    req->allow = NULL;
    req->route = way->route;
    switch (req->route) {
    case ROUTE_METRICS: return check_local(req);
    case ROUTE_PREFLIGHT: return preflight(req, way);
    case ROUTE_EVENTS: return events_check(req, length);
    case ROUTE_BATCH: return batch_check(req, length);
    case ROUTE_PAGE: return page_check(req, length);
    case ROUTE_PIXEL: return pixel_check(req, method);
    case ROUTE_FRONTEND: return frontend_check(req, length);
    case ROUTE_FLOW: return flow_check(req);
    case ROUTE_NONE:
    case ROUTE_AGENT:
    case ROUTE_HEALTH: break;
    }
    return REFUSAL_NONE;
}

/* What breaks the framing leaves no way to tell where the next request begins. */
static bool breaks_connection(enum refusal why, int64_t length)
{
    return why == REFUSAL_BAD_REQUEST || why == REFUSAL_HEADER_TOO_LARGE ||
           why == REFUSAL_TARGET_TOO_LONG || length < 0 || length > REQUEST_DRAIN_MAX;
}

/* What is refused counts as one event where it would have brought some. */
static bool brings_event(const struct request *req, const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_POST) == 0 || req->route == ROUTE_FLOW ||
           (req->route == ROUTE_PIXEL && !req->only_looks);
}

/* The header is complete. */
static enum MHD_Result judge(struct request *req, const char *url, const char *method,
                             const char *version)
{
    enum refusal why;
    int64_t length = 0;

    head_read(&req->head, req->connection, version);
    why = req->target_too_long    ? REFUSAL_TARGET_TOO_LONG
          : req->target_malformed ? REFUSAL_BAD_REQUEST
                                  : head_check(&req->head, &length);
    if (why == REFUSAL_NONE)
        why = check_way(req, url, method, length);
    req->state = REQUEST_BODY;
    conn_enter(req->edge, req->conn, CONN_BODY);
    if (why == REFUSAL_NONE)
        return MHD_YES;
    request_refuse(req, why, brings_event(req, method) ? 1 : 0);
    if (!breaks_connection(why, length) && why != REFUSAL_BODY_TOO_LARGE)
        return MHD_YES; /* answered once its body is read */
    req->close = true;
    return send_answer(req);
}

static enum MHD_Result read_body(struct request *req, const char *data, size_t len)
{
    struct err err = {0};
    enum refusal why;
    uint64_t most =
        req->sent_most ? req->sent_most : req->edge->collector->opts.settings->collector.body_bytes;

    req->sent_bytes += len;
    req->conn->body_bytes += len;
    metrics_add(&req->edge->metrics->received_bytes, len);
    if (req->refused || !req->takes_body || req->status != 0)
        return req->sent_bytes > most + REQUEST_DRAIN_MAX ? MHD_NO : MHD_YES;
    why = req->sent_bytes > most ? REFUSAL_BODY_TOO_LARGE : body_more(req, data, len, &err);
    if (why != REFUSAL_NONE) {
        request_refuse_at(req, why, 1, err.code == ERR_NONE ? NULL : &err);
        req->close = true;
    }
    return MHD_YES;
}

static void answer_metrics(struct request *req)
{
    struct collector *c = req->edge->collector;

    req->status = MHD_HTTP_OK;
    req->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(c->metrics, c->opts.ledger, c->opts.journal, c->opts.carried, c->opts.cardinality,
                  atomic_load_explicit(&c->held_bytes, memory_order_relaxed), &req->answer);
}

/* The body is whole, or there is none. */
static void finish(struct request *req)
{
    req->state = REQUEST_ANSWER;
    if (req->refused || req->status != 0)
        return;
    switch (req->route) {
    case ROUTE_AGENT: agent_answer(req); break;
    case ROUTE_HEALTH: health_answer(req); break;
    case ROUTE_METRICS: answer_metrics(req); break;
    case ROUTE_EVENTS: events_finish(req); break;
    case ROUTE_BATCH: batch_finish(req); break;
    case ROUTE_FLOW: flow_finish(req); break;
    case ROUTE_PAGE: page_finish(req); break;
    case ROUTE_PIXEL: pixel_finish(req); break;
    case ROUTE_FRONTEND: frontend_finish(req); break;
    case ROUTE_NONE:
    case ROUTE_PREFLIGHT: CHECK(!"answered by now");
    }
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **state)
{
    struct request *req = *state;
    size_t len = *data_len;

    (void)cls, (void)connection;
    CHECK(req);
    if (req->state == REQUEST_NEW)
        return judge(req, url, method, version);
    if (len > 0) {
        *data_len = 0;
        return read_body(req, data, len);
    }
    if (req->state == REQUEST_BODY)
        finish(req);
    if (req->state == REQUEST_COMMIT)
        return MHD_YES; /* asked again in the next pass */
    return send_answer(req);
}

void request_end(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode code)
{
    struct request *req = *state;
    struct edge *e = cls;

    (void)connection, (void)code;
    if (!req)
        return;
    *state = NULL;
    conn_enter(e, req->conn, CONN_IDLE);
    if (req->state == REQUEST_COMMIT) {
        req->conn = NULL; /* intake_settle releases it */
        req->connection = NULL;
        return;
    }
    if (req->state == REQUEST_BODY && req->takes_body && !req->refused && req->status == 0)
        request_count_refused(req, REFUSAL_ABORTED, 1);
    request_release(req);
}
