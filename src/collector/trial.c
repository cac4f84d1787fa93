/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c: finds where the last events begin, then holds one after another to the catalogue.
 *
 * Positions count all records, so how many of them are accepted events shows only by reading: the
 * window grows fourfold until it holds enough, and is then read a second time. At the usual share of
 * quarantined events that is the last thousand records twice. Leaves to restore.c the verdicts. */
#include "collector/trial.h"

#include <stdlib.h>

#include "admit/restore.h"
#include "base/check.h"
#include "base/mem.h"
#include "catalogue/describe.h"
#include "journal/reader.h"

enum { ARENA_KEEP = 64 * 1024, ARENA_MAX = 8 * 1024 * 1024 };

struct trying {
    const struct trial_opts *opts;
    struct trial *sums;
    struct arena *a;
    const struct admission_hold *hold;
    uint64_t skip; /* accepted events before the last ones */
};

/* Calls each() for every record of the window. */
static int read_window(struct trying *t, int64_t after, int64_t upto, uint64_t *unreadable,
                       void (*each)(struct trying *t, const struct journal_entry *entry),
                       struct err *err)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    struct err why = {0};
    int got;

    if (journal_reader_open(&reader, t->opts->io, t->opts->journal_dir, after, err) < 0)
        return -1;
    *unreadable = 0;
    for (;;) {
        got = journal_reader_next(reader, &entry, &why);
        if (got < 0 && why.code == ERR_CORRUPT) {
            ++*unreadable;
            continue;
        }
        if (got <= 0 || entry.position > upto)
            break;
        if (!entry.erased)
            each(t, &entry);
    }
    journal_reader_close(reader);
    return got < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

static void count_one(struct trying *t, const struct journal_entry *entry)
{
    t->skip += entry->kind == JOURNAL_EVENT;
}

static void set_text(char *out, size_t size, struct str text)
{
    size_t len = str_utf8_cut(text, size - 1);

    memcpy(out, text.ptr, len);
    out[len] = '\0';
}

/* The entry's own name: parameters in a record's name are values. */
static void set_name(struct trying *t, struct trial_kind *kind, struct str name)
{
    struct catalogue_match match;
    struct faults none = {0};

    if (catalogue_match(admission_catalogue(t->hold), name, t->a, &match, &none) == 0 ||
        catalogue_match(t->opts->catalogue, name, t->a, &match, &none) == 0)
        set_text(kind->name, sizeof kind->name, catalogue_event_name(match.event));
    else
        set_text(kind->name, sizeof kind->name, STR("(of an earlier catalogue)"));
}

static void count_kind(struct trying *t, struct str name, const struct fault *fault)
{
    struct trial_kind kind = {.code = fault->code};
    struct str path = fault->path, head = str_slice(path, 0, strlen("/properties/"));
    size_t slash = head.len + str_find(str_slice(path, head.len, path.len), '/');

    set_name(t, &kind, name);
    set_text(kind.path, sizeof kind.path, str_slice(path, 0, slash));
    for (size_t i = 0; i < t->sums->kind_count; i++) {
        struct trial_kind *k = &t->sums->kinds[i];

        if (k->code == kind.code && strcmp(k->path, kind.path) == 0 &&
            strcmp(k->name, kind.name) == 0) {
            k->events++;
            return;
        }
    }
    if (t->sums->kind_count == TRIAL_KINDS_MAX) {
        t->sums->other_kinds++;
        return;
    }
    kind.events = 1;
    t->sums->kinds[t->sums->kind_count++] = kind;
}

/* What the settings turn away by now says nothing about a catalogue. */
static bool is_of_settings(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->list[i].code == FAULT_EVENT_NOT_ALLOWED ||
            faults->list[i].code == FAULT_DOMAIN_NOT_PERMITTED)
            return true;
    return false;
}

static void try_one(struct trying *t, const struct journal_entry *entry)
{
    bool accepted = entry->kind == JOURNAL_EVENT;
    struct faults faults;
    struct record rec;
    enum again verdict;

    if (!accepted && entry->kind != JOURNAL_QUARANTINE)
        return;
    if (accepted && t->skip > 0) {
        t->skip--;
        return;
    }
    arena_reset(t->a);
    if (record_decode(&rec, entry->payload, t->a, NULL) < 0) {
        t->sums->unreadable++;
        return;
    }
    rec.received_us = entry->received_us;
    if (admit_try(t->opts->admission, t->opts->catalogue,
                  &(struct admit_again){
                      .rec = &rec, .now_us = t->opts->now_us, .a = t->a, .faults = &faults},
                  &verdict) < 0 ||
        verdict == AGAIN_UNFIT || (verdict == AGAIN_FAULTY && is_of_settings(&faults))) {
        t->sums->unfit++;
        return;
    }
    *(accepted ? &t->sums->checked : &t->sums->quarantined) += 1;
    if (!accepted)
        t->sums->would_pass += verdict == AGAIN_ACCEPTED;
    if (accepted && verdict == AGAIN_FAULTY) {
        t->sums->would_quarantine++;
        count_kind(t, rec.name, &faults.list[0]);
    }
}

static int compare_kinds(const void *a, const void *b)
{
    const struct trial_kind *x = a, *y = b;

    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return strcmp(x->name, y->name);
}

static int durable_position(const struct trial_opts *opts, int64_t *out, struct err *err)
{
    struct journal_reader *reader;

    if (journal_reader_open(&reader, opts->io, opts->journal_dir, 0, err) < 0)
        return -1;
    *out = journal_reader_durable(reader);
    journal_reader_close(reader);
    return 0;
}

static int try_all(struct trying *t, struct err *err)
{
    uint64_t events = t->opts->events ? t->opts->events : TRIAL_EVENTS, unreadable;
    int64_t upto, after, least = t->opts->first > 0 ? t->opts->first - 1 : 0;

    if (durable_position(t->opts, &upto, err) < 0)
        return -1;
    for (uint64_t window = events;; window *= 4) {
        after = upto - (int64_t)window > least ? upto - (int64_t)window : least;
        t->skip = 0;
        if (read_window(t, after, upto, &unreadable, count_one, err) < 0)
            return -1;
        if (after == least || t->skip >= events || window >= 16 * events)
            break;
    }
    t->skip = t->skip > events ? t->skip - events : 0;
    if (read_window(t, after, upto, &unreadable, try_one, err) < 0)
        return -1;
    t->sums->unreadable += unreadable;
    return 0;
}

int trial_run(struct trial *out, const struct trial_opts *opts, struct err *err)
{
    struct trying t = {.opts = opts, .sums = out};
    int result;

    *out = (struct trial){0};
    t.a = arena_new(ARENA_KEEP, ARENA_MAX);
    t.hold = admission_hold(opts->admission);
    result = try_all(&t, err);
    admission_release(opts->admission, t.hold);
    arena_free(t.a);
    if (out->kind_count > 1)
        qsort(out->kinds, out->kind_count, sizeof *out->kinds, compare_kinds);
    return result;
}
