/* SPDX-License-Identifier: Apache-2.0 */
/* note.h: something about Weir itself, written into the journal: a reload, what was replayed.
 *
 * A note is a JSON object with "note", a dotted name, and "at", a time in RFC 3339. No value of an
 * event stands in one but what docs/privacy.md lists: hosts without permission, and the pseudonyms of
 * those who sent the most past a budget.
 * Threads: any but those of the journal. */
#pragma once
#include "journal/journal.h"

/* Writes `json` as one record and waits until it is durable; *position may be NULL. -1: it is not in the
 * journal, or may not survive (ERR_IO, ERR_SPACE, ERR_LIMIT, ERR_BUSY). */
int note_write(struct journal *j, struct str json, int64_t *position, struct err *err);
