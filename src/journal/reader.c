/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c: follows the segments from a position on, as far as the writer's watermark goes.
 *
 * Promises: every record given out has verified and has the next position; each position up to the
 * watermark is given out or named in an error, once. Takes no lock and changes nothing. What does
 * not verify is read again before it is called damage: the window may be older than the watermark.
 * Leaves to others: keeping a cursor; what to do about damage. */
#include "journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/scan.h"
#include "journal/watermark.h"

enum { LOOK_AGAIN_US = 1000000, TRIES = 8 };

struct journal_reader {
    const struct io *io;
    char *dir;
    struct watermark mark;
    bool known; /* id was read */
    bool mark_bad, head_bad; /* a word of the mark does not verify, and that was told */
    uint8_t id[SEGMENT_ID_BYTES];
    int64_t looked_us; /* when the commit file was last opened */

    int64_t next; /* the position that is due */
    bool from_start; /* `next` was never asked for by number */
    int64_t durable, head; /* as last loaded */

    struct scan scan; /* not open: between segments */
    int64_t seen; /* the last position read in it, or its first - 1 */
    int64_t limit; /* its last position, INT64_MAX while it is the head */
    uint64_t at, last_at; /* behind the last record; that record, 0 for none */
    uint8_t hash[SEGMENT_HASH_BYTES]; /* of the record `hash_of` */
    int64_t hash_of; /* 0: none */
};

/* Every verdict of damage goes through here; lost positions are named where there are any. */
static int damage(const struct journal_reader *r, int64_t file, uint64_t at, int64_t first,
                  int64_t last, const char *what, struct err *err)
{
    char name[SEGMENT_NAME_SIZE] = "commit", range[80] = "";

    if (file > 0 && file == r->scan.first && r->scan.packed)
        segment_name_packed(name, file);
    else if (file > 0)
        segment_name(name, file);
    if (first <= last)
        snprintf(range, sizeof range, "; positions %lld to %lld are lost", (long long)first,
                 (long long)last);
    return err_set(err, ERR_CORRUPT, "%s/%s at byte %llu: %s%s", r->dir, name,
                   (unsigned long long)at, what, range);
}

/* Opens the commit file, or looks whether it is still the one that is open. 1, 0: no such file. */
static int look_at_mark(struct journal_reader *r, struct err *err)
{
    struct watermark mark;
    int found = watermark_open(&mark, r->io, r->dir, false, err);

    r->looked_us = clock_monotonic_us();
    if (found <= 0)
        return found;
    if (r->known && memcmp(mark.id, r->id, sizeof r->id) != 0) {
        watermark_close(&mark);
        return err_set(err, ERR_IO, "%s: this is another journal than the one read so far", r->dir);
    }
    memcpy(r->id, mark.id, sizeof r->id);
    r->known = true;
    watermark_close(&r->mark);
    r->mark = mark;
    return 1;
}

/* Loads what is durable. 1: `next` is; 0: not yet. */
static int load_durable(struct journal_reader *r, struct err *err)
{
    bool due = clock_monotonic_us() - r->looked_us >= LOOK_AGAIN_US;
    int64_t durable;

    if (!r->mark.map || due) {
        int found = look_at_mark(r, err);

        if (found < 0 || !r->mark.map)
            return found;
    }
    durable = watermark_get(&r->mark, WATERMARK_DURABLE);
    if (durable < 0) { /* until the writer stores another: nothing more is known to be durable */
        if (r->mark_bad)
            return 0;
        r->mark_bad = true;
        return damage(r, 0, 64, 0, -1, "the durable position does not verify", err);
    }
    r->mark_bad = false;
    r->durable = durable;
    return r->next <= durable;
}

struct around {
    int64_t position;
    int64_t at, behind; /* the last segment that begins at or before it; the first after. 0: none */
};

static int note_name(void *ctx, const char *name)
{
    struct around *a = ctx;
    int64_t first = segment_name_parse(name);

    if (first > 0 && first <= a->position && first > a->at)
        a->at = first;
    if (first > a->position && (!a->behind || first < a->behind))
        a->behind = first;
    return 0;
}

static int look_around(struct journal_reader *r, int64_t position, struct around *a,
                       struct err *err)
{
    *a = (struct around){.position = position};
    if (r->io->list(r->io, r->dir, note_name, a) == 0)
        return 0;
    return err_set(err, ERR_IO, "list %s: %s", r->dir, strerror(errno));
}

/* The last position that counts in the segment `first`, by its successor. */
static int find_limit(struct journal_reader *r, int64_t first, int64_t successor, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_header h;
    struct scan scan;
    int found;

    r->limit = INT64_MAX;
    if (!successor)
        return 0;
    r->limit = successor - 1;
    scan_init(&scan, r->io);
    found = scan_open(&scan, r->dir, r->id, successor, block, err);
    scan_reset(&scan);
    if (found > 0 && !segment_header_parse(&h, block) && h.first_position == successor &&
        memcmp(h.id, r->id, sizeof r->id) == 0 && h.previous_last >= first - 1)
        r->limit = h.previous_last;
    return found < 0 ? -1 : 0;
}

/* Remembers the hash of the last record read, and closes the segment. */
static void leave(struct journal_reader *r)
{
    struct segment_record record;

    if (!scan_is_open(&r->scan)) /* again, after a failure: what was remembered still holds */
        return;
    r->hash_of = 0;
    if (r->last_at && scan_record(&r->scan, r->last_at, &record) == 1) {
        segment_record_hash(r->hash, &record);
        r->hash_of = record.position;
    }
    scan_close(&r->scan);
}

/* Passes over positions; -1 says so, unless nothing was due among them. */
static int pass_over(struct journal_reader *r, int64_t file, uint64_t at, int64_t last,
                     const char *what, struct err *err)
{
    int64_t first = r->next;

    if (last < first)
        return 0;
    r->next = last + 1;
    return damage(r, file, at, first, last, what, err);
}

/* Checks the header of the segment that is now open. 0, or -1 for damage; then what can be read of
 * it is read by the next call. */
static int check_header(struct journal_reader *r, const uint8_t *block, int64_t successor,
                        struct err *err)
{
    int64_t first = r->scan.first;
    struct segment_header h;
    const char *wrong = segment_header_parse(&h, block);

    if (wrong)
        return damage(r, first, 0, 0, -1, wrong, err);
    if (memcmp(h.id, r->id, sizeof r->id) != 0 || h.first_position != first) {
        scan_close(&r->scan);
        return pass_over(r, first, 0, successor ? successor - 1 : r->durable,
                         "segment of another journal or place", err);
    }
    if (r->hash_of && h.previous_last == r->hash_of &&
        memcmp(h.previous_hash, r->hash, sizeof r->hash) != 0)
        return damage(r, first, 56, 0, -1, "the segment before is not the one this one followed",
                      err);
    if (r->scan.packed && packed_wrong(r->scan.packed))
        return damage(r, first, 0, 0, -1, packed_wrong(r->scan.packed), err);
    return 0;
}

/* Opens the segment with `next`. 1; 0: there is none yet; -1. */
static int enter(struct journal_reader *r, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct around a;
    int found = 0;

    leave(r);
    for (int i = 0; i < TRIES && found == 0; i++) { /* one may be deleted meanwhile */
        int64_t floor = watermark_get(&r->mark, WATERMARK_FLOOR);

        if (r->from_start && floor > r->next)
            r->next = floor;
        r->head = watermark_get(&r->mark, WATERMARK_HEAD); /* before the look: see notice_roll */
        if (look_around(r, r->next, &a, err) < 0)
            return -1;
        if (!a.at)
            return pass_over(r, a.behind, 0, a.behind ? a.behind - 1 : r->durable,
                             "the segments before are gone", err);
        found = scan_open(&r->scan, r->dir, r->id, a.at, block, err);
    }
    if (found <= 0)
        return found;
    r->from_start = false;
    r->at = SEGMENT_HEADER_BYTES;
    r->last_at = 0;
    r->seen = a.at - 1;
    if (find_limit(r, a.at, a.behind, err) < 0) {
        scan_close(&r->scan);
        return -1;
    }
    if (r->next > r->limit) { /* what is due belongs neither here nor to the next segment */
        scan_close(&r->scan);
        return pass_over(r, a.behind, 0, a.behind - 1, "what should stand before is missing", err);
    }
    if (check_header(r, block, a.behind, err) < 0)
        return -1;
    return 1;
}

/* The writer may have gone over to another segment. It says so before `durable` passes the old one,
 * so looking after `durable` was loaded is in time. 0 or -1. */
static int notice_roll(struct journal_reader *r, struct err *err)
{
    int64_t head = watermark_get(&r->mark, WATERMARK_HEAD);
    bool told = r->head_bad;
    struct around a;

    if ((head == r->head && head >= 0) || !scan_is_open(&r->scan))
        return 0;
    if (r->limit == INT64_MAX) {
        if (look_around(r, r->scan.first, &a, err) < 0 ||
            find_limit(r, r->scan.first, a.behind, err) < 0) {
            r->limit = INT64_MAX;
            r->durable = r->next - 1; /* so that the next call looks again before it reads on */
            return -1;
        }
    }
    r->head = head;
    r->head_bad = head < 0; /* then the folder is looked at each time */
    if (r->head_bad && !told)
        return damage(r, 0, 128, 0, -1, "the newest segment's number does not verify", err);
    return 0;
}

/* What follows r->at does not verify: goes behind it. -1 says what was lost, 0: nothing was. */
static int go_behind(struct journal_reader *r, struct segment_record *record, struct err *err)
{
    int64_t most = r->limit < r->durable ? r->limit : r->durable;
    uint64_t from = r->at, at = r->at;
    int found = scan_resync(&r->scan, &at, r->seen + 1, most, record);

    if (found < 0)
        return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)r->scan.first, r->dir,
                       strerror(errno));
    if (found) {
        r->at = at;
        r->seen = record->position - 1;
    } else {
        r->seen = most;
    }
    return pass_over(r, r->scan.first, from, r->seen,
                     found ? "records do not verify, with sound ones behind them"
                           : "records do not verify",
                     err);
}

/* The next record of the segment. 1; 0: look again what is due; -1. */
static int step(struct journal_reader *r, struct segment_record *record, struct err *err)
{
    uint64_t at = r->at;
    int found = scan_next(&r->scan, &at, r->seen + 1, record);

    if (found == 0) {
        scan_refresh(&r->scan);
        at = r->at;
        found = scan_next(&r->scan, &at, r->seen + 1, record);
    }
    if (found < 0)
        return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)r->scan.first, r->dir,
                       strerror(errno));
    if (found == 0)
        return go_behind(r, record, err);
    r->seen = record->position;
    r->last_at = at;
    r->at = at + record->bytes;
    return 1;
}

int journal_reader_next(struct journal_reader *r, struct journal_entry *out, struct err *err)
{
    for (;;) {
        struct segment_record record;
        int found;

        if (r->next > r->durable) {
            found = load_durable(r, err);
            if (found <= 0)
                return found;
            if (notice_roll(r, err) < 0)
                return -1;
        }
        if (!scan_is_open(&r->scan) || r->next > r->limit) {
            found = enter(r, err);
            if (found <= 0)
                return found;
        }
        found = step(r, &record, err);
        if (found < 0)
            return -1;
        if (found == 0 || record.position < r->next)
            continue;
        r->next = record.position + 1;
        out->position = record.position;
        out->received_us = record.received_us;
        out->kind = record.kind;
        out->erased = record.flags & RECORD_ERASED;
        memcpy(out->salt, record.salt, sizeof out->salt);
        out->payload = record.payload;
        return 1;
    }
}

bool journal_reader_id(struct journal_reader *r, uint8_t out[16])
{
    if (!r->mark.map && look_at_mark(r, NULL) <= 0)
        return false;
    memcpy(out, r->id, sizeof r->id);
    return true;
}

int64_t journal_reader_durable(struct journal_reader *r)
{
    int64_t durable;

    if (!r->mark.map && look_at_mark(r, NULL) <= 0)
        return 0;
    durable = watermark_get(&r->mark, WATERMARK_DURABLE);
    return durable < 0 ? 0 : durable;
}

int journal_reader_open(struct journal_reader **out, const struct io *io, const char *dir,
                        int64_t after, struct err *err)
{
    struct journal_reader *r = xcalloc(1, sizeof *r);

    CHECK(after >= 0);
    r->io = io;
    r->dir = xstrdup(dir);
    r->mark.fd = -1;
    r->next = after + 1;
    r->from_start = after == 0;
    r->limit = INT64_MAX;
    scan_init(&r->scan, io);
    if (look_at_mark(r, err) < 0) {
        journal_reader_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

void journal_reader_close(struct journal_reader *r)
{
    if (!r)
        return;
    scan_reset(&r->scan);
    watermark_close(&r->mark);
    free(r->dir);
    free(r);
}
