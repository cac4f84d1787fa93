/* SPDX-License-Identifier: Apache-2.0 */
/* packed.c: the format of a compressed segment, version 1, and its reader. squeeze.c writes them.
 *
 * `00000000000000000001.seg.zst` stands in place of the sealed segment of that name and holds all of
 * its bytes: `zstd -d` gives back the .seg. Numbers are little-endian:
 *
 *   frames: of each 131072 bytes of the segment, the last of what is left, one zstd frame that says
 *     how large its content is; no dictionary, no checksum of zstd's own
 *   table: a frame that zstd skips
 *      0  4  0x184D2A57            4  4  bytes behind these 8
 *      8  4  version, 1           12  4  number of frames, n: 1..2^17
 *     16 16  journal id           32  8  first position, as in the name
 *     40  8  size of the segment  48  4  131072
 *     52  8  for each frame: its bytes (4), their CRC-32C, begun from the segment's seed (4)
 *   then, as its last 16 bytes and the file's
 *         4  size of the whole table
 *         4  CRC-32C of the table up to here, begun from the segment's seed
 *         8  "WEIRPACK"
 *
 * A reader must reject: a table with a wrong mark, CRC, version, id, position or frame size, or whose
 * frames do not fill the file and the segment exactly; a frame whose CRC differs or that gives
 * another number of bytes. Without a table it may walk from frame to frame: what is in them is proven
 * by the records' own checksums. */
#include "journal/packed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/little.h"
#include "base/mem.h"

enum {
    SKIP_MAGIC = 0x184D2A57,
    VERSION = 1,
    FRAMES_MOST = 1 << 17,
    ENTRIES_AT = 52,
    ENTRY_BYTES = 8,
    END_BYTES = 16,
    FRAME_MOST = PACKED_FRAME + (PACKED_FRAME >> 8) + 64, /* what zstd makes of one at worst */
};

static const char magic[8] = "WEIRPACK";

struct packed {
    const struct io *io;
    int fd;
    uint32_t seed;
    uint64_t size; /* of the segment inside */
    uint64_t file_bytes;
    const char *wrong;
    struct packed_frame *frames;
    size_t count;
    ZSTD_DCtx *zstd;
    uint8_t *in, *out; /* FRAME_MOST, PACKED_FRAME; */
    size_t loaded; /* the frame that `out` holds, count: none */
    bool sound; /* that frame verified */
};

size_t packed_table_bytes(size_t count)
{
    return ENTRIES_AT + count * ENTRY_BYTES + END_BYTES;
}

void packed_table_write(uint8_t *out, const struct packed_frame *frames, size_t count,
                        uint64_t segment_bytes, const uint8_t id[SEGMENT_ID_BYTES], int64_t first)
{
    size_t bytes = packed_table_bytes(count);
    uint8_t *end = out + bytes - END_BYTES;

    CHECK(count > 0 && count <= FRAMES_MOST);
    put32(out, SKIP_MAGIC);
    put32(out + 4, (uint32_t)bytes - 8);
    put32(out + 8, VERSION);
    put32(out + 12, (uint32_t)count);
    memcpy(out + 16, id, SEGMENT_ID_BYTES);
    put64(out + 32, (uint64_t)first);
    put64(out + 40, segment_bytes);
    put32(out + 48, PACKED_FRAME);
    for (size_t i = 0; i < count; i++) {
        put32(out + ENTRIES_AT + i * ENTRY_BYTES, frames[i].bytes);
        put32(out + ENTRIES_AT + i * ENTRY_BYTES + 4, frames[i].check);
    }
    put32(end, (uint32_t)bytes);
    put32(end + 4, crc32c(segment_seed(id, first), out, bytes - END_BYTES + 4));
    memcpy(end + 8, magic, sizeof magic);
}

/* Bytes of the segment in frame i. */
static size_t content(const struct packed *p, size_t i)
{
    uint64_t from = (uint64_t)i * PACKED_FRAME;

    return p->size - from < PACKED_FRAME ? p->size - from : PACKED_FRAME;
}

static bool is_table(const uint8_t *table, size_t bytes, const uint8_t id[SEGMENT_ID_BYTES],
                     int64_t first)
{
    const uint8_t *end = table + bytes - END_BYTES;

    return get32(end + 4) == crc32c(segment_seed(id, first), table, bytes - END_BYTES + 4) &&
           get32(table) == SKIP_MAGIC && get32(table + 4) == bytes - 8 &&
           get32(table + 8) == VERSION && get32(table + 48) == PACKED_FRAME &&
           memcmp(table + 16, id, SEGMENT_ID_BYTES) == 0 && get64(table + 32) == (uint64_t)first &&
           packed_table_bytes(get32(table + 12)) == bytes;
}

/* Takes the frames that the table lists; false where they do not fit the file or the segment. */
static bool take_frames(struct packed *p, const uint8_t *table, size_t table_bytes)
{
    size_t count = get32(table + 12);
    uint64_t at = 0, size = get64(table + 40);

    if (count == 0 || size <= (uint64_t)(count - 1) * PACKED_FRAME ||
        size > (uint64_t)count * PACKED_FRAME)
        return false;
    p->frames = xcalloc(count, sizeof *p->frames);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = table + ENTRIES_AT + i * ENTRY_BYTES;

        p->frames[i] =
            (struct packed_frame){.at = at, .bytes = get32(entry), .check = get32(entry + 4)};
        at += p->frames[i].bytes;
        if (p->frames[i].bytes == 0 || p->frames[i].bytes > FRAME_MOST)
            return false;
    }
    p->count = count;
    p->size = size;
    return at == p->file_bytes - table_bytes;
}

/* 1; 0 where there is none that verifies; -1 and errno. */
static int read_table(struct packed *p, const uint8_t id[SEGMENT_ID_BYTES], int64_t first)
{
    AUTO_FREE uint8_t *table = NULL;
    uint8_t end[END_BYTES];
    uint64_t bytes;
    ssize_t got;

    if (p->file_bytes < packed_table_bytes(1))
        return 0;
    got = io_read_full(p->io, p->fd, end, sizeof end, (off_t)(p->file_bytes - sizeof end));
    if (got < 0)
        return -1;
    bytes = get32(end);
    if (got < END_BYTES || memcmp(end + 8, magic, sizeof magic) != 0 || bytes > p->file_bytes ||
        bytes < packed_table_bytes(1) || bytes > packed_table_bytes(FRAMES_MOST))
        return 0;
    table = xmalloc(bytes);
    got = io_read_full(p->io, p->fd, table, bytes, (off_t)(p->file_bytes - bytes));
    if (got < 0)
        return -1;
    return (uint64_t)got == bytes && is_table(table, bytes, id, first) &&
           take_frames(p, table, bytes);
}

/* Without a table: from frame to frame, as long as they look like ours. */
static int walk_frames(struct packed *p)
{
    size_t cap = 0;
    uint64_t at = 0;

    free(p->frames);
    p->frames = NULL;
    p->count = 0;
    p->size = 0;
    while (p->count < FRAMES_MOST && p->size % PACKED_FRAME == 0) {
        ssize_t got = io_read_full(p->io, p->fd, p->in, FRAME_MOST, (off_t)at);
        unsigned long long holds;
        size_t bytes;

        if (got < 0)
            return -1;
        bytes = ZSTD_findFrameCompressedSize(p->in, (size_t)got);
        holds = ZSTD_isError(bytes) ? 0 : ZSTD_getFrameContentSize(p->in, (size_t)got);
        if (holds == 0 || holds > PACKED_FRAME)
            break;
        if (p->count == cap) {
            cap = cap ? cap * 2 : 64;
            p->frames = xrealloc(p->frames, cap, sizeof *p->frames);
        }
        p->frames[p->count++] = (struct packed_frame){
            .at = at, .bytes = (uint32_t)bytes, .check = crc32c(p->seed, p->in, bytes)};
        at += bytes;
        p->size += holds;
    }
    return 0;
}

static int load_table(struct packed *p, const uint8_t id[SEGMENT_ID_BYTES], int64_t first,
                      struct err *err)
{
    off_t size = p->io->size(p->io, p->fd);
    int found = -1;

    if (size >= 0) {
        p->file_bytes = (uint64_t)size;
        found = read_table(p, id, first);
    }
    if (found == 0) {
        p->wrong = "the table of the compressed segment does not verify";
        found = walk_frames(p);
    }
    if (found < 0)
        return err_set(err, ERR_IO, "read compressed segment %lld: %s", (long long)first,
                       strerror(errno));
    p->loaded = p->count;
    return 0;
}

int packed_open(struct packed **out, const struct io *io, int fd,
                const uint8_t id[SEGMENT_ID_BYTES], int64_t first, struct err *err)
{
    struct packed *p = xcalloc(1, sizeof *p);

    CHECK(fd >= 0);
    p->io = io;
    p->fd = fd;
    p->seed = segment_seed(id, first);
    p->in = xmalloc(FRAME_MOST);
    p->out = xmalloc(PACKED_FRAME);
    p->zstd = ZSTD_createDCtx();
    CHECK(p->zstd && ZSTD_compressBound(PACKED_FRAME) <= FRAME_MOST);
    if (load_table(p, id, first, err) < 0) {
        packed_close(p);
        return -1;
    }
    *out = p;
    return 0;
}

void packed_close(struct packed *p)
{
    if (!p)
        return;
    p->io->close(p->io, p->fd);
    ZSTD_freeDCtx(p->zstd);
    free(p->frames);
    free(p->in);
    free(p->out);
    free(p);
}

uint64_t packed_size(const struct packed *p)
{
    return p->size;
}

uint64_t packed_file_bytes(const struct packed *p)
{
    return p->file_bytes;
}

const char *packed_wrong(const struct packed *p)
{
    return p->wrong;
}

void packed_place(const struct packed *p, uint64_t at, uint64_t len, uint64_t *file_at,
                  uint64_t *file_bytes)
{
    size_t first = at / PACKED_FRAME, last = (at + (len ? len - 1 : 0)) / PACKED_FRAME;

    *file_at = p->file_bytes;
    *file_bytes = 0;
    for (size_t i = first; i <= last && i < p->count; i++) {
        if (i == first)
            *file_at = p->frames[i].at;
        *file_bytes += p->frames[i].bytes;
    }
}

size_t packed_frames(const struct packed *p)
{
    return p->count;
}

int packed_check(struct packed *p, size_t i)
{
    const struct packed_frame *f = &p->frames[i];
    size_t want = content(p, i);
    ssize_t got;

    CHECK(i < p->count);
    if (p->loaded == i)
        return p->sound;
    p->loaded = p->count;
    got = io_read_full(p->io, p->fd, p->in, f->bytes, (off_t)f->at);
    if (got < 0)
        return -1;
    p->sound = (size_t)got == f->bytes && crc32c(p->seed, p->in, f->bytes) == f->check &&
               ZSTD_decompressDCtx(p->zstd, p->out, PACKED_FRAME, p->in, f->bytes) == want;
    if (!p->sound)
        memset(p->out, 0xff, want);
    p->loaded = i;
    return p->sound;
}

ssize_t packed_read(struct packed *p, void *buf, size_t len, uint64_t at)
{
    uint8_t *to = buf;
    size_t done = 0;

    if (at >= p->size)
        return 0;
    if (len > p->size - at)
        len = p->size - at;
    while (done < len) {
        size_t i = (at + done) / PACKED_FRAME, from = (at + done) % PACKED_FRAME;
        size_t n = content(p, i) - from;

        if (packed_check(p, i) < 0)
            return -1;
        if (n > len - done)
            n = len - done;
        memcpy(to + done, p->out + from, n);
        done += n;
    }
    return (ssize_t)len;
}
