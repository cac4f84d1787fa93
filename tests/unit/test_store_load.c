/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_load.c: records become rows: every field, every type, columns that grow, hostile names. */
#include "store_fixture.h"

#include <inttypes.h>
#include <math.h>

#define NOW INT64_C(1700000000123456)

static struct record plain(void)
{
    return (struct record){.id = {{0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0x70, 1, 0x80, 2}},
                           .time_us = NOW - 1000,
                           .received_us = NOW,
                           .name = STR("page.viewed"),
                           .source = STR("website")};
}

static void add(struct fixture *f, const struct record *rec, int64_t position)
{
    struct err err = {0};

    if (store_load_add(f->store, rec, position, &err) < 0)
        fail_msg("position %" PRId64 ": %s", position, err.text);
}

static void begin(struct fixture *f)
{
    struct err err = {0};

    if (store_load_begin(f->store, &err) < 0)
        fail_msg("%s", err.text);
}

static void commit(struct fixture *f, int64_t position)
{
    struct err err = {0};

    if (store_load_commit(f->store, position, &err) < 0)
        fail_msg("%s", err.text);
}

/* One event with one property, at the position. */
static void add_value(struct fixture *f, struct str name, struct record_value value,
                      int64_t position)
{
    struct record rec = plain();
    const struct record_property p = {.name = name, .value = value};

    rec.properties = &p;
    rec.property_count = 1;
    add(f, &rec, position);
}

static struct record_value text(const char *z)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_from(z)};
}

static struct record_value integer(int64_t v)
{
    return (struct record_value){.type = RECORD_INTEGER, .integer = v};
}

static struct record_value number(double v)
{
    return (struct record_value){.type = RECORD_NUMBER, .number = v};
}

static void every_field_of_a_record_is_in_its_column(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    rec.flags = RECORD_HAS_ACTOR | RECORD_HAS_SESSION | RECORD_HAS_DEVICE | RECORD_HAS_VISITOR |
                RECORD_HAS_FLOW | RECORD_HAS_SEQUENCE | RECORD_BOT | RECORD_TIME_FROM_RECEIPT |
                RECORD_DO_NOT_TRACK;
    rec.status = 404;
    rec.sequence = 7;
    memset(rec.actor.b, 0xab, 16);
    memset(rec.session.b, 0x01, 16);
    memset(rec.device.b, 0x02, 16);
    memset(rec.visitor.b, 0xff, 16);
    rec.session_epoch = 19675;
    rec.visitor_epoch = 1;
    rec.request_id = STR("req-1");
    rec.flow_id = STR("flow-1");
    rec.flow_time_ms = 1500;
    for (size_t i = 0; i < EVENT_CONTEXT_COUNT; i++)
        rec.context[i] = event_context_name((enum event_context)i);
    rec.keep_ip_until_us = rec.keep_user_agent_until_us = NOW;
    rec.ua_browser = STR("Firefox");
    rec.ua_version = STR("128");
    rec.ua_os = STR("Linux");
    rec.country = STR("NO");
    begin(f);
    add(f, &rec, 42);
    commit(f, 42);
    assert_value(f, "SELECT position FROM events", "42");
    assert_value(f, "SELECT id FROM events", "018bcfe5-687b-7001-8002-000000000000");
    assert_value(f, "SELECT name FROM events", "page.viewed");
    assert_value(f, "SELECT source FROM events", "website");
    assert_value(f, "SELECT time FROM events", "2023-11-14 22:13:20.122456");
    assert_value(f, "SELECT received FROM events", "2023-11-14 22:13:20.123456");
    assert_value(f, "SELECT actor FROM events", "abababababababababababababababab");
    assert_value(f, "SELECT session FROM events", "01010101010101010101010101010101");
    assert_value(f, "SELECT device FROM events", "02020202020202020202020202020202");
    assert_value(f, "SELECT visitor FROM events", "ffffffffffffffffffffffffffffffff");
    assert_value(f, "SELECT session_epoch FROM events", "2023-11-14");
    assert_value(f, "SELECT visitor_epoch FROM events", "1970-01-02");
    assert_value(f, "SELECT request_id || flow_id || flow_time || sequence FROM events",
                 "req-1flow-115007");
    assert_value(f, "SELECT bot AND dnt AND NOT time_given FROM events", "true");
    assert_value(f, "SELECT status FROM events", "404");
    assert_value(f, "SELECT ip_until = received AND user_agent_until = received FROM events",
                 "true");
    assert_value(f, "SELECT concat_ws(' ', ua_browser, ua_version, ua_os, country) FROM events",
                 "Firefox 128 Linux NO");
    for (size_t i = 0; i < EVENT_CONTEXT_COUNT; i++) {
        struct str name = event_context_name((enum event_context)i);
        AUTO_FREE char *sql = xasprintf("SELECT %.*s FROM events", STR_ARG(name));
        AUTO_FREE char *value = fixture_value(f, sql);

        assert_true(str_is(name, value));
    }
}

static void what_a_record_lacks_is_null(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    begin(f);
    add(f, &rec, 1);
    commit(f, 1);
    assert_value(f,
                 "SELECT coalesce(actor, session, visitor, device, request_id, flow_id, url, path, "
                 "ip, ua_browser, country, status::VARCHAR, flow_time::VARCHAR, "
                 "sequence::VARCHAR, session_epoch::VARCHAR, ip_until::VARCHAR) FROM events",
                 "NULL");
    assert_value(f, "SELECT bot OR dnt OR NOT time_given FROM events", "false");
    assert_value(f, "SELECT properties FROM events", "{}");
}

static void properties_become_typed_columns(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();
    const struct record_value tags[] = {
        {.type = RECORD_TEXT, .text = STR("a")},
        {.type = RECORD_NULL},
        {.type = RECORD_TEXT, .text = STR("longer than twelve bytes")}};
    const struct record_value numbers[] = {{.type = RECORD_INTEGER, .integer = INT64_MIN}};
    const struct record_property properties[] = {
        {.name = STR("plan"), .value = {.type = RECORD_TEXT, .text = STR("pro")}},
        {.name = STR("seats"), .value = {.type = RECORD_INTEGER, .integer = INT64_MAX}},
        {.name = STR("price"), .value = {.type = RECORD_NUMBER, .number = 1.5}},
        {.name = STR("paid"), .value = {.type = RECORD_BOOLEAN, .boolean = true}},
        {.name = STR("due"), .value = {.type = RECORD_DATETIME, .integer = NOW}},
        {.name = STR("order"), .value = {.type = RECORD_UUID, .bytes = {0xff, 1}}},
        {.name = STR("user_id"), .value = {.type = RECORD_PSEUDONYM, .bytes = {0xde, 0xad}}},
        {.name = STR("note"), .value = {.type = RECORD_NULL}},
        {.name = STR("tags"),
         .value = {.type = RECORD_LIST,
                   .list = {.items = tags, .count = 3, .item_type = RECORD_TEXT}}},
        {.name = STR("sizes"),
         .value = {.type = RECORD_LIST,
                   .list = {.items = numbers, .count = 1, .item_type = RECORD_INTEGER}}},
        {.name = STR("none"), .value = {.type = RECORD_LIST, .list = {.item_type = RECORD_NULL}}},
    };

    rec.properties = properties;
    rec.property_count = ARRAY_LEN(properties);
    begin(f);
    add(f, &rec, 1);
    commit(f, 1);
    assert_value(f, "SELECT plan FROM events", "pro");
    assert_value(f, "SELECT seats FROM events", "9223372036854775807");
    assert_value(f, "SELECT price * 2 FROM events", "3.0");
    assert_value(f, "SELECT NOT paid FROM events", "false");
    assert_value(f, "SELECT due = received FROM events", "true");
    assert_value(f, "SELECT \"order\" FROM events", "ff010000-0000-0000-0000-000000000000");
    assert_value(f, "SELECT user_id FROM events", "dead0000000000000000000000000000");
    assert_value(f, "SELECT tags FROM events", "[a, NULL, longer than twelve bytes]");
    assert_value(f, "SELECT sizes[1] FROM events", "-9223372036854775808");
    assert_value(f, "SELECT len(none) FROM events", "0");
    assert_value(f, "SELECT count(*) FROM property_columns WHERE property = 'note'::BLOB", "0");
    assert_value(f, "SELECT properties->>'plan' FROM events", "pro");
    assert_value(f, "SELECT properties->'tags'->>2 FROM events", "longer than twelve bytes");
    assert_value(f, "SELECT json_exists(properties, 'note') FROM events", "false");
}

static void a_property_called_like_a_column_gets_p_before_it(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    rec.context[EVENT_PATH] = STR("/of/the/page");
    begin(f);
    add(f, &rec, 1);
    add_value(f, STR("path"), integer(5), 2);
    add_value(f, STR("Path"), text("other"), 3);
    add_value(f, STR("p_path"), text("third"), 4);
    add_value(f, STR("properties"), text("fourth"), 5);
    add_value(f, STR("rowid"), text("fifth"), 6);
    add_value(f, STR("events"), text("sixth"), 7);
    commit(f, 7);
    assert_value(f, "SELECT path FROM events WHERE position = 1", "/of/the/page");
    assert_value(f, "SELECT p_path FROM events WHERE position = 2", "5");
    assert_value(f, "SELECT properties->>'path' FROM events WHERE position = 2", "5");
    assert_value(f, "SELECT p_Path_2 FROM events WHERE position = 3", "other");
    assert_value(f, "SELECT p_p_path FROM events WHERE position = 4", "third");
    assert_value(f, "SELECT p_properties FROM events WHERE position = 5", "fourth");
    assert_value(f, "SELECT p_rowid FROM events WHERE position = 6", "fifth");
    assert_value(f, "SELECT events FROM events WHERE position = 7", "sixth");
}

static void hostile_names_are_nothing_but_names(void **state)
{
    struct fixture *f = *state;
    static const struct str names[] = {
        {"a\"; DROP TABLE events_data; --", 30},
        {"x' OR '1'='1", 11},
        {"", 0},
        {"nul\0inside", 10},
        {"nul\0other", 9},
        {"line\nbreak", 10},
        {"\xff\xfe not UTF-8", 12},
        {"{{fields}}", 10},
        {"}} AS x, {{", 10},
        {"select", 6},
        {"*", 1},
        {"a.b.c", 5},
        {"/* */ --", 8},
        {"\xc3\xa6\xc3\xb8\xc3\xa5", 6},
        {"\xf0\x9f\x92\xa5", 4},
        {"$1", 2},
        {"\\", 1},
        {"main", 4},
    };
    char longest[4000];

    memset(longest, 'n', sizeof longest);
    begin(f);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        add_value(f, names[i], integer((int64_t)i), (int64_t)i + 1);
    add_value(f, str_of(longest, sizeof longest), text("long"), 100);
    longest[3999] = 'm';
    add_value(f, str_of(longest, sizeof longest), text("long too"), 101);
    commit(f, 101);
    fixture_reopen(f);
    assert_value(f, "SELECT count(*) FROM property_columns", "20");
    assert_value(f, "SELECT count(*) FROM events", "20");
    assert_value(f, "SELECT sum(len(json_keys(properties))) FROM events", "20");
    begin(f);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        add_value(f, names[i], integer((int64_t)i), (int64_t)i + 201);
    commit(f, 300);
    assert_value(f, "SELECT count(*) FROM property_columns", "20");
    assert_value(f, "SELECT \"a\"\"; DROP TABLE events_data; --\" FROM events WHERE position = 201",
                 "0");
}

static void text_keeps_nul_and_every_character(void **state)
{
    struct fixture *f = *state;
    const struct str value = {"a\0b\0\xf0\x9f\x92\xa5\x7f\x01 and more than inline", 31};

    begin(f);
    add_value(f, STR("t"), (struct record_value){.type = RECORD_TEXT, .text = value}, 1);
    add_value(f, STR("t"), (struct record_value){.type = RECORD_TEXT, .text = {"\0", 1}}, 2);
    add_value(f, STR("t"), (struct record_value){.type = RECORD_TEXT, .text = {"", 0}}, 3);
    commit(f, 3);
    assert_value(f, "SELECT strlen(t) FROM events WHERE position = 1", "31");
    assert_value(f, "SELECT hex(encode(t)) FROM events WHERE position = 1",
                 "61006200F09F92A57F0120616E64206D6F7265207468616E20696E6C696E65");
    assert_value(f, "SELECT strlen(t) FROM events WHERE position = 2", "1");
    assert_value(f, "SELECT t = '' FROM events WHERE position = 3", "true");
}

static void columns_widen_and_keep_what_they_had(void **state)
{
    struct fixture *f = *state;
    const struct record_value one[] = {{.type = RECORD_INTEGER, .integer = 1}};
    const struct record_value half[] = {{.type = RECORD_NUMBER, .number = 0.5}};
    const struct record_value list = {
        .type = RECORD_LIST, .list = {.items = one, .count = 1, .item_type = RECORD_INTEGER}};
    const struct record_value halves = {
        .type = RECORD_LIST, .list = {.items = half, .count = 1, .item_type = RECORD_NUMBER}};

    begin(f);
    add_value(f, STR("a"), integer(1), 1);
    add_value(f, STR("a"), number(2.5), 2);
    add_value(f, STR("a"), integer(3), 3);
    commit(f, 3);
    assert_value(f, "SELECT string_agg(a, ' ' ORDER BY position) FROM events", "1.0 2.5 3.0");
    assert_value(f, "SELECT typeof(a) FROM events LIMIT 1", "DOUBLE");
    begin(f);
    add_value(f, STR("a"), text("four"), 4);
    add_value(f, STR("a"), list, 5);
    add_value(f, STR("a"), (struct record_value){.type = RECORD_BOOLEAN, .boolean = true}, 6);
    add_value(f, STR("a"), (struct record_value){.type = RECORD_UUID}, 7);
    commit(f, 7);
    assert_value(f, "SELECT string_agg(a, ' ' ORDER BY position) FROM events",
                 "1 2.5 3 four [1] true 00000000-0000-0000-0000-000000000000");
    begin(f);
    add_value(f, STR("l"), list, 10);
    add_value(f, STR("l"), halves, 11);
    commit(f, 11);
    assert_value(f, "SELECT typeof(l) FROM events LIMIT 1", "DOUBLE[]");
    begin(f);
    add_value(f, STR("l"), integer(9), 12);
    add_value(f, STR("d"), (struct record_value){.type = RECORD_DATETIME, .integer = NOW}, 13);
    add_value(f, STR("d"), integer(1), 14);
    add_value(f, STR("d"), (struct record_value){.type = RECORD_DATETIME, .integer = NOW}, 15);
    commit(f, 15);
    assert_value(f, "SELECT string_agg(l, ' ' ORDER BY position) FROM events", "[1] [0.5] 9");
    assert_value(f, "SELECT string_agg(d, ' ' ORDER BY position) FROM events",
                 "2023-11-14T22:13:20.123456Z 1 2023-11-14T22:13:20.123456Z");
    fixture_reopen(f);
    assert_value(f, "SELECT type FROM property_columns WHERE column_name = 'l'", "VARCHAR");
}

static void a_new_column_within_a_load_loses_and_doubles_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t position;

    begin(f);
    for (int i = 1; i <= 5000; i++) {
        char name[8];

        snprintf(name, sizeof name, "c%d", i / 700);
        add_value(f, str_from(name), integer(i), i);
    }
    commit(f, 5000);
    assert_value(f, "SELECT count(*) FROM events", "5000");
    assert_value(f, "SELECT count(DISTINCT position) FROM events", "5000");
    assert_value(f,
                 "SELECT count(*) FROM events WHERE coalesce(c0,c1,c2,c3,c4,c5,c6,c7) = position",
                 "5000");
    assert_int_equal(store_cursor(f->store, &position, NULL), 0);
    assert_int_equal(position, 5000);
    assert_value(f, "SELECT before + events FROM store_counts", "5000");
}

static void a_rollback_leaves_rows_and_cursor_as_they_were(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();
    int64_t position;

    begin(f);
    add(f, &rec, 1);
    commit(f, 3);
    begin(f);
    for (int i = 0; i < 3000; i++)
        add(f, &rec, 4 + i);
    store_load_rollback(f->store);
    store_load_rollback(f->store);
    assert_value(f, "SELECT count(*) FROM events", "1");
    assert_int_equal(store_cursor(f->store, &position, NULL), 0);
    assert_int_equal(position, 3);
    begin(f);
    add(f, &rec, 4);
    commit(f, 4);
    assert_value(f, "SELECT count(*) FROM events", "2");
}

/* What the journal had no more at the beginning was never there; later gaps are losses. A load that
 * ends early for a new column keeps them with the cursor. */
static void what_became_of_each_position_is_counted_with_the_cursor(void **state)
{
    static const char counts[] = "SELECT concat_ws(' ', before, events, quarantined, notes, "
                                 "set_aside, lost, unknown) FROM store_counts";
    struct fixture *f = *state;
    struct record rec = plain();
    struct store_counts c;
    struct err err = {0};

    begin(f);
    assert_int_equal(store_load_pass(f->store, 4, true, &err), 0);
    add(f, &rec, 5);
    assert_int_equal(store_load_pass(f->store, 8, true, &err), 0);
    add_value(f, STR("new_column"), integer(1), 9);
    assert_value(f, counts, "4 1 0 0 0 3 0");
    assert_int_equal(store_load_pass(f->store, 10, false, &err), 0);
    commit(f, 10);
    assert_value(f, counts, "4 2 0 0 0 3 1");
    begin(f);
    add(f, &rec, 11);
    assert_int_equal(store_load_pass(f->store, 11, true, &err), -1);
    store_load_rollback(f->store);
    fixture_reopen(f);
    assert_value(f, counts, "4 2 0 0 0 3 1");
    store_counts(f->store, &c);
    assert_int_equal(c.before + c.events + c.lost + c.unknown, 10);
}

static void a_load_that_is_not_committed_is_gone_after_close(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    begin(f);
    for (int i = 0; i < 3000; i++)
        add(f, &rec, 1 + i);
    fixture_reopen(f);
    assert_value(f, "SELECT count(*) FROM events", "0");
}

static void positions_only_go_up(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();
    struct err err = {0};

    begin(f);
    add(f, &rec, 5);
    assert_int_equal(store_load_add(f->store, &rec, 5, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    commit(f, 5);
    begin(f);
    assert_int_equal(store_load_add(f->store, &rec, 4, &err), -1);
    store_load_rollback(f->store);
}

static void expect_unfit(struct fixture *f, struct record *rec)
{
    struct err err = {0};

    assert_int_equal(store_load_add(f->store, rec, 10, &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
}

static void a_record_that_cannot_be_a_row_is_told_apart_and_the_load_goes_on(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain(), bad;
    struct record_property p = {.name = STR("n"), .value = number(NAN)};
    AUTO_FREE char *large = xcalloc(5, 1 << 20);
    const struct store_rejected rejected = {.position = 11,
                                            .received_us = INT64_MIN,
                                            .kind = 1,
                                            .reason = "text that is not UTF-8",
                                            .payload = {"\xff\0x", 3}};
    struct err err = {0};

    begin(f);
    add(f, &rec, 1);
    bad = rec;
    bad.name = STR("\xff");
    expect_unfit(f, &bad);
    bad = rec;
    bad.context[EVENT_TITLE] = STR("\xed\xa0\x80");
    expect_unfit(f, &bad);
    bad = rec;
    bad.time_us = INT64_MAX;
    expect_unfit(f, &bad);
    bad = rec;
    bad.properties = &p;
    bad.property_count = 1;
    expect_unfit(f, &bad);
    p.value = number(INFINITY);
    expect_unfit(f, &bad);
    p.value = (struct record_value){.type = RECORD_DATETIME, .integer = INT64_MIN};
    expect_unfit(f, &bad);
    p.value = (struct record_value){.type = RECORD_TEXT, .text = {large, 5 << 20}};
    expect_unfit(f, &bad);
    assert_int_equal(store_load_reject(f->store, &rejected, &err), 0);
    add(f, &rec, 12);
    commit(f, 12);
    assert_value(f, "SELECT count(*) FROM events", "2");
    assert_value(f, "SELECT reason || position FROM rejected", "text that is not UTF-811");
    assert_value(f, "SELECT hex(payload) FROM rejected", "FF0078");
}

static void quarantined_events_and_notes_have_their_own_tables(void **state)
{
    struct fixture *f = *state;
    struct faults faults = {0};
    struct record rec = plain();
    const struct record_property p = {.name = STR("seats"), .value = text("many")};
    struct err err = {0};

    faults_add(&faults, FAULT_WRONG_TYPE, STR("/properties/seats"), STR("integer"),
               STR("seats is not an integer"));
    faults_add(&faults, FAULT_MISSING_PROPERTY, STR("/properties/plan"), STR_NONE,
               STR("plan is missing"));
    rec.flags = RECORD_QUARANTINED;
    rec.faults = &faults;
    rec.properties = &p;
    rec.property_count = 1;
    begin(f);
    add(f, &rec, 1);
    rec.faults = NULL;
    add(f, &rec, 2);
    assert_int_equal(store_load_note(f->store, STR("{\"reload\":1}"), 3, NOW, &err), 0);
    assert_int_equal(store_load_note(f->store, STR("\xff"), 4, NOW, &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    commit(f, 4);
    assert_value(f, "SELECT count(*) FROM events", "0");
    assert_value(f, "SELECT reasons FROM quarantine WHERE position = 1",
                 "[wrong_type, missing_property]");
    assert_value(f, "SELECT errors->0->>'path' FROM quarantine WHERE position = 1",
                 "/properties/seats");
    assert_value(f, "SELECT event->'properties'->>'seats' FROM quarantine WHERE position = 1",
                 "many");
    assert_value(f, "SELECT errors FROM quarantine WHERE position = 2", "[]");
    assert_value(f, "SELECT note->>'reload' FROM notes", "1");
    assert_value(f, "SELECT count(*) FROM property_columns", "0");
}

static void hidden_properties_are_marked_and_stay_so(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();
    struct record_property p = {.name = STR("project_name"), .value = text("secret plan")};
    const struct store_column declared = {
        .name = STR("email"), .type = RECORD_TEXT, .hidden = true};

    rec.properties = &p;
    rec.property_count = 1;
    begin(f);
    add(f, &rec, 1);
    p.hidden = true;
    add(f, &rec, 2);
    p.hidden = false;
    add(f, &rec, 3);
    commit(f, 3);
    assert_int_equal(store_add_columns(f->store, &declared, 1, NULL), 0);
    assert_value(f, "SELECT hidden FROM property_columns WHERE column_name = 'project_name'",
                 "true");
    assert_value(f, "SELECT hidden FROM property_columns WHERE column_name = 'email'", "true");
    assert_value(f, "SELECT count(*) FROM events WHERE project_name = 'secret plan'", "3");
}

static void past_the_limit_properties_stay_in_more_properties(void **state)
{
    struct fixture *f = *state;
    static struct store_column columns[1000];
    static char names[1000][8];

    for (int i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof names[i], "c%d", i);
        columns[i] = (struct store_column){.name = str_from(names[i]), .type = RECORD_INTEGER};
    }
    assert_int_equal(store_add_columns(f->store, columns, 1000, NULL), 0);
    begin(f);
    add_value(f, STR("one too many"), text("va\"lue"), 1);
    add_value(f, STR("c7"), integer(7), 2);
    commit(f, 2);
    assert_value(f, "SELECT properties->>'one too many' FROM events WHERE position = 1", "va\"lue");
    assert_value(f, "SELECT properties FROM events WHERE position = 2", "{\"c7\":7}");
}

static void long_lists_and_nulls_in_them_survive_many_chunks(void **state)
{
    struct fixture *f = *state;
    static struct record_value items[3000];
    const struct record_value list = {
        .type = RECORD_LIST,
        .list = {.items = items, .count = ARRAY_LEN(items), .item_type = RECORD_INTEGER}};

    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        items[i] = i % 3 ? integer((int64_t)i) : (struct record_value){.type = RECORD_NULL};
    begin(f);
    for (int i = 1; i <= 3000; i++)
        add_value(f, STR("l"), i % 500 ? (struct record_value){.type = RECORD_NULL} : list, i);
    commit(f, 3000);
    assert_value(f, "SELECT sum(len(l)) FROM events", "18000");
    assert_value(f, "SELECT sum(list_sum(l)) FROM events", "18000000");
    assert_value(f, "SELECT sum(list_count(l)) FROM events", "12000");
}

/* What was opened for the columns of the last load does not fit the next one. */
static void columns_may_come_between_two_loads(void **state)
{
    static const char *const names[] = {"one", "two", "three"};
    struct store_column columns[3];
    struct fixture *f = *state;

    for (int i = 0; i < 3; i++)
        columns[i] = (struct store_column){.name = str_from(names[i]), .type = RECORD_INTEGER};
    for (int i = 0; i < 3; i++) { /* together on one event: each has a column of its own */
        assert_int_equal(store_add_columns(f->store, columns, (size_t)i + 1, NULL), 0);
        begin(f);
        add_value(f, str_from(names[i]), integer(7 + i), 1 + i);
        commit(f, 1 + i);
    }
    assert_value(f, "SELECT sum(one) || ' ' || sum(two) || ' ' || sum(three) FROM events", "7 8 9");
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(columns_may_come_between_two_loads),
        STORE_TEST(every_field_of_a_record_is_in_its_column),
        STORE_TEST(what_a_record_lacks_is_null),
        STORE_TEST(properties_become_typed_columns),
        STORE_TEST(a_property_called_like_a_column_gets_p_before_it),
        STORE_TEST(hostile_names_are_nothing_but_names),
        STORE_TEST(text_keeps_nul_and_every_character),
        STORE_TEST(columns_widen_and_keep_what_they_had),
        STORE_TEST(a_new_column_within_a_load_loses_and_doubles_nothing),
        STORE_TEST(a_rollback_leaves_rows_and_cursor_as_they_were),
        STORE_TEST(what_became_of_each_position_is_counted_with_the_cursor),
        STORE_TEST(a_load_that_is_not_committed_is_gone_after_close),
        STORE_TEST(positions_only_go_up),
        STORE_TEST(a_record_that_cannot_be_a_row_is_told_apart_and_the_load_goes_on),
        STORE_TEST(quarantined_events_and_notes_have_their_own_tables),
        STORE_TEST(hidden_properties_are_marked_and_stay_so),
        STORE_TEST(past_the_limit_properties_stay_in_more_properties),
        STORE_TEST(long_lists_and_nulls_in_them_survive_many_chunks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
