/* SPDX-License-Identifier: Apache-2.0 */
/* admit_fixture.h: a whole admission with keys in memory, for the tests of what it lets through. */
#pragma once
#include "unit.h"

#include "admit/admit.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "flow/carried.h"
#include "memory_io.h"
#include "wire/native.h"

struct fixture {
    struct memory_io *keys;
    struct pseudonyms *pseudonyms;
    struct useragents *useragents;
    struct sources *sources;
    struct carried *carried;
    struct admission *ad;
    struct native *native;
    struct arena *a;
    struct buf payloads;
    struct admit_request req;
    /* of the last event */
    struct event ev;
    struct faults faults;
    struct admitted out;
    struct record rec;
};

/* 2026-11-22T05:31:00Z */
#define RECEIVED_US INT64_C(1795325460000000)
#define FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

static inline struct catalogue *load_catalogue(const char *yaml)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err = {0};

    if (catalogue_load_text(&c, str_from(yaml), "test.yaml", &problems, &err) < 0)
        fail_msg("%s %s", err.text, problems.count ? problems.list[0].text : "");
    problems_free(&problems);
    return c;
}

/* With keys (they may be NULL), the signed flow ids of all sources but `imported` are verified. */
static inline void fixture_open_flows(struct fixture *f, const char *yaml,
                                      const struct flow_keys *keys)
{
    static char *events[] = {"page.*"};
    struct settings_source list[] = {
        {.name = "backend", .key = "server", .kind = SOURCE_SERVER, .strict = true},
        {.name = "website",
         .key = "browser",
         .kind = SOURCE_BROWSER,
         .strict = true,
         .events = {events, 1}},
        {.name = "lenient", .key = "lenient", .kind = SOURCE_SERVER, .strict = false},
        {.name = "imported",
         .key = "imported",
         .kind = SOURCE_SERVER,
         .strict = true,
         .any_flow_ids = true}};
    struct settings settings = {.sources = list, .source_count = ARRAY_LEN(list)};
    struct admission_opts opts = {.catalogue = load_catalogue(yaml), .flow_keys = keys};
    struct err err = {0};

    memset(f, 0, sizeof *f);
    f->keys = memory_io_new();
    assert_int_equal(pseudonyms_open(&f->pseudonyms, &f->keys->io, "keys", &err), 0);
    assert_int_equal(pseudonyms_rotate(f->pseudonyms, RECEIVED_US, &err), 0);
    assert_int_equal(useragents_new(&f->useragents, &err), 0);
    assert_int_equal(sources_new(&f->sources, &settings, &err), 0);
    opts.sources = f->sources;
    opts.carried = f->carried = carried_new(&(struct carried_opts){DATETIME_DAY_US, .limit = 100});
    opts.pseudonyms = f->pseudonyms;
    opts.useragents = f->useragents;
    assert_int_equal(admission_new(&f->ad, &opts, &err), 0);
    f->native = native_new();
    f->a = arena_new(65536, 1 << 22);
    buf_init(&f->payloads, 1 << 20);
    f->req = (struct admit_request){.source = sources_at(f->sources, 0),
                                    .received_us = RECEIVED_US,
                                    .ip = STR("198.51.100.7"),
                                    .user_agent = STR(FIREFOX),
                                    .request_id = STR("from-header")};
}

static inline void fixture_open(struct fixture *f, const char *yaml)
{
    fixture_open_flows(f, yaml, NULL);
}

static inline void fixture_close(struct fixture *f)
{
    admission_free(f->ad);
    carried_free(f->carried);
    sources_free(f->sources);
    useragents_free(f->useragents);
    pseudonyms_close(f->pseudonyms);
    memory_io_free(f->keys);
    native_free(f->native);
    arena_free(f->a);
    buf_free(&f->payloads);
}

/* Decodes and admits the one event of a body; its record is read back into f->rec. */
static inline enum verdict admit(struct fixture *f, const char *json)
{
    static char body[1 << 18];
    const struct admission_hold *hold = admission_hold(f->ad);
    size_t len = strlen(json);
    struct err err = {0};

    assert_true(len + NATIVE_PADDING <= sizeof body);
    memcpy(body, json, len);
    arena_reset(f->a);
    buf_reset(&f->payloads, 1 << 20);
    native_start(f->native, body, len, NATIVE_JSON);
    if (native_next(f->native, f->a, &f->ev, &f->faults, &err) != 1)
        fail_msg("%s: %s", json, err.text);
    assert_int_equal(
        admit_event(f->ad, hold, &f->req, &f->ev, &f->faults, f->a, &f->payloads, &f->out), 0);
    admission_release(f->ad, hold);
    memset(&f->rec, 0, sizeof f->rec);
    if (f->out.verdict == VERDICT_REFUSED)
        assert_int_equal(f->payloads.len, 0);
    else
        assert_int_equal(record_decode(&f->rec, buf_as_str(&f->payloads), f->a, &err), 0);
    return f->out.verdict;
}

static inline void accept_event(struct fixture *f, const char *json)
{
    if (admit(f, json) != VERDICT_ACCEPTED)
        fail_msg("%s: %s %.*s: %.*s", json, verdict_name(f->out.verdict),
                 STR_ARG(f->faults.list[0].path), STR_ARG(f->faults.list[0].message));
}

static inline const struct record_property *find_property(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->rec.property_count; i++)
        if (str_is(f->rec.properties[i].name, name))
            return f->rec.properties + i;
    return NULL;
}

#define assert_text(s, z) assert_true(str_is(s, z))
