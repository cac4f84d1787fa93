/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: a small website behind libmicrohttpd whose requests fire events through libweir.
 *
 *   GET /            a page
 *   GET /jobs?q=…    a page; a search deep in the code fires an event of its own
 *   GET /account     a page for who has a session (cookie `session`), else 302 to /
 *   GET /api/jobs    an API: api_queried instead of page_visited
 *   anything else    404
 *
 *   WEIR_URL=http://127.0.0.1:8080 WEIR_KEY=$(cat backend.key) ./server [PORT] [SPOOL]
 *
 * It prints its address, and ends at SIGINT or SIGTERM. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <weir/weir.h>

struct page {
    unsigned status;
    const char *content_type, *location, *body;
};

static struct weir_client *events;

/* --- the application: it knows nothing of requests and their events --- */

static const char *search_jobs(const char *words)
{
    weir_trigger(events, "something_happened", WEIR_TEXT("foo", words), WEIR_END);
    return "<!doctype html><title>Jobs</title><p>Two jobs were found.";
}

static const char *user_of_session(const char *session)
{
    return session ? "u-17" : NULL; /* a real one asks its database */
}

/* --- the pages --- */

static struct page answer(struct weir_request *request, struct MHD_Connection *connection,
                          const char *path)
{
    const char *session = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "session");
    const char *user = user_of_session(session), *html = "text/html; charset=utf-8";
    struct page page = {200, html, NULL, "<!doctype html><title>Home</title><p>Welcome."};

    weir_request_set_session(request, session);
    weir_request_set_user(request, user);
    if (strcmp(path, "/") == 0)
        return page;
    if (strcmp(path, "/jobs") == 0) {
        page.body =
            search_jobs(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "q"));
    } else if (strcmp(path, "/account") == 0) {
        if (!user) {
            page.status = 302;
            page.location = "/";
        }
    } else if (strcmp(path, "/api/jobs") == 0) {
        page.content_type = "application/json";
        page.body = "{\"jobs\":[]}";
    } else {
        page.status = 404;
        page.body = "<!doctype html><title>Not found</title>";
    }
    return page;
}

/* --- between libmicrohttpd and libweir --- */

/* libmicrohttpd hands out the path without its query, so both are kept as they came. */
static void *on_line(void *cls, const char *line, struct MHD_Connection *connection)
{
    (void)cls, (void)connection;
    return strdup(line); /* on_request has it as *state */
}

static struct weir_request *begin_request(struct MHD_Connection *connection, const char *method,
                                          const char *line)
{
    struct weir_request_info info = {0};
    const char *agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent");

    info.request_id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Request-ID");
    info.method = method;
    info.path = line;
    info.referrer = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Referer");
    info.user_agent = agent;
    info.ip =
        "127.0.0.1"; /* it listens on the loopback alone; else MHD_get_connection_info knows it */
    return weir_request_begin(events, &info);
}

static enum MHD_Result send_page(struct MHD_Connection *connection, const struct page *page)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(page->body), (void *)(uintptr_t)page->body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    MHD_add_response_header(response, "Content-Type", page->content_type);
    if (page->location)
        MHD_add_response_header(response, "Location", page->location);
    result = MHD_queue_response(connection, page->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct weir_request *request = begin_request(connection, method, *state);
    struct weir_request *outer = weir_request_enter(request);
    struct page page = answer(request, connection, path);
    enum MHD_Result result = send_page(connection, &page);

    (void)cls, (void)version, (void)upload;
    *upload_size = 0;
    weir_request_leave(outer);
    weir_request_set_status(request, (int)page.status);
    weir_request_set_content_type(request, page.content_type);
    weir_page_visited(request);
    weir_request_end(request);
    return result;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)connection, (void)why;
    free(*state);
}

static void on_error(void *ctx, const struct weir_problem *problem)
{
    (void)ctx;
    fprintf(stderr, "events: %s %s %s\n", problem->code, problem->path, problem->message);
}

static struct weir_client *make_client(const char *spool)
{
    static const char *const probes[] = {"platform-probe/1", NULL}, *const apis[] = {"/api/", NULL};
    struct weir_options options = {0};

    options.url = getenv("WEIR_URL");
    options.key = getenv("WEIR_KEY");
    options.spool = spool;
    options.excluded_user_agents = probes;
    options.api_paths = apis;
    options.flush_interval_ms = 200;
    options.on_error = on_error;
    return weir_client_new(&options);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {0};
    struct MHD_Daemon *daemon;
    sigset_t ends;
    int number;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* before there are threads: theirs are blocked, too */
    events = make_client(argc > 2 ? argv[2] : NULL);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 8000));
    daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, NULL,
                              MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                              MHD_OPTION_URI_LOG_CALLBACK, on_line, NULL,
                              MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "server: cannot listen\n");
        weir_client_free(events, 0);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    sigwait(&ends, &number);
    MHD_stop_daemon(daemon);
    weir_client_free(events, 2000); /* what waits is sent before the end */
    return 0;
}
