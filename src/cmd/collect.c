/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c: `weir collect`: the process that receives, admits and keeps events. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "admit/admit.h"
#include "admit/cardinality.h"
#include "admit/unauthorised.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "catalogue/budget.h"
#include "cmd/address.h"
#include "cmd/cmd.h"
#include "cmd/flow_keys.h"
#include "cmd/notify.h"
#include "cmd/noting.h"
#include "cmd/patience.h"
#include "cmd/read_catalogue.h"
#include "cmd/reloading.h"
#include "cmd/replay.h"
#include "cmd/service.h"
#include "cmd/tidying.h"
#include "cmd/turns.h"
#include "collector/carriage.h"
#include "collector/collector.h"
#include "collector/control.h"
#include "collector/tally.h"
#include "journal/journal.h"
#include "privacy/place.h"
#include "privacy/pseudonym.h"
#include "privacy/useragent.h"

enum {
    TICK_S = 1,
    ROTATE_EVERY_S = 60,
    SAVE_EVERY_S = 5,
    DAMAGES_TOLD = 100, /* one by one */
    DAMAGED_BYTES = 64 << 20, /* that are kept aside */
    LOCK_WAIT_S = 10, /* for a collector that is just ending */
};

/* In the order in which they are made; unmade in reverse. */
struct collecting {
    struct settings *settings;
    struct pseudonyms *pseudonyms;
    struct useragents *useragents;
    struct places *places;
    struct sources *sources;
    struct budgets *budgets;
    struct cardinality *cardinality;
    struct unauthorised *unauthorised;
    struct catalogue *catalogue; /* until admission takes it */
    struct flow_keys *flow_keys; /* NULL: none */
    struct carried *carried; /* flows under tokens */
    struct admission *admission;
    struct tally *tally;
    struct journal *journal;
    unsigned damages; /* that were found while it opened */
    struct ledger *ledger;
    struct carriage *carriage;
    struct noting *noting;
    struct tidying *tidying;
    struct reloading reloading;
    struct collector *collector;
    struct control *control;
};

/* What commands ask of this process, on the control thread. */
static int say_status(void *ctx, struct yyjson_val *request, struct buf *members, struct err *err)
{
    struct collecting *c = ctx;
    struct journal_stats stats;

    (void)request, (void)err;
    journal_stats(c->journal, &stats);
    buf_printf(members, "\"version\":\"%s\",\"pid\":%d,\"position\":%lld", WEIR_VERSION,
               (int)getpid(), (long long)stats.last_position);
    return 0;
}

static int decide(struct collecting *c, struct yyjson_val *request, struct buf *members,
                  int (*run)(const struct replay_parts *parts, struct yyjson_val *request,
                             struct buf *members, struct err *err),
                  struct err *err)
{
    AUTO_FREE char *dir = settings_data_path(c->settings, "journal");
    const struct replay_parts parts = {.admission = c->admission,
                                       .journal = c->journal,
                                       .ledger = c->ledger,
                                       .journal_dir = dir,
                                       .catalogue_dir = c->settings->catalogue};

    return run(&parts, request, members, err);
}

static int replay(void *ctx, struct yyjson_val *request, struct buf *members, struct err *err)
{
    return decide(ctx, request, members, replay_run, err);
}

static int drop(void *ctx, struct yyjson_val *request, struct buf *members, struct err *err)
{
    return decide(ctx, request, members, replay_drop, err);
}

static int reload(void *ctx, struct yyjson_val *request, struct buf *members, struct err *err)
{
    struct collecting *c = ctx;

    return reloading_by_command(&c->reloading, request, members, err);
}

static const struct control_command control_commands[] = {
    {"status", say_status},    {"reload", reload}, {"quarantine.replay", replay},
    {"quarantine.drop", drop}, {NULL, NULL},
};

static bool key_of(void *ctx, enum journal_kind kind, struct str payload, struct journal_key *out)
{
    struct uuid id;

    if (kind == JOURNAL_NOTE || !admit_key_of(ctx, payload, &id, &out->source))
        return false;
    memcpy(out->id, id.b, sizeof out->id);
    return true;
}

static struct str name_of(void *ctx, uint32_t source)
{
    return admit_source_name(ctx, source);
}

static uint32_t number_of(void *ctx, struct str source)
{
    return admit_source_number(ctx, source);
}

static int open_privacy(struct collecting *c, struct err *err)
{
    AUTO_FREE char *keys = settings_data_path(c->settings, "keys");

    if (pseudonyms_open(&c->pseudonyms, io_system(), keys, err) < 0)
        return -1;
    if (useragents_new(&c->useragents, err) < 0)
        return -1;
    return c->settings->place_file ? places_open(&c->places, c->settings->place_file, err) : 0;
}

static int open_admission(struct collecting *c, struct err *err)
{
    AUTO_FREE char *budgets = settings_data_path(c->settings, "budgets");
    AUTO_FREE char *values = settings_data_path(c->settings, "values");

    if (budgets_open(&c->budgets, io_system(), budgets, err) < 0)
        return -1;
    if (read_catalogue(c->settings, READ_SAY_ALL, &c->catalogue, err) < 0)
        return -1;
    if (sources_new(&c->sources, c->settings, err) < 0)
        return -1;
    if (cardinality_open(&c->cardinality,
                         &(struct cardinality_opts){.io = io_system(),
                                                    .path = values,
                                                    .settings = c->settings,
                                                    .now_us = clock_now_us()},
                         err) < 0)
        return -1;
    c->unauthorised = unauthorised_new(sources_count(c->sources));
    c->flow_keys = flow_keys_of(c->settings);
    if (admission_new(&c->admission,
                      &(struct admission_opts){.sources = c->sources,
                                               .catalogue = c->catalogue,
                                               .pseudonyms = c->pseudonyms,
                                               .useragents = c->useragents,
                                               .places = c->places,
                                               .carried = c->carried,
                                               .flow_keys = c->flow_keys,
                                               .budgets = c->budgets,
                                               .cardinality = c->cardinality,
                                               .unauthorised = c->unauthorised},
                      err) < 0)
        return -1;
    c->catalogue = NULL;
    return 0;
}

static void on_commit(void *ctx, const struct journal_batch *first, const struct journal_batch *end)
{
    struct collecting *c = ctx;

    tally_commit(c->tally, first, end);
    carriage_commit(c->carried, first, end);
}

/* Says what open finds damaged: where, what was lost by it, and where the bytes are kept. */
static void tell_damage(void *ctx, const struct journal_damage *d)
{
    static const char *const kept[] = {
        [JOURNAL_KEPT] = "; copied to damaged/",
        [JOURNAL_KEPT_BEFORE] = "; was copied to damaged/ before",
        [JOURNAL_KEPT_TOO_MUCH] = "; not copied: damaged/ is full",
        [JOURNAL_KEPT_FAILED] = "; could not be copied to damaged/",
    };
    struct collecting *c = ctx;
    char lost[80] = "";

    if (c->damages++ >= DAMAGES_TOLD) /* open_journal tells how many there are */
        return;
    if (d->first)
        snprintf(lost, sizeof lost, "; positions %lld to %lld are lost", (long long)d->first,
                 (long long)d->last);
    log_error("journal/%s at byte %llu, %llu bytes: %s%s%s", d->file[0] ? d->file : "commit",
              (unsigned long long)d->offset, (unsigned long long)d->bytes, d->what, lost,
              kept[d->kept] ? kept[d->kept] : "");
}

static int open_journal(struct collecting *c, struct err *err)
{
    AUTO_FREE char *dir = settings_data_path(c->settings, "journal");
    const struct journal_opts opts = {.io = io_system(),
                                      .dir = dir,
                                      .segment_bytes = c->settings->journal.segment_bytes,
                                      .reserve_bytes = c->settings->journal.reserve_bytes,
                                      .damaged_bytes = DAMAGED_BYTES,
                                      .on_damage = tell_damage,
                                      .damage_ctx = c,
                                      .recent_bytes = c->settings->journal.recent_bytes,
                                      .duplicate_window_us =
                                          c->settings->journal.duplicate_window_us,
                                      .key_of = key_of,
                                      .source_name = name_of,
                                      .source_number = number_of,
                                      .key_ctx = c->admission,
                                      .on_commit = on_commit,
                                      .commit_ctx = c};
    struct patience patience = {.most_us = LOCK_WAIT_S * INT64_C(1000000)};
    struct journal_stats stats;

    while (journal_open(&c->journal, &opts, err) < 0)
        if (!patience_left(&patience, err))
            return -1;
    journal_stats(c->journal, &stats);
    if (stats.torn_bytes)
        log_warn("journal: cut %llu bytes that were never acknowledged",
                 (unsigned long long)stats.torn_bytes);
    if (stats.damaged)
        log_error(
            "journal: places that do not verify: %llu, positions lost: %llu; the bytes stay where "
            "they are",
            (unsigned long long)stats.damaged, (unsigned long long)stats.lost);
    return 0;
}

static void say_trouble(void *ctx, const char *text)
{
    (void)ctx;
    log_error("ledger: %s", text);
}

/* After the journal, whose records are counted where the ledger has them not. */
static int open_ledger(struct collecting *c, struct err *err)
{
    AUTO_FREE char *dir = settings_data_path(c->settings, "ledger");
    AUTO_FREE char *journal = settings_data_path(c->settings, "journal");
    AUTO_FREE struct str *names = xcalloc(sources_count(c->sources) + 1, sizeof *names);
    const struct tally_opts opts = {.io = io_system(),
                                    .ledger_dir = dir,
                                    .journal_dir = journal,
                                    .mode = LEDGER_WRITE,
                                    .sources = names,
                                    .source_count = (unsigned)sources_count(c->sources),
                                    .on_trouble = say_trouble};
    struct patience patience = {.most_us = LOCK_WAIT_S * INT64_C(1000000)};

    for (size_t i = 0; i < sources_count(c->sources); i++)
        names[i] = source_name(sources_at(c->sources, i));
    while (tally_open(&c->ledger, &opts, err) < 0)
        if (!patience_left(&patience, err))
            return err_prefix(err, "ledger");
    tally_begin(c->tally, c->ledger);
    for (unsigned i = 0; i < sources_count(c->sources); i++)
        source_begin_aside(sources_at(c->sources, i),
                           ledger_on_day(c->ledger, i, LEDGER_QUARANTINED_BYTES, clock_now_us()),
                           clock_now_us());
    return 0;
}

static void say_flow_trouble(void *ctx, const char *text)
{
    (void)ctx;
    log_warn("flows under tokens: %s", text);
}

static int open_carriage(struct collecting *c, struct err *err)
{
    AUTO_FREE char *flows = settings_data_path(c->settings, "flows");
    AUTO_FREE char *journal = settings_data_path(c->settings, "journal");

    if (carriage_open(&c->carriage,
                      &(struct carriage_opts){.io = io_system(),
                                              .flows_dir = flows,
                                              .journal_dir = journal,
                                              .carried = c->carried,
                                              .on_trouble = say_flow_trouble},
                      err) < 0)
        return err_prefix(err, "flows under tokens");
    return 0;
}

static void sync_carriage(struct collecting *c, bool *failing)
{
    struct err err = {0};
    bool failed = c->carriage && carriage_sync(c->carriage, &err) < 0;

    if (failed && !*failing)
        log_error("flows under tokens: %s; a start reads the journal for them", err.text);
    *failing = failed;
}

static void sync_ledger(struct collecting *c, bool *failing)
{
    struct err err = {0};
    bool failed = ledger_sync(c->ledger, &err) < 0;

    if (failed && !*failing)
        log_error("ledger: %s", err.text);
    *failing = failed;
}

/* What is lost by a crash in between lets a budget grow by that much, no more. */
static void save_budgets(struct collecting *c)
{
    struct err err = {0};

    if (c->budgets && budgets_save(c->budgets, &err) < 0)
        log_error("values that parameters have taken: %s", err.text);
    if (c->cardinality && cardinality_save(c->cardinality, &err) < 0)
        log_error("values that fields have taken: %s", err.text);
}

static void close_all(struct collecting *c)
{
    bool all_decided, failing = false;

    control_stop(c->control);
    if (c->collector)
        address_withdraw(c->settings, "collector");
    all_decided = collector_stop(c->collector);
    save_budgets(c);
    noting_end(c->noting);
    noting_free(c->noting);
    tidying_stop(c->tidying);
    if (c->tally && !c->ledger)
        tally_begin(c->tally, NULL);
    reloading_free(&c->reloading);
    journal_close(c->journal);
    sync_carriage(c, &failing);
    carriage_close(c->carriage);
    ledger_close(c->ledger, all_decided);
    tally_free(c->tally);
    admission_free(c->admission);
    carried_free(c->carried);
    flow_keys_free(c->flow_keys);
    catalogue_free(c->catalogue);
    budgets_close(c->budgets);
    cardinality_close(c->cardinality);
    unauthorised_free(c->unauthorised);
    sources_free(c->sources);
    places_close(c->places);
    useragents_free(c->useragents);
    pseudonyms_close(c->pseudonyms);
    settings_free(c->settings);
}

static int open_all(struct collecting *c, struct err *err)
{
    if (make_data_folder(c->settings, err) < 0)
        return -1;
    c->tally = tally_new();
    c->carried = carried_new(&(struct carried_opts){.expiry_us = c->settings->flows.expiry_us});
    if (open_privacy(c, err) < 0 || open_admission(c, err) < 0 || open_journal(c, err) < 0 ||
        open_ledger(c, err) < 0 || open_carriage(c, err) < 0)
        return -1;
    if (tidying_start(&c->tidying, c->journal, &c->settings->journal, err) < 0)
        return -1;
    reloading_init(&c->reloading, c->settings, c->admission, c->journal);
    c->noting = noting_new(c->journal, c->sources, c->unauthorised, c->cardinality);
    if (collector_start(&c->collector,
                        &(struct collector_opts){.settings = c->settings,
                                                 .admission = c->admission,
                                                 .sources = c->sources,
                                                 .flow_keys = c->flow_keys,
                                                 .journal = c->journal,
                                                 .ledger = c->ledger,
                                                 .carried = c->carried,
                                                 .cardinality = c->cardinality},
                        err) < 0)
        return -1;
    address_publish(c->settings, "collector", &c->settings->collector.listen,
                    collector_port(c->collector));
    return control_start(
        &c->control,
        &(struct control_opts){.dir = c->settings->data, .commands = control_commands, .ctx = c},
        err);
}

static void rotate_keys(struct collecting *c)
{
    struct err err = {0};

    if (pseudonyms_rotate(c->pseudonyms, clock_now_us(), &err) < 0)
        log_error("daily keys: %s", err.text);
}

/* Waits for signals and looks after what needs looking after. Returns the exit code. */
static int run_until_stopped(struct collecting *c, const sigset_t *signals)
{
    const struct timespec tick = {.tv_sec = TICK_S};
    struct journal_stats stats;
    bool ledger_failing = false, carriage_failing = false, failed = false;

    for (unsigned seconds = 1;; seconds++) {
        int got = sigtimedwait(signals, NULL, &tick);

        if (got == SIGTERM || got == SIGINT)
            return EXIT_DONE;
        if (got == SIGHUP)
            reloading_by_signal(&c->reloading);
        if (seconds % ROTATE_EVERY_S == 0)
            rotate_keys(c);
        if (seconds % SAVE_EVERY_S == 0)
            save_budgets(c);
        noting_tick(c->noting, clock_monotonic_us());
        sync_ledger(c, &ledger_failing);
        sync_carriage(c, &carriage_failing);
        journal_stats(c->journal, &stats);
        if (failed)
            return EXIT_TRY_LATER;
        failed = stats.failed;
        if (failed) /* a second more, in which clients and who looks after us hear why */
            log_error("the journal's disk failed; nothing more is accepted until a new start");
    }
}

/* Acknowledgements come before the engine's answers: all threads, as none is there yet. */
static void come_first(void)
{
    struct err err = {0};

    if (turns_be_short(&err) < 0)
        log_warn("the collector waits for the processor as others do: %s", err.text);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct collecting c = {0};
    int code = service_begin(self, argc, argv, "weir collect", &c.settings);
    struct err err = {0};
    sigset_t signals;

    if (code >= 0)
        return code;
    service_block_signals(&signals);
    come_first();
    if (open_all(&c, &err) < 0) {
        code = failed_to_start(self, &err);
    } else {
        service_ready("listening on", &c.settings->collector.listen, collector_port(c.collector));
        code = run_until_stopped(&c, &signals);
        notify_systemd("STOPPING=1");
    }
    close_all(&c);
    return code;
}

const struct command command_collect = {
    .name = "collect",
    .summary = "runs the collector alone: HTTP in, journal out",
    .arguments = "",
    .description =
        "Receives events, holds each to the catalogue, strips what must not be kept, and answers\n"
        "once they are safely on disk. Needs no engine: what it keeps waits in the journal.\n"
        "SIGHUP reads the catalogue again, as `weir reload` does (one that is broken, or by which\n"
        "most of the last events would be quarantined, changes nothing), not the settings; "
        "SIGTERM\n"
        "ends after answering what waits. Exit code 75: the disk failed, start it again.",
    .run = run,
};
