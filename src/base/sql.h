/* SPDX-License-Identifier: Apache-2.0 */
/* sql.h: statements out of files: blanks, and text from outside as SQL takes it.
 *
 * A file holds one statement, or a part of one; where it needs what is not known before, it has a
 * blank, {{name}}. A blank gets either text of ours or what sql_quote, sql_literal or a number made of
 * text from outside: nothing else ever becomes SQL.
 * Threads: pure functions. */
#pragma once
#include "base/buf.h"

struct sql_blank {
    const char *name;
    struct str text; /* as it goes into the statement */
};

/* Appends the statement with its blanks filled in. A blank without a text is our mistake. */
void sql_fill(struct buf *out, struct str statement, const struct sql_blank *blanks, size_t count);
/* The same for a part of a statement, without its first line, which says what it is for. */
void sql_fill_part(struct buf *out, struct str part, const struct sql_blank *blanks, size_t count);
/* Appends an identifier in quotes. It must not hold NUL. */
void sql_quote(struct buf *out, struct str identifier);
/* Appends a text as an SQL literal. It must not hold NUL. */
void sql_literal(struct buf *out, struct str text);
