/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: one HTTP request on its way through an edge.
 *
 * States: NEW (first line read) → BODY (header judged, body being read) → COMMIT (its events are with
 * the journal) → ANSWER (made, to be sent) → ended, and back into the edge's pool. A refusal goes
 * from NEW or BODY to ANSWER at once, or when a short body has been read to its end, so that the
 * connection can be kept.
 * Threads: its edge's. */
#pragma once
#include "collector/edge.h"
#include "flow/flow_id.h"

enum {
    REQUEST_EVENTS_MAX = 10000, /* in one request */
    REQUEST_KEEP_BYTES = 16384, /* of a buffer that stay with a pooled request */
    REQUEST_DRAIN_MAX = 65536, /* a refused body up to this is read, so the connection lives on */
    REQUEST_HELD_MIN = 48 * 1024 * 1024, /* the least that collector.held_max may be */
};

enum request_state { REQUEST_NEW, REQUEST_BODY, REQUEST_COMMIT, REQUEST_ANSWER };

enum route {
    ROUTE_NONE,
    ROUTE_HEALTH,
    ROUTE_AGENT,
    ROUTE_METRICS,
    ROUTE_PREFLIGHT, /* from here on what is answered depends on Origin */
    ROUTE_EVENTS,
    ROUTE_BATCH,
    ROUTE_FLOW,
    ROUTE_PAGE,
    ROUTE_PIXEL,
    ROUTE_FRONTEND,
};

/* What became of one event. */
struct event_result {
    struct uuid id;
    enum verdict verdict;
    enum refusal why; /* of a refused one */
    size_t aside_bytes; /* of a quarantined one: taken from what its source may have kept aside */
    size_t record; /* index in the round; none for a refused one */
    size_t completion_aside; /* likewise, of the record before it, that its flow is complete */
    size_t faults_at, faults_len; /* JSON, in request.faults */
};

struct answer_sums {
    size_t by_verdict[VERDICT_REFUSED + 1];
    size_t not_allowed; /* refused because the source may not send them */
};

struct request {
    struct request *next; /* in its round, or in the pool */
    struct edge *edge;
    struct MHD_Connection *connection;
    struct conn *conn; /* NULL: gone before the journal had decided */
    enum request_state state;
    enum route route;
    bool target_too_long, target_malformed, refused; /* refused: the body is read and forgotten */
    bool close, kept; /* the connection ends with the answer, which acknowledges events */
    bool takes_body; /* and counts as an event where it does not arrive whole */
    bool embeds; /* pages of any origin may show the answer */
    bool only_looks, foreign; /* a pixel of which nothing counts; a page of another origin */
    int64_t began_us;
    struct head head; /* until the connection is gone */
    struct source *source;
    struct ledger_page
        *page; /* of the ledger: source and hour of receipt; NULL until it is asked for */
    int64_t received_us; /* with the page */
    size_t counted; /* events, as received */
    struct str cors_origin; /* absent: no CORS fields */
    /* the body, inflated */
    struct buf body;
    struct inflate *inflate;
    uint64_t sent_bytes, sent_most; /* of the body, before inflating */
    size_t held_bytes; /* of collector.held_bytes */
    /* its events */
    struct round *round;
    struct event_result *results;
    size_t result_count, result_cap;
    size_t added; /* records that tell of complete flows: received, but not sent */
    struct buf faults;
    char flow_id[FLOW_ID_LEN]; /* of ROUTE_FLOW */
    int64_t flow_begin_ms;
    /* the answer */
    void (*answer_with)(struct request *req, const struct answer_sums *sums); /* see intake.h */
    int status;
    struct buf answer;
    const char *content_type;
    const char *allow; /* with 405 and OPTIONS */
    unsigned retry_after_s;
    const char *preflight; /* the methods that a page may use */
};

/* For MHD_start_daemon. */
void *request_begin(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **state);
void request_end(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode code);
/* Gives it back to the pool. */
void request_release(struct request *req);
void request_free_all(struct edge *e);
/* Notes memory of this request in the collector's sum; -1 past its most. */
int request_hold(struct request *req, size_t bytes);
/* The body is read: frees what inflated it. */
void request_end_inflate(struct request *req);
/* Counts so many events in all as received, now that they are known and before their fate is. */
void request_count(struct request *req, size_t events);
/* Counts events of it as refused. */
void request_count_refused(struct request *req, enum refusal why, size_t events);
/* Makes the answer of a refusal, which needs no body any more; counts `events` as refused. */
void request_refuse(struct request *req, enum refusal why, size_t events);
/* The same with a text of its own (err may be NULL), and its offset where the JSON is at fault. */
void request_refuse_at(struct request *req, enum refusal why, size_t events, const struct err *err);

/* body.c: of the routes that take one. Judges its header: it is of one of these types, or of none, and
 * has at most `most` bytes, or what the settings allow; takes what has arrived; ends it, with
 * NATIVE_PADDING bytes of zeros behind it (false: the request is refused). */
enum refusal body_check_type(const struct head *h, const char *const *types, size_t count);
enum refusal body_check(struct request *req, int64_t length, uint64_t most);
enum refusal body_more(struct request *req, const char *data, size_t len, struct err *err);
bool body_end(struct request *req);

/* events.c: POST /v1/events: the header is there; the body is whole. */
enum refusal events_check(struct request *req, int64_t length);
void events_finish(struct request *req);

/* batch.c: POST /metrics, in the same two steps */
enum refusal batch_check(struct request *req, int64_t length);
void batch_finish(struct request *req);

/* frontend.c: POST /api/events, likewise */
enum refusal frontend_check(struct request *req, int64_t length);
void frontend_finish(struct request *req);

/* flow.c: GET /v1/flow, likewise */
enum refusal flow_check(struct request *req);
void flow_finish(struct request *req);

/* answer.c: JSON bodies */
void answer_refusal(struct buf *out, enum refusal why, const struct err *err);
/* One event's faults, as a JSON array. */
void answer_faults(struct buf *out, const struct faults *faults);
int answer_status(const struct answer_sums *sums);
void answer_events(struct request *req, const struct answer_sums *sums);

/* health.c */
void health_answer(struct request *req);
