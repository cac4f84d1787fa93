/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild.c: `weir rebuild`: the store made anew from the journal, beside the one in use.
 *
 * What the journal does not hold any more is taken over from the store in use, as a copy that is cut
 * back to those positions. Promises that the store in use stays as it is until the new one is whole;
 * that nothing which was in it goes without a word: positions that neither has end the command unless
 * it is told to do without. How the files change places is rebuild_files.c's. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/engine_lock.h"
#include "cmd/modelling.h"
#include "cmd/read_catalogue.h"
#include "cmd/rebuild_files.h"
#include "cmd/retention.h"
#include "cmd/service.h"
#include "journal/cursor.h"
#include "journal/reader.h"
#include "model/model.h"
#include "sink/runner.h"
#include "store/carry.h"

enum {
    TICK_MS = 200,
    STILL_TICKS = 25, /* behind damage at its end, the journal gives nothing more */
};

extern const struct sink_ops sink_store;

static const char stopped[] = "stopped; the tables are as they were";

struct rebuild {
    struct settings *settings;
    struct rebuild_files files;
    bool without_older, discard_old;
    /* the journal */
    char *journal_dir;
    uint8_t journal[16];
    int64_t first, durable; /* the first that can be read: behind the last where none can */
    /* the store in use */
    struct store *old; /* NULL: there is none, or it is of no use */
    char why_not[240];
    int64_t old_position;
    /* the next one */
    struct store *next;
    struct models *models; /* of the next one */
    struct catalogue *catalogue;
    bool carried; /* it began as a copy of the one in use */
    struct runner_stats stats;
};

static struct store_opts opts_for(const struct rebuild *r, const char *file)
{
    return (struct store_opts){.file = file,
                               .memory_bytes = r->settings->store.memory_bytes,
                               .threads = (unsigned)r->settings->store.threads};
}

/* What there is. */

/* The collector deletes nothing that no sink has read. What the next store has read counts for nothing
 * until it is the one in use, so all is kept until an engine starts on either. */
static int hold_journal(struct rebuild *r, struct err *err)
{
    return cursor_publish(io_system(), r->journal_dir, sink_store.name, 0, err) < 0 ? -1 : 0;
}

static int look_at_journal(struct rebuild *r, struct err *err)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    int got = -1;

    if (journal_reader_open(&reader, io_system(), r->journal_dir, 0, err) < 0)
        return -1;
    if (!journal_reader_id(reader, r->journal)) {
        journal_reader_close(reader);
        return err_set(err, ERR_USAGE, "there is no journal in %s", r->journal_dir);
    }
    r->durable = journal_reader_durable(reader);
    while ((got = journal_reader_next(reader, &entry, err)) < 0 && err->code == ERR_CORRUPT)
        log_error("journal: %s", err->text);
    r->first = got > 0 ? entry.position : r->durable + 1;
    journal_reader_close(reader);
    return got < 0 ? -1 : 0;
}

static int check_old(struct rebuild *r, struct err *err)
{
    struct store_origin o;

    store_origin(r->old, &o);
    r->old_position = o.position;
    if (o.journal_known && memcmp(o.journal, r->journal, sizeof o.journal) != 0)
        return err_set(err, ERR_USAGE, "it comes from another journal");
    return store_settle(r->old, err); /* its log must not lie beside another database */
}

/* Opens the store in use, where it is one. */
static int look_at_old(struct rebuild *r, struct err *err)
{
    const struct store_opts opts = opts_for(r, r->files.current);

    if (access(r->files.current, F_OK) < 0) {
        snprintf(r->why_not, sizeof r->why_not, "there is none");
        return 0;
    }
    if (store_open(&r->old, &opts, err) == 0 && check_old(r, err) == 0)
        return 0;
    store_close(r->old);
    r->old = NULL;
    r->old_position = 0;
    if (err->code == ERR_BUSY || err->code == ERR_SPACE)
        return -1;
    snprintf(r->why_not, sizeof r->why_not, "%s", err->text);
    log_warn("the tables so far cannot be used: %s", r->why_not);
    return 0;
}

/* Positions that neither the journal nor the tables have are lost to the new ones. */
static int check_missing(const struct rebuild *r, struct err *err)
{
    int64_t last = r->first - 1;

    if (r->old && r->old_position > r->durable)
        log_warn("the tables have positions up to %" PRId64 ", the journal up to %" PRId64
                 ": rows behind that stay in the old file only",
                 r->old_position, r->durable);
    if (r->old_position >= last)
        return 0;
    if (r->without_older) {
        log_warn("going on without positions %" PRId64 " to %" PRId64, r->old_position + 1, last);
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "positions %" PRId64 " to %" PRId64 " are not in the journal any more, and not "
                   "in the tables%s%.80s; --without-older makes the tables without them",
                   r->old_position + 1, last, r->old ? "" : ": ", r->old ? "" : r->why_not);
}

/* The next store. */

static int begin_next(struct rebuild *r, struct err *err)
{
    const struct store_opts opts = opts_for(r, r->files.next);
    r->carried = r->old && r->first > 1;
    if (r->carried) {
        store_close(r->old);
        r->old = NULL;
        if (rebuild_files_copy(&r->files, err) < 0)
            return -1;
    }
    if (store_open(&r->next, &opts, err) < 0)
        return -1;
    if (r->carried)
        return store_cut(r->next, r->first, err);
    return r->old ? store_copy_deletions(r->next, r->old, err) : 0;
}

static int describe(struct rebuild *r, struct err *err)
{
    if (read_catalogue(r->settings, READ_SAY_ALL, &r->catalogue, err) < 0)
        return -1;
    return store_set_catalogue(r->next, r->catalogue, err);
}

static void show_progress(const struct rebuild *r, int64_t begun_us, int64_t from)
{
    double seconds = (double)(clock_monotonic_us() - begun_us) / 1e6;
    int64_t done = r->stats.position - from, all = r->durable - from;

    if (!isatty(STDERR_FILENO) || all <= 0)
        return;
    fprintf(stderr, "\r%" PRId64 " of %" PRId64 " records (%d %%), %.0f a second ", done, all,
            (int)(100 * done / all), seconds > 0 ? (double)done / seconds : 0);
    fflush(stderr);
}

/* Whether all that the journal had when it was looked at is there. */
static bool is_done(const struct rebuild *r, int64_t before, unsigned *still)
{
    *still = r->stats.position == before && !r->stats.failing ? *still + 1 : 0;
    return r->stats.position >= r->durable || (r->stats.damaged > 0 && *still >= STILL_TICKS);
}

static int follow(struct rebuild *r, struct runner *runner, const sigset_t *signals,
                  struct err *err)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    int64_t begun = clock_monotonic_us(), before, from;
    unsigned still = 0;

    runner_stats(runner, &r->stats);
    from = before = r->stats.position;
    while (!is_done(r, before, &still)) {
        before = r->stats.position;
        if (sigtimedwait(signals, NULL, &tick) > 0)
            return err_set(err, ERR_BUSY, "%s", stopped);
        runner_stats(runner, &r->stats);
        if (r->stats.broken)
            return err_set(err, ERR_IO, "%.230s", r->stats.error);
        show_progress(r, begun, from);
    }
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    return 0;
}

static int load(struct rebuild *r, const sigset_t *signals, struct err *err)
{
    const struct runner_opts opts = {
        .ops = &sink_store,
        .env = {.settings = r->settings, .store = r->next},
        .journal_dir = r->journal_dir,
        .unpublished = true,
    };
    struct runner *runner;
    int status;

    if (runner_start(&runner, &opts, err) < 0)
        return -1;
    status = follow(r, runner, signals, err);
    runner_stop(runner);
    return status;
}

static void show_models(struct rebuild *r)
{
    struct models_stats stats;

    if (!isatty(STDERR_FILENO))
        return;
    models_stats(r->models, &stats);
    fprintf(stderr, "\rderived tables: position %" PRId64 " of %" PRId64 " ",
            stats.remaking ? stats.remade : stats.position, stats.loaded);
    if (stats.position >= stats.loaded && !stats.remaking)
        fputc('\n', stderr);
    fflush(stderr);
}

/* Those of a copy are made anew, since its events were taken out and loaded again. */
static int make_models(struct rebuild *r, const sigset_t *signals, struct err *err)
{
    const struct timespec now = {0};
    struct catalogue *catalogue = r->catalogue;
    int status;

    r->catalogue = NULL;
    if (models_set_catalogue(r->models, catalogue, err) < 0)
        return -1;
    if (r->carried && models_remake(r->models, err) < 0)
        return -1;
    do {
        if (sigtimedwait(signals, NULL, &now) > 0)
            return err_set(err, ERR_BUSY, "%s", stopped);
        status = models_refresh(r->models, err);
        show_models(r);
    } while (status > 0);
    return status;
}

/* Rows that are past their time do not come back. */
static int delete_what_is_old(struct rebuild *r, struct err *err)
{
    struct retention *retention = retention_new(r->settings, r->next, r->models);
    int status = retention_finish(retention, "loaded again by weir rebuild", err);

    retention_free(retention);
    return status;
}

static int finish_next(struct rebuild *r, const sigset_t *signals, struct err *err)
{
    int status;

    if (models_open(&r->models, r->next, &r->settings->flows, err) < 0)
        return -1;
    status = modelling_settle(r->models, r->settings, err);
    if (status == 0)
        status = make_models(r, signals, err);
    if (status == 0)
        status = delete_what_is_old(r, err);
    models_free(r->models);
    return status;
}

static int make_next(struct rebuild *r, const sigset_t *signals, struct err *err)
{
    if (begin_next(r, err) < 0 || describe(r, err) < 0)
        return -1;
    store_close(r->old);
    r->old = NULL;
    if (load(r, signals, err) < 0 || finish_next(r, signals, err) < 0)
        return -1;
    return store_settle(r->next, err);
}

static void report(const struct rebuild *r, bool kept)
{
    printf("%s is made anew: %" PRIu64 " records of the journal, %" PRIu64 " set aside",
           r->files.current, r->stats.delivered, r->stats.rejected);
    if (r->first > 1)
        printf("; what is before position %" PRId64 " was taken over", r->first);
    printf("\n");
    if (r->stats.damaged > 0)
        printf("places of the journal that do not verify: %" PRIu64 "; `weir verify` names them\n",
               r->stats.damaged);
    if (kept)
        printf("the tables before are %s: remove that file once these are right\n", r->files.last);
}

static int rebuild(struct rebuild *r, const sigset_t *signals, struct err *err)
{
    bool kept;

    if (rebuild_files_clear(&r->files, err) < 0 || hold_journal(r, err) < 0 ||
        look_at_journal(r, err) < 0)
        return -1;
    if (look_at_old(r, err) < 0 || check_missing(r, err) < 0)
        return -1;
    if (make_next(r, signals, err) < 0)
        return -1;
    store_close(r->next);
    r->next = NULL;
    kept = access(r->files.current, F_OK) == 0 && (!r->discard_old || r->stats.damaged > 0);
    if (rebuild_files_swap(&r->files, kept, err) < 0)
        return -1;
    report(r, kept);
    return 0;
}

static int run_in_folder(const struct command *self, struct rebuild *r)
{
    struct err err = {0};
    AUTO_FD lock = -1;
    sigset_t signals;
    int code = EXIT_DONE;

    if (rebuild_files_check_owner(&r->files, &err) < 0 || make_data_folder(r->settings, &err) < 0)
        return failed(self, &err);
    lock = engine_lock(r->settings, &err);
    if (lock < 0)
        return failed(self, &err);
    umask(077);
    service_block_signals(&signals);
    r->journal_dir = settings_data_path(r->settings, "journal");
    if (rebuild(r, &signals, &err) < 0)
        code = failed(self, &err);
    store_close(r->old);
    store_close(r->next);
    catalogue_free(r->catalogue);
    if (code != EXIT_DONE)
        rebuild_files_clear(&r->files, NULL);
    free(r->journal_dir);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct rebuild r = {0};
    const char *config = NULL;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_FLAG, "without-older", NULL,
         "go on although some positions are neither in the journal|nor in the tables",
         &r.without_older},
        {OPTION_FLAG, "discard-old", NULL, "do not keep the tables before as weir.duckdb.old",
         &r.discard_old},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct err err = {0};

    if (code >= 0)
        return code;
    log_start("weir rebuild", LOG_INFO);
    if (load_settings(&r.settings, config, &err) < 0)
        return failed(self, &err);
    rebuild_files_init(&r.files, r.settings);
    code = run_in_folder(self, &r);
    rebuild_files_free(&r.files);
    settings_free(r.settings);
    return code;
}

const struct command command_rebuild = {
    .name = "rebuild",
    .summary = "makes the tables anew from the journal",
    .arguments = "",
    .description = "Loads the journal into a new database beside weir.duckdb and puts it in its "
                   "place when it\n"
                   "is whole; until then nothing changes, also if this is interrupted. Rows of "
                   "positions that\n"
                   "the journal does not hold any more are taken over from the tables there are. "
                   "Needs that no\n"
                   "engine runs; the collector may. The tables before are kept as weir.duckdb.old: "
                   "remove that\n"
                   "file once the new ones are right.",
    .run = run,
};
