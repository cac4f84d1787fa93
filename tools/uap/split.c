/* SPDX-License-Identifier: Apache-2.0 */
/* split.c: turns an expression of many alternatives into one expression for each.
 *
 * `(A|B|...)rest` finds the leftmost place where any alternative fits, and there the first of them
 * that does. Tried singly, each finds its own leftmost place; the leftmost of these, and of equals
 * the first, is the same match. So the expressions that come of one are `joined`, and whoever
 * matches them compares places. What it is good for: uap-core's longest expression has 200 names,
 * 70 us on an agent of 1 KiB without any of them; single names are left out by their literals.
 *
 * Before the group only `^`, `\b` or nothing may stand, so that place and start are the same; where
 * the answer is the same whatever matches (devices with a fixed name) anything may. */
#include <string.h>

#include "uap.h"

enum { ALTERNATIVES_MIN = 5 };

/* The ")" of the group that opens at `at`; NULL where there is none. Counts the group's own "|". */
static const char *group_end(const char *at, size_t *bars, bool *captures)
{
    int depth = 0;

    *bars = 0;
    *captures = false;
    for (; *at; at++) {
        if (*at == '\\' && at[1]) {
            at++;
        } else if (*at == '[') {
            at += at[1] == '^' ? 2 : 1;
            for (at += *at == ']'; *at && *at != ']'; at++)
                if (*at == '\\' && at[1])
                    at++;
        } else if (*at == '(') {
            *captures = *captures || (depth > 0 && at[1] != '?');
            depth++;
        } else if (*at == ')' && --depth == 0) {
            return at;
        } else if (*at == '|' && depth == 1) {
            ++*bars;
        }
        if (!*at)
            break;
    }
    return NULL;
}

static bool has_own_alternatives(const char *pattern)
{
    size_t bars;
    bool captures;
    char *wrapped = keep(strlen(pattern) + 3);

    wrapped[0] = '(';
    memcpy(wrapped + 1, pattern, strlen(pattern));
    wrapped[strlen(pattern) + 1] = ')';
    return group_end(wrapped, &bars, &captures) && bars > 0;
}

/* Where the group begins that may be taken apart; NULL where none may. */
static const char *group_begin(const char *pattern, bool fixed)
{
    const char *at = pattern;

    if (fixed)
        return strchr(at, '(');
    if (*at == '^')
        at++;
    else if (strncmp(at, "\\b", 2) == 0)
        at += 2;
    return *at == '(' ? at : NULL;
}

static void add(struct list *out, const struct expression *like, const char *begin, size_t head,
                const char *from, const char *to, const char *rest)
{
    struct expression *e = &out->at[out->count++];
    size_t len = (size_t)(to - from);
    char *p = keep(head + len + strlen(rest) + 1);

    *e = *like;
    e->joined = true;
    e->pattern = p;
    memcpy(p, begin, head);
    memcpy(p + head, from, len);
    memcpy(p + head + len, rest, strlen(rest));
}

/* Walks the alternatives between head and end; the last of them is not joined to what follows. */
static void take_apart(struct list *out, const struct expression *e, const char *body,
                       const char *end)
{
    size_t head = (size_t)(body - e->pattern), bars;
    const char *from = body;
    bool captures;

    for (const char *at = body; at <= end; at++) {
        if (*at == '\\' && at < end) {
            at++;
        } else if (*at == '[') {
            at += at[1] == '^' ? 2 : 1;
            for (at += *at == ']'; *at != ']'; at++)
                if (*at == '\\')
                    at++;
        } else if (*at == '(') {
            at = group_end(at, &bars, &captures);
        } else if (at == end || *at == '|') {
            add(out, e, e->pattern, head, from, at, end);
            from = at + 1;
        }
    }
    out->at[out->count - 1].joined = false;
}

void split(struct list *l, bool fixed_names)
{
    struct list out = {keep(EXPRESSIONS_MAX * sizeof *out.at), 0};

    for (size_t i = 0; i < l->count; i++) {
        const struct expression *e = &l->at[i];
        bool fixed = fixed_names && e->replacement[0] && !strchr(e->replacement[0], '$');
        const char *begin = group_begin(e->pattern, fixed), *end;
        size_t bars = 0;
        bool captures = true;

        end = begin ? group_end(begin, &bars, &captures) : NULL;
        if (out.count + bars + 1 > EXPRESSIONS_MAX)
            die("more than %d expressions", EXPRESSIONS_MAX);
        if (!end || captures || bars + 1 < ALTERNATIVES_MIN || (end[1] && strchr("?*+{", end[1])) ||
            has_own_alternatives(e->pattern))
            out.at[out.count++] = *e;
        else
            take_apart(&out, e, begin + (begin[1] == '?' ? 3 : 1), end);
    }
    *l = out;
}
