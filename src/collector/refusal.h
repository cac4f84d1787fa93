/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h: every reason for which a whole request is refused: its status, code and words.
 *
 * The codes are part of the HTTP interface (docs/http.md) and of the metrics; the set is bounded. */
#pragma once

enum refusal {
    REFUSAL_NONE,
    REFUSAL_BAD_REQUEST,
    REFUSAL_TARGET_TOO_LONG,
    REFUSAL_HEADER_TOO_LARGE,
    REFUSAL_MISSING_KEY,
    REFUSAL_UNKNOWN_KEY,
    REFUSAL_SIGNATURE_NEEDED,
    REFUSAL_MISSING_ORIGIN,
    REFUSAL_ORIGIN_NOT_ALLOWED,
    REFUSAL_NOT_LOCAL,
    REFUSAL_NOT_FOUND,
    REFUSAL_METHOD_NOT_ALLOWED,
    REFUSAL_BODY_TOO_LARGE,
    REFUSAL_INFLATED_TOO_LARGE,
    REFUSAL_TOO_MANY_EVENTS,
    REFUSAL_BATCH_TOO_LARGE,
    REFUSAL_UNSUPPORTED_TYPE,
    REFUSAL_UNSUPPORTED_ENCODING,
    REFUSAL_BROKEN_ENCODING,
    REFUSAL_EMPTY_BODY,
    REFUSAL_INVALID_JSON,
    REFUSAL_RATE_LIMITED,
    REFUSAL_OVERLOADED,
    REFUSAL_CLOSING,
    REFUSAL_JOURNAL_FAILED,
    REFUSAL_DISK_FULL,
    REFUSAL_ABORTED, /* the client went away, or was too slow: no answer */
    REFUSAL_EVENT_NOT_ALLOWED, /* of single events; as a whole where all of them are */
    REFUSAL_QUARANTINE_FULL, /* of single events */
    REFUSAL_INVALID_BATCH,
    REFUSAL_NO_FLOW, /* of single events, as is the next */
    REFUSAL_NOT_OF_FLOW,
    REFUSAL_FLOWS_OFF,
    REFUSAL_BAD_PARAMETER,
    REFUSAL_DOMAIN_NOT_PERMITTED, /* of single events, and of requests from a foreign page */
    REFUSAL_DOMAIN_SKIPPED, /* likewise */
    REFUSAL_COUNT
};

struct refusal_text {
    int status;
    const char *code; /* for programs */
    const char *message; /* for people: what is wrong and what to do */
    unsigned retry_after_s; /* 0: no such header */
};

const struct refusal_text *refusal_text(enum refusal why);
