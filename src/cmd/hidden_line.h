/* SPDX-License-Identifier: Apache-2.0 */
/* hidden_line.h: a line from a terminal that is not shown while it is typed.
 *
 * Promise: however it ends, by Enter, Ctrl-C, Ctrl-Z or SIGTERM, the terminal shows again what is typed.
 * Threads: from a program's only one. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Without the line's end. Of a longer line its first size - 1 bytes. False at the end of the input. */
bool hidden_line_read(char *line, size_t size, struct str *out);
/* The same from a terminal, asking for it by `prompt` on stderr. Signals that end the program do so
 * once the terminal is as it was; after a stop (Ctrl-Z) it is asked for anew. */
bool hidden_line_ask(const char *prompt, char *line, size_t size, struct str *out);
