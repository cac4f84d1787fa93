/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: over HTTP with the token of the data folder; else by opening the file, read-only. */
#include "cmd/ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/http_client.h"
#include "cmd/shown.h"
#include "console/token.h"

enum { ERROR_BODY_MAX = 64 * 1024, ENGINE_START_S = 10 };

static volatile sig_atomic_t stop_asked;
static atomic_bool stop_question; /* the same, for the database's side */

static void ask_to_stop(int signal_number)
{
    stop_asked = signal_number;
    atomic_store(&stop_question, true);
}

void ask_catch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool ask_is_stopped(void)
{
    return stop_asked != 0;
}

const volatile sig_atomic_t *ask_stop_flag(void)
{
    return &stop_asked;
}

int ask_to_stdout(void *ctx, struct str bytes)
{
    static unsigned char last; /* of the one answer that is written at a time */

    (void)ctx;
    if (isatty(STDOUT_FILENO))
        return stop_asked ? -1 : shown_write(stdout, bytes, &last);
    return stop_asked || fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len ? -1 : 0;
}

int ask_to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return stop_asked || buf_failed(ctx) ? -1 : 0;
}

struct passing {
    const struct asked *asked;
    bool wrote;
};

static int pass_on(void *ctx, struct str bytes)
{
    struct passing *to = ctx;

    to->wrote = true;
    return to->asked->write(to->asked->ctx, bytes);
}

static void put_body(struct buf *body, const struct asked *q)
{
    static const char *const names[] = {
        [QUERY_TABLE] = "table",   [QUERY_CSV] = "csv",         [QUERY_JSON] = "json",
        [QUERY_NDJSON] = "ndjson", [QUERY_PARQUET] = "parquet",
    };

    buf_str(body, STR("{\"sql\":"));
    buf_json(body, str_from(q->sql));
    buf_printf(body, ",\"format\":\"%s\"", names[q->format]);
    if (q->rows_max)
        buf_printf(body, ",\"max_rows\":%llu", (unsigned long long)q->rows_max);
    buf_printf(body, ",\"timeout_ms\":%lld}", (long long)(q->timeout_us / 1000));
}

/* The message of {"error":{"message"}}, or the body itself. */
static int explain(const struct http_response *answer, struct err *err)
{
    yyjson_doc *doc = yyjson_read(answer->body.ptr, answer->body.len, 0);
    const char *message =
        yyjson_get_str(yyjson_ptr_get(yyjson_doc_get_root(doc), "/error/message"));

    if (message)
        err_set(err, answer->status == 503 ? ERR_BUSY : ERR_USAGE, "%s", message);
    else
        err_set(err, ERR_IO, "the engine answered with HTTP status %d", answer->status);
    yyjson_doc_free(doc);
    return -1;
}

/* ERR_IO where no engine answers. */
static int ask_engine(const struct settings *s, const struct asked *q, struct passing *to,
                      struct err *err)
{
    AUTO_FREE char *base = address_find(s, "console", &s->console.listen);
    AUTO_FREE char *url = xasprintf("%s/api/query", base);
    AUTO_FREE char *file = settings_data_path(s, "console.token");
    AUTO_FREE char *authorization = NULL;
    struct http_client *client = NULL;
    struct http_response answer;
    struct token token;
    AUTO_BUF body;
    int status;

    buf_init(&body, 2 * ASK_SQL_MAX);
    if (access(file, F_OK) < 0)
        return err_set(err, ERR_IO, "no engine has run here yet");
    if (token_load(&token, file, false, err) < 0)
        return -1;
    authorization = xasprintf("Authorization: Bearer %s", token.text);
    put_body(&body, q);
    if (buf_failed(&body))
        return err_set(err, ERR_LIMIT, "the question is longer than %d bytes", ASK_SQL_MAX);
    if (http_client_new(&client, ERROR_BODY_MAX, &stop_asked, err) < 0)
        return -1;
    status = http_client_send(
        client,
        &(struct http_request){
            .method = "POST",
            .url = url,
            .headers = (const char *const[]){authorization, "Content-Type: application/json", NULL},
            .body = buf_as_str(&body),
            .timeout_us = q->timeout_us + INT64_C(30000000),
            .on_body = pass_on,
            .ctx = to},
        &answer, err);
    if (status == 0 && answer.status != 200)
        status = explain(&answer, err);
    http_client_free(client);
    return status;
}

static int ask_file(const struct settings *s, const struct asked *q, struct passing *to,
                    struct err *err)
{
    AUTO_FREE char *file = settings_data_path(s, "weir.duckdb");
    AUTO_FREE char *exports = settings_data_path(s, "exports");
    const struct store_opts opts = {.file = file,
                                    .export_dir = exports,
                                    .memory_bytes = s->store.memory_bytes,
                                    .threads = (unsigned)s->store.threads,
                                    .read_only = true};
    struct query_result result;
    struct store *store;
    int status;

    if (access(file, R_OK) < 0 && errno == ENOENT)
        return err_set(err, ERR_IO, "there is no database in %s yet: start `weir serve` first",
                       s->data);
    if (access(file, R_OK) < 0)
        return err_set(err, ERR_IO, "open %s: %s", file, strerror(errno));
    if (store_open(&store, &opts, err) < 0) {
        if (err->code == ERR_BUSY)
            return err_set(err, ERR_BUSY,
                           "an engine has the database open, but does not answer at "
                           "its console yet; try again in a moment");
        return -1;
    }
    status = query_run(store,
                       &(struct query_opts){.sql = str_from(q->sql),
                                            .format = q->format,
                                            .trusted = true,
                                            .timeout_us = q->timeout_us,
                                            .stop = &stop_question,
                                            .rows_max = q->rows_max,
                                            .write = pass_on,
                                            .ctx = to},
                       &result, err);
    store_close(store);
    return status;
}

/* The engine; without one, its file. An engine that has the file but does not answer yet is starting:
 * it gets some seconds. */
int ask(const struct settings *s, const struct asked *q, struct err *err)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    int64_t give_up_us = clock_monotonic_us() + ENGINE_START_S * INT64_C(1000000);
    struct passing to = {.asked = q};

    for (;;) {
        int status = ask_engine(s, q, &to, err);

        if (status == 0 || err->code != ERR_IO || to.wrote || stop_asked)
            return status;
        status = ask_file(s, q, &to, err);
        if (status == 0 || err->code != ERR_BUSY || to.wrote || stop_asked ||
            clock_monotonic_us() > give_up_us)
            return status;
        nanosleep(&pause, NULL);
    }
}

struct yyjson_doc *ask_read(const struct buf *answer, struct err *err)
{
    yyjson_doc *doc = yyjson_read(answer->ptr, answer->len, 0);

    if (!yyjson_is_arr(yyjson_obj_get(yyjson_doc_get_root(doc), "rows"))) {
        yyjson_doc_free(doc);
        doc = NULL;
        err_set(err, ERR_INTERNAL, "the engine's answer is not what it should be");
    }
    return doc;
}

struct yyjson_doc *ask_document(const struct settings *s, struct buf *sql, struct err *err)
{
    AUTO_BUF answer;

    buf_init(&answer, ASK_DOCUMENT_MAX);
    buf_char(sql, '\0');
    if (ask(s,
            &(struct asked){.sql = sql->ptr,
                            .format = QUERY_JSON,
                            .timeout_us = INT64_C(30000000),
                            .write = ask_to_buf,
                            .ctx = &answer},
            err) < 0)
        return NULL;
    return ask_read(&answer, err);
}
