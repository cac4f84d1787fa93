/* SPDX-License-Identifier: Apache-2.0 */
/* visits_fixture.h: made-up visits of a site: all that the report `overview` counts by. */
#pragma once
#include "activity_fixture.h"

/* Days of the visits: 2026-03-20 is the first; the clocks of Europe/Berlin change on the 29th. */
#define OVERVIEW_START INT64_C(1773964800000000)
enum { OVERVIEW_DAYS = 16 };

struct visits {
    uint64_t seed;
    int64_t from_us, to_us; /* when they happen */
};

static inline uint64_t visits_next(struct visits *v)
{
    v->seed = v->seed * 6364136223846793005u + 1442695040888963407u;
    return v->seed >> 33;
}

static inline struct str visits_pick(struct visits *v, const char *const *list, size_t count)
{
    return str_from(list[visits_next(v) % count]); /* NULL is absent */
}

#define PICK(v, ...)                                                                               \
    visits_pick(v, (const char *const[]){__VA_ARGS__},                                             \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static inline void visits_make(struct visits *v, struct record *rec)
{
    rec->time_us =
        v->from_us + (int64_t)(visits_next(v) * 4294967291u % (uint64_t)(v->to_us - v->from_us));
    rec->received_us = rec->time_us + 1000;
    rec->name = PICK(v, "page.viewed", "page.viewed", "page.viewed", "shop.cart", "shop.paid",
                     "nobody.knows");
    rec->source = PICK(v, "site", "site", "shop");
    rec->context[EVENT_HOST] =
        PICK(v, "site.example", "www.site.example", "staging.example", "shop.example", NULL);
    rec->context[EVENT_PATH] = PICK(v, "/", "/a", "/b", "/admin/x", "/Ünï", "", "(none)", "(other)",
                                    "'; DROP TABLE events; --", NULL);
    rec->context[EVENT_REFERRER] =
        PICK(v, "https://search.example/?q=1", "https://WWW.Search.example:8443/x",
             "https://www.site.example/a", "android-app://mail.example", "nonsense", "",
             "https://user@news.example#top", NULL);
    rec->context[EVENT_UTM_CAMPAIGN] = PICK(v, "spring", "autumn", NULL, NULL);
    rec->ua_browser = PICK(v, "Firefox", "Chrome", NULL);
    rec->ua_os = PICK(v, "Linux", "Windows 11", "iOS 26.0", NULL);
    rec->country = PICK(v, "NL", "DE", NULL);
    rec->flags = visits_next(v) % 8 == 0 ? RECORD_BOT : 0;
    if (visits_next(v) % 5) {
        rec->flags |= RECORD_HAS_VISITOR;
        activity_pseudonym(rec->visitor.b, 1 + (unsigned)(visits_next(v) % 40));
    }
    if (visits_next(v) % 4) {
        rec->flags |= RECORD_HAS_SESSION;
        activity_pseudonym(rec->session.b, 1 + (unsigned)(visits_next(v) % 90));
    }
}

static inline void visits_load(struct model_fixture *t, struct visits *v, size_t count)
{
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct record rec = {0};

        visits_make(v, &rec);
        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}
