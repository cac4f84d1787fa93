/* SPDX-License-Identifier: Apache-2.0 */
/* access.h: a line of a web server's access log, read.
 *
 * Formats: the combined format of nginx and Apache (also the common one, with a host before it, and
 * with further fields behind, of which the one that looks like a request id is taken), JSON with
 * members as nginx's names are (see access_json.c), Caddy's JSON, and syslog's frame around any of
 * them. Promise: any bytes are safe; what cannot be read has a name.
 * Threads: a reader has one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    ACCESS_LINE_MAX = 64 * 1024, /* bytes; a longer line is not read */
    ACCESS_METHOD_MAX = 20,
    ACCESS_ID_MIN = 16, /* of a request id behind the combined format */
    ACCESS_ID_MAX = 128,
    ACCESS_STAMP_MAX = 32, /* a time as the log has it */
};

enum access_format {
    ACCESS_ANY, /* each line says what it is */
    ACCESS_COMBINED,
    ACCESS_JSON, /* of nginx, or of Caddy */
    ACCESS_FORMATS
};

/* Absent texts are STR_NONE: `-` and nothing both mean absent. */
struct access {
    int64_t time_us;
    int status; /* 0 to 999 */
    struct str method, path, query; /* query: without `?`; absent and empty differ */
    struct str ip; /* an address in v4 or v6 form, else absent */
    struct str host; /* without port, as it was spelled */
    struct str referrer, user_agent, content_type, request_id;
};

enum access_fault {
    ACCESS_FINE,
    /* What every log has, and is no page of anybody's: */
    ACCESS_NOT_HTTP, /* no method and path: noise on the port, or a request cut off */
    ACCESS_NO_REQUEST, /* JSON that tells of something else, as a server's own messages */
    /* What cannot be read: */
    ACCESS_UNKNOWN_FORMAT,
    ACCESS_CUT_OFF, /* begins like the combined format, and ends too soon */
    ACCESS_BAD_TIME,
    ACCESS_BAD_STATUS,
    ACCESS_BAD_JSON,
    ACCESS_TOO_LONG,
    ACCESS_FAULTS
};

struct access_reader; /* opaque */

/* The caller owns the result. */
struct access_reader *access_reader_new(enum access_format format);
void access_reader_free(struct access_reader *r);
/* Reads a line without its newline. The bytes at `line` are changed where escapes are undone; what
 * *out holds lies there or in the reader, until the next call. On a fault *out is left unclear. */
enum access_fault access_read(struct access_reader *r, char *line, size_t len, struct access *out);

/* "combined" and so on, or -1. */
int access_format_find(struct str name);
/* "bad_time", and a sentence that says what was expected. */
const char *access_fault_name(enum access_fault f);
const char *access_fault_text(enum access_fault f);
/* True for what every log has. */
static inline bool access_is_noise(enum access_fault f)
{
    return f == ACCESS_NOT_HTTP || f == ACCESS_NO_REQUEST;
}
