/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: `weir send`: events from a file or a pipe to a collector. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/lines.h"
#include "cmd/send_report.h"
#include "cmd/sender.h"
#include "cmd/target.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

struct send_options {
    struct target_words to;
    const char *errors;
    uint64_t batch;
    int64_t retry_for_us, timeout_us;
    bool gzip;
};

static int send_lines(struct sender *sender, struct lines *lines, struct err *err)
{
    while (!stop) {
        struct str line;
        int got = lines_next(lines, &line, err);

        if (got < 0)
            return -1;
        if (got == LINES_END)
            return sender_flush(sender, err);
        if (got == LINES_TOO_LONG)
            sender_refuse(sender, lines->number, "line_too_long", "An event may have 1 MiB.");
        else if (got == LINES_IDLE && sender_flush(sender, err) < 0)
            return -1;
        else if (got == LINES_LINE && str_trim(line).len > 0 &&
                 sender_add(sender, str_trim(line), lines->number, err) < 0)
            return -1;
    }
    return err_set(err, ERR_DENIED, "stopped");
}

static int send_file(const struct command *self, const struct send_options *o, const char *file,
                     const char *url, const char *key)
{
    AUTO_FD fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
    struct send_report *report = NULL;
    struct sender *sender = NULL;
    struct lines lines;
    struct err err = {0};
    int code = EXIT_FAILED;

    if (fd < 0) {
        err_set(&err, ERR_IO, "open %s: %s", file, strerror(errno));
        return failed(self, &err);
    }
    lines_init(&lines, fd, SENDER_LINE_MAX, 500);
    if (send_report_new(&report, o->errors, &err) == 0 &&
        sender_new(&sender,
                   &(struct sender_opts){.url = url,
                                         .key = key,
                                         .batch = o->batch,
                                         .gzip = o->gzip,
                                         .retry_for_us = o->retry_for_us,
                                         .timeout_us = o->timeout_us,
                                         .stop = &stop,
                                         .on_problem = send_report_problem,
                                         .on_progress = send_report_progress,
                                         .on_retry = send_report_retry,
                                         .ctx = report},
                   &err) == 0) {
        int sent = send_lines(sender, &lines, &err);

        code = send_report_end(report, sender_counts(sender), sender_waiting(sender));
        if (sent < 0)
            code = failed(self, &err);
    } else {
        failed(self, &err);
    }
    sender_free(sender);
    send_report_free(report);
    lines_free(&lines);
    return code;
}

static int check_options(const struct command *self, const struct send_options *o, int argc)
{
    if (argc != 1)
        return misused(self, "name one FILE, or - for standard input");
    if (o->batch < 1 || o->batch > SENDER_BATCH_MAX)
        return misused(self, "--batch is between 1 and %d", SENDER_BATCH_MAX);
    if (o->timeout_us < 100000)
        return misused(self, "--timeout is at least 100ms");
    return target_check(self, &o->to);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct send_options o = {.batch = 500, .retry_for_us = 300000000, .timeout_us = 30000000};
    const struct option_spec options[] = {
        TARGET_OPTIONS(o.to),
        {OPTION_COUNT, "batch", "N", "events in one request (default: 500)", &o.batch},
        {OPTION_FLAG, "gzip", NULL, "compress what is sent", &o.gzip},
        {OPTION_DURATION, "retry-for", "TIME", "how long a request may be tried (default: 5m)",
         &o.retry_for_us},
        {OPTION_DURATION, "timeout", "TIME", "how long one try may take (default: 30s)",
         &o.timeout_us},
        {OPTION_TEXT, "errors", "FILE", "write what was not accepted there, as NDJSON", &o.errors},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct target to;
    struct err err = {0};

    if (code < 0)
        code = check_options(self, &o, argc);
    if (code >= 0)
        return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (target_find(&to, &o.to, &err) < 0)
        code = err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
    else
        code = send_file(self, &o, argv[0], to.url, to.key);
    target_free(&to);
    return code;
}

const struct command command_send = {
    .name = "send",
    .summary = "delivers events from a file or a pipe, safely more than once",
    .arguments = "FILE|-",
    .description =
        "Reads one event as JSON a line and posts them in batches. An event without an id is "
        "given\n"
        "one before the first try, so that tries after a lost answer are counted once. Waits and\n"
        "tries again where the collector cannot be reached, is busy or full.\n\n"
        "Exit codes: 0 all accepted or known already, 3 some were quarantined or refused, 1 not "
        "all\n"
        "could be delivered, 2 misused.",
    .run = run,
};
