/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: events as web pages send them to POST /e (docs/http.md).
 *
 *   {"domain", "page", "timezone", "platform", "sess_id", "event", "note"}   one event
 *   [{...}, {...}]                                                           some
 *   {"domain", ..., "events": [{...}, {...}]}   what stands beside `events` is said of each of them;
 *                                               what an event says itself wins
 *
 * As strict as native.h and with its limits; what breaks them fails the whole body with the byte offset.
 * Types are forced: `timezone` is a whole number of minutes, most else text; what is of another type is
 * that event's fault and never guessed at. null, and a text without anything in it, is absent. An event
 * without a name is a page view.
 * Events are decoded one after another in the caller's buffer. Threads: one owner. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/fault.h"

struct page; /* opaque: a decoder, reused over requests */

enum {
    PAGE_PADDING = 8,
    PAGE_COMMON_MAX = 16384, /* bytes beside `events`: they count anew with each event */
    PAGE_MINUTES_MAX = 1440, /* of `timezone`, either way */
};
#define PAGE_AGE_MAX_MS INT64_C(31536000000) /* a year */
#define PAGE_VIEWED "page.viewed"

/* What the request says. */
struct page_from {
    int64_t received_us; /* ages count back from it */
    bool do_not_track;
};

struct page *page_new(void);
void page_free(struct page *p);
/* Begins with a body that the decoder may change and that has PAGE_PADDING writable bytes behind it. Keeps
 * `body` until the next start. -1 as from page_next, which then has no event. */
int page_start(struct page *p, char *body, size_t len, const struct page_from *from,
               struct err *err);
/* 1: *out and its own faults (none: sound); text lives in the body, the decoder or a, until the next
 * page_start and arena_reset. 0: the end. -1: the body is not to be read (ERR_PARSE, err->at is the
 * offset), or memory is out (ERR_LIMIT). */
int page_next(struct page *p, struct arena *a, struct event *out, struct faults *faults,
              struct err *err);
