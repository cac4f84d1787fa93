/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c: the flow that an event says it belongs to.
 *
 * Where there are keys, and the source's settings do not say otherwise, the id must be signed and its
 * begin is by our own clock: the event's time counts as corrected by sent_at, and a page's flow must
 * not be older than the expiry when the event is received. A server may deliver late, so for its
 * events their own time counts. Without that, id and begin are the sender's own, both by its clock.
 * A flow that was found by token was judged when it was stored there, and its begin is by our clock.
 * The event that begins a flow happened when the flow began, whatever time it came with.
 *
 * What is wrong is a fault of the envelope: it stays wrong however the catalogue changes, and once
 * judged it is not judged again, since keys are replaced and a record has no user agent.
 * Promises that a text that is no flow id at all is not kept. */
#include "admit/protect.h"
#include "base/datetime.h"
#include "catalogue/describe.h"
#include "flow/flow_id.h"

static bool is_verified(const struct protection *p)
{
    return p->parts->flow_keys && !source_takes_any_flow(p->req->source);
}

/* Its begin is by our own clock. */
static bool is_by_our_clock(const struct protection *p)
{
    return is_verified(p) || p->ev->flow_found;
}

bool protect_begins_flow(const struct protection *p)
{
    return p->ev->has_flow && p->def && catalogue_event_describe(p->def)->flow_role == FLOW_BEGIN;
}

int64_t protect_clock_skew(const struct protection *p)
{
    if (!p->ev->has_sent_at || (protect_begins_flow(p) && is_by_our_clock(p)))
        return 0;
    return p->req->received_us - p->ev->sent_at_us;
}

int64_t protect_begin_skew(const struct protection *p)
{
    return is_by_our_clock(p) || !p->ev->has_time ? 0 : protect_clock_skew(p);
}

static int64_t floor_ms(int64_t us)
{
    return us / 1000 - (us % 1000 < 0);
}

static int64_t flow_time_ms(const struct protection *p, const struct record *rec)
{
    const struct event *ev = p->ev;

    if (protect_begins_flow(p) || (ev->flow_found && rec->time_us < ev->flow_begin_us))
        return 0;
    if (ev->has_flow_time)
        return ev->flow_time_ms;
    if (is_by_our_clock(p) || !ev->has_time)
        return floor_ms(rec->time_us - ev->flow_begin_us);
    return floor_ms(ev->time_us - ev->flow_begin_us);
}

static bool is_of_page(const struct protection *p)
{
    return source_kind(p->req->source) == SOURCE_BROWSER;
}

static enum flow_id_verdict judge_id(const struct protection *p)
{
    const struct event *ev = p->ev;

    if (!flow_id_is_one(ev->flow_id))
        return FLOW_ID_INVALID;
    if (ev->flow_begin_us < 0 || ev->flow_begin_us % 1000 != 0)
        return FLOW_ID_BAD_BEGIN;
    return flow_id_verify(p->parts->flow_keys, ev->flow_id, ev->flow_begin_us / 1000,
                          is_of_page(p) ? p->req->user_agent : ev->context[EVENT_USER_AGENT]);
}

static enum flow_id_verdict judge_age(const struct protection *p, const struct record *rec)
{
    bool by_receipt = is_of_page(p) || p->req->flow_age_by_receipt;

    return flow_id_age(p->parts->flow_keys, p->ev->flow_begin_us / 1000,
                       floor_ms(by_receipt ? p->req->received_us : rec->time_us));
}

static const struct {
    enum fault_code code;
    const char *path, *expected, *message;
} wrongs[] = {
    [FLOW_ID_INVALID] = {FAULT_FLOW_INVALID, "/flow/id", "64 lower-case hexadecimal digits",
                         "This is no flow id: GET /v1/flow hands them out."},
    [FLOW_ID_BAD_BEGIN] = {FAULT_FLOW_INVALID, "/flow/begin",
                           "the whole Unix milliseconds that the id was made with",
                           "The begin is signed with the id: pass it on as it was handed out."},
    [FLOW_ID_BAD_SIGNATURE] = {FAULT_FLOW_BAD_SIGNATURE, "/flow/id",
                               "an id that a key of `flows.keys` has signed for this begin",
                               "No key of this server has signed this id for this begin: pass both "
                               "on together, as they were handed out."},
    [FLOW_ID_EXPIRED] = {FAULT_FLOW_EXPIRED, "/flow/begin", "",
                         "The flow began too long ago: begin a new one."},
    [FLOW_ID_IN_FUTURE] = {FAULT_FLOW_IN_FUTURE, "/flow/begin",
                           "a time that is not after the event",
                           "The flow begins after the event: one of two clocks is wrong."},
};

static int complain(const struct protection *p, enum flow_id_verdict verdict, struct faults *faults)
{
    struct str expected = str_from(wrongs[verdict].expected);

    if (verdict == FLOW_ID_EXPIRED) {
        expected = arena_printf(p->a, "a time at most %lld ms before the event",
                                (long long)flow_keys_expiry_ms(p->parts->flow_keys));
        if (!expected.ptr)
            return -1;
    }
    faults_insist(faults, wrongs[verdict].code, str_from(wrongs[verdict].path), expected,
                  str_from(wrongs[verdict].message));
    return 0;
}

static bool is_judged(const struct protection *p)
{
    return p->ev->has_flow && is_verified(p) && !p->ev->flow_found;
}

int protect_flow_id(struct protection *p, struct faults *faults)
{
    p->flow_id = is_judged(p) ? judge_id(p) : FLOW_ID_VALID;
    return p->flow_id == FLOW_ID_VALID ? 0 : complain(p, p->flow_id, faults);
}

int protect_flow(const struct protection *p, struct record *rec, struct faults *faults)
{
    enum flow_id_verdict age = FLOW_ID_VALID;

    if (!p->ev->has_flow || p->flow_id == FLOW_ID_INVALID)
        return 0;
    rec->flags |= RECORD_HAS_FLOW;
    rec->flow_id = p->ev->flow_id;
    rec->flow_time_ms = flow_time_ms(p, rec);
    if (is_judged(p) && p->flow_id == FLOW_ID_VALID)
        age = judge_age(p, rec);
    return age == FLOW_ID_VALID ? 0 : complain(p, age, faults);
}

void protect_move_to_begin(struct record *rec)
{
    int64_t begin_us;

    if (!(rec->flags & RECORD_HAS_FLOW) || rec->flow_time_ms == 0)
        return;
    /* A begin of whole milliseconds comes back exactly, since flow_time was rounded down. */
    if (__builtin_sub_overflow(floor_ms(rec->time_us), rec->flow_time_ms, &begin_us) ||
        __builtin_mul_overflow(begin_us, 1000, &begin_us) || begin_us < DATETIME_FIRST_US ||
        begin_us >= DATETIME_BEHIND_US)
        return; /* of no record of ours: left as it is */
    rec->time_us = begin_us;
    rec->flow_time_ms = 0;
}
