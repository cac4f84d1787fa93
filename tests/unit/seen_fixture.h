/* SPDX-License-Identifier: Apache-2.0 */
/* seen_fixture.h: a journal with little memory for keys and a clock of its own, batches of numbers for
 * ids, and the files of keys that come of them. */
#pragma once
#include "unit.h"

#include "journal/seen_run.h"
#include "journal_fixture.h"

enum { LEN = 24, SMALL = 1 << 16, BATCH_MOST = 200 }; /* SMALL: 640 keys in memory, 320 a file */

static char dir[64];
static int64_t now_us;

static inline int64_t fake_clock(void)
{
    return now_us;
}

static inline int make_dir(void **state)
{
    now_us = 1000;
    snprintf(dir, sizeof dir, "/tmp/weir-seen-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static inline int delete_one(void *ctx, const char *name)
{
    AUTO_FREE char *path = io_join(dir, name);

    return unlink(path);
}

static inline int remove_dir(void **state)
{
    io_system()->list(io_system(), dir, delete_one, NULL);
    return rmdir(dir);
}

/* The real disk, but nothing waits for it. */
static inline int sync_nothing(const struct io *io, int fd)
{
    return 0;
}

static inline int sync_no_dir(const struct io *io, const char *path)
{
    return 0;
}

static inline const struct io *fast_io(void)
{
    static struct io io;

    io = *io_system();
    io.fdatasync = sync_nothing;
    io.fsync_dir = sync_no_dir;
    return &io;
}

static inline struct journal *open_with(const struct io *io, const char *where,
                                        uint64_t segment_bytes, size_t recent_bytes, bool no_thread)
{
    struct journal_opts opts = {.io = io,
                                .dir = where,
                                .segment_bytes = segment_bytes,
                                .reserve_bytes = 1,
                                .recent_bytes = recent_bytes,
                                .key_of = fixture_key_of,
                                .monotonic = fake_clock,
                                .no_thread = no_thread};
    struct journal *j = NULL;
    struct err err = {0};

    if (journal_open(&j, &opts, &err) < 0) {
        fprintf(stderr, "# %s\n", err.text);
        return NULL;
    }
    return j;
}

/* A batch of events with these numbers for ids. */
struct batch {
    struct journal_record records[BATCH_MOST];
    struct journal_batch batch;
    char payloads[BATCH_MOST][LEN];
};

static inline void at_once(struct journal_batch *b)
{
}

static inline void put(struct batch *b, size_t i, uint64_t n, enum journal_kind kind)
{
    struct journal_record *r = &b->records[i];

    memset(b->payloads[i], 0, LEN);
    memcpy(b->payloads[i], &n, sizeof n);
    *r = (struct journal_record){.kind = kind, .has_key = true, .payload = {b->payloads[i], LEN}};
    CHECK(fixture_key_of(NULL, kind, r->payload, &r->key));
}

/* Without threads. */
static inline enum err_code commit(struct journal *j, struct batch *b, size_t count)
{
    b->batch = (struct journal_batch){
        .records = b->records, .count = count, .received_us = 1000, .done = at_once};
    journal_submit(j, &b->batch);
    journal_commit_waiting(j);
    return b->batch.error;
}

/* The position of one key; 0: it was new. */
static inline int64_t ask(struct journal *j, uint64_t n)
{
    static struct batch b;

    put(&b, 0, n, JOURNAL_EVENT);
    assert_int_equal(commit(j, &b, 1), ERR_NONE);
    return b.records[0].duplicate ? b.records[0].position : 0;
}

static inline void add_new(struct journal *j, uint64_t from, uint64_t to)
{
    static struct batch b;

    while (from <= to) {
        size_t count = 0;

        for (; count < BATCH_MOST && from <= to; count++)
            put(&b, count, from++, JOURNAL_EVENT);
        assert_int_equal(commit(j, &b, count), ERR_NONE);
        for (size_t i = 0; i < count; i++)
            assert_false(b.records[i].duplicate);
    }
}

static inline struct journal_stats stats_of(struct journal *j)
{
    struct journal_stats s;

    journal_stats(j, &s);
    return s;
}
