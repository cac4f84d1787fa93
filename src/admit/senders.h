/* SPDX-License-Identifier: Apache-2.0 */
/* senders.h: who sends the most, in memory for SENDERS_KEPT of them whatever their number.
 *
 * The space-saving algorithm (Metwally, Agrawal, El Abbadi 2005): one that is not among those kept takes the
 * place of the least, and its count. So `events` is never too low, at most `error` too high, and whoever has sent
 * more than a tenth of all is there.
 * Threads: one owner. */
#pragma once
#include "base/buf.h"
#include "event/record.h"

enum { SENDERS_KEPT = 10, SENDER_BROWSER_MAX = 32 };

struct sender_seen {
    bool known; /* else: those without a visitor, all of them */
    struct pseudonym visitor;
    char browser[SENDER_BROWSER_MAX + 1], country[3];
    uint64_t events, error;
};

struct senders {
    struct sender_seen list[SENDERS_KEPT];
    size_t count;
};

/* Visitor, browser and country are those of the record. */
void senders_count(struct senders *s, const struct record *of);
/* A JSON list, the most first. */
void senders_to_json(struct senders *s, struct buf *out);
