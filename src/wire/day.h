/* SPDX-License-Identifier: Apache-2.0 */
/* day.h: a day of history in a file, line by line: flow and activity events as CSV, or native NDJSON.
 *
 *   flow      timestamp,type,flow_id,flow_time,ua_browser,ua_version,ua_os,context,entrypoint,
 *             migration,service,utm_campaign,utm_content,utm_medium,utm_source,utm_term[,locale,uid]
 *   activity  timestamp,ua_browser,ua_version,ua_os,uid,type,service,device_id
 *
 * `timestamp` is whole seconds since 1970, flow_time milliseconds; an empty field is absent. What a
 * line says becomes a native event; whether it may stay is for the catalogue to say. Here only
 * lines that are no events at all are turned away.
 * Promise: equal lines of a day have equal keys, however they are quoted, end, or are padded with
 * empty fields. Threads: pure functions. */
#pragma once
#include "base/buf.h"
#include "base/uuid.h"

enum day_kind { DAY_UNKNOWN, DAY_FLOW, DAY_ACTIVITY, DAY_EVENTS };
enum {
    DAY_CSV_LINE_MAX = 65536, /* bytes */
    DAY_FIELDS_MAX = 18,
    DAY_KEY_BYTES = 32,
    DAY_REASON_MAX = 64,
};

struct day {
    enum day_kind kind;
    bool has_day; /* always, with CSV */
    int64_t day_us; /* its midnight, UTC */
};

enum day_fault {
    DAY_FINE,
    DAY_TOO_LONG, /* found by the reader of lines */
    DAY_NUL,
    DAY_NOT_UTF8,
    DAY_OPEN_QUOTE,
    DAY_STRAY_QUOTE,
    DAY_FIELD_COUNT,
    DAY_TIMESTAMP,
    DAY_OTHER_DAY, /* more than a day from the file's */
    DAY_NO_TYPE,
    DAY_FLOW_ID,
    DAY_FLOW_TIME,
    DAY_NOT_JSON,
    DAY_NOT_OBJECT,
    DAY_ID,
    DAY_FAULTS,
};
/* "open_quote" and so on. */
const char *day_fault_name(enum day_fault fault);
/* A sentence for people, without anything of the line. */
const char *day_fault_text(enum day_fault fault);

/* What a file's name says: [...]flow-2017-02-14.csv, events-2017-02-14.csv, *.ndjson or *.jsonl, each also
 * with .gz behind it; DAY_UNKNOWN for any other, with the day of NAME-2017-02-14.* all the same. */
void day_of_name(struct day *out, struct str file_name);

/* One line. Texts borrow from the line and from the scratch buffer. */
struct day_row {
    enum day_kind kind;
    struct str fields[DAY_FIELDS_MAX]; /* of CSV: absent ones are empty */
    struct str type; /* of CSV */
    int64_t time_ms, begin_ms; /* begin: of a flow */
    int64_t first_us,
        last_us; /* the event's time lies within these; INT64_MIN, INT64_MAX: unknown */
    bool other_day; /* up to a day before or behind the file's */
    bool has_id; /* of NDJSON: its own */
    struct uuid id;
    struct str json; /* of NDJSON */
};

/* `line` has no newline, and is not blank; `scratch` must be allowed to hold twice its length. */
enum day_fault day_row_read(struct day_row *out, const struct day *day, struct str line,
                            struct buf *scratch);
/* True for the first line of a file that names the columns. */
bool day_is_heading(const struct day *day, struct str line);
/* SHA-256 over the kind, the day and what the line says; `text` is not the scratch of its reading, and
 * must be allowed to hold twice the line. */
void day_row_key(uint8_t out[DAY_KEY_BYTES], const struct day *day, const struct day_row *row,
                 struct buf *text);
/* A UUID of version 8 for the line with this key that is number `ordinal` (from 0) of equal ones. Its
 * first eight bytes and its last one are the same for all of them. */
struct uuid day_id(const uint8_t key[DAY_KEY_BYTES], uint32_t ordinal);
/* Appends the native event. Without with_uid, the uid of a flow's line is left out. */
void day_row_write(struct buf *out, const struct day_row *row, const struct uuid *id,
                   bool with_uid);
