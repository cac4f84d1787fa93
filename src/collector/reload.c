/* SPDX-License-Identifier: Apache-2.0 */
/* reload.c: the order in which a new catalogue comes into use.
 *
 *     load → compare → trial → prepare → note, durable → swap
 *
 * All that can fail stands before the note; the swap behind it cannot. An event whose position is
 * above the note's may still have been admitted by the old catalogue: its request had begun. A crash
 * between note and swap is a start, which reads the same folder. */
#include "collector/reload.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "catalogue/compare.h"
#include "collector/note.h"

enum { NOTE_MAX = 4096 };

static int refuse(struct reload_report *r, enum reload_end end)
{
    r->end = end;
    return -1;
}

static void put_at(struct buf *out, const char *name)
{
    char at[DATETIME_SIZE];

    datetime_format(at, clock_now_us(), DATETIME_MICROSECONDS);
    buf_printf(out, "{\"note\":\"%s\",\"at\":\"%s\"", name, at);
}

static void put_hash(struct buf *out, const char *key, const uint8_t *hash)
{
    char hex[2 * CATALOGUE_HASH_BYTES];

    hex_encode(hex, hash, CATALOGUE_HASH_BYTES);
    buf_printf(out, ",\"%s\":\"%.*s\"", key, (int)sizeof hex, hex);
}

static void put_trial(struct buf *out, const struct trial *t)
{
    buf_printf(out,
               ",\"dry_run\":{\"checked\":%llu,\"would_quarantine\":%llu,\"quarantined\":%llu,"
               "\"would_pass\":%llu}",
               (unsigned long long)t->checked, (unsigned long long)t->would_quarantine,
               (unsigned long long)t->quarantined, (unsigned long long)t->would_pass);
}

static int note_reloaded(const struct reload_opts *opts, const struct reload_wish *wish,
                         struct reload_report *r, struct err *err)
{
    AUTO_BUF note;

    buf_init(&note, NOTE_MAX);
    put_at(&note, "catalogue.reloaded");
    buf_printf(&note, ",\"events\":%zu", r->events);
    put_hash(&note, "hash", r->hash);
    put_hash(&note, "previous", r->before);
    if (r->tried)
        put_trial(&note, &r->trial);
    buf_printf(&note, ",\"forced\":%s,\"by\":\"%s\"}", wish->forced ? "true" : "false", wish->by);
    CHECK(!buf_failed(&note));
    return note_write(opts->journal, buf_as_str(&note), &r->position, err);
}

static void note_refused(const struct reload_opts *opts, const struct reload_wish *wish,
                         struct reload_report *r)
{
    AUTO_BUF note;

    buf_init(&note, NOTE_MAX);
    put_at(&note, "catalogue.refused");
    buf_printf(&note, ",\"reason\":\"%s\"", reload_end_name(r->end));
    if (r->compared)
        put_hash(&note, "hash", r->hash);
    if (r->tried)
        put_trial(&note, &r->trial);
    buf_printf(&note, ",\"by\":\"%s\"}", wish->by);
    CHECK(!buf_failed(&note));
    r->unnoted = note_write(opts->journal, buf_as_str(&note), &r->position, NULL) < 0;
}

static void add_name(void *ctx, enum catalogue_difference what, struct str name)
{
    struct reload_report *r = ctx;
    struct reload_names *to = what == CATALOGUE_ADDED     ? &r->added
                              : what == CATALOGUE_REMOVED ? &r->removed
                                                          : &r->changed;

    if (to->count == RELOAD_NAMES_MAX) {
        to->more++;
        return;
    }
    if (!to->list)
        to->list = xcalloc(RELOAD_NAMES_MAX, sizeof *to->list);
    to->list[to->count++] = xmemdup(name.ptr, name.len);
}

static void compare(const struct reload_opts *opts, const struct catalogue *c,
                    struct reload_report *r)
{
    const struct admission_hold *hold = admission_hold(opts->admission);
    const struct catalogue *before = admission_catalogue(hold);

    r->compared = true;
    r->events = catalogue_event_count(c);
    r->events_before = catalogue_event_count(before);
    memcpy(r->hash, catalogue_hash(c), sizeof r->hash);
    memcpy(r->before, catalogue_hash(before), sizeof r->before);
    catalogue_compare(before, c, add_name, r);
    admission_release(opts->admission, hold);
}

static int make_trial(const struct reload_opts *opts, const struct reload_wish *wish,
                      const struct catalogue *c, struct reload_report *r, struct err *err)
{
    struct trial_opts trial = {.io = opts->io,
                               .journal_dir = opts->journal_dir,
                               .admission = opts->admission,
                               .catalogue = c,
                               .now_us = clock_now_us()};
    struct journal_stats stats;
    struct err why = {0};

    journal_stats(opts->journal, &stats);
    trial.first = stats.first_position;
    if (trial_run(&r->trial, &trial, &why) < 0) {
        if (wish->forced)
            return 0;
        refuse(r, RELOAD_UNSAFE);
        return err_set(err, why.code, "hold the last events to it: %s; --force takes it untried",
                       why.text);
    }
    r->tried = true;
    if (wish->forced || 2 * r->trial.would_quarantine <= r->trial.checked)
        return 0;
    refuse(r, RELOAD_UNSAFE);
    return err_set(err, ERR_DENIED,
                   "of the last %llu accepted events, %llu would be quarantined by it; "
                   "--force takes it all the same",
                   (unsigned long long)r->trial.checked,
                   (unsigned long long)r->trial.would_quarantine);
}

/* Takes c. */
static int put_in_place(const struct reload_opts *opts, const struct reload_wish *wish,
                        struct catalogue *c, struct reload_report *r, struct err *err)
{
    struct admission_hold *prepared;

    if (admission_prepare(opts->admission, c, &prepared, err) < 0) {
        catalogue_free(c);
        return refuse(r, RELOAD_FAILED);
    }
    if (note_reloaded(opts, wish, r, err) < 0) {
        admission_discard(prepared);
        return refuse(r, RELOAD_FAILED);
    }
    admission_put(opts->admission, prepared);
    r->end = RELOAD_DONE;
    return 0;
}

static int run(const struct reload_opts *opts, const struct reload_wish *wish,
               struct reload_report *r, struct err *err)
{
    struct catalogue *c;

    if (catalogue_load(&c, opts->catalogue_dir, &r->problems, err) < 0)
        return refuse(r, RELOAD_BROKEN);
    compare(opts, c, r);
    if (memcmp(r->hash, r->before, sizeof r->hash) == 0) {
        catalogue_free(c);
        r->end = RELOAD_SAME;
        return 0;
    }
    if (make_trial(opts, wish, c, r, err) < 0) {
        catalogue_free(c);
        return -1;
    }
    if (wish->dry_run) {
        catalogue_free(c);
        r->end = RELOAD_TRIED;
        return 0;
    }
    return put_in_place(opts, wish, c, r, err);
}

int reload_run(const struct reload_opts *opts, const struct reload_wish *wish,
               struct reload_report *out, struct err *err)
{
    int result;

    CHECK(opts->admission && opts->journal && wish->by);
    *out = (struct reload_report){0};
    result = run(opts, wish, out, err);
    if (result < 0 && !wish->dry_run)
        note_refused(opts, wish, out);
    return result;
}

static void free_names(struct reload_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->list[i]);
    free(n->list);
}

void reload_report_free(struct reload_report *r)
{
    problems_free(&r->problems);
    free_names(&r->added);
    free_names(&r->removed);
    free_names(&r->changed);
}
