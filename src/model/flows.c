/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: the models flows_data and flow_events_data, and the views over them.
 *
 * A step gathers its events of flows, sums them up for each flow, finds the rows of flows that are
 * known, and adds to these what is new; all of it is minima, maxima and sums, so that neither order nor
 * batches matter.
 *
 * What a step costs does not grow with the flows there are: a flow that is known is looked for among
 * the latest, one that is not there and whose key was never seen is new, and only what remains, events
 * that come very late, takes a look at the keys of all flows. */
#include "base/mem.h"
#include "model/model_internal.h"
#include "model/prints.h"

/* What is known in memory of the flows of a generation. */
struct flows_memory {
    struct prints *prints;
    int64_t last, next; /* the last number that was given: as of the last commit, and after it */
};

static const char *const tables[] = {"flows_data", "flow_events_data", NULL};
static const char *const properties[] = {"context", "entrypoint",  "migration",
                                         "service", "duration_ms", NULL};

void flows_forget(struct generation *g)
{
    if (!g->flows)
        return;
    prints_free(g->flows->prints);
    free(g->flows);
    g->flows = NULL;
}

void flows_committed(struct generation *g)
{
    if (!g->flows)
        return;
    prints_commit(g->flows->prints);
    g->flows->last = g->flows->next;
}

static void add_key(void *ctx, uint64_t key)
{
    struct flows_memory *f = ctx;

    prints_add(f->prints, key);
}

static int read_keys(struct models *m, const char *statement, const struct model_range *range,
                     void (*each)(void *ctx, uint64_t key), void *ctx, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    models_fill(m, &sql, statement, range);
    return script_keys(m->store, statement, buf_as_str(&sql), each, ctx, err);
}

/* Once after the start: the keys of all flows there are. */
static int remember(struct models *m, const struct model_range *range, struct err *err)
{
    struct generation *g = range->generation;

    if (g->flows)
        return 0;
    g->flows = xcalloc(1, sizeof *g->flows);
    g->flows->prints = prints_new();
    if (read_keys(m, "flow_keys_all", range, add_key, g->flows, err) < 0 ||
        models_number(m, "flow_last", range, &g->flows->last, err) < 0) {
        flows_forget(g);
        return -1;
    }
    prints_commit(g->flows->prints);
    return 0;
}

/* Nothing of flows in the range: the other steps are spared. */
static int look_for_events(struct models *m, const struct model_range *range, struct err *err)
{
    int64_t count = 0;

    (void)range;
    if (script_number(m->store, "flow_stage_count", models_statement("flow_stage_count"), &count,
                      err) < 0)
        return -1;
    return count == 0;
}

struct left {
    const struct prints *prints;
    struct buf list; /* of keys that may be there */
    size_t count, named_max;
};

static void add_left(void *ctx, uint64_t key)
{
    struct left *l = ctx;

    if (!prints_has(l->prints, key))
        return;
    l->count++;
    if (l->count > l->named_max)
        return;
    if (l->list.len)
        buf_str(&l->list, STR(", "));
    buf_printf(&l->list, "%llu", (unsigned long long)key);
}

/* Flows that are not among the latest, and may have a row. */
static int find_old(struct models *m, const struct model_range *range, struct err *err)
{
    struct left left = {.prints = range->generation->flows->prints, .named_max = m->named_max};
    struct model_range with_keys = *range;
    int status;

    buf_init(&left.list, MODELS_STATEMENT_MAX);
    status = read_keys(m, "flow_keys_left", range, add_left, &left, err);
    with_keys.keys = buf_as_str(&left.list);
    if (status == 0 && left.count > 0)
        status = models_run(m, left.count > m->named_max ? "flow_known_old" : "flow_known_named",
                            &with_keys, err);
    buf_free(&left.list);
    return status;
}

static int find_known(struct models *m, const struct model_range *range, struct err *err)
{
    struct model_range numbered = *range;

    if (remember(m, range, err) < 0)
        return -1;
    numbered.last_flow = range->generation->flows->last;
    if (models_run(m, "flow_known", &numbered, err) < 0 || find_old(m, &numbered, err) < 0)
        return -1;
    return models_run(m, "flow_map", &numbered, err);
}

/* What was new counts as seen once the step is committed. */
static int note_new(struct models *m, const struct model_range *range, struct err *err)
{
    struct flows_memory *f = range->generation->flows;

    f->next = f->last;
    prints_rollback(f->prints);
    if (read_keys(m, "flow_keys_new", range, add_key, f, err) < 0)
        return -1;
    return models_number(m, "flow_map_last", range, &f->next, err);
}

static const struct model_step steps[] = {
    {"flow_stage", false, NULL},
    {"flow_stage_old", true, NULL},
    {NULL, false, look_for_events},
    {"flow_begins", false, NULL},
    {"flow_begins_old", true, NULL},
    {"flow_batch", false, NULL},
    {NULL, false, find_known},
    {"flow_events_insert", false, NULL},
    {"flow_insert", false, NULL},
    {"flow_update", false, NULL},
    {"flow_update_begin", false, NULL},
    {NULL, false, note_new},
    {NULL, false, NULL},
};
static const char *const views[] = {"view_flow_settings", "view_shown_flows_data", NULL};
static const char *const sampled[] = {"view_flow_metadata", "view_flow_events",
                                      "view_flow_experiments", NULL};
static const char *const expire[] = {"flow_gone", "flow_gone_events", "flow_gone_flows", NULL};

const struct model model_flows = {.name = "flows",
                                  .tables = tables,
                                  .refresh = steps,
                                  .properties = properties,
                                  .views = views,
                                  .sampled = sampled,
                                  .expire = expire,
                                  .gone = "flow_gone_count"};
