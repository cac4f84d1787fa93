/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c: reads segments record by record at open: tells a torn tail from damage, makes what is kept
 * durable, fills the table of recent keys.
 *
 * Torn is only what was never acknowledged: behind the last sound record, past the watermark, and
 * with nothing sound behind it but records of the same commit group. A group is synced before the
 * next is begun, so a sound record of a later group means that what is broken before it was once
 * whole: that is damage. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/recovery.h"

enum { COPY_BYTES = 1 << 20 };

static int read_failed(const struct recovery *r, const struct segment_found *f, struct err *err)
{
    return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)f->first, r->j->dir,
                   strerror(errno));
}

/* Whether what stands behind f->end is what a commit left that never finished. */
static int is_torn(struct recovery *r, const struct segment_found *f)
{
    uint64_t at = f->end;
    struct segment_record record;
    int found;

    if (f->limit != INT64_MAX || r->durable > f->last)
        return 0;
    for (;; at += 8) {
        found = scan_resync(&r->scan, &at, f->last + 1, SEGMENT_POSITION_MAX, &record);
        if (found <= 0)
            return found < 0 ? -1 : 1;
        if (record.position - (int64_t)record.group > f->last + 1)
            return 0;
    }
}

/* The next record that counts, over damage. 1, 0 at the end, -1. */
static int step(struct recovery *r, struct segment_found *f, uint64_t *at,
                struct segment_record *record)
{
    int found, torn;

    *at = f->end;
    if (f->last >= f->limit)
        return 0;
    found = scan_next(&r->scan, at, f->last + 1, record);
    if (found)
        return found;
    *at = f->end;
    found = scan_resync(&r->scan, at, f->last + 1, f->limit, record);
    if (found <= 0)
        return found;
    torn = is_torn(r, f);
    if (torn)
        return torn < 0 ? -1 : 0;
    /* is_torn moved the window that the record lives in */
    found = scan_record(&r->scan, *at, record);
    if (found <= 0)
        return found;
    recovery_keep(r, f->first, f->end, *at - f->end, f->last + 1, record->position - 1,
                  "records do not verify, with sound ones behind them");
    f->damaged = true;
    return 1;
}

static void count_record(struct recovery *r, struct segment_found *f, uint64_t at,
                         const struct segment_record *record)
{
    if (!f->unpublished_at && record->position > r->durable)
        f->unpublished_at = at;
    f->last = record->position;
    f->last_at = at;
    f->end = at + record->bytes;
    f->records++;
    if (record->received_us > f->newest_us)
        f->newest_us = record->received_us;
}

static int take_hash(struct recovery *r, struct segment_found *f, struct err *err)
{
    struct segment_record record;
    int found;

    if (f->records == 0)
        return 0;
    found = scan_record(&r->scan, f->last_at, &record);
    if (found < 0)
        return read_failed(r, f, err);
    if (found) {
        segment_record_hash(r->hash, &record);
        r->hash_known = true;
    }
    return 0;
}

/* Opens a segment to write; the caller closes it. */
static int open_writable(struct recovery *r, const struct segment_found *f, struct err *err)
{
    char name[SEGMENT_NAME_SIZE];
    AUTO_FREE char *path = NULL;
    int fd;

    segment_name(name, f->first);
    path = io_join(r->j->dir, name);
    fd = r->j->io->open(r->j->io, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    return fd;
}

int recovery_seal_again(struct recovery *r, const struct segment_found *f, struct err *err)
{
    int fd = open_writable(r, f, err), result;

    if (fd < 0)
        return -1;
    result = roll_seal(r->j, fd, &f->seal, segment_seed(r->j->id, f->first), err);
    r->j->io->close(r->j->io, fd);
    return result;
}

/* Finishes a roll that a kill interrupted: all records are there, and the next header says so. A seal
 * that is there but does not verify is written again as well; recovery_run judges it. */
static int seal_late(struct recovery *r, struct segment_found *f, struct err *err)
{
    struct segment_seal seal = {.first_position = f->first,
                                .last_position = f->last,
                                .records = f->records,
                                .end = f->end,
                                .newest_us = f->newest_us};
    uint64_t content_end;
    int fd, result;

    if (scan_content_end(&r->scan, f->end, &content_end) < 0)
        return read_failed(r, f, err);
    f->seal_bad = content_end > f->end && f->size == f->end + SEGMENT_SEAL_BYTES;
    fd = open_writable(r, f, err);
    if (fd < 0)
        return -1;
    if (f->records)
        memcpy(seal.last_hash, r->hash, sizeof seal.last_hash);
    result = roll_seal(r->j, fd, &seal, segment_seed(r->j->id, f->first), err);
    r->j->io->close(r->j->io, fd);
    return result;
}

/* What the end of the records means, and whether more were acknowledged than there are. */
static void judge_end(struct recovery *r, struct segment_found *f)
{
    int64_t due = f->limit == INT64_MAX ? r->durable : f->limit;

    if (f->last < due) {
        uint64_t end;

        if (scan_content_end(&r->scan, f->end, &end) < 0)
            end = f->end;
        recovery_keep(r, f->first, f->end, end - f->end, f->last + 1, due,
                      "acknowledged records are missing at the end");
        f->damaged = true;
    }
    if (f->packed) { /* only sealed ones are */
        recovery_damage(r, f->first, f->end, 0, 0, -1, "the compressed segment has lost its seal");
        f->damaged = true;
    } else if (f->limit == INT64_MAX && f->header_good && f->size != f->header.bytes) {
        recovery_damage(r, f->first, f->size, 0, 0, -1, "the file is not as long as it was made");
        f->damaged = true;
    }
}

int recovery_walk(struct recovery *r, struct segment_found *f, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_record record;
    uint64_t at;
    int found = scan_open(&r->scan, r->j->dir, r->j->id, f->first, block, err);

    if (found <= 0)
        return found < 0 ? -1 : err_set(err, ERR_IO, "%s: a segment vanished", r->j->dir);
    f->last = f->first - 1;
    f->end = SEGMENT_HEADER_BYTES;
    while ((found = step(r, f, &at, &record)) > 0)
        count_record(r, f, at, &record);
    if (found < 0)
        return read_failed(r, f, err);
    judge_end(r, f);
    if (take_hash(r, f, err) < 0)
        return -1;
    if (f->limit == f->last && !f->damaged && f->header_good && f->plain)
        return seal_late(r, f, err);
    return 0;
}

/* Writes [from, to) of the file again as it reads, or zeros. */
static int write_again(struct recovery *r, int fd, uint64_t from, uint64_t to, bool zeros)
{
    const struct io *io = r->j->io;
    size_t cap = to - from < COPY_BYTES ? to - from : COPY_BYTES;
    AUTO_FREE uint8_t *bytes = from < to ? xcalloc(1, cap) : NULL;

    while (from < to) {
        size_t want = to - from < cap ? to - from : cap;
        struct iovec iov = {.iov_base = bytes, .iov_len = want};
        ssize_t got = zeros ? (ssize_t)want : io_read_full(io, fd, bytes, want, (off_t)from);

        if (got <= 0)
            return got < 0 ? -1 : 0;
        iov.iov_len = (size_t)got;
        if (io_write_all(io, fd, &iov, 1, (off_t)from) < 0)
            return -1;
        from += (uint64_t)got;
    }
    return 0;
}

/* Makes what is kept of f durable and zeroes what follows, up to torn_end. Returns f, open. */
static int settle_bytes(struct recovery *r, struct segment_found *f, uint64_t torn_end,
                        struct err *err)
{
    const struct io *io = r->j->io;
    int fd = open_writable(r, f, err);

    if (fd < 0)
        return -1;
    if ((f->unpublished_at && write_again(r, fd, f->unpublished_at, f->end, false) < 0) ||
        write_again(r, fd, f->end, torn_end, true) < 0 || io->fdatasync(io, fd) < 0) {
        err_set(err, ERR_IO, "make segment %lld in %s durable: %s", (long long)f->first, r->j->dir,
                strerror(errno));
        io->close(io, fd);
        return -1;
    }
    return fd;
}

int recovery_leave_head(struct recovery *r, struct segment_found *f, struct err *err)
{
    int fd = settle_bytes(r, f, f->end, err);

    if (fd < 0)
        return -1;
    r->j->io->close(r->j->io, fd);
    return 0;
}

int recovery_adopt_head(struct recovery *r, struct segment_found *f, struct err *err)
{
    struct journal *j = r->j;
    uint64_t torn_end;
    int fd;

    if (scan_content_end(&r->scan, f->end, &torn_end) < 0)
        return read_failed(r, f, err);
    fd = settle_bytes(r, f, torn_end, err);
    if (fd < 0)
        return -1;
    j->torn_bytes = torn_end - f->end;
    j->last_position = r->last;
    j->previous_last = f->header.previous_last;
    memcpy(j->previous_hash, f->header.previous_hash, sizeof j->previous_hash);
    j->head = (struct head){.fd = fd,
                            .first = f->first,
                            .seed = segment_seed(j->id, f->first),
                            .bytes = f->size,
                            .end = f->end,
                            .last_at = f->last_at,
                            .records = f->records,
                            .newest_us = f->newest_us};
    return 0;
}

static int remember(struct recovery *r, const struct segment_record *record, struct err *err)
{
    struct journal *j = r->j;
    struct journal_key key;

    if (record->position <= j->seen.indexed_last || (record->flags & RECORD_ERASED) ||
        !j->opts.key_of(j->opts.key_ctx, record->kind, record->payload, &key))
        return 0;
    return seen_take(j, record->kind, &key, record->position, err);
}

static int remember_segment(struct recovery *r, struct segment_found *f, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    uint64_t at = SEGMENT_HEADER_BYTES, end = f->end;
    int64_t last = f->first - 1;
    struct segment_record record;
    int found = scan_open(&r->scan, r->j->dir, r->j->id, f->first, block, err);

    while (found > 0 && at < end) {
        uint64_t from = at;

        found = scan_next(&r->scan, &at, last + 1, &record);
        if (found == 0) {
            found = scan_resync(&r->scan, &at, last + 1, f->last, &record);
            if (found == 1 && f->sealed)
                recovery_keep(r, f->first, from, at - from, last + 1, record.position - 1,
                              "records do not verify, with sound ones behind them");
        }
        if (found < 0)
            return read_failed(r, f, err);
        if (found == 0)
            break;
        if (remember(r, &record, err) < 0)
            return -1;
        last = record.position;
        at += record.bytes;
    }
    if (found >= 0 && f->sealed && last < f->last)
        recovery_keep(r, f->first, at, end - at, last + 1, f->last,
                      "records do not verify up to the seal");
    return found < 0 ? -1 : 0;
}

/* The first position that must be known where no file of keys says so: those of the window, by the
 * segments' own times, as far as the clock agrees. */
static int64_t window_begins(const struct recovery *r)
{
    int64_t newest = 0, now = clock_now_us();

    for (size_t i = 0; i < r->count; i++)
        if (!r->found[i].ignored && r->found[i].newest_us > newest)
            newest = r->found[i].newest_us;
    if (newest > now)
        newest = now;
    for (size_t i = 0; i < r->count; i++)
        if (!r->found[i].ignored && r->found[i].records &&
            r->found[i].newest_us >= newest - r->j->opts.duplicate_window_us)
            return r->found[i].first;
    return r->j->last_position + 1;
}

int recovery_fill_recent(struct recovery *r, struct err *err)
{
    struct journal *j = r->j;

    if (seen_open(j, window_begins(r), err) < 0)
        return -1;
    if (!j->opts.key_of)
        return 0;
    for (size_t i = 0; i < r->count; i++)
        if (!r->found[i].ignored && r->found[i].last > j->seen.indexed_last &&
            remember_segment(r, &r->found[i], err) < 0)
            return -1;
    return 0;
}
