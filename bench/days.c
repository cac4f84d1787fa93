/* SPDX-License-Identifier: Apache-2.0 */
/* bench/days.c: makes the store that the console's figures are measured on.
 *
 *   bench_days [name=value ...]     events=50000000 days=90 sample_days=2 threads=2 memory=4096 (MiB) seed=1
 *                                   catalogues=catalogues keep=1 models=0 file=FILE
 *
 * Loads a sample of the demo's whole traffic, `sample_days` long, and copies of it, each of later days and
 * other people, until there are `events` over `days`, and prints the file that it keeps. With models=0 the models
 * are told that they have seen all of it, since those of flows and accounts take hours and no figure of these asks
 * for them. With `file` only that is done, to a store that is there. What is asked of it then: bench/lib/console.mjs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "feed.h"
#include "model/day_properties.h"
#include "model/days.h"
#include "model/names.h"
#include "store/internal.h"

static const int64_t day_us = INT64_C(86400000000);

struct bench {
    struct feed_opts opts;
    long all_days, keep, with_models;
    long sample; /* events of it */
    struct feed *feed;
    struct models *models;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_days: %s: %s\n", what, why);
    exit(1);
}

static void run(const struct bench *b, const char *sql)
{
    duckdb_result result;

    if (duckdb_query(feed_store(b->feed)->con, sql, &result) != DuckDBSuccess)
        die(sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

/* The sample once more: the same that happens, done by others, later. */
static void copy_sample(const struct bench *b, long number)
{
    long long at = (long long)feed_position(b->feed);
    long long later_us = (long long)number * b->opts.days * day_us;
    AUTO_FREE char *sql = xasprintf(
        "INSERT INTO events_data SELECT * REPLACE (position + %lld AS position, gen_random_uuid() "
        "AS id, time + to_microseconds(%lld) AS time, received + to_microseconds(%lld) AS "
        "received, "
        "md5(actor || '%ld') AS actor, md5(session || '%ld') AS session, "
        "md5(device || '%ld') AS device, md5(visitor || '%ld') AS visitor, "
        "md5(flow_id || '%ld') || md5('%ld' || flow_id) AS flow_id) FROM events_data "
        "WHERE position <= %ld ORDER BY position",
        at, later_us, later_us, number, number, number, number, number, number, b->sample);

    run(b, sql);
    feed_jump(b->feed, at + b->sample, 0);
}

static void open_models(struct bench *b)
{
    struct catalogue *catalogue;
    struct problems problems = {0};
    struct err err = {0};

    if (catalogue_load(&catalogue, b->opts.catalogues, &problems, &err) < 0 ||
        models_open(&b->models, feed_store(b->feed), NULL, &err) < 0 ||
        models_set_catalogue(b->models, catalogue, &err) < 0)
        die("the models", err.text);
    problems_free(&problems);
}

static void grow(struct bench *b, long events)
{
    struct err err = {0};

    feed_load(b->feed, b->opts.events, &(struct feed_times){0});
    b->sample = (long)feed_position(b->feed);
    for (long i = 1; (long)feed_position(b->feed) < events; i++) {
        copy_sample(b, i);
        if (b->with_models && models_finish(b->models, &err) < 0)
            die("the models", err.text);
        printf("%lld events\n", (long long)feed_position(b->feed));
        fflush(stdout);
    }
    run(b, "CHECKPOINT");
}

/* The names are known, and all is seen. */
static void pretend(struct bench *b)
{
    const struct model_range range = {.generation = &b->models->current,
                                      .to = feed_position(b->feed)};
    struct err err = {0};

    if (script_begin(feed_store(b->feed), &err) < 0 || names_extend(b->models, &range, &err) < 0 ||
        days_mark(b->models, &range, &err) < 0 ||
        models_run(b->models, "move_state", &range, &err) < 0 ||
        script_commit(feed_store(b->feed), &err) < 0)
        die("the models", err.text);
    b->models->current.position = range.to;
}

/* All days, though no time has passed. */
static void sum_days(struct bench *b, const char *what,
                     int (*sum)(struct models *m, struct err *err))
{
    double began = feed_seconds(CLOCK_MONOTONIC), cpu = feed_seconds(CLOCK_PROCESS_CPUTIME_ID);
    double longest = 0;
    struct err err = {0};
    int status;

    b->models->days.quiet_us = -1;
    do {
        double at = feed_seconds(CLOCK_MONOTONIC);

        status = sum(b->models, &err);
        at = feed_seconds(CLOCK_MONOTONIC) - at;
        longest = at > longest ? at : longest;
    } while (status > 0);
    if (status < 0)
        die(what, err.text);
    printf("%s: %.1f s wall, %.1f s CPU, longest step %.3f s\n", what,
           feed_seconds(CLOCK_MONOTONIC) - began, feed_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           longest);
}

int main(int argc, char **argv)
{
    struct bench b = {
        .opts = {.program = "bench_days",
                 .events = 50000000,
                 .days = 2,
                 .tx = 122880,
                 .batch = 200,
                 .threads = 2,
                 .memory_mib = 4096,
                 .catalogues = "catalogues"},
        .all_days = 90,
        .keep = 1,
    };
    const struct feed_number numbers[] = {{"events", &b.opts.events},
                                          {"days", &b.all_days},
                                          {"sample_days", &b.opts.days},
                                          {"threads", &b.opts.threads},
                                          {"memory", &b.opts.memory_mib},
                                          {"seed", &b.opts.seed},
                                          {"keep", &b.keep},
                                          {"models", &b.with_models}};
    const struct feed_text texts[] = {{"catalogues", &b.opts.catalogues}, {"file", &b.opts.file}};
    long events;

    feed_read_args("bench_days", argc, argv, numbers, ARRAY_LEN(numbers), texts, ARRAY_LEN(texts));
    CHECK(b.opts.days > 0 && b.all_days >= b.opts.days);
    events = b.opts.events;
    b.opts.events = events / b.all_days * b.opts.days;
    b.feed = feed_new(&b.opts);
    open_models(&b);
    if (!b.opts.file)
        grow(&b, events);
    if (!b.with_models)
        pretend(&b);
    sum_days(&b, "days", days_sum);
    sum_days(&b, "properties", day_properties_sum);
    run(&b, "CHECKPOINT");
    models_free(b.models);
    feed_free(b.feed, b.keep != 0);
    return 0;
}
