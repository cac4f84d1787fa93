/* SPDX-License-Identifier: Apache-2.0 */
/* ship_syslog.c: a thread moves datagrams into a ring of bytes, the caller's takes them out and sends.
 *
 * The ring holds a length of 4 bytes before each line. While the collector is away it fills, and then the
 * socket's buffer; what comes after that is lost, and the kernel counts it (SO_RXQ_OVFL). */
#include "cmd/ship_syslog.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum {
    RING = 16 * 1024 * 1024,
    SOCKET_BUFFER = 8 * 1024 * 1024,
    DATAGRAM_MAX = 65536,
    NAP_MS = 200, /* how soon a stop is noticed, and how long lines gather */
    TELL_US = 10000000,
};

struct ring {
    int fd;
    pthread_mutex_t mtx;
    char *bytes; /* guarded by mtx, as all below */
    size_t from, used;
    uint64_t kernel_lost, full_lost;
    bool end;
};

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24) == 127;
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

/* HOST:PORT or [HOST]:PORT; numbers alone. */
static struct addrinfo *resolve(const char *text, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    AUTO_FREE char *host = NULL;
    struct addrinfo *found = NULL;

    if (len > 2 && text[0] == '[' && text[len - 1] == ']')
        host = xmemdup(text + 1, len - 2);
    else if (len)
        host = xmemdup(text, len);
    if (!host || getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        err_set(err, ERR_USAGE, "--syslog takes an address and a port: 127.0.0.1:5140");
        return NULL;
    }
    return found;
}

static void say_where(int fd)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    char host[64], port[8];

    if (getsockname(fd, (struct sockaddr *)&bound, &len) == 0 &&
        getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) == 0) {
        printf("listening on %s:%s\n", host, port);
        fflush(stdout);
    }
}

int ship_syslog_open(const struct ship_syslog_opts *opts, struct err *err)
{
    struct addrinfo *to = resolve(opts->address, err);
    int on = 1, size = SOCKET_BUFFER, fd = -1;

    if (!to)
        return -1;
    if (!opts->any_address && !is_loopback(to->ai_addr)) {
        err_set(
            err, ERR_USAGE,
            "%s is not a loopback address: anybody who reaches it could make up pages; if it is to "
            "be, say --syslog-any",
            opts->address);
    } else {
        fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, to->ai_addr, to->ai_addrlen) < 0) {
            err_set(err, ERR_IO, "listen on %s: %s", opts->address, strerror(errno));
            close_fd(&fd);
            fd = -1;
        }
    }
    freeaddrinfo(to);
    if (fd < 0)
        return -1;
    /* As much as the system lets us; past its limit only for root. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    say_where(fd);
    return fd;
}

static void copy_in(struct ring *r, const void *bytes, size_t len)
{
    size_t at = (r->from + r->used) % RING, first = len < RING - at ? len : RING - at;

    memcpy(r->bytes + at, bytes, first);
    memcpy(r->bytes, (const char *)bytes + first, len - first);
    r->used += len;
}

static void copy_out(struct ring *r, void *bytes, size_t len)
{
    size_t first = len < RING - r->from ? len : RING - r->from;

    memcpy(bytes, r->bytes + r->from, first);
    memcpy((char *)bytes + first, r->bytes, len - first);
    r->from = (r->from + len) % RING;
    r->used -= len;
}

static ssize_t receive(struct ring *r, char *text, uint32_t *lost)
{
    char control[CMSG_SPACE(sizeof *lost)];
    struct iovec iov = {text, DATAGRAM_MAX};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(r->fd, &msg, MSG_DONTWAIT);

    if (got < 0)
        return got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
            memcpy(lost, CMSG_DATA(c), sizeof *lost);
    return got;
}

/* True where it was the last one that is wanted. */
static bool put_in(struct ring *r, const char *text, size_t len, uint32_t lost)
{
    uint32_t size = (uint32_t)len;
    bool end;

    pthread_mutex_lock(&r->mtx);
    r->kernel_lost = lost;
    if (r->used + sizeof size + len > RING) {
        r->full_lost++;
    } else {
        copy_in(r, &size, sizeof size);
        copy_in(r, text, len);
    }
    end = r->end;
    pthread_mutex_unlock(&r->mtx);
    return end;
}

static void *receive_all(void *arg)
{
    struct ring *r = arg;
    char *text = xmalloc(DATAGRAM_MAX);
    uint32_t lost = 0;
    bool end = false;

    while (!end) {
        struct pollfd fd = {.fd = r->fd, .events = POLLIN};
        ssize_t got;

        poll(&fd, 1, NAP_MS);
        while (!end && (got = receive(r, text, &lost)) >= 0) /* a flood has no end of its own */
            end = put_in(r, text, (size_t)got, lost);
        pthread_mutex_lock(&r->mtx);
        end = r->end;
        pthread_mutex_unlock(&r->mtx);
    }
    free(text);
    return NULL;
}

/* The next line's length, or -1 where there is none. */
static ssize_t take_out(struct ring *r, char *line)
{
    uint32_t len;
    bool there;

    pthread_mutex_lock(&r->mtx);
    there = r->used > 0;
    if (there) {
        copy_out(r, &len, sizeof len);
        copy_out(r, line, len);
    }
    pthread_mutex_unlock(&r->mtx);
    if (!there)
        return -1;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\0'))
        len--;
    return (ssize_t)len;
}

static void tell_lost(struct ring *r, uint64_t *told, int64_t *told_us, bool now)
{
    uint64_t lost;

    pthread_mutex_lock(&r->mtx);
    lost = r->kernel_lost + r->full_lost;
    pthread_mutex_unlock(&r->mtx);
    if (lost == *told || (!now && clock_monotonic_us() - *told_us < TELL_US))
        return;
    log_warn("%" PRIu64 " lines found no room and are lost, %" PRIu64 " since the start",
             lost - *told, lost);
    *told = lost;
    *told_us = clock_monotonic_us();
}

static void end_receiving(struct ring *r)
{
    pthread_mutex_lock(&r->mtx);
    r->end = true;
    pthread_mutex_unlock(&r->mtx);
}

static int feed_all(struct ring *r, const struct ship_syslog_opts *opts, struct ship_feed *feed,
                    uint64_t *lost, struct err *err)
{
    char *line = xmalloc(DATAGRAM_MAX);
    int64_t told_us = -TELL_US;
    uint64_t number = 0;
    int result = 0;

    while (result == 0) {
        bool stopping = *opts->stop;
        ssize_t len;

        if (stopping)
            end_receiving(r); /* what the ring has is sent, no more */
        while (result == 0 && (stopping || !*opts->stop) && (len = take_out(r, line)) >= 0)
            result = ship_feed_line(feed, line, (size_t)len, NULL, ++number, err);
        if (result == 0)
            result = ship_feed_flush(feed, err);
        tell_lost(r, lost, &told_us, stopping);
        if (stopping)
            break;
        poll(NULL, 0, NAP_MS);
    }
    free(line);
    return result;
}

int ship_syslog_run(int fd, const struct ship_syslog_opts *opts, struct ship_feed *feed,
                    uint64_t *lost, struct err *err)
{
    struct ring r = {.fd = fd, .mtx = PTHREAD_MUTEX_INITIALIZER, .bytes = xmalloc(RING)};
    pthread_t thread;
    int result;

    *lost = 0;
    CHECK(pthread_create(&thread, NULL, receive_all, &r) == 0);
    result = feed_all(&r, opts, feed, lost, err);
    end_receiving(&r);
    pthread_join(thread, NULL);
    close(fd);
    free(r.bytes);
    return result;
}
