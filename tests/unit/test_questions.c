/* SPDX-License-Identifier: Apache-2.0 */
/* Questions under way: their places, who sees them, and how they are stopped. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "console/questions.h"

static struct questions all;

static int setup(void **state)
{
    questions_init(&all);
    return 0;
}

static int teardown(void **state)
{
    questions_reset(&all);
    return 0;
}

static bool lists(struct str asker, const char *part)
{
    AUTO_BUF out;

    buf_init(&out, 1 << 16);
    questions_put_json(&all, asker, &out);
    buf_char(&out, '\0');
    return strstr(out.ptr, part) != NULL;
}

static void places_are_few_and_come_back(void **state)
{
    struct question_place *p[QUESTIONS_MAX];

    for (unsigned i = 0; i < QUESTIONS_MAX; i++) {
        p[i] = questions_begin(&all, STR("ann"), STR_NONE);
        assert_non_null(p[i]);
    }
    assert_null(questions_begin(&all, STR("ann"), STR_NONE));
    assert_int_equal(questions_running(&all), QUESTIONS_MAX);
    questions_end(&all, p[1]);
    assert_ptr_equal(questions_begin(&all, STR("ann"), STR_NONE), p[1]);
}

static void askers_see_and_stop_their_own(void **state)
{
    struct question_place *ann = questions_begin(&all, STR("ann"), STR("abcdefgh-1"));
    struct question_place *bob = questions_begin(&all, STR("bob"), STR("abcdefgh-2"));
    struct query_opts opts = {.sql = STR("SELECT 'ann'"), .timeout_us = 5000000};

    questions_run(&all, ann, &opts);
    assert_true(lists(STR("ann"), "\"name\":\"abcdefgh-1\""));
    assert_true(lists(STR("ann"), "\"sql\":\"SELECT 'ann'\""));
    assert_true(lists(STR("ann"), "\"limit_ms\":5000,\"progress\":null}"));
    assert_false(lists(STR("ann"), "abcdefgh-2"));
    assert_true(lists(STR_NONE, "abcdefgh-1") && lists(STR_NONE, "abcdefgh-2"));
    assert_false(questions_stop(&all, STR("ann"), STR("abcdefgh-2")));
    assert_false(atomic_load(&bob->cancel));
    assert_true(questions_stop(&all, STR("ann"), STR("abcdefgh-1")));
    assert_true(questions_stop(&all, STR("ann"), STR("abcdefgh-1")));
    assert_true(atomic_load(opts.cancel));
    assert_int_equal(questions_stopped(&all), 1);
    assert_true(questions_stop(&all, STR_NONE, STR("2")));
    assert_true(atomic_load(&bob->cancel));
}

static void a_place_begins_anew(void **state)
{
    struct question_place *p = questions_begin(&all, STR("ann"), STR("abcdefgh-1"));
    struct query_opts opts = {.sql = STR("SELECT 1"), .timeout_us = 1};

    questions_run(&all, p, &opts);
    atomic_store(&opts.progress->permille, 500);
    assert_true(lists(STR_NONE, "\"progress\":0.500"));
    questions_stop(&all, STR_NONE, STR("1"));
    questions_end(&all, p);
    assert_false(questions_stop(&all, STR_NONE, STR("abcdefgh-1")));
    assert_ptr_equal(questions_begin(&all, STR("bob"), STR_NONE), p);
    assert_false(atomic_load(&p->cancel));
    assert_true(lists(STR("bob"), "\"id\":\"2\",\"name\":null,\"asker\":\"bob\",\"sql\":\"\""));
}

static void a_name_is_letters_digits_and_dashes(void **state)
{
    static const char *const bad[] = {"short", "with blank here", "quote\"quote", "umläute-1234"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct question_place *p = questions_begin(&all, STR("ann"), str_from(bad[i]));

        assert_string_equal(p->id, "");
        assert_false(questions_stop(&all, STR("ann"), str_from(bad[i])));
        assert_false(questions_stop(&all, STR("ann"), STR("")));
        questions_end(&all, p);
    }
}

static void long_text_is_cut_between_letters(void **state)
{
    struct question_place *p = questions_begin(&all, STR("ann"), STR_NONE);
    AUTO_BUF sql;
    struct query_opts opts = {.timeout_us = 1};

    buf_init(&sql, 1 << 16);
    for (int i = 0; i < QUESTION_SQL_SHOWN; i++)
        buf_str(&sql, STR("€"));
    opts.sql = buf_as_str(&sql);
    questions_run(&all, p, &opts);
    assert_in_range(strlen(p->sql), QUESTION_SQL_SHOWN - 2, QUESTION_SQL_SHOWN);
    assert_true(str_is_utf8(str_from(p->sql)));
}

int main(void)
{
#define ASKED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        ASKED(places_are_few_and_come_back),
        ASKED(askers_see_and_stop_their_own),
        ASKED(a_place_begins_anew),
        ASKED(a_name_is_letters_digits_and_dashes),
        ASKED(long_text_is_cut_between_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
