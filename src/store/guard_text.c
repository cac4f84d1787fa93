/* SPDX-License-Identifier: Apache-2.0 */
/* guard_text.c: distances of texts and LIKE, which look now and then whether they are to stop.
 *
 * Promises DuckDB's results, byte for byte: distances count bytes; `_` is a character, of as many bytes as it
 * has. DuckDB's LIKE begins anew at each place for each %, so that ten of them on a text of 300 bytes take years;
 * here only the last % is tried further on, which is enough, since the first place for what stands
 * before it leaves most for the rest. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/guard.h"

enum {
    STEPS = 1 << 16, /* between two looks */
    TABLE_MAX =
        256 << 20, /* bytes of memory for one pair; which there may not be (base/ceiling.h) */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

int64_t guard_distance(struct str a, struct str b, int guard)
{
    AUTO_FREE uint32_t *row = NULL;
    size_t steps = 0;

    if (a.len == 0 || b.len == 0)
        return (int64_t)(a.len + b.len);
    if (b.len >= TABLE_MAX / sizeof *row || !(row = malloc((b.len + 1) * sizeof *row)))
        return -2;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (uint32_t)j;
    for (size_t i = 0; i < a.len; i++) {
        uint32_t diagonal = row[0], left = (uint32_t)i + 1;

        if ((steps += b.len) > STEPS) {
            steps = 0;
            if (guard_is_stopped(guard))
                return -1;
        }
        row[0] = left;
        for (size_t j = 1; j <= b.len; j++) {
            uint32_t above = row[j], changed = diagonal + (a.ptr[i] != b.ptr[j - 1]);

            left = least(least(above, left) + 1, changed);
            row[j] = left;
            diagonal = above;
        }
    }
    return row[b.len];
}

/* The table of Lowrance and Wagner: its first row and column are out of reach, the next are of empty texts. */
struct swaps {
    uint32_t *table;
    size_t width, seen[256]; /* where the first text has had that byte last, from 1 */
};

static void fill_row(struct swaps *s, struct str a, struct str b, size_t i)
{
    uint32_t *row = s->table + (i + 2) * s->width, *above = row - s->width;
    size_t matched = 0; /* where this row has matched last, from 1 */

    for (size_t j = 0; j < b.len; j++) {
        size_t seen = s->seen[(unsigned char)b.ptr[j]];
        bool same = a.ptr[i] == b.ptr[j];
        uint32_t swapped = s->table[seen * s->width + matched] + (uint32_t)(i - seen) + 1 +
                           (uint32_t)(j - matched);

        row[j + 2] =
            least(least(above[j + 1] + !same, swapped), least(row[j + 1], above[j + 2]) + 1);
        if (same)
            matched = j + 1;
    }
    s->seen[(unsigned char)a.ptr[i]] = i + 1;
}

int64_t guard_distance_with_swaps(struct str a, struct str b, int guard)
{
    AUTO_FREE uint32_t *table = NULL;
    struct swaps s = {.width = b.len + 2};
    uint32_t far = (uint32_t)(a.len + b.len + 1);

    if (a.len == 0 || b.len == 0)
        return (int64_t)(a.len + b.len);
    if (a.len + 2 > TABLE_MAX / sizeof *table / s.width)
        return -2;
    table = malloc((a.len + 2) * s.width * sizeof *table);
    if (!table)
        return -2;
    s.table = table;
    for (size_t j = 0; j < s.width; j++) {
        table[j] = far;
        table[s.width + j] = j ? (uint32_t)j - 1 : far;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (i % (1 + STEPS / b.len) == 0 && guard_is_stopped(guard))
            return -1;
        table[(i + 2) * s.width] = far;
        table[(i + 2) * s.width + 1] = (uint32_t)i + 1;
        fill_row(&s, a, b, i);
    }
    return table[(a.len + 1) * s.width + b.len + 1];
}

/* Behind the character at `at`. */
static size_t behind(struct str text, size_t at)
{
    at++;
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* One step of pattern and text, where there is one: 1; 0: they do not match; -2. */
static int step(struct str text, struct str pattern, char escape, size_t *t, size_t *p)
{
    char c = pattern.ptr[*p];

    if (escape && c == escape) {
        if (*p + 1 == pattern.len)
            return -2;
        if (pattern.ptr[*p + 1] != text.ptr[*t])
            return 0;
        *p += 2;
        *t += 1;
        return 1;
    }
    if (c != '_' && c != text.ptr[*t])
        return 0;
    *t = c == '_' ? behind(text, *t) : *t + 1;
    *p += 1;
    return 1;
}

int guard_like(struct str text, struct str pattern, char escape, int guard)
{
    size_t t = 0, p = 0, again_t = 0, again_p = SIZE_MAX, steps = 0;

    while (t < text.len) {
        bool any = p < pattern.len && pattern.ptr[p] == '%' && escape != '%';
        int matched = 0;

        if (++steps % STEPS == 0 && guard_is_stopped(guard))
            return -1;
        if (any) {
            again_p = ++p;
            again_t = t;
            continue;
        }
        if (p < pattern.len)
            matched = step(text, pattern, escape, &t, &p);
        if (matched < 0)
            return matched;
        if (matched)
            continue;
        if (again_p == SIZE_MAX)
            return 0;
        p = again_p;
        t = ++again_t;
    }
    while (p < pattern.len && pattern.ptr[p] == '%')
        p++;
    return p == pattern.len;
}
