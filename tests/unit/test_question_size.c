/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that DuckDB would plan for ever, or fall over: refused at once; and large ones that are answered. */
#include "store_fixture.h"

#include "base/clock.h"
#include "store/query.h"

enum { AT_ONCE_US = 20000000 }; /* also with sanitizers, on a busy machine */

static void repeat(struct buf *out, unsigned count, const char *text)
{
    for (unsigned i = 0; i < count; i++)
        buf_str(out, str_from(text));
}

/* Text in which %u is the number and %d the one before. */
static void number(struct buf *out, unsigned from, unsigned count, const char *text)
{
    for (unsigned i = from; i < from + count; i++)
        for (const char *p = text; *p; p++) {
            if (p[0] == '%' && (p[1] == 'u' || p[1] == 'd'))
                buf_printf(out, "%u", *++p == 'u' ? i : i - 1);
            else
                buf_char(out, *p);
        }
}

static int nowhere(void *ctx, struct str bytes)
{
    return 0;
}

static enum err_code ask(struct fixture *f, const struct buf *sql, bool shown, struct err *err)
{
    struct query_result result;
    const struct query_opts opts = {.sql = buf_as_str(sql),
                                    .format = QUERY_CSV,
                                    .without_hidden = shown,
                                    .timeout_us = 60000000,
                                    .write = nowhere};

    *err = (struct err){0};
    assert_false(buf_failed(sql));
    return query_run(f->store, &opts, &result, err) < 0 ? err->code : ERR_NONE;
}

struct shape {
    const char *head; /* then so many times: */
    unsigned count;
    const char *each, *middle;
    const char *back; /* as many times */
    const char *tail;
};

static void write_shape(struct buf *sql, const struct shape *s)
{
    buf_init(sql, 1 << 20);
    buf_str(sql, str_from(s->head));
    number(sql, 1, s->count, s->each);
    buf_str(sql, str_from(s->middle));
    repeat(sql, s->count, s->back);
    buf_str(sql, str_from(s->tail));
}

static void what_would_be_planned_for_ever_is_refused_at_once(void **state)
{
    static const struct shape hostile[] = {
        {"SELECT 0", 9000, " UNION ALL SELECT 1", "", "", ""},
        {"SELECT 0", 9000, " UNION SELECT 1", "", "", ""},
        {"FROM events", 5000, " UNION ALL FROM events", "", "", ""},
        {"SELECT 1", 900, "+1", "", "", ""},
        {"SELECT ", 900, "abs(", "1", ")", ""},
        {"SELECT ", 900, "[", "1", "]", ""},
        {"SELECT ", 300, "{'a':", "1", "}", ""},
        {"SELECT '{}'::JSON", 900, "->'a'", "", "", ""},
        {"SELECT x FROM range(3) t(x) WHERE x = ", 20,
         "(SELECT max(x) FROM range(2) t%u(x) WHERE x = ", "1", ")", ""},
        {"SELECT 1 FROM range(9) b0(x)", 200, " JOIN range(9) b%u(x) ON b%u.x = b0.x + %u", "", "",
         ""},
        {"SELECT 1 FROM events b0", 100, " JOIN events b%u ON b%u.id = b0.id", "", "", ""},
        {"WITH a0 AS NOT MATERIALIZED (SELECT 1 AS x)", 40,
         ", a%u AS NOT/**/MATERIALIZED (SELECT p.x FROM a%d p, a%d q)", " SELECT * FROM a40", "",
         ""},
        {"WITH a0 AS NOT MATERIALIZED (SELECT 1 AS x)", 30,
         ", a%u AS NOT MATERIALIZED (FROM a%d UNION ALL FROM a%d)", " SELECT count(*) FROM a30", "",
         ""},
        {"WITH a0 AS (SELECT 1)", 1000, ", a%u AS (SELECT 1)", " SELECT 1", "", ""},
        {"SELECT 1 AS a0", 26, ", a%d + a%d AS a%u", "", "", ""},
        {"SELECT range AS a0", 500, ", a%d + a%d AS A%u", " FROM range(3)", "", ""},
        {"SELECT *", 50000, ",*", " FROM events", "", ""},
        {"SELECT count(*) FROM events GROUP BY ROLLUP /**/ (name", 12000, ", position + %u", ")",
         "", ""},
        {"SELECT count(*) FROM events GROUP BY CUBE(name", 17, ", position + %u", ")", "", ""},
        {"SELECT count(*) FROM events GROUP BY name", 60, ", ROLLUP(position + %u)", "", "", ""},
        {"SELECT count(*) FROM events GROUP BY GROUPING SETS (name", 800,
         ", (source, position + %u)", "), ROLLUP(time, source)", "", ""},
        {"SUMMARIZE SELECT 0", 2000, " UNION ALL SELECT 1", "", "", ""},
        {"EXPLAIN SELECT 1", 900, "+1", "", "", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        int64_t began_us = clock_monotonic_us();
        struct err err;
        AUTO_BUF sql;

        write_shape(&sql, hostile + i);
        if (ask(*state, &sql, false, &err) != ERR_LIMIT || !strstr(err.text, "at most"))
            fail_msg("%zu: %.100s: %d %s", i, sql.ptr, (int)err.code, err.text);
        assert_in_range(clock_monotonic_us() - began_us, 0, AT_ONCE_US);
    }
}

static void what_would_end_the_process_is_refused(void **state)
{
    static const char *const deadly[] = {
        "json_structure(repeat('[', 100000) || repeat(']', 100000))",
        "JSON_merge_patch(repeat('{\"a\":', 100000) || '1' || repeat('}', 100000), '{}')",
        "json_transform('[]', repeat('[', 100000) || '\"INT\"' || repeat(']', 100000))",
        "json_serialize_plan('FROM events')",
        "json_contains(x, x) FROM (SELECT repeat('[', 100000) || repeat(']', 100000) AS x)",
        "json_serialize_sql(repeat('SELECT 1 UNION ALL ', 100000) || 'SELECT 1')",
        "CAST((repeat('[', 100000) || repeat(']', 100000))::JSON AS VARIANT)",
    };

    for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
        for (int shown = 0; shown < 2; shown++) {
            struct err err;
            AUTO_BUF sql;

            buf_init(&sql, 1 << 20);
            buf_printf(&sql, "SELECT %s", deadly[i]);
            if (ask(*state, &sql, shown, &err) != ERR_DENIED || !strstr(err.text, "end the engine"))
                fail_msg("%s: %d %s", sql.ptr, (int)err.code, err.text);
        }
}

static void large_questions_are_answered(void **state)
{
    static const struct shape large[] = {
        {"SELECT 0", 900, " UNION ALL SELECT %u", "", "", ""},
        {"FROM events", 50, " UNION ALL FROM events", "", "", ""},
        {"VALUES (0)", 20000, ",(%u)", "", "", ""},
        {"FROM events WHERE name IN ('a'", 10000, ",'%u'", ")", "", ""},
        {"SELECT 1 WHERE false", 5000, " OR %u = 0", "", "", ""},
        {"SELECT 1", 100, "+%u", "", "", ""},
        {"WITH a0 AS (SELECT 1 AS x)", 40, ", a%u AS (SELECT p.x FROM a%d p, a%d q)", " FROM a40",
         "", ""},
        {"SELECT 1 AS a0", 10, ", a%d + a%d AS a%u", "", "", ""},
        {"SELECT 'MATERIALIZED' AS x FROM range(9) b0(x)", 20,
         " JOIN range(9) b%u(x) ON b%u.x = b0.x", "", "", ""},
        {"SELECT 'CUBE(1,2)' AS x FROM events GROUP BY ROLLUP(name", 200, ", position + %u", ")",
         "", ""},
        {"SELECT 1", 12, " UNION ALL SELECT 1 FROM events GROUP BY CUBE(name, source)", "", "", ""},
        {"", 200, "(SELECT * FROM ", "range(1)", ")", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(large); i++) {
        struct err err;
        AUTO_BUF sql;

        write_shape(&sql, large + i);
        if (ask(*state, &sql, true, &err) != ERR_NONE)
            fail_msg("%zu: %.100s: %d %s", i, sql.ptr, (int)err.code, err.text);
    }
}

int main(void)
{
#define ASKED(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        ASKED(what_would_be_planned_for_ever_is_refused_at_once),
        ASKED(what_would_end_the_process_is_refused),
        ASKED(large_questions_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
