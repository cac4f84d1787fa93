/* SPDX-License-Identifier: Apache-2.0 */
/* head.h: what the collector reads of a request's header, in one pass over its fields.
 *
 * Text borrows from the HTTP library's memory of the connection: until the request is answered.
 * Threads: pure functions. */
#pragma once
#include <microhttpd.h>
#include <stdbool.h>

#include "base/str.h"
#include "collector/refusal.h"

enum {
    HEAD_FIELDS_MAX = 64,
    HEAD_BYTES_MAX = 16384, /* of all fields, names and values */
    HEAD_LINE_MAX = 8192, /* of one field, and of the request's target */
    HEAD_FORWARDED_MAX = 8, /* fields X-Forwarded-For; only the last ones count */
};

struct head {
    struct str authorization, key; /* key: ?key= */
    struct str content_type, content_encoding, content_length, transfer_encoding;
    struct str referer;
    struct str purpose; /* Sec-Purpose, or what it was called before: it is fetched ahead */
    struct str accept_encoding, if_none_match;
    struct str origin, fetch_site, host, user_agent, request_id, accept_language;
    struct str forwarded[HEAD_FORWARDED_MAX]; /* X-Forwarded-For, in order */
    size_t forwarded_count;
    bool was_forwarded; /* any sign of a proxy */
    bool do_not_track; /* DNT: 1 or Sec-GPC: 1 */
    bool needs_host; /* HTTP/1.1 and later */
    size_t fields, bytes;
    bool too_large; /* a limit above is passed */
    bool malformed; /* a name that is none, or a field twice that must be alone */
};

/* Fills *out from the connection's fields; version: "HTTP/1.1". */
void head_read(struct head *out, struct MHD_Connection *connection, const char *version);
/* What is wrong with it as HTTP, before any route is looked at; *length is the body's, or -1 where
 * it comes in chunks. REFUSAL_NONE: nothing. */
enum refusal head_check(const struct head *h, int64_t *length);
/* Adds one field; exposed for the unit test. */
void head_add(struct head *h, struct str name, struct str value);
/* The media type without parameters; the empty text where there is none. */
struct str head_media_type(const struct head *h);
/* The key of `Authorization: Bearer KEY`, else of `?key=`; absent where there is neither. */
struct str head_key(const struct head *h);
