/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: `weir engine`: the process that follows the journal and answers questions. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/book.h"
#include "cmd/cmd.h"
#include "cmd/engine_access.h"
#include "cmd/engine_decisions.h"
#include "cmd/engine_lock.h"
#include "cmd/engine_status.h"
#include "cmd/modelling.h"
#include "cmd/notify.h"
#include "cmd/patience.h"
#include "cmd/read_catalogue.h"
#include "cmd/retention.h"
#include "cmd/service.h"
#include "console/console.h"
#include "store/store.h"

enum {
    TICK_S = 1,
    BUSY_NS = 5000000, /* instead, while the models have more to do */
    NICENESS = 5, /* a third of the collector's share where both want all */
    FILE_WAIT_S = 40, /* for an engine that is just ending, or a question that reads the file */
};

/* In the order in which they are made; unmade in reverse. */
struct running {
    struct settings *settings;
    char *token_file, *password_file, *sessions_file, *exports_dir;
    int lock; /* -1: none */
    struct store *store;
    struct modelling *modelling;
    struct engine_status status;
    struct console *console;
    struct retention *retention;
    struct book *book;
    struct engine_decisions decisions;
};

static int open_store(struct running *e, struct err *err)
{
    AUTO_FREE char *file = settings_data_path(e->settings, "weir.duckdb");
    const struct store_opts opts = {.file = file,
                                    .export_dir = e->exports_dir,
                                    .memory_bytes = e->settings->store.memory_bytes,
                                    .reserve_bytes = e->settings->journal.reserve_bytes,
                                    .threads = (unsigned)e->settings->store.threads};
    struct patience patience = {.most_us = FILE_WAIT_S * INT64_C(1000000)};

    while ((e->lock = engine_lock(e->settings, err)) < 0)
        if (!patience_left(&patience, err))
            return -1;
    while (store_open(&e->store, &opts, err) < 0)
        if (!patience_left(&patience, err))
            return -1;
    return 0;
}

static int take_catalogue(struct running *e, enum read_what what, struct err *err)
{
    struct catalogue *catalogue;
    int status;

    book_read(e->book);
    if (read_catalogue(e->settings, what, &catalogue, err) < 0)
        return -1;
    status = store_set_catalogue(e->store, catalogue, err);
    if (status == 0)
        modelling_set_catalogue(e->modelling, catalogue);
    else
        catalogue_free(catalogue);
    return status;
}

/* The columns of what may come, before it comes. */
static int describe_catalogue(struct running *e, enum read_what what, struct err *err)
{
    int status = take_catalogue(e, what, err);

    engine_status_catalogue(&e->status, status, err);
    return status;
}

/* On the store's own sink's thread, behind the note of a reload. */
static void follow_catalogue(void *ctx)
{
    struct err err = {0};

    if (describe_catalogue(ctx, READ_SAY_NOTHING, &err) < 0)
        log_error("the catalogue's columns stay as they were: %s", err.text);
    else
        log_info("the catalogue was reloaded: its columns are known");
}

static int start_sinks(struct running *e, struct err *err)
{
    AUTO_FREE char *dir = settings_data_path(e->settings, "journal");
    const struct sink_env env = {.settings = e->settings,
                                 .store = e->store,
                                 .catalogue_changed = follow_catalogue,
                                 .ctx = e};

    for (size_t i = 0; sinks[i]; i++) {
        const struct runner_opts opts = {.ops = sinks[i], .env = env, .journal_dir = dir};

        CHECK(e->status.sinks.count < ENGINE_SINKS_MAX);
        if (runner_start(&e->status.sinks.runners[e->status.sinks.count], &opts, err) < 0)
            return -1;
        e->status.sinks.count++;
    }
    return 0;
}

static int start_console(struct running *e, struct err *err)
{
    AUTO_FREE char *journal = settings_data_path(e->settings, "journal");
    const struct console_opts opts = {.listen = &e->settings->console.listen,
                                      .settings = e->settings,
                                      .access = &e->settings->console,
                                      .collector_url = engine_access_collector,
                                      .token_file = e->token_file,
                                      .password_file = e->password_file,
                                      .sessions_file = e->sessions_file,
                                      .spool_dir = e->settings->data,
                                      .store = e->store,
                                      .query_timeout_us = e->settings->console.query_timeout_us,
                                      .say = engine_access_say,
                                      .journal_dir = journal,
                                      .put_metrics = engine_status_put_metrics,
                                      .put_status = engine_status_put,
                                      .put_ledger = engine_status_put_ledger,
                                      .catalogue = book_callbacks(e->book),
                                      .decisions = &e->decisions.callbacks,
                                      .ctx = &e->status};

    return console_start(&e->console, &opts, err);
}

static void close_all(struct running *e)
{
    if (e->console)
        address_withdraw(e->settings, "console");
    console_stop(e->console);
    pulsing_stop(e->status.pulsing);
    for (size_t i = 0; i < e->status.sinks.count; i++)
        runner_stop(e->status.sinks.runners[i]);
    retention_free(e->retention);
    book_free(e->book);
    modelling_free(e->modelling);
    store_close(e->store);
    close_fd(&e->lock);
    free(e->token_file);
    free(e->password_file);
    free(e->sessions_file);
    free(e->exports_dir);
    engine_status_reset(&e->status);
    settings_free(e->settings);
}

static int open_all(struct running *e, struct err *err)
{
    e->token_file = settings_data_path(e->settings, "console.token");
    e->password_file = settings_data_path(e->settings, "console.password");
    e->sessions_file = settings_data_path(e->settings, "console.sessions");
    e->exports_dir = settings_data_path(e->settings, "exports");
    e->book = book_new(e->settings);
    if (make_data_folder(e->settings, err) < 0 || open_store(e, err) < 0)
        return -1;
    if (modelling_new(&e->modelling, e->settings, e->store, err) < 0)
        return -1;
    e->status.sinks.modelling = e->modelling;
    e->status.settings = e->settings;
    e->status.store = e->store;
    if (describe_catalogue(e, READ_SAY_ERRORS, err) < 0) {
        if (err->code != ERR_PARSE)
            return -1;
        log_error("the columns are those of the last good catalogue: %s", err->text);
    }
    if (start_sinks(e, err) < 0)
        return -1;
    engine_decisions_init(&e->decisions, e->settings, e->status.sinks.runners[0]);
    if (pulsing_start(&e->status.pulsing, e->settings, err) < 0)
        return -1;
    if (start_console(e, err) < 0)
        return -1;
    e->retention = retention_new(e->settings, e->store, modelling_models(e->modelling));
    address_publish(e->settings, "console", &e->settings->console.listen, console_port(e->console));
    return 0;
}

/* On the store's own sink's thread, between two batches. */
static int describe_again(void *ctx, struct err *err)
{
    return describe_catalogue(ctx, READ_SAY_NOTHING, err);
}

static void reload_catalogue(struct running *e)
{
    struct err err = {0};

    if (runner_between(e->status.sinks.runners[0], describe_again, e, &err) < 0)
        log_error("the catalogue's columns stay as they were: %s", err.text);
    else
        log_info("the catalogue is read again");
}

static bool are_models_due(struct running *e)
{
    struct runner_stats stats;

    runner_stats(e->status.sinks.runners[0], &stats);
    return modelling_is_due(e->modelling, stats.position);
}

/* Between two batches of loading. That the runner has ended is seen elsewhere. */
static void refresh_models(struct running *e)
{
    struct err err = {0};

    if (are_models_due(e))
        runner_between(e->status.sinks.runners[0], modelling_work, e->modelling, &err);
}

/* What is past its time leaves the tables while nothing waits to be loaded for it. */
static void delete_what_is_old(struct running *e)
{
    struct err err = {0};
    int64_t count;

    if (!retention_is_due(e->retention) || modelling_is_far_behind(e->modelling))
        return;
    if (runner_between(e->status.sinks.runners[0], retention_work, e->retention, &err) < 0)
        log_error("retention: %s", err.text);
    if (retention_is_due(e->retention))
        return; /* the round goes on at the next tick */
    count = retention_take_count(e->retention);
    if (count > 0)
        log_info("retention: %" PRId64 " rows or raw values are gone", count);
}

/* A question that nothing stops holds a core and a place: the process ends under it. What was read
 * is delivered before; the rest is read again at the next start. */
static _Noreturn void end_under_question(struct running *e)
{
    log_error("a question goes on long after it was told to end: the engine ends, to start anew");
    address_withdraw(e->settings, "console");
    for (size_t i = 0; i < e->status.sinks.count; i++)
        runner_stop(e->status.sinks.runners[i]);
    _exit(EXIT_TRY_LATER);
}

static bool is_broken(const struct running *e)
{
    for (size_t i = 0; i < e->status.sinks.count; i++) {
        struct runner_stats stats;

        runner_stats(e->status.sinks.runners[i], &stats);
        if (stats.broken)
            return true;
    }
    return false;
}

/* Waits for signals. Returns the exit code. */
static int run_until_stopped(struct running *e, const sigset_t *signals)
{
    const struct timespec tick = {.tv_sec = TICK_S}, busy = {.tv_nsec = BUSY_NS};

    for (;;) {
        int got = sigtimedwait(signals, NULL, modelling_is_busy(e->modelling) ? &busy : &tick);

        if (got == SIGTERM || got == SIGINT)
            return EXIT_DONE;
        if (got == SIGHUP)
            reload_catalogue(e);
        if (is_broken(e))
            return EXIT_TRY_LATER;
        if (console_is_stuck(e->console))
            end_under_question(e);
        refresh_models(e);
        delete_what_is_old(e);
    }
}

/* Events are acknowledged before questions are answered: all threads, as none is there yet. */
static void step_back(void)
{
    if (getpriority(PRIO_PROCESS, 0) < NICENESS && setpriority(PRIO_PROCESS, 0, NICENESS) < 0)
        log_warn("the engine runs with the collector's priority: %s", strerror(errno));
}

static int run(const struct command *self, int argc, char **argv)
{
    struct running e = {.lock = -1};
    int code = service_begin(self, argc, argv, "weir engine", &e.settings);
    struct err err = {0};
    sigset_t signals;

    if (code >= 0)
        return code;
    umask(077); /* DuckDB makes its files itself */
    service_block_signals(&signals);
    step_back();
    engine_status_init(&e.status);
    if (open_all(&e, &err) < 0) {
        code = failed_to_start(self, &err);
    } else {
        engine_access_show(e.settings, e.console);
        service_ready("console on", &e.settings->console.listen, console_port(e.console));
        code = run_until_stopped(&e, &signals);
        notify_systemd("STOPPING=1");
    }
    close_all(&e);
    return code;
}

const struct command command_engine = {
    .name = "engine",
    .summary = "runs the engine alone: journal in, answers out",
    .arguments = "",
    .description =
        "Follows the journal, brings every event into the store within a second or so, and "
        "answers\n"
        "questions at its console. Needs no collector: it waits for a journal to appear.\n"
        "SIGHUP reads the catalogue again, for new columns; SIGTERM ends after committing what "
        "was\n"
        "read. Exit code 75: the store takes nothing more until a new start.",
    .run = run,
};
