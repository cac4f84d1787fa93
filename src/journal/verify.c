/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: goes through all files of a journal and holds each to its format and to its neighbours.
 *
 * What is durable is asked first, then the folder is listed: whatever comes later is not judged. The
 * records of a segment are due up to what its successor names as the last before it, those of the
 * newest up to what is durable. Behind damage it goes on at the next record that verifies, so each
 * damage is named once, with the positions that it costs. Leaves to others: repairing anything. */
#include "journal/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "journal/scan.h"
#include "journal/verify_keys.h"
#include "journal/watermark.h"

enum { COMMIT_BYTES = 4096, WORDS_AT = 64, WORD_STEP = 64, HEAD_BYTES = 44 };

struct part {
    int64_t first; /* by its name */
    bool packed, good, foreign;
    bool gone; /* deleted meanwhile, or left over from a deletion: below the floor */
    struct segment_header header;
    uint64_t size;
};

struct verify {
    const struct journal_verify_opts *o;
    struct journal_verified *out;
    uint8_t id[SEGMENT_ID_BYTES];
    bool id_known;
    int64_t durable, floor; /* -1: not known */
    struct part *parts;
    size_t count, cap;
    struct scan scan;
    int64_t last; /* the last position that was found or told to be lost */
    uint8_t hash[SEGMENT_HASH_BYTES]; /* of the record hash_of; 0: none */
    int64_t hash_of;
    uint64_t done, all; /* bytes */
};

/* The walk through one segment. */
struct walk {
    const struct part *part;
    const struct part *next; /* NULL: this is the newest */
    int64_t limit; /* the last position that is due; INT64_MAX: all that there are */
    int64_t seen;
    uint64_t at, records;
    int64_t newest_us;
    bool broken;
    bool whole; /* as its seal says, though more positions are due before the next one */
};

/* Every damage goes through here. part NULL: the commit file. */
static void damage(struct verify *v, const struct part *part, uint64_t offset, uint64_t bytes,
                   int64_t first, int64_t last, const char *what)
{
    struct journal_damage d = {.file = "commit", .offset = offset, .bytes = bytes, .what = what};

    if (part && part->packed)
        segment_name_packed(d.file, part->first);
    else if (part)
        segment_name(d.file, part->first);
    if (first <= last) {
        d.first = first;
        d.last = last;
        v->out->lost += (uint64_t)(last - first + 1);
    }
    v->out->damaged++;
    if (v->o->on_damage)
        v->o->on_damage(v->o->ctx, &d);
}

/* The positions after the last one up to `last` are lost, where that is any. */
static void lose(struct verify *v, const struct part *part, int64_t last, const char *what)
{
    if (last <= v->last)
        return;
    damage(v, part, 0, 0, v->last + 1, last, what);
    v->last = last;
}

static int take_name(void *ctx, const char *name)
{
    struct verify *v = ctx;
    int64_t first = segment_name_parse(name);

    if (first < 0)
        return 0;
    if (v->count == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 64;
        v->parts = xrealloc(v->parts, v->cap, sizeof *v->parts);
    }
    v->parts[v->count++] = (struct part){.first = first, .packed = segment_name_is_packed(name)};
    return 0;
}

/* By position, the plain form of a segment first. */
static int by_position(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->packed - y->packed;
}

static int list_parts(struct verify *v, struct err *err)
{
    size_t count = 0;

    if (v->o->io->list(v->o->io, v->o->dir, take_name, v) < 0)
        return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_USAGE : ERR_IO, "list %s: %s",
                       v->o->dir, strerror(errno));
    if (v->count)
        qsort(v->parts, v->count, sizeof *v->parts, by_position);
    for (size_t i = 0; i < v->count; i++)
        if (count == 0 || v->parts[count - 1].first != v->parts[i].first)
            v->parts[count++] = v->parts[i];
    v->count = count;
    return 0;
}

/* What the commit file has besides its head and its words is zero. */
static int check_rest(struct verify *v, struct err *err)
{
    AUTO_FREE char *path = io_join(v->o->dir, "commit");
    struct str bytes;

    if (io_read_file(v->o->io, path, COMMIT_BYTES, &bytes, err) < 0)
        return -1;
    for (size_t at = HEAD_BYTES; at < bytes.len; at++) {
        bool word =
            at >= WORDS_AT && at < WORDS_AT + WORD_STEP * WATERMARK_WORDS && at % WORD_STEP < 8;

        if (!word && bytes.ptr[at]) {
            damage(v, NULL, at, 1, 0, -1, "a byte that must be zero is not");
            break;
        }
    }
    free((void *)(uintptr_t)bytes.ptr);
    return 0;
}

/* Asks the commit file; 1 where it says which journal this is, 0 where it does not. */
static int read_mark(struct verify *v, struct err *err)
{
    static const char *const whats[] = {"the durable position does not verify",
                                        "the newest segment's number does not verify",
                                        "the first position that is kept does not verify"};
    struct watermark mark;
    int64_t words[WATERMARK_WORDS];
    int found = watermark_open(&mark, v->o->io, v->o->dir, false, err);

    if (found <= 0)
        return found < 0 && err->code != ERR_CORRUPT ? -1 : 0;
    memcpy(v->id, mark.id, sizeof v->id);
    v->id_known = true;
    for (int i = 0; i < WATERMARK_WORDS; i++) {
        words[i] = watermark_get(&mark, (enum watermark_word)i);
        if (words[i] < 0)
            damage(v, NULL, WORDS_AT + WORD_STEP * (uint64_t)i, 8, 0, -1, whats[i]);
    }
    v->durable = words[WATERMARK_DURABLE];
    v->floor = words[WATERMARK_FLOOR];
    watermark_close(&mark);
    return check_rest(v, err) < 0 ? -1 : 1;
}

static int open_part(struct verify *v, struct part *p, uint8_t *block, struct err *err)
{
    int found = scan_open(&v->scan, v->o->dir, v->id, p->first, block, err);

    if (found > 0)
        p->packed = v->scan.packed != NULL;
    p->gone = found == 0;
    return found;
}

/* Reads all headers: what is due in a segment is told by the one behind it. */
static int load_headers(struct verify *v, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];

    for (size_t i = 0; i < v->count; i++) {
        struct part *p = &v->parts[i];
        const char *wrong;
        int found = open_part(v, p, block, err);

        if (found <= 0 && !p->gone)
            return -1;
        p->gone = p->gone || (i + 1 < v->count && v->parts[i + 1].first <= v->floor);
        if (p->gone)
            continue;
        wrong = segment_header_parse(&p->header, block);
        if (wrong == segment_other_version)
            return err_set(err, ERR_USAGE, "%s: segment %lld is of another format version",
                           v->o->dir, (long long)p->first);
        p->good = !wrong;
        if (p->good && !v->id_known) { /* for want of a commit file */
            memcpy(v->id, p->header.id, sizeof v->id);
            v->id_known = true;
        }
        p->foreign = p->good && (memcmp(p->header.id, v->id, sizeof v->id) != 0 ||
                                 p->header.first_position != p->first);
        p->size = v->scan.size;
        v->all += p->size;
    }
    return 0;
}

static const struct part *successor(const struct verify *v, size_t i)
{
    for (i++; i < v->count; i++)
        if (!v->parts[i].foreign && !v->parts[i].gone)
            return &v->parts[i];
    return NULL;
}

/* The last position that is due in p. */
static int64_t limit_of(const struct verify *v, const struct part *p, const struct part *next)
{
    if (!next)
        return v->durable < 0 ? INT64_MAX : v->durable;
    if (next->good && next->header.previous_last >= p->first - 1)
        return next->header.previous_last;
    return next->first - 1;
}

/* Something is not there: what the writer has deleted meanwhile, on purpose, is no loss. Passes over it,
 * up to `most`. Where the commit file cannot be asked again, what it said before counts. */
static void pass_deleted(struct verify *v, int64_t most)
{
    struct watermark mark;
    int64_t last;

    if (v->floor >= 1 && watermark_open(&mark, v->o->io, v->o->dir, false, NULL) > 0) {
        int64_t floor = watermark_get(&mark, WATERMARK_FLOOR);

        if (floor > v->floor)
            v->floor = floor;
        watermark_close(&mark);
    }
    last = v->floor - 1 < most ? v->floor - 1 : most;
    if (last > v->last)
        v->last = last;
}

/* Compares what the header says of the record before it with that record. */
static void check_chain(struct verify *v, const struct part *p, bool is_first)
{
    if (!p->good)
        damage(v, p, 0, SEGMENT_HEADER_BYTES, 0, -1, "the header does not verify");
    if (is_first) {
        if (v->floor >= 1)
            v->last = v->floor - 1;
        else
            v->last = p->first - 1;
        if (v->last > p->first - 1)
            v->last = p->first - 1; /* kept a little longer than it must be */
        else if (v->last < p->first - 1)
            pass_deleted(v, p->first - 1);
        lose(v, p, p->first - 1, "the segments before are missing");
        return;
    }
    if (v->last < p->first - 1)
        pass_deleted(v, p->first - 1);
    if (p->good && p->header.previous_last != v->last)
        lose(v, p, p->first - 1,
             "does not follow the segment before: one is missing or was replaced");
    else if (p->good && v->hash_of == v->last &&
             memcmp(p->header.previous_hash, v->hash, sizeof v->hash) != 0)
        damage(v, p, 56, SEGMENT_HASH_BYTES, 0, -1, "the segment before was replaced");
    lose(v, p, p->first - 1,
         p->good ? "lost earlier, as the header declares" : "positions before are missing");
}

static int read_failed(const struct verify *v, const struct part *p, struct err *err)
{
    return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)p->first, v->o->dir,
                   strerror(errno));
}

/* Nothing is wrong with this segment: it ends where its seal says, and what is due is in others.
 * 0 or -1. */
static int look_whether_whole(struct verify *v, struct walk *w)
{
    struct segment_seal seal;
    int found = scan_seal(&v->scan, &seal);

    w->whole = found > 0 && !w->broken && seal.last_position == w->seen && seal.end == w->at &&
               seal.records == w->records;
    return found < 0 ? -1 : 0;
}

/* The next record that is due, over damage. 1, 0: there is none, -1. */
static int step(struct verify *v, struct walk *w, struct segment_record *record)
{
    uint64_t from = w->at;
    int found = scan_next(&v->scan, &w->at, w->seen + 1, record);

    if (found == 0) { /* the window may be older than the writer's last commit */
        scan_refresh(&v->scan);
        w->at = from;
        found = scan_next(&v->scan, &w->at, w->seen + 1, record);
    }
    if (found)
        return found;
    w->at = from;
    if (w->limit != INT64_MAX && look_whether_whole(v, w) < 0)
        return -1;
    if (w->whole) {
        damage(v, w->part, from, 0, w->seen + 1, w->limit, "the segments behind it are missing");
        w->seen = w->limit;
        return 0;
    }
    found = scan_resync(&v->scan, &w->at, w->seen + 1, w->limit, record);
    if (found < 0 || (found == 0 && w->limit == INT64_MAX))
        return found;
    w->broken = true;
    damage(v, w->part, from, found ? w->at - from : 0, w->seen + 1,
           found ? record->position - 1 : w->limit,
           found ? "records do not verify, with sound ones behind them" : "records do not verify");
    if (!found)
        w->seen = w->limit;
    return found;
}

static int walk_records(struct verify *v, struct walk *w)
{
    struct segment_record record;
    uint64_t last_at = 0;
    int found = 0;

    while (w->seen < w->limit && (found = step(v, w, &record)) > 0) {
        w->seen = record.position;
        last_at = w->at;
        w->at += record.bytes;
        w->records++;
        if (w->records == 1 || record.received_us > w->newest_us)
            w->newest_us = record.received_us;
        if (v->o->on_progress && w->records % 4096 == 0)
            v->o->on_progress(v->o->ctx, v->done + w->at, v->all);
    }
    if (found < 0)
        return -1;
    v->out->records += w->records;
    v->hash_of = 0;
    if (last_at == 0)
        return 0;
    found = scan_record(&v->scan, last_at, &record);
    if (found > 0 && record.position == w->seen) {
        segment_record_hash(v->hash, &record);
        v->hash_of = record.position;
    }
    return found < 0 ? -1 : 0;
}

static bool seal_fits(const struct verify *v, const struct walk *w, const struct segment_seal *seal)
{
    static const uint8_t none[SEGMENT_HASH_BYTES];
    const uint8_t *hash = w->records ? v->hash : none;

    if (w->whole)
        return true;
    if (seal->last_position != w->seen)
        return false;
    return w->broken || (seal->end == w->at && seal->records == w->records &&
                         (w->records == 0 || seal->newest_us == w->newest_us) &&
                         memcmp(seal->last_hash, hash, SEGMENT_HASH_BYTES) == 0);
}

/* What ends the records. */
static int check_end(struct verify *v, struct walk *w)
{
    const struct part *p = w->part;
    struct segment_seal seal;
    uint64_t content_end;
    int found;

    scan_refresh(&v->scan);
    found = scan_seal(&v->scan, &seal);
    if (found < 0)
        return -1;
    if (found) {
        if (!(w->next == NULL && seal.last_position > w->limit) && !seal_fits(v, w, &seal))
            damage(v, p, seal.end, SEGMENT_SEAL_BYTES, 0, -1,
                   "the seal is not that of these records");
        return 0;
    }
    if (w->next) {
        /* A roll that is under way, or was when the process ended; else a loss that is declared. */
        bool unfinished =
            w->next == &v->parts[v->count - 1] && v->durable >= 0 && v->durable <= w->limit;

        if (!unfinished && !w->broken && w->next->first == w->limit + 1)
            damage(v, p, w->at, 0, 0, -1, "no seal that verifies ends the segment");
        return 0;
    }
    if (p->good && v->scan.size != p->header.bytes)
        damage(v, p, v->scan.size, 0, 0, -1, "the file is not as long as it was made");
    if (scan_content_end(&v->scan, w->at, &content_end) < 0)
        return -1;
    v->out->unpublished = content_end > w->at ? content_end - w->at : 0;
    return 0;
}

/* Frames whose damage cost no record. */
static int check_frames(struct verify *v, struct walk *w)
{
    const char *wrong = packed_wrong(v->scan.packed);

    if (wrong)
        damage(v, w->part, 0, 0, 0, -1, wrong);
    for (size_t i = 0; i < packed_frames(v->scan.packed) && !w->broken; i++) {
        int found = packed_check(v->scan.packed, i);

        if (found < 0)
            return -1;
        if (found == 0)
            damage(v, w->part, i * PACKED_FRAME, PACKED_FRAME, 0, -1,
                   "a compressed frame does not verify");
    }
    return 0;
}

static int check_part(struct verify *v, size_t i, bool is_first, struct err *err)
{
    struct part *p = &v->parts[i];
    struct walk w = {.part = p, .next = successor(v, i), .at = SEGMENT_HEADER_BYTES};
    uint8_t block[SEGMENT_HEADER_BYTES];

    if (p->gone || open_part(v, p, block, err) <= 0)
        return p->gone ? 0 : -1;
    v->out->segments++;
    v->out->compressed += p->packed;
    if (p->foreign) {
        damage(v, p, 0, SEGMENT_HEADER_BYTES, 0, -1, "segment of another journal or place");
        return 0;
    }
    check_chain(v, p, is_first);
    if (is_first)
        v->out->first = p->first;
    w.seen = p->first - 1;
    w.limit = limit_of(v, p, w.next);
    if (walk_records(v, &w) < 0 || check_end(v, &w) < 0 ||
        (v->scan.packed && check_frames(v, &w) < 0))
        return read_failed(v, p, err);
    if (w.seen > v->last)
        v->last = w.seen;
    v->done += p->size;
    v->out->bytes += p->size;
    if (v->o->on_progress)
        v->o->on_progress(v->o->ctx, v->done, v->all);
    return 0;
}

static void tell(void *ctx, const struct journal_damage *d)
{
    struct verify *v = ctx;

    v->out->damaged++;
    if (v->o->on_damage)
        v->o->on_damage(v->o->ctx, d);
}

static int verify(struct verify *v, struct err *err)
{
    bool is_first = true;
    int marked = read_mark(v, err);

    if (marked < 0 || list_parts(v, err) < 0)
        return -1;
    if (marked == 0 && v->count == 0)
        return err_set(err, ERR_USAGE, "%s: there is no journal", v->o->dir);
    if (marked == 0)
        damage(v, NULL, 0, 0, 0, -1, "the commit file is missing or damaged");
    if (load_headers(v, err) < 0)
        return -1;
    if (!v->id_known)
        return err_set(err, ERR_CORRUPT,
                       "%s: neither the commit file nor a segment says which journal this is",
                       v->o->dir);
    for (size_t i = 0; i < v->count; i++) {
        if (check_part(v, i, is_first, err) < 0)
            return -1;
        is_first = is_first && (v->parts[i].foreign || v->parts[i].gone);
    }
    if (is_first && v->floor > 0)
        v->last = v->floor - 1;
    if (v->durable > v->last)
        pass_deleted(v, v->durable);
    if (v->durable > v->last)
        lose(v, NULL, v->durable, "the segments with the last positions are missing");
    v->out->last = v->last;
    return verify_keys(v->o, v->id, tell, v, err);
}

int journal_verify(const struct journal_verify_opts *opts, struct journal_verified *out,
                   struct err *err)
{
    struct verify v = {.o = opts, .out = out, .durable = -1, .floor = -1};
    struct err unused;
    int result;

    *out = (struct journal_verified){.segments = 0};
    scan_init(&v.scan, opts->io);
    result = verify(&v, err ? err : &unused);
    scan_reset(&v.scan);
    free(v.parts);
    return result;
}
