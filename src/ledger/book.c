/* SPDX-License-Identifier: Apache-2.0 */
/* book.c: the ledger's files, `NNNNNNNN.book`, numbered from 1. They are mapped, and counting is an
 * atomic addition in the mapping, which the kernel keeps whatever becomes of the process.
 *
 *      0  8  "WEIRLDG1"      8  4  version, 1     12  4  rows       16  8  number
 *     24  8  time of creation (microseconds)      32  4  reasons    36 24  each reason's name, to 900
 *    900  4  CRC-32C of bytes 0..899
 *   1024 32  words that change, 8 bytes each: first, ended, counted, clean (book.h)
 *   4096     rows of 512 bytes:
 *              0  8  hour since 1970    8  1  length of the name, 0: free     9 64  source's name
 *            120  4  number of the book, its low half                       124  4  CRC-32C of 0..123
 *            128  8  each of 48 counters: enum ledger_cell, then the reasons in the header's order
 *
 * Numbers are little-endian. A file is made whole, of written zeros, before it gets its name, so
 * that neither a full disk nor a hole can stop an addition. A row is taken by writing its first 128
 * bytes and never given back; counters have no check: what is wrong with them shows as a residue.
 * A reader must reject: another magic, version, size or CRC; and skip a row that does not verify. */
#include "ledger/book.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum {
    VERSION = 1,
    REASONS_AT = 36,
    REASON_BYTES = LEDGER_REASON_MAX + 1,
    CRC_AT = 900,
    WORDS_AT = 1024,
    ROWS_LEAST = 1,
    ROWS_MOST = 1 << 22, /* 2 GiB */
};

static const char magic[8] = "WEIRLDG1";

_Static_assert(sizeof(struct book_row) == BOOK_ROW_BYTES, "a row is as in the file");
_Static_assert(offsetof(struct book_row, crc) == 124, "its CRC is where it must be");
_Static_assert(REASONS_AT + REASON_BYTES * LEDGER_REASONS_MAX <= CRC_AT, "all reasons fit");
_Static_assert(LEDGER_REASONS + LEDGER_REASONS_MAX <= LEDGER_CELLS, "each has its counter");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are used where they lie");

void book_name(char out[BOOK_NAME_SIZE], uint64_t number)
{
    snprintf(out, BOOK_NAME_SIZE, "%08" PRIu64 ".book", number);
}

uint64_t book_number(const char *name)
{
    struct str whole = str_from(name);
    uint64_t number;

    if (whole.len < 6 || !str_is(str_slice(whole, whole.len - 5, 5), ".book") ||
        str_to_u64(str_slice(whole, 0, whole.len - 5), &number) < 0)
        return 0;
    return number;
}

/* The header's fixed part, and words of a book that is not in use. */
static void fill_header(uint8_t *out, uint64_t number, uint32_t rows, const char *const *reasons,
                        uint32_t reason_count)
{
    const uint32_t version = VERSION;
    const int64_t created = clock_now_us(), none = -1;
    uint32_t crc;

    CHECK(reason_count <= LEDGER_REASONS_MAX);
    memset(out, 0, BOOK_HEADER_BYTES);
    memcpy(out, magic, sizeof magic);
    memcpy(out + 8, &version, 4);
    memcpy(out + 12, &rows, 4);
    memcpy(out + 16, &number, 8);
    memcpy(out + 24, &created, 8);
    memcpy(out + 32, &reason_count, 4);
    for (uint32_t i = 0; i < reason_count; i++) {
        CHECK(strlen(reasons[i]) <= LEDGER_REASON_MAX);
        memcpy(out + REASONS_AT + (size_t)i * REASON_BYTES, reasons[i], strlen(reasons[i]));
    }
    crc = crc32c(0, out, CRC_AT);
    memcpy(out + CRC_AT, &crc, 4);
    memcpy(out + WORDS_AT, &none, 8);
    memcpy(out + WORDS_AT + 8, &none, 8);
}

static void set_places(struct book *b)
{
    b->words = (struct book_words *)(void *)(b->bytes + WORDS_AT);
    b->rows = (struct book_row *)(void *)(b->bytes + BOOK_HEADER_BYTES);
}

int book_create(const struct io *io, const char *dir, uint64_t number, uint32_t rows,
                const char *const *reasons, unsigned reason_count, struct err *err)
{
    size_t len = BOOK_HEADER_BYTES + (size_t)rows * BOOK_ROW_BYTES;
    AUTO_FREE uint8_t *bytes = xcalloc(1, len);
    char name[BOOK_NAME_SIZE];
    AUTO_FREE char *path = NULL;

    book_name(name, number);
    path = io_join(dir, name);
    fill_header(bytes, number, rows, reasons, reason_count);
    return io_replace_file(io, path, 0640, str_of(bytes, len), err);
}

void book_imagine(struct book *out, uint64_t number, uint32_t rows, const char *const *reasons,
                  unsigned reason_count)
{
    *out = (struct book){.fd = -1, .number = number, .rows_max = rows};
    out->len = BOOK_HEADER_BYTES + (size_t)rows * BOOK_ROW_BYTES;
    out->bytes = xcalloc(1, out->len);
    out->reason_count = reason_count;
    fill_header(out->bytes, number, rows, reasons, reason_count);
    set_places(out);
}

bool book_row_is_sound(const struct book *b, const struct book_row *row)
{
    return row->name_len > 0 && row->name_len <= LEDGER_NAME_MAX &&
           row->salt == (uint32_t)b->number && row->crc == crc32c(0, row, 124);
}

/* A row whose taking was cut short has counted nothing: nothing is lost with it. */
static bool counts_anything(const struct book_row *row)
{
    for (unsigned c = 0; c < LEDGER_CELLS; c++)
        if (row->cells[c])
            return true;
    return false;
}

/* Finds the rows in use; those that do not verify stay where they are, and are not looked at. */
static unsigned look_at_rows(struct book *b)
{
    static const uint8_t zeros[128];
    unsigned bad = 0;

    b->rows_used = 0;
    for (uint32_t i = 0; i < b->rows_max; i++) {
        if (memcmp(&b->rows[i], zeros, sizeof zeros) == 0)
            continue;
        b->rows_used = i + 1;
        bad += !book_row_is_sound(b, &b->rows[i]) && counts_anything(&b->rows[i]);
    }
    return bad;
}

static int check_header(struct book *b, const char *path, struct err *err)
{
    uint32_t version, crc, reasons;
    uint64_t number;

    memcpy(&version, b->bytes + 8, 4);
    memcpy(&b->rows_max, b->bytes + 12, 4);
    memcpy(&number, b->bytes + 16, 8);
    memcpy(&reasons, b->bytes + 32, 4);
    memcpy(&crc, b->bytes + CRC_AT, 4);
    if (memcmp(b->bytes, magic, sizeof magic) != 0 || crc != crc32c(0, b->bytes, CRC_AT))
        return err_set(err, ERR_CORRUPT, "%s: the header does not verify", path);
    if (version != VERSION)
        return err_set(err, ERR_USAGE, "%s: format version %u, this program reads %d", path,
                       version, VERSION);
    if (number != b->number || reasons > LEDGER_REASONS_MAX || b->rows_max < ROWS_LEAST ||
        b->rows_max > ROWS_MOST ||
        b->len != BOOK_HEADER_BYTES + (size_t)b->rows_max * BOOK_ROW_BYTES)
        return err_set(err, ERR_CORRUPT, "%s: its size or number is not what it says", path);
    set_places(b);
    if (b->words->first < -1 || b->words->ended < -1 || b->words->counted < 0 ||
        b->words->counted < b->words->first)
        return err_set(err, ERR_CORRUPT, "%s: its positions make no sense", path);
    b->reason_count = reasons;
    return 0;
}

static int get_bytes(struct book *b, const char *path, enum book_access access, struct err *err)
{
    off_t size = b->io->size(b->io, b->fd);

    if (size < 0)
        return err_set(err, ERR_IO, "look at %s: %s", path, strerror(errno));
    if (size < BOOK_HEADER_BYTES || size > BOOK_HEADER_BYTES + (off_t)ROWS_MOST * BOOK_ROW_BYTES)
        return err_set(err, ERR_CORRUPT, "%s: no ledger has %lld bytes", path, (long long)size);
    b->len = (size_t)size;
    if (access == BOOK_MAPPED) {
        b->bytes = b->io->map(b->io, b->fd, b->len, true);
        return b->bytes ? 0 : err_set(err, ERR_IO, "map %s: %s", path, strerror(errno));
    }
    b->bytes = xmalloc(b->len);
    if (io_read_full(b->io, b->fd, b->bytes, b->len, 0) != (ssize_t)b->len)
        return err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    b->io->close(b->io, b->fd);
    b->fd = -1;
    return 0;
}

int book_open(struct book *out, const struct io *io, const char *dir, uint64_t number,
              enum book_access access, unsigned *bad, struct err *err)
{
    struct book b = {.io = io, .number = number};
    char name[BOOK_NAME_SIZE];
    AUTO_FREE char *path = NULL;

    book_name(name, number);
    path = io_join(dir, name);
    b.fd = io->open(io, path, (access == BOOK_MAPPED ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0);
    if (b.fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    if (get_bytes(&b, path, access, err) < 0 || check_header(&b, path, err) < 0) {
        book_close(&b);
        return -1;
    }
    *bad = look_at_rows(&b);
    *out = b;
    return 0;
}

void book_close(struct book *b)
{
    if (b->fd >= 0) {
        if (b->bytes)
            b->io->unmap(b->io, b->bytes, b->len);
        b->io->close(b->io, b->fd);
    } else {
        free(b->bytes);
    }
    *b = (struct book){.fd = -1};
}

const char *book_reason(const struct book *b, unsigned reason)
{
    const char *text = (const char *)b->bytes + REASONS_AT + (size_t)reason * REASON_BYTES;

    CHECK(reason < b->reason_count);
    return text[REASON_BYTES - 1] == '\0' ? text : "";
}

struct book_row *book_take(struct book *b, int64_t hour, struct str name)
{
    struct book_row *row;

    CHECK(name.len > 0 && name.len <= LEDGER_NAME_MAX);
    if (b->rows_used == b->rows_max)
        return NULL;
    row = &b->rows[b->rows_used++];
    row->hour = hour;
    memcpy(row->name, name.ptr, name.len);
    row->salt = (uint32_t)b->number;
    row->name_len = (uint8_t)name.len;
    row->crc = crc32c(0, row, 124);
    return row;
}
