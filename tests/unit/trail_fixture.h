/* SPDX-License-Identifier: Apache-2.0 */
/* trail_fixture.h: made-up events whose properties have values of all types, few enough to meet often. */
#pragma once
#include "activity_fixture.h"
enum { TRAIL_EVENTS = 600, TRAIL_ITEMS = 3, TRAIL_PROPERTIES = 7 };

static const char trail_catalogue[] =
    "defaults: {owner: a@example.org, kind: audit}\n"
    "events:\n"
    "  - {name: thing.created, description: d, trigger: t, properties: {\n"
    "     thing_id: {type: string, description: d}, count: {type: integer, description: d},\n"
    "     secret: {type: string, privacy: hidden, description: d}}}\n"
    "  - {name: thing.removed, description: d, trigger: t, properties: {\n"
    "     thing_id: {type: string, description: d}, reason: {type: string, description: d}}}\n";
static const char *const trail_texts[] = {"x", "it's", "a\"b\\", "5", "7", "*", "\xc3\xa9/~"};
static const char *const trail_names[] = {"thing.created", "thing.removed", "odd 'name\""};
static const char *const trail_properties[TRAIL_PROPERTIES] = {
    "thing_id", "count", "mixed", "tags", "numbers", "secret", "q'u\"o/te"};

struct trail_event {
    int64_t position, time_us;
    const char *name;
    bool quarantined;
    size_t count;
    struct record_property properties[TRAIL_PROPERTIES];
    struct record_value items[TRAIL_PROPERTIES][TRAIL_ITEMS];
    unsigned actor; /* 0: none */
};
static inline unsigned trail_random(uint32_t *state, unsigned below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % below;
}

static inline struct record_value trail_text(uint32_t *r)
{
    return (struct record_value){
        .type = RECORD_TEXT,
        .text = str_from(trail_texts[trail_random(r, ARRAY_LEN(trail_texts))])};
}

static inline struct record_value trail_integer(uint32_t *r)
{
    return (struct record_value){.type = RECORD_INTEGER, .integer = trail_random(r, 9)};
}

static inline struct record_value trail_list(uint32_t *r, struct record_value *items, bool texts)
{
    size_t count = trail_random(r, TRAIL_ITEMS + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = trail_random(r, 5) == 0 ? (struct record_value){.type = RECORD_NULL}
                   : texts                 ? trail_text(r)
                                           : trail_integer(r);
    return (struct record_value){.type = RECORD_LIST,
                                 .list = {.items = items,
                                          .count = count,
                                          .item_type = texts ? RECORD_TEXT : RECORD_INTEGER}};
}

static inline struct record_value trail_value(uint32_t *r, size_t property,
                                              struct record_value *items)
{
    switch (property) {
    case 1: return trail_integer(r);
    case 2: return trail_random(r, 2) ? trail_text(r) : trail_integer(r);
    case 3: return trail_list(r, items, true);
    case 4: return trail_list(r, items, false);
    default: return trail_text(r);
    }
}

static inline void trail_event_make(struct trail_event *e, uint32_t *r, int64_t position)
{
    e->position = position;
    e->time_us = MODEL_START + (int64_t)trail_random(r, 200) * 60000000; /* some at one time */
    e->name = trail_names[trail_random(r, ARRAY_LEN(trail_names))];
    e->quarantined = trail_random(r, 8) == 0;
    e->actor = trail_random(r, 4);
    for (size_t i = 0; i < TRAIL_PROPERTIES; i++) {
        struct record_property *p = e->properties + e->count;

        if (trail_random(r, 3) == 0)
            continue;
        p->name = str_from(trail_properties[i]);
        p->hidden = i == 5;
        p->value = trail_random(r, 9) == 0 ? (struct record_value){.type = RECORD_NULL}
                                           : trail_value(r, i, e->items[i]);
        e->count++;
    }
}

static inline void trail_load(struct model_fixture *t, const struct trail_event *events,
                              size_t count)
{
    struct faults faults = {.count = 1,
                            .list = {{.code = FAULT_WRONG_TYPE,
                                      .path = STR("/properties/count"),
                                      .expected = STR("integer"),
                                      .message = STR("it is not")}}};
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        const struct trail_event *e = events + i;
        struct record rec = {.time_us = e->time_us,
                             .received_us = e->time_us,
                             .name = str_from(e->name),
                             .source = STR("test"),
                             .properties = e->properties,
                             .property_count = e->count};

        memcpy(rec.id.b, &e->position, sizeof e->position);
        if (e->actor)
            rec.flags |= RECORD_HAS_ACTOR;
        activity_pseudonym(rec.actor.b, e->actor);
        if (e->quarantined) {
            rec.flags |= RECORD_QUARANTINED;
            rec.faults = &faults;
        }
        model_need(store_load_add(t->f->store, &rec, e->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, events[count - 1].position, &err), &err);
}

static inline bool trail_holds(const struct record_value *v, const char *text)
{
    char digits[24];

    switch (v->type) {
    case RECORD_TEXT: return str_is(v->text, text);
    case RECORD_INTEGER:
        snprintf(digits, sizeof digits, "%lld", (long long)v->integer);
        return strcmp(digits, text) == 0;
    case RECORD_LIST:
        for (size_t i = 0; i < v->list.count; i++)
            if (trail_holds(v->list.items + i, text))
                return true;
        return false;
    default: return false;
    }
}

/* Whether the event's property has the value, alone or in a list. */
static inline bool trail_has(const struct trail_event *e, const char *property, const char *text)
{
    for (size_t i = 0; i < e->count; i++)
        if (str_is(e->properties[i].name, property) && trail_holds(&e->properties[i].value, text))
            return true;
    return false;
}
