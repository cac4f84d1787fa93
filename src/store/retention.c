/* SPDX-License-Identifier: Apache-2.0 */
/* retention.c: one step: the position up to which it goes, what it takes from whom, and the deletion,
 * all in one transaction.
 *
 * A step ends at a position, so that DuckDB looks at the row groups up to there and at no others; the
 * rows of a row group go together as time passes, and its space with them. It also ends before the
 * first row that is not old: what came after that one is no older, whatever the clock said when it
 * came. */
#include "store/retention.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/internal.h"

enum { WHOSE_MAX = 1 << 20 };
#define DAY_US INT64_C(86400000000)

static const struct {
    const char *table, *shown, *source;
} tables[] = {
    [STORE_EVENTS] = {"events_data", "events", "source"},
    [STORE_QUARANTINE] = {"quarantine", "quarantine", "source"},
    [STORE_REJECTED] = {"rejected", "rejected", "NULL"},
};

/* A step's statements: which, with what in their blanks, and their first parameter. */
struct step {
    const char *last, *count, *change;
    const char *young; /* or NULL; its third parameter is: */
    int64_t future_us;
    const struct sql_blank *blanks;
    size_t blank_count;
    int64_t time_us, upto;
    const char *table, *rule, *reason;
};

static int prepare(struct store *s, const struct step *step, const char *statement, int64_t number,
                   duckdb_prepared_statement *out, struct err *err)
{
    duckdb_prepared_statement stmt = NULL;
    AUTO_BUF sql;

    buf_init(&sql, 2 * WHOSE_MAX);
    duck_fill(&sql, statement, step->blanks, step->blank_count);
    buf_char(&sql, '\0');
    if (buf_failed(&sql))
        return err_set(err, ERR_LIMIT, "%s: too many sources have rules of their own", step->rule);
    if (duckdb_prepare(s->con, sql.ptr, &stmt) != DuckDBSuccess) {
        duck_error(err, DUCKDB_ERROR_INVALID, statement, duckdb_prepare_error(stmt));
        duckdb_destroy_prepare(&stmt);
        return -1;
    }
    duckdb_bind_timestamp(stmt, 1, (duckdb_timestamp){step->time_us});
    duckdb_bind_int64(stmt, 2, number);
    *out = stmt;
    return 0;
}

static int run(struct store *s, const struct step *step, const char *statement, int64_t number,
               duckdb_result *out, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (prepare(s, step, statement, number, &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, out, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

/* 0 where there is nothing to do. */
static int find_last(struct store *s, const struct step *step, int64_t rows_max, int64_t *out,
                     struct err *err)
{
    duckdb_result result;

    if (run(s, step, step->last, rows_max, &result, err) < 0)
        return -1;
    *out = duckdb_value_is_null(&result, 0, 0) ? 0 : duckdb_value_int64(&result, 0, 0);
    duckdb_destroy_result(&result);
    return 0;
}

/* Brings *last before the first row that is not old. */
static int stop_before_young(struct store *s, const struct step *step, int64_t *last,
                             struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (prepare(s, step, step->young, *last, &stmt, err) < 0)
        return -1;
    duckdb_bind_timestamp(stmt, 3, (duckdb_timestamp){step->future_us});
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    if (!duckdb_value_is_null(&result, 0, 0))
        *last = duckdb_value_int64(&result, 0, 0) - 1;
    duckdb_destroy_result(&result);
    return 0;
}

static int record(struct store *s, const struct step *step, int64_t last, int64_t *rows,
                  struct err *err)
{
    duckdb_result result;
    int status = 0;

    *rows = 0;
    if (run(s, step, step->count, last, &result, err) < 0)
        return -1;
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++) {
        char *source = duckdb_value_varchar(&result, 0, i);
        const struct store_deletion d = {.table = step->table,
                                         .source = source ? str_from(source) : STR_NONE,
                                         .rule = step->rule,
                                         .before_us = step->time_us,
                                         .rows = duckdb_value_int64(&result, 1, i),
                                         .reason = step->reason};

        status = store_record_deletion(s, &d, err);
        *rows += d.rows;
        duckdb_free(source);
    }
    duckdb_destroy_result(&result);
    return status;
}

static int64_t take_step(struct store *s, const struct step *step, int64_t rows_max,
                         struct err *err)
{
    int64_t last, rows;

    CHECK(rows_max > 0);
    if (find_last(s, step, rows_max, &last, err) < 0)
        return -1;
    if (step->upto && last > step->upto)
        last = step->upto;
    if (last > 0 && step->young && stop_before_young(s, step, &last, err) < 0)
        return -1;
    if (last == 0)
        return 0;
    if (duck_begin(s->con, err) < 0)
        return -1;
    if (record(s, step, last, &rows, err) < 0 || run(s, step, step->change, last, NULL, err) < 0 ||
        duck_run(s->con, "commit", err) < 0) {
        duck_run(s->con, "rollback", NULL);
        return -1;
    }
    return rows;
}

/* The condition that tells whose rows are meant. */
static void put_whose(struct buf *out, const struct store_old *old)
{
    struct sql_blank value = {"value", STR_NONE};
    AUTO_BUF names;

    buf_init(&names, WHOSE_MAX);
    if (old->source.ptr)
        sql_literal(&names, old->source);
    for (size_t i = 0; !old->source.ptr && i < old->except_count; i++) {
        buf_str(&names, i ? STR(", ") : STR(""));
        sql_literal(&names, old->except[i]);
    }
    value.text = buf_as_str(&names);
    if (old->table == STORE_REJECTED || value.text.len == 0)
        duck_fill_part(out, "part_of_all", NULL, 0);
    else
        duck_fill_part(out, old->source.ptr ? "part_of_source" : "part_of_others", &value, 1);
}

int64_t store_delete_old(struct store *s, const struct store_old *old, struct err *err)
{
    AUTO_BUF whose;
    struct sql_blank blanks[] = {{"table", str_from(tables[old->table].table)},
                                 {"source", str_from(tables[old->table].source)},
                                 {"whose", STR_NONE}};
    const struct step step = {.last = "last_old",
                              .count = "count_old",
                              .change = "delete_old",
                              .young = "first_young",
                              .future_us = old->now_us + DAY_US,
                              .blanks = blanks,
                              .blank_count = ARRAY_LEN(blanks),
                              .time_us = old->before_us,
                              .upto = old->upto,
                              .table = tables[old->table].shown,
                              .rule = old->rule,
                              .reason = old->reason};

    buf_init(&whose, WHOSE_MAX);
    put_whose(&whose, old);
    blanks[2].text = buf_as_str(&whose);
    return take_step(s, &step, old->rows_max, err);
}

int64_t store_forget_raw(struct store *s, enum store_raw which, int64_t now_us, int64_t rows_max,
                         struct err *err)
{
    const char *value = which == STORE_IP ? "ip" : "user_agent";
    const char *until = which == STORE_IP ? "ip_until" : "user_agent_until";
    const struct sql_blank blanks[] = {{"value", str_from(value)}, {"until", str_from(until)}};
    const struct step step = {.last = "last_raw",
                              .count = "count_raw",
                              .change = "forget_raw",
                              .blanks = blanks,
                              .blank_count = ARRAY_LEN(blanks),
                              .time_us = now_us,
                              .table = "events",
                              .rule = until,
                              .reason = "raw value"};

    return take_step(s, &step, rows_max, err);
}

int store_reuse_space(struct store *s, struct err *err)
{
    return duck_run(s->con, "checkpoint", err);
}
