/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: writing JSON into memory of a fixed size. What does not fit sets `full`, and nothing is
 * written from there on. */
#ifndef WEIR_TEXT_H
#define WEIR_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_out {
    char *ptr;
    size_t len, capacity;
    bool full;
};

void weir_out_bytes(struct weir_out *o, const char *bytes, size_t len);
void weir_out_str(struct weir_out *o, const char *z);
/* A JSON string of at most `max` bytes of UTF-8 before escaping; bytes that are no UTF-8 become
 * U+FFFD, each. True where all of it fitted. */
bool weir_out_text(struct weir_out *o, const char *bytes, size_t len, size_t max);
void weir_out_int(struct weir_out *o, int64_t n);
/* The shortest text that reads back as the same number, whatever the locale; null where not finite. */
void weir_out_number(struct weir_out *o, double n);
/* RFC 3339 with microseconds, in quotes; null outside the years 1 to 9999. */
void weir_out_time(struct weir_out *o, int64_t us);

/* Length of the UTF-8 character at the beginning, or 0 where there is none. */
size_t weir_utf8_len(const char *bytes, size_t len);
bool weir_utf8_valid(const char *bytes, size_t len);

#endif
