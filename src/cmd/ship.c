/* SPDX-License-Identifier: Apache-2.0 */
/* ship.c: `weir ship`: page views from access logs. The options and the main loop; following is
 * ship_follow.c's business, what a line becomes ship_feed.c's. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/notify.h"
#include "cmd/sender.h"
#include "cmd/ship_follow.h"
#include "cmd/ship_syslog.h"
#include "cmd/ship_wait.h"
#include "cmd/target.h"

enum { LAST_WORDS_S = 5 /* how long what came by syslog may take at the end */ };
#define EVER_US (INT64_C(10) * 365 * 86400 * 1000000)

/* `stop` ends the reading; `stop_sending` also what is being sent. */
static volatile sig_atomic_t stop, stop_sending, by_syslog;

static void on_signal(int number)
{
    stop_sending = number == SIGALRM || !by_syslog || stop;
    stop = 1;
    if (!stop_sending)
        alarm(LAST_WORDS_S);
}

static struct ship_options {
    struct target_words to;
    const char *state, *from, *format, *syslog, *errors, *query;
    bool once, dry_run, syslog_any, gzip, no_agents;
    uint64_t batch;
    int64_t retry_for_us, timeout_us, grace_us;
    struct option_list methods, statuses, types, assets, api, agents, paths, targets;
} o = {.from = "begin",
       .format = "auto",
       .query = "drop",
       .batch = 5000,
       .retry_for_us = -1,
       .timeout_us = 30000000,
       .grace_us = 300000000};

static const struct option_spec options[] = {
    TARGET_OPTIONS(o.to),
    {OPTION_TEXT, "to", "URL", "the same as --url", &o.to.url},
    {OPTION_TEXT, "state", "DIR", "where the place reached is kept (default: $STATE_DIRECTORY)",
     &o.state},
    {OPTION_FLAG, "once", NULL, "read to the end, send, and end", &o.once},
    {OPTION_FLAG, "dry-run", NULL, "print the events; send and remember nothing", &o.dry_run},
    {OPTION_TEXT, "from", "begin|end", "of a log never seen: all of it, or what comes (begin)",
     &o.from},
    {OPTION_TEXT, "format", "FORMAT", "auto, combined or json (default: each line says)",
     &o.format},
    {OPTION_TEXT, "syslog", "HOST:PORT", "take lines as datagrams, instead of files", &o.syslog},
    {OPTION_FLAG, "syslog-any", NULL, "also on an address that is not loopback", &o.syslog_any},
    {OPTION_LIST, "api", "PREFIX|~EXPR", "paths of API calls: they become api_queried", &o.api},
    {OPTION_LIST, "exclude-agent", "TEXT", "leave out this user agent, exactly", &o.agents},
    {OPTION_FLAG, "no-default-agents", NULL, "do not leave out known health checks", &o.no_agents},
    {OPTION_LIST, "exclude-path", "PREFIX|~EXPR", "leave out these paths", &o.paths},
    {OPTION_LIST, "exclude-target", "PREFIX|~EXPR", "the same, held against path?query",
     &o.targets},
    {OPTION_LIST, "method", "NAME", "methods of pages (default: GET)", &o.methods},
    {OPTION_LIST, "status", "LIST", "what is a success (default: 2xx,304)", &o.statuses},
    {OPTION_LIST, "type", "TYPE", "content types of pages, where known (default: HTML)", &o.types},
    {OPTION_LIST, "asset", "EXT", "a further extension that is no page", &o.assets},
    {OPTION_TEXT, "query", "WHAT", "drop, keep, or names of parameters with commas (drop)",
     &o.query},
    {OPTION_DURATION, "grace", "TIME", "a rotated file is read until quiet so long (default: 5m)",
     &o.grace_us},
    {OPTION_COUNT, "batch", "N", "events in one request (default: 5000)", &o.batch},
    {OPTION_FLAG, "gzip", NULL, "compress what is sent", &o.gzip},
    {OPTION_DURATION, "retry-for", "TIME",
     "how long a request may be tried (default: for ever; with --once 5m)", &o.retry_for_us},
    {OPTION_DURATION, "timeout", "TIME", "how long one try may take (default: 30s)", &o.timeout_us},
    {OPTION_TEXT, "errors", "FILE", "write what was not read or not accepted there, as NDJSON",
     &o.errors},
    {OPTION_END, 0, 0, 0, 0}};

static struct access_words words(const struct option_list *list)
{
    return (struct access_words){list->values, list->count};
}

static int make_rules(struct access_rules **out, struct err *err)
{
    const struct access_rules_opts opts = {.methods = words(&o.methods),
                                           .statuses = words(&o.statuses),
                                           .types = words(&o.types),
                                           .assets = words(&o.assets),
                                           .api = words(&o.api),
                                           .agents = words(&o.agents),
                                           .no_agents = o.no_agents,
                                           .paths = words(&o.paths),
                                           .targets = words(&o.targets),
                                           .query = o.query};

    return access_rules_new(out, &opts, err);
}

static int make_sender(struct ship_feed *feed, const struct target *to, struct err *err)
{
    return sender_new(&feed->sender,
                      &(struct sender_opts){.url = to->url,
                                            .key = to->key,
                                            .batch = o.batch,
                                            .gzip = o.gzip,
                                            .retry_for_us = o.retry_for_us,
                                            .timeout_us = o.timeout_us,
                                            .stop = &stop_sending,
                                            .on_problem = send_report_problem,
                                            .on_progress = send_report_progress,
                                            .on_retry = send_report_retry,
                                            .ctx = feed->report},
                      err);
}

/* All logs until they end, or until a signal comes. */
static int follow(struct ship_log **logs, size_t count, struct ship_feed *feed, struct err *err)
{
    AUTO_FREE char *chunk = xmalloc(SHIP_CHUNK);
    const char *paths[OPTION_LIST_MAX];
    struct ship_wait wait;
    int more = 1;

    for (size_t i = 0; i < count; i++)
        paths[i] = ship_log_path(logs[i]);
    ship_wait_init(&wait, paths, count, 1000000);
    while (!stop && more >= 0) {
        more = 0;
        for (size_t i = 0; !stop && more >= 0 && i < count; i++) {
            int got = ship_log_round(logs[i], feed, chunk, err);

            more = got < 0 ? -1 : more | got;
        }
        if (more == 0 && o.once)
            break;
        if (more == 0)
            ship_wait(&wait, &stop);
    }
    ship_wait_close(&wait);
    return more < 0 && !stop ? -1 : 0;
}

static int ship_files(char **paths, size_t count, const char *state_dir, struct ship_feed *feed,
                      struct err *err)
{
    struct ship_log *logs[OPTION_LIST_MAX] = {NULL};
    int result = 0;

    for (size_t i = 0; result == 0 && i < count; i++)
        result = ship_log_open(&logs[i],
                               &(struct ship_log_opts){.path = paths[i],
                                                       .state_dir = state_dir,
                                                       .from_end = strcmp(o.from, "end") == 0,
                                                       .once = o.once,
                                                       .grace_us = o.grace_us},
                               err);
    if (result == 0) {
        notify_systemd("READY=1");
        result = follow(logs, count, feed, err);
    }
    for (size_t i = 0; i < count; i++)
        ship_log_free(logs[i]);
    return result;
}

static int ship_syslog(struct ship_feed *feed, struct err *err)
{
    const struct ship_syslog_opts opts = {o.syslog, o.syslog_any, &stop};
    int fd = ship_syslog_open(&opts, err);
    uint64_t lost = 0;

    if (fd < 0)
        return -1;
    notify_systemd("READY=1");
    if (ship_syslog_run(fd, &opts, feed, &lost, err) < 0 && !stop)
        return -1;
    if (lost)
        fprintf(stderr, "%" PRIu64 " lines found no room and are lost\n", lost);
    return 0;
}

/* The folder of states, held by one process at a time. -1 with *err; the lock's descriptor otherwise. */
static int hold_state(const char *dir, struct err *err)
{
    AUTO_FREE char *path = io_join(dir, "lock");
    int fd;

    if (io_make_dir(io_system(), dir, 0700, err) < 0)
        return -1;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %m", path);
    if (io_system()->lock(io_system(), fd) < 0) {
        close(fd);
        return err_set(err, ERR_BUSY, "%s is held by another weir ship", dir);
    }
    return fd;
}

static int sum_up(const struct command *self, struct ship_feed *feed, int result, struct err *err)
{
    const struct ship_counts *c = &feed->counts;
    bool wanting = ship_counts_wanting(c) > 0;
    int code = EXIT_DONE;

    if (feed->sender) {
        code = send_report_end(feed->report, sender_counts(feed->sender), 0);
        if (sender_waiting(feed->sender) && !o.syslog)
            fprintf(stderr,
                    "%" PRIu64 " events got no answer; they are sent again at the next start\n",
                    sender_waiting(feed->sender));
    } else {
        send_report_close(feed->report);
    }
    ship_counts_print(c);
    if (result < 0)
        return failed(self, err);
    if (code == EXIT_DONE && wanting)
        code = EXIT_WANTING;
    return code == EXIT_WANTING && !o.once ? EXIT_DONE : code;
}

static int run_with(const struct command *self, const struct target *to, const char *state_dir,
                    char **paths, size_t count)
{
    struct ship_feed feed = {
        .reader = access_reader_new((enum access_format)access_format_find(str_from(o.format)))};
    AUTO_FD lock = -1;
    struct err err = {0};
    int code;

    buf_init(&feed.event, 0);
    if (!feed.reader || make_rules(&feed.rules, &err) < 0 ||
        send_report_new(&feed.report, o.errors, &err) < 0 ||
        (!o.dry_run && make_sender(&feed, to, &err) < 0) ||
        (state_dir && (lock = hold_state(state_dir, &err)) < 0)) {
        code = err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
    } else {
        int result =
            o.syslog ? ship_syslog(&feed, &err) : ship_files(paths, count, state_dir, &feed, &err);

        notify_systemd("STOPPING=1");
        code = result < 0 && err.code == ERR_USAGE ? misused(self, "%s", err.text)
                                                   : sum_up(self, &feed, result, &err);
    }
    sender_free(feed.sender);
    send_report_free(feed.report);
    access_rules_free(feed.rules);
    access_reader_free(feed.reader);
    buf_free(&feed.event);
    return code;
}

static int check_options(const struct command *self, int argc, const char *state_dir)
{
    if (o.syslog ? argc > 0 : argc < 1)
        return misused(self, "name FILEs, or --syslog HOST:PORT");
    if (argc > OPTION_LIST_MAX)
        return misused(self, "at most %d FILEs", OPTION_LIST_MAX);
    if (o.syslog && o.once)
        return misused(self, "--syslog has no end for --once");
    if (access_format_find(str_from(o.format)) < 0)
        return misused(self, "--format is auto, combined or json");
    if (strcmp(o.from, "begin") != 0 && strcmp(o.from, "end") != 0)
        return misused(self, "--from is begin or end");
    if (o.batch < 1 || o.batch > SENDER_BATCH_MAX)
        return misused(self, "--batch is between 1 and %d", SENDER_BATCH_MAX);
    if (o.timeout_us < 100000)
        return misused(self, "--timeout is at least 100ms");
    if (!o.syslog && !o.dry_run && !state_dir)
        return misused(self, "--state names the folder where the place reached is kept");
    return o.dry_run ? -1 : target_check(self, &o.to);
}

static int run(const struct command *self, int argc, char **argv)
{
    int code = options_parse(self, options, &argc, argv);
    const char *state_dir = o.state ? o.state : getenv("STATE_DIRECTORY");
    struct target to = {0};
    struct err err = {0};

    if (state_dir && !*state_dir)
        state_dir = NULL;
    if (code < 0)
        code = check_options(self, argc, state_dir);
    if (code >= 0)
        return code;
    if (o.dry_run || o.syslog)
        state_dir = NULL;
    o.once |= o.dry_run && !o.syslog;
    by_syslog = o.syslog != NULL;
    if (o.retry_for_us < 0)
        o.retry_for_us = o.once ? 300000000 : EVER_US;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGALRM, on_signal);
    if (o.dry_run) /* as for what writes rows: `| head` ends it */
        signal(SIGPIPE, SIG_DFL);
    if (!o.dry_run && target_find(&to, &o.to, &err) < 0)
        code = err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
    else
        code = run_with(self, &to, state_dir, argv, (size_t)argc);
    target_free(&to);
    return code;
}

const struct command command_ship = {
    .name = "ship",
    .summary = "sends page views from the access logs of a web server",
    .arguments = "FILE...",
    .description =
        "Follows access logs of nginx, Apache or Caddy through their rotation and sends\n"
        "page_visited for each page that was answered, and api_queried for calls of an API.\n"
        "Where it was ended or killed, it goes on where it was: nothing is lost, and what is\n"
        "sent twice is counted once.\n\n"
        "Exit codes: 0 done, also after SIGTERM; 1 it could not go on; 2 misused; with --once 3\n"
        "where lines were not read or not accepted.",
    .run = run,
};
