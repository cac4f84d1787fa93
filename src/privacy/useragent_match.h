/* SPDX-License-Identifier: Apache-2.0 */
/* useragent_match.h: uap-core's expressions applied to one agent, as its specification says: within
 * a list the first expression that matches decides, and its replacements, with $1 to $9 from its
 * groups, or else its groups are the answer.
 *
 * Internal to the user agent parser; its tests use it too. Threads: any. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "privacy/useragent_tables.h"

struct uap; /* opaque: the compiled expressions */

enum { UAP_AGENT_MAX = 1024, UAP_SCRATCH = 2048 };

/* What one agent may still cost, and what it needs to know of itself. One per agent, on the stack. */
struct uap_scan {
    struct str agent;
    uint64_t literals[UAP_LITERALS_MAX / 64]; /* those that occur */
    uint8_t met[UAP_EXPRESSIONS_MAX]; /* by expression: the clauses that are met */
    unsigned tries; /* expressions that were tried so far, over all lists */
    bool spent; /* more would have been tried, but for the limit */
    bool everything; /* tests: look at no literal and no limit, try all */
};

/* The answer of one list: family, then the version's parts; empty where unknown. Texts live in
 * `scratch`, in the agent or in the program. */
struct uap_parts {
    struct str part[UAP_PARTS];
    int expression; /* which one matched; -1: none */
    char scratch[UAP_SCRATCH];
};

/* no_jit: as where the system allows no JIT: ten times slower, otherwise the same. */
struct uap *uap_new(bool no_jit);
void uap_free(struct uap *u);
/* Finds the literals in agent, which scan keeps; at most UAP_AGENT_MAX bytes. */
void uap_scan(struct uap_scan *scan, struct str agent);
/* The first match of a list: true, or false with no parts. */
bool uap_match(struct uap *u, struct uap_scan *scan, enum uap_list list, struct uap_parts *out);
/* True where the device is a "Spider". Costs next to nothing where no Spider can match. */
bool uap_is_spider(struct uap *u, struct uap_scan *scan);
/* Compiles what is left to compile; the number of expressions that are interpreted. */
size_t uap_compile_all(struct uap *u);
