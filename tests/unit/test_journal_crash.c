/* SPDX-License-Identifier: Apache-2.0 */
/* What crashes on the model file system have taught: a case for each fault that they found. The
 * search for more is tests/crash/simulate.c. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#include "journal/cursor.h"
#include "journal/segment.h"
#include "journal/tidy.h"
#include "journal/watermark.h"
#include "journal_fixture.h"
#include "model_io.h"
#include "privacy/pseudonym.h"

enum { SEGMENT = 16384, LEN = 104, A_SEGMENT = 80 }; /* records that fill one */

static struct journal *open_driven(struct model_io *m, struct err *err)
{
    struct journal_opts opts = {.io = model_table(m),
                                .dir = "data/journal",
                                .segment_bytes = SEGMENT,
                                .reserve_bytes = 4096,
                                .recent_bytes = 1 << 16,
                                .key_of = fixture_key_of,
                                .no_thread = true,
                                .no_prepare_thread = true};
    struct journal *j = NULL;

    if (io_make_dir(model_table(m), "data", 0700, err) < 0 || journal_open(&j, &opts, err) < 0)
        return NULL;
    return j;
}

static void count_done(struct journal_batch *b)
{
    ++*(int *)b->ctx;
}

static enum err_code append(struct journal *j, uint64_t n)
{
    struct journal_record r = {.kind = JOURNAL_EVENT, .payload = fixture_payload(n, LEN)};
    int done = 0;
    struct journal_batch b = {
        .records = &r, .count = 1, .received_us = 1, .done = count_done, .ctx = &done};

    r.has_key = fixture_key_of(NULL, r.kind, r.payload, &r.key);
    journal_submit(j, &b);
    journal_commit_waiting(j);
    assert_int_equal(done, 1);
    free((void *)(uintptr_t)r.payload.ptr);
    return b.error;
}

static int64_t read_all(struct model_io *m, int *damages)
{
    return fixture_read(model_table(m), "data/journal", 0, damages);
}

/* Killed at its n-th change, begun again, one record acknowledged; then the power goes. */
static void regress_names_are_synced_by_who_finds_them(void **state)
{
    for (uint64_t n = 1; n < 40; n++) {
        struct model_io *m = model_new(n);
        struct journal_stats stats;
        struct err err;
        struct journal *j;
        int damages;

        model_die_at(m, n);
        j = open_driven(m, &err);
        journal_close(j);
        assert_int_equal(model_kill(m), 0);
        j = open_driven(m, &err);
        assert_non_null(j);
        assert_int_equal(append(j, 1), ERR_NONE);
        journal_close(j);
        assert_int_equal(model_crash_bare(m), 0);
        j = open_driven(m, &err);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_int_equal(stats.damaged, 0);
        journal_close(j);
        assert_int_equal(read_all(m, &damages), 1);
        assert_int_equal(damages, 0);
        model_free(m);
    }
}

static void regress_key_names_are_synced_by_who_finds_them(void **state)
{
    for (uint64_t n = 1; n < 24; n++) {
        struct model_io *m = model_new(n);
        struct pseudonyms *p = NULL;
        struct pseudonym before, after;
        struct err err;
        unsigned scope;

        model_die_at(m, n);
        if (pseudonyms_open(&p, model_table(m), "keys", &err) == 0)
            pseudonyms_close(p);
        assert_int_equal(model_kill(m), 0);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pseudonyms_open(&p, model_table(m), "keys", &err), 0);
            assert_int_equal(pseudonyms_scope(p, STR("actor"), &scope, &err), 0);
            pseudonym_make(p, scope, STR("someone"), i ? &after : &before);
            pseudonyms_close(p);
            model_crash_bare(m);
        }
        assert_memory_equal(&before, &after, sizeof before);
        model_free(m);
    }
}

/* Fills one segment and goes on into the next. */
static struct model_io *with_two_segments(void)
{
    struct model_io *m = model_new(1);
    struct journal *j = open_driven(m, NULL);

    for (uint64_t n = 0; n < A_SEGMENT; n++)
        assert_int_equal(append(j, n + 1), ERR_NONE);
    journal_close(j);
    return m;
}

/* A reader that stands at the old head's end may not open a file when the journal rolls. */
static void regress_reader_that_may_not_look_does_not_skip(void **state)
{
    static const enum model_call calls[] = {MODEL_LIST, MODEL_OPEN, MODEL_PREAD, MODEL_SIZE};

    for (size_t c = 0; c < ARRAY_LEN(calls); c++) {
        struct model_io *m = with_two_segments();
        struct journal *j = open_driven(m, NULL);
        struct journal_reader *r;
        struct journal_entry e;
        struct err err;
        int64_t seen = 0;
        int found;

        assert_int_equal(journal_reader_open(&r, model_table(m), "data/journal", 0, &err), 0);
        while (journal_reader_next(r, &e, &err) == 1)
            seen++;
        assert_int_equal(seen, A_SEGMENT);
        for (uint64_t n = 0; n < 5; n++)
            assert_int_equal(append(j, 1000 + n), ERR_NONE);
        model_fail(m, (struct model_fault){.call = calls[c], .error = EMFILE});
        found = journal_reader_next(r, &e, &err);
        if (found < 0)
            assert_int_equal(err.code, ERR_IO);
        for (; found != 0; found = journal_reader_next(r, &e, &err))
            if (found > 0)
                assert_int_equal(e.position, ++seen);
        assert_int_equal(seen, A_SEGMENT + 5);
        journal_reader_close(r);
        journal_close(j);
        model_free(m);
    }
}

static void regress_a_length_that_cannot_be_read_is_no_damage(void **state)
{
    struct model_io *m = with_two_segments();
    struct journal_stats stats;
    struct journal *j;
    struct err err;

    for (uint64_t n = 0; n < 4; n++) {
        model_fail(m, (struct model_fault){.call = MODEL_SIZE, .after = n, .error = EIO});
        j = open_driven(m, &err);
        if (!j) {
            assert_int_equal(err.code, ERR_IO);
        } else {
            journal_stats(j, &stats);
            assert_int_equal(stats.damaged, 0);
            journal_close(j);
        }
        model_heal(m);
    }
    model_free(m);
}

/* The seal of the segment before an empty head may be torn by a power cut: no damage. Its sync may
 * have failed as well: then the next start writes it again, as it may not be on the disk. */
static void regress_a_torn_seal_before_an_empty_head_is_no_damage(void **state)
{
    for (uint64_t seed = 1; seed < 100; seed++) {
        for (int restarts = 0; restarts < 2; restarts++) {
            struct model_io *m = model_new(seed);
            struct journal *j = open_driven(m, NULL);
            struct journal_stats stats;
            struct err err = {.text = ""};
            uint64_t n = 0;

            while (append(j, ++n) == ERR_NONE)
                if (n == A_SEGMENT - 2) /* what follows: a commit or two, then the roll's syncs */
                    model_fail(
                        m, (struct model_fault){.call = MODEL_FDATASYNC, .after = 3, .error = EIO});
            journal_close(j);
            model_heal(m);
            if (restarts) {
                j = open_driven(m, &err);
                assert_non_null(j);
                assert_int_equal(append(j, 1000), ERR_NONE);
                journal_close(j);
            }
            model_crash(m);
            j = open_driven(m, &err);
            assert_non_null(j);
            journal_stats(j, &stats);
            assert_int_equal(stats.damaged, 0);
            journal_close(j);
            model_free(m);
        }
    }
}

/* A quota that ends just when the old segment is sealed: nothing goes into the new one. */
static void regress_a_seal_that_finds_no_room_is_a_failure(void **state)
{
    struct model_io *m = with_two_segments();
    struct journal *j = open_driven(m, NULL);
    struct journal_stats stats;
    int damages;

    model_fail(m, (struct model_fault){.call = MODEL_FTRUNCATE, .error = EDQUOT});
    assert_int_equal(append(j, 1000), ERR_IO);
    assert_int_equal(append(j, 1001), ERR_IO);
    journal_stats(j, &stats);
    assert_true(stats.failed);
    journal_close(j);
    j = open_driven(m, NULL);
    assert_non_null(j);
    assert_int_equal(append(j, 1000), ERR_NONE);
    journal_close(j);
    assert_int_equal(read_all(m, &damages), A_SEGMENT + 1);
    assert_int_equal(damages, 0);
    model_free(m);
}

static int64_t later(void)
{
    return INT64_C(1000000000);
}

/* Deletes all that may go. */
static void delete_old(struct journal *j)
{
    struct tidy *t = tidy_new(&(struct tidy_opts){.journal = j,
                                                  .compress_after_us = -1,
                                                  .keep_us = 1,
                                                  .rule = "test",
                                                  .wall = later,
                                                  .monotonic = later});
    struct tidy_report report;
    struct err err;

    while (tidy_step(t, &report, &err) > 0)
        ;
    tidy_free(t);
}

/* Files go from a folder in an order of the disk's own; the floor that a killed process stored may be
 * in the page cache only. */
static void regress_a_deletion_that_is_cut_off_is_no_damage(void **state)
{
    for (uint64_t n = 1; n <= 60; n++) {
        struct model_io *m = model_new(n);
        struct journal *j = open_driven(m, NULL);
        struct journal_stats stats;

        for (uint64_t i = 0; i < 4 * A_SEGMENT; i++)
            assert_int_equal(append(j, i + 1), ERR_NONE);
        assert_int_equal(
            cursor_publish(model_table(m), "data/journal", "store", 4 * A_SEGMENT, NULL), 1);
        model_die_at(m, 1 + n / 3);
        delete_old(j);
        journal_close(j);
        if (n % 3 == 0) {
            assert_int_equal(model_crash(m), 0);
        } else {
            assert_int_equal(model_kill(m), 0);
            j = open_driven(m, NULL);
            assert_non_null(j);
            delete_old(j);
            journal_close(j);
            assert_int_equal(n % 3 == 1 ? model_crash_bare(m) : model_crash(m), 0);
        }
        j = open_driven(m, NULL);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_int_equal(stats.damaged, 0);
        assert_int_equal(stats.lost, 0);
        journal_close(j);
        model_free(m);
    }
}

static void regress_what_cannot_be_read_back_is_no_damage(void **state)
{
    for (uint64_t n = 0; n < 30; n++) {
        struct model_io *m = with_two_segments();
        struct journal *j = open_driven(m, NULL);
        struct tidy_report report = {.kind = TIDY_NOTHING};
        struct tidy *t;
        struct err err = {.code = ERR_NONE};

        assert_int_equal(append(j, 1000), ERR_NONE);
        assert_int_equal(cursor_publish(model_table(m), "data/journal", "store", A_SEGMENT, NULL),
                         1);
        t = tidy_new(&(struct tidy_opts){.journal = j,
                                         .compress_after_us = 1,
                                         .keep_us = -1,
                                         .rule = "test",
                                         .wall = later,
                                         .monotonic = later});
        model_fail(m, (struct model_fault){.call = MODEL_PREAD, .after = n, .error = EIO});
        if (tidy_step(t, &report, &err) < 0)
            assert_int_equal(err.code, ERR_IO);
        assert_int_not_equal(report.kind, TIDY_DAMAGED);
        tidy_free(t);
        journal_close(j);
        model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regress_names_are_synced_by_who_finds_them),
        cmocka_unit_test(regress_key_names_are_synced_by_who_finds_them),
        cmocka_unit_test(regress_reader_that_may_not_look_does_not_skip),
        cmocka_unit_test(regress_a_length_that_cannot_be_read_is_no_damage),
        cmocka_unit_test(regress_a_torn_seal_before_an_empty_head_is_no_damage),
        cmocka_unit_test(regress_a_seal_that_finds_no_room_is_a_failure),
        cmocka_unit_test(regress_what_cannot_be_read_back_is_no_damage),
        cmocka_unit_test(regress_a_deletion_that_is_cut_off_is_no_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
