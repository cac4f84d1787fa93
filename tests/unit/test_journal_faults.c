/* SPDX-License-Identifier: Apache-2.0 */
/* The journal on a disk that fails or is full, and under many threads. */
#include "unit.h"

#include <errno.h>

#include "journal/segment.h"
#include "journal_fixture.h"

enum { SEGMENT = 16384, LARGE = 200000, LEN = 104 };

/* Appends while the n-th write or sync fails; afterwards nothing may be acknowledged. */
static void fail_nth(int *countdown, struct memory_io *m, int n)
{
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats;
    int64_t acked = 0;
    bool failed = false;
    int damages;

    *countdown = n;
    for (uint64_t i = 1; i < 100; i++) {
        struct journal_record r[2];
        enum err_code error = fixture_append(j, i * 2, 2, LEN, r);

        if (failed)
            assert_int_equal(error, ERR_IO);
        if (error == ERR_NONE)
            acked = r[1].position;
        else
            failed = true;
    }
    assert_true(failed);
    journal_stats(j, &stats);
    assert_true(stats.failed);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), acked);
    assert_int_equal(damages, 0);
    journal_close(j);
    /* the disk works again: what was acknowledged is there, and a repetition counts once */
    j = fixture_open(&m->io, "j", SEGMENT);
    assert_non_null(j);
    for (uint64_t i = 1; i < 100; i++)
        assert_int_equal(fixture_append(j, i * 2, 2, LEN, NULL), ERR_NONE);
    journal_stats(j, &stats);
    assert_int_equal(stats.damaged, 0);
    assert_int_equal(stats.last_position, 198);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 198);
    assert_int_equal(damages, 0);
    journal_close(j);
}

static void nothing_is_acknowledged_after_a_failed_sync(void **state)
{
    for (int n = 0; n < 60; n++) {
        struct memory_io *m = memory_io_new();

        fail_nth(&m->fail_sync, m, n);
        memory_io_free(m);
    }
}

static void nothing_is_acknowledged_after_a_failed_write(void **state)
{
    for (int n = 0; n < 60; n++) {
        struct memory_io *m = memory_io_new();

        fail_nth(&m->fail_write, m, n);
        memory_io_free(m);
    }
}

static void nothing_is_written_after_a_failed_sync(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    uint64_t writes;

    assert_int_equal(fixture_append(j, 1, 1, LEN, NULL), ERR_NONE);
    m->fail_sync = 0;
    assert_int_equal(fixture_append(j, 2, 1, LEN, NULL), ERR_IO);
    writes = m->writes;
    assert_int_equal(fixture_append(j, 3, 1, LEN, NULL), ERR_IO);
    assert_int_equal(m->writes, writes);
    journal_close(j);
    memory_io_free(m);
}

static void opening_fails_where_the_disk_does(void **state)
{
    struct journal_opts opts = {.dir = "j", .segment_bytes = SEGMENT, .reserve_bytes = 1 << 20};

    for (int n = 0; n < 5; n++) {
        for (int which = 0; which < 2; which++) {
            struct memory_io *m = memory_io_new();
            struct journal *j = NULL;
            struct err err;

            opts.io = &m->io;
            *(which ? &m->fail_sync : &m->fail_write) = n;
            if (journal_open(&j, &opts, &err) < 0) {
                assert_int_equal(err.code, ERR_IO);
                assert_null(j);
                assert_false(m->locked);
            }
            m->fail_sync = m->fail_write = -1;
            journal_close(j);
            j = fixture_open(&m->io, "j", SEGMENT);
            assert_int_equal(fixture_append(j, 1, 1, LEN, NULL), ERR_NONE);
            journal_close(j);
            memory_io_free(m);
        }
    }
}

static enum err_code append_note(struct journal *j)
{
    struct journal_record r = {.kind = JOURNAL_NOTE, .payload = STR("{\"disk\":\"full\"}")};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch b = {.records = &r, .count = 1, .done = fixture_done, .ctx = &wait};

    journal_submit(j, &b);
    fixture_await(&wait, 1);
    return b.error;
}

static void full_disk_refuses_until_there_is_room_again(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats;
    int damages;

    for (uint64_t round = 0; round < 3; round++) {
        memory_io_room(m, UINT64_C(1) << 39, 0);
        usleep(260000);
        assert_int_equal(fixture_append(j, 1 + round, 1, LEN, NULL), ERR_NONE);
        memory_io_room(m, (1 << 20) - 1, 0);
        usleep(260000);
        assert_int_equal(fixture_append(j, 1000 + round, 1, LEN, NULL), ERR_SPACE);
        journal_stats(j, &stats);
        assert_true(stats.full);
        assert_false(stats.failed);
        assert_int_equal(append_note(j), ERR_NONE); /* the record of the outage itself */
    }
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 6);
    assert_int_equal(damages, 0);
    memory_io_free(m);
}

static void no_room_for_the_next_segment_refuses_until_there_is(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    enum err_code error = ERR_NONE;
    uint64_t n = 1;
    int damages;

    memory_io_room(m, (1 << 20) + SEGMENT - 1, 0); /* above the reserve, too little for a segment */
    for (; n < 200 && error == ERR_NONE; n++)
        error = fixture_append(j, n, 1, LEN, NULL);
    assert_int_equal(error, ERR_SPACE);
    n--;
    m->available *= 2;
    usleep(260000);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(fixture_append(j, n + i, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), n + 99);
    assert_int_equal(damages, 0);
    memory_io_free(m);
}

static void a_full_disk_does_not_keep_the_journal_from_opening(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal_stats stats;
    struct journal *j;
    int damages;

    memory_io_room(m, (1 << 20) + SEGMENT - 1, 0); /* too little for the first segment */
    for (int round = 0; round < 2; round++) {
        j = fixture_open(&m->io, "j", SEGMENT);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_true(stats.full);
        assert_int_equal(fixture_append(j, 1, 1, LEN, NULL), ERR_SPACE);
        assert_int_equal(append_note(j), ERR_SPACE); /* there is nothing to write it to */
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 0);
        assert_int_equal(damages, 0);
        if (round == 0)
            journal_close(j);
    }
    m->available *= 2;
    usleep(260000);
    assert_int_equal(fixture_append(j, 1, 1, LEN, NULL), ERR_NONE);
    journal_stats(j, &stats);
    assert_false(stats.full);
    assert_int_equal(stats.last_position, 1);
    assert_int_equal(stats.first_position, 1);
    journal_close(j);
    j = fixture_open(&m->io, "j", SEGMENT);
    journal_stats(j, &stats);
    assert_int_equal(stats.damaged, 0);
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 1);
    memory_io_free(m);
}

/* The head is damaged, so a new one is due, and there is no room for it. */
static void a_damaged_head_on_a_full_disk_waits_for_room(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats;
    int damages;

    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(fixture_append(j, 1 + i, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    memory_io_find(m, "00000000000000000001.seg")->bytes[SEGMENT_HEADER_BYTES + 9 * 152 + 60] ^= 1;
    memory_io_room(m, 0, 0);
    for (int round = 0; round < 2; round++) {
        j = fixture_open(&m->io, "j", SEGMENT);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_int_equal(stats.damaged, 1);
        assert_int_equal(stats.lost, 1);
        assert_int_equal(fixture_append(j, 50, 1, LEN, NULL), ERR_SPACE);
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 9);
        assert_int_equal(damages, 1);
        if (round == 0)
            journal_close(j);
    }
    memory_io_room(m, UINT64_C(1) << 39, 0);
    usleep(260000);
    assert_int_equal(fixture_append(j, 50, 1, LEN, NULL), ERR_NONE);
    journal_stats(j, &stats);
    assert_int_equal(stats.last_position, 11); /* the lost position is not used again */
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 10);
    assert_int_equal(damages, 1);
    memory_io_free(m);
}

static void a_head_that_can_go_on_needs_no_room_to_open(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats;

    assert_int_equal(fixture_append(j, 1, 3, LEN, NULL), ERR_NONE);
    journal_close(j);
    memory_io_room(m, 0, 0);
    j = fixture_open(&m->io, "j", SEGMENT);
    assert_non_null(j);
    assert_int_equal(fixture_append(j, 10, 1, LEN, NULL), ERR_SPACE);
    assert_int_equal(append_note(j), ERR_NONE);
    journal_stats(j, &stats);
    assert_int_equal(stats.last_position, 4);
    journal_close(j);
    memory_io_free(m);
}

/* Events stop short of a segment's end, so that what is done about a full disk can be told. */
static void notes_have_room_where_events_have_none(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", LARGE);
    enum err_code error = ERR_NONE;

    memory_io_room(m, (1 << 20) + LARGE - 1, 0);
    for (uint64_t n = 1; n < 2000 && error == ERR_NONE; n++)
        error = fixture_append(j, n, 1, LEN, NULL);
    assert_int_equal(error, ERR_SPACE);
    for (int i = 0; i < 5; i++)
        assert_int_equal(append_note(j), ERR_NONE);
    journal_close(j);
    memory_io_free(m);
}

static void ignore_done(struct journal_batch *b)
{
}

/* An event that waits behind a note does not take the room either. */
static void the_room_for_notes_is_not_for_events_beside_them(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal_opts opts = {.io = &m->io,
                                .dir = "j",
                                .segment_bytes = LARGE,
                                .reserve_bytes = 1 << 20,
                                .no_thread = true,
                                .no_prepare_thread = true};
    struct journal_record records[] = {{.kind = JOURNAL_NOTE, .payload = STR("{}")},
                                       {.kind = JOURNAL_EVENT, .payload = STR("some event")}};
    struct journal_batch note = {.records = &records[0], .count = 1, .done = ignore_done};
    struct journal_batch event = {.records = &records[1], .count = 1, .done = ignore_done};
    struct journal *j = NULL;

    assert_int_equal(journal_open(&j, &opts, NULL), 0);
    memory_io_room(m, (1 << 20) + LARGE - 1, 0);
    do {
        journal_submit(j, &note);
        journal_submit(j, &event);
        journal_commit_waiting(j);
        assert_int_equal(note.error, ERR_NONE);
    } while (event.error == ERR_NONE);
    assert_int_equal(event.error, ERR_SPACE);
    for (int i = 0; i < 5; i++) {
        journal_submit(j, &note);
        journal_commit_waiting(j);
        assert_int_equal(note.error, ERR_NONE);
    }
    journal_close(j);
    memory_io_free(m);
}

/* Whatever the errno: a write into the head that fails ends all commits until the next open, which
 * finds what was acknowledged. */
static void a_head_that_runs_out_of_disk_keeps_what_was_acknowledged(void **state)
{
    static const int errors[] = {ENOSPC, EDQUOT, EFBIG, EIO};

    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        for (int n = 0; n < 12; n += 3) { /* before the next segment is prepared */
            struct memory_io *m = memory_io_new();

            m->error = errors[i];
            fail_nth(&m->fail_write, m, n);
            memory_io_free(m);
        }
}

static void a_quota_refuses_until_there_is_room_again(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    enum err_code error = ERR_NONE;
    struct journal_stats stats;
    uint64_t n = 1;
    int damages;

    memory_io_room(m, UINT64_C(1) << 39, EDQUOT); /* the free space shows nothing of it */
    for (; n < 200 && error == ERR_NONE; n++)
        error = fixture_append(j, n, 1, LEN, NULL);
    assert_int_equal(error, ERR_SPACE);
    journal_stats(j, &stats);
    assert_true(stats.full);
    assert_false(stats.failed);
    memory_io_room(m, UINT64_C(1) << 39, 0);
    usleep(260000);
    assert_int_equal(fixture_append(j, n - 1, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), n - 1);
    assert_int_equal(damages, 0);
    memory_io_free(m);
}

struct load {
    struct journal *j;
    uint64_t first, count;
    int64_t sum;
};

static void *append_many(void *arg)
{
    struct load *load = arg;

    for (uint64_t i = 0; i < load->count; i++) {
        struct journal_record r[2];

        CHECK(fixture_append(load->j, load->first + 2 * i, 2, LEN, r) == ERR_NONE);
        CHECK(r[1].position > r[0].position);
        load->sum += r[0].position + r[1].position;
    }
    return NULL;
}

static void threads_get_distinct_positions(void **state)
{
    enum { THREADS = 4, EACH = 150 };
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    pthread_t threads[THREADS];
    struct load loads[THREADS];
    int64_t n = THREADS * EACH * 2, sum = 0;
    struct journal_reader *r;
    struct journal_entry e;
    struct err err;
    int64_t seen = 0;

    for (uint64_t t = 0; t < THREADS; t++) {
        loads[t] = (struct load){.j = j, .first = 1 + t * 100000, .count = EACH};
        assert_int_equal(pthread_create(&threads[t], NULL, append_many, &loads[t]), 0);
    }
    /* read beside them */
    assert_int_equal(journal_reader_open(&r, &m->io, "j", 0, &err), 0);
    while (seen < n) {
        int found = journal_reader_next(r, &e, &err);

        assert_true(found >= 0);
        if (found) {
            assert_int_equal(e.position, seen + 1);
            seen++;
        }
    }
    journal_reader_close(r);
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        sum += loads[t].sum;
    }
    assert_int_equal(sum, n * (n + 1) / 2);
    journal_close(j);
    memory_io_free(m);
}

static void *drive(void *arg)
{
    struct load *load = arg;

    for (uint64_t i = 0; i < load->count; i++) {
        struct str payload = fixture_payload(load->first + i, LEN);
        struct journal_record r = {.kind = JOURNAL_EVENT, .payload = payload};
        struct fixture_wait wait = FIXTURE_WAIT;
        struct journal_batch b = {.records = &r, .count = 1, .done = fixture_done, .ctx = &wait};

        journal_submit(load->j, &b);
        journal_commit_waiting(load->j);
        fixture_await(&wait, 1); /* by this thread or by the one that was at it */
        CHECK(b.error == ERR_NONE);
        free((void *)(uintptr_t)payload.ptr);
    }
    return NULL;
}

static void threads_may_drive_the_commit_themselves(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal_opts opts = {.io = &m->io,
                                .dir = "j",
                                .segment_bytes = SEGMENT,
                                .reserve_bytes = 1 << 20,
                                .no_thread = true};
    struct journal_stats stats;
    struct load loads[3];
    pthread_t threads[3];
    struct journal *j;

    assert_int_equal(journal_open(&j, &opts, NULL), 0);
    for (uint64_t t = 0; t < 3; t++) {
        loads[t] = (struct load){.j = j, .first = 1 + t * 100000, .count = 300};
        assert_int_equal(pthread_create(&threads[t], NULL, drive, &loads[t]), 0);
    }
    for (int t = 0; t < 3; t++)
        pthread_join(threads[t], NULL);
    journal_stats(j, &stats);
    assert_int_equal(stats.last_position, 900);
    journal_close(j);
    memory_io_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_acknowledged_after_a_failed_sync),
        cmocka_unit_test(nothing_is_acknowledged_after_a_failed_write),
        cmocka_unit_test(nothing_is_written_after_a_failed_sync),
        cmocka_unit_test(opening_fails_where_the_disk_does),
        cmocka_unit_test(full_disk_refuses_until_there_is_room_again),
        cmocka_unit_test(no_room_for_the_next_segment_refuses_until_there_is),
        cmocka_unit_test(a_full_disk_does_not_keep_the_journal_from_opening),
        cmocka_unit_test(a_damaged_head_on_a_full_disk_waits_for_room),
        cmocka_unit_test(a_head_that_can_go_on_needs_no_room_to_open),
        cmocka_unit_test(notes_have_room_where_events_have_none),
        cmocka_unit_test(the_room_for_notes_is_not_for_events_beside_them),
        cmocka_unit_test(a_head_that_runs_out_of_disk_keeps_what_was_acknowledged),
        cmocka_unit_test(a_quota_refuses_until_there_is_room_again),
        cmocka_unit_test(threads_get_distinct_positions),
        cmocka_unit_test(threads_may_drive_the_commit_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
