/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c: the file `checkpoint`, two places of equal size that are written in turn.
 *
 *   a place:  0  8  "WEIRLCP1"    8  8  number     16  8  position    24  8  book    32  8  rows used
 *            40  4  count        44  4  CRC-32C of the place up to the last row, this field as zero
 *            48 48  each row: row, accepted, quarantined, bytes of these, notes, unseen (8 bytes each)
 *
 * Why: the kernel writes the pages of a mapping back in any order, so that after a power cut one
 * row may be older than another. What the journal can prove is therefore taken from here, from one
 * moment, and counted on from its position. A torn place fails its CRC; then the other one, a second
 * older, serves as well. A reader must reject: another magic or CRC, more rows than fit. */
#include "ledger/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum { HEAD_BYTES = 48, CRC_AT = 44, PLACE_STEP = 4096, FILE_MOST = 64 << 20 };

static const char magic[8] = "WEIRLCP1";

const unsigned checkpoint_cells[CHECKPOINT_CELLS] = {
    LEDGER_ACCEPTED, LEDGER_QUARANTINED, LEDGER_QUARANTINED_BYTES, LEDGER_NOTES, LEDGER_UNSEEN};

_Static_assert(sizeof(struct checkpoint_row) == 48, "a row is as in the file");

static uint32_t place_crc(const uint8_t *place, size_t len)
{
    const uint8_t zero[4] = {0};
    uint32_t crc = crc32c(0, place, CRC_AT);

    crc = crc32c(crc, zero, sizeof zero);
    return crc32c(crc, place + HEAD_BYTES, len - HEAD_BYTES);
}

static bool read_place(struct checkpoint *out, const uint8_t *place, size_t bytes)
{
    uint32_t crc;
    size_t len;

    memcpy(&out->number, place + 8, 8);
    memcpy(&out->position, place + 16, 8);
    memcpy(&out->book, place + 24, 8);
    memcpy(&out->rows_used, place + 32, 8);
    memcpy(&out->count, place + 40, 4);
    memcpy(&crc, place + CRC_AT, 4);
    len = HEAD_BYTES + (size_t)out->count * sizeof *out->rows;
    if (memcmp(place, magic, sizeof magic) != 0 || len > bytes || out->position < 0)
        return false;
    return crc == place_crc(place, len);
}

int checkpoint_read(struct checkpoint *out, const struct io *io, const char *dir, struct err *err)
{
    AUTO_FREE char *path = io_join(dir, "checkpoint");
    struct checkpoint places[2];
    const uint8_t *best = NULL;
    struct err why = {0};
    struct str file;

    if (io_read_file(io, path, FILE_MOST, &file, &why) < 0) {
        int fd = io->open(io, path, O_RDONLY | O_CLOEXEC, 0);

        if (fd < 0 && errno == ENOENT)
            return 0;
        if (fd >= 0)
            io->close(io, fd);
        return err_set(err, ERR_IO, "%s", why.text);
    }
    for (size_t i = 0; i < 2 && file.len >= 2 * PLACE_STEP; i++) {
        const uint8_t *place = (const uint8_t *)file.ptr + i * (file.len / 2);

        if (read_place(&places[i], place, file.len / 2) &&
            (!best || places[i].number > out->number)) {
            best = place;
            *out = places[i];
        }
    }
    if (best) {
        out->rows = xcalloc(out->count + 1u, sizeof *out->rows);
        memcpy(out->rows, best + HEAD_BYTES, out->count * sizeof *out->rows);
    }
    free((char *)file.ptr);
    return best ? 1 : err_set(err, ERR_CORRUPT, "%s: neither of its halves verifies", path);
}

static size_t fill(uint8_t *place, size_t bytes, const struct checkpoint *c)
{
    size_t len = HEAD_BYTES + (size_t)c->count * sizeof *c->rows;
    uint32_t crc;

    CHECK(len <= bytes);
    memset(place, 0, HEAD_BYTES);
    memcpy(place, magic, sizeof magic);
    memcpy(place + 8, &c->number, 8);
    memcpy(place + 16, &c->position, 8);
    memcpy(place + 24, &c->book, 8);
    memcpy(place + 32, &c->rows_used, 8);
    memcpy(place + 40, &c->count, 4);
    if (c->count)
        memcpy(place + HEAD_BYTES, c->rows, c->count * sizeof *c->rows);
    crc = place_crc(place, len);
    memcpy(place + CRC_AT, &crc, 4);
    return len;
}

/* The file that is there, if it has the room. */
static bool open_place(struct checkpoints *c, const char *path, size_t need)
{
    off_t size;

    c->fd = c->io->open(c->io, path, O_RDWR | O_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    size = c->io->size(c->io, c->fd);
    c->place_bytes = size > 0 ? (size_t)size / 2 : 0;
    if (size <= FILE_MOST && c->place_bytes >= need && c->place_bytes % PLACE_STEP == 0)
        return true;
    c->io->close(c->io, c->fd);
    c->fd = -1;
    return false;
}

int checkpoints_begin(struct checkpoints *out, const struct io *io, const char *dir, uint32_t most,
                      const struct checkpoint *first, bool reuse, struct err *err)
{
    AUTO_FREE char *path = io_join(dir, "checkpoint");
    size_t need = HEAD_BYTES + (size_t)most * sizeof *first->rows;
    size_t bytes = (need + PLACE_STEP - 1) / PLACE_STEP * PLACE_STEP;
    struct checkpoints c = {.io = io, .fd = -1, .number = first->number - 1};

    if (!reuse || !open_place(&c, path, need)) {
        AUTO_FREE uint8_t *file = xcalloc(2, bytes);

        fill(file + first->number % 2 * bytes, bytes, first);
        if (io_replace_file(io, path, 0640, str_of(file, 2 * bytes), err) < 0)
            return -1;
        if (!open_place(&c, path, need))
            return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    }
    c.bytes = xcalloc(1, c.place_bytes);
    if (checkpoints_write(&c, first, err) < 0) {
        checkpoints_end(&c);
        return -1;
    }
    *out = c;
    return 0;
}

int checkpoints_write(struct checkpoints *c, const struct checkpoint *next, struct err *err)
{
    struct iovec iov = {.iov_base = c->bytes};

    CHECK(next->number > c->number);
    iov.iov_len = fill(c->bytes, c->place_bytes, next);
    c->number = next->number;
    if (io_write_all(c->io, c->fd, &iov, 1, (off_t)(next->number % 2 * c->place_bytes)) < 0 ||
        c->io->fdatasync(c->io, c->fd) < 0)
        return err_set(err, ERR_IO, "write the ledger's checkpoint: %s", strerror(errno));
    return 0;
}

void checkpoints_end(struct checkpoints *c)
{
    if (c->fd >= 0)
        c->io->close(c->io, c->fd);
    free(c->bytes);
    c->fd = -1;
    c->bytes = NULL;
}
