/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged bytes are kept once, beside a text that says what they are; torn ones and foreign ones are
 * not. */
#include "unit.h"

#include "journal/squeeze.h"
#include "journal/watermark.h"
#include "journal_fixture.h"
#include "killed_io.h"

enum { SEGMENT = 16384, LEN = 104, ON_DISK = 152 };

static const char first_segment[] = "00000000000000000001.seg";

struct told {
    struct journal_damage damage[16];
    size_t count;
};

static void note(void *ctx, const struct journal_damage *damage)
{
    struct told *told = ctx;

    assert_true(told->count < ARRAY_LEN(told->damage));
    told->damage[told->count++] = *damage;
}

/* Opens and closes the journal; -1 where it did not open. */
static int reopen(const struct io *io, uint64_t damaged_bytes, struct told *told)
{
    const struct journal_opts opts = {.io = io,
                                      .dir = "j",
                                      .segment_bytes = SEGMENT,
                                      .reserve_bytes = 1 << 20,
                                      .recent_bytes = 1 << 20,
                                      .key_of = fixture_key_of,
                                      .damaged_bytes = damaged_bytes,
                                      .on_damage = note,
                                      .damage_ctx = told};
    struct journal *j = NULL;
    int result;

    *told = (struct told){0};
    result = journal_open(&j, &opts, NULL);
    journal_close(j);
    return result;
}

/* A closed journal of so many records, one a group. */
static struct memory_io *filled(uint64_t records)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);

    for (uint64_t i = 1; i <= records; i++)
        assert_int_equal(fixture_append(j, i, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    return m;
}

static void damage(struct memory_io *m, const char *name, size_t at)
{
    memory_io_find(m, name)->bytes[at] ^= 0x10;
}

static void damaged_bytes_are_kept_once_with_a_text(void **state)
{
    struct memory_io *m = filled(10);
    size_t at = SEGMENT_HEADER_BYTES + 4 * ON_DISK;
    const struct memory_file *copy, *text;
    struct told told;
    uint64_t writes;

    damage(m, first_segment, at + 70);
    damage(m, first_segment, at + ON_DISK + 3);
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.damage[0].kept, JOURNAL_KEPT);
    copy = memory_io_find(m, "00000000000000000001.seg-4704");
    assert_non_null(copy);
    assert_int_equal(copy->len, 2 * ON_DISK);
    assert_memory_equal(copy->bytes, memory_io_find(m, first_segment)->bytes + at, 2 * ON_DISK);
    text = memory_io_find(m, "00000000000000000001.seg-4704.txt");
    assert_non_null(text);
    assert_non_null(strstr((const char *)text->bytes, "file      00000000000000000001.seg\n"
                                                      "offset    4704\n"
                                                      "bytes     304\n"
                                                      "lost      positions 5 to 6\n"
                                                      "what      records do not verify"));
    assert_non_null(strstr((const char *)text->bytes, "\nfound     20"));
    writes = m->writes;
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    assert_int_equal(told.damage[0].kept, JOURNAL_KEPT_BEFORE);
    assert_true(m->writes - writes < 4); /* no copy again */
    memory_io_free(m);
}

static void records_missing_at_the_end_are_kept_as_they_are(void **state)
{
    struct memory_io *m = filled(10);
    const struct memory_file *copy;
    struct told told;

    damage(m, first_segment, SEGMENT_HEADER_BYTES + 9 * ON_DISK + 60);
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.damage[0].first, 10);
    copy = memory_io_find(m, "00000000000000000001.seg-5464");
    assert_non_null(copy);
    assert_true(copy->len <= ON_DISK && copy->len >= ON_DISK - 8);
    memory_io_free(m);
}

static void a_torn_tail_is_not_kept(void **state)
{
    struct memory_io *m = filled(10);
    struct watermark mark;
    struct told told;

    assert_int_equal(watermark_open(&mark, &m->io, "j", true, NULL), 1);
    watermark_set(&mark, WATERMARK_DURABLE, 9);
    watermark_close(&mark);
    damage(m, first_segment, SEGMENT_HEADER_BYTES + 9 * ON_DISK + 60);
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    assert_int_equal(told.count, 0);
    assert_null(memory_io_find(m, "00000000000000000001.seg-5464"));
    memory_io_free(m);
}

static void there_is_a_bound_and_it_is_told(void **state)
{
    struct memory_io *m = filled(75);
    struct told told;

    for (size_t i = 4; i < 60; i += 10)
        damage(m, first_segment, SEGMENT_HEADER_BYTES + i * ON_DISK + 60);
    assert_int_equal(reopen(&m->io, 2600, &told), 0);
    assert_int_equal(told.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(told.damage[i].kept, i < 2 ? JOURNAL_KEPT : JOURNAL_KEPT_TOO_MUCH);
    assert_int_equal(reopen(&m->io, 0, &told), 0);
    assert_int_equal(told.damage[0].kept, JOURNAL_KEPT_NONE);
    memory_io_free(m);
}

static void a_segment_of_another_journal_is_not_kept(void **state)
{
    struct memory_io *m = filled(200), *other = filled(200);
    const struct memory_file *f = memory_io_find(other, "00000000000000000081.seg");
    struct told told;

    memory_io_put(m, f->name, f->bytes, f->len);
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    assert_true(told.count > 0);
    for (size_t i = 0; i < told.count; i++)
        assert_int_equal(told.damage[i].kept, JOURNAL_KEPT_NONE);
    assert_null(memory_io_find(m, "00000000000000000081.seg-0"));
    memory_io_free(m);
    memory_io_free(other);
}

static void of_a_compressed_segment_the_frame_is_kept(void **state)
{
    struct memory_io *m = filled(100);
    static const char packed[] = "00000000000000000001.seg.zst";
    struct squeeze_job job = {.io = &m->io, .dir = "j", .first = 1};
    const struct memory_file *copy;
    struct watermark mark;
    struct told told;

    assert_int_equal(watermark_open(&mark, &m->io, "j", false, NULL), 1);
    memcpy(job.id, mark.id, sizeof job.id);
    watermark_close(&mark);
    assert_int_equal(squeeze_segment(&job, NULL), 0);
    damage(m, packed, 500);
    assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
    copy = memory_io_find(m, "00000000000000000001.seg.zst-0");
    assert_non_null(copy);
    assert_memory_equal(copy->bytes, memory_io_find(m, packed)->bytes, copy->len);
    assert_true(copy->len > 500);
    assert_string_equal(told.damage[0].file, packed);
    memory_io_free(m);
}

static void what_a_kill_or_a_full_disk_prevents_the_next_open_does(void **state)
{
    bool opened = false;
    unsigned failed = 0;

    for (int n = 0; !opened; n++) {
        struct memory_io *m = filled(10);
        struct killed_io k;
        struct told told;

        damage(m, first_segment, SEGMENT_HEADER_BYTES + 4 * ON_DISK + 70);
        killed_io_init(&k, &m->io, n);
        opened = reopen(&k.io, 1 << 20, &told) == 0;
        failed += told.count && told.damage[0].kept == JOURNAL_KEPT_FAILED;
        assert_int_equal(reopen(&m->io, 1 << 20, &told), 0);
        if (told.damage[0].kept == JOURNAL_KEPT_FAILED)
            fail_msg("after a kill at call %d", n);
        assert_non_null(memory_io_find(m, "00000000000000000001.seg-4704"));
        assert_non_null(memory_io_find(m, "00000000000000000001.seg-4704.txt"));
        memory_io_free(m);
    }
    assert_true(failed > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_bytes_are_kept_once_with_a_text),
        cmocka_unit_test(records_missing_at_the_end_are_kept_as_they_are),
        cmocka_unit_test(a_torn_tail_is_not_kept),
        cmocka_unit_test(there_is_a_bound_and_it_is_told),
        cmocka_unit_test(a_segment_of_another_journal_is_not_kept),
        cmocka_unit_test(of_a_compressed_segment_the_frame_is_kept),
        cmocka_unit_test(what_a_kill_or_a_full_disk_prevents_the_next_open_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
