/* SPDX-License-Identifier: Apache-2.0 */
/* test_carriage.c: contexts under tokens follow the journal: while it commits, and at start. */
#include "unit.h"

#include "base/clock.h"
#include "collector/carriage.h"
#include "event/record.h"
#include "journal_fixture.h"

#define HOUR INT64_C(3600000000)

/* A journal in memory, and the table beside it. */
struct world {
    struct memory_io *m;
    struct io io; /* counts what is read */
    struct carried *carried;
    struct carriage *carriage;
    struct journal *journal;
    unsigned troubles;
    int64_t now_us;
};

static uint64_t bytes_read;
static const struct io *below;

static ssize_t count_read(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    ssize_t got = below->pread(below, fd, buf, len, at);

    (void)io;
    bytes_read += got > 0 ? (uint64_t)got : 0;
    return got;
}

static void on_commit(void *ctx, const struct journal_batch *first, const struct journal_batch *end)
{
    carriage_commit(ctx, first, end);
}

static void count_trouble(void *ctx, const char *text)
{
    struct world *w = ctx;

    w->troubles++;
}

static void begin(struct world *w)
{
    *w = (struct world){.m = memory_io_new(), .now_us = clock_now_us()};
    w->io = w->m->io;
    w->io.pread = count_read;
    below = &w->m->io;
}

static void open_world(struct world *w)
{
    struct journal_opts opts = {.io = &w->m->io,
                                .dir = "j",
                                .segment_bytes = 16384,
                                .reserve_bytes = 1 << 20,
                                .recent_bytes = 1 << 20,
                                .key_of = fixture_key_of,
                                .on_commit = on_commit};
    struct err err = {0};

    w->carried = carried_new(&(struct carried_opts){.expiry_us = 2 * HOUR, .limit = 1000});
    w->troubles = 0;
    opts.commit_ctx = w->carried;
    assert_int_equal(journal_open(&w->journal, &opts, &err), 0);
    bytes_read = 0;
    if (carriage_open(&w->carriage,
                      &(struct carriage_opts){.io = &w->io,
                                              .flows_dir = "flows",
                                              .journal_dir = "j",
                                              .carried = w->carried,
                                              .on_trouble = count_trouble,
                                              .ctx = w},
                      &err) < 0)
        fail_msg("%s", err.text);
}

static void close_world(struct world *w)
{
    journal_close(w->journal);
    carriage_close(w->carriage);
    carried_free(w->carried);
}

static struct carried_key key_of(unsigned n)
{
    struct carried_key key = {{0}};

    memcpy(key.b, &n, sizeof n);
    return key;
}

/* Commits an event that does this; number is its id. */
static void commit(struct world *w, uint64_t number, enum journal_kind kind, int64_t received_us,
                   unsigned key, bool clear)
{
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_record r = {.kind = kind, .has_key = true, .key.source = 7};
    struct journal_batch b = {
        .records = &r, .count = 1, .done = fixture_done, .ctx = &wait, .received_us = received_us};
    struct record rec = {.flags = RECORD_HAS_FLOW, .source = STR("s"), .name = STR("n")};
    struct carried_op op = {.clear = clear, .key = key_of(key)};
    AUTO_BUF ops;
    AUTO_BUF payload;

    buf_init(&ops, 4096);
    buf_init(&payload, 4096);
    rec.flow_id = STR("flow");
    op.context.begin_us = received_us;
    op.context.flow_len = 4;
    memcpy(op.context.flow, "flow", 4);
    carried_ops_write(&ops, &op, 1, rec.flow_id);
    rec.carried = buf_as_str(&ops);
    memcpy(&rec.id, &number, sizeof number);
    memcpy(r.key.id, &number, sizeof number);
    record_encode(&payload, &rec);
    r.payload = buf_as_str(&payload);
    r.carries = true;
    journal_submit(w->journal, &b);
    fixture_await(&wait, 1);
    assert_int_equal(b.error, ERR_NONE);
}

static bool is_there(struct world *w, unsigned key)
{
    struct carried_key k = key_of(key);
    struct carried_context found;

    return carried_find(w->carried, &k, w->now_us, &found) == CARRIED_HIT && found.flow_len == 4 &&
           memcmp(found.flow, "flow", 4) == 0;
}

static void sync_world(struct world *w)
{
    struct err err = {0};

    assert_int_equal(carriage_sync(w->carriage, &err), 0);
}

static void what_is_committed_counts_and_nothing_else_over_any_end(void **state)
{
    struct world w;

    begin(&w);
    for (int synced = 0; synced < 3; synced++) {
        unsigned k = 10 * (unsigned)synced;

        open_world(&w);
        commit(&w, k + 1, JOURNAL_EVENT, w.now_us, k + 1, false);
        commit(&w, k + 2, JOURNAL_EVENT, w.now_us, k + 2, false);
        if (synced)
            sync_world(&w);
        commit(&w, k + 3, JOURNAL_QUARANTINE, w.now_us, k + 3, false);
        commit(&w, k + 1, JOURNAL_EVENT, w.now_us, k + 4, false); /* a duplicate */
        commit(&w, k + 5, JOURNAL_EVENT, w.now_us, k + 2, true);
        if (synced == 2)
            sync_world(&w);
        for (int again = 0; again < 2; again++) {
            assert_true(is_there(&w, k + 1));
            assert_false(is_there(&w, k + 2));
            assert_false(is_there(&w, k + 3));
            assert_false(is_there(&w, k + 4));
            assert_int_equal(w.troubles, 0);
            close_world(&w);
            open_world(&w);
        }
        close_world(&w);
    }
    memory_io_free(w.m);
}

/* 200 records that are old, then 20 of now. */
static void fill(struct world *w)
{
    for (unsigned i = 0; i < 200; i++)
        commit(w, 1000 + i, JOURNAL_EVENT, w->now_us - 5 * HOUR, i, false);
    for (unsigned i = 0; i < 20; i++)
        commit(w, 2000 + i, JOURNAL_EVENT, w->now_us, 500 + i, false);
}

static void a_start_reads_the_journal_behind_the_log_alone(void **state)
{
    uint64_t with_log, without;
    struct world w;

    begin(&w);
    open_world(&w);
    fill(&w);
    sync_world(&w);
    commit(&w, 3000, JOURNAL_EVENT, w.now_us, 600, false);
    close_world(&w);
    open_world(&w);
    with_log = bytes_read;
    for (unsigned i = 0; i < 20; i++)
        assert_true(is_there(&w, 500 + i));
    assert_true(is_there(&w, 600));
    assert_false(is_there(&w, 7));
    close_world(&w);
    /* without a log: the last hours, which begin in the segment with the first of them */
    for (int i = 0; i < MEMORY_FILES; i++) {
        char path[64];

        if (!w.m->names[i] || !strstr(w.m->names[i]->name, ".log"))
            continue;
        snprintf(path, sizeof path, "flows/%s", w.m->names[i]->name);
        assert_int_equal(w.m->io.unlink(&w.m->io, path), 0);
    }
    open_world(&w);
    without = bytes_read;
    for (unsigned i = 0; i < 20; i++)
        assert_true(is_there(&w, 500 + i));
    assert_true(is_there(&w, 600));
    assert_false(is_there(&w, 7));
    close_world(&w);
    print_message("# read with the log %llu bytes, without %llu\n", (unsigned long long)with_log,
                  (unsigned long long)without);
    /* what is read ahead of the head segment is most of it: not the older ones */
    assert_true(with_log < 3 * 16384 && without < 5 * 16384);
    memory_io_free(w.m);
}

static void a_journal_that_is_damaged_gives_what_it_has(void **state)
{
    struct memory_file *f;
    struct world w;
    char name[48];

    begin(&w);
    open_world(&w);
    for (unsigned i = 0; i < 20; i++)
        commit(&w, i, JOURNAL_EVENT, w.now_us, i, false);
    close_world(&w);
    snprintf(name, sizeof name, "%020d.seg", 1);
    f = memory_io_find(w.m, name);
    assert_non_null(f);
    for (size_t i = 4096 + 500; i < 4096 + 700; i++)
        f->bytes[i] ^= 0x55;
    open_world(&w);
    assert_true(is_there(&w, 0));
    assert_true(is_there(&w, 19));
    close_world(&w);
    memory_io_free(w.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_committed_counts_and_nothing_else_over_any_end),
        cmocka_unit_test(a_start_reads_the_journal_behind_the_log_alone),
        cmocka_unit_test(a_journal_that_is_damaged_gives_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
