/* SPDX-License-Identifier: Apache-2.0 */
/* test_bounds.c: rates and a day's sum, on any clock and from many threads. */
#include "unit.h"

#include <pthread.h>

#include "admit/bounds.h"
#include "base/datetime.h"
#include "base/mem.h"

#define DAY DATETIME_DAY_US
#define NOON (20000 * DAY + DAY / 2)
#define SECOND INT64_C(1000000)

static void a_rate_lets_a_burst_through_and_then_its_pace(void **state)
{
    struct bucket b;
    unsigned wait_s = 0;
    size_t taken = 0;

    bucket_init(&b, 1000);
    while (bucket_take(&b, 1, SECOND, &wait_s))
        taken++;
    assert_int_equal(taken, 2000);
    assert_int_equal(wait_s, 1);
    for (taken = 0; bucket_take(&b, 1, 2 * SECOND, &wait_s);)
        taken++;
    assert_int_equal(taken, 1000);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    struct bucket b;
    unsigned wait_s;

    bucket_init(&b, 10);
    assert_true(bucket_take(&b, 100, SECOND, &wait_s));
    assert_false(bucket_take(&b, 1, SECOND, &wait_s));
    bucket_give_back(&b, 1);
    assert_true(bucket_take(&b, 1, SECOND, &wait_s));
    assert_false(bucket_take(&b, 1, SECOND, &wait_s));
}

static void without_a_rate_everything_goes(void **state)
{
    struct bucket b;
    unsigned wait_s;

    bucket_init(&b, 0);
    for (int i = 0; i < 10; i++)
        assert_true(bucket_take(&b, SIZE_MAX, SECOND, &wait_s));
    bucket_give_back(&b, 1);
}

static void a_day_has_its_most_and_the_next_day_too(void **state)
{
    struct daily d;

    daily_init(&d, 1000);
    assert_true(daily_take(&d, 600, NOON));
    assert_false(daily_take(&d, 401, NOON));
    assert_true(daily_take(&d, 400, NOON + DAY / 2 - 1)); /* the last moment of the day */
    assert_false(daily_take(&d, 1, NOON));
    assert_true(daily_take(&d, 1000, NOON + DAY / 2));
    assert_false(daily_take(&d, 1, NOON + DAY));
    assert_false(daily_take(&d, 1001, NOON + 2 * DAY)); /* never */
}

static void a_clock_that_goes_back_begins_another_day(void **state)
{
    struct daily d;

    daily_init(&d, 1000);
    assert_true(daily_take(&d, 1000, NOON));
    assert_true(daily_take(&d, 1000, NOON - DAY));
    assert_false(daily_take(&d, 1, NOON - DAY));
    assert_true(daily_take(&d, 1, -NOON)); /* before 1970 */
    assert_true(daily_take(&d, 1, INT64_MAX));
}

static void bytes_of_yesterday_are_not_given_back_to_today(void **state)
{
    struct daily d;

    daily_init(&d, 1000);
    assert_true(daily_take(&d, 700, NOON));
    daily_give_back(&d, 700, NOON);
    assert_true(daily_take(&d, 1000, NOON));
    assert_true(daily_take(&d, 1000, NOON + DAY));
    daily_give_back(&d, 1000, NOON);
    assert_false(daily_take(&d, 1, NOON + DAY));
    daily_give_back(&d, 1001, NOON + DAY); /* more than was taken */
    assert_false(daily_take(&d, 1, NOON + DAY));
}

static void a_day_goes_on_where_the_last_process_left_it(void **state)
{
    struct daily d;

    daily_init(&d, 1000);
    daily_begin(&d, 999, NOON);
    assert_true(daily_take(&d, 1, NOON));
    assert_false(daily_take(&d, 1, NOON));
    daily_begin(&d, UINT64_MAX, NOON); /* a limit that was higher before */
    assert_false(daily_take(&d, 1, NOON));
    assert_true(daily_take(&d, 1000, NOON + DAY));
}

enum { THREADS = 4, STEPS = 20000 };

static void *take_many(void *arg)
{
    struct daily *d = arg;
    size_t taken = 0;

    for (int i = 0; i < STEPS; i++) {
        if (!daily_take(d, 3, NOON))
            continue;
        taken++;
        if (i % 7 == 0) {
            daily_give_back(d, 3, NOON);
            taken--;
        }
    }
    return (void *)taken;
}

static void threads_take_no_more_than_there_is(void **state)
{
    pthread_t threads[THREADS];
    struct daily d;
    size_t taken = 0;

    daily_init(&d, 3 * THREADS * STEPS / 2);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &d), 0);
    for (int i = 0; i < THREADS; i++) {
        void *n;

        pthread_join(threads[i], &n);
        taken += (size_t)n;
    }
    assert_int_equal(atomic_load(&d.used) & DAILY_MAX, 3 * taken);
    assert_true(3 * taken <= d.most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_lets_a_burst_through_and_then_its_pace),
        cmocka_unit_test(what_is_given_back_can_be_taken_again),
        cmocka_unit_test(without_a_rate_everything_goes),
        cmocka_unit_test(a_day_has_its_most_and_the_next_day_too),
        cmocka_unit_test(a_clock_that_goes_back_begins_another_day),
        cmocka_unit_test(bytes_of_yesterday_are_not_given_back_to_today),
        cmocka_unit_test(a_day_goes_on_where_the_last_process_left_it),
        cmocka_unit_test(threads_take_no_more_than_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
