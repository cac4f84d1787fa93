/* SPDX-License-Identifier: Apache-2.0 */
/* carried_log.c: a folder of files NUMBER.log (10 digits), each a header and blocks.
 *
 *   header, 64 bytes:   0  8  "WEIRFLC1"   8 16  the journal's id   24 8  position before the file
 *                      32  8  until when contexts from before it are good, microseconds since 1970
 *                      40  8  number of the file   48 12  zero   60 4  CRC-32C of the 60 bytes before
 *   a block:            0  4  "WFLB"   4  4  CRC-32C of what follows, begun with the header's
 *                       8  8  position: everything up to it is in here or before
 *                      16  8  when it was written   24  8  length of the body   32  body
 *   a body is what carried_take_notes gives.
 *
 * Files follow one another where one's position before it is the last one of the file before. A reader
 * begins with the newest file of which nothing from before it is good any more, reads on to the
 * first thing that does not verify or follow, and believes nothing behind it: a file that is gone, torn or
 * changed costs time, no context. Files whose contexts have all expired are deleted, oldest first.
 * Each start and each quarter of the expiry begins a new file.
 * Leaves to others: reading the journal from there (collector/carriage.c). */
#include "flow/carried_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/little.h"
#include "base/mem.h"

enum {
    HEADER_BYTES = 64,
    BLOCK_BYTES = 32,
    BODY_MAX = 64 << 20,
    BODY_KEEP = 1 << 20,
    FILE_BYTES = 64 << 20, /* another is begun past it */
    PARTS = 4, /* of the expiry: another file each */
    NUMBER_DIGITS = 10,
    NAME_SIZE = 32,
};

static const char file_magic[8] = "WEIRFLC1", block_magic[4] = "WFLB";

struct file {
    uint64_t number;
    bool sound; /* its header verifies; the rest is known */
    int64_t after, earlier_until_us;
    uint32_t seed;
};

struct carried_log {
    const struct io *io;
    char *dir;
    uint8_t journal[16];
    struct carried *carried;
    void (*on_trouble)(void *ctx, const char *text);
    void *ctx;
    struct file *files; /* in order of their numbers; the last is written where fd >= 0 */
    size_t count;
    uint64_t number; /* the highest that was ever there */
    int64_t position; /* of the last block */
    int64_t earlier_until_us; /* for the next file */
    int fd; /* -1: the next write begins a file */
    uint64_t end;
    int64_t began_us;
    struct buf body; /* of the block that is being written */
    int64_t body_position;
    bool pending; /* it is not durable yet */
};

static void trouble(const struct carried_log *l, uint64_t number, uint64_t at, const char *what)
{
    char text[400];

    if (!l->on_trouble)
        return;
    snprintf(text, sizeof text,
             "%s/%010" PRIu64 ".log at byte %" PRIu64 ": %s; the journal is read instead", l->dir,
             number, at, what);
    l->on_trouble(l->ctx, text);
}

static char *path_of(const struct carried_log *l, uint64_t number)
{
    return xasprintf("%s/%010" PRIu64 ".log", l->dir, number);
}

/* Opening. */

static int note_name(void *ctx, const char *name)
{
    struct carried_log *l = ctx;
    struct str s = str_from(name);
    uint64_t number;

    if (s.len != NUMBER_DIGITS + 4 || !str_ends(s, STR(".log")) ||
        str_to_u64(str_slice(s, 0, NUMBER_DIGITS), &number) < 0)
        return 0;
    l->files = xrealloc(l->files, l->count + 1, sizeof *l->files);
    l->files[l->count++] = (struct file){.number = number};
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct file *)a)->number, y = ((const struct file *)b)->number;

    return x < y ? -1 : x > y;
}

/* The header, and -1 where the file cannot be read at all. */
static int read_header(struct carried_log *l, struct file *f, struct err *err)
{
    AUTO_FREE char *path = path_of(l, f->number);
    int fd = l->io->open(l->io, path, O_RDONLY | O_CLOEXEC, 0);
    uint8_t h[HEADER_BYTES];
    ssize_t got;

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    got = io_read_full(l->io, fd, h, sizeof h, 0);
    if (got < 0)
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    l->io->close(l->io, fd);
    if (got < 0)
        return -1;
    f->seed = crc32c(0, h, HEADER_BYTES - 4);
    if (got < HEADER_BYTES || memcmp(h, file_magic, sizeof file_magic) != 0 ||
        get32(h + 60) != f->seed || get64(h + 40) != f->number) {
        trouble(l, f->number, 0, "its header does not verify");
        return 0;
    }
    if (memcmp(h + 8, l->journal, sizeof l->journal) != 0) {
        trouble(l, f->number, 8, "it is of another journal");
        return 0;
    }
    f->after = (int64_t)get64(h + 24);
    f->earlier_until_us = (int64_t)get64(h + 32);
    f->sound = true;
    return 0;
}

static int list_files(struct carried_log *l, struct err *err)
{
    if (l->io->list(l->io, l->dir, note_name, l) < 0)
        return err_set(err, ERR_IO, "list %s: %s", l->dir, strerror(errno));
    if (l->count)
        qsort(l->files, l->count, sizeof *l->files, by_number);
    for (size_t i = 0; i < l->count; i++)
        if (read_header(l, &l->files[i], err) < 0)
            return -1;
    l->number = l->count ? l->files[l->count - 1].number : 0;
    return 0;
}

/* One block at *at. 1; 0: the file ends before it; -1: it does not verify, or *failed. */
static int read_block(struct carried_log *l, const struct file *f, int fd, uint64_t *at,
                      bool *failed)
{
    uint8_t head[BLOCK_BYTES];
    ssize_t got = io_read_full(l->io, fd, head, sizeof head, (off_t)*at);
    int64_t position = (int64_t)get64(head + 8);
    uint64_t len = get64(head + 24);
    uint32_t crc;

    *failed = got < 0;
    if (got == 0)
        return 0;
    if (got < BLOCK_BYTES || memcmp(head, block_magic, sizeof block_magic) != 0 || len > BODY_MAX ||
        position < l->position)
        return -1;
    buf_reset(&l->body, SIZE_MAX);
    if (buf_reserve(&l->body, (size_t)len + 1) < 0)
        return -1;
    got = io_read_full(l->io, fd, l->body.ptr, (size_t)len, (off_t)(*at + BLOCK_BYTES));
    *failed = got < 0;
    if (got != (ssize_t)len)
        return -1;
    crc = crc32c(crc32c(f->seed, head + 8, BLOCK_BYTES - 8), l->body.ptr, (size_t)len);
    if (crc != get32(head + 4) ||
        carried_read_notes(l->carried, position, str_of(l->body.ptr, (size_t)len)) < 0)
        return -1;
    l->position = position;
    *at += BLOCK_BYTES + len;
    return 1;
}

static int read_blocks(struct carried_log *l, const struct file *f, struct err *err)
{
    AUTO_FREE char *path = path_of(l, f->number);
    int fd = l->io->open(l->io, path, O_RDONLY | O_CLOEXEC, 0), got;
    uint64_t at = HEADER_BYTES;
    bool failed = false;

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    do
        got = read_block(l, f, fd, &at, &failed);
    while (got > 0);
    if (failed)
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    else if (got < 0)
        trouble(l, f->number, at, "what follows does not verify");
    l->io->close(l->io, fd);
    return failed ? -1 : 0;
}

/* The newest file before which nothing is good any more; l->count where there is none. */
static size_t find_start(const struct carried_log *l, int64_t now_us)
{
    for (size_t i = l->count; i-- > 0;)
        if (l->files[i].sound && l->files[i].earlier_until_us < now_us)
            return i;
    return l->count;
}

/* Forgets the files from i on: what follows a break is in the journal. */
static int remove_from(struct carried_log *l, size_t i, struct err *err)
{
    for (size_t k = i; k < l->count; k++) {
        AUTO_FREE char *path = path_of(l, l->files[k].number);

        if (l->io->unlink(l->io, path) < 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "delete %s: %s", path, strerror(errno));
    }
    l->count = i;
    return 0;
}

/* 1: the table is as of l->position; 0: nothing is known. */
static int load(struct carried_log *l, const struct carried_log_opts *opts, struct err *err)
{
    size_t i;

    if (list_files(l, err) < 0)
        return -1;
    i = find_start(l, opts->now_us);
    if (i == l->count)
        return remove_from(l, 0, err);
    l->position = l->files[i].after;
    carried_reset(l->carried, l->position);
    for (; i < l->count && l->files[i].sound && l->files[i].after == l->position; i++)
        if (read_blocks(l, &l->files[i], err) < 0)
            return -1;
    if (i < l->count && l->files[i].sound)
        trouble(l, l->files[i].number, 24, "it does not follow the file before it");
    if (l->position > opts->durable && l->count) {
        trouble(l, l->files[i - 1].number, 0, "it is ahead of the journal");
        i = 0;
    }
    if (remove_from(l, i, err) < 0)
        return -1;
    l->earlier_until_us = carried_latest_us(l->carried);
    return i > 0;
}

int carried_log_open(struct carried_log **out, const struct carried_log_opts *opts,
                     int64_t *position, struct err *err)
{
    struct carried_log *l = xcalloc(1, sizeof *l);
    int loaded;

    l->io = opts->io;
    l->dir = xstrdup(opts->dir);
    memcpy(l->journal, opts->journal, sizeof l->journal);
    l->carried = opts->carried;
    l->on_trouble = opts->on_trouble;
    l->ctx = opts->ctx;
    l->fd = -1;
    buf_init(&l->body, BODY_MAX + 1);
    if (io_make_dir(l->io, l->dir, 0750, err) < 0)
        goto fail;
    loaded = load(l, opts, err);
    if (loaded < 0)
        goto fail;
    buf_reset(&l->body, 0);
    *position = loaded ? l->position : -1;
    *out = l;
    return 0;

fail:
    carried_log_close(l);
    return -1;
}

void carried_log_begin(struct carried_log *l, int64_t position)
{
    CHECK(l->fd < 0);
    carried_reset(l->carried, position);
    l->position = position;
    l->earlier_until_us = 0;
}

void carried_log_close(struct carried_log *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        l->io->close(l->io, l->fd);
    buf_free(&l->body);
    free(l->files);
    free(l->dir);
    free(l);
}

/* Writing. */

static void end_file(struct carried_log *l)
{
    if (l->fd >= 0)
        l->io->close(l->io, l->fd);
    l->fd = -1;
}

static int begin_file(struct carried_log *l, int64_t now_us, struct err *err)
{
    struct file f = {.number = l->number + 1,
                     .sound = true,
                     .after = l->position,
                     .earlier_until_us = l->earlier_until_us};
    AUTO_FREE char *path = path_of(l, f.number);
    uint8_t h[HEADER_BYTES] = {0};

    memcpy(h, file_magic, sizeof file_magic);
    memcpy(h + 8, l->journal, sizeof l->journal);
    put64(h + 24, (uint64_t)f.after);
    put64(h + 32, (uint64_t)f.earlier_until_us);
    put64(h + 40, f.number);
    f.seed = crc32c(0, h, HEADER_BYTES - 4);
    put32(h + 60, f.seed);
    if (io_replace_file(l->io, path, 0640, str_of(h, sizeof h), err) < 0)
        return -1;
    l->fd = l->io->open(l->io, path, O_WRONLY | O_CLOEXEC, 0);
    if (l->fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    l->files = xrealloc(l->files, l->count + 1, sizeof *l->files);
    l->files[l->count++] = f;
    l->number = f.number;
    l->end = HEADER_BYTES;
    l->began_us = now_us;
    return 0;
}

/* Takes what is to be written next; false where there is nothing. */
static bool take(struct carried_log *l)
{
    bool lost;

    if (l->pending)
        return true;
    buf_reset(&l->body, BODY_KEEP);
    l->body_position = carried_take_notes(l->carried, &l->body, &lost);
    if (lost) { /* while the disk failed: what is stored now is not in the log */
        end_file(l);
        buf_reset(&l->body, 0);
        l->position = l->body_position;
        l->earlier_until_us = carried_latest_us(l->carried);
    }
    l->pending = l->body_position != l->position || l->body.len > 0;
    return l->pending;
}

static int write_block(struct carried_log *l, int64_t now_us, struct err *err)
{
    const struct file *f = &l->files[l->count - 1];
    uint8_t head[BLOCK_BYTES];
    struct iovec iov[2] = {{.iov_base = head, .iov_len = sizeof head},
                           {.iov_base = l->body.ptr, .iov_len = l->body.len}};

    memcpy(head, block_magic, sizeof block_magic);
    put64(head + 8, (uint64_t)l->body_position);
    put64(head + 16, (uint64_t)now_us);
    put64(head + 24, l->body.len);
    put32(head + 4, crc32c(crc32c(f->seed, head + 8, BLOCK_BYTES - 8), l->body.ptr, l->body.len));
    if (io_write_all(l->io, l->fd, iov, l->body.len ? 2 : 1, (off_t)l->end) < 0 ||
        l->io->fdatasync(l->io, l->fd) < 0)
        return err_set(err, errno == ENOSPC ? ERR_SPACE : ERR_IO, "write %s/%010" PRIu64 ".log: %s",
                       l->dir, f->number, strerror(errno));
    l->end += BLOCK_BYTES + l->body.len;
    l->position = l->body_position;
    l->pending = false;
    return 0;
}

/* The oldest file is of no use once nothing from before the next one is good. */
static int delete_old(struct carried_log *l, int64_t now_us, struct err *err)
{
    while (l->count > 1 && l->files[1].earlier_until_us < now_us) {
        AUTO_FREE char *path = path_of(l, l->files[0].number);

        if (l->io->unlink(l->io, path) < 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "delete %s: %s", path, strerror(errno));
        memmove(l->files, l->files + 1, --l->count * sizeof *l->files);
    }
    return 0;
}

int carried_log_write(struct carried_log *l, int64_t now_us, struct err *err)
{
    if (!take(l))
        return 0;
    if (l->fd >= 0 &&
        (l->end >= FILE_BYTES || now_us - l->began_us >= carried_expiry_us(l->carried) / PARTS)) {
        end_file(l);
        l->earlier_until_us = carried_latest_us(l->carried);
    }
    if (l->fd < 0 && begin_file(l, now_us, err) < 0)
        return -1;
    if (write_block(l, now_us, err) < 0)
        return -1;
    return delete_old(l, now_us, err);
}
