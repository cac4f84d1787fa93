/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h: what a mistyped word was probably meant to be. For messages; pure functions. */
#pragma once
#include "base/str.h"

/* The word of `words` that is nearest to `typed`, without regard to case, or STR_NONE where none is
 * near: at most one letter in three (and three letters) changed, missing, added or swapped; else the
 * first that begins with it. */
struct str suggest(struct str typed, const struct str *words, size_t count);
