/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: `weir report`: a named question, put to the running engine or to its file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"
#include "report/report.h"

enum { OPTIONS_MAX = 64, ABOUT_MAX = 4 << 20 };

/* The options of one report: its parameters, and --config. */
struct words {
    struct option_list lists[OPTIONS_MAX];
    bool flags[OPTIONS_MAX];
    const char *config;
    struct option_spec specs[OPTIONS_MAX];
};

static void fill_specs(struct words *w, const struct report *r)
{
    const struct report_parameter *p;
    size_t i = 0;

    for (; (p = report_parameter_at(r, i)) && i + 2 < OPTIONS_MAX; i++)
        w->specs[i] = (struct option_spec){
            .kind = p->type == REPORT_FLAG ? OPTION_FLAG : OPTION_LIST,
            .name = p->name,
            .argument = p->argument,
            .help = p->help,
            .out = p->type == REPORT_FLAG ? (void *)&w->flags[i] : (void *)&w->lists[i]};
    w->specs[i++] = (struct option_spec)OPTION_CONFIG(w->config);
    w->specs[i].kind = OPTION_END;
}

static int take_words(struct report_asked *asked, const struct report *r, const struct words *w,
                      struct err *err)
{
    const struct report_parameter *p;

    for (size_t i = 0; (p = report_parameter_at(r, i)); i++) {
        if (w->flags[i] && report_set(asked, str_from(p->name), STR("1"), err) < 0)
            return -1;
        for (size_t k = 0; k < w->lists[i].count; k++)
            if (report_set(asked, str_from(p->name), str_from(w->lists[i].values[k]), err) < 0)
                return -1;
    }
    return report_check(asked, err);
}

/* What the report must know of the database. */
static int learn(const struct settings *s, struct report_asked *asked, int64_t timeout_us,
                 struct err *err)
{
    AUTO_BUF sql;
    AUTO_BUF json;

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&json, ABOUT_MAX);
    report_put_about(asked, &sql);
    buf_char(&sql, '\0');
    if (ask(s,
            &(struct asked){.sql = sql.ptr,
                            .format = QUERY_JSON,
                            .timeout_us = timeout_us,
                            .write = ask_to_buf,
                            .ctx = &json},
            err) < 0)
        return report_not_known(err);
    return report_know(asked, buf_as_str(&json), err);
}

/* Where the answer itself has no room for them. */
static void print_notes(const struct report_asked *asked)
{
    struct str rest;
    AUTO_BUF notes;

    buf_init(&notes, REPORT_SQL_MAX);
    report_put_notes(&notes, asked);
    CHECK(!buf_failed(&notes));
    rest = buf_as_str(&notes);
    while (rest.len) {
        struct str line = str_split(&rest, '\n');

        shown_print(stderr, "%.*s", STR_ARG(line));
        putc('\n', stderr);
    }
}

static int print_sql(const struct buf *sql)
{
    printf("%.*s;\n", (int)sql->len, sql->ptr);
    return 0;
}

static int run_report(const struct settings *s, struct report_asked *asked, struct err *err)
{
    struct report_how how = report_how(asked);
    struct str format = how.format.ptr ? how.format : STR("table");
    int64_t timeout_us = how.timeout_us ? how.timeout_us : INT64_C(30000000);
    struct report_headed headed = {.write = ask_to_stdout};
    AUTO_BUF sql;
    int status;

    buf_init(&sql, REPORT_SQL_MAX);
    if (learn(s, asked, timeout_us, err) < 0 ||
        report_build(asked, !report_format_has_head(format), &sql, err) < 0)
        return -1;
    if (how.sql || !report_format_has_head(format))
        print_notes(asked);
    if (how.sql)
        return print_sql(&sql);
    buf_char(&sql, '\0');
    report_headed_init(&headed, asked, format, STR_NONE);
    status = ask(s,
                 &(struct asked){.sql = sql.ptr,
                                 .format = (enum query_format)query_format_find(format),
                                 .rows_max = how.rows_max,
                                 .timeout_us = timeout_us,
                                 .write = report_headed_write,
                                 .ctx = &headed},
                 err);
    buf_free(&headed.head);
    return status;
}

static int answer(const struct command *self, const struct settings *s, struct report_asked *asked)
{
    struct err err = {0};
    int status;

    ask_catch_signals();
    status = run_report(s, asked, &err);
    if (ferror(stdout) || (fflush(stdout) != 0 && !ask_is_stopped())) {
        fprintf(stderr, "weir %s: write to standard output: %s\n", self->name, strerror(errno));
        return EXIT_FAILED;
    }
    if (ask_is_stopped())
        return EXIT_FAILED;
    return status < 0 ? failed(self, &err) : EXIT_DONE;
}

static int run_one(const struct command *self, const struct report *r, struct words *w, int argc,
                   char **argv)
{
    struct report_asked *asked = NULL;
    struct settings *settings;
    struct err err = {0};
    int code;

    fill_specs(w, r);
    code = options_parse_alone(self, w->specs, argc, argv);
    if (code >= 0)
        return code;
    asked = report_asked_new(r);
    if (take_words(asked, r, w, &err) < 0) {
        code = misused(self, "%s", err.text);
    } else if (str_is(report_how(asked).format, "parquet") && isatty(STDOUT_FILENO)) {
        code = misused(self, "a terminal cannot show Parquet: redirect it to a file");
    } else if (load_settings(&settings, w->config, &err) < 0) {
        code = failed(self, &err);
    } else {
        code = answer(self, settings, asked);
        settings_free(settings);
    }
    report_asked_free(asked);
    return code;
}

static int list(void)
{
    int width = 0;

    for (size_t i = 0; reports[i]; i++)
        if ((int)strlen(reports[i]->name) > width)
            width = (int)strlen(reports[i]->name);
    for (size_t i = 0; reports[i]; i++)
        printf("%-*s  %s\n", width, reports[i]->name, reports[i]->summary);
    printf("\nTheir parameters: weir report NAME --help\n");
    return EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    const struct option_spec none[] = {{OPTION_END, 0, 0, 0, 0}};
    const struct report *r;
    struct command named = *self;
    AUTO_FREE char *name = NULL;
    AUTO_FREE struct words *w = xcalloc(1, sizeof *w);
    struct err err = {0};
    int code;

    if (argc < 2)
        return list();
    if (argv[1][0] == '-') {
        code = options_parse_alone(self, none, argc, argv);
        return code >= 0 ? code : misused(self, "the report's name comes first");
    }
    r = report_find(str_from(argv[1]), &err);
    if (!r)
        return misused(self, "%s", err.text);
    named.name = name = xasprintf("report %s", r->name);
    named.summary = r->summary;
    named.arguments = "";
    named.description = r->description;
    return run_one(&named, r, w, argc - 1, argv + 1);
}

const struct command command_report = {
    .name = "report",
    .summary = "answers a named question: funnels, flows, active users, retention, counts",
    .arguments = "[NAME]",
    .description =
        "Without a name: which reports there are. docs/reports.md says what each counts.\n\n"
        "  weir report flows --from 2026-11-01\n"
        "  weir report flows --sql          # the SQL, to paste into weir query\n"
        "  weir report flows --help         # its parameters",
    .filter = true,
    .run = run,
};
