/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are known for the whole window: against a plain table of all that were ever added, with little
 * memory, over restarts, merges, damage, full disks and several threads. */
#include "seen_fixture.h"

#include <errno.h>
#include <fcntl.h>

static uint64_t rng = 88172645463325252U;

static uint64_t below(uint64_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng % n;
}

static void every_key_is_found_at_its_first_position(void **state)
{
    const char *more = getenv("WEIR_SEEN_KEYS");
    uint64_t keys = 30000;
    bool given = more && str_to_u64(str_from(more), &keys) == 0;
    int64_t *first = xcalloc(keys + 1, sizeof *first); /* by number; 0: never added */
    struct journal *j = open_with(fast_io(), dir, 1 << 20, SMALL, true);
    struct batch *b = xmalloc(sizeof *b);
    uint64_t known = 0, reopen = keys / 4, numbers[BATCH_MOST];
    struct journal_stats s;

    CHECK(given || !more);
    while (known < keys) {
        size_t count = 1 + below(BATCH_MOST);

        if (known >= reopen) {
            journal_close(j);
            j = open_with(fast_io(), dir, 1 << 20, SMALL, true);
            assert_non_null(j);
            reopen += keys / 4;
        }
        for (size_t i = 0; i < count; i++) {
            numbers[i] = known && below(4) == 0 ? 1 + below(known) : known < keys ? ++known : known;
            put(b, i, numbers[i], JOURNAL_EVENT);
        }
        assert_int_equal(commit(j, b, count), ERR_NONE);
        for (size_t i = 0; i < count; i++) {
            int64_t *at = &first[numbers[i]];

            if (*at) {
                assert_true(b->records[i].duplicate);
                assert_int_equal(b->records[i].position, *at);
            } else {
                assert_false(b->records[i].duplicate);
                *at = b->records[i].position;
            }
        }
    }
    s = stats_of(j);
    assert_int_equal(s.last_position, keys);
    assert_true(s.index_keys + 640 >= keys && s.index_keys <= keys);
    assert_true(s.index_files < 30); /* they were merged */
    assert_true(s.index_bytes < keys * 32);
    assert_int_equal(s.index_rebuilt, 0);
    journal_close(j);
    free(b);
    free(first);
}

static void ids_made_here_are_not_looked_up_but_remembered(void **state)
{
    struct journal *j = open_with(fast_io(), dir, 1 << 20, SMALL, true);
    struct batch *b = xmalloc(sizeof *b);

    put(b, 0, 1, JOURNAL_EVENT);
    b->records[0].fresh = true;
    assert_int_equal(commit(j, b, 1), ERR_NONE);
    assert_false(b->records[0].duplicate);
    assert_int_equal(ask(j, 1), 1);
    journal_close(j);
    free(b);
}

static void one_id_may_be_there_once_as_each_kind(void **state)
{
    struct journal *j = open_with(fast_io(), dir, 1 << 20, SMALL, true);
    struct batch *b = xmalloc(sizeof *b);

    for (int turn = 0; turn < 2; turn++) {
        put(b, 0, 7, JOURNAL_EVENT);
        put(b, 1, 7, JOURNAL_QUARANTINE);
        assert_int_equal(commit(j, b, 2), ERR_NONE);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(b->records[i].position, i + 1);
            assert_int_equal(b->records[i].duplicate, turn);
        }
        if (turn == 0)
            add_new(j, 1000, 3000); /* out of memory */
    }
    journal_close(j);
    free(b);
}

/* Names of sources; what number they have differs from process to process. */
static const char *const names_then[] = {"backend", "website", "backend-2"};
static const char *const names_now[] = {"website", "gone", "backend", "backend-2"};
static const char *const *names;
static uint32_t name_count;

static struct str source_name(void *ctx, uint32_t number)
{
    assert_true(number < name_count);
    return str_from(names[number]);
}

static uint32_t source_number(void *ctx, struct str name)
{
    for (uint32_t i = 0; i < name_count; i++)
        if (str_is(name, names[i]))
            return i;
    return UINT32_MAX;
}

static bool named_key_of(void *ctx, enum journal_kind kind, struct str payload,
                         struct journal_key *out)
{
    memcpy(out->id, payload.ptr, 16);
    out->source = source_number(NULL, str_of(payload.ptr + 17, (size_t)payload.ptr[16]));
    return true;
}

static int64_t ask_named(struct journal *j, uint64_t n, const char *name)
{
    char payload[64] = {0};
    struct journal_record r = {.kind = JOURNAL_EVENT, .has_key = true, .payload = {payload, 40}};
    struct journal_batch b = {.records = &r, .count = 1, .received_us = 1, .done = at_once};

    memcpy(payload, &n, sizeof n);
    payload[16] = (char)strlen(name);
    memcpy(payload + 17, name, strlen(name));
    assert_true(named_key_of(NULL, r.kind, r.payload, &r.key));
    journal_submit(j, &b);
    journal_commit_waiting(j);
    assert_int_equal(b.error, ERR_NONE);
    return r.duplicate ? r.position : 0;
}

static struct journal *open_named(const char *const *list, uint32_t count)
{
    struct journal_opts opts = {.io = fast_io(),
                                .dir = dir,
                                .segment_bytes = 1 << 16,
                                .reserve_bytes = 1,
                                .recent_bytes = SMALL,
                                .key_of = named_key_of,
                                .source_name = source_name,
                                .source_number = source_number,
                                .no_thread = true};
    struct journal *j = NULL;

    names = list;
    name_count = count;
    assert_int_equal(journal_open(&j, &opts, NULL), 0);
    return j;
}

static void sources_are_known_by_their_names(void **state)
{
    struct journal *j = open_named(names_then, ARRAY_LEN(names_then));

    for (int turn = 0; turn < 2; turn++) {
        int64_t due = turn ? 1 : 0;

        assert_int_equal(ask_named(j, 5, "backend"), due * 1);
        assert_int_equal(ask_named(j, 5, "website"), due * 2);
        assert_int_equal(ask_named(j, 6, "website"), due * 3);
        for (uint64_t n = 100; n < 1500; n++)
            assert_int_equal(ask_named(j, n, n % 2 ? "backend" : "backend-2") > 0, turn);
        journal_close(j);
        j = open_named(names_now, ARRAY_LEN(names_now));
    }
    assert_int_equal(ask_named(j, 6, "backend"), 0);
    assert_true(stats_of(j).index_files > 0);
    journal_close(j);
}

static int count_files(void *ctx, const char *name)
{
    int64_t first, last;

    *(size_t *)ctx += seen_run_name_parse(name, &first, &last) == 0;
    return 0;
}

static size_t files_there(const struct io *io, const char *where)
{
    size_t count = 0;

    assert_int_equal(io->list(io, where, count_files, &count), 0);
    return count;
}

static void keys_are_forgotten_after_the_window_and_not_before(void **state)
{
    const int64_t hour = INT64_C(3600) * 1000000;
    struct journal *j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    int64_t position;

    /* a thousand an hour; each is still known 24 hours later, over a restart */
    for (uint64_t h = 0; h < 60; h++) {
        add_new(j, h * 1000 + 1, h * 1000 + 1000);
        now_us += hour;
        if (h >= 24) /* the first of 23 hours ago and more */
            assert_true(ask(j, (h - 23) * 1000 + 1) > 0);
        if (h == 40) {
            journal_close(j);
            now_us += 50 * 24 * hour; /* a stop makes no key old */
            j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
        }
    }
    assert_true(stats_of(j).index_keys < 40000);
    assert_int_equal(files_there(io_system(), dir), stats_of(j).index_files);
    position = stats_of(j).last_position + 1;
    assert_int_equal(ask(j, 1), 0); /* counted again */
    assert_int_equal(ask(j, 1), position);
    journal_close(j);
    /* and what was forgotten does not come back by a restart */
    j = open_with(fast_io(), dir, 1 << 16, SMALL, true);
    assert_int_equal(stats_of(j).index_rebuilt, 0);
    assert_int_equal(ask(j, 2), 0);
    assert_int_equal(ask(j, 1), position);
    journal_close(j);
}

static void few_keys_are_written_before_they_are_old(void **state)
{
    struct journal *j = open_with(fast_io(), dir, 1 << 16, SMALL, true);

    add_new(j, 1, 10);
    assert_int_equal(files_there(io_system(), dir), 0);
    now_us += INT64_C(3600) * 1000000;
    add_new(j, 11, 11);
    assert_int_equal(files_there(io_system(), dir), 1);
    assert_int_equal(ask(j, 1), 1);
    journal_close(j);
}

static void a_batch_larger_than_the_memory_is_taken(void **state)
{
    enum { KEYS = 20000 };
    struct journal *j = open_with(fast_io(), dir, 4 << 20, SMALL, true);
    struct journal_record *records = xcalloc(KEYS, sizeof *records);
    struct journal_batch b = {
        .records = records, .count = KEYS, .received_us = 1000, .done = at_once};
    char(*payloads)[LEN] = xcalloc(KEYS, LEN);

    add_new(j, 1, 100);
    for (uint64_t i = 0, n = 101; i < KEYS; i++, n++) {
        memcpy(payloads[i], &n, sizeof n);
        records[i] = (struct journal_record){
            .kind = JOURNAL_EVENT, .has_key = true, .payload = {payloads[i], LEN}};
        CHECK(fixture_key_of(NULL, JOURNAL_EVENT, records[i].payload, &records[i].key));
    }
    journal_submit(j, &b);
    journal_commit_waiting(j);
    assert_int_equal(b.error, ERR_NONE);
    add_new(j, 100 + KEYS + 1, 100 + KEYS + 5000);
    for (uint64_t k = 1; k <= 100 + KEYS + 5000; k += 3)
        assert_int_equal(ask(j, k), k);
    journal_close(j);
    free(payloads);
    free(records);
}

/* Files of keys cannot be made; segments can. */
static int refuse_keys(const struct io *io, const char *path, int flags, mode_t mode)
{
    size_t len = strlen(path);

    if ((flags & O_CREAT) && len > 7 && strcmp(path + len - 7, "ids.tmp") == 0) {
        errno = *(int *)io->ctx;
        return -1;
    }
    return io_system()->open(io, path, flags, mode);
}

/* How many keys are taken before the journal says no. */
static uint64_t fill_up(struct journal *j, enum err_code due)
{
    static struct batch b;
    uint64_t n = 0;

    for (; n < 100000; n++) {
        enum err_code error;

        put(&b, 0, n + 1, JOURNAL_EVENT);
        error = commit(j, &b, 1);
        if (error) {
            assert_int_equal(error, due);
            return n;
        }
    }
    return n;
}

static void nothing_is_forgotten_where_keys_cannot_be_written(void **state)
{
    int error = ENOSPC;
    struct io io = *fast_io();
    struct journal *j;
    uint64_t taken;

    io.ctx = &error;
    io.open = refuse_keys;
    j = open_with(&io, dir, 1 << 20, SMALL, true);
    taken = fill_up(j, ERR_SPACE);
    assert_int_equal(taken, 640);
    assert_true(stats_of(j).index_failures > 0);
    assert_false(stats_of(j).failed);
    /* there is room again: it goes on by itself */
    error = EACCES;
    io.open = io_system()->open;
    journal_close(j);
    j = open_with(&io, dir, 1 << 20, SMALL, true);
    for (uint64_t k = 1; k <= taken; k++)
        assert_int_equal(ask(j, k), k);
    add_new(j, taken + 1, taken + 1000);
    journal_close(j);
    /* any other error stops the journal, which a restart survives */
    io.open = refuse_keys;
    j = open_with(&io, dir, 1 << 20, SMALL, true);
    assert_non_null(j);
    for (uint64_t k = 5000; k < 7000 && !stats_of(j).failed; k += 2) {
        static struct batch b;

        put(&b, 0, k, JOURNAL_EVENT);
        commit(j, &b, 1);
    }
    assert_true(stats_of(j).failed);
    journal_close(j);
    j = open_with(fast_io(), dir, 1 << 20, SMALL, true);
    for (uint64_t k = 1; k <= taken + 1000; k++)
        assert_int_equal(ask(j, k), k);
    assert_true(ask(j, 5000) > 0);
    journal_close(j);
}

static void every_failed_call_leaves_all_keys_known(void **state)
{
    enum { KEYS = 3200 };

    for (int n = 0; n < 400; n += 11) {
        struct memory_io *m = memory_io_new();
        struct journal *j = open_with(&m->io, "j", 1 << 17, SMALL, true);
        static struct batch b;
        uint64_t acked = 0;
        int turn = n % 2;

        *(turn ? &m->fail_write : &m->fail_sync) = n / 2;
        m->error = EIO;
        for (uint64_t k = 1; k <= KEYS; k++) {
            put(&b, 0, k, JOURNAL_EVENT);
            if (commit(j, &b, 1) == ERR_NONE)
                acked = k;
        }
        m->fail_write = m->fail_sync = -1;
        journal_close(j);
        j = open_with(&m->io, "j", 1 << 17, SMALL, true);
        assert_non_null(j);
        for (uint64_t k = 1; k <= acked; k += 5)
            assert_int_equal(ask(j, k), k);
        journal_close(j);
        memory_io_free(m);
    }
}

/* --- with threads --- */

struct racer {
    struct journal *j;
    uint64_t from, count;
    _Atomic uint64_t *accepted; /* by number */
    uint64_t wrong;
};

static void *race(void *arg)
{
    struct racer *r = arg;

    for (uint64_t k = 0; k < r->count; k += 8) {
        struct journal_record out[8];

        if (fixture_append(r->j, r->from + k, 8, LEN, out) != ERR_NONE) {
            r->wrong++;
            continue;
        }
        for (size_t i = 0; i < 8; i++)
            r->accepted[r->from + k + i] += !out[i].duplicate;
    }
    return NULL;
}

static void of_concurrent_retries_one_is_accepted(void **state)
{
    enum { THREADS = 4, KEYS = 4000 };
    _Atomic uint64_t *accepted = xcalloc(KEYS + 1, sizeof *accepted);
    struct journal *j = open_with(fast_io(), dir, 1 << 18, SMALL, false);
    struct racer racers[THREADS];
    pthread_t threads[THREADS];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < THREADS; i++) {
            racers[i] = (struct racer){.j = j, .from = 1, .count = KEYS, .accepted = accepted};
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(racers[i].wrong, 0);
        }
        for (size_t k = 1; k <= KEYS; k++)
            assert_int_equal(accepted[k], 1);
        assert_int_equal(stats_of(j).last_position, KEYS);
        journal_close(j); /* in the middle of whatever its thread does */
        j = open_with(fast_io(), dir, 1 << 18, SMALL, false);
    }
    journal_close(j);
    free(accepted);
}

/* Looks whether files of keys are still made when the lock is let go. */
struct lock_watch {
    int lock_fd;
    atomic_bool at_work, released, late;
};

static int watch_lock(const struct io *io, int fd)
{
    struct lock_watch *w = io->ctx;

    w->lock_fd = fd;
    return io_system()->lock(io, fd);
}

static int watch_close(const struct io *io, int fd)
{
    struct lock_watch *w = io->ctx;

    if (fd == w->lock_fd)
        w->released = true;
    return io_system()->close(io, fd);
}

static int watch_rename(const struct io *io, const char *from, const char *to)
{
    struct lock_watch *w = io->ctx;

    if (str_ends(str_from(from), STR("ids.tmp"))) {
        w->at_work = true;
        for (int i = 0; i < 100 && !w->released; i++)
            usleep(3000);
        w->late = w->late || w->released;
    }
    return io_system()->rename(io, from, to);
}

static void nothing_is_written_once_the_lock_is_let_go(void **state)
{
    struct lock_watch w = {.lock_fd = -1};
    struct io io = *fast_io();
    struct journal_record out[64];
    struct journal *j;

    io.ctx = &w;
    io.lock = watch_lock;
    io.close = watch_close;
    io.rename = watch_rename;
    j = open_with(&io, dir, 1 << 18, SMALL, false);
    for (uint64_t k = 1; !w.at_work && k < 5000; k += 64)
        assert_int_equal(fixture_append(j, k, 64, LEN, out), ERR_NONE);
    journal_close(j);
    assert_true(w.at_work && w.released);
    assert_false(w.late);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_DIR(every_key_is_found_at_its_first_position),
        IN_DIR(ids_made_here_are_not_looked_up_but_remembered),
        IN_DIR(one_id_may_be_there_once_as_each_kind),
        IN_DIR(sources_are_known_by_their_names),
        IN_DIR(keys_are_forgotten_after_the_window_and_not_before),
        IN_DIR(few_keys_are_written_before_they_are_old),
        IN_DIR(a_batch_larger_than_the_memory_is_taken),
        IN_DIR(nothing_is_forgotten_where_keys_cannot_be_written),
        IN_DIR(nothing_is_written_once_the_lock_is_let_go),
        IN_DIR(of_concurrent_retries_one_is_accepted),
        cmocka_unit_test(every_failed_call_leaves_all_keys_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
