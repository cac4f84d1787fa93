/* SPDX-License-Identifier: Apache-2.0 */
/* content.h: the batches that the pages of a content server send to POST /metrics (docs/http.md).
 *
 * A batch is one JSON object with the attributes of a flow, some clock readings and a list of
 * {type, offset}. It is held to its schema as a whole; then its events come one after another, each
 * with what the batch says of all of them:
 *   - an event happened at startTime + offset, by a clock that is off by (received - flushTime);
 *   - screen.V is flow.V.view, loaded is flow.performance.G with its phases, flow.timing.T.N is
 *     flow.timing.T with N; the word none is absent; texts are cut to 100 bytes;
 *   - its id is made of what does not change when the same event is sent in another batch.
 * Nothing is left out without a word: what is no step of a flow is told apart, and what is not
 * believed has a fault.
 * Threads: one owner. */
#pragma once
#include "base/err.h"
#include "event/event.h"
#include "event/fault.h"

struct content; /* opaque: a decoder, reused over requests */

enum {
    CONTENT_PADDING = 8,
    CONTENT_BYTES_MAX = 1024 * 1024, /* of a batch */
    CONTENT_TEXT_MAX = 100, /* of an attribute; what is longer is cut */
};
#define CONTENT_OFFSET_MAX INT64_C(172800000) /* ms: two days */

/* What the request says. Text is kept until the next start. */
struct content_from {
    struct str source; /* its name */
    int64_t received_us;
    int64_t expiry_us; /* an event is at most so old on receipt */
    struct str ip, user_agent; /* of the connection */
    bool do_not_track;
};

/* What is wrong with a batch, as the original's answers have it. */
struct content_wrong {
    char key[64]; /* "events.3.offset" */
    char message[200];
};

struct content *content_new(void);
void content_free(struct content *c);
/* Reads a batch, which the decoder may change and which has CONTENT_PADDING writable bytes behind it.
 * Keeps `body` until the next start. -1: ERR_PARSE, it is no JSON, or ERR_USAGE, it breaks the schema,
 * both with *wrong; ERR_LIMIT: it takes more memory than it may. */
int content_start(struct content *c, char *body, size_t len, const struct content_from *from,
                  struct content_wrong *wrong, struct err *err);
/* Of the batch that was started last, also where it is wrong: how many events it lists. */
size_t content_events(const struct content *c);

enum content_got {
    CONTENT_END,
    CONTENT_EVENT,
    CONTENT_NO_FLOW, /* the batch has no flow: no event of it can be a step of one */
    CONTENT_NOT_OF_FLOW, /* its name does not begin with "flow." */
};

/* *out and its own faults (none: sound), where it is an event: text lives until the next call. -1: memory
 * is out. */
int content_next(struct content *c, struct event *out, struct faults *faults, struct err *err);
