/* SPDX-License-Identifier: Apache-2.0 */
/* overview_fixture.h: what the report `overview` says of visits is held against. */
#pragma once
#include "visits_fixture.h"

static const char overview_catalogue[] =
    "defaults: {owner: a@example.org}\n"
    "events:\n"
    "  - {name: page.viewed, description: d, trigger: t, kind: page}\n"
    "  - {name: \"shop.{what}\", description: d, trigger: t, parameters: {what: {pattern: "
    "\"[a-z]+\", description: d}}}\n";

static const char *const overview_internal[] = {"host=staging.example", "path~/admin/*"};

static inline void overview_settle(struct model_fixture *t, const char *const *filters,
                                   size_t count)
{
    struct str list[8];
    struct err err = {0};
    AUTO_BUF condition;

    buf_init(&condition, REPORT_SQL_MAX);
    for (size_t i = 0; i < count; i++)
        list[i] = str_from(filters[i]);
    model_need(report_put_internal(&condition, list, count, "e", &err), &err);
    model_need(models_set_internal(t->models, list, count, buf_as_str(&condition), &err), &err);
}

static inline void overview_setup(struct model_fixture *t)
{
    model_setup(t, overview_catalogue);
    overview_settle(t, overview_internal, 2);
}

/* A report as SQL; the caller frees it. */
static inline char *report_sql(struct model_fixture *t, const char *report,
                               const char *const *words)
{
    struct report_asked *asked = activity_asked(t, report, words);
    struct err err = {0};
    struct buf sql;

    buf_init(&sql, REPORT_SQL_MAX);
    model_need(report_build(asked, false, &sql, &err), &err);
    buf_char(&sql, '\0');
    assert_false(buf_failed(&sql));
    report_asked_free(asked);
    return sql.ptr;
}

static inline char *overview_sql(struct model_fixture *t, const char *const *words)
{
    return report_sql(t, "overview", words);
}

/* Whether two questions have the same rows, whatever their order; says which differ. */
static inline void assert_same_rows(struct model_fixture *t, const char *ours, const char *theirs)
{
    AUTO_FREE char *sql =
        xasprintf("WITH ours AS MATERIALIZED (%s), theirs AS MATERIALIZED (%s) "
                  "SELECT coalesce(string_agg(CAST(d AS VARCHAR), chr(10)), 'none') FROM ("
                  "SELECT 'too much', * FROM (FROM ours EXCEPT ALL FROM theirs) UNION ALL "
                  "SELECT 'missing', * FROM (FROM theirs EXCEPT ALL FROM ours) LIMIT 6) AS d",
                  ours, theirs);
    AUTO_FREE char *differs = fixture_value(t->f, sql);

    if (strcmp(differs, "none") != 0)
        fail_msg("%s\n%s", differs, ours);
}

/* Counted one by one: {value}, {conditions} are SQL. */
#define OVERVIEW_COUNTS                                                                            \
    "count(*), count(DISTINCT (CAST(time AS DATE), visitor)) FILTER (visitor IS NOT NULL), "       \
    "count(DISTINCT (CAST(time AS DATE), session)) FILTER (session IS NOT NULL), "                 \
    "count(*) FILTER (name = 'page.viewed')"
#define OVERVIEW_IS_INTERNAL                                                                       \
    "(coalesce(host, '') = 'staging.example' OR coalesce(path, '') LIKE '/admin/%%')"
#define OVERVIEW_PEOPLE "NOT bot AND NOT " OVERVIEW_IS_INTERNAL

/* The rows of one panel, of both; all values are asked for. */
static inline void assert_panel(struct model_fixture *t, const char *panel, const char *value,
                                const char *conditions, const char *const *words)
{
    const char *all[16] = {"limit=1000"};
    AUTO_FREE char *word = xasprintf("panel=%s", panel);
    AUTO_FREE char *theirs =
        xasprintf("SELECT %s AS value, " OVERVIEW_COUNTS " FROM events WHERE %s GROUP BY 1", value,
                  conditions);
    AUTO_FREE char *ours = NULL;
    AUTO_FREE char *sql = NULL;
    size_t count = 1;

    all[count++] = word;
    for (; *words; words++)
        all[count++] = *words;
    sql = overview_sql(t, all);
    ours = xasprintf("SELECT value, events, visitors, sessions, pages FROM (%s)", sql);
    assert_same_rows(t, ours, theirs);
}
