/* SPDX-License-Identifier: Apache-2.0 */
/* pattern_simple.c: the patterns that most catalogues are made of, matched in one pass.
 *
 * Takes a row of items, each a literal, an escape (\w \d \s, or a punctuation mark) or a class
 * [...] of ASCII, with a quantifier; all but the last must have a fixed count, so that there is
 * nothing to try twice. Whatever else stands in a pattern leaves it to PCRE2: no feature may
 * differ between the two. */
#include "catalogue/pattern.h"

struct reader {
    const char *at, *end;
    bool set[128]; /* the item that is being read */
};

static bool is_word(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Adds what `\c` stands for; false where it is not one of the known ones. */
static bool add_escape(struct reader *r, char c)
{
    if (c == 'w' || c == 'd') {
        for (int b = 0; b < 128; b++)
            if (c == 'w' ? is_word(b) : b >= '0' && b <= '9')
                r->set[b] = true;
        return true;
    }
    if ((unsigned char)c >= 0x80 || is_word(c) || (unsigned char)c <= ' ' || c == 0x7F)
        return false;
    r->set[(unsigned char)c] = true;
    return true;
}

/* One end of a range in a class: a plain character or an escaped punctuation mark. */
static bool read_class_char(struct reader *r, unsigned char *out)
{
    if (r->at < r->end && *r->at == '\\') {
        r->at++;
        if (r->at == r->end || is_word(*r->at))
            return false;
    }
    if (r->at == r->end || (unsigned char)*r->at < ' ' || (unsigned char)*r->at >= 0x7F)
        return false;
    *out = (unsigned char)*r->at++;
    return true;
}

/* Behind the '['. */
static bool read_class(struct reader *r)
{
    if (r->at == r->end || *r->at == '^' || *r->at == ']')
        return false;
    while (r->at < r->end && *r->at != ']') {
        unsigned char low, high;

        if (*r->at == '[')
            return false; /* might be [:alpha:] */
        if (*r->at == '\\' && r->at + 1 < r->end && (r->at[1] == 'w' || r->at[1] == 'd')) {
            add_escape(r, r->at[1]);
            r->at += 2;
            if (r->at < r->end && *r->at == '-' && r->at + 1 < r->end && r->at[1] != ']')
                return false; /* [\w-x] means what few people know */
            continue;
        }
        if (!read_class_char(r, &low))
            return false;
        high = low;
        if (r->end - r->at >= 2 && r->at[0] == '-' && r->at[1] != ']') {
            r->at++;
            if (*r->at == '[' || !read_class_char(r, &high) || high < low)
                return false;
        }
        for (unsigned c = low; c <= high; c++)
            r->set[c] = true;
    }
    if (r->at == r->end)
        return false;
    r->at++;
    return true;
}

static bool read_number(struct reader *r, uint16_t *out)
{
    const char *from = r->at;
    unsigned v = 0;

    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - from < 4)
        v = v * 10 + (unsigned)(*r->at++ - '0');
    *out = (uint16_t)v;
    return r->at > from;
}

/* A quantifier where one stands: lazy and possessive ones are not taken. */
static bool read_quantifier(struct reader *r, uint16_t *min, uint16_t *max)
{
    char c = r->at < r->end ? *r->at : 'x';

    *min = *max = 1;
    if (c == '{') {
        r->at++;
        if (!read_number(r, min))
            return false;
        *max = *min;
        if (r->at < r->end && *r->at == ',') {
            r->at++;
            if (!read_number(r, max))
                *max = UINT16_MAX;
        }
        if (r->at == r->end || *r->at++ != '}' || *max < *min)
            return false;
    } else if (c == '*' || c == '+' || c == '?') {
        r->at++;
        *min = c == '+';
        *max = c == '?' ? 1 : UINT16_MAX;
    } else {
        return true;
    }
    return r->at == r->end || !strchr("*+?{", *r->at);
}

static bool read_item(struct reader *r)
{
    char c = *r->at++;

    memset(r->set, 0, sizeof r->set);
    if (c == '[')
        return read_class(r);
    if (c == '\\')
        return r->at < r->end && add_escape(r, *r->at++);
    if (strchr("^$.|?*+(){}]", c) || (unsigned char)c < ' ' || (unsigned char)c >= 0x7F)
        return false;
    r->set[(unsigned char)c] = true;
    return true;
}

void pattern_simple_compile(struct pattern_simple *out, struct str text)
{
    struct reader r = {.at = text.ptr, .end = text.ptr + text.len};
    struct pattern_simple p = {0};
    unsigned count = 0;

    *out = p;
    while (r.at < r.end) {
        if (count == PATTERN_ITEMS_MAX || !read_item(&r) ||
            !read_quantifier(&r, &p.min[count], &p.max[count]))
            return;
        if (p.min[count] != p.max[count] && r.at < r.end)
            return; /* open-ended before the end */
        for (unsigned b = 0; b < 128; b++)
            if (r.set[b])
                p.allowed[b] |= (uint8_t)(1u << count);
        count++;
    }
    p.count = count;
    *out = p;
}

bool pattern_simple_matches(const struct pattern_simple *p, struct str text)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t left = text.len;

    for (unsigned i = 0; i < p->count; i++) {
        uint8_t bit = (uint8_t)(1u << i);
        /* UINT16_MAX is "without end" */
        size_t most = p->max[i] == UINT16_MAX || p->max[i] > left ? left : p->max[i];
        size_t n = 0;

        while (n < most && p->allowed[at[n]] & bit)
            n++;
        if (n < p->min[i])
            return false;
        at += n;
        left -= n;
    }
    return left == 0;
}
