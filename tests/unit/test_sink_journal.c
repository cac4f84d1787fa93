/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink_journal.c: tables know the journal they come from: another one, or an older copy of the
 * same, is said and not read on from. */
#include "sink_fixture.h"

extern const struct sink_ops sink_store;

static void load_all(struct fixture *f, int64_t position)
{
    struct runner *r = sink_start(f, &sink_store);

    sink_await(r, position);
    runner_stop(r);
}

static void expect_refused(struct fixture *f, const char *why)
{
    AUTO_FREE char *dir = sink_journal_dir(f);
    const struct runner_opts opts = {
        .ops = &sink_store, .env = {.store = f->store}, .journal_dir = dir};
    struct runner *r = NULL;
    struct err err = {0};

    assert_int_equal(runner_start(&r, &opts, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, why) || !strstr(err.text, "weir rebuild"))
        fail_msg("%s", err.text);
}

static void copy_file(const char *from, const char *to)
{
    struct str bytes;
    AUTO_FD fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(io_read_file(io_system(), from, 64 << 20, &bytes, NULL), 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    free((char *)bytes.ptr);
}

static void copy_folder(const char *from, const char *to)
{
    AUTO_DIR dir = opendir(from);
    struct dirent *entry;

    assert_non_null(dir);
    assert_int_equal(io_make_dir(io_system(), to, 0700, NULL), 0);
    while ((entry = readdir(dir))) {
        AUTO_FREE char *source = io_join(from, entry->d_name);
        AUTO_FREE char *target = io_join(to, entry->d_name);

        if (entry->d_name[0] != '.')
            copy_file(source, target);
    }
}

static void remove_folder(const char *folder)
{
    AUTO_DIR dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        AUTO_FREE char *path = io_join(folder, entry->d_name);

        unlink(path);
    }
    rmdir(folder);
}

static void the_same_journal_is_followed_again(void **state)
{
    struct fixture *f = *state;

    sink_append_events(f, 1, 20);
    load_all(f, 20);
    fixture_reopen(f);
    sink_append_events(f, 21, 20);
    load_all(f, 40);
    assert_value(f, "SELECT count(DISTINCT position) || ' ' || count(*) FROM events", "40 40");
    assert_value(f,
                 "SELECT octet_length(journal) || ' ' || octet_length(last_salt) FROM store_state",
                 "16 16");
}

static void another_journal_is_not_taken_for_the_first(void **state)
{
    struct fixture *f = *state;

    sink_append_events(f, 1, 20);
    load_all(f, 20);
    sink_remove_journal(f);
    sink_append_events(f, 101, 30);
    expect_refused(f, "another journal");
    fixture_reopen(f);
    expect_refused(f, "another journal");
    assert_value(f, "SELECT count(*) FROM events", "20");
}

static void a_journal_that_is_replaced_meanwhile_ends_the_sink(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats = {0};
    struct runner *r;

    sink_append_events(f, 1, 20);
    r = sink_start(f, &sink_store);
    sink_await(r, 20);
    sink_remove_journal(f);
    sink_append_events(f, 101, 30);
    for (int i = 0; i < 12000 && !stats.broken; i++) {
        usleep(5000);
        runner_stats(r, &stats);
    }
    runner_stop(r);
    assert_true(stats.broken);
    assert_non_null(strstr(stats.error, "another journal"));
    assert_value(f, "SELECT count(*) FROM events", "20");
}

static void an_older_copy_that_has_grown_is_noticed(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *dir = sink_journal_dir(f);
    AUTO_FREE char *copy = xasprintf("%s/copy", f->dir);

    sink_append_events(f, 1, 20);
    copy_folder(dir, copy);
    sink_append_events(f, 21, 20);
    load_all(f, 40);
    sink_remove_journal(f);
    copy_folder(copy, dir);
    remove_folder(copy);
    sink_append_events(f, 1021, 30);
    expect_refused(f, "another record 40");
}

/* After a power cut the journal's writer may have to come first: nothing is wrong yet. */
static void a_journal_that_is_behind_is_waited_for(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *dir = sink_journal_dir(f);
    AUTO_FREE char *copy = xasprintf("%s/copy", f->dir);
    struct runner_stats stats;
    struct runner *r;

    sink_append_events(f, 1, 20);
    copy_folder(dir, copy);
    sink_append_events(f, 21, 20);
    load_all(f, 40);
    sink_remove_journal(f);
    copy_folder(copy, dir);
    remove_folder(copy);
    r = sink_start(f, &sink_store);
    usleep(100000);
    runner_stats(r, &stats);
    assert_false(stats.broken);
    assert_int_equal(stats.errors, 0);
    assert_int_equal(stats.position, 40);
    runner_stop(r);
}

static void tables_of_version_1_learn_their_journal(void **state)
{
    struct fixture *f = *state;
    static const char *const back[] = {
        "ALTER TABLE store_state DROP COLUMN last_salt",
        "ALTER TABLE store_state DROP COLUMN journal",
        "UPDATE store_state SET version = 1",
        "DROP TABLE deletions",
        ("INSERT INTO quarantine SELECT 1000, uuid(), 'a', 'b', now()::TIMESTAMP, "
         "now()::TIMESTAMP, ['x'], '[]', '{}', [], 'waiting', NULL, NULL, NULL, NULL"),
        "ALTER TABLE quarantine DROP COLUMN replayed_as",
        "ALTER TABLE quarantine DROP COLUMN why",
        "ALTER TABLE quarantine DROP COLUMN decided_by",
        "ALTER TABLE quarantine DROP COLUMN decided",
        "ALTER TABLE quarantine DROP COLUMN state",
        "ALTER TABLE quarantine DROP COLUMN hidden"};

    sink_append_events(f, 1, 20);
    load_all(f, 20);
    for (size_t i = 0; i < ARRAY_LEN(back); i++) {
        duckdb_result result;

        assert_int_equal(duckdb_query(f->store->con, back[i], &result), DuckDBSuccess);
        duckdb_destroy_result(&result);
    }
    fixture_reopen(f);
    assert_value(f, "SELECT version FROM store_state", "2");
    assert_value(f, "SELECT count(*) FROM events", "20");
    assert_value(f, "SELECT count(*) FROM deletions", "0");
    assert_value(f, "SELECT position || ' ' || state FROM quarantine", "1000 waiting");
    sink_append_events(f, 21, 10);
    load_all(f, 30);
    assert_value(f, "SELECT count(DISTINCT position) FROM events", "30");
    sink_remove_journal(f);
    sink_append_events(f, 1, 5);
    expect_refused(f, "another journal");
}

int main(void)
{
#define SINK_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, sink_teardown)
    const struct CMUnitTest tests[] = {
        SINK_TEST(the_same_journal_is_followed_again),
        SINK_TEST(another_journal_is_not_taken_for_the_first),
        SINK_TEST(a_journal_that_is_replaced_meanwhile_ends_the_sink),
        SINK_TEST(an_older_copy_that_has_grown_is_noticed),
        SINK_TEST(a_journal_that_is_behind_is_waited_for),
        SINK_TEST(tables_of_version_1_learn_their_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
