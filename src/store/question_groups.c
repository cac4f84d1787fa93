/* SPDX-License-Identifier: Apache-2.0 */
/* question_groups.c: how many sets of columns a question groups by.
 *
 * ROLLUP, CUBE and several of them beside each other are written out while DuckDB parses: ROLLUP of 10,000 columns
 * takes gigabytes before anything else could be looked at. So the text is, word by word: it is close enough, as
 * nothing but these words and their parentheses multiplies sets. */
#include <stdint.h>

#include "store/question.h"

enum { GROUPED_MAX = 500000 /* columns of all sets together */ };

struct groups {
    uint64_t sets, columns; /* of this GROUP BY */
    uint64_t grouped; /* of those before */
};

static bool is_letter(char c)
{
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_';
}

/* What stands in the parentheses that begin at `at`, at least: parts, and all parts within these. 0: there are none. */
static uint64_t count_parts(struct str s, size_t at, uint64_t *all)
{
    uint64_t depth = 0, parts = 1;

    *all = 1;
    while (at < s.len && (strchr(" \t\r\n\f\v", s.ptr[at]) || question_skip(s, at) > at))
        at = question_skip(s, at) > at ? question_skip(s, at) : at + 1;
    if (at >= s.len || s.ptr[at] != '(')
        return 0;
    while (at < s.len) {
        size_t behind = question_skip(s, at);
        char c = s.ptr[at];

        at = behind > at ? behind : at + 1;
        depth += c == '(';
        if (c == ')' && --depth == 0)
            break;
        *all += c == ',';
        parts += c == ',' && depth == 1;
    }
    return parts;
}

static void close_groups(struct groups *g)
{
    g->grouped += g->sets * g->columns;
    g->sets = 1;
    g->columns = 0;
}

static void take_word(struct groups *g, struct str word, struct str s, size_t behind)
{
    uint64_t parts, all;

    if (str_eq_nocase(word, STR("GROUP")))
        close_groups(g);
    if (!str_eq_nocase(word, STR("ROLLUP")) && !str_eq_nocase(word, STR("CUBE")) &&
        !str_eq_nocase(word, STR("SETS")))
        return;
    parts = count_parts(s, behind, &all);
    if (parts == 0)
        return;
    if (str_eq_nocase(word, STR("CUBE")))
        g->sets *= UINT64_C(1) << (parts < 20 ? parts : 20);
    else
        g->sets *= parts + 1;
    g->columns += all;
}

int question_groups(struct str sql, struct err *err)
{
    struct groups g = {.sets = 1};

    for (size_t i = 0; i < sql.len && g.grouped + g.sets * g.columns <= GROUPED_MAX;) {
        size_t behind = question_skip(sql, i);

        if (behind > i) {
            i = behind;
            continue;
        }
        while (behind < sql.len && is_letter(sql.ptr[behind]))
            behind++;
        if (behind > i)
            take_word(&g, str_slice(sql, i, behind - i), sql, behind);
        i = behind > i ? behind : i + 1;
    }
    close_groups(&g);
    if (g.grouped > GROUPED_MAX)
        return err_set(err, ERR_LIMIT,
                       "a question may have at most %d columns in the sets that ROLLUP, CUBE and "
                       "GROUPING SETS stand for",
                       GROUPED_MAX);
    return 0;
}
