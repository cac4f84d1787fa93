/* SPDX-License-Identifier: Apache-2.0 */
/* roll.c: how segments begin and end. A thread prepares the next one as a file of zeros, so that
 * going over to it costs the commit three short syncs; see docs/decisions/0003-journal-format.md
 * for why zeros. Order of what becomes durable: the next segment with its header, its name, then the
 * word `head`, then the seal of the one before, so that a kill between any two leaves a journal that
 * recovery can finish. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/internal.h"

enum { ZERO_BYTES = 64 << 10, ZEROS_A_SYNC = 16 };

static const uint8_t zeros[ZERO_BYTES];

static int fail_io(struct err *err, const char *what, const char *path)
{
    bool space = errno == ENOSPC || errno == EDQUOT;

    return err_set(err, space ? ERR_SPACE : ERR_IO, "%s %s: %s", what, path, strerror(errno));
}

/* In slices that are synced one by one, so that commits meanwhile do not wait for all of it. */
static int write_zeros(const struct io *io, int fd, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes;) {
        struct iovec iov[ZEROS_A_SYNC];
        uint64_t from = at;
        int count = 0;

        for (; count < ZEROS_A_SYNC && at < bytes; count++) {
            uint64_t left = bytes - at;

            iov[count].iov_base = (void *)(uintptr_t)zeros;
            iov[count].iov_len = left < ZERO_BYTES ? left : ZERO_BYTES;
            at += iov[count].iov_len;
        }
        if (io_write_all(io, fd, iov, count, (off_t)from) < 0 || io->fdatasync(io, fd) < 0)
            return -1;
    }
    return 0;
}

int roll_prepare(struct journal *j, struct err *err)
{
    AUTO_FREE char *path = io_join(j->dir, "next.tmp");
    const struct io *io = j->io;
    struct io_space space;
    int fd;

    if (io->space(io, j->dir, &space) < 0)
        return fail_io(err, "ask for the free space of", j->dir);
    if (space.available < j->opts.reserve_bytes + j->opts.segment_bytes)
        return err_set(err, ERR_SPACE, "%s: no room for another segment", j->dir);
    fd = io->open(io, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return fail_io(err, "create", path);
    if (io->fallocate(io, fd, 0, (off_t)j->opts.segment_bytes) < 0 && errno != EOPNOTSUPP &&
        errno != EINVAL) {
        fail_io(err, "allocate", path);
        goto fail;
    }
    if (write_zeros(io, fd, j->opts.segment_bytes) < 0) {
        fail_io(err, "write", path);
        goto fail;
    }
    return fd;

fail:
    io->close(io, fd);
    io->unlink(io, path);
    return -1;
}

int roll_begin(struct journal *j, int fd, int64_t first, struct err *err)
{
    struct segment_header header = {.first_position = first,
                                    .created_us = clock_now_us(),
                                    .previous_last = j->previous_last,
                                    .bytes = j->opts.segment_bytes};
    AUTO_FREE char *from = io_join(j->dir, "next.tmp"), *to = NULL;
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct iovec iov = {.iov_base = block, .iov_len = sizeof block};
    char name[SEGMENT_NAME_SIZE];

    segment_name(name, first);
    to = io_join(j->dir, name);
    memcpy(header.id, j->id, sizeof header.id);
    memcpy(header.previous_hash, j->previous_hash, sizeof header.previous_hash);
    segment_header_write(block, &header);
    if (io_write_all(j->io, fd, &iov, 1, 0) < 0 || j->io->fdatasync(j->io, fd) < 0 ||
        j->io->rename(j->io, from, to) < 0 || j->io->fsync_dir(j->io, j->dir) < 0) {
        /* Never "try again": the name may stand already, and what the old head then got would be
         * void. */
        err_set(err, ERR_IO, "begin segment %s: %s", to, strerror(errno));
        j->io->close(j->io, fd);
        return -1;
    }
    j->head = (struct head){.fd = fd,
                            .first = first,
                            .seed = segment_seed(j->id, first),
                            .bytes = j->opts.segment_bytes,
                            .end = SEGMENT_HEADER_BYTES};
    watermark_set(&j->mark, WATERMARK_HEAD, first);
    j->segments++;
    return 0;
}

int roll_last_hash(struct journal *j, uint8_t out[SEGMENT_HASH_BYTES], struct err *err)
{
    size_t len = j->head.end - j->head.last_at;
    AUTO_FREE uint8_t *bytes = xmalloc(len);
    struct segment_record record;
    ssize_t got = io_read_full(j->io, j->head.fd, bytes, len, (off_t)j->head.last_at);

    if (got < 0)
        return fail_io(err, "read back the last record in", j->dir);
    if (!segment_record_parse(&record, bytes, (size_t)got, j->head.seed))
        return err_set(err, ERR_CORRUPT, "%s: the last record of segment %lld does not read back",
                       j->dir, (long long)j->head.first);
    segment_record_hash(out, &record);
    return 0;
}

int roll_seal(struct journal *j, int fd, const struct segment_seal *seal, uint32_t seed,
              struct err *err)
{
    uint8_t bytes[SEGMENT_SEAL_BYTES];
    struct iovec iov = {.iov_base = bytes, .iov_len = sizeof bytes};

    segment_seal_write(bytes, seal, seed);
    if (io_write_all(j->io, fd, &iov, 1, (off_t)seal->end) < 0 ||
        j->io->ftruncate(j->io, fd, (off_t)(seal->end + sizeof bytes)) < 0 ||
        j->io->fdatasync(j->io, fd) < 0)
        return fail_io(err, "seal a segment in", j->dir);
    return 0;
}

/* The prepared file, or -1. */
static int take_next(struct journal *j, struct err *err)
{
    struct next *n = &j->next;
    enum next_state state;
    int fd = -1;

    roll_ask(j);
    pthread_mutex_lock(&n->mtx);
    while (n->state == NEXT_WANTED)
        pthread_cond_wait(&n->changed, &n->mtx);
    state = n->state;
    fd = n->fd;
    if (state != NEXT_FAILED)
        n->state = NEXT_NONE;
    n->fd = -1;
    pthread_mutex_unlock(&n->mtx);
    if (state == NEXT_READY)
        return fd;
    return err_set(err, state == NEXT_NO_SPACE ? ERR_SPACE : ERR_IO,
                   "%s: the next segment could not be prepared", j->dir);
}

int roll_over(struct journal *j, struct err *err)
{
    struct head old = j->head;
    struct segment_seal seal = {.first_position = old.first,
                                .last_position = j->last_position,
                                .records = old.records,
                                .end = old.end,
                                .newest_us = old.newest_us};
    int fd, sealed;

    CHECK(old.fd < 0 || (old.records > 0 && old.last_at > 0));
    fd = take_next(j, err);
    if (fd < 0)
        return -1;
    if (old.fd < 0)
        return roll_begin(j, fd, j->last_position + 1, err);
    if (roll_last_hash(j, seal.last_hash, err) < 0) {
        j->io->close(j->io, fd);
        return -1;
    }
    j->previous_last = j->last_position;
    memcpy(j->previous_hash, seal.last_hash, sizeof j->previous_hash);
    if (roll_begin(j, fd, j->last_position + 1, err) < 0)
        return -1;
    sealed = roll_seal(j, old.fd, &seal, old.seed, err);
    j->io->close(j->io, old.fd);
    /* Never "try later": the head has moved on, and gets no record before the seal is durable. */
    if (sealed < 0 && err)
        err->code = ERR_IO;
    return sealed;
}

/* With mtx held, which is let go meanwhile. */
static void prepare_wanted(struct journal *j)
{
    struct next *n = &j->next;
    struct err err;
    int fd;

    pthread_mutex_unlock(&n->mtx);
    fd = roll_prepare(j, &err);
    pthread_mutex_lock(&n->mtx);
    n->fd = fd;
    n->state = fd >= 0 ? NEXT_READY : err.code == ERR_SPACE ? NEXT_NO_SPACE : NEXT_FAILED;
    pthread_cond_broadcast(&n->changed);
}

void roll_ask(struct journal *j)
{
    struct next *n = &j->next;

    pthread_mutex_lock(&n->mtx);
    if (n->state == NEXT_NONE || n->state == NEXT_NO_SPACE) {
        n->state = NEXT_WANTED;
        if (j->opts.no_prepare_thread)
            prepare_wanted(j);
        else
            pthread_cond_broadcast(&n->changed);
    }
    pthread_mutex_unlock(&n->mtx);
}

static void *prepare_loop(void *arg)
{
    struct journal *j = arg;
    struct next *n = &j->next;

    pthread_mutex_lock(&n->mtx);
    while (!n->stop) {
        if (n->state == NEXT_WANTED)
            prepare_wanted(j);
        else
            pthread_cond_wait(&n->changed, &n->mtx);
    }
    pthread_mutex_unlock(&n->mtx);
    return NULL;
}

int roll_start(struct journal *j, struct err *err)
{
    int error;

    if (j->opts.no_prepare_thread)
        return 0;
    error = pthread_create(&j->next.thread, NULL, prepare_loop, j);
    if (error)
        return err_set(err, ERR_INTERNAL, "start the journal's preparing thread: %s",
                       strerror(error));
    j->next.running = true;
    return 0;
}

void roll_stop(struct journal *j)
{
    struct next *n = &j->next;
    AUTO_FREE char *path = io_join(j->dir, "next.tmp");

    if (n->running) {
        pthread_mutex_lock(&n->mtx);
        n->stop = true;
        pthread_cond_broadcast(&n->changed);
        pthread_mutex_unlock(&n->mtx);
        pthread_join(n->thread, NULL);
        n->running = false;
    }
    if (n->fd >= 0) {
        j->io->close(j->io, n->fd);
        j->io->unlink(j->io, path); /* left over, the next open would delete it */
        n->fd = -1;
    }
}
