/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as its users see it: what is appended comes back, once, in order, over restarts. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "journal/segment.h"
#include "journal_fixture.h"

static char dir[64];

static int make_dir(void **state)
{
    snprintf(dir, sizeof dir, "/tmp/weir-journal-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int delete_one(void *ctx, const char *name)
{
    AUTO_FREE char *path = io_join(dir, name);

    return unlink(path);
}

static int remove_dir(void **state)
{
    io_system()->list(io_system(), dir, delete_one, NULL);
    return rmdir(dir);
}

static struct journal *open_here(uint64_t segment_bytes)
{
    return fixture_open(io_system(), dir, segment_bytes);
}

static int64_t read_all(int64_t after)
{
    int damages;
    int64_t count = fixture_read(io_system(), dir, after, &damages);

    assert_int_equal(damages, 0);
    return count;
}

static void leaf_hash_agrees_with_the_format(void **state)
{
    uint8_t salt[16], hash[32];
    char hex[64];

    for (uint8_t i = 0; i < 16; i++)
        salt[i] = i;
    journal_leaf_hash(hash, salt, STR("weir"));
    hex_encode(hex, hash, sizeof hash);
    assert_memory_equal(hex, "23836076b42b03ed1dd23f7db5a7dccbce39feeace2373330c8a516f6d8d1a02",
                        64);
}

static void append_numbers_records_from_one(void **state)
{
    struct journal *j = open_here(1 << 20);
    struct journal_record r[3];

    assert_non_null(j);
    assert_int_equal(fixture_append(j, 1, 3, 300, r), ERR_NONE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(r[i].position, i + 1);
        assert_false(r[i].duplicate);
    }
    assert_int_equal(fixture_append(j, 10, 1, 16, r), ERR_NONE);
    assert_int_equal(r[0].position, 4);
    journal_close(j);
    assert_int_equal(read_all(0), 4);
    assert_int_equal(read_all(3), 1);
    assert_int_equal(read_all(4), 0);
}

static void reader_gives_back_what_was_appended(void **state)
{
    struct journal *j = open_here(1 << 20);
    struct str payload = fixture_payload(5, 333);
    struct journal_reader *reader;
    struct journal_entry e;
    struct err err;

    assert_int_equal(fixture_append(j, 5, 1, 333, NULL), ERR_NONE);
    assert_int_equal(journal_reader_open(&reader, io_system(), dir, 0, &err), 0);
    assert_int_equal(journal_reader_next(reader, &e, &err), 1);
    assert_int_equal(e.position, 1);
    assert_int_equal(e.received_us, 1000);
    assert_int_equal(e.kind, JOURNAL_EVENT);
    assert_true(str_eq(e.payload, payload));
    assert_int_equal(journal_reader_next(reader, &e, &err), 0);
    assert_int_equal(journal_reader_durable(reader), 1);
    /* and follows the head */
    assert_int_equal(fixture_append(j, 6, 1, 16, NULL), ERR_NONE);
    assert_int_equal(journal_reader_next(reader, &e, &err), 1);
    assert_int_equal(e.position, 2);
    journal_reader_close(reader);
    journal_close(j);
    free((void *)(uintptr_t)payload.ptr);
}

static void what_follows_from_a_duplicate_is_not_written_either(void **state)
{
    struct journal *j = open_here(1 << 20);
    struct journal_record r[4] = {{0}};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch b = {
        .records = r, .count = 4, .done = fixture_done, .ctx = &wait, .received_us = 1};

    for (int i = 0; i < 4; i++)
        r[i] = (struct journal_record){.kind = JOURNAL_EVENT,
                                       .has_key = true,
                                       .key = {.id = {(uint8_t)(i == 3 ? 2 : i + 1)}, .source = 7},
                                       .with_next = i % 2 == 0,
                                       .payload = STR("x")};
    journal_submit(j, &b); /* 1 follows from 2; 3 would follow from 2, which is there by then */
    fixture_await(&wait, 1);
    assert_int_equal(r[0].position, 1);
    assert_int_equal(r[1].position, 2);
    assert_true(r[2].duplicate && r[3].duplicate);
    assert_int_equal(r[2].position, 2);
    for (int i = 0; i < 2; i++) { /* 3 is not known, and 1 is */
        r[0].key.id[0] = 3;
        r[1].key.id[0] = 4;
        b.count = 2;
        journal_submit(j, &b);
        fixture_await(&wait, 2 + i);
        assert_int_equal(r[0].duplicate, i);
        assert_int_equal(r[0].position, 3 + i); /* of the one that it follows from */
    }
    r[0].key.id[0] = 1;
    r[1].key.id[0] = 5;
    journal_submit(j, &b);
    fixture_await(&wait, 4);
    assert_true(r[0].duplicate);
    assert_int_equal(r[0].position, 1);
    assert_false(r[1].duplicate);
    journal_close(j);
}

static void the_last_hours_begin_behind_the_segments_that_are_older(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", 8192);
    struct err err = {0};
    int64_t after = -1;

    assert_int_equal(journal_since(&m->io, "j", 1000, &after, &err), 0);
    assert_int_equal(after, 0);
    for (int i = 0; i < 40; i++) /* all are received at 1000 */
        assert_int_equal(fixture_append(j, (uint64_t)i, 1, 500, NULL), ERR_NONE);
    assert_int_equal(journal_since(&m->io, "j", 1000, &after, &err), 0);
    assert_int_equal(after, 0);
    assert_int_equal(journal_since(&m->io, "j", 1001, &after, &err), 0);
    assert_in_range(after, 1, 39); /* the head has no seal yet */
    journal_close(j);
    assert_int_equal(journal_since(&m->io, "none", 1000, &after, &err), 0);
    memory_io_free(m);
}

static void duplicates_are_found_in_and_over_batches(void **state)
{
    struct journal *j = open_here(1 << 20);
    struct journal_record r[2];
    struct journal_record same[3] = {{0}};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch b = {
        .records = same, .count = 3, .done = fixture_done, .ctx = &wait, .received_us = 1};
    struct journal_stats stats;

    assert_int_equal(fixture_append(j, 1, 2, 100, r), ERR_NONE);
    assert_int_equal(fixture_append(j, 2, 2, 100, r), ERR_NONE);
    assert_true(r[0].duplicate);
    assert_int_equal(r[0].position, 2);
    assert_int_equal(r[1].position, 3);
    for (int i = 0; i < 3; i++)
        same[i] = (struct journal_record){.kind = i < 2 ? JOURNAL_QUARANTINE : JOURNAL_EVENT,
                                          .has_key = true,
                                          .key = {.id = {99}, .source = 7},
                                          .payload = STR("x")};
    journal_submit(j, &b);
    fixture_await(&wait, 1);
    assert_int_equal(same[0].position, 4);
    assert_true(same[1].duplicate);
    assert_int_equal(same[1].position, 4);
    assert_false(same[2].duplicate); /* quarantined once, now sound: accepted */
    assert_int_equal(same[2].position, 5);
    journal_stats(j, &stats);
    assert_int_equal(stats.duplicates, 2);
    assert_int_equal(stats.last_position, 5);
    journal_close(j);
    /* after a restart the same keys are known */
    j = open_here(1 << 20);
    assert_int_equal(fixture_append(j, 1, 1, 100, r), ERR_NONE);
    assert_true(r[0].duplicate);
    assert_int_equal(r[0].position, 1);
    journal_close(j);
}

/* What was received long ago and accepted only now keeps its time; the rest has the batch's. */
static void a_record_may_have_a_time_of_its_own(void **state)
{
    struct journal *j = open_here(1 << 20);
    struct journal_record r[2] = {{.kind = JOURNAL_NOTE, .payload = STR("{}"), .received_us = 5},
                                  {.kind = JOURNAL_NOTE, .payload = STR("{}")}};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch b = {
        .records = r, .count = 2, .done = fixture_done, .ctx = &wait, .received_us = 700};
    struct journal_reader *reader;
    struct journal_entry entry;

    journal_submit(j, &b);
    fixture_await(&wait, 1);
    assert_int_equal(journal_reader_open(&reader, io_system(), dir, 0, NULL), 0);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), 1);
    assert_int_equal(entry.received_us, 5);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), 1);
    assert_int_equal(entry.received_us, 700);
    journal_reader_close(reader);
    journal_close(j);
}

static void segments_follow_each_other(void **state)
{
    struct journal *j = open_here(16384);
    struct journal_stats stats;

    for (uint64_t n = 0; n < 500; n += 5)
        assert_int_equal(fixture_append(j, n + 1, 5, 300, NULL), ERR_NONE);
    journal_stats(j, &stats);
    assert_true(stats.segments > 10);
    assert_int_equal(read_all(0), 500);
    for (int64_t after = 0; after <= 500; after += 7)
        assert_int_equal(read_all(after), 500 - after);
    journal_close(j);
    j = open_here(16384);
    journal_stats(j, &stats);
    assert_int_equal(stats.damaged, 0);
    assert_int_equal(stats.torn_bytes, 0);
    assert_int_equal(stats.last_position, 500);
    assert_int_equal(fixture_append(j, 501, 5, 300, NULL), ERR_NONE);
    assert_int_equal(read_all(0), 505);
    journal_close(j);
}

static void limits_are_told(void **state)
{
    struct journal *j = open_here(3 << 20);
    struct journal_stats stats;

    assert_int_equal(fixture_append(j, 1, 1, JOURNAL_PAYLOAD_MAX, NULL), ERR_NONE);
    assert_int_equal(fixture_append(j, 2, 1, JOURNAL_PAYLOAD_MAX + 1, NULL), ERR_LIMIT);
    assert_int_equal(fixture_append(j, 3, 3, JOURNAL_PAYLOAD_MAX, NULL), ERR_LIMIT);
    assert_int_equal(fixture_append(j, 3, 2, JOURNAL_PAYLOAD_MAX, NULL), ERR_NONE);
    journal_stats(j, &stats);
    assert_false(stats.failed);
    journal_close(j);
    assert_int_equal(read_all(0), 3);
}

static void second_writer_is_refused(void **state)
{
    struct journal *j = open_here(1 << 20), *other = NULL;
    struct journal_opts opts = {.io = io_system(), .dir = dir};
    struct err err;

    assert_int_equal(journal_open(&other, &opts, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    assert_null(other);
    journal_close(j);
    j = open_here(1 << 20);
    assert_non_null(j);
    journal_close(j);
}

static void reader_waits_for_a_journal_that_is_not_there_yet(void **state)
{
    struct journal_reader *r;
    struct journal_entry e;
    struct journal *j;
    struct err err;

    assert_int_equal(journal_reader_open(&r, io_system(), dir, 0, &err), 0);
    assert_int_equal(journal_reader_next(r, &e, &err), 0);
    assert_int_equal(journal_reader_durable(r), 0);
    j = open_here(1 << 20);
    assert_int_equal(journal_reader_next(r, &e, &err), 0);
    assert_int_equal(fixture_append(j, 1, 1, 100, NULL), ERR_NONE);
    assert_int_equal(journal_reader_next(r, &e, &err), 1);
    journal_reader_close(r);
    journal_close(j);
}

static void caller_may_drive_the_commit(void **state)
{
    struct journal_opts opts = {.io = io_system(),
                                .dir = dir,
                                .segment_bytes = 1 << 20,
                                .reserve_bytes = 1,
                                .no_thread = true};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_record r[2] = {{.kind = JOURNAL_NOTE, .payload = STR("{}")},
                                  {.kind = JOURNAL_NOTE, .payload = STR("{}")}};
    struct journal_batch a = {.records = r, .count = 1, .done = fixture_done, .ctx = &wait};
    struct journal_batch b = {.records = r + 1, .count = 1, .done = fixture_done, .ctx = &wait};
    struct journal_stats stats;
    struct journal *j;

    assert_int_equal(journal_open(&j, &opts, NULL), 0);
    journal_submit(j, &a);
    journal_submit(j, &b);
    assert_int_equal(wait.done, 0);
    journal_commit_waiting(j);
    assert_int_equal(wait.done, 2);
    assert_int_equal(r[1].position, 2);
    journal_stats(j, &stats);
    assert_int_equal(stats.commits, 1);
    journal_close(j);
}

/* The caller takes what the thread was woken for; what comes next must wake it again. */
static void thread_wakes_although_the_caller_was_faster(void **state)
{
    struct journal *j = fixture_open(io_system(), dir, 1 << 20);

    for (uint64_t n = 0; n < 500; n++) {
        struct fixture_wait wait = FIXTURE_WAIT;
        struct journal_record r = {.kind = JOURNAL_NOTE, .payload = STR("{}")};
        struct journal_batch b = {
            .records = &r, .count = 1, .received_us = 1, .done = fixture_done, .ctx = &wait};

        journal_submit(j, &b);
        journal_commit_waiting(j);
        fixture_await(&wait, 1);
        usleep(50);
        assert_int_equal(fixture_append(j, n + 1, 1, 100, NULL), ERR_NONE);
    }
    journal_close(j);
}

/* The child appends and tells each acknowledged position through a pipe until it is killed. */
static void append_until_killed(int out)
{
    struct journal *j = open_here(32768);

    for (uint64_t n = 1;; n += 3) {
        struct journal_record r[3];

        if (!j || fixture_append(j, n * 1000000 + (uint64_t)getpid(), 3, 200, r) != ERR_NONE ||
            write(out, &r[2].position, sizeof r[2].position) < 0)
            _exit(1);
    }
}

static void nothing_acknowledged_is_lost_by_kill(void **state)
{
    int64_t acked = 0, before = 0;

    for (int round = 0; round < 8; round++) {
        int pipes[2], status;
        int64_t position;
        pid_t child;

        assert_int_equal(pipe(pipes), 0);
        child = fork();
        if (child == 0)
            append_until_killed(pipes[1]);
        close(pipes[1]);
        for (int i = 0; i < 40 + 31 * round; i++)
            if (read(pipes[0], &position, sizeof position) == sizeof position)
                acked = position;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(pipes[0], &position, sizeof position) == sizeof position)
            acked = position;
        close(pipes[0]);
        assert_true(acked > before);
        before = acked;
        assert_true(read_all(0) >= acked);
    }
}

int main(void)
{
#define HERE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_hash_agrees_with_the_format),
        HERE(append_numbers_records_from_one),
        HERE(reader_gives_back_what_was_appended),
        HERE(what_follows_from_a_duplicate_is_not_written_either),
        cmocka_unit_test(the_last_hours_begin_behind_the_segments_that_are_older),
        HERE(duplicates_are_found_in_and_over_batches),
        HERE(a_record_may_have_a_time_of_its_own),
        HERE(segments_follow_each_other),
        HERE(limits_are_told),
        HERE(second_writer_is_refused),
        HERE(reader_waits_for_a_journal_that_is_not_there_yet),
        HERE(caller_may_drive_the_commit),
        HERE(thread_wakes_although_the_caller_was_faster),
        HERE(nothing_acknowledged_is_lost_by_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
