/* SPDX-License-Identifier: Apache-2.0 */
/* str.c: comparing, cutting and converting borrowed text. Allocates nothing. */
#include "base/str.h"

#include "base/random.h"

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq_nocase(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, suffix.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (c)
        return c;
    return a.len < b.len ? -1 : a.len > b.len;
}

size_t str_find(struct str s, char byte)
{
    const char *p = s.len ? memchr(s.ptr, byte, s.len) : NULL;

    return p ? (size_t)(p - s.ptr) : s.len;
}

struct str str_slice(struct str s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return (struct str){s.ptr ? s.ptr + from : NULL, len};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_split(struct str *rest, char byte)
{
    size_t at = str_find(*rest, byte);
    struct str part = str_slice(*rest, 0, at);

    *rest = at < rest->len ? str_slice(*rest, at + 1, rest->len) : STR_NONE;
    return part;
}

int str_to_u64(struct str s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0)
        return -1;
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned)(unsigned char)s.ptr[i] - '0';

        if (d > 9 || __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, d, &v))
            return -1;
    }
    *out = v;
    return 0;
}

int str_to_i64(struct str s, int64_t *out)
{
    bool minus = s.len && s.ptr[0] == '-';
    uint64_t v;

    if (str_to_u64(minus ? str_slice(s, 1, s.len) : s, &v) < 0)
        return -1;
    if (v > (uint64_t)INT64_MAX + (minus ? 1 : 0))
        return -1;
    *out = minus ? (int64_t)(0 - v) : (int64_t)v;
    return 0;
}

/* Length of the well-formed sequence at p (end not included), or 0. Ranges: Unicode, table 3-7. */
static size_t utf8_sequence(const unsigned char *p, const unsigned char *end)
{
    size_t n = p[0] < 0x80   ? 1
               : p[0] < 0xC2 ? 0
               : p[0] < 0xE0 ? 2
               : p[0] < 0xF0 ? 3
               : p[0] < 0xF5 ? 4
                             : 0;
    unsigned char low = 0x80, high = 0xBF;

    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    for (size_t i = 1; i < n; i++) {
        if (p[i] < low || p[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return n;
}

bool str_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr, *end = s.len ? p + s.len : p;

    while (p < end) {
        uint64_t word;
        size_t n;

        while (end - p >= 8) { /* eight ASCII bytes at a time */
            memcpy(&word, p, 8);
            if (word & UINT64_C(0x8080808080808080))
                break;
            p += 8;
        }
        if (p == end)
            break;
        n = utf8_sequence(p, end);
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

size_t str_utf8_cut(struct str s, size_t max)
{
    if (s.len <= max)
        return s.len;
    while (max > 0 && ((unsigned char)s.ptr[max] & 0xC0) == 0x80)
        max--;
    return max;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t m = (__uint128_t)a * b;

    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t load_word(const char *p, size_t n)
{
    uint64_t w = 0;

    if (n >= 8)
        memcpy(&w, p, 8); /* of a constant length: one load */
    else
        memcpy(&w, p, n);
    return w;
}

/* Sets bit 5 of every ASCII capital in the eight bytes. */
static inline uint64_t fold_word(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low7 = w & (ones * 0x7F);
    uint64_t above = low7 + ones * (0x80 - 'A'); /* top bit: >= 'A' */
    uint64_t beyond = low7 + ones * (0x80 - 'Z' - 1); /* top bit: > 'Z' */
    uint64_t capital = (above & ~beyond & ~w) & (ones * 0x80);

    return w | capital >> 2;
}

/* Sixteen bytes a step: the next product has to wait for the one before. */
static inline uint64_t hash_words(struct str s, bool fold)
{
    const uint64_t *seed = random_process_seed();
    uint64_t h = seed[0] ^ s.len;

    for (size_t i = 0; i < s.len; i += 16) {
        uint64_t first = load_word(s.ptr + i, s.len - i);
        uint64_t second = i + 8 < s.len ? load_word(s.ptr + i + 8, s.len - i - 8) : 0;

        if (fold) {
            first = fold_word(first);
            second = fold_word(second);
        }
        h = mix(h ^ first, seed[1] ^ second);
    }
    return mix(h ^ seed[2], seed[1]);
}

uint64_t str_hash(struct str s)
{
    return hash_words(s, false);
}

uint64_t str_hash_nocase(struct str s)
{
    return hash_words(s, true);
}

void hex_encode(char *out, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
}

/* A digit's value plus one; 0 for what is no hex digit. */
static const unsigned char hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int hex_decode(void *out, size_t len, struct str hex)
{
    const unsigned char *in = (const unsigned char *)hex.ptr;
    unsigned char *b = out;

    if (hex.len != 2 * len)
        return -1;
    for (size_t i = 0; i < len; i++) {
        unsigned high = hex_values[in[2 * i]], low = hex_values[in[2 * i + 1]];

        if (!high || !low)
            return -1;
        b[i] = (unsigned char)((high - 1) << 4 | (low - 1));
    }
    return 0;
}
