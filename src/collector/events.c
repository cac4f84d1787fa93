/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: POST /v1/events: who sends, the body, its events, their verdicts.
 *
 * Promises: the key, the origin and the forms of the body are judged before the body is read; a body
 * that cannot be read to its end commits nothing; a verdict is given after the commit only; what is
 * counted as received gets its verdict counted for the same source and hour.
 * Leaves to wire/ the JSON, to admit/ each event, to the journal the duplicates. */
#include "base/check.h"
#include "base/mem.h"
#include "collector/cors.h"
#include "collector/request.h"
#include "collector/tally.h"

static enum refusal check_source(struct request *req)
{
    struct sources *all = req->edge->collector->opts.sources;
    const struct head *h = &req->head;
    struct str key = head_key(h);
    struct source *source;
    enum refusal why;

    if (!key.ptr || key.len == 0)
        return REFUSAL_MISSING_KEY;
    source = sources_by_key(all, key);
    if (!source)
        return REFUSAL_UNKNOWN_KEY;
    if (source_kind(source) == SOURCE_GATEWAY)
        return REFUSAL_SIGNATURE_NEEDED;
    why = cors_check(source, h->origin);
    req->source = source;
    req->cors_origin = cors_answer_origin(source, h->origin);
    return why;
}

static enum refusal check_type(const struct head *h)
{
    static const char *const types[] = {"application/json", "application/x-ndjson",
                                        "application/ndjson", "text/plain",
                                        "application/x-www-form-urlencoded"};
    struct str type = head_media_type(h);

    if (type.len == 0)
        return REFUSAL_NONE;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_eq_nocase(type, str_from(types[i])))
            return REFUSAL_NONE;
    return REFUSAL_UNSUPPORTED_TYPE;
}

static enum refusal check_encoding(struct request *req)
{
    struct str name = req->head.content_encoding;

    if (name.len == 0 || str_eq_nocase(name, STR("identity")))
        return REFUSAL_NONE;
    if (str_eq_nocase(name, STR("gzip")) || str_eq_nocase(name, STR("x-gzip")))
        req->inflate = inflate_new(INFLATE_GZIP);
    else if (str_eq_nocase(name, STR("zstd")))
        req->inflate = inflate_new(INFLATE_ZSTD);
    else
        return REFUSAL_UNSUPPORTED_ENCODING;
    if (!req->inflate || request_hold(req, inflate_memory(req->inflate)) < 0)
        return REFUSAL_OVERLOADED;
    return REFUSAL_NONE;
}

enum refusal events_check(struct request *req, int64_t length)
{
    const struct settings_collector *limits = &req->edge->collector->opts.settings->collector;
    enum refusal why = check_source(req);

    if (why == REFUSAL_NONE && length > 0 && (uint64_t)length > limits->body_bytes)
        why = REFUSAL_BODY_TOO_LARGE;
    if (why == REFUSAL_NONE)
        why = check_type(&req->head);
    if (why == REFUSAL_NONE)
        why = check_encoding(req);
    req->body.max = req->inflate ? limits->inflated_bytes : limits->body_bytes;
    return why;
}

enum refusal events_more(struct request *req, const char *data, size_t len, struct err *err)
{
    size_t takes;

    if (!req->inflate) {
        buf_append(&req->body, data, len);
    } else if (inflate_more(req->inflate, str_of(data, len), &req->body, err) < 0) {
        if (err->code == ERR_PARSE)
            return REFUSAL_BROKEN_ENCODING;
        return err->code == ERR_LIMIT ? REFUSAL_INFLATED_TOO_LARGE : REFUSAL_OVERLOADED;
    }
    takes = req->body.cap + (req->inflate ? inflate_memory(req->inflate) : 0);
    if (buf_failed(&req->body) || request_hold(req, takes) < 0)
        return REFUSAL_OVERLOADED;
    return REFUSAL_NONE;
}

/* What sendBeacon and `curl -d` say unless they are told otherwise. */
static bool says_little(struct str type)
{
    return str_eq_nocase(type, STR("text/plain")) ||
           str_eq_nocase(type, STR("application/x-www-form-urlencoded"));
}

/* A body whose type says little is JSON, or NDJSON where a line's object ends and the next line
 * begins another, which no JSON has (a string holds no raw line end). */
static bool looks_like_lines(struct str body)
{
    for (size_t at = 0; at < body.len;) {
        size_t end = at + str_find(str_slice(body, at, SIZE_MAX), '\n');
        struct str line = str_trim(str_slice(body, at, end - at)), rest;

        at = end + 1;
        if (line.len == 0)
            continue;
        /* Looked at once: a body of empty lines alone takes no more than its length in steps. */
        rest = str_trim(str_slice(body, end, SIZE_MAX));
        return line.ptr[line.len - 1] == '}' && rest.len > 0 && rest.ptr[0] == '{';
    }
    return false;
}

static enum native_form form_of(const struct request *req)
{
    struct str type = head_media_type(&req->head);

    if (str_eq_nocase(type, STR("application/x-ndjson")) ||
        str_eq_nocase(type, STR("application/ndjson")))
        return NATIVE_NDJSON;
    if (says_little(type) && looks_like_lines(buf_as_str(&req->body)))
        return NATIVE_NDJSON;
    return NATIVE_JSON;
}

static struct event_result *add_result(struct request *req)
{
    if (req->result_count == req->result_cap) {
        req->result_cap = req->result_cap ? 2 * req->result_cap : 8;
        req->results = xrealloc(req->results, req->result_cap, sizeof *req->results);
    }
    return &req->results[req->result_count++];
}

static void add_record(struct round *round, const struct request *req, struct event_result *result,
                       const struct admitted *admitted)
{
    struct journal_record *record = round_add(round, admitted->payload_len);

    result->record = round->count - 1;
    record->kind = result->verdict == VERDICT_ACCEPTED ? JOURNAL_EVENT : JOURNAL_QUARANTINE;
    record->has_key = true;
    record->fresh = admitted->fresh;
    record->received_us = req->received_us;
    memcpy(record->key.id, admitted->id.b, sizeof record->key.id);
    record->key.source = source_number(req->source);
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
    for (size_t i = 0; i < req->result_count; i++)
        if (req->results[i].aside_bytes)
            source_give_back_aside(req->source, req->results[i].aside_bytes,
                                   edge_wall_us(req->edge));
}

/* Admits one event; its record goes to the open round. */
static int admit_one(struct request *req, const struct admission_hold *hold,
                     const struct admit_request *from, const struct event *event,
                     struct faults *faults)
{
    struct edge *e = req->edge;
    struct round *round = round_open(e);
    struct event_result *result;
    struct admitted admitted = {0};

    if (admit_event(e->collector->opts.admission, hold, from, event, faults, e->arena,
                    &round->payloads, &admitted) < 0)
        return -1;
    result = add_result(req);
    *result = (struct event_result){
        .id = admitted.id, .verdict = admitted.verdict, .faults_at = req->faults.len};
    if (admitted.verdict == VERDICT_REFUSED)
        result->why = REFUSAL_EVENT_NOT_ALLOWED;
    if (admitted.verdict == VERDICT_QUARANTINED)
        bound_aside(req, &round->payloads, &admitted, result);
    if (result->verdict != VERDICT_REFUSED)
        add_record(round, req, result, &admitted);
    if (admitted.faults && admitted.faults->count > 0)
        answer_faults(&req->faults, admitted.faults);
    result->faults_len = req->faults.len - result->faults_at;
    return buf_failed(&req->faults) ? -1 : 0;
}

/* All events of the body, one after another in one event's memory. */
static enum refusal admit_all(struct request *req, const struct admit_request *from,
                              struct err *err)
{
    struct edge *e = req->edge;
    struct admission *ad = e->collector->opts.admission;
    const struct admission_hold *hold = admission_hold(ad);
    enum refusal why = REFUSAL_NONE;
    struct faults faults;
    struct event event;
    int got;

    native_start(e->native, req->body.ptr, req->body.len, form_of(req));
    for (;;) {
        arena_reset(e->arena);
        faults.count = faults.more = 0;
        got = native_next(e->native, e->arena, &event, &faults, err);
        if (got <= 0)
            break;
        if (req->result_count == REQUEST_EVENTS_MAX) {
            why = REFUSAL_TOO_MANY_EVENTS;
            break;
        }
        if (admit_one(req, hold, from, &event, &faults) < 0) {
            /* What is too much for these would be so again. */
            why = buf_failed(&round_open(e)->payloads) || buf_failed(&req->faults)
                      ? REFUSAL_BATCH_TOO_LARGE
                      : REFUSAL_OVERLOADED;
            break;
        }
    }
    admission_release(ad, hold);
    if (got < 0) /* ERR_LIMIT: memory; all else is the sender's */
        return err->code == ERR_LIMIT ? REFUSAL_OVERLOADED : REFUSAL_INVALID_JSON;
    return why;
}

static enum refusal close_body(struct request *req, struct err *err)
{
    if (req->inflate && inflate_finish(req->inflate, err) < 0)
        return REFUSAL_BROKEN_ENCODING;
    request_end_inflate(req);
    if (req->body.len == 0)
        return REFUSAL_EMPTY_BODY;
    req->body.max = req->body.len + NATIVE_PADDING > req->body.max ? req->body.len + NATIVE_PADDING
                                                                   : req->body.max;
    if (buf_reserve(&req->body, NATIVE_PADDING) < 0)
        return REFUSAL_OVERLOADED;
    memset(req->body.ptr + req->body.len, 0, NATIVE_PADDING);
    return REFUSAL_NONE;
}

static void fill_origin(struct request *req, struct admit_request *from, char *ip)
{
    const struct head *h = &req->head;
    struct address client;

    *from = (struct admit_request){.source = req->source,
                                   .received_us = req->received_us,
                                   .ip = str_from(req->conn->peer_text),
                                   .user_agent = h->user_agent,
                                   .request_id = h->request_id.len > 0 ? h->request_id : STR_NONE,
                                   .do_not_track = h->do_not_track};
    if (h->forwarded_count > 0) {
        proxies_client(req->edge->collector->proxies, &req->conn->peer, h->forwarded,
                       h->forwarded_count, &client);
        from->ip = address_format(&client, ip);
    }
}

/* The rate is one of events, so it is asked when their number is known. */
static bool take_rate(struct request *req, size_t n)
{
    unsigned wait_s = 1;

    if (n == 0 || source_take(req->source, n, edge_monotonic_us(req->edge), &wait_s))
        return true;
    req->retry_after_s = wait_s;
    return false;
}

static void count_results(struct request *req, struct answer_sums *sums)
{
    for (size_t i = 0; i < req->result_count; i++) {
        struct event_result *r = &req->results[i];
        bool again = r->verdict != VERDICT_REFUSED && req->round->records[r->record].duplicate;

        if (r->verdict == VERDICT_ACCEPTED && again)
            r->verdict = VERDICT_DUPLICATE;
        if (r->verdict == VERDICT_QUARANTINED && again)
            source_give_back_aside(req->source, r->aside_bytes, edge_wall_us(req->edge));
        sums->by_verdict[r->verdict]++;
        sums->not_allowed += r->verdict == VERDICT_REFUSED && r->why == REFUSAL_EVENT_NOT_ALLOWED;
    }
}

/* Every event has its verdict. What went to the journal was counted as it was committed. */
static void conclude(struct request *req)
{
    struct answer_sums sums = {0};

    count_results(req, &sums);
    request_count_refused(req, REFUSAL_EVENT_NOT_ALLOWED, sums.not_allowed);
    request_count_refused(req, REFUSAL_QUARANTINE_FULL,
                          sums.by_verdict[VERDICT_REFUSED] - sums.not_allowed);
    if (req->conn)
        answer_events(req, &sums);
}

void events_finish(struct request *req)
{
    struct edge *e = req->edge;
    struct round *round = round_open(e);
    size_t records = round->count, payloads = round->payloads.len;
    struct admit_request from;
    char ip[ADDRESS_TEXT_SIZE];
    struct err err = {0};
    enum refusal why = close_body(req, &err);

    if (why == REFUSAL_NONE && !round_may_grow(e))
        why = REFUSAL_OVERLOADED;
    request_count(req, 0); /* the hour of receipt is settled */
    if (why == REFUSAL_NONE) {
        fill_origin(req, &from, ip);
        why = admit_all(req, &from, &err);
    }
    request_count(req, req->result_count);
    if (why == REFUSAL_NONE && !take_rate(req, req->result_count))
        why = REFUSAL_RATE_LIMITED;
    if (why != REFUSAL_NONE) {
        give_back_aside(req);
        round_cut(round, records, payloads);
        request_refuse_at(req, why, req->result_count ? req->result_count : 1,
                          err.code == ERR_NONE ? NULL : &err);
        return;
    }
    buf_reset(&req->body, REQUEST_KEEP_BYTES);
    if (round->count == records) {
        conclude(req); /* nothing to keep: no events, or all refused */
        return;
    }
    req->state = REQUEST_COMMIT;
    conn_enter(e, req->conn, CONN_COMMIT);
    round_join(e, req);
}

void events_settle(struct request *req)
{
    enum err_code error = req->round->batch.error;

    CHECK(req->state == REQUEST_COMMIT);
    if (error == ERR_NONE) {
        conclude(req);
    } else {
        give_back_aside(req);
        request_refuse(req, tally_reason(error), req->result_count);
    }
    req->state = REQUEST_ANSWER;
    req->round = NULL;
    if (!req->conn)
        request_release(req);
}
