/* SPDX-License-Identifier: Apache-2.0 */
/* What several ask at once is run once: who leads, who waits, what is kept and for how long. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "console/shared.h"

enum { ASKERS = 12, ROUNDS = 200, ENOUGH = 60000 };

static const uint8_t state_a[SHARED_STATE_BYTES] = {1}, state_b[SHARED_STATE_BYTES] = {2};

static struct shared *shared;
static atomic_int made, dropped, leads;
static atomic_bool all_gone;

struct text {
    char text[32];
};

static void *make(const char *text)
{
    struct text *t = xcalloc(1, sizeof *t);

    snprintf(t->text, sizeof t->text, "%s", text);
    atomic_fetch_add(&made, 1);
    return t;
}

static void drop(void *answer)
{
    atomic_fetch_add(&dropped, 1);
    free_ptr(&answer);
}

static bool is_gone(void *who)
{
    return atomic_load((atomic_bool *)who);
}

static int setup(void **state)
{
    atomic_store(&made, 0);
    atomic_store(&dropped, 0);
    atomic_store(&leads, 0);
    atomic_store(&all_gone, false);
    shared = shared_new(drop);
    return 0;
}

static int teardown(void **state)
{
    shared_free(shared);
    return atomic_load(&made) == atomic_load(&dropped) ? 0 : -1;
}

static enum shared_part enter(struct str key, struct shared_run **run)
{
    return shared_enter(shared, key, is_gone, &all_gone, run);
}

static void lead(struct str key, const uint8_t *state, const char *text, uint64_t bytes)
{
    struct shared_run *run;

    assert_int_equal(enter(key, &run), SHARED_LEAD);
    assert_false(shared_as_before(shared, run, state));
    shared_finish(shared, run, state, make(text), bytes);
    assert_string_equal(((struct text *)shared_answer(run))->text, text);
    shared_leave(shared, run);
}

static bool is_given(struct str key, const char *text)
{
    struct shared_run *run;
    struct err err = {.code = ERR_IO};
    bool same;

    /* Where a second has passed since, it is given all the same, as nothing has changed. */
    if (enter(key, &run) == SHARED_LEAD && !shared_as_before(shared, run, state_a)) {
        shared_fail(shared, run, &err);
        shared_leave(shared, run);
        return false;
    }
    same = strcmp(((struct text *)shared_answer(run))->text, text) == 0;
    shared_leave(shared, run);
    return same;
}

/* A thread that waits for "k"; its part, the code of its error, and what it was given. */
struct waiter {
    pthread_t thread;
    atomic_bool gone;
    enum shared_part part;
    enum err_code code;
    char text[32];
};

static void *wait_for_k(void *ctx)
{
    struct waiter *w = ctx;
    struct shared_run *run;

    w->part = shared_enter(shared, STR("k"), is_gone, &w->gone, &run);
    if (w->part == SHARED_LEFT)
        return NULL;
    if (w->part == SHARED_LEAD)
        shared_finish(shared, run, state_a, make("second"), 10);
    if (shared_failed(run))
        w->code = shared_failed(run)->code;
    else
        snprintf(w->text, sizeof w->text, "%s", ((struct text *)shared_answer(run))->text);
    shared_leave(shared, run);
    return NULL;
}

static void start(struct waiter *w, struct shared_run *run)
{
    assert_int_equal(pthread_create(&w->thread, NULL, wait_for_k, w), 0);
    for (int i = 0; i < ENOUGH && !shared_is_awaited(shared, run); i++)
        usleep(1000);
    assert_true(shared_is_awaited(shared, run));
}

static void who_comes_later_is_given_the_same_answer(void **state)
{
    struct shared_run *run;
    struct waiter w = {.part = SHARED_LEAD};

    assert_int_equal(enter(STR("k"), &run), SHARED_LEAD);
    assert_false(shared_is_awaited(shared, run));
    start(&w, run);
    shared_finish(shared, run, state_a, make("first"), 10);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.part, SHARED_GIVEN);
    assert_string_equal(w.text, "first");
    shared_leave(shared, run);
    assert_int_equal(atomic_load(&made), 1);
}

static void who_leaves_stops_nothing(void **state)
{
    struct shared_run *run;
    struct waiter w = {.part = SHARED_LEAD};

    assert_int_equal(enter(STR("k"), &run), SHARED_LEAD);
    start(&w, run);
    atomic_store(&w.gone, true);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.part, SHARED_LEFT);
    assert_false(shared_is_awaited(shared, run));
    shared_finish(shared, run, state_a, make("first"), 10);
    shared_leave(shared, run);
    assert_true(is_given(STR("k"), "first"));
}

static void errors_reach_who_waits_and_are_not_kept(void **state)
{
    struct err err = {.code = ERR_LIMIT};
    struct shared_run *run;
    struct waiter w = {.part = SHARED_LEAD};

    assert_int_equal(enter(STR("k"), &run), SHARED_LEAD);
    start(&w, run);
    shared_fail(shared, run, &err);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.part, SHARED_GIVEN);
    assert_int_equal(w.code, ERR_LIMIT);
    assert_int_equal(shared_failed(run)->code, ERR_LIMIT);
    shared_leave(shared, run);
    lead(STR("k"), state_a, "again", 10);
}

static void where_a_run_was_stopped_who_waits_asks_anew(void **state)
{
    struct err err = {.code = ERR_STOPPED};
    struct shared_run *run;
    struct waiter w = {.part = SHARED_GIVEN};

    assert_int_equal(enter(STR("k"), &run), SHARED_LEAD);
    start(&w, run);
    shared_fail(shared, run, &err);
    shared_leave(shared, run);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.part, SHARED_LEAD);
    assert_string_equal(w.text, "second");
}

static void other_keys_are_other_questions(void **state)
{
    lead(STR("k"), state_a, "first", 10);
    assert_false(is_given(STR("k2"), "first"));
    assert_false(is_given(STR(""), "first"));
    assert_true(is_given(STR("k"), "first"));
    shared_forget(shared);
    assert_false(is_given(STR("k"), "first"));
}

static void after_a_second_only_what_is_the_same_is_given_again(void **state)
{
    struct shared_run *run;

    lead(STR("k"), state_a, "first", 10);
    usleep(SHARED_FRESH_US + 10000);
    assert_int_equal(enter(STR("k"), &run), SHARED_LEAD);
    assert_false(shared_as_before(shared, run, state_b));
    assert_true(shared_as_before(shared, run, state_a));
    assert_string_equal(((struct text *)shared_answer(run))->text, "first");
    shared_leave(shared, run);
    assert_true(is_given(STR("k"), "first"));
    assert_int_equal(atomic_load(&made), 1);
}

static void what_is_kept_is_bounded(void **state)
{
    char key[16];

    lead(STR("large"), state_a, "large", SHARED_ANSWER_MAX + 1);
    assert_false(is_given(STR("large"), "large"));
    for (int i = 0; i < SHARED_KEPT_MAX + 1; i++) {
        snprintf(key, sizeof key, "key %d", i);
        lead(str_from(key), state_a, key, 10);
        assert_true(is_given(STR("key 0"), "key 0")); /* in use */
    }
    assert_false(is_given(STR("key 1"), "key 1"));
    assert_true(is_given(STR("key 2"), "key 2"));
    for (int i = 0; i < 17; i++) {
        snprintf(key, sizeof key, "big %d", i);
        lead(str_from(key), state_a, key, SHARED_ANSWER_MAX);
    }
    assert_false(is_given(STR("key 2"), "key 2"));
    assert_false(is_given(STR("big 1"), "big 1"));
    assert_true(is_given(STR("big 16"), "big 16"));
}

/* Many threads ask for a few keys; some runs fail, some askers go, all answers are right. */
static void *ask_often(void *ctx)
{
    unsigned seed = *(const unsigned *)ctx;

    for (int i = 0; i < ROUNDS; i++) {
        char key[2] = {(char)('a' + (seed + (unsigned)i) % 3), 0};
        struct err err = {.code = i % 2 ? ERR_STOPPED : ERR_LIMIT};
        struct shared_run *run;

        if (enter(str_from(key), &run) == SHARED_LEAD) {
            atomic_fetch_add(&leads, 1);
            if (i % 7 == 0)
                shared_fail(shared, run, &err);
            else if (!shared_as_before(shared, run, state_a))
                shared_finish(shared, run, i % 5 ? state_a : state_b, make(key), 10);
        }
        if (!shared_failed(run) && ((struct text *)shared_answer(run))->text[0] != key[0])
            atomic_store(&all_gone, true);
        shared_leave(shared, run);
        if (i % 11 == 0)
            shared_forget(shared);
    }
    return NULL;
}

static void many_at_once_are_given_what_they_asked_for(void **state)
{
    pthread_t threads[ASKERS];
    unsigned seeds[ASKERS];

    for (unsigned i = 0; i < ASKERS; i++) {
        seeds[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &seeds[i]), 0);
    }
    for (unsigned i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    assert_false(atomic_load(&all_gone));
    assert_in_range(atomic_load(&leads), 1, ASKERS * ROUNDS);
}

#define SHARED_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARED_TEST(who_comes_later_is_given_the_same_answer),
        SHARED_TEST(who_leaves_stops_nothing),
        SHARED_TEST(errors_reach_who_waits_and_are_not_kept),
        SHARED_TEST(where_a_run_was_stopped_who_waits_asks_anew),
        SHARED_TEST(other_keys_are_other_questions),
        SHARED_TEST(after_a_second_only_what_is_the_same_is_given_again),
        SHARED_TEST(what_is_kept_is_bounded),
        SHARED_TEST(many_at_once_are_given_what_they_asked_for),
    };

    return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
