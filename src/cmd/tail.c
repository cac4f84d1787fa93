/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c: `weir tail`: events as they become durable, straight from the journal. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"
#include "console/feed.h"

enum { POLL_MS = 100, LINE_MAX_BYTES = 4 * 1024 * 1024 };

struct tail {
    struct feed_filter filter;
    bool once, hidden;
    bool terminal; /* shows them */
    struct feed *feed;
    struct buf line;
    uint64_t damaged;
};

static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int signal_number)
{
    stop_asked = signal_number;
}

static int show_event(struct tail *t, const struct feed_event *event, struct err *err)
{
    if (!feed_fits(&t->filter, event->record))
        return 0;
    buf_reset(&t->line, LINE_MAX_BYTES);
    record_to_json(&t->line, event->record, event->position, t->hidden);
    if (buf_failed(&t->line))
        return err_set(err, ERR_LIMIT, "position %" PRId64 ": too large to show", event->position);
    if (t->terminal ? shown_write(stdout, buf_as_str(&t->line), &(unsigned char){0}) < 0
                    : fwrite(t->line.ptr, 1, t->line.len, stdout) != t->line.len)
        return err_set(err, ERR_IO, "write to standard output: %s", strerror(errno));
    return 0;
}

/* Everything that is there now; -1 when nothing more can be done. */
static int show_what_is_there(struct tail *t, struct err *err)
{
    struct feed_event event;

    while (!stop_asked) {
        int got = feed_next(t->feed, &event, err);

        if (got == 0)
            return 0;
        if (got < 0 && err->code == ERR_CORRUPT) {
            fprintf(stderr, "weir tail: %s\n", err->text);
            t->damaged++;
            continue;
        }
        if (got < 0)
            return -1;
        if (show_event(t, &event, err) < 0)
            return -1;
    }
    return 0;
}

static int follow(struct tail *t, struct err *err)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

    while (!stop_asked) {
        if (show_what_is_there(t, err) < 0)
            return -1;
        if (fflush(stdout) != 0)
            return err_set(err, ERR_IO, "write to standard output: %s", strerror(errno));
        if (t->once)
            return 0;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int open_near_end(struct tail *t, const char *dir, uint64_t lines, struct err *err)
{
    if (feed_open_near_end(&t->feed, dir, lines, err) < 0)
        return -1;
    if (feed_durable(t->feed) == 0 && !t->once)
        fprintf(stderr, "weir tail: nothing is in %s yet: waiting for events\n", dir);
    return 0;
}

static int tail_journal(const struct command *self, struct tail *t, const struct settings *s,
                        uint64_t lines)
{
    AUTO_FREE char *dir = settings_data_path(s, "journal");
    struct sigaction action = {.sa_handler = ask_to_stop};
    struct err err = {0};
    int result;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    t->terminal = isatty(STDOUT_FILENO);
    buf_init(&t->line, LINE_MAX_BYTES);
    result = open_near_end(t, dir, lines, &err);
    if (result == 0)
        result = follow(t, &err);
    feed_close(t->feed);
    buf_free(&t->line);
    if (result < 0)
        return failed(self, &err);
    return t->damaged ? EXIT_WANTING : EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    struct tail t = {0};
    bool quarantined = false;
    uint64_t lines = 10;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "name", "PATTERN", "only events of this name; * and ? match", &t.filter.name},
        {OPTION_TEXT, "source", "PATTERN", "only events of this source; likewise",
         &t.filter.source},
        {OPTION_FLAG, "quarantined", NULL, "only quarantined events", &quarantined},
        {OPTION_COUNT, "lines", "N", "begin with the last N (default: 10)", &lines},
        {OPTION_FLAG, "once", NULL, "end after what is there instead of waiting for more", &t.once},
        {OPTION_FLAG, "hidden", NULL, "show hidden values", &t.hidden},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (quarantined)
        t.filter.verdict = FEED_QUARANTINED;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    code = tail_journal(self, &t, settings, lines);
    settings_free(settings);
    return code;
}

const struct command command_tail = {
    .name = "tail",
    .summary = "shows events as they arrive, one JSON object a line",
    .arguments = "",
    .description =
        "Reads the journal, so it needs no running process and shows only what is safely on disk.\n"
        "Quarantined events are among them, with their errors.\n"
        "Values that the catalogue hides are shown as \"(hidden)\" unless --hidden is given.\n"
        "Ends on Ctrl-C. Exit code 3: some of the journal did not verify (said on standard "
        "error).\n\n"
        "  weir tail --name 'flow.*'\n"
        "  weir tail --quarantined\n"
        "  weir tail --lines 1000 --once | jq .name",
    .filter = true,
    .run = run,
};
