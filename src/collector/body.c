/* SPDX-License-Identifier: Apache-2.0 */
/* body.c: the body of a request that sends events: judged, inflated and gathered.
 *
 * Promises: what its header says is judged before it is read; what is past a limit, as sent or
 * inflated, is refused on the way. Leaves to the routes which types they take and what it means. */
#include "collector/request.h"

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

enum refusal body_check_type(const struct head *h, const char *const *types, size_t count)
{
    struct str type = head_media_type(h);

    if (type.len == 0)
        return REFUSAL_NONE;
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(type, str_from(types[i])))
            return REFUSAL_NONE;
    return REFUSAL_UNSUPPORTED_TYPE;
}

static uint64_t less_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum refusal body_check(struct request *req, int64_t length, uint64_t most)
{
    const struct settings_collector *limits = &req->edge->collector->opts.settings->collector;
    enum refusal why;

    req->sent_most = less_of(limits->body_bytes, most);
    if (length > 0 && (uint64_t)length > req->sent_most)
        return REFUSAL_BODY_TOO_LARGE;
    why = check_encoding(req);
    req->body.max = req->inflate ? less_of(limits->inflated_bytes, most) : req->sent_most;
    req->takes_body = why == REFUSAL_NONE;
    return why;
}

enum refusal body_more(struct request *req, const char *data, size_t len, struct err *err)
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

bool body_end(struct request *req)
{
    struct err err = {0};
    enum refusal why = close_body(req, &err);

    if (why != REFUSAL_NONE)
        request_refuse_at(req, why, 1, err.code == ERR_NONE ? NULL : &err);
    return why == REFUSAL_NONE;
}
