/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c: POST /metrics: the batches of a content server's pages.
 *
 * Promises: a batch that breaks its schema is refused as a whole, in the words that its clients know;
 * any other is answered with success once its events are on disk, whatever became of each; what is no
 * step of a flow is counted with its reason. Refusals that are not about the batch itself have the form
 * of all others. */
#include "base/mem.h"
#include "collector/intake.h"

enum refusal batch_check(struct request *req, int64_t length)
{
    static const char *const types[] = {"text/plain", "application/json"};
    enum refusal why = intake_source(req, req->edge->collector->opts.settings->flows.source);

    if (why == REFUSAL_NONE)
        why = body_check_type(&req->head, types, ARRAY_LEN(types));
    return why == REFUSAL_NONE ? body_check(req, length, CONTENT_BYTES_MAX) : why;
}

/* Each event's verdict is in the ledger alone: these clients look at nothing but the status. */
static void answer_success(struct request *req, const struct answer_sums *sums)
{
    (void)sums;
    req->status = MHD_HTTP_OK;
    req->content_type = "application/json";
    buf_str(&req->answer, STR("{\"success\":true}"));
}

/* In the place of the refusal's own form. */
static void answer_wrong(struct request *req, const struct content_wrong *wrong)
{
    struct buf *out = &req->answer;

    buf_reset(out, REQUEST_KEEP_BYTES);
    buf_str(out, STR("{\"error\":\"Bad Request\",\"message\":"));
    buf_json(out, str_from(wrong->message));
    buf_str(out, STR(",\"statusCode\":400,\"validation\":{\"keys\":["));
    buf_json(out, str_from(wrong->key));
    buf_str(out, STR("]}}"));
}

static enum refusal take_one(struct intake *in, int got, const struct event *event,
                             struct faults *faults)
{
    if (got == CONTENT_NO_FLOW)
        return intake_turn_away(in, REFUSAL_NO_FLOW);
    if (got == CONTENT_NOT_OF_FLOW)
        return intake_turn_away(in, REFUSAL_NOT_OF_FLOW);
    return intake_event(in, event, faults);
}

static enum refusal take_all(struct intake *in, struct content_wrong *wrong, struct err *err)
{
    struct request *req = in->req;
    struct edge *e = req->edge;
    const struct content_from from = {
        .source = source_name(req->source),
        .received_us = req->received_us,
        .expiry_us = e->collector->opts.settings->flows.expiry_us,
        .ip = in->from.ip,
        .user_agent = in->from.user_agent,
        .do_not_track = in->from.do_not_track,
    };
    enum refusal why = REFUSAL_NONE;
    struct faults faults;
    struct event event;
    int got;

    in->from.flow_age_by_receipt = true;
    got = content_start(e->content, req->body.ptr, req->body.len, &from, wrong, err);
    in->listed = content_events(e->content);
    if (got < 0 && err->code != ERR_LIMIT)
        return err->code == ERR_PARSE ? REFUSAL_INVALID_JSON : REFUSAL_INVALID_BATCH;
    while (got == 0 && why == REFUSAL_NONE) {
        arena_reset(e->arena);
        got = content_next(e->content, &event, &faults, err);
        if (got == CONTENT_END)
            return REFUSAL_NONE;
        if (got > 0) {
            why = take_one(in, got, &event, &faults);
            got = 0;
        }
    }
    return got < 0 ? REFUSAL_OVERLOADED : why;
}

void batch_finish(struct request *req)
{
    struct content_wrong wrong;
    struct intake in;
    struct err err = {0};
    enum refusal why;

    if (!body_end(req))
        return;
    why = intake_begin(&in, req, answer_success);
    if (why == REFUSAL_NONE)
        why = take_all(&in, &wrong, &err);
    intake_end(&in, why, &err);
    if (why == REFUSAL_INVALID_JSON || why == REFUSAL_INVALID_BATCH)
        answer_wrong(req, &wrong);
}
