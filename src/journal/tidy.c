/* SPDX-License-Identifier: Apache-2.0 */
/* tidy.c: which segments are compressed and deleted, and when.
 *
 * Age is counted from the newest record of a segment, by its `received`, to the smaller of two clocks:
 * the wall's, and the wall's at the start plus the time since then. So a clock that jumps ahead while
 * this runs makes nothing old, and one that was ahead at boot does not either if it is set right
 * within the first minutes: nothing is deleted in a 24th of the time to keep, at most ten minutes. A
 * clock that stays ahead deletes as much too early as it is wrong. Records that were received while
 * it was ahead are kept until that time has come, and all behind them, too.
 *
 * Order of a deletion: the note, committed; the floor, synced; the files, oldest first, the folder
 * synced after each. After a kill in between, files below the floor go without another note; a kill between note
 * and floor repeats the note. Leaves to others: what is there (shelf.c), compressing (squeeze.c),
 * cursors (cursor.c). */
#include "journal/tidy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/cursor.h"
#include "journal/idle.h"
#include "journal/internal.h"
#include "journal/shelf.h"

enum {
    SETTLE_PART = 24,
    DELETE_MOST = 256, /* segments under one note */
    NOTE_MAX = 1024,
};

static const int64_t settle_most_us = INT64_C(600) * 1000000;

struct tidy {
    struct journal *j;
    struct tidy_opts opts;
    char *rule;
    int64_t wall_us, monotonic_us; /* at the start */
    struct shelf shelf;
    bool held; /* and that was told */
    bool floor_failed; /* its sync: nothing more is deleted until a new start */
    bool floor_synced; /* by this process: one that was found may be in the page cache only */
    atomic_bool stop;

    pthread_mutex_t mtx;
    pthread_cond_t noted;
    /* guarded by mtx */
    bool note_done;
};

struct tidy *tidy_new(const struct tidy_opts *opts)
{
    struct tidy *t = xcalloc(1, sizeof *t);

    CHECK(opts->journal && opts->rule);
    t->opts = *opts;
    t->j = opts->journal;
    t->rule = xstrdup(opts->rule);
    if (!t->opts.wall)
        t->opts.wall = clock_now_us;
    if (!t->opts.monotonic)
        t->opts.monotonic = clock_monotonic_us;
    t->wall_us = t->opts.wall();
    t->monotonic_us = t->opts.monotonic();
    t->shelf = (struct shelf){.io = t->j->io, .dir = t->j->dir, .id = t->j->id, .stop = &t->stop};
    CHECK(pthread_mutex_init(&t->mtx, NULL) == 0 && pthread_cond_init(&t->noted, NULL) == 0);
    return t;
}

void tidy_free(struct tidy *t)
{
    if (!t)
        return;
    pthread_cond_destroy(&t->noted);
    pthread_mutex_destroy(&t->mtx);
    shelf_reset(&t->shelf);
    free(t->rule);
    free(t);
}

void tidy_stop(struct tidy *t)
{
    atomic_store(&t->stop, true);
}

static int64_t running_us(const struct tidy *t)
{
    return t->opts.monotonic() - t->monotonic_us;
}

static bool is_older(const struct tidy *t, int64_t received_us, int64_t than_us)
{
    int64_t wall = t->opts.wall(), counted = t->wall_us + running_us(t);

    return than_us >= 0 && received_us > 0 &&
           (wall < counted ? wall : counted) - received_us >= than_us;
}

static bool is_settled(const struct tidy *t)
{
    int64_t least = t->opts.keep_us / SETTLE_PART;

    return running_us(t) >= (least < settle_most_us ? least : settle_most_us);
}

/* A segment in which nothing verifies is as old as the one behind it. */
static int64_t newest_of(const struct shelf *s, size_t i)
{
    while (i < s->count && s->items[i].newest_us == 0)
        i++;
    return i < s->count ? s->items[i].newest_us : 0;
}

/* How many segments, from the oldest, may be deleted. */
static size_t count_old(const struct tidy *t, int64_t cursor)
{
    const struct shelf *s = &t->shelf;
    size_t n = 0;

    if (t->floor_failed || t->opts.keep_us < 0 || !is_settled(t))
        return 0;
    while (n < s->count && n < DELETE_MOST && s->items[n].known && s->items[n].last <= cursor &&
           (s->items[n].foreign || is_older(t, newest_of(s, n), t->opts.keep_us)))
        n++;
    while (n > 0 && s->items[n - 1].foreign)
        n--;
    return n;
}

/* The note. */

static void on_noted(struct journal_batch *b)
{
    struct tidy *t = b->ctx;

    pthread_mutex_lock(&t->mtx);
    t->note_done = true;
    pthread_cond_signal(&t->noted);
    pthread_mutex_unlock(&t->mtx);
}

static int append_note(struct tidy *t, struct str text, struct err *err)
{
    struct journal_record record = {.kind = JOURNAL_NOTE, .payload = text};
    struct journal_batch batch = {
        .records = &record, .count = 1, .received_us = t->opts.wall(), .done = on_noted, .ctx = t};

    t->note_done = false;
    journal_submit(t->j, &batch);
    journal_commit_waiting(t->j); /* also where the journal has no thread of its own */
    pthread_mutex_lock(&t->mtx);
    while (!t->note_done)
        pthread_cond_wait(&t->noted, &t->mtx);
    pthread_mutex_unlock(&t->mtx);
    if (batch.error == ERR_NONE)
        return 0;
    return err_set(err, batch.error, "%s: the note about segments to delete cannot be written",
                   t->j->dir);
}

/* Says which positions go, in so many segments. */
static int announce(struct tidy *t, int64_t first, int64_t last, uint64_t segments, uint64_t bytes,
                    struct err *err)
{
    AUTO_BUF note;

    buf_init(&note, NOTE_MAX);
    buf_printf(&note,
               "{\"note\":\"segments.deleted\",\"first\":%" PRId64 ",\"last\":%" PRId64
               ",\"segments\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"rule\":",
               first, last, segments, bytes);
    buf_json(&note, str_from(t->rule));
    buf_str(&note, STR(",\"reason\":\"older than that, and every sink has it\"}"));
    CHECK(!buf_failed(&note));
    return append_note(t, buf_as_str(&note), err);
}

/* Deletion. */

/* Stores the floor, also where it stands already: that has it written again. */
static int keep_floor(struct tidy *t, int64_t to, struct err *err)
{
    watermark_set(&t->j->mark, WATERMARK_FLOOR, to);
    if (t->j->io->fdatasync(t->j->io, t->j->mark.fd) < 0) {
        t->floor_failed = true;
        return err_set(err, ERR_IO, "%s/commit: sync: %s; nothing is deleted until a new start",
                       t->j->dir, strerror(errno));
    }
    t->floor_synced = true;
    return 0;
}

/* Tells what goes and makes it so for readers, unless that was done before a kill. */
static int raise_floor(struct tidy *t, size_t n, struct tidy_report *out, struct err *err)
{
    const struct shelf *s = &t->shelf;
    int64_t floor = watermark_get(&t->j->mark, WATERMARK_FLOOR), to = s->items[n - 1].last + 1;
    uint64_t segments = 0, bytes = 0;

    out->first = s->items[0].first;
    out->last = to - 1;
    if (floor >= to)
        return t->floor_synced ? 0 : keep_floor(t, floor, err);
    for (size_t i = 0; i < n; i++) {
        if (s->items[i].foreign || s->items[i].last < floor)
            continue;
        if (segments++ == 0)
            out->first = s->items[i].first;
        bytes += s->items[i].bytes;
    }
    if (announce(t, out->first, out->last, segments, bytes, err) < 0)
        return -1;
    if (keep_floor(t, to, err) < 0)
        return -1;
    t->j->stat_first = to;
    return 0;
}

static int unlink_segment(struct tidy *t, const struct shelf_item *item, struct err *err)
{
    const struct io *io = t->j->io;
    char name[SEGMENT_NAME_SIZE];
    AUTO_FREE char *plain = NULL, *packed = NULL;

    segment_name(name, item->first);
    plain = io_join(t->j->dir, name);
    segment_name_packed(name, item->first);
    packed = io_join(t->j->dir, name);
    if ((io->unlink(io, plain) < 0 && errno != ENOENT) ||
        (io->unlink(io, packed) < 0 && errno != ENOENT))
        return err_set(err, ERR_IO, "delete %s: %s", plain, strerror(errno));
    return 0;
}

/* A segment in which something does not verify is not deleted but moved out of the way. */
static int move_aside(struct tidy *t, const struct shelf_item *item, struct err *err)
{
    const struct io *io = t->j->io;
    char name[SEGMENT_NAME_SIZE];
    AUTO_FREE char *dir = io_join(t->j->dir, "damaged"), *from = NULL, *to = NULL;

    if (item->packed)
        segment_name_packed(name, item->first);
    else
        segment_name(name, item->first);
    from = io_join(t->j->dir, name);
    to = io_join(dir, name);
    if (io_make_dir(io, dir, 0750, err) < 0)
        return -1;
    if (io->rename(io, from, to) < 0 || io->fsync_dir(io, dir) < 0)
        return err_set(err, ERR_IO, "move %s to %s: %s", from, to, strerror(errno));
    return 0;
}

static int delete_one(struct tidy *t, const struct shelf_item *item, struct tidy_report *out,
                      struct err *err)
{
    struct segment_state state;

    if (shelf_examine(&t->shelf, item->first, &state, err) < 0)
        return -1;
    if ((state.sound ? unlink_segment(t, item, err) : move_aside(t, item, err)) < 0)
        return -1;
    /* One by one: a power cut must not bring back a segment that is older than one that is gone. */
    if (t->j->io->fsync_dir(t->j->io, t->j->dir) < 0)
        return err_set(err, ERR_IO, "sync folder %s: %s", t->j->dir, strerror(errno));
    out->segments++;
    out->before += item->bytes;
    if (!state.sound) {
        out->moved++;
        snprintf(out->text, sizeof out->text, "segment %" PRId64 " at byte %" PRIu64 ": %s",
                 item->first, state.at, state.what);
    }
    t->j->segments--;
    t->j->deleted++;
    t->j->deleted_bytes += item->bytes;
    return 0;
}

static int delete_oldest(struct tidy *t, size_t n, struct tidy_report *out, struct err *err)
{
    out->kind = TIDY_DELETED;
    if (raise_floor(t, n, out, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!t->shelf.items[i].foreign && delete_one(t, &t->shelf.items[i], out, err) < 0)
            return -1;
    return 1;
}

/* Compressing. */

static int squeeze(void *ctx, struct err *err)
{
    return squeeze_segment(ctx, err);
}

static int compress_one(struct tidy *t, struct shelf_item *item, struct tidy_report *out,
                        struct err *err)
{
    struct squeeze_job job = {
        .io = t->j->io, .dir = t->j->dir, .first = item->first, .stop = &t->stop};

    memcpy(job.id, t->j->id, sizeof job.id);
    out->first = item->first;
    out->last = item->last;
    out->segments = 1;
    if (idle_run(squeeze, &job, err) < 0) {
        if (err->code != ERR_CORRUPT)
            return -1;
        item->bad = true;
        out->kind = TIDY_DAMAGED;
        snprintf(out->text, sizeof out->text, "%s", err->text);
        return 1;
    }
    out->kind = TIDY_COMPRESSED;
    out->before = job.before;
    out->after = item->bytes = job.after;
    item->packed = true;
    t->j->compressed++;
    t->j->compressed_from += job.before;
    t->j->compressed_to += job.after;
    return 1;
}

static struct shelf_item *find_to_compress(struct tidy *t, int64_t cursor)
{
    for (size_t i = 0; i < t->shelf.count; i++) {
        struct shelf_item *item = &t->shelf.items[i];

        if (item->last > cursor)
            break;
        if (item->known && !item->packed && !item->bad && !item->foreign &&
            is_older(t, item->newest_us, t->opts.compress_after_us))
            return item;
    }
    return NULL;
}

/* How far everybody has come; -1 where that is not known. */
static int64_t passed_by_all(struct tidy *t, struct tidy_report *out, struct err *err)
{
    struct cursor_view view;
    int64_t durable;

    if (cursor_look(t->j->io, t->j->dir, &view, err) < 0)
        return -1;
    durable =
        watermark_get(&t->j->mark, WATERMARK_DURABLE); /* behind the cursors: they follow it */
    if ((view.wrong[0] || view.highest > durable) && !t->held) {
        out->kind = TIDY_HELD;
        snprintf(out->text, sizeof out->text,
                 "%s/cursors/%s: %s; nothing is compressed or deleted until its sink writes it "
                 "again",
                 t->j->dir, view.wrong,
                 view.wrong[0] ? "does not verify" : "one is further than the journal");
    }
    t->held = view.wrong[0] || view.highest > durable;
    return t->held || view.count == 0 ? 0 : view.lowest;
}

int tidy_step(struct tidy *t, struct tidy_report *out, struct err *err)
{
    struct shelf_item *item;
    int64_t cursor, head;
    size_t old;

    *out = (struct tidy_report){.kind = TIDY_NOTHING};
    cursor = passed_by_all(t, out, err);
    if (cursor <= 0)
        return (int)cursor;
    head = watermark_get(&t->j->mark, WATERMARK_HEAD);
    if (head < 0)
        return err_set(err, ERR_CORRUPT, "%s/commit: the newest segment's number does not verify",
                       t->j->dir);
    if (shelf_refresh(&t->shelf, head, err) < 0)
        return -1;
    old = count_old(t, cursor);
    if (old > 0)
        return delete_oldest(t, old, out, err);
    item = find_to_compress(t, cursor);
    return item ? compress_one(t, item, out, err) : 0;
}
