/* SPDX-License-Identifier: Apache-2.0 */
/* intake.c: the events of a request, from whichever route, on their way to the journal.
 *
 * Promises: a request whose events cannot all be looked at commits nothing; a verdict is given after
 * the commit only; what is counted as received gets its verdict counted for the same source and hour.
 * Leaves to the routes where events come from and what the answer looks like, to admit/ each event,
 * to the journal the duplicates. */
#include "collector/intake.h"

#include "admit/domain.h"
#include "base/check.h"
#include "base/mem.h"
#include "collector/cors.h"
#include "collector/tally.h"
#include "flow/carried_view.h"

enum refusal intake_source(struct request *req, const char *keyless)
{
    return intake_source_from(req, keyless, req->head.origin);
}

enum refusal intake_source_from(struct request *req, const char *keyless, struct str origin)
{
    const struct collector_opts *opts = &req->edge->collector->opts;
    const struct head *h = &req->head;
    struct str key = head_key(h);
    struct source *source;
    enum refusal why;

    if (key.ptr && key.len > 0)
        source = sources_by_key(opts->sources, key);
    else if (keyless && !h->authorization.ptr)
        source = sources_by_name(opts->sources, str_from(keyless));
    else
        return REFUSAL_MISSING_KEY;
    if (!source)
        return REFUSAL_UNKNOWN_KEY;
    if (source_kind(source) == SOURCE_GATEWAY)
        return REFUSAL_SIGNATURE_NEEDED;
    why = cors_check(source, origin);
    if (why == REFUSAL_MISSING_ORIGIN && cors_is_own_page(source, h->fetch_site, h->host))
        why = REFUSAL_NONE;
    req->source = source;
    req->cors_origin = cors_answer_origin(source, h->origin);
    return why;
}

/* A request without an Origin was let in as one of the server's own page. */
static struct str page_host(const struct request *req)
{
    const struct head *h = &req->head;

    if (source_kind(req->source) != SOURCE_BROWSER)
        return STR_NONE;
    if (h->origin.ptr)
        return domain_of_origin(h->origin);
    return req->foreign ? domain_of_url(h->referer) : domain_without_port(h->host);
}

static void fill_origin(const struct request *req, struct admit_request *from, char *ip)
{
    const struct head *h = &req->head;
    struct address client;

    *from = (struct admit_request){.source = req->source,
                                   .received_us = req->received_us,
                                   .ip = str_from(req->conn->peer_text),
                                   .user_agent = h->user_agent,
                                   .page_host = page_host(req),
                                   .foreign = req->foreign,
                                   .request_id = h->request_id.len > 0 ? h->request_id : STR_NONE,
                                   .do_not_track = h->do_not_track};
    if (h->forwarded_count > 0) {
        proxies_client(req->edge->collector->proxies, &req->conn->peer, h->forwarded,
                       h->forwarded_count, &client);
        from->ip = address_format(&client, ip);
    }
}

enum refusal intake_begin(struct intake *in, struct request *req,
                          void (*answer)(struct request *req, const struct answer_sums *sums))
{
    struct edge *e = req->edge;
    struct round *round = round_open(e);

    *in = (struct intake){.req = req, .records = round->count, .payloads = round->payloads.len};
    req->answer_with = answer;
    if (!round_may_grow(e))
        return REFUSAL_OVERLOADED;
    request_count(req, 0); /* the hour of receipt is settled */
    fill_origin(req, &in->from, in->ip);
    in->from.made_id = &in->made_id;
    in->hold = admission_hold(e->collector->opts.admission);
    carried_view_reset(e->carried);
    in->from.carried = e->carried;
    return REFUSAL_NONE;
}

static enum refusal reason_of(enum admit_refusal why)
{
    switch (why) {
    case ADMIT_EVENT_NOT_ALLOWED: return REFUSAL_EVENT_NOT_ALLOWED;
    case ADMIT_DOMAIN_NOT_PERMITTED: return REFUSAL_DOMAIN_NOT_PERMITTED;
    case ADMIT_DOMAIN_SKIPPED: return REFUSAL_DOMAIN_SKIPPED;
    }
    CHECK(!"a reason");
    return REFUSAL_NONE;
}

static struct event_result *add_result(struct request *req)
{
    if (req->result_count == req->result_cap) {
        req->result_cap = req->result_cap ? 2 * req->result_cap : 8;
        req->results = xrealloc(req->results, req->result_cap, sizeof *req->results);
    }
    return &req->results[req->result_count++];
}

static struct journal_record *add_record(struct round *round, const struct request *req,
                                         bool quarantined, const struct uuid *id, size_t at,
                                         size_t len)
{
    struct journal_record *record = round_add(round, at, len);

    record->kind = quarantined ? JOURNAL_QUARANTINE : JOURNAL_EVENT;
    record->has_key = true;
    record->received_us = req->received_us;
    memcpy(record->key.id, id->b, sizeof record->key.id);
    record->key.source = source_number(req->source);
    return record;
}

/* That its flow is complete goes before the event: should only one of them reach the disk, the event is
 * sent again, and its flow still waits for it. */
static void add_completion(struct round *round, struct request *req, struct event_result *result,
                           const struct admitted *admitted)
{
    struct edge *e = req->edge;
    size_t len = admitted->completion.payload_len;

    if (admitted->completion.quarantined) {
        if (!source_take_aside(req->source, len, edge_wall_us(e), edge_monotonic_us(e)))
            return; /* nobody has sent it: it is not refused either */
        result->completion_aside = len;
    }
    add_record(round, req, admitted->completion.quarantined, &admitted->completion.id,
               admitted->completion.payload_at, len)
        ->with_next = true;
    req->added++;
}

static void add_records(struct round *round, struct request *req, struct event_result *result,
                        const struct admitted *admitted)
{
    struct journal_record *record;

    if (admitted->completion.made)
        add_completion(round, req, result, admitted);
    record = add_record(round, req, result->verdict == VERDICT_QUARANTINED, &admitted->id,
                        admitted->payload_at, admitted->payload_len);
    record->fresh = admitted->fresh;
    record->carries = admitted->carries;
    result->record = round->count - 1;
}

/* What a source may have kept aside has bounds: beyond them a faulty event is refused. */
static void bound_aside(struct request *req, struct buf *payloads, struct admitted *admitted,
                        struct event_result *result)
{
    struct edge *e = req->edge;

    if (source_take_aside(req->source, admitted->payload_len, edge_wall_us(e),
                          edge_monotonic_us(e))) {
        result->aside_bytes = admitted->payload_len;
        return;
    }
    admit_turn_away(admitted, payloads);
    result->verdict = VERDICT_REFUSED;
    result->why = REFUSAL_QUARANTINE_FULL;
}

/* Nothing of the request was kept. */
static void give_back_aside(struct request *req)
{
    for (size_t i = 0; i < req->result_count; i++) {
        size_t bytes = req->results[i].aside_bytes + req->results[i].completion_aside;

        if (bytes)
            source_give_back_aside(req->source, bytes, edge_wall_us(req->edge));
    }
}

/* Its record goes to the open round. -1: memory ran out. */
static int admit_one(struct intake *in, const struct event *event, struct faults *faults)
{
    struct request *req = in->req;
    struct edge *e = req->edge;
    struct round *round = round_open(e);
    struct event_result *result;
    struct admitted admitted = {0};

    if (admit_event(e->collector->opts.admission, in->hold, &in->from, event, faults, e->arena,
                    &round->payloads, &admitted) < 0)
        return -1;
    result = add_result(req);
    *result = (struct event_result){
        .id = admitted.id, .verdict = admitted.verdict, .faults_at = req->faults.len};
    if (admitted.verdict == VERDICT_REFUSED)
        result->why = reason_of(admitted.why);
    if (admitted.verdict == VERDICT_QUARANTINED)
        bound_aside(req, &round->payloads, &admitted, result);
    if (result->verdict != VERDICT_REFUSED)
        add_records(round, req, result, &admitted);
    if (admitted.faults && admitted.faults->count > 0)
        answer_faults(&req->faults, admitted.faults);
    result->faults_len = req->faults.len - result->faults_at;
    return buf_failed(&req->faults) ? -1 : 0;
}

enum refusal intake_event(struct intake *in, const struct event *event, struct faults *faults)
{
    struct request *req = in->req;

    CHECK(in->hold);
    if (req->result_count == REQUEST_EVENTS_MAX)
        return REFUSAL_TOO_MANY_EVENTS;
    if (admit_one(in, event, faults) == 0)
        return REFUSAL_NONE;
    /* What is too much for these would be so again. */
    return buf_failed(&round_open(req->edge)->payloads) || buf_failed(&req->faults)
               ? REFUSAL_BATCH_TOO_LARGE
               : REFUSAL_OVERLOADED;
}

enum refusal intake_native(struct intake *in,
                           void (*look)(const struct request *req, struct arena *a,
                                        struct event *event),
                           struct err *err)
{
    struct edge *e = in->req->edge;
    enum refusal why = REFUSAL_NONE;
    struct faults faults;
    struct event event;

    while (why == REFUSAL_NONE) {
        int got;

        arena_reset(e->arena);
        faults.count = faults.more = 0;
        got = native_next(e->native, e->arena, &event, &faults, err);
        if (got == 0)
            return REFUSAL_NONE;
        if (got < 0) /* ERR_LIMIT: memory; all else is the sender's */
            return err->code == ERR_LIMIT ? REFUSAL_OVERLOADED : REFUSAL_INVALID_JSON;
        if (look)
            look(in->req, e->arena, &event);
        why = intake_event(in, &event, &faults);
    }
    return why;
}

enum refusal intake_turn_away(struct intake *in, enum refusal why)
{
    if (in->req->result_count == REQUEST_EVENTS_MAX)
        return REFUSAL_TOO_MANY_EVENTS;
    *add_result(in->req) = (struct event_result){.verdict = VERDICT_REFUSED, .why = why};
    return REFUSAL_NONE;
}

/* The rate is one of events, so it is asked when their number is known. */
static bool take_rate(struct request *req, size_t n)
{
    int64_t now_us = edge_monotonic_us(req->edge);
    unsigned wait_s = 1;

    if (n == 0 || (req->foreign ? source_take_foreign(req->source, n, now_us, &wait_s)
                                : source_take(req->source, n, now_us, &wait_s)))
        return true;
    req->retry_after_s = wait_s;
    return false;
}

static void count_results(struct request *req, struct answer_sums *sums,
                          size_t refused[REFUSAL_COUNT])
{
    for (size_t i = 0; i < req->result_count; i++) {
        struct event_result *r = &req->results[i];
        bool again = r->verdict != VERDICT_REFUSED && req->round->records[r->record].duplicate;

        if (r->verdict == VERDICT_ACCEPTED && again)
            r->verdict = VERDICT_DUPLICATE;
        if (r->verdict == VERDICT_QUARANTINED && again)
            source_give_back_aside(req->source, r->aside_bytes, edge_wall_us(req->edge));
        if (r->completion_aside && req->round->records[r->record - 1].duplicate)
            source_give_back_aside(req->source, r->completion_aside, edge_wall_us(req->edge));
        sums->by_verdict[r->verdict]++;
        if (r->verdict == VERDICT_REFUSED)
            refused[r->why]++;
    }
    sums->not_allowed = refused[REFUSAL_EVENT_NOT_ALLOWED] + refused[REFUSAL_DOMAIN_NOT_PERMITTED] +
                        refused[REFUSAL_DOMAIN_SKIPPED];
}

/* Every event has its verdict. What went to the journal was counted as it was committed. */
static void conclude(struct request *req)
{
    size_t refused[REFUSAL_COUNT] = {0};
    struct answer_sums sums = {0};

    count_results(req, &sums, refused);
    for (int why = REFUSAL_NONE + 1; why < REFUSAL_COUNT; why++)
        request_count_refused(req, (enum refusal)why, refused[why]);
    if (req->conn)
        req->answer_with(req, &sums);
}

void intake_end(struct intake *in, enum refusal why, const struct err *err)
{
    struct request *req = in->req;
    struct edge *e = req->edge;
    struct round *round = round_open(e);
    size_t all = req->result_count > in->listed ? req->result_count : in->listed;

    if (in->hold)
        admission_release(e->collector->opts.admission, in->hold);
    request_count(req, req->result_count);
    if (why == REFUSAL_NONE && !take_rate(req, req->result_count))
        why = REFUSAL_RATE_LIMITED;
    if (why != REFUSAL_NONE) {
        give_back_aside(req);
        round_cut(round, in->records, in->payloads);
        request_refuse_at(req, why, all ? all : 1, err && err->code != ERR_NONE ? err : NULL);
        return;
    }
    request_count(req, req->result_count + req->added);
    buf_reset(&req->body, REQUEST_KEEP_BYTES);
    if (round->count == in->records) {
        conclude(req); /* nothing to keep: no events, or all refused */
        return;
    }
    req->state = REQUEST_COMMIT;
    conn_enter(e, req->conn, CONN_COMMIT);
    round_join(e, req);
}

void intake_settle(struct request *req)
{
    enum err_code error = req->round->batch.error;

    CHECK(req->state == REQUEST_COMMIT);
    if (error == ERR_NONE) {
        req->kept = true;
        conclude(req);
    } else {
        give_back_aside(req);
        request_refuse(req, tally_reason(error), req->result_count + req->added);
    }
    req->state = REQUEST_ANSWER;
    req->round = NULL;
    if (!req->conn)
        request_release(req);
}
