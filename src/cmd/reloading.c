/* SPDX-License-Identifier: Apache-2.0 */
/* reloading.c: runs a reload and tells the log what came of it. */
#include "cmd/reloading.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/log.h"
#include "cmd/read_catalogue.h"

void reloading_init(struct reloading *r, const struct settings *s, struct admission *admission,
                    struct journal *journal)
{
    r->journal_dir = settings_data_path(s, "journal");
    r->opts = (struct reload_opts){.io = io_system(),
                                   .catalogue_dir = s->catalogue,
                                   .journal_dir = r->journal_dir,
                                   .admission = admission,
                                   .journal = journal};
    CHECK(pthread_mutex_init(&r->mtx, NULL) == 0);
}

void reloading_free(struct reloading *r)
{
    if (!r->journal_dir)
        return;
    pthread_mutex_destroy(&r->mtx);
    free(r->journal_dir);
    r->journal_dir = NULL;
}

static void log_trial(const struct trial *t)
{
    for (size_t i = 0; i < t->kind_count; i++)
        log_warn("%llu events of %s would be quarantined: %s at %s",
                 (unsigned long long)t->kinds[i].events, t->kinds[i].name,
                 fault_code_name(t->kinds[i].code), t->kinds[i].path);
    if (t->other_kinds)
        log_warn("%llu events would be quarantined for other reasons",
                 (unsigned long long)t->other_kinds);
    if (t->unreadable)
        log_warn("%llu of the last records do not verify", (unsigned long long)t->unreadable);
}

static void log_report(const struct reload_report *r, const struct err *err)
{
    say_problems(&r->problems);
    if (r->tried && r->end != RELOAD_TRIED)
        log_trial(&r->trial);
    switch (r->end) {
    case RELOAD_DONE:
        log_info("the catalogue is read again: %zu events (%zu added, %zu removed, %zu changed)",
                 r->events, r->added.count + r->added.more, r->removed.count + r->removed.more,
                 r->changed.count + r->changed.more);
        break;
    case RELOAD_SAME: log_info("the catalogue's files have not changed"); break;
    case RELOAD_TRIED: break;
    default: log_error("the catalogue stays as it was: %s", err->text);
    }
    if (r->unnoted)
        log_error("the journal took no note of that");
}

static int reload(struct reloading *r, const struct reload_wish *wish, struct reload_report *out,
                  struct err *err)
{
    int result;

    pthread_mutex_lock(&r->mtx);
    result = reload_run(&r->opts, wish, out, err);
    pthread_mutex_unlock(&r->mtx);
    if (!wish->dry_run)
        log_report(out, err);
    return result;
}

void reloading_by_signal(struct reloading *r)
{
    struct reload_report report;
    struct err err = {0};

    reload(r, &(struct reload_wish){.by = "signal"}, &report, &err);
    reload_report_free(&report);
}

int reloading_by_command(struct reloading *r, struct yyjson_val *request, struct buf *members,
                         struct err *err)
{
    const struct reload_wish wish = {.dry_run = yyjson_get_bool(yyjson_obj_get(request, "dry_run")),
                                     .forced = yyjson_get_bool(yyjson_obj_get(request, "force")),
                                     .by = "command"};
    struct reload_report report;
    int result = reload(r, &wish, &report, err);

    reload_report_to_json(members, &report);
    reload_report_free(&report);
    return result;
}
