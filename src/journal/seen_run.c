/* SPDX-License-Identifier: Apache-2.0 */
/* seen_run.c: the format of the files *.ids, version 1, and looking into them.
 *
 * All numbers are little-endian. A file holds the keys (id, kind, source) of all records with
 * positions first..last, as far as those have keys:
 *
 *   header, a multiple of 4096 bytes
 *      0  8  "WEIRIDS1"
 *      8  4  version, 1                    12  4  size of this header
 *     16 16  journal id
 *     32  8  first position                40  8  last position
 *     48  8  number of keys
 *     56  8  pages in the table            64  8  pages in the file
 *     72  8  complete from: keys of positions before it had been forgotten on purpose
 *     80  8  the journal's clock, microseconds; see seen.h
 *     88  8  the same before its first key
 *     96  4  number of classes            100  4  zero
 *    104     classes: kind (1), zero (1), bytes of the name (2), name of the source
 *            zeros
 *     -4  4  CRC-32C of all before it in the header
 *
 *   page, 4096 bytes
 *      0  4  CRC-32C of bytes 4..4095, begun from that of journal id, first, last, number of the
 *            page (8 bytes each)
 *      4  2  number of entries, at most 170
 *      6 10  zeros
 *     16     entries of 24 bytes: id (16), position * 65536 + class (8); zeros behind
 *
 * An entry belongs to page hash * pages >> 64, where pages are those of the table and hash is
 * seen_hash of its id. A page has its entries in the order of their hashes; what a full page has no
 * room for stands first in the next, and so on, over the table's end. So a look-up reads the page of
 * its hash, and the next one only where that is full and ends with a hash that is not above.
 *
 * A file whose header does not verify, of another version, journal or length is worth nothing: the
 * keys are in the journal itself, and the file is made again from there. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "journal/seen_write.h"

enum {
    VERSION = 1,
    CLASSES_AT = 104,
    CLASS_BYTES = 4, /* before the name */
    HEADER_MOST = 16 << 20,
    ENTRIES_AT = 16,
    ENTRY_BYTES = 24,
    DIGITS = 15,
    CURSOR_PAGES = 16,
};

/* No journal was open for so long; sums with it do not overflow. */
#define CLOCK_MOST (INT64_MAX / 4)

static const char magic[8] = "WEIRIDS1";

_Static_assert(sizeof(struct seen_entry) == ENTRY_BYTES, "entries are copied as they are");
_Static_assert(ENTRIES_AT + SEEN_PAGE_KEYS * ENTRY_BYTES == SEEN_PAGE_BYTES, "a page is full");

static void put(uint8_t *p, uint64_t v, size_t bytes)
{
    v = htole64(v);
    memcpy(p, &v, bytes);
}

static uint64_t get(const uint8_t *p, size_t bytes)
{
    uint64_t v = 0;

    memcpy(&v, p, bytes);
    return le64toh(v);
}

void seen_files_init(struct seen_files *f, const struct io *io, const char *dir,
                     const uint8_t journal[SEGMENT_ID_BYTES])
{
    uint8_t hash[SEGMENT_HASH_BYTES];

    *f = (struct seen_files){.io = io, .dir = dir};
    memcpy(f->journal, journal, sizeof f->journal);
    journal_leaf_hash(hash, journal, STR("ids"));
    for (size_t i = 0; i < ARRAY_LEN(f->seed); i++)
        f->seed[i] = get(hash + 8 * i, 8) | 1;
}

void seen_run_name(char out[SEEN_NAME_SIZE], int64_t first, int64_t last)
{
    CHECK(first >= 1 && first <= last && last <= SEGMENT_POSITION_MAX);
    snprintf(out, SEEN_NAME_SIZE, "%0*" PRId64 "-%0*" PRId64 ".ids", DIGITS, first, DIGITS, last);
}

int seen_run_name_parse(const char *name, int64_t *first, int64_t *last)
{
    uint64_t from, to;

    if (strlen(name) != 2 * DIGITS + 5 || name[DIGITS] != '-' ||
        strcmp(name + 2 * DIGITS + 1, ".ids") != 0 || str_to_u64(str_of(name, DIGITS), &from) < 0 ||
        str_to_u64(str_of(name + DIGITS + 1, DIGITS), &to) < 0)
        return -1;
    if (from < 1 || to < from || to > (uint64_t)SEGMENT_POSITION_MAX)
        return -1;
    *first = (int64_t)from;
    *last = (int64_t)to;
    return 0;
}

/* Where the process has no names its numbers stand for themselves. */
static struct str name_of(const struct seen_files *f, uint32_t source, char number[16])
{
    if (f->source_name)
        return f->source_name(f->ctx, source);
    return str_of(number, (size_t)snprintf(number, 16, "%" PRIu32, source));
}

static bool number_of(const struct seen_files *f, struct str name, uint32_t *out)
{
    uint64_t number;

    if (f->source_number) {
        *out = f->source_number(f->ctx, name);
        return true;
    }
    if (str_to_u64(name, &number) < 0 || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

size_t seen_header_bytes(const struct seen_files *f, const struct seen_class *classes, size_t count)
{
    size_t sum = CLASSES_AT + 4;
    char number[16];

    for (size_t i = 0; i < count; i++)
        sum += CLASS_BYTES + name_of(f, classes[i].source, number).len;
    return (sum + SEEN_PAGE_BYTES - 1) / SEEN_PAGE_BYTES * SEEN_PAGE_BYTES;
}

void seen_header_write(uint8_t *out, const struct seen_files *f, const struct seen_writer *w)
{
    size_t at = CLASSES_AT;
    char number[16];

    memset(out, 0, w->header_bytes);
    memcpy(out, magic, sizeof magic);
    put(out + 8, VERSION, 4);
    put(out + 12, w->header_bytes, 4);
    memcpy(out + 16, f->journal, sizeof f->journal);
    put(out + 32, (uint64_t)w->range.first, 8);
    put(out + 40, (uint64_t)w->range.last, 8);
    put(out + 48, w->keys, 8);
    put(out + 56, w->table_pages, 8);
    put(out + 64, w->pages, 8);
    put(out + 72, (uint64_t)w->range.complete_from, 8);
    put(out + 80, (uint64_t)w->range.clock_us, 8);
    put(out + 88, (uint64_t)w->range.since_us, 8);
    put(out + 96, w->class_count, 4);
    for (size_t i = 0; i < w->class_count; i++) {
        struct str name = name_of(f, w->classes[i].source, number);

        CHECK(name.len <= UINT16_MAX && at + CLASS_BYTES + name.len + 4 <= w->header_bytes);
        out[at] = w->classes[i].kind;
        put(out + at + 2, name.len, 2);
        memcpy(out + at + CLASS_BYTES, name.ptr, name.len);
        at += CLASS_BYTES + name.len;
    }
    put(out + w->header_bytes - 4, crc32c(0, out, w->header_bytes - 4), 4);
}

static int parse_classes(struct seen_run *run, const struct seen_files *f, const uint8_t *b,
                         size_t count)
{
    size_t at = CLASSES_AT, end = run->header_bytes - 4;

    if (count > SEEN_CLASSES_MAX)
        return -1;
    run->classes = xcalloc(count + 1, sizeof *run->classes);
    for (size_t i = 0; i < count; i++) {
        size_t len;

        if (end - at < CLASS_BYTES)
            return -1;
        len = get(b + at + 2, 2);
        run->classes[i].kind = b[at];
        at += CLASS_BYTES;
        if (end - at < len ||
            !number_of(f, str_of((const char *)b + at, len), &run->classes[i].source))
            return -1;
        at += len;
    }
    run->class_count = count;
    return 0;
}

static int parse_header(struct seen_run *run, const struct seen_files *f, const uint8_t *b,
                        uint64_t size)
{
    struct seen_range r = {.first = (int64_t)get(b + 32, 8),
                           .last = (int64_t)get(b + 40, 8),
                           .complete_from = (int64_t)get(b + 72, 8),
                           .clock_us = (int64_t)get(b + 80, 8),
                           .since_us = (int64_t)get(b + 88, 8)};

    if ((uint32_t)get(b + run->header_bytes - 4, 4) != crc32c(0, b, run->header_bytes - 4))
        return -1;
    if (memcmp(b + 16, f->journal, sizeof f->journal) != 0 || r.first != run->range.first ||
        r.last != run->range.last || r.complete_from < 1 || r.complete_from > r.first ||
        r.since_us < 0 || r.clock_us < r.since_us || r.clock_us > CLOCK_MOST)
        return -1;
    run->range = r;
    run->keys = get(b + 48, 8);
    run->table_pages = get(b + 56, 8);
    run->pages = get(b + 64, 8);
    if (run->table_pages < 1 || run->table_pages > run->pages || size < run->header_bytes ||
        run->pages != (size - run->header_bytes) / SEEN_PAGE_BYTES ||
        (size - run->header_bytes) % SEEN_PAGE_BYTES != 0 ||
        run->keys > run->pages * SEEN_PAGE_KEYS)
        return -1;
    return parse_classes(run, f, b, get(b + 96, 4));
}

static int load_header(struct seen_run *run, const struct seen_files *f)
{
    AUTO_FREE uint8_t *b = xcalloc(1, SEEN_PAGE_BYTES);
    off_t size = f->io->size(f->io, run->fd);

    if (size < SEEN_PAGE_BYTES ||
        io_read_full(f->io, run->fd, b, SEEN_PAGE_BYTES, 0) < SEEN_PAGE_BYTES)
        return -1;
    run->header_bytes = get(b + 12, 4);
    if (memcmp(b, magic, sizeof magic) != 0 || get(b + 8, 4) != VERSION ||
        run->header_bytes < SEEN_PAGE_BYTES || run->header_bytes > HEADER_MOST ||
        run->header_bytes % SEEN_PAGE_BYTES != 0 || run->header_bytes > (uint64_t)size)
        return -1;
    if (run->header_bytes > SEEN_PAGE_BYTES) {
        b = xrealloc(b, run->header_bytes, 1);
        if (io_read_full(f->io, run->fd, b, run->header_bytes, 0) < (ssize_t)run->header_bytes)
            return -1;
    }
    return parse_header(run, f, b, (uint64_t)size);
}

int seen_run_open(struct seen_run **out, const struct seen_files *f, int64_t first, int64_t last)
{
    struct seen_run *run = xcalloc(1, sizeof *run);
    char name[SEEN_NAME_SIZE];
    AUTO_FREE char *path = NULL;

    seen_run_name(name, first, last);
    path = io_join(f->dir, name);
    run->users = 1;
    run->range = (struct seen_range){.first = first, .last = last};
    run->fd = f->io->open(f->io, path, O_RDONLY | O_CLOEXEC, 0);
    if (run->fd < 0 || load_header(run, f) < 0) {
        int error = run->fd < 0 ? errno : 0;

        seen_run_drop(run, f);
        errno = error;
        return error ? -1 : 0;
    }
    *out = run;
    return 1;
}

void seen_run_drop(struct seen_run *run, const struct seen_files *f)
{
    if (!run || --run->users > 0)
        return;
    if (run->fd >= 0)
        f->io->close(f->io, run->fd);
    free(run->classes);
    free(run);
}

static uint32_t page_seed(const struct seen_files *f, const struct seen_range *r, uint64_t number)
{
    uint64_t parts[3] = {htole64((uint64_t)r->first), htole64((uint64_t)r->last), htole64(number)};

    return crc32c(crc32c(0, f->journal, sizeof f->journal), parts, sizeof parts);
}

void seen_page_seal(uint8_t *page, const struct seen_files *f, const struct seen_range *r,
                    uint64_t number, unsigned count)
{
    put(page + 4, count, 2);
    put(page, crc32c(page_seed(f, r, number), page + 4, SEEN_PAGE_BYTES - 4), 4);
}

/* The page's number of entries, or -1 where it does not verify. */
static int check_page(const struct seen_run *run, const struct seen_files *f, const uint8_t *page,
                      uint64_t number)
{
    unsigned count = (unsigned)get(page + 4, 2);

    if ((uint32_t)get(page, 4) !=
            crc32c(page_seed(f, &run->range, number), page + 4, SEEN_PAGE_BYTES - 4) ||
        count > SEEN_PAGE_KEYS) {
        errno = EBADMSG;
        return -1;
    }
    return (int)count;
}

static int read_pages(const struct seen_run *run, const struct seen_files *f, uint8_t *out,
                      uint64_t from, size_t count)
{
    ssize_t got = io_read_full(f->io, run->fd, out, count * SEEN_PAGE_BYTES,
                               (off_t)(run->header_bytes + from * SEEN_PAGE_BYTES));

    if (got >= 0 && (size_t)got < count * SEEN_PAGE_BYTES)
        errno = EBADMSG;
    return got == (ssize_t)(count * SEEN_PAGE_BYTES) ? 0 : -1;
}

static void load_entry(struct seen_entry *out, const uint8_t *page, unsigned i)
{
    memcpy(out, page + ENTRIES_AT + (size_t)i * ENTRY_BYTES, ENTRY_BYTES);
    out->place = le64toh(out->place);
}

/* The lowest position under which the page has the key. */
static int64_t search_page(const struct seen_run *run, const uint8_t *page, unsigned count,
                           enum journal_kind kind, const struct journal_key *key)
{
    int64_t lowest = 0;

    for (unsigned i = 0; i < count; i++) {
        struct seen_entry e;
        size_t class;

        if (memcmp(page + ENTRIES_AT + (size_t)i * ENTRY_BYTES, key->id, sizeof key->id) != 0)
            continue;
        load_entry(&e, page, i);
        class = e.place & UINT16_MAX;
        if (class < run->class_count && run->classes[class].kind == kind &&
            run->classes[class].source == key->source &&
            (lowest == 0 || seen_position(e.place) < lowest))
            lowest = seen_position(e.place);
    }
    return lowest;
}

int64_t seen_run_find(const struct seen_run *run, const struct seen_files *f, uint64_t hash,
                      enum journal_kind kind, const struct journal_key *key, uint64_t *reads)
{
    _Alignas(8) uint8_t page[SEEN_PAGE_BYTES];
    struct seen_entry last;
    int64_t lowest = 0;

    for (uint64_t n = seen_page_of(hash, run->table_pages); n < run->pages; n++) {
        int64_t position;
        int count;

        ++*reads;
        if (read_pages(run, f, page, n, 1) < 0)
            return -1;
        count = check_page(run, f, page, n);
        if (count < 0)
            return -1;
        position = search_page(run, page, (unsigned)count, kind, key);
        if (position && (lowest == 0 || position < lowest))
            lowest = position;
        if (count < SEEN_PAGE_KEYS)
            break;
        load_entry(&last, page, SEEN_PAGE_KEYS - 1);
        if (seen_hash(f, last.id) > hash)
            break;
    }
    return lowest;
}

int seen_cursor_begin(struct seen_cursor *c, const struct seen_run *run, const struct seen_files *f)
{
    *c = (struct seen_cursor){.run = run, .f = f, .pages = xmalloc(CURSOR_PAGES * SEEN_PAGE_BYTES)};
    return seen_cursor_step(c);
}

void seen_cursor_free(struct seen_cursor *c)
{
    free(c->pages);
    c->pages = NULL;
}

/* Brings the page c->page into reach. */
static int next_page(struct seen_cursor *c)
{
    uint64_t left = c->run->pages - c->page;
    int count;

    if (c->page >= c->to) {
        size_t want = left < CURSOR_PAGES ? (size_t)left : CURSOR_PAGES;

        if (read_pages(c->run, c->f, c->pages, c->page, want) < 0)
            return -1;
        c->from = c->page;
        c->to = c->page + want;
    }
    count = check_page(c->run, c->f, c->pages + (c->page - c->from) * SEEN_PAGE_BYTES, c->page);
    if (count < 0)
        return -1;
    c->count = (unsigned)count;
    c->at = 0;
    return 0;
}

int seen_cursor_step(struct seen_cursor *c)
{
    c->has = false;
    while (c->at == c->count) {
        if (c->to > 0)
            c->page++;
        if (c->page == c->run->pages)
            return 0;
        if (next_page(c) < 0)
            return -1;
    }
    load_entry(&c->item.entry, c->pages + (c->page - c->from) * SEEN_PAGE_BYTES, c->at++);
    c->item.hash = seen_hash(c->f, c->item.entry.id);
    c->has = true;
    return 0;
}
