/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger on disks that are full or fail, and beside a second writer. */
#include "ledger_fixture.h"

/* The very first start: there is no file to count in. */
static void without_room_it_counts_in_memory_until_there_is(void **state)
{
    struct fixture *f = *state;
    struct ledger_page *held;
    struct err err;

    no_room = true;
    start(f);
    assert_int_equal(f->troubles, 1);
    assert_non_null(strstr(f->trouble, "in memory only"));
    held = ledger_page(f->l, 0, T0);
    ledger_add(held, LEDGER_RECEIVED, 5);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    ledger_add(held, LEDGER_REASONS + 1, 3);
    assert_int_equal(ledger_sync(f->l, &err), -1);
    assert_int_equal(err.code, ERR_SPACE);
    no_room = false;
    f->l->next_try_us = 0;
    assert_int_equal(ledger_sync(f->l, &err), 0);
    ledger_add(held, LEDGER_REASONS + 1, 1); /* by one who found the page before */
    assert_residue(f->l, 0);
    assert_int_equal(ledger_sync(f->l, &err), 0);
    assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), 5);
    ledger_close(f->l, true);
    start(f);
    assert_int_equal(cell(f->l, 0, LEDGER_RECEIVED), 5);
    assert_int_equal(cell(f->l, 0, LEDGER_ACCEPTED), 1);
    assert_int_equal(cell(f->l, 0, LEDGER_REASONS + 1), 4);
    assert_residue(f->l, 0);
    assert_int_equal(f->troubles, 1);
}

/* Later ones have a file, and a checkpoint that can be written over. */
static void a_start_on_a_full_disk_counts_where_it_counted(void **state)
{
    struct fixture *f = *state;
    char *copy;
    struct ledger *l;
    struct err err;

    start(f);
    ledger_close(f->l, true);
    no_room = true;
    start(f);
    receive(f, 0, T0, 2);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    assert_int_equal(ledger_sync(f->l, &err), 0);
    ledger_add(ledger_page(f->l, 0, T0), LEDGER_REASONS + 1, 1);
    copy = copy_folder(f);
    l = start_in(f, copy, LEDGER_WRITE);
    assert_int_equal(cell(l, 0, LEDGER_RECEIVED), 2);
    assert_int_equal(cell(l, 0, LEDGER_ACCEPTED), 1);
    assert_residue(l, 0);
    assert_int_equal(f->troubles, 0);
    ledger_close(l, true);
    forget_folder(copy);
}

static void a_failed_sync_is_told_and_stops_no_counting(void **state)
{
    struct fixture *f = *state;
    struct err err;

    start(f);
    no_sync = true;
    receive(f, 0, T0, 1);
    assert_int_equal(ledger_sync(f->l, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    keep(f, 0, T0, LEDGER_EVENT);
    ledger_settle(f->l);
    assert_residue(f->l, 0);
    no_sync = false;
    assert_int_equal(ledger_sync(f->l, &err), 0);
    no_sync = true; /* nothing has changed since: nothing to sync */
    assert_int_equal(ledger_sync(f->l, &err), 0);
}

static void a_second_writer_is_kept_out(void **state)
{
    struct fixture *f = *state;
    const struct ledger_opts opts = {.io = io_system(), .dir = f->dir, .mode = LEDGER_WRITE};
    struct ledger *second;
    struct err err = {0};

    assert_false(ledger_is_written(io_system(), f->dir));
    start(f);
    assert_true(ledger_is_written(io_system(), f->dir));
    assert_int_equal(ledger_open(&second, &opts, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(without_room_it_counts_in_memory_until_there_is),
        TEST(a_start_on_a_full_disk_counts_where_it_counted),
        TEST(a_failed_sync_is_told_and_stops_no_counting),
        TEST(a_second_writer_is_kept_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
