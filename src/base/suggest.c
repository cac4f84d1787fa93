/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c: edit distance with swaps of neighbours. */
#include "base/suggest.h"

enum { WORD_MAX = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

static size_t distance(struct str a, struct str b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = ascii_lower(a.ptr[i - 1]), y = ascii_lower(b.ptr[j - 1]);

            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == ascii_lower(b.ptr[j - 2]) &&
                y == ascii_lower(a.ptr[i - 2]) && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[b.len];
}

struct str suggest(struct str typed, const struct str *words, size_t count)
{
    struct str longer = STR_NONE; /* that begins with what was typed */
    size_t best = typed.len < 3 ? 1 : typed.len / 3;
    struct str found = STR_NONE;

    if (best > 3)
        best = 3;
    best++;
    if (typed.len == 0 || typed.len > WORD_MAX)
        return found;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (typed.len >= 3 && !longer.ptr && str_starts_nocase(words[i], typed))
            longer = words[i];
        if (words[i].len > WORD_MAX || words[i].len + best < typed.len + 1 ||
            typed.len + best < words[i].len + 1)
            continue;
        d = distance(typed, words[i]);
        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found.ptr ? found : longer;
}
