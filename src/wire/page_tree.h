/* SPDX-License-Identifier: Apache-2.0 */
/* page_tree.h: from yyjson's tree of one event, and of what a batch says of all of them, to struct
 * event; for the files page*.c alone. */
#pragma once
#include "wire/native_tree.h"
#include "wire/page.h"

/* In the order in which clients send them. */
enum page_member {
    PAGE_DOMAIN,
    PAGE_PAGE,
    PAGE_TIMEZONE,
    PAGE_PLATFORM,
    PAGE_SESS_ID,
    PAGE_EVENT,
    PAGE_NOTE,
    PAGE_ID,
    PAGE_PROPERTIES,
    PAGE_AGE,
    PAGE_SEQUENCE,
    PAGE_REFERRER,
    PAGE_TITLE,
    PAGE_QUERY,
    PAGE_LOCALE,
    PAGE_SCREEN,
    PAGE_LOAD_TIME_MS,
    PAGE_PAGES_IN_SESSION,
    PAGE_STATUS,
    PAGE_MEMBERS
};

/* What stands beside `events`; all absent where there is no such list. */
struct page_common {
    yyjson_val *given[PAGE_MEMBERS]; /* NULL: it does not have it */
    yyjson_val *unknown[FAULTS_MAX]; /* keys that are no members, and how many more of them */
    size_t unknown_count, unknown_more;
    /* Its properties, read once, and what is wrong with them. */
    const struct event_property *properties;
    size_t property_count;
    struct faults faults;
};

/* `root` is an object, in which the key `events` is left alone. What *out borrows lives in t->a. -1: it
 * breaks a rule of native.h, or memory is out. */
int page_read_common(const struct native_tree *t, yyjson_val *root, struct page_common *out);
/* One event. */
int page_read_event(const struct native_tree *t, yyjson_val *root, const struct page_common *common,
                    const struct page_from *from, struct event *out, struct faults *faults);
