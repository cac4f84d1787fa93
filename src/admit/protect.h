/* SPDX-License-Identifier: Apache-2.0 */
/* protect.h: from a checked event to the protected record; used by admit.c and restore.c alone.
 *
 * Promise: what the catalogue classes as pseudonym or drop, every identity, and raw address and user
 * agent (unless kept for a stated time) are nowhere in the record. -1 is always: the arena is full. */
#pragma once
#include "admit/admit.h"
#include "flow/flow_id.h"

/* All that protection needs of one event. */
struct protection {
    const struct admission_opts *parts;
    const struct catalogue *catalogue;
    const unsigned *scopes; /* the pseudonyms' numbers of the catalogue's scopes */
    unsigned token_scope; /* of the pseudonyms of tokens */
    const struct admit_request *req;
    const struct event *ev;
    const struct catalogue_event *def; /* NULL: the catalogue does not know the event */
    const struct catalogue_checks *checks; /* with def */
    bool quarantined;
    enum flow_id_verdict flow_id; /* of the event's flow, whatever its age */
    int64_t counted_us; /* the moment whose day's budgets its values take from */
    struct arena *a;
};

/* admit.c: all but the event. */
void protection_begin(struct protection *p, const struct admission *ad,
                      const struct admission_hold *hold);
struct sources *admission_sources(const struct admission *ad);
/* envelope.c: times, identities, context. */
int protect_envelope(const struct protection *p, struct record *rec, struct faults *faults);
/* Takes the time from the property that stands for it; false where there is none. */
bool protect_time_of_property(const struct protection *p, struct record *rec);
/* fold.c: what is past its budget becomes "(other)", of an event that is accepted. */
void fold_context(const struct protection *p, struct record *rec);
int fold_property(const struct protection *p, const struct record *rec, struct str name,
                  struct record_value *v);
/* protect.c: properties. */
int protect_properties(const struct protection *p, struct record *rec);

/* flow.c: judges the id of the event's flow, before the catalogue counts anything for the event; then,
 * once its time is set, the flow's age. */
int protect_flow_id(struct protection *p, struct faults *faults);
int protect_flow(const struct protection *p, struct record *rec, struct faults *faults);
/* Its time is its flow's begin. */
bool protect_begins_flow(const struct protection *p);
/* What the sender's clock is behind ours: 0 where it does not tell, or the time is by our clock. */
int64_t protect_clock_skew(const struct protection *p);
/* What is to be added to the flow's begin, so that it is by our clock. */
int64_t protect_begin_skew(const struct protection *p);
/* The same for a record of an entry that begins flows now. */
void protect_move_to_begin(struct record *rec);

/* Where to look for a text that may be remembered: its ends, mixed. Texts that meet on purpose only
 * forget each other. */
static inline size_t protect_place(struct str text)
{
    uint64_t first = 0, last = 0;

    if (text.len >= 8) {
        memcpy(&first, text.ptr, 8);
        memcpy(&last, text.ptr + text.len - 8, 8);
    } else {
        for (size_t i = 0; i < text.len; i++)
            first = first << 8 | (unsigned char)text.ptr[i];
    }
    first = (first ^ (last << 29 | last >> 35)) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)((first ^ first >> 29) * UINT64_C(0xBF58476D1CE4E5B9) >> 32);
}

/* identity.c: under a scope of the catalogue, which lasts; and under the day's key. */
void protect_text(const struct protection *p, unsigned scope, struct str text,
                  struct pseudonym *out);
void protect_session(const struct protection *p, struct str text, struct pseudonym *out,
                     uint32_t *epoch);
/* A value as the text that its pseudonym is made of: digits, a UUID's lower case and so on. Absent
 * for null and lists, and where the arena is full. */
struct str protect_value_text(const struct record_value *v, struct arena *a);
/* False for what no schema would call a property, such as an address or a number: such a name may be
 * data. */
bool protect_is_name(struct str name);
/* More digits than a date has, as in a telephone number, a card's or a key. */
bool protect_has_many_digits(struct str name);

/* origin.c: what address and user agent of a connection give. */
struct origin {
    struct useragent ua;
    char country[2]; /* 0: not known */
    bool has_visitor;
    struct pseudonym visitor;
    uint32_t visitor_epoch;
};

/* Remembered by thread, since the events of a batch come from the same few. Text lives until the
 * thread's next call. */
const struct origin *origin_find(const struct admission_opts *parts, int64_t received_us,
                                 struct str ip, struct str user_agent, struct arena *a);

/* restore_value.c: back to what checks take; a pseudonym, and where the catalogue makes pseudonyms of
 * it (`hashed`) a null, as EVENT_PSEUDONYM. */
int restore_value(const struct record_value *v, bool hashed, struct arena *a,
                  struct event_value *out);
