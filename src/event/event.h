/* SPDX-License-Identifier: Apache-2.0 */
/* event.h: an event as a caller sent it, before anything was taken away.
 *
 * A decoder (src/wire) fills it; admission checks it against the catalogue and makes the protected
 * record of record.h from it. It holds raw personal data, so it lives in one request's memory only:
 * nothing in this file can be written to disk, and record.h's encoder does not take it.
 *
 * All text borrows from the request; an absent field is STR_NONE. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

enum {
    EVENT_NAME_MAX = 128, /* bytes */
    EVENT_PROPERTIES_MAX = 256, /* keys of `properties` */
    EVENT_ID_TEXT_MAX = 1024, /* bytes of actor, session, device, request_id */
    EVENT_CONTEXT_MAX = 8192, /* bytes of one context value; longer ones are an error */
    EVENT_BYTES_MAX = 131072, /* bytes of one event's JSON */
    EVENT_FLOW_CARRIED_MAX = 64, /* bytes of a flow id that is stored under a token */
};

enum event_value_kind {
    EVENT_NULL,
    EVENT_BOOL,
    EVENT_INTEGER,
    EVENT_NUMBER,
    EVENT_TEXT,
    EVENT_BIG_NUMBER, /* a number that neither int64 nor double holds; its text */
    EVENT_LIST,
    EVENT_OBJECT, /* its JSON text: no property type takes one, but the quarantine keeps it */
    EVENT_PSEUDONYM, /* of a record that is held to a catalogue again: its raw value is gone */
};

struct event_value {
    enum event_value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct str text; /* TEXT, BIG_NUMBER, OBJECT */
        const uint8_t *bytes; /* PSEUDONYM: 16; NULL: not even that was kept */
        struct {
            const struct event_value *items;
            size_t count;
        } list;
    };
};

/* A property that the format brings by itself may be left out. */
enum event_when {
    EVENT_GIVEN, /* the caller's own */
    EVENT_IF_DECLARED, /* by an entry that does not declare it */
    EVENT_IF_REQUIRED, /* by one that does not require it */
};

struct event_property {
    struct str name;
    struct event_value value;
    enum event_when when;
};

/* The keys of `context`, and what the connection itself says. */
enum event_context {
    EVENT_URL,
    EVENT_HOST, /* taken from url, or the context's own */
    EVENT_PATH,
    EVENT_QUERY,
    EVENT_REFERRER,
    EVENT_TITLE,
    EVENT_METHOD,
    EVENT_CONTENT_TYPE,
    EVENT_IP,
    EVENT_USER_AGENT,
    EVENT_LOCALE,
    EVENT_TIMEZONE, /* a name, or minutes as text */
    EVENT_PLATFORM,
    EVENT_SCREEN,
    EVENT_UTM_SOURCE,
    EVENT_UTM_MEDIUM,
    EVENT_UTM_CAMPAIGN,
    EVENT_UTM_CONTENT,
    EVENT_UTM_TERM,
    EVENT_APP_VERSION,
    EVENT_ENVIRONMENT,
    EVENT_CONTEXT_COUNT
};

/* Its key in JSON and its column's name: "url", "host", ... */
struct str event_context_name(enum event_context which);
/* The field of that key, or -1. */
int event_context_find(struct str key);

struct event {
    struct str name;
    bool has_id, has_time, has_sent_at, has_flow, has_flow_time, has_sequence;
    bool
        if_declared; /* its properties are the format's, not the caller's: an entry that does not have
                         them leaves them out */
    bool
        counts_left_out; /* with if_declared: they are the caller's, and counted like a lenient source's */
    bool of_page; /* some of its properties are the page format's: those of event_page_when */
    bool do_not_track; /* context.dnt, or the request's DNT: 1 or Sec-GPC: 1 */
    int16_t status; /* response status of context, 100 to 999; 0 is absent */
    struct uuid id;
    int64_t time_us, sent_at_us;
    int64_t flow_begin_us;
    int64_t flow_time_ms; /* with has_flow_time: a measurement's, else time - begin */
    int64_t sequence; /* context.sequence: the client's own count, for gaps */
    struct str actor, session, device, request_id, flow_id;
    /* context.ua_browser and so on: what a server took from a user agent that it does not send. */
    struct str ua_browser, ua_version, ua_os;
    struct str context[EVENT_CONTEXT_COUNT];
    const struct event_property *properties;
    size_t property_count;
    /* How the flow goes on elsewhere (src/flow/carried.h); `carries`: any of these was said. */
    bool carries, flow_clear;
    bool
        flow_found; /* flow_id and flow_begin_us are those of the token: verified when they were stored */
    struct str flow_token, flow_stash, flow_propagate, flow_signal;
};

/* When a property of the page format (wire/page.h) stays: its measurements are the format's, and a note
 * that says nothing is one that was not given. */
enum event_when event_page_when(struct str name, const struct event_value *value);
