/* SPDX-License-Identifier: Apache-2.0 */
/* append.h: records into the journal by a thread that can wait, as commands and notes do.
 *
 * Threads: any but the journal's own and those that drive its commits. */
#pragma once
#include "journal/journal.h"

/* Submits the records as one batch and waits until it is durable; fills in their positions. ERR_SPACE:
 * the disk is near full; ERR_BUSY: the journal is closing; ERR_LIMIT: a record is too long; any
 * other: the disk failed. */
int journal_append(struct journal *j, struct journal_record *records, size_t count,
                   struct err *err);
