/* SPDX-License-Identifier: Apache-2.0 */
/* tidying.h: the collector's thread that keeps the journal small (journal/tidy.h), and says what it
 * does in the log. */
#pragma once
#include "base/err.h"
#include "journal/journal.h"
#include "settings/settings.h"

struct tidying; /* opaque */

/* The caller owns *out; the journal is borrowed until stop. */
int tidying_start(struct tidying **out, struct journal *journal, const struct settings_journal *s,
                  struct err *err);
/* Ends what is under way, within a fraction of a second. NULL is fine. */
void tidying_stop(struct tidying *t);
