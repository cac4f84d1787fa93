/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: the JSON that callers read. docs/http.md has the form.
 *
 * Promise: no value of an event is in it, but the event's own id. */
#include "base/check.h"
#include "collector/request.h"

void answer_refusal(struct buf *out, enum refusal why, const struct err *err)
{
    const struct refusal_text *text = refusal_text(why);

    buf_printf(out, "{\"error\":{\"code\":\"%s\",\"message\":", text->code);
    buf_json(out, str_from(err ? err->text : text->message));
    if (err && why == REFUSAL_INVALID_JSON)
        buf_printf(out, ",\"offset\":%zu", err->at);
    buf_str(out, STR("}}\n"));
}

static void write_fault(struct buf *out, const struct fault *fault)
{
    buf_printf(out, "{\"code\":\"%s\",\"path\":", fault_code_name(fault->code));
    buf_json(out, fault->path);
    buf_str(out, STR(",\"expected\":"));
    buf_json(out, fault->expected);
    buf_str(out, STR(",\"message\":"));
    buf_json(out, fault->message);
    buf_char(out, '}');
}

void answer_faults(struct buf *out, const struct faults *faults)
{
    CHECK(faults->count <= FAULTS_MAX);
    buf_str(out, STR(",\"errors\":["));
    for (size_t i = 0; i < faults->count; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_fault(out, &faults->list[i]);
    }
    buf_char(out, ']');
    if (faults->more > 0)
        buf_printf(out, ",\"more_errors\":%zu", faults->more);
}

int answer_status(const struct answer_sums *sums)
{
    size_t good = sums->by_verdict[VERDICT_ACCEPTED] + sums->by_verdict[VERDICT_DUPLICATE];
    size_t bad = sums->by_verdict[VERDICT_QUARANTINED] + sums->by_verdict[VERDICT_REFUSED];

    if (bad == 0)
        return MHD_HTTP_OK;
    if (good > 0)
        return MHD_HTTP_MULTI_STATUS;
    return sums->not_allowed == bad ? MHD_HTTP_FORBIDDEN : MHD_HTTP_UNPROCESSABLE_CONTENT;
}

static void write_result(struct buf *out, const struct request *req, const struct event_result *r)
{
    char id[UUID_TEXT_LEN];

    uuid_format(id, &r->id);
    buf_str(out, STR("{\"id\":\""));
    buf_append(out, id, sizeof id);
    buf_str(out, STR("\",\"verdict\":\""));
    buf_str(out, str_from(verdict_name(r->verdict)));
    buf_char(out, '"');
    if (r->verdict != VERDICT_REFUSED) {
        buf_str(out, STR(",\"position\":"));
        buf_i64(out, req->round->records[r->record].position);
    }
    buf_append(out, req->faults.ptr ? req->faults.ptr + r->faults_at : "", r->faults_len);
    buf_char(out, '}');
}

void answer_events(struct request *req, const struct answer_sums *sums)
{
    static const struct {
        enum verdict verdict;
        struct str text;
    } parts[] = {
        {VERDICT_ACCEPTED, {",\"accepted\":", 12}},
        {VERDICT_DUPLICATE, {",\"duplicate\":", 13}},
        {VERDICT_QUARANTINED, {",\"quarantined\":", 15}},
        {VERDICT_REFUSED, {",\"refused\":", 11}},
    };
    struct buf *out = &req->answer;

    req->status = answer_status(sums);
    req->content_type = "application/json";
    buf_str(out, STR("{\"received\":"));
    buf_i64(out, (int64_t)req->result_count);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_str(out, parts[i].text);
        buf_i64(out, (int64_t)sums->by_verdict[parts[i].verdict]);
    }
    buf_str(out, STR(",\"events\":["));
    for (size_t i = 0; i < req->result_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_result(out, req, &req->results[i]);
    }
    buf_str(out, STR("]}\n"));
}
