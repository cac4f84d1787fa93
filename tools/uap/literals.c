/* SPDX-License-Identifier: Apache-2.0 */
/* literals.c: the texts that an expression cannot match without.
 *
 * A walk over the expression that keeps, for each part of it, either the whole (small) set of texts
 * that it matches, or clauses: sets of which one member must occur. Neighbouring sets multiply
 * ("(?:Fire|Water)fox" is firefox, waterfox) until something open-ended comes between. Case is
 * folded, positions and order are not kept, and what is not understood counts as "may be anything":
 * each step may only lose conditions, never add one. That the result loses no match is also tested
 * against all fixtures, with and without the filter. */
#include <string.h>

#include "uap.h"

enum { SET_MAX = 256, CLASS_MAX = 4, UNBOUNDED = -1 };

/* What is known of a part. exact: it matches the members of `set` and nothing else. */
struct known {
    bool exact;
    struct set set;
    struct clauses needs;
};

struct walk {
    const char *at;
    bool lost; /* met what we do not understand */
};

static struct known parse_alternatives(struct walk *w);

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static struct known nothing_known(void)
{
    return (struct known){.exact = false};
}

static struct known exactly(const char *text)
{
    struct known k = {.exact = true};

    k.set.text = keep(sizeof *k.set.text);
    k.set.text[0] = keep_text(text, strlen(text));
    k.set.count = 1;
    return k;
}

static void set_add(struct set *s, size_t room, char *text)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->text[i], text) == 0)
            return;
    if (s->count == room)
        die("a set of literals outgrew its room");
    s->text[s->count++] = text;
}

static struct set set_union(struct set a, struct set b)
{
    struct set s = {.text = keep((a.count + b.count) * sizeof *s.text)};

    for (size_t i = 0; i < a.count; i++)
        set_add(&s, a.count + b.count, a.text[i]);
    for (size_t i = 0; i < b.count; i++)
        set_add(&s, a.count + b.count, b.text[i]);
    return s;
}

static struct set set_product(struct set a, struct set b)
{
    size_t room = a.count * b.count;
    struct set s = {.text = keep(room * sizeof *s.text)};

    for (size_t i = 0; i < a.count; i++)
        for (size_t j = 0; j < b.count; j++) {
            size_t first = strlen(a.text[i]), second = strlen(b.text[j]);
            char *text = keep(first + second + 1);

            memcpy(text, a.text[i], first);
            memcpy(text + first, b.text[j], second);
            set_add(&s, room, text);
        }
    return s;
}

/* The shortest members decide: the others that hold one of them say nothing more. */
static struct set without_implied(struct set s)
{
    struct set out = {.text = keep(s.count * sizeof *s.text)};

    for (size_t i = 0; i < s.count; i++) {
        bool implied = false;

        for (size_t j = 0; j < s.count && !implied; j++)
            implied = j != i && strstr(s.text[i], s.text[j]);
        if (!implied)
            out.text[out.count++] = s.text[i];
    }
    return out;
}

static size_t shortest(struct set s)
{
    size_t least = (size_t)-1;

    for (size_t i = 0; i < s.count; i++)
        if (strlen(s.text[i]) < least)
            least = strlen(s.text[i]);
    return least;
}

/* How much a clause sifts out: long texts and few of them. */
static long worth(struct set s)
{
    size_t least = shortest(s);

    return (long)(least > 12 ? 12 : least) * 256 - (long)s.count;
}

static void add_clause(struct clauses *c, struct set s)
{
    size_t worst = 0;

    s = without_implied(s);
    if (s.count == 0 || shortest(s) < 2)
        return;
    if (c->count < CLAUSES_MAX) {
        c->clause[c->count++] = s;
        return;
    }
    for (size_t i = 1; i < c->count; i++)
        if (worth(c->clause[i]) < worth(c->clause[worst]))
            worst = i;
    if (worth(s) > worth(c->clause[worst]))
        c->clause[worst] = s;
}

static void add_known(struct clauses *c, const struct known *k)
{
    if (k->exact)
        add_clause(c, k->set);
    else
        for (size_t i = 0; i < k->needs.count; i++)
            add_clause(c, k->needs.clause[i]);
}

/* --- single characters and classes --- */

static struct known escape(struct walk *w)
{
    char c = *w->at ? *w->at++ : '\0';
    char text[2] = {lower(c), '\0'};

    if (c == 'b')
        return exactly("");
    if (c == '\0' || strchr("dDwWsS", c) || (c >= '1' && c <= '9'))
        return nothing_known();
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        w->lost = true; /* \Q, \x41, \p{L} and so on: not in the file today */
    return exactly(text);
}

/* Behind "[". A class of up to CLASS_MAX plain characters is a set; ranges and the rest are open. */
static struct known class(struct walk *w)
{
    struct known k = {.exact = true, .set = {.text = keep(CLASS_MAX * sizeof(char *))}};
    bool open = *w->at == '^', first = true;

    if (open)
        w->at++;
    for (; *w->at && (*w->at != ']' || first); first = false) {
        char text[2] = {*w->at++, '\0'};

        if (text[0] == '[' && strchr(":.=", *w->at))
            w->lost = true;
        if (text[0] == '\\') {
            text[0] = *w->at ? *w->at++ : '\0';
            open = open || (text[0] >= 'A' && text[0] <= 'z' && strchr("dDwWsSb", text[0]));
        }
        if (*w->at == '-' && w->at[1] && w->at[1] != ']')
            open = true;
        text[0] = lower(text[0]);
        if (!open && k.set.count < CLASS_MAX)
            set_add(&k.set, CLASS_MAX, keep_text(text, 1));
        else
            open = true;
    }
    if (*w->at == ']')
        w->at++;
    return open ? nothing_known() : k;
}

static struct known group(struct walk *w)
{
    struct known k;

    if (w->at[0] == '?') {
        if (w->at[1] != ':')
            w->lost = true; /* looks ahead, names a group, sets a flag */
        w->at += w->at[1] ? 2 : 1;
    }
    k = parse_alternatives(w);
    if (*w->at == ')')
        w->at++;
    else
        w->lost = true;
    return k;
}

static struct known atom(struct walk *w)
{
    char c = *w->at++;
    char text[2] = {lower(c), '\0'};

    switch (c) {
    case '(': return group(w);
    case '[': return class(w);
    case '\\': return escape(w);
    case '.': return nothing_known();
    case '^':
    case '$': return exactly("");
    default: return exactly(text);
    }
}

/* --- repeats, sequences, alternatives --- */

/* Reads ?, *, +, {n}, {n,}, {n,m} and what makes them lazy or possessive. */
static void repeat(struct walk *w, int *least, int *most)
{
    int used = 0;

    *least = *most = 1;
    if (*w->at == '?' || *w->at == '*' || *w->at == '+') {
        *least = *w->at == '+';
        *most = *w->at == '?' ? 1 : UNBOUNDED;
        used = 1;
    } else if (*w->at == '{') {
        if (sscanf(w->at, "{%d,%d}%n", least, most, &used) == 2 && used) {
        } else if (sscanf(w->at, "{%d}%n", least, &used) == 1 && used) {
            *most = *least;
        } else if (sscanf(w->at, "{%d,}%n", least, &used) == 1 && used) {
            *most = UNBOUNDED;
        } else {
            w->lost = true; /* a brace that stands for itself */
        }
    }
    w->at += used;
    if (used && (*w->at == '?' || *w->at == '+'))
        w->at++;
}

static struct known repeated(struct walk *w)
{
    struct known k = atom(w);
    int least, most;

    repeat(w, &least, &most);
    if (least == 1 && most == 1)
        return k;
    if (least == 0 && most == 1 && k.exact) {
        k.set = set_union(k.set, exactly("").set);
        return k;
    }
    if (least == 0)
        return nothing_known();
    if (k.exact) {
        struct known more = nothing_known();

        add_clause(&more.needs, k.set);
        return more;
    }
    return k;
}

static struct known sequence(struct walk *w)
{
    struct known all = exactly("");
    struct set run = all.set; /* what the parts since the last open one match */

    while (*w->at && *w->at != '|' && *w->at != ')') {
        struct known k = repeated(w);

        if (k.exact && run.count * k.set.count <= SET_MAX) {
            run = set_product(run, k.set);
            continue;
        }
        all.exact = false;
        add_clause(&all.needs, run);
        if (!k.exact)
            add_known(&all.needs, &k);
        run = k.exact ? k.set : exactly("").set;
    }
    if (all.exact)
        all.set = run;
    else
        add_clause(&all.needs, run);
    return all;
}

/* Of each alternative the clause that sifts most; one without any leaves nothing certain. */
static void join(struct known *all, const struct known *k, bool *open)
{
    struct clauses c = {.count = 0};
    size_t best = 0;

    if (all->exact && k->exact) {
        all->set = set_union(all->set, k->set);
        return;
    }
    if (all->exact) { /* from here on `set` is a clause in the making */
        all->exact = false;
        all->set = without_implied(all->set);
        *open = all->set.count && shortest(all->set) < 2;
    }
    add_known(&c, k);
    if (c.count == 0) {
        *open = true;
        return;
    }
    for (size_t i = 1; i < c.count; i++)
        if (worth(c.clause[i]) > worth(c.clause[best]))
            best = i;
    all->set = set_union(all->set, c.clause[best]);
}

static struct known parse_alternatives(struct walk *w)
{
    struct known all = sequence(w);
    struct known joined = {.exact = true};
    bool open = false;

    if (*w->at != '|')
        return all;
    join(&joined, &all, &open);
    while (*w->at == '|') {
        struct known k;

        w->at++;
        k = sequence(w);
        join(&joined, &k, &open);
    }
    if (joined.exact)
        return joined;
    if (!open)
        add_clause(&joined.needs, joined.set);
    joined.set.count = 0;
    return joined;
}

void literals_find(const char *pattern, struct clauses *out)
{
    struct walk w = {.at = pattern};
    struct known k = parse_alternatives(&w);

    out->count = 0;
    if (!w.lost && *w.at == '\0')
        add_known(out, &k);
}
