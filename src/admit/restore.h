/* SPDX-License-Identifier: Apache-2.0 */
/* restore.h: holds a record that is in the journal to a catalogue again: what would become of this
 * event today? For the dry run of a reload, and to replay what was quarantined.
 *
 * Promise: nothing in the new record is less protected than in the old one, and what the catalogue
 * classes as pseudonym, hidden or drop but stands there raw is protected now. A pseudonym stays as it
 * is. Id, source, time, receipt, sequence, identities, epochs and context stay as they are; raw
 * address and user agent go where the catalogue no longer keeps them, and never stay longer. An actor,
 * session or device that is absent is filled from its property where that is still possible.
 *
 * What a record no longer tells, and how it is taken:
 *   - A pseudonym counts as a fitting value of whatever type, values, pattern and scope are declared;
 *     a null where the catalogue makes pseudonyms counts as blank text.
 *   - A required property that the catalogue drops counts as sent, unless the record says it was missing.
 *   - A value that was withheld, or dropped with a fault, is lost: what was wrong with it stays wrong.
 *     One that was withheld for being undeclared makes the event faulty where it would be kept now.
 *   - What was wrong with the envelope (a field, the time, the flow, the number of properties, a token of
 *     a flow from who may not send one) stays wrong. A flow that was found good when it came stays good: its key may be gone by now.
 *   - What begins a flow now has the flow's begin for its time.
 *   - Where an entry took what it declares (a page's batch, GET /v1/flow; the measurements and the empty
 *     note of a page's event), it does so again.
 *   - Datetimes and UUIDs are known in the form in which they are kept, should they become strings.
 *   - A text that nobody declares and that equals a part of the name is taken for its former parameter.
 *   - A parameter that was folded to "(other)" cannot be held to a pattern: AGAIN_UNFIT.
 *   - A hidden value of a quarantined record is shown where the catalogue says so now.
 * Threads: any, each with its own arena. */
#pragma once
#include "admit/admit.h"

enum again {
    AGAIN_ACCEPTED,
    AGAIN_FAULTY, /* with faults */
    AGAIN_UNFIT, /* cannot be held to it: its source is not in the settings, or as above; one fault says */
};

struct admit_again {
    const struct record *rec; /* decoded, with received_us from the journal's header */
    int64_t
        now_us; /* what `expires` is compared with: the receipt, to replay; now, to look ahead */
    struct arena *a;
    struct faults *faults; /* overwritten; texts live in a, or borrow from rec and the catalogue */
};

/* Appends the payload of the accepted record to `payload` where it is AGAIN_ACCEPTED, and takes from
 * the budgets of parameters as any accepted event; `payload` NULL only looks, and changes nothing.
 * -1: the arena or the buf is full. */
int admit_again(struct admission *ad, const struct admission_hold *hold,
                const struct admit_again *what, struct buf *payload, enum again *out);
/* Only looks, at a catalogue that nobody uses yet. */
int admit_try(struct admission *ad, const struct catalogue *c, const struct admit_again *what,
              enum again *out);
