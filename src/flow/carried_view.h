/* SPDX-License-Identifier: Apache-2.0 */
/* carried_view.h: the contexts as one request sees them: those of the table, and what its own events
 * before have done, which the journal has yet to decide about.
 *
 * So a batch may begin a flow and go on with it by token. Others see it once it is answered.
 * Threads: one owner. */
#pragma once
#include "flow/carried.h"

struct carried_view; /* opaque */

struct carried_view *carried_view_new(struct carried *c); /* keeps c */
void carried_view_free(struct carried_view *v); /* NULL is fine */
/* Before each request: nothing is its own yet. */
void carried_view_reset(struct carried_view *v);
/* As carried_find, and counts it. */
enum carried_found carried_view_find(struct carried_view *v, const struct carried_key *key,
                                     int64_t now_us, struct carried_context *out);
/* What an accepted event of the request does. */
void carried_view_apply(struct carried_view *v, int64_t now_us, const struct carried_op *ops,
                        size_t count);
