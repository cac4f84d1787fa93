/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: one write per line, so that lines of several threads and processes do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/datetime.h"

static const char *program = "weir";
static enum log_level lowest_level = LOG_INFO;
static bool with_time = true;

void log_start(const char *name, enum log_level lowest)
{
    program = name;
    lowest_level = lowest;
    with_time = getenv("JOURNAL_STREAM") == NULL;
}

static size_t put_time(char *out)
{
    if (!with_time)
        return 0;
    datetime_format(out, clock_now_us(), DATETIME_MILLISECONDS);
    out[DATETIME_LEN_MS] = ' ';
    return DATETIME_LEN_MS + 1;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    char line[1024];
    size_t at, from;
    va_list ap;
    int n;

    if (level > lowest_level)
        return;
    at = put_time(line);
    n = snprintf(line + at, sizeof line - at, "%s: %s: ", program, names[level]);
    from = at += n > 0 ? (size_t)n : 0;
    va_start(ap, fmt);
    n = vsnprintf(line + at, sizeof line - at - 1, fmt, ap);
    va_end(ap);
    at += n > 0 ? (size_t)n : 0;
    if (at > sizeof line - 2)
        at = sizeof line - 2;
    for (size_t i = from; i < at; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
        else if ((unsigned char)line[i - 1] == 0xC2 && (unsigned char)line[i] >= 0x80 &&
                 (unsigned char)line[i] < 0xA0) /* U+0080 to U+009F, which some terminals obey */
            line[i] = (char)0xBF;
    line[at++] = '\n';
    if (write(STDERR_FILENO, line, at) < 0)
        return; /* nowhere left to say so */
}
