/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are kept for a while: how long, for whom, and how many. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"
#include "console/kept.h"

#define S INT64_C(1000000)

static struct kept *kept;

static int setup(void **state)
{
    kept = kept_new();
    return 0;
}

static int teardown(void **state)
{
    kept_free(kept);
    return 0;
}

/* Whether there is this answer, as of that moment; NULL: none. */
static void check_kept(const char *sql, int64_t now_us, const char *answer, int64_t as_of_us)
{
    int64_t found_us = 0;
    AUTO_BUF out;

    buf_init(&out, 1024);
    assert_int_equal(kept_find(kept, str_from(sql), now_us, &out, &found_us), answer != NULL);
    buf_char(&out, '\0');
    assert_string_equal(out.ptr, answer ? answer : "");
    assert_int_equal(found_us, as_of_us);
}

static void an_answer_stands_for_a_minute(void **state)
{
    check_kept("a", 1 * S, NULL, 0);
    kept_put(kept, STR("a"), STR("one"), 1 * S, 2 * S, 77);
    check_kept("a", 3 * S, "one", 77);
    check_kept("b", 3 * S, NULL, 0);
    check_kept("a", 61 * S, "one", 77);
    check_kept("a", 62 * S, NULL, 0);
    kept_put(kept, STR("a"), STR("two"), 62 * S, 63 * S, 99);
    check_kept("a", 122 * S, "two", 99);
}

static void what_took_long_stands_longer(void **state)
{
    kept_put(kept, STR("a"), STR("one"), 0, 10 * S, 77);
    check_kept("a", 209 * S, "one", 77);
    check_kept("a", 210 * S, NULL, 0);
}

static void only_one_asks_again_and_others_get_the_answer_before(void **state)
{
    kept_put(kept, STR("a"), STR("one"), 0, 1, 77);
    check_kept("a", 100 * S, NULL, 0);
    check_kept("a", 101 * S, "one", 77);
    check_kept("a", 102 * S, "one", 77);
    kept_give_up(kept, STR("a"));
    check_kept("a", 103 * S, NULL, 0);
    check_kept("a", 104 * S, "one", 77);
    kept_put(kept, STR("a"), STR("two"), 103 * S, 105 * S, 99);
    check_kept("a", 106 * S, "two", 99);
}

static void the_one_asked_for_least_lately_gives_way(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};

    for (int i = 0; i < KEPT_MAX; i++)
        kept_put(kept, str_from(names[i]), str_from(names[i]), i, i + 1, 7);
    check_kept("a", 10, "a", 7);
    kept_put(kept, STR("e"), STR("e"), 11, 12, 8);
    check_kept("b", 13, NULL, 0);
    check_kept("a", 13, "a", 7);
    check_kept("e", 13, "e", 8);
    kept_give_up(kept, STR("gone")); /* nobody asks for that any more */
}

static void *look_often(void *ctx)
{
    for (int64_t i = 0; i < 2000; i++) {
        int64_t as_of_us;
        AUTO_BUF out;

        buf_init(&out, 1024);
        if (kept_find(kept, STR("a"), i * S, &out, &as_of_us))
            assert_int_equal(out.len, 100);
        else
            kept_put(kept, STR("a"),
                     STR("0123456789012345678901234567890123456789012345678901234567890123456789"
                         "012345678901234567890123456789"),
                     i * S, i * S, i);
    }
    return NULL;
}

static void threads_may_look_at_once(void **state)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_often, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_stands_for_a_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(what_took_long_stands_longer, setup, teardown),
        cmocka_unit_test_setup_teardown(only_one_asks_again_and_others_get_the_answer_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_one_asked_for_least_lately_gives_way, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_may_look_at_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
