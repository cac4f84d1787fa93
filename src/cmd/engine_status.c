/* SPDX-License-Identifier: Apache-2.0 */
/* engine_status.c: gathers, for one answer, what others know. */
#include "cmd/engine_status.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yyjson.h>
#include <zlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/ledger_view.h"
#include "store/facts.h"
#include "store/query.h"

void engine_status_init(struct engine_status *e)
{
    pthread_mutex_init(&e->catalogue.mtx, NULL);
    e->gaps = kept_new();
    e->started_us = clock_now_us();
}

void engine_status_reset(struct engine_status *e)
{
    pthread_mutex_destroy(&e->catalogue.mtx);
    kept_free(e->gaps);
}

void engine_status_catalogue(struct engine_status *e, int status, const struct err *err)
{
    struct engine_catalogue *c = &e->catalogue;

    pthread_mutex_lock(&c->mtx);
    c->failed = status < 0;
    if (status < 0) {
        c->failed_us = clock_now_us();
        snprintf(c->error, sizeof c->error, "%s", err->text);
    } else {
        c->read_us = clock_now_us();
    }
    pthread_mutex_unlock(&c->mtx);
}

void engine_status_put_metrics(void *ctx, struct buf *out)
{
    struct engine_status *e = ctx;

    engine_put_metrics(&e->sinks, out);
}

static void put_text_or_null(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, ",\"%s\":", key);
    if (text && *text)
        buf_json(out, str_from(text));
    else
        buf_str(out, STR("null"));
}

static void put_catalogue(struct engine_status *e, struct buf *out)
{
    struct engine_catalogue *c = &e->catalogue;

    pthread_mutex_lock(&c->mtx);
    buf_printf(out,
               ",\"catalogue\":{\"read_us\":%" PRId64 ",\"failed_us\":%" PRId64 ",\"failed\":%s",
               c->read_us, c->failed_us, c->failed ? "true" : "false");
    put_text_or_null(out, "error", c->failed ? c->error : NULL);
    pthread_mutex_unlock(&c->mtx);
    buf_char(out, '}');
}

static uint64_t file_bytes(const struct settings *s, const char *name)
{
    AUTO_FREE char *path = settings_data_path(s, name);
    struct stat st;

    return stat(path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}

static void put_disk(const struct engine_status *e, struct buf *out)
{
    const struct settings *s = e->settings;
    struct io_space space = {0};

    if (io_system()->space(io_system(), s->data, &space) < 0)
        buf_str(out, STR(",\"disk\":null"));
    else
        buf_printf(out,
                   ",\"disk\":{\"total_bytes\":%" PRIu64 ",\"free_bytes\":%" PRIu64
                   ",\"reserve_bytes\":%" PRIu64 "}",
                   space.total, space.available, s->journal.reserve_bytes);
}

static void put_database(const struct engine_status *e, struct buf *out)
{
    struct store_facts facts;
    struct err err = {0};

    buf_printf(out, ",\"database\":{\"bytes\":%" PRIu64 ",\"log_bytes\":%" PRIu64,
               file_bytes(e->settings, "weir.duckdb"), file_bytes(e->settings, "weir.duckdb.wal"));
    if (store_facts(e->store, &facts, &err) == 0)
        buf_printf(out, ",\"memory_bytes\":%" PRId64 ",\"temporary_bytes\":%" PRId64,
                   facts.memory_bytes, facts.temporary_bytes);
    else
        buf_str(out, STR(",\"memory_bytes\":null,\"temporary_bytes\":null"));
    buf_printf(out, ",\"memory_limit_bytes\":%" PRIu64, e->settings->store.memory_bytes);
    put_text_or_null(out, "error", err.text);
    buf_char(out, '}');
}

/* Bytes that the process has; 0 where the system does not say. */
static uint64_t resident_bytes(void)
{
    AUTO_FILE file = fopen("/proc/self/statm", "re");
    unsigned long long all, resident;

    if (!file || fscanf(file, "%llu %llu", &all, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void put_versions(struct buf *out)
{
    buf_str(out, STR(",\"versions\":{\"weir\":\"" WEIR_VERSION "\""));
    put_text_or_null(out, "duckdb", store_library_version());
    put_text_or_null(out, "libmicrohttpd", console_library_version());
    put_text_or_null(out, "libcurl", curl_version_info(CURLVERSION_NOW)->version);
    put_text_or_null(out, "yyjson", YYJSON_VERSION_STRING);
    put_text_or_null(out, "zlib", zlibVersion());
    put_text_or_null(out, "zstd", ZSTD_versionString());
    buf_char(out, '}');
}

void engine_status_put(void *ctx, struct buf *out)
{
    struct engine_status *e = ctx;

    buf_printf(out, ",\"now_us\":%" PRId64 ",\"started_us\":%" PRId64 ",\"memory_bytes\":%" PRIu64,
               clock_now_us(), e->started_us, resident_bytes());
    engine_put_status(&e->sinks, out);
    put_catalogue(e, out);
    put_disk(e, out);
    put_database(e, out);
    put_versions(out);
    if (e->pulsing)
        pulsing_put_json(e->pulsing, out);
}

/* The ledger. */

struct asking {
    struct engine_status *e;
    struct console_waiting waiting;
    int64_t gaps_as_of_us;
};

static bool is_over(void *ctx)
{
    const struct asking *a = ctx;

    return a->waiting.is_over(a->waiting.ctx);
}

static int run_question(struct asking *a, struct str sql, struct buf *answer, struct err *err)
{
    struct query_result result;

    return query_run(a->e->store,
                     &(struct query_opts){.sql = sql,
                                          .format = QUERY_JSON,
                                          .ours = true,
                                          .timeout_us = a->e->settings->console.query_timeout_us,
                                          .is_unwanted = is_over,
                                          .asker = a,
                                          .write = ask_to_buf,
                                          .ctx = answer},
                     &result, err);
}

static struct yyjson_doc *ask_store(void *ctx, struct buf *sql, struct err *err)
{
    AUTO_BUF answer;

    buf_init(&answer, ASK_DOCUMENT_MAX);
    if (run_question(ctx, buf_as_str(sql), &answer, err) < 0)
        return NULL;
    return ask_read(&answer, err);
}

/* It goes through all events, and a page may ask every minute. That time ran out is kept as well: an answer
 * that is no JSON object. */
static int run_kept_question(struct asking *a, struct str sql, struct buf *answer, struct err *err)
{
    int64_t began_us = clock_monotonic_us(), as_of_us = clock_now_us();
    int status = run_question(a, sql, answer, err);

    if (status == 0)
        kept_put(a->e->gaps, sql, buf_as_str(answer), began_us, clock_monotonic_us(), as_of_us);
    else if (err->code == ERR_LIMIT)
        kept_put(a->e->gaps, sql, str_from(err->text), began_us, clock_monotonic_us(), as_of_us);
    else
        kept_give_up(a->e->gaps, sql);
    a->gaps_as_of_us = as_of_us;
    return status;
}

static struct yyjson_doc *ask_store_seldom(void *ctx, struct buf *sql, struct err *err)
{
    struct asking *a = ctx;
    struct str text = buf_as_str(sql);
    AUTO_BUF answer;

    buf_init(&answer, ASK_DOCUMENT_MAX);
    if (!kept_find(a->e->gaps, text, clock_monotonic_us(), &answer, &a->gaps_as_of_us)) {
        if (run_kept_question(a, text, &answer, err) < 0)
            return NULL;
    } else if (!str_starts(buf_as_str(&answer), STR("{"))) {
        err_set(err, ERR_LIMIT, "%.*s", STR_ARG(buf_as_str(&answer)));
        return NULL;
    }
    return ask_read(&answer, err);
}

int engine_status_put_ledger(void *ctx, const struct console_ledger_ask *ask, struct buf *out,
                             struct err *err)
{
    static const enum view_by bys[] = {[CONSOLE_LEDGER_TOTAL] = VIEW_TOTAL,
                                       [CONSOLE_LEDGER_DAY] = VIEW_DAY,
                                       [CONSOLE_LEDGER_HOUR] = VIEW_HOUR};
    struct engine_status *e = ctx;
    struct asking asking = {.e = e, .waiting = ask->waiting};
    const struct view_opts opts = {.since_us = ask->since_us,
                                   .source = ask->source,
                                   .by = bys[ask->by],
                                   .asker = {ask_store, &asking},
                                   .late_asker = {ask_store_seldom, &asking}};
    struct view view;
    bool stands;

    if (view_read_settled(&view, e->settings, &opts, is_over, &asking, &stands, err) < 0)
        return -1;
    if (is_over(&asking)) {
        view_free(&view);
        return err_set(err, ERR_STOPPED, "the question was stopped on request");
    }
    buf_printf(out, "{\"as_of_us\":%" PRId64 ",\"stands\":%s", clock_now_us(),
               stands ? "true" : "false");
    if (asking.gaps_as_of_us)
        buf_printf(out, ",\"gaps_as_of_us\":%" PRId64, asking.gaps_as_of_us);
    buf_str(out, STR(",\"ledger\":"));
    view_put_json(&view, &opts, false, out);
    buf_str(out, STR("}\n"));
    view_free(&view);
    return 0;
}
