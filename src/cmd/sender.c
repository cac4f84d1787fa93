/* SPDX-License-Identifier: Apache-2.0 */
/* sender.c: batches, retries, and what the answers say. Reading files is send.c's business. */
#include "cmd/sender.h"

#include <yyjson.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "cmd/backoff.h"
#include "cmd/gzip.h"
#include "cmd/http_client.h"

enum { ANSWER_MAX = 64 * 1024 * 1024, HEADERS_MAX = 16 };

struct item {
    uint64_t line;
    size_t at, len; /* in `text`, without the newline */
};

struct sender {
    struct sender_opts opts;
    char *url, *authorization;
    const char *const *headers;
    struct http_client *http;
    struct buf text; /* the batch: a line each */
    struct buf body; /* what is sent of it */
    struct item *items;
    size_t count;
    struct sender_counts counts;
    uint64_t added;
};

/* Where the waiting events are cut: one request. */
struct part {
    size_t from, count;
};

int sender_new(struct sender **out, const struct sender_opts *opts, struct err *err)
{
    struct sender *s = xcalloc(1, sizeof *s);

    CHECK(opts->batch >= 1 && opts->batch <= SENDER_BATCH_MAX);
    CHECK(opts->retry_for_us >= 0 && opts->timeout_us > 0);
    s->opts = *opts;
    s->url = xasprintf("%s/v1/events", opts->url);
    s->authorization = xasprintf("Authorization: Bearer %s", opts->key);
    s->items = xcalloc(opts->batch, sizeof *s->items);
    buf_init(&s->text, SENDER_BODY_MAX + SENDER_LINE_MAX + 4096);
    buf_init(&s->body, SENDER_BODY_MAX + SENDER_LINE_MAX + 8192);
    if (http_client_new(&s->http, ANSWER_MAX, opts->stop, err) < 0) {
        sender_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void sender_free(struct sender *s)
{
    if (!s)
        return;
    http_client_free(s->http);
    buf_free(&s->text);
    buf_free(&s->body);
    free(s->items);
    free(s->url);
    free(s->authorization);
    free(s);
}

void sender_set_headers(struct sender *s, const char *const *headers)
{
    s->headers = headers;
}

const struct sender_counts *sender_counts(const struct sender *s)
{
    return &s->counts;
}

uint64_t sender_waiting(const struct sender *s)
{
    const struct sender_counts *c = &s->counts;

    return s->added - c->accepted - c->duplicate - c->quarantined - c->refused;
}

static void report(struct sender *s, const struct sender_problem *problem)
{
    if (s->opts.on_problem)
        s->opts.on_problem(s->opts.ctx, problem);
}

void sender_refuse(struct sender *s, uint64_t line, const char *code, const char *message)
{
    s->added++;
    s->counts.refused++;
    report(s, &(struct sender_problem){.line = line,
                                       .verdict = "refused",
                                       .code = str_from(code),
                                       .message = str_from(message)});
}

static struct str text_of(yyjson_val *object, const char *key)
{
    yyjson_val *value = yyjson_obj_get(object, key);

    return yyjson_is_str(value) ? str_of(yyjson_get_str(value), yyjson_get_len(value)) : STR("");
}

static bool stopped(const struct sender *s)
{
    return s->opts.stop && *s->opts.stop;
}

static bool is_temporary(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static int post_once(struct sender *s, struct http_response *answer, struct err *err)
{
    const char *headers[HEADERS_MAX + 4] = {s->authorization, "Content-Type: application/x-ndjson"};
    size_t count = 2;

    if (s->opts.gzip)
        headers[count++] = "Content-Encoding: gzip";
    for (size_t i = 0; s->headers && s->headers[i]; i++) {
        CHECK(i < HEADERS_MAX);
        headers[count++] = s->headers[i];
    }
    return http_client_send(s->http,
                            &(struct http_request){.method = "POST",
                                                   .url = s->url,
                                                   .headers = headers,
                                                   .body = buf_as_str(&s->body),
                                                   .timeout_us = s->opts.timeout_us},
                            answer, err);
}

/* Posts s->body until there is an answer that is not "later". */
static int post(struct sender *s, struct http_response *answer, struct err *err)
{
    int64_t give_up_us = clock_monotonic_us() + s->opts.retry_for_us, pause_us;

    for (unsigned attempt = 0;; attempt++) {
        int64_t asked_us = -1;
        char reason[sizeof err->text + 1];

        if (stopped(s))
            return err_set(err, ERR_DENIED, "stopped");
        s->counts.requests++;
        if (post_once(s, answer, err) == 0) {
            if (!is_temporary(answer->status))
                return 0;
            asked_us = answer->retry_after_us;
            err_set(err, ERR_BUSY, "%s answers %d", s->opts.url, answer->status);
        } else if (err->code == ERR_DENIED || err->code == ERR_USAGE || err->code == ERR_LIMIT) {
            return -1;
        }
        pause_us = backoff_us(attempt, asked_us);
        if (clock_monotonic_us() + pause_us > give_up_us)
            return err_prefix(err, "given up after %u attempts", attempt + 1);
        snprintf(reason, sizeof reason, "%s", err->text);
        if (s->opts.on_retry)
            s->opts.on_retry(s->opts.ctx, reason, pause_us);
        s->counts.retries++;
        backoff_wait(pause_us, s->opts.stop);
    }
}

static void report_faults(struct sender *s, uint64_t line, yyjson_val *event, const char *verdict)
{
    yyjson_val *errors = yyjson_obj_get(event, "errors"), *fault;
    struct sender_problem problem = {.line = line, .verdict = verdict, .id = text_of(event, "id")};
    size_t i, max;

    if (!yyjson_is_arr(errors) || yyjson_arr_size(errors) == 0) {
        report(s, &problem);
        return;
    }
    yyjson_arr_foreach(errors, i, max, fault)
    {
        problem.code = text_of(fault, "code");
        problem.path = text_of(fault, "path");
        problem.expected = text_of(fault, "expected");
        problem.message = text_of(fault, "message");
        report(s, &problem);
    }
}

/* Adds up the verdicts, one for each event of the part. */
static int read_verdicts(struct sender *s, struct part part, yyjson_val *events, struct err *err)
{
    yyjson_val *event;
    size_t i, max;

    yyjson_arr_foreach(events, i, max, event)
    {
        struct str verdict = text_of(event, "verdict");
        yyjson_val *position = yyjson_obj_get(event, "position");

        if (str_is(verdict, "accepted")) {
            s->counts.accepted++;
        } else if (str_is(verdict, "duplicate")) {
            s->counts.duplicate++;
        } else if (str_is(verdict, "quarantined")) {
            s->counts.quarantined++;
            report_faults(s, s->items[part.from + i].line, event, "quarantined");
        } else if (str_is(verdict, "refused")) {
            s->counts.refused++;
            report_faults(s, s->items[part.from + i].line, event, "refused");
        } else {
            return err_set(err, ERR_PARSE, "%s: a verdict that is none", s->opts.url);
        }
        if (str_is(verdict, "accepted") && yyjson_is_int(position) &&
            yyjson_get_sint(position) > s->counts.position)
            s->counts.position = yyjson_get_sint(position);
    }
    return 0;
}

static int send_part(struct sender *s, struct part part, struct err *err);

static int send_halves(struct sender *s, struct part part, struct err *err)
{
    struct part first = {part.from, part.count / 2};
    struct part second = {part.from + first.count, part.count - first.count};

    return send_part(s, first, err) < 0 ? -1 : send_part(s, second, err);
}

/* The event that the byte `offset` of the part's text lies in, or part.count. */
static size_t find_event(const struct sender *s, struct part part, int64_t offset)
{
    for (size_t i = 0; offset >= 0 && i < part.count; i++) {
        const struct item *item = &s->items[part.from + i];

        if ((size_t)offset <= item->at + item->len - s->items[part.from].at)
            return i;
    }
    return part.count;
}

static void refuse_item(struct sender *s, size_t index, yyjson_val *error)
{
    s->counts.refused++;
    report(s, &(struct sender_problem){.line = s->items[index].line,
                                       .verdict = "refused",
                                       .code = text_of(error, "code"),
                                       .message = text_of(error, "message")});
}

/* One event spoils the body, or it is too large. */
static int send_without_spoiler(struct sender *s, struct part part, yyjson_val *error,
                                struct err *err)
{
    yyjson_val *offset = yyjson_obj_get(error, "offset");
    size_t bad = yyjson_is_int(offset) ? find_event(s, part, yyjson_get_sint(offset)) : part.count;

    if (part.count == 1) {
        refuse_item(s, part.from, error);
        return 0;
    }
    if (bad == part.count)
        return send_halves(s, part, err);
    refuse_item(s, part.from + bad, error);
    if (bad > 0 && send_part(s, (struct part){part.from, bad}, err) < 0)
        return -1;
    if (bad + 1 == part.count)
        return 0;
    return send_part(s, (struct part){part.from + bad + 1, part.count - bad - 1}, err);
}

static bool spoilt_by_one(int status, struct str code)
{
    return status == 400 || status == 413 || (status == 403 && str_is(code, "event_not_allowed"));
}

static int read_answer(struct sender *s, struct part part, const struct http_response *answer,
                       struct err *err)
{
    yyjson_doc *doc = yyjson_read(answer->body.ptr, answer->body.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc), *events = yyjson_obj_get(root, "events");
    yyjson_val *error = yyjson_obj_get(root, "error");
    struct str code = text_of(error, "code"), message = text_of(error, "message");
    int result;

    if (yyjson_is_arr(events) && yyjson_arr_size(events) == part.count)
        result = read_verdicts(s, part, events, err);
    else if (error && spoilt_by_one(answer->status, code))
        result = send_without_spoiler(s, part, error, err);
    else if (error)
        result = err_set(err, ERR_DENIED, "%s answers %d, %.*s: %.*s", s->opts.url, answer->status,
                         STR_ARG(code), STR_ARG(message));
    else
        result = err_set(err, ERR_PARSE, "%s answers %d, and not as a collector does", s->opts.url,
                         answer->status);
    yyjson_doc_free(doc);
    return result;
}

static int send_part(struct sender *s, struct part part, struct err *err)
{
    const struct item *first = &s->items[part.from], *last = first + part.count - 1;
    struct str plain = str_of(s->text.ptr + first->at, last->at + last->len - first->at);
    struct http_response answer;

    buf_reset(&s->body, SIZE_MAX);
    if (!s->opts.gzip)
        buf_str(&s->body, plain);
    else if (gzip_text(&s->body, plain, err) < 0)
        return -1;
    CHECK(!buf_failed(&s->body));
    if (post(s, &answer, err) < 0 || read_answer(s, part, &answer, err) < 0)
        return -1;
    if (s->opts.on_progress)
        s->opts.on_progress(s->opts.ctx, &s->counts);
    return 0;
}

int sender_flush(struct sender *s, struct err *err)
{
    if (s->count == 0)
        return 0;
    if (send_part(s, (struct part){0, s->count}, err) < 0)
        return -1;
    s->count = 0;
    buf_reset(&s->text, SIZE_MAX);
    return 0;
}

/* Copies the event, with an id put into it where it has none. */
static void append_event(struct sender *s, struct str json, yyjson_val *root, uint64_t line)
{
    struct item *item = &s->items[s->count];
    size_t brace = str_find(json, '{');
    bool empty = yyjson_obj_size(root) == 0;

    *item = (struct item){.line = line, .at = s->text.len};
    if (yyjson_obj_get(root, "id")) {
        buf_str(&s->text, json);
    } else {
        struct uuid id = uuid_v7(clock_now_us());
        char text[UUID_TEXT_LEN];

        uuid_format(text, &id);
        buf_append(&s->text, json.ptr, brace + 1);
        buf_append(&s->text, "\"id\":\"", 6);
        buf_append(&s->text, text, sizeof text);
        buf_append(&s->text, empty ? "\"" : "\",", empty ? 1 : 2);
        buf_str(&s->text, str_slice(json, brace + 1, json.len));
    }
    item->len = s->text.len - item->at;
    buf_char(&s->text, '\n');
    CHECK(!buf_failed(&s->text));
    s->count++;
    s->added++;
}

static int make_room(struct sender *s, struct str json, struct err *err)
{
    return s->count && s->text.len + json.len > SENDER_BODY_MAX ? sender_flush(s, err) : 0;
}

int sender_add_made(struct sender *s, struct str json, uint64_t line, struct err *err)
{
    CHECK(json.len <= SENDER_LINE_MAX);
    if (make_room(s, json, err) < 0)
        return -1;
    s->items[s->count++] = (struct item){.line = line, .at = s->text.len, .len = json.len};
    buf_str(&s->text, json);
    buf_char(&s->text, '\n');
    CHECK(!buf_failed(&s->text));
    s->added++;
    return s->count == s->opts.batch ? sender_flush(s, err) : 0;
}

int sender_add(struct sender *s, struct str json, uint64_t line, struct err *err)
{
    yyjson_read_err why;
    yyjson_doc *doc;

    if (json.len > SENDER_LINE_MAX) {
        sender_refuse(s, line, "line_too_long", "An event may have 1 MiB.");
        return 0;
    }
    if (make_room(s, json, err) < 0)
        return -1;
    doc = yyjson_read_opts((char *)(uintptr_t)json.ptr, json.len, 0, NULL, &why);
    if (!doc) {
        char message[160];

        snprintf(message, sizeof message, "Not JSON, at byte %zu: %s.", why.pos, why.msg);
        sender_refuse(s, line, "invalid_json", message);
        return 0;
    }
    if (yyjson_is_obj(yyjson_doc_get_root(doc)))
        append_event(s, json, yyjson_doc_get_root(doc), line);
    else
        sender_refuse(s, line, "not_an_object", "An event is a JSON object.");
    yyjson_doc_free(doc);
    return s->count == s->opts.batch ? sender_flush(s, err) : 0;
}
