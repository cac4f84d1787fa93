/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: the server, its routes and who may use them.
 *
 * A thread for each connection, since a question may take its time; connections are few and come from
 * people and their tools. Promises that every request but /healthz passes the guard (guard.c) before
 * its route, and that an answer is never cached or read as another type. */
#include "console/console.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/listen.h"
#include "base/mem.h"
#include "console/internal.h"
#include "console/watching.h"

enum { STATUS_MAX = 256 * 1024 };

static const char about[] =
    "Weir's console.\n\n"
    "GET  /healthz     is the engine well? (no token)\n"
    "GET  /api/status  versions, positions, lag\n"
    "POST /api/query   {\"sql\": \"SELECT name, count(*) FROM events GROUP BY 1\", \"format\": "
    "\"csv\"}\n"
    "GET  /api/catalogue  what may be sent: every event with its properties\n"
    "GET  /api/report  named questions; GET /api/report/NAME?PARAMETERS answers one\n"
    "POST /api/quarantine/try, replay, drop  what becomes of events that were kept aside\n"
    "GET  /api/live    events as they come, as text/event-stream\n"
    "GET  /api/ledger  what became of every event, and whether any is unaccounted for\n"
    "GET  /api/questions, DELETE /api/questions/ID  questions under way; stops one\n"
    "GET  /api/start, /api/settings, /api/marks  what the pages begin with\n"
    "GET  /metrics     Prometheus text\n"
    "POST /api/session {\"password\": \"...\"} signs in, for browsers; GET says who one is\n\n"
    "All others want that, or `Authorization: Bearer TOKEN`; the token with all rights stands in\n"
    "console.token in the data folder. `weir query` does all this for you.\n";

enum MHD_Result console_answer(struct MHD_Connection *connection, unsigned status,
                               const char *content_type, struct str body)
{
    return console_answer_with(connection, status, content_type, body, NULL, 0);
}

enum MHD_Result console_answer_with(struct MHD_Connection *connection, unsigned status,
                                    const char *content_type, struct str body,
                                    const struct console_header *headers, size_t count)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.len, (void *)body.ptr, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result queued;

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", content_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'");
    if (status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"weir\"");
    for (size_t i = 0; i < count; i++)
        MHD_add_response_header(response, headers[i].name, headers[i].value);
    if (status == 503 && !MHD_get_response_header(response, "Retry-After"))
        MHD_add_response_header(response, "Retry-After", "1");
    queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result error_with(struct MHD_Connection *connection, unsigned status,
                                  const char *code, const char *message,
                                  const struct console_header *headers, size_t count)
{
    AUTO_BUF body;

    buf_init(&body, 4096);
    buf_printf(&body, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    buf_json(&body, str_from(message));
    buf_str(&body, STR("}}\n"));
    return console_answer_with(connection, status, "application/json", buf_as_str(&body), headers,
                               count);
}

enum MHD_Result console_error(struct MHD_Connection *connection, unsigned status, const char *code,
                              const char *message)
{
    return error_with(connection, status, code, message, NULL, 0);
}

static enum MHD_Result answer_status(struct console *c, struct MHD_Connection *connection)
{
    AUTO_BUF body;

    buf_init(&body, STATUS_MAX);
    buf_str(&body, STR("{\"version\":\"" WEIR_VERSION "\""));
    buf_printf(&body, ",\"questions_running\":%u", questions_running(&c->asked));
    buf_str(&body, STR(",\"csp\":"));
    csp_put_json(&c->csp, &body);
    if (c->opts.put_status)
        c->opts.put_status(c->opts.ctx, &body);
    buf_str(&body, STR("}\n"));
    if (buf_failed(&body))
        return console_error(connection, 500, "internal", "the state is larger than 256 KiB");
    return console_answer(connection, 200, "application/json", buf_as_str(&body));
}

static enum MHD_Result answer_metrics(struct console *c, struct MHD_Connection *connection)
{
    AUTO_BUF body;

    buf_init(&body, STATUS_MAX);
    buf_printf(&body,
               "# HELP weir_questions_total Questions that were asked.\n"
               "# TYPE weir_questions_total counter\nweir_questions_total %llu\n"
               "# HELP weir_questions_failed_total Questions without an answer.\n"
               "# TYPE weir_questions_failed_total counter\nweir_questions_failed_total %llu\n"
               "# HELP weir_console_refused_total Requests without a right to be answered.\n"
               "# TYPE weir_console_refused_total counter\nweir_console_refused_total %llu\n"
               "# HELP weir_questions_running Questions under way.\n"
               "# TYPE weir_questions_running gauge\nweir_questions_running %u\n",
               atomic_load(&c->questions), atomic_load(&c->questions_failed),
               atomic_load(&c->refused), questions_running(&c->asked));
    door_put_metrics(c->door, &body);
    csp_put_metrics(&c->csp, &body);
    if (c->opts.put_metrics)
        c->opts.put_metrics(c->opts.ctx, &body);
    if (buf_failed(&body))
        return console_error(connection, 500, "internal", "the metrics are larger than 256 KiB");
    return console_answer(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
                          buf_as_str(&body));
}

bool console_is_json(struct MHD_Connection *connection)
{
    struct str type =
        str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"));

    return str_eq_nocase(str_trim(str_split(&type, ';')), STR("application/json"));
}

/* What a path takes, as the header Allow has it; NULL: there is nothing. */
static const char *methods_of(struct str path)
{
    static const char *const looked_at[] = {"/",           "/metrics",      "/healthz",
                                            "/api/status", "/api/start",    "/api/live",
                                            "/api/report", "/api/questions"};
    /* The head of their answers would cost as much as the whole. */
    static const char *const asked[] = {"/api/settings", "/api/marks", "/api/ledger"};

    for (size_t i = 0; i < ARRAY_LEN(looked_at); i++)
        if (str_is(path, looked_at[i]))
            return "GET, HEAD";
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        if (str_is(path, asked[i]))
            return "GET";
    if (console_is_catalogue(path))
        return "GET, HEAD";
    if (console_is_report(path))
        return "GET";
    if (str_is(path, "/api/session"))
        return "GET, HEAD, POST, DELETE";
    if (console_is_questions(path))
        return "DELETE";
    return str_is(path, "/api/query") || str_is(path, "/api/csp") || console_is_decision(path)
               ? "POST"
               : NULL;
}

static enum MHD_Result wrong_method(struct MHD_Connection *connection, const char *allowed)
{
    char message[80];

    snprintf(message, sizeof message, "this path takes %s", allowed);
    return error_with(connection, 405, "method_not_allowed", message,
                      (const struct console_header[]){{"Allow", allowed}}, 1);
}

static bool takes(struct str methods, struct str method)
{
    while (methods.ptr)
        if (str_eq(str_trim(str_split(&methods, ',')), method))
            return true;
    return false;
}

static enum MHD_Result answer_get(struct console *c, struct console_request *r, struct str path)
{
    struct MHD_Connection *connection = r->connection;

    if (str_is(path, "/"))
        return console_answer(connection, 200, "text/plain; charset=utf-8", str_from(about));
    if (str_is(path, "/api/status"))
        return answer_status(c, connection);
    if (str_is(path, "/api/start"))
        return console_start_page(c, r);
    if (str_is(path, "/api/settings"))
        return console_settings(c, r);
    if (str_is(path, "/api/marks"))
        return console_marks(c, r);
    if (str_is(path, "/metrics"))
        return answer_metrics(c, connection);
    if (str_is(path, "/api/live"))
        return console_live(c, r);
    if (str_is(path, "/api/ledger"))
        return console_ledger(c, r);
    if (str_is(path, "/api/questions"))
        return console_questions(c, r);
    if (console_is_report(path))
        return console_report(c, r, path);
    return console_catalogue(c, r, path);
}

static enum MHD_Result answer(struct console *c, struct console_request *r, struct str method,
                              struct str path)
{
    struct MHD_Connection *connection = r->connection;
    const char *methods = methods_of(path);

    if (!methods)
        return console_error(connection, 404, "not_found",
                             "there is nothing here; GET / lists what is");
    if (!takes(str_from(methods), method))
        return wrong_method(connection, methods);
    if (str_is(path, "/api/session"))
        return console_session(c, r, method);
    if (str_is(path, "/api/csp"))
        return console_csp(c, r);
    if (str_is(method, "DELETE"))
        return console_stop_question(c, r, path);
    if (!str_is(method, "POST"))
        return answer_get(c, r, path);
    if (!console_is_json(connection))
        return console_error(connection, 415, "unsupported_media_type",
                             "send the question with Content-Type: application/json");
    if (console_is_decision(path))
        return console_decide(c, r, path);
    return console_query(c, r);
}

static bool is_looked_at(struct str method)
{
    return str_is(method, "GET") || str_is(method, "HEAD");
}

static bool is_health(struct str method, struct str path)
{
    return is_looked_at(method) && str_is(path, "/healthz");
}

/* What anybody may load: the pages themselves, without data. */
static bool is_page(struct str method, struct str path)
{
    return is_looked_at(method) && !str_starts(path, STR("/api/")) && !str_is(path, "/metrics");
}

static struct connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* Called first with the header alone, then with each piece of the body, then without one. What is answered at
 * once ends the connection, since a body may follow: only what is refused is. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **request)
{
    struct console_request *r = *request;
    struct console *c = ctx;
    enum MHD_Result queued;

    (void)version;
    if (!r) {
        *request = r = xcalloc(1, sizeof *r);
        r->connection = connection;
        buf_init(&r->body, CONSOLE_BODY_MAX);
        connections_set_busy(c->connections, connection_of(connection), true);
        if (is_health(str_from(method), str_from(url)))
            return MHD_YES;
        if (!console_admit(c, r, str_from(method), str_from(url),
                           is_page(str_from(method), str_from(url)), &queued))
            return queued;
        r->asset = console_is_asset(connection, str_from(method), str_from(url));
        return MHD_YES;
    }
    if (*data_len > 0) {
        if (!r->answered)
            buf_append(&r->body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    if (r->answered)
        return MHD_YES;
    if (buf_failed(&r->body))
        return console_error(connection, 413, "too_large", "a request may have at most 300 KiB");
    if (r->asset)
        return console_asset(r, str_from(url));
    if (is_health(str_from(method), str_from(url)))
        return console_answer(connection, 200, "application/json", STR("{\"status\":\"ok\"}\n"));
    return answer(c, r, str_from(method), str_from(url));
}

static void request_ended(void *ctx, struct MHD_Connection *connection, void **request,
                          enum MHD_RequestTerminationCode why)
{
    struct console_request *r = *request;

    struct console *c = ctx;

    (void)why;
    if (!r)
        return;
    connections_set_busy(c->connections, connection_of(connection), false);
    buf_free(&r->body);
    free(r);
    *request = NULL;
}

static void connection_changed(void *ctx, struct MHD_Connection *connection, void **place,
                               enum MHD_ConnectionNotificationCode what)
{
    struct console *c = ctx;

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *place = connections_add(c->connections, console_socket(connection));
    else if (*place)
        connections_remove(c->connections, *place);
}

static int start_daemon(struct console *c, int fd, struct err *err)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC;

    if (strchr(c->opts.listen->host, ':'))
        flags |= MHD_USE_IPv6;
    c->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, c, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        request_ended, c, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, c,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(CONNECTIONS_MAX + CONNECTIONS_LEAVING_MAX),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONSOLE_IDLE_S, MHD_OPTION_END);
    if (!c->daemon)
        return err_set(err, ERR_IO, "start the console's server: %s", strerror(errno));
    return 0;
}

static void drop_response(void *answer)
{
    MHD_destroy_response(answer);
}

static void free_parts(struct console *c)
{
    connections_free(c->connections);
    shared_free(c->shared);
    live_free(c->live);
    questions_reset(&c->asked);
    identities_free(c->identities);
    door_close(c->door);
    csp_destroy(&c->csp);
    explicit_bzero(&c->token, sizeof c->token);
    free(c);
}

static int open_door(struct console *c, struct err *err)
{
    const struct door_opts opts = {.password_file = c->opts.password_file,
                                   .sessions_file = c->opts.sessions_file,
                                   .session_us = c->opts.access->session_us,
                                   .without_password = c->opts.access->without_password,
                                   .say = c->opts.say,
                                   .ctx = c->opts.ctx};

    if (door_open(&c->door, &opts, err) < 0)
        return -1;
    return identities_new(&c->identities, c->opts.access, c->door, &c->token, err);
}

int console_start(struct console **out, const struct console_opts *opts, struct err *err)
{
    struct console *c = xcalloc(1, sizeof *c);
    int fd = -1;

    c->opts = *opts;
    csp_init(&c->csp);
    questions_init(&c->asked);
    c->connections = connections_new();
    c->shared = shared_new(drop_response);
    c->live = live_new(opts->journal_dir);
    if (token_load(&c->token, opts->token_file, true, err) < 0)
        goto fail;
    if (open_door(c, err) < 0)
        goto fail;
    fd = listen_open(opts->listen->host, opts->listen->port, LISTEN_ALONE, err);
    if (fd < 0) {
        err_prefix(err, "console.listen");
        goto fail;
    }
    c->port = listen_port(fd);
    if (start_daemon(c, fd, err) < 0)
        goto fail;
    *out = c;
    return 0;

fail:
    close_fd(&fd);
    free_parts(c);
    return -1;
}

void console_stop(struct console *c)
{
    if (!c)
        return;
    atomic_store(&c->stopping, true);
    live_stop(c->live);
    live_have_left(c->live, LIVE_GOODBYE_MS); /* who does not read by then is cut off */
    MHD_stop_daemon(c->daemon);
    free_parts(c);
}

const char *console_new_password(const struct console *c)
{
    return door_made(c->door);
}

void console_forget_password(struct console *c)
{
    door_forget_made(c->door);
}

bool console_is_stuck(const struct console *c)
{
    return atomic_load(&c->stuck) || atomic_load(&c->held) == QUESTIONS_MAX;
}

uint16_t console_port(const struct console *c)
{
    return c->port;
}

const char *console_library_version(void)
{
    return MHD_get_version();
}
