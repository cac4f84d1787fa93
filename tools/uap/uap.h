/* SPDX-License-Identifier: Apache-2.0 */
/* uap.h: the parts of the host tool that turns uap-core's regexes.yaml into C tables.
 *
 * regexes.c reads the file, bots.c marks, split.c takes apart, literals.c finds what text each expression cannot match without, trie.c
 * builds the automaton that finds these texts, main.c writes the tables that
 * src/privacy/useragent_tables.h declares. All memory lives until the tool ends. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { LISTS = 3, PARTS = 5, CLAUSES_MAX = 8, EXPRESSIONS_MAX = 4096 };

struct set {
    char **text;
    size_t count;
};

/* A text that the expression matches holds at least one member of each clause, in lower case. */
struct clauses {
    struct set clause[CLAUSES_MAX];
    size_t count;
};

struct expression {
    char *pattern;
    char *replacement[PARTS];
    bool nocase, bot, spider;
    bool joined; /* with the next one: together they are one expression; see split.c */
    struct clauses needs;
};

struct list {
    struct expression *at;
    size_t count;
};

/* mem.c: memory that keep_free gives back. Both end the tool when there is none. */
void *keep(size_t size);
char *keep_text(const char *text, size_t len);
void keep_free(void);
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* regexes.c: browsers, systems, devices. */
void regexes_read(const char *path, struct list out[LISTS]);
/* bots.c: sets `bot` and `spider`; dies where a rule of its own fits no expression. */
void bots_mark(struct list lists[LISTS]);
/* split.c: replaces expressions of many alternatives. fixed_names: only replacement 0 matters. */
void split(struct list *l, bool fixed_names);
/* literals.c: no clauses where nothing is certain. */
void literals_find(const char *pattern, struct clauses *out);
/* trie.c: the number of a text, which it adds; then the automaton as C arrays. */
size_t trie_add(const char *text);
size_t trie_count(void);
void trie_write(FILE *out);
