/* SPDX-License-Identifier: Apache-2.0 */
/* flips.c: every bit of a journal's files is turned over, one at a time, and must be found: by
 * `weir verify`, and by the reader where it reads that byte. What is lost is at most the record that
 * the bit is in; every other record still reads.
 *
 *   flips [--long | --short]     one bit in 5 of a segment, fewer of what takes longer to look at;
 *                                --long: every bit; --short: one bit in 31 of each, for slow builds
 *
 * The last line is `flips: figures`; exit status 0 where every bit was found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/segment.h"
#include "journal/squeeze.h"
#include "specimen.h"

enum {
    SEGMENT = 64 << 10,
    LEN = 1088,
    /* 54 records fill a segment to its last byte */ COMMIT_BYTES = 4096
};

struct tally {
    uint64_t tried, found, worst; /* worst: positions lost by one bit */
    uint64_t told; /* as bytes that were never acknowledged: behind the head's end */
};

/* The record that byte `at` of the segment is in. */
static const struct specimen_record *record_at(const struct specimen *s, size_t segment,
                                               uint64_t at)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct specimen_record *r = &s->records[i];

        if (r->segment == segment && at >= r->at && at < r->at + r->bytes)
            return r;
    }
    return NULL;
}

static bool is_named(const struct findings *f, const struct specimen_record *r)
{
    const struct journal_damage *d = &f->list[0];

    return f->count == 1 && d->first == r->position && d->last == r->position && d->offset == r->at;
}

/* A bit is over: what does it cost, and who says so? `r` NULL: no record may be lost. */
static void examine(struct specimen *s, const struct specimen_record *r, bool reads, bool behind,
                    struct tally *t)
{
    struct findings f;
    uint64_t lost;
    bool good;

    specimen_verify(s, &f);
    lost = f.verified.lost;
    good = f.result == 0 && f.verified.records == s->count - lost && lost <= (r != NULL);
    if (behind && f.count == 0)
        t->told += good = good && f.verified.unpublished > 0;
    else
        good = good && f.count > 0 && (!r || is_named(&f, r));
    if (good && reads) {
        size_t damages;
        int64_t count = specimen_read(s, &damages);

        good = count == (int64_t)(s->count - lost) && (damages > 0 || !r);
    }
    t->tried++;
    t->found += good;
    if (lost > t->worst)
        t->worst = lost;
}

static void flip_segment(struct specimen *s, size_t segment, uint64_t from, uint64_t to,
                         unsigned step, struct tally *t)
{
    uint64_t end = SEGMENT_HEADER_BYTES;
    size_t len;
    uint8_t *bytes = model_bytes(s->m, s->names[segment], &len);
    bool head = segment + 1 == s->segments;

    for (size_t i = 0; i < s->count; i++)
        if (s->records[i].segment == segment)
            end = s->records[i].at + s->records[i].bytes;
    for (uint64_t bit = from * 8; bit < to * 8 && bit < len * 8; bit += step) {
        uint64_t at = bit / 8;
        bool reads = bit % 37 == 0;

        bytes[at] ^= (uint8_t)(1 << bit % 8);
        examine(s, record_at(s, segment, at), reads, head && at >= end, t);
        bytes[at] ^= (uint8_t)(1 << bit % 8);
    }
}

static void flip_commit(struct specimen *s, unsigned step, struct tally *t)
{
    size_t len;
    uint8_t *bytes = model_bytes(s->m, "j/commit", &len);

    CHECK(len == COMMIT_BYTES);
    for (size_t bit = 0; bit < len * 8; bit += step) {
        struct findings f;

        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        specimen_verify(s, &f);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        t->tried++;
        t->found += f.result == 0 && f.count > 0 && f.verified.lost == 0;
    }
}

/* A compressed segment: a bit costs its frame at most, which is all of so small a segment. */
static void flip_compressed(struct specimen *s, unsigned step, struct tally *t)
{
    struct squeeze_job job = {.io = s->io, .dir = "j", .first = s->firsts[0]};
    size_t len, plain;
    uint8_t *bytes = model_bytes(s->m, s->names[0], &plain);
    char name[80];
    struct err err = {.text = ""};

    memcpy(job.id, bytes + 16, sizeof job.id);
    if (squeeze_segment(&job, &err) < 0) {
        printf("compress: %s\n", err.text);
        t->tried++;
        return;
    }
    snprintf(name, sizeof name, "%s.zst", s->names[0]);
    bytes = model_bytes(s->m, name, &len);
    CHECK(bytes);
    for (size_t bit = 0; bit < len * 8; bit += step) {
        struct findings f;

        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        specimen_verify(s, &f);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        t->tried++;
        t->found +=
            f.result == 0 && f.count > 0 && f.verified.records + f.verified.lost == s->count;
        if (f.verified.lost > t->worst)
            t->worst = f.verified.lost;
    }
}

static int find_keys(void *ctx, const char *name)
{
    char *out = ctx;

    if (out[0] == '\0' && strstr(name, ".ids"))
        snprintf(out, 64, "j/%s", name);
    return 0;
}

/* A file of keys: nothing is lost by it, and it is named. */
static void flip_keys(unsigned step, struct tally *t)
{
    struct specimen *s = specimen_with_keys(16384, 104, 12);
    char name[64] = "";
    struct findings f;
    uint8_t *bytes;
    size_t len;

    CHECK(s->io->list(s->io, "j", find_keys, name) == 0 && name[0]);
    bytes = model_bytes(s->m, name, &len);
    specimen_verify(s, &f);
    CHECK(f.result == 0 && f.count == 0);
    for (size_t bit = 0; bit < len * 8; bit += step) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        specimen_verify(s, &f);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        t->tried++;
        t->found += f.result == 0 && f.count == 1 && strcmp(f.list[0].file, name + 2) == 0 &&
                    f.verified.records == s->count;
    }
    specimen_free(s);
}

static bool print(const char *what, const struct tally *t)
{
    printf("%-44s %s of %s, at most %s lost by one\n", what, with_commas(t->found),
           with_commas(t->tried), with_commas(t->worst));
    if (t->told)
        printf("%-44s %s of these told as bytes that were never acknowledged\n", "",
               with_commas(t->told));
    return t->found == t->tried;
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--long") == 0, good = true;
    bool few = argc > 1 && strcmp(argv[1], "--short") == 0;
    unsigned least = all ? 1 : few ? 31 : 5;
    struct specimen *s = specimen_new(SEGMENT, LEN, 1, 2, 20, 3);
    struct tally sealed = {0}, head = {0}, commit = {0}, packed = {0}, keys = {0};
    int64_t began_us = clock_monotonic_us();
    size_t len, head_end = s->records[s->count - 1].at + s->records[s->count - 1].bytes;

    CHECK(s->segments == 2);
    CHECK(model_bytes(s->m, s->names[0], &len));
    flip_segment(s, 0, 0, len, least, &sealed);
    good = print("bits of a sealed segment", &sealed) && good;
    flip_segment(s, 1, 0, SEGMENT_HEADER_BYTES, least, &head);
    flip_segment(s, 1, SEGMENT_HEADER_BYTES, head_end, least, &head);
    flip_segment(s, 1, head_end, SEGMENT, all ? 1 : 13 * least, &head);
    good = print("bits of the head, zeros behind its end too", &head) && good;
    flip_commit(s, least, &commit);
    good = print("bits of the commit file", &commit) && good;
    flip_compressed(s, all ? 1 : 7 * least, &packed);
    good = print("bits of a compressed segment", &packed) && good;
    flip_keys(least, &keys);
    good = print("bits of a file of keys", &keys) && good;
    specimen_free(s);
    printf("flips: %s of %s bits of a segment of %zu bytes found, at most %s record lost by one; "
           "head %s of %s, commit file %s of %s, compressed %s of %s, keys %s of %s; %.1f s\n",
           with_commas(sealed.found), with_commas(sealed.tried), len, with_commas(sealed.worst),
           with_commas(head.found), with_commas(head.tried), with_commas(commit.found),
           with_commas(commit.tried), with_commas(packed.found), with_commas(packed.tried),
           with_commas(keys.found), with_commas(keys.tried),
           (double)(clock_monotonic_us() - began_us) / 1e6);
    return good ? 0 : 1;
}
