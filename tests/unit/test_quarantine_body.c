/* SPDX-License-Identifier: Apache-2.0 */
/* What POST /api/quarantine/... is asked: which events, and that nothing is meant by leaving something out. */
#include "unit.h"

#include "base/mem.h"
#include "console/quarantine_body.h"

static void refuses(const char *body, enum err_code code, const char *expected)
{
    struct quarantine_body b;
    struct err err = {0};

    assert_int_equal(quarantine_body_read(&b, str_from(body), &err), -1);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, expected))
        fail_msg("%s: `%s` has no `%s`", body, err.text, expected);
    quarantine_body_free(&b);
}

static void conditions_and_positions_are_read(void **state)
{
    struct quarantine_body b;
    struct err err = {0};

    if (quarantine_body_read(&b,
                             STR("{\"where\":{\"reason\":\"wrong_type\",\"name\":\"a*\","
                                 "\"event\":\"a?b\",\"source\":\"s\",\"since\":\"2026-01-02\"},"
                                 "\"after\":7,\"reason\":\"why\"}"),
                             &err) < 0)
        fail_msg("%s", err.text);
    assert_true(str_is(b.filter.reason, "wrong_type"));
    assert_true(str_is(b.filter.name, "a*"));
    assert_true(str_is(b.filter.event, "a?b"));
    assert_true(str_is(b.filter.source, "s"));
    assert_true(str_is(b.filter.state, "waiting"));
    assert_int_equal(b.filter.since_us, INT64_C(1767312000000000));
    assert_int_equal(b.filter.after, 7);
    assert_true(str_is(b.reason, "why"));
    assert_null(b.entry.ptr);
    quarantine_body_free(&b);

    assert_int_equal(quarantine_body_read(&b, STR("{\"positions\":[3,1]}"), &err), 0);
    assert_int_equal(b.filter.position_count, 2);
    assert_int_equal(b.filter.positions[0], 3);
    quarantine_body_free(&b);
}

static void what_is_wrong_is_named(void **state)
{
    refuses("", ERR_PARSE, "not JSON");
    refuses("[]", ERR_USAGE, "a JSON object");
    refuses("{}", ERR_USAGE, "either `where` or `positions`");
    refuses("{\"where\":{},\"positions\":[1]}", ERR_USAGE, "either `where` or `positions`");
    refuses("{\"where\":[]}", ERR_USAGE, "`where` must be an object");
    refuses("{\"where\":{\"state\":\"all\"}}", ERR_USAGE, "only what waits");
    refuses("{\"where\":{\"reason\":1}}", ERR_USAGE, "must be text");
    refuses("{\"where\":{\"reason\":\"x\"}}", ERR_USAGE, "`where.reason` is not the code");
    refuses("{\"where\":{\"until\":\"x\"}}", ERR_USAGE, "`where.until` is neither a time");
    refuses("{\"where\":{\"source\":\"a\\u0000\"}}", ERR_USAGE, "without NUL");
    refuses("{\"where\":{\"a name that is far too long\":\"x\"}}", ERR_USAGE, "is no condition");
    refuses("{\"positions\":[]}", ERR_USAGE, "1 to 10000");
    refuses("{\"positions\":[1.5]}", ERR_USAGE, "from 1");
    refuses("{\"positions\":[9223372036854775807]}", ERR_USAGE, "from 1");
    refuses("{\"where\":{},\"after\":0}", ERR_USAGE, "`after`");
    refuses("{\"where\":{},\"entry\":5}", ERR_USAGE, "`entry` must be text");
    refuses("{\"where\":{},\"reason\":\"a\\u0000\"}", ERR_USAGE, "`reason` must be text");
    refuses("{\"where\":{},\"what\":1}", ERR_USAGE, "none of where");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_and_positions_are_read),
        cmocka_unit_test(what_is_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
