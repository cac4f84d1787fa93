/* SPDX-License-Identifier: Apache-2.0 */
/* The browser agent as a file: who takes it compressed, and who has it already. */
#include "unit.h"

#include <stdio.h>

#include "base/coding.h"
#include "base/mem.h"
#include "collector/agent.h"

static void is_compressed_for_those_who_say_so(void **state)
{
    static const struct {
        const char *field;
        bool packed;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"br;q=1.0 , GZIP;q=0.8", true},
        {"gzip;q=0", false},
        {"gzip; q=0.000", false},
        {"gzip;level=9;q=0", false},
        {"gzip;q=0.001", true},
        {"identity", false},
        {"x-gzip", false},
        {"*", false},
        {"gzipped", false},
        {";,;,", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (coding_takes_gzip(str_from(cases[i].field)) != cases[i].packed)
            fail_msg("%s", cases[i].field);
}

static void is_known_by_the_tag_of_either_form(void **state)
{
    char plain[AGENT_TAG_LEN], packed[AGENT_TAG_LEN], list[100];

    (void)state;
    agent_tag(plain, agent_script());
    agent_tag(packed, agent_script_packed());
    assert_memory_not_equal(plain, packed, sizeof plain);
    assert_true(agent_is_known(str_of(plain, sizeof plain)));
    assert_true(agent_is_known(str_of(packed, sizeof packed)));
    snprintf(list, sizeof list, "\"other\", W/%.*s , \"x\"", AGENT_TAG_LEN, packed);
    assert_true(agent_is_known(str_from(list)));
    assert_true(agent_is_known(STR("*")));
    assert_false(agent_is_known(STR_NONE));
    assert_false(agent_is_known(STR("")));
    assert_false(agent_is_known(STR("\"00000000\"")));
    assert_false(agent_is_known(str_of(plain, sizeof plain - 1)));
    assert_false(agent_is_known(str_of(plain + 1, sizeof plain - 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_compressed_for_those_who_say_so),
        cmocka_unit_test(is_known_by_the_tag_of_either_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
