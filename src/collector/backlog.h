/* SPDX-License-Identifier: Apache-2.0 */
/* backlog.h: what the journal holds behind a position, at start: for what is counted or kept beside the
 * journal and may be behind it.
 *
 * Threads: any. */
#pragma once
#include "journal/reader.h"

/* Gives each record behind `after` that is durable, in order. Damage was reported when the journal was
 * opened: here its records are not given. *durable: the journal's last position. */
int backlog_read(const struct io *io, const char *journal_dir, int64_t after,
                 void (*each)(void *ctx, const struct journal_entry *entry), void *ctx,
                 int64_t *durable, struct err *err);
