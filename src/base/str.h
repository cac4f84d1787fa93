/* SPDX-License-Identifier: Apache-2.0 */
/* str.h: text that carries its length.
 *
 * `struct str` borrows bytes and goes by value; it need not end with NUL and may hold NUL. {NULL, 0}
 * is "absent" where a field may be absent; {ptr, 0} is the empty text. All comparisons are by bytes;
 * the `_nocase` forms fold ASCII letters only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){"" literal "", sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARG(s)). Only for our own text: it does not escape. */
#define STR_ARG(s) (int)(s).len, (s).ptr

static inline struct str str_from(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

static inline struct str str_of(const void *ptr, size_t len)
{
    return (struct str){ptr, len};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_from(z));
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* <0, 0, >0 like memcmp; a prefix sorts first. */
int str_cmp(struct str a, struct str b);
/* The first `byte` in s, or s.len. */
size_t str_find(struct str s, char byte);
/* The part from `from` (clamped), at most `len` bytes. */
struct str str_slice(struct str s, size_t from, size_t len);
/* Without spaces, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);
/* Cuts the text before the first `byte` off *rest and returns it; *rest becomes what follows that
 * byte, or STR_NONE when there was none left. Loop: while (rest.ptr) part = str_split(&rest, ','). */
struct str str_split(struct str *rest, char byte);
/* Exact decimal text of an integer that fits; -1 for anything else (sign, space, overflow refused;
 * a leading '-' is taken by str_to_i64 only). */
int str_to_u64(struct str s, uint64_t *out);
int str_to_i64(struct str s, int64_t *out);
/* True for well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF). */
bool str_is_utf8(struct str s);
/* The largest length <= max at which s may be cut without splitting a UTF-8 sequence. */
size_t str_utf8_cut(struct str s, size_t max);
/* A fast 64-bit hash for tables in memory, seeded per process so that nobody outside can aim at
 * collisions. Not stable between runs: never store it. */
uint64_t str_hash(struct str s);
uint64_t str_hash_nocase(struct str s);
/* Lower-case hex. `out` gets 2*len characters, no NUL. */
void hex_encode(char *out, const void *bytes, size_t len);
/* Exactly 2*len hex digits of either case into `out`; -1 otherwise. */
int hex_decode(void *out, size_t len, struct str hex);
