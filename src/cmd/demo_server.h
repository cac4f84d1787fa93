/* SPDX-License-Identifier: Apache-2.0 */
/* demo_server.h: the `weir serve` that the demo runs, and questions to its console.
 *
 * Threads: one owner. */
#pragma once
#include <signal.h>
#include <stdbool.h>

#include <yyjson.h>

#include "base/err.h"
#include "settings/settings.h"

struct demo_server; /* opaque */

/* Starts it as a child of this process, which it does not outlive, with its output appended to
 * `log`, and waits until collector and console answer. Borrows `settings`. The caller owns *out. */
int demo_server_start(struct demo_server **out, const struct settings *settings, const char *log,
                      const volatile sig_atomic_t *stop, struct err *err);
/* Ends it, and waits for that. NULL is fine. */
void demo_server_stop(struct demo_server *s);
/* -1 and the last lines of the log in *err when it has ended by itself. */
int demo_server_check(struct demo_server *s, struct err *err);
/* Asks, and gives the answer's rows, an array of arrays, inside *doc, which the caller frees. NULL
 * where that failed. */
yyjson_val *demo_server_ask(struct demo_server *s, const char *sql, yyjson_doc **doc,
                            struct err *err);
