/* SPDX-License-Identifier: Apache-2.0 */
/* Text, buffers, arenas, times, identifiers and checksums of src/base. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/crc32c.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

static void split_gives_each_part_and_then_none(void **state)
{
    struct str rest = STR("a,,b");

    assert_true(str_is(str_split(&rest, ','), "a"));
    assert_true(str_is(str_split(&rest, ','), ""));
    assert_non_null(rest.ptr);
    assert_true(str_is(str_split(&rest, ','), "b"));
    assert_null(rest.ptr);
}

static void numbers_are_exact_or_refused(void **state)
{
    uint64_t u;
    int64_t i;

    assert_int_equal(str_to_u64(STR("18446744073709551615"), &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), -1);
    assert_int_equal(str_to_i64(STR("-9223372036854775808"), &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(str_to_i64(STR("9223372036854775808"), &i), -1);
    assert_int_equal(str_to_i64(STR("+1"), &i), -1);
    assert_int_equal(str_to_i64(STR(""), &i), -1);
    assert_int_equal(str_to_i64(STR("-"), &i), -1);
}

static void utf8_refuses_what_unicode_forbids(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"plain ascii, longer than eight", true},
        {"h\xc3\xa9", true},
        {"\xe2\x82\xac", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xc0\x80", false}, /* overlong NUL */
        {"\xe0\x9f\xbf", false}, /* overlong */
        {"\xed\xa0\x80", false}, /* surrogate */
        {"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\xff", false},
        {"\x80", false},
        {"\xe2\x82", false},
        {"abcdefgh\xc3", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(str_is_utf8(str_from(cases[i].text)), cases[i].good);
}

static void hash_without_case_folds_only_letters(void **state)
{
    assert_true(str_hash_nocase(STR("Flow.Begin-Again")) ==
                str_hash_nocase(STR("flow.bEGIN-aGAIN")));
    assert_true(str_hash_nocase(STR("a[")) != str_hash_nocase(STR("a{")));
    assert_true(str_hash_nocase(STR("\xc1")) != str_hash_nocase(STR("\xe1")));
    assert_true(str_hash(STR("a")) != str_hash(STR("A")));
}

static void buf_stops_at_its_maximum(void **state)
{
    AUTO_BUF b;

    buf_init(&b, 10);
    buf_str(&b, STR("12345"));
    buf_str(&b, STR("678901"));
    assert_true(buf_failed(&b));
    assert_int_equal(b.len, 5);
    buf_reset(&b, 0);
    buf_str(&b, STR("1234567890"));
    assert_false(buf_failed(&b));
}

static void json_text_is_escaped(void **state)
{
    AUTO_BUF b;

    buf_init(&b, 1000);
    buf_json(&b, STR("a\"\\\n\x01é"));
    assert_true(str_is(buf_as_str(&b), "\"a\\\"\\\\\\n\\u0001é\""));
    buf_reset(&b, 1000);
    buf_json(&b, str_of("x\xffy", 3));
    assert_true(str_is(buf_as_str(&b), "\"x\\ufffdy\""));
    buf_reset(&b, 1000);
    buf_i64(&b, INT64_MIN);
    assert_true(str_is(buf_as_str(&b), "-9223372036854775808"));
}

static void arena_gives_null_past_its_ceiling(void **state)
{
    struct arena *a = arena_new(1024, 64 * 1024);

    assert_non_null(arena_alloc(a, 40000));
    assert_null(arena_alloc(a, 40000));
    assert_null(arena_alloc(a, SIZE_MAX));
    arena_reset(a);
    assert_non_null(arena_alloc(a, 40000));
    arena_free(a);
}

static void datetime_reads_rfc_3339(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2017-02-22T10:11:12.345678Z", INT64_C(1487758272345678)},
        {"2017-02-22t10:11:12.3456789z", INT64_C(1487758272345678)},
        {"2017-02-22 11:41:12+01:30", INT64_C(1487758272000000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228799999999)},
        {"1969-12-31T23:59:59Z", -1000000},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
    };
    static const char *const bad[] = {"",
                                      "2017-02-22",
                                      "2017-02-22T10:11:12",
                                      "2017-02-29T10:11:12Z",
                                      "2017-13-01T10:11:12Z",
                                      "2017-02-22T24:00:00Z",
                                      "2017-02-22T10:11:12.Z",
                                      "2017-02-22T10:11:12+1:00",
                                      "2017-02-22T10:11:12Zx",
                                      "0000-01-01T00:00:00Z"};
    int64_t us;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(datetime_parse(str_from(good[i].text), &us), 0);
        assert_true(us == good[i].us);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(datetime_parse(str_from(bad[i]), &us), -1);
}

static void datetime_writes_what_it_read(void **state)
{
    char text[DATETIME_SIZE];

    assert_int_equal(datetime_format(text, INT64_C(1487758272345678), DATETIME_MICROSECONDS),
                     DATETIME_LEN_US);
    assert_string_equal(text, "2017-02-22T10:11:12.345678Z");
    datetime_format(text, -1, DATETIME_MILLISECONDS);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    for (int64_t day = -719162; day < 2932896; day += 373) {
        char date[11];
        int64_t back;

        datetime_format_date(date, day * DATETIME_DAY_US);
        assert_int_equal(datetime_parse_date(str_from(date), &back), 0);
        assert_true(back == day * DATETIME_DAY_US);
    }
}

static void durations_have_units(void **state)
{
    int64_t us;

    assert_int_equal(datetime_parse_duration(STR("14d"), &us), 0);
    assert_true(us == 14 * DATETIME_DAY_US);
    assert_int_equal(datetime_parse_duration(STR("250ms"), &us), 0);
    assert_true(us == 250000);
    assert_int_equal(datetime_parse_duration(STR("14"), &us), -1);
    assert_int_equal(datetime_parse_moment(STR("1970-01-02"), 5, &us), 0);
    assert_int_equal(us, DATETIME_DAY_US);
    assert_int_equal(datetime_parse_moment(STR("2d"), 3 * DATETIME_DAY_US, &us), 0);
    assert_int_equal(us, DATETIME_DAY_US);
    assert_int_equal(datetime_parse_moment(STR("soon"), 5, &us), -1);
    assert_int_equal(datetime_parse_duration(STR("d"), &us), -1);
    assert_int_equal(datetime_parse_duration(STR("99999999999999w"), &us), -1);
}

static void uuid_round_trips_and_v7_sorts_by_time(void **state)
{
    struct uuid a = uuid_v7(1000000), b = uuid_v7(2000000), back;
    char text[UUID_TEXT_LEN];

    assert_true(memcmp(&a, &b, sizeof a) < 0);
    uuid_format(text, &a);
    assert_int_equal(text[14], '7');
    assert_int_equal(uuid_parse(str_of(text, sizeof text), &back), 0);
    assert_memory_equal(&a, &back, sizeof a);
    assert_int_equal(uuid_parse(STR("not-a-uuid"), &back), -1);
    assert_int_equal(uuid_parse(STR("0195xfa0-0000-7000-8000-000000000000"), &back), -1);
}

static void crc32c_knows_the_rfc_vectors(void **state)
{
    unsigned char zeros[32] = {0}, ones[32];

    memset(ones, 0xFF, sizeof ones);
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
    assert_int_equal(crc32c(0, zeros, 32), 0x8A9136AA);
    assert_int_equal(crc32c(0, ones, 32), 0x62A8AB43);
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_gives_each_part_and_then_none),
        cmocka_unit_test(numbers_are_exact_or_refused),
        cmocka_unit_test(utf8_refuses_what_unicode_forbids),
        cmocka_unit_test(hash_without_case_folds_only_letters),
        cmocka_unit_test(buf_stops_at_its_maximum),
        cmocka_unit_test(json_text_is_escaped),
        cmocka_unit_test(arena_gives_null_past_its_ceiling),
        cmocka_unit_test(datetime_reads_rfc_3339),
        cmocka_unit_test(datetime_writes_what_it_read),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(uuid_round_trips_and_v7_sorts_by_time),
        cmocka_unit_test(crc32c_knows_the_rfc_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
