/* SPDX-License-Identifier: Apache-2.0 */
/* Files of keys that are gone, damaged, impossible or those of another journal are made again from the
 * segments, and cost no key. */
#include "seen_fixture.h"

#include "base/crc32c.h"

/* The n-th file of keys; false: there are not so many. */
struct pick {
    size_t left;
    char name[SEEN_NAME_SIZE];
};

static int pick_name(void *ctx, const char *name)
{
    struct pick *p = ctx;
    int64_t first, last;

    if (seen_run_name_parse(name, &first, &last) < 0 || p->left-- > 0)
        return 0;
    snprintf(p->name, sizeof p->name, "%s", name);
    return 1;
}

static bool pick_file(const struct io *io, const char *where, size_t n, char out[SEEN_NAME_SIZE])
{
    struct pick p = {.left = n};

    assert_int_equal(io->list(io, where, pick_name, &p), 0);
    memcpy(out, p.name, sizeof p.name);
    return p.name[0] != '\0';
}

static size_t files_there(void)
{
    char name[SEEN_NAME_SIZE];
    size_t count = 0;

    while (pick_file(io_system(), dir, count, name))
        count++;
    return count;
}

static void a_file_that_is_gone_is_made_again(void **state)
{
    enum { KEYS = 5000 };
    struct journal *j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    char name[SEEN_NAME_SIZE];
    uint64_t rebuilt = 0;
    size_t files;

    add_new(j, 1, KEYS);
    journal_close(j);
    files = files_there();
    assert_true(files >= 3);
    for (size_t n = 0; n <= files; n++) { /* each, and at last all of them */
        for (size_t k = n == files ? files : n + 1; k-- > (n == files ? 0 : n);)
            if (pick_file(io_system(), dir, k, name))
                delete_one(NULL, name);
        j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
        assert_non_null(j);
        for (uint64_t k = 1; k <= KEYS; k += 7)
            assert_int_equal(ask(j, k), k);
        assert_int_equal(stats_of(j).last_position, KEYS);
        rebuilt += stats_of(j).index_rebuilt;
        journal_close(j);
    }
    assert_true(rebuilt > 0);
}

/* What was made again is as new as can be, so its neighbours, which it is merged with, are older. */
static void what_was_merged_with_a_file_made_again_is_kept(void **state)
{
    const int64_t hour = INT64_C(3600) * 1000000;
    struct journal *j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    char name[SEEN_NAME_SIZE];

    for (uint64_t n = 0; n < 11;
         n++) { /* eight files are over half the window: nothing is merged */
        add_new(j, n * 5 + 1, n * 5 + 5);
        now_us += 2 * hour;
    }
    journal_close(j);
    snprintf(name, sizeof name, "%015d-%015d.ids", 1, 10);
    assert_int_equal(files_there(), 10);
    assert_int_equal(delete_one(NULL, name), 0);
    j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    assert_int_equal(stats_of(j).index_rebuilt, 1);
    assert_true(stats_of(j).index_files < 5);
    journal_close(j);
    j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    assert_int_equal(stats_of(j).index_rebuilt, 0);
    for (uint64_t k = 1; k <= 50; k++)
        assert_int_equal(ask(j, k), k);
    journal_close(j);
}

/* Damages in memory; all keys must be known still. */
static void check_damaged(struct memory_io *m, const char *name, size_t at, uint8_t flip,
                          uint64_t keys, uint64_t *rebuilt)
{
    struct memory_file *f = memory_io_find(m, name);
    struct journal *j;
    AUTO_FREE char *before = xmemdup(f->bytes, f->len);
    size_t len = f->len;

    f->bytes[at] ^= flip;
    j = open_with(&m->io, "j", 1 << 16, SMALL, true);
    assert_non_null(j);
    for (uint64_t k = 1; k <= keys; k += 13)
        assert_int_equal(ask(j, k), k);
    *rebuilt += stats_of(j).index_rebuilt;
    journal_close(j);
    /* as it was, without what was made in its place */
    m->io.unlink(&m->io, "000000000000001-000000000000320.ids");
    m->io.unlink(&m->io, "000000000000321-000000000000400.ids");
    memory_io_put(m, name, before, len);
}

static void every_damaged_byte_is_found_and_repaired(void **state)
{
    enum { KEYS = 1000 };
    struct memory_io *m = memory_io_new();
    struct journal *j = open_with(&m->io, "j", 1 << 16, SMALL, true);
    char name[SEEN_NAME_SIZE];
    uint64_t rebuilt = 0, tried = 0;
    size_t len;

    add_new(j, 1, KEYS);
    journal_close(j);
    assert_true(pick_file(&m->io, "j", 0, name));
    len = memory_io_find(m, name)->len;
    for (size_t at = 0; at < len; at += at < 128 || at % 4096 < 64 ? 1 : 97, tried++)
        check_damaged(m, name, at, (uint8_t)(1U << at % 8), KEYS, &rebuilt);
    assert_int_equal(rebuilt, tried);
    memory_io_free(m);
}

static void damage_found_while_running_is_repaired(void **state)
{
    enum { KEYS = 700 };
    struct memory_io *m = memory_io_new();
    struct journal *j = open_with(&m->io, "j", 1 << 16, SMALL, true);
    char name[SEEN_NAME_SIZE];
    struct memory_file *f;

    add_new(j, 1, KEYS);
    assert_true(pick_file(&m->io, "j", 0, name));
    f = memory_io_find(m, name);
    for (size_t at = 4096 + 100; at < f->len; at += 4096)
        f->bytes[at] ^= 1; /* every page */
    for (uint64_t k = 1; k <= KEYS; k++)
        assert_int_equal(ask(j, k), k);
    assert_int_equal(stats_of(j).index_rebuilt, 1);
    journal_close(j);
    memory_io_free(m);
}

static void files_of_another_state_of_the_journal_do_not_count(void **state)
{
    struct memory_io *m = memory_io_new(), *other = memory_io_new();
    struct journal *j = open_with(&m->io, "j", 1 << 16, SMALL, true);
    char name[SEEN_NAME_SIZE];
    struct memory_file *f;

    add_new(j, 1, 400);
    journal_close(j);
    /* a longer life of the same journal, and a journal that is not this one */
    assert_true(pick_file(&m->io, "j", 0, name));
    f = memory_io_find(m, name);
    memory_io_put(m, "000000000000401-000000000000900.ids", f->bytes, f->len);
    j = open_with(&other->io, "j", 1 << 16, SMALL, true);
    add_new(j, 5000, 5400);
    journal_close(j);
    f = memory_io_find(other, name);
    assert_non_null(f);
    memory_io_put(m, name, f->bytes, f->len);
    memory_io_put(m, "merge.tmp", "x", 1);
    j = open_with(&m->io, "j", 1 << 16, SMALL, true);
    assert_non_null(j);
    assert_null(memory_io_find(m, "merge.tmp"));
    assert_null(memory_io_find(m, "000000000000401-000000000000900.ids"));
    for (uint64_t k = 1; k <= 400; k++)
        assert_int_equal(ask(j, k), k);
    assert_int_equal(ask(j, 5000), 0);
    journal_close(j);
    memory_io_free(m);
    memory_io_free(other);
}

/* A header that verifies may still say what cannot be. */
static void a_header_with_impossible_values_is_worth_nothing(void **state)
{
    enum { KEYS = 1000, KEYS_AT = 48, CLOCK_AT = 80, SINCE_AT = 88, END = 4092 };
    static const struct {
        size_t at;
        uint64_t value;
    } cases[] = {{KEYS_AT, UINT64_MAX}, {KEYS_AT, UINT64_C(1) << 60}, {KEYS_AT, 100000},
                 {CLOCK_AT, INT64_MAX}, {CLOCK_AT, UINT64_MAX},       {SINCE_AT, INT64_MAX}};
    struct memory_io *m = memory_io_new();
    struct journal *j = open_with(&m->io, "j", 1 << 16, SMALL, true);

    add_new(j, 1, KEYS);
    journal_close(j);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char name[SEEN_NAME_SIZE];
        struct memory_file *f;
        uint32_t check;

        seen_run_name(name, 1, i ? 320 : 400); /* what is made again is as short as one can be */
        f = memory_io_find(m, name);
        memcpy(f->bytes + cases[i].at, &cases[i].value, 8);
        check = crc32c(0, f->bytes, END);
        memcpy(f->bytes + END, &check, sizeof check);
        j = open_with(&m->io, "j", 1 << 16, SMALL, true);
        assert_non_null(j);
        assert_int_equal(stats_of(j).index_rebuilt, 1);
        for (uint64_t k = 1; k <= KEYS; k += 9)
            assert_int_equal(ask(j, k), k);
        journal_close(j);
    }
    memory_io_free(m);
}

static void damage_is_repaired_beside_the_commit(void **state)
{
    enum { KEYS = 8000 };
    struct memory_io *m = memory_io_new();
    struct journal *j = open_with(&m->io, "j", 1 << 17, SMALL, false);
    struct journal_record out[100];
    char name[SEEN_NAME_SIZE];

    for (uint64_t k = 1; k <= KEYS; k += 100)
        assert_int_equal(fixture_append(j, k, 100, LEN, out), ERR_NONE);
    while (stats_of(j).index_files > 8) /* until it has merged what it will */
        usleep(1000);
    for (size_t n = 0; pick_file(&m->io, "j", n, name); n++) {
        struct memory_file *f = memory_io_find(m, name);

        for (size_t at = 4096; at < f->len; at += 4096)
            f->bytes[at] ^= 1;
    }
    for (uint64_t k = 1; k <= KEYS; k += 100) {
        assert_int_equal(fixture_append(j, k, 100, LEN, out), ERR_NONE);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(out[i].position, k + i);
    }
    assert_true(stats_of(j).index_rebuilt > 0);
    assert_int_equal(stats_of(j).last_position, KEYS);
    journal_close(j);
    memory_io_free(m);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_DIR(a_file_that_is_gone_is_made_again),
        IN_DIR(what_was_merged_with_a_file_made_again_is_kept),
        cmocka_unit_test(every_damaged_byte_is_found_and_repaired),
        cmocka_unit_test(damage_found_while_running_is_repaired),
        cmocka_unit_test(files_of_another_state_of_the_journal_do_not_count),
        cmocka_unit_test(a_header_with_impossible_values_is_worth_nothing),
        cmocka_unit_test(damage_is_repaired_beside_the_commit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
