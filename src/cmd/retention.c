/* SPDX-License-Identifier: Apache-2.0 */
/* retention.c: which rule is for whom, and when.
 *
 * Each source has its own rule or the settings' one; sources that are not in the settings any more
 * follow the settings' one. Promises that no time is over because the clock of the day jumped ahead
 * while the process ran: what counts is the earlier of that clock and of the time that has passed
 * since the start. */
#include "cmd/retention.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
    FIRST_US = 3000000, /* after the start, which has other things to do */
    ROUND_US = 60000000,
    WORK_US = 100000, /* loading waits so long at most, and a step */
    STEP_ROWS = 10000,
    REUSE_ROWS = 122880, /* deleted rows for which the space is given back: a row group of DuckDB */
};

struct job {
    enum { JOB_DELETE, JOB_COUNTS, JOB_FORGET, JOB_EXPIRE } what;
    struct store_old old; /* before_us is set when it runs; JOB_COUNTS: whose, and before_us */
    int64_t keep_us;
    enum store_raw raw;
};

struct retention {
    struct store *store;
    struct models *models;
    int64_t start_now_us, start_monotonic_us;
    struct str *names; /* of all sources */
    struct job *jobs;
    size_t job_count, at;
    int64_t next_us; /* monotonic: when the next round begins */
    int64_t count, freed; /* not taken yet; since space was given back */
    const char *reason;
};

/* Of one source, or of all that are in no settings. */
static void add(struct retention *r, const struct job *what, const char *source,
                size_t source_count)
{
    struct job *job = r->jobs + r->job_count;

    if (what->keep_us < 0)
        return;
    *job = *what;
    if (source) {
        job->old.source = str_from(source);
    } else {
        job->old.except = r->names;
        job->old.except_count = source_count;
    }
    r->job_count++;
}

static void add_delete(struct retention *r, enum store_table table, const char *source,
                       size_t source_count, int64_t keep_us)
{
    const struct job job = {
        .what = JOB_DELETE,
        .old = {.table = table,
                .rule = table == STORE_EVENTS ? "retention.raw" : "retention.quarantine",
                .rows_max = STEP_ROWS},
        .keep_us = keep_us};

    add(r, &job, source, source_count);
}

static void add_rules(struct retention *r, const struct settings_retention *rules,
                      const char *source, size_t source_count)
{
    const struct job counts = {.what = JOB_COUNTS, .keep_us = rules->counts_us};

    add_delete(r, STORE_EVENTS, source, source_count, rules->raw_us);
    add_delete(r, STORE_QUARANTINE, source, source_count, rules->quarantine_us);
    if (r->models)
        add(r, &counts, source, source_count);
}

struct retention *retention_new(const struct settings *s, struct store *store,
                                struct models *models)
{
    struct retention *r = xcalloc(1, sizeof *r);

    r->store = store;
    r->models = models;
    r->start_now_us = clock_now_us();
    r->start_monotonic_us = clock_monotonic_us();
    r->next_us = r->start_monotonic_us + FIRST_US;
    r->names = xcalloc(s->source_count + 1, sizeof *r->names);
    r->jobs = xcalloc(3 * s->source_count + 7, sizeof *r->jobs);
    for (size_t i = 0; i < s->source_count; i++) {
        const struct settings_source *source = s->sources + i;

        r->names[i] = str_from(source->name);
        add_rules(r, &source->retention, source->name, 0);
    }
    add_rules(r, &s->retention, NULL, s->source_count);
    add_delete(r, STORE_REJECTED, NULL, 0, s->retention.quarantine_us);
    r->jobs[r->job_count++] = (struct job){.what = JOB_FORGET, .raw = STORE_IP};
    r->jobs[r->job_count++] = (struct job){.what = JOB_FORGET, .raw = STORE_USER_AGENT};
    if (models)
        r->jobs[r->job_count++] = (struct job){.what = JOB_EXPIRE};
    return r;
}

void retention_free(struct retention *r)
{
    if (!r)
        return;
    free(r->names);
    free(r->jobs);
    free(r);
}

bool retention_is_due(const struct retention *r)
{
    return r->at > 0 || clock_monotonic_us() >= r->next_us;
}

static int64_t trusted_now_us(const struct retention *r)
{
    int64_t now = clock_now_us();
    int64_t passed = r->start_now_us + (clock_monotonic_us() - r->start_monotonic_us);

    return now < passed ? now : passed;
}

/* Events go once the models have seen them, also those that are made anew: an event that went before
 * would be in no count of theirs. Where these fail, all the same. */
static int64_t delete_old(const struct retention *r, struct job *job, struct err *err)
{
    struct models_stats stats = {.failing = true};

    if (r->models && job->old.table == STORE_EVENTS)
        models_stats(r->models, &stats);
    if (!stats.failing && stats.seen == 0)
        return 0;
    job->old.upto = stats.failing ? 0 : stats.seen;
    return store_delete_old(r->store, &job->old, err);
}

static int64_t expire_counts(const struct retention *r, const struct job *job, struct err *err)
{
    const struct models_old_counts old = {.source = job->old.source,
                                          .except = job->old.except,
                                          .except_count = job->old.except_count,
                                          .before_us = job->old.before_us,
                                          .reason = r->reason};

    return models_expire_counts(r->models, &old, STEP_ROWS, err);
}

/* One step of the job that is due. */
static int step(struct retention *r, struct err *err)
{
    struct job *job = r->jobs + r->at;
    int64_t now = trusted_now_us(r), rows;

    job->old.now_us = now;
    job->old.before_us = now - job->keep_us;
    job->old.reason = r->reason;
    if (job->what == JOB_DELETE)
        rows = delete_old(r, job, err);
    else if (job->what == JOB_COUNTS)
        rows = expire_counts(r, job, err);
    else if (job->what == JOB_EXPIRE)
        rows = models_expire(r->models, now, STEP_ROWS, err);
    else
        rows = store_forget_raw(r->store, job->raw, now, STEP_ROWS, err);
    if (rows < 0)
        return -1;
    r->freed += job->what == JOB_FORGET ? 0 : rows;
    r->count += rows;
    r->at += rows < STEP_ROWS;
    return 0;
}

/* The round is over. That questions are in the way of giving space back is no mistake. */
static void end_round(struct retention *r)
{
    r->at = 0;
    r->next_us = clock_monotonic_us() + ROUND_US;
    if (r->freed >= REUSE_ROWS && store_reuse_space(r->store, NULL) == 0)
        r->freed = 0;
}

int retention_work(void *ctx, struct err *err)
{
    struct retention *r = ctx;
    int64_t until = clock_monotonic_us() + WORK_US;

    while (r->at < r->job_count && clock_monotonic_us() < until)
        if (step(r, err) < 0) {
            r->at = 0;
            r->next_us = clock_monotonic_us() + ROUND_US;
            return -1;
        }
    if (r->at == r->job_count)
        end_round(r);
    return 0;
}

int retention_finish(struct retention *r, const char *reason, struct err *err)
{
    r->reason = reason;
    r->at = 0;
    while (r->at < r->job_count)
        if (step(r, err) < 0)
            return -1;
    r->reason = NULL;
    r->at = 0;
    return 0;
}

int64_t retention_take_count(struct retention *r)
{
    int64_t count = r->count;

    r->count = 0;
    return count;
}
