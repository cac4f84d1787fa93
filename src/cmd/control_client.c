/* SPDX-License-Identifier: Apache-2.0 */
/* control_client.c: connects, sends one line, reads one line.
 *
 * A socket file that nobody listens on is left by a collector that was killed: that is "none runs",
 * as a missing file is. Reads until the line ends, however long the other side thinks. */
#include "cmd/control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/mem.h"
#include "collector/control.h"

enum { READ_BYTES = 65536, SEND_WAIT_S = 60, ANSWER_WAIT_S = 600 };

static int none_runs(const struct settings *s, struct err *err)
{
    return err_set(err, ERR_DENIED,
                   "no collector runs with these settings (%s); start it with: weir serve",
                   s->file);
}

/* Through /proc/self/fd, for data folders of any depth. */
static int connect_to(const struct settings *s, struct err *err)
{
    const struct timeval sending = {.tv_sec = SEND_WAIT_S}, reading = {.tv_sec = ANSWER_WAIT_S};
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
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof sending); /* for connect, too */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &reading, sizeof reading);
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    if (errno == ENOENT || errno == ECONNREFUSED)
        none_runs(s, err);
    else if (errno == EAGAIN)
        err_set(err, ERR_BUSY, "too many commands wait for the collector; try again");
    else
        err_set(err, ERR_IO, "connect to %s/%s: %s", s->data, CONTROL_SOCKET, strerror(errno));
    close(fd);
    return -1;
}

static int send_all(int fd, struct str bytes, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "ask the collector: %s",
                           errno == EAGAIN ? "it does not read" : strerror(errno));
        if (n > 0)
            bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return 0;
}

static int read_line(int fd, struct buf *in, struct err *err)
{
    while (in->len == 0 || in->ptr[in->len - 1] != '\n') {
        ssize_t n;

        if (buf_reserve(in, READ_BYTES) < 0)
            return err_set(err, ERR_LIMIT, "the collector's answer is longer than it may be");
        n = recv(fd, in->ptr + in->len, READ_BYTES, 0);
        if (n == 0)
            return err_set(err, ERR_IO, "the collector ended before it answered");
        if (n < 0 && errno == EAGAIN)
            return err_set(err, ERR_IO, "the collector did not answer within %d minutes",
                           ANSWER_WAIT_S / 60);
        if (n < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "read the collector's answer: %s", strerror(errno));
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

int control_client_ask(const struct settings *s, struct str request, struct yyjson_doc **out,
                       struct err *err)
{
    AUTO_FD fd = connect_to(s, err);
    AUTO_BUF in;

    *out = NULL;
    buf_init(&in, CONTROL_ANSWER_MAX + READ_BYTES);
    if (fd < 0 || send_all(fd, request, err) < 0 || send_all(fd, STR("\n"), err) < 0 ||
        read_line(fd, &in, err) < 0)
        return -1;
    return read_answer(buf_as_str(&in), out, err);
}
