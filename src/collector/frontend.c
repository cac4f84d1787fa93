/* SPDX-License-Identifier: Apache-2.0 */
/* frontend.c: POST /api/events: the events of a service's own script.
 *
 * Promises: 204 once all its events are on disk, 400 where one was not taken; both are empty, since such
 * scripts look at nothing. What has a wrong value is kept aside, so it is not lost from sight. Refusals
 * that are not about the events have the form of all others.
 * The page is what Referer says, and not what the script says; the request in which the script sends is
 * nobody's page, so neither method, status nor request id are the event's. */
#include "wire/frontend.h"

#include "base/mem.h"
#include "collector/intake.h"
#include "collector/page.h"

enum refusal frontend_check(struct request *req, int64_t length)
{
    static const char *const types[] = {"application/json", "text/plain"};
    enum refusal why = intake_source(req, req->edge->collector->opts.settings->pages.source);

    if (why == REFUSAL_NONE)
        why = body_check_type(&req->head, types, ARRAY_LEN(types));
    return why == REFUSAL_NONE ? body_check(req, length, UINT64_MAX) : why;
}

static void put_page(const struct request *req, struct arena *a, struct event *event)
{
    page_put_referer(req->head.referer, a, event);
}

static void answer_frontend(struct request *req, const struct answer_sums *sums)
{
    req->status = answer_status(sums) == MHD_HTTP_OK ? MHD_HTTP_NO_CONTENT : MHD_HTTP_BAD_REQUEST;
}

void frontend_finish(struct request *req)
{
    struct intake in;
    struct err err = {0};
    enum refusal why;

    if (!body_end(req))
        return;
    why = intake_begin(&in, req, answer_frontend);
    in.from.request_id = STR_NONE;
    if (why == REFUSAL_NONE) {
        frontend_start(req->edge->native, req->body.ptr, req->body.len);
        why = intake_native(&in, put_page, &err);
    }
    intake_end(&in, why, &err);
}
