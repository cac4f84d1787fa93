/* SPDX-License-Identifier: Apache-2.0 */
/* What a trigger makes of its values, by the functions that applications test with. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "recorded.h"
#include "unit.h"

static struct weir_client *make(size_t queue_bytes)
{
    static const char *const agents[] = {"probe/1", NULL}, *const paths[] = {"/api/", NULL};
    struct weir_options options = {.test = true,
                                   .environment = "staging",
                                   .queue_bytes = queue_bytes,
                                   .excluded_user_agents = agents,
                                   .api_paths = paths};

    return weir_client_new(&options);
}

static int begin(void **state)
{
    client = make(0);
    return client ? 0 : -1;
}

static uint64_t cut(void)
{
    struct weir_stats stats;

    weir_client_stats(client, &stats);
    return stats.cut;
}

static uint64_t dropped(void)
{
    struct weir_stats stats;

    weir_client_stats(client, &stats);
    return stats.dropped;
}

static void values_of_each_kind_become_json(void **state)
{
    static const char *const texts[] = {"a", "b\"c", NULL};
    static const int64_t ints[] = {1, -2};
    static const double numbers[] = {0.5, 1e300};

    assert_true(weir_trigger(
        client, "reticulated_splines", WEIR_TEXT("text", "bar"), WEIR_TEXT("none", NULL),
        WEIR_INT("int", INT64_MIN), WEIR_NUMBER("number", 0.1), WEIR_NUMBER("nan", (double)NAN),
        WEIR_BOOL("yes", true), WEIR_NULL("null"), WEIR_TIME("time", 1700000000123456),
        WEIR_TEXTS("texts", texts, 3), WEIR_INTS("ints", ints, 2),
        WEIR_NUMBERS("numbers", numbers, 2), WEIR_TEXTS("empty", NULL, 5), WEIR_END));
    assert_string_equal(get(0, "name"), "reticulated_splines");
    assert_non_null(
        strstr(weir_test_json(client, 0),
               "\"properties\":{\"text\":\"bar\",\"none\":null,\"int\":-9223372036854775808,"
               "\"number\":0.1,"
               "\"nan\":null,\"yes\":true,\"null\":null,\"time\":\"2023-11-14T22:13:20.123456Z\","
               "\"texts\":[\"a\",\"b\\\"c\",\"\"],\"ints\":[1,-2],\"numbers\":[0.5,1e+300],"
               "\"empty\":[]}"));
    assert_string_equal(get(0, "context.environment"), "staging");
    assert_int_equal(cut(), 0);
}

static void an_event_has_an_id_and_the_time_of_its_trigger(void **state)
{
    weir_trigger(client, "a", WEIR_END);
    weir_trigger(client, "a", WEIR_END);
    assert_int_equal(strlen(get(0, "id")), 36);
    assert_int_equal(get(0, "id")[14], '7');
    assert_string_not_equal(get(0, "id"), get(1, "id"));
    assert_int_equal(strlen(get(0, "time")), 27);
    assert_true(strcmp(get(0, "time"), get(1, "time")) <= 0);
    assert_string_equal(get(0, "sent_at"), "(absent)");
}

static void the_event_itself_can_be_said(void **state)
{
    weir_trigger(client, "a", WEIR_ACTOR("u-1"), WEIR_SESSION("s"), WEIR_DEVICE("d"),
                 WEIR_REQUEST_ID("r"), WEIR_ID("0190a5f0-7a6b-7c3d-8e2f-102030405060"),
                 WEIR_OCCURRED_AT(-1), WEIR_CONTEXT("locale", "en-GB"), WEIR_STATUS(204),
                 WEIR_FLOW_TOKEN("t"), WEIR_FLOW_CLEAR, WEIR_END);
    assert_string_equal(
        weir_test_json(client, 0),
        "{\"id\":\"0190a5f0-7a6b-7c3d-8e2f-102030405060\",\"name\":\"a\","
        "\"time\":\"1969-12-31T23:59:59.999999Z\",\"actor\":\"u-1\",\"session\":\"s\",\"device\":"
        "\"d\","
        "\"request_id\":\"r\",\"flow\":{\"token\":\"t\",\"clear\":true},"
        "\"context\":{\"locale\":\"en-GB\",\"status\":204,\"environment\":\"staging\"}}");
}

static void blank_identities_and_wrong_ids_and_statuses_are_left_out(void **state)
{
    weir_trigger(client, "a", WEIR_ACTOR(" "), WEIR_SESSION(NULL), WEIR_ID("no uuid"),
                 WEIR_STATUS(99), WEIR_END);
    assert_string_equal(get(0, "actor"), "(absent)");
    assert_string_equal(get(0, "session"), "(absent)");
    assert_int_equal(strlen(get(0, "id")), 36);
    assert_string_equal(get(0, "context.status"), "(absent)");
    assert_int_equal(cut(), 2);
}

static void of_one_key_the_last_value_counts(void **state)
{
    weir_trigger(client, "a", WEIR_TEXT("foo", "1"), WEIR_INT("bar", 2), WEIR_TEXT("foo", "3"),
                 WEIR_END);
    assert_non_null(strstr(weir_test_json(client, 0), "\"properties\":{\"bar\":2,\"foo\":\"3\"}"));
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    weir_trigger(client, "a", WEIR_TEXT("foo", "hello \xbf\xef hello"),
                 WEIR_TEXT("cut", "\xe2\x82"), WEIR_TEXT("surrogate", "\xed\xa0\x80"),
                 WEIR_TEXT("good", "\xf0\x9f\x8c\x8a\xc3\xa9"), WEIR_TEXT("k\xff", "x"), WEIR_END);
    assert_string_equal(get(0, "properties.foo"), "hello \xef\xbf\xbd\xef\xbf\xbd hello");
    assert_string_equal(get(0, "properties.cut"), "\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(get(0, "properties.surrogate"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(get(0, "properties.good"), "\xf0\x9f\x8c\x8a\xc3\xa9");
    assert_int_equal(cut(), 1); /* the key */
}

static void control_characters_and_quotes_are_escaped(void **state)
{
    weir_trigger(client, "a", WEIR_TEXT("foo", "\"\\\n\r\t\x01</script>"), WEIR_END);
    assert_non_null(strstr(weir_test_json(client, 0), "\"\\\"\\\\\\n\\r\\t\\u0001</script>\""));
    assert_string_equal(get(0, "properties.foo"), "\"\\\n\r\t\x01</script>");
}

static void numbers_have_a_point_in_any_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    bool changed = false;

    for (size_t i = 0; i < 3 && !changed; i++)
        changed = setlocale(LC_NUMERIC, names[i]);
    weir_trigger(client, "a", WEIR_NUMBER("n", 3.25), WEIR_NUMBER("m", -1.5e-9), WEIR_END);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(get(0, "properties.n"), "3.25");
    assert_string_equal(get(0, "properties.m"), "-1.5e-09");
}

static void long_text_is_cut_at_a_character_and_counted(void **state)
{
    static char text[40002];

    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[40001] = '\0';
    weir_trigger(client, "a", WEIR_TEXT("foo", text + 1), WEIR_CONTEXT("title", text), WEIR_END);
    /* The first byte of text + 1 is no character, so what follows is odd: one byte less fits. */
    assert_int_equal(strlen(get(0, "context.title")), 8192);
    assert_in_range(strlen(get(0, "properties.foo")), 32766, 32768);
    assert_true(cut() >= 2);
}

static void too_much_of_everything_is_bounded(void **state)
{
    static char text[33000], name[130], key[300];
    struct weir_event *event = weir_event_new(client, "many");
    char small[16];

    memset(text, 'x', sizeof text - 1);
    memset(name, 'n', sizeof name - 1);
    memset(key, 'k', sizeof key - 1);
    assert_false(weir_trigger(client, name, WEIR_END));
    assert_false(weir_trigger(client, "", WEIR_END));
    assert_false(weir_trigger(client, NULL, WEIR_END));
    assert_int_equal(dropped(), 3);
    assert_false(weir_trigger(client, "large", WEIR_TEXT("a", text), WEIR_TEXT("b", text),
                              WEIR_TEXT("c", text), WEIR_END));
    assert_int_equal(dropped(), 4);
    assert_true(weir_trigger(client, "key", WEIR_TEXT(key, "x"), WEIR_TEXT(NULL, "x"), WEIR_END));
    assert_string_equal(get(0, "properties"), "(absent)");
    for (int i = 0; i < 300; i++) {
        snprintf(small, sizeof small, "p%d", i);
        weir_event_add(event, WEIR_INT(small, i));
    }
    assert_true(weir_event_send(event));
    assert_string_equal(get(1, "properties.p255"), "255");
    assert_string_equal(get(1, "properties.p256"), "(absent)");
}

static void control_characters_that_swell_past_the_limit_drop_the_event(void **state)
{
    static char text[32001];

    memset(text, 1, sizeof text - 1);
    assert_false(weir_trigger(client, "a", WEIR_TEXT("a", text), WEIR_END));
    assert_int_equal(dropped(), 1);
    assert_int_equal(weir_test_count(client, NULL), 0);
    assert_true(weir_trigger(client, "a", WEIR_TEXT("a", "fits"), WEIR_END));
    assert_string_equal(get(0, "properties.a"), "fits");
}

static void arrays_share_a_bound(void **state)
{
    static int64_t ints[300];
    static const char *texts[300];

    for (size_t i = 0; i < 300; i++)
        texts[i] = "t";
    weir_trigger(client, "a", WEIR_TEXTS("first", texts, 200), WEIR_INTS("second", ints, 300),
                 WEIR_TEXTS("third", texts, 300), WEIR_END);
    assert_int_equal(strlen(get(0, "properties.first")), 2 + 200 * 4 - 1);
    assert_int_equal(strlen(get(0, "properties.second")), 2 + 56 * 2 - 1);
    assert_string_equal(get(0, "properties.third"), "[]");
    assert_int_equal(cut(), 2);
}

static void a_builder_collects_and_is_freed_by_sending(void **state)
{
    struct weir_event *event = weir_event_new(client, "built");

    weir_event_add(event, WEIR_TEXT("foo", "1"));
    weir_event_add(event, WEIR_ACTOR("u"));
    weir_event_add(event, WEIR_TEXT("foo", "2"));
    assert_true(weir_event_send(event));
    assert_string_equal(get(0, "properties.foo"), "2");
    assert_string_equal(get(0, "actor"), "u");
    event = weir_event_new(client, NULL);
    assert_false(weir_event_send(event));
    weir_event_free(weir_event_new(client, "never sent"));
    assert_int_equal(weir_test_count(client, NULL), 1);
}

static void nothing_crashes_on_null(void **state)
{
    struct weir_stats stats;

    assert_false(weir_trigger(NULL, "a", WEIR_TEXT("a", "b"), WEIR_END));
    assert_false(weir_trigger_values(client, NULL, NULL));
    assert_true(weir_trigger_values(client, "a", NULL));
    assert_null(weir_event_new(NULL, "a"));
    weir_event_add(NULL, WEIR_INT("a", 1));
    assert_false(weir_event_send(NULL));
    weir_event_free(NULL);
    assert_null(weir_request_begin(NULL, NULL));
    weir_request_set(NULL, WEIR_STATUS(200));
    assert_false(weir_request_trigger(NULL, "a", WEIR_END));
    assert_false(weir_page_visited(NULL));
    assert_false(weir_api_queried(NULL));
    weir_request_end(NULL);
    assert_int_equal(weir_flush(NULL, 10), 0);
    weir_client_stats(NULL, &stats);
    assert_int_equal(stats.triggered, 0);
    weir_client_stats(client, NULL);
    assert_null(weir_test_json(NULL, 0));
    assert_null(weir_test_json(client, 99));
    assert_null(weir_test_get(client, 0, NULL));
    assert_null(weir_test_get(client, 0, "properties.absent.deeper"));
    weir_test_clear(NULL);
    weir_client_free(NULL, 10);
}

static void test_mode_counts_by_name_and_clears(void **state)
{
    weir_trigger(client, "a", WEIR_END);
    weir_trigger(client, "b", WEIR_TEXT("x.y", "pointed"), WEIR_END);
    weir_trigger(client, "a", WEIR_END);
    assert_int_equal(weir_test_count(client, "a"), 2);
    assert_int_equal(weir_test_count(client, "b"), 1);
    assert_int_equal(weir_test_count(client, NULL), 3);
    assert_string_equal(get(1, "properties.x.y"), "pointed");
    weir_test_clear(client);
    assert_int_equal(weir_test_count(client, NULL), 0);
    assert_int_equal(weir_flush(client, 0), 0);
}

static void test_mode_is_bounded(void **state)
{
    static char text[30001];
    struct weir_client *small = make(1);
    struct weir_stats stats;
    int kept = 0;

    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 20; i++)
        kept += weir_trigger(small, "a", WEIR_TEXT("a", text), WEIR_END);
    weir_client_stats(small, &stats);
    assert_int_equal(kept, 256 * 1024 / 30150);
    assert_int_equal(stats.dropped, 20 - kept);
    weir_client_free(small, 0);
}

static void a_disabled_client_does_nothing(void **state)
{
    struct weir_options options = {.disabled = true};
    struct weir_client *off = weir_client_new(&options);
    struct weir_stats stats;

    assert_non_null(off);
    assert_false(weir_trigger(off, "a", WEIR_END));
    weir_client_stats(off, &stats);
    assert_int_equal(stats.triggered, 0);
    assert_int_equal(weir_flush(off, 0), 0);
    weir_client_free(off, 0);
}

static void a_key_that_ends_its_line_makes_no_client(void **state)
{
    struct weir_options options = {.key = "secret\r\nX-Other: 1"};

    assert_null(weir_client_new(&options));
    options.key = NULL;
    options.url = "http://127.0.0.1:1/\n";
    assert_null(weir_client_new(&options));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_of_each_kind_become_json),
        TEST(an_event_has_an_id_and_the_time_of_its_trigger),
        TEST(the_event_itself_can_be_said),
        TEST(blank_identities_and_wrong_ids_and_statuses_are_left_out),
        TEST(of_one_key_the_last_value_counts),
        TEST(bytes_that_are_no_utf8_are_replaced),
        TEST(control_characters_and_quotes_are_escaped),
        TEST(numbers_have_a_point_in_any_locale),
        TEST(long_text_is_cut_at_a_character_and_counted),
        TEST(too_much_of_everything_is_bounded),
        TEST(control_characters_that_swell_past_the_limit_drop_the_event),
        TEST(arrays_share_a_bound),
        TEST(a_builder_collects_and_is_freed_by_sending),
        TEST(nothing_crashes_on_null),
        TEST(test_mode_counts_by_name_and_clears),
        TEST(test_mode_is_bounded),
        TEST(a_disabled_client_does_nothing),
        TEST(a_key_that_ends_its_line_makes_no_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
