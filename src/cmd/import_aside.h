/* SPDX-License-Identifier: Apache-2.0 */
/* import_aside.h: the file of lines that are no events: `file,line,reason,text` as CSV.
 *
 * It is made with the first such line, in the place of an older one, for its owner's eyes only. The text
 * is the line's bytes, whatever they are. Threads: one owner. */
#pragma once
#include <stdio.h>

#include "base/err.h"
#include "wire/day.h"

struct import_aside {
    char *path;
    FILE *file;
    uint64_t count;
    struct buf line;
};

/* Copies path. */
void import_aside_init(struct import_aside *a, const char *path);
int import_aside_add(struct import_aside *a, const char *file, uint64_t number,
                     enum day_fault reason, struct str text, struct err *err);
/* Everything is in the file, or -1. */
int import_aside_flush(struct import_aside *a, struct err *err);
void import_aside_free(struct import_aside *a);
/* NAME.rejected.csv beside NAME.csv or NAME.csv.gz; the caller frees it. */
char *import_aside_name(const char *file);
