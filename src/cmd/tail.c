/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c: `weir tail`: events as they become durable, straight from the journal. */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"
#include "event/record.h"
#include "journal/reader.h"

enum { POLL_MS = 100, LINE_MAX_BYTES = 4 * 1024 * 1024, ARENA_BYTES = 4 * 1024 * 1024 };

struct tail {
    const char *name, *source; /* patterns, or NULL */
    bool once, hidden, quarantined_only;
    bool terminal; /* shows them */
    struct journal_reader *reader;
    struct arena *arena;
    struct buf line;
    uint64_t damaged;
};

static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int signal_number)
{
    stop_asked = signal_number;
}

static bool matches(const char *pattern, struct str text)
{
    char copy[256];

    if (!pattern)
        return true;
    if (text.len >= sizeof copy)
        return false;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return fnmatch(pattern, copy, FNM_CASEFOLD) == 0;
}

static int show_event(struct tail *t, const struct journal_entry *entry, struct err *err)
{
    struct record rec;

    arena_reset(t->arena);
    if (record_decode(&rec, entry->payload, t->arena, err) < 0)
        return err_prefix(err, "position %" PRId64, entry->position);
    rec.received_us = entry->received_us;
    if (!matches(t->name, rec.name) || !matches(t->source, rec.source))
        return 0;
    if (t->quarantined_only && !(rec.flags & RECORD_QUARANTINED))
        return 0;
    buf_reset(&t->line, LINE_MAX_BYTES);
    record_to_json(&t->line, &rec, entry->position, t->hidden);
    if (buf_failed(&t->line))
        return err_set(err, ERR_LIMIT, "position %" PRId64 ": too large to show", entry->position);
    if (t->terminal ? shown_write(stdout, buf_as_str(&t->line), &(unsigned char){0}) < 0
                    : fwrite(t->line.ptr, 1, t->line.len, stdout) != t->line.len)
        return err_set(err, ERR_IO, "write to standard output: %s", strerror(errno));
    return 0;
}

/* Everything that is there now; -1 when nothing more can be done. */
static int show_what_is_there(struct tail *t, struct err *err)
{
    struct journal_entry entry;

    while (!stop_asked) {
        int got = journal_reader_next(t->reader, &entry, err);

        if (got == 0)
            return 0;
        if (got < 0 && err->code == ERR_CORRUPT) {
            fprintf(stderr, "weir tail: %s\n", err->text);
            t->damaged++;
            continue;
        }
        if (got < 0)
            return -1;
        if (entry.erased || (entry.kind != JOURNAL_EVENT && entry.kind != JOURNAL_QUARANTINE))
            continue; /* a note, nothing left to show, or of a later version */
        if (show_event(t, &entry, err) < 0)
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

/* Opens the journal behind its last `lines` records. */
static int open_near_end(struct tail *t, const char *dir, uint64_t lines, struct err *err)
{
    int64_t durable;

    if (journal_reader_open(&t->reader, io_system(), dir, 0, err) < 0)
        return -1;
    durable = journal_reader_durable(t->reader);
    if (durable == 0 && !t->once)
        fprintf(stderr, "weir tail: nothing is in %s yet: waiting for events\n", dir);
    if (lines >= (uint64_t)durable)
        return 0;
    journal_reader_close(t->reader);
    t->reader = NULL;
    return journal_reader_open(&t->reader, io_system(), dir, durable - (int64_t)lines, err);
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
    t->arena = arena_new(64 * 1024, ARENA_BYTES);
    buf_init(&t->line, LINE_MAX_BYTES);
    result = open_near_end(t, dir, lines, &err);
    if (result == 0)
        result = follow(t, &err);
    journal_reader_close(t->reader);
    buf_free(&t->line);
    arena_free(t->arena);
    if (result < 0)
        return failed(self, &err);
    return t->damaged ? EXIT_WANTING : EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    struct tail t = {0};
    uint64_t lines = 10;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "name", "PATTERN", "only events of this name; * and ? match", &t.name},
        {OPTION_TEXT, "source", "PATTERN", "only events of this source; likewise", &t.source},
        {OPTION_FLAG, "quarantined", NULL, "only quarantined events", &t.quarantined_only},
        {OPTION_COUNT, "lines", "N", "begin with the last N (default: 10)", &lines},
        {OPTION_FLAG, "once", NULL, "end after what is there instead of waiting for more", &t.once},
        {OPTION_FLAG, "hidden", NULL, "show hidden values", &t.hidden},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
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
