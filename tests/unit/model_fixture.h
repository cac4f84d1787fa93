/* SPDX-License-Identifier: Apache-2.0 */
/* model_fixture.h: a store with models over it, and events to put in. */
#pragma once
#include "store_fixture.h"

#include "catalogue/problem.h"
#include "model/model.h"
#include "store/retention.h"
#include "store/script.h"

#define MODEL_START INT64_C(1700000000000000) /* 2023-11-14 22:13:20 */

struct model_fixture {
    struct fixture *f;
    struct models *models;
    int64_t position; /* the last one */
};

/* An event of a test; times are in ms, `at` since MODEL_START. */
struct model_event {
    const char *name, *flow; /* flow may be NULL */
    int64_t at, flow_time;
    const char *actor; /* one letter, or NULL */
    const char *locale;
    const char *property, *value; /* may be NULL; a text */
    int64_t duration_ms; /* 0: none */
    int64_t position; /* 0: the next one */
};

static inline void model_need(int status, const struct err *err)
{
    if (status < 0)
        fail_msg("%s", err->text);
}

static inline struct catalogue *model_catalogue(const char *yaml)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err = {0};

    if (catalogue_load_text(&c, str_from(yaml), "test.yaml", &problems, &err) < 0)
        fail_msg("%s", problems.count ? problems.list[0].text : err.text);
    problems_free(&problems);
    return c;
}

static inline void model_set_catalogue(struct model_fixture *t, const char *yaml)
{
    struct catalogue *c = model_catalogue(yaml);
    struct err err = {0};

    model_need(store_set_catalogue(t->f->store, c, &err), &err);
    model_need(models_set_catalogue(t->models, c, &err), &err);
}

static inline void model_open(struct model_fixture *t, const char *yaml,
                              const struct settings_flows *samples)
{
    struct err err = {0};

    model_need(models_open(&t->models, t->f->store, samples, &err), &err);
    model_set_catalogue(t, yaml);
}

static inline void model_reopen(struct model_fixture *t, const char *yaml)
{
    models_free(t->models);
    fixture_reopen(t->f);
    model_open(t, yaml, NULL);
}

static inline void model_setup(struct model_fixture *t, const char *yaml)
{
    void *state;

    *t = (struct model_fixture){0};
    fixture_setup(&state);
    t->f = state;
    model_open(t, yaml, NULL);
}

static inline void model_teardown(struct model_fixture *t)
{
    void *state = t->f;

    models_free(t->models);
    fixture_teardown(&state);
}

static inline size_t model_properties(const struct model_event *e, struct record_property out[2])
{
    size_t count = 0;

    if (e->property) {
        out[count].name = str_from(e->property);
        out[count].value.type = RECORD_TEXT;
        out[count++].value.text = str_from(e->value);
    }
    if (e->duration_ms) {
        out[count].name = STR("duration_ms");
        out[count].value.type = RECORD_INTEGER;
        out[count++].value.integer = e->duration_ms;
    }
    return count;
}

/* In the order of positions. */
static inline void model_load(struct model_fixture *t, const struct model_event *events,
                              size_t count)
{
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        const struct model_event *e = events + i;
        struct record_property properties[2] = {0};
        struct record rec = {.time_us = MODEL_START + e->at * 1000,
                             .received_us = MODEL_START + e->at * 1000,
                             .name = str_from(e->name),
                             .source = STR("test"),
                             .properties = properties};

        t->position = e->position ? e->position : t->position + 1;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        if (e->flow) {
            rec.flags |= RECORD_HAS_FLOW;
            rec.flow_id = str_from(e->flow);
            rec.flow_time_ms = e->flow_time;
        }
        if (e->actor) {
            rec.flags |= RECORD_HAS_ACTOR;
            memset(rec.actor.b, e->actor[0], sizeof rec.actor.b);
        }
        if (e->locale)
            rec.context[EVENT_LOCALE] = str_from(e->locale);
        rec.property_count = model_properties(e, properties);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}

static inline void model_refresh(struct model_fixture *t)
{
    struct err err = {0};

    model_need(models_finish(t->models, &err), &err);
}
