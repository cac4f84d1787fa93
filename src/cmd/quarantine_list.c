/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_list.c: `weir quarantine list`: what was kept aside, from where, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/quarantine_decide.h"

enum { EACH_SHOWN = 100 }; /* in a table, unless --limit says otherwise */

struct listing {
    struct quarantine_filter filter;
    enum query_format format;
    bool each;
};

static void say_count(const struct listing *l, uint64_t count)
{
    struct str state = l->filter.state;

    fprintf(stderr, "%" PRIu64 " event%s%s%.*s", count, count == 1 ? "" : "s", state.len ? " " : "",
            STR_ARG(state));
    if (l->each && count > l->filter.limit)
        fprintf(stderr, "; the newest %" PRIu64 " are shown (--limit)", l->filter.limit);
    fprintf(stderr, "\n");
}

static void say_nothing(const struct settings *s)
{
    int64_t behind = decide_behind(s);

    fprintf(stderr, "nothing is in the quarantine that was asked for");
    if (behind > 0)
        fprintf(stderr,
                "; the store is %" PRId64 " record%s behind the journal, so what came last is not "
                "here yet: ask again",
                behind, behind == 1 ? "" : "s");
    fputc('\n', stderr);
}

static int list(const struct command *self, const struct settings *s, struct listing *l)
{
    struct err err = {0};
    uint64_t count = 0;

    if (l->each && l->format == QUERY_TABLE && !l->filter.limit)
        l->filter.limit = EACH_SHOWN;
    if (l->format == QUERY_TABLE) {
        if (quarantine_count(s, &l->filter, &count, &err) < 0)
            return failed(self, &err);
        if (count == 0) {
            say_nothing(s);
            return EXIT_DONE;
        }
    }
    if (quarantine_query(s, l->each ? QUARANTINE_EACH : QUARANTINE_GROUPS, &l->filter,
                         (struct asked){.format = l->format, .write = ask_to_stdout}, &err) < 0)
        return ask_is_stopped() ? EXIT_FAILED : failed(self, &err);
    if (l->format == QUERY_TABLE) {
        fflush(stdout);
        say_count(l, count);
    }
    return printed(self, EXIT_DONE);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *format = "table";
    struct quarantine_words words = {0};
    struct listing l = {0};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        QUARANTINE_REASON_OPTION(words),
        QUARANTINE_WHERE_OPTIONS(words),
        {OPTION_TEXT, "state", "STATE", "waiting (default), replayed, dropped or all",
         &words.state},
        {OPTION_FLAG, "each", NULL, "a row for each event instead of groups", &l.each},
        {OPTION_TEXT, "format", "FORMAT", "table (default), csv, json or ndjson", &format},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (argc > 0)
        return misused(self,
                       "`%s`: which events is said by options; one of them: weir quarantine "
                       "show",
                       argv[0]);
    if (query_format_find(str_from(format)) < 0 ||
        query_format_find(str_from(format)) == QUERY_PARQUET)
        return misused(self, "--format must be table, csv, json or ndjson, not `%s`", format);
    l.format = (enum query_format)query_format_find(str_from(format));
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    ask_catch_signals();
    code = quarantine_filter_read(self, settings, &words, &l.filter);
    if (code < 0)
        code = list(self, settings, &l);
    settings_free(settings);
    return code;
}

const struct command command_quarantine_list = {
    .name = "quarantine list",
    .summary = "what was kept aside, from where, and why",
    .arguments = "",
    .description =
        "Groups what waits in the quarantine by source, event and error: how many, when first and\n"
        "last, and the position of one to look at with `weir quarantine show`. An event with two\n"
        "errors is in two groups.\n\n"
        "  weir quarantine list --since 1d\n"
        "  weir quarantine list --each --reason wrong_type --name 'order.*'\n"
        "  weir quarantine list --each --state dropped --format csv",
    .filter = true,
    .run = run,
};
