/* SPDX-License-Identifier: Apache-2.0 */
/* workload.c: writes 1,000 events into a journal of small segments and dies at a chosen file call.
 *
 *   workload write FOLDER ACKS [CALL]    writes; killed before file call number CALL (counted over all threads)
 *   workload recover FOLDER [CALL]       opens and closes the journal; killed likewise
 *   workload verify FOLDER ACKS          compares; exit status 1 where anything is lost, doubled or invented
 *   workload sweep FOLDER [EVERY]        all of it for every file call, or for each EVERYth
 *
 * ACKS is a file that is mapped: what was acknowledged stands there without a system call, outside
 * of the journal's folder, and survives the process. Between events, segments are compressed and
 * deleted, as far as a sink has come. In a sweep, each kill is followed by two
 * recoveries that are killed themselves, then by the one that must bring everything back; writes are
 * also cut in the middle, as a kill can do. With `write` and `recover`, an outer tool (strace) may
 * choose the system call instead. */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "journal/cursor.h"
#include "journal/tidy.h"
#include "journal_fixture.h"

enum {
    EVENTS = 1000,
    SEGMENT_BYTES = 32 << 10,
    CALLS_MAX = 1 << 16,
    RETRY_EVERY = 7, /* an earlier event is sent once more after each so many */
    TIDY_EVERY = 125, /* what every sink has passed is compressed, and deleted where it is old */
    KEPT_H =
        300, /* what is older may be deleted, and its id forgotten: an hour passes between two events */
};

static const int64_t began_us = INT64_C(1000000000000000), hour_us = INT64_C(3600000000);

struct acks {
    uint64_t submitted; /* events number 1 .. submitted were handed over */
    int64_t position[EVENTS + 1]; /* 0: not acknowledged */
    uint64_t tidied; /* things that tidying did */
    uint64_t wrong; /* answers that contradict an earlier one */
    _Atomic uint64_t calls;
    uint8_t is_write[CALLS_MAX];
};

static struct acks *acks;
static struct io killing;
static uint64_t kill_at; /* 0: never */
static bool in_the_middle; /* of the write that has this number */

/* Counts a call, and ends here where it is the one. */
static bool boundary(bool is_write)
{
    uint64_t n = ++acks->calls;

    if (n < CALLS_MAX)
        acks->is_write[n] = is_write;
    if (n != kill_at)
        return false;
    if (!is_write || !in_the_middle)
        kill(getpid(), SIGKILL);
    return true;
}

static int killing_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    boundary(false);
    return io_system()->open(io, path, flags, mode);
}

static ssize_t killing_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                               off_t at)
{
    if (boundary(true)) {
        struct iovec part = {iov[0].iov_base, iov[0].iov_len / 2};

        (void)!io_system()->pwritev(io, fd, &part, 1, at);
        kill(getpid(), SIGKILL);
    }
    return io_system()->pwritev(io, fd, iov, count, at);
}

static int killing_fdatasync(const struct io *io, int fd)
{
    boundary(false);
    return io_system()->fdatasync(io, fd);
}

static int killing_fsync_dir(const struct io *io, const char *path)
{
    boundary(false);
    return io_system()->fsync_dir(io, path);
}

static int killing_fallocate(const struct io *io, int fd, off_t from, off_t len)
{
    boundary(false);
    return io_system()->fallocate(io, fd, from, len);
}

static int killing_ftruncate(const struct io *io, int fd, off_t len)
{
    boundary(false);
    return io_system()->ftruncate(io, fd, len);
}

static int killing_rename(const struct io *io, const char *from, const char *to)
{
    boundary(false);
    return io_system()->rename(io, from, to);
}

static int killing_unlink(const struct io *io, const char *path)
{
    boundary(false);
    return io_system()->unlink(io, path);
}

static int killing_mkdir(const struct io *io, const char *path, mode_t mode)
{
    boundary(false);
    return io_system()->mkdir(io, path, mode);
}

static void *killing_map(const struct io *io, int fd, size_t len, bool writable)
{
    boundary(false);
    return io_system()->map(io, fd, len, writable);
}

static void make_killing(void)
{
    killing = *io_system();
    killing.open = killing_open;
    killing.pwritev = killing_pwritev;
    killing.fdatasync = killing_fdatasync;
    killing.fsync_dir = killing_fsync_dir;
    killing.fallocate = killing_fallocate;
    killing.ftruncate = killing_ftruncate;
    killing.rename = killing_rename;
    killing.unlink = killing_unlink;
    killing.mkdir = killing_mkdir;
    killing.map = killing_map;
}

static void map_acks(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && ftruncate(fd, sizeof *acks) == 0);
    acks = mmap(NULL, sizeof *acks, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(acks != MAP_FAILED);
    close(fd);
}

/* Without a commit thread: each of whose waits would be two more stops under a tracer. */
static struct journal *open_journal(const struct io *io, const char *dir)
{
    const struct journal_opts opts = {.io = io,
                                      .dir = dir,
                                      .segment_bytes = SEGMENT_BYTES,
                                      .reserve_bytes = 1 << 20,
                                      .recent_bytes = 8 << 10,
                                      .duplicate_window_us = KEPT_H * hour_us,
                                      .key_of = fixture_key_of,
                                      .no_thread = true};
    struct journal *j = NULL;
    struct err err;

    if (journal_open(&j, &opts, &err) < 0)
        printf("# %s\n", err.text);
    return j;
}

static void decided(struct journal_batch *b)
{
    *(bool *)b->ctx = true;
}

/* Payloads of 40 to 400 bytes; most batches have one event. */
static size_t payload_len(uint64_t n)
{
    return 40 + n * 37 % 361;
}

/* Appends events first .. first + count - 1 and notes what is acknowledged. False: not taken. After
 * an error of the disk nothing may be acknowledged any more. */
static bool append(struct journal *j, uint64_t first, size_t count)
{
    static bool disk_failed;
    struct journal_record out[16] = {{0}};
    bool done = false;
    struct journal_batch batch = {.records = out,
                                  .count = count,
                                  .received_us = began_us + (int64_t)acks->submitted * hour_us,
                                  .done = decided,
                                  .ctx = &done};
    enum err_code error;

    CHECK(count <= ARRAY_LEN(out));
    for (size_t i = 0; i < count; i++) {
        out[i].kind = JOURNAL_EVENT;
        out[i].payload = fixture_payload(first + i, payload_len(first + i));
        out[i].has_key = fixture_key_of(NULL, JOURNAL_EVENT, out[i].payload, &out[i].key);
    }
    journal_submit(j, &batch);
    journal_commit_waiting(j);
    CHECK(done);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)out[i].payload.ptr);
    error = batch.error;
    acks->wrong += error == ERR_NONE && disk_failed;
    disk_failed = disk_failed || error == ERR_IO;
    if (error != ERR_NONE)
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t *known = &acks->position[first + i];

        if (*known && (*known != out[i].position || !out[i].duplicate))
            acks->wrong++;
        *known = out[i].position;
    }
    return true;
}

static int64_t wall(void)
{
    return began_us + (int64_t)acks->submitted * hour_us;
}

/* Every look is a day later. */
static int64_t monotonic(void)
{
    static int64_t looks;

    return ++looks * 24 * hour_us;
}

/* Compresses and deletes all that may be, behind a sink that has come so far. What fails is tried
 * again next time. */
static void tidy_up(struct journal *j, const char *dir, int64_t passed)
{
    struct tidy *t = tidy_new(&(struct tidy_opts){.journal = j,
                                                  .compress_after_us = 0,
                                                  .keep_us = KEPT_H * hour_us,
                                                  .rule = "what is old",
                                                  .wall = wall,
                                                  .monotonic = monotonic});
    struct tidy_report report;
    struct err err;

    if (passed == 0 || cursor_publish(&killing, dir, "store", passed, &err) == 1)
        while (tidy_step(t, &report, &err) > 0)
            acks->tidied++;
    tidy_free(t);
}

/* Returns the exit status: 0, or 75 where the journal stopped taking events. */
static int write_all(const char *dir)
{
    struct journal *j = open_journal(&killing, dir);
    int status = 0;

    if (!j)
        return 75;
    for (uint64_t n = 1; n <= EVENTS;) {
        size_t count = n % 50 == 0 ? 12 : 1;

        if (count > EVENTS - n + 1)
            count = EVENTS - n + 1;
        acks->submitted = n + count - 1;
        if (!append(j, n, count))
            status = 75;
        n += count;
        if (n % RETRY_EVERY == 0 && acks->position[n - RETRY_EVERY / 2] &&
            !append(j, n - RETRY_EVERY / 2, 1))
            status = 75;
        if (n / TIDY_EVERY != (n - count) / TIDY_EVERY)
            tidy_up(j, dir, acks->position[n - count]);
    }
    journal_close(j);
    return status;
}

static int recover(const char *dir)
{
    struct journal *j = open_journal(&killing, dir);

    if (!j)
        return 75;
    tidy_up(j, dir, 0);
    journal_close(j);
    return 0;
}

/* Puts into found[] where each event is; returns what is wrong with it all. */
static int read_back(const char *dir, int64_t floor, int64_t *found)
{
    struct journal_reader *r;
    struct journal_entry e;
    struct err err;
    int wrong = 0, got;
    int64_t last = floor - 1, notes = 0;

    CHECK(journal_reader_open(&r, io_system(), dir, 0, &err) == 0);
    while ((got = journal_reader_next(r, &e, &err)) != 0) {
        uint64_t n = 0;

        if (got < 0) {
            printf("# does not verify: %s\n", err.text);
            wrong++;
            continue;
        }
        wrong += e.position != last + 1;
        last = e.position;
        if (e.kind == JOURNAL_NOTE) {
            notes++;
            continue;
        }
        memcpy(&n, e.payload.ptr, sizeof n);
        if (n < 1 || n > acks->submitted || found[n]) {
            printf("# event %" PRIu64 " is %s\n", n, n <= EVENTS ? "doubled" : "invented");
            wrong++;
            continue;
        }
        found[n] = e.position;
    }
    journal_reader_close(r);
    return wrong + (floor > 1 && notes == 0); /* a deletion is told of */
}

/* Each acknowledged event is there, at its position, once, and is known when it comes again; only what
 * is old enough, and before the first position that is kept, was deleted. */
static int verify(const char *dir)
{
    struct journal *j = open_journal(io_system(), dir);
    int64_t found[EVENTS + 1] = {0};
    struct journal_stats stats;
    int wrong = 0;

    if (!j)
        return 1;
    journal_stats(j, &stats);
    wrong += read_back(dir, stats.first_position, found);
    for (uint64_t n = 1; n <= EVENTS; n++) {
        bool deleted = n + KEPT_H <= acks->submitted && acks->position[n] < stats.first_position;

        if (acks->position[n] && !deleted && found[n] != acks->position[n]) {
            printf("# event %" PRIu64 ", acknowledged at %" PRId64 ", is at %" PRId64 "\n", n,
                   acks->position[n], found[n]);
            wrong++;
        }
    }
    for (uint64_t n = 1; n <= acks->submitted; n += 9) {
        if (n + KEPT_H <= acks->submitted)
            continue;
        acks->position[n] = found[n];
        wrong += !append(j, n, 1);
    }
    journal_close(j);
    if (acks->wrong)
        printf("# %" PRIu64 " answers contradict earlier ones\n", acks->wrong);
    return wrong > 0 || acks->wrong > 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void start_afresh(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    memset(acks, 0, sizeof *acks);
}

/* In a process of its own, killed at that call. True where it was. */
static bool run_killed(int (*what)(const char *dir), const char *dir, uint64_t at, bool middle)
{
    pid_t pid;
    int status;

    fflush(stdout);
    acks->calls = 0;
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        kill_at = at;
        in_the_middle = middle;
        _exit(what(dir));
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    if (!WIFSIGNALED(status))
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

struct sweep {
    uint64_t kills, recoveries_killed, failed;
};

static void try_boundary(struct sweep *s, const char *dir, uint64_t n, bool middle)
{
    start_afresh(dir);
    s->kills += run_killed(write_all, dir, n, middle);
    s->recoveries_killed += run_killed(recover, dir, n % 17 + 1, n % 2 == 0);
    s->recoveries_killed += run_killed(recover, dir, n / 17 % 29 + 1, n % 2 == 1);
    if (verify(dir) == 0 || s->failed++ > 4)
        return;
    printf("# killed %s file call %" PRIu64 "\n", middle ? "in the middle of" : "before", n);
}

static int sweep(const char *dir, uint64_t every)
{
    static uint8_t is_write[CALLS_MAX];
    struct sweep s = {0};
    uint64_t calls;

    start_afresh(dir);
    run_killed(write_all, dir, 0, false);
    calls = acks->calls;
    CHECK(calls < CALLS_MAX);
    memcpy(is_write, acks->is_write, sizeof is_write);
    for (uint64_t n = 1; n <= calls; n += every) {
        try_boundary(&s, dir, n, false);
        if (is_write[n])
            try_boundary(&s, dir, n, true);
    }
    start_afresh(dir);
    printf("workload: %" PRIu64 " kills at %" PRIu64 " file calls, %" PRIu64
           " recoveries killed: %" PRIu64 " lost, doubled or invented something\n",
           s.kills, (calls + every - 1) / every, s.recoveries_killed, s.failed);
    return s.failed > 0;
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
    return argc > at ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "", *dir = argc > 2 ? argv[2] : "";
    bool keeps = strcmp(mode, "write") == 0 || strcmp(mode, "verify") == 0;

    make_killing();
    if (keeps && argc > 3) {
        map_acks(argv[3]);
        acks->calls = 0;
        kill_at = number(argc, argv, 4, 0);
        return mode[0] == 'w' ? write_all(dir) : verify(dir);
    }
    acks = mmap(NULL, sizeof *acks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(acks != MAP_FAILED);
    if (strcmp(mode, "recover") == 0) {
        kill_at = number(argc, argv, 3, 0);
        return recover(dir);
    }
    if (strcmp(mode, "sweep") == 0)
        return sweep(dir, number(argc, argv, 3, 1));
    fprintf(stderr,
            "usage: workload write|recover|verify|sweep FOLDER …: see the top of workload.c\n");
    return 2;
}
