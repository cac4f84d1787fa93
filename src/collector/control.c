/* SPDX-License-Identifier: Apache-2.0 */
/* control.c: one thread that takes a client, reads a line, runs what it asks for, and answers.
 *
 * The path goes through /proc/self/fd, since a socket's address holds 107 bytes only, and a data
 * folder may lie deeper. The mode is set before the file is made, so that there is no moment at
 * which others could connect. Deadlines run on the monotonic clock. Leaves to the handlers what is
 * asked, and to the data folder's own mode who may reach the file. */
#include "collector/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { READ_BYTES = 4096 };

struct control {
    struct control_opts opts;
    int dir_fd, listen_fd, wake_fd;
    bool bound, has_thread;
    pthread_t thread;
    atomic_bool stopping;
};

/* What answers and scripts call an error. */
static const char *code_name(enum err_code code)
{
    switch (code) {
    case ERR_NONE:
    case ERR_INTERNAL: break;
    case ERR_USAGE: return "usage";
    case ERR_PARSE: return "parse";
    case ERR_LIMIT: return "limit";
    case ERR_IO: return "io";
    case ERR_SPACE: return "space";
    case ERR_CORRUPT: return "corrupt";
    case ERR_BUSY: return "busy";
    case ERR_DENIED: return "denied";
    case ERR_STOPPED: return "stopped";
    }
    return "internal";
}

static void put_line(struct buf *line, const struct buf *members, const struct err *failed)
{
    if (failed) {
        buf_printf(line, "{\"error\":{\"code\":\"%s\",\"message\":", code_name(failed->code));
        buf_json(line, str_from(failed->text));
        buf_char(line, '}');
    } else {
        buf_str(line, STR("{\"ok\":true"));
    }
    if (members->len > 0)
        buf_char(line, ',');
    buf_str(line, buf_as_str(members));
    buf_str(line, STR("}\n"));
}

static const struct control_command *find(const struct control *c, const char *name)
{
    for (const struct control_command *one = c->opts.commands; one->name; one++)
        if (strcmp(one->name, name) == 0)
            return one;
    return NULL;
}

static int obey(struct control *c, struct str text, struct buf *members, struct err *err)
{
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    const char *name = yyjson_get_str(yyjson_obj_get(root, "do"));
    const struct control_command *command = name ? find(c, name) : NULL;
    int result;

    if (command)
        result = command->run(c->opts.ctx, root, members, err);
    else if (name)
        result = err_set(err, ERR_USAGE,
                         "this collector does not know what is asked of it: "
                         "it is of another version");
    else
        result = err_set(err, ERR_PARSE, "the request is no JSON object with \"do\"");
    yyjson_doc_free(doc);
    return result;
}

static void answer(struct control *c, struct str request, struct buf *line)
{
    struct err err = {0};
    AUTO_BUF members;
    int result;

    buf_init(&members, CONTROL_ANSWER_MAX - 1024);
    result = obey(c, request, &members, &err);
    if (buf_failed(&members)) {
        buf_free(&members);
        result = err_set(&err, ERR_LIMIT, "the answer would be longer than %d MiB",
                         CONTROL_ANSWER_MAX >> 20);
    }
    put_line(line, &members, result < 0 ? &err : NULL);
    CHECK(!buf_failed(line));
}

static bool is_stopping(const struct control *c)
{
    return atomic_load(&c->stopping);
}

/* False when the time is up, or the socket is to be stopped. */
static bool wait_for(struct control *c, int fd, short events, int64_t until_us)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = c->wake_fd, .events = POLLIN}};
    int64_t left_us = until_us - clock_monotonic_us();

    if (left_us <= 0 || is_stopping(c))
        return false;
    if (poll(fds, ARRAY_LEN(fds), (int)(left_us / 1000) + 1) < 0)
        return errno == EINTR;
    return !is_stopping(c);
}

static int64_t deadline(void)
{
    return clock_monotonic_us() + CONTROL_WAIT_S * INT64_C(1000000);
}

static int send_all(struct control *c, int fd, struct str bytes)
{
    int64_t until_us = deadline();

    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (n > 0) {
            bytes = str_slice(bytes, (size_t)n, bytes.len);
            until_us = deadline();
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return -1;
        } else if (!wait_for(c, fd, POLLOUT, until_us)) {
            return -1;
        }
    }
    return 0;
}

/* Reads up to a line's end into `in`. The line's length without it, or -1: the client went away, was
 * silent, or sent too much. */
static ssize_t read_line(struct control *c, int fd, struct buf *in)
{
    int64_t until_us = deadline();
    size_t searched = 0;

    for (;;) {
        size_t at = searched + str_find(str_slice(buf_as_str(in), searched, in->len), '\n');
        ssize_t n;

        if (at < in->len)
            return (ssize_t)at;
        searched = in->len;
        if (buf_reserve(in, READ_BYTES) < 0)
            return -1;
        n = recv(fd, in->ptr + in->len, READ_BYTES, 0);
        if (n > 0)
            in->len += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return -1;
        else if (!wait_for(c, fd, POLLIN, until_us))
            return -1;
    }
}

static void refuse_long(struct control *c, int fd, struct buf *line)
{
    const struct buf none = {0};
    struct err err;

    err_set(&err, ERR_LIMIT, "a request has at most %d KiB", CONTROL_REQUEST_MAX >> 10);
    put_line(line, &none, &err);
    send_all(c, fd, buf_as_str(line));
}

static void serve(struct control *c, int fd)
{
    AUTO_BUF in;
    AUTO_BUF line;

    buf_init(&in, CONTROL_REQUEST_MAX + READ_BYTES);
    buf_init(&line, CONTROL_ANSWER_MAX);
    for (;;) {
        ssize_t len = read_line(c, fd, &in);

        if (buf_failed(&in) || len > CONTROL_REQUEST_MAX) {
            refuse_long(c, fd, &line);
            return;
        }
        if (len < 0)
            return;
        answer(c, str_of(in.ptr, (size_t)len), &line);
        if (send_all(c, fd, buf_as_str(&line)) < 0)
            return;
        buf_reset(&line, READ_BYTES);
        in.len -= (size_t)len + 1;
        memmove(in.ptr, in.ptr + len + 1, in.len);
    }
}

static void *run(void *arg)
{
    struct control *c = arg;
    struct pollfd fds[] = {{.fd = c->listen_fd, .events = POLLIN},
                           {.fd = c->wake_fd, .events = POLLIN}};

    pthread_setname_np(pthread_self(), "control");
    while (!is_stopping(c)) {
        AUTO_FD fd = -1;

        if (poll(fds, ARRAY_LEN(fds), -1) < 0 || !(fds[0].revents & POLLIN))
            continue;
        fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            serve(c, fd);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            poll(fds + 1, 1, 100); /* the edges have all there are: once more in a moment */
    }
    return NULL;
}

static int bind_socket(struct control *c, struct err *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    c->dir_fd = open(c->opts.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->dir_fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", c->opts.dir, strerror(errno));
    if (unlinkat(c->dir_fd, CONTROL_SOCKET, 0) < 0 && errno != ENOENT)
        return err_set(err, ERR_IO, "replace %s/%s: %s", c->opts.dir, CONTROL_SOCKET,
                       strerror(errno));
    snprintf(name.sun_path, sizeof name.sun_path, "/proc/self/fd/%d/%s", c->dir_fd, CONTROL_SOCKET);
    if (fchmod(c->listen_fd, 0600) < 0 ||
        bind(c->listen_fd, (struct sockaddr *)&name, sizeof name) < 0 ||
        listen(c->listen_fd, CONTROL_QUEUE) < 0)
        return err_set(err, ERR_IO, "make %s/%s: %s", c->opts.dir, CONTROL_SOCKET, strerror(errno));
    c->bound = true;
    return 0;
}

int control_start(struct control **out, const struct control_opts *opts, struct err *err)
{
    struct control *c = xcalloc(1, sizeof *c);
    int problem;

    CHECK(opts->dir && opts->commands);
    c->opts = *opts;
    c->dir_fd = -1;
    atomic_init(&c->stopping, false);
    c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->listen_fd < 0 || c->wake_fd < 0) {
        err_set(err, ERR_IO, "make a socket for commands: %s", strerror(errno));
        goto fail;
    }
    if (bind_socket(c, err) < 0)
        goto fail;
    problem = pthread_create(&c->thread, NULL, run, c);
    if (problem) {
        err_set(err, ERR_IO, "start a thread for commands: %s", strerror(problem));
        goto fail;
    }
    c->has_thread = true;
    *out = c;
    return 0;

fail:
    control_stop(c);
    return -1;
}

void control_stop(struct control *c)
{
    if (!c)
        return;
    if (c->has_thread) {
        const uint64_t one = 1;

        atomic_store(&c->stopping, true);
        CHECK(write(c->wake_fd, &one, sizeof one) == (ssize_t)sizeof one);
        pthread_join(c->thread, NULL);
    }
    if (c->bound)
        unlinkat(c->dir_fd, CONTROL_SOCKET, 0);
    close_fd(&c->dir_fd);
    close_fd(&c->listen_fd);
    close_fd(&c->wake_fd);
    free(c);
}
