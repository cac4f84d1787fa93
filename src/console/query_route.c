/* SPDX-License-Identifier: Apache-2.0 */
/* query_route.c: POST /api/query: a question in, rows out.
 *
 * The body is read by query_body.c. The answer is made whole before its status is sent. */
#include <poll.h>
#include <stdlib.h>

#include "base/mem.h"
#include "console/internal.h"
#include "console/query_body.h"
#include "console/spool.h"
#include "store/query.h"

static enum MHD_Result answer_error(struct MHD_Connection *connection, const struct err *err)
{
    switch (err->code) {
    case ERR_USAGE:
    case ERR_PARSE: return console_error(connection, 400, "bad_query", err->text);
    case ERR_DENIED: return console_error(connection, 403, "not_allowed", err->text);
    case ERR_LIMIT: return console_error(connection, 422, "limit", err->text);
    case ERR_BUSY: return console_error(connection, 503, "busy", err->text);
    case ERR_SPACE: return console_error(connection, 507, "disk_full", err->text);
    default: return console_error(connection, 500, "internal", err->text);
    }
}

static int to_spool(void *ctx, struct str bytes)
{
    return spool_write(ctx, bytes);
}

static enum MHD_Result send_spool(struct MHD_Connection *connection, struct spool *s,
                                  const struct query_opts *opts, const struct query_result *result)
{
    const char *type = query_format_content_type(opts->format);
    struct MHD_Response *response;
    enum MHD_Result queued;
    char rows[32];

    if (s->fd < 0) {
        response = MHD_create_response_from_buffer(
            s->memory.len, s->memory.ptr ? s->memory.ptr : "", MHD_RESPMEM_MUST_COPY);
    } else {
        response = MHD_create_response_from_fd64(s->len, s->fd);
        if (response)
            s->fd = -1; /* the response closes it */
    }
    if (!response)
        return MHD_NO;
    snprintf(rows, sizeof rows, "%llu", (unsigned long long)result->rows);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Weir-Rows", rows);
    if (result->cut)
        MHD_add_response_header(response, "Weir-Cut", "true");
    queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

/* The client has closed, or at least says that it sends nothing more: as HTTP goes, it is gone. */
static bool is_unwanted(void *asker)
{
    struct pollfd p = {.fd = *(const int *)asker, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static enum MHD_Result ask(struct console *c, struct MHD_Connection *connection,
                           struct query_opts *opts)
{
    struct query_result result;
    struct spool spool;
    struct err err = {0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = info ? info->connect_fd : -1;
    enum MHD_Result queued;

    if (fd >= 0) {
        opts->is_unwanted = is_unwanted;
        opts->asker = &fd;
    }
    opts->stuck = &c->stuck;
    spool_init(&spool, c->opts.spool_dir);
    opts->write = to_spool;
    opts->ctx = &spool;
    atomic_fetch_add(&c->questions, 1);
    if (query_run(c->opts.store, opts, &result, &err) < 0) {
        atomic_fetch_add(&c->questions_failed, 1);
        queued = answer_error(connection, spool.err.code ? &spool.err : &err);
    } else {
        queued = send_spool(connection, &spool, opts, &result);
    }
    spool_free(&spool);
    return queued;
}

enum MHD_Result console_query(struct console *c, struct MHD_Connection *connection, struct str body)
{
    struct query_opts opts = {
        .format = QUERY_JSON, .timeout_us = c->opts.query_timeout_us, .stop = &c->stopping};
    struct query_body read;
    struct err err = {0};
    enum MHD_Result queued;

    if (query_body_read(&read, &opts, body, &err) < 0) {
        queued = err.code == ERR_PARSE ? console_error(connection, 400, "bad_json", err.text)
                                       : answer_error(connection, &err);
    } else if (atomic_fetch_add(&c->questions_running, 1) >= CONSOLE_QUESTIONS_MAX) {
        atomic_fetch_sub(&c->questions_running, 1);
        queued = console_error(connection, 503, "busy",
                               "as many questions as may run at once are running; ask again soon");
    } else {
        queued = ask(c, connection, &opts);
        atomic_fetch_sub(&c->questions_running, 1);
    }
    query_body_free(&read);
    return queued;
}
