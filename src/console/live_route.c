/* SPDX-License-Identifier: Apache-2.0 */
/* live_route.c: GET /api/live: a stream of events for one client.
 *
 * The connection's own thread waits in live_read; it ends when the client or its session is gone, and
 * when the engine ends. */
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "console/ask.h"
#include "console/live.h"
#include "console/watching.h"

enum { BLOCK_BYTES = 32 * 1024, SOCKET_BYTES = 64 * 1024, PATTERN_MAX = 128, LAST_STANDARD = 50 };

struct watching {
    struct live_client *client;
    struct console *console;
    struct console_request *request;
    int fd; /* -1: not known */
};

/* Who has signed in may sign out; a token or a proxy's user holds for the request. */
static bool may_still(const struct watching *w)
{
    const struct identity *who = &w->request->who;

    return who->by != BY_PASSWORD || door_knows(w->console->door, str_from(who->session));
}

/* What the system holds for a client on top of its queue: without a bound that is megabytes, which it would
 * have to read through before it hears of what it has missed. */
static void bound_socket(int fd)
{
    int bytes = SOCKET_BYTES;

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* As ask.c has it: a client that sends nothing more is gone. */
static bool is_wanted(void *ctx)
{
    const struct watching *w = ctx;

    return !console_is_gone(w->fd) && may_still(w);
}

static ssize_t read_stream(void *ctx, uint64_t at, char *out, size_t max)
{
    struct watching *w = ctx;
    int64_t got = live_read(w->client, out, max);

    (void)at;
    return got < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)got;
}

static void end_stream(void *ctx)
{
    struct watching *w = ctx;

    live_leave(w->client);
    free(w);
}

static const char *argument(const struct console_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

static int read_pattern(const struct console_request *r, const char *name, const char **out,
                        struct err *err)
{
    const char *text = argument(r, name);

    if (!text || !*text)
        return 0;
    if (strlen(text) > PATTERN_MAX)
        return err_set(err, ERR_USAGE, "`%s` has at most %d bytes", name, PATTERN_MAX);
    *out = text;
    return 0;
}

static int read_number(const struct console_request *r, const char *name, uint64_t least,
                       uint64_t most, uint64_t *out, struct err *err)
{
    const char *text = argument(r, name);

    if (!text || !*text)
        return 0;
    if (str_to_u64(str_from(text), out) < 0 || *out < least || *out > most)
        return err_set(err, ERR_USAGE, "`%s` must be a whole number from %llu to %llu", name,
                       (unsigned long long)least, (unsigned long long)most);
    return 0;
}

static int read_verdict(const struct console_request *r, enum feed_verdict *out, struct err *err)
{
    struct str text = str_from(argument(r, "verdict"));

    if (text.len == 0)
        return 0;
    if (str_is(text, "accepted"))
        *out = FEED_ACCEPTED;
    else if (str_is(text, "quarantined"))
        *out = FEED_QUARANTINED;
    else
        return err_set(err, ERR_USAGE, "`verdict` must be accepted or quarantined");
    return 0;
}

static int read_resume(const struct console_request *r, int64_t *out, struct err *err)
{
    const char *text = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Last-Event-ID");

    *out = -1;
    if (text && *text && (str_to_i64(str_from(text), out) < 0 || *out < 0))
        return err_set(err, ERR_USAGE, "`Last-Event-ID` must be a position of the journal");
    return 0;
}

static int read_ask(const struct console_request *r, struct live_ask *ask, struct err *err)
{
    uint64_t rate = LIVE_RATE;

    ask->last = LAST_STANDARD;
    if (read_pattern(r, "name", &ask->filter.name, err) < 0 ||
        read_pattern(r, "source", &ask->filter.source, err) < 0 ||
        read_verdict(r, &ask->filter.verdict, err) < 0 ||
        read_number(r, "sample", 1, 1000000, &ask->sample, err) < 0 ||
        read_number(r, "rate", 1, LIVE_RATE_MAX, &rate, err) < 0 ||
        read_number(r, "last", 0, LIVE_LAST_MAX, &ask->last, err) < 0 ||
        read_resume(r, &ask->resume_after, err) < 0)
        return -1;
    ask->rate = (unsigned)rate;
    return 0;
}

static enum MHD_Result stream(struct console_request *r, struct watching *w)
{
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                                      read_stream, w, end_stream);
    enum MHD_Result queued;

    if (!response) {
        end_stream(w);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* proxies: pass it on at once */
    queued = MHD_queue_response(r->connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result console_live(struct console *c, struct console_request *r)
{
    struct watching *w = xcalloc(1, sizeof *w);
    struct live_ask ask = {.show_hidden = access_has(r, ACCESS_HIDDEN), .is_wanted = is_wanted};
    struct err err = {0};

    w->console = c;
    w->request = r;
    w->fd = console_socket(r->connection);
    ask.ctx = w;
    if (read_ask(r, &ask, &err) == 0 && live_join(c->live, &ask, &w->client, &err) == 0) {
        bound_socket(w->fd);
        return stream(r, w);
    }
    free(w);
    if (err.code == ERR_USAGE)
        return console_error(r->connection, 400, "bad_parameter", err.text);
    return console_ask_error(r->connection, &err);
}
