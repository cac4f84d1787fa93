/* SPDX-License-Identifier: Apache-2.0 */
/* deciding.h: asks the collector for decisions about quarantined events, some at a time, and counts what
 * becomes of them. For the commands and for the engine's console.
 *
 * The other end: cmd/replay.h. Threads: any, each with its own struct. */
#pragma once
#include "base/err.h"
#include "base/str.h"
#include "cmd/control_client.h"
#include "cmd/replay.h"
#include "settings/settings.h"

/* How many, by a text. */
struct tally {
    char *text;
    size_t accepted, faulty;
};

enum { TALLIES_MAX = 10000 }; /* what is beyond counts as "(others)" */

struct tallies {
    struct tally *list; /* tallies_sort: those with most events first */
    size_t count;
};

struct decided {
    size_t accepted, duplicate, faulty, gone, damaged, other;
    struct tallies names, codes; /* of codes, `faulty` alone */
};

void decided_free(struct decided *d);
void tallies_sort(struct tallies *t);

struct deciding {
    struct str by; /* who asks, for the note */
    bool dry_run;
    struct str
        entry; /* dry_run: the files with this in place of the catalogue in use; else STR_NONE */
    struct str reason; /* of a drop */
    struct control_wait wait;
};

/* The position that the collector's journal has come to. ERR_DENIED: no collector runs. */
int deciding_position(const struct settings *s, const struct control_wait *wait, int64_t *out,
                      struct err *err);
/* How far the store is. */
struct deciding_store {
    int (*reached)(void *ctx, int64_t *out, struct err *err);
    void *ctx;
};
/* Waits until the store knows what the collector has decided until now, or it would be decided about twice;
 * no longer than it moves, and than `wait` says. *behind: how many records it still lacks then. ERR_DENIED:
 * no collector runs. */
int deciding_await(const struct settings *s, const struct deciding_store *store,
                   const struct control_wait *wait, int64_t *behind, struct err *err);
/* Up to REPLAY_MAX positions; `known` says of each whether its id is among the events already. Adds to
 * *into what came of them, also where it broke off. ERR_PARSE: the entry is wrong. */
int deciding_replay(const struct settings *s, const struct deciding *what, const int64_t *positions,
                    const bool *known, size_t count, struct decided *into, struct err *err);
/* Up to REPLAY_DROP_MAX. */
int deciding_drop(const struct settings *s, const struct deciding *what, const int64_t *positions,
                  size_t count, struct err *err);
