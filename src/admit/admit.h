/* SPDX-License-Identifier: Apache-2.0 */
/* admit.h: from a decoded event to a verdict and a protected record: the one place with the order of
 * the checks.
 *
 * Order: the source's own lists of events and domains (else refused, nothing kept) → decoder's faults → the flow's id →
 * catalogue match → checks → times and the flow's age → protection, with what is past its budget folded → encoding. With any fault the event is quarantined: its record is
 * protected by the same rules and carries the faults. Duplicates are found at the commit, by the
 * journal.
 *
 * Threads: admit_event from any thread, each with its own arena and buf. The catalogue behind it can
 * be swapped at any time (admission_swap); a request holds the one it began with. */
#pragma once
#include "admit/source.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalogue/catalogue.h"
#include "event/event.h"
#include "event/fault.h"
#include "privacy/place.h"
#include "privacy/pseudonym.h"
#include "privacy/useragent.h"

struct admission; /* opaque */
struct carried;
struct carried_view;
struct flow_keys;
struct cardinality;
struct unauthorised;

/* Why the source may not send an event at all. */
enum admit_refusal { ADMIT_EVENT_NOT_ALLOWED, ADMIT_DOMAIN_NOT_PERMITTED, ADMIT_DOMAIN_SKIPPED };

enum verdict { VERDICT_ACCEPTED, VERDICT_DUPLICATE, VERDICT_QUARANTINED, VERDICT_REFUSED };
const char *verdict_name(enum verdict v);

struct admission_opts {
    struct sources *sources; /* kept */
    struct catalogue *catalogue; /* taken, unless admission_new fails */
    struct pseudonyms *pseudonyms; /* kept */
    struct useragents *useragents; /* kept */
    struct places *places; /* kept; may be NULL */
    struct carried *carried; /* flows under tokens; kept; NULL: a token stands for nothing */
    const struct flow_keys *flow_keys; /* kept; NULL: flow ids are taken as they are */
    struct budgets *budgets; /* of parameters, over all catalogues; kept; NULL: in memory only */
    struct cardinality *cardinality; /* budgets of distinct values; kept; NULL: there are none */
    struct unauthorised
        *unauthorised; /* hosts without permission; kept; NULL: not counted by host */
};

/* A request id that is made for events without one: that of the first of them, so that a store need not keep
 * it twice where there is but one. Zeroed for each request. */
struct admit_made_id {
    bool is_made;
    char text[UUID_TEXT_LEN];
};

/* What the connection says, the same for all events of a request. */
struct admit_request {
    struct source *source;
    int64_t received_us;
    struct str ip; /* of the client, proxies resolved; text form */
    struct str user_agent; /* header */
    bool foreign; /* that page is of another site: refused, as an event of its host */
    struct str page_host; /* of the page that sends, by its Origin; STR_NONE: not known */
    struct str request_id; /* X-Request-ID; STR_NONE: one is made */
    struct admit_made_id *made_id; /* for all events of the request; NULL: for each event */
    bool do_not_track; /* DNT: 1 or Sec-GPC: 1 */
    struct carried_view
        *carried; /* flows under tokens as the request sees them; NULL: as committed */
    bool
        flow_age_by_receipt; /* a flow's age counts to the receipt, as for pages, not to the event */
};

struct admitted {
    enum verdict verdict; /* ACCEPTED, QUARANTINED or REFUSED */
    struct uuid id;
    bool fresh; /* the id was made here: no other event can have it */
    size_t payload_at, payload_len; /* in the buf */
    struct faults *faults; /* those given to admit_event; NULL where there are none */
    enum admit_refusal why; /* of a refused one */
    bool carries; /* its record says what becomes of flows under tokens */
    /* That its flow is complete, in an event of its own: to be committed before it, and not without. Its
     * payload is the last in the buf. */
    struct {
        bool made, quarantined;
        struct uuid id;
        size_t payload_at, payload_len;
    } completion;
};

int admission_new(struct admission **out, const struct admission_opts *opts, struct err *err);
void admission_free(struct admission *ad);
/* Takes c; the old one is freed when no request uses it any more. On error c is still the caller's,
 * and the old one stays. Owner only. */
int admission_swap(struct admission *ad, struct catalogue *c, struct err *err);
/* The same in two steps, for those who must know before that it cannot fail: prepare takes c (not on
 * error), and either put or free takes *out. One thread at a time. */
struct admission_hold;
int admission_prepare(struct admission *ad, struct catalogue *c, struct admission_hold **out,
                      struct err *err);
void admission_put(struct admission *ad, struct admission_hold *prepared);
void admission_discard(struct admission_hold *prepared);

/* A request's hold on the catalogue of its moment. */
const struct admission_hold *admission_hold(struct admission *ad);
void admission_release(struct admission *ad, const struct admission_hold *hold);
const struct catalogue *admission_catalogue(const struct admission_hold *hold);

/* Decides about one event and appends its payload to `payloads`. `faults` are the decoder's; this
 * adds its own. 0; -1 when memory (arena or buf) ran out: the request fails as a whole. */
int admit_event(struct admission *ad, const struct admission_hold *hold,
                const struct admit_request *req, const struct event *ev, struct faults *faults,
                struct arena *a, struct buf *payloads, struct admitted *out);
/* What would be quarantined is refused instead, since its source has had kept aside what it may: takes
 * its payload back, and says so among its faults. */
void admit_turn_away(struct admitted *a, struct buf *payloads);
/* Finds what duplicates are recognised by in a payload that was read back: the event's id and a
 * number for its source, the same for equal names within the process; false where it has none. */
bool admit_key_of(struct admission *ad, struct str payload, struct uuid *id, uint32_t *source);
/* The two ways between such a number and the name, which lives as long as ad. From any thread; a
 * number must have been given out. */
uint32_t admit_source_number(struct admission *ad, struct str name);
struct str admit_source_name(struct admission *ad, uint32_t number);
