/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: `weir check`: settings and catalogue, before anything is started with them. */
#include <stdio.h>

#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "catalogue/describe.h"
#include "catalogue/problem.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"

static const char *s_of(size_t n)
{
    return n == 1 ? "" : "s";
}

static void print_problem(const struct problem *p)
{
    AUTO_BUF line;

    buf_init(&line, 64 * 1024);
    problem_format(&line, p);
    shown_print(stdout, "%.*s", (int)line.len, line.ptr);
    putchar('\n');
}

static int print_verdict(const char *dir, const struct catalogue *usable, const struct problems *p,
                         const struct err *err)
{
    size_t warnings = p->count + p->more - p->errors;

    if (p->more)
        printf("... and %zu more\n", p->more);
    if (!usable && p->errors == 0)
        shown_print(stdout, "%s", err->text), putchar('\n');
    printf("%s: ", dir);
    if (usable)
        printf("%zu event%s, %zu propert%s", catalogue_event_count(usable),
               s_of(catalogue_event_count(usable)), catalogue_column_count(usable),
               catalogue_column_count(usable) == 1 ? "y" : "ies");
    else
        printf("%zu error%s", p->errors, s_of(p->errors));
    printf(", %zu warning%s%s\n", warnings, s_of(warnings), usable ? "" : ": not usable");
    return usable ? EXIT_DONE : EXIT_WANTING;
}

/* Names that a source may send and the catalogue does not take: a slip in one of the two files. */
static void print_unknown(const struct settings_source *source, const struct catalogue *usable,
                          struct arena *a)
{
    for (size_t i = 0; i < source->events.count; i++) {
        struct str name = str_from(source->events.items[i]);
        struct catalogue_match match;
        struct faults faults = {0};

        arena_reset(a);
        if (!memchr(name.ptr, '*', name.len) &&
            catalogue_match(usable, name, a, &match, &faults) < 0 && faults.count > 0)
            shown_print(stdout,
                        "the source `%s` lists `%.*s`, which no event of the catalogue is "
                        "called: it would be kept aside as unknown_event",
                        source->name, (int)name.len, name.ptr),
                putchar('\n');
    }
}

/* What nothing is wrong with by itself, and still does not work. */
static void print_advice(const struct settings *settings, const struct catalogue *usable)
{
    if (settings && settings->flows.keys.count && !catalogue_flow_entry(usable, FLOW_BEGIN, 0))
        printf("`flows.keys` is set, but no event has `flow: {role: begin}`: nothing can begin a "
               "flow, and GET /v1/flow hands out no ids\n");
    if (settings) {
        struct arena *a = arena_new(4096, 1 << 20);

        for (size_t i = 0; i < settings->source_count; i++)
            print_unknown(&settings->sources[i], usable, a);
        arena_free(a);
    }
}

/* `settings` may be NULL. */
static int check_catalogue(const char *dir, const struct settings *settings, bool quiet)
{
    struct problems problems = {0};
    struct catalogue *catalogue = NULL;
    struct err err = {0};
    int code;

    if (catalogue_load(&catalogue, dir, &problems, &err) < 0)
        catalogue = NULL;
    for (size_t i = 0; i < problems.count; i++)
        if (!quiet || !problems.list[i].warning)
            print_problem(&problems.list[i]);
    if (catalogue && !quiet)
        print_advice(settings, catalogue);
    code = print_verdict(dir, catalogue, &problems, &err);
    catalogue_free(catalogue);
    problems_free(&problems);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *dir = NULL;
    bool quiet = false;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "catalogue", "FOLDER", "only this catalogue, without any settings", &dir},
        {OPTION_FLAG, "quiet", NULL, "errors only, no warnings", &quiet},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (dir)
        return check_catalogue(dir, NULL, quiet);
    if (load_settings(&settings, config, &err) < 0) {
        failed(self, &err);
        return err.code == ERR_IO ? EXIT_FAILED : EXIT_WANTING;
    }
    printf("%s: %zu source%s\n", settings->file, settings->source_count,
           s_of(settings->source_count));
    code = check_catalogue(settings->catalogue, settings, quiet);
    settings_free(settings);
    return code;
}

const struct command command_check = {
    .name = "check",
    .summary = "checks settings and catalogue, prints every problem with file and line",
    .arguments = "",
    .description = "Reads the settings and the catalogue as `weir serve` would, and changes "
                   "nothing. Exit code\n"
                   "0: fit for use (warnings may be printed); 3: not.\n\n"
                   "  weir check\n"
                   "  weir check --catalogue catalogues/timetracker",
    .run = run,
};
