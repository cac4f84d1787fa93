/* SPDX-License-Identifier: Apache-2.0 */
/* sessions.h: who has signed in: a bounded list that can be written down.
 *
 * A session is known by the SHA-256 of its token, which only its client has. Times are of the day,
 * since a session outlives the process. Threads: one owner (door.c, under its lock). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
    SESSIONS_MAX = 256, /* then the one that was seen least lately ends */
    SESSION_TOKEN_LEN = 64, /* hex digits of 32 random bytes */
    SESSION_CSRF_LEN = 32,
    SESSIONS_FILE_MAX = 64 * 1024,
};

struct session {
    uint8_t hash[32];
    int64_t created_us, seen_us;
};

struct sessions {
    struct session list[SESSIONS_MAX];
    size_t count;
    int64_t life_us; /* since it was seen last */
    bool changed; /* since it was written down */
};

/* Begins one; out gets its token, and a NUL. */
void sessions_begin(struct sessions *s, int64_t now_us, char out[SESSION_TOKEN_LEN + 1]);
/* Whether the token is of a session that lives; then it is seen now. */
bool sessions_see(struct sessions *s, struct str token, int64_t now_us);
/* False where there was none. */
bool sessions_end(struct sessions *s, struct str token);
void sessions_end_all(struct sessions *s);
/* Appends what the file holds (format: top of sessions.c). `epoch` is the salt of the password that
 * they signed in with. */
void sessions_write(const struct sessions *s, const uint8_t epoch[16], struct buf *out);
/* Takes what sessions_write wrote; none where it was of another password. ERR_CORRUPT: something else. */
int sessions_read(struct sessions *s, const uint8_t epoch[16], struct str bytes, int64_t now_us,
                  struct err *err);

/* What a change must bring beside the cookie: follows from the token alone. */
void session_csrf(struct str token, char out[SESSION_CSRF_LEN + 1]);
