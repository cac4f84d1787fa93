/* SPDX-License-Identifier: Apache-2.0 */
/* watching.h: the routes about what is going on: events, questions, the ledger. Internal to src/console. */
#pragma once
#include "console/internal.h"

/* The socket of a connection, or -1; whether its client has closed it. (ask.c) */
int console_socket(struct MHD_Connection *connection);
bool console_is_gone(int fd);

/* Who asks, for questions to be told apart (questions_route.c). */
struct str console_asker(const struct console_request *r);

/* GET /api/questions, DELETE /api/questions/ID (questions_route.c). */
bool console_is_questions(struct str path);
enum MHD_Result console_questions(struct console *c, struct console_request *r);
enum MHD_Result console_stop_question(struct console *c, struct console_request *r,
                                      struct str path);
/* GET /api/live (live_route.c). */
enum MHD_Result console_live(struct console *c, struct console_request *r);
/* GET /api/ledger (ledger_route.c). */
enum MHD_Result console_ledger(struct console *c, struct console_request *r);
