/* SPDX-License-Identifier: Apache-2.0 */
/* demo_server.c: fork and exec of this very program as `weir serve`, in a process group of its own:
 * Ctrl-C reaches the demo alone, which then ends the server in order. */
#include "cmd/demo_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/backoff.h"
#include "cmd/http_client.h"
#include "console/token.h"

enum { START_S = 120, STOP_S = 20, ASK_S = 30, ANSWER_MAX = 4 << 20 };

struct demo_server {
    pid_t pid; /* 0: not running */
    int status; /* how it ended */
    char *log;
    const struct settings *settings;
    const volatile sig_atomic_t *stop;
    struct http_client *http;
};

/* Asked for anew each time: a process writes down where it listens once it does. */
static char *collector_url(const struct demo_server *s)
{
    return address_find(s->settings, "collector", &s->settings->collector.listen);
}

_Noreturn static void become_server(const char *config, int log_fd, pid_t parent)
{
    char serve[] = "serve", option[] = "--config", program[] = "weir";
    AUTO_FREE char *path = xstrdup(config);
    char *const argv[] = {program, serve, option, path, NULL};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
        _exit(1);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(log_fd, STDOUT_FILENO) < 0 ||
        dup2(log_fd, STDERR_FILENO) < 0)
        _exit(1);
    execv("/proc/self/exe", argv);
    perror("weir serve");
    _exit(1);
}

/* The end of the log, since a person would look there next. */
static int explain_end(const struct demo_server *s, struct err *err)
{
    char tail[160] = "";
    struct str log;

    if (io_read_file(io_system(), s->log, 64 << 20, &log, NULL) == 0) {
        struct str text = str_trim(log);
        size_t at = text.len;

        while (at > 0 && text.ptr[at - 1] != '\n')
            at--;
        snprintf(tail, sizeof tail, "%.*s", (int)(text.len - at), text.ptr + at);
        free((char *)(uintptr_t)log.ptr);
    }
    return err_set(err, ERR_IO, "weir serve has ended; %s ends with: %s", s->log, tail);
}

int demo_server_check(struct demo_server *s, struct err *err)
{
    if (s->pid && waitpid(s->pid, &s->status, WNOHANG) == s->pid)
        s->pid = 0;
    return s->pid ? 0 : explain_end(s, err);
}

static bool answers(struct demo_server *s)
{
    AUTO_FREE char *base = collector_url(s), *url = xasprintf("%s/healthz", base);
    struct http_response answer;
    struct err err;

    return http_client_send(
               s->http, &(struct http_request){.method = "GET", .url = url, .timeout_us = 2000000},
               &answer, &err) == 0 &&
           answer.status == 200;
}

static int wait_until_ready(struct demo_server *s, struct err *err)
{
    int64_t give_up_us = clock_monotonic_us() + START_S * INT64_C(1000000);
    bool collector = false;

    while (clock_monotonic_us() < give_up_us) {
        yyjson_doc *doc;

        if (s->stop && *s->stop)
            return err_set(err, ERR_DENIED, "stopped");
        if (demo_server_check(s, err) < 0)
            return -1;
        collector = collector || answers(s);
        if (collector && demo_server_ask(s, "SELECT 1", &doc, err)) {
            yyjson_doc_free(doc);
            return 0;
        }
        backoff_wait(20000, s->stop);
    }
    if (!collector)
        return err_set(err, ERR_BUSY, "the collector has not answered for %d s; see %s", START_S,
                       s->log);
    return err_prefix(err, "the console has not answered for %d s", START_S);
}

int demo_server_start(struct demo_server **out, const struct settings *settings, const char *log,
                      const volatile sig_atomic_t *stop, struct err *err)
{
    struct demo_server *s = xcalloc(1, sizeof *s);
    AUTO_FD fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    pid_t parent = getpid();

    s->log = xstrdup(log);
    s->settings = settings;
    s->stop = stop;
    if (fd < 0) {
        err_set(err, ERR_IO, "open %s: %s", log, strerror(errno));
        goto fail;
    }
    if (http_client_new(&s->http, ANSWER_MAX, stop, err) < 0)
        goto fail;
    if (answers(s)) {
        AUTO_FREE char *url = collector_url(s);

        err_set(err, ERR_BUSY, "something answers at %s already: is another demo running?", url);
        goto fail;
    }
    s->pid = fork();
    if (s->pid == 0)
        become_server(settings->file, fd, parent);
    if (s->pid < 0) {
        s->pid = 0;
        err_set(err, ERR_IO, "start weir serve: %s", strerror(errno));
        goto fail;
    }
    if (wait_until_ready(s, err) < 0)
        goto fail;
    *out = s;
    return 0;

fail:
    demo_server_stop(s);
    return -1;
}

void demo_server_stop(struct demo_server *s)
{
    int64_t give_up_us = clock_monotonic_us() + STOP_S * INT64_C(1000000);

    if (!s)
        return;
    if (s->pid)
        kill(s->pid, SIGTERM);
    while (s->pid && demo_server_check(s, NULL) == 0) {
        if (clock_monotonic_us() > give_up_us)
            kill(s->pid, SIGKILL);
        backoff_wait(10000, NULL);
    }
    http_client_free(s->http);
    free(s->log);
    free(s);
}

static int post_query(struct demo_server *s, const char *sql, struct http_response *answer,
                      struct err *err)
{
    AUTO_FREE char *file = settings_data_path(s->settings, "console.token"), *authorization = NULL;
    AUTO_FREE char *base = address_find(s->settings, "console", &s->settings->console.listen);
    AUTO_FREE char *url = xasprintf("%s/api/query", base);
    struct token token;
    AUTO_BUF body;

    buf_init(&body, 65536);
    if (token_load(&token, file, false, err) < 0)
        return -1;
    authorization = xasprintf("Authorization: Bearer %s", token.text);
    buf_append(&body, "{\"sql\":", 7);
    buf_json(&body, str_from(sql));
    buf_append(&body, ",\"format\":\"json\"}", 17);
    return http_client_send(
        s->http,
        &(struct http_request){
            .method = "POST",
            .url = url,
            .headers = (const char *[]){authorization, "Content-Type: application/json", NULL},
            .body = buf_as_str(&body),
            .timeout_us = ASK_S * INT64_C(1000000)},
        answer, err);
}

yyjson_val *demo_server_ask(struct demo_server *s, const char *sql, yyjson_doc **doc,
                            struct err *err)
{
    struct http_response answer;
    yyjson_val *rows;

    if (post_query(s, sql, &answer, err) < 0)
        return NULL;
    *doc = yyjson_read(answer.body.ptr, answer.body.len, 0);
    rows = yyjson_obj_get(yyjson_doc_get_root(*doc), "rows");
    if (answer.status == 200 && yyjson_is_arr(rows))
        return rows;
    err_set(err, ERR_IO, "the console answers %d to a question; see %s", answer.status, s->log);
    yyjson_doc_free(*doc);
    return NULL;
}
