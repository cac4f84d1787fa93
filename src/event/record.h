/* SPDX-License-Identifier: Apache-2.0 */
/* record.h: the protected event, as the journal keeps it.
 *
 * Only this may be written: identities are pseudonyms, what the catalogue drops is gone. Encoding
 * is compact and describes itself (names of properties included), so a journal can be read without
 * the catalogue of its day. The format stands at the top of record.c; every version of it stays
 * readable for good.
 *
 * Threads: pure functions. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "event/event.h"
#include "event/fault.h"

enum { PSEUDONYM_BYTES = 16 };

struct pseudonym {
    uint8_t b[PSEUDONYM_BYTES];
};

/* Also the type of the store's column. */
enum record_type {
    RECORD_NULL,
    RECORD_TEXT,
    RECORD_INTEGER,
    RECORD_NUMBER,
    RECORD_BOOLEAN,
    RECORD_DATETIME, /* microseconds */
    RECORD_UUID,
    RECORD_PSEUDONYM, /* text became a keyed hash */
    RECORD_LIST,
    RECORD_JSON, /* an object; of a quarantined one any value that has no declared type */
};

struct record_value {
    enum record_type type;
    union {
        struct str text; /* TEXT, JSON */
        int64_t integer; /* INTEGER, DATETIME */
        double number;
        bool boolean;
        uint8_t bytes[16]; /* UUID, PSEUDONYM */
        struct {
            const struct record_value *items; /* all of item_type or NULL */
            size_t count;
            enum record_type item_type;
        } list;
    };
};

struct record_property {
    struct str name;
    bool hidden; /* shown only to who may see hidden data */
    struct record_value value;
};

/* Which fixed fields are present. */
enum {
    RECORD_HAS_ACTOR = 1 << 0,
    RECORD_HAS_SESSION = 1 << 1,
    RECORD_HAS_DEVICE = 1 << 2,
    RECORD_HAS_VISITOR = 1 << 3,
    RECORD_HAS_FLOW = 1 << 4,
    RECORD_HAS_SEQUENCE = 1 << 5,
    RECORD_BOT = 1 << 6,
    RECORD_QUARANTINED = 1 << 7, /* with faults */
    RECORD_TIME_FROM_RECEIPT = 1 << 8, /* the caller gave no time */
    RECORD_DO_NOT_TRACK = 1 << 9,
    RECORD_CLOCK_SKEWED = 1 << 10, /* the sender's clock is off by more than a day, or says so */
    RECORD_IF_DECLARED = 1 << 11, /* of its properties an entry takes what it declares */
    RECORD_OF_PAGE = 1 << 12, /* the same of those of event_page_when alone */
    RECORD_REQUEST_ID_MADE = 1 << 13, /* nobody gave one: it joins what came in one call */
};

/* Text that is kept of the context: everything of enum event_context but raw IP and user agent,
 * which are there only where the catalogue keeps them for a stated time. */
struct record {
    uint16_t flags;
    int16_t status; /* 0 is absent */
    struct uuid id;
    int64_t time_us; /* corrected by sent_at */
    int64_t received_us; /* also in the journal's header; encoded there, not in the payload */
    int64_t sequence;
    struct str name; /* the catalogue's spelling, parameters filled in */
    struct str source;
    struct pseudonym actor, session, device, visitor;
    uint32_t session_epoch, visitor_epoch; /* days since 1970 of the key; 0: not rotating */
    struct str request_id;
    struct str flow_id;
    int64_t flow_time_ms; /* since the flow began */
    struct str carried; /* what becomes of contexts under tokens: bytes of src/flow/carried_ops.c */
    struct str context[EVENT_CONTEXT_COUNT];
    int64_t keep_ip_until_us, keep_user_agent_until_us; /* 0: not kept, and the text is absent */
    struct str ua_browser, ua_version, ua_os, country;
    const struct record_property *properties;
    size_t property_count;
    const struct faults *faults; /* with RECORD_QUARANTINED */
};

/* Appends the payload to `out` (test buf_failed). */
void record_encode(struct buf *out, const struct record *rec);
/* Text borrows from `payload`, lists live in `a`. Any bytes are safe: what does not follow the
 * format is ERR_CORRUPT. received_us is set to 0: the journal's header has it. */
int record_decode(struct record *out, struct str payload, struct arena *a, struct err *err);
/* Only id and source: what duplicates are found by. */
int record_decode_key(struct str payload, struct uuid *id, struct str *source);
/* Only the flow's id and what is carried, each STR_NONE where it is absent; -1 as record_decode. */
int record_decode_carried(struct str payload, struct str *flow_id, struct str *carried);
/* One line of JSON, as `weir tail` and exports show it. Hidden values are "(hidden)" unless asked. */
void record_to_json(struct buf *out, const struct record *rec, int64_t position, bool show_hidden);
/* One value, and the list of faults that the line has under `errors`. */
void record_value_to_json(struct buf *out, const struct record_value *v);
void faults_to_json(struct buf *out, const struct faults *f);
