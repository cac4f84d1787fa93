/* SPDX-License-Identifier: Apache-2.0 */
/* One call that asks for more memory than there may be fails alone, and at once. */
#include "store_fixture.h"

#include "store/query.h"

static int nowhere(void *ctx, struct str bytes)
{
    return 0;
}

static enum err_code ask(struct fixture *f, const char *sql, bool trusted, struct err *err)
{
    struct query_result result;
    atomic_bool stuck = false;
    const struct query_opts opts = {.sql = str_from(sql),
                                    .format = QUERY_CSV,
                                    .trusted = trusted,
                                    .timeout_us = 60000000,
                                    .stuck = &stuck,
                                    .write = nowhere};
    int status;

    *err = (struct err){0};
    status = query_run(f->store, &opts, &result, err);
    assert_false(atomic_load(&stuck));
    return status < 0 ? err->code : ERR_NONE;
}

static void one_call_that_asks_for_too_much_fails_alone(void **state)
{
    static const char *const greedy[] = {
        "SELECT length(list_resize([1], 2000000000))",
        "SELECT length(range(4000000000))",
        "SELECT length(list_resize([range], 1000000000)) FROM range(10)",
        "SELECT length(list_transform(range(10), lambda x: list_resize([x], 100000000)))",
    };

    for (size_t i = 0; i < ARRAY_LEN(greedy); i++)
        for (int trusted = 0; trusted < 2; trusted++) {
            struct err err;

            if (ask(*state, greedy[i], trusted, &err) != ERR_LIMIT || !strstr(err.text, "emory"))
                fail_msg("%s: %d %s", greedy[i], (int)err.code, err.text);
            if (ask(*state, "SELECT length(range(1000000))", trusted, &err) != ERR_NONE)
                fail_msg("afterwards: %s", err.text);
        }
}

int main(void)
{
#define ASKED(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        ASKED(one_call_that_asks_for_too_much_fails_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
