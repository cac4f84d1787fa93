/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: who may send, what, from where and how fast.
 *
 * Threads: everything but sources_new and sources_free from any thread. */
#pragma once
#include <stdatomic.h>

#include "base/err.h"
#include "base/str.h"
#include "catalogue/describe.h"
#include "event/fault.h"
#include "settings/settings.h"

struct sources; /* opaque: all of them */
struct source; /* opaque: one */

enum source_counter { /* since the start; what becomes of events is in the ledger */
                      SOURCE_UNDECLARED_DROPPED, /* properties that a lenient source sent and nobody declared */
                      SOURCE_DOMAINS_REFUSED, /* events of hosts that its settings do not permit */
                      SOURCE_COUNTER_COUNT
};

int sources_new(struct sources **out, const struct settings *settings, struct err *err);
void sources_free(struct sources *all);
size_t sources_count(const struct sources *all);
struct source *sources_at(struct sources *all, size_t index);
/* By its key, in constant time over the key's bytes; NULL. */
struct source *sources_by_key(struct sources *all, struct str key);
/* By its name; NULL. */
struct source *sources_by_name(struct sources *all, struct str name);

struct str source_name(const struct source *s);
unsigned source_number(const struct source *s); /* index in sources_at */
enum source_kind source_kind(const struct source *s);
bool source_is_strict(const struct source *s);
/* Its flow ids are not verified. */
bool source_takes_any_flow(const struct source *s);
/* Exact match with one of its origins; a source without origins allows none from a browser. */
bool source_allows_origin(const struct source *s, struct str origin);
/* Matches its `events` (exact names and patterns with `*`), without regard to case; all where it
 * lists none and is not a browser source. */
bool source_allows_event(const struct source *s, struct str name);
/* What its `domains` and `skip_domains` say of an event's host; absent: it is not known. A source without
 * `domains` takes every host; one with them takes an event without a host from a server alone. */
enum source_domain { SOURCE_DOMAIN_TAKEN, SOURCE_DOMAIN_SKIPPED, SOURCE_DOMAIN_FOREIGN };
enum source_domain source_judge_domain(const struct source *s, struct str host);
/* That, and the entry's own list of sources. */
bool source_may_send(const struct source *s, const struct catalogue_event *entry, struct str name);
/* The first entry of a role in flows that is in use, whose name is whole and which the source may send;
 * NULL: there is none. */
const struct catalogue_event *source_flow_entry(const struct source *s, const struct catalogue *c,
                                                enum catalogue_flow_role role);
/* Takes n from its rate; false and the seconds to wait (at least 1) where that is too much now. */
bool source_take(struct source *s, size_t n, int64_t monotonic_us, unsigned *retry_after_s);
/* The same for what pages of other origins send: as large, and apart, so that a copy of the site takes nothing
 * from what its own pages may send. */
bool source_take_foreign(struct source *s, size_t n, int64_t monotonic_us, unsigned *retry_after_s);
/* Takes one event of so many bytes from what it may have kept aside; false past its rate or its day's
 * sum, and nothing is taken. What was not kept in the end, or was kept before, is given back. */
bool source_take_aside(struct source *s, size_t bytes, int64_t now_us, int64_t monotonic_us);
void source_give_back_aside(struct source *s, size_t bytes, int64_t now_us);
/* What this day had before the process began. */
void source_begin_aside(struct source *s, uint64_t bytes, int64_t now_us);
void source_count(struct source *s, enum source_counter which, size_t n);
uint64_t source_counted(const struct source *s, enum source_counter which);
