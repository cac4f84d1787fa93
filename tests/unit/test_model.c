/* SPDX-License-Identifier: Apache-2.0 */
/* The model file system itself: what it keeps, what it may lose, how it fails. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#include "base/check.h"
#include "base/io.h"
#include "model_io.h"

static int put(const struct io *io, const char *path, const char *text, bool sync)
{
    struct iovec iov = {(void *)(uintptr_t)text, strlen(text)};
    int fd = io->open(io, path, O_RDWR | O_CREAT, 0600), result;

    if (fd < 0)
        return -1;
    result = io_write_all(io, fd, &iov, 1, 0);
    if (result == 0 && sync)
        result = io->fdatasync(io, fd);
    io->close(io, fd);
    return result;
}

static bool reads(struct model_io *m, const char *path, const char *text)
{
    size_t len;
    uint8_t *bytes = model_bytes(m, path, &len);

    return bytes && len == strlen(text) && memcmp(bytes, text, len) == 0;
}

static void synced_bytes_and_names_stay(void **state)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct model_io *m = model_new(seed);
        const struct io *io = model_table(m);

        assert_int_equal(io->mkdir(io, "a", 0700), 0);
        assert_int_equal(io->mkdir(io, "a/b", 0700), 0);
        assert_int_equal(put(io, "a/b/f", "durable", true), 0);
        assert_int_equal(io->fsync_dir(io, "a/b"), 0);
        assert_int_equal(io->fsync_dir(io, "a"), 0);
        assert_int_equal(io->fsync_dir(io, "."), 0);
        assert_int_equal(model_crash(m), 0);
        assert_true(reads(m, "a/b/f", "durable"));
        model_free(m);
    }
}

/* Of 1000 seeds: how often the file is there after the cut, and how often whole. */
static void count_fates(bool sync, bool sync_folder, unsigned *there, unsigned *whole)
{
    *there = *whole = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct model_io *m = model_new(seed);
        const struct io *io = model_table(m);
        size_t len;

        assert_int_equal(put(io, "f", "some bytes that may be lost", sync), 0);
        if (sync_folder)
            assert_int_equal(io->fsync_dir(io, "."), 0);
        model_crash(m);
        *there += model_bytes(m, "f", &len) != NULL;
        *whole += reads(m, "f", "some bytes that may be lost");
        model_free(m);
    }
}

static void what_was_not_synced_may_be_lost_or_not(void **state)
{
    unsigned there, whole;

    count_fates(true, true, &there, &whole);
    assert_int_equal(whole, 1000);
    count_fates(true, false, &there, &whole);
    assert_true(there > 100 && there < 900);
    assert_int_equal(whole, there);
    count_fates(false, true, &there, &whole);
    assert_int_equal(there, 1000);
    assert_true(whole > 100 && whole < 900);
}

static void a_bare_cut_keeps_only_what_it_must(void **state)
{
    struct model_io *m = model_new(1);
    const struct io *io = model_table(m);

    assert_int_equal(put(io, "f", "one", true), 0);
    assert_int_equal(io->fsync_dir(io, "."), 0);
    assert_int_equal(put(io, "f", "two", false), 0);
    assert_int_equal(io->rename(io, "f", "g"), 0);
    model_crash_bare(m);
    assert_true(reads(m, "f", "one"));
    model_free(m);
}

static void a_rename_is_kept_or_forgotten_as_one(void **state)
{
    for (uint64_t seed = 1; seed < 300; seed++) {
        struct model_io *m = model_new(seed);
        const struct io *io = model_table(m);
        size_t len;

        assert_int_equal(io->mkdir(io, "d", 0700), 0);
        assert_int_equal(put(io, "f", "it", true), 0);
        assert_int_equal(io->fsync_dir(io, "."), 0);
        assert_int_equal(io->rename(io, "f", seed & 1 ? "g" : "d/g"), 0);
        model_crash(m);
        assert_int_equal(!model_bytes(m, "f", &len),
                         !!model_bytes(m, seed & 1 ? "g" : "d/g", &len));
        model_free(m);
    }
}

static void a_failed_sync_loses_what_it_should_have_written(void **state)
{
    unsigned whole = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct model_io *m = model_new(seed);
        const struct io *io = model_table(m);
        int fd;

        model_fail(m, (struct model_fault){.call = MODEL_FDATASYNC, .error = EIO});
        assert_int_equal(put(io, "f", "bytes", true), -1);
        assert_int_equal(errno, EIO);
        assert_int_equal(io->fsync_dir(io, "."), 0);
        fd = io->open(io, "f", O_RDWR, 0);
        assert_int_equal(io->fdatasync(io, fd), 0); /* it lies */
        io->close(io, fd);
        assert_true(reads(m, "f", "bytes"));
        model_crash(m);
        whole += reads(m, "f", "bytes");
        model_free(m);
    }
    assert_true(whole > 30 && whole < 270);
}

static void mapped_words_have_one_of_their_values(void **state)
{
    unsigned seen[4] = {0};

    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct model_io *m = model_new(seed);
        const struct io *io = model_table(m);
        uint64_t zero = 0, *word, value;
        int fd;

        model_put(m, "f", &zero, sizeof zero);
        fd = io->open(io, "f", O_RDWR, 0);
        word = io->map(io, fd, 8, true);
        for (uint64_t i = 1; i <= 3; i++) {
            __atomic_store_n(word, i, __ATOMIC_RELEASE);
            io->size(io, fd); /* any call: it looks */
        }
        io->unmap(io, word, 8);
        io->close(io, fd);
        model_crash(m);
        memcpy(&value, model_bytes(m, "f", &(size_t){0}), 8);
        assert_true(value <= 3);
        seen[value]++;
        model_free(m);
    }
    for (int i = 0; i < 4; i++)
        assert_true(seen[i] > 10);
}

static void a_full_disk_takes_what_fits(void **state)
{
    struct model_io *m = model_new(1);
    const struct io *io = model_table(m);
    static const char bytes[3 * 4096];
    struct iovec iov = {(void *)(uintptr_t)bytes, sizeof bytes};
    struct io_space space;
    int fd;

    model_set_disk(m, 2 * 4096);
    fd = io->open(io, "f", O_RDWR | O_CREAT, 0600);
    assert_int_equal(io->pwritev(io, fd, &iov, 1, 0), 2 * 4096);
    assert_int_equal(io->pwritev(io, fd, &iov, 1, 2 * 4096), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(io->fallocate(io, fd, 0, 3 * 4096), -1);
    assert_int_equal(io->space(io, ".", &space), 0);
    assert_int_equal(space.available, 0);
    io->unlink(io, "f");
    assert_int_equal(model_used(m), 2 * 4096); /* it is still open */
    io->close(io, fd);
    assert_int_equal(model_used(m), 0);
    model_free(m);
}

static void a_dead_process_changes_nothing_and_loses_its_lock(void **state)
{
    struct model_io *m = model_new(1);
    const struct io *io = model_table(m);
    int fd = io->open(io, "lock", O_RDWR | O_CREAT, 0600), other;

    assert_int_equal(io->lock(io, fd), 0);
    other = io->open(io, "lock", O_RDWR, 0600);
    assert_int_equal(io->lock(io, other), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    model_die_at(m, 1);
    assert_int_equal(put(io, "f", "x", false), -1);
    assert_true(model_is_dead(m));
    assert_int_equal(io->unlink(io, "lock"), -1);
    assert_int_equal(model_kill(m), 2); /* two were left open */
    fd = io->open(io, "lock", O_RDWR, 0600);
    assert_int_equal(io->lock(io, fd), 0);
    model_free(m);
}

static void replaced_files_are_old_or_new_whichever_call_fails(void **state)
{
    for (enum model_call call = 0; call < MODEL_CALLS; call++) {
        for (uint64_t n = 0; n < 4; n++) {
            struct model_io *m = model_new(n + 1);
            const struct io *io = model_table(m);
            struct str bytes;
            struct err err = {.code = ERR_NONE};
            int result;

            assert_int_equal(io_replace_file(io, "f", 0600, STR("old"), &err), 0);
            model_behave(m, (struct model_habits){.short_one_in = 2, .eintr_one_in = 2});
            model_fail(m, (struct model_fault){.call = call, .after = n, .error = EMFILE});
            result = io_replace_file(io, "f", 0600, STR("new and longer"), &err);
            model_heal(m);
            model_crash(m);
            assert_int_equal(io_read_file(io, "f", 100, &bytes, &err), 0);
            if (result == 0 || !str_is(bytes, "old"))
                assert_true(str_is(bytes, "new and longer"));
            free((void *)(uintptr_t)bytes.ptr);
            model_free(m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synced_bytes_and_names_stay),
        cmocka_unit_test(what_was_not_synced_may_be_lost_or_not),
        cmocka_unit_test(a_bare_cut_keeps_only_what_it_must),
        cmocka_unit_test(a_rename_is_kept_or_forgotten_as_one),
        cmocka_unit_test(a_failed_sync_loses_what_it_should_have_written),
        cmocka_unit_test(mapped_words_have_one_of_their_values),
        cmocka_unit_test(a_full_disk_takes_what_fits),
        cmocka_unit_test(a_dead_process_changes_nothing_and_loses_its_lock),
        cmocka_unit_test(replaced_files_are_old_or_new_whichever_call_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
