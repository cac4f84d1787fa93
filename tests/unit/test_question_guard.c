/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that DuckDB could not stop: ours answer the same, and end in time. */
#include "store_fixture.h"

#include "base/clock.h"
#include "store/query.h"

enum { SHORT_US = 300000, LONG_US = 120000000 /* also on a busy machine, with sanitizers */ };

static int keep(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

static enum err_code ask(struct fixture *f, const char *sql, bool trusted, int64_t timeout_us,
                         struct buf *out, struct err *err)
{
    struct query_result result;
    atomic_bool stuck = false;
    const struct query_opts opts = {.sql = str_from(sql),
                                    .format = QUERY_CSV,
                                    .trusted = trusted,
                                    .timeout_us = timeout_us,
                                    .stuck = &stuck,
                                    .write = keep,
                                    .ctx = out};
    int status;

    *err = (struct err){0};
    status = query_run(f->store, &opts, &result, err);
    assert_false(atomic_load(&stuck));
    return status < 0 ? err->code : ERR_NONE;
}

/* Pairs of short texts of few letters, so that much is alike; p is a pattern. */
#define PAIRS                                                                                      \
    " FROM (SELECT i, translate(left(md5(i::VARCHAR), i % 17), '0123456789abcdef', "               \
    "'aaaaabbbbbcc\xC3\xA9\xC3\xA9$%') AS a, translate(left(md5((i * 7)::VARCHAR), i % 13), "      \
    "'0123456789abcdef', 'aaaaabbbbbcc\xC3\xA9\xC3\xA9__') AS b, "                                 \
    "translate(left(md5((i * 3)::VARCHAR), i % 11), '0123456789abcdef', "                          \
    "'aaabbb%%%%%\xC3\xA9___%') AS p FROM range(20000) t(i))"

static void answers_are_those_of_duckdb(void **state)
{
    static const char *const asked[] = {
        "SELECT i, levenshtein(a, b), editdist3(b, a)" PAIRS " ORDER BY i",
        "SELECT i, damerau_levenshtein(a, b)" PAIRS " ORDER BY i",
        "SELECT i, a LIKE p, a NOT LIKE p, upper(a) ILIKE p, a NOT ILIKE upper(p)" PAIRS
        " ORDER BY i",
        "SELECT i, a LIKE p ESCAPE 'b', a NOT LIKE p ESCAPE '', a ILIKE p ESCAPE 'c', a NOT ILIKE "
        "p "
        "ESCAPE 'c'" PAIRS " WHERE p[-1] <> 'b' ORDER BY i",
        "SELECT i, a LIKE '%a_b%c_%', a ILIKE '%A%b%', a LIKE 'a%' , a NOT LIKE '_%b'" PAIRS
        " ORDER BY i",
        "SELECT i, jaro_similarity(a, b), jaro_winkler_similarity(a, b), "
        "jaro_similarity(a, b, 0.5)" PAIRS " ORDER BY i",
        "SELECT levenshtein(NULL, 'a'), levenshtein('', 'ab'), damerau_levenshtein('ab', ''), "
        "NULL LIKE 'a' || 'b', 'a' LIKE NULL, '' LIKE '' || '%', '' LIKE '' || '_', "
        "list_transform(['abc', 'b'], lambda x: levenshtein(x, 'ab'))",
        "SELECT count(*) FROM events WHERE name LIKE name || '%' AND levenshtein(name, source) < 3",
        "SELECT 'a' GLOB '[a-c]*', 'abc' GLOB 'a*c'",
    };

    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct err err;
        AUTO_BUF theirs;
        AUTO_BUF ours;

        buf_init(&theirs, 4 << 20);
        buf_init(&ours, 4 << 20);
        if (ask(*state, asked[i], true, LONG_US, &theirs, &err) != ERR_NONE)
            fail_msg("%s: %s", asked[i], err.text);
        if (ask(*state, asked[i], false, LONG_US, &ours, &err) != ERR_NONE)
            fail_msg("%s: %s", asked[i], err.text);
        assert_true(theirs.len > 0);
        if (!str_eq(buf_as_str(&theirs), buf_as_str(&ours)))
            fail_msg("%s: other answers", asked[i]);
    }
}

static void what_could_not_be_stopped_ends_in_time(void **state)
{
    static const char *const endless[] = {
        "SELECT levenshtein(repeat('ab', 2000000), repeat('ba', 2000000))",
        "SELECT max(EditDist3(repeat('ab' || i, 20000), repeat('ba', 40000))) FROM range(20000) "
        "t(i)",
        "SELECT max(damerau_levenshtein(repeat('ab' || i, 500), repeat('ba', 1000))) "
        "FROM range(2000000) t(i)",
        "SELECT max(a LIKE '%a%a%a%b' || i) FROM (SELECT repeat('a', 1000000) AS a, i "
        "FROM range(2000000) t(i))",
        "SELECT max(a ILIKE '%' || repeat('a', 100000) || i) FROM (SELECT repeat('a', 1000000) AS "
        "a, i "
        "FROM range(2000000) t(i))",
    };

    for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
        int64_t began_us = clock_monotonic_us();
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        if (ask(*state, endless[i], false, SHORT_US, &out, &err) != ERR_LIMIT ||
            !strstr(err.text, "took longer"))
            fail_msg("%s: %d %s", endless[i], (int)err.code, err.text);
        assert_in_range(clock_monotonic_us() - began_us, SHORT_US, LONG_US);
    }
}

/* DuckDB would take longer than there has been time. */
static void patterns_of_many_wildcards_are_quick(void **state)
{
    static const char *const quick[] = {
        "SELECT repeat('a', 300) LIKE '%a_%a_%a_%a_%a_%a_%a_%a_%a_%a_%a_b'",
        "SELECT repeat('a', 300) NOT ILIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'",
        "SELECT repeat('a', 300) LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%' || 'b'",
        "SELECT repeat('a', 300) LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b' ESCAPE '$'",
    };

    for (size_t i = 0; i < ARRAY_LEN(quick); i++) {
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        if (ask(*state, quick[i], false, LONG_US, &out, &err) != ERR_NONE)
            fail_msg("%s: %s", quick[i], err.text);
    }
}

static void what_would_get_past_it_is_refused(void **state)
{
    static const struct {
        const char *sql, *said;
        enum err_code code;
    } refused[] = {
        {"SELECT system.main.levenshtein('a', 'b')", "bare name", ERR_DENIED},
        {"SELECT x.levenshtein('b') FROM (SELECT 'a' AS x)", "levenshtein(a, b)", ERR_DENIED},
        {"SELECT system.main.\"~~\"('a', '%b')", "bare name", ERR_DENIED},
        {"SELECT 'a' GLOB '*a*b'", "regexp_matches", ERR_DENIED},
        {"SELECT 'a' GLOB name FROM events", "regexp_matches", ERR_DENIED},
        {"SELECT jaro_similarity(repeat('a', 20000), 'b')",
         "jaro_similarity takes texts of at most 16384 bytes", ERR_USAGE},
        {"SELECT levenshtein('a', repeat('ab', 40000000))", "at most 67 million", ERR_USAGE},
        {"SELECT damerau_levenshtein(repeat('ab', 1000000), repeat('ba', 1000000))",
         "lengths multiply to no more", ERR_USAGE},
    };

    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        if (ask(*state, refused[i].sql, false, LONG_US, &out, &err) != refused[i].code ||
            !strstr(err.text, refused[i].said))
            fail_msg("%s: %d %s", refused[i].sql, (int)err.code, err.text);
    }
}

static void like_stays_duckdbs_where_it_is_quick(void **state)
{
    static const struct {
        const char *sql;
        bool ours;
    } plans[] = {
        {"EXPLAIN SELECT * FROM events WHERE name LIKE 'page.%'", false},
        {"EXPLAIN SELECT * FROM events WHERE name LIKE '%a%b%c%'", false},
        {"EXPLAIN SELECT * FROM events WHERE name ILIKE '%a%'", false},
        {"EXPLAIN SELECT * FROM events WHERE name ILIKE '%a%b%'", true},
        {"EXPLAIN SELECT * FROM events WHERE name LIKE '%a_%b'", true},
        {"EXPLAIN SELECT * FROM events WHERE name LIKE source", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        if (ask(*state, plans[i].sql, false, LONG_US, &out, &err) != ERR_NONE)
            fail_msg("%s: %s", plans[i].sql, err.text);
        buf_char(&out, '\0');
        assert_false(buf_failed(&out));
        if ((strstr(out.ptr, "weir_like") != NULL) != plans[i].ours)
            fail_msg("%s: %s", plans[i].sql, out.ptr);
    }
}

int main(void)
{
#define ASKED(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        ASKED(answers_are_those_of_duckdb),          ASKED(what_could_not_be_stopped_ends_in_time),
        ASKED(patterns_of_many_wildcards_are_quick), ASKED(what_would_get_past_it_is_refused),
        ASKED(like_stays_duckdbs_where_it_is_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
