/* SPDX-License-Identifier: Apache-2.0 */
/* sim_journal.c: a journal through crashes. Remembers outside what was submitted, acknowledged and
 * given to a reader, and holds the journal to it:
 *
 *   - what was acknowledged, or given to a reader, is there for ever: kind, bytes, position
 *   - what is there was submitted, once, and stands at one position; positions have no gaps
 *   - a key that is in the journal is a duplicate, with the first one's position
 *   - segments are compressed and deleted meanwhile, deleted only where the cursor had passed them
 *   - whatever happened, the journal opens by itself, without damage to report, and takes events */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/cursor.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/segment.h"
#include "journal/tidy.h"
#include "journal/verify.h"
#include "sim.h"

enum { ITEMS_MAX = 4096, BATCH_MOST = 6, GROUP_MOST = 3, LARGE = 3000, LIVES_MOST = 8 };

struct item {
    uint32_t len;
    uint8_t kind;
    bool acked, given;
    unsigned seen; /* the last reading that had it */
    int64_t position; /* 0: not known */
};

struct world {
    struct sim *s;
    struct item items[ITEMS_MAX];
    size_t count;
    uint64_t segment_bytes, rolls;
    size_t recent_bytes; /* little: keys are written to files all the time */
    unsigned reading;
    int64_t last; /* the highest position known to be taken */
    struct journal *j;
    struct journal_reader *beside;
    int64_t beside_at;
    struct tidy *tidy;
    int64_t published; /* the highest cursor that was written, or tried */
    int64_t keep_us, compress_us; /* -1: neither */
};

/* The time, for all that asks for it: it goes on with each step. */
static int64_t now_us;

static int64_t clock_now(void)
{
    return now_us;
}

/* A payload begins with its number; the rest follows from number and seed. */
static void make_payload(const struct world *w, uint64_t n, uint8_t *out)
{
    uint64_t state = (w->s->seed ^ n * UINT64_C(0x9e3779b97f4a7c15)) | 1;
    size_t len = w->items[n].len;

    memset(out, 0, 16);
    memcpy(out, &n, sizeof n);
    for (size_t i = 16; i < len; i += 8) {
        uint64_t r = model_random(&state);

        memcpy(out + i, &r, len - i < 8 ? len - i : 8);
    }
}

static bool key_of(void *ctx, enum journal_kind kind, struct str payload, struct journal_key *out)
{
    (void)ctx;
    if (kind == JOURNAL_NOTE || payload.len < 16)
        return false;
    memcpy(out->id, payload.ptr, 16);
    out->source = 7;
    return true;
}

static uint64_t new_item(struct world *w)
{
    static const uint8_t kinds[] = {JOURNAL_EVENT, JOURNAL_EVENT, JOURNAL_EVENT, JOURNAL_QUARANTINE,
                                    JOURNAL_NOTE};
    struct item *item = &w->items[w->count];

    CHECK(w->count < ITEMS_MAX);
    item->kind = kinds[sim_below(w->s, sizeof kinds)];
    item->len = (uint32_t)(16 + sim_below(w->s, sim_one_in(w->s, 12) ? LARGE : 400));
    return w->count++;
}

/* May it have been deleted? */
static bool may_be_gone(const struct world *w, const struct item *item)
{
    return w->keep_us >= 0 && item->position <= w->published;
}

/* Item n stands at the position: is that so for ever? */
static void settle(struct world *w, uint64_t n, int64_t position, const char *by)
{
    struct item *item = &w->items[n];

    if (item->position != position && may_be_gone(w, item))
        item->position = 0; /* deleted, and submitted again */
    if (item->position && item->position != position)
        sim_violation(w->s, "item %llu stood at %lld and is at %lld (%s)", (unsigned long long)n,
                      (long long)item->position, (long long)position, by);
    for (size_t i = 0; i < w->count && item->position == 0; i++)
        if (w->items[i].position == position)
            sim_violation(w->s, "position %lld is of items %zu and %llu (%s)", (long long)position,
                          i, (unsigned long long)n, by);
    item->position = position;
    if (position > w->last)
        w->last = position;
}

/* The item; NULL for a note that the journal made itself, and for a violation. */
static struct item *check_entry(struct world *w, const struct journal_entry *e, int64_t expected)
{
    static uint8_t bytes[16 + LARGE];
    struct item *item;
    uint64_t n = UINT64_MAX;

    if (expected && e->position != expected)
        sim_violation(w->s, "position %lld follows %lld", (long long)e->position,
                      (long long)expected - 1);
    if (e->kind == JOURNAL_NOTE && str_starts(e->payload, STR("{\"note\"")))
        return NULL;
    if (e->payload.len >= 16)
        memcpy(&n, e->payload.ptr, sizeof n);
    if (n >= w->count) {
        sim_violation(w->s, "position %lld holds what nobody submitted", (long long)e->position);
        return NULL;
    }
    item = &w->items[n];
    make_payload(w, n, bytes);
    if (e->kind != item->kind || e->payload.len != item->len ||
        memcmp(e->payload.ptr, bytes, item->len) != 0)
        sim_violation(w->s, "item %llu at %lld is not what was submitted", (unsigned long long)n,
                      (long long)e->position);
    settle(w, n, e->position, "read");
    item->given = true;
    return item;
}

/* Where the journal begins, all before is gone for good. */
static void forget_before(struct world *w, int64_t start)
{
    if (start > 1 && (w->keep_us < 0 || start - 1 > w->published))
        sim_violation(w->s, "it begins at %lld, with a cursor at %lld", (long long)start,
                      (long long)w->published);
    for (size_t i = 0; i < w->count; i++)
        if (w->items[i].position && w->items[i].position < start)
            w->items[i].acked = w->items[i].given = false;
}

/* Reads all; afterwards everything that must be there was. */
static void check_all(struct world *w)
{
    struct journal_reader *r = NULL;
    struct journal_entry e;
    struct err err = {.text = ""};
    int64_t expected = 0;
    int found;

    w->reading++;
    if (journal_reader_open(&r, w->s->io, "d/j", 0, &err) < 0) {
        sim_violation(w->s, "the reader does not open: %s", err.text);
        return;
    }
    while ((found = journal_reader_next(r, &e, &err)) > 0 && !w->s->violation[0]) {
        struct item *item = check_entry(w, &e, expected);

        if (expected == 0)
            forget_before(w, e.position);
        expected = e.position + 1;
        if (item)
            item->seen = w->reading;
        w->s->counts->given++;
    }
    if (found < 0)
        sim_violation(w->s, "the reader says: %s", err.text);
    journal_reader_close(r);
    for (size_t i = 0; i < w->count; i++)
        if ((w->items[i].acked || w->items[i].given) && w->items[i].seen != w->reading)
            sim_violation(w->s, "item %zu at %lld is lost (%s)", i, (long long)w->items[i].position,
                          w->items[i].acked ? "acknowledged" : "given to a reader");
}

static void on_damage(void *ctx, const struct journal_damage *d)
{
    struct world *w = ctx;

    sim_violation(w->s, "a crash is taken for damage: %s at %llu: %s", d->file,
                  (unsigned long long)d->offset, d->what);
}

static void done(struct journal_batch *b)
{
    *(bool *)b->ctx = true;
}

static void judge_record(struct world *w, uint64_t n, const struct journal_record *r)
{
    struct item *item = &w->items[n];

    if (!r->duplicate && (item->acked || item->given) && !may_be_gone(w, item))
        sim_violation(w->s, "item %llu at %lld is accepted again, at %lld", (unsigned long long)n,
                      (long long)item->position, (long long)r->position);
    if (!r->duplicate)
        item->position = 0; /* an earlier copy, seen by nobody, is gone */
    settle(w, n, r->position, r->duplicate ? "duplicate" : "accepted");
    item->acked = true;
    w->s->counts->acked += !r->duplicate;
    w->s->counts->duplicates += r->duplicate;
}

struct submission {
    struct journal_batch batch;
    struct journal_record records[BATCH_MOST];
    uint64_t numbers[BATCH_MOST];
    bool done;
};

/* New records and repetitions of old ones. */
static void fill(struct world *w, struct submission *sub)
{
    size_t count = 1 + sim_below(w->s, BATCH_MOST);

    for (size_t i = 0; i < count; i++) {
        bool again = w->count > 0 && sim_one_in(w->s, 4);
        uint64_t n = again ? sim_below(w->s, w->count) : UINT64_MAX;
        struct journal_record *r = &sub->records[i];
        uint8_t *bytes;

        if (n == UINT64_MAX || w->items[n].kind == JOURNAL_NOTE) /* notes have no key */
            n = new_item(w);
        bytes = xmalloc(w->items[n].len);
        make_payload(w, n, bytes);
        sub->numbers[i] = n;
        r->kind = (enum journal_kind)w->items[n].kind;
        r->payload = str_of((char *)bytes, w->items[n].len);
        r->has_key = key_of(NULL, r->kind, r->payload, &r->key);
    }
    sub->batch = (struct journal_batch){.records = sub->records,
                                        .count = count,
                                        .received_us = now_us,
                                        .done = done,
                                        .ctx = &sub->done};
}

/* More than any segment holds. */
static bool is_too_large(const struct world *w, const struct journal_batch *b)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < b->count; i++)
        bytes += segment_record_bytes(b->records[i].payload.len);
    return b->error == ERR_LIMIT &&
           bytes > w->segment_bytes - SEGMENT_HEADER_BYTES - SEGMENT_SEAL_BYTES;
}

static void submit(struct world *w)
{
    struct submission subs[GROUP_MOST] = {{.done = false}};
    size_t count = 1 + sim_below(w->s, GROUP_MOST);

    for (size_t i = 0; i < count; i++) {
        fill(w, &subs[i]);
        journal_submit(w->j, &subs[i].batch);
    }
    journal_commit_waiting(w->j);
    for (size_t i = 0; i < count; i++) {
        struct submission *sub = &subs[i];

        if (!sub->done)
            sim_violation(w->s, "a batch was not decided");
        if (sub->batch.error && !sim_may_fail(w->s) && !is_too_large(w, &sub->batch))
            sim_violation(w->s, "a batch got error %d, and nothing was wrong", sub->batch.error);
        for (size_t k = 0; k < sub->batch.count; k++) {
            if (sub->batch.error == ERR_NONE)
                judge_record(w, sub->numbers[k], &sub->records[k]);
            free((void *)(uintptr_t)sub->records[k].payload.ptr);
        }
    }
}

/* A reader that follows the writer, as a sink does. */
static void read_beside(struct world *w)
{
    struct journal_entry e;
    struct err err = {.text = ""};
    int found = 0;

    if (!w->beside && journal_reader_open(&w->beside, w->s->io, "d/j", w->beside_at, &err) < 0) {
        if (!sim_may_fail(w->s))
            sim_violation(w->s, "the reader beside does not open: %s", err.text);
        w->beside = NULL;
        return;
    }
    for (uint64_t i = sim_below(w->s, 20); i > 0; i--) {
        found = journal_reader_next(w->beside, &e, &err);
        if (found <= 0)
            break;
        check_entry(w, &e, w->beside_at + 1);
        w->beside_at = e.position;
    }
    if (found < 0 && (err.code == ERR_CORRUPT || !sim_may_fail(w->s)))
        sim_violation(w->s, "the reader beside says: %s", err.text);
}

static int open_journal(struct world *w, struct err *err)
{
    struct journal_opts opts = {.io = w->s->io,
                                .dir = "d/j",
                                .segment_bytes = w->segment_bytes,
                                .reserve_bytes = 4096,
                                .recent_bytes = w->recent_bytes,
                                .key_of = key_of,
                                .monotonic = clock_now,
                                .on_damage = on_damage,
                                .damage_ctx = w,
                                .no_thread = true,
                                .no_prepare_thread = true};

    w->j = NULL;
    if (io_make_dir(w->s->io, "d", 0700, err) < 0)
        return -1;
    return journal_open(&w->j, &opts, err);
}

static void close_all(struct world *w)
{
    struct journal_stats stats = {.segments = 0};

    if (w->j)
        journal_stats(w->j, &stats);
    w->s->counts->index_files += stats.index_files;
    w->s->counts->index_found += stats.index_found;
    w->s->counts->index_rebuilt += stats.index_rebuilt;
    w->s->counts->rolls += stats.segments > w->rolls ? stats.segments - w->rolls : 0;
    if (stats.segments > w->rolls)
        w->rolls = stats.segments;
    journal_reader_close(w->beside);
    tidy_free(w->tidy);
    journal_close(w->j);
    w->tidy = NULL;
    w->j = NULL;
    w->beside = NULL;
}

/* Opens; false where this life ends with that. */
static bool reopen(struct world *w)
{
    struct err err = {.text = ""};

    if (open_journal(w, &err) < 0) {
        if (!sim_may_fail(w->s))
            sim_violation(w->s, "the journal does not open: %s", err.text);
        sim_say(w->s, "  not opened: %s", err.text);
        return false;
    }
    if (!sim_may_fail(w->s))
        check_all(w);
    return true;
}

/* A sink tells how far it has come. */
static void publish(struct world *w)
{
    struct err err = {.text = ""};

    w->published = w->beside_at;
    if (cursor_publish(w->s->io, "d/j", "store", w->beside_at, &err) < 0 && !sim_may_fail(w->s))
        sim_violation(w->s, "the cursor cannot be written: %s", err.text);
}

/* Compresses and deletes a little. */
static void tidy_up(struct world *w)
{
    struct tidy_opts opts = {.journal = w->j,
                             .compress_after_us = w->compress_us,
                             .keep_us = w->keep_us,
                             .rule = "retention.journal",
                             .wall = clock_now,
                             .monotonic = clock_now};
    struct tidy_report report;
    struct err err = {.text = ""};
    int more = 1;

    if (!w->tidy)
        w->tidy = tidy_new(&opts);
    for (int i = 0; i < 6 && more > 0; i++) {
        more = tidy_step(w->tidy, &report, &err);
        if (more >= 0 && report.kind == TIDY_DAMAGED)
            sim_violation(w->s, "tidying finds damage: %s", report.text);
        w->s->counts->compressed += more >= 0 && report.kind == TIDY_COMPRESSED;
        w->s->counts->deleted += report.kind == TIDY_DELETED ? report.segments : 0;
    }
    if (more < 0 && !sim_may_fail(w->s))
        sim_violation(w->s, "tidying fails: %s", err.text);
}

static bool goes_on(const struct world *w)
{
    return !w->s->violation[0] && !model_is_dead(w->s->m) && w->count < ITEMS_MAX - 64;
}

/* What a crash leaves is not called damage by who reads it all, before and after recovery. */
static void verify(struct world *w)
{
    struct journal_verify_opts opts = {
        .io = w->s->io, .dir = "d/j", .on_damage = on_damage, .ctx = w};
    struct journal_verified verified;
    struct err err = {.text = ""};

    if (journal_verify(&opts, &verified, &err) < 0 && err.code != ERR_USAGE)
        sim_violation(w->s, "verify fails: %s", err.text);
}

static void live(struct world *w)
{
    bool opening = true;

    sim_begin_good_life(w->s);
    verify(w);

    sim_begin_life(w->s, 150);
    if (reopen(w)) {
        opening = false;
        for (int step = 0; step < 60 && goes_on(w); step++) {
            now_us += 1 + (int64_t)sim_below(w->s, sim_one_in(w->s, 8) ? 300000 : 100);
            switch (sim_below(w->s, 9)) {
            case 0:
            case 1: read_beside(w); break;
            case 2:
                if (!sim_one_in(w->s, 4))
                    break;
                close_all(w);
                opening = !reopen(w);
                step = opening ? 60 : step;
                break;
            case 3:
                publish(w);
                if (w->compress_us >= 0 || w->keep_us >= 0)
                    tidy_up(w);
                break;
            default: submit(w);
            }
        }
    }
    close_all(w);
    sim_end_life(w->s, opening && model_is_dead(w->s->m));
}

void sim_journal(struct sim *s)
{
    struct world *w = xcalloc(1, sizeof *w);
    uint64_t lives = 1 + sim_below(s, LIVES_MOST);

    w->s = s;
    w->segment_bytes = UINT64_C(8192) << sim_below(s, 4);
    if (sim_one_in(s, 3))
        w->segment_bytes += 8 * sim_below(s, 1000);
    w->recent_bytes = (size_t)2048 << sim_below(s, 6);
    w->compress_us = sim_one_in(s, 2) ? (int64_t)sim_below(s, 1000) : -1;
    w->keep_us = sim_one_in(s, 3) ? (int64_t)sim_below(s, 3000) : -1;
    now_us = 1000000;
    while (lives-- && !s->violation[0])
        live(w);
    sim_begin_good_life(s);
    if (!s->violation[0] && reopen(w)) {
        submit(w);
        check_all(w);
        verify(w);
    }
    close_all(w);
    free(w);
}
