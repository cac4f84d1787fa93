/* SPDX-License-Identifier: Apache-2.0 */
/* bench/journal.c: what the journal costs.
 *
 *   bench_journal DIR     DIR: a folder on the disk to measure, for scratch files
 *
 * All that the journal does beside the commit is done by the same thread here, and counted: files of
 * keys are written and merged. CPU per record of submitting and committing groups of 1, 16, 64 and 100 batches with one 300-byte
 * record each: without the system's share (write and sync do nothing), and on the disk. Then reading
 * and opening what was written. Medians of several rounds, since other processes interrupt. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/journal.h"
#include "journal/reader.h"

enum { PAYLOAD = 300, GROUP_MOST = 100, ROUNDS = 5 };

static char payload[PAYLOAD];
static struct journal_record records[GROUP_MOST];
static struct journal_batch batches[GROUP_MOST];
static uint64_t number;

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static int segment_fd; /* of the one segment that there is */

static int open_noted(const struct io *io, const char *path, int flags, mode_t mode)
{
    int fd = io_system()->open(io, path, flags, mode);

    if (str_ends(str_from(path), STR("/next.tmp")))
        segment_fd = fd;
    return fd;
}

/* Records go nowhere; the segment's header, the watermark and the files of keys are written. */
static ssize_t write_nothing(const struct io *io, int fd, const struct iovec *iov, int count,
                             off_t at)
{
    ssize_t sum = 0;

    if (at == 0 || fd != segment_fd)
        return io_system()->pwritev(io, fd, iov, count, at);
    for (int i = 0; i < count; i++)
        sum += (ssize_t)iov[i].iov_len;
    return sum;
}

static int sync_nothing(const struct io *io, int fd)
{
    (void)io;
    (void)fd;
    return 0;
}

static void done(struct journal_batch *b)
{
    CHECK(b->error == ERR_NONE);
}

static bool key_of(void *ctx, enum journal_kind kind, struct str bytes, struct journal_key *out)
{
    (void)ctx;
    (void)kind;
    memset(out, 0, sizeof *out);
    memcpy(out->id, bytes.ptr, 8);
    return true;
}

static double overhead_ns(void)
{
    double from = cpu_ns();

    for (int i = 0; i < 1000; i++)
        cpu_ns();
    return (cpu_ns() - from) / 1001;
}

/* CPU of committing `commits` groups, per record. */
static double commit_groups(struct journal *j, int group, int commits, double overhead)
{
    double sum = 0;

    for (int n = 0; n < commits; n++) {
        double from;

        for (int i = 0; i < group; i++) {
            number++;
            records[i] = (struct journal_record){
                .kind = JOURNAL_EVENT, .has_key = true, .payload = {payload, PAYLOAD}};
            memcpy(payload, &number, sizeof number);
            memcpy(records[i].key.id, &number, sizeof number);
            batches[i] = (struct journal_batch){
                .records = &records[i], .count = 1, .received_us = 1, .done = done};
        }
        from = cpu_ns();
        for (int i = 0; i < group; i++)
            journal_submit(j, &batches[i]);
        journal_commit_waiting(j);
        sum += cpu_ns() - from - overhead;
    }
    return sum / ((double)commits * group);
}

static struct journal *open_journal(const struct io *io, const char *dir, uint64_t segment_bytes)
{
    struct journal_opts opts = {
        .io = io, .dir = dir, .segment_bytes = segment_bytes, .key_of = key_of, .no_thread = true};
    struct journal *j = NULL;
    struct err err;

    if (journal_open(&j, &opts, &err) < 0) {
        fprintf(stderr, "bench_journal: %s\n", err.text);
        exit(1);
    }
    return j;
}

static void measure_commits(const struct io *table, const char *dir, const char *what, int most)
{
    static const int groups[] = {1, 16, 64, 100};
    struct io io = *table;
    double overhead = overhead_ns();
    struct journal *j;

    if (most < 0) {
        io.open = open_noted;
        io.pwritev = write_nothing;
        io.fdatasync = sync_nothing;
    }
    j = open_journal(&io, dir, most < 0 ? UINT64_C(1) << 30 : 0);
    if (most < 0)
        commit_groups(j, GROUP_MOST, 8000, overhead); /* so that the table of keys is full */
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        double cpu[ROUNDS], wall[ROUNDS];
        int commits = most < 0 ? 100000 / groups[g] / ROUNDS : most;

        for (int r = 0; r < ROUNDS; r++) {
            int64_t from = clock_monotonic_us();

            cpu[r] = commit_groups(j, groups[g], commits, overhead);
            wall[r] = (double)(clock_monotonic_us() - from) / commits;
        }
        printf("%-14s group %3d: %6.0f ns CPU a record, %7.1f us a commit\n", what, groups[g],
               median(cpu, ROUNDS), median(wall, ROUNDS));
    }
    journal_close(j);
}

static void measure_reading(const struct io *io, const char *dir)
{
    double cpu[ROUNDS], start[ROUNDS];
    int64_t count = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct journal_reader *r;
        struct journal_entry e;
        struct journal *j;
        double from;
        int64_t at;

        at = clock_monotonic_us();
        j = open_journal(io, dir, 0);
        start[i] = (double)(clock_monotonic_us() - at) / 1e3;
        journal_close(j);
        count = 0;
        from = cpu_ns();
        CHECK(journal_reader_open(&r, io, dir, 0, NULL) == 0);
        while (journal_reader_next(r, &e, NULL) == 1)
            count++;
        cpu[i] = (cpu_ns() - from) / (double)count;
        journal_reader_close(r);
    }
    printf("reading        %.0f ns CPU a record, %lld records\n", median(cpu, ROUNDS),
           (long long)count);
    printf("opening        %.0f ms with those records' keys read back\n", median(start, ROUNDS));
}

static int delete_one(void *ctx, const char *name)
{
    AUTO_FREE char *path = io_join(ctx, name);

    return unlink(path);
}

static void remove_dir(char *dir)
{
    io_system()->list(io_system(), dir, delete_one, dir);
    rmdir(dir);
}

/* A full segment and more for the reading. */
static void fill(const struct io *io, const char *dir)
{
    struct journal *j = open_journal(io, dir, 0);

    commit_groups(j, GROUP_MOST, 2500, 0);
    journal_close(j);
}

int main(int argc, char **argv)
{
    AUTO_FREE char *dir = xasprintf("%s/bench-journal-XXXXXX", argc > 1 ? argv[1] : ".");

    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    measure_commits(io_system(), dir, "without system", -1);
    remove_dir(dir); /* journal_open makes it again */
    measure_commits(io_system(), dir, "on the disk", 400);
    fill(io_system(), dir);
    measure_reading(io_system(), dir);
    remove_dir(dir);
    return 0;
}
