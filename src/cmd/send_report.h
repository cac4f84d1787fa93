/* SPDX-License-Identifier: Apache-2.0 */
/* send_report.h: what a person sees of `weir send`: progress, what was not accepted, the sum.
 *
 * The functions fit struct sender_opts, with the report as ctx. Threads: one owner. */
#pragma once
#include "cmd/sender.h"

struct send_report; /* opaque */

/* errors_file: gets every problem as NDJSON; NULL for none. The caller owns *out. */
int send_report_new(struct send_report **out, const char *errors_file, struct err *err);
void send_report_free(struct send_report *r);
void send_report_problem(void *report, const struct sender_problem *problem);
void send_report_progress(void *report, const struct sender_counts *counts);
void send_report_retry(void *report, const char *reason, int64_t pause_us);
/* Prints the sum on standard error; `waiting` is what got no verdict. Returns the exit code, as if
 * everything was delivered. */
int send_report_end(struct send_report *r, const struct sender_counts *counts, uint64_t waiting);
