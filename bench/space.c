/* SPDX-License-Identifier: Apache-2.0 */
/* What compressing a journal's segments saves and costs: bench_space JOURNAL, on a copy of the folder
 * of a collector that has ended, since it compresses every sealed segment there. CPU time, and
 * medians of five for reading. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"
#include "journal/reader.h"
#include "journal/squeeze.h"
#include "journal/watermark.h"

enum { ROUNDS = 5, SEGMENTS_MOST = 4096 };

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure_reading(const char *dir, const char *what)
{
    double seconds[ROUNDS], bytes = 0;
    int64_t records = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct journal_reader *r;
        struct journal_entry e;
        double start = cpu_s();

        CHECK(journal_reader_open(&r, io_system(), dir, 0, NULL) == 0);
        for (records = 0, bytes = 0; journal_reader_next(r, &e, NULL) > 0; records++)
            bytes += (double)segment_record_bytes(e.payload.len);
        journal_reader_close(r);
        seconds[i] = cpu_s() - start;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, by_value);
    printf("reading, %-10s %8.0f ns a record, %6.0f MB/s (%lld records)\n", what,
           seconds[ROUNDS / 2] * 1e9 / (double)records, bytes / 1e6 / seconds[ROUNDS / 2],
           (long long)records);
}

struct segments {
    int64_t first[SEGMENTS_MOST];
    size_t count;
};

static int take_name(void *ctx, const char *name)
{
    struct segments *s = ctx;
    int64_t first = segment_name_parse(name);

    if (first > 0 && !segment_name_is_packed(name) && s->count < SEGMENTS_MOST)
        s->first[s->count++] = first;
    return 0;
}

int main(int argc, char **argv)
{
    static struct segments s;
    uint64_t before = 0, after = 0;
    struct watermark mark;
    double start;

    if (argc != 2 || watermark_open(&mark, io_system(), argv[1], false, NULL) != 1) {
        fprintf(stderr, "usage: bench_space JOURNAL (a copy: its segments are compressed)\n");
        return 2;
    }
    CHECK(io_system()->list(io_system(), argv[1], take_name, &s) == 0);
    measure_reading(argv[1], "plain");
    start = cpu_s();
    for (size_t i = 0; i < s.count; i++) {
        struct squeeze_job job = {.io = io_system(), .dir = argv[1], .first = s.first[i]};
        struct err err = {0};

        memcpy(job.id, mark.id, sizeof job.id);
        if (s.first[i] >= watermark_get(&mark, WATERMARK_HEAD))
            continue;
        if (squeeze_segment(&job, &err) < 0)
            fprintf(stderr, "%s\n", err.text);
        before += job.before;
        after += job.after;
    }
    if (after > 0)
        printf("compressing: %.1f MB became %.1f MB, %.2f x, %.2f s CPU, %.0f MB/s (checked before "
               "and after)\n",
               (double)before / 1e6, (double)after / 1e6, (double)before / (double)after,
               cpu_s() - start, (double)before / 1e6 / (cpu_s() - start));
    measure_reading(argv[1], "compressed");
    watermark_close(&mark);
    return 0;
}
