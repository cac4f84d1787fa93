/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.h: regular expressions of the catalogue, each matched against a whole text, and of options,
 * looked for within one.
 *
 * PCRE2, UTF-8, `\w` and `\d` in ASCII. Work is bounded: a text that would take more than
 * PATTERN_STEPS_MAX steps of backtracking counts as not matching. A pattern that is a row of
 * fixed-length parts with at most one open-ended part at its end ("[a-z][a-z0-9-]*") is matched
 * without PCRE2, several times faster.
 * Threads: a pattern is immutable; each thread has its own scratch memory, made at its first match. */
#pragma once
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { PATTERN_BYTES_MAX = 1000, PATTERN_STEPS_MAX = 20000 };

struct pattern; /* opaque */

/* The caller owns the result; NULL with an error that says what and where (err->at). */
struct pattern *pattern_new(struct str text, struct err *err);
/* The same, to be found anywhere in a text; around bytes that are not UTF-8, too. */
struct pattern *pattern_new_search(struct str text, struct err *err);
void pattern_free(struct pattern *p);
/* Any bytes are safe; what is not UTF-8 does not match a whole-text pattern. */
bool pattern_matches(const struct pattern *p, struct str text);
/* True for a repeated group whose every part may repeat as well, such as (a+)+: the usual cause of
 * endless backtracking. */
bool pattern_is_risky(struct str text);

/* The matcher without PCRE2, for pattern.c and its tests. */
enum { PATTERN_ITEMS_MAX = 8 };
struct pattern_simple {
    unsigned count; /* 0: the pattern is not of this form */
    uint16_t min[PATTERN_ITEMS_MAX], max[PATTERN_ITEMS_MAX];
    uint8_t allowed[256]; /* bit i: the byte may stand in item i */
};
void pattern_simple_compile(struct pattern_simple *out, struct str text);
bool pattern_simple_matches(const struct pattern_simple *p, struct str text);
