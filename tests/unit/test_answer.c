/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of answers, and who may read them from which page. */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "collector/cors.h"
#include "collector/request.h"

static void every_refusal_has_a_status_a_code_and_advice(void **state)
{
    for (int why = REFUSAL_NONE + 1; why < REFUSAL_COUNT; why++) {
        const struct refusal_text *text = refusal_text((enum refusal)why);

        assert_in_range(text->status, 400, 507);
        assert_true(strlen(text->code) > 3);
        assert_true(strlen(text->message) > 20);
        assert_int_equal(text->retry_after_s > 0,
                         text->status == 429 || text->status == 503 || text->status == 507);
        for (int other = why + 1; other < REFUSAL_COUNT; other++)
            assert_string_not_equal(text->code, refusal_text((enum refusal)other)->code);
    }
}

static void only_broken_json_has_an_offset(void **state)
{
    struct err err = {.code = ERR_PARSE, .at = 17, .text = "the body is not \"JSON\""};
    AUTO_BUF out;

    buf_init(&out, 4096);
    answer_refusal(&out, REFUSAL_INVALID_JSON, &err);
    assert_true(str_is(buf_as_str(&out),
                       "{\"error\":{\"code\":\"invalid_json\",\"message\":\"the body is "
                       "not \\\"JSON\\\"\",\"offset\":17}}\n"));
    buf_reset(&out, 4096);
    answer_refusal(&out, REFUSAL_BROKEN_ENCODING, &err);
    assert_null(memmem(out.ptr, out.len, "offset", 6));
}

static void faults_are_listed_and_the_rest_counted(void **state)
{
    struct faults faults = {.count = 1,
                            .more = 3,
                            .list = {{.code = FAULT_WRONG_TYPE,
                                      .path = STR("/properties/a\"b"),
                                      .expected = STR("integer"),
                                      .message = STR("`a` is to be an integer")}}};
    AUTO_BUF out;

    buf_init(&out, 4096);
    answer_faults(&out, &faults);
    assert_true(str_is(buf_as_str(&out),
                       ",\"errors\":[{\"code\":\"wrong_type\",\"path\":\"/properties/a\\\"b\","
                       "\"expected\":\"integer\",\"message\":\"`a` is to be an integer\"}],"
                       "\"more_errors\":3"));
}

static void the_status_follows_from_the_verdicts(void **state)
{
    static const struct {
        size_t accepted, duplicate, quarantined, refused;
        int status;
    } cases[] = {{1, 0, 0, 0, 200}, {0, 1, 0, 0, 200}, {0, 0, 0, 0, 200}, {1, 0, 1, 0, 207},
                 {0, 1, 0, 1, 207}, {0, 0, 1, 0, 422}, {0, 0, 1, 1, 422}, {0, 0, 0, 2, 403}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer_sums sums = {.not_allowed = cases[i].refused};

        sums.by_verdict[VERDICT_ACCEPTED] = cases[i].accepted;
        sums.by_verdict[VERDICT_DUPLICATE] = cases[i].duplicate;
        sums.by_verdict[VERDICT_QUARANTINED] = cases[i].quarantined;
        sums.by_verdict[VERDICT_REFUSED] = cases[i].refused;
        assert_int_equal(answer_status(&sums), cases[i].status);
    }
}

static void events_stand_in_the_order_in_which_they_came(void **state)
{
    static const char wanted[] =
        "{\"received\":2,\"accepted\":0,\"duplicate\":1,\"quarantined\":0,\"refused\":1,\"events\":"
        "["
        "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"verdict\":\"refused\",\"errors\":[]},"
        "{\"id\":\"01000000-0000-0000-0000-000000000000\",\"verdict\":\"duplicate\",\"position\":7}"
        "]}\n";
    struct journal_record record = {.position = 7, .duplicate = true};
    struct round round = {.records = &record, .count = 1};
    struct event_result results[] = {
        {.verdict = VERDICT_REFUSED, .faults_len = 12},
        {.id = {{1}}, .verdict = VERDICT_DUPLICATE, .faults_at = 12},
    };
    struct request req = {.round = &round, .results = results, .result_count = 2};
    struct answer_sums sums = {.by_verdict = {0, 1, 0, 1}};

    buf_init(&req.answer, 4096);
    buf_init(&req.faults, 4096);
    buf_str(&req.faults, STR(",\"errors\":[]"));
    answer_events(&req, &sums);
    assert_true(str_is(buf_as_str(&req.answer), wanted));
    assert_int_equal(req.status, 207);
    buf_free(&req.answer);
    buf_free(&req.faults);
}

static struct sources *two_sources(void)
{
    static char *origins[] = {"https://www.example.org", "https://shop.example.org:8443"};
    static struct settings_source list[] = {
        {.name = "backend",
         .kind = SOURCE_SERVER,
         .key = "0123456789abcdef-backend",
         .strict = true},
        {.name = "website",
         .kind = SOURCE_BROWSER,
         .key = "0123456789abcdef-website",
         .origins = {origins, 2},
         .strict = true},
    };
    struct settings settings = {.sources = list, .source_count = 2};
    struct sources *all = NULL;
    struct err err = {0};

    assert_int_equal(sources_new(&all, &settings, &err), 0);
    return all;
}

static void only_listed_origins_are_named(void **state)
{
    static const struct {
        const char *origin;
        enum refusal why;
    } cases[] = {
        {"https://www.example.org", REFUSAL_NONE},
        {"https://shop.example.org:8443", REFUSAL_NONE},
        {"https://shop.example.org", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"http://www.example.org", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"https://www.example.org.evil.test", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"https://xwww.example.org", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"https://www.example.org/", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"HTTPS://www.example.org", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"null", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"*", REFUSAL_ORIGIN_NOT_ALLOWED},
        {"", REFUSAL_ORIGIN_NOT_ALLOWED},
        {NULL, REFUSAL_MISSING_ORIGIN},
    };
    struct sources *all = two_sources();
    struct source *backend = sources_at(all, 0), *website = sources_at(all, 1);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str origin = str_from(cases[i].origin);
        bool allowed = cases[i].why == REFUSAL_NONE;

        assert_int_equal(cors_check(website, origin), cases[i].why);
        assert_int_equal(cors_check(backend, origin), REFUSAL_NONE);
        assert_int_equal(cors_answer_origin(website, origin).ptr != NULL, allowed);
        assert_null(cors_answer_origin(backend, origin).ptr);
        assert_int_equal(cors_preflight(all, STR_NONE, origin), allowed);
        assert_int_equal(cors_preflight(all, STR("0123456789abcdef-website"), origin), allowed);
        assert_false(cors_preflight(all, STR("0123456789abcdef-backend"), origin));
        assert_false(cors_preflight(all, STR("0123456789abcdef-nobody"), origin));
    }
    sources_free(all);
}

static void a_page_of_a_listed_origin_may_ask_that_origin_without_naming_it(void **state)
{
    struct sources *all = two_sources();
    const struct source *website = sources_at(all, 1);
    char host[600];

    assert_true(cors_is_own_page(website, STR("same-origin"), STR("www.example.org")));
    assert_true(cors_is_own_page(website, STR("same-origin"), STR("shop.example.org:8443")));
    assert_false(cors_is_own_page(website, STR("same-origin"), STR("shop.example.org")));
    assert_false(cors_is_own_page(website, STR("same-site"), STR("www.example.org")));
    assert_false(cors_is_own_page(website, STR("none"), STR("www.example.org")));
    assert_false(cors_is_own_page(website, STR_NONE, STR("www.example.org")));
    assert_false(cors_is_own_page(website, STR("same-origin"), STR_NONE));
    memset(host, 'a', sizeof host);
    assert_false(cors_is_own_page(website, STR("same-origin"), str_of(host, sizeof host)));
    assert_false(cors_is_own_page(website, STR("same-origin"), str_of(host, 503)));
    sources_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_a_status_a_code_and_advice),
        cmocka_unit_test(only_broken_json_has_an_offset),
        cmocka_unit_test(faults_are_listed_and_the_rest_counted),
        cmocka_unit_test(the_status_follows_from_the_verdicts),
        cmocka_unit_test(events_stand_in_the_order_in_which_they_came),
        cmocka_unit_test(only_listed_origins_are_named),
        cmocka_unit_test(a_page_of_a_listed_origin_may_ask_that_origin_without_naming_it),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
