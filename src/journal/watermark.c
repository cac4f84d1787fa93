/* SPDX-License-Identifier: Apache-2.0 */
/* watermark.c: the file `commit`, 4096 bytes, mapped by the writer and by every reader.
 *
 *     0  8  "WEIRCMT1"            8  4  version, 1            12  4  zero
 *    16 16  journal id           32  8  time of creation     40  4  CRC-32C of bytes 0..39
 *    64  8  word: durable       128  8  word: head          192  8  word: floor
 *   the rest is zero; numbers are little-endian
 *
 *   word: position * 65536 + check, check = the two halves of CRC-32C(journal id, offset of the word
 *   (8 bytes), position (8 bytes)) exclusive-or'ed. So a word is one atomic store, and damage shows.
 *
 * The writer stores `durable` only after fdatasync has returned for all records up to there. The
 * kernel writes the page back when it likes: any version of it that a power cut leaves on the disk
 * was true when it was stored, so what it says is a lower bound of what is durable, never too much.
 * Readers give nothing out that is past it. `head` and `floor` likewise never claim what is not yet
 * so: the segment's file and folder entry are durable before `head` names it, and segments are
 * deleted only after `floor` has passed them.
 *
 * A reader must reject: another size, magic, version or CRC; a word whose check differs. */
#include "journal/watermark.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum { FILE_BYTES = 4096, VERSION = 1, CRC_AT = 40, FIRST_WORD = 64, WORD_STEP = 64 };

static const char magic[8] = "WEIRCMT1";

static uint64_t encode(const uint8_t id[16], enum watermark_word which, int64_t position)
{
    uint64_t parts[2] = {htole64(FIRST_WORD + WORD_STEP * (uint64_t)which),
                         htole64((uint64_t)position)};
    uint32_t crc = crc32c(crc32c(0, id, 16), parts, sizeof parts);

    return (uint64_t)position << 16 | ((crc ^ crc >> 16) & 0xffff);
}

static uint64_t *word_at(const struct watermark *w, enum watermark_word which)
{
    return (uint64_t *)(void *)(w->map + FIRST_WORD + WORD_STEP * (size_t)which);
}

int64_t watermark_get(const struct watermark *w, enum watermark_word which)
{
    uint64_t word = le64toh(__atomic_load_n(word_at(w, which), __ATOMIC_ACQUIRE));
    int64_t position = (int64_t)(word >> 16);

    return encode(w->id, which, position) == word ? position : -1;
}

void watermark_set(struct watermark *w, enum watermark_word which, int64_t position)
{
    CHECK(position >= 0 && position < INT64_C(1) << 47);
    __atomic_store_n(word_at(w, which), htole64(encode(w->id, which, position)), __ATOMIC_RELEASE);
}

static void fill(uint8_t *out, const uint8_t id[16])
{
    struct watermark w = {.map = out};
    uint64_t created = htole64((uint64_t)clock_now_us());
    uint32_t version = htole32(VERSION), crc;

    memset(out, 0, FILE_BYTES);
    memcpy(out, magic, 8);
    memcpy(out + 8, &version, 4);
    memcpy(out + 16, id, 16);
    memcpy(out + 32, &created, 8);
    crc = htole32(crc32c(0, out, CRC_AT));
    memcpy(out + CRC_AT, &crc, 4);
    memcpy(w.id, id, 16);
    watermark_set(&w, WATERMARK_DURABLE, 0);
    watermark_set(&w, WATERMARK_HEAD, 1);
    watermark_set(&w, WATERMARK_FLOOR, 1);
}

int watermark_create(const struct io *io, const char *dir, const uint8_t id[16], struct err *err)
{
    AUTO_FREE char *path = io_join(dir, "commit");
    _Alignas(8) uint8_t bytes[FILE_BYTES];

    fill(bytes, id);
    return io_replace_file(io, path, 0640, str_of(bytes, sizeof bytes), err);
}

static int check_header(struct watermark *w, const char *path, struct err *err)
{
    uint32_t version, crc;

    memcpy(&version, w->map + 8, 4);
    memcpy(&crc, w->map + CRC_AT, 4);
    if (memcmp(w->map, magic, 8) != 0 || le32toh(crc) != crc32c(0, w->map, CRC_AT))
        return err_set(err, ERR_CORRUPT, "%s: damaged, or not a journal's commit file", path);
    if (le32toh(version) != VERSION)
        return err_set(err, ERR_USAGE, "%s: format version %u, this program reads %d", path,
                       le32toh(version), VERSION);
    memcpy(w->id, w->map + 16, 16);
    return 0;
}

int watermark_open(struct watermark *out, const struct io *io, const char *dir, bool writable,
                   struct err *err)
{
    AUTO_FREE char *path = io_join(dir, "commit");
    struct watermark w = {.io = io, .fd = -1};
    off_t size;

    *out = w;
    w.fd = io->open(io, path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0);
    if (w.fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (w.fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    size = io->size(io, w.fd);
    if (size < 0) { /* not known: never to be taken for a damaged file, which would be made anew */
        err_set(err, ERR_IO, "read the size of %s: %s", path, strerror(errno));
        goto fail;
    }
    if (size != FILE_BYTES) {
        err_set(err, ERR_CORRUPT, "%s: not %d bytes long", path, FILE_BYTES);
        goto fail;
    }
    w.map = io->map(io, w.fd, FILE_BYTES, writable);
    if (!w.map) {
        err_set(err, ERR_IO, "map %s: %s", path, strerror(errno));
        goto fail;
    }
    if (check_header(&w, path, err) < 0)
        goto fail;
    *out = w;
    return 1;

fail:
    watermark_close(&w);
    return -1;
}

void watermark_close(struct watermark *w)
{
    if (w->map)
        w->io->unmap(w->io, w->map, FILE_BYTES);
    if (w->io && w->fd >= 0)
        w->io->close(w->io, w->fd);
    w->map = NULL;
    w->fd = -1;
}
