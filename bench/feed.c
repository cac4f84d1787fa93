/* SPDX-License-Identifier: Apache-2.0 */
/* feed.c: made-up events, admitted and loaded. */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admit/admit.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/io.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "wire/native.h"

enum { ARENA = 4 << 20, PAYLOADS = 1 << 30 };
static const int64_t day_us = INT64_C(86400000000), begin_us = INT64_C(1760000000000000);

struct feed {
    struct feed_opts opts;
    char *dir;
    char *file;
    struct pseudonyms *pseudonyms;
    struct useragents *useragents;
    struct sources *sources;
    struct admission *admission;
    struct native *native;
    struct traffic *traffic;
    struct arena *arena;
    struct store *store;
    const struct catalogue *catalogue;
    struct admit_request requests[TRAFFIC_SOURCES];
    long in_request[TRAFFIC_SOURCES];
    int64_t received_us, position, later_us;
    struct buf json, payloads;
    struct { /* of the transaction that is being made up */
        size_t at, len;
        int64_t received_us;
    } * records;
    size_t count, accepted;
};

static _Noreturn void die(const struct feed *f, const char *what, const struct err *err)
{
    fprintf(stderr, "%s: %s: %s\n", f->opts.program, what, err->text);
    exit(1);
}

double feed_seconds(int clock)
{
    struct timespec t;

    clock_gettime((clockid_t)clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void open_admission(struct feed *f)
{
    static char *all[] = {"*"};
    struct settings_source list[TRAFFIC_SOURCES] = {0};
    struct settings settings = {.sources = list, .source_count = TRAFFIC_SOURCES};
    struct admission_opts opts = {0};
    struct problems problems = {0};
    AUTO_FREE char *keys = xasprintf("%s/keys", f->dir);
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
    if (catalogue_load(&opts.catalogue, f->opts.catalogues, &problems, &err) < 0 ||
        pseudonyms_open(&f->pseudonyms, io_system(), keys, &err) < 0 ||
        useragents_new(&f->useragents, &err) < 0 || sources_new(&f->sources, &settings, &err) < 0)
        die(f, "open", &err);
    problems_free(&problems);
    opts.sources = f->sources;
    opts.pseudonyms = f->pseudonyms;
    opts.useragents = f->useragents;
    if (store_set_catalogue(f->store, opts.catalogue, &err) < 0 ||
        admission_new(&f->admission, &opts, &err) < 0)
        die(f, "open", &err);
    f->catalogue = opts.catalogue;
    for (size_t i = 0; i < TRAFFIC_SOURCES; i++)
        f->requests[i].source = sources_at(f->sources, i);
}

static void open_all(struct feed *f)
{
    const struct traffic_opts traffic = {.seed = f->opts.seed ? (uint64_t)f->opts.seed : 1,
                                         .events = (uint64_t)f->opts.events,
                                         .from_us = begin_us,
                                         .to_us = begin_us + f->opts.days * day_us,
                                         .sources = f->opts.sources ? f->opts.sources : TRAFFIC_ALL,
                                         .late_per_mille = (unsigned)f->opts.late,
                                         .wrong_per_mille = (unsigned)f->opts.wrong,
                                         .site_without_connection = true};
    struct err err = {0};

    f->dir = f->opts.file ? io_parent(f->opts.file) : xstrdup("/tmp/weir-bench-XXXXXX");
    if (!f->opts.file && !mkdtemp(f->dir))
        die(f, "a folder below /tmp", &(struct err){.text = "cannot be made"});
    f->file = xasprintf("%s/weir.duckdb", f->dir);
    if (store_open(&f->store,
                   &(struct store_opts){.file = f->file,
                                        .memory_bytes = (uint64_t)f->opts.memory_mib << 20,
                                        .threads = (unsigned)f->opts.threads},
                   &err) < 0 ||
        store_cursor(f->store, &f->position, &err) < 0 ||
        traffic_new(&f->traffic, &traffic, &err) < 0)
        die(f, "open", &err);
    open_admission(f);
    f->native = native_new();
    f->arena = arena_new(ARENA / 4, ARENA);
    f->records = xcalloc(2 * (size_t)f->opts.tx, sizeof *f->records);
    f->received_us = begin_us;
    buf_init(&f->json, TRAFFIC_EVENT_MAX + NATIVE_PADDING);
    buf_init(&f->payloads, PAYLOADS);
}

/* A new request where the source's batch is full: what is made for it changes with its time. */
static struct admit_request *request_for(struct feed *f, const struct traffic_event *info)
{
    struct admit_request *req = &f->requests[info->source];
    long size = info->source == TRAFFIC_SITE ? 1 : f->opts.batch;

    f->received_us += 1 + (int64_t)(info->time_us % 1000);
    if (f->received_us < info->time_us + 20000)
        f->received_us = info->time_us + 20000;
    if (f->in_request[info->source]++ % size == 0)
        req->received_us = f->received_us;
    req->ip = info->ip;
    req->user_agent = info->user_agent;
    return req;
}

/* Whether the person of the event's flow was gone by then. */
static bool leaves(const struct feed *f, const struct event *ev)
{
    uint32_t hash;

    if (!f->opts.leaving || !ev->has_flow || ev->time_us - ev->flow_begin_us < 200000)
        return false;
    hash = crc32c(0, ev->flow_id.ptr, ev->flow_id.len);
    return (long)(hash % 1000) < f->opts.leaving;
}

/* One more payload; 0 after the last. */
static int make_event(struct feed *f)
{
    struct traffic_event info;
    struct event ev;
    struct faults faults = {0};
    struct admitted out;
    struct err err = {0};
    const struct admission_hold *hold;

    buf_reset(&f->json, TRAFFIC_EVENT_MAX + NATIVE_PADDING);
    if (!traffic_next(f->traffic, &f->json, &info))
        return 0;
    CHECK(buf_reserve(&f->json, NATIVE_PADDING) == 0);
    arena_reset(f->arena);
    native_start(f->native, f->json.ptr, f->json.len, NATIVE_JSON);
    if (native_next(f->native, f->arena, &ev, &faults, &err) != 1)
        die(f, "an event", &err);
    if (leaves(f, &ev))
        return 1;
    ev.time_us += f->later_us;
    ev.flow_begin_us += ev.has_flow ? f->later_us : 0;
    info.time_us += f->later_us;
    if (pseudonyms_rotate(f->pseudonyms, f->received_us, &err) < 0)
        die(f, "keys", &err);
    hold = admission_hold(f->admission);
    CHECK(admit_event(f->admission, hold, request_for(f, &info), &ev, &faults, f->arena,
                      &f->payloads, &out) == 0);
    admission_release(f->admission, hold);
    if (out.verdict == VERDICT_REFUSED)
        return 1;
    f->accepted += out.verdict == VERDICT_ACCEPTED;
    f->records[f->count].at = out.payload_at;
    f->records[f->count].len = out.payload_len;
    f->records[f->count++].received_us = f->received_us;
    return 1;
}

static void decode(struct feed *f, size_t i, struct record *rec)
{
    struct err err = {0};

    arena_reset(f->arena);
    if (record_decode(rec, str_of(f->payloads.ptr + f->records[i].at, f->records[i].len), f->arena,
                      &err) < 0)
        die(f, "a record", &err);
    rec->received_us = f->records[i].received_us;
}

static void load(struct feed *f, struct feed_times *times)
{
    double cpu = feed_seconds(CLOCK_PROCESS_CPUTIME_ID), wall = feed_seconds(CLOCK_MONOTONIC);
    struct record rec;
    struct err err = {0};

    if (store_load_begin(f->store, &err) < 0)
        die(f, "begin", &err);
    for (size_t i = 0; i < f->count; i++) {
        decode(f, i, &rec);
        if (store_load_add(f->store, &rec, ++f->position, &err) < 0)
            die(f, "a row", &err);
    }
    if (store_load_commit(f->store, f->position, &err) < 0)
        die(f, "commit", &err);
    times->cpu_s += feed_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    times->wall_s += feed_seconds(CLOCK_MONOTONIC) - wall;
    cpu = feed_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < f->count; i++)
        decode(f, i, &rec);
    times->decode_cpu_s += feed_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    f->count = f->accepted = 0;
    buf_reset(&f->payloads, PAYLOADS);
}

struct feed *feed_new(const struct feed_opts *opts)
{
    struct feed *f = xcalloc(1, sizeof *f);

    f->opts = *opts;
    open_all(f);
    return f;
}

bool feed_load(struct feed *f, long events, struct feed_times *times)
{
    bool more = true;

    for (long i = 0; i < events && (more = make_event(f)); i++)
        if (f->accepted == (size_t)f->opts.tx || f->count == 2 * (size_t)f->opts.tx)
            load(f, times);
    if (f->count)
        load(f, times);
    return more;
}

void feed_jump(struct feed *f, int64_t position, int64_t later_us)
{
    struct err err = {0};

    f->later_us += later_us;
    if (position == f->position)
        return;
    if (store_load_begin(f->store, &err) < 0 ||
        store_load_pass(f->store, position, false, &err) < 0 ||
        store_load_commit(f->store, position, &err) < 0)
        die(f, "jump", &err);
    f->position = position;
}

struct store *feed_store(struct feed *f)
{
    return f->store;
}

int64_t feed_position(const struct feed *f)
{
    return f->position;
}

const char *feed_file(const struct feed *f)
{
    return f->file;
}

const struct catalogue *feed_catalogue(const struct feed *f)
{
    return f->catalogue;
}

void feed_free(struct feed *f, bool keep)
{
    store_close(f->store);
    admission_free(f->admission);
    sources_free(f->sources);
    useragents_free(f->useragents);
    pseudonyms_close(f->pseudonyms);
    traffic_free(f->traffic);
    native_free(f->native);
    arena_free(f->arena);
    buf_free(&f->json);
    buf_free(&f->payloads);
    free(f->records);
    if (keep)
        printf("kept: %s\n", f->file);
    else
        unlink(f->file);
    free(f->file);
    free(f->dir);
    free(f);
}

static bool read_number(struct str name, struct str value, const struct feed_number *numbers,
                        size_t count)
{
    int64_t number;

    for (size_t i = 0; i < count; i++)
        if (str_is(name, numbers[i].name) && str_to_i64(value, &number) == 0 && number >= 0) {
            *numbers[i].value = number;
            return true;
        }
    return false;
}

void feed_read_args(const char *program, int argc, char **argv, const struct feed_number *numbers,
                    size_t number_count, const struct feed_text *texts, size_t text_count)
{
    for (int i = 1; i < argc; i++) {
        struct str rest = str_from(argv[i]), name = str_split(&rest, '=');
        bool known = rest.ptr && read_number(name, rest, numbers, number_count);

        for (size_t k = 0; k < text_count && rest.ptr && !known; k++)
            if (str_is(name, texts[k].name)) {
                *texts[k].value = rest.ptr;
                known = true;
            }
        if (!known) {
            fprintf(stderr, "%s: %s: see the top of its source\n", program, argv[i]);
            exit(2);
        }
    }
}
