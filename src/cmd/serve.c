/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c: `weir serve`: collector and engine on one machine, each restarted when it ends. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/notify.h"
#include "cmd/read_catalogue.h"
#include "cmd/service.h"
#include "cmd/supervise.h"

static void say_ready(void *ctx)
{
    const struct settings *s = ctx;

    printf("weir is ready (settings: %s, data: %s)\n", s->file, s->data);
    fflush(stdout);
    notify_systemd("READY=1");
}

/* Here, so that what is wrong with it is said once, and not by both. */
static int check_catalogue(const struct settings *s, struct err *err)
{
    struct catalogue *catalogue;

    if (read_catalogue(s, READ_SAY_ERRORS, &catalogue, err) < 0)
        return -1;
    catalogue_free(catalogue);
    return 0;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings *settings;
    int code = service_begin(self, argc, argv, "weir serve", &settings);
    struct child children[] = {{.command = "collect"}, {.command = "engine"}};
    struct supervisor *supervisor;
    struct err err = {0};

    if (code >= 0)
        return code;
    code = EXIT_FAILED;
    if (make_data_folder(settings, &err) < 0 || check_catalogue(settings, &err) < 0 ||
        supervisor_new(&supervisor, settings->file, children, ARRAY_LEN(children), &err) < 0) {
        failed(self, &err);
    } else {
        code = supervisor_run(supervisor, say_ready, settings);
        supervisor_free(supervisor);
    }
    settings_free(settings);
    return code;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "runs collector and engine together, and restarts either",
    .arguments = "",
    .description =
        "Starts `weir collect` and `weir engine` as two processes that share nothing but the\n"
        "journal: a query that eats all memory cannot lose an event. Ends them on SIGTERM or\n"
        "Ctrl-C; SIGHUP makes both read the catalogue again (see `weir reload`), not the settings.",
    .run = run,
};
