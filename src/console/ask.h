/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h: what the routes that ask questions share. Internal to src/console. */
#pragma once
#include "console/internal.h"
#include "store/query.h"

/* The status and body for what went wrong with a question. */
enum MHD_Result console_ask_error(struct MHD_Connection *connection, const struct err *err);
/* Counts this request among the questions that run; ERR_BUSY: there are too many. End it with
 * console_ask_end. */
int console_ask_place(struct console *c, struct console_request *r, struct err *err);
/* The same, with ERR_BUSY queued as the answer; *out is what that gave, and false comes back. */
bool console_ask_begin(struct console *c, struct console_request *r, enum MHD_Result *out);
void console_ask_end(struct console *c, struct console_request *r);
/* Between the two, for what else takes its time. */
struct console_waiting console_ask_waiting(struct console_request *r);
/* Runs a question of this client; opts has sql, format, timeout_us, rows_max, write and ctx. Sets
 * opts->without_hidden where the client may not see hidden values, and the question would show them. */
int console_ask_run(struct console *c, struct console_request *r, struct query_opts *opts,
                    struct query_result *result, struct err *err);
/* The same, and makes a response of what opts->write has given to the spool; NULL: *err says why not. */
struct spool;
struct MHD_Response *console_ask_response(struct console *c, struct console_request *r,
                                          struct query_opts *opts, struct spool *spool,
                                          struct err *err);
/* The same, and queues it, or the error. */
enum MHD_Result console_ask_answer(struct console *c, struct console_request *r,
                                   struct query_opts *opts, struct spool *spool);
