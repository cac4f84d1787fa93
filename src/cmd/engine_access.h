/* SPDX-License-Identifier: Apache-2.0 */
/* engine_access.h: what an engine says about who may sign in at its console. */
#pragma once
#include "console/console.h"

/* The password, where one was made at this start, on standard output, once; and a warning where the
 * console can be reached from elsewhere. */
void engine_access_show(const struct settings *s, struct console *console);
/* console_opts.collector_url. */
char *engine_access_collector(const struct settings *s);
/* console_opts.say. */
void engine_access_say(void *ctx, const char *text);
