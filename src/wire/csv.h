/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h: one line of CSV, as PostgreSQL and Redshift read it with COPY ... CSV.
 *
 * Fields are parted by commas; one in double quotes may hold commas, and a quote as two. Blanks count.
 * Stricter than PostgreSQL, like Redshift: a quote stands at a field's first byte or nowhere outside
 * of quotes, and behind the closing one comes a comma or the end. A record is one line: a quoted
 * field that goes on behind it is an open quote, so that a stray quote costs its line and no more.
 * Threads: pure function. */
#pragma once
#include "base/buf.h"

enum csv_status {
    CSV_FINE,
    CSV_OPEN_QUOTE, /* the last field's quotes do not end */
    CSV_STRAY_QUOTE, /* a quote within a plain field, or text behind the closing one */
};

/* Splits `line`, which has no newline. The first `max` fields go to fields[], *count is how many there
 * are in all. They borrow from `line`, or from `scratch` where quotes were doubled, until it changes;
 * `scratch` is emptied first and must be allowed to hold line.len bytes. */
enum csv_status csv_split(struct str line, struct buf *scratch, struct str *fields, size_t max,
                          size_t *count);
