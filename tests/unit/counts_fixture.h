/* SPDX-License-Identifier: Apache-2.0 */
/* counts_fixture.h: events of a website for the tests of counts, and what their counts are held against. */
#pragma once
#include "model_fixture.h"

#include "store/carry.h"

struct hit {
    const char *name, *note; /* note may be NULL */
    int64_t minute; /* of its time, since MODEL_START */
    const char *source; /* NULL: site */
    const char *domain, *page, *platform;
    int64_t received_minute; /* since MODEL_START; 0: when it happened */
    bool bot;
};

/* What the counts must be: the events themselves, grouped. */
#define OF_EVENTS(dimensions)                                                                      \
    "SELECT time_bucket(INTERVAL 15 MINUTE, time) AS time, name AS event, source, "                \
    "nullif(host, '') AS domain, nullif(path, '') AS page, nullif(platform, '') AS platform, "     \
    "nullif(timezone, '') AS timezone, bot, " dimensions                                           \
    " AS dimensions, count(*) AS count FROM events GROUP BY ALL"
#define CLICKED                                                                                    \
    "CASE WHEN name = 'socialClick' AND note <> '' THEN "                                          \
    "'{\"clicked\":' || to_json(note) || '}' END"
static const char all_counts[] =
    "SELECT md5(string_agg(CAST(c AS VARCHAR), '|' ORDER BY CAST(c AS VARCHAR))) FROM "
    "(SELECT time, event, source, domain, page, platform, timezone, bot, dimensions, count "
    "FROM event_counts) AS c";

static inline void hits_load_from(struct model_fixture *t, const struct hit *hits, size_t count,
                                  int64_t position)
{
    struct err err = {0};

    t->position = position;
    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        const struct hit *h = hits + i;
        int64_t received = h->received_minute ? h->received_minute : h->minute;
        struct record_property note = {.name = STR("note"),
                                       .value = {.type = RECORD_TEXT, .text = str_from(h->note)}};
        struct record rec = {.time_us = MODEL_START + h->minute * 60000000,
                             .received_us = MODEL_START + received * 60000000,
                             .name = str_from(h->name),
                             .source = str_from(h->source ? h->source : "site"),
                             .properties = &note,
                             .property_count = h->note != NULL};

        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        rec.flags = h->bot ? RECORD_BOT : 0;
        rec.context[EVENT_HOST] = str_from(h->domain);
        rec.context[EVENT_PATH] = str_from(h->page);
        rec.context[EVENT_PLATFORM] = str_from(h->platform);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}

static inline void hits_load(struct model_fixture *t, const struct hit *hits, size_t count)
{
    hits_load_from(t, hits, count, t->position);
}

/* Raw events that were received before a minute go, up to a position where one is given; returns how many. */
static inline int64_t hits_delete_upto(struct model_fixture *t, const char *source, int64_t minute,
                                       int64_t upto)
{
    const struct store_old old = {.table = STORE_EVENTS,
                                  .source = source ? str_from(source) : STR_NONE,
                                  .before_us = MODEL_START + minute * 60000000,
                                  .now_us = MODEL_START + INT64_C(1000000) * 60000000,
                                  .rule = "retention.raw",
                                  .upto = upto,
                                  .rows_max = 100000};
    struct err err = {0};
    int64_t rows = store_delete_old(t->f->store, &old, &err);

    model_need((int)rows, &err);
    return rows;
}

static inline int64_t hits_delete(struct model_fixture *t, const char *source, int64_t minute)
{
    return hits_delete_upto(t, source, minute, 0);
}

static inline bool is_remaking(struct model_fixture *t)
{
    struct models_stats stats;

    models_stats(t->models, &stats);
    return stats.remaking;
}
