/* SPDX-License-Identifier: Apache-2.0 */
/* steady.c: sends batches at a steady pace and says how long their acknowledgements took.
 *
 *   bench_steady PORT KEY FILE PER_SECOND SECONDS
 *
 * FILE is the body of a POST /v1/events, sent PER_SECOND times a second over loopback, whether or not
 * earlier ones were answered: over a connection that is idle, or, where none is, over the next that is.
 * A batch's time begins when it was due, so that what holds up this program counts as well; that part
 * is told apart ("late": from when it was due until it was sent). Prints the 50th, 95th, 99th and 99.9th
 * percentile and the longest of both, in milliseconds. Any answer but 200 ends it. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"

enum { CONNECTIONS = 64, ANSWER_MAX = 256 * 1024, BODY_MAX = 1 << 20, NONE_MS = 30000 };

struct connection {
    int fd;
    int64_t due_us; /* of the batch under way; 0: none */
    size_t got;
    char *answer;
};

struct load {
    struct connection connections[CONNECTIONS];
    struct buf request;
    int64_t began_us, every_us;
    size_t count, sent, ended;
    int64_t *took_us,
        *late_us; /* of each batch, in the order of their answers and of their sending */
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_steady: %s: %s\n", what, why);
    exit(1);
}

static uint64_t number(const char *text)
{
    uint64_t value;

    if (str_to_u64(str_from(text), &value) < 0 || value < 1 || value > 1000000)
        die(text, "is no number from 1 to 1000000");
    return value;
}

static void make_request(struct load *l, const char *key, const char *file)
{
    struct str body;
    struct err err;

    if (io_read_file(io_system(), file, BODY_MAX, &body, &err) < 0)
        die(file, err.text);
    buf_init(&l->request, 2 * BODY_MAX);
    buf_printf(&l->request,
               "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               key, body.len);
    buf_str(&l->request, body);
    CHECK(!buf_failed(&l->request));
    free((char *)body.ptr);
}

static void connect_all(struct load *l, uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};

    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &l->connections[i];

        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) < 0)
            die("connect", strerror(errno));
        c->answer = xmalloc(ANSWER_MAX);
    }
}

static int64_t due_us(const struct load *l, size_t number)
{
    return l->began_us + (int64_t)number * l->every_us;
}

/* A request is smaller than a socket's buffer, which is empty: the send does not wait. */
static void send_due(struct load *l)
{
    for (size_t i = 0; i < CONNECTIONS && l->sent < l->count; i++) {
        struct connection *c = &l->connections[i];
        int64_t now_us = clock_monotonic_us();

        if (due_us(l, l->sent) > now_us)
            return;
        if (c->due_us)
            continue;
        c->due_us = due_us(l, l->sent);
        c->got = 0;
        l->late_us[l->sent++] = now_us - c->due_us;
        if (send(c->fd, l->request.ptr, l->request.len, MSG_NOSIGNAL) != (ssize_t)l->request.len)
            die("send", strerror(errno));
    }
}

/* Whether all of the answer is there: its head and as many bytes as this says. */
static bool is_whole(struct connection *c)
{
    const char *end, *length;
    uint64_t bytes;

    c->answer[c->got] = '\0';
    end = strstr(c->answer, "\r\n\r\n");
    if (!end)
        return false;
    if (strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0)
        die("answered", c->answer);
    length = strstr(c->answer, "Content-Length: ");
    if (!length || length > end)
        die("answered without a length", c->answer);
    bytes = strtoull(length + 16, NULL, 10);
    return c->got >= (size_t)(end + 4 - c->answer) + bytes;
}

static void receive(struct load *l, struct connection *c)
{
    ssize_t got = recv(c->fd, c->answer + c->got, ANSWER_MAX - 1 - c->got, 0);

    if (got <= 0)
        die("receive", got == 0 ? "closed" : strerror(errno));
    c->got += (size_t)got;
    if (!is_whole(c))
        return;
    l->took_us[l->ended++] = clock_monotonic_us() - c->due_us;
    c->due_us = 0;
}

static void wait_until_due(struct load *l)
{
    struct pollfd polls[CONNECTIONS];
    struct timespec wait = {.tv_sec = NONE_MS / 1000};
    int ready;

    for (size_t i = 0; i < CONNECTIONS; i++)
        polls[i] = (struct pollfd){.fd = l->connections[i].due_us ? l->connections[i].fd : -1,
                                   .events = POLLIN};
    if (l->sent < l->count && l->sent - l->ended < CONNECTIONS) {
        int64_t us = due_us(l, l->sent) - clock_monotonic_us();

        us = us > 0 ? us : 0;
        wait = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    }
    ready = ppoll(polls, CONNECTIONS, &wait, NULL);
    if (ready < 0 || (ready == 0 && wait.tv_sec == NONE_MS / 1000))
        die("wait", ready ? strerror(errno) : "nothing was answered for 30 s");
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (polls[i].revents)
            receive(l, &l->connections[i]);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void say(const char *what, int64_t *us, size_t count)
{
    static const unsigned permille[] = {500, 950, 990, 999, 1000};

    qsort(us, count, sizeof *us, by_size);
    printf("%s", what);
    for (size_t i = 0; i < ARRAY_LEN(permille); i++)
        printf(" %.3f", (double)us[(count * permille[i] + 999) / 1000 - 1] / 1000);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct load l = {0};

    if (argc != 6)
        die("usage", "bench_steady PORT KEY FILE PER_SECOND SECONDS");
    make_request(&l, argv[2], argv[3]);
    connect_all(&l, (uint16_t)number(argv[1]));
    l.every_us = 1000000 / (int64_t)number(argv[4]);
    l.count = number(argv[4]) * number(argv[5]);
    l.took_us = xcalloc(l.count, sizeof *l.took_us);
    l.late_us = xcalloc(l.count, sizeof *l.late_us);
    l.began_us = clock_monotonic_us();
    while (l.ended < l.count) {
        wait_until_due(&l);
        send_due(&l);
    }
    say("acknowledged", l.took_us, l.count);
    say("late", l.late_us, l.count);
    buf_free(&l.request);
    return 0;
}
