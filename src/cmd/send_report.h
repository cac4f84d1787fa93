/* SPDX-License-Identifier: Apache-2.0 */
/* send_report.h: what a person sees of `weir send` and `weir import`: progress, what was not accepted,
 * the sum.
 *
 * The functions fit struct sender_opts, with the report as ctx. Threads: one owner. */
#pragma once
#include "cmd/sender.h"

struct send_report; /* opaque */

/* errors_file: gets every problem as NDJSON; NULL for none. The caller owns *out. */
int send_report_new(struct send_report **out, const char *errors_file, struct err *err);
void send_report_free(struct send_report *r);
/* Stands before what is said about a line; kept, not copied. NULL: nothing. */
void send_report_label(struct send_report *r, const char *label);
/* Draws a line of progress over the last one: on a terminal, and not too often unless `now`. */
__attribute__((format(printf, 3, 4))) void send_report_draw(struct send_report *r, bool now,
                                                            const char *fmt, ...);
void send_report_problem(void *report, const struct sender_problem *problem);
void send_report_progress(void *report, const struct sender_counts *counts);
void send_report_retry(void *report, const char *reason, int64_t pause_us);
/* Takes the progress line away, and prints how many faults of each code there were, where not all were
 * shown. */
void send_report_close(struct send_report *r);
/* The same, and prints the sum on standard error; `waiting` is what got no verdict. Returns the exit code, as if
 * everything was delivered. */
int send_report_end(struct send_report *r, const struct sender_counts *counts, uint64_t waiting);
