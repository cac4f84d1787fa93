/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: POST /v1/events: who sends, the body's form, its events one by one.
 *
 * Promises: the key, the origin and the forms of the body are judged before the body is read; a body
 * that cannot be read to its end commits nothing.
 * Leaves to body.c the bytes, to wire/ the JSON, to intake.c what becomes of the events. */
#include "base/mem.h"
#include "collector/intake.h"

enum refusal events_check(struct request *req, int64_t length)
{
    static const char *const types[] = {"application/json", "application/x-ndjson",
                                        "application/ndjson", "text/plain",
                                        "application/x-www-form-urlencoded"};
    enum refusal why = intake_source(req, NULL);

    if (why == REFUSAL_NONE)
        why = body_check_type(&req->head, types, ARRAY_LEN(types));
    return why == REFUSAL_NONE ? body_check(req, length, UINT64_MAX) : why;
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

void events_finish(struct request *req)
{
    struct intake in;
    struct err err = {0};
    enum refusal why;

    if (!body_end(req))
        return;
    why = intake_begin(&in, req, answer_events);
    if (why == REFUSAL_NONE) {
        native_start(req->edge->native, req->body.ptr, req->body.len, form_of(req));
        why = intake_native(&in, NULL, &err);
    }
    intake_end(&in, why, &err);
}
