/* SPDX-License-Identifier: Apache-2.0 */
/* pseudonym.h: keyed hashes in place of identities.
 *
 * HMAC-SHA256 under a random 32-byte key, cut to 128 bits. `actor`, `device` and the catalogue's own
 * scopes keep one key per deployment, so that cohorts join; `visitor` and `session` get a new key
 * every day (UTC, by receipt), made at most 12 hours before its day and destroyed one hour after it.
 * Keys live in the data folder, mode 0600; they never leave this module.
 *
 * Threads: pseudonym_make from any thread; rotation is internal. Source of the rule: docs/privacy.md. */
#pragma once
#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "event/record.h"

struct pseudonyms; /* opaque */

enum pseudonym_daily { PSEUDONYM_VISITOR, PSEUDONYM_SESSION, PSEUDONYM_DAILY_COUNT };

/* Opens `dir` (made, 0700, where missing): reads the keys, makes missing ones, destroys old ones, as
 * pseudonyms_rotate does for the system's time. A key file that others can read, or of a wrong size,
 * is an error; so is a folder with daily keys whose lasting one is gone. The caller owns *out. */
int pseudonyms_open(struct pseudonyms **out, const struct io *io, const char *dir, struct err *err);
void pseudonyms_close(struct pseudonyms *p);

/* The number of a lasting scope ("actor", "device", ...), made at its first use. Owner only. */
int pseudonyms_scope(struct pseudonyms *p, struct str name, unsigned *out, struct err *err);
/* text must not be empty: an absent or blank identity stays absent (see pseudonym_is_blank). */
void pseudonym_make(struct pseudonyms *p, unsigned scope, struct str text, struct pseudonym *out);
/* The same under the key of now's day; *epoch gets the number since 1970 of the day whose key it was:
 * the nearest one that there is, where the clock jumped since the last rotation. `first` is hashed
 * with its length before it, so that two fields cannot be shifted into one another. */
void pseudonym_make_daily(struct pseudonyms *p, enum pseudonym_daily which, int64_t now_us,
                          struct str first, struct str second, struct pseudonym *out,
                          uint32_t *epoch);
/* Makes today's keys durable, from noon on tomorrow's too, and destroys those of any other day but
 * yesterday's within the first hour. Called by the owner at start and about once a minute; where
 * nothing is due it costs nothing. After an error the keys in use stay in use, and what is due is
 * tried again at the next call. */
int pseudonyms_rotate(struct pseudonyms *p, int64_t now_us, struct err *err);
/* Changes with every change of the daily keys: what was hashed before is not to be used again. */
unsigned pseudonyms_generation(const struct pseudonyms *p);
/* Empty, or nothing but white space. */
bool pseudonym_is_blank(struct str text);
