/* SPDX-License-Identifier: Apache-2.0 */
/* carry.h: a flow that goes on by token, and what completes it; used by admit.c alone.
 *
 * -1 is always: the arena is full. */
#pragma once
#include "admit/protect.h"
#include "flow/carried.h"

/* One event's. */
struct carrying {
    bool found; /* its token stands for a context */
    struct carried_key token;
    struct carried_context context;
    struct carried_op ops[CARRIED_OPS_MAX];
    size_t op_count;
};

/* Looks its token up. Where it has no flow of its own but the token's, *ev becomes a copy that has
 * it. Without tokens nothing happens. */
int carry_begin(struct carrying *c, const struct protection *p, const struct event **ev,
                struct faults *faults);
/* What the accepted event does to contexts; goes into its record. *completes: its name is the signal
 * that its flow was waiting for. */
int carry_end(struct carrying *c, const struct protection *p, struct record *rec, bool *completes);
/* The event that says the flow of p->ev is complete: with the id that every such event of the flow has,
 * and with what its entry declares of the properties. 1; 0: there is none to be made. */
int carry_completion(const struct protection *p, struct event *out);
/* Its record keeps the identities of its cause, which may have come from properties. */
void carry_identities(const struct record *cause, struct record *rec);
