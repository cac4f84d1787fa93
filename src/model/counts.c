/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c: the model event_counts: events counted by quarters of an hour, without who did them.
 *
 * A step adds what its own events come to, as rows of their own: parts that add up, whenever an event
 * came and however often its window was met before. So no step looks at what was counted earlier.
 * Parts wait in event_counts_fresh_data; many of them are summed up at once, and windows that are over
 * leave for event_counts_data (counts_fold.sql). A row has no more positions, so that when the tables
 * are made anew, what is taken over is told by windows: those of a source in which more was counted
 * than the store has events are taken over whole up to the position there was, all others are counted
 * again. Promises that rows are deleted by windows alone; their events are of no concern here. */
#include "base/mem.h"
#include "model/model_internal.h"
#include "store/retention.h"

enum { NAMES_MAX = 1 << 20, WINDOW_MINUTES = 15 };
#define WINDOW_US (WINDOW_MINUTES * INT64_C(60000000))

static int take_over(struct models *m, const struct model_range *range, struct err *err)
{
    int64_t there = 0;

    if (range->from > 0)
        return 0;
    if (models_number(m, "counts_there", range, &there, err) < 0)
        return -1;
    if (there == 0)
        return 0;
    if (models_run(m, "counts_kept", range, err) < 0)
        return -1;
    return models_run(m, "counts_take", range, err);
}

static const char *const tables[] = {"event_counts_data", "event_counts_fresh_data",
                                     "event_counts_kept_data", NULL};
static const struct model_step steps[] = {
    {.run = take_over, .remake_only = true},
    {.sql = "counts_add"},
    {.sql = "counts_fold"},
    {.sql = "counts_fold_data"},
    {.sql = "counts_fold_done"},
    {.sql = "counts_fold_rest"},
    {.sql = NULL},
};
static const char *const views[] = {"view_event_count_rows", "view_event_counts", NULL};

const struct model model_counts = {
    .name = "event_counts", .tables = tables, .refresh = steps, .views = views};

/* The list for IN: the empty name is nobody's, so that there always is one. */
static void put_names(struct buf *out, const struct models_old_counts *old)
{
    sql_literal(out, old->source.ptr ? old->source : STR(""));
    for (size_t i = 0; !old->source.ptr && i < old->except_count; i++) {
        buf_str(out, STR(", "));
        sql_literal(out, old->except[i]);
    }
}

struct recording {
    struct models *models;
    const struct models_old_counts *old;
    int64_t rows;
};

static int record(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct recording *r = ctx;
    struct store_deletion d = {.table = model_counts.name,
                               .source = values[0],
                               .rule = "retention.counts",
                               .before_us = r->old->before_us,
                               .reason = r->old->reason};

    CHECK(count == 2);
    if (str_to_i64(values[1], &d.rows) < 0)
        return err_set(err, ERR_CORRUPT, "counts_gone does not hold what it should");
    r->rows += d.rows;
    return store_record_deletion(r->models->store, &d, err);
}

static int64_t expire(struct models *m, const struct models_old_counts *old,
                      const struct model_range *range, struct err *err)
{
    static const char *const statements[] = {"counts_gone", "counts_gone_data",
                                             "counts_gone_fresh"};
    struct recording r = {.models = m, .old = old};

    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        if (models_run(m, statements[i], range, err) < 0)
            return -1;
    if (script_rows(m->store, "counts_gone_sources", models_statement("counts_gone_sources"),
                    record, &r, err) < 0)
        return -1;
    return r.rows;
}

int64_t models_expire_counts(struct models *m, const struct models_old_counts *old,
                             int64_t rows_max, struct err *err)
{
    struct model_range range = {
        .rows = rows_max, .before_us = old->before_us - WINDOW_US, .named = old->source.ptr};
    AUTO_BUF names;
    int64_t rows;

    buf_init(&names, NAMES_MAX);
    if (!m->catalogue || m->wanted || m->standing)
        return 0; /* the tables may not be there yet, or are of another version */
    put_names(&names, old);
    if (buf_failed(&names))
        return err_set(err, ERR_LIMIT,
                       "retention.counts: too many sources have rules of their own");
    range.names = buf_as_str(&names);
    if (script_begin(m->store, err) < 0)
        return -1;
    rows = expire(m, old, &range, err);
    if (rows < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    return rows;
}
