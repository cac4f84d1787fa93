/* SPDX-License-Identifier: Apache-2.0 */
/* weir/weir.h: libweir, the C client of Weir. This is the header to include; it brings value.h (what an event can
 * carry), request.h (events of an HTTP request, suppression) and testing.h (assertions) along. C99, C++11.
 *
 *   struct weir_options options = {0};
 *   options.url = "http://127.0.0.1:8080";
 *   options.key = "the source's key";
 *   struct weir_client *client = weir_client_new(&options);
 *   weir_trigger(client, "reticulated_splines", WEIR_TEXT("foo", "bar"), WEIR_END);
 *   weir_client_free(client, 2000);
 *
 * Promises: a trigger never blocks, never makes a system call (but one futex when an eighth of the queue has filled
 * while the thread behind it slept, and the thread's start after a fork) and never crashes its caller: NULL client,
 * request, name or text are allowed everywhere. An event has its id (a UUIDv7) and its time from the trigger, and
 * keeps both however often it is sent. What is lost is counted.
 * Threads: every function, from any thread at any time, but a struct weir_request and a struct weir_event belong to
 * one thread at a time, and nothing may be called with a client after its weir_client_free. One thread of the
 * library's own for each client sends; all signals are blocked in it. Not from a signal handler.
 * fork: the child's queue is empty and its client works, with a thread that its first trigger starts; what the parent
 * had queued, the parent sends. fork may wait for a file call of the sending thread.
 * Memory: all text is copied before a function returns, unless it says "keeps". */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/value.h>

#if defined(__cplusplus)
#include <initializer_list>
#define WEIR_VALUES(...) (std::initializer_list<struct weir_value>{__VA_ARGS__, WEIR_END}.begin())
extern "C" {
#else
#define WEIR_VALUES(...) ((const struct weir_value[]){__VA_ARGS__, WEIR_END})
#endif

#define WEIR_API __attribute__((visibility("default")))

struct weir_client; /* opaque */
struct weir_request; /* request.h */

enum weir_trouble {
    WEIR_TROUBLE_REJECTED, /* the collector did not accept an event; it is not sent again */
    WEIR_TROUBLE_UNREACHABLE, /* no answer, or "later"; told once, until something was sent again */
    WEIR_TROUBLE_DENIED, /* key, address or collector are wrong (401, 403, 404 ...); told once, tried every 30 s */
    WEIR_TROUBLE_DROPPED, /* `count` events are lost: no room, too large, or time ran out */
    WEIR_TROUBLE_SPOOL, /* a file of the spool cannot be written, or is damaged and was set aside */
    WEIR_TROUBLE_LIBRARY, /* libcurl cannot be loaded: nothing can be sent by this process */
};

/* For on_error: called in the sending thread, which waits for it. Text lives until it returns; unknown is "". */
struct weir_problem {
    enum weir_trouble trouble;
    int status; /* the answer's, or 0 */
    uint64_t count; /* events concerned */
    const char *id; /* of a rejected event */
    const char *code,
        *path; /* the collector's words, and the place in the event as a JSON pointer */
    const char *message;
};

/* Start from {0}: zero and NULL stand for the default. Text is copied. */
struct weir_options {
    const char *url; /* of the collector; http://127.0.0.1:8080 */
    const char *key; /* the source's; none */
    const char
        *spool; /* a folder for what cannot be sent at once, made if absent, may be shared; none */
    size_t spool_bytes; /* at most in all its files; 64 MiB */
    size_t queue_bytes; /* of memory, rounded up to a power of two from 256 KiB; 4 MiB */
    size_t queue_events; /* at most wait in memory; as many as fit */
    unsigned batch_events; /* at most in one request, up to 10,000; 500 */
    unsigned flush_interval_ms; /* an event waits at most so long before it is sent; 1,000 */
    unsigned connect_timeout_ms, timeout_ms; /* of one request; 2,000 and 10,000 */
    const char *user_agent; /* of the requests to the collector; libweir/VERSION */
    const char *environment, *app_version; /* in the context of every event; none */
    const char *const
        *excluded_user_agents; /* NULL-ended; exact: no weir_page_visited for these; none */
    const char *const
        *api_paths; /* NULL-ended prefixes: weir_page_visited is weir_api_queried there; none */
    bool count_failed_pages; /* weir_page_visited with a status from 400, too */
    bool disabled; /* nothing is recorded, sent or started */
    bool test; /* events are kept in memory for the functions of testing.h, nothing is sent */
    void (*on_error)(void *ctx, const struct weir_problem *problem);
    void *on_error_ctx; /* kept */
};

/* The client, or NULL where there is no memory or the key or URL cannot stand in a request. A NULL client is one that
 * records nothing. The caller owns it. */
WEIR_API struct weir_client *weir_client_new(const struct weir_options *options);
/* Sends what waits, until the deadline; what is left then goes to the spool, or is dropped and counted. No other
 * thread may use the client any more; not from on_error. NULL is fine. */
WEIR_API void weir_client_free(struct weir_client *client, unsigned deadline_ms);
/* Waits until all events triggered before are answered for by the collector or in the spool, or until the deadline: 0, or
 * -1 where the deadline came first. Blocks; any other function meanwhile does not. */
WEIR_API int weir_flush(struct weir_client *client, unsigned deadline_ms);

/* Queues an event; in the context of this thread's current request (request.h), if there is one.
 * weir_trigger(client, "name", WEIR_TEXT("foo", "bar"), WEIR_END): true where it was queued or recorded, false where
 * it was suppressed, or dropped and counted: the newest gives way where the queue is full. A name has 1 to 128 bytes. */
#define weir_trigger(client, name, ...) weir_trigger_values(client, name, WEIR_VALUES(__VA_ARGS__))
WEIR_API bool weir_trigger_values(struct weir_client *client, const char *name,
                                  const struct weir_value *values);

/* The same piece by piece, for properties known at run time only. All of it takes NULL; what there is no memory for is
 * counted in `cut`. The caller owns the event, weir_event_send frees it, whatever it returns. */
struct weir_event;
WEIR_API struct weir_event *weir_event_new(struct weir_client *client, const char *name);
WEIR_API void weir_event_add(struct weir_event *event, struct weir_value value); /* copies */
WEIR_API bool weir_event_send(struct weir_event *event);
WEIR_API void weir_event_free(struct weir_event *event); /* without sending it */

/* In events, of this process. triggered + recovered = accepted + duplicate + rejected + dropped + queued + spooled,
 * once no trigger is under way. */
struct weir_stats {
    uint64_t triggered; /* not suppressed */
    uint64_t recovered; /* taken from files of the spool that this client did not write */
    uint64_t accepted, duplicate,
        rejected; /* the collector's verdicts; rejected: quarantined or refused */
    uint64_t dropped;
    uint64_t queued; /* in memory, those under way included */
    uint64_t
        spooled; /* in the spool, written by this client, not yet sent (or taken by another process) */
    uint64_t cut; /* values cut or left out: see value.h */
    uint64_t requests, failed_requests; /* to the collector */
    char last_error[200]; /* "" before the first */
};
WEIR_API void weir_client_stats(struct weir_client *client, struct weir_stats *out);

#ifdef __cplusplus
}
#endif

#include <weir/request.h>
#include <weir/testing.h>
#endif
