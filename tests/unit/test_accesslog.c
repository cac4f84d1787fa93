/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs: what lines say, which of them are pages, and what the events hold. The cases are data:
 * in tests/cases/accesslog, a list of {line, and one of event, left_out, fault; options; why}. */
#include "unit.h"

#include <string.h>
#include <yyjson.h>

#include "accesslog/page_event.h"
#include "base/io.h"
#include "base/mem.h"

enum { WORDS = 8 };

static struct str text_of(yyjson_val *v)
{
    return str_of(yyjson_get_str(v), yyjson_get_len(v));
}

static struct access_words words_of(yyjson_val *options, const char *name, const char **room)
{
    yyjson_val *list = yyjson_obj_get(options, name), *word;
    size_t i, max;

    yyjson_arr_foreach(list, i, max, word)
    {
        assert_true(i < WORDS);
        room[i] = yyjson_get_str(word);
    }
    return (struct access_words){room, yyjson_arr_size(list)};
}

static struct access_rules *rules_of(yyjson_val *o)
{
    static const char *room[8][WORDS];
    const struct access_rules_opts opts = {
        .methods = words_of(o, "method", room[0]),
        .statuses = words_of(o, "status", room[1]),
        .types = words_of(o, "type", room[2]),
        .assets = words_of(o, "asset", room[3]),
        .api = words_of(o, "api", room[4]),
        .agents = words_of(o, "exclude_agent", room[5]),
        .paths = words_of(o, "exclude_path", room[6]),
        .targets = words_of(o, "exclude_target", room[7]),
        .no_agents = yyjson_get_bool(yyjson_obj_get(o, "no_default_agents")),
        .query = yyjson_get_str(yyjson_obj_get(o, "query")),
    };
    struct access_rules *rules = NULL;
    struct err err = {0};

    if (access_rules_new(&rules, &opts, &err) < 0)
        fail_msg("%s", err.text);
    return rules;
}

static void check_event(yyjson_val *expected, const struct access *a, enum access_verdict verdict,
                        const struct access_rules *rules)
{
    struct page_stamp stamp = {0};
    yyjson_doc *doc;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    page_event_write(&out, a, verdict, NULL, rules, &stamp);
    assert_false(buf_failed(&out));
    doc = yyjson_read(out.ptr, out.len, 0);
    if (!doc || !yyjson_equals(yyjson_doc_get_root(doc), expected))
        fail_msg("%.*s", STR_ARG(buf_as_str(&out)));
    yyjson_doc_free(doc);
}

static void check_case(struct access_reader *reader, yyjson_val *c)
{
    yyjson_val *line = yyjson_obj_get(c, "line"), *event = yyjson_obj_get(c, "event");
    yyjson_val *left_out = yyjson_obj_get(c, "left_out"), *expected = yyjson_obj_get(c, "fault");
    AUTO_FREE char *copy = xmemdup(yyjson_get_str(line), yyjson_get_len(line));
    struct access a;
    enum access_fault fault = access_read(reader, copy, yyjson_get_len(line), &a);
    struct access_rules *rules;
    enum access_verdict verdict;

    if (expected || fault != ACCESS_FINE) {
        assert_string_equal(access_fault_name(fault), expected ? yyjson_get_str(expected) : "fine");
        return;
    }
    rules = rules_of(yyjson_obj_get(c, "options"));
    verdict = access_judge(rules, &a);
    if (left_out)
        assert_string_equal(access_verdict_name(verdict), yyjson_get_str(left_out));
    else
        check_event(event, &a, verdict, rules);
    access_rules_free(rules);
}

static void check_file(const char *path)
{
    struct access_reader *reader = access_reader_new(ACCESS_ANY);
    yyjson_val *c, *line;
    struct str bytes;
    struct err err = {0};
    yyjson_doc *doc;
    size_t i, max;

    if (io_read_file(io_system(), path, 1 << 20, &bytes, &err) < 0)
        fail_msg("%s", err.text);
    doc = yyjson_read(bytes.ptr, bytes.len, 0);
    assert_non_null(doc);
    assert_true(yyjson_arr_size(yyjson_doc_get_root(doc)) > 5);
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, max, c)
    {
        line = yyjson_obj_get(c, "line");
        print_message("# %zu: %.*s\n", i, STR_ARG(str_slice(text_of(line), 0, 120)));
        check_case(reader, c);
    }
    yyjson_doc_free(doc);
    free((char *)(uintptr_t)bytes.ptr);
    access_reader_free(reader);
}

static void lines_of_real_servers_are_read(void **state)
{
    check_file("tests/cases/accesslog/servers.json");
}

static void made_up_lines_are_read_or_named(void **state)
{
    check_file("tests/cases/accesslog/lines.json");
}

static void rules_are_applied_in_their_order(void **state)
{
    check_file("tests/cases/accesslog/rules.json");
}

static enum access_fault fault_of(const void *bytes, size_t len)
{
    struct access_reader *reader = access_reader_new(ACCESS_ANY);
    AUTO_FREE char *copy = xmemdup(bytes, len);
    struct access a;
    enum access_fault fault = access_read(reader, copy, len, &a);

    access_reader_free(reader);
    return fault;
}

static void every_cut_of_a_line_is_safe(void **state)
{
    static const char combined[] =
        "www.example.org:443 2001:db8::1 - a b [22/Nov/2026:15:44:56 +0000] \"GET /\\x22\\\"? "
        "HTTP/1.1\" 200 243 \"-\" \"a\\\\\" \"awMN-FvLpt6FP0zW9tCG2gAAAEA\"";
    static const char json[] = "{\"time\":\"2026-11-22T15:44:56+01:00\",\"status\":\"200\","
                               "\"method\":\"GET\",\"uri\":\"/\\u0000\\\"\"}";

    for (size_t len = 0; len < sizeof combined; len++)
        fault_of(combined, len);
    for (size_t len = 0; len + 2 < sizeof json; len++)
        assert_int_equal(fault_of(json, len), len ? ACCESS_BAD_JSON : ACCESS_UNKNOWN_FORMAT);
    assert_int_equal(fault_of(combined, sizeof combined - 1), ACCESS_FINE);
    assert_int_equal(fault_of(json, sizeof json - 1), ACCESS_FINE);
}

static void binary_and_huge_lines_are_named(void **state)
{
    AUTO_FREE char *huge = xmalloc(ACCESS_LINE_MAX + 1);
    char bytes[256];

    memset(huge, 'a', ACCESS_LINE_MAX + 1);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    assert_int_equal(fault_of(huge, ACCESS_LINE_MAX + 1), ACCESS_TOO_LONG);
    assert_int_equal(fault_of(huge, ACCESS_LINE_MAX), ACCESS_UNKNOWN_FORMAT);
    assert_int_equal(fault_of(bytes, sizeof bytes), ACCESS_UNKNOWN_FORMAT);
    assert_int_equal(fault_of("\0\0\0", 3), ACCESS_UNKNOWN_FORMAT);
}

/* A path as long as can be, of bytes that are not UTF-8: the collector takes 8,192 bytes. */
static void long_texts_are_cut_to_what_a_collector_takes(void **state)
{
    struct access a = {.method = STR("GET"), .status = 200, .ip = STR("192.0.2.1")};
    struct access_rules *rules = rules_of(NULL);
    AUTO_FREE char *text = xmalloc(30000);
    struct page_stamp stamp = {0};

    for (int kind = 0; kind < 3; kind++) {
        yyjson_val *path;
        yyjson_doc *doc;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        memset(text, kind == 0 ? 'a' : kind == 1 ? '\xC3' : '"', 30000);
        a.path = str_of(text, 30000);
        page_event_write(&out, &a, ACCESS_PAGE, NULL, rules, &stamp);
        doc = yyjson_read(out.ptr, out.len, 0);
        path = yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "context"), "path");
        assert_in_range(yyjson_get_len(path), 8190, PAGE_TEXT_MAX);
        yyjson_doc_free(doc);
    }
    access_rules_free(rules);
}

static void wrong_options_are_refused(void **state)
{
    static const char *const words[] = {"2x", "99", "600-500", "200-1000", "abc", ""};
    static const char *const places[] = {"~(", "~(a+)+", ""};
    struct access_rules *rules;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct access_rules_opts opts = {.statuses = {words + i, 1}};

        assert_int_equal(access_rules_new(&rules, &opts, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const struct access_rules_opts opts = {.paths = {places + i, 1}};

        assert_int_equal(access_rules_new(&rules, &opts, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
    assert_int_equal(access_rules_new(&rules, &(struct access_rules_opts){.query = ""}, &err), -1);
}

static void formats_can_be_forced(void **state)
{
    char combined[] = "192.0.2.1 - - [22/Nov/2026:15:44:56 +0000] \"GET / HTTP/1.1\" 200 1";
    char json[] = "{\"ts\":1,\"status\":200,\"method\":\"GET\",\"uri\":\"/\"}";
    struct access_reader *only_json = access_reader_new(ACCESS_JSON);
    struct access_reader *only_combined = access_reader_new(ACCESS_COMBINED);
    struct access a;

    assert_int_equal(access_read(only_json, combined, sizeof combined - 1, &a),
                     ACCESS_UNKNOWN_FORMAT);
    assert_int_equal(access_read(only_json, json, sizeof json - 1, &a), ACCESS_FINE);
    assert_int_equal(access_read(only_combined, json, sizeof json - 1, &a), ACCESS_UNKNOWN_FORMAT);
    assert_int_equal(access_read(only_combined, combined, sizeof combined - 1, &a), ACCESS_FINE);
    assert_int_equal(access_format_find(STR("auto")), ACCESS_ANY);
    assert_int_equal(access_format_find(STR("xml")), -1);
    access_reader_free(only_json);
    access_reader_free(only_combined);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_real_servers_are_read),
        cmocka_unit_test(made_up_lines_are_read_or_named),
        cmocka_unit_test(rules_are_applied_in_their_order),
        cmocka_unit_test(every_cut_of_a_line_is_safe),
        cmocka_unit_test(binary_and_huge_lines_are_named),
        cmocka_unit_test(long_texts_are_cut_to_what_a_collector_takes),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(formats_can_be_forced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
