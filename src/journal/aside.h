/* SPDX-License-Identifier: Apache-2.0 */
/* aside.h: keeps a copy of damaged bytes in `damaged/` of the journal's folder, for a person to look
 * at, beside a text that says what they are. The journal itself stays as it is. One owner. */
#pragma once
#include "journal/journal.h"

struct aside {
    const struct io *io;
    const char *dir; /* the journal's */
    uint64_t most; /* bytes in damaged/ beyond which nothing is added; 0: nothing is ever kept */
    bool looked;
    uint64_t used; /* known once it was looked */
};

/* Copies [from, from + bytes) of the file d->file. What is there from an earlier open is left as it
 * is. Never an error: what came of it is the answer. */
enum journal_kept aside_keep(struct aside *a, const struct journal_damage *d, uint64_t from,
                             uint64_t bytes);
