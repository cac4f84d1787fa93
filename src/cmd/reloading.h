/* SPDX-License-Identifier: Apache-2.0 */
/* reloading.h: the collector's reloads, asked for by SIGHUP or by `weir reload`.
 *
 * What each of them finds goes to the log, whoever asked.
 * Threads: any; they wait for each other. */
#pragma once
#include <pthread.h>

#include "collector/reload.h"
#include "settings/settings.h"

struct yyjson_val;

struct reloading {
    struct reload_opts opts;
    char *journal_dir;
    pthread_mutex_t mtx; /* one reload at a time */
};

/* Keeps all three. */
void reloading_init(struct reloading *r, const struct settings *s, struct admission *admission,
                    struct journal *journal);
/* Also where it is all zeros. */
void reloading_free(struct reloading *r);
void reloading_by_signal(struct reloading *r);
/* {"do":"reload","dry_run":false,"force":false}; see collector/control.h. */
int reloading_by_command(struct reloading *r, struct yyjson_val *request, struct buf *members,
                         struct err *err);
