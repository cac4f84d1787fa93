/* SPDX-License-Identifier: Apache-2.0 */
/* models.c: the models' state, and a step of all of them in one transaction.
 *
 * Two generations: the tables in use, and, while the models are made anew, tables beside them with
 * _next behind their names. Both move by steps of positions; a step of the next ones also takes over
 * the rows of the tables in use whose events are gone. Once the next ones have come as far, they take
 * the names of the others in one transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "model/day_properties.h"
#include "model/days.h"
#include "model/names.h"
#include "store/retention.h"

enum {
    STEP_ROWS = 122880, /* a row group of DuckDB: see docs/decisions/0009-models.md */
    STEP_ROWS_MIN = 2048,
    LATEST_FLOWS = 500000,
    NAMED_MAX = 1000,
    VERSION_UNIT = 10000, /* below it: settings that are part of statements */
};

const struct model *const all_models[] = {&model_names, &model_flows,  &model_activity,
                                          &model_email, &model_counts, NULL};

/* What a generation was made from. */
struct made_from {
    bool known;
    int64_t position, version;
    char definition[65];
    char *dimensions;
};

int models_run(struct models *m, const char *statement, const struct model_range *range,
               struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    models_fill(m, &sql, statement, range);
    if (buf_failed(&sql))
        return err_set(err, ERR_LIMIT, "%s: a statement of more than %d bytes", statement,
                       MODELS_STATEMENT_MAX);
    return script_run(m->store, statement, buf_as_str(&sql), err);
}

int models_number(struct models *m, const char *statement, const struct model_range *range,
                  int64_t *out, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    models_fill(m, &sql, statement, range);
    return script_number(m->store, statement, buf_as_str(&sql), out, err);
}

static bool set_since(struct models *m, int64_t now_us);

int models_open(struct models **out, struct store *s, const struct settings_flows *samples,
                struct err *err)
{
    struct models *m = xcalloc(1, sizeof *m);

    m->store = s;
    m->samples = (struct settings_flows){.whole_us = -1,
                                         .half_us = -1,
                                         .tenth_us = -1,
                                         .devices_within_us = 5 * DATETIME_DAY_US,
                                         .devices_same_day = true};
    if (samples)
        m->samples = *samples;
    m->version = MODELS_VERSION * (int64_t)VERSION_UNIT +
                 m->samples.devices_within_us / DATETIME_DAY_US * 10 + m->samples.devices_same_day;
    m->mixed = true; /* where tables are being made anew: nobody knows */
    m->step_rows = STEP_ROWS;
    m->latest_flows = LATEST_FLOWS;
    m->named_max = NAMED_MAX;
    m->current.suffix = "";
    m->next.suffix = "_next";
    set_since(m, clock_now_us());
    pthread_mutex_init(&m->mtx, NULL);
    if (models_run(m, "create_model_state", NULL, err) < 0 ||
        models_run(m, "create_model_next", NULL, err) < 0 ||
        models_run(m, "create_sample_cohort", NULL, err) < 0 ||
        models_run(m, "create_internal_traffic", NULL, err) < 0 || days_create(m, err) < 0 ||
        day_properties_create(m, err) < 0 || models_run(m, "create_changes", NULL, err) < 0) {
        models_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

void models_free(struct models *m)
{
    if (!m)
        return;
    definition_free(m);
    catalogue_free(m->catalogue);
    free(m->used_dimensions);
    free(m->internal);
    flows_forget(&m->current);
    flows_forget(&m->next);
    pthread_mutex_destroy(&m->mtx);
    free(m);
}

/* State. */

static int read_made_from(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct made_from *made = ctx;

    CHECK(count == 4);
    if (str_to_i64(values[0], &made->position) < 0 || str_to_i64(values[2], &made->version) < 0 ||
        values[1].len >= sizeof made->definition)
        return err_set(err, ERR_CORRUPT, "model_state does not hold what it should");
    made->known = true;
    memcpy(made->definition, values[1].ptr, values[1].len);
    made->definition[values[1].len] = '\0';
    made->dimensions = xmemdup(values[3].ptr, values[3].len);
    return 0;
}

static int read_state(struct models *m, const char *statement, struct made_from *out,
                      struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    models_fill(m, &sql, statement, NULL);
    *out = (struct made_from){0};
    return script_rows(m->store, statement, buf_as_str(&sql), read_made_from, out, err);
}

static void see_positions(struct models *m)
{
    pthread_mutex_lock(&m->mtx);
    m->stats.position = m->current.position;
    m->stats.loaded = script_loaded(m->store);
    m->stats.remaking = m->remaking;
    m->stats.remade = m->remaking ? m->next.position : 0;
    m->stats.seen = m->remaking ? m->next.position : m->current.position;
    pthread_mutex_unlock(&m->mtx);
}

/* Tables. */

static int make_tables(struct models *m, struct generation *g, struct err *err)
{
    const struct model_range range = {.generation = g};

    for (size_t i = 0; all_models[i]; i++)
        for (size_t k = 0; all_models[i]->tables[k]; k++) {
            AUTO_FREE char *statement = xasprintf("create_%s", all_models[i]->tables[k]);

            if (models_run(m, statement, &range, err) < 0)
                return -1;
        }
    return 0;
}

static int make_sampled(struct models *m, const char *const *views, struct err *err)
{
    for (; views && *views; views++)
        for (size_t i = 0; i < ARRAY_LEN(m->since_us); i++)
            if (models_run(m, *views, &(struct model_range){.sample = i}, err) < 0)
                return -1;
    return 0;
}

static int make_views(struct models *m, struct err *err)
{
    for (size_t i = 0; all_models[i]; i++) {
        for (size_t k = 0; all_models[i]->views && all_models[i]->views[k]; k++)
            if (models_run(m, all_models[i]->views[k], NULL, err) < 0)
                return -1;
        if (make_sampled(m, all_models[i]->sampled, err) < 0)
            return -1;
    }
    return 0;
}

static int with_table(struct models *m, const char *statement, const char *table,
                      const char *suffix, struct err *err)
{
    AUTO_FREE char *name = xasprintf("%s%s", table, suffix);
    const struct sql_blank blank = {"table", str_from(name)};
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    sql_fill(&sql, models_statement(statement), &blank, 1);
    return script_run(m->store, statement, buf_as_str(&sql), err);
}

static int for_tables(struct models *m, const char *statement, const char *suffix, struct err *err)
{
    for (size_t i = 0; all_models[i]; i++)
        for (size_t k = 0; all_models[i]->tables[k]; k++)
            if (with_table(m, statement, all_models[i]->tables[k], suffix, err) < 0)
                return -1;
    return 0;
}

int models_in_transaction(struct models *m, int (*work)(struct models *m, struct err *err),
                          struct err *err)
{
    if (script_begin(m->store, err) < 0)
        return -1;
    if (work(m, err) < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    return 0;
}

static int make_first(struct models *m, struct err *err)
{
    if (make_tables(m, &m->current, err) < 0 || models_run(m, "first_state", NULL, err) < 0)
        return -1;
    return make_views(m, err);
}

static int give_up_next(struct models *m, struct err *err)
{
    if (for_tables(m, "drop_table", "_next", err) < 0)
        return -1;
    return models_run(m, "clear_next", NULL, err);
}

static int begin_next(struct models *m, struct err *err)
{
    if (give_up_next(m, err) < 0 || make_tables(m, &m->next, err) < 0)
        return -1;
    return models_run(m, "first_next", NULL, err);
}

static int take_next(struct models *m, struct err *err)
{
    if (for_tables(m, "drop_table", "", err) < 0 || for_tables(m, "rename_table", "", err) < 0)
        return -1;
    if (models_run(m, "take_next", NULL, err) < 0 || models_run(m, "clear_next", NULL, err) < 0 ||
        days_look(m, m->next.position, err) < 0)
        return -1;
    return make_views(m, err);
}

static int same_tables(struct models *m, struct err *err)
{
    if (give_up_next(m, err) < 0 || names_match_again(m, err) < 0 ||
        models_run(m, "set_definition", NULL, err) < 0)
        return -1;
    return make_views(m, err);
}

/* The catalogue. */

static int remake(struct models *m, struct err *err)
{
    if (models_in_transaction(m, begin_next, err) < 0)
        return -1;
    m->remaking = true;
    m->next.position = 0;
    flows_forget(&m->next);
    see_positions(m);
    return 0;
}

int models_remake(struct models *m, struct err *err)
{
    return models_in_transaction(m, days_again, err) < 0 ? -1 : remake(m, err);
}

static bool same_dimensions(const struct models *m, const struct made_from *made)
{
    struct str rest = str_from(made->dimensions);

    for (size_t i = 0; i < m->dimension_count; i++)
        if (!str_is(str_split(&rest, '\n'), m->dimension_columns[i]))
            return false;
    return rest.len == 0;
}

/* Whether what is in the tables of g follows from something else than the catalogue says now. */
static int compare(struct models *m, struct generation *g, bool *differs, struct err *err)
{
    const struct model_range range = {.generation = g};
    int64_t hidden = 0;

    if (names_compare(m, g, differs, err) < 0 ||
        models_number(m, "hidden_left", &range, &hidden, err) < 0)
        return -1;
    *differs |= hidden > 0;
    return 0;
}

/* Whether the tables in use are what the catalogue says now. */
static int still_fit(struct models *m, const struct made_from *made, bool *fit, struct err *err)
{
    bool feeds = true;

    *fit = false;
    if (made->version != m->version || !same_dimensions(m, made))
        return 0;
    if (compare(m, &m->current, &feeds, err) < 0)
        return -1;
    *fit = !feeds;
    return 0;
}

/* The tables that are made anew go on where they were, unless a name means something else since: an
 * entry that feeds nothing, and so is not in the definition, may take names over. */
static int go_on(struct models *m, const struct made_from *next, struct err *err)
{
    bool feeds;

    if (compare(m, &m->next, &feeds, err) < 0)
        return -1;
    if (feeds)
        return remake(m, err);
    m->remaking = true;
    m->next.position = next->position;
    return 0;
}

/* The tables in use are of another definition. */
static int change(struct models *m, const struct made_from *current, const struct made_from *next,
                  struct err *err)
{
    bool fit;

    if (next->known && strcmp(next->definition, m->definition) == 0 && next->version == m->version)
        return go_on(m, next, err);
    if (m->mixed)
        return remake(m, err);
    if (still_fit(m, current, &fit, err) < 0)
        return -1;
    if (!fit)
        return remake(m, err);
    return models_in_transaction(m, same_tables, err);
}

/* What feeds no tables of flows and activity may be another, such as which names are pages. */
static int match_and_show(struct models *m, struct err *err)
{
    return names_match_again(m, err) < 0 ? -1 : make_views(m, err);
}

/* They are of this one. */
static int keep(struct models *m, const struct made_from *next, struct err *err)
{
    bool feeds;

    if (next->known && strcmp(next->definition, m->definition) == 0)
        return go_on(m, next, err); /* all of it was asked for anew */
    if (compare(m, &m->current, &feeds, err) < 0)
        return -1;
    if (feeds || m->mixed)
        return remake(m, err);
    if (next->known && models_in_transaction(m, give_up_next, err) < 0)
        return -1;
    return models_in_transaction(m, match_and_show, err);
}

/* The tables in use are made from the present catalogue. */
static void use_dimensions(struct models *m)
{
    AUTO_BUF list;

    buf_init(&list, MODELS_STATEMENT_MAX);
    for (size_t i = 0; i < m->dimension_count; i++)
        buf_printf(&list, "%s\n", m->dimension_columns[i]);
    free(m->used_dimensions);
    m->used_dimensions = xmemdup(list.ptr ? list.ptr : "", list.len);
}

static int compare_definitions(struct models *m, struct made_from *current, struct made_from *next,
                               struct err *err)
{
    if (read_state(m, "read_state", current, err) < 0 || read_state(m, "read_next", next, err) < 0)
        return -1;
    m->remaking = m->standing = false;
    m->mixed &= next->known;
    use_dimensions(m);
    if (!current->known)
        return models_in_transaction(m, make_first, err);
    m->current.position = current->position;
    m->standing = current->version / VERSION_UNIT != MODELS_VERSION;
    free(m->used_dimensions);
    m->used_dimensions = xstrdup(current->dimensions);
    if (strcmp(current->definition, m->definition) != 0 || current->version != m->version)
        return change(m, current, next, err);
    return keep(m, next, err);
}

int models_set_catalogue(struct models *m, struct catalogue *c, struct err *err)
{
    struct made_from current = {0}, next = {0};
    int status;

    definition_free(m);
    catalogue_free(m->catalogue);
    m->catalogue = c;
    definition_read(m);
    flows_forget(&m->current);
    flows_forget(&m->next);
    status = compare_definitions(m, &current, &next, err);
    if (status == 0 && m->remaking && !m->standing)
        status = models_in_transaction(m, make_views, err); /* of the tables in use */
    if (status == 0 && !m->standing)
        status = days_begin(m, err);
    if (status == 0)
        status = models_in_transaction(m, day_properties_hide, err);
    if (status == 0)
        status = changes_add(m, "definition", str_from(m->definition), err);
    m->wanted = status < 0;
    free(current.dimensions);
    free(next.dimensions);
    see_positions(m);
    return status;
}

/* A step. */

static int take_steps(struct models *m, const struct model_step *step,
                      const struct model_range *range, struct err *err)
{
    int status = 0;

    for (; status == 0 && (step->sql || step->run); step++)
        if (range->generation == &m->next || !step->remake_only)
            status = step->run ? step->run(m, range, err) : models_run(m, step->sql, range, err);
    return status;
}

static int take_step(struct models *m, struct generation *g, const struct model_range *range,
                     struct err *err)
{
    if (names_extend(m, range, err) < 0)
        return -1;
    for (size_t i = 0; all_models[i]; i++) {
        const struct model_step *step = all_models[i]->refresh;
        int64_t begun = clock_monotonic_us();

        if (step && take_steps(m, step, range, err) < 0)
            return -1;
        CHECK(i < MODELS_MAX);
        m->seconds[i] += (double)(clock_monotonic_us() - begun) / 1e6;
    }
    if (g == &m->current && days_mark(m, range, err) < 0)
        return -1;
    return models_run(m, g == &m->next ? "move_next" : "move_state", range, err);
}

/* Moves the generation on by one step; where it was too large for the memory, the next one is smaller. */
static int move_on(struct models *m, struct generation *g, int64_t until, struct err *err)
{
    const struct model_range range = {
        .generation = g,
        .from = g->position,
        .to = until - g->position < m->step_rows ? until : g->position + m->step_rows};

    if (script_begin(m->store, err) < 0)
        return -1;
    if (take_step(m, g, &range, err) < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        if (err->code == ERR_LIMIT && m->step_rows > STEP_ROWS_MIN)
            m->step_rows /= 2;
        m->wanted = true; /* the database alone knows how far it has come */
        return -1;
    }
    g->position = range.to;
    flows_committed(g);
    if (m->step_rows < STEP_ROWS)
        m->step_rows *= 2;
    return 0;
}

/* Nothing else is to be done. */
static int sum_days_by(struct models *m, int (*sum)(struct models *m, struct err *err),
                       int (*put_off)(struct models *m, struct err *err), struct err *err)
{
    struct err own = {0};
    int status = sum(m, &own);

    if (status < 0) {
        pthread_mutex_lock(&m->mtx);
        m->stats.days_failed++;
        snprintf(m->stats.days_error, sizeof m->stats.days_error, "%s", own.text);
        pthread_mutex_unlock(&m->mtx);
        if (put_off(m, err) < 0)
            return -1; /* or it would be tried without end */
    }
    return status ? 2 : 0;
}

static int sum_days(struct models *m, struct err *err)
{
    int status = sum_days_by(m, days_sum, days_put_off, err);

    return status ? status : sum_days_by(m, day_properties_sum, day_properties_put_off, err);
}

static int refresh(struct models *m, struct err *err)
{
    int64_t loaded = script_loaded(m->store), until;

    if (m->current.position < loaded && !m->standing) {
        m->mixed |= m->remaking;
        if (move_on(m, &m->current, loaded, err) < 0)
            return -1;
    }
    if (!m->remaking)
        return m->current.position < loaded ? 1 : sum_days(m, err);
    until = m->standing ? loaded : m->current.position;
    if (m->next.position < until)
        return move_on(m, &m->next, until, err) < 0 ? -1 : 1;
    m->remaking = false; /* the views are those of the new tables */
    m->wanted = true;
    if (models_in_transaction(m, take_next, err) < 0)
        return -1;
    m->wanted = m->standing = m->mixed = false;
    m->current.position = m->next.position;
    use_dimensions(m);
    flows_forget(&m->current);
    m->current.flows = m->next.flows;
    m->next.flows = NULL;
    return m->current.position < loaded;
}

static int refresh_or_say(struct models *m, struct err *err)
{
    struct catalogue *c = m->catalogue;

    if (!c)
        return err_set(err, ERR_BUSY, "there is no catalogue that can be read");
    if (m->wanted) {
        m->catalogue = NULL;
        if (models_set_catalogue(m, c, err) < 0)
            return -1;
    }
    return refresh(m, err);
}

int models_refresh(struct models *m, struct err *err)
{
    struct err own = {0};
    int64_t begun = clock_monotonic_us();
    int status = refresh_or_say(m, &own);

    pthread_mutex_lock(&m->mtx);
    m->stats.seconds += (double)(clock_monotonic_us() - begun) / 1e6;
    m->stats.failing = status < 0;
    m->stats.errors += status < 0;
    m->stats.steps += status >= 0;
    if (status < 0)
        snprintf(m->stats.error, sizeof m->stats.error, "%s", own.text);
    pthread_mutex_unlock(&m->mtx);
    see_positions(m);
    if (status < 0 && err)
        *err = own;
    return status;
}

int models_finish(struct models *m, struct err *err)
{
    int status;

    do
        status = models_refresh(m, err);
    while (status > 0);
    return status;
}

void models_stats(struct models *m, struct models_stats *out)
{
    pthread_mutex_lock(&m->mtx);
    *out = m->stats;
    pthread_mutex_unlock(&m->mtx);
}

/* Expiry. */

/* From which moment on a sample keeps rows: whole days (UTC). */
static int64_t since(int64_t keep_us, int64_t now_us)
{
    int64_t at = now_us - keep_us;

    return keep_us < 0 ? INT64_MIN
                       : at - (at % DATETIME_DAY_US + DATETIME_DAY_US) % DATETIME_DAY_US;
}

/* Whether it is another day than before. */
static bool set_since(struct models *m, int64_t now_us)
{
    const int64_t keep[] = {m->samples.whole_us, m->samples.half_us, m->samples.tenth_us};
    bool changed = false;

    for (size_t i = 0; i < ARRAY_LEN(keep); i++) {
        int64_t at = since(keep[i], now_us);

        changed |= at != m->since_us[i];
        m->since_us[i] = at;
    }
    return changed;
}

static int record(struct models *m, const struct model *model, int64_t rows, struct err *err)
{
    const struct store_deletion d = {
        .table = model->name, .rule = "flows.samples", .before_us = m->since_us[0], .rows = rows};

    return rows > 0 ? store_record_deletion(m->store, &d, err) : 0;
}

static int64_t expire_some(struct models *m, const struct model *model, int64_t rows_max,
                           struct err *err)
{
    const struct model_range range = {.generation = &m->current, .rows = rows_max};
    int64_t rows = 0;

    for (const char *const *statement = model->expire; *statement; statement++)
        if (models_run(m, *statement, &range, err) < 0)
            return -1;
    if (script_number(m->store, model->gone, models_statement(model->gone), &rows, err) < 0 ||
        record(m, model, rows, err) < 0)
        return -1;
    return rows;
}

static int64_t expire_model(struct models *m, const struct model *model, int64_t rows_max,
                            struct err *err)
{
    int64_t rows;

    if (!model->expire)
        return 0;
    if (script_begin(m->store, err) < 0)
        return -1;
    rows = expire_some(m, model, rows_max, err);
    if (rows < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    return rows;
}

int64_t models_expire(struct models *m, int64_t now_us, int64_t rows_max, struct err *err)
{
    int64_t all = 0;

    if (!m->catalogue || m->wanted || m->standing)
        return 0; /* the tables may not be there yet, or are of another version */
    if (set_since(m, now_us) && models_in_transaction(m, make_views, err) < 0) {
        m->wanted = true;
        return -1;
    }
    for (size_t i = 0; all_models[i]; i++) {
        int64_t rows = expire_model(m, all_models[i], rows_max, err);

        if (rows < 0)
            return -1;
        all += rows;
    }
    return all;
}
