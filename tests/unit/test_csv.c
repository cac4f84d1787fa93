/* SPDX-License-Identifier: Apache-2.0 */
/* CSV lines, as COPY ... CSV reads them; and what is turned away. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "wire/csv.h"

enum { MAX = 4 };

static void expect(const char *line, size_t count, const char *const *fields)
{
    struct str got[MAX];
    size_t n = 0;
    AUTO_BUF scratch;

    buf_init(&scratch, 1 << 20);
    assert_int_equal(csv_split(str_from(line), &scratch, got, MAX, &n), CSV_FINE);
    assert_int_equal(n, count);
    for (size_t i = 0; i < count && i < MAX; i++) {
        assert_int_equal(got[i].len, strlen(fields[i]));
        assert_memory_equal(got[i].ptr, fields[i], got[i].len);
    }
}
#define EXPECT(line, ...)                                                                          \
    do {                                                                                           \
        static const char *const want[] = {__VA_ARGS__};                                           \
        expect(line, ARRAY_LEN(want), want);                                                       \
    } while (0)

static enum csv_status status_of(const char *line)
{
    struct str got[MAX];
    size_t n = 77;
    enum csv_status status;
    AUTO_BUF scratch;

    buf_init(&scratch, 1 << 20);
    status = csv_split(str_from(line), &scratch, got, MAX, &n);
    assert_true(status == CSV_FINE || n == 77);
    return status;
}

static void commas_part_fields(void **state)
{
    EXPECT("", "");
    EXPECT("a", "a");
    EXPECT(",", "", "");
    EXPECT("a,,c", "a", "", "c");
    EXPECT(" a , b", " a ", " b");
    EXPECT("a,b,", "a", "b", "");
    EXPECT("'a',\\,", "'a'", "\\", "");
}

static void quotes_hold_commas_and_doubled_quotes(void **state)
{
    EXPECT("\"a,b\",c", "a,b", "c");
    EXPECT("\"\"", "");
    EXPECT("\"\",\"\"", "", "");
    EXPECT("\"\"\"\"", "\"");
    EXPECT("\"say \"\"yes\"\"\",\"\"\"\"\"\",x", "say \"yes\"", "\"\"", "x");
    EXPECT("x,\"a\\\",b", "x", "a\\", "b");
}

static void a_quote_that_does_not_end_is_open(void **state)
{
    assert_int_equal(status_of("\""), CSV_OPEN_QUOTE);
    assert_int_equal(status_of("a,\"b"), CSV_OPEN_QUOTE);
    assert_int_equal(status_of("a,\"b\"\""), CSV_OPEN_QUOTE);
    assert_int_equal(status_of("a,\"b,c,d"), CSV_OPEN_QUOTE);
}

static void a_quote_within_or_text_behind_is_stray(void **state)
{
    assert_int_equal(status_of("a\"b"), CSV_STRAY_QUOTE);
    assert_int_equal(status_of("x, \"b\""), CSV_STRAY_QUOTE);
    assert_int_equal(status_of("\"a\"b"), CSV_STRAY_QUOTE);
    assert_int_equal(status_of("\"a\" ,b"), CSV_STRAY_QUOTE);
    assert_int_equal(status_of("\"a\"\"\"b"), CSV_STRAY_QUOTE);
}

static void fields_past_the_most_are_counted(void **state)
{
    struct str got[MAX + 1] = {[MAX] = STR("mine")};
    size_t n;
    AUTO_BUF scratch;

    buf_init(&scratch, 1024);
    assert_int_equal(csv_split(STR("1,2,3,4,\"\"\"5\",6,7"), &scratch, got, MAX, &n), CSV_FINE);
    assert_int_equal(n, 7);
    assert_true(str_is(got[3], "4"));
    assert_true(str_is(got[MAX], "mine"));
}

static void a_field_as_long_as_a_line_is_whole(void **state)
{
    enum { LEN = 65536 };
    char *line = xmalloc(LEN + 1);
    struct str got[MAX];
    size_t n;
    AUTO_BUF scratch;

    memset(line, '"', LEN);
    line[LEN] = '\0';
    buf_init(&scratch, LEN + 1);
    assert_int_equal(csv_split(str_of(line, LEN), &scratch, got, MAX, &n), CSV_FINE);
    assert_int_equal(n, 1);
    assert_int_equal(got[0].len, LEN / 2 - 1);
    assert_int_equal(csv_split(str_of(line, LEN - 1), &scratch, got, MAX, &n), CSV_OPEN_QUOTE);
    free_ptr(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_part_fields),
        cmocka_unit_test(quotes_hold_commas_and_doubled_quotes),
        cmocka_unit_test(a_quote_that_does_not_end_is_open),
        cmocka_unit_test(a_quote_within_or_text_behind_is_stray),
        cmocka_unit_test(fields_past_the_most_are_counted),
        cmocka_unit_test(a_field_as_long_as_a_line_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
