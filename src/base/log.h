/* SPDX-License-Identifier: Apache-2.0 */
/* log.h: lines for the person who runs Weir, on standard error.
 *
 * Only src/cmd and the main loop of a thread log; everything below returns a `struct err`. A line
 * holds no value from an event: names of sources, counts, codes and our own words only. Control
 * bytes are escaped, so a line stays a line. Safe from any thread. */
#pragma once

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* The program's name in each line ("weir collect") and the lowest level that is written. Lines
 * carry a time unless systemd's journal reads them, which has its own. */
void log_start(const char *program, enum log_level lowest);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
