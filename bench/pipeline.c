/* SPDX-License-Identifier: Apache-2.0 */
/* bench/pipeline.c: what one event costs on its way from JSON to the journal's payload.
 *
 *   bench_pipeline [EVENTS_PER_BATCH]     (100)
 *
 * The same batch of events of about 400 bytes, in turns: yyjson's bare parse of the whole body (the
 * reference), decoding, decoding with admission and encoding, and reading the payloads back.
 * Nanoseconds of CPU time per event, medians of alternating rounds; beside them two ways to the same
 * keyed hash. Every event of a batch has its own actor and session; they come again with the next batch
 * (their pseudonyms are remembered), or are new each time. Address and user agent come from 16
 * clients. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "admit/admit.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "privacy/hmac.h"
#include "wire/native.h"

enum { ROUNDS = 41, TURNS = 20, CLIENTS = 16, HASHES = 1000, BODIES = 32 };

static const char catalogue_yaml[] =
    "defaults: {owner: team@example.org, naming: resource.action}\n"
    "events:\n"
    "  - name: project.created\n"
    "    description: A new project is created\n"
    "    trigger: When a new project is created via the projects interface\n"
    "    kind: activity\n"
    "    status: active\n"
    "    since: 2025-10-20\n"
    "    properties:\n"
    "      project_id: {type: string, required: true, description: The project}\n"
    "      project_name: {type: string, privacy: hidden, description: Its name}\n"
    "      priority: {type: string, values: [low, medium, high], description: How urgent}\n"
    "      seats: {type: integer, min: 1, description: Places in it}\n";

struct bench {
    struct buf bodies[BODIES], work, payloads; /* the bodies differ in their identities */
    size_t turn; /* which of them */
    size_t events;
    struct native *native;
    struct arena *a;
    struct admission *ad;
    struct admit_request req;
};

typedef void (*step)(struct bench *b);

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_body(struct bench *b, size_t n)
{
    struct buf *body = &b->bodies[n];

    buf_init(body, 64 << 20);
    buf_char(body, '[');
    for (size_t i = 0; i < b->events; i++)
        buf_printf(body,
                   "%s{\"name\":\"project.created\",\"id\":\"0190f0c0-0000-7000-8000-%012zx\","
                   "\"time\":\"2026-11-22T05:31:%02zu.123Z\",\"actor\":\"user-%zu\","
                   "\"session\":\"session-%zu\",\"properties\":{\"project_id\":\"p-%zu\","
                   "\"project_name\":\"Apollo %zu\",\"priority\":\"medium\",\"seats\":%zu},"
                   "\"context\":{\"path\":\"/projects/new\",\"method\":\"POST\",\"status\":201,"
                   "\"ip\":\"203.0.113.%zu\",\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64; "
                   "rv:128.0) Gecko/20100101 Firefox/%zu.0\"}}",
                   i ? "," : "", i, i % 60, (n * 7919 + i) % 100000, n * 104729 + i, i, i,
                   i % 50 + 1, i % CLIENTS, 120 + i % CLIENTS);
    buf_char(body, ']');
    CHECK(buf_reserve(&b->work, body->len + NATIVE_PADDING) == 0);
}

/* Each turn begins with a fresh copy, since reading in place changes it; yyjson's own parse makes its
 * copy itself. */
static void begin_body(struct bench *b)
{
    const struct buf *body = &b->bodies[b->turn];

    memcpy(b->work.ptr, body->ptr, body->len);
    native_start(b->native, b->work.ptr, body->len, NATIVE_JSON);
}

static void bare_parse(struct bench *b)
{
    yyjson_doc *doc = yyjson_read(b->bodies[0].ptr, b->bodies[0].len, 0);

    CHECK(doc != NULL);
    yyjson_doc_free(doc);
}

static void decode(struct bench *b)
{
    struct faults faults;
    struct event ev;
    size_t count = 0;

    begin_body(b);
    while (arena_reset(b->a), native_next(b->native, b->a, &ev, &faults, NULL) == 1)
        count += faults.count == 0;
    CHECK(count == b->events);
}

static void admit_all(struct bench *b)
{
    const struct admission_hold *hold = admission_hold(b->ad);
    struct admitted out;
    struct faults faults;
    struct event ev;
    size_t count = 0;

    begin_body(b);
    b->payloads.len = 0;
    while (arena_reset(b->a), native_next(b->native, b->a, &ev, &faults, NULL) == 1) {
        CHECK(admit_event(b->ad, hold, &b->req, &ev, &faults, b->a, &b->payloads, &out) == 0);
        count += out.verdict == VERDICT_ACCEPTED;
    }
    admission_release(b->ad, hold);
    CHECK(count == b->events);
}

static void admit_new_identities(struct bench *b)
{
    b->turn = (b->turn + 1) % BODIES;
    admit_all(b);
}

/* The payloads lie behind one another; each says where it ends only by being read. */
static void read_back(struct bench *b)
{
    struct record rec;

    for (size_t i = 0; i < b->events; i++) {
        arena_reset(b->a);
        CHECK(record_decode(&rec, buf_as_str(&b->payloads), b->a, NULL) == 0);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void compare(struct bench *b)
{
    static const struct {
        const char *name;
        step run;
    } steps[] = {{"yyjson's bare parse", bare_parse},
                 {"decode", decode},
                 {"decode, admit, encode", admit_all},
                 {"the same, new identities", admit_new_identities},
                 {"read a payload back", read_back}};
    double times[ARRAY_LEN(steps)][ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            double from = now_ns();

            for (int turn = 0; turn < TURNS; turn++)
                steps[i].run(b);
            times[i][round] = (now_ns() - from) / TURNS / (double)b->events;
        }
    }
    printf("%zu events a batch, %zu bytes an event, %zu bytes a payload\n", b->events,
           b->bodies[0].len / b->events, b->payloads.len / b->events);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        qsort(times[i], ROUNDS, sizeof(double), by_value);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        printf("%-24s %8.0f ns an event  %5.2f of the bare parse\n", steps[i].name,
               times[i][ROUNDS / 2], times[i][ROUNDS / 2] / times[0][ROUNDS / 2]);
}

static double time_evp(const uint8_t key[32])
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *c = EVP_MAC_CTX_new(mac);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end()};
    uint8_t out[32];
    size_t len;
    double from = now_ns();

    CHECK(EVP_MAC_init(c, key, 32, params) == 1);
    for (int i = 0; i < HASHES; i++) {
        CHECK(EVP_MAC_init(c, NULL, 0, NULL) == 1);
        CHECK(EVP_MAC_update(c, (const uint8_t *)"an identity of 20 by", 20) == 1);
        CHECK(EVP_MAC_final(c, out, &len, sizeof out) == 1);
    }
    from = (now_ns() - from) / HASHES;
    EVP_MAC_CTX_free(c);
    EVP_MAC_free(mac);
    return from;
}

static void compare_hashes(void)
{
    double own[ROUNDS], evp[ROUNDS];
    uint8_t key[32] = {1}, out[HMAC_BYTES];
    struct hmac_key prepared;

    hmac_prepare(&prepared, key, sizeof key);
    for (int round = 0; round < ROUNDS; round++) {
        double from = now_ns();

        for (int i = 0; i < HASHES; i++)
            hmac_sha256(&prepared, STR("an identity of 20 by"), STR_NONE, out);
        own[round] = (now_ns() - from) / HASHES;
        evp[round] = time_evp(key);
    }
    qsort(own, ROUNDS, sizeof *own, by_value);
    qsort(evp, ROUNDS, sizeof *evp, by_value);
    printf("HMAC-SHA256 of 20 bytes: %.0f ns with prepared states, %.0f ns by EVP_MAC\n",
           own[ROUNDS / 2], evp[ROUNDS / 2]);
}

static void set_up(struct bench *b, const char *keys)
{
    struct settings_source source = {
        .name = (char *)"backend", .key = (char *)"key", .kind = SOURCE_SERVER, .strict = true};
    struct settings settings = {.sources = &source, .source_count = 1};
    struct admission_opts opts = {0};
    struct problems problems = {0};
    struct err err = {0};

    CHECK(sources_new(&opts.sources, &settings, &err) == 0);
    CHECK(pseudonyms_open(&opts.pseudonyms, io_system(), keys, &err) == 0);
    CHECK(useragents_new(&opts.useragents, &err) == 0);
    CHECK(catalogue_load_text(&opts.catalogue, str_from(catalogue_yaml), "bench", &problems,
                              &err) == 0);
    problems_free(&problems);
    CHECK(admission_new(&b->ad, &opts, &err) == 0);
    b->native = native_new();
    b->a = arena_new(64 * 1024, 16 << 20);
    b->req = (struct admit_request){.source = sources_at(opts.sources, 0),
                                    .received_us = clock_now_us()};
}

static int remove_key(void *dir, const char *name)
{
    AUTO_FREE char *path = io_join(dir, name);

    return unlink(path);
}

int main(int argc, char **argv)
{
    char keys[] = "/tmp/weir-bench-XXXXXX";
    struct bench b = {.events = 100};
    uint64_t events;

    if (argc > 1 && str_to_u64(str_from(argv[1]), &events) == 0 && events > 0)
        b.events = (size_t)events;
    CHECK(mkdtemp(keys) != NULL);
    set_up(&b, keys);
    buf_init(&b.work, 64 << 20);
    buf_init(&b.payloads, 64 << 20);
    for (size_t i = 0; i < BODIES; i++)
        make_body(&b, i);
    compare(&b);
    compare_hashes();
    io_system()->list(io_system(), keys, remove_key, keys);
    return rmdir(keys) == 0 ? 0 : 1;
}
