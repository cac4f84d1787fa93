/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_replay.c: `weir quarantine replay`: what was kept aside is held to the catalogue again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/deciding.h"
#include "cmd/quarantine_decide.h"
#include "cmd/shown.h"

enum { CHUNK = REPLAY_MAX };

struct replaying {
    struct quarantine_filter filter;
    bool all, dry_run;
    struct decided decided;
};

static void say(size_t n, const char *one, const char *many)
{
    if (n > 0)
        printf("%zu %s\n", n, n == 1 ? one : many);
}

static void print_tallies(struct decided *r)
{
    size_t width = 0;

    tallies_sort(&r->codes);
    tallies_sort(&r->names);
    for (size_t i = 0; i < r->codes.count; i++)
        printf("  %zu × %s\n", r->codes.list[i].faulty, r->codes.list[i].text);
    for (size_t i = 0; i < r->names.count; i++)
        if (strlen(r->names.list[i].text) > width)
            width = strlen(r->names.list[i].text);
    for (size_t i = 0; i < r->names.count; i++) {
        const struct tally *t = &r->names.list[i];

        shown_print(stdout, "%-*s  %zu accepted, %zu failing", (int)width, t->text, t->accepted,
                    t->faulty);
        putchar('\n');
    }
}

static void print_report(struct decided *r, bool dry_run)
{
    if (dry_run)
        say(r->accepted, "event would be accepted now", "events would be accepted now");
    else
        say(r->accepted, "event is accepted now", "events are accepted now");
    say(r->duplicate, "was accepted before, under the same id",
        "were accepted before, under the same ids");
    say(r->gone, "is not in the journal any more (retention.journal): it cannot be replayed",
        "are not in the journal any more (retention.journal): they cannot be replayed");
    say(r->damaged, "does not verify in the journal: weir verify says where",
        "do not verify in the journal: weir verify says where");
    say(r->other, "is no quarantined event of this journal",
        "are no quarantined events of this journal");
    say(r->faulty, "event still fails and stays in the quarantine:",
        "events still fail and stay in the quarantine:");
    print_tallies(r);
}

static int replay(const struct command *self, const struct settings *s, struct replaying *r,
                  const struct chosen *c)
{
    AUTO_FREE char *by = decide_by();
    const struct deciding what = {.by = str_from(by), .dry_run = r->dry_run};
    const struct decided *d = &r->decided;
    struct err err = {0};
    size_t done = 0;

    if (c->count == 0) {
        fprintf(stderr, "nothing that was asked for waits in the quarantine\n");
        return c->unknown ? EXIT_FAILED : EXIT_DONE;
    }
    while (done < c->count && !ask_is_stopped()) {
        size_t n = c->count - done < CHUNK ? c->count - done : CHUNK;

        if (deciding_replay(s, &what, c->waiting + done, c->known + done, n, &r->decided, &err) < 0)
            break;
        done += n;
        decide_progress(r->dry_run ? "looking at" : "replaying", done, c->count);
    }
    print_report(&r->decided, r->dry_run);
    if (printed(self, EXIT_DONE) != EXIT_DONE)
        return EXIT_FAILED;
    if (done < c->count && !ask_is_stopped())
        return failed(self, &err);
    return done < c->count || c->unknown || d->gone || d->damaged || d->other ? EXIT_FAILED
                                                                              : EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    struct quarantine_words words = {0};
    struct replaying r = {0};
    struct chosen chosen = {0};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        QUARANTINE_REASON_OPTION(words),
        QUARANTINE_WHERE_OPTIONS(words),
        {OPTION_FLAG, "all", NULL, "all that wait", &r.all},
        {OPTION_FLAG, "dry-run", NULL, "only say what would become of them", &r.dry_run},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings = NULL;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    ask_catch_signals();
    code = quarantine_choose(self, settings, &words, argc, argv, r.all, &r.filter);
    if (code < 0)
        code = chosen_find(&chosen, self, settings, &r.filter, &err) < 0
                   ? failed(self, &err)
                   : replay(self, settings, &r, &chosen);
    chosen_free(&chosen);
    decided_free(&r.decided);
    quarantine_filter_free(&r.filter);
    settings_free(settings);
    return code;
}

const struct command command_quarantine_replay = {
    .name = "quarantine replay",
    .summary = "holds what was kept aside to the catalogue again",
    .arguments = "[POSITION|ID...]",
    .description =
        "The running collector holds each event that waits to its present catalogue. What passes\n"
        "is accepted, with the id, time and receipt that it had; the rest stays. Asking twice "
        "does\n"
        "nothing twice. Mend the catalogue first, then: weir reload\n\n"
        "  weir quarantine replay --dry-run --all\n"
        "  weir quarantine replay --reason unknown_event --name 'order.*'\n"
        "  weir quarantine replay 4711",
    .run = run,
};
