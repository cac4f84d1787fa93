/* SPDX-License-Identifier: Apache-2.0 */
/* intake.h: how a route has events admitted and committed, wherever they come from.
 *
 *     struct intake in;
 *     enum refusal why = intake_begin(&in, req, answer);
 *
 *     while (why == REFUSAL_NONE && there is another event)
 *         why = intake_event(&in, &event, &faults);
 *     intake_end(&in, why, &err);
 *
 * After that the request is refused as a whole, answered, or with the journal; in the latter two cases
 * `answer` fills req->status, req->content_type and req->answer, when the verdicts stand.
 * Threads: the request's edge. One request at a time: between begin and end nothing else is admitted. */
#pragma once
#include "collector/request.h"

struct intake {
    struct request *req;
    const struct admission_hold *hold; /* the catalogue of the moment; NULL: it did not begin */
    struct admit_request from; /* what the connection says; may be changed before the first event */
    size_t records, payloads; /* of the round, before this request */
    size_t listed; /* events that the body is known to have: so many are refused where all are */
    char ip[ADDRESS_TEXT_SIZE];
    struct admit_made_id made_id;
};

/* Finds the source by its key, or by the name `keyless` (NULL: none) where there is none; its origins
 * are held to. With the header, before any body. */
enum refusal intake_source(struct request *req, const char *keyless);
/* The same where the origin of the page (absent: not known) is said in another way than by Origin. */
enum refusal intake_source_from(struct request *req, const char *keyless, struct str origin);
/* Settles the moment of receipt. On a refusal only intake_end may follow. */
enum refusal intake_begin(struct intake *in, struct request *req,
                          void (*answer)(struct request *req, const struct answer_sums *sums));
/* Admits one event. What it borrows from may be gone afterwards: the edge's arena, which admission
 * takes from, is the caller's to reset in between. `faults` are the decoder's; admission adds its own. */
enum refusal intake_event(struct intake *in, const struct event *event, struct faults *faults);
/* All events of the edge's decoder, which was started on the body, one after another in one event's
 * memory. `look`, which may be NULL, sees each before it is admitted. */
enum refusal intake_native(struct intake *in,
                           void (*look)(const struct request *req, struct arena *a,
                                        struct event *event),
                           struct err *err);
/* One more event that is not taken, for a reason of its own. */
enum refusal intake_turn_away(struct intake *in, enum refusal why);
/* `why` is what intake_begin, intake_event or the route's own reading came to; err may be NULL. */
void intake_end(struct intake *in, enum refusal why, const struct err *err);
/* The journal has decided on the request's round. */
void intake_settle(struct request *req);
