/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink_kill.c: a process that loads is killed forty times, at any step; afterwards each
 * journal record is in the tables once. Batches are small, and every 500th record needs a column
 * that is new at first, so that commits and changes of columns are hit, too. Kills for as long as one
 * likes are those of tests/crash/load_kill.c. */
#include "sink_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/random.h"

enum { KILLS = 40, RECORDS = 20000, BATCH = 16 };

extern const struct sink_ops sink_store;

/* Loads until it is killed; says when it begins. */
static _Noreturn void load_until_killed(struct fixture *f, int ready)
{
    struct sink_ops small = sink_store;

    small.batch_records = BATCH;
    small.batch_us = 1000;
    fixture_open_store(f);
    sink_start(f, &small);
    if (write(ready, "!", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* Within window_us after it began. */
static void kill_one(struct fixture *f, unsigned window_us)
{
    int ready[2], status;
    unsigned random;
    char byte;
    pid_t pid;

    random_bytes(&random, sizeof random);
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        load_until_killed(f, ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    usleep(random % window_us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int64_t cursor_now(struct fixture *f)
{
    int64_t position;

    fixture_open_store(f);
    assert_int_equal(store_cursor(f->store, &position, NULL), 0);
    store_close(f->store);
    f->store = NULL;
    return position;
}

static void after_forty_kills_each_record_is_there_once(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    struct runner *r;
    unsigned window_us = 60000;
    int moved = 0;

    sink_append_events(f, 1, RECORDS);
    store_close(f->store);
    f->store = NULL;
    for (int i = 0; i < KILLS; i++) {
        int64_t before = position;

        kill_one(f, window_us);
        position = cursor_now(f);
        assert_true(position >= before);
        moved += position > before;
        if (position == before && window_us < 2000000)
            window_us += window_us / 8; /* a slow machine: most kills should hit a load */
    }
    print_message("# %d of %d kills came after some records were loaded; %" PRId64 " of %d were\n",
                  moved, KILLS, position, RECORDS);
    assert_true(moved > KILLS / 4 || position == RECORDS);
    fixture_open_store(f);
    r = sink_start(f, &sink_store);
    sink_await(r, RECORDS);
    runner_stop(r);
    assert_value(f, "SELECT count(*) FROM events", "20000");
    assert_value(f, "SELECT count(DISTINCT position) FROM events", "20000");
    assert_value(f, "SELECT min(position) || ' ' || max(position) FROM events", "1 20000");
    assert_value(f,
                 "SELECT count(*) FROM events "
                 "WHERE coalesce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9) = position",
                 "20000");
    assert_value(f, "SELECT count(*) FROM rejected", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_forty_kills_each_record_is_there_once, fixture_setup,
                                        sink_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
