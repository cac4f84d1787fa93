/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: `weir send`: events from a file or a pipe to a collector. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/cmd.h"
#include "cmd/lines.h"
#include "cmd/send_report.h"
#include "cmd/sender.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

struct send_options {
    const char *config, *url, *key, *source, *errors;
    uint64_t batch;
    int64_t retry_for_us, timeout_us;
    bool gzip;
};

/* The source named, or the only one that `weir send` can speak for. */
static const struct settings_source *choose_source(const struct settings *s, const char *name,
                                                   struct err *err)
{
    const struct settings_source *found = NULL;
    size_t servers = 0;

    for (size_t i = 0; i < s->source_count; i++) {
        const struct settings_source *source = &s->sources[i];

        servers += source->kind == SOURCE_SERVER;
        if (name ? strcmp(source->name, name) == 0 : source->kind == SOURCE_SERVER)
            found = source;
    }
    if (!found || (!name && servers > 1)) {
        if (name)
            err_set(err, ERR_USAGE, "%s has no source `%s`", s->file, name);
        else
            err_set(err, ERR_USAGE, "%s has %zu server sources: choose one with --source", s->file,
                    servers);
        return NULL;
    }
    if (found->kind != SOURCE_SERVER) {
        err_set(err, ERR_USAGE,
                "source `%s` is no server source: browser keys work from their pages only, and "
                "gateways sign",
                found->name);
        return NULL;
    }
    return found;
}

/* KEY, file:PATH or env:NAME, so that it need not stand in the list of processes. */
static char *read_key(const char *text, struct err *err)
{
    struct str bytes, key;
    char *copy;

    if (strncmp(text, "env:", 4) == 0) {
        const char *value = getenv(text + 4);

        if (value)
            return xstrdup(value);
        err_set(err, ERR_USAGE, "--key: there is no $%s", text + 4);
        return NULL;
    }
    if (strncmp(text, "file:", 5) != 0)
        return xstrdup(text);
    if (io_read_file(io_system(), text + 5, 4096, &bytes, err) < 0)
        return NULL;
    key = str_trim(bytes);
    copy = xmemdup(key.ptr, key.len);
    free((char *)(uintptr_t)bytes.ptr);
    return copy;
}

static int find_collector(const struct send_options *o, char **url, char **key, struct err *err)
{
    const struct settings_source *source;
    struct settings *settings;

    if (o->url) {
        size_t len = strlen(o->url);

        while (len && o->url[len - 1] == '/')
            len--;
        *key = read_key(o->key, err);
        if (!*key)
            return -1;
        *url = xmemdup(o->url, len);
        return 0;
    }
    if (load_settings(&settings, o->config, err) < 0) {
        err->code = ERR_IO; /* what is wrong in the file is no misuse of this command */
        return -1;
    }
    source = choose_source(settings, o->source, err);
    if (source) {
        *key = xstrdup(source->key);
        *url = address_find(settings, "collector", &settings->collector.listen);
    }
    settings_free(settings);
    return source ? 0 : -1;
}

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
    if (!o->url != !o->key)
        return misused(self, "--url and --key go together");
    if (o->url && (o->config || o->source))
        return misused(self, "--url takes the place of --config and --source");
    if (o->timeout_us < 100000)
        return misused(self, "--timeout is at least 100ms");
    return -1;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct send_options o = {.batch = 500, .retry_for_us = 300000000, .timeout_us = 30000000};
    const struct option_spec options[] = {
        OPTION_CONFIG(o.config),
        {OPTION_TEXT, "source", "NAME", "the source to send as, where the settings have several",
         &o.source},
        {OPTION_TEXT, "url", "URL", "a collector elsewhere: http://HOST:PORT; needs --key", &o.url},
        {OPTION_TEXT, "key", "KEY", "its source's key: text, file:PATH or env:NAME", &o.key},
        {OPTION_COUNT, "batch", "N", "events in one request (default: 500)", &o.batch},
        {OPTION_FLAG, "gzip", NULL, "compress what is sent", &o.gzip},
        {OPTION_DURATION, "retry-for", "TIME", "how long a request may be tried (default: 5m)",
         &o.retry_for_us},
        {OPTION_DURATION, "timeout", "TIME", "how long one try may take (default: 30s)",
         &o.timeout_us},
        {OPTION_TEXT, "errors", "FILE", "write what was not accepted there, as NDJSON", &o.errors},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    char *url = NULL, *key = NULL;
    struct err err = {0};

    if (code < 0)
        code = check_options(self, &o, argc);
    if (code >= 0)
        return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (find_collector(&o, &url, &key, &err) < 0) {
        code = err.code == ERR_USAGE ? misused(self, "%s", err.text) : failed(self, &err);
    } else {
        code = send_file(self, &o, argv[0], url, key);
    }
    free(url);
    free(key);
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
