/* SPDX-License-Identifier: Apache-2.0 */
/* seen_work.c: what is done beside the commit: pinned keys are written into runs, damaged runs made
 * again, the filter filled, small runs merged, old ones deleted. In that order of urgency: long work
 * stops now and then for what has come up (seen_breathe).
 *
 * Promise: at any moment the runs in the list hold all keys up to indexed_last, and so do the files
 * in the folder: a file goes only after what holds its keys has its name, or after a run says
 * (complete_from) that they were forgotten. */
#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/internal.h"
#include "journal/seen_write.h"

enum {
    MERGE_RUNS = 8, /* so many become one */
    BREATHE_PAGES = 64,
};

void seen_unlink(const struct seen *s, int64_t first, int64_t last)
{
    char name[SEEN_NAME_SIZE];
    AUTO_FREE char *path = NULL;

    seen_run_name(name, first, last);
    path = io_join(s->files.dir, name);
    s->files.io->unlink(s->files.io, path); /* where it stays, the next open deletes it */
}

static void insert_runs(struct seen *s, size_t at, size_t old_count, struct seen_run **runs,
                        size_t count)
{
    size_t behind = s->count - at - old_count;

    if (s->count + count > s->cap) {
        s->cap = (s->count + count) * 2;
        s->runs = xrealloc(s->runs, s->cap, sizeof *s->runs);
    }
    if (behind)
        memmove(s->runs + at + count, s->runs + at + old_count, behind * sizeof *s->runs);
    if (count)
        memcpy(s->runs + at, runs, count * sizeof *s->runs);
    s->count = at + count + behind;
}

void seen_replace(struct seen *s, size_t at, size_t old_count, struct seen_run **runs, size_t count)
{
    struct seen_run **old = xcalloc(old_count + 1, sizeof *old);

    for (size_t i = 0; i < old_count; i++) {
        old[i] = s->runs[at + i];
        s->bytes -= old[i]->header_bytes + old[i]->pages * SEEN_PAGE_BYTES;
        s->keys -= old[i]->keys;
    }
    for (size_t i = 0; i < count; i++) {
        s->bytes += runs[i]->header_bytes + runs[i]->pages * SEEN_PAGE_BYTES;
        s->keys += runs[i]->keys;
    }
    insert_runs(s, at, old_count, runs, count);
    pthread_mutex_unlock(&s->mtx);
    for (size_t i = 0; i < old_count; i++) {
        bool same_name = false;

        for (size_t k = 0; k < count; k++)
            same_name = same_name || (runs[k]->range.first == old[i]->range.first &&
                                      runs[k]->range.last == old[i]->range.last);
        if (!same_name)
            seen_unlink(s, old[i]->range.first, old[i]->range.last);
        seen_run_drop(old[i], &s->files);
    }
    free(old);
    pthread_mutex_lock(&s->mtx);
}

/* Where the run stands in the list; count where it is not there any more. With mtx held. */
static size_t index_of(const struct seen *s, int64_t first, int64_t last)
{
    size_t i = 0;

    while (i < s->count && (s->runs[i]->range.first != first || s->runs[i]->range.last != last))
        i++;
    return i;
}

/* --- pinned keys into a run --- */

struct pinned {
    const struct seen *s;
    struct seen_job job;
    const struct seen_class *classes;
    size_t class_count, class; /* class: the last that was asked for */
};

static const struct recent_entry *entry_of(const struct pinned *p, size_t i)
{
    return &p->job.ring[(p->job.from + i) % p->job.capacity];
}

static void get_pinned(void *ctx, size_t i, struct seen_item *out)
{
    struct pinned *p = ctx;
    const struct recent_entry *e = entry_of(p, i);
    uint8_t kind = (uint8_t)e->position_kind;

    while (p->classes[p->class].source != e->source || p->classes[p->class].kind != kind)
        p->class = (p->class + 1) % p->class_count;
    memcpy(out->entry.id, e->id, sizeof e->id);
    out->entry.place = (e->position_kind >> 8) << 16 | p->class;
    out->hash = seen_hash(&p->s->files, e->id);
}

/* The classes of the pinned keys; as many keys as there are classes for. */
static struct seen_class *find_classes(const struct pinned *p, size_t *class_count, size_t *count)
{
    struct seen_class *classes = NULL;
    size_t at = 0;

    *class_count = 0;
    for (*count = 0; *count < p->job.count; ++*count) {
        const struct recent_entry *e = entry_of(p, *count);
        uint8_t kind = (uint8_t)e->position_kind;
        int found = (int)at;

        if (at >= *class_count || classes[at].kind != kind || classes[at].source != e->source)
            found = seen_class_number(&classes, class_count, kind, e->source);
        if (found < 0)
            break;
        at = (size_t)found;
    }
    return classes;
}

/* Runs at the front that are older than the window. With mtx held. */
static size_t count_old(const struct seen *s)
{
    int64_t forget = seen_clock(s) - s->j->opts.duplicate_window_us;
    size_t n = 0;

    while (n < s->count && s->runs[n]->range.clock_us < forget)
        n++;
    return n;
}

/* Takes the job, and what its run will say of itself. */
static void take_job(struct seen *s, struct pinned *p, struct seen_range *range, size_t *old)
{
    pthread_mutex_lock(&s->mtx);
    CHECK(s->job.state == SEEN_WANTED);
    s->job.state = SEEN_RUNNING;
    p->job = s->job;
    range->first = s->indexed_last + 1;
    range->last = s->job.last;
    range->clock_us = seen_clock(s);
    range->since_us = s->count ? s->runs[s->count - 1]->range.clock_us : s->clock_base;
    range->complete_from = s->complete_from;
    *old = count_old(s);
    if (*old > 0) {
        int64_t from = *old < s->count ? s->runs[*old]->range.first : range->first;

        if (from > range->complete_from)
            range->complete_from = from;
    }
    pthread_mutex_unlock(&s->mtx);
}

static void end_job(struct seen *s, struct seen_run *run, size_t done, size_t old,
                    enum err_code error)
{
    pthread_mutex_lock(&s->mtx);
    if (run) {
        s->indexed_last = run->range.last;
        s->complete_from = run->range.complete_from;
        seen_replace(s, s->count, 0, &run, 1);
        if (old)
            seen_replace(s, 0, old, NULL, 0);
        s->merging_rests = false;
    } else {
        s->failures++;
    }
    s->job.count = done;
    s->job.error = error;
    s->job.state = run ? SEEN_DONE : SEEN_FAILED;
    pthread_cond_broadcast(&s->over);
    pthread_mutex_unlock(&s->mtx);
}

static void flush(struct seen *s)
{
    struct pinned p = {.s = s};
    struct seen_items items = {.get = get_pinned, .ctx = &p};
    struct seen_run *run = NULL;
    struct seen_range range;
    struct err err = {0};
    size_t old;

    take_job(s, &p, &range, &old);
    items.classes = find_classes(&p, &items.class_count, &items.count);
    p.classes = items.classes;
    p.class_count = items.class_count;
    if (items.count < p.job.count) /* too many sources for one file */
        range.last = (int64_t)(entry_of(&p, items.count)->position_kind >> 8) - 1;
    if (seen_write_items(s, "ids.tmp", &items, &range, &run, &err) < 0)
        run = NULL;
    end_job(s, run, items.count, old, err.code);
}

/* --- a damaged run is made again --- */

static int repair(struct seen *s, int64_t first, int64_t last)
{
    struct seen_run **runs, *old;
    struct seen_range range;
    struct err err;
    size_t count, at;

    pthread_mutex_lock(&s->mtx);
    at = index_of(s, first, last);
    old = at < s->count ? s->runs[at] : NULL;
    if (old)
        range = old->range;
    pthread_mutex_unlock(&s->mtx);
    if (!old)
        return 0; /* others have its keys by now */
    if (seen_build(s, &range, &runs, &count, &err) < 0) {
        s->failures++;
        return -1;
    }
    pthread_mutex_lock(&s->mtx);
    at = index_of(s, first, last);
    CHECK(at < s->count); /* nobody else removes runs meanwhile but flush(), which is not running */
    seen_replace(s, at, 1, runs, count);
    pthread_mutex_unlock(&s->mtx);
    free(runs);
    return 0;
}

static void repair_wanted(struct seen *s)
{
    int result = repair(s, s->repair_first, s->repair_last);

    pthread_mutex_lock(&s->mtx);
    s->repair_failed = result < 0;
    s->repair_wanted = false;
    pthread_cond_broadcast(&s->over);
    pthread_mutex_unlock(&s->mtx);
}

int seen_breathe(struct seen *s)
{
    bool repairs;

    if (atomic_load_explicit(&s->stop, memory_order_relaxed))
        return -1;
    if (s->job.state == SEEN_WANTED)
        flush(s);
    pthread_mutex_lock(&s->mtx);
    repairs = s->repair_wanted;
    pthread_mutex_unlock(&s->mtx);
    if (repairs)
        repair_wanted(s);
    return 0;
}

/* --- the filter's old generations --- */

/* A run in use that has positions of from..last, the lowest such; NULL. */
static struct seen_run *take_run(struct seen *s, int64_t from, int64_t last)
{
    struct seen_run *run = NULL;

    pthread_mutex_lock(&s->mtx);
    for (size_t i = 0; i < s->count && !run; i++)
        if (s->runs[i]->range.last >= from && s->runs[i]->range.first <= last)
            run = s->runs[i];
    if (run)
        run->users++;
    pthread_mutex_unlock(&s->mtx);
    return run;
}

/* 0; 1: stop; -1: the run cannot be read. */
static int fill_from(struct seen *s, const struct seen_fill *fill, const struct seen_run *run)
{
    struct seen_cursor c;
    uint64_t page = 0;
    int result = seen_cursor_begin(&c, run, &s->files);

    while (result == 0 && c.has) {
        int64_t position = seen_position(c.item.entry.place);

        if (position >= fill->first && position <= fill->last)
            seen_filter_fill(&s->filter, fill->lane, c.item.hash);
        if (c.page >= page + BREATHE_PAGES) {
            page = c.page;
            if (seen_breathe(s) < 0) {
                result = 1;
                break;
            }
        }
        result = seen_cursor_step(&c);
    }
    seen_cursor_free(&c);
    return result;
}

static void fill_one(struct seen *s)
{
    const struct seen_fill *fill = &s->fills[s->fill_count - 1];
    struct seen_run *run = NULL;
    int64_t at = fill->first;

    while (at <= fill->last && (run = take_run(s, at, fill->last))) {
        struct seen_range range = run->range;
        int result = fill_from(s, fill, run);

        seen_run_drop(run, &s->files);
        if (result == 1)
            return;
        if (result == 0)
            at = range.last + 1;
        else if (repair(s, range.first, range.last) < 0)
            break; /* it stays "perhaps": look-ups go to the files, and find the damage */
    }
    if (at > fill->last || !run)
        seen_filter_filled(&s->filter, fill->lane);
    pthread_mutex_lock(&s->mtx);
    s->fill_count--;
    pthread_mutex_unlock(&s->mtx);
}

/* --- small runs into larger ones --- */

struct merge {
    struct seen *s;
    struct seen_run *in[MERGE_RUNS];
    struct seen_cursor cursors[MERGE_RUNS];
    uint16_t *class_of[MERGE_RUNS];
    size_t begun; /* cursors */
    struct seen_writer w;
    struct seen_item *items; /* of one page */
    size_t cap;
    size_t bad; /* the run that cannot be read; MERGE_RUNS: none */
};

/* MERGE_RUNS neighbours of about the same size; s->count: there are none. A run must not become so
 * long in time that its oldest keys stay far beyond the window. With mtx held. */
static size_t pick_runs(const struct seen *s)
{
    for (size_t i = 0; i + MERGE_RUNS <= s->count; i++) {
        uint64_t sum = 0, most = 0;

        for (size_t r = i; r < i + MERGE_RUNS; r++) {
            sum += s->runs[r]->keys;
            if (s->runs[r]->keys > most)
                most = s->runs[r]->keys;
        }
        if (most <= sum / 4 &&
            s->runs[i + MERGE_RUNS - 1]->range.clock_us - s->runs[i]->range.since_us <=
                s->j->opts.duplicate_window_us / 2)
            return i;
    }
    return s->count;
}

/* Their classes as one table. -1: there are too many. */
static int join_classes(struct merge *m)
{
    for (size_t r = 0; r < MERGE_RUNS; r++) {
        const struct seen_run *run = m->in[r];

        m->class_of[r] = xcalloc(run->class_count + 1, sizeof *m->class_of[r]);
        for (size_t i = 0; i < run->class_count; i++) {
            int n = seen_class_number(&m->w.classes, &m->w.class_count, run->classes[i].kind,
                                      run->classes[i].source);

            if (n < 0)
                return -1;
            m->class_of[r][i] = (uint16_t)n;
        }
    }
    return 0;
}

/* The items of one page of the new table. */
static int merge_page(struct merge *m, uint64_t page, struct err *err)
{
    size_t count = 0;

    for (size_t r = 0; r < MERGE_RUNS; r++) {
        struct seen_cursor *c = &m->cursors[r];

        for (; c->has && seen_page_of(c->item.hash, m->w.table_pages) <= page;) {
            size_t class = c->item.entry.place & UINT16_MAX;

            if (count == m->cap) {
                m->cap = m->cap ? 2 * m->cap : SEEN_PAGE_KEYS * 2;
                m->items = xrealloc(m->items, m->cap, sizeof *m->items);
            }
            m->items[count] = c->item;
            m->items[count].entry.place = c->item.entry.place - class +
                                          (class < c->run->class_count ? m->class_of[r][class] : 0);
            count++;
            if (seen_cursor_step(c) < 0) {
                m->bad = r;
                return err_set(err, ERR_CORRUPT, "%s: a file of keys is damaged", m->s->files.dir);
            }
        }
    }
    return seen_writer_page(&m->w, m->items, count, err);
}

static int write_merged(struct merge *m, struct seen_run **out, struct err *err)
{
    uint64_t keys = 0;

    for (size_t r = 0; r < MERGE_RUNS; r++)
        keys += m->in[r]->keys;
    m->w.table_pages = seen_table_pages(keys);
    if (join_classes(m) < 0)
        return err_set(err, ERR_LIMIT, "%s: too many sources for one file", m->s->files.dir);
    if (seen_writer_begin(&m->w, &m->s->files, "merge.tmp", err) < 0)
        return -1;
    for (; m->begun < MERGE_RUNS; m->begun++) {
        if (seen_cursor_begin(&m->cursors[m->begun], m->in[m->begun], &m->s->files) < 0) {
            m->bad = m->begun++;
            return err_set(err, ERR_CORRUPT, "%s: a file of keys is damaged", m->s->files.dir);
        }
    }
    for (uint64_t page = 0; page < m->w.table_pages; page++) {
        if (page % BREATHE_PAGES == 0 && seen_breathe(m->s) < 0)
            return err_set(err, ERR_BUSY, "the journal is closing");
        if (merge_page(m, page, err) < 0)
            return -1;
    }
    return seen_writer_end(&m->w, out, err);
}

/* Puts the merged run in their place, where they are all still there. */
static void install(struct merge *m, struct seen_run *run)
{
    struct seen *s = m->s;
    size_t at, same = 0;

    pthread_mutex_lock(&s->mtx);
    at = index_of(s, m->in[0]->range.first, m->in[0]->range.last);
    while (same < MERGE_RUNS && at + same < s->count && s->runs[at + same] == m->in[same])
        same++;
    if (same == MERGE_RUNS)
        seen_replace(s, at, MERGE_RUNS, &run, 1);
    pthread_mutex_unlock(&s->mtx);
    if (same == MERGE_RUNS)
        return;
    seen_unlink(s, run->range.first, run->range.last);
    seen_run_drop(run, &s->files);
}

/* One that was made again may say that it is newer than those behind it: see close_gaps. */
static struct seen_range join_ranges(const struct merge *m)
{
    const struct seen_range *first = &m->in[0]->range, *last = &m->in[MERGE_RUNS - 1]->range;
    struct seen_range all = *first;

    all.last = last->last;
    all.complete_from = last->complete_from < first->first ? last->complete_from : first->first;
    for (size_t r = 1; r < MERGE_RUNS; r++) {
        const struct seen_range *range = &m->in[r]->range;

        if (range->since_us < all.since_us)
            all.since_us = range->since_us;
        if (range->clock_us > all.clock_us)
            all.clock_us = range->clock_us;
    }
    return all;
}

static bool begin_merge(struct seen *s, struct merge *m)
{
    size_t at;

    pthread_mutex_lock(&s->mtx);
    at = s->merging_rests ? s->count : pick_runs(s);
    for (size_t r = 0; at < s->count && r < MERGE_RUNS; r++) {
        m->in[r] = s->runs[at + r];
        m->in[r]->users++;
    }
    pthread_mutex_unlock(&s->mtx);
    if (!m->in[0])
        return false;
    m->w.range = join_ranges(m);
    return true;
}

/* Merges once; false where nothing is to be merged. */
static bool merge(struct seen *s)
{
    struct merge m = {.s = s, .w = {.fd = -1}, .bad = MERGE_RUNS};
    struct seen_range bad = {0};
    struct seen_run *run;
    struct err err;

    if (!begin_merge(s, &m))
        return false;
    if (write_merged(&m, &run, &err) == 0) {
        install(&m, run);
    } else if (m.bad < MERGE_RUNS) {
        bad = m.in[m.bad]->range;
    } else {
        s->merging_rests = true;
        s->failures += err.code != ERR_BUSY;
    }
    seen_writer_reset(&m.w);
    for (size_t r = 0; r < MERGE_RUNS; r++) {
        if (r < m.begun)
            seen_cursor_free(&m.cursors[r]);
        free(m.class_of[r]);
        seen_run_drop(m.in[r], &s->files);
    }
    free(m.items);
    if (bad.first && repair(s, bad.first, bad.last) < 0)
        s->merging_rests = true;
    return true;
}

void seen_work(struct seen *s)
{
    while (seen_breathe(s) == 0) {
        if (s->fill_count)
            fill_one(s);
        else if (!merge(s))
            break;
    }
}
