/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_catalogue.c: any bytes as a catalogue's file. Either there are errors, each with words, or there
 * is a catalogue that finds its own events and survives a check against each of them. */
#include "base/check.h"
#include "catalogue/describe.h"
#include "catalogue/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct event_value item = {.kind = EVENT_TEXT, .text = {"a/b~1", 5}};

/* One value of each kind, whatever the property is. */
static const struct event_value values[] = {
    {.kind = EVENT_NULL},
    {.kind = EVENT_BOOL, .boolean = true},
    {.kind = EVENT_INTEGER, .integer = INT64_MIN},
    {.kind = EVENT_NUMBER, .number = 0.5},
    {.kind = EVENT_TEXT, .text = {"2026-11-22T05:31:00Z", 20}},
    {.kind = EVENT_BIG_NUMBER, .text = {"99999999999999999999", 20}},
    {.kind = EVENT_LIST, .list = {&item, 1}},
    {.kind = EVENT_OBJECT, .text = {"{}", 2}},
};

static void check_event(const struct catalogue *c, const struct catalogue_event *ev, size_t shift)
{
    static struct arena *a;
    struct event sent = {.name = catalogue_event_name(ev)};
    struct catalogue_match m;
    struct catalogue_checks checks;
    struct faults faults = {0};

    if (!a)
        a = arena_new(65536, 1 << 24);
    if (catalogue_match(c, sent.name, a, &m, &faults) == 0) {
        size_t count = catalogue_event_property_count(m.event);
        struct event_property *list = arena_alloc(a, (count + 1) * sizeof *list);
        int added;

        CHECK(list != NULL);
        for (size_t i = 0; i < count; i++) {
            list[i].name = catalogue_event_property_at(m.event, i)->name;
            list[i].value = values[(i + shift) % (sizeof values / sizeof *values)];
        }
        sent.properties = list;
        sent.property_count = count;
        added = catalogue_check(&m, &sent, STR("s"), shift & 1, 0, a, &checks, &faults);
        CHECK(added >= 0 && (size_t)added == faults.count + faults.more);
        CHECK(checks.count <= count + m.parameter_count);
    } else {
        CHECK(faults.count == 1);
        /* an exact name always finds itself */
        CHECK(str_find(sent.name, '{') < sent.name.len);
    }
    arena_reset(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;
    struct buf text;

    buf_init(&text, 1 << 20);
    if (catalogue_load_text(&c, str_of(data, size), "f", &problems, &err) < 0) {
        CHECK(problems.errors > 0 && !c);
    } else {
        CHECK(problems.errors == 0 && catalogue_event_count(c) > 0);
        for (size_t i = 0; i < catalogue_event_count(c) && i < 50; i++)
            for (size_t shift = 0; shift < 3; shift++)
                check_event(c, catalogue_event_at(c, i), shift);
        for (size_t i = 0; i < catalogue_column_count(c); i++)
            CHECK(catalogue_column_at(c, i)->name.len > 0);
    }
    for (size_t i = 0; i < problems.count; i++) {
        buf_reset(&text, 1 << 16);
        problem_format(&text, &problems.list[i]);
        CHECK(!buf_failed(&text) && problems.list[i].text[0]);
    }
    buf_free(&text);
    catalogue_free(c);
    problems_free(&problems);
    return 0;
}
