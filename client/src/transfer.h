/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.h: one request after another to the collector, through libcurl, which is loaded by the
 * first of them. */
#ifndef WEIR_TRANSFER_H
#define WEIR_TRANSFER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_transfer; /* opaque */

struct weir_transfer_opts {
    const char *url, *key, *user_agent; /* borrowed for the transfer's life */
    unsigned connect_timeout_ms, timeout_ms;
    /* Waits for the connection: called without anything half done, about every 50 ms and whenever
     * there is something to do; `wait` does the waiting. False ends the request. */
    bool (*idle)(void *ctx, void (*wait)(struct weir_transfer *), struct weir_transfer *t);
    void *ctx;
};

struct weir_answer {
    int status;
    const char *body; /* until the next request */
    size_t len;
    int64_t retry_after_ms; /* at most a day; or -1 */
};

/* NULL where libcurl is missing or fails to start; `why` then says so. */
struct weir_transfer *weir_transfer_new(const struct weir_transfer_opts *opts, char *why,
                                        size_t why_size);
void weir_transfer_free(struct weir_transfer *t);
/* In the child of a fork: closes its copy of the connection; the rest belongs to the parent. */
void weir_transfer_abandon(struct weir_transfer *t);
/* 0 where there was an answer, whatever its status; else -1 and `why`. */
int weir_transfer_post(struct weir_transfer *t, const char *body, size_t len,
                       struct weir_answer *out, char *why, size_t why_size);

/* The names that libcurl is looked for by, NULL-ended. Tests put others here. */
extern const char *weir_transfer_libraries[3];

#endif
