/* SPDX-License-Identifier: Apache-2.0 */
/* mutate.c: the last segment is cut at every byte of its last 128 KiB, and whole segment files are
 * swapped, dropped, doubled, replaced by older copies and by another journal's, at random. What is
 * acknowledged and missing must be named, position by position; what was never acknowledged must not;
 * every record that is still there must read.
 *
 *   mutate [--mutations N] [--seed S] [--short]
 *
 * The last line is `mutate: figures`; exit status 0 where every case was told right. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/segment.h"
#include "journal/watermark.h"
#include "specimen.h"

enum {
    CUT_SEGMENT = 160 << 10,
    CUT_BYTES = 128 << 10,
    CUT_LEN = 976, /* 1,024 bytes a record, without padding */
    SEGMENT = 16384,
    SEGMENTS = 8,
    MUTATIONS_AT_ONCE = 3,
    POSITIONS_MOST = 2000,
};

struct tally {
    uint64_t tried, right, lost;
};

/* Acknowledges only what is up to the position, as a power cut may leave it. */
static void publish(struct specimen *s, int64_t durable)
{
    struct watermark w;

    CHECK(watermark_open(&w, s->io, "j", true, NULL) == 1);
    watermark_set(&w, WATERMARK_DURABLE, durable);
    watermark_close(&w);
    CHECK(model_kill(s->m) == 0);
}

/* How many records are whole where the head is cut at `at`. */
static int64_t whole_before(const struct specimen *s, uint64_t at)
{
    int64_t last = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->records[i].at + s->records[i].bytes <= at)
            last = s->records[i].position;
    return last;
}

/* What is acknowledged and cut is lost, no more and no less. */
static bool is_told(const struct findings *f, int64_t whole, int64_t durable, bool shorter)
{
    uint64_t lost = whole < durable ? (uint64_t)(durable - whole) : 0;
    bool damaged = lost > 0 || shorter;

    if (f->result < 0 || (f->count > 0) != damaged)
        return false;
    return f->verified.lost == lost && f->verified.records == (uint64_t)durable - lost;
}

/* The next start: cuts what was torn, names what was lost, takes events again. */
static bool is_opened(const struct specimen *s, int64_t whole, int64_t durable, bool shorter)
{
    struct specimen copy = *s;
    struct journal_stats stats;
    struct findings f;
    size_t damages;
    bool good;

    copy.m = model_clone(s->m, 5);
    copy.io = model_table(copy.m);
    specimen_open(&copy, CUT_SEGMENT, &f, &stats);
    good = f.result == 0 && (f.count > 0) == (whole < durable || shorter) &&
           stats.lost == (whole < durable ? (uint64_t)(durable - whole) : 0) &&
           specimen_read(&copy, &damages) == whole && (damages > 0) == (whole < durable) &&
           stats.last_position == (whole > durable ? whole : durable);
    model_free(copy.m);
    return good;
}

static void cut_everywhere(unsigned step, struct tally *verified, struct tally *opened)
{
    struct specimen *s = specimen_new(CUT_SEGMENT, CUT_LEN, 1, 1, 150, 9);
    uint64_t end = s->records[s->count - 1].at + s->records[s->count - 1].bytes;
    int64_t durable = s->records[s->count - CUT_BYTES / 1024 / 2].position;
    size_t len;
    uint8_t *bytes = model_bytes(s->m, s->names[0], &len);
    AUTO_FREE uint8_t *copy = (uint8_t *)xmemdup(bytes, len);

    publish(s, durable);
    for (uint64_t at = end - CUT_BYTES; at < end; at += step) {
        int64_t whole = whole_before(s, at);
        struct findings f;

        memset(bytes + at, 0, end - at);
        specimen_verify(s, &f);
        verified->tried++;
        verified->right += is_told(&f, whole, durable, false);
        if (at % 1024 < 2 || at % 1024 == 1023 || at % 509 < step) {
            opened->tried++;
            opened->right += is_opened(s, whole, durable, false);
        }
        memcpy(bytes + at, copy + at, end - at);
    }
    for (uint64_t at = end - CUT_BYTES; at < end;
         at += 127 * step) { /* the file itself is shorter */
        int fd = s->io->open(s->io, s->names[0], 02, 0);

        CHECK(s->io->ftruncate(s->io, fd, (off_t)at) == 0);
        s->io->close(s->io, fd);
        opened->tried++;
        opened->right += is_opened(s, whole_before(s, at), durable, true);
        model_put(s->m, s->names[0], copy, len);
    }
    specimen_free(s);
}

/* --- whole files --- */

struct files {
    uint8_t *bytes[SPECIMEN_SEGMENTS];
    size_t len[SPECIMEN_SEGMENTS];
};

static struct files copy_files(struct specimen *s)
{
    struct files f = {.len = {0}};

    for (size_t i = 0; i < s->segments; i++) {
        const uint8_t *bytes = model_bytes(s->m, s->names[i], &f.len[i]);

        f.bytes[i] = (uint8_t *)xmemdup(bytes, f.len[i]);
    }
    return f;
}

static void free_files(struct files *f)
{
    for (size_t i = 0; i < SPECIMEN_SEGMENTS; i++)
        free(f->bytes[i]);
}

/* The journal, how it was earlier, and another one; all of the same make. */
struct scene {
    struct specimen *s;
    struct files files, older, other;
    size_t older_count, other_count;
};

/* The files as of when there were fewer records: the journal is built again, with the same id. */
static void take_older(struct scene *c)
{
    c->older = copy_files(c->s);
    for (size_t i = 0; i < c->s->segments; i++) {
        uint64_t keep = SEGMENT_HEADER_BYTES, half = c->older.len[i] / 2;

        for (size_t k = 0; k < c->s->count; k++)
            if (c->s->records[k].segment == i && c->s->records[k].at < half)
                keep = c->s->records[k].at + c->s->records[k].bytes;
        /* as it was while it was the head: zeros behind its records, not yet sealed */
        c->older.bytes[i] = xrealloc(c->older.bytes[i], SEGMENT, 1);
        memset(c->older.bytes[i] + keep, 0, SEGMENT - keep);
        c->older.len[i] = SEGMENT;
    }
}

static void mutate_once(struct scene *c, struct specimen *t, uint64_t *random)
{
    size_t n = c->s->segments, a = model_below(random, n), b = model_below(random, n);
    char name[48];
    uint8_t *bytes;
    size_t len;

    switch (model_below(random, 6)) {
    case 0: /* swapped */
        model_put(t->m, t->names[a], c->files.bytes[b], c->files.len[b]);
        model_put(t->m, t->names[b], c->files.bytes[a], c->files.len[a]);
        break;
    case 1: t->io->unlink(t->io, t->names[a]); break;
    case 2: /* put over another */
        model_put(t->m, t->names[b], c->files.bytes[a], c->files.len[a]);
        break;
    case 3: /* put behind the end */
        snprintf(name, sizeof name, "j/%020d.seg", 100000 + (int)a);
        model_put(t->m, name, c->files.bytes[a], c->files.len[a]);
        break;
    case 4: model_put(t->m, t->names[a], c->older.bytes[a], c->older.len[a]); break;
    default:
        a = a < c->other_count ? a : 0;
        bytes = c->other.bytes[a];
        len = c->other.len[a];
        model_put(t->m, t->names[a], bytes, len);
    }
}

/* Which positions are not at their place any more; returns whether any file differs. */
static bool compare(struct scene *c, struct specimen *t, bool *lost)
{
    bool differs = false;
    size_t extra;
    char name[48];

    memset(lost, 0, POSITIONS_MOST);
    for (size_t i = 0; i < c->s->segments; i++) {
        size_t len = 0;
        const uint8_t *bytes = model_bytes(t->m, c->s->names[i], &len);

        differs = differs || !bytes || len != c->files.len[i] ||
                  memcmp(bytes, c->files.bytes[i], len) != 0;
        for (size_t k = 0; k < c->s->count; k++) {
            const struct specimen_record *r = &c->s->records[k];

            if (r->segment == i)
                lost[r->position] = !bytes || len < r->at + r->bytes ||
                                    memcmp(bytes, c->files.bytes[i], 32) != 0 ||
                                    memcmp(bytes + 32, c->files.bytes[i] + 32, 8) != 0 ||
                                    memcmp(bytes + r->at, c->files.bytes[i] + r->at, r->bytes) != 0;
        }
        snprintf(name, sizeof name, "j/%020d.seg", 100000 + (int)i);
        differs = differs || model_bytes(t->m, name, &extra) != NULL;
    }
    return differs;
}

static bool is_right(struct scene *c, struct specimen *t, uint64_t *sum)
{
    int64_t last = c->s->records[c->s->count - 1].position;
    bool lost[POSITIONS_MOST], differs = compare(c, t, lost), good;
    struct journal_stats stats;
    struct findings f;
    size_t damages;
    uint64_t count = 0;

    for (int64_t p = 1; p <= last; p++)
        count += lost[p];
    specimen_verify(t, &f);
    good = f.result == 0 && (f.count > 0) == differs && findings_are(&f, lost, last) &&
           f.verified.records == c->s->count - count;
    good = good && specimen_read(t, &damages) == (int64_t)(c->s->count - count) &&
           (damages > 0 || count == 0);
    *sum += count;
    if (!good)
        return false;
    specimen_open(t, SEGMENT, &f, &stats);
    return f.result == 0 && (stats.damaged > 0) == differs && stats.lost >= count &&
           specimen_read(t, &damages) == (int64_t)(c->s->count - count);
}

static void mutate_files(uint64_t mutations, uint64_t seed, struct tally *t)
{
    struct scene c = {.s = specimen_new(SEGMENT, 104, 3, SEGMENTS, 30, 11)};
    struct specimen *other = specimen_new(SEGMENT, 104, 3, SEGMENTS, 30, 12);

    CHECK(c.s->count < POSITIONS_MOST && c.s->segments == SEGMENTS);
    c.files = copy_files(c.s);
    c.other = copy_files(other);
    c.other_count = other->segments;
    take_older(&c);
    for (uint64_t i = 0; i < mutations; i++) {
        uint64_t random = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
        struct specimen copy = *c.s;
        bool right;

        model_random(&random);
        copy.m = model_clone(c.s->m, seed + i);
        copy.io = model_table(copy.m);
        for (uint64_t k = 1 + model_below(&random, MUTATIONS_AT_ONCE); k > 0; k--)
            mutate_once(&c, &copy, &random);
        right = is_right(&c, &copy, &t->lost);
        if (!right && t->right == t->tried)
            printf("mutation %llu is not told right\n", (unsigned long long)(seed + i));
        t->tried++;
        t->right += right;
        model_free(copy.m);
    }
    free_files(&c.files);
    free_files(&c.older);
    free_files(&c.other);
    specimen_free(other);
    specimen_free(c.s);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"mutations", required_argument, NULL, 'm'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"short", no_argument, NULL, 'q'},
                                            {NULL, 0, NULL, 0}};
    uint64_t mutations = 1000, seed = 1;
    unsigned step = 1;
    struct tally verified = {0}, opened = {0}, files = {0};
    int64_t began_us = clock_monotonic_us();
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (o == 'm')
            mutations = strtoull(optarg, NULL, 10);
        else if (o == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (o == 'q')
            step = 13;
        else
            return 2;
    }
    if (mutations > 1) /* one: to look at that one */
        cut_everywhere(step, &verified, &opened);
    mutate_files(mutations, seed, &files);
    printf(
        "mutate: cuts of the last 128 KiB told right by verify %s of %s, by the next start %s of "
        "%s; whole files changed %s of %s (%s positions lost, each named); %.1f s\n",
        with_commas(verified.right), with_commas(verified.tried), with_commas(opened.right),
        with_commas(opened.tried), with_commas(files.right), with_commas(files.tried),
        with_commas(files.lost), (double)(clock_monotonic_us() - began_us) / 1e6);
    return verified.right == verified.tried && opened.right == opened.tried &&
                   files.right == files.tried
               ? 0
               : 1;
}
