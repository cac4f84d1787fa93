/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: `weir check`: settings and catalogue, before anything is started with them. */
#include <stdio.h>

#include "catalogue/catalogue.h"
#include "catalogue/problem.h"
#include "cmd/cmd.h"

static void print_problem(const struct problem *p)
{
    printf("%s:%d: %s: ", p->file, p->line, p->warning ? "warning" : "error");
    if (p->event)
        printf("%s: ", p->event);
    if (p->field)
        printf("%s: ", p->field);
    printf("%s\n", p->text);
}

static int check_catalogue(const char *dir, bool quiet)
{
    struct problems problems = {0};
    struct catalogue *catalogue = NULL;
    struct err err = {0};
    int loaded = catalogue_load(&catalogue, dir, &problems, &err);
    int code = EXIT_DONE;

    for (size_t i = 0; i < problems.count; i++)
        if (!quiet || !problems.list[i].warning)
            print_problem(&problems.list[i]);
    if (loaded < 0) {
        if (problems.errors == 0)
            printf("%s\n", err.text);
        printf("%s: %zu errors, %zu warnings: not usable\n", dir, problems.errors,
               problems.count - problems.errors);
        code = EXIT_WANTING;
    } else {
        printf("%s: %zu events, %zu properties, %zu warnings\n", dir,
               catalogue_event_count(catalogue), catalogue_column_count(catalogue),
               problems.count - problems.errors);
    }
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
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (argc > 0)
        return misused(self, "`%s` is one argument too many", argv[0]);
    if (dir)
        return check_catalogue(dir, quiet);
    if (load_settings(&settings, config, &err) < 0) {
        failed(self, &err);
        return err.code == ERR_IO ? EXIT_FAILED : EXIT_WANTING;
    }
    printf("%s: %zu sources\n", settings->file, settings->source_count);
    code = check_catalogue(settings->catalogue, quiet);
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
