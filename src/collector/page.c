/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: POST /e, or what the settings call it: the events of web pages.
 *
 * Promises: a page gets 204 once all its events are on disk, and else the body of /v1/events, so that
 * its author sees what is wrong; a body that cannot be read to its end commits nothing. A page of another
 * site that has our script is read to its end and refused event by event: so it is known which one it is.
 * Leaves to body.c the bytes, to wire/page.c the JSON, to intake.c what becomes of the events. */
#include "collector/page.h"

#include "admit/domain.h"
#include "base/mem.h"
#include "collector/intake.h"

/* The place for all that is asked of a page before its events are looked at. */
enum refusal page_sender(struct request *req, struct str origin)
{
    enum refusal why =
        intake_source_from(req, req->edge->collector->opts.settings->pages.source, origin);

    req->foreign = why == REFUSAL_ORIGIN_NOT_ALLOWED;
    return req->foreign ? REFUSAL_NONE : why;
}

void page_put_referer(struct str referer, struct arena *a, struct event *event)
{
    if (referer.len == 0 || referer.len > EVENT_CONTEXT_MAX || !str_is_utf8(referer) ||
        native_split_url(referer, a, event) < 0)
        return;
    event->context[EVENT_HOST] = domain_without_port(event->context[EVENT_HOST]);
}

enum refusal page_check(struct request *req, int64_t length)
{
    static const char *const types[] = {"text/plain", "application/json",
                                        "application/x-www-form-urlencoded"};
    enum refusal why = page_sender(req, req->head.origin);

    if (why == REFUSAL_NONE)
        why = body_check_type(&req->head, types, ARRAY_LEN(types));
    return why == REFUSAL_NONE ? body_check(req, length, UINT64_MAX) : why;
}

static enum refusal refusal_of(const struct err *err)
{
    return err->code == ERR_LIMIT ? REFUSAL_OVERLOADED : REFUSAL_INVALID_JSON;
}

static enum refusal take_all(struct intake *in, struct err *err)
{
    struct request *req = in->req;
    struct edge *e = req->edge;
    const struct page_from from = {.received_us = req->received_us,
                                   .do_not_track = in->from.do_not_track};
    enum refusal why = REFUSAL_NONE;
    struct faults faults;
    struct event event;

    if (page_start(e->page, req->body.ptr, req->body.len, &from, err) < 0)
        return refusal_of(err);
    while (why == REFUSAL_NONE) {
        int got;

        arena_reset(e->arena);
        got = page_next(e->page, e->arena, &event, &faults, err);
        if (got == 0)
            return REFUSAL_NONE;
        why = got < 0 ? refusal_of(err) : intake_event(in, &event, &faults);
    }
    return why;
}

/* Nothing to read where nothing is wrong. */
static void answer_page(struct request *req, const struct answer_sums *sums)
{
    if (answer_status(sums) == MHD_HTTP_OK)
        req->status = MHD_HTTP_NO_CONTENT;
    else
        answer_events(req, sums);
}

void page_finish(struct request *req)
{
    struct intake in;
    struct err err = {0};
    enum refusal why;

    if (!body_end(req))
        return;
    why = intake_begin(&in, req, answer_page);
    if (why == REFUSAL_NONE)
        why = take_all(&in, &err);
    intake_end(&in, why, &err);
}
