/* SPDX-License-Identifier: Apache-2.0 */
/* test_content_query.c: what a page may say of the flow that it asks for. */
#include "unit.h"

#include "base/mem.h"
#include "wire/content_query.h"

static int add(struct content_query *q, const char *name, struct str value)
{
    struct err err = {0};
    int result = content_query_add(q, str_from(name), value, &err);

    assert_int_equal(result < 0, err.code == ERR_USAGE);
    if (result < 0 && value.len > 3) /* no value is repeated */
        assert_null(memmem(err.text, strlen(err.text), value.ptr, value.len));
    return result;
}

static void each_parameter_has_the_rule_of_its_field(void **state)
{
    static const struct {
        const char *name, *value;
        bool good;
    } cases[] = {
        {"context", "fx_desktop-v3", true},
        {"context", "Fx", false},
        {"entrypoint", "fxa:signup.b-1", true},
        {"entrypoint", "a/b", false},
        {"form_type", "email", true},
        {"form_type", "subscribe", true},
        {"form_type", "emails", false},
        {"service", "content-server", true},
        {"service", "0123456789abcdef", true},
        {"service", "0123456789ABCDEF", false},
        {"utm_campaign", "page+referral+-+not+part+of+a+campaign", true},
        {"utm_campaign", "page referral - not part of a campaign", true},
        {"utm_content", "page+referral+-+not+part+of+a+campaign", false},
        {"utm_content", "a/b%20-.", true},
        {"utm_medium", "a b", false},
        {"utm_source", "none", true},
        {"utm_term", "", true},
        {"utm_", "a", false},
        {"Context", "a", false},
        {"", "", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct content_query q = {0};

        if ((add(&q, cases[i].name, str_from(cases[i].value)) == 0) != cases[i].good)
            fail_msg("%s=%s", cases[i].name, cases[i].value);
    }
}

static void values_have_lengths_and_stand_once(void **state)
{
    struct content_query q = {0};
    char text[1025];

    memset(text, 'a', sizeof text);
    assert_int_equal(add(&q, "utm_term", str_of(text, 129)), -1);
    assert_int_equal(add(&q, "utm_term", str_of(text, 128)), -1); /* said before */
    assert_int_equal(add(&q, "utm_source", str_of(text, 128)), 0);
    assert_int_equal(add(&q, "context", str_of(text, 1024)), 0);
    assert_int_equal(add(&q, "context", STR("")), -1);
    assert_int_equal(add(&q, "entrypoint", str_of(text, 1025)), -1);
}

static void attributes_go_into_the_event(void **state)
{
    struct content_query q = {0};
    struct event ev = {0};
    char text[150];

    memset(text, 'a', sizeof text);
    add(&q, "service", STR("none"));
    add(&q, "context", str_of(text, 150));
    add(&q, "entrypoint", STR("menu"));
    add(&q, "utm_source", str_of(text, 128));
    add(&q, "utm_medium", STR("firefox/sync"));
    add(&q, "utm_term", STR("none"));
    content_query_fill(&q, false, &ev);
    assert_true(ev.if_declared);
    assert_int_equal(ev.property_count, 2);
    assert_true(str_is(ev.properties[0].name, "context"));
    assert_int_equal(ev.properties[0].value.text.len, 100);
    assert_true(str_is(ev.properties[1].name, "entrypoint"));
    assert_true(str_is(ev.properties[1].value.text, "menu"));
    assert_int_equal(ev.context[EVENT_UTM_SOURCE].len, 100);
    assert_null(ev.context[EVENT_UTM_MEDIUM].ptr); /* of characters that no campaign is kept with */
    assert_null(ev.context[EVENT_UTM_TERM].ptr);
    assert_null(content_query_view(&q).ptr);
    add(&q, "form_type", STR("email"));
    assert_true(str_is(content_query_view(&q), "enter-email"));
    memset(&ev, 0, sizeof ev);
    content_query_fill(&q, true, &ev);
    assert_null(ev.context[EVENT_UTM_SOURCE].ptr);
    assert_int_equal(ev.property_count, 2);
}

static void a_language_is_the_first_that_is_asked_for(void **state)
{
    assert_true(str_is(content_query_language(STR("pt-BR,pt;q=0.9, en;q=0.8")), "pt-BR"));
    assert_true(str_is(content_query_language(STR(" de ;q=1")), "de"));
    assert_null(content_query_language(STR_NONE).ptr);
    assert_null(content_query_language(STR("*")).ptr);
    assert_null(content_query_language(STR("-de")).ptr);
    assert_null(content_query_language(STR("de_DE")).ptr);
    assert_null(content_query_language(STR("abcdefgh-abcdefgh-abcdefgh-abcdefgh-a")).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_parameter_has_the_rule_of_its_field),
        cmocka_unit_test(values_have_lengths_and_stand_once),
        cmocka_unit_test(attributes_go_into_the_event),
        cmocka_unit_test(a_language_is_the_first_that_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
