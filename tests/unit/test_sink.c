/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink.c: a runner follows the journal, tries again, halves, sets aside, and gives up only where
 * nothing else helps; the store gets each record once. */
#include "sink_fixture.h"

#include <stdatomic.h>

#include "journal/cursor.h"

extern const struct sink_ops sink_store;

/* A destination that does as it is told. */
struct fake {
    int64_t batch[64], delivered[4096];
    size_t batch_count, delivered_count, aside_count;
    int64_t cursor, aside[16];
    int64_t poison; /* a batch with this position is refused */
    unsigned retries; /* so many writes fail for now */
    unsigned aside_refused; /* so many records are not even taken aside */
    bool broken;
};

static struct fake fake;

static int fake_open(void **out, const struct sink_env *env, struct err *err)
{
    *out = &fake;
    return fake.broken && env->store == NULL ? err_set(err, ERR_IO, "not today") : 0;
}

static int fake_cursor(void *sink, int64_t *out_position, struct err *err)
{
    *out_position = fake.cursor;
    return 0;
}

static enum sink_verdict fake_encode(void *sink, const struct sink_item *item, struct err *err)
{
    fake.batch[fake.batch_count++] = item->position;
    return SINK_DONE;
}

static enum sink_verdict fake_set_aside(void *sink, const struct sink_item *item,
                                        const char *reason, struct err *err)
{
    if (fake.aside_refused) {
        fake.aside_refused--;
        err_set(err, ERR_USAGE, "not even aside");
        return SINK_REFUSED;
    }
    fake.aside[fake.aside_count++] = item->position;
    return SINK_DONE;
}

static enum sink_verdict fake_write(void *sink, int64_t position, struct err *err)
{
    if (fake.broken) {
        err_set(err, ERR_INTERNAL, "out of order");
        return SINK_BROKEN;
    }
    if (fake.retries) {
        fake.retries--;
        err_set(err, ERR_IO, "connection refused");
        return SINK_RETRY;
    }
    for (size_t i = 0; i < fake.batch_count; i++)
        if (fake.batch[i] == fake.poison) {
            err_set(err, ERR_USAGE, "one of them is bad");
            return SINK_REFUSED;
        }
    for (size_t i = 0; i < fake.batch_count; i++)
        fake.delivered[fake.delivered_count++] = fake.batch[i];
    fake.batch_count = 0;
    fake.cursor = position;
    return SINK_DONE;
}

static void fake_drop(void *sink)
{
    fake.batch_count = 0;
}

static void fake_close(void *sink)
{
}

static const struct sink_ops fake_ops = {.name = "fake",
                                         .batch_records = 64,
                                         .batch_bytes = 1 << 20,
                                         .batch_us = 1000,
                                         .open = fake_open,
                                         .cursor = fake_cursor,
                                         .encode = fake_encode,
                                         .set_aside = fake_set_aside,
                                         .write = fake_write,
                                         .drop = fake_drop,
                                         .close = fake_close};

static int fake_setup(void **state)
{
    fake = (struct fake){0};
    return fixture_setup(state);
}

static void expect_delivered_once(int64_t first, int64_t last)
{
    size_t at = 0;

    for (int64_t p = first; p <= last; p++) {
        if (p == fake.poison)
            continue;
        assert_true(at < fake.delivered_count);
        assert_int_equal(fake.delivered[at++], p);
    }
    assert_int_equal(at, fake.delivered_count);
}

static void a_runner_delivers_what_is_there_and_what_comes(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats;
    struct runner *r;

    sink_append_events(f, 1, 200);
    r = sink_start(f, &fake_ops);
    sink_await(r, 200);
    sink_append_events(f, 201, 10);
    sink_await(r, 210);
    runner_stats(r, &stats);
    assert_int_equal(stats.delivered, 210);
    assert_int_equal(stats.errors, 0);
    assert_string_equal(runner_name(r), "fake");
    runner_stop(r);
    expect_delivered_once(1, 210);
}

static struct cursor_view view_of(const struct fixture *f)
{
    AUTO_FREE char *dir = sink_journal_dir(f);
    struct cursor_view view;
    struct err err;

    assert_int_equal(cursor_look(io_system(), dir, &view, &err), 0);
    return view;
}

static void the_writer_sees_how_far_a_sink_is(void **state)
{
    struct fixture *f = *state;
    struct runner *r = sink_start(f, &fake_ops); /* before there is a journal */

    sink_append_events(f, 1, 20);
    sink_await(r, 20);
    for (int i = 0; i < 12000 && view_of(f).lowest < 20; i++) /* once a second at most */
        usleep(5000);
    assert_int_equal(view_of(f).lowest, 20);
    sink_append_events(f, 21, 5);
    sink_await(r, 25);
    runner_stop(r);
    assert_int_equal(view_of(f).lowest, 25);
    assert_int_equal(view_of(f).count, 1);
    assert_string_equal(view_of(f).sink, "fake");
    fake.cursor = 3; /* a store from a backup: its copy goes back with it, at once */
    fake.retries = 1000000;
    r = sink_start(f, &fake_ops);
    for (int i = 0; i < 12000 && view_of(f).lowest != 3; i++)
        usleep(5000);
    assert_int_equal(view_of(f).lowest, 3);
    runner_stop(r);
}

static void a_journal_that_comes_later_is_followed(void **state)
{
    struct fixture *f = *state;
    struct runner *r = sink_start(f, &fake_ops);

    sink_append_events(f, 1, 5);
    sink_await(r, 5);
    runner_stop(r);
    expect_delivered_once(1, 5);
}

static void a_runner_goes_on_at_the_cursor(void **state)
{
    struct fixture *f = *state;
    struct runner *r;

    fake.cursor = 60;
    sink_append_events(f, 1, 100);
    r = sink_start(f, &fake_ops);
    sink_await(r, 100);
    runner_stop(r);
    expect_delivered_once(61, 100);
}

static void what_fails_is_tried_again(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats;
    struct runner *r;

    fake.retries = 2;
    sink_append_events(f, 1, 100);
    r = sink_start(f, &fake_ops);
    sink_await(r, 100);
    runner_stats(r, &stats);
    assert_int_equal(stats.errors, 2);
    assert_false(stats.failing);
    assert_int_equal(stats.delivered, 100);
    runner_stop(r);
    expect_delivered_once(1, 100);
}

static void one_bad_record_is_set_aside_and_blocks_no_other(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats;
    struct runner *r;

    fake.poison = 77;
    sink_append_events(f, 1, 300);
    r = sink_start(f, &fake_ops);
    sink_await(r, 300);
    runner_stats(r, &stats);
    assert_int_equal(stats.delivered, 299);
    assert_int_equal(stats.rejected, 1);
    runner_stop(r);
    assert_int_equal(fake.aside_count, 1);
    assert_int_equal(fake.aside[0], 77);
    expect_delivered_once(1, 300);
}

static void what_cannot_be_set_aside_is_not_tried_without_a_pause(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats;
    struct runner *r;

    fake.poison = 1;
    fake.aside_refused = 1000000;
    sink_append_events(f, 1, 1);
    r = sink_start(f, &fake_ops);
    for (int i = 0; i < 12000 && !(runner_stats(r, &stats), stats.failing); i++)
        usleep(5000);
    usleep(300000);
    runner_stats(r, &stats);
    runner_stop(r); /* does not wait for it either */
    assert_true(stats.failing);
    assert_true(stats.errors < 100);
    assert_int_equal(stats.position, 0);
}

static int count_work(void *ctx, struct err *err)
{
    return ++*(int *)ctx == 2 ? err_set(err, ERR_LIMIT, "twice") : 0;
}

static void a_broken_sink_ends_its_runner_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct runner_stats stats = {0};
    struct runner *r;

    fake.broken = true;
    sink_append_events(f, 1, 10);
    r = sink_start(f, &fake_ops);
    for (int i = 0; i < 12000 && !stats.broken; i++) {
        usleep(5000);
        runner_stats(r, &stats);
    }
    assert_true(stats.broken);
    assert_string_equal(stats.error, "out of order");
    assert_int_equal(runner_between(r, count_work, &(int){0}, &(struct err){0}), -1);
    runner_stop(r);
}

static void a_sink_that_does_not_open_is_an_error(void **state)
{
    const struct runner_opts opts = {.ops = &fake_ops, .journal_dir = "/tmp/weir-none"};
    struct runner *r = NULL;
    struct err err = {0};

    fake.broken = true;
    assert_int_equal(runner_start(&r, &opts, &err), -1);
    assert_string_equal(err.text, "not today");
    assert_null(r);
}

static void work_is_done_between_batches(void **state)
{
    struct fixture *f = *state;
    struct runner *r = sink_start(f, &fake_ops);
    struct err err = {0};
    int calls = 0;

    assert_int_equal(runner_between(r, count_work, &calls, &err), 0);
    assert_int_equal(runner_between(r, count_work, &calls, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    runner_stop(r);
    assert_int_equal(calls, 2);
}

static void the_store_gets_events_quarantine_notes_and_what_does_not_decode(void **state)
{
    struct fixture *f = *state;
    struct faults faults = {0};
    struct record rec = {.flags = RECORD_QUARANTINED,
                         .time_us = 1,
                         .name = STR("x"),
                         .source = STR("s"),
                         .faults = &faults};
    const struct str broken[] = {STR("\x01 no record"), STR("")}, note = STR("{\"reload\":1}");
    const struct str unknown = STR("?");
    struct runner_stats stats;
    struct runner *r;
    AUTO_BUF payload;
    struct str quarantined;

    buf_init(&payload, 4096);
    faults_add(&faults, FAULT_UNKNOWN_EVENT, STR(""), STR(""), STR("x is not declared"));
    record_encode(&payload, &rec);
    quarantined = buf_as_str(&payload);
    sink_append_events(f, 1, 10);
    sink_append(f, JOURNAL_QUARANTINE, &quarantined, 1);
    sink_append(f, JOURNAL_EVENT, broken, 2);
    sink_append(f, JOURNAL_NOTE, &note, 1);
    sink_append(f, (enum journal_kind)99, &unknown, 1);
    sink_append_events(f, 11, 10);
    r = sink_start(f, &sink_store);
    sink_await(r, 25);
    runner_stats(r, &stats);
    runner_stop(r);
    assert_int_equal(stats.delivered, 22);
    assert_int_equal(stats.rejected, 2);
    assert_int_equal(stats.skipped, 1);
    assert_value(f, "SELECT count(*) FROM events", "20");
    assert_value(f, "SELECT string_agg(position, ' ' ORDER BY position) FROM rejected", "12 13");
    assert_value(f, "SELECT position FROM notes", "14");
    assert_value(f, "SELECT reasons[1] FROM quarantine", "unknown_event");
    assert_value(f,
                 "SELECT concat_ws(' ', before, events, quarantined, notes, set_aside, lost, "
                 "unknown) FROM store_counts",
                 "0 20 1 1 2 0 1");
    assert_true(stats.has_totals);
    assert_int_equal(stats.totals.events, 20);
    assert_int_equal(stats.totals.unknown, 1);
}

static atomic_int encoded;

static enum sink_verdict counting_encode(void *sink, const struct sink_item *item, struct err *err)
{
    enum sink_verdict verdict = sink_store.encode(sink, item, err);

    atomic_fetch_add(&encoded, 1);
    return verdict;
}

static void stopping_delivers_what_was_read(void **state)
{
    struct fixture *f = *state;
    struct sink_ops slow = sink_store;
    struct runner *r;

    slow.batch_us = INT64_C(3600000000);
    slow.encode = counting_encode;
    atomic_store(&encoded, 0);
    sink_append_events(f, 1, 100);
    r = sink_start(f, &slow);
    while (atomic_load(&encoded) < 100)
        usleep(5000);
    runner_stop(r);
    assert_value(f, "SELECT count(*) FROM events", "100");
    assert_value(f, "SELECT position FROM store_state", "100");
}

static void damage_is_counted_and_what_lies_behind_is_delivered(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *folder = sink_journal_dir(f);
    struct runner_stats stats;
    struct runner *r;
    AUTO_DIR dir = NULL;
    struct dirent *entry;

    sink_append_events(f, 1, 2000);
    dir = opendir(folder);
    while ((entry = readdir(dir))) {
        AUTO_FREE char *path = xasprintf("%s/%s", folder, entry->d_name);
        AUTO_FD fd = -1;

        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "commit") == 0 ||
            strcmp(entry->d_name, "lock") == 0)
            continue;
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "damage", 6, 40000), 6);
    }
    r = sink_start(f, &sink_store);
    sink_await(r, 2000);
    runner_stats(r, &stats);
    runner_stop(r);
    assert_true(stats.damaged >= 1);
    assert_true(stats.delivered < 2000 && stats.delivered > 1800);
    assert_int_equal(stats.totals.lost, 2000 - stats.delivered);
    assert_value(f, "SELECT before + events + lost FROM store_counts", "2000");
    assert_value(f, "SELECT position FROM store_state", "2000");
}

int main(void)
{
#define SINK_TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, sink_teardown)
    const struct CMUnitTest tests[] = {
        SINK_TEST(a_runner_delivers_what_is_there_and_what_comes),
        SINK_TEST(the_writer_sees_how_far_a_sink_is),
        SINK_TEST(a_journal_that_comes_later_is_followed),
        SINK_TEST(a_runner_goes_on_at_the_cursor),
        SINK_TEST(what_fails_is_tried_again),
        SINK_TEST(one_bad_record_is_set_aside_and_blocks_no_other),
        SINK_TEST(what_cannot_be_set_aside_is_not_tried_without_a_pause),
        SINK_TEST(a_broken_sink_ends_its_runner_and_says_so),
        SINK_TEST(a_sink_that_does_not_open_is_an_error),
        SINK_TEST(work_is_done_between_batches),
        SINK_TEST(the_store_gets_events_quarantine_notes_and_what_does_not_decode),
        SINK_TEST(stopping_delivers_what_was_read),
        SINK_TEST(damage_is_counted_and_what_lies_behind_is_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
