/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: writes uap-core's regexes.yaml as the C tables of src/privacy/useragent_tables.h.
 *
 *   uap regexes.yaml OUT.c
 *
 * Texts are offsets into one pool, so that the tables need no relocation and stay pages of the
 * program's file. For each literal the postings name the expressions that need it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "uap.h"

struct posting {
    struct posting *next;
    size_t expression, clause;
};

struct pool {
    FILE *out;
    size_t size;
};

static struct posting **postings;
static size_t postings_room;

/* Appends text to the pool, NUL included, and returns its offset. */
static size_t pool_put(struct pool *p, const char *text)
{
    size_t at = p->size;

    fputs("    \"", p->out);
    for (const char *c = text; *c; c++)
        fprintf(p->out, "\\%03o", (unsigned)(unsigned char)*c);
    fputs("\\000\"\n", p->out);
    p->size += strlen(text) + 1;
    return at;
}

static void write_expression(FILE *out, const struct expression *e, const size_t *at)
{
    unsigned flags =
        (e->nocase ? 1 : 0) | (e->bot ? 2 : 0) | (e->spider ? 4 : 0) | (e->joined ? 8 : 0);

    fprintf(out, "{%zu,{", at[PARTS]);
    for (int i = 0; i < PARTS; i++)
        fprintf(out, "%zu,", at[i]);
    fprintf(out, "},%u},\n", flags);
}

static void write_expressions(FILE *out, struct list lists[LISTS])
{
    struct pool pool = {out, 0};
    size_t total = lists[0].count + lists[1].count + lists[2].count, n = 0;
    size_t(*at)[PARTS + 1] = keep(total * sizeof *at);

    fputs("const char uap_pool[] =\n", out);
    pool_put(&pool, ""); /* offset 0 is "no replacement" */
    for (int l = 0; l < LISTS; l++)
        for (size_t i = 0; i < lists[l].count; i++, n++) {
            const struct expression *e = &lists[l].at[i];

            at[n][PARTS] = pool_put(&pool, e->pattern);
            for (int p = 0; p < PARTS; p++)
                at[n][p] = e->replacement[p] ? pool_put(&pool, e->replacement[p]) : 0;
        }
    fputs(";\nconst struct uap_expression uap_expressions[] = {\n", out);
    n = 0;
    for (int l = 0; l < LISTS; l++)
        for (size_t i = 0; i < lists[l].count; i++, n++)
            write_expression(out, &lists[l].at[i], at[n]);
    fputs("};\nconst uint8_t uap_needs[] = {\n", out);
    for (int l = 0; l < LISTS; l++)
        for (size_t i = 0; i < lists[l].count; i++)
            fprintf(out, "%u,\n", (1U << lists[l].at[i].needs.count) - 1);
    fprintf(out, "};\nconst uint16_t uap_list_end[] = {%zu, %zu, %zu};\n", lists[0].count,
            lists[0].count + lists[1].count, total);
}

static void post(size_t text, size_t expression, size_t clause)
{
    struct posting *p = keep(sizeof *p), **last;

    if (text >= postings_room)
        die("more than %zu literals", postings_room);
    for (last = &postings[text]; *last; last = &(*last)->next)
        continue;
    p->expression = expression;
    p->clause = clause;
    *last = p;
}

static void write_postings(FILE *out)
{
    size_t total = 0;

    fputs("const struct uap_posting uap_postings[] = {\n", out);
    for (size_t t = 0; t < trie_count(); t++)
        for (struct posting *p = postings[t]; p; p = p->next, total++)
            fprintf(out, "{%zu,%u},\n", p->expression, 1U << p->clause);
    fputs("};\nconst uint16_t uap_posting_end[] = {\n", out);
    total = 0;
    for (size_t t = 0; t < trie_count(); t++) {
        for (struct posting *p = postings[t]; p; p = p->next)
            total++;
        if (total > UINT16_MAX)
            die("more than %d postings", UINT16_MAX);
        fprintf(out, "%zu,%s", total, t % 16 == 15 ? "\n" : "");
    }
    fputs("};\n", out);
}

static void collect_literals(struct list lists[LISTS])
{
    size_t n = 0;

    postings_room = 16384;
    postings = keep(postings_room * sizeof(struct posting *));
    for (int l = 0; l < LISTS; l++)
        for (size_t i = 0; i < lists[l].count; i++, n++) {
            struct clauses *needs = &lists[l].at[i].needs;

            literals_find(lists[l].at[i].pattern, needs);
            for (size_t c = 0; c < needs->count; c++)
                for (size_t t = 0; t < needs->clause[c].count; t++)
                    post(trie_add(needs->clause[c].text[t]), n, c);
        }
}

static void write_sizes(FILE *out, struct list lists[LISTS])
{
    size_t total = lists[0].count + lists[1].count + lists[2].count;

    fprintf(out,
            "_Static_assert(UAP_EXPRESSIONS_MAX >= %zu && UAP_LITERALS_MAX >= %zu, \"raise them in "
            "useragent_tables.h\");\n",
            total, trie_count());
    fprintf(out, "const size_t uap_literal_count = %zu;\n", trie_count());
}

int main(int argc, char **argv)
{
    struct list lists[LISTS] = {{.at = NULL}};
    FILE *out;

    if (argc != 3) {
        fputs("usage: uap regexes.yaml OUT.c\n", stderr);
        return 2;
    }
    regexes_read(argv[1], lists);
    bots_mark(lists);
    for (int l = 0; l < LISTS; l++)
        split(&lists[l], l == 2);
    collect_literals(lists);
    out = fopen(argv[2], "wb");
    if (!out)
        die("open %s: %s", argv[2], strerror(errno));
    fputs(
        "/* made by tools/uap from uap-core's regexes.yaml; its text is Copyright 2009 Google Inc.,"
        "\n * under the Apache License, Version 2.0 */\n",
        out);
    fputs("#include \"privacy/useragent_tables.h\"\n\n", out);
    write_expressions(out, lists);
    write_postings(out);
    trie_write(out);
    write_sizes(out, lists);
    if (ferror(out) | (fclose(out) != 0)) {
        remove(argv[2]);
        die("write %s: %s", argv[2], strerror(errno));
    }
    keep_free();
    return 0;
}
