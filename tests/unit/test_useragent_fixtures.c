/* SPDX-License-Identifier: Apache-2.0 */
/* test_useragent_fixtures.c: every fixture that comes with uap-core, 31,122 of them, must agree, with PCRE2's
 * JIT and without. */
#include "unit.h"

#include <stdio.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/mem.h"
#include "privacy/useragent_match.h"

enum { UNFILTERED_EACH = 25 }; /* one of so many is also tried without the filter */

static const char *const part_keys[UAP_PARTS] = {"family", "major", "minor", "patch",
                                                 "patch_minor"};

struct fixture {
    char *agent;
    char *want[UAP_PARTS]; /* NULL: the file does not say */
};

struct run {
    struct uap *uap;
    bool no_jit;
    enum uap_list list;
    int parts; /* how many the list has */
    const char *file;
    size_t count, wrong;
};

static struct uap_scan scan, unfiltered;
static struct uap_parts parts, other;

static void check_part(struct run *r, const struct fixture *f, int p)
{
    struct str want = str_from(f->want[p]);

    if (str_eq(parts.part[p], want))
        return;
    if (p == 0 && parts.expression < 0 && str_is(want, "Other"))
        return;
    r->wrong++;
    print_error("%s: %s: %s is %.*s, wanted %s\n", r->file, f->agent, part_keys[p],
                STR_ARG(parts.part[p]), f->want[p]);
}

/* The filter leaves out nothing that would have matched. */
static void check_unfiltered(struct run *r, const struct fixture *f)
{
    unfiltered = scan;
    unfiltered.everything = true;
    uap_match(r->uap, &unfiltered, r->list, &other);
    if (other.expression == parts.expression)
        return;
    r->wrong++;
    print_error("%s: %s: expression %d without the filter, %d with it\n", r->file, f->agent,
                other.expression, parts.expression);
}

static void check_fixture(struct run *r, const struct fixture *f)
{
    uap_scan(&scan, str_slice(str_from(f->agent), 0, UAP_AGENT_MAX));
    uap_match(r->uap, &scan, r->list, &parts);
    for (int p = 0; p < r->parts; p++)
        if (f->want[p])
            check_part(r, f, p);
    assert_false(scan.spent);
    if (r->count++ % UNFILTERED_EACH == 0 && !r->no_jit)
        check_unfiltered(r, f);
    if (r->list == UAP_DEVICE)
        assert_int_equal(uap_is_spider(r->uap, &scan), strcmp(f->want[0], "Spider") == 0);
}

static void set_field(struct fixture *f, const char *key, const yaml_event_t *value)
{
    const char *text = (const char *)value->data.scalar.value;

    assert_int_equal(value->type, YAML_SCALAR_EVENT);
    if (strcmp(key, "user_agent_string") == 0)
        f->agent = xmemdup(text, value->data.scalar.length);
    for (int p = 0; p < UAP_PARTS; p++)
        if (strcmp(key, part_keys[p]) == 0)
            f->want[p] = xmemdup(text, value->data.scalar.length);
}

static void drop_fixture(struct fixture *f)
{
    free(f->agent);
    for (int p = 0; p < UAP_PARTS; p++)
        free(f->want[p]);
    *f = (struct fixture){.agent = NULL};
}

/* A map at depth 2 (below the root's test_cases) is a fixture. */
static void read_fixtures(struct run *r, yaml_parser_t *parser)
{
    struct fixture f = {.agent = NULL};
    char *key = NULL;
    yaml_event_t ev;
    int depth = 0;
    bool done = false;

    while (!done) {
        assert_true(yaml_parser_parse(parser, &ev));
        done = ev.type == YAML_STREAM_END_EVENT;
        depth += ev.type == YAML_MAPPING_START_EVENT;
        if (ev.type == YAML_SCALAR_EVENT && depth == 2 && !key) {
            key = xstrdup((const char *)ev.data.scalar.value);
        } else if (depth == 2 && key) {
            set_field(&f, key, &ev);
            free(key);
            key = NULL;
        } else if (ev.type == YAML_MAPPING_END_EVENT && depth-- == 2) {
            check_fixture(r, &f);
            drop_fixture(&f);
        }
        yaml_event_delete(&ev);
    }
}

static void agrees_so(bool no_jit, const char *file, enum uap_list list, int count, size_t fixtures)
{
    AUTO_FREE char *path = xasprintf("%s/%s", UAP_CORE, file);
    FILE *in = fopen(path, "rb");
    struct run r = {
        .uap = uap_new(no_jit), .no_jit = no_jit, .list = list, .parts = count, .file = file};
    yaml_parser_t parser;

    assert_non_null(in);
    assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, in);
    read_fixtures(&r, &parser);
    yaml_parser_delete(&parser);
    fclose(in);
    uap_free(r.uap);
    assert_int_equal(r.wrong, 0);
    assert_int_equal(r.count, fixtures);
}

static void agrees(const char *file, enum uap_list list, int count, size_t fixtures)
{
    agrees_so(false, file, list, count, fixtures);
    agrees_so(true, file, list, count, fixtures);
}

static void browsers_agree(void **state)
{
    agrees("tests/test_ua.yaml", UAP_BROWSER, 4, 1430);
}

static void firefox_agrees(void **state)
{
    agrees("test_resources/firefox_user_agent_strings.yaml", UAP_BROWSER, 4, 244);
}

static void opera_mini_agrees(void **state)
{
    agrees("test_resources/opera_mini_user_agent_strings.yaml", UAP_BROWSER, 4, 203);
}

static void the_long_browser_list_agrees(void **state)
{
    agrees("test_resources/pgts_browser_list.yaml", UAP_BROWSER, 4, 12500);
}

static void podcast_players_agree(void **state)
{
    agrees("test_resources/podcasting_user_agent_strings.yaml", UAP_BROWSER, 4, 144);
}

static void systems_agree(void **state)
{
    agrees("tests/test_os.yaml", UAP_SYSTEM, 5, 462);
}

static void more_systems_agree(void **state)
{
    agrees("test_resources/additional_os_tests.yaml", UAP_SYSTEM, 5, 23);
}

static void devices_agree(void **state)
{
    agrees("tests/test_device.yaml", UAP_DEVICE, 1, 16116);
}

/* The literals below a state of the automaton, one after the other, as far as there is room. */
static void put_literals(unsigned s, char *text, size_t len, struct buf *out)
{
    const struct uap_state *at = &uap_states[s];

    if (at->text && out->len < out->max - 100)
        buf_printf(out, "%.*s; ", (int)len, text);
    for (unsigned c = at->first; c < (unsigned)at->first + at->children; c++) {
        text[len] = (char)uap_labels[c];
        put_literals(c, text, len + 1, out);
    }
}

static void an_agent_of_nothing_but_literals_has_a_limit(void **state)
{
    struct uap *u = uap_new(false);
    char text[256];
    size_t spent = 0;
    AUTO_BUF all;

    buf_init(&all, 1 << 17);
    put_literals(0, text, 0, &all);
    for (size_t from = 0; from + UAP_AGENT_MAX <= all.len; from += 100) {
        uap_scan(&scan, str_of(all.ptr + from, UAP_AGENT_MAX));
        uap_match(u, &scan, UAP_BROWSER, &parts);
        uap_match(u, &scan, UAP_SYSTEM, &parts);
        uap_match(u, &scan, UAP_DEVICE, &parts);
        assert_true(scan.tries <= 40);
        spent += scan.spent;
    }
    assert_true(spent > 0);
    uap_free(u);
}

static void every_expression_compiles(void **state)
{
    struct uap *u = uap_new(true);

    assert_int_equal(uap_compile_all(u), uap_list_end[UAP_DEVICE]);
    uap_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_agree),
        cmocka_unit_test(firefox_agrees),
        cmocka_unit_test(opera_mini_agrees),
        cmocka_unit_test(the_long_browser_list_agrees),
        cmocka_unit_test(podcast_players_agree),
        cmocka_unit_test(systems_agree),
        cmocka_unit_test(more_systems_agree),
        cmocka_unit_test(devices_agree),
        cmocka_unit_test(an_agent_of_nothing_but_literals_has_a_limit),
        cmocka_unit_test(every_expression_compiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
