/* SPDX-License-Identifier: Apache-2.0 */
/* unauthorised.h: which hosts sent events of a source without its permission, by UTC day of receipt.
 *
 * For each source and day the first UNAUTHORISED_DOMAINS hosts are counted one by one, further ones as
 * (other). What changed is written as the members of a note, in sums that are added up:
 *
 *     more = unauthorised_note(u, &json);     "domains":[...], appended; 0: nothing has changed
 *     unauthorised_noted(u, durable);         after the note was written, or not
 *
 * Of the first event of a host the page, title and referrer are kept until they are noted, cut short and
 * without queries: what shows the site, not the visitor.
 * Threads: unauthorised_count from any; the rest from the owner. */
#pragma once
#include "base/buf.h"
#include "base/str.h"

struct unauthorised; /* opaque */

enum {
    UNAUTHORISED_DOMAINS = 1000, /* of one source and day */
    UNAUTHORISED_TEXT_MAX = 256, /* bytes of a host, page, title or referrer */
    UNAUTHORISED_NOTE_MAX = 64 * 1024, /* bytes of one note's members */
};

struct unauthorised_sighting {
    struct str domain; /* as sent; absent: none was named */
    struct str page, title, referrer; /* as sent, or absent */
};

struct unauthorised *unauthorised_new(size_t sources);
void unauthorised_free(struct unauthorised *u);
void unauthorised_count(struct unauthorised *u, unsigned source, int64_t received_us,
                        const struct unauthorised_sighting *seen);
/* Appends what has changed since the last note, as far as it fits: what found no room comes before
 * what was told already. `name_of` gives a source's name.
 * Returns how many hosts it names. */
size_t unauthorised_note(struct unauthorised *u, struct str (*name_of)(void *ctx, unsigned source),
                         void *ctx, struct buf *out);
/* False: what the last note told will stand in the next one. */
void unauthorised_noted(struct unauthorised *u, bool durable);
