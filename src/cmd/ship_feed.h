/* SPDX-License-Identifier: Apache-2.0 */
/* ship_feed.h: what becomes of a line of an access log: counted, left out, or an event that is sent.
 *
 * Threads: one owner. */
#pragma once
#include <stdio.h>

#include "accesslog/page_event.h"
#include "cmd/send_report.h"

struct ship_counts {
    uint64_t lines;
    uint64_t by_verdict[ACCESS_VERDICTS]; /* ACCESS_PAGE, ACCESS_API and what was left out */
    uint64_t by_fault[ACCESS_FAULTS];
    uint64_t unfinished; /* last lines without a newline of files that ended */
    uint64_t gone; /* files that could not be read to their end */
};

struct ship_feed {
    struct access_reader *reader;
    struct access_rules *rules;
    struct sender *sender; /* NULL: events are printed */
    struct send_report *report;
    struct page_stamp stamp;
    struct buf event;
    struct ship_counts counts;
};

/* A line without its newline; its bytes are changed. `id` NULL: the event gets one made up. -1: a batch could
 * not be delivered. */
int ship_feed_line(struct ship_feed *f, char *line, size_t len, const struct uuid *id,
                   uint64_t number, struct err *err);
/* Tells and counts a line that cannot be read. */
void ship_feed_fault(struct ship_feed *f, enum access_fault fault, uint64_t number);
/* Until all that was fed has an answer. */
int ship_feed_flush(struct ship_feed *f, struct err *err);
/* Lines that should have been read and could not be. */
uint64_t ship_counts_wanting(const struct ship_counts *c);
/* What was read, left out and not understood, on standard error. */
void ship_counts_print(const struct ship_counts *c);
