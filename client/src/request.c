/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: what an HTTP request brings to its events, the current request of a thread, and
 * suppression. */
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum { STATUS_FAILED = 400, STATUS_NOT_FOUND = 404 };

struct weir_request {
    struct weir_client *client;
    struct weir_blob context;
};

static __thread struct {
    struct weir_request *current;
    unsigned suppressed;
} scope __attribute__((tls_model("initial-exec")));

/* --- the request --- */

static void set(struct weir_request *r, struct weir_value value)
{
    unsigned cut = 0;

    if (weir_blob_set(&r->context, value, &cut) < 0)
        cut++;
    if (cut)
        weir_count(&r->client->counts.cut, cut);
}

/* A part of a text that has no end of its own. */
static struct weir_value slice(const char *key, const char *text, size_t len)
{
    struct weir_value v = weir_value_make(WEIR_IN_CONTEXT, WEIR_KIND_TEXT, key);

    v.as.ptr = text;
    v.count = len;
    return v;
}

static void set_text(struct weir_request *r, const char *key, const char *text)
{
    if (text && text[0])
        set(r, WEIR_CONTEXT(key, text));
}

static void set_path(struct weir_request *r, const char *path, const char *query)
{
    size_t len = path ? strcspn(path, "?") : 0;

    if (len)
        set(r, slice("path", path, len));
    if (query && query[0])
        set_text(r, "query", query);
    else if (path && path[len] == '?')
        set_text(r, "query", path + len + 1);
}

static void set_request_id(struct weir_request *r, const char *given)
{
    unsigned char id[WEIR_ID_BYTES];
    char text[WEIR_ID_TEXT + 1] = "";

    if (!given || !given[0]) {
        weir_id_make(id, weir_now_us());
        weir_id_text(text, id);
        given = text;
    }
    set(r, WEIR_REQUEST_ID(given));
}

struct weir_request *weir_request_begin(struct weir_client *client,
                                        const struct weir_request_info *info)
{
    static const struct weir_request_info none;
    struct weir_request *r = client ? calloc(1, sizeof *r) : NULL;

    if (!r)
        return NULL;
    if (!info)
        info = &none;
    r->client = client;
    set_request_id(r, info->request_id);
    set_text(r, "method", info->method);
    set_path(r, info->path, info->query);
    set_text(r, "referrer", info->referrer);
    set_text(r, "user_agent", info->user_agent);
    set_text(r, "ip", info->ip);
    return r;
}

void weir_request_end(struct weir_request *request)
{
    if (!request)
        return;
    if (scope.current == request)
        scope.current = NULL;
    weir_blob_free(&request->context);
    free(request);
}

void weir_request_set(struct weir_request *request, struct weir_value value)
{
    if (request)
        set(request, value);
}

bool weir_request_trigger_values(struct weir_request *request, const char *name,
                                 const struct weir_value *values)
{
    return request && weir_queue(request->client, name, &request->context, false, NULL, values);
}

/* --- pages --- */

static int status_of(const struct weir_request *r)
{
    struct weir_item item;
    int64_t status = 0;

    if (weir_blob_get(&r->context, WEIR_IN_CONTEXT, "status", &item) && item.kind == WEIR_KIND_INT)
        memcpy(&status, item.data, sizeof status);
    return (int)status;
}

static bool is_excluded(const struct weir_request *r)
{
    const char *const *agents = r->client->options.excluded_user_agents;
    struct weir_item item;

    if (!weir_blob_get(&r->context, WEIR_IN_CONTEXT, "user_agent", &item))
        return false;
    for (; *agents; agents++)
        if (strlen(*agents) == item.len && memcmp(*agents, item.data, item.len) == 0)
            return true;
    return false;
}

static bool is_api(const struct weir_request *r)
{
    const char *const *paths = r->client->options.api_paths;
    struct weir_item item;

    if (!weir_blob_get(&r->context, WEIR_IN_CONTEXT, "path", &item))
        return false;
    for (; *paths; paths++)
        if (strlen(*paths) <= item.len && memcmp(*paths, item.data, strlen(*paths)) == 0)
            return true;
    return false;
}

bool weir_page_visited(struct weir_request *request)
{
    if (!request || is_excluded(request))
        return false;
    if (is_api(request))
        return weir_api_queried(request);
    if (status_of(request) >= STATUS_FAILED && !request->client->options.count_failed_pages)
        return false;
    return weir_queue(request->client, "page_visited", &request->context, false, NULL, NULL);
}

bool weir_api_queried(struct weir_request *request)
{
    struct weir_value values[2] = {WEIR_BOOL("not_found", true), WEIR_END};

    if (!request || is_excluded(request))
        return false;
    return weir_queue(request->client, "api_queried", &request->context, true, NULL,
                      status_of(request) == STATUS_NOT_FOUND ? values : NULL);
}

/* --- the thread's scope --- */

struct weir_request *weir_request_enter(struct weir_request *request)
{
    struct weir_request *outer = scope.current;

    scope.current = request;
    return outer;
}

void weir_request_leave(struct weir_request *outer)
{
    scope.current = outer;
}

struct weir_request *weir_request_current(void)
{
    return scope.current;
}

const struct weir_blob *weir_request_context(const struct weir_client *c)
{
    return scope.current && scope.current->client == c ? &scope.current->context : NULL;
}

void weir_suppress_begin(void)
{
    scope.suppressed++;
}

void weir_suppress_end(void)
{
    if (scope.suppressed)
        scope.suppressed--;
}

bool weir_suppressed(void)
{
    return scope.suppressed;
}
