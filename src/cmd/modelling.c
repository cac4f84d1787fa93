/* SPDX-License-Identifier: Apache-2.0 */
/* modelling.c: when models take a step, and what is told of it. What a step does is src/model's. */
#include "cmd/modelling.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/report.h"

enum {
    WORK_US = 200000, /* loading waits so long at most, and a step */
    FAR_BEHIND = 1000000, /* positions */
    PAUSE_FIRST_US = 1000000,
    PAUSE_MAX_US = 60000000,
    DAYS_PAUSE_US = 10000000,
};

struct modelling {
    struct models *models;
    unsigned failures; /* in a row; the loading thread's */
    _Atomic bool more;
    _Atomic int64_t next_us; /* monotonic: not before */
    _Atomic int64_t days_next_us; /* the same of days that are to be summed up */
    uint64_t days_failed; /* that were told of; the loading thread's */
};

int modelling_settle(struct models *models, const struct settings *s, struct err *err)
{
    size_t count = s->console.internal.count;
    AUTO_FREE struct str *filters = xcalloc(count + 1, sizeof *filters);
    AUTO_BUF condition;

    for (size_t i = 0; i < count; i++)
        filters[i] = str_from(s->console.internal.items[i]);
    buf_init(&condition, REPORT_SQL_MAX);
    if (report_put_internal(&condition, filters, count, "e", err) < 0)
        return err_prefix(err, "console.internal");
    if (buf_failed(&condition))
        return err_set(err, ERR_LIMIT,
                       "console.internal: the filters have more than %d bytes as SQL",
                       REPORT_SQL_MAX);
    if (models_set_internal(models, filters, count, buf_as_str(&condition), err) < 0)
        return -1;
    return models_set_version(models, WEIR_VERSION, err);
}

int modelling_new(struct modelling **out, const struct settings *s, struct store *store,
                  struct err *err)
{
    struct modelling *m = xcalloc(1, sizeof *m);

    if (models_open(&m->models, store, &s->flows, err) < 0 ||
        modelling_settle(m->models, s, err) < 0) {
        modelling_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

void modelling_free(struct modelling *m)
{
    if (!m)
        return;
    models_free(m->models);
    free(m);
}

struct models *modelling_models(struct modelling *m)
{
    return m->models;
}

bool modelling_is_due(struct modelling *m, int64_t loaded)
{
    struct models_stats stats;

    models_stats(m->models, &stats);
    return (stats.position < loaded || stats.remaking || clock_monotonic_us() >= m->days_next_us) &&
           clock_monotonic_us() >= m->next_us;
}

bool modelling_is_busy(struct modelling *m)
{
    return m->more;
}

/* Where they fail, what is old goes all the same. */
bool modelling_is_far_behind(struct modelling *m)
{
    struct models_stats stats;

    models_stats(m->models, &stats);
    return stats.loaded - stats.position > FAR_BEHIND && !stats.failing;
}

/* Once: what goes on failing is in the metrics. */
static void failed(struct modelling *m, const struct err *err)
{
    int64_t pause = PAUSE_FIRST_US;

    for (unsigned i = 0; i < m->failures && pause < PAUSE_MAX_US; i++)
        pause *= 2;
    m->next_us = clock_monotonic_us() + (pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US);
    if (m->failures++ == 0)
        log_error("models: %s: the tables of flows and activity stay behind; it is tried again",
                  err->text);
}

void modelling_set_catalogue(struct modelling *m, struct catalogue *c)
{
    struct err err = {0};

    if (models_set_catalogue(m->models, c, &err) < 0)
        failed(m, &err);
    else
        m->next_us = 0;
}

/* Once a tick while days are being summed up, so that it takes a part of the time alone. */
static void look_at_days(struct modelling *m, int status)
{
    struct models_stats stats;

    models_stats(m->models, &stats);
    m->days_next_us = status == 2 ? 0 : clock_monotonic_us() + DAYS_PAUSE_US;
    if (stats.days_failed > m->days_failed)
        log_error("models: a day is not summed up, so that reports read its events; it is tried "
                  "again in an hour: %s",
                  stats.days_error);
    m->days_failed = stats.days_failed;
}

int modelling_work(void *ctx, struct err *err)
{
    struct modelling *m = ctx;
    int64_t until = clock_monotonic_us() + WORK_US;
    struct err own = {0};
    int status;

    (void)err;
    do
        status = models_refresh(m->models, &own);
    while (status > 0 && clock_monotonic_us() < until);
    m->more = status == 1;
    look_at_days(m, status);
    if (status < 0) {
        failed(m, &own);
        return 0;
    }
    if (m->failures)
        log_info("models: the refresh goes on");
    m->failures = 0;
    return 0;
}

static int64_t pending(const struct models_stats *s)
{
    return s->loaded > s->position ? s->loaded - s->position : 0;
}

void modelling_put_metrics(struct modelling *m, struct buf *out)
{
    struct models_stats s;

    models_stats(m->models, &s);
    buf_printf(out,
               "# HELP weir_models_position The position up to which the models have come.\n"
               "# TYPE weir_models_position gauge\nweir_models_position %" PRId64 "\n"
               "# HELP weir_models_pending Positions that are loaded and not in the models yet.\n"
               "# TYPE weir_models_pending gauge\nweir_models_pending %" PRId64 "\n"
               "# HELP weir_models_remaking 1 while the models are made anew.\n"
               "# TYPE weir_models_remaking gauge\nweir_models_remaking %d\n"
               "# HELP weir_models_seconds_total Time that refreshing the models took.\n"
               "# TYPE weir_models_seconds_total counter\nweir_models_seconds_total %.3f\n",
               s.position, pending(&s), s.remaking, s.seconds);
    buf_printf(
        out,
        "# HELP weir_models_steps_total Steps of refreshing the models since the start.\n"
        "# TYPE weir_models_steps_total counter\nweir_models_steps_total %" PRIu64 "\n"
        "# HELP weir_models_errors_total Steps that failed since the start.\n"
        "# TYPE weir_models_errors_total counter\nweir_models_errors_total %" PRIu64 "\n"
        "# HELP weir_models_days_failed_total Times that a day could not be summed up.\n"
        "# TYPE weir_models_days_failed_total counter\nweir_models_days_failed_total %" PRIu64 "\n"
        "# HELP weir_models_failing 1 while the last step failed.\n"
        "# TYPE weir_models_failing gauge\nweir_models_failing %d\n",
        s.steps, s.errors, s.days_failed, s.failing);
}

void modelling_put_status(struct modelling *m, struct buf *out)
{
    struct models_stats s;

    models_stats(m->models, &s);
    buf_printf(out,
               ",\"models\":{\"position\":%" PRId64 ",\"pending\":%" PRId64
               ",\"remaking\":%s,\"remade\":%" PRId64 ",\"seconds\":%.3f,\"steps\":%" PRIu64
               ",\"errors\":%" PRIu64 ",\"failing\":%s,\"error\":",
               s.position, pending(&s), s.remaking ? "true" : "false", s.remade, s.seconds, s.steps,
               s.errors, s.failing ? "true" : "false");
    if (s.failing)
        buf_json(out, str_from(s.error));
    else
        buf_str(out, STR("null"));
    buf_char(out, '}');
}
