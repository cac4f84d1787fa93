/* SPDX-License-Identifier: Apache-2.0 */
/* reload.c: `weir reload`: asks the running collector to take the catalogue as it is now. */
#include <stdio.h>
#include <yyjson.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/control_client.h"
#include "cmd/shown.h"

enum { HASH_SHOWN = 12 };

static uint64_t number(yyjson_val *obj, const char *key)
{
    return yyjson_get_uint(yyjson_obj_get(obj, key));
}

static const char *text(yyjson_val *obj, const char *key)
{
    const char *z = yyjson_get_str(yyjson_obj_get(obj, key));

    return z ? z : "";
}

static unsigned long long ull(uint64_t n)
{
    return n;
}

static void print_problems(yyjson_val *root)
{
    size_t i, max;
    yyjson_val *line;

    yyjson_arr_foreach(yyjson_obj_get(root, "problems"), i, max, line)
    {
        shown_print(stderr, "%s", yyjson_get_str(line));
        putc('\n', stderr);
    }
    if (number(root, "more"))
        fprintf(stderr, "... and %llu more\n", ull(number(root, "more")));
}

static void print_names(yyjson_val *root, const char *key)
{
    AUTO_FREE char *more_key = xasprintf("%s_more", key);
    yyjson_val *names = yyjson_obj_get(root, key), *name;
    size_t i, max;

    if (yyjson_arr_size(names) == 0)
        return;
    printf("%s:", key);
    yyjson_arr_foreach(names, i, max, name)
        shown_print(stdout, "%s %s", i ? "," : "", yyjson_get_str(name));
    if (number(root, more_key))
        printf(" and %llu more", ull(number(root, more_key)));
    putchar('\n');
}

static void print_trial(yyjson_val *trial, FILE *to)
{
    yyjson_val *one;
    size_t i, max;

    if (!trial)
        return;
    fprintf(to,
            "of the last %llu accepted events, %llu would be quarantined; of %llu quarantined "
            "ones, %llu would pass\n",
            ull(number(trial, "checked")), ull(number(trial, "would_quarantine")),
            ull(number(trial, "quarantined")), ull(number(trial, "would_pass")));
    yyjson_arr_foreach(yyjson_obj_get(trial, "why"), i, max, one)
    {
        fprintf(to, "%8llu  ", ull(number(one, "events")));
        shown_print(to, "%s: %s at %s", text(one, "name"), text(one, "code"), text(one, "path"));
        putc('\n', to);
    }
    if (number(trial, "further"))
        fprintf(to, "%8llu  for other reasons\n", ull(number(trial, "further")));
    if (number(trial, "unfit"))
        fprintf(to,
                "%8llu  could not be held to it: a source that is gone or may not send them any "
                "more, a folded name\n",
                ull(number(trial, "unfit")));
    if (number(trial, "unreadable"))
        fprintf(to, "%8llu  records do not verify: see weir verify\n",
                ull(number(trial, "unreadable")));
}

static void print_live(yyjson_val *root, bool changed)
{
    const char *prefix = changed ? "" : "events_before";

    printf("in use: %llu events, %.*s", ull(number(root, changed ? "events" : prefix)), HASH_SHOWN,
           text(root, changed ? "hash" : "before"));
    if (changed)
        printf(" (before: %llu, %.*s); noted at position %llu", ull(number(root, "events_before")),
               HASH_SHOWN, text(root, "before"), ull(number(root, "position")));
    putchar('\n');
}

static void print_answer(yyjson_val *root)
{
    const char *end = text(root, "end");
    bool done = strcmp(end, "done") == 0;

    print_problems(root);
    if (strcmp(end, "same") == 0)
        puts("the catalogue's files have not changed");
    else if (done)
        puts("the catalogue is read again");
    else
        puts("it would be taken; nothing has changed");
    print_names(root, "added");
    print_names(root, "removed");
    print_names(root, "changed");
    print_trial(yyjson_obj_get(root, "dry_run"), stdout);
    print_live(root, done);
}

static int ask(const struct command *self, const struct settings *s, bool dry_run, bool force)
{
    AUTO_FREE char *request = xasprintf("{\"do\":\"reload\",\"dry_run\":%s,\"force\":%s}",
                                        dry_run ? "true" : "false", force ? "true" : "false");
    yyjson_doc *answer;
    struct err err = {0};
    int code = EXIT_DONE;

    if (control_client_ask(s, str_from(request), NULL, &answer, &err) == 0) {
        print_answer(yyjson_doc_get_root(answer));
    } else {
        yyjson_val *root = yyjson_doc_get_root(answer);

        print_problems(root);
        print_trial(yyjson_obj_get(root, "dry_run"), stderr);
        code = failed(self, &err);
        if (answer)
            fputs("the catalogue in use stays as it was\n", stderr);
        if (answer && dry_run)
            code = EXIT_WANTING;
    }
    yyjson_doc_free(answer);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    bool dry_run = false, force = false;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_FLAG, "dry-run", NULL, "only say what would come of it", &dry_run},
        {OPTION_FLAG, "force", NULL,
         "also where most of the last events would be quarantined;|a broken catalogue is never "
         "taken",
         &force},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    code = ask(self, settings, dry_run, force);
    settings_free(settings);
    return code;
}

const struct command command_reload = {
    .name = "reload",
    .summary = "puts the changed catalogue into use, after a trial",
    .arguments = "",
    .description =
        "Asks the running collector to read its catalogue again. The last 1,000 accepted events\n"
        "are held to it first: where more than half of them would be quarantined, or the "
        "catalogue\n"
        "has an error or no events, nothing changes, and the one in use stays. The reload is\n"
        "noted in the journal, and the engine follows by that note. The settings are not read\n"
        "again: they take a new start.\n\n"
        "Exit code 1: nothing has changed; 3: with --dry-run, it would not be taken.\n\n"
        "  weir reload --dry-run\n"
        "  weir reload",
    .run = run,
};
