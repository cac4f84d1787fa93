/* SPDX-License-Identifier: Apache-2.0 */
/* test_counts.c: events counted by quarters of an hour: in any order, by any batches, late, over
 * changes of the catalogue whose events are gone, and what expires of them. */
#include "counts_fixture.h"

#define HEAD "defaults: {owner: a@example.org, naming: any, kind: product}\nevents:\n"
#define PAGE "  - {name: page.viewed, description: d, trigger: t}\n"
#define NOTE(name, dimensions, privacy)                                                            \
    "  - {name: " name ", description: d, trigger: t, " dimensions                                 \
    "properties: {note: {type: string, " privacy "description: d}}}\n"
#define SEARCH NOTE("searchTermIntercepted", "", "privacy: hidden, ")
static const char catalogue[] =
    HEAD PAGE SEARCH NOTE("socialClick", "dimensions: [{note: clicked}], ", "");
static const char renamed[] =
    HEAD PAGE SEARCH NOTE("socialClick", "dimensions: [{note: network}], ", "");
static const char without[] = HEAD PAGE SEARCH NOTE("socialClick", "", "");
static const char hiding[] = HEAD PAGE SEARCH NOTE("socialClick", "", "privacy: hidden, ");

#define HIT(event, text, at)                                                                       \
    {                                                                                              \
        .name = event, .note = text, .minute = at, .domain = "a.example", .page = "/1",            \
        .platform = "Linux"                                                                        \
    }
static const struct hit clicks[] = {
    HIT("socialClick", "mastodon", 0),
    HIT("socialClick", "mastodon", 0),
    HIT("socialClick", "mastodon", 0),
    HIT("socialClick", "mastodon", 0),
    HIT("socialClick", "e-mail", 1),
    HIT("searchTermIntercepted", "private", 1),
    HIT("page.viewed", NULL, 20),
    {.name = "page.viewed",
     .minute = 20,
     .source = "other",
     .domain = "a.example",
     .page = "/1",
     .platform = "",
     .bot = true},
};

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)((seed >> 33) % n);
}

static void equal_hits_of_one_instant_all_count(void **state)
{
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    assert_value(
        t.f,
        "SELECT string_agg(x, ', ' ORDER BY x) FROM (SELECT concat_ws(' ', time, event, source, "
        "domain, page, platform, bot, clicked, count) AS x FROM event_counts)",
        "2023-11-14 22:00:00 searchTermIntercepted site a.example /1 Linux false 1, "
        "2023-11-14 22:00:00 socialClick site a.example /1 Linux false e-mail 1, "
        "2023-11-14 22:00:00 socialClick site a.example /1 Linux false mastodon 4, "
        "2023-11-14 22:30:00 page.viewed other a.example /1 true 1, "
        "2023-11-14 22:30:00 page.viewed site a.example /1 Linux false 1");
    assert_value(t.f,
                 "SELECT count(*) FROM event_counts AS c WHERE CAST(c AS VARCHAR) LIKE '%private%'",
                 "0");
    assert_value(t.f,
                 "SELECT string_agg(column_name, ' ' ORDER BY column_index) FROM "
                 "duckdb_columns() WHERE table_name = 'event_counts'",
                 "time event source domain page platform timezone bot clicked dimensions count");
    model_teardown(&t);
}

static void make_random(struct hit *hits, size_t count)
{
    static const char *const names[] = {"page.viewed", "socialClick", "searchTermIntercepted",
                                        "unknown.thing"};
    static const char *const notes[] = {NULL, "", "a", "b \"quoted\" \\ {x}", "\xc3\xa9"};
    static const char *const texts[] = {NULL, "", "a.example", "b.example"};

    for (size_t i = 0; i < count; i++)
        hits[i] = (struct hit){.name = names[below(4)],
                               .note = notes[below(5)],
                               .minute = below(3) ? (int64_t)(i / 20) : below(4000),
                               .source = below(5) ? NULL : "other",
                               .domain = texts[below(4)],
                               .page = below(9) ? "/1" : "/2",
                               .platform = texts[below(3)],
                               .received_minute = 1 + (int64_t)(i / 20),
                               .bot = !below(10)};
}

static void assert_counts_of_events(struct model_fixture *t)
{
    assert_value(
        t->f,
        "SELECT count(*) FROM (FROM (SELECT time, event, source, domain, page, platform, "
        "timezone, bot, dimensions, count FROM event_counts) EXCEPT ALL (" OF_EVENTS(CLICKED) "))",
        "0");
    assert_value(
        t->f, "SELECT (SELECT sum(count) FROM event_counts) - (SELECT count(*) FROM events)", "0");
}

enum { HITS = 16000, PART = 4000, SOME = 2000 };

static void neither_order_nor_batches_matter(void **state)
{
    struct hit *hits = xcalloc(HITS, sizeof *hits);
    struct model_fixture one, many;
    AUTO_FREE char *counts = NULL;

    (void)state;
    make_random(hits, HITS);
    model_setup(&one, catalogue);
    hits_load(&one, hits, HITS);
    model_refresh(&one);
    counts = fixture_value(one.f, all_counts);
    model_teardown(&one);
    for (size_t i = HITS - 1; i > 0; i--) {
        size_t k = below((unsigned)i + 1);
        struct hit h = hits[i];

        hits[i] = hits[k];
        hits[k] = h;
    }
    model_setup(&many, catalogue);
    for (size_t at = 0; at < HITS;) {
        size_t count = 1 + below(2500);

        count = count < HITS - at ? count : HITS - at;
        hits_load(&many, hits + at, count);
        at += count;
        model_refresh(&many);
        if (!below(4))
            model_reopen(&many, catalogue);
    }
    assert_value(many.f, all_counts, counts);
    /* Windows that are over are summed up, and no part is counted twice or lost on the way. */
    assert_value(many.f, "SELECT count(*) > 0 FROM event_counts_data", "true");
    assert_counts_of_events(&many);
    model_teardown(&many);
    free(hits);
}

/* A step adds its own parts and looks at no earlier ones, until as many are new as were left. */
static void parts_are_summed_up_when_many_wait(void **state)
{
    enum { STEPS = 9, ROWS = 3000 };
    struct hit *hits = xcalloc(ROWS, sizeof *hits);
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    for (size_t step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < ROWS; i++)
            hits[i] = (struct hit){
                .name = "page.viewed", .minute = (int64_t)i * 15, .received_minute = ROWS * 15 + 1};
        hits_load(&t, hits, ROWS);
        model_refresh(&t);
        assert_value(
            t.f, "SELECT min(count) || ' ' || max(count) || ' ' || count(*) FROM event_counts",
            ((const char *const[]){"1 1 3000", "2 2 3000", "3 3 3000", "4 4 3000", "5 5 3000",
                                   "6 6 3000", "7 7 3000", "8 8 3000", "9 9 3000"})[step]);
    }
    assert_value(t.f, "SELECT count(*) FROM event_counts_data",
                 "5998"); /* two rounds of four steps; one window is not over */
    assert_value(t.f, "SELECT count(*) FROM event_counts_fresh_data",
                 "3001"); /* those that are not over, too */
    model_teardown(&t);
    free(hits);
}

/* By windows: what has lost events stays as it was, all else is counted by what is said now. */
static void counts_outlive_their_events(void **state)
{
    static const struct hit late = {.name = "socialClick",
                                    .note = "mastodon",
                                    .minute = 0,
                                    .domain = "a.example",
                                    .page = "/1",
                                    .platform = "Linux",
                                    .received_minute = 30};
    static const char shown[] = "SELECT string_agg(x, ', ' ORDER BY x) FROM (SELECT concat_ws(' ', "
                                "network, count) AS x FROM "
                                "event_counts WHERE event = 'socialClick')";
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    assert_int_equal(hits_delete(&t, NULL, 1), 4); /* four of five clicks */
    hits_load(&t, &late, 1); /* not counted yet when the change comes */
    model_set_catalogue(&t, renamed);
    assert_true(is_remaking(&t));
    model_refresh(&t);
    assert_value(t.f, shown, "e-mail 1, mastodon 5");
    assert_value(t.f, "SELECT count(*) FROM event_counts_kept_data", "1");
    assert_value(t.f, "SELECT sum(count) FROM event_counts", "9");
    /* Twice the same is nothing new; and so is a rebuild's remake. */
    assert_int_equal(models_remake(t.models, NULL), 0);
    hits_load(&t, &late, 1);
    model_refresh(&t);
    assert_value(t.f, shown, "e-mail 1, mastodon 6");
    model_set_catalogue(&t, without);
    model_refresh(&t);
    assert_value(t.f, "SELECT count FROM event_counts WHERE event = 'socialClick'", "7");
    model_teardown(&t);
}

/* An engine that ends in between goes on with what it has decided. */
static void a_remake_that_was_interrupted_counts_once(void **state)
{
    struct hit *hits = xcalloc(HITS, sizeof *hits);
    struct err err = {0};
    struct model_fixture t;

    (void)state;
    make_random(hits, HITS);
    model_setup(&t, catalogue);
    for (int i = 0; i < 3; i++) /* more than one step */
        hits_load_from(&t, hits, PART, i * INT64_C(100000));
    model_refresh(&t);
    assert_in_range(hits_delete(&t, NULL, 100), 1000, 5000);
    model_set_catalogue(&t, renamed);
    assert_int_equal(models_refresh(t.models, &err), 1);
    hits_load(&t, hits, 100);
    model_reopen(&t, renamed);
    assert_true(is_remaking(&t));
    model_refresh(&t);
    assert_value(t.f, "SELECT sum(count) FROM event_counts", "12100");
    model_set_catalogue(&t, catalogue);
    model_refresh(&t);
    assert_value(t.f, "SELECT sum(count) FROM event_counts", "12100");
    model_teardown(&t);
    free(hits);
}

/* Retention between the steps of a remake takes no event that is in the tables in use alone. */
static void retention_amid_a_remake_loses_no_count(void **state)
{
    static const char counted[] =
        "SELECT md5(string_agg(CAST(c AS VARCHAR), '|' ORDER BY CAST(c AS VARCHAR))) FROM (SELECT "
        "* EXCLUDE (count, dimensions, clicked), sum(count) FROM event_counts GROUP BY ALL) AS c";
    struct hit *hits = xcalloc(HITS, sizeof *hits);
    struct models_stats stats;
    struct err err = {0};
    struct model_fixture t;
    AUTO_FREE char *before = NULL;
    int64_t rows = 0;

    (void)state;
    make_random(hits, HITS);
    model_setup(&t, catalogue);
    for (int i = 0; i < 4; i++) /* more than one step */
        hits_load_from(&t, hits + i * PART, PART, i * INT64_C(100000));
    model_refresh(&t);
    before = fixture_value(t.f, counted);
    assert_int_equal(models_remake(t.models, &err), 0);
    while (models_refresh(t.models, &err) > 0) {
        models_stats(t.models, &stats);
        rows += hits_delete_upto(&t, NULL, 600, stats.seen);
    }
    assert_in_range(rows, 1, HITS - 1);
    assert_value(t.f, counted, before);
    model_teardown(&t);
    free(hits);
}

/* What the counts must be of all events that ever were, and of those of which none is gone. */
#define SHADOW                                                                                     \
    "SELECT position, time_bucket(INTERVAL 15 MINUTE, time) AS time, name AS event, source, "      \
    "nullif(host, '') AS domain, nullif(path, '') AS page, nullif(platform, '') AS platform, "     \
    "bot, note FROM events"
#define WITHOUT_DIMENSIONS "time, event, source, domain, page, platform, bot"

static void run_script(struct model_fixture *t, const char *sql)
{
    struct err err = {0};

    model_need(script_run(t->f->store, "test", str_from(sql), &err), &err);
}

static void keep_shadow(struct model_fixture *t)
{
    run_script(t, "INSERT INTO shadow " SHADOW
                  " WHERE position > (SELECT coalesce(max(position), 0) FROM shadow)");
}

static void assert_counts_of_shadow(struct model_fixture *t, const char *member)
{
    AUTO_FREE char *by_dimension = xasprintf(
        "SELECT count(*) FROM (FROM (SELECT " WITHOUT_DIMENSIONS
        ", dimensions, count FROM event_counts) EXCEPT ALL (SELECT " WITHOUT_DIMENSIONS
        ", CASE WHEN event = 'socialClick' AND note <> '' THEN %s END, count(*) FROM shadow "
        "GROUP BY ALL)) AS x SEMI JOIN (SELECT s.time, s.source FROM shadow AS s LEFT JOIN events "
        "AS e ON e.position = s.position GROUP BY ALL HAVING count(*) = count(e.id)) AS whole "
        "USING (time, source)",
        member);

    keep_shadow(t);
    assert_value(t->f,
                 "SELECT count(*) FROM ((SELECT " WITHOUT_DIMENSIONS
                 ", CAST(sum(count) AS BIGINT) FROM event_counts GROUP BY ALL) EXCEPT ALL "
                 "(SELECT " WITHOUT_DIMENSIONS ", count(*) FROM shadow GROUP BY ALL))",
                 "0");
    assert_value(
        t->f,
        "SELECT (SELECT coalesce(sum(count), 0) FROM event_counts) - (SELECT count(*) FROM shadow)",
        "0");
    assert_value(t->f, by_dimension, "0");
}

/* Loading, steps, restarts, other catalogues, remakes and retention, in any order. */
static void whatever_happens_each_event_counts_once(void **state)
{
    static const struct {
        const char *yaml, *member;
    } catalogues[] = {
        {catalogue, "'{\"clicked\":' || to_json(note) || '}'"},
        {renamed, "'{\"network\":' || to_json(note) || '}'"},
        {without, "NULL"},
        {hiding, "NULL"},
    };
    struct hit *hits = xcalloc(SOME, sizeof *hits);
    struct models_stats stats;
    struct err err = {0};
    struct model_fixture t;
    size_t at = 0, now = 0, count;

    (void)state;
    make_random(hits, SOME);
    model_setup(&t, catalogues[now].yaml);
    run_script(&t, "CREATE TABLE shadow AS " SHADOW);
    while (at < SOME) {
        switch (below(9)) {
        case 0:
            now = below(ARRAY_LEN(catalogues));
            model_set_catalogue(&t, catalogues[now].yaml);
            break;
        case 1: model_reopen(&t, catalogues[now].yaml); break;
        case 2:
            if (!below(4))
                model_need(models_remake(t.models, &err), &err);
            break;
        case 3:
        case 4:
            keep_shadow(&t);
            models_stats(t.models, &stats);
            if (stats.seen > 0)
                hits_delete_upto(&t, below(2) ? "site" : NULL, (int64_t)(at / 20) - below(200),
                                 stats.seen);
            break;
        case 5:
            model_refresh(&t);
            assert_counts_of_shadow(&t, catalogues[now].member);
            break;
        case 6:
        case 7: models_refresh(t.models, &err); break;
        default:
            count = 1 + below(400);
            count = count < SOME - at ? count : SOME - at;
            hits_load_from(&t, hits + at, count, t.position + below(60000));
            at += count;
        }
    }
    model_refresh(&t);
    assert_counts_of_shadow(&t, catalogues[now].member);
    model_teardown(&t);
    free(hits);
}

/* What came in between was counted by a catalogue that is not that of the tables in use. */
static void a_change_that_is_taken_back_costs_no_dimension(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    model_set_catalogue(&t, without);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    assert_int_equal(models_refresh(t.models, &err), 1);
    model_set_catalogue(&t, catalogue);
    model_refresh(&t);
    assert_counts_of_events(&t);
    model_teardown(&t);
}

static void what_is_hidden_later_leaves_the_counts(void **state)
{
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    assert_int_equal(hits_delete(&t, NULL, 1), 4);
    model_set_catalogue(&t, hiding);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(dimensions) || ' ' || sum(count) FROM event_counts", "0 8");
    assert_value(
        t.f,
        "SELECT count(*) FROM event_counts_data AS c WHERE CAST(c AS VARCHAR) LIKE '%mastodon%'",
        "0");
    model_reopen(&t, hiding);
    assert_false(is_remaking(&t)); /* once is enough */
    model_teardown(&t);
}

/* As `weir rebuild` does: cut, loaded again from the journal, made anew, old rows deleted again. */
static void a_rebuild_counts_the_same(void **state)
{
    struct hit *hits = xcalloc(HITS, sizeof *hits);
    struct err err = {0};
    AUTO_FREE char *before = NULL;
    struct model_fixture t;

    (void)state;
    make_random(hits, HITS);
    model_setup(&t, catalogue);
    hits_load(&t, hits, HITS);
    model_refresh(&t);
    before = fixture_value(t.f, all_counts);
    hits_delete(&t, "other", 200);
    hits_delete(&t, "site", 500);
    model_need(store_cut(t.f->store, 7001, &err), &err);
    hits_load_from(&t, hits + 7000, HITS - 7000, 7000); /* also what retention had deleted */
    model_reopen(&t, catalogue);
    assert_int_equal(models_remake(t.models, NULL), 0);
    model_refresh(&t);
    assert_value(t.f, all_counts, before);
    hits_delete(&t, "site", 500);
    assert_int_equal(models_remake(t.models, NULL), 0);
    model_refresh(&t);
    assert_value(t.f, all_counts, before);
    model_teardown(&t);
    free(hits);
}

/* A store of a version without counts: all that is there is counted, once. */
static void tables_from_before_the_counts_get_them(void **state)
{
    static const char *const undo[] = {
        "DROP VIEW event_counts",
        "DROP VIEW event_count_rows",
        "DROP TABLE event_counts_data",
        "DROP TABLE event_counts_fresh_data",
        "DROP TABLE event_counts_kept_data",
        "ALTER TABLE event_names DROP COLUMN dimensions",
        "UPDATE model_state SET version = 10051",
    };
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    for (size_t i = 0; i < ARRAY_LEN(undo); i++)
        model_need(script_run(t.f->store, "undo", str_from(undo[i]), &err), &err);
    model_reopen(&t, catalogue);
    assert_true(is_remaking(&t));
    hits_load(&t, clicks, 1);
    model_refresh(&t);
    assert_value(t.f, "SELECT sum(count) FROM event_counts WHERE clicked = 'mastodon'", "5");
    assert_counts_of_events(&t);
    model_teardown(&t);
}

static int64_t expire(struct model_fixture *t, const char *source, const struct str *except,
                      size_t count, int64_t minute)
{
    const struct models_old_counts old = {.source = source ? str_from(source) : STR_NONE,
                                          .except = except,
                                          .except_count = count,
                                          .before_us = MODEL_START + minute * 60000000};
    struct err err = {0};
    int64_t rows = models_expire_counts(t->models, &old, 3, &err), all = rows;

    while (rows == 3) {
        rows = models_expire_counts(t->models, &old, 3, &err);
        all += rows;
    }
    model_need((int)rows, &err);
    return all;
}

/* MODEL_START is 13 minutes and 20 seconds past 22:00. */
static void counts_expire_by_windows_and_sources(void **state)
{
    static const struct str both[] = {{"site", sizeof "site" - 1}, {"other", sizeof "other" - 1}};
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    hits_load(&t, clicks, ARRAY_LEN(clicks));
    model_refresh(&t);
    assert_int_equal(expire(&t, "site", NULL, 0, 1), 0); /* the window ends at 22:15 */
    assert_int_equal(expire(&t, "other", NULL, 0, 20), 0);
    assert_int_equal(expire(&t, NULL, both, 2, 1000), 0);
    assert_int_equal(expire(&t, NULL, both, 1, 1000), 1);
    assert_int_equal(expire(&t, "site", NULL, 0, 2), 3);
    assert_value(t.f, "SELECT count(*) FROM events", "8");
    assert_value(t.f, "SELECT string_agg(source || ' ' || count) FROM event_counts", "site 1");
    assert_value(
        t.f,
        "SELECT string_agg(x, ', ' ORDER BY x) FROM (SELECT concat_ws(' ', table_name, source, "
        "rule, sum(rows)) AS x FROM deletions GROUP BY table_name, source, rule)",
        "event_counts other retention.counts 1, event_counts site retention.counts 3");
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_hits_of_one_instant_all_count),
        cmocka_unit_test(neither_order_nor_batches_matter),
        cmocka_unit_test(parts_are_summed_up_when_many_wait),
        cmocka_unit_test(counts_outlive_their_events),
        cmocka_unit_test(a_remake_that_was_interrupted_counts_once),
        cmocka_unit_test(retention_amid_a_remake_loses_no_count),
        cmocka_unit_test(whatever_happens_each_event_counts_once),
        cmocka_unit_test(a_change_that_is_taken_back_costs_no_dimension),
        cmocka_unit_test(what_is_hidden_later_leaves_the_counts),
        cmocka_unit_test(a_rebuild_counts_the_same),
        cmocka_unit_test(tables_from_before_the_counts_get_them),
        cmocka_unit_test(counts_expire_by_windows_and_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
