/* SPDX-License-Identifier: Apache-2.0 */
/* A compressed segment reads as the plain one, byte for byte; damage in it costs its frame and is
 * named; a kill at any step leaves a whole segment. */
#include "unit.h"

#include <errno.h>

#include "journal/squeeze.h"
#include "journal/watermark.h"
#include "journal_fixture.h"
#include "killed_io.h"

enum { SEGMENT = 250000, LEN = 300, ON_DISK = 352 };

static const char plain_name[] = "00000000000000000001.seg";
static const char packed_name[] = "00000000000000000001.seg.zst";

/* A closed journal with at least one sealed segment of two frames. */
static struct memory_io *filled(void)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);

    for (uint64_t g = 0; g < 30; g++)
        assert_int_equal(fixture_append(j, 1 + g * 30, 30, LEN, NULL), ERR_NONE);
    journal_close(j);
    return m;
}

static struct squeeze_job job_of(const struct io *io)
{
    struct squeeze_job job = {.io = io, .dir = "j", .first = 1};
    struct watermark mark;

    assert_int_equal(watermark_open(&mark, io, "j", false, NULL), 1);
    memcpy(job.id, mark.id, sizeof job.id);
    watermark_close(&mark);
    return job;
}

static void squeeze(struct memory_io *m)
{
    struct squeeze_job job = job_of(&m->io);
    struct err err = {0};

    if (squeeze_segment(&job, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(job.after < job.before);
    assert_null(memory_io_find(m, plain_name));
    assert_int_equal(memory_io_find(m, packed_name)->len, job.after);
}

static void opened(struct scan *s, struct memory_io *m)
{
    struct squeeze_job job = job_of(&m->io);
    uint8_t header[SEGMENT_HEADER_BYTES];

    scan_init(s, &m->io);
    assert_int_equal(scan_open(s, "j", job.id, 1, header, NULL), 1);
}

static void both_forms_read_alike(void **state)
{
    struct memory_io *m = filled();
    struct memory_file *f = memory_io_find(m, plain_name);
    size_t len = f->len;
    uint8_t *plain = (uint8_t *)xmemdup(f->bytes, len), *got = xmalloc(len);
    struct scan s;
    int damages;

    assert_true(len > PACKED_FRAME);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 900);
    squeeze(m);
    opened(&s, m);
    assert_non_null(s.packed);
    assert_int_equal(s.size, len);
    assert_int_equal(scan_read(&s, got, len, 0), len);
    assert_memory_equal(got, plain, len);
    for (size_t at = 0; at < len + 8; at += 997) { /* into the middle, over frames, past the end */
        size_t want = at < len ? len - at < 5000 ? len - at : 5000 : 0;

        assert_int_equal(scan_read(&s, got, 5000, at), want);
        assert_memory_equal(got, plain + at, want);
    }
    scan_reset(&s);
    for (int64_t after = 0; after < 900; after += 13) {
        assert_int_equal(fixture_read(&m->io, "j", after, &damages), 900 - after);
        assert_int_equal(damages, 0);
    }
    free(plain);
    free(got);
    memory_io_free(m);
}

static void the_journal_goes_on_over_compressed_segments(void **state)
{
    struct memory_io *m = filled();
    struct journal_stats stats;
    struct journal_record r;
    struct journal *j;
    int damages;

    squeeze(m);
    for (int round = 0; round < 3; round++) {
        j = fixture_open(&m->io, "j", SEGMENT);
        assert_non_null(j);
        assert_int_equal(fixture_append(j, 5, 1, LEN, &r), ERR_NONE);
        assert_true(r.duplicate); /* its key was read back from the compressed file */
        assert_int_equal(r.position, 5);
        assert_int_equal(fixture_append(j, 2000 + (uint64_t)round, 1, LEN, NULL), ERR_NONE);
        journal_stats(j, &stats);
        assert_int_equal(stats.damaged, 0);
        assert_int_equal(stats.first_position, 1);
        journal_close(j);
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 901 + round);
        assert_int_equal(damages, 0);
    }
    memory_io_free(m);
}

/* Reads all, and puts the last damage's text into err. */
static int64_t read_all(struct memory_io *m, int *damages, struct err *err)
{
    struct journal_reader *r;
    struct journal_entry e;
    struct err now;
    int64_t count = 0;
    int found;

    *damages = 0;
    assert_int_equal(journal_reader_open(&r, &m->io, "j", 0, err), 0);
    while ((found = journal_reader_next(r, &e, &now)) != 0) {
        count += found > 0;
        if (found < 0) {
            ++*damages;
            *err = now;
        }
    }
    journal_reader_close(r);
    return count;
}

/* Where the second frame and the table begin in the file. */
static void find_parts(struct memory_io *m, size_t *second, size_t *table)
{
    const struct memory_file *f = memory_io_find(m, packed_name);
    uint32_t bytes, first;

    memcpy(&bytes, f->bytes + f->len - 16, 4);
    *table = f->len - bytes;
    memcpy(&first, f->bytes + *table + 52, 4);
    *second = first;
}

static void damage_in_a_frame_costs_that_frame_and_is_named(void **state)
{
    struct memory_io *m = filled();
    size_t second, table;
    struct err err = {0};
    int damages;
    /* records that lie in the first frame, wholly or in part */
    int64_t in_first = (PACKED_FRAME - SEGMENT_HEADER_BYTES + ON_DISK - 1) / ON_DISK;
    struct memory_file *f;
    char lost[80];

    squeeze(m);
    find_parts(m, &second, &table);
    f = memory_io_find(m, packed_name);
    f->bytes[second / 2] ^= 1;
    assert_int_equal(read_all(m, &damages, &err), 900 - in_first);
    assert_int_equal(damages, 2); /* the header, then the records */
    snprintf(lost, sizeof lost, "positions 1 to %lld are lost", (long long)in_first);
    assert_non_null(strstr(err.text, lost));
    assert_non_null(strstr(err.text, packed_name));
    f->bytes[second / 2] ^= 1;
    f->bytes[second + 10] ^= 0x80;
    assert_true(read_all(m, &damages, &err) >= in_first - 1);
    assert_int_equal(damages, 1);
    assert_non_null(strstr(err.text, packed_name));
    memory_io_free(m);
}

static void damaged_table_loses_nothing_and_is_told(void **state)
{
    struct memory_io *m = filled();
    size_t second, table, len;
    struct memory_file *f;
    struct err err = {0};
    int damages;

    squeeze(m);
    find_parts(m, &second, &table);
    f = memory_io_find(m, packed_name);
    len = f->len;
    for (size_t at = table; at < len; at++) {
        f->bytes[at] ^= 4;
        assert_int_equal(read_all(m, &damages, &err), 900);
        assert_int_equal(damages, 1);
        assert_non_null(strstr(err.text, "table"));
        f->bytes[at] ^= 4;
    }
    f->len = table; /* cut off */
    assert_int_equal(read_all(m, &damages, &err), 900);
    assert_int_equal(damages, 1);
    f->len = second + 100; /* and the second frame with it: at least the first is read */
    assert_true(read_all(m, &damages, &err) > 300);
    assert_true(damages >= 1);
    f->len = 0;
    assert_true(read_all(m, &damages, &err) >= 0);
    assert_true(damages >= 1);
    memory_io_free(m);
}

static void every_flipped_bit_of_a_compressed_segment_is_found(void **state)
{
    struct memory_io *m = filled();
    struct squeeze_job job = job_of(&m->io);
    struct segment_state found;
    struct memory_file *f;
    struct scan s;

    squeeze(m);
    f = memory_io_find(m, packed_name);
    scan_init(&s, &m->io);
    for (size_t at = 0; at < f->len; at += 1 + at % 7) {
        uint8_t header[SEGMENT_HEADER_BYTES];

        f->bytes[at] ^= (uint8_t)(1 << at % 8);
        assert_int_equal(scan_open(&s, "j", job.id, 1, header, NULL), 1);
        assert_int_equal(segment_examine(&s, header, job.id, NULL, &found, NULL), 0);
        assert_false(found.sound);
        assert_non_null(found.what);
        f->bytes[at] ^= (uint8_t)(1 << at % 8);
    }
    scan_reset(&s);
    memory_io_free(m);
}

static void a_compressed_segment_that_lost_its_seal_is_read_and_never_written(void **state)
{
    struct memory_io *m = filled();
    struct memory_file *f;
    struct journal_stats stats;
    struct journal *j;
    size_t second, table, len;
    uint8_t *before;
    int damages;

    squeeze(m);
    find_parts(m, &second, &table);
    f = memory_io_find(m, packed_name);
    f->bytes[second + 10] ^= 1; /* the frame with the seal */
    len = f->len;
    before = (uint8_t *)xmemdup(f->bytes, len);
    for (int round = 0; round < 2; round++) {
        j = fixture_open(&m->io, "j", SEGMENT);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_true(stats.damaged > 0);
        assert_true(stats.lost > 0);
        assert_int_equal(fixture_append(j, 3000 + (uint64_t)round, 1, LEN, NULL), ERR_NONE);
        journal_close(j);
    }
    assert_int_equal(f->len, len);
    assert_memory_equal(f->bytes, before, len);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 902 - (int64_t)stats.lost);
    free(before);
    memory_io_free(m);
}

/* A batch that comes last and has nothing new leaves no trace in the segment, nor in its seal. */
static void a_seal_tells_the_latest_of_its_records(void **state)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct str payload = fixture_payload(3, LEN);
    struct journal_record r = {.kind = JOURNAL_EVENT, .has_key = true, .payload = payload};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch late = {
        .records = &r, .count = 1, .received_us = 2000, .done = fixture_done, .ctx = &wait};
    struct segment_seal seal;
    struct scan s;

    assert_int_equal(fixture_append(j, 1, 30, LEN, NULL), ERR_NONE);
    assert_true(fixture_key_of(NULL, JOURNAL_EVENT, payload, &r.key));
    journal_submit(j, &late);
    fixture_await(&wait, 1);
    assert_true(r.duplicate);
    for (uint64_t g = 1; g < 30; g++)
        assert_int_equal(fixture_append(j, 1 + g * 30, 30, LEN, NULL), ERR_NONE);
    journal_close(j);
    opened(&s, m);
    assert_int_equal(scan_seal(&s, &seal), 1);
    assert_int_equal(seal.newest_us, 1000);
    scan_reset(&s);
    free((void *)(uintptr_t)payload.ptr);
    memory_io_free(m);
}

static void damaged_segment_is_not_compressed(void **state)
{
    struct memory_io *m = filled();
    struct memory_file *f = memory_io_find(m, plain_name);
    struct squeeze_job job = job_of(&m->io);
    size_t places[] = {20, 5000, PACKED_FRAME + 3, f->len - 3};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct err err = {0};

        f->bytes[places[i]] ^= 1;
        assert_int_equal(squeeze_segment(&job, &err), -1);
        assert_int_equal(err.code, ERR_CORRUPT);
        assert_non_null(memory_io_find(m, plain_name));
        assert_null(memory_io_find(m, packed_name));
        f->bytes[places[i]] ^= 1;
    }
    squeeze(m);
    memory_io_free(m);
}

static void stopping_leaves_the_plain_segment(void **state)
{
    struct memory_io *m = filled();
    struct squeeze_job job = job_of(&m->io);
    atomic_bool stop = true;
    struct err err = {0};

    job.stop = &stop;
    assert_int_equal(squeeze_segment(&job, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    assert_non_null(memory_io_find(m, plain_name));
    memory_io_free(m);
}

static bool exists(struct memory_io *m, const char *name)
{
    return memory_io_find(m, name) != NULL;
}

static void a_kill_at_any_step_leaves_a_whole_segment(void **state)
{
    int both = 0, unfinished = 0;
    bool whole = false;

    for (int n = 0; !whole; n++) {
        struct memory_io *m = filled();
        struct squeeze_job job = job_of(&m->io);
        struct killed_io k;
        struct journal *j;
        struct journal_stats stats;
        int damages;

        killed_io_init(&k, &m->io, n);
        job.io = &k.io;
        whole = squeeze_segment(&job, NULL) == 0;
        assert_true(!whole || n > 7);
        both += exists(m, plain_name) && exists(m, packed_name);
        unfinished += exists(m, "00000000000000000001.seg.zst.tmp");
        assert_true(exists(m, plain_name) || exists(m, packed_name));
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 900);
        assert_int_equal(damages, 0);
        j = fixture_open(&m->io, "j", SEGMENT);
        assert_non_null(j);
        journal_stats(j, &stats);
        assert_int_equal(stats.damaged, 0);
        assert_int_equal(stats.segments, 2);
        assert_true(exists(m, plain_name) != exists(m, packed_name));
        assert_false(exists(m, "00000000000000000001.seg.zst.tmp"));
        journal_close(j);
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 900);
        assert_int_equal(damages, 0);
        memory_io_free(m);
    }
    assert_true(both > 0 && unfinished > 0);
}

static void a_failing_disk_leaves_the_plain_segment(void **state)
{
    struct memory_io *m = filled();
    struct squeeze_job job = job_of(&m->io);
    struct err err = {0};

    m->fail_write = 0;
    m->error = ENOSPC;
    assert_int_equal(squeeze_segment(&job, &err), -1);
    assert_int_equal(err.code, ERR_SPACE);
    m->fail_sync = 0;
    m->error = EIO;
    assert_int_equal(squeeze_segment(&job, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_true(exists(m, plain_name));
    assert_false(exists(m, packed_name));
    assert_false(exists(m, "00000000000000000001.seg.zst.tmp"));
    squeeze(m);
    memory_io_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_read_alike),
        cmocka_unit_test(the_journal_goes_on_over_compressed_segments),
        cmocka_unit_test(damage_in_a_frame_costs_that_frame_and_is_named),
        cmocka_unit_test(damaged_table_loses_nothing_and_is_told),
        cmocka_unit_test(every_flipped_bit_of_a_compressed_segment_is_found),
        cmocka_unit_test(a_compressed_segment_that_lost_its_seal_is_read_and_never_written),
        cmocka_unit_test(a_seal_tells_the_latest_of_its_records),
        cmocka_unit_test(damaged_segment_is_not_compressed),
        cmocka_unit_test(stopping_leaves_the_plain_segment),
        cmocka_unit_test(a_kill_at_any_step_leaves_a_whole_segment),
        cmocka_unit_test(a_failing_disk_leaves_the_plain_segment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
