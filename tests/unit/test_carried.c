/* SPDX-License-Identifier: Apache-2.0 */
/* test_carried.c: contexts under tokens: the table, what a request sees of it, and its log. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "flow/carried.h"
#include "flow/carried_log.h"
#include "flow/carried_view.h"
#include "memory_io.h"

#define SECOND INT64_C(1000000)
#define EXPIRY (100 * SECOND)
#define NOW INT64_C(1795325460000000)

static struct carried_key key_of(unsigned n)
{
    struct carried_key key = {{0}};

    memcpy(key.b, &n, sizeof n);
    return key;
}

static struct carried_op store_op(unsigned key, const char *flow, int64_t begin_us)
{
    struct carried_op op = {.key = key_of(key)};

    op.context.begin_us = begin_us;
    op.context.flow_len = (uint8_t)strlen(flow);
    memcpy(op.context.flow, flow, strlen(flow));
    return op;
}

static struct carried_op clear_op(unsigned key, const char *flow)
{
    struct carried_op op = store_op(key, flow, 0);

    op.clear = true;
    return op;
}

static struct carried *table(size_t limit)
{
    return carried_new(&(struct carried_opts){.expiry_us = EXPIRY, .limit = limit});
}

static void apply(struct carried *c, int64_t position, int64_t at_us, struct carried_op op)
{
    carried_apply(c, position, at_us, &op, 1);
}

/* The flow under the key; "" for a miss, "expired". */
static const char *flow_at(struct carried *c, unsigned key, int64_t at_us)
{
    static char text[EVENT_FLOW_CARRIED_MAX + 1];
    struct carried_key k = key_of(key);
    struct carried_context found;

    switch (carried_find(c, &k, at_us, &found)) {
    case CARRIED_HIT:
        memcpy(text, found.flow, found.flow_len);
        text[found.flow_len] = '\0';
        return text;
    case CARRIED_EXPIRED: return "expired";
    default: return "";
    }
}

/* The table. */

static void the_first_context_of_a_token_wins_until_it_is_cleared(void **state)
{
    struct carried *c = table(0);
    struct carried_stats stats;

    apply(c, 1, NOW, store_op(1, "first", NOW - SECOND));
    apply(c, 2, NOW, store_op(1, "second", NOW));
    assert_string_equal(flow_at(c, 1, NOW), "first");
    assert_string_equal(flow_at(c, 2, NOW), "");
    apply(c, 3, NOW, clear_op(1, "second")); /* somebody else's: it has been cleared before */
    assert_string_equal(flow_at(c, 1, NOW), "first");
    apply(c, 4, NOW, clear_op(1, "first"));
    assert_string_equal(flow_at(c, 1, NOW), "");
    apply(c, 5, NOW, clear_op(1, "first"));
    apply(c, 6, NOW, store_op(1, "third", NOW));
    assert_string_equal(flow_at(c, 1, NOW), "third");
    carried_stats(c, &stats);
    assert_int_equal(stats.stored, 2);
    assert_int_equal(stats.kept, 1);
    assert_int_equal(stats.cleared, 1);
    assert_int_equal(stats.held, 1);
    carried_free(c);
}

static void a_context_expires_with_its_flow(void **state)
{
    struct carried *c = table(0);
    struct carried_stats stats;

    apply(c, 1, NOW, store_op(1, "a", NOW - 40 * SECOND));
    assert_string_equal(flow_at(c, 1, NOW + 60 * SECOND), "a");
    assert_string_equal(flow_at(c, 1, NOW + 60 * SECOND + 1), "expired");
    apply(c, 2, NOW, store_op(2, "old", NOW - EXPIRY - 1));
    assert_string_equal(flow_at(c, 2, NOW), "");
    /* a begin in the future is good no longer than one of now */
    apply(c, 3, NOW, store_op(3, "ahead", NOW + 50 * EXPIRY));
    assert_string_equal(flow_at(c, 3, NOW + EXPIRY), "ahead");
    assert_string_equal(flow_at(c, 3, NOW + EXPIRY + 1), "expired");
    /* what has expired makes way for another flow, and is not known at all later */
    apply(c, 4, NOW + 2 * EXPIRY, store_op(1, "b", NOW + 2 * EXPIRY));
    assert_string_equal(flow_at(c, 1, NOW + 2 * EXPIRY), "b");
    apply(c, 5, NOW + 3 * EXPIRY, store_op(9, "c", NOW + 3 * EXPIRY));
    assert_string_equal(flow_at(c, 3, NOW + 3 * EXPIRY), "");
    carried_stats(c, &stats);
    assert_int_equal(stats.late, 1);
    assert_int_equal(stats.evicted, 0);
    carried_free(c);
}

static void a_full_table_gives_up_what_expires_first(void **state)
{
    enum { LIMIT = 300 };
    struct carried *c = table(LIMIT);
    struct carried_stats stats;

    /* in an order that has nothing to do with expiry */
    for (unsigned i = 0; i < LIMIT; i++)
        apply(c, 1 + i, NOW, store_op(i, "x", NOW - (int64_t)(i * 7919 % LIMIT) * 1000));
    for (unsigned i = 0; i < LIMIT / 2; i++)
        apply(c, 1000 + i, NOW, store_op(LIMIT + i, "y", NOW));
    for (unsigned i = 0; i < LIMIT; i++)
        assert_string_equal(flow_at(c, i, NOW), i * 7919 % LIMIT < LIMIT / 2 ? "x" : "");
    apply(c, 5000, NOW, store_op(9999, "z", NOW - EXPIRY)); /* is the first itself */
    assert_string_equal(flow_at(c, 9999, NOW), "");
    carried_stats(c, &stats);
    assert_int_equal(stats.held, LIMIT);
    assert_int_equal(stats.evicted, LIMIT / 2 + 1);
    carried_free(c);
}

/* Against a plain list. */
static void many_random_operations_leave_what_a_plain_table_has(void **state)
{
    enum { KEYS = 60, STEPS = 40000 };
    struct carried *c = table(KEYS);
    int64_t until[KEYS] = {0}, now = NOW;
    char flow[KEYS] = {0};
    unsigned seed = 7;

    for (int i = 0; i < STEPS; i++) {
        unsigned r = seed = seed * 1103515245 + 12345, key = (r >> 8) % KEYS;
        char name[2] = {(char)('a' + (r >> 20) % 4), '\0'};
        int64_t begin = now - (int64_t)(r % 130) * SECOND;

        now += (r >> 4) % 3 * SECOND;
        if (r >> 30) {
            apply(c, i + 1, now, store_op(key, name, begin));
            if (until[key] < now && begin + EXPIRY >= now) {
                until[key] = begin + EXPIRY;
                flow[key] = name[0];
            }
        } else {
            apply(c, i + 1, now, clear_op(key, name));
            if (flow[key] == name[0])
                until[key] = 0;
        }
        key = (r >> 12) % KEYS;
        if (until[key] >= now)
            assert_int_equal(flow_at(c, key, now)[0], flow[key]);
        else
            assert_true(strcmp(flow_at(c, key, now), "") == 0 ||
                        strcmp(flow_at(c, key, now), "expired") == 0);
    }
    carried_free(c);
}

static void signals_are_names_without_case(void **state)
{
    assert_true(carried_signal(STR("Account.Signed")) == carried_signal(STR("account.signed")));
    assert_true(carried_signal(STR("account.signed")) != carried_signal(STR("account.signe")));
    assert_true(carried_signal(STR("")) != 0);
}

static void operations_are_read_as_they_were_written(void **state)
{
    struct carried_op ops[CARRIED_OPS_MAX] = {store_op(1, "own", NOW), store_op(2, "other", -5),
                                              clear_op(3, "own")};
    struct carried_op got[CARRIED_OPS_MAX];
    AUTO_BUF b;

    ops[0].context.signal = UINT64_MAX;
    buf_init(&b, 4096);
    carried_ops_write(&b, ops, 3, STR("own"));
    assert_int_equal(carried_ops_read(buf_as_str(&b), STR("own"), got), 3);
    assert_memory_equal(got, ops, sizeof ops);
    /* without its own flow, and cut anywhere but between operations, it is refused */
    assert_int_equal(carried_ops_read(buf_as_str(&b), STR_NONE, got), -1);
    for (size_t i = 1; i < b.len; i++) {
        AUTO_FREE char *exact = xmemdup(b.ptr, i);

        assert_int_equal(carried_ops_read(str_of(exact, i), STR("own"), got), i == 34   ? 1
                                                                              : i == 73 ? 2
                                                                                        : -1);
    }
    b.ptr[0] = 3;
    assert_int_equal(carried_ops_read(buf_as_str(&b), STR("own"), got), -1);
    b.ptr[0] = 1;
    b.ptr[17] = 65;
    assert_int_equal(carried_ops_read(buf_as_str(&b), STR("own"), got), -1);
    b.ptr[17] = 0;
    carried_ops_write(&b, ops, 1, STR("own"));
    assert_int_equal(carried_ops_read(buf_as_str(&b), STR("own"), got), -1);
}

/* What a request sees. */

static enum carried_found view_at(struct carried_view *v, unsigned key, char *flow)
{
    struct carried_key k = key_of(key);
    struct carried_context found;
    enum carried_found how = carried_view_find(v, &k, NOW, &found);

    *flow = how == CARRIED_HIT ? found.flow[0] : 0;
    return how;
}

static void a_request_sees_what_its_own_events_did_and_nobody_else_does(void **state)
{
    struct carried *c = table(0);
    struct carried_view *v = carried_view_new(c);
    struct carried_op op = store_op(1, "b", NOW);
    char flow;

    apply(c, 1, NOW, store_op(5, "t", NOW));
    for (int round = 0; round < 2; round++) {
        struct carried_op again = store_op(1, "c", NOW), late = store_op(2, "d", NOW - 2 * EXPIRY);
        struct carried_op taken = store_op(5, "u", NOW), other = clear_op(5, "u");
        struct carried_op clear = clear_op(5, "t"), back = store_op(5, "w", NOW);

        assert_int_equal(view_at(v, 1, &flow), CARRIED_MISSED);
        carried_view_apply(v, NOW, &op, 1);
        carried_view_apply(v, NOW, &again, 1);
        carried_view_apply(v, NOW, &late, 1);
        carried_view_apply(v, NOW, &taken, 1);
        carried_view_apply(v, NOW, &other, 1);
        view_at(v, 1, &flow);
        assert_int_equal(flow, 'b');
        assert_int_equal(view_at(v, 2, &flow), CARRIED_MISSED);
        view_at(v, 5, &flow);
        assert_int_equal(flow, 't');
        carried_view_apply(v, NOW, &clear, 1);
        assert_int_equal(view_at(v, 5, &flow), CARRIED_MISSED);
        carried_view_apply(v, NOW, &back, 1);
        view_at(v, 5, &flow);
        assert_int_equal(flow, 'w');
        for (unsigned i = 100; i < (round ? 9000u : 140u); i++) {
            struct carried_op many = store_op(i, "m", NOW);

            carried_view_apply(v, NOW, &many, 1);
        }
        view_at(v, 139, &flow);
        assert_int_equal(flow, 'm');
        carried_view_reset(v);
        assert_string_equal(flow_at(c, 5, NOW), "t");
        assert_string_equal(flow_at(c, 1, NOW), "");
    }
    carried_view_free(v);
    carried_free(c);
}

/* The log. */

struct logged {
    struct memory_io *m;
    struct carried *c;
    struct carried_log *log;
    int64_t position; /* what open said */
    unsigned troubles;
};

static const uint8_t journal_id[16] = "0123456789abcde";

static void count_trouble(void *ctx, const char *text)
{
    struct logged *l = ctx;

    l->troubles++;
}

static int open_as(struct logged *l, const uint8_t *id, int64_t durable, int64_t now_us,
                   struct err *err)
{
    l->c = table(1000);
    l->troubles = 0;
    l->log = NULL;
    return carried_log_open(&l->log,
                            &(struct carried_log_opts){.io = &l->m->io,
                                                       .dir = "flows",
                                                       .journal = id,
                                                       .durable = durable,
                                                       .now_us = now_us,
                                                       .carried = l->c,
                                                       .on_trouble = count_trouble,
                                                       .ctx = l},
                            &l->position, err);
}

static void open_log(struct logged *l, int64_t durable, int64_t now_us)
{
    struct err err = {0};

    if (open_as(l, journal_id, durable, now_us, &err) < 0)
        fail_msg("%s", err.text);
    if (l->position < 0)
        carried_log_begin(l->log, 0);
    carried_note(l->c, true);
}

static void close_log(struct logged *l)
{
    carried_log_close(l->log);
    carried_free(l->c);
    l->log = NULL;
    l->c = NULL;
}

static void write_log(struct logged *l, int64_t now_us)
{
    struct err err = {0};

    if (carried_log_write(l->log, now_us, &err) < 0)
        fail_msg("%s", err.text);
}

static unsigned count_files(struct memory_io *m, char *first)
{
    unsigned n = 0;

    for (int i = 0; i < MEMORY_FILES; i++) {
        if (!m->names[i])
            continue;
        n++;
        if (first && (n == 1 || strcmp(m->names[i]->name, first) < 0))
            memcpy(first, m->names[i]->name, sizeof m->names[i]->name);
    }
    return n;
}

static void what_was_written_is_there_after_a_start(void **state)
{
    struct logged l = {.m = memory_io_new()};

    open_log(&l, 0, NOW);
    assert_int_equal(l.position, -1);
    write_log(&l, NOW); /* nothing to say: no file */
    assert_int_equal(count_files(l.m, NULL), 0);
    apply(l.c, 3, NOW, store_op(1, "one", NOW));
    apply(l.c, 4, NOW, store_op(2, "two", NOW));
    write_log(&l, NOW);
    apply(l.c, 9, NOW, clear_op(2, "two"));
    carried_passed(l.c, 12);
    write_log(&l, NOW + SECOND);
    apply(l.c, 13, NOW, store_op(3, "unwritten", NOW));
    close_log(&l);

    open_log(&l, 13, NOW + 2 * SECOND);
    assert_int_equal(l.position, 12);
    assert_int_equal(l.troubles, 0);
    assert_string_equal(flow_at(l.c, 1, NOW), "one");
    assert_string_equal(flow_at(l.c, 2, NOW), "");
    assert_string_equal(flow_at(l.c, 3, NOW), "");
    /* as recovery does: the journal's rest, then on */
    apply(l.c, 13, NOW, store_op(3, "unwritten", NOW));
    write_log(&l, NOW + 2 * SECOND);
    close_log(&l);
    open_log(&l, 13, NOW + 3 * SECOND);
    assert_int_equal(l.position, 13);
    assert_string_equal(flow_at(l.c, 1, NOW), "one");
    assert_string_equal(flow_at(l.c, 3, NOW), "unwritten");
    assert_int_equal(count_files(l.m, NULL), 2);
    close_log(&l);
    memory_io_free(l.m);
}

static void files_go_when_all_in_them_has_expired(void **state)
{
    struct logged l = {.m = memory_io_new()};
    char first[48];

    open_log(&l, 0, NOW);
    for (int i = 0; i < 1000; i++) {
        int64_t now = NOW + i * SECOND;

        apply(l.c, i + 1, now, store_op((unsigned)i, "f", now));
        write_log(&l, now);
    }
    /* a file each 25 s; what is stored lives for 100 s, and the file with it for as long */
    assert_in_range(count_files(l.m, first), 4, 7);
    assert_true(strcmp(first, "0000000030.log") > 0);
    close_log(&l);
    open_log(&l, 1000, NOW + 999 * SECOND);
    assert_int_equal(l.position, 1000);
    for (int i = 900; i < 1000; i++)
        assert_string_equal(flow_at(l.c, (unsigned)i, NOW + 999 * SECOND), "f");
    close_log(&l);
    memory_io_free(l.m);
}

/* Three starts' files of two blocks each: positions 1 to 12, a key each. */
static struct memory_io *specimen(void)
{
    struct logged l = {.m = memory_io_new()};

    for (int64_t position = 0; position < 12;) {
        open_log(&l, position, NOW);
        for (int block = 0; block < 2; block++) {
            for (int i = 0; i < 2; i++, position++)
                apply(l.c, position + 1, NOW, store_op((unsigned)position + 1, "f", NOW));
            write_log(&l, NOW);
        }
        close_log(&l);
    }
    return l.m;
}

/* All and only what is up to the position that it names. */
static void assert_right_so_far(struct logged *l)
{
    int64_t position = l->position < 0 ? 0 : l->position;

    for (unsigned i = 1; i <= 12; i++)
        assert_string_equal(flow_at(l->c, i, NOW), i <= position ? "f" : "");
}

static void flipped_bytes_anywhere_cost_a_read_of_the_journal_at_most(void **state)
{
    for (int file = 1; file <= 3; file++) {
        for (size_t at = 0;; at++) {
            struct logged l = {.m = specimen()};
            struct memory_file *f;
            char name[48];
            bool done;

            snprintf(name, sizeof name, "%010d.log", file);
            f = memory_io_find(l.m, name);
            assert_non_null(f);
            done = at >= f->len;
            if (!done) {
                f->bytes[at] ^= 0x41;
                open_log(&l, 12, NOW);
                assert_true(l.position < 12);
                assert_true(l.troubles > 0);
                assert_right_so_far(&l);
                /* what follows the break is gone, and the log goes on from there */
                for (int64_t p = l.position < 0 ? 1 : l.position + 1; p <= 12; p++)
                    apply(l.c, p, NOW, store_op((unsigned)p, "f", NOW));
                write_log(&l, NOW);
                close_log(&l);
                open_log(&l, 12, NOW);
                assert_int_equal(l.position, 12);
                assert_right_so_far(&l);
                close_log(&l);
            }
            memory_io_free(l.m);
            if (done)
                break;
            at += 2; /* every third byte: all kinds of fields are met */
        }
    }
}

static void torn_files_are_good_up_to_the_tear(void **state)
{
    for (int file = 1; file <= 3; file++) {
        for (size_t keep = 0; keep < 400; keep += 7) {
            struct logged l = {.m = specimen()};
            struct memory_file *f;
            char name[48];
            size_t whole;

            snprintf(name, sizeof name, "%010d.log", file);
            f = memory_io_find(l.m, name);
            whole = f->len;
            if (keep < whole)
                f->len = keep;
            open_log(&l, 12, NOW);
            assert_true(keep >= whole ? l.position == 12 : l.position < 12);
            assert_right_so_far(&l);
            close_log(&l);
            memory_io_free(l.m);
        }
    }
}

static void a_missing_file_ends_what_is_believed(void **state)
{
    static const int64_t left[] = {-1, 4, 8};

    for (int file = 1; file <= 3; file++) {
        struct logged l = {.m = specimen()};
        char path[48];

        snprintf(path, sizeof path, "flows/%010d.log", file);
        assert_int_equal(l.m->io.unlink(&l.m->io, path), 0);
        open_log(&l, 12, NOW);
        assert_int_equal(l.position, left[file - 1]);
        assert_right_so_far(&l);
        close_log(&l);
        memory_io_free(l.m);
    }
}

static void a_file_of_another_journal_is_not_believed(void **state)
{
    struct logged l = {.m = specimen()};
    struct err err = {0};

    assert_int_equal(open_as(&l, (const uint8_t *)"another journal", 12, NOW, &err), 0);
    assert_int_equal(l.position, -1);
    assert_int_equal(l.troubles, 3);
    assert_int_equal(count_files(l.m, NULL), 0);
    close_log(&l);
    memory_io_free(l.m);

    /* nor one that has seen more than the journal has */
    l.m = specimen();
    open_log(&l, 11, NOW);
    assert_int_equal(l.position, -1);
    assert_int_equal(l.troubles, 1);
    close_log(&l);
    memory_io_free(l.m);
}

static void a_log_whose_contexts_have_all_expired_is_read_from_its_end(void **state)
{
    struct logged l = {.m = specimen()};

    open_log(&l, 12, NOW + 3 * EXPIRY);
    assert_int_equal(l.position, 12);
    assert_string_equal(flow_at(l.c, 12, NOW + 3 * EXPIRY), "expired");
    close_log(&l);
    memory_io_free(l.m);
}

static void a_disk_that_fails_costs_nothing_once_it_works_again(void **state)
{
    struct logged l = {.m = memory_io_new()};
    struct err err = {0};

    open_log(&l, 0, NOW);
    apply(l.c, 1, NOW, store_op(1, "f", NOW));
    l.m->fail_write = 0;
    l.m->error = ENOSPC;
    assert_int_equal(carried_log_write(l.log, NOW, &err), -1);
    assert_int_equal(err.code, ERR_SPACE);
    write_log(&l, NOW);
    apply(l.c, 2, NOW, store_op(2, "f", NOW));
    l.m->fail_sync = 0;
    l.m->error = EIO;
    assert_int_equal(carried_log_write(l.log, NOW, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    apply(l.c, 3, NOW, store_op(3, "f", NOW));
    write_log(&l, NOW);
    write_log(&l, NOW);
    close_log(&l);
    open_log(&l, 3, NOW);
    assert_int_equal(l.position, 3);
    for (unsigned i = 1; i <= 3; i++)
        assert_string_equal(flow_at(l.c, i, NOW), "f");
    close_log(&l);
    memory_io_free(l.m);
}

static void notes_past_their_memory_are_read_from_the_journal_and_the_log_heals(void **state)
{
    struct logged l = {.m = memory_io_new()};
    struct carried_stats stats;
    struct err err = {0};
    unsigned n = 0;

    open_log(&l, 0, NOW);
    n++;
    apply(l.c, n, NOW, store_op(n, "f", NOW));
    write_log(&l, NOW);
    n++;
    apply(l.c, n, NOW, store_op(n, "f", NOW));
    l.m->no_new_files = ENOSPC;
    l.m->fail_write = 0;
    l.m->error = ENOSPC;
    assert_int_equal(carried_log_write(l.log, NOW, &err), -1);
    do {
        n++;
        apply(l.c, n, NOW, store_op(n, "f", NOW));
        carried_stats(l.c, &stats);
    } while (stats.unsaved_lost == 0);
    l.m->no_new_files = 0;
    write_log(&l, NOW); /* the block that failed */
    write_log(&l, NOW); /* what was noted is let go: it has a gap */
    n++;
    apply(l.c, n, NOW, store_op(n, "f", NOW));
    write_log(&l, NOW);
    close_log(&l);
    open_log(&l, n, NOW);
    assert_int_equal(l.position, 2);
    assert_string_equal(flow_at(l.c, 2, NOW), "f");
    assert_string_equal(flow_at(l.c, 3, NOW), "");
    close_log(&l);
    memory_io_free(l.m);
}

static int fail_list(const struct io *io, const char *path,
                     int (*each)(void *ctx, const char *name), void *ctx)
{
    errno = EIO;
    return -1;
}

static ssize_t fail_read(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    errno = EIO;
    return -1;
}

static void what_the_disk_does_not_read_is_an_error_and_stays(void **state)
{
    struct logged l = {.m = specimen()};
    struct io sound = l.m->io;
    struct err err = {0};

    l.m->io.list = fail_list;
    assert_int_equal(open_as(&l, journal_id, 12, NOW, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    carried_free(l.c);
    l.m->io = sound;
    l.m->io.pread = fail_read;
    assert_int_equal(open_as(&l, journal_id, 12, NOW, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    carried_free(l.c);
    l.m->io = sound;
    open_log(&l, 12, NOW);
    assert_int_equal(l.position, 12);
    close_log(&l);
    memory_io_free(l.m);
}

/* Threads. */

struct racing {
    struct carried *c;
    atomic_bool stop;
};

static void *look(void *arg)
{
    struct racing *r = arg;
    unsigned i = 0;

    while (!atomic_load(&r->stop)) {
        const char *want = "ff";
        struct carried_key k = key_of(i++ % 500);
        struct carried_context found;

        if (carried_find(r->c, &k, NOW, &found) == CARRIED_HIT)
            assert_int_equal(found.flow_len, strlen(want));
        carried_count(r->c, CARRIED_HIT);
    }
    return NULL;
}

static void lookups_commits_and_the_log_go_side_by_side(void **state)
{
    struct logged l = {.m = memory_io_new()};
    struct racing r = {0};
    pthread_t threads[2];

    open_log(&l, 0, NOW);
    r.c = l.c;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look, &r), 0);
    for (unsigned i = 1; i <= 2000; i++) {
        apply(l.c, i, NOW, i % 3 ? store_op(i % 500, "ff", NOW) : clear_op(i % 500, "ff"));
        if (i % 100 == 0)
            write_log(&l, NOW);
    }
    atomic_store(&r.stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    close_log(&l);
    open_log(&l, 2000, NOW);
    assert_int_equal(l.position, 2000);
    close_log(&l);
    memory_io_free(l.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_context_of_a_token_wins_until_it_is_cleared),
        cmocka_unit_test(a_context_expires_with_its_flow),
        cmocka_unit_test(a_full_table_gives_up_what_expires_first),
        cmocka_unit_test(many_random_operations_leave_what_a_plain_table_has),
        cmocka_unit_test(signals_are_names_without_case),
        cmocka_unit_test(operations_are_read_as_they_were_written),
        cmocka_unit_test(a_request_sees_what_its_own_events_did_and_nobody_else_does),
        cmocka_unit_test(what_was_written_is_there_after_a_start),
        cmocka_unit_test(files_go_when_all_in_them_has_expired),
        cmocka_unit_test(flipped_bytes_anywhere_cost_a_read_of_the_journal_at_most),
        cmocka_unit_test(torn_files_are_good_up_to_the_tear),
        cmocka_unit_test(a_missing_file_ends_what_is_believed),
        cmocka_unit_test(a_file_of_another_journal_is_not_believed),
        cmocka_unit_test(a_log_whose_contexts_have_all_expired_is_read_from_its_end),
        cmocka_unit_test(a_disk_that_fails_costs_nothing_once_it_works_again),
        cmocka_unit_test(notes_past_their_memory_are_read_from_the_journal_and_the_log_heals),
        cmocka_unit_test(what_the_disk_does_not_read_is_an_error_and_stays),
        cmocka_unit_test(lookups_commits_and_the_log_go_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
