/* SPDX-License-Identifier: Apache-2.0 */
/* native.h: Weir's own JSON: one event, an array of events, or NDJSON (a line each).
 *
 * Strict: UTF-8, no duplicate keys at any depth, depth at most 32, no bytes behind the end; what
 * breaks these fails the whole body with the byte offset. What is wrong with one event only (a field
 * of the wrong type) becomes that event's fault.
 * Events are decoded one after another in the caller's buffer, so memory does not grow with the
 * size of a batch. Threads: one owner. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/fault.h"

struct native; /* opaque: a decoder, reused over requests */

enum native_form { NATIVE_JSON, NATIVE_NDJSON };
enum { NATIVE_PADDING = 8, NATIVE_DEPTH_MAX = 32 };

struct native *native_new(void);
void native_free(struct native *n);
/* Begins with a body that the decoder may change and that has NATIVE_PADDING writable bytes behind
 * it. Keeps `body` until the next start. */
void native_start(struct native *n, char *body, size_t len, enum native_form form);
/* 1: *out and its own faults (none: sound); text lives in the body or in a, until the next
 * native_start and arena_reset. 0: the end. -1: the body is not to be read, err->at is the offset
 * from the body's start. */
int native_next(struct native *n, struct arena *a, struct event *out, struct faults *faults,
                struct err *err);
/* What a URL says about host (in lower case, in a), path and query, where the context does not say it
 * itself. -1: it is neither a URL with a host nor a path. */
int native_split_url(struct str url, struct arena *a, struct event *out);
