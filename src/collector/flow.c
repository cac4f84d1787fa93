/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c: GET /v1/flow, and /metrics-flow for clients that know it by that name: begins a flow.
 *
 * Promises: an id is handed out once the event that begins its flow is on disk, or kept aside, where
 * the catalogue does not take it as it is: replayed, it still begins the flow.
 * Leaves to the catalogue which event begins flows and which are views, to flow_id.c the id. */
#include "catalogue/describe.h"
#include "collector/intake.h"
#include "flow/flow_id.h"
#include "wire/content_query.h"

enum refusal flow_check(struct request *req)
{
    const struct collector_opts *opts = &req->edge->collector->opts;
    enum refusal why = intake_source(req, opts->settings->flows.source);

    if (why == REFUSAL_NONE && !opts->flow_keys)
        why = REFUSAL_FLOWS_OFF;
    return why;
}

struct reading {
    struct content_query query;
    struct err *err;
};

static enum MHD_Result each_parameter(void *cls, enum MHD_ValueKind kind, const char *key,
                                      size_t key_len, const char *value, size_t value_len)
{
    struct reading *r = cls;
    struct str name = str_of(key, key_len);

    (void)kind;
    if (str_is(name, "key"))
        return MHD_YES; /* of the source */
    return content_query_add(&r->query, name, str_of(value ? value : "", value_len), r->err) < 0
               ? MHD_NO
               : MHD_YES;
}

/* A template's name with its one parameter filled in; absent where it has another number of them, or
 * the arena is full. */
static struct str fill_in(struct str template, struct str value, struct arena *a)
{
    size_t from = str_find(template, '{'), to = str_find(template, '}');
    struct str end = str_slice(template, to + 1, SIZE_MAX);

    if (to == template.len || str_find(end, '{') < end.len)
        return STR_NONE;
    return arena_printf(a, "%.*s%.*s%.*s", (int)from, template.ptr, STR_ARG(value), STR_ARG(end));
}

/* The name by which the catalogue knows the appearance of a view; absent where it does not. */
static struct str view_name(const struct catalogue *c, const struct source *source, struct str view,
                            struct arena *a)
{
    const struct catalogue_event *ev;

    for (size_t i = 0; (ev = catalogue_flow_entry(c, FLOW_VIEW, i)); i++) {
        struct str name = fill_in(catalogue_event_name(ev), view, a);
        struct catalogue_match match;
        struct faults none = {0};

        if (name.ptr && source_may_send(source, ev, name) &&
            catalogue_match(c, name, a, &match, &none) == 0 &&
            catalogue_event_describe(match.event)->flow_role == FLOW_VIEW)
            return name;
    }
    return STR_NONE;
}

static enum refusal admit_named(struct intake *in, struct event *event, struct str name)
{
    struct faults faults = {0};

    event->name = name;
    return intake_event(in, event, &faults);
}

static enum refusal begin_flow(struct intake *in, struct content_query *query, struct err *err)
{
    struct request *req = in->req;
    struct edge *e = req->edge;
    const struct catalogue *c = admission_catalogue(in->hold);
    const struct catalogue_event *begin = source_flow_entry(req->source, c, FLOW_BEGIN);
    struct str view = content_query_view(query);
    struct event event = {.has_flow = true, .has_time = true};
    enum refusal why;

    if (!begin) {
        err_set(err, ERR_USAGE,
                "the catalogue has no event with `flow: {role: begin}`, without parameters, that "
                "this source may send");
        return REFUSAL_FLOWS_OFF;
    }
    req->flow_begin_ms = req->received_us / 1000;
    flow_id_mint(e->collector->opts.flow_keys, req->flow_begin_ms, req->flow_id);
    event.flow_id = str_of(req->flow_id, FLOW_ID_LEN);
    event.flow_begin_us = event.time_us = req->flow_begin_ms * 1000;
    content_query_fill(query, in->from.do_not_track, &event);
    if (!head_key(&req->head)
             .ptr) { /* of `flows.source`, whatever its kind: it is a page that asks */
        event.context[EVENT_IP] = in->from.ip;
        event.context[EVENT_USER_AGENT] = in->from.user_agent;
    }
    event.context[EVENT_LOCALE] = content_query_language(req->head.accept_language);
    in->from.flow_age_by_receipt = true;
    arena_reset(e->arena);
    why = admit_named(in, &event, catalogue_event_name(begin));
    if (why != REFUSAL_NONE || !view.ptr)
        return why;
    arena_reset(e->arena);
    view = view_name(c, req->source, view, e->arena);
    return view.ptr ? admit_named(in, &event, view) : REFUSAL_NONE;
}

static void answer_flow(struct request *req, const struct answer_sums *sums)
{
    const struct event_result *begin = &req->results[0];

    (void)sums;
    req->content_type = "application/json";
    if (begin->verdict == VERDICT_REFUSED) {
        req->status = refusal_text(begin->why)->status;
        answer_refusal(&req->answer, begin->why, NULL);
        return;
    }
    req->status = MHD_HTTP_OK;
    buf_printf(&req->answer, "{\"flowBeginTime\":%lld,\"flowId\":\"%.*s\"}\n",
               (long long)req->flow_begin_ms, FLOW_ID_LEN, req->flow_id);
}

void flow_finish(struct request *req)
{
    struct err err = {0};
    struct reading r = {.err = &err};
    struct intake in;
    enum refusal why = intake_begin(&in, req, answer_flow);

    MHD_get_connection_values_n(req->connection, MHD_GET_ARGUMENT_KIND, each_parameter, &r);
    if (why == REFUSAL_NONE && err.code != ERR_NONE)
        why = REFUSAL_BAD_PARAMETER;
    if (why == REFUSAL_NONE)
        why = begin_flow(&in, &r.query, &err);
    intake_end(&in, why, why == REFUSAL_BAD_PARAMETER || why == REFUSAL_FLOWS_OFF ? &err : NULL);
}
