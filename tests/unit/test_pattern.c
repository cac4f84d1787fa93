/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: whole texts only, the quick matcher agrees with PCRE2, and nothing takes long. */
#include "unit.h"

#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "catalogue/pattern.h"

static struct pattern *make(const char *text)
{
    struct err err;
    struct pattern *p = pattern_new(str_from(text), &err);

    if (!p)
        fail_msg("%s: %s", text, err.text);
    return p;
}

static bool matches(const char *pattern, struct str text)
{
    struct pattern *p = make(pattern);
    bool result = pattern_matches(p, text);

    pattern_free(p);
    return result;
}

static void patterns_hold_for_the_whole_text(void **state)
{
    assert_true(matches("a|bc", STR("bc")));
    assert_false(matches("a|bc", STR("abc")));
    assert_false(matches("a|bc", STR("bcd")));
    assert_false(matches("a$", STR("a\n")));
    assert_false(matches("[a-z]+", STR("ab\n")));
    assert_true(matches("(a|b)?", STR("")));
    assert_true(matches("(a|b)?", STR_NONE));
    assert_true(matches("a.c", STR("a€c")));
    assert_false(matches("a.c", str_of("a\xff"
                                       "c",
                                       3))); /* not UTF-8 */
    assert_false(matches("\\w+x?", STR("é"))); /* \w is ASCII */
    assert_true(matches("(?i)straße", STR("STRAßE")));
}

/* The same question to PCRE2 alone. */
static bool reference(const char *pattern, struct str text)
{
    int code;
    PCRE2_SIZE at;
    pcre2_code *re = pcre2_compile(
        (PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int result;

    assert_non_null(re);
    result = pcre2_match(re, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, NULL);
    pcre2_match_data_free(data);
    pcre2_code_free(re);
    return result >= 0;
}

static const char *const simple[] = {
    "[a-z-]+",
    "[a-z0-9][a-z0-9-]*",
    "[0-9a-f]{4}",
    "[\\w.:-]+",
    "[45][0-9]{2}",
    "ab?",
    "a{2,3}",
    "a{2,}",
    "\\d{1,4}",
    "x\\.y",
    "[\\w]*",
    "[a\\-z]+",
    "[.+*?()]{1,}",
    "/[A-Za-z0-9_/-]{1,79}",
    "a",
    "[ -~]*",
    "[a-]+",
    "v[0-9]+",
    "[\\[\\]]+",
    "a-b",
};

static const char *const not_simple[] = {
    "a|b", "(a)",  "[^a]+",        "a.c",   "a+b",  "^a",    "a$",        "a+?",
    "a*+", "\\s+", "[[:alpha:]]+", "é+",    "[é]",  "\\x41", "abcdefghi", "[\\d-z]",
    "",    "\\bа", "a{2}{3}",      "[\\n]", "\\Qa", "(?i)a", "a?b",
};

static void the_quick_matcher_agrees_with_pcre2(void **state)
{
    static const char letters[] = "abz09-.:/_AZ+[]\\ \n~";
    uint32_t random = 1;

    for (size_t i = 0; i < ARRAY_LEN(simple); i++) {
        struct pattern_simple quick;

        pattern_simple_compile(&quick, str_from(simple[i]));
        if (!quick.count)
            fail_msg("%s should be simple", simple[i]);
        for (int n = 0; n < 3000; n++) {
            char text[8];
            size_t len = 0;

            for (random = random * 1664525 + 1013904223; len < (random >> 29); len++) {
                random = random * 1664525 + 1013904223;
                text[len] = letters[(random >> 16) % (sizeof letters - 1)];
            }
            if (pattern_simple_matches(&quick, str_of(text, len)) !=
                reference(simple[i], str_of(text, len)))
                fail_msg("%s differs on `%.*s`", simple[i], (int)len, text);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(not_simple); i++) {
        struct pattern_simple quick;

        pattern_simple_compile(&quick, str_from(not_simple[i]));
        if (quick.count)
            fail_msg("%s is beyond the quick matcher", not_simple[i]);
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hostile_texts_end_soon(void **state)
{
    static const char *const patterns[] = {"(a+)+",  "(a|a)*", "(a|aa)+",
                                           "(.*)*x", "(a*)*b", "([a-z]+)*\\d"};
    char text[4096];

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        struct pattern *p = make(patterns[i]);
        double from = seconds();

        assert_false(pattern_matches(p, str_of(text, sizeof text)));
        assert_true(seconds() - from < 0.25); /* about a millisecond; sanitizers are slow */
        pattern_free(p);
    }
}

static void mistakes_have_a_place(void **state)
{
    static const char *const bad[] = {"a(", "[z-a]", "a{2", "*a", "(?<n>a)(?<n>b)", "\\C", "\\8"};
    char *tall = xmalloc(PATTERN_BYTES_MAX + 2);
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct pattern *p = pattern_new(str_from(bad[i]), &err);

        if (p) /* a{2 is text to PCRE2 */
            assert_string_equal(bad[i], "a{2");
        else
            assert_non_null(strstr(err.text, "at character"));
        pattern_free(p);
    }
    memset(tall, 'a', PATTERN_BYTES_MAX + 1);
    assert_null(pattern_new(str_of(tall, PATTERN_BYTES_MAX + 1), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    free(tall);
}

static void repeated_repetition_is_risky(void **state)
{
    static const char *const risky[] = {"(a+)+",   "(a*)*",     "([a-z]+)*", "((a+))+",
                                        "(a?b*)+", "(?:x+y*)+", "(a+){2,}",  "x(\\w+)*y"};
    static const char *const sound[] = {"a+",      "(ab)+",   "(a+b)+",      "([.][a-z]*)*",
                                        "(a+)?",   "[(a+)]+", "(\\(a+\\))*", "(a|b)+",
                                        "(a+){2}", "[]a+]+",  "a{2,}b+"};

    for (size_t i = 0; i < ARRAY_LEN(risky); i++)
        if (!pattern_is_risky(str_from(risky[i])))
            fail_msg("%s is risky", risky[i]);
    for (size_t i = 0; i < ARRAY_LEN(sound); i++)
        if (pattern_is_risky(str_from(sound[i])))
            fail_msg("%s is sound", sound[i]);
    assert_true(pattern_is_risky(
        STR("((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((")));
    assert_false(pattern_is_risky(STR("[a\\")));
    assert_false(pattern_is_risky(STR("\\")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_hold_for_the_whole_text),
        cmocka_unit_test(the_quick_matcher_agrees_with_pcre2),
        cmocka_unit_test(hostile_texts_end_soon),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(repeated_repetition_is_risky),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
