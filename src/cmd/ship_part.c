/* SPDX-License-Identifier: Apache-2.0 */
/* ship_part.c: reads whole lines behind the place reached, after a look at what stands before it.
 *
 * The look comes after the read: if the file was truncated before, what stands there is other than it was, and
 * what was read is thrown away; lines lost to that are in the copy that was made before. */
#include "cmd/ship_part.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/io.h"
#include "base/little.h"

static void hash(const void *bytes, size_t len, uint8_t out[SHIP_HASH])
{
    CHECK(EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1);
}

/* Of the bytes at `offset`, those that go on where the head ends. */
static void add_to_head(struct ship_mark *m, uint64_t offset, const char *bytes, size_t len)
{
    size_t room = SHIP_HEAD_MAX - m->len, known;

    if (room == 0 || offset > m->len || offset + len <= m->len)
        return;
    known = m->len - (size_t)offset;
    room = len - known < room ? len - known : room;
    memcpy(m->bytes + m->len, bytes + known, room);
    m->len += room;
    m->loaded = true;
    hash(m->bytes, m->len, m->hash);
}

/* The last SHIP_TAIL_MAX bytes of what the mark has and of these. The hash is taken when it is saved. */
static void add_to_tail(struct ship_mark *m, const char *bytes, size_t len)
{
    size_t keep;

    if (len >= SHIP_TAIL_MAX) {
        bytes += len - SHIP_TAIL_MAX;
        len = SHIP_TAIL_MAX;
    }
    keep = m->len < SHIP_TAIL_MAX - len ? m->len : SHIP_TAIL_MAX - len;
    memmove(m->bytes, m->bytes + m->len - keep, keep);
    memcpy(m->bytes + keep, bytes, len);
    m->len = keep + len;
    m->loaded = true;
}

void ship_part_close(struct ship_part *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    p->current = false;
    p->read = p->done;
}

/* True where the mark's bytes stand there. */
static bool stands(struct ship_mark *m, int fd, uint64_t at)
{
    char bytes[SHIP_HEAD_MAX];
    uint8_t found[SHIP_HASH];

    if (m->len == 0)
        return true;
    if (io_read_full(io_system(), fd, bytes, m->len, (off_t)at) != (ssize_t)m->len)
        return false;
    if (m->loaded)
        return memcmp(bytes, m->bytes, m->len) == 0;
    hash(bytes, m->len, found);
    if (memcmp(found, m->hash, SHIP_HASH) != 0)
        return false;
    memcpy(m->bytes, bytes, m->len);
    m->loaded = true;
    return true;
}

bool ship_part_is(struct ship_part *p, int fd)
{
    struct ship_mark *tail = &p->done.tail;

    if (!stands(&p->head, fd, 0) || !stands(tail, fd, p->done.offset - tail->len))
        return false;
    p->read = p->done;
    return true;
}

bool ship_part_outlived(struct ship_part *p, int fd, uint64_t size)
{
    struct ship_mark begin = p->head;

    if (size == 0 || size >= p->done.offset)
        return false;
    if (begin.len > size) {
        if (!begin.loaded)
            return false;
        begin.len = (size_t)size;
    }
    return begin.len > 0 && stands(&begin, fd, 0);
}

/* The seed follows from where the file is kept and from its first line. */
static void seed(struct ship_part *p, const char *bytes, size_t len)
{
    uint8_t text[16 + SHIP_HEAD_MAX], digest[SHIP_HASH];
    const char *line = memchr(bytes, '\n', len);

    len = line ? (size_t)(line - bytes) : len;
    len = len < SHIP_HEAD_MAX ? len : SHIP_HEAD_MAX;
    put64(text, p->origin);
    put64(text + 8, p->generation);
    memcpy(text + 16, bytes, len);
    hash(text, 16 + len, digest);
    p->seed = get64(digest);
    p->seeded = true;
}

int ship_part_stand(struct ship_part *p, int fd, uint64_t offset, struct err *err)
{
    char bytes[SHIP_HEAD_MAX];
    size_t head = offset < SHIP_HEAD_MAX ? (size_t)offset : SHIP_HEAD_MAX;
    size_t tail = offset < SHIP_TAIL_MAX ? (size_t)offset : SHIP_TAIL_MAX;

    if (io_read_full(io_system(), fd, bytes, head, 0) != (ssize_t)head)
        return err_set(err, ERR_IO, "read: %s", strerror(errno));
    p->head.len = p->read.tail.len = 0;
    add_to_head(&p->head, 0, bytes, head);
    if (head && !p->seeded)
        seed(p, bytes, head);
    if (io_read_full(io_system(), fd, bytes, tail, (off_t)(offset - tail)) != (ssize_t)tail)
        return err_set(err, ERR_IO, "read: %s", strerror(errno));
    add_to_tail(&p->read.tail, bytes, tail);
    p->read.offset = offset;
    ship_part_done(p);
    return 0;
}

/* 60 bits of the seed, version 8, 46 bits of the place, 16 of the line. */
static struct uuid event_id(const struct ship_part *p, uint64_t offset, const char *line,
                            size_t len)
{
    uint64_t low = (offset & ((UINT64_C(1) << 46) - 1)) << 16 | (crc32c(0, line, len) & 0xFFFF);
    struct uuid id;

    for (int i = 0; i < 8; i++) {
        id.b[i] = (uint8_t)(p->seed >> (56 - 8 * i));
        id.b[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 0x0F));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F));
    return id;
}

static int feed_lines(struct ship_part *p, struct ship_feed *feed, char *chunk, size_t len,
                      uint64_t offset, struct err *err)
{
    size_t at = 0;

    if (p->read.skipping) { /* up to the end of a line that was counted */
        at = (size_t)((char *)memchr(chunk, '\n', len) - chunk) + 1;
        p->read.skipping = false;
        p->read.lines++;
    }
    while (at < len) {
        char *end = memchr(chunk + at, '\n', len - at);
        size_t line = (size_t)(end - (chunk + at));
        struct uuid id = event_id(p, offset + at, chunk + at, line);

        if (ship_feed_line(feed, chunk + at, line, &id, ++p->read.lines, err) < 0)
            return -1;
        at += line + 1;
    }
    return 0;
}

/* Bytes of whole lines; or all, where there is no end in sight of a line that is too long. */
static size_t whole_lines(const char *chunk, size_t len)
{
    const char *last = memrchr(chunk, '\n', len);

    if (last)
        return (size_t)(last - chunk) + 1;
    return len == SHIP_CHUNK ? len : 0;
}

int ship_part_read(struct ship_part *p, struct ship_feed *feed, char *chunk, struct err *err)
{
    uint64_t offset = p->read.offset;
    ssize_t got = io_read_full(io_system(), p->fd, chunk, SHIP_CHUNK, (off_t)offset);
    struct stat st;
    size_t len;

    if (got < 0 || fstat(p->fd, &st) < 0)
        return err_set(err, ERR_IO, "read: %s", strerror(errno));
    if ((uint64_t)st.st_size < offset ||
        (got > 0 &&
         (!stands(&p->read.tail, p->fd, offset - p->read.tail.len) || !stands(&p->head, p->fd, 0))))
        return SHIP_CHANGED;
    len = whole_lines(chunk, (size_t)got);
    if (len == 0)
        return SHIP_IDLE;
    p->closed = p->ended = false;
    add_to_head(&p->head, offset, chunk, len);
    if (!p->seeded) { /* at the file's begin: where reading began further on, it has been seeded */
        seed(p, chunk, len);
        return SHIP_SEED;
    }
    add_to_tail(&p->read.tail, chunk, len);
    p->read.offset = offset + len;
    if (chunk[len - 1] != '\n') {
        if (!p->read.skipping)
            ship_feed_fault(feed, ACCESS_TOO_LONG, p->read.lines + 1);
        feed->counts.lines += !p->read.skipping;
        p->read.skipping = true;
        return SHIP_MORE;
    }
    return feed_lines(p, feed, chunk, len, offset, err) < 0 ? -1 : SHIP_MORE;
}

void ship_part_done(struct ship_part *p)
{
    hash(p->read.tail.bytes, p->read.tail.len, p->read.tail.hash);
    p->done = p->read;
}

int ship_part_rest(const struct ship_part *p, uint64_t *bytes, int64_t *quiet_us)
{
    struct stat st;

    if (p->fd < 0 || fstat(p->fd, &st) < 0 || (uint64_t)st.st_size < p->read.offset)
        return -1;
    *bytes = (uint64_t)st.st_size - p->read.offset;
    *quiet_us = clock_now_us() - (int64_t)st.st_mtim.tv_sec * 1000000 - st.st_mtim.tv_nsec / 1000;
    return 0;
}
