/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_drop.c: `weir quarantine drop`: what nobody needs goes, with a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/deciding.h"
#include "cmd/quarantine_decide.h"
#include "event/fault.h"

struct dropping {
    struct quarantine_filter filter;
    const char *reason;
    bool all, yes;
};

static bool is_agreed(size_t count)
{
    char answer[8] = "";

    fprintf(stderr, "Drop %zu event%s for good? [y/N] ", count, count == 1 ? "" : "s");
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int drop(const struct command *self, const struct settings *s, const struct dropping *d,
                const struct chosen *c)
{
    AUTO_FREE char *by = decide_by();
    const struct deciding what = {.by = str_from(by), .reason = str_from(d->reason)};
    struct err err = {0};
    size_t done = 0;

    if (c->count == 0) {
        fprintf(stderr, "nothing that was asked for waits in the quarantine\n");
        return c->unknown ? EXIT_FAILED : EXIT_DONE;
    }
    if (!d->yes && isatty(STDIN_FILENO) && !is_agreed(c->count)) {
        fprintf(stderr, "nothing is dropped\n");
        return EXIT_FAILED;
    }
    while (done < c->count && !ask_is_stopped()) {
        size_t n = c->count - done < REPLAY_DROP_MAX ? c->count - done : REPLAY_DROP_MAX;

        if (deciding_drop(s, &what, c->waiting + done, n, &err) < 0)
            break;
        done += n;
        decide_progress("dropping", done, c->count);
    }
    printf("%zu event%s dropped: %s\n", done, done == 1 ? "" : "s", d->reason);
    if (done < c->count && !ask_is_stopped())
        return failed(self, &err);
    return done < c->count || c->unknown ? EXIT_FAILED : EXIT_DONE;
}

/* Of list and replay, --reason is an error's code: with --all, such a word here would drop everything. */
static int check(const struct command *self, const struct dropping *d, const char *error)
{
    if (!d->reason || str_trim(str_from(d->reason)).len == 0)
        return misused(self, "say why with --reason TEXT: it is kept with each of them");
    if (strlen(d->reason) > REPLAY_TEXT_MAX)
        return misused(self, "--reason has at most %d bytes", REPLAY_TEXT_MAX);
    if (!str_is_utf8(str_from(d->reason)))
        return misused(self, "--reason is not UTF-8");
    if (!error && fault_code_find(str_from(d->reason)) >= 0)
        return misused(self,
                       "--reason says why, in your words; for events with this error: --error %s",
                       d->reason);
    return -1;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    struct quarantine_words words = {0};
    struct dropping d = {0};
    struct chosen chosen = {0};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "reason", "TEXT", "why; it is kept with each of them", &d.reason},
        {OPTION_TEXT, "error", "CODE", "only with this error, such as wrong_type", &words.reason},
        QUARANTINE_WHERE_OPTIONS(words),
        {OPTION_FLAG, "all", NULL, "all that wait", &d.all},
        {OPTION_FLAG, "yes", NULL, "do not ask on a terminal", &d.yes},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings = NULL;
    struct err err = {0};

    if (code >= 0 || (code = check(self, &d, words.reason)) >= 0)
        return code;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    ask_catch_signals();
    code = quarantine_choose(self, settings, &words, argc, argv, d.all, &d.filter);
    if (code < 0)
        code = chosen_find(&chosen, self, settings, &d.filter, &err) < 0
                   ? failed(self, &err)
                   : drop(self, settings, &d, &chosen);
    chosen_free(&chosen);
    quarantine_filter_free(&d.filter);
    settings_free(settings);
    return code;
}

const struct command command_quarantine_drop = {
    .name = "quarantine drop",
    .summary = "gives up events that were kept aside, with a reason",
    .arguments = "[POSITION|ID...]",
    .description =
        "What is dropped is never replayed: its contents leave the store, and what was wrong, why\n"
        "it was dropped, when and by whom stays until retention.quarantine ends. The collector "
        "must\n"
        "run. The journal has the contents until retention.journal ends.\n\n"
        "  weir quarantine drop --name 'test.*' --reason \"a load test\"\n"
        "  weir quarantine drop 4711 4712 --reason \"sent by mistake\"\n"
        "  weir quarantine drop --all --reason \"from before the launch\" --yes",
    .run = run,
};
