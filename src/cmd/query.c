/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: `weir query`: a question to the running engine, or to its file when none runs. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/cmd.h"
#include "cmd/http_client.h"
#include "cmd/shown.h"
#include "console/token.h"
#include "store/query.h"

enum { ERROR_BODY_MAX = 64 * 1024, SQL_MAX = 256 * 1024, ENGINE_START_S = 10 };

struct asked {
    const char *sql;
    enum query_format format;
    uint64_t rows_max;
    int64_t timeout_us;
};

static volatile sig_atomic_t stop_asked;
static atomic_bool stop_question; /* the same, for the database's side */

static void ask_to_stop(int signal_number)
{
    stop_asked = signal_number;
    atomic_store(&stop_question, true);
}

/* *ctx becomes true once anything was written. */
static int to_stdout(void *ctx, struct str bytes)
{
    static unsigned char last; /* of the one answer that a process writes */

    *(bool *)ctx = true;
    if (isatty(STDOUT_FILENO))
        return stop_asked ? -1 : shown_write(stdout, bytes, &last);
    return stop_asked || fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len ? -1 : 0;
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
static int ask_engine(const struct settings *s, const struct asked *q, bool *wrote, struct err *err)
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

    buf_init(&body, 2 * SQL_MAX);
    if (access(file, F_OK) < 0)
        return err_set(err, ERR_IO, "no engine has run here yet");
    if (token_load(&token, file, false, err) < 0)
        return -1;
    authorization = xasprintf("Authorization: Bearer %s", token.text);
    put_body(&body, q);
    if (buf_failed(&body))
        return err_set(err, ERR_LIMIT, "the question is longer than %d bytes", SQL_MAX);
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
            .on_body = to_stdout,
            .ctx = wrote},
        &answer, err);
    if (status == 0 && answer.status != 200)
        status = explain(&answer, err);
    http_client_free(client);
    return status;
}

static int ask_file(const struct settings *s, const struct asked *q, bool *wrote, struct err *err)
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

    if (access(file, F_OK) < 0)
        return err_set(err, ERR_IO, "there is no database in %s yet: start `weir serve` first",
                       s->data);
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
                                            .timeout_us = q->timeout_us,
                                            .stop = &stop_question,
                                            .rows_max = q->rows_max,
                                            .write = to_stdout,
                                            .ctx = wrote},
                       &result, err);
    store_close(store);
    return status;
}

/* The engine; without one, its file. An engine that has the file but does not answer yet is starting:
 * it gets some seconds. */
static int ask_whoever_is_there(const struct settings *s, const struct asked *q, bool *wrote,
                                struct err *err)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    int64_t give_up_us = clock_monotonic_us() + ENGINE_START_S * INT64_C(1000000);

    for (;;) {
        int status = ask_engine(s, q, wrote, err);

        if (status == 0 || err->code != ERR_IO || *wrote || stop_asked)
            return status;
        status = ask_file(s, q, wrote, err);
        if (status == 0 || err->code != ERR_BUSY || *wrote || stop_asked ||
            clock_monotonic_us() > give_up_us)
            return status;
        nanosleep(&pause, NULL);
    }
}

static int ask(const struct command *self, const struct settings *s, const struct asked *q)
{
    struct sigaction action = {.sa_handler = ask_to_stop};
    struct err err = {0};
    bool wrote = false;
    int status;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    status = ask_whoever_is_there(s, q, &wrote, &err);
    if (ferror(stdout) || (fflush(stdout) != 0 && !stop_asked)) {
        fprintf(stderr, "weir query: write to standard output: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    if (stop_asked)
        return EXIT_FAILED;
    return status < 0 ? failed(self, &err) : EXIT_DONE;
}

/* The question of --file, of `-`, or of the arguments joined by blanks. */
static char *read_question(int argc, char **argv, const char *file, struct err *err)
{
    struct str bytes;
    AUTO_BUF sql;
    char *text;
    int c;

    if (file && io_read_file(io_system(), file, SQL_MAX, &bytes, err) < 0)
        return NULL;
    if (file)
        return (char *)bytes.ptr;
    buf_init(&sql, SQL_MAX);
    if (argc == 1 && strcmp(argv[0], "-") == 0)
        while ((c = getchar()) != EOF)
            buf_char(&sql, (char)c);
    else
        for (int i = 0; i < argc; i++)
            buf_printf(&sql, "%s%s", i ? " " : "", argv[i]);
    if (buf_failed(&sql)) {
        err_set(err, ERR_LIMIT, "the question is longer than %d bytes", SQL_MAX);
        return NULL;
    }
    text = xmemdup(sql.ptr ? sql.ptr : "", sql.len);
    return text;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *format = "table", *file = NULL;
    struct asked q = {.timeout_us = INT64_C(30000000)};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "format", "FORMAT", "table (default), csv, json, ndjson or parquet", &format},
        {OPTION_TEXT, "file", "FILE", "read the question from a file", &file},
        {OPTION_COUNT, "max-rows", "N", "leave out rows after this many", &q.rows_max},
        {OPTION_DURATION, "timeout", "TIME",
         "stop the question after this time (default: 30s);|a running engine's own limit counts, "
         "too",
         &q.timeout_us},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    AUTO_FREE char *sql = NULL;
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if ((argc == 0) == (file == NULL))
        return misused(self, "ask one question: as an argument, as `-`, or with --file");
    if (query_format_find(str_from(format)) < 0)
        return misused(self, "--format must be table, csv, json, ndjson or parquet");
    if (q.timeout_us <= 0)
        return misused(self, "--timeout must be longer than nothing");
    q.format = (enum query_format)query_format_find(str_from(format));
    if (q.format == QUERY_PARQUET && isatty(STDOUT_FILENO))
        return misused(self, "a terminal cannot show Parquet: redirect it to a file");
    q.sql = sql = read_question(argc, argv, file, &err);
    if (sql && str_trim(str_from(sql)).len == 0)
        return misused(self, "the question is empty");
    if (!sql || load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    code = ask(self, settings, &q);
    settings_free(settings);
    return code;
}

const struct command command_query = {
    .name = "query",
    .summary = "answers a question in SQL, read-only",
    .arguments = "SQL | -",
    .description =
        "Asks the running engine; where none runs, reads its database file. One statement that\n"
        "reads (SELECT, FROM, SHOW, DESCRIBE, EXPLAIN); it can change nothing and reaches no "
        "files.\n"
        "docs/tables.md describes the tables.\n\n"
        "  weir query \"SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC\"\n"
        "  weir query --format csv \"FROM events WHERE time > now() - INTERVAL 1 DAY\" > day.csv\n"
        "  weir query \"DESCRIBE events\"",
    .filter = true,
    .run = run,
};
