/* SPDX-License-Identifier: Apache-2.0 */
/* import_read.h: the lines of a file, gzip or plain, that may be read more than once.
 *
 * Passes over a byte order mark, blank lines, and a first line that names the columns. Each opening of
 * one reader must find the file as the first one did. Threads: one owner. */
#pragma once
#include <sys/stat.h>
#include <zlib.h>

#include "cmd/lines.h"
#include "wire/day.h"

struct import_reader {
    const char *path;
    const struct day *day;
    struct stat seen; /* since the first opening */
    bool seen_before;
    gzFile file;
    struct lines lines;
    uint64_t lines_seen; /* without those passed over */
};

void import_reader_init(struct import_reader *r, const char *path, const struct day *day);
/* At the beginning, once more. */
int import_reader_open(struct import_reader *r, struct err *err);
void import_reader_close(struct import_reader *r);
/* LINES_LINE, LINES_TOO_LONG, LINES_END or -1; a line is without its CR and LF, until the next call. */
int import_reader_next(struct import_reader *r, struct str *line, struct err *err);
