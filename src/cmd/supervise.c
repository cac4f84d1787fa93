/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c: fork, exec, wait; the children report readiness in systemd's own words.
 *
 * A child that ends after it was ready is started again, at once the first time, then with growing
 * pauses; one that never got ready has a mistake in its settings, and everything ends with its exit
 * code, unless that says to try later. Children get SIGTERM when this process dies, however it dies. */
#include "cmd/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/notify.h"

enum { STOP_DEADLINE_S = 15, PAUSE_MIN_MS = 100, PAUSE_MAX_MS = 30000, STEADY_S = 60 };

struct supervisor {
    const char *config;
    struct child *children;
    size_t count;
    int signals, notices;
    char notice_name[64]; /* of the abstract socket, with its leading '@' */
    sigset_t mask_before;
    bool stopping;
    int exit_code;
};

static int open_notices(struct supervisor *s, struct err *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    unsigned char random[12];
    int yes = 1, len;
    char hex[24];

    random_bytes(random, sizeof random);
    hex_encode(hex, random, sizeof random);
    len = snprintf(s->notice_name, sizeof s->notice_name, "@weir-%.24s", hex);
    memcpy(name.sun_path + 1, s->notice_name + 1, (size_t)len - 1);
    s->notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->notices < 0 ||
        bind(s->notices, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)) < 0 ||
        setsockopt(s->notices, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0)
        return err_set(err, ERR_IO, "make a socket for readiness: %s", strerror(errno));
    return 0;
}

int supervisor_new(struct supervisor **out, const char *config, struct child *children,
                   size_t count, struct err *err)
{
    struct supervisor *s = xcalloc(1, sizeof *s);
    sigset_t mask;

    s->config = config;
    s->children = children;
    s->count = count;
    s->signals = s->notices = -1;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, &s->mask_before);
    s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0) {
        err_set(err, ERR_IO, "watch signals: %s", strerror(errno));
        goto fail;
    }
    if (open_notices(s, err) < 0)
        goto fail;
    *out = s;
    return 0;

fail:
    supervisor_free(s);
    return -1;
}

void supervisor_free(struct supervisor *s)
{
    if (!s)
        return;
    close_fd(&s->signals);
    close_fd(&s->notices);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    free(s);
}

/* Signals stay blocked over exec: one that comes before the child takes it waits there, where SIGHUP
 * would have ended it. */
static _Noreturn void become(const struct supervisor *s, const struct child *c, pid_t parent)
{
    char *argv[] = {"weir", (char *)c->command, "--config", (char *)s->config, NULL};

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILED); /* it died before this process could ask to be told */
    setenv("NOTIFY_SOCKET", s->notice_name, 1);
    execv("/proc/self/exe", argv);
    fprintf(stderr, "weir serve: start `weir %s`: %s\n", c->command, strerror(errno));
    _exit(EXIT_FAILED);
}

static void start(struct supervisor *s, struct child *c)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0)
        become(s, c, parent);
    c->started_us = clock_monotonic_us();
    c->ready = false;
    if (pid > 0) {
        c->pid = pid;
        return;
    }
    log_error("cannot start another process: %s", strerror(errno));
    c->start_again_us = c->started_us + c->pause_us;
}

static void plan_restart(struct child *c, int64_t now_us)
{
    if (now_us - c->started_us > STEADY_S * INT64_C(1000000))
        c->pause_us = PAUSE_MIN_MS * 1000;
    c->start_again_us = now_us + c->pause_us;
    c->pause_us *= 2;
    if (c->pause_us > PAUSE_MAX_MS * INT64_C(1000))
        c->pause_us = PAUSE_MAX_MS * INT64_C(1000);
}

static void child_ended(struct supervisor *s, struct child *c, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

    c->pid = 0;
    if (s->stopping)
        return;
    if (!c->was_ready && code != EXIT_TRY_LATER) {
        log_error("`weir %s` could not start (exit code %d): stopping", c->command, code);
        s->exit_code = code ? code : EXIT_FAILED;
        s->stopping = true;
        return;
    }
    plan_restart(c, clock_monotonic_us());
    log_warn("`weir %s` ended (%s %d); starting it again", c->command,
             WIFEXITED(status) ? "exit code" : "signal", WIFEXITED(status) ? code : code - 128);
}

static void reap(struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct child *c = &s->children[i];
        int status;

        if (c->pid > 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
            child_ended(s, c, status);
    }
}

static void signal_children(const struct supervisor *s, int signal_number)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->children[i].pid > 0)
            kill(s->children[i].pid, signal_number);
}

static void read_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            s->stopping = true;
        else if (info.ssi_signo == SIGHUP)
            signal_children(s, SIGHUP);
    }
    reap(s);
}

/* The sender's pid comes from the kernel, so that nobody else can speak for a child. */
static pid_t read_notice(int fd, char *text, size_t size)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {text, size - 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;
    struct ucred who;

    if (!c || c->cmsg_type != SCM_CREDENTIALS)
        return n >= 0 ? 0 : -1;
    text[n] = '\0';
    memcpy(&who, CMSG_DATA(c), sizeof who);
    return who.pid;
}

static void read_notices(struct supervisor *s)
{
    char text[256];
    pid_t pid;

    while ((pid = read_notice(s->notices, text, sizeof text)) >= 0) {
        for (size_t i = 0; i < s->count; i++)
            if (pid > 0 && s->children[i].pid == pid && strstr(text, "READY=1"))
                s->children[i].ready = s->children[i].was_ready = true;
    }
}

static bool all_ready(const struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->children[i].ready)
            return false;
    return true;
}

static void start_what_is_due(struct supervisor *s)
{
    int64_t now_us = clock_monotonic_us();

    for (size_t i = 0; i < s->count; i++)
        if (s->children[i].pid == 0 && s->children[i].start_again_us <= now_us)
            start(s, &s->children[i]);
}

static void wait_for_news(struct supervisor *s, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                           {.fd = s->notices, .events = POLLIN}};

    poll(fds, 2, timeout_ms);
    read_signals(s);
    read_notices(s);
}

static bool any_running(const struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->children[i].pid > 0)
            return true;
    return false;
}

static void stop_children(struct supervisor *s)
{
    int64_t deadline = clock_monotonic_us() + STOP_DEADLINE_S * INT64_C(1000000);

    signal_children(s, SIGTERM);
    while (any_running(s) && clock_monotonic_us() < deadline)
        wait_for_news(s, 100);
    if (!any_running(s))
        return;
    log_warn("a process did not stop within %d s: killing it", STOP_DEADLINE_S);
    signal_children(s, SIGKILL);
    while (any_running(s))
        wait_for_news(s, 100);
}

int supervisor_run(struct supervisor *s, void (*ready)(void *ctx), void *ctx)
{
    bool told = false;

    for (size_t i = 0; i < s->count; i++)
        s->children[i].pause_us = PAUSE_MIN_MS * 1000;
    while (!s->stopping) {
        start_what_is_due(s);
        wait_for_news(s, 100);
        if (!told && all_ready(s)) {
            told = true;
            ready(ctx);
        }
    }
    notify_systemd("STOPPING=1");
    stop_children(s);
    return s->exit_code;
}
