/* SPDX-License-Identifier: Apache-2.0 */
/* load_kill.c: an engine's load, killed at every file call that DuckDB makes, and opened again.
 *
 *   load_kill [--every N | --seconds S | --long S]
 *
 * A process that loads 1,000 records (events, some of which need a new column, quarantined ones, notes
 * and some that cannot be rows) is killed before, in the middle of (writes) or after file call number
 * 1, 2, 3, … counted over all its threads; the process that opens what is left is killed, too; the next
 * one must find or bring every record of the journal, once. The calls are caught by their names, since
 * libduckdb.so asks this program for them first. --every N tries each Nth call, --seconds as many as fit
 * in so many seconds, and twelve at least, spread evenly; --long all of them, and more kinds of second kills until the time
 * is over. The last line says what came out; exit status 1: something was lost or doubled. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "event/record.h"
#include "journal_fixture.h"
#include "sink/runner.h"
#include "store/internal.h"

enum { RECORDS = 1000, BATCH = 100, TRIALS_LEAST = 12 };
enum how { BEFORE, MIDDLE, AFTER, HOWS };

extern const struct sink_ops sink_store;

static struct shared {
    _Atomic uint64_t calls;
    uint64_t missing, doubled, wrong; /* of one verification */
    int64_t cursor;
} * shared;

static uint64_t kill_at; /* 0: never */
static enum how kill_how;
static bool counting;
static char dir[64];

/* The file calls of libduckdb.so, by the names it asks for. */

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* True where this call is the one: then it is the caller's to die in its middle or after it. */
static bool boundary(void)
{
    uint64_t n;

    if (!counting)
        return false;
    n = atomic_fetch_add(&shared->calls, 1) + 1;
    if (n != kill_at)
        return false;
    if (kill_how == BEFORE)
        die();
    return true;
}

#define CAUGHT(name) __asm__(name) __attribute__((used))

ssize_t caught_pwrite(int fd, const void *buf, size_t len, off_t at) CAUGHT("pwrite");
ssize_t caught_write(int fd, const void *buf, size_t len) CAUGHT("write");
int caught_fsync(int fd) CAUGHT("fsync");
int caught_fdatasync(int fd) CAUGHT("fdatasync");
int caught_ftruncate(int fd, off_t len) CAUGHT("ftruncate");
int caught_fallocate(int fd, int mode, off_t at, off_t len) CAUGHT("fallocate");
int caught_rename(const char *from, const char *to) CAUGHT("rename");
int caught_unlink(const char *path) CAUGHT("unlink");
int caught_remove(const char *path) CAUGHT("remove");
int caught_mkdir(const char *path, mode_t mode) CAUGHT("mkdir");

ssize_t caught_pwrite(int fd, const void *buf, size_t len, off_t at)
{
    bool here = boundary();
    ssize_t n = syscall(SYS_pwrite64, fd, buf, here && kill_how == MIDDLE ? len / 2 : len, at);

    if (here)
        die();
    return n;
}

ssize_t caught_write(int fd, const void *buf, size_t len)
{
    bool here = fd > 2 && boundary();
    ssize_t n = syscall(SYS_write, fd, buf, here && kill_how == MIDDLE ? len / 2 : len);

    if (here)
        die();
    return n;
}

static int done(bool here, long result)
{
    if (here)
        die();
    return (int)result;
}

int caught_fsync(int fd)
{
    bool here = boundary();

    return done(here, syscall(SYS_fsync, fd));
}

int caught_fdatasync(int fd)
{
    bool here = boundary();

    return done(here, syscall(SYS_fdatasync, fd));
}

int caught_ftruncate(int fd, off_t len)
{
    bool here = boundary();

    return done(here, syscall(SYS_ftruncate, fd, len));
}

int caught_fallocate(int fd, int mode, off_t at, off_t len)
{
    bool here = boundary();

    return done(here, syscall(SYS_fallocate, fd, mode, at, len));
}

int caught_rename(const char *from, const char *to)
{
    bool here = boundary();

    return done(here, syscall(SYS_rename, from, to));
}

int caught_unlink(const char *path)
{
    bool here = boundary();

    return done(here, syscall(SYS_unlink, path));
}

int caught_remove(const char *path)
{
    bool here = boundary();
    long result = syscall(SYS_unlink, path);

    return done(here, result < 0 && errno == EISDIR ? syscall(SYS_rmdir, path) : result);
}

int caught_mkdir(const char *path, mode_t mode)
{
    bool here = boundary();

    return done(here, syscall(SYS_mkdir, path, mode));
}

/* The journal. */

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", dir, name);
}

/* What the record of a position is. */
static enum journal_kind kind_at(int64_t position)
{
    if (position % 50 == 7)
        return JOURNAL_NOTE;
    return position % 20 == 3 ? JOURNAL_QUARANTINE : JOURNAL_EVENT;
}

static bool is_poison(int64_t position)
{
    return position % 100 == 55;
}

static void encode(struct buf *out, int64_t position)
{
    static struct faults faults;
    struct record_property p = {.value = {.type = RECORD_INTEGER, .integer = position}};
    struct record rec = {.time_us = INT64_C(1700000000000000),
                         .name = STR("thing.happened"),
                         .source = STR("backend"),
                         .properties = &p,
                         .property_count = 1};
    char name[16];

    if (kind_at(position) == JOURNAL_NOTE)
        return buf_str(out, STR("{\"note\":\"test.noted\"}"));
    if (is_poison(position))
        return buf_str(out, STR("no record at all"));
    if (kind_at(position) == JOURNAL_QUARANTINE) {
        rec.flags = RECORD_QUARANTINED;
        if (faults.count == 0)
            faults_add(&faults, FAULT_UNKNOWN_EVENT, STR(""), STR(""), STR("not declared"));
        rec.faults = &faults;
    }
    snprintf(name, sizeof name, "c%d", (int)((position - 1) / 100));
    p.name = str_from(name);
    memcpy(rec.id.b, &position, sizeof position);
    record_encode(out, &rec);
}

static void make_journal(void)
{
    AUTO_FREE char *journal = path_of("journal");
    const struct journal_opts opts = {.io = io_system(),
                                      .dir = journal,
                                      .segment_bytes = 1 << 20,
                                      .reserve_bytes = 1 << 20,
                                      .recent_bytes = 1 << 16};
    struct buf *bufs = xcalloc(RECORDS, sizeof *bufs);
    struct journal_record *records = xcalloc(RECORDS, sizeof *records);
    struct fixture_wait wait = FIXTURE_WAIT;
    struct journal_batch batch = {.records = records,
                                  .count = RECORDS,
                                  .received_us = INT64_C(1700000000000000),
                                  .done = fixture_done,
                                  .ctx = &wait};
    struct journal *j;

    for (int i = 0; i < RECORDS; i++) {
        buf_init(&bufs[i], 4096);
        encode(&bufs[i], i + 1);
        records[i] =
            (struct journal_record){.kind = kind_at(i + 1), .payload = buf_as_str(&bufs[i])};
    }
    CHECK(journal_open(&j, &opts, NULL) == 0);
    journal_submit(j, &batch);
    fixture_await(&wait, 1);
    CHECK(batch.error == ERR_NONE);
    journal_close(j);
    for (int i = 0; i < RECORDS; i++)
        buf_free(&bufs[i]);
    free(bufs);
    free(records);
}

/* The processes. */

static struct store *open_it(void)
{
    AUTO_FREE char *file = path_of("weir.duckdb");
    const struct store_opts opts = {.file = file, .memory_bytes = 256 << 20, .threads = 1};
    struct store *s;
    struct err err = {0};

    if (store_open(&s, &opts, &err) < 0) {
        fprintf(stderr, "the store does not open: %s\n", err.text);
        _exit(2);
    }
    return s;
}

/* What the engine does: opens, follows until all is there, closes. */
static void load_all(void)
{
    AUTO_FREE char *journal = path_of("journal");
    struct sink_ops small = sink_store;
    struct store *s = open_it();
    const struct runner_opts opts = {.ops = &small, .env = {.store = s}, .journal_dir = journal};
    struct runner_stats stats = {0};
    struct runner *r;
    struct err err = {0};

    small.batch_records = BATCH;
    if (runner_start(&r, &opts, &err) < 0) {
        fprintf(stderr, "the sink does not start: %s\n", err.text);
        _exit(2);
    }
    for (int i = 0; i < 60000 && stats.position < RECORDS && !stats.broken; i++) {
        usleep(1000);
        runner_stats(r, &stats);
    }
    runner_stop(r);
    store_close(s);
}

static void verify_table(struct store *s, const char *sql, int *seen)
{
    duckdb_result result;

    if (duckdb_query(s->con, sql, &result) != DuckDBSuccess) {
        fprintf(stderr, "%s: %s\n", sql, duckdb_result_error(&result));
        _exit(2);
    }
    for (idx_t i = 0; i < duckdb_row_count(&result); i++) {
        int64_t position = duckdb_value_int64(&result, 0, i);

        if (position < 1 || position > RECORDS || duckdb_value_int64(&result, 1, i) != position)
            shared->wrong++;
        else
            seen[position]++;
    }
    duckdb_destroy_result(&result);
}

/* Compares with the journal: each record in its table once, with its own value. */
static void verify(void)
{
    static int seen[4][RECORDS + 1];
    struct store *s = open_it();

    memset(seen, 0, sizeof seen);
    shared->missing = shared->doubled = shared->wrong = 0;
    verify_table(s, "SELECT position, coalesce(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9) FROM events",
                 seen[0]);
    verify_table(s,
                 "SELECT position, coalesce(event->'$.properties.c0', event->'$.properties.c1', "
                 "event->'$.properties.c2', event->'$.properties.c3', event->'$.properties.c4', "
                 "event->'$.properties.c5', event->'$.properties.c6', event->'$.properties.c7', "
                 "event->'$.properties.c8', event->'$.properties.c9')::BIGINT FROM quarantine",
                 seen[1]);
    verify_table(s, "SELECT position, position FROM notes", seen[2]);
    verify_table(s, "SELECT position, position FROM rejected", seen[3]);
    for (int64_t p = 1; p <= RECORDS; p++) {
        int table = kind_at(p) == JOURNAL_NOTE         ? 2
                    : is_poison(p)                     ? 3
                    : kind_at(p) == JOURNAL_QUARANTINE ? 1
                                                       : 0;

        for (int t = 0; t < 4; t++) {
            shared->missing += t == table && seen[t][p] == 0;
            shared->doubled += seen[t][p] > (t == table);
        }
    }
    CHECK(store_cursor(s, &shared->cursor, NULL) == 0);
    store_close(s);
}

/* Runs work in a process of its own, killed at a call (0: not). How it ended, as waitpid says. */
static int in_process(void (*work)(void), uint64_t at, enum how how)
{
    int status;
    pid_t pid;

    fflush(NULL);
    atomic_store(&shared->calls, 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        kill_at = at;
        kill_how = how;
        counting = true;
        work();
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return syscall(SYS_unlink, path) < 0 ? (int)syscall(SYS_rmdir, path) : 0;
}

static void remove_store(void)
{
    static const char *const names[] = {"weir.duckdb", "weir.duckdb.wal",
                                        "weir.duckdb.wal.checkpoint", "weir.duckdb.wal.recovery"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_FREE char *path = path_of(names[i]);

        unlink(path);
    }
}

/* One trial. False where something is lost, doubled or does not open. */
static bool try_one(uint64_t at, enum how how, uint64_t second, unsigned *kills)
{
    const int clean = 0;
    int status;

    remove_store();
    *kills += WIFSIGNALED(in_process(load_all, at, how));
    if (second > 0)
        *kills += WIFSIGNALED(in_process(load_all, second, (enum how)(second % HOWS)));
    status = in_process(load_all, 0, BEFORE);
    if (status == clean)
        status = in_process(verify, 0, BEFORE);
    if (status == clean && !shared->missing && !shared->doubled && !shared->wrong &&
        shared->cursor == RECORDS)
        return true;
    printf(
        "call %d, how %d, second kill at %d: status %d, missing %d, doubled %d, wrong %d, cursor "
        "%d\n",
        (int)at, (int)how, (int)second, status, (int)shared->missing, (int)shared->doubled,
        (int)shared->wrong, (int)shared->cursor);
    return false;
}

struct plan {
    uint64_t every;
    int64_t seconds; /* 0: no limit */
    bool all; /* again with other second kills while there is time */
};

static bool read_plan(struct plan *p, int argc, char **argv)
{
    *p = (struct plan){.every = 1, .seconds = 8};
    if (argc == 1)
        return true;
    if (argc != 3 || strtoull(argv[2], NULL, 10) == 0)
        return false;
    p->all = strcmp(argv[1], "--long") == 0;
    if (strcmp(argv[1], "--every") == 0)
        *p = (struct plan){.every = strtoull(argv[2], NULL, 10)};
    else if (p->all || strcmp(argv[1], "--seconds") == 0)
        p->seconds = strtoll(argv[2], NULL, 10);
    else
        return false;
    return true;
}

/* Trials are taken in an order in which any first part of them is spread evenly. */
static uint64_t spread(uint64_t i, uint64_t count)
{
    uint64_t step = count * 618 / 1000 | 1;

    while (true) {
        uint64_t a = step, b = count;

        while (b) {
            uint64_t rest = a % b;

            a = b;
            b = rest;
        }
        if (a == 1)
            return i * step % count;
        step += 2;
    }
}

static int run(const struct plan *p)
{
    int64_t begun = clock_monotonic_us();
    unsigned kills = 0, tried = 0, failed = 0;
    uint64_t calls, trials;

    make_journal();
    remove_store();
    CHECK(in_process(load_all, 0, BEFORE) == 0);
    calls = atomic_load(&shared->calls);
    trials = (calls + p->every - 1) / p->every * HOWS;
    for (uint64_t i = 0; p->all || i < trials; i++) {
        uint64_t trial = spread(i % trials, trials), round = i / trials;
        uint64_t at = trial / HOWS * p->every + 1;

        if (p->seconds && tried >= TRIALS_LEAST &&
            clock_monotonic_us() - begun > p->seconds * 1000000)
            break;
        tried++;
        failed += !try_one(at, (enum how)(trial % HOWS),
                           i % 2 || round ? (i * 7 + round * 13) % 40 + 1 : 0, &kills);
    }
    printf("load_kill: %u of %llu trials at %llu file calls of a load, %u kills: %u with a record "
           "missing, doubled or wrong\n",
           tried, (unsigned long long)trials, (unsigned long long)calls, kills, failed);
    return failed > 0 || kills < tried / 2;
}

int main(int argc, char **argv)
{
    struct plan plan;
    int code;

    if (!read_plan(&plan, argc, argv)) {
        fprintf(stderr, "usage: load_kill [--every N | --seconds S | --long S]\n");
        return 2;
    }
    log_start("load_kill", LOG_ERROR);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    memcpy(dir, "/tmp/weir-load-kill-XXXXXX", 27);
    CHECK(mkdtemp(dir));
    code = run(&plan);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return code;
}
