/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: `weir ledger`: what became of every event, and whether anything is left over. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/cmd.h"
#include "cmd/ledger_view.h"

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static struct yyjson_doc *ask_store(void *ctx, struct buf *sql, struct err *err)
{
    return ask_document(ctx, sql, err);
}

static bool is_stopped(void *ctx)
{
    (void)ctx;
    return ask_is_stopped();
}

/* A source without a row, and not in the settings: misspelt, or gone before these hours. */
static bool is_unknown(const struct settings *s, const struct view_opts *opts,
                       const struct view *view)
{
    if (!opts->source || view->row_count > 0 || strcmp(opts->source, "(unknown)") == 0)
        return false;
    for (size_t i = 0; i < s->source_count; i++)
        if (strcmp(s->sources[i].name, opts->source) == 0)
            return false;
    return true;
}

static int show(const struct command *self, const struct settings *s, const struct view_opts *opts,
                enum view_format format)
{
    struct err err = {0};
    struct view view;
    bool stands;

    if (view_read_settled(&view, s, opts, is_stopped, NULL, &stands, &err) < 0)
        return failed(self, &err);
    if (is_unknown(s, opts, &view)) {
        view_free(&view);
        return misused(self, "--source: neither the settings nor these hours have a source `%s`",
                       opts->source);
    }
    view_show(&view, opts, format);
    view_free(&view);
    return printed(self, stands ? EXIT_WANTING : EXIT_DONE);
}

static int run(const struct command *self, int argc, char **argv)
{
    static const char *const formats[] = {"table", "csv", "json", "ndjson"};
    static const char *const bys[] = {"total", "day", "hour"};
    const char *config = NULL, *since = NULL, *by = "total", *format = "table";
    struct view_opts opts = {.since_us = INT64_MIN / 2};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "since", "TIME", "hours from then on: 24h, 7d, 2026-11-01 (default: all)",
         &since},
        {OPTION_TEXT, "source", "NAME", "this source alone; (unknown): without a known key",
         &opts.source},
        {OPTION_TEXT, "by", "UNIT", "total (default), day or hour: a row for each, in UTC", &by},
        {OPTION_TEXT, "format", "FORMAT", "table (default), csv (the rows alone), json or ndjson",
         &format},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    int format_at, by_at;
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    format_at = find_name(formats, ARRAY_LEN(formats), format);
    by_at = find_name(bys, ARRAY_LEN(bys), by);
    if (since && datetime_parse_moment(str_from(since), clock_now_us(), &opts.since_us) < 0)
        return misused(self, "--since must be a time such as 24h, 7d or 2026-11-01, not `%s`",
                       since);
    if (format_at < 0)
        return misused(self, "--format must be table, csv, json or ndjson, not `%s`", format);
    if (by_at < 0)
        return misused(self, "--by must be total, day or hour, not `%s`", by);
    opts.by = (enum view_by)by_at;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    opts.asker = opts.late_asker = (struct ledger_asker){ask_store, settings};
    ask_catch_signals();
    code = show(self, settings, &opts, (enum view_format)format_at);
    settings_free(settings);
    return code;
}

const struct command command_ledger = {
    .name = "ledger",
    .summary = "what became of every event, and whether any is unaccounted for",
    .arguments = "",
    .description =
        "Prints, for each source, how many events were received, and what became of them:\n\n"
        "  received = accepted + duplicate + quarantined + refused (each with its reason)\n\n"
        "then how the journal's records stand in the store:\n\n"
        "  records = delivered + pending + refused by the store + lost to damage\n\n"
        "and what is left over between the two sides, the residue, which is 0. The counts are\n"
        "kept by the hour of receipt and go on over restarts, crashes and power cuts. Beside a\n"
        "running collector it waits up to two seconds for what is in flight. Without one, what a\n"
        "crash left is settled as the next start will: received, never answered: `interrupted`.\n"
        "Sequence numbers (context.sequence) tell what never arrived at all.\n\n"
        "Exit code 3: a residue that stays.\n\n"
        "  weir ledger\n"
        "  weir ledger --since 24h --by hour --source website\n"
        "  weir ledger --format json | jq .residue",
    .filter = true,
    .run = run,
};
