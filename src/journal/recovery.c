/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.c: what journal_open does with the files that it finds.
 *
 * Checks every segment's header, seal and chain; reads the head (and what a kill left without seal)
 * record by record. Cuts only what was never acknowledged: zeros or an unfinished group behind the
 * last sound record, past the watermark. Sound records past the watermark are kept: they are written
 * once more and synced, since a page that a failed sync left behind reads well and is not on disk.
 * Everything else that does not verify is damage: reported, counted, left in place; the head then
 * goes to a new segment whose header declares what is lost. A kill at any point leaves a folder that
 * the next open brings to the same state.
 *
 * Leaves to others: the records of sealed segments, which the reader verifies as it reads them
 * (those that refill `recent` are read here too); where damaged files should go. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/random.h"
#include "journal/internal.h"
#include "journal/recovery.h"
#include "journal/scan.h"
#include "journal/squeeze.h"

static int by_position(const void *a, const void *b)
{
    const struct segment_found *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static int take_name(void *ctx, const char *name)
{
    struct recovery *r = ctx;
    struct segment_found f = {.first = segment_name_parse(name)};

    if (f.first < 0) {
        f.first = squeeze_leftover(name);
        f.leftover = true;
    } else {
        f.packed = segment_name_is_packed(name);
        f.plain = !f.packed;
    }
    if (f.first < 0)
        return 0;
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->found = xrealloc(r->found, r->cap, sizeof *r->found);
    }
    r->found[r->count++] = f;
    return 0;
}

static void name_file(const struct recovery *r, char out[SEGMENT_NAME_SIZE], int64_t first)
{
    segment_name(out, first);
    for (size_t i = 0; i < r->count; i++)
        if (r->found[i].first == first && !r->found[i].plain)
            segment_name_packed(out, first);
}

static void note_damage(struct recovery *r, int64_t file, uint64_t offset, uint64_t bytes,
                        int64_t first, int64_t last, const char *what, bool keep)
{
    struct journal *j = r->j;
    uint64_t from = offset, count = bytes;
    struct journal_damage d = {.offset = offset, .bytes = bytes, .what = what};

    if (file > 0)
        name_file(r, d.file, file);
    if (first <= r->reported) /* one loss can show at two places */
        first = r->reported + 1;
    if (first <= last) {
        d.first = first;
        d.last = last;
        j->lost += (uint64_t)(last - first + 1);
        r->reported = last;
    }
    j->damaged++;
    if (keep && r->scan.packed)
        packed_place(r->scan.packed, offset, bytes, &from, &count);
    if (keep)
        d.kept = aside_keep(&r->aside, &d, from, count);
    if (j->opts.on_damage)
        j->opts.on_damage(j->opts.damage_ctx, &d);
}

void recovery_damage(struct recovery *r, int64_t file, uint64_t offset, uint64_t bytes,
                     int64_t first, int64_t last, const char *what)
{
    note_damage(r, file, offset, bytes, first, last, what, false);
}

void recovery_keep(struct recovery *r, int64_t file, uint64_t offset, uint64_t bytes, int64_t first,
                   int64_t last, const char *what)
{
    note_damage(r, file, offset, bytes, first, last, what, true);
}

/* Finishes what compressing left: a segment that is there in both forms keeps the plain one, which
 * was proven when it was written; a compressed one without its name was never finished. */
static int merge_forms(struct recovery *r, struct err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++) {
        struct segment_found *f = &r->found[i], *last = count ? &r->found[count - 1] : NULL;

        if (f->leftover && squeeze_undo(r->j->io, r->j->dir, f->first, true, err) < 0)
            return -1;
        if (f->leftover)
            continue;
        if (!last || last->first != f->first) {
            r->found[count++] = *f;
            continue;
        }
        last->plain = true;
        last->packed = false;
        if (squeeze_undo(r->j->io, r->j->dir, f->first, false, err) < 0)
            return -1;
    }
    r->count = count;
    return 0;
}

static int list_segments(struct recovery *r, struct err *err)
{
    struct journal *j = r->j;
    AUTO_FREE char *leftover = io_join(j->dir, "next.tmp");

    if (j->io->unlink(j->io, leftover) < 0 && errno != ENOENT)
        return err_set(err, ERR_IO, "delete %s: %s", leftover, strerror(errno));
    /* A kill may have come between a rename and its sync: nothing may rest on a name that a power cut
     * forgets. */
    if (j->io->fsync_dir(j->io, j->dir) < 0)
        return err_set(err, ERR_IO, "sync folder %s: %s", j->dir, strerror(errno));
    if (j->io->list(j->io, j->dir, take_name, r) < 0)
        return err_set(err, ERR_IO, "list %s: %s", j->dir, strerror(errno));
    if (r->count)
        qsort(r->found, r->count, sizeof *r->found, by_position);
    return merge_forms(r, err);
}

/* The journal's id by its segments, for want of a commit file. */
static int id_from_segments(struct recovery *r, struct err *err)
{
    static const uint8_t no_id[SEGMENT_ID_BYTES];
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_header h;

    for (size_t i = 0; i < r->count; i++) {
        if (scan_open(&r->scan, r->j->dir, no_id, r->found[i].first, block, err) < 0)
            return -1;
        if (segment_header_parse(&h, block) == NULL) {
            memcpy(r->j->id, h.id, sizeof r->j->id);
            return 0;
        }
    }
    return err_set(err, ERR_CORRUPT,
                   "%s: neither the commit file nor a segment says which journal this is",
                   r->j->dir);
}

static int open_watermark(struct recovery *r, struct err *err)
{
    struct journal *j = r->j;
    struct err why;
    int found = watermark_open(&j->mark, j->io, j->dir, true, &why);

    if (found == 1) {
        memcpy(j->id, j->mark.id, sizeof j->id);
        r->durable = watermark_get(&j->mark, WATERMARK_DURABLE);
        if (r->durable < 0 || watermark_get(&j->mark, WATERMARK_FLOOR) < 1)
            recovery_damage(r, 0, 0, 0, 0, -1, "the commit file is damaged; rebuilt from segments");
        if (r->durable < 0)
            r->durable = 0;
        if (watermark_get(&j->mark, WATERMARK_FLOOR) < 1)
            watermark_set(&j->mark, WATERMARK_FLOOR, r->count ? r->found[0].first : 1);
        return 0;
    }
    if (found < 0 && (why.code != ERR_CORRUPT || r->count == 0)) {
        if (err)
            *err = why;
        return -1;
    }
    if (r->count == 0) {
        random_key(j->id, sizeof j->id);
    } else {
        if (id_from_segments(r, err) < 0)
            return -1;
        recovery_damage(r, 0, 0, 0, 0, -1,
                        found < 0 ? "the commit file is damaged; rebuilt from segments"
                                  : "the commit file is missing; rebuilt from segments");
    }
    if (watermark_create(j->io, j->dir, j->id, err) < 0)
        return -1;
    found = watermark_open(&j->mark, j->io, j->dir, true, err);
    if (found <= 0)
        return found < 0 ? -1 : err_set(err, ERR_IO, "%s: the commit file is gone", j->dir);
    if (r->count)
        watermark_set(&j->mark, WATERMARK_FLOOR, r->found[0].first);
    return 0;
}

static int load_segment(struct recovery *r, struct segment_found *f, struct err *err)
{
    struct journal *j = r->j;
    uint8_t block[SEGMENT_HEADER_BYTES];
    int found = scan_open(&r->scan, j->dir, j->id, f->first, block, err);
    const char *wrong;

    if (found <= 0)
        return found < 0 ? -1 : err_set(err, ERR_IO, "%s: a segment vanished", j->dir);
    wrong = segment_header_parse(&f->header, block);
    if (wrong == segment_other_version)
        return err_set(err, ERR_USAGE, "%s: segment %lld is of another format version", j->dir,
                       (long long)f->first);
    f->header_good = !wrong;
    if (!wrong && memcmp(f->header.id, j->id, sizeof j->id) != 0) {
        wrong = "segment of another journal";
        f->ignored = true;
    } else if (!wrong && f->header.first_position != f->first) {
        wrong = "segment under the name of another";
        f->ignored = true;
    }
    if (wrong && f->ignored)
        recovery_damage(r, f->first, 0, SEGMENT_HEADER_BYTES, 0, -1, wrong);
    else if (wrong)
        recovery_keep(r, f->first, 0, SEGMENT_HEADER_BYTES, 0, -1, wrong);
    if (r->scan.packed && packed_wrong(r->scan.packed))
        recovery_damage(r, f->first, 0, 0, 0, -1, packed_wrong(r->scan.packed));
    f->size = r->scan.size;
    found = scan_seal(&r->scan, &f->seal);
    if (found < 0)
        return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)f->first, j->dir,
                       strerror(errno));
    f->sealed = found && !f->ignored;
    return 0;
}

/* Compares what a header says of the record before it with what is there. */
static void check_chain(struct recovery *r, const struct segment_found *f, bool is_first)
{
    int64_t previous = r->last, floor = watermark_get(&r->j->mark, WATERMARK_FLOOR);

    /* What a deletion left: files go from the disk in an order of its own. */
    if (is_first || previous < floor - 1) {
        if (f->first > floor)
            recovery_damage(r, f->first, 0, 0, floor, f->first - 1,
                            "the segments before are missing");
        return;
    }
    if (f->header_good && f->header.previous_last != previous)
        recovery_damage(r, f->first, 0, 0, previous + 1, f->first - 1,
                        "does not follow the segment before: one is missing or was replaced");
    else if (f->header_good && r->hash_known &&
             memcmp(f->header.previous_hash, r->hash, sizeof r->hash) != 0)
        recovery_damage(r, f->first, 0, 0, 0, -1, "the segment before was replaced");
    else if (f->first > previous + 1)
        recovery_damage(r, f->first, 0, 0, previous + 1, f->first - 1,
                        f->header_good ? "lost earlier, as the header declares"
                                       : "positions before the segment are missing");
}

/* The last position that counts in segment i: what its successor says. */
static int64_t limit_of(const struct recovery *r, size_t i)
{
    for (size_t k = i + 1; k < r->count; k++) {
        const struct segment_found *next = &r->found[k];

        if (next->ignored)
            continue;
        return next->header_good && next->header.previous_last >= r->found[i].first - 1
                   ? next->header.previous_last
                   : next->first - 1;
    }
    return INT64_MAX;
}

static int check_segment(struct recovery *r, size_t i, bool is_first, struct err *err)
{
    struct segment_found *f = &r->found[i];

    if (f->ignored)
        return 0;
    f->limit = limit_of(r, i);
    check_chain(r, f, is_first);
    if (f->sealed) {
        f->last = f->seal.last_position;
        f->end = f->seal.end;
        f->records = f->seal.records;
        f->newest_us = f->seal.newest_us;
        if (f->records) {
            memcpy(r->hash, f->seal.last_hash, sizeof r->hash);
            r->hash_known = true;
        }
    } else if (recovery_walk(r, f, err) < 0) {
        return -1;
    }
    if (f->last > r->last)
        r->last = f->last;
    return 0;
}

/* A seal is durable before the segment behind it gets its first record: until then a power cut may
 * leave it torn; afterwards it is damage. */
static void judge_seals(struct recovery *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct segment_found *f = &r->found[i];
        bool last = i + 2 == r->count && r->found[i + 1].records == 0 && r->durable <= f->last;

        if (f->seal_bad && !last)
            recovery_damage(r, f->first, f->end, SEGMENT_SEAL_BYTES, 0, -1,
                            "the seal does not verify; written again");
    }
}

/* A kill may have come between the write of the last seal and its sync, or the sync failed. */
static int keep_last_seal(struct recovery *r, struct err *err)
{
    size_t i = r->count;

    while (i > 0 && !r->found[i - 1].sealed)
        i--;
    return i == 0 || !r->found[i - 1].plain ? 0 : recovery_seal_again(r, &r->found[i - 1], err);
}

/* Goes on in f, or in a new segment where f is none to append to. */
static int settle_head(struct recovery *r, struct segment_found *f, struct err *err)
{
    struct journal *j = r->j;
    int64_t first = r->last + 1;
    struct err why;
    int fd;

    if (f && !f->ignored && !f->sealed && !f->damaged && f->header_good && f->plain)
        return recovery_adopt_head(r, f, err);
    if (r->last < r->durable && (!f || f->ignored || f->sealed))
        recovery_damage(r, 0, 0, 0, r->last + 1, r->durable,
                        "the segments with the last positions are missing");
    if (f && !f->ignored && !f->sealed && f->plain && recovery_leave_head(r, f, err) < 0)
        return -1;
    if (r->durable >= first)
        first = r->durable + 1;
    if (f && f->first >= first) /* never a name that was used */
        first = f->first + 1;
    if (first > SEGMENT_POSITION_MAX)
        return err_set(err, ERR_LIMIT, "%s: no positions are left", j->dir);
    j->previous_last = r->last;
    memcpy(j->previous_hash, r->hash, sizeof j->previous_hash);
    j->last_position = first - 1;
    fd = roll_prepare(j, &why);
    if (fd >= 0)
        return roll_begin(j, fd, first, err);
    if (why.code == ERR_SPACE) { /* up all the same: the first commit that finds room makes it */
        j->full = true;
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

/* What readers and metrics see from now on. */
static void publish_state(struct recovery *r)
{
    struct journal *j = r->j;
    bool head = j->head.fd >= 0;
    int64_t durable = r->last > r->durable ? r->last : r->durable;

    if (head || r->count)
        watermark_set(&j->mark, WATERMARK_HEAD,
                      head ? j->head.first : r->found[r->count - 1].first);
    /* Without a head nothing declares yet what is lost below last_position. */
    watermark_set(&j->mark, WATERMARK_DURABLE, head ? j->last_position : durable);
    j->stat_last = j->last_position;
    j->stat_first = r->count ? r->found[0].first : j->last_position + 1;
    if (j->stat_first < watermark_get(&j->mark, WATERMARK_FLOOR)) /* about to be deleted */
        j->stat_first = watermark_get(&j->mark, WATERMARK_FLOOR);
}

static int recover(struct recovery *r, struct err *err)
{
    struct journal *j = r->j;
    bool is_first = true;

    if (list_segments(r, err) < 0 || open_watermark(r, err) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        if (load_segment(r, &r->found[i], err) < 0)
            return -1;
    r->last = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (check_segment(r, i, is_first, err) < 0)
            return -1;
        is_first = is_first && r->found[i].ignored;
    }
    judge_seals(r);
    if (keep_last_seal(r, err) < 0)
        return -1;
    j->segments = r->count;
    if (settle_head(r, r->count ? &r->found[r->count - 1] : NULL, err) < 0)
        return -1;
    publish_state(r);
    r->reported = 0;
    return recovery_fill_recent(r, err);
}

int recovery_run(struct journal *j, struct err *err)
{
    struct recovery r = {.j = j,
                         .aside = {.io = j->io, .dir = j->dir, .most = j->opts.damaged_bytes}};
    int result;

    scan_init(&r.scan, j->io);
    result = recover(&r, err);
    scan_reset(&r.scan);
    free(r.found);
    return result;
}
