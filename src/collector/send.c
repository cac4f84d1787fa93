/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: the fields of every answer.
 *
 * Promise: each answer says no-store and nosniff, names no software, and names an origin only where
 * cors.c decided so. */
#include "collector/send.h"

#include "base/check.h"
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
    add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add(response, "X-Content-Type-Options", "nosniff");
    add_cors(response, req);
    add_rest(response, req);
    result = MHD_queue_response(req->connection, (unsigned)req->status, response);
    MHD_destroy_response(response);
    conn_enter(e, req->conn, CONN_ANSWER);
    metrics_answer(e->metrics, req->status, edge_monotonic_us(e) - req->began_us);
    return result;
}
