/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: `weir query`: a question to the running engine, or to its file when none runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/cmd.h"

enum { SQL_MAX = ASK_SQL_MAX };

static int answer(const struct command *self, const struct settings *s, const struct asked *q)
{
    struct err err = {0};
    int status;

    ask_catch_signals();
    status = ask(s, q, &err);
    if (ferror(stdout) || (fflush(stdout) != 0 && !ask_is_stopped())) {
        fprintf(stderr, "weir query: write to standard output: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    if (ask_is_stopped())
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

    buf_init(&sql, SQL_MAX);
    if (file && io_read_file(io_system(), file, SQL_MAX, &bytes, err) < 0)
        return NULL;
    if (file)
        return (char *)bytes.ptr;
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
    struct asked q = {.timeout_us = INT64_C(30000000), .write = ask_to_stdout};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "format", "FORMAT", "table (default), csv, json, ndjson or parquet", &format},
        {OPTION_TEXT, "file", "FILE", "read the question from a file", &file},
        {OPTION_MOST, "max-rows", "N", "leave out rows after this many", &q.rows_max},
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
    code = answer(self, settings, &q);
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
