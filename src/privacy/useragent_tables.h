/* SPDX-License-Identifier: Apache-2.0 */
/* useragent_tables.h: uap-core's expressions as tools/uap compiles them into the program.
 *
 * Constant, without relocations: pages of the program's file, read when touched. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum uap_list { UAP_BROWSER, UAP_SYSTEM, UAP_DEVICE };
enum uap_flag {
    UAP_NOCASE = 1,
    UAP_BOT = 2, /* a browser expression that names programs without a person */
    UAP_SPIDER = 4, /* a device expression whose device is "Spider" */
    UAP_JOINED = 8, /* with the next: of both matches the one further left counts, or the first */
};
enum { UAP_PARTS = 5, UAP_EXPRESSIONS_MAX = 4096, UAP_LITERALS_MAX = 4096 };

struct uap_expression {
    uint32_t pattern; /* offset in uap_pool, as all texts; NUL-ended */
    uint32_t part[UAP_PARTS]; /* replacements; 0: none, the group of the same number is meant */
    uint8_t flags;
};

/* Expression `expression` has a literal in its clause `clause` (one bit). */
struct uap_posting {
    uint16_t expression;
    uint8_t clause;
};

/* A state of the automaton that finds literals; state 0 is the root. */
struct uap_state {
    uint16_t first; /* child; the others follow it */
    uint16_t fail;
    uint16_t text; /* 1 + the literal that ends here; 0: none */
    uint16_t outer; /* the next state to look at for texts; 0: none */
    uint16_t children;
};

extern const char uap_pool[];
extern const struct uap_expression uap_expressions[];
extern const uint8_t uap_needs[]; /* by expression, a bit for each clause: a literal must occur */
extern const uint16_t uap_list_end[3]; /* a list ends where the next begins */
extern const struct uap_posting uap_postings[]; /* by literal */
extern const uint16_t uap_posting_end[]; /* by literal */
extern const struct uap_state uap_states[];
extern const unsigned char uap_labels[]; /* by state: the character that leads to it */
extern const size_t uap_literal_count;
