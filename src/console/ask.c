/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: runs a question for a client, and makes its answer.
 *
 * The answer is made whole before its status is sent. A question ends when its client is gone. */
#include "console/ask.h"

#include <poll.h>

#include "base/check.h"
#include "console/spool.h"
#include "console/watching.h"

enum MHD_Result console_ask_error(struct MHD_Connection *connection, const struct err *err)
{
    switch (err->code) {
    case ERR_USAGE:
    case ERR_PARSE: return console_error(connection, 400, "bad_query", err->text);
    case ERR_DENIED: return console_error(connection, 403, "not_allowed", err->text);
    case ERR_LIMIT: return console_error(connection, 422, "limit", err->text);
    case ERR_BUSY: return console_error(connection, 503, "busy", err->text);
    case ERR_SPACE: return console_error(connection, 507, "disk_full", err->text);
    case ERR_STOPPED: return console_error(connection, 409, "stopped", err->text);
    default: return console_error(connection, 500, "internal", err->text);
    }
}

static struct MHD_Response *make_response(struct spool *s, const struct query_opts *opts,
                                          const struct query_result *result)
{
    const char *type = query_format_content_type(opts->format);
    struct MHD_Response *response;
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
        return NULL;
    snprintf(rows, sizeof rows, "%llu", (unsigned long long)result->rows);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Weir-Rows", rows);
    if (result->cut)
        MHD_add_response_header(response, "Weir-Cut", "true");
    return response;
}

int console_socket(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

/* The client has closed, or at least says that it sends nothing more: as HTTP goes, it is gone. */
bool console_is_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* Others may wait for the same answer still. */
static bool is_unwanted(void *ctx)
{
    const struct console_request *r = ctx;

    return console_is_gone(r->fd) && !(r->run && shared_is_awaited(r->console->shared, r->run));
}

int console_ask_place(struct console *c, struct console_request *r, struct err *err)
{
    const char *id = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Weir-Question");

    CHECK(!r->place);
    r->console = c;
    r->fd = console_socket(r->connection);
    r->place = questions_begin(&c->asked, console_asker(r), str_from(id));
    if (r->place)
        return 0;
    return err_set(err, ERR_BUSY,
                   "as many questions as may run at once are running; ask again soon");
}

bool console_ask_begin(struct console *c, struct console_request *r, enum MHD_Result *out)
{
    struct err err = {0};

    if (console_ask_place(c, r, &err) == 0)
        return true;
    *out = console_ask_error(r->connection, &err);
    return false;
}

void console_ask_end(struct console *c, struct console_request *r)
{
    questions_end(&c->asked, r->place);
    r->place = NULL;
}

static bool is_over(void *ctx)
{
    const struct console_request *r = ctx;

    return atomic_load(&r->console->stopping) || atomic_load(&r->place->cancel) ||
           console_is_gone(r->fd);
}

struct console_waiting console_ask_waiting(struct console_request *r)
{
    CHECK(r->place);
    return (struct console_waiting){is_over, r};
}

int console_ask_run(struct console *c, struct console_request *r, struct query_opts *opts,
                    struct query_result *result, struct err *err)
{
    if (r->fd >= 0) {
        opts->is_unwanted = is_unwanted;
        opts->asker = r;
    }
    opts->without_hidden = !opts->leaves_hidden_out && !access_has(r, ACCESS_HIDDEN);
    opts->trusted = access_has(r, ACCESS_ADMIN);
    questions_run(&c->asked, r->place, opts);
    opts->stop = &c->stopping;
    opts->stuck = &c->stuck;
    opts->held = &c->held;
    atomic_fetch_add(&c->questions, 1);
    if (query_run(c->opts.store, opts, result, err) == 0)
        return 0;
    atomic_fetch_add(&c->questions_failed, 1);
    return -1;
}

struct MHD_Response *console_ask_response(struct console *c, struct console_request *r,
                                          struct query_opts *opts, struct spool *spool,
                                          struct err *err)
{
    struct MHD_Response *response;
    struct query_result result;

    if (console_ask_run(c, r, opts, &result, err) < 0) {
        *err = spool->err.code ? spool->err : *err;
        return NULL;
    }
    response = make_response(spool, opts, &result);
    if (!response)
        err_set(err, ERR_INTERNAL, "the HTTP library could not take the answer");
    return response;
}

enum MHD_Result console_ask_answer(struct console *c, struct console_request *r,
                                   struct query_opts *opts, struct spool *spool)
{
    struct MHD_Response *response;
    struct err err = {0};
    enum MHD_Result queued;

    response = console_ask_response(c, r, opts, spool, &err);
    if (!response)
        return console_ask_error(r->connection, &err);
    queued = MHD_queue_response(r->connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}
