/* SPDX-License-Identifier: Apache-2.0 */
/* service.h: how the commands that run until they are stopped begin. */
#pragma once
#include <signal.h>

#include "cmd/cmd.h"

/* Reads the options (only --config), starts the log as `log_name`, loads the settings. Returns -1 to
 * go on; else the exit code to end with. */
int service_begin(const struct command *self, int argc, char **argv, const char *log_name,
                  struct settings **out);
/* Blocks SIGTERM, SIGINT and SIGHUP, to be waited for. Before any thread starts: all inherit it. */
void service_block_signals(sigset_t *out);
/* Prints "WHAT ADDRESS:PORT" and tells systemd that the service is ready. */
void service_ready(const char *what, const struct settings_listen *listen, uint16_t port);
