/* SPDX-License-Identifier: Apache-2.0 */
/* bench/store.c: what it costs to load the demo's own events into the store, and what they weigh there.
 *
 *   bench_store [name=value ...]     events=2000000 days=30 tx=122880 batch=200 threads=1
 *                                    memory=1024 (MiB) columns=60 keep=0 late=0 wrong=0 (per mille)
 *                                    catalogues=catalogues
 *
 * Only loading is timed (feed.h). Prints rows per second of CPU and wall time, bytes per event of the
 * file after a checkpoint, and what each column takes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "feed.h"
#include "store/internal.h"

struct bench {
    struct feed_opts opts;
    long columns, keep;
    struct feed *feed;
    struct feed_times times;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(1);
}

static void print_query(struct bench *b, const char *sql)
{
    duckdb_result r;

    if (duckdb_query(feed_store(b->feed)->con, sql, &r) != DuckDBSuccess)
        die(sql, "failed");
    for (idx_t i = 0; i < duckdb_row_count(&r); i++) {
        for (idx_t c = 0; c < duckdb_column_count(&r); c++) {
            char *v = duckdb_value_varchar(&r, c, i);

            printf("%s%-18s", c ? " " : "  ", v ? v : "-");
            duckdb_free(v);
        }
        printf("\n");
    }
    duckdb_destroy_result(&r);
}

/* A segment owns its block up to the next segment's start: several may share one. */
static void print_columns(struct bench *b)
{
    static const char segments[] =
        "CREATE TEMP TABLE cost AS SELECT *, coalesce(lead(block_offset) OVER (PARTITION BY "
        "block_id ORDER BY block_offset), 262144) - block_offset + 262144 * "
        "len(additional_block_ids) AS bytes FROM (SELECT DISTINCT ON (block_id, block_offset) * "
        "FROM pragma_storage_info('events_data') WHERE persistent AND block_id >= 0)";
    AUTO_FREE char *columns =
        xasprintf("SELECT column_name, printf('%%.3f', sum(bytes) / %ld.0), string_agg(DISTINCT "
                  "compression, ' ') FROM cost GROUP BY ALL ORDER BY sum(bytes) DESC LIMIT %ld",
                  b->opts.events, b->columns);
    AUTO_FREE char *parts = xasprintf(
        "SELECT CASE WHEN column_name SIMILAR TO '(text|integer|number|boolean|datetime|uuid|"
        "pseudonym)s?_[0-9]+' THEN 'properties' ELSE 'fixed' END, printf('%%.2f', "
        "sum(bytes) / %ld.0), count(DISTINCT column_name) FROM cost GROUP BY 1 ORDER BY 1",
        b->opts.events);

    print_query(b, segments);
    printf("columns: bytes per event, codecs\n");
    print_query(b, columns);
    print_query(b, parts);
    print_query(b, "SELECT 'shapes', max(shape), 'properties', count(DISTINCT property) FROM "
                   "shapes");
}

static void report(struct bench *b)
{
    double n = (double)feed_position(b->feed), cpu = feed_seconds(CLOCK_PROCESS_CPUTIME_ID),
           checkpoint;
    struct rusage usage;
    struct stat st;

    CHECK(duckdb_query(feed_store(b->feed)->con, "CHECKPOINT", NULL) == DuckDBSuccess);
    checkpoint = feed_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &usage);
    if (stat(feed_file(b->feed), &st) < 0)
        die(feed_file(b->feed), "is missing");
    printf("load: %.0f rows/s of CPU (%.0f with the checkpoint; decoding alone %.0f), %.0f rows/s "
           "wall, file %.1f bytes/event, peak %ld MiB\n",
           n / b->times.cpu_s, n / (b->times.cpu_s + checkpoint), n / b->times.decode_cpu_s,
           n / b->times.wall_s, (double)st.st_size / n, usage.ru_maxrss / 1024);
    print_columns(b);
}

int main(int argc, char **argv)
{
    struct bench b = {.opts = {.program = "bench_store",
                               .events = 2000000,
                               .days = 30,
                               .tx = 122880,
                               .batch = 200,
                               .threads = 1,
                               .memory_mib = 1024,
                               .catalogues = "catalogues"},
                      .columns = 60};
    const struct feed_number numbers[] = {
        {"events", &b.opts.events},   {"days", &b.opts.days},
        {"tx", &b.opts.tx},           {"batch", &b.opts.batch},
        {"threads", &b.opts.threads}, {"memory", &b.opts.memory_mib},
        {"columns", &b.columns},      {"keep", &b.keep},
        {"late", &b.opts.late},       {"wrong", &b.opts.wrong}};
    const struct feed_text texts[] = {{"catalogues", &b.opts.catalogues}};

    feed_read_args("bench_store", argc, argv, numbers, ARRAY_LEN(numbers), texts, ARRAY_LEN(texts));
    b.feed = feed_new(&b.opts);
    feed_load(b.feed, b.opts.events, &b.times);
    report(&b);
    feed_free(b.feed, b.keep != 0);
    return 0;
}
