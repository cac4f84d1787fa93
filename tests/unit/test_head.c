/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a request's header, and what is wrong with it. */
#include "unit.h"

#include "base/mem.h"
#include "collector/head.h"

static void add(struct head *h, const char *name, const char *value)
{
    head_add(h, str_from(name), str_from(value));
}

static void expect_length(const char *value, enum refusal why, int64_t length)
{
    struct head h = {0};
    int64_t got = -7;

    add(&h, "Content-Length", value);
    assert_int_equal(head_check(&h, &got), why);
    if (why == REFUSAL_NONE)
        assert_int_equal(got, length);
}

static void a_length_is_plain_digits(void **state)
{
    expect_length("0", REFUSAL_NONE, 0);
    expect_length("400", REFUSAL_NONE, 400);
    expect_length(" 400 ", REFUSAL_NONE, 400);
    expect_length("+1", REFUSAL_BAD_REQUEST, 0);
    expect_length("-1", REFUSAL_BAD_REQUEST, 0);
    expect_length("1_0", REFUSAL_BAD_REQUEST, 0);
    expect_length("0x10", REFUSAL_BAD_REQUEST, 0);
    expect_length("1 0", REFUSAL_BAD_REQUEST, 0);
    expect_length("1,1", REFUSAL_BAD_REQUEST, 0);
    expect_length("", REFUSAL_BAD_REQUEST, 0);
    expect_length("9223372036854775807", REFUSAL_NONE, INT64_MAX);
    expect_length("9223372036854775808", REFUSAL_BODY_TOO_LARGE, 0);
    expect_length("99999999999999999999999", REFUSAL_BODY_TOO_LARGE, 0);
}

static void a_body_without_a_length_comes_in_chunks(void **state)
{
    struct head h = {0}, none = {0};
    int64_t length = 0;

    add(&h, "Transfer-Encoding", "Chunked");
    assert_int_equal(head_check(&h, &length), REFUSAL_NONE);
    assert_int_equal(length, -1);
    assert_int_equal(head_check(&none, &length), REFUSAL_NONE);
    assert_int_equal(length, 0);
}

static void two_lengths_are_refused(void **state)
{
    static const struct {
        const char *first, *second, *value;
    } cases[] = {
        {"Content-Length", "Transfer-Encoding", "chunked"},
        {"Transfer-Encoding", "Content-Length", "5"},
        {"Content-Length", "content-length", "5"},
        {"Transfer-Encoding", "Transfer-Encoding", "chunked"},
    };
    int64_t length;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct head h = {0};

        add(&h, cases[i].first, cases[i].first[0] == 'T' ? "chunked" : "5");
        add(&h, cases[i].second, cases[i].value);
        assert_int_equal(head_check(&h, &length), REFUSAL_BAD_REQUEST);
    }
}

static void other_transfer_codings_are_refused(void **state)
{
    static const char *const values[] = {"gzip, chunked", "identity", "chunked, chunked",
                                         "xchunked", ""};
    int64_t length;

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct head h = {0};

        add(&h, "Transfer-Encoding", values[i]);
        assert_int_equal(head_check(&h, &length), REFUSAL_BAD_REQUEST);
    }
}

static void names_with_blanks_and_values_with_controls_are_refused(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {{"Content-Length ", "5"}, {"X Y", "1"},     {"", "1"},
                 {"X\x0b", "1"},           {"X-A", "a\x01"}, {"X-A", "a\x7f"}};
    int64_t length;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct head h = {0};

        add(&h, cases[i].name, cases[i].value);
        assert_int_equal(head_check(&h, &length), REFUSAL_BAD_REQUEST);
    }
}

static void limits_are_exact(void **state)
{
    static char line[HEAD_LINE_MAX + 1];
    struct head h = {0}, wide = {0}, long_one = {0};
    int64_t length;

    for (int i = 0; i < HEAD_FIELDS_MAX; i++)
        add(&h, "X-Field", "1");
    assert_int_equal(head_check(&h, &length), REFUSAL_NONE);
    add(&h, "X-Field", "1");
    assert_int_equal(head_check(&h, &length), REFUSAL_HEADER_TOO_LARGE);

    memset(line, 'a', sizeof line);
    head_add(&wide, STR("X"), str_of(line, HEAD_LINE_MAX - 1));
    head_add(&wide, STR("Y"), str_of(line, HEAD_LINE_MAX - 1));
    assert_int_equal(head_check(&wide, &length), REFUSAL_NONE);
    add(&wide, "Z", "");
    assert_int_equal(head_check(&wide, &length), REFUSAL_HEADER_TOO_LARGE);

    head_add(&long_one, STR("X"), str_of(line, HEAD_LINE_MAX));
    assert_int_equal(head_check(&long_one, &length), REFUSAL_HEADER_TOO_LARGE);
}

static void keys_come_from_the_header_before_the_query(void **state)
{
    static const struct {
        const char *authorization, *key, *wanted;
    } cases[] = {{"Bearer abc", NULL, "abc"}, {"bearer  abc", NULL, "abc"}, {NULL, "q", "q"},
                 {"Bearer abc", "q", "abc"},  {"Basic abc", "q", NULL},     {NULL, NULL, NULL}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct head h = {.key = str_from(cases[i].key)};
        struct str key;

        if (cases[i].authorization)
            add(&h, "Authorization", cases[i].authorization);
        key = head_key(&h);
        assert_int_equal(key.ptr == NULL, cases[i].wanted == NULL);
        if (cases[i].wanted)
            assert_true(str_is(key, cases[i].wanted));
    }
}

static void media_types_lose_their_parameters(void **state)
{
    struct head h = {0}, none = {0};

    add(&h, "Content-Type", "application/json ; charset=utf-8");
    assert_true(str_is(head_media_type(&h), "application/json"));
    assert_int_equal(head_media_type(&none).len, 0);
}

static void do_not_track_is_either_header(void **state)
{
    static const struct {
        const char *name, *value;
        bool wanted;
    } cases[] = {{"DNT", "1", true},     {"DNT", "0", false},    {"Sec-GPC", "1", true},
                 {"sec-gpc", "1", true}, {"DNT", "null", false}, {"X-DNT", "1", false}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct head h = {0};

        add(&h, cases[i].name, cases[i].value);
        assert_int_equal(h.do_not_track, cases[i].wanted);
    }
}

static void host_is_needed_where_the_version_says_so(void **state)
{
    struct head h = {.needs_host = true}, old = {0};
    int64_t length;

    assert_int_equal(head_check(&h, &length), REFUSAL_BAD_REQUEST);
    assert_int_equal(head_check(&old, &length), REFUSAL_NONE);
    add(&h, "Host", "a");
    assert_int_equal(head_check(&h, &length), REFUSAL_NONE);
    add(&h, "host", "a");
    assert_int_equal(head_check(&h, &length), REFUSAL_BAD_REQUEST);
}

static void only_the_last_forwarded_fields_are_kept(void **state)
{
    static const char *const hops[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    struct head h = {0};

    for (size_t i = 0; i < ARRAY_LEN(hops); i++)
        add(&h, "X-Forwarded-For", hops[i]);
    assert_int_equal(h.forwarded_count, HEAD_FORWARDED_MAX);
    assert_true(str_is(h.forwarded[0], "2"));
    assert_true(str_is(h.forwarded[HEAD_FORWARDED_MAX - 1], "9"));
    assert_true(h.was_forwarded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_is_plain_digits),
        cmocka_unit_test(a_body_without_a_length_comes_in_chunks),
        cmocka_unit_test(two_lengths_are_refused),
        cmocka_unit_test(other_transfer_codings_are_refused),
        cmocka_unit_test(names_with_blanks_and_values_with_controls_are_refused),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(keys_come_from_the_header_before_the_query),
        cmocka_unit_test(media_types_lose_their_parameters),
        cmocka_unit_test(do_not_track_is_either_header),
        cmocka_unit_test(host_is_needed_where_the_version_says_so),
        cmocka_unit_test(only_the_last_forwarded_fields_are_kept),
    };

    return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
