/* SPDX-License-Identifier: Apache-2.0 */
/* What the verification of a whole journal says. Every bit of its files: tests/crash/flips.c; whole
 * files: tests/crash/mutate.c. */
#include "unit.h"

#include <errno.h>

#include "journal/segment.h"
#include "journal/verify.h"
#include "journal/watermark.h"
#include "journal_fixture.h"
#include "model_io.h"

enum { SEGMENT = 16384, LEN = 104, ON_DISK = 152, A_SEGMENT = 80 };

static const char first_file[] = "j/00000000000000000001.seg";

/* `count` records, one group each. */
static struct model_io *filled(size_t count)
{
    struct model_io *m = model_new(1);
    struct journal *j = fixture_open(model_table(m), "j", SEGMENT);

    assert_non_null(j);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fixture_append(j, i + 1, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    return m;
}

static void remember(void *ctx, const struct journal_damage *d)
{
    *(struct journal_damage *)ctx = *d;
}

static struct journal_verified verify(struct model_io *m, struct journal_damage *damage)
{
    struct journal_damage unused;
    struct journal_verify_opts opts = {
        .io = model_table(m), .dir = "j", .on_damage = remember, .ctx = damage ? damage : &unused};
    struct journal_verified v;
    struct err err;

    assert_int_equal(journal_verify(&opts, &v, &err), 0);
    return v;
}

static void sound_journal_is_counted(void **state)
{
    struct model_io *m = filled(2 * A_SEGMENT + 7);
    struct journal_verified v = verify(m, NULL);

    assert_int_equal(v.damaged, 0);
    assert_int_equal(v.segments, 3);
    assert_int_equal(v.records, 2 * A_SEGMENT + 7);
    assert_int_equal(v.first, 1);
    assert_int_equal(v.last, 2 * A_SEGMENT + 7);
    assert_int_equal(v.unpublished, 0);
    model_free(m);
}

static void damage_is_named_with_file_offset_and_positions(void **state)
{
    struct model_io *m = filled(A_SEGMENT + 7);
    struct journal_damage d;
    struct journal_verified v;
    size_t len;

    model_bytes(m, first_file, &len)[SEGMENT_HEADER_BYTES + 4 * ON_DISK + 60] ^= 1;
    v = verify(m, &d);
    assert_int_equal(v.damaged, 1);
    assert_int_equal(v.lost, 1);
    assert_int_equal(v.records, A_SEGMENT + 6);
    assert_string_equal(d.file, "00000000000000000001.seg");
    assert_int_equal(d.offset, SEGMENT_HEADER_BYTES + 4 * ON_DISK);
    assert_int_equal(d.bytes, ON_DISK);
    assert_int_equal(d.first, 5);
    assert_int_equal(d.last, 5);
    model_free(m);
}

static void a_missing_segment_is_not_held_against_the_one_before(void **state)
{
    struct model_io *m = filled(2 * A_SEGMENT + 7);
    const struct io *io = model_table(m);
    struct journal_damage d;
    struct journal_verified v;
    char second[64];

    snprintf(second, sizeof second, "j/%020d.seg", A_SEGMENT + 1);
    assert_int_equal(io->unlink(io, second), 0);
    v = verify(m, &d);
    assert_int_equal(v.damaged, 1);
    assert_int_equal(v.lost, A_SEGMENT);
    assert_string_equal(d.what, "the segments behind it are missing");
    assert_int_equal(d.first, A_SEGMENT + 1);
    assert_int_equal(d.last, 2 * A_SEGMENT);
    model_free(m);
}

static void nothing_is_changed_and_no_lock_is_taken(void **state)
{
    struct model_io *m = filled(0);
    struct journal *j = fixture_open(model_table(m), "j", SEGMENT);
    uint64_t changes;

    assert_int_equal(fixture_append(j, 1, 3, LEN, NULL), ERR_NONE);
    changes = model_calls(m, MODEL_ANY);
    assert_int_equal(verify(m, NULL).records, 3); /* beside the writer */
    assert_int_equal(model_calls(m, MODEL_ANY), changes);
    journal_close(j);
    model_free(m);
}

static void what_was_never_acknowledged_is_no_damage(void **state)
{
    struct model_io *m = filled(5);
    struct journal_verified v;
    size_t len;
    uint8_t *bytes = model_bytes(m, first_file, &len);

    memset(bytes + SEGMENT_HEADER_BYTES + 5 * ON_DISK, 'x', 100);
    v = verify(m, NULL);
    assert_int_equal(v.damaged, 0);
    assert_int_equal(v.unpublished, 100);
    model_free(m);
}

/* Deletes the segments `from`.. up to the one that begins at `to`, as tidying does. */
struct deletion {
    struct model_io *m;
    int64_t from, to;
    struct journal_damage damage;
};

static void delete_now(struct deletion *d)
{
    const struct io *io = model_table(d->m);
    struct watermark mark;

    assert_int_equal(watermark_open(&mark, io, "j", true, NULL), 1);
    watermark_set(&mark, WATERMARK_FLOOR, d->to);
    watermark_close(&mark);
    for (; d->from < d->to; d->from += A_SEGMENT) {
        char name[SEGMENT_NAME_SIZE];
        AUTO_FREE char *path = NULL;

        segment_name(name, d->from);
        path = io_join("j", name);
        assert_int_equal(io->unlink(io, path), 0);
    }
}

static void delete_meanwhile(void *ctx, uint64_t done, uint64_t all)
{
    delete_now(ctx);
}

static void told(void *ctx, const struct journal_damage *damage)
{
    ((struct deletion *)ctx)->damage = *damage;
}

/* The list is made after the floor was read. */
static struct deletion *deletes_at_list;

static int list_after_deletion(const struct io *io, const char *path,
                               int (*each)(void *ctx, const char *name), void *each_ctx)
{
    delete_now(deletes_at_list);
    io = model_table(deletes_at_list->m);
    return io->list(io, path, each, each_ctx);
}

static void what_is_deleted_meanwhile_is_no_damage(void **state)
{
    for (int turn = 0; turn < 4; turn++) {
        struct model_io *m = filled(3 * A_SEGMENT + 7);
        struct deletion d = {.m = m, .from = 1, .to = 1 + A_SEGMENT * (1 + turn % 3)};
        struct io io = *model_table(m);
        struct journal_verify_opts opts = {.io = model_table(m),
                                           .dir = "j",
                                           .on_damage = told,
                                           .on_progress = delete_meanwhile,
                                           .ctx = &d};
        struct journal_verified v;

        if (turn == 3) {
            deletes_at_list = &d;
            io.list = list_after_deletion;
            opts.io = &io;
            opts.on_progress = NULL;
        }
        assert_int_equal(journal_verify(&opts, &v, NULL), 0);
        assert_int_equal(v.damaged, 0);
        assert_int_equal(v.lost, 0);
        assert_int_equal(v.last, 3 * A_SEGMENT + 7);
        model_free(m);
    }
}

static void every_failing_call_is_an_error_and_no_verdict(void **state)
{
    static const enum model_call calls[] = {MODEL_OPEN, MODEL_PREAD, MODEL_LIST, MODEL_SIZE,
                                            MODEL_MAP};
    struct model_io *m = filled(A_SEGMENT + 7);
    struct journal_verify_opts opts = {.io = model_table(m), .dir = "j"};

    for (size_t c = 0; c < ARRAY_LEN(calls); c++) {
        for (uint64_t n = 0; n < 12; n++) {
            struct journal_verified v;
            struct err err = {.code = ERR_NONE};
            int result;

            model_fail(m, (struct model_fault){.call = calls[c], .after = n, .error = EIO});
            result = journal_verify(&opts, &v, &err);
            model_heal(m);
            assert_int_equal(v.damaged, 0);
            if (result < 0)
                assert_int_equal(err.code, ERR_IO);
            else
                assert_int_equal(v.records, A_SEGMENT + 7);
        }
    }
    assert_int_equal(model_kill(m), 0); /* nothing is left open */
    model_free(m);
}

static void a_folder_without_a_journal_is_said_to_be_one(void **state)
{
    struct model_io *m = model_new(1);
    struct journal_verify_opts opts = {.io = model_table(m), .dir = "j"};
    struct journal_verified v;
    struct err err;

    assert_int_equal(journal_verify(&opts, &v, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(model_table(m)->mkdir(model_table(m), "j", 0700), 0);
    assert_int_equal(journal_verify(&opts, &v, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "no journal"));
    model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_journal_is_counted),
        cmocka_unit_test(damage_is_named_with_file_offset_and_positions),
        cmocka_unit_test(nothing_is_changed_and_no_lock_is_taken),
        cmocka_unit_test(a_missing_segment_is_not_held_against_the_one_before),
        cmocka_unit_test(what_was_never_acknowledged_is_no_damage),
        cmocka_unit_test(what_is_deleted_meanwhile_is_no_damage),
        cmocka_unit_test(every_failing_call_is_an_error_and_no_verdict),
        cmocka_unit_test(a_folder_without_a_journal_is_said_to_be_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
