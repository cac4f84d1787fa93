/* SPDX-License-Identifier: Apache-2.0 */
/* demo.c: `weir demo`: made-up events, into a running Weir or into a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/demo_options.h"
#include "cmd/target.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static unsigned share(uint64_t given, unsigned otherwise)
{
    return given == UINT64_MAX ? otherwise : (unsigned)given;
}

struct traffic_opts demo_traffic(const struct demo_options *o, int64_t until_us,
                                 unsigned default_duplicates, unsigned default_late,
                                 unsigned default_wrong)
{
    return (struct traffic_opts){
        .seed = o->seed,
        .events = o->events,
        .from_us = until_us - (int64_t)o->days * DATETIME_DAY_US,
        .to_us = until_us,
        .sources = o->sources,
        .duplicate_per_mille = share(o->duplicates, default_duplicates),
        .late_per_mille = share(o->late, default_late),
        .wrong_per_mille = share(o->wrong, default_wrong),
    };
}

static int write_all(FILE *to, struct traffic *t, const char *name, struct err *err)
{
    AUTO_BUF text;

    buf_init(&text, 1 << 20);
    while (!stop && traffic_next(t, &text, NULL) == 1) {
        buf_char(&text, '\n');
        if (text.len < text.max - TRAFFIC_EVENT_MAX - 1)
            continue;
        if (fwrite(text.ptr, 1, text.len, to) != text.len)
            return err_set(err, ERR_IO, "write %s: %s", name, strerror(errno));
        text.len = 0;
    }
    if (stop)
        return err_set(err, ERR_DENIED, "stopped; %s is not whole", name);
    if (fwrite(text.ptr, 1, text.len, to) != text.len || fflush(to) != 0)
        return err_set(err, ERR_IO, "write %s: %s", name, strerror(errno));
    return 0;
}

int demo_write(const struct command *self, const struct demo_options *o)
{
    struct traffic_opts opts = demo_traffic(o, o->until_us ? o->until_us : clock_now_us(), 0, 0, 0);
    bool to_stdout = strcmp(o->write, "-") == 0;
    AUTO_FREE char *key = NULL;
    struct traffic *t;
    struct err err = {0};
    int code = EXIT_DONE;
    FILE *to;

    if (o->flow_key) {
        key = target_read_key("--flow-key", o->flow_key, &err);
        if (!key)
            return err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
        opts.flow_key = str_from(key);
    }
    if (traffic_new(&t, &opts, &err) < 0)
        return misused(self, "%s", err.text);
    to = to_stdout ? stdout : fopen(o->write, "we");
    if (!to)
        err_set(&err, ERR_IO, "open %s: %s", o->write, strerror(errno));
    if (!to || write_all(to, t, to_stdout ? "standard output" : o->write, &err) < 0)
        code = failed(self, &err);
    if (to && !to_stdout && fclose(to) != 0 && code == EXIT_DONE) {
        err_set(&err, ERR_IO, "close %s: %s", o->write, strerror(errno));
        code = failed(self, &err);
    }
    traffic_free(t);
    return code;
}

static int read_only(const struct command *self, struct demo_options *o)
{
    struct str rest = str_from(o->only);

    o->sources = o->only ? 0 : TRAFFIC_ALL;
    while (rest.ptr) {
        struct str name = str_split(&rest, ',');
        int source = traffic_source_find(name);

        if (source < 0)
            return misused(self,
                           "--catalogue takes service, site, integrations, timetracker, accounts, "
                           "not `%.*s`",
                           STR_ARG(name));
        o->sources |= 1u << source;
    }
    return -1;
}

static int check_options(const struct command *self, struct demo_options *o)
{
    const uint64_t shares[] = {o->duplicates, o->late, o->wrong};

    if (o->days < 1 || o->days > TRAFFIC_DAYS_MAX)
        return misused(self, "--days is between 1 and %d", TRAFFIC_DAYS_MAX);
    if (o->events < 1 || o->events > UINT64_C(100000000000))
        return misused(self, "--events is between 1 and 100000000000");
    if (o->port > 65534)
        return misused(self, "--port is between 1 and 65534");
    for (size_t i = 0; i < ARRAY_LEN(shares); i++)
        if (shares[i] != UINT64_MAX && shares[i] > 500)
            return misused(self, "--duplicates, --late and --wrong are at most 500 in a thousand");
    if (o->until && datetime_parse(str_from(o->until), &o->until_us) < 0 &&
        datetime_parse_date(str_from(o->until), &o->until_us) < 0)
        return misused(self, "--until takes 2026-11-22 or 2026-11-22T12:00:00Z, not `%s`",
                       o->until);
    if (!o->write && (o->only || o->until || o->flow_key))
        return misused(self, "--catalogue, --flow-key and --until go with --write");
    return read_only(self, o);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct demo_options o = {.dir = "demo",
                             .events = 20000,
                             .days = 14,
                             .seed = 1,
                             .duplicates = UINT64_MAX,
                             .late = UINT64_MAX,
                             .wrong = UINT64_MAX};
    const struct option_spec options[] = {
        {OPTION_COUNT, "events", "N", "how many (default: 20000)", &o.events},
        {OPTION_COUNT, "days", "N", "days that they are spread over (default: 14)", &o.days},
        {OPTION_COUNT, "seed", "N", "the same seed gives the same events (default: 1)", &o.seed},
        {OPTION_TEXT, "dir", "DIR", "folder to run in (default: demo)", &o.dir},
        {OPTION_TEXT, "catalogues", "DIR", "the five catalogues (default: beside the program)",
         &o.catalogues},
        {OPTION_COUNT, "port", "N",
         "of the collector; the console has the next|(default: 8080 "
         "where it is free)",
         &o.port},
        {OPTION_FLAG, "once", NULL, "end after the counts; so it does without a terminal", &o.once},
        {OPTION_TEXT, "write", "FILE",
         "only write the events there as NDJSON; - is standard output", &o.write},
        {OPTION_TEXT, "catalogue", "NAME", "with --write: events of this one; several with commas",
         &o.only},
        {OPTION_TEXT, "flow-key", "KEY",
         "with --write: signs the flow ids: text, file:PATH or env:NAME|(default: one that "
         "everybody knows)",
         &o.flow_key},
        {OPTION_TEXT, "until", "TIME", "with --write: when the days end (default: now)", &o.until},
        {OPTION_COUNT, "duplicates", "N", "of a thousand sent twice|(default: 3; 0 with --write)",
         &o.duplicates},
        {OPTION_COUNT, "late", "N", "of a thousand that come late|(default: 5; 0 with --write)",
         &o.late},
        {OPTION_COUNT, "wrong", "N",
         "of a thousand that the catalogue turns down|(default: 5; 0 with --write)", &o.wrong},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);

    if (code < 0)
        code = check_options(self, &o);
    if (code >= 0)
        return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return o.write ? demo_write(self, &o) : demo_show(self, &o, &stop);
}

const struct command command_demo = {
    .name = "demo",
    .summary = "shows it all: made-up events of five applications, counted",
    .arguments = "",
    .description = "Makes a folder with settings and keys, starts `weir serve` there, sends "
                   "made-up events of\n"
                   "the last days, prints what the store counted, and goes on with light traffic "
                   "until Ctrl-C.\n"
                   "A folder of an earlier run is used again; nothing is ever deleted.\n\n"
                   "With --write it only writes events: no folder, no server.",
    .filter = true,
    .run = run,
};
