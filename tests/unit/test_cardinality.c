/* SPDX-License-Identifier: Apache-2.0 */
/* test_cardinality.c: budgets of distinct values: bounded, exact under threads, kept over restarts, told in notes. */
#include "admit_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <yyjson.h>

#include "admit/cardinality.h"
#include "admit/restore.h"
#include "base/clock.h"
#include "base/siphash.h"

enum { THREADS = 4, ROUNDS = 20000, VALUES = 700, MAX = 100 };

static void siphash_is_the_published_one(void **state)
{
    uint8_t key[SIPHASH_KEY_BYTES], text[15];

    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        text[i] = i;
    assert_true(siphash_2_4(key, str_of(text, 15)) == UINT64_C(0xa129ca6149be45e5));
    assert_true(siphash_2_4(key, STR("")) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(siphash_1_3(key, STR("a")) != siphash_1_3(key, STR("b")));
    assert_true(siphash_1_3(key, STR("a\0")) != siphash_1_3(key, STR("a")));
}

static struct settings_source site(uint64_t page)
{
    struct settings_source s = {.name = "website", .key = "k", .kind = SOURCE_BROWSER};

    s.budget.fields[BUDGET_PAGE] = page;
    return s;
}

static struct cardinality *open_at(struct settings_source *list, size_t count, const struct io *io,
                                   int64_t now_us)
{
    const struct settings settings = {.sources = list, .source_count = count};
    struct cardinality *c = NULL;
    struct err err = {0};

    if (cardinality_open(
            &c,
            &(struct cardinality_opts){
                .io = io, .path = io ? "values" : NULL, .settings = &settings, .now_us = now_us},
            &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

static struct value_budget *page_of(struct cardinality *c)
{
    return cardinality_fields(c, 0)[BUDGET_PAGE];
}

static size_t take_many(struct value_budget *b, int64_t now_us, int from, int to)
{
    size_t taken = 0;
    char text[32];

    for (int i = from; i < to; i++) {
        snprintf(text, sizeof text, "/page/%d", i);
        taken += cardinality_take(b, now_us, str_from(text));
    }
    return taken;
}

static void the_first_values_of_a_day_stay(void **state)
{
    struct settings_source list[] = {site(1000), site(0)};
    struct cardinality *c = open_at(list, 2, NULL, RECEIVED_US);
    struct value_budget *b = page_of(c);
    struct cardinality_use use;

    assert_null(cardinality_fields(c, 1));
    assert_null(cardinality_fields(c, 0)[BUDGET_TITLE]);
    assert_int_equal(take_many(b, RECEIVED_US, 0, 5000), 1000);
    assert_int_equal(take_many(b, RECEIVED_US, 0, 1000), 1000); /* those that are known */
    assert_int_equal(take_many(b, RECEIVED_US, 1000, 5000), 0);
    cardinality_read(c, 0, &use);
    assert_int_equal(use.distinct, 1000);
    assert_int_equal(use.max, 1000);
    assert_true(str_is(use.field, "page"));
    cardinality_close(c);
}

static void a_new_day_begins_a_new_budget(void **state)
{
    struct settings_source list[] = {site(10)};
    struct cardinality *c = open_at(list, 1, NULL, RECEIVED_US);
    struct value_budget *b = page_of(c);
    int64_t midnight = (RECEIVED_US / DATETIME_DAY_US + 1) * DATETIME_DAY_US;

    assert_int_equal(take_many(b, RECEIVED_US, 0, 20), 10);
    assert_int_equal(take_many(b, midnight, 100, 105), 5);
    assert_int_equal(take_many(b, midnight - 1, 200, 220), 5); /* a clock read before midnight */
    assert_int_equal(take_many(b, midnight, 0, 20), 0);
    /* A clock that was set back by days. */
    assert_int_equal(take_many(b, RECEIVED_US - 9 * DATETIME_DAY_US, 0, 20), 10);
    cardinality_close(c);
}

struct work {
    struct value_budget *budget;
    uint32_t random;
    bool stays[VALUES], folded[VALUES];
};

static void *take_at_random(void *arg)
{
    struct work *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        char text[16];
        uint32_t value;

        w->random = w->random * 1664525 + 1013904223;
        value = (w->random >> 8) % VALUES;
        snprintf(text, sizeof text, "v%u", value);
        if (cardinality_take(w->budget, RECEIVED_US, str_from(text)))
            w->stays[value] = true;
        else
            w->folded[value] = true;
    }
    return NULL;
}

static void threads_share_one_budget(void **state)
{
    struct settings_source list[] = {site(MAX)};
    struct cardinality *c = open_at(list, 1, NULL, RECEIVED_US);
    static struct work work[THREADS];
    pthread_t threads[THREADS];
    size_t stay = 0;

    memset(work, 0, sizeof work);
    for (int i = 0; i < THREADS; i++) {
        work[i].budget = page_of(c);
        work[i].random = (uint32_t)i;
        assert_int_equal(pthread_create(&threads[i], NULL, take_at_random, &work[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int v = 0; v < VALUES; v++) {
        bool stays = false, folded = false;

        for (int i = 0; i < THREADS; i++) {
            stays |= work[i].stays[v];
            folded |= work[i].folded[v];
        }
        assert_false(stays && folded); /* one answer for one value, whoever asks */
        stay += stays;
    }
    assert_int_equal(stay, MAX);
    cardinality_close(c);
}

static void properties_have_budgets_by_name(void **state)
{
    struct settings_budget_property own[] = {{"note", 2}, {"free", 0}};
    struct settings_source list[] = {site(0), site(0)};
    struct cardinality_use use;
    struct cardinality *c;
    struct value_budget *note;

    list[0].budget.properties = 5;
    list[0].budget.own = own;
    list[0].budget.own_count = 2;
    c = open_at(list, 2, NULL, RECEIVED_US);
    note = cardinality_property(c, 0, STR("note"));
    assert_ptr_equal(note, cardinality_property(c, 0, STR("note")));
    assert_int_equal(take_many(note, RECEIVED_US, 0, 9), 2);
    assert_int_equal(take_many(cardinality_property(c, 0, STR("label")), RECEIVED_US, 0, 9), 5);
    assert_null(cardinality_property(c, 0, STR("free")));
    assert_null(cardinality_property(c, 1, STR("note")));
    assert_int_equal(cardinality_count(c), 2);
    cardinality_read(c, 0, &use);
    assert_true(str_is(use.field, "note"));
    cardinality_read(c, 1, &use);
    assert_true(str_is(use.field, "properties.label"));
    cardinality_close(c);
}

static void a_restart_opens_no_new_budget(void **state)
{
    struct memory_io *m = memory_io_new();
    struct settings_source list[] = {site(10)};
    struct cardinality *c = open_at(list, 1, &m->io, RECEIVED_US);
    struct err err;

    list[0].budget.properties = 3;
    cardinality_close(c);
    c = open_at(list, 1, &m->io, RECEIVED_US);
    assert_int_equal(cardinality_save(c, &err), 0);
    assert_null(memory_io_find(m, "values")); /* nothing was seen */
    assert_int_equal(take_many(page_of(c), RECEIVED_US, 0, 8), 8);
    assert_int_equal(take_many(cardinality_property(c, 0, STR("label")), RECEIVED_US, 0, 9), 3);
    assert_int_equal(cardinality_save(c, &err), 0);
    cardinality_close(c);

    c = open_at(list, 1, &m->io, RECEIVED_US + 1);
    assert_int_equal(take_many(page_of(c), RECEIVED_US, 0, 8), 8);
    assert_int_equal(take_many(page_of(c), RECEIVED_US, 100, 110), 2);
    assert_int_equal(take_many(cardinality_property(c, 0, STR("label")), RECEIVED_US, 3, 9), 0);
    m->fail_write = 0;
    m->error = ENOSPC;
    assert_int_equal(cardinality_save(c, &err), -1);
    m->fail_write = -1;
    assert_int_equal(cardinality_save(c, &err), 0);
    cardinality_close(c);

    c = open_at(list, 1, &m->io, RECEIVED_US + DATETIME_DAY_US); /* the next day */
    assert_int_equal(take_many(page_of(c), RECEIVED_US + DATETIME_DAY_US, 50, 70), 10);
    cardinality_close(c);
    memory_io_free(m);
}

#define HEAD "{\"day\":\"2026-11-22\",\"key\":\"000102030405060708090a0b0c0d0e0f\"}\n"

static void a_file_that_was_changed_is_named(void **state)
{
    static const char *const wrong[] = {
        "{}\n", "nothing\n", "{\"day\":\"2026-11-22\",\"key\":\"00\"}\n", HEAD "[\"website\"]\n",
        HEAD "[\"website\",\"page\",\"00112233445566zz\"]\n"};
    static const char fine[] = HEAD
        "[\"gone\",\"page\",\"0011223344556677\"]\n[\"website\",\"gone\",\"0011223344556677\"]\n";
    struct memory_io *m = memory_io_new();
    struct settings_source list[] = {site(10)};
    const struct settings settings = {.sources = list, .source_count = 1};
    const struct cardinality_opts opts = {
        .io = &m->io, .path = "values", .settings = &settings, .now_us = RECEIVED_US};
    struct cardinality *c;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err err = {0};

        memory_io_put(m, "values", wrong[i], strlen(wrong[i]));
        assert_int_equal(cardinality_open(&c, &opts, &err), -1);
        assert_int_equal(err.code, ERR_CORRUPT);
        assert_non_null(strstr(err.text, "values:"));
    }
    memory_io_put(m, "values", fine, strlen(fine));
    c = open_at(list, 1, &m->io, RECEIVED_US);
    assert_int_equal(take_many(page_of(c), RECEIVED_US, 0, 20), 10);
    cardinality_close(c);
    memory_io_free(m);
}

static struct record sent_by(uint8_t visitor, const char *browser)
{
    struct record rec = {
        .flags = RECORD_HAS_VISITOR, .ua_browser = str_from(browser), .country = STR("DE")};

    rec.visitor.b[0] = visitor;
    return rec;
}

static void the_most_senders_are_found_among_many(void **state)
{
    struct senders s = {0};
    struct record flood = sent_by(200, "Flooder \xc3\xa4 of more than thirty-two bytes"),
                  nobody = {0};
    yyjson_doc *doc;
    yyjson_val *list, *first, *second;
    AUTO_BUF out;

    buf_init(&out, 1 << 16);
    for (int i = 0; i < 3000; i++) {
        struct record one = sent_by((uint8_t)(i % 150), "Firefox");

        one.visitor.b[1] = (uint8_t)(i / 150);
        senders_count(&s, &one);
        senders_count(&s, &flood);
        if (i % 2)
            senders_count(&s, &nobody);
    }
    senders_to_json(&s, &out);
    doc = yyjson_read(out.ptr, out.len, 0);
    list = yyjson_doc_get_root(doc);
    assert_int_equal(yyjson_arr_size(list), SENDERS_KEPT);
    first = yyjson_arr_get(list, 0);
    second = yyjson_arr_get(list, 1);
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(first, "events")) -
                         yyjson_get_uint(yyjson_obj_get(first, "error")),
                     3000);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(first, "visitor")),
                        "c8000000000000000000000000000000");
    assert_int_equal(strlen(yyjson_get_str(yyjson_obj_get(first, "ua_browser"))), 32);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(first, "country")), "DE");
    assert_null(yyjson_obj_get(second, "visitor")); /* all without one, together */
    assert_true(yyjson_get_uint(yyjson_obj_get(second, "events")) >= 1500);
    yyjson_doc_free(doc);
}

static struct str name_of(void *ctx, unsigned source)
{
    return STR("website");
}

/* The note's fields; the caller frees *doc. */
static yyjson_val *note(struct cardinality *c, bool last, yyjson_doc **doc)
{
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    buf_char(&out, '{');
    cardinality_note(c, last, name_of, NULL, &out);
    buf_char(&out, '}');
    *doc = yyjson_read(out.ptr, out.len, 0);
    assert_non_null(*doc);
    return yyjson_obj_get(yyjson_doc_get_root(*doc), "fields");
}

/* `senders`: how many the first field's list has; -1: it has none. */
static void expect_note(struct cardinality *c, bool last, size_t fields, uint64_t events,
                        int senders)
{
    yyjson_doc *doc;
    yyjson_val *list = note(c, last, &doc), *first = yyjson_arr_get(list, 0);
    yyjson_val *who = yyjson_obj_get(first, "senders");

    assert_int_equal(yyjson_arr_size(list), fields);
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(first, "events")), events);
    assert_int_equal(who ? (int)yyjson_arr_size(who) : -1, senders);
    yyjson_doc_free(doc);
}

static void a_note_tells_what_was_folded_since_the_one_before(void **state)
{
    struct settings_source list[] = {site(10)};
    struct cardinality *c = open_at(list, 1, NULL, RECEIVED_US);
    struct record rec = sent_by(1, "Firefox");

    expect_note(c, false, 0, 0, -1);
    for (int i = 0; i < 100; i++)
        cardinality_folded(page_of(c), RECEIVED_US, &rec);
    expect_note(c, false, 1, 100, 1);
    cardinality_noted(c, false); /* not written */
    expect_note(c, false, 1, 100, 1);
    cardinality_folded(page_of(c), RECEIVED_US, &rec); /* before it is durable */
    cardinality_noted(c, true);
    expect_note(c, false, 1, 1, -1); /* the senders are much the same */
    cardinality_noted(c, true);
    expect_note(c, false, 0, 0, -1);
    expect_note(c, true, 1, 0, 1); /* what is left to say of them */
    cardinality_noted(c, true);
    expect_note(c, true, 0, 0, -1);
    cardinality_folded(page_of(c), RECEIVED_US, &rec);
    cardinality_folded(page_of(c), RECEIVED_US + DATETIME_DAY_US, &rec);
    expect_note(c, false, 2, 1, 1); /* both days, with their senders */
    cardinality_close(c);
}

/* Admission. */

#define CATALOGUE                                                                                  \
    "defaults: {owner: t, status: active, kind: page}\n"                                           \
    "events:\n"                                                                                    \
    "  - name: page.viewed\n"                                                                      \
    "    description: d\n"                                                                         \
    "    trigger: t\n"                                                                             \
    "    since: 2025-01-01\n"                                                                      \
    "    properties:\n"                                                                            \
    "      note: {type: string, pattern: \"[a-z0-9]+\", description: d}\n"                         \
    "      plan: {type: string, values: [a, b, c, d], description: d}\n"                           \
    "      tags: {type: \"array<string>\", description: d}\n"                                      \
    "      who: {type: string, privacy: pseudonym, description: d}\n"                              \
    "      data: {type: object, privacy: keep, description: d}\n"                                  \
    "      number: {type: integer, description: d}\n"

static void open_with_budgets(struct fixture *f, struct cardinality **c)
{
    struct settings_source list[] = {site(0), site(2), site(0), site(0)};
    struct admission_opts opts;
    struct err err;

    fixture_open(f, CATALOGUE);
    admission_free(f->ad);
    list[0].name = "backend";
    list[2].name = "lenient";
    list[3].name = "imported";
    list[1].budget.fields[BUDGET_UA_BROWSER] = 1;
    list[1].budget.properties = 2;
    *c = open_at(list, 4, NULL, RECEIVED_US);
    opts = (struct admission_opts){.sources = f->sources,
                                   .catalogue = load_catalogue(CATALOGUE),
                                   .pseudonyms = f->pseudonyms,
                                   .useragents = f->useragents,
                                   .carried = f->carried,
                                   .cardinality = *c};
    assert_int_equal(admission_new(&f->ad, &opts, &err), 0);
    f->req.source = sources_at(f->sources, 1);
}

static void close_with_budgets(struct fixture *f, struct cardinality *c)
{
    fixture_close(f);
    cardinality_close(c);
}

static void send(struct fixture *f, int i, const char *more)
{
    AUTO_FREE char *json = xasprintf("{\"name\":\"page.viewed\",\"context\":{\"path\":\"/%d\"},"
                                     "\"properties\":{\"note\":\"n%d\"%s}}",
                                     i, i, more);

    accept_event(f, json);
}

static void what_is_past_a_budget_is_stored_as_other(void **state)
{
    struct cardinality *c;
    struct fixture f;

    open_with_budgets(&f, &c);
    send(&f, 1, "");
    send(&f, 2, ",\"tags\":[\"a\",\"b\"]");
    assert_text(f.rec.context[EVENT_PATH], "/2");
    assert_text(find_property(&f, "note")->value.text, "n2");
    send(&f, 1, ",\"data\":{\"a\":1}");
    send(&f, 2, ",\"data\":{\"b\":1}");
    assert_int_equal(find_property(&f, "data")->value.type, RECORD_JSON);
    send(&f, 2, ",\"data\":{\"c\":1}"); /* as text: an object would have to have a shape */
    assert_text(find_property(&f, "data")->value.text, "(other)");
    assert_int_equal(find_property(&f, "data")->value.type, RECORD_TEXT);
    send(&f, 3, ",\"plan\":\"d\",\"tags\":[\"a\",\"x\",\"y\"],\"who\":\"someone\",\"number\":7");
    assert_text(f.rec.context[EVENT_PATH], "(other)");
    assert_text(find_property(&f, "note")->value.text, "(other)"); /* no pattern asks any more */
    assert_text(find_property(&f, "plan")->value.text, "d");
    assert_text(find_property(&f, "tags")->value.list.items[0].text, "a");
    assert_text(find_property(&f, "tags")->value.list.items[1].text, "(other)");
    assert_text(find_property(&f, "tags")->value.list.items[2].text, "(other)");
    assert_int_equal(find_property(&f, "who")->value.type, RECORD_PSEUDONYM);
    assert_int_equal(find_property(&f, "number")->value.integer, 7);
    assert_text(f.rec.ua_browser, "Firefox");
    f.req.user_agent = STR("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                           "Chrome/126.0.0.0 Safari/537.36");
    send(&f, 1, "");
    assert_text(f.rec.context[EVENT_PATH], "/1");
    assert_text(find_property(&f, "note")->value.text, "n1");
    assert_text(f.rec.ua_browser, "(other)");
    f.req.source = sources_at(f.sources, 0); /* one without budgets */
    send(&f, 4, "");
    assert_text(f.rec.context[EVENT_PATH], "/4");
    close_with_budgets(&f, c);
}

static void what_is_not_accepted_takes_from_no_budget(void **state)
{
    struct cardinality *c;
    struct fixture f;
    char json[200];

    open_with_budgets(&f, &c);
    for (int i = 0; i < 9; i++) {
        snprintf(json, sizeof json,
                 "{\"name\":\"page.viewed\",\"context\":{\"path\":\"/bad%d\"},"
                 "\"properties\":{\"note\":\"n%d\",\"plan\":\"x\"}}",
                 i, i);
        assert_int_equal(admit(&f, json), VERDICT_QUARANTINED);
        snprintf(json, sizeof json, "/bad%d", i);
        assert_text(f.rec.context[EVENT_PATH], json);
    }
    send(&f, 1, "");
    assert_text(f.rec.context[EVENT_PATH], "/1");
    assert_text(find_property(&f, "note")->value.text, "n1");
    close_with_budgets(&f, c);
}

/* The record of the last event, held to the catalogue again. */
static enum again again(struct fixture *f, struct buf *payload, struct faults *faults)
{
    struct admit_again what = {.rec = &f->rec, .now_us = RECEIVED_US, .a = f->a, .faults = faults};
    const struct admission_hold *hold = admission_hold(f->ad);
    enum again out;

    f->rec.received_us = RECEIVED_US;
    assert_int_equal(admit_again(f->ad, hold, &what, payload, &out), 0);
    admission_release(f->ad, hold);
    return out;
}

static void a_replay_takes_from_todays_budget(void **state)
{
    struct faults faults;
    struct cardinality *c;
    struct fixture f;
    struct record rec;
    struct err err;
    AUTO_BUF payload;

    buf_init(&payload, 1 << 16);
    open_with_budgets(&f, &c);
    for (int i = 0; i < 2; i++)
        assert_true(cardinality_take(cardinality_fields(c, 1)[BUDGET_PAGE], clock_now_us(),
                                     i ? STR("/a") : STR("/b")));
    assert_int_equal(admit(&f, "{\"name\":\"page.viewed\",\"context\":{\"path\":\"/c\"},"
                               "\"properties\":{\"plan\":\"x\"}}"),
                     VERDICT_QUARANTINED);
    f.rec.faults = NULL; /* as if the catalogue took the value by now */
    f.rec.properties = NULL;
    f.rec.property_count = 0;
    assert_int_equal(again(&f, &payload, &faults), AGAIN_ACCEPTED);
    assert_int_equal(record_decode(&rec, buf_as_str(&payload), f.a, &err), 0);
    assert_text(rec.context[EVENT_PATH], "(other)");
    close_with_budgets(&f, c);
}

static void what_was_folded_fits_a_catalogue_that_is_tried(void **state)
{
    struct faults faults;
    struct cardinality *c;
    struct fixture f;

    open_with_budgets(&f, &c);
    send(&f, 1, ",\"tags\":[\"t\"],\"data\":{\"a\":1}");
    send(&f, 2, ",\"tags\":[\"t\"],\"data\":{\"a\":2}");
    send(&f, 3, ",\"tags\":[\"t\"],\"data\":{\"a\":3}");
    assert_text(find_property(&f, "note")->value.text, "(other)");
    assert_text(find_property(&f, "data")->value.text, "(other)");
    assert_int_equal(again(&f, NULL, &faults), AGAIN_ACCEPTED);
    close_with_budgets(&f, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_is_the_published_one),
        cmocka_unit_test(the_first_values_of_a_day_stay),
        cmocka_unit_test(a_new_day_begins_a_new_budget),
        cmocka_unit_test(threads_share_one_budget),
        cmocka_unit_test(properties_have_budgets_by_name),
        cmocka_unit_test(a_restart_opens_no_new_budget),
        cmocka_unit_test(a_file_that_was_changed_is_named),
        cmocka_unit_test(the_most_senders_are_found_among_many),
        cmocka_unit_test(a_note_tells_what_was_folded_since_the_one_before),
        cmocka_unit_test(what_is_past_a_budget_is_stored_as_other),
        cmocka_unit_test(what_is_not_accepted_takes_from_no_budget),
        cmocka_unit_test(a_replay_takes_from_todays_budget),
        cmocka_unit_test(what_was_folded_fits_a_catalogue_that_is_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
