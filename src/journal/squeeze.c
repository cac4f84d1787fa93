/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze.c: reads a sealed segment, proves it, writes it compressed (format: top of packed.c).
 *
 * Order of what becomes durable: the whole of `….seg.zst.tmp`, synced in slices so that commits
 * meanwhile do not wait for all of it; it is then read back through packed.h and compared with the
 * segment; its name, synced; only then the plain file goes, and the folder is synced again. Leaves to
 * others: which segments and when (tidy.c). */
#include "journal/squeeze.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum {
    LEVEL = 3, /* docs/decisions/0006-journal-space.md */
    SYNC_BYTES = 1 << 20,
    SUFFIX_LEN = 4,
};

static const char suffix[] = ".tmp";

int64_t squeeze_leftover(const char *name)
{
    size_t len = strlen(name);
    char stem[SEGMENT_NAME_SIZE];

    if (len < SUFFIX_LEN || len - SUFFIX_LEN >= sizeof stem ||
        strcmp(name + len - SUFFIX_LEN, suffix) != 0)
        return -1;
    memcpy(stem, name, len - SUFFIX_LEN);
    stem[len - SUFFIX_LEN] = '\0';
    return segment_name_is_packed(stem) ? segment_name_parse(stem) : -1;
}

/* The caller frees it. */
static char *path_of(const char *dir, int64_t first, bool packed, bool unfinished)
{
    char name[SEGMENT_NAME_SIZE];

    if (packed)
        segment_name_packed(name, first);
    else
        segment_name(name, first);
    return xasprintf("%s/%s%s", dir, name, unfinished ? suffix : "");
}

int squeeze_undo(const struct io *io, const char *dir, int64_t first, bool unfinished,
                 struct err *err)
{
    AUTO_FREE char *path = path_of(dir, first, true, unfinished);

    if (io->unlink(io, path) < 0 && errno != ENOENT)
        return err_set(err, ERR_IO, "delete %s: %s", path, strerror(errno));
    return 0;
}

static int fail_io(struct err *err, const char *what, const char *path)
{
    bool space = errno == ENOSPC || errno == EDQUOT;

    return err_set(err, space ? ERR_SPACE : ERR_IO, "%s %s: %s", what, path, strerror(errno));
}

static bool stopped(const atomic_bool *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

static int fail_stopped(struct err *err)
{
    return err_set(err, ERR_BUSY, "stopped");
}

/* Notes the first thing that is wrong. */
static void blame(struct segment_state *out, uint64_t at, uint64_t bytes, int64_t first,
                  int64_t last, const char *what)
{
    if (!out->sound)
        return;
    out->sound = false;
    out->what = what;
    out->at = at;
    out->bytes = bytes;
    out->first = first;
    out->last = last;
}

/* The records up to the seal. 0, or -1 where the file cannot be read. */
static int examine_records(struct scan *s, const struct segment_seal *seal, const atomic_bool *stop,
                           struct segment_state *out)
{
    struct segment_record record = {0};
    uint64_t at = SEGMENT_HEADER_BYTES, count = 0;
    int64_t last = s->first - 1;
    uint8_t hash[SEGMENT_HASH_BYTES] = {0};

    while (at < seal->end && !stopped(stop)) {
        uint64_t from = at;
        int found = scan_next(s, &at, last + 1, &record);

        if (found == 0) {
            found = scan_resync(s, &at, last + 1, seal->last_position, &record);
            if (found > 0)
                blame(out, from, at - from, last + 1, record.position - 1,
                      "records do not verify, with sound ones behind them");
        }
        if (found < 0)
            return -1;
        if (found == 0)
            break;
        count++;
        last = record.position;
        at += record.bytes;
        if (record.received_us > out->newest_us)
            out->newest_us = record.received_us;
        if (last == seal->last_position)
            segment_record_hash(hash, &record);
    }
    if (stopped(stop))
        return 0;
    if (last < seal->last_position)
        blame(out, at, seal->end > at ? seal->end - at : 0, last + 1, seal->last_position,
              "records do not verify up to the seal");
    if (count != seal->records || at != seal->end ||
        memcmp(hash, seal->last_hash, sizeof hash) != 0)
        blame(out, seal->end, SEGMENT_SEAL_BYTES, 0, -1, "the seal is not that of these records");
    return 0;
}

/* Without a seal nobody knows where the segment ends: only its newest record is looked for. */
static int examine_unsealed(struct scan *s, const atomic_bool *stop, struct segment_state *out)
{
    struct segment_record record;
    uint64_t at = SEGMENT_HEADER_BYTES;
    int64_t last = s->first - 1;
    int found;

    blame(out, 0, 0, 0, -1, "no seal ends the segment");
    while (!stopped(stop) &&
           (found = scan_resync(s, &at, last + 1, SEGMENT_POSITION_MAX, &record)) != 0) {
        if (found < 0)
            return -1;
        last = record.position;
        at += record.bytes;
        if (record.received_us > out->newest_us)
            out->newest_us = record.received_us;
    }
    return 0;
}

int segment_examine(struct scan *s, const uint8_t *header, const uint8_t id[SEGMENT_ID_BYTES],
                    const atomic_bool *stop, struct segment_state *out, struct err *err)
{
    struct segment_header h;
    struct segment_seal seal;
    const char *wrong = segment_header_parse(&h, header);
    int found;

    *out = (struct segment_state){.sound = true, .last = -1};
    if (wrong)
        blame(out, 0, SEGMENT_HEADER_BYTES, 0, -1, wrong);
    else if (memcmp(h.id, id, SEGMENT_ID_BYTES) != 0 || h.first_position != s->first)
        blame(out, 0, SEGMENT_HEADER_BYTES, 0, -1, "segment of another journal or place");
    if (s->packed && packed_wrong(s->packed))
        blame(out, 0, 0, 0, -1, packed_wrong(s->packed));
    found = scan_seal(s, &seal);
    if (found > 0)
        found = examine_records(s, &seal, stop, out);
    else if (found == 0)
        found = examine_unsealed(s, stop, out);
    if (found < 0)
        return err_set(err, ERR_IO, "read segment %lld: %s", (long long)s->first, strerror(errno));
    return stopped(stop) ? fail_stopped(err) : 0;
}

struct squeezer {
    struct squeeze_job *job;
    const char *path; /* of the unfinished file */
    struct scan scan; /* the plain segment */
    int fd;
    ZSTD_CCtx *zstd;
    uint8_t *plain, *small; /* PACKED_FRAME; what zstd may make of it */
    struct packed_frame *frames;
    size_t count;
    uint64_t written, synced;
};

static int put(struct squeezer *q, const void *bytes, size_t len, struct err *err)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    const struct io *io = q->job->io;

    if (io_write_all(io, q->fd, &iov, 1, (off_t)q->written) < 0)
        return fail_io(err, "write", q->path);
    q->written += len;
    if (q->written - q->synced < SYNC_BYTES)
        return 0;
    q->synced = q->written;
    return io->fdatasync(io, q->fd) < 0 ? fail_io(err, "sync", q->path) : 0;
}

/* Bytes of frame i, read into q->plain; -1. */
static ssize_t load(struct squeezer *q, size_t i, struct err *err)
{
    ssize_t n = scan_read(&q->scan, q->plain, PACKED_FRAME, (uint64_t)i * PACKED_FRAME);

    if (n < 0)
        return err_set(err, ERR_IO, "read segment %lld: %s", (long long)q->job->first,
                       strerror(errno));
    if (n == 0)
        return err_set(err, ERR_CORRUPT, "segment %lld became shorter", (long long)q->job->first);
    return n;
}

static int write_frames(struct squeezer *q, struct err *err)
{
    uint32_t seed = segment_seed(q->job->id, q->job->first);
    AUTO_FREE uint8_t *table = NULL;

    for (size_t i = 0; i < q->count; i++) {
        ssize_t n = load(q, i, err);
        size_t bytes;

        if (n < 0)
            return -1;
        if (stopped(q->job->stop))
            return fail_stopped(err);
        bytes = ZSTD_compressCCtx(q->zstd, q->small, ZSTD_compressBound(PACKED_FRAME), q->plain,
                                  (size_t)n, LEVEL);
        CHECK(!ZSTD_isError(bytes));
        q->frames[i] =
            (struct packed_frame){.bytes = (uint32_t)bytes, .check = crc32c(seed, q->small, bytes)};
        if (put(q, q->small, bytes, err) < 0)
            return -1;
    }
    table = xmalloc(packed_table_bytes(q->count));
    packed_table_write(table, q->frames, q->count, q->scan.size, q->job->id, q->job->first);
    if (put(q, table, packed_table_bytes(q->count), err) < 0)
        return -1;
    if (q->job->io->fdatasync(q->job->io, q->fd) < 0)
        return fail_io(err, "sync", q->path);
    return 0;
}

/* Whether the file gives back every byte of the segment. */
static int read_back(struct squeezer *q, struct err *err)
{
    const struct io *io = q->job->io;
    struct packed *p = NULL;
    int result = 0, fd = io->open(io, q->path, O_RDONLY | O_CLOEXEC, 0);

    if (fd < 0)
        return fail_io(err, "open", q->path);
    if (packed_open(&p, io, fd, q->job->id, q->job->first, err) < 0)
        return -1;
    if (packed_wrong(p) || packed_size(p) != q->scan.size || packed_frames(p) != q->count)
        result = err_set(err, ERR_CORRUPT, "%s does not read back", q->path);
    for (size_t i = 0; i < q->count && result == 0; i++) {
        ssize_t n = load(q, i, err), got = -1;

        if (n < 0)
            result = -1;
        else if (stopped(q->job->stop))
            result = fail_stopped(err);
        else if ((got = packed_read(p, q->small, (size_t)n, (uint64_t)i * PACKED_FRAME)) < 0)
            result = fail_io(err, "read back", q->path);
        else if (got != n || memcmp(q->small, q->plain, (size_t)n) != 0)
            result = err_set(err, ERR_CORRUPT, "%s does not read back", q->path);
    }
    packed_close(p);
    return result;
}

/* Makes the unfinished file whole and proves it. */
static int make_file(struct squeezer *q, struct err *err)
{
    const struct io *io = q->job->io;
    int result;

    q->fd = io->open(io, q->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (q->fd < 0)
        return fail_io(err, "create", q->path);
    result = write_frames(q, err);
    io->close(io, q->fd);
    return result < 0 ? -1 : read_back(q, err);
}

static int replace(struct squeezer *q, struct err *err)
{
    const struct squeeze_job *job = q->job;
    const struct io *io = job->io;
    AUTO_FREE char *packed = path_of(job->dir, job->first, true, false);
    AUTO_FREE char *plain = path_of(job->dir, job->first, false, false);

    if (io->rename(io, q->path, packed) < 0)
        return fail_io(err, "rename", q->path);
    if (io->fsync_dir(io, job->dir) < 0)
        return fail_io(err, "sync folder", job->dir);
    if (io->unlink(io, plain) < 0)
        return fail_io(err, "delete", plain);
    if (io->fsync_dir(io, job->dir) < 0)
        return fail_io(err, "sync folder", job->dir);
    return 0;
}

static int squeeze(struct squeezer *q, struct err *err)
{
    struct squeeze_job *job = q->job;
    uint8_t header[SEGMENT_HEADER_BYTES];
    struct segment_state state;
    int found = scan_open(&q->scan, job->dir, job->id, job->first, header, err);

    if (found < 0)
        return -1;
    if (found == 0 || q->scan.packed)
        return err_set(err, ERR_USAGE, "segment %lld has no plain file", (long long)job->first);
    if (segment_examine(&q->scan, header, job->id, job->stop, &state, err) < 0)
        return -1;
    if (!state.sound)
        return err_set(err, ERR_CORRUPT, "segment %lld at byte %llu: %s", (long long)job->first,
                       (unsigned long long)state.at, state.what);
    q->count = (q->scan.size + PACKED_FRAME - 1) / PACKED_FRAME;
    q->frames = xcalloc(q->count, sizeof *q->frames);
    if (make_file(q, err) < 0) {
        squeeze_undo(job->io, job->dir, job->first, true, NULL); /* else the next open does */
        return -1;
    }
    job->before = q->scan.size;
    job->after = q->written;
    return replace(q, err);
}

int squeeze_segment(struct squeeze_job *job, struct err *err)
{
    AUTO_FREE char *path = path_of(job->dir, job->first, true, true);
    struct squeezer q = {.job = job, .path = path, .fd = -1};
    int result;

    scan_init(&q.scan, job->io);
    q.zstd = ZSTD_createCCtx();
    q.plain = xmalloc(PACKED_FRAME);
    q.small = xmalloc(ZSTD_compressBound(PACKED_FRAME));
    CHECK(q.zstd);
    result = squeeze(&q, err);
    ZSTD_freeCCtx(q.zstd);
    scan_reset(&q.scan);
    free(q.plain);
    free(q.small);
    free(q.frames);
    return result;
}
