/* SPDX-License-Identifier: Apache-2.0 */
/* import.c: `weir import`: days of history out of files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "cmd/import_file.h"
#include "cmd/read_catalogue.h"
#include "cmd/sender.h"
#include "cmd/shown.h"

struct import_words {
    struct target_words to;
    const char *kind, *day, *rejects;
    uint64_t batch, at_once;
    int64_t retry_for_us, timeout_us;
    bool no_check, dry_run, keep_uid, gzip;
};

struct file {
    const char *path;
    struct day day;
    size_t number; /* in the order given */
};

static int read_kind(const struct command *self, const char *word, enum day_kind *out)
{
    static const char *const names[] = {[DAY_UNKNOWN] = "auto",
                                        [DAY_FLOW] = "flow",
                                        [DAY_ACTIVITY] = "activity",
                                        [DAY_EVENTS] = "ndjson"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(word, names[i]) == 0) {
            *out = (enum day_kind)i;
            return -1;
        }
    }
    return misused(self, "--kind takes flow, activity, ndjson or auto, not `%s`", word);
}

/* Kind and day of a file, by the options and else by its name. */
static int know_file(const struct command *self, const struct import_words *w, struct file *f)
{
    enum day_kind kind = DAY_UNKNOWN;
    int code = read_kind(self, w->kind, &kind);

    if (code >= 0)
        return code;
    day_of_name(&f->day, str_from(f->path));
    if (kind != DAY_UNKNOWN)
        f->day.kind = kind;
    if (w->day && datetime_parse_date(str_from(w->day), &f->day.day_us) < 0)
        return misused(self, "--day takes a date such as 2017-02-14, not `%s`", w->day);
    f->day.has_day |= w->day != NULL;
    if (f->day.kind == DAY_UNKNOWN)
        return misused(self, "%s: its name does not tell what it holds: say --kind", f->path);
    if (!f->day.has_day && f->day.kind != DAY_EVENTS)
        return misused(self, "%s: its name does not tell its day: say --day", f->path);
    return -1;
}

/* The newest day first, as each day's flows may go on in the next; those without a day last. */
static int compare_files(const void *a, const void *b)
{
    const struct file *one = a, *two = b;

    if (one->day.has_day != two->day.has_day)
        return one->day.has_day ? -1 : 1;
    if (one->day.has_day && one->day.day_us != two->day.day_us)
        return one->day.day_us > two->day.day_us ? -1 : 1;
    return one->number < two->number ? -1 : 1;
}

/* What is set aside must not go into a file that is read. */
static int check_rejects(const struct command *self, const char *path, const struct file *files,
                         size_t count)
{
    struct stat to, from;

    if (stat(path, &to) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (stat(files[i].path, &from) == 0 && from.st_ino == to.st_ino && from.st_dev == to.st_dev)
            return misused(self, "%s is read, so nothing can be set aside there: say --rejects",
                           path);
    return -1;
}

static int check_words(const struct command *self, const struct import_words *w, int argc)
{
    if (argc < 1)
        return misused(self, "name one FILE or more");
    if (w->batch < 1 || w->batch > SENDER_BATCH_MAX)
        return misused(self, "--batch is between 1 and %d", SENDER_BATCH_MAX);
    if (w->at_once < 1 || w->at_once > UINT64_C(1000000000))
        return misused(self, "--at-once is between 1 and 1000000000");
    if (w->timeout_us < 100000)
        return misused(self, "--timeout is at least 100ms");
    if (w->day && argc > 1)
        return misused(self, "--day goes with one FILE");
    if (w->to.url && !w->no_check)
        return misused(self, "--url needs --no-check: only the engine of the settings can be asked "
                             "which events are there already");
    return target_check(self, &w->to);
}

static void say_reasons(const struct import_totals *t, const char *where)
{
    const char *before = ": ";

    printf(", %" PRIu64 " set aside", t->aside);
    for (int i = 0; t->aside && i < DAY_FAULTS; i++) {
        if (!t->reasons[i])
            continue;
        printf("%s%" PRIu64 " %s", before, t->reasons[i], day_fault_name((enum day_fault)i));
        before = ", ";
    }
    if (t->aside && where) {
        printf(" (");
        shown_print(stdout, "%s", where);
        printf(")");
    }
}

static void say_file(const struct import_words *w, const char *path, const struct import_totals *t,
                     const char *aside)
{
    shown_print(stdout, "%s", path);
    printf(": %" PRIu64 " lines: %" PRIu64 " %s, %" PRIu64 " already there", t->lines, t->sent,
           w->dry_run ? "would be sent" : "sent", t->there);
    if (!w->dry_run) /* else the catalogue was not asked */
        printf(", %" PRIu64 " quarantined", t->quarantined);
    if (t->refused)
        printf(", %" PRIu64 " refused", t->refused);
    say_reasons(t, w->dry_run ? NULL : aside);
    if (t->other_day)
        printf("; %" PRIu64 " of the day before or behind", t->other_day);
    printf("%s\n", t->whole ? "" : "; not whole");
    fflush(stdout);
}

/* Errors that the next file would have as well. */
static bool ends_all(const struct err *err)
{
    return ask_is_stopped() || err->code == ERR_DENIED || err->code == ERR_BUSY;
}

static int import_files(const struct command *self, const struct import_words *w,
                        const struct import_opts *opts, const struct file *files, size_t count)
{
    struct import_aside shared;
    int code = EXIT_DONE;

    import_aside_init(&shared, w->rejects ? w->rejects : "");
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *name = import_aside_name(files[i].path);
        struct import_aside own, *aside = w->rejects ? &shared : &own;
        struct import_totals totals;
        struct err err = {0};
        int result;

        import_aside_init(&own, name);
        result = import_file(opts, files[i].path, &files[i].day, aside, &totals, &err);
        if (result == 0 || totals.lines)
            say_file(w, files[i].path, &totals, aside->path);
        import_aside_free(&own);
        if (result < 0)
            code = failed(self, &err);
        else if ((totals.aside || totals.quarantined || totals.refused) && code == EXIT_DONE)
            code = EXIT_WANTING;
        if (result < 0 && ends_all(&err))
            break;
    }
    import_aside_free(&shared);
    return code;
}

static int import_to(const struct command *self, const struct import_words *w,
                     const struct file *files, size_t count)
{
    struct catalogue *catalogue = NULL;
    struct target to;
    struct err err = {0};
    int code;

    if (target_find(&to, &w->to, &err) < 0) {
        code = err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
    } else if (to.settings && !w->keep_uid &&
               read_catalogue(to.settings, READ_SAY_NOTHING, &catalogue, &err) < 0) {
        code = failed(self, &err);
    } else {
        const struct import_opts opts = {.to = &to,
                                         .catalogue = catalogue,
                                         .check = !w->no_check,
                                         .dry_run = w->dry_run,
                                         .gzip = w->gzip,
                                         .batch = w->batch,
                                         .at_once = w->at_once,
                                         .retry_for_us = w->retry_for_us,
                                         .timeout_us = w->timeout_us,
                                         .stop = ask_stop_flag()};

        code = import_files(self, w, &opts, files, count);
    }
    catalogue_free(catalogue);
    target_free(&to);
    return code;
}

/* What is set aside of one file must not take the place of what another one left. */
static int check_apart(const struct command *self, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        AUTO_FREE char *name = import_aside_name(argv[i]);

        for (int k = 0; k < i; k++) {
            AUTO_FREE char *other = import_aside_name(argv[k]);

            if (strcmp(name, other) == 0 && strcmp(argv[i], argv[k]) != 0)
                return misused(self, "%s and %s would both be set aside in %s: say --rejects",
                               argv[k], argv[i], name);
        }
    }
    return -1;
}

/* Everything that can be said before anything happens. */
static int prepare(const struct command *self, const struct import_words *w, int argc, char **argv,
                   struct file *files)
{
    int code = check_words(self, w, argc);

    for (int i = 0; code < 0 && i < argc; i++) {
        files[i] = (struct file){.path = argv[i], .number = (size_t)i};
        code = know_file(self, w, &files[i]);
    }
    for (int i = 0; code < 0 && i < argc; i++) {
        AUTO_FREE char *name = import_aside_name(argv[i]);

        code = check_rejects(self, w->rejects ? w->rejects : name, files, (size_t)argc);
    }
    if (code < 0 && !w->rejects)
        code = check_apart(self, argc, argv);
    if (code < 0)
        qsort(files, (size_t)argc, sizeof *files, compare_files);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct import_words w = {.to.history = true,
                             .kind = "auto",
                             .batch = 2000,
                             .at_once = IMPORT_AT_ONCE,
                             .retry_for_us = 300000000,
                             .timeout_us = 30000000};
    const struct option_spec options[] = {
        {OPTION_TEXT, "kind", "KIND",
         "flow, activity, ndjson, or auto (default): by the name|flow-DAY.csv, events-DAY.csv, "
         "*.ndjson; each also .gz",
         &w.kind},
        {OPTION_TEXT, "day", "DATE", "the file's day, where its name does not say it", &w.day},
        {OPTION_TEXT, "rejects", "FILE",
         "where lines that are no events go|(default: NAME.rejected.csv beside each)", &w.rejects},
        {OPTION_FLAG, "dry-run", NULL, "only say what would be sent", &w.dry_run},
        {OPTION_FLAG, "no-check", NULL,
         "do not ask the engine what is there already: within a|day the collector knows it",
         &w.no_check},
        {OPTION_FLAG, "keep-uid", NULL,
         "keep the uid of flow events that are activity, too:|where no activity file has them",
         &w.keep_uid},
        TARGET_OPTIONS(w.to),
        {OPTION_COUNT, "batch", "N", "events in one request (default: 2000)", &w.batch},
        {OPTION_COUNT, "at-once", "N",
         "lines whose ids are in memory, 64 bytes each:|of more, the file is read several "
         "times (default: 2000000)",
         &w.at_once},
        {OPTION_FLAG, "gzip", NULL, "compress what is sent", &w.gzip},
        {OPTION_DURATION, "retry-for", "TIME", "how long a request may be tried (default: 5m)",
         &w.retry_for_us},
        {OPTION_DURATION, "timeout", "TIME", "how long one try may take (default: 30s)",
         &w.timeout_us},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct file *files;

    if (code >= 0)
        return code;
    files = xcalloc((size_t)argc + 1, sizeof *files);
    code = prepare(self, &w, argc, argv, files);
    if (code < 0) {
        ask_catch_signals();
        code = import_to(self, &w, files, (size_t)argc);
    }
    free(files);
    return code;
}

const struct command command_import = {
    .name = "import",
    .summary = "brings in days of history, safely more than once",
    .arguments = "FILE...",
    .description = "Reads flow and activity events as CSV, a day a file, or native events as "
                   "NDJSON, and sends\n"
                   "them to the collector with ids that follow from what the lines say. What is "
                   "there already is\n"
                   "not sent again, whenever that was. Lines that are no events are set aside with "
                   "the reason.\n\n"
                   "Exit codes: 0 everything is in, 3 some lines were set aside, quarantined or "
                   "refused, 1 not "
                   "all\n"
                   "could be read or delivered, 2 misused.",
    .run = run,
};
