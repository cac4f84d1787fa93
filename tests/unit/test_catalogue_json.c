/* SPDX-License-Identifier: Apache-2.0 */
/* What a catalogue tells of itself as JSON: everything that an entry says, its own lines, and what was
 * probably meant by a name that is none. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "catalogue/describe.h"
#include "catalogue/problem.h"

static const char shop[] =
    "defaults: {owner: shop@example.org, actor: customer_id}\n"
    "events:\n"
    "  # the first one\n"
    "  - name: order.placed\n"
    "    description: A customer \"placed\" an order.\n"
    "    trigger: When it is paid\n"
    "    kind: [product, audit]\n"
    "    since: 2026-01-15\n"
    "    expires: 2027-01-15\n"
    "    replaced_by: page.{section}.viewed\n"
    "    sources: [backend]\n"
    "    dimensions: [{currency: money}]\n"
    "    keep: {ip: 30d}\n"
    "    properties:\n"
    "      customer_id: {type: string, required: true, privacy: pseudonym, description: Who}\n"
    "      currency: {type: string, values: [EUR, GBP]}\n"
    "      cents: {type: \"integer|null\", min: -1, max: 9007199254740993, values: [1, 2]}\n"
    "      total: {type: number, min: 0.5, values: [0.5, 2]}\n"
    "      voucher: {type: string, pattern: \"[A-Z]+\", max_length: 12}\n"
    "      skus: {type: \"array<string>\", max_items: 7, privacy: hidden}\n"
    "      email: {type: string, privacy: drop}\n"
    "\n"
    "  # the second\n"
    "  - name: page.{section}.viewed\n"
    "    kind: [flow, page]\n"
    "    status: deprecated\n"
    "    flow: {role: view}\n"
    "    parameters: {section: {pattern: \"[a-z]+\", max_values: 5, description: Where}}\n"
    "# the end\n";

static struct catalogue *load(const char *yaml)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;

    if (catalogue_load_text(&c, str_from(yaml), "shop.yaml", &problems, &err) < 0)
        fail_msg("%s", problems.list[0].text);
    problems_free(&problems);
    return c;
}

static yyjson_doc *described(const struct catalogue *c)
{
    yyjson_doc *doc;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    catalogue_put_json(&out, c);
    assert_false(buf_failed(&out));
    doc = yyjson_read(out.ptr, out.len, 0);
    assert_non_null(doc);
    return doc;
}

/* What stands at a JSON pointer, as JSON. */
static void assert_at(yyjson_doc *doc, const char *pointer, const char *expected)
{
    yyjson_val *val = yyjson_doc_ptr_get(doc, pointer);
    char *text = val ? yyjson_val_write(val, 0, NULL) : NULL;

    if (!text)
        fail_msg("nothing at %s", pointer);
    assert_string_equal(text, expected);
    free(text);
}

static void an_entry_tells_all_that_it_says(void **state)
{
    struct catalogue *c = load(shop);
    yyjson_doc *doc = described(c);

    assert_int_equal(yyjson_arr_size(yyjson_doc_get_root(doc)), 2);
    assert_at(doc, "/0/name", "\"order.placed\"");
    assert_at(doc, "/0/description", "\"A customer \\\"placed\\\" an order.\"");
    assert_at(doc, "/0/owner", "\"shop@example.org\"");
    assert_at(doc, "/0/kinds", "[\"product\",\"audit\"]");
    assert_at(doc, "/0/status", "\"active\"");
    assert_at(doc, "/0/expires", "\"2027-01-15\"");
    assert_at(doc, "/0/replaced_by", "\"page.{section}.viewed\"");
    assert_at(doc, "/0/sources", "[\"backend\"]");
    assert_at(doc, "/0/dimensions", "[{\"property\":\"currency\",\"name\":\"money\"}]");
    assert_at(doc, "/0/roles", "{\"actor\":\"customer_id\"}");
    assert_at(doc, "/0/keep_ip_s", "2592000");
    assert_at(doc, "/0/flow_role", "null");
    assert_at(doc, "/1/status", "\"deprecated\"");
    assert_at(doc, "/1/kinds", "[\"flow\",\"page\"]");
    assert_at(doc, "/1/flow_role", "\"view\"");
    assert_at(doc, "/1/sources", "null");
    assert_at(doc, "/1/roles", "{}");
    yyjson_doc_free(doc);
    catalogue_free(c);
}

static void a_property_tells_its_class_and_its_limits(void **state)
{
    struct catalogue *c = load(shop);
    yyjson_doc *doc = described(c);

    assert_at(doc, "/0/properties/0/privacy", "\"pseudonym\"");
    assert_at(doc, "/0/properties/0/scope", "\"actor\"");
    assert_at(doc, "/0/properties/0/required", "true");
    assert_at(doc, "/0/properties/0/line", "15");
    assert_at(doc, "/0/properties/1/values", "[\"EUR\",\"GBP\"]");
    assert_at(doc, "/0/properties/2/type", "\"integer|null\"");
    assert_at(doc, "/0/properties/2/min", "-1");
    assert_at(doc, "/0/properties/2/max", "9007199254740993");
    assert_at(doc, "/0/properties/2/values", "[1,2]");
    assert_at(doc, "/0/properties/3/min", "0.5");
    assert_at(doc, "/0/properties/3/max", "null");
    assert_at(doc, "/0/properties/3/values", "[0.5,2]");
    assert_at(doc, "/0/properties/4/pattern", "\"[A-Z]+\"");
    assert_at(doc, "/0/properties/4/max_length", "12");
    assert_at(doc, "/0/properties/5/type", "\"array<string>\"");
    assert_at(doc, "/0/properties/5/max_items", "7");
    assert_at(doc, "/0/properties/5/privacy", "\"hidden\"");
    assert_at(doc, "/0/properties/6/privacy", "\"drop\"");
    assert_at(doc, "/0/properties/6/sensitive", "true");
    assert_at(doc, "/0/properties/1/sensitive", "false");
    assert_at(doc, "/1/properties/0/parameter", "true");
    assert_at(doc, "/1/properties/0/max_values", "5");
    assert_at(doc, "/1/properties/0/description", "\"Where\"");
    yyjson_doc_free(doc);
    catalogue_free(c);
}

static void an_entry_has_its_own_lines_without_what_stands_around_them(void **state)
{
    struct catalogue *c = load(shop);
    const struct catalogue_description *first = catalogue_event_describe(catalogue_event_at(c, 0));
    const struct catalogue_description *last = catalogue_event_describe(catalogue_event_at(c, 1));

    assert_int_equal(first->line, 4);
    assert_int_equal(first->text_line, 4);
    assert_true(str_starts(first->text, STR("  - name: order.placed\n")));
    assert_true(str_ends(first->text, STR("email: {type: string, privacy: drop}")));
    assert_int_equal(last->text_line, 24);
    assert_true(str_starts(last->text, STR("  - name: page.{section}.viewed\n")));
    assert_true(str_ends(last->text, STR("description: Where}}")));
    catalogue_free(c);

    /* what follows the list is not the last entry's; entries that share a line have none */
    c = load("events:\n- name: a\n  kind: page\n\ndefaults: {owner: x}\n");
    first = catalogue_event_describe(catalogue_event_at(c, 0));
    assert_true(str_is(first->text, "- name: a\n  kind: page"));
    catalogue_free(c);
    c = load("events: [{name: a}, {name: b}]");
    assert_null(catalogue_event_describe(catalogue_event_at(c, 0))->text.ptr);
    catalogue_free(c);
}

static void what_was_meant_is_suggested(void **state)
{
    struct catalogue *c = load(shop);
    const struct catalogue_event *ev = catalogue_event_at(c, 0);

    assert_true(str_is(catalogue_suggest_event(c, STR("order.palced")), "order.placed"));
    assert_null(catalogue_suggest_event(c, STR("invoice.sent")).ptr);
    assert_true(str_is(catalogue_suggest_property(ev, STR("curency")), "currency"));
    assert_null(catalogue_suggest_property(ev, STR("weather")).ptr);
    catalogue_free(c);
}

static void an_entry_that_is_thought_of_stands_in_for_one_of_its_name(void **state)
{
    static const char file[] = "defaults: {owner: o, kind: audit}\nevents:\n- name: a.b\n"
                               "  properties: {x: {type: string}}\n- name: c.d\n";
    char dir[] = "/tmp/weir-trial-XXXXXX";
    struct problems problems = {0};
    AUTO_FREE char *path = NULL;
    struct catalogue *c = NULL;
    struct err err = {0};
    FILE *f;

    assert_non_null(mkdtemp(dir));
    path = io_join(dir, "a.yaml");
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(file, f);
    fclose(f);
    /* one entry, with the defaults of the file in which it stands in; capitals do not matter */
    assert_int_equal(catalogue_load_with(&c, dir, STR("name: A.b\nstatus: draft"), &problems, &err),
                     0);
    assert_int_equal(catalogue_event_count(c), 2);
    assert_int_equal(catalogue_event_kinds(catalogue_event_at(c, 0)), CATALOGUE_AUDIT);
    assert_int_equal(catalogue_event_property_count(catalogue_event_at(c, 0)), 0);
    assert_string_equal(catalogue_event_describe(catalogue_event_at(c, 0))->file, "(entry)");
    assert_int_equal(catalogue_event_describe(catalogue_event_at(c, 1))->line, 5);
    catalogue_free(c);
    /* a list, with one that is new; a file */
    assert_int_equal(catalogue_load_with(&c, dir, STR("- name: c.d\n- name: e.f"), &problems, &err),
                     0);
    assert_int_equal(catalogue_event_count(c), 3);
    catalogue_free(c);
    assert_int_equal(catalogue_load_with(&c, dir, STR("events: [{name: e.f}]"), &problems, &err),
                     0);
    assert_int_equal(catalogue_event_count(c), 3);
    catalogue_free(c);
    c = NULL;
    assert_int_equal(catalogue_load_with(&c, dir, STR("kind: page"), &problems, &err), -1);
    assert_int_equal(catalogue_load_with(&c, dir, STR("- name: a.b\n- name: a.b"), &problems, &err),
                     -1);
    assert_int_equal(catalogue_load_with(&c, dir, STR("{"), &problems, &err), -1);
    assert_null(c);
    problems_free(&problems);
    assert_int_equal(remove(path), 0);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_tells_all_that_it_says),
        cmocka_unit_test(a_property_tells_its_class_and_its_limits),
        cmocka_unit_test(an_entry_has_its_own_lines_without_what_stands_around_them),
        cmocka_unit_test(what_was_meant_is_suggested),
        cmocka_unit_test(an_entry_that_is_thought_of_stands_in_for_one_of_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
