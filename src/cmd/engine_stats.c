/* SPDX-License-Identifier: Apache-2.0 */
/* engine_stats.c: each sink's numbers as Prometheus text and as JSON. */
#include "cmd/engine_stats.h"

#include <inttypes.h>

#include "base/mem.h"

static uint64_t pending(const struct runner_stats *s)
{
    return s->durable > s->position ? (uint64_t)(s->durable - s->position) : 0;
}

/* Over restarts where the sink counts them so, else since the start. */
static uint64_t delivered(const struct runner_stats *s)
{
    const struct sink_totals *t = &s->totals;

    return s->has_totals ? (uint64_t)(t->events + t->quarantined + t->notes) : s->delivered;
}

static uint64_t rejected(const struct runner_stats *s)
{
    return s->has_totals ? (uint64_t)s->totals.rejected : s->rejected;
}

static uint64_t skipped(const struct runner_stats *s)
{
    return s->has_totals ? (uint64_t)s->totals.unknown : s->skipped;
}

enum { METRICS = 10 };

static const struct {
    const char *name, *type, *help;
} metrics[METRICS] = {
    {"weir_sink_delivered_total", "counter", "Records delivered, over restarts."},
    {"weir_sink_rejected_total", "counter", "Records set aside, over restarts."},
    {"weir_sink_skipped_total", "counter", "Records of a kind that this version does not know."},
    {"weir_sink_lost_total", "counter",
     "Positions of the journal that were damaged or gone, over restarts."},
    {"weir_sink_batches_total", "counter", "Batches delivered since the start."},
    {"weir_sink_errors_total", "counter", "Attempts that failed since the start."},
    {"weir_sink_damaged_total", "counter", "Places in the journal that do not verify."},
    {"weir_sink_position", "gauge", "The last position that was delivered."},
    {"weir_sink_pending", "gauge", "Records in the journal that are not delivered yet."},
    {"weir_sink_failing", "gauge", "1 while the last attempt failed."},
};

static uint64_t metric(const struct runner_stats *s, int which)
{
    const uint64_t values[METRICS] = {
        delivered(s), rejected(s), skipped(s), (uint64_t)s->totals.lost,
        s->batches,   s->errors,   s->damaged, (uint64_t)s->position,
        pending(s),   s->failing};

    return values[which];
}

void engine_put_metrics(void *ctx, struct buf *out)
{
    const struct engine_sinks *e = ctx;
    struct runner_stats stats[ENGINE_SINKS_MAX];

    for (size_t i = 0; i < e->count; i++)
        runner_stats(e->runners[i], &stats[i]);
    for (int m = 0; m < METRICS; m++) {
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[m].name, metrics[m].help,
                   metrics[m].name, metrics[m].type);
        for (size_t i = 0; i < e->count; i++)
            buf_printf(out, "%s{sink=\"%s\"} %" PRIu64 "\n", metrics[m].name,
                       runner_name(e->runners[i]), metric(&stats[i], m));
    }
    modelling_put_metrics(e->modelling, out);
}

static void put_sink(struct buf *out, const char *name, const struct runner_stats *s)
{
    buf_printf(out,
               "{\"name\":\"%s\",\"position\":%" PRId64 ",\"durable\":%" PRId64
               ",\"pending\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"rejected\":%" PRIu64
               ",\"skipped\":%" PRIu64 ",\"lost\":%" PRId64 ",\"batches\":%" PRIu64
               ",\"errors\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"delivered_us\":%" PRId64
               ",\"failing\":%s,\"error\":",
               name, s->position, s->durable, pending(s), delivered(s), rejected(s), skipped(s),
               s->totals.lost, s->batches, s->errors, s->damaged, s->delivered_us,
               s->failing ? "true" : "false");
    if (s->failing || s->broken)
        buf_json(out, str_from(s->error));
    else
        buf_str(out, STR("null"));
    buf_char(out, '}');
}

void engine_put_status(void *ctx, struct buf *out)
{
    const struct engine_sinks *e = ctx;

    buf_str(out, STR(",\"sinks\":["));
    for (size_t i = 0; i < e->count; i++) {
        struct runner_stats stats;

        runner_stats(e->runners[i], &stats);
        if (i > 0)
            buf_char(out, ',');
        put_sink(out, runner_name(e->runners[i]), &stats);
    }
    buf_char(out, ']');
    modelling_put_status(e->modelling, out);
}
