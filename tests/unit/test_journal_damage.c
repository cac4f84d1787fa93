/* SPDX-License-Identifier: Apache-2.0 */
/* What a crash leaves is repaired; any other damage is found, named, and skipped by nobody in
 * silence. Files are in memory, so that every byte and bit can be tried. */
#include "unit.h"

#include "journal/segment.h"
#include "journal/watermark.h"
#include "journal_fixture.h"

enum { SEGMENT = 16384 };

static const char first_segment[] = "00000000000000000001.seg";

struct image {
    struct memory_file files[MEMORY_FILES];
    size_t count;
};

static struct image save(struct memory_io *m)
{
    struct image image = {.count = 0};

    for (size_t i = 0; i < MEMORY_FILES; i++) {
        if (!m->names[i])
            continue;
        image.files[image.count] = *m->names[i];
        image.files[image.count].bytes = (uint8_t *)xmemdup(m->names[i]->bytes, m->names[i]->len);
        image.count++;
    }
    return image;
}

static void restore(struct memory_io *m, const struct image *image)
{
    for (size_t i = 0; i < MEMORY_FILES; i++)
        if (m->names[i])
            m->io.unlink(&m->io, m->names[i]->name);
    for (size_t i = 0; i < image->count; i++)
        memory_io_put(m, image->files[i].name, image->files[i].bytes, image->files[i].len);
}

static void drop(struct image *image)
{
    for (size_t i = 0; i < image->count; i++)
        free(image->files[i].bytes);
}

/* A closed journal of `groups` batches of `each` records. */
static struct memory_io *filled(uint64_t groups, size_t each, size_t len)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);

    for (uint64_t g = 0; g < groups; g++)
        assert_int_equal(fixture_append(j, 1 + g * each, each, len, NULL), ERR_NONE);
    journal_close(j);
    return m;
}

static struct watermark mark_of(struct memory_io *m)
{
    struct watermark w;

    assert_int_equal(watermark_open(&w, &m->io, "j", true, NULL), 1);
    return w;
}

static void publish(struct memory_io *m, int64_t durable)
{
    struct watermark w = mark_of(m);

    watermark_set(&w, WATERMARK_DURABLE, durable);
    watermark_close(&w);
}

static struct journal_stats reopen(struct memory_io *m)
{
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats = {0};

    assert_non_null(j);
    journal_stats(j, &stats);
    journal_close(j);
    return stats;
}

/* Records of 104 bytes: 152 on disk. */
enum { LEN = 104, ON_DISK = 152 };

static void torn_tail_is_cut_at_every_byte(void **state)
{
    struct memory_io *m = filled(4, 2, LEN);
    struct image image = save(m);
    size_t from = SEGMENT_HEADER_BYTES + 6 * ON_DISK, to = from + 2 * ON_DISK;

    for (size_t cut = from; cut < to; cut++) {
        size_t whole = (cut - from) / ON_DISK;
        struct journal_stats stats;
        struct memory_file *f;
        int damages;

        restore(m, &image);
        publish(m, 6);
        f = memory_io_find(m, first_segment);
        memset(f->bytes + cut, 0, to - cut);
        stats = reopen(m);
        assert_int_equal(stats.damaged, 0);
        assert_int_equal(stats.last_position, 6 + whole);
        assert_true(stats.torn_bytes <= (cut - from) % ON_DISK);
        assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 6 + whole);
        assert_int_equal(damages, 0);
        stats = reopen(m);
        assert_int_equal(stats.torn_bytes, 0);
    }
    drop(&image);
    memory_io_free(m);
}

static void unfinished_group_without_its_beginning_is_torn(void **state)
{
    struct memory_io *m = filled(3, 3, LEN);
    struct memory_file *f;
    struct journal_stats stats;

    publish(m, 6);
    f = memory_io_find(m, first_segment);
    memset(f->bytes + SEGMENT_HEADER_BYTES + 6 * ON_DISK, 0, ON_DISK);
    stats = reopen(m);
    assert_int_equal(stats.damaged, 0);
    assert_int_equal(stats.torn_bytes, 3 * ON_DISK);
    assert_int_equal(stats.last_position, 6);
    memory_io_free(m);
}

static void whole_records_past_the_watermark_are_kept(void **state)
{
    struct memory_io *m = filled(3, 2, LEN);
    struct journal_stats stats;
    int damages;

    publish(m, 2);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 2);
    m->writes = m->syncs = 0;
    stats = reopen(m);
    assert_true(m->writes >= 1 && m->syncs >= 1); /* written again, and synced */
    assert_int_equal(stats.last_position, 6);
    assert_int_equal(stats.torn_bytes, 0);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 6);
    memory_io_free(m);
}

static void a_later_group_makes_it_damage(void **state)
{
    struct memory_io *m = filled(3, 2, LEN);
    struct memory_file *f = memory_io_find(m, first_segment);
    struct journal_stats stats;
    struct journal *j;
    int damages;

    publish(m, 0); /* as after a power cut: the watermark does not help */
    f->bytes[SEGMENT_HEADER_BYTES + 3 * ON_DISK + 60] ^= 1;
    stats = reopen(m);
    assert_int_equal(stats.damaged, 1);
    assert_int_equal(stats.lost, 1);
    assert_int_equal(stats.last_position, 6);
    assert_int_equal(stats.segments, 2); /* nothing more is written behind damage */
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 5);
    assert_int_equal(damages, 1);
    assert_int_equal(fixture_read(&m->io, "j", 4, &damages), 2);
    assert_int_equal(damages, 0); /* it was read before it broke */
    j = fixture_open(&m->io, "j", SEGMENT);
    assert_int_equal(fixture_append(j, 100, 2, LEN, NULL), ERR_NONE);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 7);
    journal_stats(j, &stats);
    assert_int_equal(stats.damaged, 1);
    assert_int_equal(stats.last_position, 8);
    journal_close(j);
    memory_io_free(m);
}

static void acknowledged_tail_is_never_cut(void **state)
{
    struct memory_io *m = filled(3, 2, LEN);
    struct memory_file *f = memory_io_find(m, first_segment);
    struct journal_stats stats;
    struct journal *j;
    int damages;

    f->bytes[SEGMENT_HEADER_BYTES + 5 * ON_DISK + 60] ^= 1;
    stats = reopen(m);
    assert_int_equal(stats.torn_bytes, 0);
    assert_int_equal(stats.damaged, 1);
    assert_int_equal(stats.lost, 1);
    assert_int_equal(stats.last_position, 6); /* 6 is never given to another record */
    j = fixture_open(&m->io, "j", SEGMENT);
    assert_int_equal(fixture_append(j, 100, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 6);
    assert_int_equal(damages, 1);
    memory_io_free(m);
}

/* Every bit of a file: the reader or the next open must notice. */
static void try_flips(const char *name, size_t from, size_t to, size_t step)
{
    struct memory_io *m = filled(70, 2, LEN);
    struct image image = save(m);
    int64_t all;
    int damages;

    all = fixture_read(&m->io, "j", 0, &damages);
    assert_int_equal(all, 140);
    for (size_t bit = from * 8; bit < to * 8; bit += step) {
        struct memory_file *f = memory_io_find(m, name);
        int64_t count;

        f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        count = fixture_read(&m->io, "j", 0, &damages);
        assert_true(count >= all - 1 || strcmp(name, "commit") == 0);
        if (count < all)
            assert_true(damages > 0);
        if (damages == 0) {
            struct journal_stats stats = reopen(m);

            if (stats.damaged == 0 && stats.torn_bytes == 0)
                fail_msg("%s: bit %zu of byte %zu is not noticed", name, bit % 8, bit / 8);
            restore(m, &image);
        } else {
            f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    drop(&image);
    memory_io_free(m);
}

static void every_flipped_bit_of_a_sealed_segment_is_noticed(void **state)
{
    size_t records = (SEGMENT - SEGMENT_HEADER_BYTES - SEGMENT_SEAL_BYTES) / (2 * ON_DISK) * 2;

    try_flips(first_segment, 0, 4096, 1);
    try_flips(first_segment, 4096, 4096 + records * ON_DISK + SEGMENT_SEAL_BYTES, 1);
}

static void every_flipped_bit_of_the_head_is_noticed(void **state)
{
    /* 80 records in the first: the head begins at 81 and has 60 */
    try_flips("00000000000000000081.seg", 0, 4096 + 60 * ON_DISK, 1);
    try_flips("00000000000000000081.seg", 4096 + 60 * ON_DISK, SEGMENT, 7);
}

static void every_flipped_bit_of_the_watermark_is_noticed(void **state)
{
    try_flips("commit", 0, 44, 1);
    try_flips("commit", 64, 72, 1);
    try_flips("commit", 192, 200, 1);
}

static void missing_and_swapped_segments_are_named(void **state)
{
    struct memory_io *m = filled(200, 2, LEN);
    struct image image = save(m);
    struct journal_stats stats;
    struct memory_file *a, *b;
    uint8_t *bytes;
    int damages;

    m->io.unlink(&m->io, "00000000000000000081.seg");
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 320);
    assert_int_equal(damages, 1);
    stats = reopen(m);
    assert_int_equal(stats.lost, 80);
    restore(m, &image);

    m->io.unlink(&m->io, first_segment);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 320);
    assert_int_equal(damages, 1);
    assert_int_equal(reopen(m).lost, 80);
    restore(m, &image);

    m->io.unlink(&m->io, "00000000000000000321.seg");
    stats = reopen(m);
    assert_int_equal(stats.lost, 80);
    assert_int_equal(stats.last_position, 400);
    restore(m, &image);

    a = memory_io_find(m, "00000000000000000081.seg");
    b = memory_io_find(m, "00000000000000000161.seg");
    bytes = a->bytes;
    a->bytes = b->bytes;
    b->bytes = bytes;
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 240);
    assert_true(damages >= 2);
    assert_true(reopen(m).damaged >= 2);
    drop(&image);
    memory_io_free(m);
}

static void segment_from_an_older_backup_is_noticed(void **state)
{
    struct memory_io *m = filled(10, 2, LEN);
    struct image old = save(m);
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    struct journal_stats stats;
    int damages;

    for (uint64_t g = 0; g < 60; g++)
        assert_int_equal(fixture_append(j, 1000 + 2 * g, 2, LEN, NULL), ERR_NONE);
    journal_close(j);
    for (size_t i = 0; i < old.count; i++)
        if (strcmp(old.files[i].name, first_segment) == 0)
            memory_io_put(m, first_segment, old.files[i].bytes, old.files[i].len);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 80);
    assert_int_equal(damages, 1);
    stats = reopen(m);
    assert_true(stats.damaged >= 1);
    assert_int_equal(stats.lost, 60);
    drop(&old);
    memory_io_free(m);
}

static void segment_of_another_journal_is_refused(void **state)
{
    struct memory_io *m = filled(100, 2, LEN), *other = filled(100, 2, LEN);
    struct memory_file *f = memory_io_find(other, first_segment);
    int damages;

    memory_io_put(m, first_segment, f->bytes, f->len);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 120);
    assert_int_equal(damages, 1);
    assert_true(reopen(m).damaged >= 1);
    memory_io_free(m);
    memory_io_free(other);
}

static void replaced_journal_is_not_read_on(void **state)
{
    struct memory_io *m = filled(2, 2, LEN), *other = filled(5, 2, LEN);
    struct image image = save(other);
    struct journal_reader *r;
    struct journal_entry e;
    struct err err;

    assert_int_equal(journal_reader_open(&r, &m->io, "j", 3, &err), 0);
    assert_int_equal(journal_reader_next(r, &e, &err), 1);
    restore(m, &image);
    usleep(1100000); /* it looks again once a second */
    assert_int_equal(journal_reader_next(r, &e, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "another journal"));
    journal_reader_close(r);
    drop(&image);
    memory_io_free(m);
    memory_io_free(other);
}

/* A word of the mark is broken while a reader is at the end of what it has seen. */
static void reader_tells_a_broken_word_once_and_loses_nothing(void **state)
{
    for (size_t at = 64; at <= 128; at += 64) {
        struct memory_io *m = filled(2, 2, LEN);
        struct journal_reader *r;
        struct journal_entry e;
        struct journal *j;
        struct err err;

        assert_int_equal(journal_reader_open(&r, &m->io, "j", 0, &err), 0);
        for (int64_t p = 1; p <= 4; p++)
            assert_int_equal(journal_reader_next(r, &e, &err), 1);
        j = fixture_open(&m->io, "j", SEGMENT);
        for (uint64_t g = 0; g < 70; g++) /* over several segments */
            assert_int_equal(fixture_append(j, 5 + 2 * g, 2, LEN, NULL), ERR_NONE);
        memory_io_find(m, "commit")->bytes[at] ^= 1;
        assert_int_equal(journal_reader_next(r, &e, &err), -1);
        assert_int_equal(err.code, ERR_CORRUPT);
        assert_null(strstr(err.text, "lost"));
        if (at == 64) {
            assert_int_equal(journal_reader_next(r, &e, &err), 0);
            assert_int_equal(journal_reader_next(r, &e, &err), 0);
            assert_int_equal(fixture_append(j, 500, 2, LEN, NULL), ERR_NONE);
        }
        for (int64_t p = 5; p <= (at == 64 ? 146 : 144); p++) {
            assert_int_equal(journal_reader_next(r, &e, &err), 1);
            assert_int_equal(e.position, p);
        }
        assert_int_equal(journal_reader_next(r, &e, &err), 0);
        journal_reader_close(r);
        journal_close(j);
        memory_io_free(m);
    }
}

static void missing_commit_file_is_rebuilt_and_told(void **state)
{
    struct memory_io *m = filled(100, 2, LEN);
    struct journal_stats stats;
    int damages;

    m->io.unlink(&m->io, "commit");
    stats = reopen(m);
    assert_int_equal(stats.damaged, 1);
    assert_int_equal(stats.last_position, 200);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 200);
    assert_int_equal(damages, 0);
    assert_int_equal(reopen(m).damaged, 0);
    memory_io_free(m);
}

static void interrupted_roll_is_finished(void **state)
{
    struct memory_io *m = filled(41, 2, LEN); /* 80 records, then 2 in the next segment */
    struct memory_file *f = memory_io_find(m, first_segment);
    size_t end = f->len - SEGMENT_SEAL_BYTES;
    struct journal_stats stats;
    int damages;

    assert_memory_equal(f->bytes + end, "WEIRSEAL", 8);
    memset(f->bytes + end, 0, SEGMENT_SEAL_BYTES);
    f->len = SEGMENT;
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 82);
    assert_int_equal(damages, 0);
    stats = reopen(m);
    assert_int_equal(stats.damaged, 0);
    f = memory_io_find(m, first_segment);
    assert_int_equal(f->len, end + SEGMENT_SEAL_BYTES);
    assert_memory_equal(f->bytes + end, "WEIRSEAL", 8);
    memory_io_free(m);
}

/* A file of the journal, broken in one of the ways that recovery repairs or goes around. */
static void break_somehow(struct memory_io *m, int how)
{
    struct memory_file *f = memory_io_find(m, "00000000000000000081.seg");

    if (how == 0) { /* torn, and some of it whole but past the watermark */
        publish(m, 81);
        memset(f->bytes + SEGMENT_HEADER_BYTES + 3 * ON_DISK + 9, 0, ON_DISK);
    } else if (how == 1) {
        f->bytes[SEGMENT_HEADER_BYTES + ON_DISK + 60] ^= 1;
    } else if (how == 2) {
        m->io.unlink(&m->io, "commit");
    } else { /* the roll was interrupted before the seal */
        f = memory_io_find(m, first_segment);
        memset(f->bytes + f->len - SEGMENT_SEAL_BYTES, 0, SEGMENT_SEAL_BYTES);
        f->len = SEGMENT;
    }
}

static void recovery_may_be_cut_off_at_any_call(void **state)
{
    for (int how = 0; how < 4; how++) {
        struct memory_io *m = filled(42, 2, LEN); /* 80 records, then 4 in the head */
        struct image image;
        int64_t expected;
        int damages;

        break_somehow(m, how);
        image = save(m);
        reopen(m);
        expected = fixture_read(&m->io, "j", 0, &damages);
        for (int n = 0; n < 16; n++) {
            struct journal_opts opts = {
                .io = &m->io, .dir = "j", .segment_bytes = SEGMENT, .reserve_bytes = 1 << 20};
            int *countdown = n & 1 ? &m->fail_sync : &m->fail_write;
            struct journal *j = NULL;
            int again;

            restore(m, &image);
            *countdown = n / 2;
            if (journal_open(&j, &opts, NULL) == 0)
                journal_close(j);
            m->fail_sync = m->fail_write = -1;
            reopen(m);
            assert_int_equal(fixture_read(&m->io, "j", 0, &again), expected);
            assert_int_equal(again, damages);
        }
        drop(&image);
        memory_io_free(m);
    }
}

static void remember_damage(void *ctx, const struct journal_damage *damage)
{
    *(struct journal_damage *)ctx = *damage;
}

static void damage_is_reported_with_file_place_and_positions(void **state)
{
    struct memory_io *m = filled(3, 2, LEN);
    struct journal_damage damage = {.bytes = 0};
    struct journal_opts opts = {.io = &m->io,
                                .dir = "j",
                                .segment_bytes = SEGMENT,
                                .reserve_bytes = 1 << 20,
                                .on_damage = remember_damage,
                                .damage_ctx = &damage};
    struct journal_reader *r;
    struct journal_entry e;
    struct journal *j;
    struct err err;

    memory_io_find(m, first_segment)->bytes[SEGMENT_HEADER_BYTES + ON_DISK + 60] ^= 1;
    assert_int_equal(journal_open(&j, &opts, NULL), 0);
    journal_close(j);
    assert_string_equal(damage.file, first_segment);
    assert_int_equal(damage.offset, SEGMENT_HEADER_BYTES + ON_DISK);
    assert_int_equal(damage.bytes, ON_DISK);
    assert_int_equal(damage.first, 2);
    assert_int_equal(damage.last, 2);
    assert_int_equal(journal_reader_open(&r, &m->io, "j", 0, &err), 0);
    assert_int_equal(journal_reader_next(r, &e, &err), 1);
    assert_int_equal(journal_reader_next(r, &e, &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_non_null(strstr(err.text, "00000000000000000001.seg at byte 4248"));
    assert_non_null(strstr(err.text, "positions 2 to 2 are lost"));
    assert_int_equal(journal_reader_next(r, &e, &err), 1);
    assert_int_equal(e.position, 3);
    journal_reader_close(r);
    memory_io_free(m);
}

static void reader_goes_on_where_segments_were_deleted_behind_it(void **state)
{
    struct memory_io *m = filled(120, 2, LEN);
    struct watermark w = mark_of(m);
    struct journal_reader *r;
    struct journal_entry e;
    struct err err;
    int damages;

    assert_int_equal(journal_reader_open(&r, &m->io, "j", 0, &err), 0);
    for (int i = 1; i <= 100; i++)
        assert_int_equal(journal_reader_next(r, &e, &err), 1);
    watermark_set(&w, WATERMARK_FLOOR, 161);
    m->io.unlink(&m->io, first_segment);
    m->io.unlink(&m->io, "00000000000000000081.seg");
    for (int i = 101; i <= 240; i++) {
        assert_int_equal(journal_reader_next(r, &e, &err), 1);
        assert_int_equal(e.position, i);
    }
    assert_int_equal(journal_reader_next(r, &e, &err), 0);
    journal_reader_close(r);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 80);
    assert_int_equal(damages, 0); /* deleted on purpose, and nobody asked for them by number */
    assert_int_equal(fixture_read(&m->io, "j", 5, &damages), 80);
    assert_int_equal(damages, 1); /* 6 to 160 were due */
    watermark_close(&w);
    assert_int_equal(reopen(m).damaged, 0);
    memory_io_free(m);
}

static void record_written_into_a_payload_is_not_taken_for_one(void **state)
{
    struct memory_io *m = filled(1, 1, LEN);
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);
    uint8_t inner[256], salt[16] = {0}, id[16] = {1, 2, 3};
    struct segment_record fake = {
        .position = 3, .kind = JOURNAL_EVENT, .salt = salt, .payload = STR("planted")};
    size_t len = segment_record_write(inner, &fake, segment_seed(id, 1));
    struct journal_record record = {.kind = JOURNAL_EVENT, .payload = str_of(inner, len)};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch b = {
        .records = &record, .count = 1, .done = fixture_done, .ctx = &wait, .received_us = 1};
    int damages;

    journal_submit(j, &b);
    fixture_await(&wait, 1);
    assert_int_equal(fixture_append(j, 50, 1, LEN, NULL), ERR_NONE);
    journal_close(j);
    memory_io_find(m, first_segment)->bytes[SEGMENT_HEADER_BYTES + ON_DISK] ^= 4;
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 2);
    assert_int_equal(damages, 1);
    memory_io_free(m);
}

static void group_may_begin_at_the_next_block(void **state)
{
    struct memory_io *m = filled(1, 2, LEN);
    struct memory_file *f = memory_io_find(m, first_segment);
    uint8_t salt[16] = {9};
    struct segment_record r = {
        .position = 3, .kind = JOURNAL_EVENT, .salt = salt, .payload = STR("aligned")};
    struct watermark w = mark_of(m);
    int damages;

    segment_record_write(f->bytes + 8192, &r, segment_seed(w.id, 1));
    watermark_set(&w, WATERMARK_DURABLE, 3);
    watermark_close(&w);
    assert_int_equal(fixture_read(&m->io, "j", 0, &damages), 3);
    assert_int_equal(damages, 0);
    assert_int_equal(reopen(m).damaged, 0);
    memory_io_free(m);
}

static void erased_record_keeps_its_place_and_hash(void **state)
{
    struct memory_io *m = filled(1, 2, LEN);
    struct memory_file *f = memory_io_find(m, first_segment);
    uint8_t *p = f->bytes + SEGMENT_HEADER_BYTES, hash[32], again[32];
    struct segment_record r;
    struct watermark w = mark_of(m);
    uint32_t seed = segment_seed(w.id, 1), crc;
    struct journal_reader *reader;
    struct journal_entry e;

    assert_true(segment_record_parse(&r, p, ON_DISK, seed));
    segment_record_hash(hash, &r);
    segment_record_erase(p, seed);
    assert_true(segment_record_parse(&r, p, ON_DISK, seed));
    segment_record_hash(again, &r);
    assert_memory_equal(hash, again, 32);
    memcpy(&crc, p, 4);
    assert_int_equal(journal_reader_open(&reader, &m->io, "j", 0, NULL), 0);
    assert_int_equal(journal_reader_next(reader, &e, NULL), 1);
    assert_true(e.erased);
    assert_int_equal(e.payload.len, 0);
    assert_int_equal(journal_reader_next(reader, &e, NULL), 1);
    assert_false(e.erased);
    journal_reader_close(reader);
    watermark_close(&w);
    assert_int_equal(reopen(m).damaged, 0);
    memory_io_free(m);
}

static void newer_format_is_refused_not_repaired(void **state)
{
    struct memory_io *m = filled(1, 1, LEN);
    struct memory_file *f = memory_io_find(m, first_segment);
    struct journal_opts opts = {.io = &m->io, .dir = "j", .segment_bytes = SEGMENT};
    struct segment_header h;
    struct journal *j = NULL;
    struct err err;

    assert_null(segment_header_parse(&h, f->bytes));
    f->bytes[8] = 2;
    segment_header_check(f->bytes);
    assert_ptr_equal(segment_header_parse(&h, f->bytes), segment_other_version);
    assert_int_equal(journal_open(&j, &opts, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    memory_io_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torn_tail_is_cut_at_every_byte),
        cmocka_unit_test(unfinished_group_without_its_beginning_is_torn),
        cmocka_unit_test(whole_records_past_the_watermark_are_kept),
        cmocka_unit_test(a_later_group_makes_it_damage),
        cmocka_unit_test(acknowledged_tail_is_never_cut),
        cmocka_unit_test(every_flipped_bit_of_a_sealed_segment_is_noticed),
        cmocka_unit_test(every_flipped_bit_of_the_head_is_noticed),
        cmocka_unit_test(every_flipped_bit_of_the_watermark_is_noticed),
        cmocka_unit_test(missing_and_swapped_segments_are_named),
        cmocka_unit_test(segment_from_an_older_backup_is_noticed),
        cmocka_unit_test(segment_of_another_journal_is_refused),
        cmocka_unit_test(replaced_journal_is_not_read_on),
        cmocka_unit_test(reader_tells_a_broken_word_once_and_loses_nothing),
        cmocka_unit_test(missing_commit_file_is_rebuilt_and_told),
        cmocka_unit_test(interrupted_roll_is_finished),
        cmocka_unit_test(recovery_may_be_cut_off_at_any_call),
        cmocka_unit_test(damage_is_reported_with_file_place_and_positions),
        cmocka_unit_test(reader_goes_on_where_segments_were_deleted_behind_it),
        cmocka_unit_test(record_written_into_a_payload_is_not_taken_for_one),
        cmocka_unit_test(group_may_begin_at_the_next_block),
        cmocka_unit_test(erased_record_keeps_its_place_and_hash),
        cmocka_unit_test(newer_format_is_refused_not_repaired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
