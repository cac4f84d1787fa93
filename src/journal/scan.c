/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c: a window over a segment file. It reads little at first and twice as much each time that
 * reading goes on, so that following the head costs little and a long read is fast. */
#include "journal/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum { AHEAD_LEAST = 16 << 10, AHEAD_MOST = 512 << 10 };

void scan_init(struct scan *s, const struct io *io)
{
    *s = (struct scan){.io = io, .fd = -1, .ahead = AHEAD_LEAST};
}

void scan_reset(struct scan *s)
{
    scan_close(s);
    free(s->window);
    s->window = NULL;
    s->cap = 0;
}

void scan_close(struct scan *s)
{
    if (s->fd >= 0)
        s->io->close(s->io, s->fd);
    packed_close(s->packed);
    s->fd = -1;
    s->packed = NULL;
    s->len = 0;
}

void scan_refresh(struct scan *s)
{
    off_t size = s->packed ? (off_t)s->size : s->io->size(s->io, s->fd);

    s->len = 0;
    s->ahead = AHEAD_LEAST;
    if (size >= 0)
        s->size = (uint64_t)size;
}

ssize_t scan_read(struct scan *s, void *buf, size_t len, uint64_t at)
{
    return s->packed ? packed_read(s->packed, buf, len, at)
                     : io_read_full(s->io, s->fd, buf, len, (off_t)at);
}

/* Opens the file of this name. 1, 0: there is none, -1. */
static int open_file(struct scan *s, const char *dir, const char *name, int *fd, struct err *err)
{
    AUTO_FREE char *path = io_join(dir, name);

    *fd = s->io->open(s->io, path, O_RDONLY | O_CLOEXEC, 0);
    if (*fd >= 0)
        return 1;
    return errno == ENOENT ? 0 : err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
}

/* The segment in either form: the compressed one gets its name before the plain one loses its own. */
static int open_either(struct scan *s, const char *dir, const uint8_t id[SEGMENT_ID_BYTES],
                       int64_t first, struct err *err)
{
    char name[SEGMENT_NAME_SIZE];
    off_t size;
    int fd, found;

    segment_name(name, first);
    found = open_file(s, dir, name, &s->fd, err);
    if (found < 0)
        return -1;
    if (found > 0) {
        size = s->io->size(s->io, s->fd);
        s->size = (uint64_t)size;
        return size >= 0 ? 1 : err_set(err, ERR_IO, "read %s: %s", name, strerror(errno));
    }
    segment_name_packed(name, first);
    found = open_file(s, dir, name, &fd, err);
    if (found <= 0)
        return found;
    if (packed_open(&s->packed, s->io, fd, id, first, err) < 0)
        return -1;
    s->size = packed_size(s->packed);
    return 1;
}

int scan_open(struct scan *s, const char *dir, const uint8_t id[SEGMENT_ID_BYTES], int64_t first,
              uint8_t *header, struct err *err)
{
    int found;

    scan_close(s);
    found = open_either(s, dir, id, first, err);
    memset(header, 0, SEGMENT_HEADER_BYTES);
    if (found > 0 && scan_read(s, header, SEGMENT_HEADER_BYTES, 0) < 0)
        found = err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)first, dir,
                        strerror(errno));
    if (found <= 0) {
        scan_close(s);
        return found;
    }
    s->first = first;
    s->seed = segment_seed(id, first);
    s->ahead = AHEAD_LEAST;
    return 1;
}

/* Makes `want` bytes from `at` on readable; returns how many there are, fewer only at the end. */
static ssize_t look(struct scan *s, uint64_t at, size_t want, const uint8_t **out)
{
    uint64_t left = s->size > at ? s->size - at : 0;
    size_t target;
    ssize_t got;

    CHECK(want <= RECORD_MOST_BYTES);
    if (at >= s->at && at - s->at <= s->len && s->len - (at - s->at) >= want) {
        *out = s->window + (at - s->at);
        return (ssize_t)(s->len - (at - s->at));
    }
    target = s->ahead < left ? s->ahead : (size_t)left;
    if (target < want)
        target = want;
    if (target > s->cap) {
        free(s->window);
        s->window = xmalloc(target);
        s->cap = target;
    }
    if (s->ahead < AHEAD_MOST)
        s->ahead *= 2;
    s->len = 0;
    got = scan_read(s, s->window, target, at);
    if (got < 0)
        return -1;
    s->at = at;
    s->len = (size_t)got;
    *out = s->window;
    return got;
}

int scan_record(struct scan *s, uint64_t at, struct segment_record *out)
{
    const uint8_t *p;
    ssize_t n = look(s, at, RECORD_LEAST_BYTES, &p);
    size_t claims;

    if (n < RECORD_LEAST_BYTES)
        return n < 0 ? -1 : 0;
    claims = segment_record_claims(p);
    if (claims > (size_t)n) {
        n = look(s, at, claims, &p);
        if (n < 0)
            return -1;
    }
    return segment_record_parse(out, p, (size_t)n, s->seed);
}

/* Whether all bytes of [from, to) are zero, to within the file. */
static int all_zero(struct scan *s, uint64_t from, uint64_t to)
{
    const uint8_t *p;
    ssize_t n = look(s, from, to - from, &p);

    if (n < 0)
        return -1;
    for (uint64_t i = 0; i < to - from; i++)
        if (i >= (uint64_t)n || p[i])
            return 0;
    return 1;
}

int scan_next(struct scan *s, uint64_t *at, int64_t expected, struct segment_record *out)
{
    uint64_t block = (*at + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK * SEGMENT_BLOCK;
    int found = scan_record(s, *at, out);

    if (found)
        return found < 0 ? -1 : out->position == expected;
    if (block == *at)
        return 0;
    found = all_zero(s, *at, block);
    if (found == 1)
        found = scan_record(s, block, out);
    if (found != 1 || out->position != expected)
        return found < 0 ? -1 : 0;
    *at = block;
    return 1;
}

int scan_resync(struct scan *s, uint64_t *at, int64_t lowest, int64_t highest,
                struct segment_record *out)
{
    const uint8_t *p;

    for (uint64_t off = (*at + 7) & ~UINT64_C(7);; off += 8) {
        ssize_t n = look(s, off, RECORD_LEAST_BYTES, &p);
        int found;

        if (n < RECORD_LEAST_BYTES)
            return n < 0 ? -1 : 0;
        if (segment_record_claims(p) == 0)
            continue;
        found = scan_record(s, off, out);
        if (found < 0)
            return -1;
        if (found && out->position >= lowest && out->position <= highest) {
            *at = off;
            return 1;
        }
    }
}

int scan_content_end(struct scan *s, uint64_t at, uint64_t *end)
{
    uint64_t last = at;
    const uint8_t *p;

    for (uint64_t off = at;;) {
        ssize_t n = look(s, off, 1, &p);

        if (n <= 0) {
            *end = last;
            return n < 0 ? -1 : 0;
        }
        if (p[0] || memcmp(p, p + 1, (size_t)n - 1) != 0) {
            ssize_t i = n;

            while (p[i - 1] == 0)
                i--;
            last = off + (uint64_t)i;
        }
        off += (uint64_t)n;
    }
}

int scan_seal(struct scan *s, struct segment_seal *out)
{
    uint64_t at = s->size - SEGMENT_SEAL_BYTES;
    const uint8_t *p;
    ssize_t n;

    if (s->size < SEGMENT_HEADER_BYTES + SEGMENT_SEAL_BYTES)
        return 0;
    n = look(s, at, SEGMENT_SEAL_BYTES, &p);
    if (n < SEGMENT_SEAL_BYTES)
        return n < 0 ? -1 : 0;
    return segment_seal_parse(out, p, s->seed) && out->end == at && out->first_position == s->first;
}
