/* SPDX-License-Identifier: Apache-2.0 */
/* specimen.c: see specimen.h. */
#include "specimen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/reader.h"
#include "journal/segment.h"

enum { BATCH_MOST = 64 };

static void done(struct journal_batch *b)
{
    ++*(int *)b->ctx;
}

static void remember(void *ctx, const struct journal_damage *d)
{
    struct findings *f = ctx;

    if (f->count < SPECIMEN_DAMAGES)
        f->list[f->count] = *d;
    f->count++;
}

static bool key_of(void *ctx, enum journal_kind kind, struct str payload, struct journal_key *out)
{
    (void)ctx;
    (void)kind;
    memcpy(out->id, payload.ptr, sizeof out->id);
    out->source = 7;
    return payload.len >= sizeof out->id;
}

static struct journal *open_journal(struct specimen *s, uint64_t segment_bytes,
                                    struct findings *out)
{
    struct journal_opts opts = {.io = s->io,
                                .dir = "j",
                                .segment_bytes = segment_bytes,
                                .reserve_bytes = 4096,
                                .recent_bytes = s->keys ? 2048 : 1 << 16,
                                .key_of = s->keys ? key_of : NULL,
                                .on_damage = out ? remember : NULL,
                                .damage_ctx = out,
                                .no_thread = true,
                                .no_prepare_thread = true};
    struct journal *j = NULL;
    struct err err = {.text = ""};

    if (journal_open(&j, &opts, &err) < 0) {
        printf("open: %s\n", err.text);
        return NULL;
    }
    return j;
}

/* Payload of the position: no byte is 0, so that a cut shows. */
static void make_payload(const struct specimen *s, int64_t position, uint8_t *out, size_t len)
{
    uint64_t state = (s->seed * 31 + (uint64_t)position * UINT64_C(0x9e3779b97f4a7c15)) | 1;

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0)
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(state >> (56 - i % 8)) | 1;
    }
}

static bool append(const struct specimen *s, struct journal *j, size_t count, size_t len)
{
    struct journal_record records[BATCH_MOST] = {{.kind = JOURNAL_EVENT}};
    AUTO_FREE uint8_t *bytes = xcalloc(count, len);
    struct journal_stats stats;
    int called = 0;
    struct journal_batch b = {
        .records = records, .count = count, .received_us = 5, .done = done, .ctx = &called};

    CHECK(count <= BATCH_MOST);
    journal_stats(j, &stats);
    for (size_t i = 0; i < count; i++) {
        make_payload(s, stats.last_position + 1 + (int64_t)i, bytes + i * len, len);
        records[i] =
            (struct journal_record){.kind = JOURNAL_EVENT, .payload = str_of(bytes + i * len, len)};
        records[i].has_key =
            s->keys && key_of(NULL, JOURNAL_EVENT, records[i].payload, &records[i].key);
    }
    journal_submit(j, &b);
    journal_commit_waiting(j);
    return called == 1 && b.error == ERR_NONE;
}

static int take_name(void *ctx, const char *name)
{
    struct specimen *s = ctx;
    int64_t first = segment_name_parse(name);
    size_t i = s->segments;

    if (first < 0)
        return 0;
    CHECK(s->segments < SPECIMEN_SEGMENTS);
    for (; i > 0 && s->firsts[i - 1] > first; i--)
        s->firsts[i] = s->firsts[i - 1];
    s->firsts[i] = first;
    s->segments++;
    return 0;
}

static void index_segment(struct specimen *s, size_t i)
{
    char name[SEGMENT_NAME_SIZE];
    struct segment_record r;
    uint8_t id[SEGMENT_ID_BYTES];
    uint8_t *bytes;
    size_t len;

    segment_name(name, s->firsts[i]);
    snprintf(s->names[i], sizeof s->names[i], "j/%s", name);
    bytes = model_bytes(s->m, s->names[i], &len);
    memcpy(id, bytes + 16, sizeof id);
    for (uint64_t at = SEGMENT_HEADER_BYTES;
         segment_record_parse(&r, bytes + at, len - at, segment_seed(id, s->firsts[i]));
         at += r.bytes) {
        CHECK(s->count < SPECIMEN_RECORDS);
        s->records[s->count++] = (struct specimen_record){
            .position = r.position, .segment = i, .at = at, .bytes = r.bytes};
    }
}

void specimen_index(struct specimen *s)
{
    s->segments = s->count = 0;
    CHECK(s->io->list(s->io, "j", take_name, s) == 0);
    for (size_t i = 0; i < s->segments; i++)
        index_segment(s, i);
}

static struct specimen *make(uint64_t segment_bytes, size_t len, size_t most, size_t segments,
                             size_t in_head, uint64_t seed, bool keys)
{
    struct specimen *s = xcalloc(1, sizeof *s);
    uint64_t random = seed * 7 + 1;
    struct journal_stats stats;
    struct journal *j;
    size_t head = 0;
    uint64_t before = 1;

    s->m = model_new(seed);
    s->io = model_table(s->m);
    s->seed = seed;
    s->keys = keys;
    j = open_journal(s, segment_bytes, NULL);
    CHECK(j);
    do {
        size_t count = 1 + model_below(&random, most);

        CHECK(append(s, j, count, len));
        journal_stats(j, &stats);
        head = stats.segments == before ? head + count : count;
        before = stats.segments;
    } while (stats.segments < segments || head < in_head);
    journal_close(j);
    CHECK(model_kill(s->m) == 0);
    specimen_index(s);
    return s;
}

struct specimen *specimen_new(uint64_t segment_bytes, size_t len, size_t most, size_t segments,
                              size_t in_head, uint64_t seed)
{
    return make(segment_bytes, len, most, segments, in_head, seed, false);
}

struct specimen *specimen_with_keys(uint64_t segment_bytes, size_t len, size_t segments)
{
    return make(segment_bytes, len, 8, segments, 8, 4, true);
}

void specimen_free(struct specimen *s)
{
    if (!s)
        return;
    model_free(s->m);
    free(s);
}

void specimen_verify(struct specimen *s, struct findings *out)
{
    struct journal_verify_opts opts = {.io = s->io, .dir = "j", .on_damage = remember, .ctx = out};
    struct err err;

    out->count = 0;
    out->result = journal_verify(&opts, &out->verified, &err);
}

void specimen_open(struct specimen *s, uint64_t segment_bytes, struct findings *out,
                   struct journal_stats *stats)
{
    struct journal *j;

    out->count = 0;
    *stats = (struct journal_stats){.segments = 0};
    j = open_journal(s, segment_bytes, out);
    out->result = j ? 0 : -1;
    if (j)
        journal_stats(j, stats);
    journal_close(j);
}

bool findings_are(const struct findings *f, const bool *lost, int64_t last)
{
    AUTO_FREE bool *told = xcalloc((size_t)last + 1, sizeof *told);

    if (f->count > SPECIMEN_DAMAGES)
        return false;
    for (size_t i = 0; i < f->count; i++) {
        const struct journal_damage *d = &f->list[i];

        for (int64_t p = d->first; d->first && p <= d->last; p++) {
            if (p > last || told[p])
                return false;
            told[p] = true;
        }
    }
    return memcmp(told + 1, lost + 1, (size_t)last * sizeof *told) == 0;
}

int64_t specimen_read(struct specimen *s, size_t *damages)
{
    struct journal_reader *r = NULL;
    struct journal_entry e;
    struct err err;
    int64_t count = 0, last = 0;
    int found;

    *damages = 0;
    if (journal_reader_open(&r, s->io, "j", 0, &err) < 0) {
        ++*damages;
        return 0;
    }
    while ((found = journal_reader_next(r, &e, &err)) != 0 && *damages < 1000) {
        AUTO_FREE uint8_t *bytes = NULL;

        if (found < 0) {
            ++*damages;
            continue;
        }
        bytes = xmalloc(e.payload.len + 1);
        make_payload(s, e.position, bytes, e.payload.len);
        if (e.position <= last || memcmp(bytes, e.payload.ptr, e.payload.len) != 0) {
            count = -1;
            break;
        }
        last = e.position;
        count++;
    }
    journal_reader_close(r);
    return count;
}

const char *with_commas(uint64_t n)
{
    static char texts[16][32];
    static unsigned next;
    char *out = texts[next++ % 16], digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n), k = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return out;
}
