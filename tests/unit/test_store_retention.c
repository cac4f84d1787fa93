/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_retention.c: what is past its time goes, step by step, nothing else does, and each
 * deletion is on record. The space is used again. */
#include "store_fixture.h"

#include <sys/stat.h>

#include "store/retention.h"

#define DAY INT64_C(86400000000)
#define START INT64_C(1700000000000000)

static void need(int status, const struct err *err)
{
    if (status < 0)
        fail_msg("%s", err->text);
}

/* Records in turn of three sources, one a second by a clock that began at `start`. */
static void load_at(struct fixture *f, int64_t first, int64_t count, unsigned flags, int64_t start)
{
    static const char *const sources[] = {"backend", "website", "gone"};
    struct faults faults = {0};
    struct err err = {0};

    faults_add(&faults, FAULT_UNKNOWN_EVENT, STR(""), STR(""), STR("not declared"));
    need(store_load_begin(f->store, &err), &err);
    for (int64_t i = first; i < first + count; i++) {
        struct record rec = {.flags = flags,
                             .time_us = start + i * 1000000,
                             .received_us = start + i * 1000000,
                             .name = STR("thing.happened"),
                             .source = str_from(sources[i % 3]),
                             .faults = flags & RECORD_QUARANTINED ? &faults : NULL};

        memcpy(rec.id.b, &i, sizeof i);
        if (i % 2 == 0) {
            rec.context[EVENT_IP] = STR("192.0.2.1");
            rec.keep_ip_until_us = start + i * 1000000 + DAY;
        }
        need(store_load_add(f->store, &rec, i, &err), &err);
    }
    need(store_load_commit(f->store, first + count - 1, &err), &err);
}

static void load(struct fixture *f, int64_t first, int64_t count, unsigned flags)
{
    load_at(f, first, count, flags, START);
}

static int64_t delete_all(struct fixture *f, const struct store_old *old)
{
    struct err err = {0};
    int64_t all = 0, rows;

    do {
        rows = store_delete_old(f->store, old, &err);
        need(rows < 0 ? -1 : 0, &err);
        assert_true(rows <= old->rows_max);
        all += rows;
    } while (rows == old->rows_max);
    return all;
}

static void old_rows_go_in_steps_and_are_recorded(void **state)
{
    struct fixture *f = *state;
    const struct store_old old = {.table = STORE_EVENTS,
                                  .before_us = START + 2001 * INT64_C(1000000),
                                  .rule = "retention.raw",
                                  .rows_max = 300};

    load(f, 1, 3000, 0);
    assert_int_equal(delete_all(f, &old), 2000);
    assert_value(f, "SELECT min(position) || ' ' || count(*) FROM events", "2001 1000");
    assert_value(f,
                 "SELECT string_agg(source || ' ' || rows, ', ' ORDER BY source) FROM deletions "
                 "WHERE table_name = 'events' AND rule = 'retention.raw'",
                 "backend 666, gone 667, website 667");
    assert_value(f, "SELECT count(*) FROM deletions", "3");
    assert_int_equal(delete_all(f, &old), 0);
    assert_value(f, "SELECT sum(rows) FROM deletions", "2000");
    assert_value(f, "SELECT position FROM store_state", "3000");
}

static void rows_that_are_needed_still_stay(void **state)
{
    struct fixture *f = *state;
    struct store_old old = {.table = STORE_EVENTS,
                            .before_us = START + DAY,
                            .rule = "retention.raw",
                            .upto = 25,
                            .rows_max = 10};

    load(f, 11, 30, 0);
    assert_int_equal(delete_all(f, &old), 15);
    assert_value(f, "SELECT min(position) FROM events", "26");
    assert_int_equal(delete_all(f, &old), 0);
    old.upto = 5;
    assert_int_equal(delete_all(f, &old), 0);
    old.upto = 0;
    assert_int_equal(delete_all(f, &old), 15);
}

/* Rows of a clock that stood in 1970, and ones of a clock that was ten years ahead, between others. */
static void a_wrong_clock_makes_nothing_old(void **state)
{
    struct fixture *f = *state;
    struct store_old old = {.table = STORE_EVENTS,
                            .before_us = START - DAY,
                            .now_us = START + DAY,
                            .rule = "retention.raw",
                            .rows_max = 7};

    load_at(f, 1, 10, 0, START + 3650 * DAY);
    load(f, 11, 10, 0);
    load_at(f, 21, 10, 0, 0);
    load(f, 31, 10, 0);
    assert_int_equal(delete_all(f, &old), 0);
    old.before_us = START + 31 * INT64_C(1000000);
    old.now_us = old.before_us + DAY;
    assert_int_equal(delete_all(f, &old), 20);
    assert_value(f,
                 "SELECT string_agg(position, ' ' ORDER BY position) FROM events "
                 "WHERE position IN (1, 10, 11, 30, 31, 40)",
                 "1 10 31 40");
    old.before_us = START + 3651 * DAY;
    old.now_us = old.before_us + DAY;
    assert_int_equal(delete_all(f, &old), 20);
}

static void a_source_has_its_own_rule_and_the_rest_the_other(void **state)
{
    struct fixture *f = *state;
    const struct str own[] = {STR("website"), STR("nobody's")};
    struct store_old old = {.table = STORE_EVENTS,
                            .source = STR("website"),
                            .before_us = START + 31 * INT64_C(1000000),
                            .rule = "retention.raw",
                            .rows_max = 1000};

    load(f, 1, 90, 0);
    assert_int_equal(delete_all(f, &old), 10);
    old.source = STR_NONE;
    old.except = own;
    old.except_count = 2;
    old.before_us = START + 61 * INT64_C(1000000);
    assert_int_equal(delete_all(f, &old), 40);
    assert_value(f, "SELECT count(*) FROM events WHERE source = 'website'", "20");
    assert_value(f, "SELECT count(*) FROM events WHERE source <> 'website'", "20");
    old.source = STR("x' OR true --");
    assert_int_equal(delete_all(f, &old), 0);
}

static void quarantine_and_rejected_have_theirs(void **state)
{
    struct fixture *f = *state;
    struct store_old old = {.table = STORE_QUARANTINE,
                            .before_us = START + 11 * INT64_C(1000000),
                            .rule = "retention.quarantine",
                            .rows_max = 4};
    const struct store_rejected rejected = {.position = 31,
                                            .received_us = START,
                                            .kind = 1,
                                            .reason = "it is none",
                                            .payload = STR("x")};
    struct err err = {0};

    load(f, 1, 30, RECORD_QUARANTINED);
    need(store_load_begin(f->store, &err), &err);
    need(store_load_reject(f->store, &rejected, &err), &err);
    need(store_load_commit(f->store, 31, &err), &err);
    assert_int_equal(delete_all(f, &old), 10);
    old.table = STORE_REJECTED;
    assert_int_equal(delete_all(f, &old), 1);
    assert_value(f, "SELECT count(*) FROM quarantine", "20");
    assert_value(f, "SELECT count(*) FROM rejected", "0");
    assert_value(f, "SELECT source IS NULL FROM deletions WHERE table_name = 'rejected'", "true");
}

static void raw_values_go_when_their_time_is_over(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    int64_t now = START + DAY + 51 * INT64_C(1000000);

    load(f, 1, 100, 0);
    assert_int_equal(store_forget_raw(f->store, STORE_IP, now, 20, &err), 20);
    assert_int_equal(store_forget_raw(f->store, STORE_IP, now, 20, &err), 5);
    assert_int_equal(store_forget_raw(f->store, STORE_IP, now, 20, &err), 0);
    assert_int_equal(store_forget_raw(f->store, STORE_USER_AGENT, now, 20, &err), 0);
    assert_value(f,
                 "SELECT count(*) || ' ' || count(ip) || ' ' || min(position) FILTER (ip = "
                 "'192.0.2.1') FROM events",
                 "100 25 52");
    assert_value(f, "SELECT sum(rows) FROM deletions WHERE rule = 'ip_until'", "25");
}

static void what_is_recorded_elsewhere_is_one_transaction_with_it(void **state)
{
    struct fixture *f = *state;
    const struct store_deletion d = {.table = "quarantine",
                                     .source = STR("website"),
                                     .rule = "dropped",
                                     .before_us = INT64_MIN,
                                     .rows = 7,
                                     .reason = "test data"};
    struct err err = {0};

    need(store_load_begin(f->store, &err), &err);
    need(store_record_deletion(f->store, &d, &err), &err);
    store_load_rollback(f->store);
    assert_value(f, "SELECT count(*) FROM deletions", "0");
    need(store_load_begin(f->store, &err), &err);
    need(store_record_deletion(f->store, &d, &err), &err);
    need(store_record_deletion(f->store, &d, &err), &err);
    need(store_load_commit(f->store, 1, &err), &err);
    assert_value(f, "SELECT rows || ' ' || reason || ' ' || (before IS NULL) FROM deletions",
                 "14 test data true");
}

static off_t file_size(const struct fixture *f)
{
    struct stat st;

    assert_int_equal(stat(f->file, &st), 0);
    return st.st_size;
}

/* Each round loads as much as it deletes. WEIR_ROUND_ROWS and WEIR_ROUNDS make it longer. */
static void the_space_of_deleted_rows_is_used_again(void **state)
{
    struct fixture *f = *state;
    const char *given_rows = getenv("WEIR_ROUND_ROWS"), *given = getenv("WEIR_ROUNDS");
    int64_t rows = given_rows ? strtoll(given_rows, NULL, 10) : 20000;
    int64_t rounds = given ? strtoll(given, NULL, 10) : 6;
    struct err err = {0};
    off_t early = 0;

    for (int64_t round = 0; round < rounds; round++) {
        const struct store_old old = {.table = STORE_EVENTS,
                                      .before_us = START + ((round - 1) * rows + 1) * 1000000,
                                      .rule = "retention.raw",
                                      .rows_max = 20000};

        load(f, round * rows + 1, rows, 0);
        delete_all(f, &old);
        need(store_reuse_space(f->store, &err), &err);
        print_message("# round %d: %lld bytes\n", (int)round + 1, (long long)file_size(f));
        if (round == 2)
            early = file_size(f);
    }
    assert_true(file_size(f) <= early + early / 2);
}

int main(void)
{
#define RETENTION_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        RETENTION_TEST(old_rows_go_in_steps_and_are_recorded),
        RETENTION_TEST(rows_that_are_needed_still_stay),
        RETENTION_TEST(a_wrong_clock_makes_nothing_old),
        RETENTION_TEST(a_source_has_its_own_rule_and_the_rest_the_other),
        RETENTION_TEST(quarantine_and_rejected_have_theirs),
        RETENTION_TEST(raw_values_go_when_their_time_is_over),
        RETENTION_TEST(what_is_recorded_elsewhere_is_one_transaction_with_it),
        RETENTION_TEST(the_space_of_deleted_rows_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
