/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c: opens sockets so that a second program on the same address is an error and never a
 * silent sharing. */
#include "base/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/mem.h"

enum { BACKLOG = 1024 };

static int parse_address(const char *host, uint16_t port, struct sockaddr_storage *out,
                         socklen_t *len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        memcpy(out, &in, *len = sizeof in);
        return 0;
    }
    if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
        return -1;
    memcpy(out, &in6, *len = sizeof in6);
    return 0;
}

static int fail(struct err *err, const char *host, uint16_t port)
{
    return err_set(err, errno == EADDRINUSE ? ERR_BUSY : ERR_IO, "listen on %s port %u: %s", host,
                   (unsigned)port, strerror(errno));
}

int listen_open(const char *host, uint16_t port, enum listen_sharing sharing, struct err *err)
{
    struct sockaddr_storage where;
    socklen_t len = 0;
    AUTO_FD fd = -1;
    int on = 1, result;

    if (parse_address(host, port, &where, &len) < 0)
        return err_set(err, ERR_USAGE, "listen on %s: not an IP address", host);
    fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(err, host, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sharing == LISTEN_JOINING)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&where, len) < 0)
        return fail(err, host, port);
    if (sharing == LISTEN_FIRST)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (listen(fd, BACKLOG) < 0)
        return fail(err, host, port);
    result = fd;
    fd = -1;
    return result;
}

uint16_t listen_port(int fd)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in6 in6;
    struct sockaddr_in in;
    socklen_t len = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return 0;
    memcpy(&in, &at, sizeof in);
    memcpy(&in6, &at, sizeof in6);
    return ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}
