/* SPDX-License-Identifier: Apache-2.0 */
/* Tidying never takes what a sink still has to read, survives a kill at any step, and says what it
 * deletes before it does. On the real file system: it works with folders and threads. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "journal/cursor.h"
#include "journal/segment.h"
#include "journal/tidy.h"
#include "journal/watermark.h"
#include "journal_fixture.h"
#include "killed_io.h"

enum { SEGMENT = 16384, LEN = 104, A_SEGMENT = 80 /* records of LEN in one */ };

/* Records of the fixture are received 1000 µs after 1970: they are as old as this clock says. */
static int64_t wall, monotonic;

static int64_t fake_wall(void)
{
    return wall;
}

static int64_t fake_monotonic(void)
{
    return monotonic;
}

struct place {
    char dir[64];
    struct journal *j;
    struct tidy *t;
};

static void remove_folder(const char *path)
{
    AUTO_DIR dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        AUTO_FREE char *name = io_join(path, entry->d_name);

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlink(name) < 0)
            remove_folder(name);
    }
    rmdir(path);
}

static int make(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);

    snprintf(p->dir, sizeof p->dir, "/tmp/weir-tidy-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    wall = monotonic = INT64_C(1000000000);
    *state = p;
    return 0;
}

static int unmake(void **state)
{
    struct place *p = *state;

    tidy_free(p->t);
    journal_close(p->j);
    remove_folder(p->dir);
    free(p);
    return 0;
}

/* Opens the journal and a tidy over it. */
static void start(struct place *p, const struct io *io, int64_t compress_after_us, int64_t keep_us)
{
    p->j = fixture_open(io, p->dir, SEGMENT);
    assert_non_null(p->j);
    p->t = tidy_new(&(struct tidy_opts){.journal = p->j,
                                        .compress_after_us = compress_after_us,
                                        .keep_us = keep_us,
                                        .rule = "retention.journal 30d",
                                        .wall = fake_wall,
                                        .monotonic = fake_monotonic});
}

static void stop(struct place *p)
{
    tidy_free(p->t);
    journal_close(p->j);
    p->t = NULL;
    p->j = NULL;
}

/* `segments` sealed segments, and a head with a few records. */
static void fill(struct place *p, uint64_t segments)
{
    uint64_t count = segments * A_SEGMENT + 4;

    for (uint64_t i = 0; i < count; i += A_SEGMENT / 2)
        assert_int_equal(fixture_append(p->j, 1 + i, i + 4 == count ? 4 : A_SEGMENT / 2, LEN, NULL),
                         ERR_NONE);
}

static void publish(const struct place *p, const char *sink, int64_t position)
{
    assert_int_equal(cursor_publish(io_system(), p->dir, sink, position, NULL), 1);
}

static int step(struct place *p, struct tidy_report *report)
{
    struct err err = {0};
    int done = tidy_step(p->t, report, &err);

    if (done < 0)
        fail_msg("%s", err.text);
    return done;
}

/* Steps until nothing is left; how many of that kind there were. */
static unsigned run(struct place *p, enum tidy_kind kind)
{
    struct tidy_report report;
    unsigned n = 0;

    while (step(p, &report) > 0)
        n += report.kind == kind;
    return n;
}

static bool has(const struct place *p, const char *name)
{
    AUTO_FREE char *path = io_join(p->dir, name);
    struct stat st;

    return stat(path, &st) == 0;
}

static bool has_segment(const struct place *p, int64_t first, bool packed)
{
    char name[SEGMENT_NAME_SIZE];

    (packed ? segment_name_packed : segment_name)(name, first);
    return has(p, name);
}

static void expect_readable(const struct place *p, int64_t after, int64_t count)
{
    int damages;

    assert_int_equal(fixture_read(io_system(), p->dir, after, &damages), count);
    assert_int_equal(damages, 0);
}

static void without_a_cursor_nothing_is_touched(void **state)
{
    struct place *p = *state;
    struct tidy_report report;

    start(p, io_system(), 0, 0);
    fill(p, 3);
    assert_int_equal(step(p, &report), 0);
    assert_int_equal(report.kind, TIDY_NOTHING);
    publish(p, "store", 0);
    assert_int_equal(step(p, &report), 0);
    assert_true(has_segment(p, 1, false));
}

static void what_every_sink_has_passed_is_compressed(void **state)
{
    struct place *p = *state;
    struct tidy_report report;
    struct journal_stats stats;

    start(p, io_system(), 0, -1);
    fill(p, 4);
    publish(p, "store", 4 * A_SEGMENT);
    publish(p, "other", 2 * A_SEGMENT - 1);
    assert_int_equal(step(p, &report), 1);
    assert_int_equal(report.kind, TIDY_COMPRESSED);
    assert_int_equal(report.first, 1);
    assert_int_equal(report.last, A_SEGMENT);
    assert_true(report.after < report.before);
    assert_int_equal(step(p, &report), 0); /* the other one is not through with the second */
    assert_true(has_segment(p, 1, true) && !has_segment(p, 1, false));
    assert_true(has_segment(p, 1 + A_SEGMENT, false));
    publish(p, "other", 4 * A_SEGMENT + 4);
    assert_int_equal(run(p, TIDY_COMPRESSED), 3);
    assert_true(has_segment(p, 1 + 4 * A_SEGMENT, false)); /* never the head */
    journal_stats(p->j, &stats);
    assert_int_equal(stats.compressed, 4);
    assert_true(stats.compressed_to < stats.compressed_from);
    assert_int_equal(stats.segments, 5);
    expect_readable(p, 0, 4 * A_SEGMENT + 4);
    stop(p);
    start(p, io_system(), 0, -1);
    journal_stats(p->j, &stats);
    assert_int_equal(stats.damaged, 0);
    assert_int_equal(run(p, TIDY_COMPRESSED), 0);
    expect_readable(p, 100, 4 * A_SEGMENT + 4 - 100);
}

static void segments_are_compressed_when_they_are_old_enough(void **state)
{
    struct place *p = *state;

    wall = 3000000;
    start(p, io_system(), 10000000, -1);
    fill(p, 1);
    publish(p, "store", A_SEGMENT);
    assert_int_equal(run(p, TIDY_COMPRESSED), 0);
    wall += 7000999;
    monotonic += 7000999;
    assert_int_equal(run(p, TIDY_COMPRESSED), 0);
    wall += 1;
    monotonic += 1;
    assert_int_equal(run(p, TIDY_COMPRESSED), 1);
}

/* The last note of the journal, as text; the caller frees it. */
static char *last_note(const struct place *p, int64_t after)
{
    struct journal_reader *r;
    struct journal_entry e;
    char *text = NULL;

    assert_int_equal(journal_reader_open(&r, io_system(), p->dir, after, NULL), 0);
    while (journal_reader_next(r, &e, NULL) > 0)
        if (e.kind == JOURNAL_NOTE) {
            free(text);
            text = xmemdup(e.payload.ptr, e.payload.len);
        }
    journal_reader_close(r);
    return text;
}

static void old_segments_go_oldest_first_and_a_note_says_so(void **state)
{
    struct place *p = *state;
    struct tidy_report report;
    struct journal_stats stats;
    AUTO_FREE char *note = NULL;

    start(p, io_system(), -1, 1000000);
    fill(p, 4);
    publish(p, "store", 3 * A_SEGMENT);
    assert_int_equal(step(p, &report), 0); /* just started: the clock may be wrong */
    monotonic += 1000000;
    wall += 1000000;
    assert_int_equal(step(p, &report), 1);
    assert_int_equal(report.kind, TIDY_DELETED);
    assert_int_equal(report.segments, 3);
    assert_int_equal(report.first, 1);
    assert_int_equal(report.last, 3 * A_SEGMENT);
    assert_int_equal(report.moved, 0);
    assert_int_equal(step(p, &report), 0);
    for (int64_t i = 0; i < 4; i++)
        assert_int_equal(has_segment(p, 1 + i * A_SEGMENT, false), i == 3);
    note = last_note(p, 3 * A_SEGMENT);
    assert_non_null(note);
    assert_string_equal(note, "{\"note\":\"segments.deleted\",\"first\":1,\"last\":240,"
                              "\"segments\":3,\"bytes\":49056,\"rule\":\"retention.journal 30d\","
                              "\"reason\":\"older than that, and every sink has it\"}");
    journal_stats(p->j, &stats);
    assert_int_equal(stats.first_position, 3 * A_SEGMENT + 1);
    assert_int_equal(stats.deleted, 3);
    assert_int_equal(stats.deleted_bytes, 49056);
    expect_readable(p, 0, A_SEGMENT + 5); /* from the floor on, without a complaint */
    stop(p);
    start(p, io_system(), -1, 1000000);
    journal_stats(p->j, &stats);
    assert_int_equal(stats.damaged, 0);
    assert_int_equal(stats.first_position, 3 * A_SEGMENT + 1);
    expect_readable(p, 0, A_SEGMENT + 5);
}

static void a_clock_that_jumps_deletes_nothing_early(void **state)
{
    struct place *p = *state;
    int64_t day = INT64_C(86400) * 1000000;

    wall = day;
    start(p, io_system(), -1, 30 * day);
    fill(p, 2);
    publish(p, "store", 2 * A_SEGMENT);
    monotonic += day;
    wall += 3650 * day; /* ten years ahead while it runs */
    assert_int_equal(run(p, TIDY_DELETED), 0);
    wall = 0; /* and back to 1970 */
    assert_int_equal(run(p, TIDY_DELETED), 0);
    wall = 3650 * day;
    monotonic += 28 * day;
    assert_int_equal(run(p, TIDY_DELETED), 0);
    monotonic += day; /* now 30 days have really passed */
    assert_int_equal(run(p, TIDY_DELETED), 1);
    stop(p);
    /* ahead at boot, and set right after five minutes */
    wall = 3650 * day;
    start(p, io_system(), -1, 30 * day);
    fill(p, 2);
    publish(p, "store", 4 * A_SEGMENT);
    monotonic += day / 288;
    wall = 31 * day - 1000000;
    assert_int_equal(run(p, TIDY_DELETED), 0);
    wall = 2 * day;
    monotonic += day;
    assert_int_equal(run(p, TIDY_DELETED), 0);
}

static void an_unreadable_cursor_holds_everything_and_is_told_once(void **state)
{
    struct place *p = *state;
    AUTO_FREE char *path = io_join(p->dir, "cursors/other");
    struct tidy_report report;

    start(p, io_system(), 0, 0);
    fill(p, 2);
    publish(p, "store", 2 * A_SEGMENT);
    publish(p, "other", 2 * A_SEGMENT);
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(step(p, &report), 0);
    assert_int_equal(report.kind, TIDY_HELD);
    assert_non_null(strstr(report.text, "cursors/other"));
    assert_int_equal(step(p, &report), 0);
    assert_int_equal(report.kind, TIDY_NOTHING);
    assert_true(has_segment(p, 1, false));
    publish(p, "other", 100000); /* further than the journal goes */
    assert_int_equal(step(p, &report), 0);
    assert_true(has_segment(p, 1, false));
    publish(p, "other", 2 * A_SEGMENT);
    assert_int_equal(run(p, TIDY_DELETED), 1);
    assert_false(has_segment(p, 1, false));
}

static void flip(const struct place *p, int64_t first, bool packed, off_t at)
{
    char name[SEGMENT_NAME_SIZE];
    AUTO_FREE char *path = NULL;
    AUTO_FD fd = -1;
    uint8_t byte;

    (packed ? segment_name_packed : segment_name)(name, first);
    path = io_join(p->dir, name);
    fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void damaged_segments_are_kept(void **state)
{
    struct place *p = *state;
    struct tidy_report report;

    start(p, io_system(), 0, -1);
    fill(p, 4);
    flip(p, 1, false, 5000); /* a record */
    flip(p, 1 + A_SEGMENT, false, 16384 - 128 - 4); /* the seal */
    publish(p, "store", 4 * A_SEGMENT);
    assert_int_equal(step(p, &report), 1);
    assert_int_equal(report.kind, TIDY_DAMAGED);
    assert_int_equal(report.first, 1);
    assert_true(run(p, TIDY_DAMAGED) <= 1);
    assert_int_equal(run(p, TIDY_DAMAGED), 0); /* told once */
    assert_true(has_segment(p, 1, false));
    assert_true(has_segment(p, 1 + 2 * A_SEGMENT, true));
    flip(p, 1 + 2 * A_SEGMENT, true, 1000);
    stop(p);
    start(p, io_system(), -1, 1000000);
    monotonic += 1000000;
    wall += 1000000;
    assert_int_equal(step(p, &report), 1);
    assert_int_equal(report.kind, TIDY_DELETED);
    assert_int_equal(report.segments, 4);
    assert_true(report.moved >= 2);
    assert_true(has(p, "damaged/00000000000000000001.seg"));
    assert_true(has(p, "damaged/00000000000000000161.seg.zst"));
    assert_false(has_segment(p, 1, false));
    assert_false(has_segment(p, 1 + 3 * A_SEGMENT, true));
}

static void a_foreign_file_is_left_alone(void **state)
{
    struct place *p = *state;
    AUTO_FREE char *from = io_join(p->dir, "00000000000000000081.seg"),
                   *to = io_join(p->dir, "00000000000000000100.seg");

    start(p, io_system(), 0, 0);
    fill(p, 3);
    assert_int_equal(link(from, to), 0); /* under the name of another */
    publish(p, "store", 130);
    assert_int_equal(run(p, TIDY_DELETED), 1);
    assert_false(has_segment(p, 1, false));
    assert_true(has_segment(p, 81, false)); /* its positions go up to 160 all the same */
    publish(p, "store", 3 * A_SEGMENT);
    assert_int_equal(run(p, TIDY_DELETED), 1);
    assert_false(has_segment(p, 81, false));
    assert_true(has_segment(p, 100, false));
}

static void a_kill_at_any_step_loses_nothing_that_is_kept(void **state)
{
    unsigned repeated = 0, below_floor = 0;
    bool whole = false;

    for (int n = 0; !whole; n++) {
        struct place place, *p = &place;
        struct place *owned;
        struct killed_io k;
        struct tidy_report report;
        struct journal_stats stats;
        struct err err = {0};
        int done;

        make((void **)&owned);
        *p = *owned;
        free(owned);
        killed_io_init(&k, io_system(), -1);
        start(p, &k.io, 0, -1);
        fill(p, 2);
        publish(p, "store", 2 * A_SEGMENT);
        usleep(2000); /* the next segment is prepared by now, or fails like the rest */
        k.left = n;
        while ((done = tidy_step(p->t, &report, &err)) > 0)
            ;
        if (done == 0) { /* both are compressed: now they are deleted */
            tidy_free(p->t);
            p->t = tidy_new(&(struct tidy_opts){.journal = p->j,
                                                .compress_after_us = -1,
                                                .keep_us = 0,
                                                .rule = "r",
                                                .wall = fake_wall,
                                                .monotonic = fake_monotonic});
            while ((done = tidy_step(p->t, &report, &err)) > 0)
                ;
        }
        whole = done == 0;
        stop(p);

        start(p, io_system(), -1, -1);
        journal_stats(p->j, &stats);
        assert_int_equal(stats.damaged, 0);
        below_floor += has_segment(p, 1 + A_SEGMENT, true) && stats.first_position > 1 + A_SEGMENT;
        expect_readable(p, stats.first_position - 1,
                        stats.last_position - stats.first_position + 1);
        stop(p);
        start(p, io_system(), -1, 0); /* goes on where it was cut off */
        run(p, TIDY_DELETED);
        journal_stats(p->j, &stats);
        assert_int_equal(stats.first_position, 2 * A_SEGMENT + 1);
        assert_int_equal(stats.segments, 1);
        repeated += stats.last_position > 2 * A_SEGMENT + 5;
        expect_readable(p, 0, stats.last_position - 2 * A_SEGMENT);
        stop(p);
        remove_folder(p->dir);
    }
    assert_true(below_floor > 0);
    assert_true(repeated <= 2); /* only a kill between note and floor, or within the note */
}

static int fail_commit_sync(const struct io *io, int fd)
{
    (void)io;
    if (io_system()->size(io_system(), fd) == 4096) {
        errno = EIO;
        return -1;
    }
    return io_system()->fdatasync(io_system(), fd);
}

static void nothing_is_deleted_when_the_floor_cannot_be_synced(void **state)
{
    struct place *p = *state;
    static struct io io; /* outlives the test: the journal is closed after it */
    struct tidy_report report;
    struct err err = {0};

    io = *io_system();
    start(p, &io, -1, 0);
    fill(p, 2);
    publish(p, "store", 2 * A_SEGMENT);
    io.fdatasync = fail_commit_sync;
    assert_int_equal(tidy_step(p->t, &report, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    io.fdatasync = io_system()->fdatasync;
    assert_int_equal(step(p, &report), 0); /* a failed sync is not tried again */
    assert_true(has_segment(p, 1, false));
}

static uint64_t available;

static int fake_space(const struct io *io, const char *path, struct io_space *out)
{
    (void)io;
    (void)path;
    *out = (struct io_space){.total = UINT64_C(1) << 40, .available = available};
    return 0;
}

static void a_full_disk_is_tidied_all_the_same(void **state)
{
    struct place *p = *state;
    static struct io io; /* outlives the test: the journal is closed after it */
    enum err_code error = ERR_NONE;

    io = *io_system();
    io.space = fake_space;
    available = UINT64_C(1) << 40;
    start(p, &io, 0, -1);
    fill(p, 2);
    available = 0;
    usleep(260000);
    for (uint64_t n = 5000; n < 5200 && error == ERR_NONE; n++)
        error = fixture_append(p->j, n, 1, LEN, NULL);
    assert_int_equal(error, ERR_SPACE);
    publish(p, "store", 2 * A_SEGMENT);
    assert_int_equal(run(p, TIDY_COMPRESSED), 2);
    tidy_free(p->t);
    p->t = tidy_new(&(struct tidy_opts){.journal = p->j,
                                        .compress_after_us = -1,
                                        .keep_us = 0,
                                        .rule = "r",
                                        .wall = fake_wall,
                                        .monotonic = fake_monotonic});
    assert_int_equal(run(p, TIDY_DELETED), 1);
    assert_false(has_segment(p, 1, true));
}

struct following {
    struct place *p;
    int64_t from, to;
    atomic_bool over;
    bool publishes;
};

/* Reads each record once, however the files change below it. */
static void *follow(void *arg)
{
    struct following *f = arg;
    struct journal_reader *r;
    struct journal_entry e;
    struct err err = {0};
    int64_t last = f->from;

    CHECK(journal_reader_open(&r, io_system(), f->p->dir, f->from, &err) == 0);
    while (last < f->to) {
        int found = journal_reader_next(r, &e, &err);

        if (found < 0)
            fprintf(stderr, "# %s\n", err.text);
        CHECK(found >= 0);
        if (found == 0) {
            usleep(500);
            continue;
        }
        CHECK(e.position == last + 1);
        last = e.position;
        if (f->publishes && last % 20 == 0)
            CHECK(cursor_publish(io_system(), f->p->dir, "store", last, NULL) == 1);
    }
    journal_reader_close(r);
    return NULL;
}

static void *keep_tidy(void *arg)
{
    struct following *f = arg;
    struct tidy_report report;
    struct err err = {0};

    while (!atomic_load(&f->over)) {
        int done = tidy_step(f->p->t, &report, &err);

        if (done < 0 && err.code != ERR_BUSY)
            fprintf(stderr, "# %s\n", err.text);
        CHECK(done >= 0 || err.code == ERR_BUSY);
        CHECK(report.kind != TIDY_DAMAGED && report.moved == 0);
        if (done == 0)
            usleep(1000);
    }
    return NULL;
}

static void follow_while_tidying(struct place *p, int64_t compress_us, int64_t keep_us)
{
    enum { BATCHES = 700, EACH = 4, NOTES = 200 };
    struct following reader = {.p = p, .to = BATCHES * EACH, .publishes = true};
    struct following tidying = {.p = p};
    pthread_t threads[2];
    struct journal_stats stats;

    start(p, io_system(), compress_us, keep_us);
    assert_int_equal(pthread_create(&threads[0], NULL, follow, &reader), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, keep_tidy, &tidying), 0);
    for (uint64_t i = 0; i < BATCHES; i++)
        assert_int_equal(fixture_append(p->j, 1 + i * EACH, EACH, LEN, NULL), ERR_NONE);
    pthread_join(threads[0], NULL);
    for (int i = 0; i < 6000; i++) { /* on a busy machine it comes last */
        journal_stats(p->j, &stats);
        if ((keep_us < 0 ? stats.compressed : stats.deleted) > 10)
            break;
        usleep(5000);
    }
    atomic_store(&tidying.over, true);
    tidy_stop(p->t);
    pthread_join(threads[1], NULL);
    assert_true(keep_us < 0 ? stats.compressed > 10 : stats.deleted > 10);
}

static void readers_go_on_while_segments_are_compressed(void **state)
{
    follow_while_tidying(*state, 0, -1);
    expect_readable(*state, 0, 2800);
}

static void readers_go_on_while_segments_are_deleted_behind_them(void **state)
{
    follow_while_tidying(*state, 0, 0);
}

/* While the cursors are looked at a sink passes what was durable before. */
static struct place *moving;

static int list_while_moving(const struct io *io, const char *path,
                             int (*each)(void *ctx, const char *name), void *each_ctx)
{
    struct place *p = moving;

    if (p && str_ends(str_from(path), STR("/cursors"))) {
        struct journal_stats s;

        moving = NULL;
        assert_int_equal(fixture_append(p->j, 100000, 10, LEN, NULL), ERR_NONE);
        journal_stats(p->j, &s);
        publish(p, "store", s.last_position);
    }
    return io_system()->list(io, path, each, each_ctx);
}

static void a_cursor_that_moves_on_is_not_ahead_of_the_journal(void **state)
{
    struct place *p = *state;
    struct io io = *io_system();
    struct tidy_report report;

    io.list = list_while_moving;
    start(p, &io, INT64_C(3600) * 1000000, -1);
    fill(p, 2);
    publish(p, "store", 2 * A_SEGMENT + 4);
    moving = p;
    assert_int_equal(step(p, &report), 0);
    assert_null(moving);
    assert_int_equal(report.kind, TIDY_NOTHING);
    stop(p);
}

int main(void)
{
#define TIDY_TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        TIDY_TEST(a_cursor_that_moves_on_is_not_ahead_of_the_journal),
        TIDY_TEST(without_a_cursor_nothing_is_touched),
        TIDY_TEST(what_every_sink_has_passed_is_compressed),
        TIDY_TEST(segments_are_compressed_when_they_are_old_enough),
        TIDY_TEST(old_segments_go_oldest_first_and_a_note_says_so),
        TIDY_TEST(a_clock_that_jumps_deletes_nothing_early),
        TIDY_TEST(an_unreadable_cursor_holds_everything_and_is_told_once),
        TIDY_TEST(damaged_segments_are_kept),
        TIDY_TEST(a_foreign_file_is_left_alone),
        cmocka_unit_test(a_kill_at_any_step_loses_nothing_that_is_kept),
        TIDY_TEST(nothing_is_deleted_when_the_floor_cannot_be_synced),
        TIDY_TEST(a_full_disk_is_tidied_all_the_same),
        TIDY_TEST(readers_go_on_while_segments_are_compressed),
        TIDY_TEST(readers_go_on_while_segments_are_deleted_behind_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
