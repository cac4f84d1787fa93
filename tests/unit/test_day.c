/* SPDX-License-Identifier: Apache-2.0 */
/* Days of history: what a file's name and its lines say, and the ids that follow from them. */
#include "unit.h"

#include <string.h>

#include "base/datetime.h"
#include "base/mem.h"
#include "wire/day.h"

#define DAY_US (INT64_C(1487030400) * 1000000) /* 2017-02-14 */
#define ID "1234567890abcdef1234567890abcdef0cdec2268b4e63567f8bb44a846ceb18"
#define TAIL ",Firefox,51,Linux,fx_desktop_v3,,,sync,,,,,"

static const struct day flow_day = {DAY_FLOW, true, DAY_US};
static const struct day activity_day = {DAY_ACTIVITY, true, DAY_US};
static const struct day events = {DAY_EVENTS, false, 0};

static enum day_fault read_line(const struct day *day, struct str line, struct day_row *row)
{
    static struct buf scratch;

    buf_free(&scratch);
    buf_init(&scratch, 4 * DAY_CSV_LINE_MAX);
    return day_row_read(row, day, line, &scratch);
}

static enum day_fault fault_of(const struct day *day, const char *line)
{
    struct day_row row;

    return read_line(day, str_from(line), &row);
}

/* What a line becomes, with the id 00…0 (32 digits) left in. */
static void expect_json(const struct day *day, const char *line, bool with_uid, const char *json)
{
    const struct uuid id = {{0}};
    struct day_row row;
    AUTO_BUF out;

    buf_init(&out, 1 << 16);
    assert_int_equal(read_line(day, str_from(line), &row), DAY_FINE);
    day_row_write(&out, &row, &id, with_uid);
    buf_char(&out, '\0');
    assert_string_equal(out.ptr, json);
}

static struct uuid id_of(const struct day *day, const char *line, uint32_t ordinal)
{
    uint8_t key[DAY_KEY_BYTES];
    struct day_row row;
    AUTO_BUF text;

    buf_init(&text, 4 * DAY_CSV_LINE_MAX);
    assert_int_equal(read_line(day, str_from(line), &row), DAY_FINE);
    day_row_key(key, day, &row, &text);
    return day_id(key, ordinal);
}

static bool same(struct uuid a, struct uuid b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void names_tell_kind_and_day(void **state)
{
    static const struct {
        const char *name;
        enum day_kind kind;
        bool has_day;
    } cases[] = {
        {"flow-2017-02-14.csv", DAY_FLOW, true},
        {"/old.days/a-flow-2017-02-14.csv.gz", DAY_FLOW, true},
        {"events-2017-02-14.csv", DAY_ACTIVITY, true},
        {"email-events-2017-02-14.csv", DAY_UNKNOWN, true},
        {"other-2017-02-14.txt", DAY_UNKNOWN, true},
        {"flow-2017-02-30.csv", DAY_UNKNOWN, false},
        {"flow.csv", DAY_UNKNOWN, false},
        {"flow-2017-02-14.csv/x", DAY_UNKNOWN, false},
        {"x.ndjson", DAY_EVENTS, false},
        {"x-2017-02-14.jsonl.gz", DAY_EVENTS, true},
        {"", DAY_UNKNOWN, false},
        {"2017-02-14.csv", DAY_UNKNOWN, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct day day;

        day_of_name(&day, str_from(cases[i].name));
        assert_int_equal(day.kind, cases[i].kind);
        assert_int_equal(day.has_day, cases[i].has_day);
        assert_true(!day.has_day || day.day_us == DAY_US);
    }
}

static void a_flow_line_becomes_a_native_event(void **state)
{
    expect_json(&flow_day,
                "1487034004,flow.signin.engage," ID
                ",4120,Firefox,51,Windows 10,fx_desktop_v3,abouthome,sync11,sync,spring,a,email,"
                "news,\"x \"\"y\"\"\"",
                true,
                "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"flow.signin.engage\","
                "\"time\":1487034004000,\"flow\":{\"id\":\"" ID "\",\"begin\":1487033999880},"
                "\"properties\":{\"context\":\"fx_desktop_v3\",\"entrypoint\":\"abouthome\","
                "\"migration\":\"sync11\",\"service\":\"sync\"},\"context\":{\"ua_browser\":"
                "\"Firefox\",\"ua_version\":\"51\",\"ua_os\":\"Windows 10\",\"utm_campaign\":"
                "\"spring\",\"utm_content\":\"a\",\"utm_medium\":\"email\",\"utm_source\":\"news\","
                "\"utm_term\":\"x \\\"y\\\"\"}}");
    expect_json(&flow_day, "1487034004,a," ID ",0,,,,,,,,,,,,,de,abc", true,
                "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"a\",\"time\":"
                "1487034004000,\"flow\":{\"id\":\"" ID "\",\"begin\":1487034004000},"
                "\"properties\":{\"uid\":\"abc\"},\"context\":{\"locale\":\"de\"}}");
    expect_json(&flow_day, "1487034004,a," ID ",0,,,,,,,,,,,,,,abc", false,
                "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"a\",\"time\":"
                "1487034004000,\"flow\":{\"id\":\"" ID "\",\"begin\":1487034004000}}");
}

static void an_activity_line_becomes_a_native_event(void **state)
{
    expect_json(&activity_day, "1487034004,Firefox,51,Linux,u,account.login,sync,d", true,
                "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"account.login\","
                "\"time\":1487034004000,\"properties\":{\"uid\":\"u\",\"service\":\"sync\","
                "\"device_id\":\"d\"},\"context\":{\"ua_browser\":\"Firefox\",\"ua_version\":"
                "\"51\",\"ua_os\":\"Linux\"}}");
}

static void native_events_stay_and_get_an_id(void **state)
{
    expect_json(&events, "{\"name\":\"a\"}", true,
                "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"a\"}");
    expect_json(&events, " { }", true, "{\"id\":\"00000000-0000-0000-0000-000000000000\" }");
    expect_json(&events, "{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}", true,
                "{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}");
}

static void flow_time_is_exact_and_may_be_negative(void **state)
{
    struct day_row row;

    assert_int_equal(read_line(&flow_day, STR("1487034004,a," ID ",-5" TAIL), &row), DAY_FINE);
    assert_int_equal(row.begin_ms, 1487034004005);
    /* The time of the day in the place of 0, as GET /metrics-flow of old wrote it. */
    assert_int_equal(
        read_line(&flow_day, STR("1487034004,flow.begin," ID ",1487034004321" TAIL), &row), 0);
    assert_int_equal(row.begin_ms, 1487034004000);
    assert_int_equal(row.first_us, 1487034004000000);
}

static void lines_that_are_no_events_have_a_reason(void **state)
{
    static const struct {
        const char *line;
        enum day_fault fault;
    } flows[] = {
        {"1487034004,a," ID ",0" TAIL, DAY_FINE},
        {"1487034004,a," ID ",0" TAIL ",", DAY_FIELD_COUNT},
        {"1487034004,a," ID ",0" TAIL ",,", DAY_FINE},
        {"1487034004,a," ID ",0" TAIL ",,,", DAY_FIELD_COUNT},
        {"1487034004", DAY_FIELD_COUNT},
        {"x,a," ID ",0" TAIL, DAY_TIMESTAMP},
        {"1487034004.5,a," ID ",0" TAIL, DAY_TIMESTAMP},
        {" 1487034004,a," ID ",0" TAIL, DAY_TIMESTAMP},
        {"253402300800,a," ID ",0" TAIL, DAY_TIMESTAMP},
        {"1487030399,a," ID ",0" TAIL, DAY_FINE},
        {"1486943999,a," ID ",0" TAIL, DAY_OTHER_DAY},
        {"1487203199,a," ID ",0" TAIL, DAY_FINE},
        {"1487203200,a," ID ",0" TAIL, DAY_OTHER_DAY},
        {"1487034004,," ID ",0" TAIL, DAY_NO_TYPE},
        {"1487034004,\"\"," ID ",0" TAIL, DAY_NO_TYPE},
        {"1487034004,a,,0" TAIL, DAY_FLOW_ID},
        {"1487034004,a,1234,0" TAIL, DAY_FLOW_ID},
        {"1487034004,a,A" ID ",0" TAIL, DAY_FLOW_ID},
        {"1487034004,a," ID "," TAIL, DAY_FLOW_TIME},
        {"1487034004,a," ID ",1.5" TAIL, DAY_FLOW_TIME},
        {"1487034004,a," ID ",9223372036854775807" TAIL, DAY_FLOW_TIME},
        {"1487034004,a," ID ",-9223372036854775808" TAIL, DAY_FLOW_TIME},
        {"1487034004,a," ID ",1487034006001" TAIL, DAY_FLOW_TIME},
        {"1487034004,a,\"" ID ",0" TAIL, DAY_OPEN_QUOTE},
        {"1487034004,a\"," ID ",0" TAIL, DAY_STRAY_QUOTE},
        {"1487034004,\xC3(," ID ",0" TAIL, DAY_NOT_UTF8},
    };

    for (size_t i = 0; i < ARRAY_LEN(flows); i++)
        assert_int_equal(fault_of(&flow_day, flows[i].line), flows[i].fault);
    assert_int_equal(fault_of(&activity_day, "1487034004,,,,u,a,s"), DAY_FIELD_COUNT);
    assert_int_equal(fault_of(&activity_day, "1487034004,,,,u,,s,d"), DAY_NO_TYPE);
    assert_int_equal(fault_of(&activity_day, "1487034004,,,,,a,,"), DAY_FINE);
    assert_int_equal(fault_of(&events, "{"), DAY_NOT_JSON);
    assert_int_equal(fault_of(&events, "[]"), DAY_NOT_OBJECT);
    assert_int_equal(fault_of(&events, "{\"id\":7}"), DAY_ID);
    assert_int_equal(fault_of(&events, "{\"id\":null}"), DAY_ID);
    for (int i = 0; i < DAY_FAULTS; i++)
        assert_true(day_fault_name((enum day_fault)i)[0] && day_fault_text((enum day_fault)i)[0]);
}

static void a_byte_0_is_turned_away(void **state)
{
    struct day_row row;

    assert_int_equal(read_line(&flow_day, STR("1487034004,a\0," ID ",0" TAIL), &row), DAY_NUL);
    assert_int_equal(read_line(&events, STR("{\"a\":\"\0\"}"), &row), DAY_NUL);
}

static void ids_follow_from_kind_day_and_what_the_line_says(void **state)
{
    static const char line[] = "1487034004,a," ID ",0" TAIL;
    struct day next = {DAY_FLOW, true, DAY_US + DATETIME_DAY_US};
    struct uuid id = id_of(&flow_day, line, 0);
    char text[UUID_TEXT_LEN + 1] = {0};

    /* Fixed: an import of today must find what one of years ago brought in. */
    uuid_format(text, &id);
    assert_string_equal(text, "34bf3640-eae1-8502-a6d5-0b3b409d2844");
    assert_true(same(id, id_of(&flow_day, "1487034004,\"a\"," ID ",0" TAIL ",,", 0)));
    assert_false(same(id, id_of(&next, line, 0)));
    assert_false(same(id, id_of(&flow_day, "1487034004,a," ID ",1" TAIL, 0)));
    /* Fields are told apart, whatever stands in them. */
    assert_false(same(id_of(&flow_day, "1487034004,a," ID ",0,b,,,,,,,,,,,", 0),
                      id_of(&flow_day, "1487034004,a," ID ",0,,b,,,,,,,,,,", 0)));
    assert_false(same(id_of(&events, "{\"a\":1}", 0), id_of(&events, "{\"a\":2}", 0)));
}

static void equal_lines_have_ids_of_their_own_that_begin_and_end_alike(void **state)
{
    struct uuid first = id_of(&events, "{}", 0);

    for (uint32_t i = 1; i < 1000; i++) {
        struct uuid id = id_of(&events, "{}", i);

        assert_false(same(id, first));
        assert_false(same(id, id_of(&events, "{}", i - 1)));
        assert_memory_equal(&id, &first, 8);
        assert_int_equal(id.b[15], first.b[15]);
        assert_int_equal(id.b[6] >> 4, 8);
        assert_int_equal(id.b[8] >> 6, 2);
    }
}

static void the_times_of_native_events_are_known_or_not(void **state)
{
    struct day_row row;

    assert_int_equal(read_line(&events, STR("{\"time\":\"2017-02-14T00:00:00Z\"}"), &row), 0);
    assert_true(row.first_us == DAY_US && row.last_us == DAY_US);
    assert_int_equal(
        read_line(&events, STR("{\"timestamp\":1487030400000,\"flow\":{\"begin\":1487030399000}}"),
                  &row),
        0);
    assert_true(row.first_us == DAY_US - 1000000 && row.last_us == DAY_US);
    assert_int_equal(read_line(&events, STR("{\"name\":\"a\"}"), &row), 0);
    assert_true(row.first_us == INT64_MIN && row.last_us == INT64_MAX);
    assert_int_equal(read_line(&events, STR("{\"time\":1,\"sent_at\":2}"), &row), 0);
    assert_true(row.first_us == INT64_MIN && row.last_us == INT64_MAX);
}

static void a_heading_names_the_columns(void **state)
{
    assert_true(day_is_heading(&flow_day, STR("timestamp,type,flow_id")));
    assert_true(day_is_heading(&activity_day, STR("\"Timestamp\",\"ua_browser\"")));
    assert_false(day_is_heading(&flow_day, STR("1487034004,type")));
    assert_false(day_is_heading(&events, STR("timestamp,")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_kind_and_day),
        cmocka_unit_test(a_flow_line_becomes_a_native_event),
        cmocka_unit_test(an_activity_line_becomes_a_native_event),
        cmocka_unit_test(native_events_stay_and_get_an_id),
        cmocka_unit_test(flow_time_is_exact_and_may_be_negative),
        cmocka_unit_test(lines_that_are_no_events_have_a_reason),
        cmocka_unit_test(a_byte_0_is_turned_away),
        cmocka_unit_test(ids_follow_from_kind_day_and_what_the_line_says),
        cmocka_unit_test(equal_lines_have_ids_of_their_own_that_begin_and_end_alike),
        cmocka_unit_test(the_times_of_native_events_are_known_or_not),
        cmocka_unit_test(a_heading_names_the_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
