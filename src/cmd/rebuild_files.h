/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild_files.h: the files of a store while it is made anew: the one in use, the next, the last.
 *
 * Promise: at any moment, also after a power cut, the name of the store is that of a whole one. */
#pragma once
#include <stdbool.h>

#include "base/err.h"
#include "settings/settings.h"

struct rebuild_files {
    char *dir;
    char *current, *current_log; /* weir.duckdb, weir.duckdb.wal */
    char *next, *next_log, *next_temp; /* weir.duckdb.new... */
    char *last, *last_log; /* weir.duckdb.old... */
};

void rebuild_files_init(struct rebuild_files *f, const struct settings *s);
void rebuild_files_free(struct rebuild_files *f);
/* -1 where the store in use belongs to another user than this process: root could make it anew, and
 * the engine could not open it any more. */
int rebuild_files_check_owner(const struct rebuild_files *f, struct err *err);
/* Removes what an earlier attempt has left. */
int rebuild_files_clear(const struct rebuild_files *f, struct err *err);
/* The store in use, which nobody has open and which has no log, as the beginning of the next. */
int rebuild_files_copy(const struct rebuild_files *f, struct err *err);
/* Puts the next one, which nobody has open, in the place of the store in use; that one is kept as
 * the last, or not. */
int rebuild_files_swap(const struct rebuild_files *f, bool keep, struct err *err);
