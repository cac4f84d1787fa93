/* SPDX-License-Identifier: Apache-2.0 */
/* test_numbers.c: how a property's number reads where it is a text: as dimension, in reports, in filters,
 * and in tables of a version that wrote it otherwise. */
#include "activity_fixture.h"

static const char catalogue[] =
    "defaults: {owner: a@example.org, kind: product}\n"
    "events:\n"
    "  - {name: buy, description: d, trigger: t, dimensions: [price], properties: {\n"
    "     price: {type: number, description: d}, steps: {type: array<number>, description: "
    "d},\n"
    "     size: {type: string, description: d}}}\n"
    "  - {name: cart.begin, description: d, trigger: t, kind: flow, flow: {role: begin},\n"
    "     dimensions: [price], properties: {price: {type: number, description: d}}}\n";

/* `size` is a text of some events and a number of others. */
static const struct bought {
    double price;
    const char *size;
    double size_number;
} bought[] = {
    {5, "5.0", 0}, {5, NULL, 7},       {5.5, NULL, 0.25}, {-0.0, "", 0},
    {0, NULL, 7},  {1e15, NULL, 1e15}, {10.05, "7", 0},
};

static size_t put(struct record_property *out, const struct bought *b, struct record_value *steps)
{
    size_t count = 0;

    out[count++] = (struct record_property){.name = STR("price"),
                                            .value = {.type = RECORD_NUMBER, .number = b->price}};
    if (b->size)
        out[count++] = (struct record_property){
            .name = STR("size"), .value = {.type = RECORD_TEXT, .text = str_from(b->size)}};
    else
        out[count++] = (struct record_property){
            .name = STR("size"), .value = {.type = RECORD_NUMBER, .number = b->size_number}};
    steps[0] = (struct record_value){.type = RECORD_NUMBER, .number = b->price};
    steps[1] = (struct record_value){.type = RECORD_NUMBER, .number = 2};
    out[count].name = STR("steps");
    out[count].value.type = RECORD_LIST;
    out[count].value.list.item_type = RECORD_NUMBER;
    out[count].value.list.items = steps;
    out[count++].value.list.count = 2;
    return count;
}

/* One that buys, and a flow that begins with its price. */
static void load(struct model_fixture *t)
{
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < 2 * ARRAY_LEN(bought); i++) {
        struct record_property properties[4] = {0};
        struct record_value steps[2];
        struct record rec = {.time_us = MODEL_START + (int64_t)i * 1000,
                             .received_us = MODEL_START + (int64_t)i * 1000,
                             .name = STR("buy"),
                             .source = STR("test"),
                             .properties = properties,
                             .flags = RECORD_HAS_VISITOR};
        AUTO_FREE char *flow = xasprintf("%064zx", i);

        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        activity_pseudonym(rec.visitor.b, 1 + (unsigned)i);
        rec.property_count = put(properties, &bought[i / 2], steps);
        if (i % 2) {
            rec.name = STR("cart.begin");
            rec.flow_id = str_from(flow);
            rec.flags |= RECORD_HAS_FLOW;
            rec.property_count = 1;
        }
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
    model_refresh(t);
}

static int setup(void **state)
{
    static struct model_fixture t;

    model_setup(&t, catalogue);
    load(&t);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    model_teardown(*state);
    return 0;
}

static void whole_numbers_have_no_fraction(void **state)
{
    assert_report(*state, "breakdown",
                  ",0,2,28.57,\r\n,5,2,28.57,\r\n,10.05,1,14.29,\r\n,1000000000000000,1,14.29,\r\n"
                  ",5.5,1,14.29,\r\n",
                  "by=price", "bucket=none", "event=buy");
    assert_report(*state, "breakdown", ",\"[5, 2]\",2,100.0,\r\n", "by=steps", "bucket=none",
                  "filter=price=5", "event=buy");
}

static void a_text_stays_as_it_was_sent_beside_numbers(void **state)
{
    assert_report(*state, "breakdown",
                  ",7,3,42.86,\r\n,(none),1,14.29,\r\n,0.25,1,14.29,\r\n"
                  ",1000000000000000,1,14.29,\r\n,5.0,1,14.29,\r\n",
                  "by=size", "bucket=none", "event=buy");
}

static void filters_take_what_is_shown(void **state)
{
    static const struct {
        const char *filter, *expected;
    } cases[] = {
        {"filter=price=5", ",2,100.0,\r\n"},     {"filter=price=5.0", ",2,100.0,\r\n"},
        {"filter=price=5e0", ",2,100.0,\r\n"},   {"filter=price=0", ",2,100.0,\r\n"},
        {"filter=price=10.05", ",1,100.0,\r\n"}, {"filter=price=1000000000000000", ",1,100.0,\r\n"},
        {"filter=price=five", ",0,,\r\n"},       {"filter=price=", ",0,,\r\n"},
        {"filter=price!=5", ",5,100.0,\r\n"},    {"filter=price!=5.0", ",5,100.0,\r\n"},
        {"filter=price~5*", ",3,100.0,\r\n"},    {"filter=price!~5", ",5,100.0,\r\n"},
        {"filter=size=5.0", ",1,100.0,\r\n"},    {"filter=size=5", ",0,,\r\n"},
        {"filter=size=7", ",3,100.0,\r\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_report(*state, "breakdown", cases[i].expected, "event=buy", "bucket=none",
                      cases[i].filter);
}

static const char counted[] =
    "SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT price || ':' || sum(count) AS x FROM "
    "event_counts WHERE event = 'buy' GROUP BY price)";
static const char flows[] =
    "SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT price || ':' || count(*) AS x FROM "
    "flows_data GROUP BY price)";
static const char expected[] = "0:2 10.05:1 1000000000000000:1 5.5:1 5:2";

static void dimensions_have_the_same_texts(void **state)
{
    struct model_fixture *t = *state;

    assert_value(t->f, counted, expected);
    assert_value(t->f, flows, expected);
    assert_report(t, "counts", "5,2\r\n", "event=buy", "by=price", "filter=price=5", "bucket=none");
    assert_report(t, "funnel",
                  "10.05,1,buy,1,,100.0,,,0,0,0,0,0,0,0\r\n"
                  "1000000000000000,1,buy,1,,100.0,,,0,0,0,0,0,0,0\r\n",
                  "step=buy", "per=visitor", "by=price", "filter=price~10*");
}

static void run(struct model_fixture *t, const char *sql)
{
    struct err err = {0};

    model_need(script_run(t->f->store, "test", str_from(sql), &err), &err);
}

/* Events that are gone cannot say it again. */
static void tables_of_an_older_version_are_read_as_new_ones(void **state)
{
    static const char *const older[] = {
        "UPDATE flows_data SET price = price || '.0' WHERE price NOT LIKE '%.%'",
        "UPDATE event_counts_fresh_data SET dimensions = "
        "regexp_replace(dimensions, '\"([0-9]+)\"}', '\"\\1.0\"}')",
        "UPDATE event_counts_data SET dimensions = "
        "regexp_replace(dimensions, '\"([0-9]+)\"}', '\"\\1.0\"}')",
        "UPDATE model_state SET version = version - 10000",
    };
    const struct store_old old = {.table = STORE_EVENTS,
                                  .before_us = MODEL_START + 100000000,
                                  .now_us = MODEL_START + 200000000,
                                  .rule = "retention.raw",
                                  .upto = 4,
                                  .rows_max = 1000};
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    load(&t);
    for (size_t i = 0; i < ARRAY_LEN(older); i++)
        run(&t, older[i]);
    assert_value(t.f, counted, "0.0:2 10.05:1 1000000000000000.0:1 5.0:2 5.5:1");
    assert_value(t.f, flows, "0.0:2 10.05:1 1000000000000000.0:1 5.0:2 5.5:1");
    assert_int_equal(store_delete_old(t.f->store, &old, &err), 4);
    model_reopen(&t, catalogue);
    model_refresh(&t);
    assert_value(t.f, counted, expected);
    assert_value(t.f, flows, expected);
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_numbers_have_no_fraction, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_stays_as_it_was_sent_beside_numbers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(filters_take_what_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(dimensions_have_the_same_texts, setup, teardown),
        cmocka_unit_test(tables_of_an_older_version_are_read_as_new_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
