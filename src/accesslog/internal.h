/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the readers of the formats share. */
#pragma once
#include <yyjson.h>

#include "accesslog/access.h"

/* Lines that follow each other mostly have the same second: it is worked out once. */
struct access_clock {
    char text[ACCESS_STAMP_MAX];
    size_t len;
    int64_t us;
};

struct access_reader {
    enum access_format format;
    struct access_clock clock;
    yyjson_alc *memory;
    yyjson_doc *doc; /* of the last line, where it was JSON */
};

/* Times as logs write them: 10/Oct/2000:13:55:36 -0700, RFC 3339 (also with +0700), and seconds of
 * Unix time with a fraction. -1 for anything else. */
int access_time(struct access_clock *clock, struct str text, int64_t *out_us);
/* `GET /path?query HTTP/1.1` into method, path and query. */
enum access_fault access_request_line(struct access *out, struct str line);
/* Method and target. */
enum access_fault access_request(struct access *out, struct str method, struct str target);
/* Three digits. */
int access_status(struct str text, int *out);
/* True for the text of an IPv4 or IPv6 address. */
bool access_is_address(struct str text);
/* User, host and port: the host alone, absent where there is none. */
struct str access_host(struct str text);
/* `-` and the empty text are absent. */
static inline struct str access_present(struct str s)
{
    return s.len == 0 || (s.len == 1 && s.ptr[0] == '-') ? STR_NONE : s;
}

enum access_fault access_read_combined(struct access_reader *r, char *line, size_t len,
                                       struct access *out);
enum access_fault access_read_json(struct access_reader *r, struct str line, struct access *out);
