/* SPDX-License-Identifier: Apache-2.0 */
/* bench/models.c: what the tables that are derived from events cost, and what questions to them take.
 *
 *   bench_models [name=value ...]    events=50000000 first=5000000 more=1000000 sample=1000000 days=30 threads=2
 *                                    memory=4096 (MiB) rounds=3 keep=0 late=2 leaving=970 (per mille)
 *                                    catalogues=catalogues/accounts file=FILE seed=1
 *
 * Loads a sample of the demo's accounts and copies of it, each of later days and other
 * people, until there are `first` events; brings the models up to date, then times `more` events
 * on top of them: loading, and the models' refresh. The same again on top of `events`. Then asks for
 * reports (of a store that keep=1 has left, with another seed, the last two steps alone), each time beside the reference: events and flows by name, out of the raw events. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "feed.h"
#include "model/model_internal.h"
#include "report/report.h"
#include "store/internal.h"
#include "store/query.h"

enum { ROUNDS_MAX = 15, SQL_MAX = 1 << 20 };
static const char reference[] =
    "SELECT name, count(*), count(DISTINCT flow_id) FROM events GROUP BY 1";

/* What is asked; the steps are those of a sign-in. */
struct question {
    const char *report;
    struct {
        const char *name, *value;
    } parameters[8];
};

static const struct question questions[] = {
    {"funnel",
     {{"step", "flow.begin"},
      {"step", "flow.*.view"},
      {"step", "flow.*.submit"},
      {"step", "account.login"},
      {"step", "flow.complete"},
      {"by", "ua_browser"}}},
    {"activity", {{"from", "2025-10-10"}, {"to", "2026-01-08"}}},
    {"devices", {{"from", "2025-10-10"}, {"to", "2026-01-08"}}},
    {"counts", {{"from", "2025-10-10"}, {"to", "2026-01-08"}, {"by", "event"}}},
};

struct bench {
    struct feed_opts opts;
    long sample, first, more, rounds, keep, copies;
    int64_t span_us; /* from the sample's first event to its last */
    int64_t later_us; /* what the feed makes happens so much later */
    struct feed *feed;
    struct models *models;
};

static _Noreturn void die(const char *what, const struct err *err)
{
    fprintf(stderr, "bench_models: %s: %s\n", what, err->text);
    exit(1);
}

static int drop_bytes(void *ctx, struct str bytes)
{
    (void)ctx;
    (void)bytes;
    return 0;
}

/* Seconds that a question takes; its rows are not looked at. */
static double ask(const struct bench *b, struct str sql, uint64_t *rows)
{
    const struct query_opts opts = {
        .sql = sql, .format = QUERY_CSV, .timeout_us = INT64_C(3600000000), .write = drop_bytes};
    double began = feed_seconds(CLOCK_MONOTONIC);
    struct query_result result;
    struct err err = {0};

    if (query_run(feed_store(b->feed), &opts, &result, &err) < 0)
        die("a question", &err);
    *rows = result.rows;
    return feed_seconds(CLOCK_MONOTONIC) - began;
}

static void refresh(const struct bench *b, struct feed_times *times)
{
    double cpu = feed_seconds(CLOCK_PROCESS_CPUTIME_ID), wall = feed_seconds(CLOCK_MONOTONIC);
    struct err err = {0};
    int more;

    while ((more = models_refresh(b->models, &err)) == 1)
        ;
    if (more < 0)
        die("the models", &err);
    times->cpu_s += feed_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    times->wall_s += feed_seconds(CLOCK_MONOTONIC) - wall;
}

/* The sample once more, as other people's flows and activity of a later time. */
static void copy_sample(const struct bench *b, long number)
{
    int64_t at = feed_position(b->feed), later_us = number * b->span_us;
    AUTO_FREE char *sql =
        xasprintf("INSERT INTO events_data SELECT * REPLACE (position + %lld AS position, "
                  "gen_random_uuid() AS id, time + to_microseconds(%lld) AS time, "
                  "received + to_microseconds(%lld) AS received, md5(actor || '%ld') AS actor, "
                  "md5(device || '%ld') AS device, md5(visitor || '%ld') AS visitor, "
                  "md5(flow_id || '%ld') || md5('%ld' || flow_id) AS flow_id) FROM events_data "
                  "WHERE position <= %ld",
                  (long long)at, (long long)later_us, (long long)later_us, number, number, number,
                  number, number, b->sample);
    duckdb_result result;

    if (duckdb_query(feed_store(b->feed)->con, sql, &result) != DuckDBSuccess)
        die("a copy", &(struct err){.text = "cannot be made"});
    duckdb_destroy_result(&result);
    feed_jump(b->feed, at + b->sample, 0);
}

/* Brings the store to `events`, the models with it now and then, as an engine does. */
static void grow_to(struct bench *b, long events)
{
    double began = feed_seconds(CLOCK_MONOTONIC);
    struct feed_times models = {0};

    while ((long)feed_position(b->feed) < events) {
        copy_sample(b, ++b->copies);
        refresh(b, &models);
    }
    printf("to %lld: %.1f s, models %.1f s of it\n", (long long)feed_position(b->feed),
           feed_seconds(CLOCK_MONOTONIC) - began, models.wall_s);
    fflush(stdout);
}

static int64_t span(const struct bench *b)
{
    duckdb_result result;
    int64_t us;

    if (duckdb_query(feed_store(b->feed)->con,
                     "SELECT epoch_us(max(time)) - epoch_us(min(time)) FROM events_data",
                     &result) != DuckDBSuccess)
        die("the sample", &(struct err){.text = "has no times"});
    us = duckdb_value_int64(&result, 0, 0);
    duckdb_destroy_result(&result);
    return us;
}

/* New events, of a time behind all others. */
static void time_on_top(struct bench *b)
{
    int64_t later_us = ++b->copies * b->span_us;
    long on = (long)feed_position(b->feed);
    struct feed_times loading = {0}, models = {0};

    feed_jump(b->feed, on, later_us - b->later_us);
    b->later_us = later_us;
    while ((long)feed_position(b->feed) < on + b->more)
        feed_load(b->feed, b->more, &loading);
    memset(b->models->seconds, 0, sizeof b->models->seconds);
    refresh(b, &models);
    printf(
        "on top of %ld: %ld more, loading %.3f s wall %.3f s CPU, models %.3f s wall %.3f s CPU\n",
        on, (long)feed_position(b->feed) - on, loading.wall_s, loading.cpu_s, models.wall_s,
        models.cpu_s);
    for (size_t i = 0; all_models[i]; i++)
        if (all_models[i]->refresh)
            printf("  of it %s: %.3f s wall\n", all_models[i]->name, b->models->seconds[i]);
    fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The reference and the question by turns; the medians. */
static void ask_by_turns(const struct bench *b, const char *name, struct str sql)
{
    double ours[ROUNDS_MAX], theirs[ROUNDS_MAX];
    uint64_t rows, ignored;

    for (long i = 0; i < b->rounds; i++) {
        theirs[i] = ask(b, str_from(reference), &ignored);
        ours[i] = ask(b, sql, &rows);
    }
    qsort(ours, (size_t)b->rounds, sizeof *ours, by_size);
    qsort(theirs, (size_t)b->rounds, sizeof *theirs, by_size);
    printf("ask %s: %.3f s, reference %.3f s, %llu rows\n", name, ours[b->rounds / 2],
           theirs[b->rounds / 2], (unsigned long long)rows);
    fflush(stdout);
}

static int keep_bytes(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return 0;
}

/* A report as its SQL: what it must know of the database is asked first. */
static void build_report(const struct bench *b, const struct question *q, struct buf *sql)
{
    struct err err = {0};
    const struct report *r = report_find(str_from(q->report), &err);
    struct report_asked *asked = report_asked_new(r);
    AUTO_BUF about;
    AUTO_BUF json;
    const struct query_opts opts = {
        .format = QUERY_JSON, .timeout_us = INT64_C(600000000), .write = keep_bytes, .ctx = &json};
    struct query_opts full = opts;
    struct query_result result;

    buf_init(&about, SQL_MAX);
    buf_init(&json, 16 * SQL_MAX);
    for (size_t i = 0; i < ARRAY_LEN(q->parameters) && q->parameters[i].name; i++)
        if (report_set(asked, str_from(q->parameters[i].name), str_from(q->parameters[i].value),
                       &err) < 0)
            die(q->report, &err);
    report_put_about(asked, &about);
    full.sql = buf_as_str(&about);
    if (report_check(asked, &err) < 0 || query_run(feed_store(b->feed), &full, &result, &err) < 0 ||
        report_know(asked, buf_as_str(&json), &err) < 0 ||
        report_build(asked, false, sql, &err) < 0)
        die(q->report, &err);
    report_asked_free(asked);
}

static void ask_all(const struct bench *b)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        AUTO_BUF sql;

        buf_init(&sql, REPORT_SQL_MAX);
        build_report(b, &questions[i], &sql);
        ask_by_turns(b, questions[i].report, buf_as_str(&sql));
    }
}

static void count_flows(const struct bench *b)
{
    struct buf out;
    const struct query_opts opts = {
        .sql =
            STR("SELECT count(*) AS flows, count(*) FILTER (has_begin) AS begun FROM flows_data"),
        .format = QUERY_NDJSON,
        .timeout_us = INT64_C(600000000),
        .write = keep_bytes,
        .ctx = &out};
    struct query_result result;
    struct err err = {0};

    buf_init(&out, SQL_MAX);
    if (query_run(feed_store(b->feed), &opts, &result, &err) < 0)
        die("flows", &err);
    printf("%lld records: %.*s\n", (long long)feed_position(b->feed), (int)out.len, out.ptr);
    buf_free(&out);
}

static void open_models(struct bench *b)
{
    struct catalogue *catalogue;
    struct problems problems = {0};
    struct err err = {0};

    if (catalogue_load(&catalogue, b->opts.catalogues, &problems, &err) < 0 ||
        models_open(&b->models, feed_store(b->feed), NULL, &err) < 0 ||
        models_set_catalogue(b->models, catalogue, &err) < 0)
        die("open", &err);
    problems_free(&problems);
}

/* The sample, then up to `first` and to `events`. */
static void grow_twice(struct bench *b, long events)
{
    while ((long)feed_position(b->feed) < b->sample)
        feed_load(b->feed, b->sample - (long)feed_position(b->feed), &(struct feed_times){0});
    b->sample = (long)feed_position(b->feed);
    b->span_us = span(b);
    grow_to(b, b->first);
    time_on_top(b);
    grow_to(b, events);
}

int main(int argc, char **argv)
{
    struct bench b = {.opts = {.program = "bench_models",
                               .events = 50000000,
                               .days = 30,
                               .tx = 122880,
                               .batch = 200,
                               .threads = 2,
                               .memory_mib = 4096,
                               .late = 2,
                               .leaving = 970,
                               .catalogues = "catalogues/accounts",
                               .sources = 1u << TRAFFIC_ACCOUNTS},
                      .sample = 1000000,
                      .first = 5000000,
                      .more = 1000000,
                      .rounds = 3};
    const struct feed_number numbers[] = {{"events", &b.opts.events},
                                          {"seed", &b.opts.seed},
                                          {"sample", &b.sample},
                                          {"first", &b.first},
                                          {"more", &b.more},
                                          {"days", &b.opts.days},
                                          {"threads", &b.opts.threads},
                                          {"memory", &b.opts.memory_mib},
                                          {"rounds", &b.rounds},
                                          {"keep", &b.keep},
                                          {"late", &b.opts.late},
                                          {"leaving", &b.opts.leaving}};
    const struct feed_text texts[] = {{"catalogues", &b.opts.catalogues}, {"file", &b.opts.file}};
    long events;

    feed_read_args("bench_models", argc, argv, numbers, ARRAY_LEN(numbers), texts,
                   ARRAY_LEN(texts));
    CHECK(b.rounds > 0 && b.rounds <= ROUNDS_MAX && b.sample > 0 && b.more > 0 &&
          b.first + b.more < b.opts.events);
    events = b.opts.events;
    b.opts.events = 8 * (b.sample + 2 * b.more); /* enough, whoever leaves */
    b.feed = feed_new(&b.opts);
    open_models(&b);
    if (b.opts.file)
        b.span_us = span(&b); /* behind all that is there */
    else
        grow_twice(&b, events);
    time_on_top(&b);
    count_flows(&b);
    ask_all(&b);
    models_free(b.models);
    feed_free(b.feed, b.keep != 0);
    return 0;
}
