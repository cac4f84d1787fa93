/* SPDX-License-Identifier: Apache-2.0 */
/* control_client.c: connects, sends one line, reads one line.
 *
 * A socket file that nobody listens on is left by a collector that was killed: that is "none runs",
 * as a missing file is. One that hangs is waited for as long as whoever asks wants to. */
#include "cmd/control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/control.h"

enum { READ_BYTES = 65536, ANSWER_WAIT_S = 600, LOOK_EVERY_MS = 200 };

static int none_runs(const struct settings *s, struct err *err)
{
    return err_set(err, ERR_DENIED,
                   "no collector runs with these settings (%s); start it with: weir serve",
                   s->file);
}

/* A wait under way. */
struct waiting {
    struct control_wait wait;
    int64_t began_us;
};

/* After each call on the socket that has come to nothing for LOOK_EVERY_MS. */
static int look(const struct waiting *w, struct err *err)
{
    if (w->wait.is_over && w->wait.is_over(w->wait.ctx))
        return err_set(err, ERR_STOPPED, "stopped while the collector had not answered");
    if (clock_monotonic_us() - w->began_us < w->wait.most_us)
        return 0;
    return err_set(err, ERR_BUSY, "the collector runs, but has not answered for %lld s",
                   (long long)(w->wait.most_us / 1000000));
}

/* Through /proc/self/fd, for data folders of any depth. Waits for a place among those who ask, too. */
static int connect_to(const struct settings *s, const struct waiting *w, struct err *err)
{
    const struct timeval step = {.tv_usec = LOOK_EVERY_MS * 1000};
    AUTO_FD dir_fd = open(s->data, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;

    if (dir_fd < 0)
        return errno == ENOENT ? none_runs(s, err)
                               : err_set(err, ERR_IO, "open %s: %s", s->data, strerror(errno));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(err, ERR_IO, "make a socket: %s", strerror(errno));
    snprintf(name.sun_path, sizeof name.sun_path, "/proc/self/fd/%d/%s", dir_fd, CONTROL_SOCKET);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &step, sizeof step); /* for connect, too */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &step, sizeof step);
    while (connect(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            none_runs(s, err);
        else if (errno != EAGAIN && errno != EINTR)
            err_set(err, ERR_IO, "connect to %s/%s: %s", s->data, CONTROL_SOCKET, strerror(errno));
        else if (look(w, err) == 0)
            continue;
        close(fd);
        return -1;
    }
    return fd;
}

static int send_all(int fd, struct str bytes, const struct waiting *w, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return err_set(err, ERR_IO, "ask the collector: %s", strerror(errno));
        if (n < 0 && look(w, err) < 0)
            return -1;
        if (n > 0)
            bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return 0;
}

static int read_line(int fd, struct buf *in, const struct waiting *w, struct err *err)
{
    while (in->len == 0 || in->ptr[in->len - 1] != '\n') {
        ssize_t n;

        if (buf_reserve(in, READ_BYTES) < 0)
            return err_set(err, ERR_LIMIT, "the collector's answer is longer than it may be");
        n = recv(fd, in->ptr + in->len, READ_BYTES, 0);
        if (n == 0)
            return err_set(err, ERR_IO, "the collector ended before it answered");
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return err_set(err, ERR_IO, "read the collector's answer: %s", strerror(errno));
        if (n < 0 && look(w, err) < 0)
            return -1;
        if (n > 0)
            in->len += (size_t)n;
    }
    return 0;
}

static enum err_code code_of(const char *name)
{
    static const struct {
        const char *name;
        enum err_code code;
    } codes[] = {{"usage", ERR_USAGE}, {"parse", ERR_PARSE},  {"limit", ERR_LIMIT},
                 {"io", ERR_IO},       {"space", ERR_SPACE},  {"corrupt", ERR_CORRUPT},
                 {"busy", ERR_BUSY},   {"denied", ERR_DENIED}};

    for (size_t i = 0; name && i < ARRAY_LEN(codes); i++)
        if (strcmp(codes[i].name, name) == 0)
            return codes[i].code;
    return ERR_INTERNAL;
}

static int read_answer(struct str text, struct yyjson_doc **out, struct err *err)
{
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc), *error = yyjson_obj_get(root, "error");
    const char *message = yyjson_get_str(yyjson_obj_get(error, "message"));

    if (!yyjson_is_obj(root) || (error && !message)) {
        yyjson_doc_free(doc);
        return err_set(err, ERR_INTERNAL, "the collector's answer is not understood");
    }
    *out = doc;
    if (!error)
        return 0;
    return err_set(err, code_of(yyjson_get_str(yyjson_obj_get(error, "code"))), "%s", message);
}

int control_client_ask(const struct settings *s, struct str request,
                       const struct control_wait *wait, struct yyjson_doc **out, struct err *err)
{
    struct waiting w = {.wait = wait ? *wait : (struct control_wait){0},
                        .began_us = clock_monotonic_us()};
    AUTO_FD fd = -1;
    AUTO_BUF in;

    *out = NULL;
    if (!w.wait.most_us)
        w.wait.most_us = ANSWER_WAIT_S * INT64_C(1000000);
    buf_init(&in, CONTROL_ANSWER_MAX + READ_BYTES);
    fd = connect_to(s, &w, err);
    if (fd < 0 || send_all(fd, request, &w, err) < 0 || send_all(fd, STR("\n"), &w, err) < 0 ||
        read_line(fd, &in, &w, err) < 0)
        return -1;
    return read_answer(buf_as_str(&in), out, err);
}
