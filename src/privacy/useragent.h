/* SPDX-License-Identifier: Apache-2.0 */
/* useragent.h: browser, version and system from a User-Agent header, and whether it is a bot.
 *
 * The expressions are uap-core's, the field's shared list. A cache answers what was seen; a miss
 * tries only the expressions whose required literals occur in the header, compiled when first
 * needed. Threads: useragent_parse from any thread. */
#pragma once
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct useragents; /* opaque */

struct useragent {
    struct str browser; /* "Firefox", "Mobile Safari"; STR_NONE where unknown ("Other") */
    struct str version; /* "128.0"; STR_NONE where unknown */
    struct str os; /* "Mac OS X 10.15", "Android 14"; STR_NONE where unknown */
    bool bot; /* crawlers, monitors, libraries and tools */
};

/* Reads the expressions built into the program. The caller owns *out. */
int useragents_new(struct useragents **out, struct err *err);
void useragents_free(struct useragents *u);
/* Headers over 1 KiB are cut there first. An empty header gives nothing. Text lives in a; 0, or -1
 * when the arena is full. */
int useragent_parse(struct useragents *u, struct str header, struct arena *a,
                    struct useragent *out);
