/* SPDX-License-Identifier: Apache-2.0 */
/* trie.c: an Aho-Corasick automaton over the literals, written as C arrays.
 *
 * States are numbered level by level, so that the children of one state are neighbours: a state is
 * the number of its first child and their count, and the labels of all states are one array in
 * which a child is looked up by memchr. State 0 is the root. */
#include <stdint.h>
#include <string.h>

#include "uap.h"

enum { STATES_MAX = 65535, TEXTS_MAX = 65535 };

struct state {
    struct state *child, *sibling; /* siblings in order of label */
    struct state *next; /* in order of number */
    struct state *fail;
    size_t number, children;
    size_t text; /* + 1, of the text that ends here; 0: none */
    unsigned char label;
};

static struct state root;
static size_t states = 1, texts;

static struct state *child_of(struct state *s, unsigned char label)
{
    struct state *c = s->child;

    while (c && c->label != label)
        c = c->sibling;
    return c;
}

static struct state *child_made(struct state *s, unsigned char label)
{
    struct state **at = &s->child, *c;

    while (*at && (*at)->label < label)
        at = &(*at)->sibling;
    if (*at && (*at)->label == label)
        return *at;
    if (states == STATES_MAX)
        die("more than %d states", STATES_MAX);
    c = keep(sizeof *c);
    c->label = label;
    c->sibling = *at;
    *at = c;
    s->children++;
    states++;
    return c;
}

size_t trie_add(const char *text)
{
    struct state *s = &root;

    for (; *text; text++)
        s = child_made(s, (unsigned char)*text);
    if (!s->text) {
        if (texts == TEXTS_MAX)
            die("more than %d texts", TEXTS_MAX);
        s->text = ++texts;
    }
    return s->text - 1;
}

size_t trie_count(void)
{
    return texts;
}

static void link_fail(struct state *parent, struct state *c)
{
    struct state *f = parent->fail;

    c->fail = &root;
    if (parent == &root)
        return;
    while (f != &root && !child_of(f, c->label))
        f = f->fail;
    if (child_of(f, c->label))
        c->fail = child_of(f, c->label);
}

/* Numbers the states level by level and sets where each goes when no child fits. */
static void number(void)
{
    struct state *last = &root;
    size_t count = 0;

    root.fail = &root;
    for (struct state *s = &root; s; s = s->next)
        for (struct state *c = s->child; c; c = c->sibling) {
            c->number = ++count;
            link_fail(s, c);
            last->next = c;
            last = c;
        }
}

/* The nearest state on the way of failures where a text ends; the root where none. */
static size_t outer(const struct state *s)
{
    if (s == &root)
        return 0;
    for (s = s->fail; s != &root && !s->text; s = s->fail)
        continue;
    return s->number;
}

void trie_write(FILE *out)
{
    number();
    fputs("const struct uap_state uap_states[] = {\n", out);
    for (struct state *s = &root; s; s = s->next)
        fprintf(out, "{%zu,%zu,%zu,%zu,%zu},\n", s->child ? s->child->number : 0, s->fail->number,
                s->text, outer(s), s->children);
    fputs("};\nconst unsigned char uap_labels[] = {\n", out);
    for (struct state *s = &root; s; s = s->next)
        fprintf(out, "%d,%s", s->label, s->number % 24 == 0 ? "\n" : "");
    fputs("};\n", out);
}
