/* SPDX-License-Identifier: Apache-2.0 */
/* token.h: the secret that opens the console's API. */
#pragma once
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { TOKEN_LEN = 64 }; /* hex digits of 32 random bytes */

struct token {
    char text[TOKEN_LEN + 1];
};

/* Reads the file; makes it, mode 0600, where it is missing and `make` says so. A file that others
 * may read, or that holds something else, is an error. */
int token_load(struct token *out, const char *file, bool make, struct err *err);
/* In constant time over the given text. */
bool token_matches(const struct token *t, struct str given);
