/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_replay.c: `weir quarantine replay`: what was kept aside is held to the catalogue again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/control_client.h"
#include "cmd/quarantine_decide.h"
#include "cmd/replay.h"
#include "cmd/shown.h"

enum { CHUNK = REPLAY_MAX, TALLIES_MAX = 10000 };

/* How many, by a text. */
struct tally {
    char *text;
    size_t accepted, faulty;
};

struct tallies {
    struct tally *list;
    size_t count;
};

struct replaying {
    struct quarantine_filter filter;
    bool all, dry_run;
    size_t accepted, duplicate, faulty, gone, damaged, other;
    struct tallies names, codes; /* of codes, `faulty` alone */
};

static struct tally *tally_of(struct tallies *t, const char *text)
{
    size_t i = 0;

    while (i < t->count && strcmp(t->list[i].text, text) != 0)
        i++;
    if (i == TALLIES_MAX)
        return &t->list[i - 1]; /* the last one stands for all others */
    if (i < t->count)
        return &t->list[i];
    t->list = xrealloc(t->list, t->count + 1, sizeof *t->list);
    t->list[t->count] =
        (struct tally){.text = xstrdup(t->count == TALLIES_MAX - 1 ? "(others)" : text)};
    return &t->list[t->count++];
}

static void tallies_free(struct tallies *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->list[i].text);
    free(t->list);
}

static const char *text_of(yyjson_val *val, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(val, key));

    return text ? text : "";
}

static void count_faults(struct replaying *r, yyjson_val *event)
{
    yyjson_val *codes = yyjson_obj_get(event, "codes"), *code, *other;
    size_t i, max, k, most;

    yyjson_arr_foreach(codes, i, max, code)
    {
        bool before = false;

        yyjson_arr_foreach(codes, k, most, other)
        {
            before |= k < i && yyjson_equals(code, other);
        }
        if (!before && yyjson_is_str(code))
            tally_of(&r->codes, yyjson_get_str(code))->faulty++;
    }
}

static void count_event(struct replaying *r, yyjson_val *event)
{
    const char *result = text_of(event, "result"), *name = text_of(event, "name");

    if (!*name)
        name = "(no name)";
    if (strcmp(result, "accepted") == 0) {
        r->accepted++;
        tally_of(&r->names, name)->accepted++;
    } else if (strcmp(result, "duplicate") == 0) {
        r->duplicate++;
    } else if (strcmp(result, "faulty") == 0) {
        r->faulty++;
        tally_of(&r->names, name)->faulty++;
        count_faults(r, event);
    } else if (strcmp(result, "gone") == 0) {
        r->gone++;
    } else if (strcmp(result, "damaged") == 0) {
        r->damaged++;
    } else {
        r->other++;
    }
}

static void put_list(struct buf *out, const struct chosen *c, size_t from, size_t n, bool known)
{
    const char *comma = "";

    for (size_t i = from; i < from + n; i++) {
        if (known && !c->known[i])
            continue;
        buf_printf(out, "%s%" PRId64, comma, c->waiting[i]);
        comma = ",";
    }
}

static int replay_some(struct replaying *r, const struct settings *s, const struct chosen *c,
                       size_t from, size_t n, struct err *err)
{
    AUTO_FREE char *by = decide_by();
    yyjson_doc *answer = NULL;
    yyjson_val *events, *event;
    AUTO_BUF request;
    size_t i, max;
    int status;

    buf_init(&request, 1 << 20);
    buf_printf(&request, "{\"do\":\"quarantine.replay\",\"dry_run\":%s,\"by\":",
               r->dry_run ? "true" : "false");
    buf_json(&request, str_from(by));
    buf_str(&request, STR(",\"positions\":["));
    put_list(&request, c, from, n, false);
    buf_str(&request, STR("],\"known\":["));
    put_list(&request, c, from, n, true);
    buf_str(&request, STR("]}"));
    status = control_client_ask(s, buf_as_str(&request), &answer, err);
    events = yyjson_obj_get(yyjson_doc_get_root(answer), "events"); /* also where it broke off */
    yyjson_arr_foreach(events, i, max, event) count_event(r, event);
    yyjson_doc_free(answer);
    return status;
}

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    size_t n = x->accepted + x->faulty, m = y->accepted + y->faulty;

    return n == m ? strcmp(x->text, y->text) : n < m ? 1 : -1;
}

static void say(size_t n, const char *one, const char *many)
{
    if (n > 0)
        printf("%zu %s\n", n, n == 1 ? one : many);
}

static void print_tallies(struct replaying *r)
{
    size_t width = 0;

    if (r->codes.count) {
        qsort(r->codes.list, r->codes.count, sizeof *r->codes.list, by_count);
        for (size_t i = 0; i < r->codes.count; i++)
            printf("  %zu × %s\n", r->codes.list[i].faulty, r->codes.list[i].text);
    }
    if (r->names.count)
        qsort(r->names.list, r->names.count, sizeof *r->names.list, by_count);
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

static void print_report(struct replaying *r)
{
    if (r->dry_run)
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
    struct err err = {0};
    size_t done = 0;

    if (c->count == 0) {
        fprintf(stderr, "nothing that was asked for waits in the quarantine\n");
        return c->unknown ? EXIT_FAILED : EXIT_DONE;
    }
    while (done < c->count && !ask_is_stopped()) {
        size_t n = c->count - done < CHUNK ? c->count - done : CHUNK;

        if (replay_some(r, s, c, done, n, &err) < 0)
            break;
        done += n;
        decide_progress(r->dry_run ? "looking at" : "replaying", done, c->count);
    }
    print_report(r);
    if (printed(self, EXIT_DONE) != EXIT_DONE)
        return EXIT_FAILED;
    if (done < c->count && !ask_is_stopped())
        return failed(self, &err);
    return done < c->count || c->unknown || r->gone || r->damaged || r->other ? EXIT_FAILED
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
    tallies_free(&r.names);
    tallies_free(&r.codes);
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
