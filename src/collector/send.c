/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: the fields of every answer.
 *
 * Promise: each answer says nosniff, and all but the agent's script no-store; each names no software, and
 * an origin only where cors.c decided so; `*` stands on the script and on what refuses a page, which hold
 * nothing of anybody. */
#include "collector/send.h"

#include "base/check.h"
#include "base/coding.h"
#include "collector/agent.h"
#include "collector/cors.h"

enum { ORIGIN_SIZE = 512 /* scheme, a host of at most 253 bytes, port */ };

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    CHECK(MHD_add_response_header(response, name, value) == MHD_YES);
}

static void add_cors(struct MHD_Response *response, const struct request *req)
{
    char origin[ORIGIN_SIZE];

    if (req->route >= ROUTE_PREFLIGHT && req->head.origin.ptr)
        add(response, MHD_HTTP_HEADER_VARY, "Origin");
    /* Every page may know that it is refused: its agent would take silence for a reason to ask again. */
    if (!req->cors_origin.ptr && req->route == ROUTE_PAGE && req->status >= MHD_HTTP_BAD_REQUEST)
        add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    if (!req->cors_origin.ptr || req->cors_origin.len >= sizeof origin)
        return;
    memcpy(origin, req->cors_origin.ptr, req->cors_origin.len);
    origin[req->cors_origin.len] = '\0';
    add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if (req->preflight) {
        add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS, req->preflight);
        add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Content-Encoding, X-CSRF-Token, X-Request-ID");
        add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_MAX_AGE, "7200");
    } else if (req->retry_after_s) {
        add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After");
    }
}

/* The agent's script is public: any page may load it and any cache keep it, for an hour, so that a new
 * release soon reaches every page. */
static void add_agent(struct MHD_Response *response, const struct request *req)
{
    bool is_packed = coding_takes_gzip(req->head.accept_encoding);
    char tag[AGENT_TAG_LEN + 1] = {0};

    agent_tag(tag, is_packed ? agent_script_packed() : agent_script());
    add(response, MHD_HTTP_HEADER_ETAG, tag);
    add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "public, max-age=3600");
    add(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    add(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    add(response, "Cross-Origin-Resource-Policy", "cross-origin");
    if (is_packed && req->status == MHD_HTTP_OK)
        add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
}

static void add_rest(struct MHD_Response *response, const struct request *req)
{
    char seconds[16];

    if (req->status == MHD_HTTP_UNAUTHORIZED)
        add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (req->allow)
        add(response, MHD_HTTP_HEADER_ALLOW, req->allow);
    if (req->retry_after_s) {
        snprintf(seconds, sizeof seconds, "%u", req->retry_after_s);
        add(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    if (req->embeds)
        add(response, "Cross-Origin-Resource-Policy", "cross-origin");
    if (req->close)
        add(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

enum MHD_Result send_answer(struct request *req)
{
    struct edge *e = req->edge;
    struct MHD_Response *response;
    enum MHD_Result result;
    int64_t took_us;

    CHECK(req->status != 0);
    req->state = REQUEST_ANSWER;
    if (buf_failed(&req->answer))
        return MHD_NO;
    response =
        MHD_create_response_from_buffer(req->answer.len, req->answer.ptr, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    if (atomic_load_explicit(&e->collector->stopping, memory_order_relaxed))
        req->close = true;
    if (req->answer.len > 0)
        add(response, MHD_HTTP_HEADER_CONTENT_TYPE, req->content_type);
    if (req->route == ROUTE_AGENT && !req->refused)
        add_agent(response, req);
    else
        add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(response, "X-Content-Type-Options", "nosniff");
    add_cors(response, req);
    add_rest(response, req);
    result = MHD_queue_response(req->connection, (unsigned)req->status, response);
    MHD_destroy_response(response);
    conn_enter(e, req->conn, CONN_ANSWER);
    took_us = edge_monotonic_us(e) - req->began_us;
    metrics_answer(e->metrics, req->status, took_us);
    if (req->kept)
        metrics_acknowledged(e->metrics, took_us);
    return result;
}
