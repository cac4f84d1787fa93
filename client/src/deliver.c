/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.c: a batch to the collector, and what its answer says about each event.
 *
 * What the collector has given a verdict about is done. A request that one event spoils (400, 413, or 403
 * event_not_allowed) is halved until that event is alone, and rejected. Everything else is "later":
 * nothing that may still be accepted is given up here. Of what a proxy between says, a 413 counts: it makes
 * requests smaller, and an event that is too large alone would hold up all behind it. Its 400 is no verdict,
 * as it has no code of ours. */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "json.h"

enum { TEXT_SIZE = 1024 };

struct delivery {
    struct weir_client *c;
    struct weir_sending *s;
    struct weir_batch *b;
    int64_t later_ms;
};

static bool is_span(struct weir_span span, const char *literal)
{
    return span.ptr && span.len == strlen(literal) && memcmp(span.ptr, literal, span.len) == 0;
}

static struct weir_span member(struct weir_span object, const char *name)
{
    return weir_json_member(object, name, strlen(name));
}

static void text_of(struct weir_span object, const char *name, char *out, size_t size)
{
    struct weir_span value = member(object, name);

    if (value.ptr && value.len && *value.ptr == '"')
        weir_json_text(value, out, size);
    else
        out[0] = '\0';
}

/* Tells of one failing once, and again when its kind changes. */
static enum weir_outcome later(struct delivery *d, enum weir_trouble trouble, int status,
                               const char *code, const char *message, int64_t later_ms)
{
    struct weir_problem problem = {WEIR_TROUBLE_REJECTED, 0, 0, NULL, NULL, NULL, NULL};
    enum weir_outcome outcome = trouble == WEIR_TROUBLE_DENIED ? WEIR_DENIED : WEIR_LATER;

    d->later_ms = later_ms;
    weir_count(&d->c->counts.failed_requests, 1);
    if (d->s->told_status == status)
        return outcome;
    d->s->told_status = status;
    problem.trouble = trouble;
    problem.status = status;
    problem.code = code;
    problem.message = message;
    weir_trouble(d->c, &problem);
    return outcome;
}

/* There is a verdict: it needs not be sent any more, from wherever it came. */
static void finish(struct delivery *d, size_t index, uint64_t *counter)
{
    d->b->done[index] = true;
    if (d->b == &d->s->found)
        weir_worker_unspool(d->c, 1);
    weir_count(counter, 1);
}

static void reject(struct delivery *d, size_t index, int status, struct weir_span fault)
{
    char id[WEIR_ID_TEXT + 1], code[128], path[512], message[TEXT_SIZE];
    struct weir_problem problem = {WEIR_TROUBLE_REJECTED, 0, 1, NULL, NULL, NULL, NULL};
    size_t len;
    const char *line = weir_batch_part(d->b, index, 1, &len);

    finish(d, index, &d->c->counts.rejected);
    text_of(weir_json_value(line, len), "id", id, sizeof id);
    text_of(fault, "code", code, sizeof code);
    text_of(fault, "path", path, sizeof path);
    text_of(fault, "message", message, sizeof message);
    problem.status = status;
    problem.id = id;
    problem.code = code;
    problem.path = path;
    problem.message = message;
    weir_trouble(d->c, &problem);
}

static size_t count_items(struct weir_span array)
{
    const char *at = NULL;
    size_t count = 0;

    while (weir_json_item(array, &at).ptr)
        count++;
    return count;
}

static bool is_verdict(struct weir_span verdict)
{
    return is_span(verdict, "\"accepted\"") || is_span(verdict, "\"duplicate\"") ||
           is_span(verdict, "\"quarantined\"") || is_span(verdict, "\"refused\"");
}

/* Whether there is a verdict for each event that was sent. */
static bool has_verdicts(struct weir_span events, size_t count)
{
    const char *at = NULL;
    struct weir_span event;

    if (count_items(events) != count)
        return false;
    while ((event = weir_json_item(events, &at)).ptr)
        if (!is_verdict(member(event, "verdict")))
            return false;
    return true;
}

static void read_verdicts(struct delivery *d, size_t from, int status, struct weir_span events)
{
    const char *at = NULL, *first;
    struct weir_span event;

    for (size_t i = from; (event = weir_json_item(events, &at)).ptr; i++) {
        struct weir_span verdict = member(event, "verdict");

        if (is_span(verdict, "\"accepted\"") || is_span(verdict, "\"duplicate\"")) {
            finish(d, i,
                   is_span(verdict, "\"accepted\"") ? &d->c->counts.accepted
                                                    : &d->c->counts.duplicate);
            continue;
        }
        first = NULL;
        reject(d, i, status, weir_json_item(member(event, "errors"), &first));
    }
}

static enum weir_outcome send_part(struct delivery *d, size_t from, size_t count);

/* One event spoils the request: each half by itself. */
static enum weir_outcome send_halves(struct delivery *d, size_t from, size_t count, int status,
                                     struct weir_span error)
{
    enum weir_outcome first;

    if (count == 1) {
        reject(d, from, status, error);
        return WEIR_DELIVERED;
    }
    first = send_part(d, from, count / 2);
    if (first != WEIR_DELIVERED)
        return first;
    return send_part(d, from + count / 2, count - count / 2);
}

static bool is_temporary(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static bool is_spoilt(int status, const char *code)
{
    return status == 413 || (status == 400 && code[0]) ||
           (status == 403 && strcmp(code, "event_not_allowed") == 0);
}

static enum weir_outcome read_answer(struct delivery *d, size_t from, size_t count,
                                     const struct weir_answer *answer)
{
    struct weir_span root = weir_json_value(answer->body, answer->len);
    struct weir_span events = member(root, "events"), error = member(root, "error");
    char code[128], message[TEXT_SIZE], text[64];

    if (has_verdicts(events, count)) {
        read_verdicts(d, from, answer->status, events);
        return WEIR_DELIVERED;
    }
    text_of(error, "code", code, sizeof code);
    text_of(error, "message", message, sizeof message);
    if (is_spoilt(answer->status, code))
        return send_halves(d, from, count, answer->status, error);
    if (!message[0]) {
        snprintf(text, sizeof text, "the collector answers %d, and without a reason",
                 answer->status);
        snprintf(message, sizeof message, "%s", text);
    }
    if (is_temporary(answer->status))
        return later(d, WEIR_TROUBLE_UNREACHABLE, answer->status, code, message,
                     answer->retry_after_ms);
    return later(d, WEIR_TROUBLE_DENIED, answer->status, code, message, -1);
}

static enum weir_outcome send_part(struct delivery *d, size_t from, size_t count)
{
    struct weir_answer answer;
    char why[TEXT_SIZE];
    const char *body;
    size_t len;

    weir_batch_stamp(d->b, from, count, weir_now_us() / 1000);
    body = weir_batch_part(d->b, from, count, &len);
    weir_count(&d->c->counts.requests, 1);
    if (weir_transfer_post(d->s->transfer, body, len, &answer, why, sizeof why) < 0)
        return later(d, WEIR_TROUBLE_UNREACHABLE, 0, NULL, why, -1);
    return read_answer(d, from, count, &answer);
}

enum weir_outcome weir_deliver(struct weir_client *c, struct weir_batch *b, int64_t *later_ms)
{
    struct delivery d = {c, c->sending, b, -1};
    enum weir_outcome outcome = send_part(&d, 0, b->count);

    *later_ms = d.later_ms;
    weir_batch_compact(b);
    if (outcome == WEIR_DELIVERED)
        c->sending->told_status = -1;
    return outcome;
}
