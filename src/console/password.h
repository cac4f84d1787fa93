/* SPDX-License-Identifier: Apache-2.0 */
/* password.h: the password that opens the console's pages: made, kept as a hash, held against.
 *
 * Format: top of password.c. Threads: pure functions; password_fits takes 32 MiB and a tenth of a
 * second of a core, so whoever calls it sees to it that few do at once (door.c). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
    PASSWORD_CHARACTERS_MIN = 10,
    PASSWORD_BYTES_MAX = 1024,
    PASSWORD_MADE_SIZE = 30, /* five groups of five, four dashes, NUL */
    PASSWORD_SALT_BYTES = 16,
    PASSWORD_HASH_BYTES = 32,
};

struct password {
    uint64_t n;
    uint32_t r, p;
    uint8_t salt[PASSWORD_SALT_BYTES]; /* another with each password: it tells them apart, too */
    uint8_t hash[PASSWORD_HASH_BYTES];
};

/* One that nobody has to think of: 123 random bits, without letters that look alike. */
void password_make(char out[PASSWORD_MADE_SIZE]);
/* ERR_USAGE where it is too short, too long, or not text. */
int password_check(struct str text, struct err *err);
/* Hashes `text`, and replaces the file (mode 0600). */
int password_set(const char *file, struct str text, struct err *err);
/* ERR_DENIED where others may read the file, ERR_CORRUPT where it holds something else. */
int password_load(struct password *out, const char *file, struct err *err);
/* 1, 0, or -1 where it could not be tried. */
int password_fits(const struct password *p, struct str text, struct err *err);
