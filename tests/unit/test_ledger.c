/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: what it counts is there again after any end of the process, and nothing is doubled. A
 * power cut is played by putting some of its files back to an older state. */
#include "ledger_fixture.h"

static void counts_are_there_again_after_a_restart(void **state)
{
    struct fixture *f = *state;

    start(f);
    receive(f, 0, T0, 5);
    keep(f, 0, T0, LEDGER_EVENT);
    keep(f, 0, T0, LEDGER_QUARANTINED_EVENT);
    ledger_stage(f->l, 0, T0, LEDGER_DUPLICATE, 0, 0);
    ledger_settle(f->l);
    ledger_add(ledger_page(f->l, 0, T0), LEDGER_REASONS + 1, 2);
    assert_residue(f->l, 0);
    ledger_close(f->l, true);
    start(f);
    assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), 5);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 1);
    assert_int_equal(cell(f->l, 0, LEDGER_DUPLICATE), 1);
    assert_int_equal(cell(f->l, 0, LEDGER_QUARANTINED), 1);
    assert_int_equal(cell(f->l, 0, LEDGER_QUARANTINED_BYTES), 10);
    assert_int_equal(cell(f->l, 0, LEDGER_REASONS + 1), 2);
    assert_string_equal(ledger_reason_name(f->l, 1), "invalid_json");
    assert_int_equal(f->troubles, 0);
}

/* Steps of one group of the journal; a kill after each of them. */
static void a_kill_at_any_step_neither_loses_nor_doubles(void **state)
{
    struct fixture *f = *state;
    struct err err;

    start(f);
    for (int step = 0; step < 40; step++) {
        char *copy;
        struct ledger *l;

        switch (step % 8) {
        case 0: receive(f, (unsigned)step / 8 % 2, T0, 4); break;
        case 1: keep(f, (unsigned)step / 8 % 2, T0, LEDGER_EVENT); break;
        case 2: keep(f, (unsigned)step / 8 % 2, T0, LEDGER_QUARANTINED_EVENT); break;
        case 3: ledger_stage(f->l, (unsigned)step / 8 % 2, T0, LEDGER_DUPLICATE, 0, 0); break;
        case 4: ledger_settle(f->l); break;
        case 5:
            ledger_add(ledger_page(f->l, (unsigned)step / 8 % 2, T0), LEDGER_REASONS + 2, 1);
            break;
        case 6:
            if (step > 16)
                assert_int_equal(ledger_sync(f->l, &err), 0);
            break;
        default: assert_residue(f->l, 0);
        }
        copy = copy_folder(f);
        l = start_in(f, copy, LEDGER_WRITE);
        assert_residue(l, 0);
        assert_int_equal(cell(l, 0, LEDGER_ACCEPTED) + cell(l, 1, LEDGER_ACCEPTED) +
                             cell(l, 0, LEDGER_QUARANTINED) + cell(l, 1, LEDGER_QUARANTINED),
                         f->durable);
        assert_int_equal(cell(l, 0, LEDGER_RECEIVED) + cell(l, 1, LEDGER_RECEIVED),
                         (step / 8 + 1) * 4);
        assert_int_equal(cell(l, 0, LEDGER_RECOVERED), 0);
        ledger_close(l, true);
        l = start_in(f, copy, LEDGER_WRITE); /* and once more: nothing changes */
        assert_residue(l, 0);
        ledger_close(l, true);
        forget_folder(copy);
    }
    assert_int_equal(f->troubles, 0);
}

static void what_got_no_verdict_is_interrupted(void **state)
{
    struct fixture *f = *state;
    char *copy;
    struct ledger *l;

    start(f);
    receive(f, 0, T0, 7);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    copy = copy_folder(f);
    l = start_in(f, copy, LEDGER_AS_IT_IS);
    assert_residue(l, 6); /* that is how it looks beside a running collector */
    ledger_close(l, true);
    l = start_in(f, copy, LEDGER_SETTLED);
    assert_residue(l, 0);
    assert_int_equal(cell(l, 0, LEDGER_REASONS), 6);
    ledger_close(l, true);
    l = start_in(f, copy, LEDGER_AS_IT_IS);
    assert_residue(l, 6); /* settling in memory has written nothing */
    ledger_close(l, true);
    forget_folder(copy);
}

static void what_is_missing_after_an_orderly_end_stays_visible(void **state)
{
    struct fixture *f = *state;

    start(f);
    receive(f, 1, T0, 3);
    ledger_close(f->l, true);
    start(f);
    assert_residue(f->l, 3);
    assert_int_equal(cell(f->l, 1, LEDGER_REASONS), 0);
}

/* The kernel wrote the book back late, or early; the checkpoint is a second old. */
static void a_power_cut_loses_no_verdict_of_the_journal(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *book = io_join(f->dir, "00000001.book");
    AUTO_FREE char *point = io_join(f->dir, "checkpoint");
    AUTO_FREE char *old_book = io_join(f->dir, "book.then");
    AUTO_FREE char *old_point = io_join(f->dir, "checkpoint.then");
    struct err err;

    start(f);
    receive(f, 0, T0, 10);
    for (int i = 0; i < 10; i++)
        keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    assert_int_equal(ledger_sync(f->l, &err), 0);
    copy_file(book, old_book);
    copy_file(point, old_point);
    receive(f, 0, T0 + HOUR_US, 6);
    receive(f, 1, T0, 4);
    for (int i = 0; i < 4; i++) {
        keep(f, 0, T0, LEDGER_EVENT);
        keep(f, 1, T0, LEDGER_EVENT);
        keep(f, 0, T0 + HOUR_US, LEDGER_EVENT);
    }
    receive(f, 0, T0, 4);
    ledger_settle(f->l);
    for (int round = 0; round < 4; round++) {
        char *copy = copy_folder(f);
        AUTO_FREE char *book_there = io_join(copy, "00000001.book");
        AUTO_FREE char *point_there = io_join(copy, "checkpoint");
        struct ledger *l;

        if (round & 1)
            copy_file(old_book, book_there);
        if (round & 2)
            copy_file(old_point, point_there);
        l = start_in(f, copy, LEDGER_WRITE);
        assert_int_equal(cell(l, 0, LEDGER_ACCEPTED), 18);
        assert_int_equal(cell(l, 1, LEDGER_ACCEPTED), 4);
        assert_residue(l, 0);
        assert_int_equal(cell(l, 0, LEDGER_RECOVERED), round & 1 ? 8 : 0);
        ledger_close(l, true);
        forget_folder(copy);
    }
    assert_int_equal(f->troubles, 0);
}

static void a_torn_checkpoint_falls_back_to_the_one_before(void **state)
{
    struct fixture *f = *state;
    struct err err;

    start(f);
    for (int place = 0; place < 2; place++) {
        char *copy;
        AUTO_FREE char *point = NULL;
        struct ledger *l;
        int fd;

        receive(f, 0, T0, 1);
        keep(f, 0, T0, LEDGER_EVENT);
        ledger_settle(f->l);
        assert_int_equal(ledger_sync(f->l, &err), 0);
        copy = copy_folder(f);
        point = io_join(copy, "checkpoint");
        fd = open(point, O_RDWR);
        assert_int_equal(pwrite(fd, "torn", 4, place * 4096 + 50), 4);
        close(fd);
        l = start_in(f, copy, LEDGER_WRITE);
        assert_int_equal(cell(l, 0, LEDGER_ACCEPTED), f->durable);
        assert_residue(l, 0);
        assert_int_equal(f->troubles, 0);
        ledger_close(l, true);
        forget_folder(copy);
    }
}

static void without_a_checkpoint_the_mapping_counts_and_it_is_said(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *point = io_join(f->dir, "checkpoint");

    start(f);
    receive(f, 0, T0, 1);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    ledger_close(f->l, true);
    assert_int_equal(unlink(point), 0);
    start(f);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 1);
    assert_residue(f->l, 0);
    assert_int_equal(f->troubles, 1);
}

static void a_damaged_book_is_set_aside_and_counted_again(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *book = io_join(f->dir, "00000001.book");
    uint8_t byte;
    int fd;

    start(f);
    receive(f, 0, T0, 3);
    for (int i = 0; i < 2; i++)
        keep(f, 0, T0, LEDGER_EVENT);
    keep(f, 0, T0 + 30 * HOUR_US, LEDGER_QUARANTINED_EVENT);
    ledger_settle(f->l);
    ledger_close(f->l, true);
    fd = open(book, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, 40), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
    close(fd);
    start(f);
    assert_int_equal(f->troubles, 1);
    assert_non_null(strstr(f->trouble, "kept as"));
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 2);
    assert_int_equal(cell(f->l, 0, LEDGER_QUARANTINED), 1);
    assert_int_equal(cell(f->l, 0, LEDGER_RECOVERED), 3);
    assert_residue(f->l, 0);
    ledger_close(f->l, true);
    start(f);
    assert_int_equal(f->troubles, 1);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 2);
}

/* Fills books one after another; then the newest, then an older one is damaged. */
static void a_full_book_is_followed_by_another(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *second = io_join(f->dir, "00000002.book");
    AUTO_FREE char *first = io_join(f->dir, "00000001.book");
    uint64_t received = 0;
    struct err err;

    start(f);
    for (int hour = 0; hour < 3500; hour++) {
        int64_t us = T0 + hour * HOUR_US;

        receive(f, 0, us, 1);
        received++;
        if (hour % 10 == 0) {
            keep(f, 0, us, LEDGER_EVENT);
            ledger_settle(f->l);
        } else {
            ledger_add(ledger_page(f->l, 0, us), LEDGER_REASONS + 1, 1);
        }
        if (hour % 50 == 0)
            assert_int_equal(ledger_sync(f->l, &err), 0);
    }
    assert_int_equal(access(second, F_OK), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), received);
        assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 350);
        assert_residue(f->l, 0);
        ledger_close(f->l, true);
        start(f);
    }
    assert_int_equal(f->troubles, 0);
    ledger_close(f->l, true);
    assert_int_equal(truncate(first, 5000), 0);
    start(f);
    assert_int_equal(f->troubles, 1);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED) + cell(f->l, ledger_weir(f->l), LEDGER_UNSEEN),
                     350);
    assert_residue(f->l, 0);
}

static void an_hour_without_a_free_row_goes_on_in_the_last_one(void **state)
{
    struct fixture *f = *state;

    start(f);
    for (int hour = 0; hour < 5000; hour++) { /* nobody calls ledger_sync */
        struct ledger_page *page = ledger_page(f->l, 0, T0 + hour * HOUR_US);

        ledger_add(page, LEDGER_RECEIVED, 1);
        ledger_stage(f->l, 0, T0 + hour * HOUR_US, LEDGER_DUPLICATE, 0, 0);
        ledger_settle(f->l);
    }
    assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), 5000);
    assert_residue(f->l, 0);
    ledger_close(f->l, true);
    start(f);
    assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), 5000);
}

static void a_clock_that_jumps_keeps_each_hour_apart(void **state)
{
    struct fixture *f = *state;
    static const int jumps[] = {0, 1, 0, -1, 24 * 365, 0, 1, -100000000, 0};

    start(f);
    for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
        int64_t us = jumps[i] == -100000000 ? -1 : T0 + jumps[i] * HOUR_US;

        receive(f, 0, us, 1);
        keep(f, 0, us, LEDGER_EVENT);
        ledger_settle(f->l);
    }
    assert_residue(f->l, 0);
    ledger_close(f->l, true);
    start(f);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), ARRAY_LEN(jumps));
    assert_residue(f->l, 0);
    assert_int_equal(f->troubles, 0);
}

static void a_day_has_the_sum_of_its_hours(void **state)
{
    struct fixture *f = *state;
    int64_t midnight = T0 - T0 % (24 * HOUR_US);

    start(f);
    for (int hour = -3; hour < 27; hour++) {
        keep(f, 0, midnight + hour * HOUR_US, LEDGER_QUARANTINED_EVENT);
        ledger_settle(f->l);
    }
    assert_int_equal(ledger_on_day(f->l, 0, LEDGER_QUARANTINED_BYTES, midnight + 5 * HOUR_US), 240);
    assert_int_equal(ledger_on_day(f->l, 0, LEDGER_QUARANTINED_BYTES, midnight - 1), 30);
    assert_int_equal(ledger_on_day(f->l, 0, LEDGER_QUARANTINED_BYTES, midnight + 24 * HOUR_US), 30);
    assert_int_equal(ledger_on_day(f->l, 1, LEDGER_QUARANTINED_BYTES, midnight), 0);
}

/* The journal was put back to an older copy; or its first segments were gone before the ledger. */
static void positions_that_nobody_counted_are_named(void **state)
{
    struct fixture *f = *state;

    start(f);
    receive(f, 0, T0, 5);
    for (int i = 0; i < 5; i++)
        keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    ledger_close(f->l, true);
    f->durable = 3;
    start(f);
    assert_int_equal(f->troubles, 1);
    assert_int_equal((int64_t)cell(f->l, ledger_weir(f->l), LEDGER_UNSEEN), -2);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 6);
}

static void a_source_that_is_gone_keeps_its_account(void **state)
{
    struct fixture *f = *state;
    const struct ledger_opts opts = {.io = io_system(),
                                     .dir = f->dir,
                                     .mode = LEDGER_WRITE,
                                     .sources = names + 1,
                                     .source_count = 1,
                                     .reasons = reasons + 1,
                                     .reason_count = 1};
    struct err err = {0};

    start(f);
    receive(f, 0, T0, 1);
    ledger_add(ledger_page(f->l, 0, T0), LEDGER_REASONS + 1, 1);
    ledger_close(f->l, true);
    assert_int_equal(ledger_open(&f->l, &opts, &err), 0);
    assert_int_equal(ledger_recovered(f->l, 0, &err), 0);
    assert_int_equal(ledger_accounts(f->l), 4);
    assert_true(str_is(ledger_account_name(f->l, 3), "backend"));
    assert_int_equal(cell(f->l, 3, LEDGER_RECEIVED), 1);
    /* Its reason is not known any more, but it keeps its name. */
    assert_string_equal(ledger_reason_name(f->l, 2), "invalid_json");
    assert_int_equal(cell(f->l, 3, LEDGER_REASONS + 2), 1);
    assert_residue(f->l, 0);
}

static void readers_see_every_row_and_a_missing_ledger_is_empty(void **state)
{
    struct fixture *f = *state;
    struct ledger *l;
    uint64_t sum = 0;

    l = start_in(f, "/tmp/weir-no-such-ledger", LEDGER_SETTLED);
    assert_residue(l, 0);
    ledger_close(l, true);
    start(f);
    receive(f, 0, T0, 2);
    receive(f, 1, T0 + HOUR_US, 3);
    l = start_in(f, f->dir, LEDGER_AS_IT_IS);
    assert_int_equal(ledger_each(l, count_rows, &sum), 0);
    assert_int_equal(sum, 5);
    ledger_close(l, true);
}

/* A journal that was there before the ledger, or that is counted anew: more hours than a book has
 * rows, and sources that are gone. */
enum { OLD_RECORDS = 5000 };

static struct ledger *open_only(struct fixture *f, const char *dir)
{
    const struct ledger_opts opts = {.io = tested_io(),
                                     .dir = dir,
                                     .sources = names,
                                     .source_count = 2,
                                     .reasons = reasons,
                                     .reason_count = 2,
                                     .on_trouble = note_trouble,
                                     .ctx = f};
    struct ledger *l;
    struct err err = {0};

    if (ledger_open(&l, &opts, &err) < 0)
        fail_msg("%s", err.text);
    return l;
}

static void recount_old(struct ledger *l, int64_t last)
{
    for (int64_t p = ledger_counted(l) + 1; p <= last; p++) {
        AUTO_FREE char *gone = xasprintf("gone-%d", (int)(p / 1000));

        ledger_recount(l, p, T0 + p * HOUR_US, LEDGER_EVENT,
                       p % 1000 == 999 ? str_from(gone) : names[0], 10);
    }
}

static void a_long_journal_is_counted_from_its_beginning(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    uint64_t sum = 0;
    char *killed;

    f->l = open_only(f, f->dir);
    recount_old(f->l, OLD_RECORDS - 100);
    killed = copy_folder(f);
    recount_old(f->l, OLD_RECORDS);
    assert_int_equal(ledger_recovered(f->l, OLD_RECORDS, &err), 0);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), OLD_RECORDS - 5);
    assert_int_equal(cell(f->l, 0, LEDGER_RECOVERED), OLD_RECORDS - 5);
    assert_residue(f->l, 0);
    ledger_close(f->l, true);

    f->l = open_only(f, killed);
    recount_old(f->l, OLD_RECORDS);
    assert_int_equal(ledger_recovered(f->l, OLD_RECORDS, &err), 0);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), OLD_RECORDS - 5);
    assert_residue(f->l, 0);
    for (unsigned i = 0; i < ledger_accounts(f->l); i++)
        sum += cell(f->l, i, LEDGER_ACCEPTED);
    assert_int_equal(sum, OLD_RECORDS);
    ledger_close(f->l, true);
    f->l = NULL;
    forget_folder(killed);
}

/* Threads: two that receive and refuse, one that commits, one that syncs; all by turns of the hour. */
struct many {
    struct fixture *f;
    atomic_bool stop;
};

static void *receive_many(void *arg)
{
    struct many *m = arg;

    for (int i = 0; i < 20000; i++) {
        struct ledger_page *page = ledger_page(m->f->l, 1, T0 + i / 100 * HOUR_US);

        ledger_add(page, LEDGER_RECEIVED, 1);
        ledger_add(page, LEDGER_REASONS + 2, 1);
    }
    return NULL;
}

static void *sync_many(void *arg)
{
    struct many *m = arg;
    struct err err;

    while (!m->stop) {
        uint64_t cells[LEDGER_CELLS];

        assert_int_equal(ledger_sync(m->f->l, &err), 0);
        ledger_totals(m->f->l, 1, cells);
    }
    return NULL;
}

static void threads_count_together(void **state)
{
    struct fixture *f = *state;
    struct many m = {.f = f};
    pthread_t receivers[2], syncer;

    start(f);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&receivers[i], NULL, receive_many, &m), 0);
    assert_int_equal(pthread_create(&syncer, NULL, sync_many, &m), 0);
    for (int i = 0; i < 900; i++) {
        receive(f, 0, T0 + i * HOUR_US, 1);
        keep(f, 0, T0 + i * HOUR_US, LEDGER_EVENT);
        ledger_settle(f->l);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(receivers[i], NULL);
    m.stop = true;
    pthread_join(syncer, NULL);
    assert_int_equal(cell(f->l, 1, LEDGER_RECEIVED), 40000);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 900);
    assert_residue(f->l, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(counts_are_there_again_after_a_restart),
        TEST(a_kill_at_any_step_neither_loses_nor_doubles),
        TEST(what_got_no_verdict_is_interrupted),
        TEST(what_is_missing_after_an_orderly_end_stays_visible),
        TEST(a_power_cut_loses_no_verdict_of_the_journal),
        TEST(a_torn_checkpoint_falls_back_to_the_one_before),
        TEST(without_a_checkpoint_the_mapping_counts_and_it_is_said),
        TEST(a_damaged_book_is_set_aside_and_counted_again),
        TEST(a_full_book_is_followed_by_another),
        TEST(an_hour_without_a_free_row_goes_on_in_the_last_one),
        TEST(a_clock_that_jumps_keeps_each_hour_apart),
        TEST(a_day_has_the_sum_of_its_hours),
        TEST(positions_that_nobody_counted_are_named),
        TEST(a_source_that_is_gone_keeps_its_account),
        TEST(readers_see_every_row_and_a_missing_ledger_is_empty),
        TEST(a_long_journal_is_counted_from_its_beginning),
        TEST(threads_count_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
