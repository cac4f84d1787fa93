/* SPDX-License-Identifier: Apache-2.0 */
/* journal_fixture.h: a journal in a temporary folder or in memory, and small words to fill it. */
#pragma once
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "memory_io.h"

/* Payloads here begin with their key: 16 bytes id. */
static inline bool fixture_key_of(void *ctx, enum journal_kind kind, struct str payload,
                                  struct journal_key *out)
{
    (void)ctx;
    if (kind == JOURNAL_NOTE || payload.len < 16)
        return false;
    memcpy(out->id, payload.ptr, 16);
    out->source = 7;
    return true;
}

struct fixture_wait {
    pthread_mutex_t mtx;
    pthread_cond_t cond;
    int done;
};

static inline void fixture_done(struct journal_batch *b)
{
    struct fixture_wait *w = b->ctx;

    pthread_mutex_lock(&w->mtx);
    w->done++;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->mtx);
}

static inline void fixture_await(struct fixture_wait *w, int count)
{
    pthread_mutex_lock(&w->mtx);
    while (w->done < count)
        pthread_cond_wait(&w->cond, &w->mtx);
    pthread_mutex_unlock(&w->mtx);
}

#define FIXTURE_WAIT                                                                               \
    {                                                                                              \
        .mtx = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER                         \
    }

/* A payload of len bytes that begins with number n as its id; the caller frees it. */
static inline struct str fixture_payload(uint64_t n, size_t len)
{
    char *p = xmalloc(len);

    CHECK(len >= 16);
    memset(p, 0, 16);
    memcpy(p, &n, sizeof n);
    for (size_t i = 16; i < len; i++)
        p[i] = (char)(n * 31 + i);
    return str_of(p, len);
}

/* Appends events number first .. first + count - 1 as one batch and waits. Returns its error. */
static inline enum err_code fixture_append(struct journal *j, uint64_t first, size_t count,
                                           size_t len, struct journal_record *out)
{
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_record *records = xcalloc(count, sizeof *records);
    struct journal_batch batch = {.records = records,
                                  .count = count,
                                  .received_us = 1000,
                                  .done = fixture_done,
                                  .ctx = &wait};

    for (size_t i = 0; i < count; i++) {
        records[i].kind = JOURNAL_EVENT;
        records[i].payload = fixture_payload(first + i, len);
        records[i].has_key =
            fixture_key_of(NULL, JOURNAL_EVENT, records[i].payload, &records[i].key);
    }
    journal_submit(j, &batch);
    fixture_await(&wait, 1);
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)records[i].payload.ptr);
        records[i].payload = STR_NONE;
        if (out)
            out[i] = records[i];
    }
    free(records);
    return batch.error;
}

static inline struct journal *fixture_open(const struct io *io, const char *dir,
                                           uint64_t segment_bytes)
{
    struct journal_opts opts = {.io = io,
                                .dir = dir,
                                .segment_bytes = segment_bytes,
                                .reserve_bytes = 1 << 20,
                                .recent_bytes = 1 << 20,
                                .key_of = fixture_key_of};
    struct journal *j = NULL;
    struct err err = {0};

    if (journal_open(&j, &opts, &err) < 0) {
        fprintf(stderr, "# %s\n", err.text);
        return NULL;
    }
    return j;
}

/* Reads all from `after` on; returns how many records came, in order; *damages counts errors. */
static inline int64_t fixture_read(const struct io *io, const char *dir, int64_t after,
                                   int *damages)
{
    struct journal_reader *r = NULL;
    struct journal_entry e;
    struct err err;
    int64_t count = 0, last = after;
    int found;

    *damages = 0;
    if (journal_reader_open(&r, io, dir, after, &err) < 0) {
        *damages = 1;
        return 0;
    }
    while ((found = journal_reader_next(r, &e, &err)) != 0 && *damages < 100) {
        if (found < 0) {
            ++*damages;
            continue;
        }
        CHECK(e.position > last);
        last = e.position;
        count++;
    }
    journal_reader_close(r);
    return count;
}
