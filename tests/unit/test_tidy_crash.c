/* SPDX-License-Identifier: Apache-2.0 */
/* Power is cut at every call of a tidying that compresses and then deletes, on the model file system:
 * what is kept is whole afterwards, and what is gone was announced before. `--long SECONDS` goes on with
 * other seeds for so long, for `make torture`. */
#include "unit.h"

#include "base/clock.h"
#include "journal/cursor.h"
#include "journal/tidy.h"
#include "journal_fixture.h"
#include "model_io.h"

enum { SEGMENT = 16384, LEN = 104, A_SEGMENT = 80, SEEDS = 10, SEEDS_UNTIL_NOTICED = 500 };

/* Records are received 1000 µs after 1970. */
static int64_t now_us(void)
{
    return INT64_C(1000000000);
}

static struct tidy *tidy_of(struct journal *j, int64_t compress_after_us, int64_t keep_us)
{
    return tidy_new(&(struct tidy_opts){.journal = j,
                                        .compress_after_us = compress_after_us,
                                        .keep_us = keep_us,
                                        .rule = "r",
                                        .wall = now_us,
                                        .monotonic = now_us});
}

/* Until nothing is left to do, or something fails. */
static int run(struct journal *j, int64_t compress_after_us, int64_t keep_us)
{
    struct tidy *t = tidy_of(j, compress_after_us, keep_us);
    struct tidy_report report;
    struct err err = {0};
    int done;

    while ((done = tidy_step(t, &report, &err)) > 0)
        ;
    tidy_free(t);
    return done;
}

/* Two sealed segments and a head, all durable, and a cursor behind the two. */
static struct model_io *filled(uint64_t seed)
{
    struct model_io *m = model_new(seed);
    const struct io *io = model_table(m);
    struct journal *j = fixture_open(io, "j", SEGMENT);

    assert_non_null(j);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(fixture_append(j, 1 + i * A_SEGMENT / 2, A_SEGMENT / 2, LEN, NULL),
                         ERR_NONE);
    assert_int_equal(cursor_publish(io, "j", "store", 2 * A_SEGMENT, NULL), 1);
    journal_close(j);
    model_sync_all(m);
    return m;
}

/* Positions of events from 1 on that are there, and whether a note is. Damage is a failure. */
struct seen {
    int64_t first, last, count;
    bool note;
};

static struct seen read_all(const struct io *io, int *damages)
{
    struct journal_reader *r;
    struct journal_entry e;
    struct seen seen = {0};
    struct err err;
    int found;

    *damages = 0;
    assert_int_equal(journal_reader_open(&r, io, "j", 0, &err), 0);
    while ((found = journal_reader_next(r, &e, &err)) != 0 && *damages < 10) {
        if (found < 0) {
            ++*damages;
            continue;
        }
        seen.note |= e.kind == JOURNAL_NOTE;
        seen.first = seen.first ? seen.first : e.position;
        seen.last = e.position;
        seen.count++;
    }
    journal_reader_close(r);
    return seen;
}

/* Cuts the power at the n-th call; true: all was done before. *broken: what must not be. */
static bool cut_at(uint64_t seed, uint64_t n, struct model_habits habits, bool *broken)
{
    struct model_io *m = filled(seed);
    const struct io *io = model_table(m);
    struct journal *j = fixture_open(io, "j", SEGMENT);
    struct journal_stats stats;
    struct seen seen;
    int damages;
    bool whole;

    assert_non_null(j);
    usleep(500); /* what opening has begun on other threads */
    model_behave(m, habits);
    model_die_at(m, n);
    whole = run(j, 0, -1) == 0 && run(j, -1, 0) == 0;
    journal_close(j);
    model_crash(m);
    model_behave(m, (struct model_habits){0});

    j = fixture_open(io, "j", SEGMENT);
    *broken = j == NULL;
    if (j) {
        journal_stats(j, &stats);
        seen = read_all(io, &damages);
        *broken = stats.damaged > 0 || damages > 0 || seen.last < 200 ||
                  seen.count != seen.last - seen.first + 1 || (seen.first > 1 && !seen.note) ||
                  (seen.first != 1 && seen.first != 2 * A_SEGMENT + 1);
        /* and goes on where it was cut off */
        *broken |= run(j, 0, 0) < 0;
        seen = read_all(io, &damages);
        *broken |= damages > 0 || seen.first != 2 * A_SEGMENT + 1;
    }
    journal_close(j);
    model_free(m);
    return whole;
}

static uint64_t cuts;

static unsigned cut_everywhere(struct model_habits habits, uint64_t first_seed, uint64_t seeds)
{
    unsigned broken = 0;

    for (uint64_t seed = first_seed; seed < first_seed + seeds; seed++) {
        bool whole = false, is_broken;

        for (uint64_t n = 1; !whole; n++) {
            whole = cut_at(seed, n, habits, &is_broken);
            broken += is_broken;
            cuts++;
            if (is_broken && !habits.forgets_syncs && !habits.forgets_folder_syncs)
                fail_msg("seed %llu, call %llu", (unsigned long long)seed, (unsigned long long)n);
        }
    }
    return broken;
}

static void no_power_cut_costs_a_record_that_is_kept(void **state)
{
    cut_everywhere((struct model_habits){0}, 1, SEEDS);
}

/* Whether a sync that is left out costs anything depends on what the cut leaves of the folder, and when the
 * thread that prepares segments gets to it: more seeds are tried until one tells. */
static void assert_noticed(struct model_habits habits)
{
    unsigned broken = 0;

    for (uint64_t seed = 1; broken == 0 && seed <= SEEDS_UNTIL_NOTICED; seed++)
        broken = cut_everywhere(habits, seed, 1);
    assert_true(broken > 0);
}

static void a_disk_that_forgets_syncs_is_noticed(void **state)
{
    assert_noticed((struct model_habits){.forgets_syncs = true});
}

static void a_missing_sync_of_the_folder_is_noticed(void **state)
{
    assert_noticed((struct model_habits){.forgets_folder_syncs = true});
}

static uint64_t long_s;

static void no_power_cut_costs_a_record_for_long(void **state)
{
    int64_t end = clock_monotonic_us() + (int64_t)long_s * 1000000;

    for (uint64_t seed = 1; clock_monotonic_us() < end; seed++)
        cut_everywhere((struct model_habits){0}, seed, 1);
}

static int run_long(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_power_cut_costs_a_record_for_long)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("tidying: %llu power cuts while segments are compressed and deleted, %s\n",
           (unsigned long long)cuts, failed ? "a record was lost: see above" : "0 lost");
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--long") == 0 && str_to_u64(str_from(argv[2]), &long_s) == 0)
        return run_long();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_power_cut_costs_a_record_that_is_kept),
        cmocka_unit_test(a_disk_that_forgets_syncs_is_noticed),
        cmocka_unit_test(a_missing_sync_of_the_folder_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
