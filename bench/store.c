/* SPDX-License-Identifier: Apache-2.0 */
/* bench/store.c: what it costs to load the demo's own events into the store, and what they weigh there.
 *
 *   bench_store [name=value ...]     events=2000000 days=30 tx=122880 batch=200 threads=1
 *                                    memory=1024 (MiB) columns=60 keep=0 late=0 wrong=0 (per mille)
 *                                    catalogues=catalogues
 *
 * The events take the whole way: made up, decoded, admitted against all five catalogues, encoded as
 * the journal has them; then, which alone is timed, decoded and loaded. Those of the site are a request
 * each, the others come in batches. Prints rows per second of CPU and wall time, bytes per event of the
 * file after a checkpoint, and what each column takes of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admit/admit.h"
#include "base/check.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "demo/traffic.h"
#include "store/internal.h"
#include "wire/native.h"

enum { ARENA = 4 << 20, PAYLOADS = 1 << 30 };
static const int64_t day_us = INT64_C(86400000000), begin_us = INT64_C(1760000000000000);

struct bench {
    long events, days, tx, batch, threads, memory, columns, keep, late, wrong;
    const char *catalogues;
    char dir[32];
    char *file;
    struct pseudonyms *pseudonyms;
    struct useragents *useragents;
    struct sources *sources;
    struct admission *admission;
    struct native *native;
    struct traffic *traffic;
    struct arena *arena;
    struct store *store;
    struct admit_request requests[TRAFFIC_SOURCES];
    long in_request[TRAFFIC_SOURCES];
    int64_t received_us, position;
    struct buf json, payloads;
    struct { /* of the transaction that is being made up */
        size_t at, len;
        int64_t received_us;
    } * records;
    size_t count, accepted;
    double cpu_s, wall_s, decode_cpu_s;
};

static _Noreturn void die(const char *what, const struct err *err)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, err->text);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void open_admission(struct bench *b)
{
    static char *all[] = {"*"};
    struct settings_source list[TRAFFIC_SOURCES] = {0};
    struct settings settings = {.sources = list, .source_count = TRAFFIC_SOURCES};
    struct admission_opts opts = {0};
    struct problems problems = {0};
    AUTO_FREE char *keys = xasprintf("%s/keys", b->dir);
    struct err err = {0};

    for (int i = 0; i < TRAFFIC_SOURCES; i++) {
        list[i] = (struct settings_source){.name = (char *)traffic_source_name(i),
                                           .key = (char *)traffic_source_name(i),
                                           .kind = SOURCE_SERVER,
                                           .strict = true};
        if (i == TRAFFIC_SITE) {
            list[i].kind = SOURCE_BROWSER;
            list[i].events.items = all;
            list[i].events.count = 1;
        }
    }
    if (catalogue_load(&opts.catalogue, b->catalogues, &problems, &err) < 0 ||
        pseudonyms_open(&b->pseudonyms, io_system(), keys, &err) < 0 ||
        useragents_new(&b->useragents, &err) < 0 || sources_new(&b->sources, &settings, &err) < 0)
        die("open", &err);
    problems_free(&problems);
    opts.sources = b->sources;
    opts.pseudonyms = b->pseudonyms;
    opts.useragents = b->useragents;
    if (store_set_catalogue(b->store, opts.catalogue, &err) < 0 ||
        admission_new(&b->admission, &opts, &err) < 0)
        die("open", &err);
    for (size_t i = 0; i < TRAFFIC_SOURCES; i++)
        b->requests[i].source = sources_at(b->sources, i);
}

static void open_all(struct bench *b)
{
    const struct traffic_opts traffic = {.seed = 1,
                                         .events = (uint64_t)b->events,
                                         .from_us = begin_us,
                                         .to_us = begin_us + b->days * day_us,
                                         .sources = TRAFFIC_ALL,
                                         .late_per_mille = (unsigned)b->late,
                                         .wrong_per_mille = (unsigned)b->wrong,
                                         .site_without_connection = true};
    struct err err = {0};

    memcpy(b->dir, "/tmp/weir-bench-XXXXXX", 23);
    if (!mkdtemp(b->dir))
        die("a folder below /tmp", &(struct err){.text = "cannot be made"});
    b->file = xasprintf("%s/weir.duckdb", b->dir);
    if (store_open(&b->store,
                   &(struct store_opts){.file = b->file,
                                        .memory_bytes = (uint64_t)b->memory << 20,
                                        .threads = (unsigned)b->threads},
                   &err) < 0 ||
        traffic_new(&b->traffic, &traffic, &err) < 0)
        die("open", &err);
    open_admission(b);
    b->native = native_new();
    b->arena = arena_new(ARENA / 4, ARENA);
    b->records = xcalloc(2 * (size_t)b->tx, sizeof *b->records);
    b->received_us = begin_us;
    buf_init(&b->json, TRAFFIC_EVENT_MAX + NATIVE_PADDING);
    buf_init(&b->payloads, PAYLOADS);
}

/* A new request where the source's batch is full: what is made for it changes with its time. */
static struct admit_request *request_for(struct bench *b, const struct traffic_event *info)
{
    struct admit_request *req = &b->requests[info->source];
    long size = info->source == TRAFFIC_SITE ? 1 : b->batch;

    b->received_us += 1 + (int64_t)(info->time_us % 1000);
    if (b->received_us < info->time_us + 20000)
        b->received_us = info->time_us + 20000;
    if (b->in_request[info->source]++ % size == 0)
        req->received_us = b->received_us;
    req->ip = info->ip;
    req->user_agent = info->user_agent;
    return req;
}

/* One more payload; 0 after the last. */
static int make_event(struct bench *b)
{
    struct traffic_event info;
    struct event ev;
    struct faults faults = {0};
    struct admitted out;
    struct err err = {0};
    const struct admission_hold *hold = admission_hold(b->admission);

    buf_reset(&b->json, TRAFFIC_EVENT_MAX + NATIVE_PADDING);
    if (!traffic_next(b->traffic, &b->json, &info)) {
        admission_release(b->admission, hold);
        return 0;
    }
    CHECK(buf_reserve(&b->json, NATIVE_PADDING) == 0);
    arena_reset(b->arena);
    native_start(b->native, b->json.ptr, b->json.len, NATIVE_JSON);
    if (native_next(b->native, b->arena, &ev, &faults, &err) != 1)
        die("an event", &err);
    if (pseudonyms_rotate(b->pseudonyms, b->received_us, &err) < 0)
        die("keys", &err);
    CHECK(admit_event(b->admission, hold, request_for(b, &info), &ev, &faults, b->arena,
                      &b->payloads, &out) == 0);
    admission_release(b->admission, hold);
    if (out.verdict == VERDICT_REFUSED)
        return 1;
    b->accepted += out.verdict == VERDICT_ACCEPTED;
    b->records[b->count].at = out.payload_at;
    b->records[b->count].len = out.payload_len;
    b->records[b->count++].received_us = b->received_us;
    return 1;
}

static void decode(struct bench *b, size_t i, struct record *rec)
{
    struct err err = {0};

    arena_reset(b->arena);
    if (record_decode(rec, str_of(b->payloads.ptr + b->records[i].at, b->records[i].len), b->arena,
                      &err) < 0)
        die("a record", &err);
    rec->received_us = b->records[i].received_us;
}

static void load(struct bench *b)
{
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    struct record rec;
    struct err err = {0};

    if (store_load_begin(b->store, &err) < 0)
        die("begin", &err);
    for (size_t i = 0; i < b->count; i++) {
        decode(b, i, &rec);
        if (store_load_add(b->store, &rec, ++b->position, &err) < 0)
            die("a row", &err);
    }
    if (store_load_commit(b->store, b->position, &err) < 0)
        die("commit", &err);
    b->cpu_s += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    b->wall_s += seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < b->count; i++)
        decode(b, i, &rec);
    b->decode_cpu_s += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    b->count = b->accepted = 0;
    buf_reset(&b->payloads, PAYLOADS);
}

static void print_query(struct bench *b, const char *sql)
{
    duckdb_result r;

    if (duckdb_query(b->store->con, sql, &r) != DuckDBSuccess)
        die(sql, &(struct err){.text = "failed"});
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
                  b->events, b->columns);
    AUTO_FREE char *parts = xasprintf(
        "SELECT CASE WHEN column_name SIMILAR TO '(text|integer|number|boolean|datetime|uuid|"
        "pseudonym)s?_[0-9]+' THEN 'properties' ELSE 'fixed' END, printf('%%.2f', "
        "sum(bytes) / %ld.0), count(DISTINCT column_name) FROM cost GROUP BY 1 ORDER BY 1",
        b->events);

    print_query(b, segments);
    printf("columns: bytes per event, codecs\n");
    print_query(b, columns);
    print_query(b, parts);
    print_query(b, "SELECT 'shapes', max(shape), 'properties', count(DISTINCT property) FROM "
                   "shapes");
}

static void report(struct bench *b)
{
    double n = (double)b->position, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), checkpoint;
    struct rusage usage;
    struct stat st;

    CHECK(duckdb_query(b->store->con, "CHECKPOINT", NULL) == DuckDBSuccess);
    checkpoint = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &usage);
    if (stat(b->file, &st) < 0)
        die(b->file, &(struct err){.text = "is missing"});
    printf("load: %.0f rows/s of CPU (%.0f with the checkpoint; decoding alone %.0f), %.0f rows/s "
           "wall, file %.1f bytes/event, peak %ld MiB\n",
           n / b->cpu_s, n / (b->cpu_s + checkpoint), n / b->decode_cpu_s, n / b->wall_s,
           (double)st.st_size / n, usage.ru_maxrss / 1024);
    print_columns(b);
}

static void close_all(struct bench *b)
{
    store_close(b->store);
    admission_free(b->admission);
    sources_free(b->sources);
    useragents_free(b->useragents);
    pseudonyms_close(b->pseudonyms);
    traffic_free(b->traffic);
    native_free(b->native);
    arena_free(b->arena);
    buf_free(&b->json);
    buf_free(&b->payloads);
    free(b->records);
    if (b->keep)
        printf("kept: %s\n", b->file);
    else
        unlink(b->file);
    free(b->file);
}

static void read_args(struct bench *b, int argc, char **argv)
{
    const struct {
        const char *name;
        long *value;
    } numbers[] = {{"events", &b->events},   {"days", &b->days},       {"tx", &b->tx},
                   {"batch", &b->batch},     {"threads", &b->threads}, {"memory", &b->memory},
                   {"columns", &b->columns}, {"keep", &b->keep},       {"late", &b->late},
                   {"wrong", &b->wrong}};

    for (int i = 1; i < argc; i++) {
        struct str rest = str_from(argv[i]), name = str_split(&rest, '=');
        int64_t number = -1;
        bool known = str_is(name, "catalogues");

        if (known)
            b->catalogues = rest.ptr;
        for (size_t k = 0; k < ARRAY_LEN(numbers) && !known; k++)
            if (str_is(name, numbers[k].name) && str_to_i64(rest, &number) == 0 && number >= 0) {
                *numbers[k].value = number;
                known = true;
            }
        if (!known || !rest.ptr) {
            fprintf(stderr, "bench_store: %s: see the top of bench/store.c\n", argv[i]);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct bench b = {.events = 2000000,
                      .days = 30,
                      .tx = 122880,
                      .batch = 200,
                      .threads = 1,
                      .memory = 1024,
                      .columns = 60,
                      .catalogues = "catalogues"};

    read_args(&b, argc, argv);
    open_all(&b);
    while (make_event(&b))
        if (b.accepted == (size_t)b.tx || b.count == 2 * (size_t)b.tx)
            load(&b);
    if (b.count)
        load(&b);
    report(&b);
    close_all(&b);
    return 0;
}
