/* SPDX-License-Identifier: Apache-2.0 */
/* sink_fixture.h: a journal of records in the folder of a store, for the tests of src/sink. */
#pragma once
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/io.h"
#include "journal_fixture.h"
#include "sink/runner.h"

static inline char *sink_journal_dir(const struct fixture *f)
{
    return xasprintf("%s/journal", f->dir);
}

/* Appends payloads as one batch of records of a kind. */
static inline void sink_append(const struct fixture *f, enum journal_kind kind,
                               const struct str *payloads, size_t count)
{
    AUTO_FREE char *dir = sink_journal_dir(f);
    const struct journal_opts opts = {.io = io_system(),
                                      .dir = dir,
                                      .segment_bytes = 1 << 20,
                                      .reserve_bytes = 1 << 20,
                                      .recent_bytes = 1 << 16};
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_record *records = xcalloc(count, sizeof *records);
    struct journal_batch batch = {.records = records,
                                  .count = count,
                                  .received_us = INT64_C(1700000000000000),
                                  .done = fixture_done,
                                  .ctx = &wait};
    struct journal *j;
    struct err err = {0};

    for (size_t i = 0; i < count; i++)
        records[i] = (struct journal_record){.kind = kind, .payload = payloads[i]};
    if (journal_open(&j, &opts, &err) < 0)
        fail_msg("%s", err.text);
    journal_submit(j, &batch);
    fixture_await(&wait, 1);
    assert_int_equal(batch.error, ERR_NONE);
    journal_close(j);
    free(records);
}

/* `count` events numbered from `first`, one property each: c0 to c9 by turns. */
static inline void sink_append_events(const struct fixture *f, int64_t first, size_t count)
{
    struct buf *bufs = xcalloc(count, sizeof *bufs);
    struct str *payloads = xcalloc(count, sizeof *payloads);

    for (size_t i = 0; i < count; i++) {
        int64_t n = first + (int64_t)i;
        char name[8];
        struct record_property p = {.value = {.type = RECORD_INTEGER, .integer = n}};
        struct record rec = {.time_us = INT64_C(1700000000000000),
                             .name = STR("thing.happened"),
                             .source = STR("backend"),
                             .properties = &p,
                             .property_count = 1};

        snprintf(name, sizeof name, "c%d", (int)(n / 500 % 10));
        p.name = str_from(name);
        memcpy(rec.id.b, &n, sizeof n);
        buf_init(&bufs[i], 4096);
        record_encode(&bufs[i], &rec);
        payloads[i] = buf_as_str(&bufs[i]);
    }
    for (size_t at = 0; at < count; at += 5000)
        sink_append(f, JOURNAL_EVENT, payloads + at, count - at < 5000 ? count - at : 5000);
    for (size_t i = 0; i < count; i++)
        buf_free(&bufs[i]);
    free(bufs);
    free(payloads);
}

static inline struct runner *sink_start(struct fixture *f, const struct sink_ops *ops)
{
    AUTO_FREE char *dir = sink_journal_dir(f);
    const struct runner_opts opts = {.ops = ops, .env = {.store = f->store}, .journal_dir = dir};
    struct runner *r;
    struct err err = {0};

    if (runner_start(&r, &opts, &err) < 0)
        fail_msg("%s", err.text);
    return r;
}

/* Waits until the sink is at the position, at most 100 s. */
static inline void sink_await(struct runner *r, int64_t position)
{
    struct runner_stats stats;

    for (int i = 0; i < 20000; i++) {
        runner_stats(r, &stats);
        if (stats.position >= position)
            return;
        usleep(5000);
    }
    fail_msg("the sink stays at %" PRId64 ": %s", stats.position, stats.error);
}

static inline void sink_remove_folder(const char *folder)
{
    AUTO_DIR dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        AUTO_FREE char *path = xasprintf("%s/%s", folder, entry->d_name);

        unlink(path);
    }
    rmdir(folder);
}

static inline void sink_remove_journal(const struct fixture *f)
{
    AUTO_FREE char *folder = sink_journal_dir(f), *cursors = io_join(folder, "cursors"),
                   *damaged = io_join(folder, "damaged");

    sink_remove_folder(cursors);
    sink_remove_folder(damaged);
    sink_remove_folder(folder);
}

static inline int sink_teardown(void **state)
{
    sink_remove_journal(*state);
    return fixture_teardown(state);
}
