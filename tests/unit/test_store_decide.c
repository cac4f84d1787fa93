/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_decide.c: notes of the journal decide about quarantined events. */
#include "store_fixture.h"

#include <inttypes.h>

#define NOW INT64_C(1700000000000000)

static struct record event_of(uint8_t id)
{
    return (struct record){.id = {{id, 1, 2, 3, 4, 5, 0x70, 1, 0x80, 2}},
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

static void add_event(struct fixture *f, uint8_t id, int64_t position)
{
    struct record rec = event_of(id);

    add(f, &rec, position);
}

/* With a value that only some may see, and one fault. */
static void add_quarantined(struct fixture *f, uint8_t id, int64_t position)
{
    const struct record_property p = {
        .name = STR("colour"),
        .hidden = true,
        .value = {.type = RECORD_TEXT, .text = STR("planted-value")},
    };
    struct record rec = event_of(id);
    struct faults faults = {0};

    faults_add(&faults, FAULT_UNDECLARED_PROPERTY, STR("/properties/colour"), STR(""), STR("No."));
    rec.flags = RECORD_QUARANTINED;
    rec.faults = &faults;
    rec.properties = &p;
    rec.property_count = 1;
    add(f, &rec, position);
}

static void note(struct fixture *f, const char *json, int64_t position)
{
    struct err err = {0};

    if (store_load_note(f->store, str_from(json), position, NOW + position, &err) < 0)
        fail_msg("%s: %s", json, err.text);
}

static void begin(struct fixture *f)
{
    assert_int_equal(store_load_begin(f->store, NULL), 0);
}

static void commit(struct fixture *f, int64_t position)
{
    struct err err = {0};

    if (store_load_commit(f->store, position, &err) < 0)
        fail_msg("%s", err.text);
}

static void a_row_begins_as_waiting_with_what_is_hidden_named(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    commit(f, 1);
    assert_value(f, "SELECT state || ' ' || CAST(hidden AS VARCHAR) FROM quarantine",
                 "waiting [colour]");
    assert_value(f,
                 "SELECT decided IS NULL AND why IS NULL AND replayed_as IS NULL FROM quarantine",
                 "true");
}

static void a_replayed_row_names_its_event_and_keeps_no_contents(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    add_quarantined(f, 2, 2);
    add_quarantined(f, 3, 3);
    commit(f, 3);
    begin(f);
    add_event(f, 3, 4);
    add_event(f, 1, 5);
    note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[3,1],\"by\":\"ada\"}", 6);
    commit(f, 6);
    assert_value(f,
                 "SELECT string_agg(position || ':' || state || ':' || "
                 "coalesce(replayed_as, 0) || ':' || coalesce(decided_by, ''), ' ' ORDER BY "
                 "position) FROM quarantine",
                 "1:replayed:5:ada 2:waiting:0: 3:replayed:4:ada");
    assert_value(f, "SELECT count(event) FROM quarantine", "1");
    assert_value(
        f, "SELECT count(*) FROM quarantine WHERE decided = make_timestamp(1700000000000006)", "2");
    assert_value(f, "SELECT count(*) FROM notes", "1");
}

/* The sender had sent it again, mended, before: the journal writes it once. */
static void what_was_accepted_before_is_replayed_without_a_position(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    add_event(f, 1, 2);
    add_event(f, 9, 3);
    note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[1]}", 4);
    commit(f, 4);
    assert_value(f, "SELECT state || coalesce(replayed_as, -1) FROM quarantine", "replayed-1");
}

static void a_dropped_row_keeps_why_and_loses_its_contents(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    note(f,
         "{\"note\":\"quarantine.dropped\",\"positions\":[1],\"by\":\"ada\",\"reason\":\"it's a "
         "test\"}",
         2);
    commit(f, 2);
    assert_value(f,
                 "SELECT concat_ws('|', state, why, decided_by, errors, event, reasons) "
                 "FROM quarantine",
                 "dropped|it's a test|ada|[]|[undeclared_property]");
}

static void what_is_decided_stays_but_accepted_is_the_truth(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    add_quarantined(f, 2, 2);
    add_event(f, 1, 3);
    note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[1]}", 4);
    note(f, "{\"note\":\"quarantine.dropped\",\"positions\":[1,2],\"reason\":\"a\"}", 5);
    note(f, "{\"note\":\"quarantine.dropped\",\"positions\":[2],\"reason\":\"b\"}", 6);
    note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[1]}", 7);
    commit(f, 7);
    assert_value(f,
                 "SELECT string_agg(state || ':' || coalesce(why, '') || ':' || "
                 "coalesce(replayed_as, 0) || ':' || epoch_us(decided) - 1700000000000000, ' ' "
                 "ORDER BY position) FROM quarantine",
                 "replayed::3:4 dropped:a:0:5");
    begin(f);
    add_event(f, 2, 8);
    note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[2]}", 9);
    commit(f, 9);
    assert_value(f,
                 "SELECT state || replayed_as || coalesce(why, '-') FROM quarantine WHERE "
                 "position = 2",
                 "replayed8-");
}

/* Other notes, and what no version writes, are notes and nothing else. */
static void other_notes_change_nothing(void **state)
{
    static const char *const notes[] = {
        "{\"note\":\"catalogue.reloaded\"}",
        "{\"note\":\"quarantine.replayed\"}",
        "{\"note\":\"quarantine.replayed\",\"positions\":[]}",
        "{\"note\":\"quarantine.replayed\",\"positions\":[\"1); DROP TABLE notes\"]}",
        "{\"note\":\"quarantine.replayed\",\"positions\":[-1]}",
        "{\"note\":\"quarantine.eaten\",\"positions\":[1]}",
        "{\"note\":\"quarantine.dropped\",\"positions\":[1]",
        "{\"note\":\"quarantine.dropped\",\"positions\":{\"1\":1}}",
        "{\"note\":\"quarantine.dropped\",\"positions\":[7]}",
    };
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    for (size_t i = 0; i < ARRAY_LEN(notes); i++)
        note(f, notes[i], 2 + (int64_t)i);
    commit(f, 20);
    assert_value(f, "SELECT state FROM quarantine", "waiting");
    assert_value(f, "SELECT count(*) FROM notes", "9");
}

/* As when the process ends before the commit: read again, the same comes out. */
static void a_decision_that_is_rolled_back_is_made_again(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_quarantined(f, 1, 1);
    commit(f, 1);
    for (int i = 0; i < 2; i++) {
        begin(f);
        add_event(f, 1, 2);
        note(f, "{\"note\":\"quarantine.replayed\",\"positions\":[1]}", 3);
        if (i == 0) {
            store_load_rollback(f->store);
            assert_value(f, "SELECT state FROM quarantine", "waiting");
        }
    }
    commit(f, 3);
    fixture_reopen(f);
    assert_value(f, "SELECT state || replayed_as FROM quarantine", "replayed2");
    assert_value(f, "SELECT count(*) FROM events", "1");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_row_begins_as_waiting_with_what_is_hidden_named),
        CASE(a_replayed_row_names_its_event_and_keeps_no_contents),
        CASE(what_was_accepted_before_is_replayed_without_a_position),
        CASE(a_dropped_row_keeps_why_and_loses_its_contents),
        CASE(what_is_decided_stays_but_accepted_is_the_truth),
        CASE(other_notes_change_nothing),
        CASE(a_decision_that_is_rolled_back_is_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
