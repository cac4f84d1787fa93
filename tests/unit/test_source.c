/* SPDX-License-Identifier: Apache-2.0 */
/* test_source.c: keys, origins, lists of events, rates. */
#include "unit.h"

#include <pthread.h>

#include "admit/source.h"
#include "base/mem.h"

static struct sources *make(struct settings_source *list, size_t count)
{
    struct settings settings = {.sources = list, .source_count = count};
    struct sources *all;
    struct err err;

    assert_int_equal(sources_new(&all, &settings, &err), 0);
    return all;
}

static struct settings_source server(char *name, char *key)
{
    return (struct settings_source){
        .name = name, .key = key, .kind = SOURCE_SERVER, .strict = true};
}

static void a_key_finds_its_source_only_whole(void **state)
{
    struct settings_source list[] = {server("a", "key-a"), server("b", "key-b-longer"),
                                     server("c", "key-c")};
    struct sources *all = make(list, 3);

    assert_int_equal(sources_count(all), 3);
    for (size_t i = 0; i < 3; i++) {
        struct source *s = sources_by_key(all, str_from(list[i].key));

        assert_ptr_equal(s, sources_at(all, i));
        assert_int_equal(source_number(s), i);
        assert_true(str_is(source_name(s), list[i].name));
    }
    assert_null(sources_by_key(all, STR("")));
    assert_null(sources_by_key(all, STR_NONE));
    assert_null(sources_by_key(all, STR("key-")));
    assert_null(sources_by_key(all, STR("key-a\0")));
    assert_null(sources_by_key(all, STR("key-ab")));
    assert_null(sources_by_key(all, STR("KEY-A")));
    sources_free(all);
}

static void a_source_without_a_key_is_an_error(void **state)
{
    struct settings_source list[] = {server("a", "")};
    struct settings settings = {.sources = list, .source_count = 1};
    struct sources *all;
    struct err err;

    assert_int_equal(sources_new(&all, &settings, &err), -1);
    sources_free(NULL);
}

static void origins_match_exactly(void **state)
{
    char *origins[] = {"https://www.example.org", "http://localhost:3000"};
    struct settings_source list[] = {server("a", "a"), server("b", "b")};
    struct sources *all;

    list[0].kind = SOURCE_BROWSER;
    list[0].origins = (struct settings_list){origins, 2};
    all = make(list, 2);
    assert_true(source_allows_origin(sources_at(all, 0), STR("https://www.example.org")));
    assert_true(source_allows_origin(sources_at(all, 0), STR("http://localhost:3000")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("http://www.example.org")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("https://www.example.org.evil.org")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("https://www.example.org:443")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("https://evilwww.example.org")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("null")));
    assert_false(source_allows_origin(sources_at(all, 0), STR("")));
    assert_false(source_allows_origin(sources_at(all, 1), STR("https://www.example.org")));
    sources_free(all);
}

static void events_match_by_patterns(void **state)
{
    static const struct {
        char *pattern, *name;
        bool match;
    } cases[] = {
        {"page.viewed", "page.viewed", true},
        {"page.viewed", "Page.Viewed", true},
        {"page.viewed", "page.viewed2", false},
        {"page.viewed", "page.viewe", false},
        {"flow.*", "flow.login.view", true},
        {"flow.*", "flow.", true},
        {"flow.*", "flow", false},
        {"flow.*", "overflow.x", false},
        {"*.created", "a.b.created", true},
        {"*.created", "a.created.b", false},
        {"a*b*c", "aXXbYYbZc", true},
        {"a*b*c", "aXXcYYb", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a**", "a", true},
        {"", "", true},
        {"", "a", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *patterns[] = {"never.this", cases[i].pattern};
        struct settings_source s = server("a", "a");
        struct sources *all;

        s.events = (struct settings_list){patterns, 2};
        all = make(&s, 1);
        if (source_allows_event(sources_at(all, 0), str_from(cases[i].name)) != cases[i].match)
            fail_msg("%s, %s", cases[i].pattern, cases[i].name);
        sources_free(all);
    }
}

static void without_a_list_a_server_may_all_and_a_browser_nothing(void **state)
{
    struct settings_source list[] = {server("a", "a"), server("b", "b")};
    struct sources *all;

    list[1].kind = SOURCE_BROWSER;
    all = make(list, 2);
    assert_true(source_allows_event(sources_at(all, 0), STR("any.thing")));
    assert_false(source_allows_event(sources_at(all, 1), STR("any.thing")));
    sources_free(all);
}

static void a_rate_lets_its_burst_and_then_its_pace_through(void **state)
{
    struct settings_source s = server("a", "a");
    int64_t now = INT64_C(5000000000);
    struct source *src;
    struct sources *all;
    unsigned wait = 0, passed = 0;

    s.rate_per_s = 100;
    all = make(&s, 1);
    src = sources_at(all, 0);
    for (int i = 0; i < 1000; i++)
        passed += source_take(src, 1, now, &wait);
    assert_int_equal(passed, 200);
    assert_int_equal(wait, 1);
    for (int ms = 0; ms < 10000; ms++) /* ten times the pace, for ten seconds */
        passed += source_take(src, 1, now + ms * 1000, &wait);
    assert_in_range(passed, 1190, 1201);
    sources_free(all);
}

static void a_batch_over_the_burst_waits_for_a_full_bucket(void **state)
{
    struct settings_source s = server("a", "a");
    int64_t now = 1000;
    struct sources *all;
    struct source *src;
    unsigned wait = 0;

    s.rate_per_s = 100;
    all = make(&s, 1);
    src = sources_at(all, 0);
    assert_true(source_take(src, 1000, now, &wait));
    assert_false(source_take(src, 1, now + 7900000, &wait));
    assert_true(source_take(src, 1, now + 8100000, &wait));
    assert_false(source_take(src, 1000, now + 8100000, &wait));
    assert_int_equal(wait, 2);
    assert_true(source_take(src, 1000, now + 10200000, &wait));
    assert_true(source_take(src, 0, now, &wait));
    sources_free(all);
}

static void a_slow_rate_still_has_a_burst(void **state)
{
    struct settings_source s = server("a", "a");
    struct sources *all;
    unsigned wait = 0;

    s.rate_per_s = 0.001;
    all = make(&s, 1);
    assert_true(source_take(sources_at(all, 0), 100, 1, &wait));
    assert_false(source_take(sources_at(all, 0), 1, 1, &wait));
    assert_int_equal(wait, 1000 + 1);
    assert_false(source_take(sources_at(all, 0), SIZE_MAX, 1, &wait));
    assert_int_equal(wait, 3600);
    sources_free(all);
}

struct load {
    struct source *s;
    size_t passed;
};

static void *take_many(void *arg)
{
    struct load *l = arg;
    unsigned wait;

    for (int i = 0; i < 100000; i++) {
        l->passed += source_take(l->s, 1, 1000000, &wait);
        source_count(l->s, SOURCE_UNDECLARED_DROPPED, 1);
    }
    return NULL;
}

static void threads_together_get_no_more(void **state)
{
    struct settings_source s = server("a", "a");
    struct sources *all;
    struct load loads[2] = {{0}};
    pthread_t threads[2];

    s.rate_per_s = 1000;
    all = make(&s, 1);
    for (int i = 0; i < 2; i++) {
        loads[i].s = sources_at(all, 0);
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &loads[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(loads[0].passed + loads[1].passed, 2000);
    assert_int_equal(source_counted(sources_at(all, 0), SOURCE_UNDECLARED_DROPPED), 200000);
    sources_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_finds_its_source_only_whole),
        cmocka_unit_test(a_source_without_a_key_is_an_error),
        cmocka_unit_test(origins_match_exactly),
        cmocka_unit_test(events_match_by_patterns),
        cmocka_unit_test(without_a_list_a_server_may_all_and_a_browser_nothing),
        cmocka_unit_test(a_rate_lets_its_burst_and_then_its_pace_through),
        cmocka_unit_test(a_batch_over_the_burst_waits_for_a_full_bucket),
        cmocka_unit_test(a_slow_rate_still_has_a_burst),
        cmocka_unit_test(threads_together_get_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
