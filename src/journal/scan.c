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
    s->fd = -1;
    s->len = 0;
}

void scan_refresh(struct scan *s)
{
    off_t size = s->io->size(s->io, s->fd);

    s->len = 0;
    s->ahead = AHEAD_LEAST;
    if (size >= 0)
        s->size = (uint64_t)size;
}

int scan_open(struct scan *s, const char *dir, const uint8_t id[SEGMENT_ID_BYTES], int64_t first,
              uint8_t *header, struct err *err)
{
    char name[SEGMENT_NAME_SIZE];
    AUTO_FREE char *path = NULL;
    ssize_t got = -1;
    off_t size;

    segment_name(name, first);
    path = io_join(dir, name);
    scan_close(s);
    s->fd = s->io->open(s->io, path, O_RDONLY | O_CLOEXEC, 0);
    if (s->fd < 0 && errno == ENOENT)
        return 0;
    if (s->fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    memset(header, 0, SEGMENT_HEADER_BYTES);
    size = s->io->size(s->io, s->fd);
    if (size >= 0)
        got = io_read_full(s->io, s->fd, header, SEGMENT_HEADER_BYTES, 0);
    if (got < 0) {
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
        scan_close(s);
        return -1;
    }
    s->first = first;
    s->seed = segment_seed(id, first);
    s->size = (uint64_t)size;
    s->ahead = AHEAD_LEAST;
    return 1;
}

/* Makes `want` bytes from `at` on readable; returns how many there are, fewer only at the end. */
static ssize_t look(struct scan *s, uint64_t at, size_t want, const uint8_t **out)
{
    size_t target;
    ssize_t got;

    CHECK(want <= RECORD_MOST_BYTES);
    if (at >= s->at && at - s->at <= s->len && s->len - (at - s->at) >= want) {
        *out = s->window + (at - s->at);
        return (ssize_t)(s->len - (at - s->at));
    }
    target = want > s->ahead ? want : s->ahead;
    if (target > s->cap) {
        free(s->window);
        s->window = xmalloc(target);
        s->cap = target;
    }
    if (s->ahead < AHEAD_MOST)
        s->ahead *= 2;
    s->len = 0;
    got = io_read_full(s->io, s->fd, s->window, target, (off_t)at);
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
