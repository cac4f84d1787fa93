/* SPDX-License-Identifier: Apache-2.0 */
/* YAML trees: what is read, what is refused, and the line that each complaint names. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/yaml.h"

static void maps_lists_and_text_keep_their_lines(void **state)
{
    struct yaml *root, *list;
    struct err err;

    assert_int_equal(
        yaml_tree_parse(&root, STR("a: 1\nb:\n  - x\n  - 'y'\nc: {d: e}\n"), "f", &err), 0);
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(yaml_get(root, "a")->line, 1);
    list = yaml_get(root, "b");
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->key_line, 2);
    assert_int_equal(list->line, 3);
    assert_false(list->first->quoted);
    assert_true(list->first->next->quoted);
    assert_int_equal(list->first->next->line, 4);
    assert_null(list->first->next->next);
    assert_true(str_is(yaml_get(yaml_get(root, "c"), "d")->text, "e"));
    assert_null(yaml_get(root, "missing"));
    assert_null(yaml_get(list, "a"));
    yaml_tree_free(root);
}

static void empty_documents_are_maps_without_entries(void **state)
{
    static const char *const texts[] = {"", "\n\n", "# only a comment\n"};
    struct yaml *root;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(yaml_tree_parse(&root, str_from(texts[i]), "f", &err), 0);
        assert_int_equal(root->kind, YAML_MAP);
        assert_null(root->first);
        yaml_tree_free(root);
    }
    assert_int_equal(yaml_tree_parse(&root, STR_NONE, "f", &err), 0);
    yaml_tree_free(root);
}

static void each_refusal_names_its_line(void **state)
{
    static const struct {
        const char *yaml, *says;
    } cases[] = {
        {"a: 1\na: 2\n", "f:2: the key `a` stands here twice"},
        {"a: 1\nb: 2\nc:\n  d: 1\n  e: 2\n  d: 3\n", "f:6: the key `d` stands here twice"},
        {"z: 1\ny: 1\ny: 2\nz: 2\n", "f:3: the key `y` stands here twice"},
        {"a: &x 1\n", "f:1: anchors and aliases are not used here"},
        {"a: 1\n&x b: 1\n", "f:2: anchors and aliases are not used here"},
        {"a: 1\nb: *x\n", "f:2: anchors and aliases are not used here"},
        {"*x : 1\n", "f:1: anchors and aliases are not used here"},
        {"a: !!str 1\n", "f:1: tags (!name) are not used here"},
        {"!!str a: 1\n", "f:1: tags (!name) are not used here"},
        {"a: !t {b: 1}\n", "f:1: tags (!name) are not used here"},
        {"- !t [b]\n", "f:1: tags (!name) are not used here"},
        {"? [a, b]\n: 1\n", "f:1: a key must be plain text"},
        {"a: 1\n---\nb: 2\n", "f:2: a second document (---) is not used here"},
        {"a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "f:1: nested deeper than 16"},
        {"a: 1\nb: \x01\n", "f:2: control characters are not allowed"},
        {"a: 1\n\nb: \xff\n", "f:3: invalid leading UTF-8 octet"},
        {"a: [1, 2\n", "f:2: did not find expected ',' or ']' (while parsing a flow sequence)"},
        {"a: 1\n b: 2\n", "f:2: mapping values are not allowed in this context"},
        {"a: 'x\n", "f:2: found unexpected end of stream (while scanning a quoted scalar)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct yaml *root = NULL;
        struct err err = {0};

        assert_int_equal(yaml_tree_parse(&root, str_from(cases[i].yaml), "f", &err), -1);
        assert_null(root);
        assert_int_equal(err.code, ERR_PARSE);
        assert_string_equal(err.text, cases[i].says);
    }
}

static void more_than_a_mebibyte_is_refused(void **state)
{
    const size_t len = 1024 * 1024 + 1;
    AUTO_FREE char *text = xmalloc(len);
    struct yaml *root = NULL;
    struct err err;

    memset(text, '#', len);
    assert_int_equal(yaml_tree_parse(&root, str_of(text, len), "f", &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "f: larger than 1 MiB");
    assert_int_equal(yaml_tree_parse(&root, str_of(text, len - 1), "f", &err), 0);
    yaml_tree_free(root);
}

static void long_maps_are_checked_for_duplicates_in_good_time(void **state)
{
    AUTO_BUF b;
    struct yaml *root = NULL;
    struct err err;

    buf_init(&b, 1024 * 1024);
    for (int i = 0; i < 90000; i++)
        buf_printf(&b, "k%d: 1\n", i);
    assert_false(buf_failed(&b));
    assert_int_equal(yaml_tree_parse(&root, buf_as_str(&b), "f", &err), 0);
    yaml_tree_free(root);
    buf_str(&b, STR("k7: 2\n"));
    assert_int_equal(yaml_tree_parse(&root, buf_as_str(&b), "f", &err), -1);
    assert_string_equal(err.text, "f:90001: the key `k7` stands here twice");
}

static void scalars_are_read_as_what_their_key_wants(void **state)
{
    struct yaml *root;
    struct err err;
    int64_t i;
    double d;
    bool b;

    assert_int_equal(yaml_tree_parse(&root,
                                     STR("n: ~\ne:\nq: ''\nt: true\nqt: 'true'\nyes: yes\ni: -12\n"
                                         "f: 1.5e3\nx: 0x10\ninf: .inf\nnan: .nan\nl: []\n"),
                                     "f", &err),
                     0);
    assert_true(yaml_is_null(yaml_get(root, "n")));
    assert_true(yaml_is_null(yaml_get(root, "e")));
    assert_false(yaml_is_null(yaml_get(root, "q")));
    assert_false(yaml_is_null(yaml_get(root, "l")));
    assert_int_equal(yaml_bool(yaml_get(root, "t"), &b), 0);
    assert_true(b);
    assert_int_equal(yaml_bool(yaml_get(root, "qt"), &b), -1);
    assert_int_equal(yaml_bool(yaml_get(root, "yes"), &b), -1);
    assert_int_equal(yaml_i64(yaml_get(root, "i"), &i), 0);
    assert_int_equal(i, -12);
    assert_int_equal(yaml_i64(yaml_get(root, "f"), &i), -1);
    assert_int_equal(yaml_number(yaml_get(root, "f"), &d), 0);
    assert_true(d == 1500.0);
    assert_int_equal(yaml_number(yaml_get(root, "inf"), &d), -1);
    assert_int_equal(yaml_number(yaml_get(root, "nan"), &d), -1);
    assert_int_equal(yaml_number(yaml_get(root, "x"), &d), -1);
    assert_int_equal(yaml_number(yaml_get(root, "l"), &d), -1);
    assert_string_equal(yaml_kind_name(yaml_get(root, "l")), "a list");
    assert_string_equal(yaml_kind_name(yaml_get(root, "n")), "nothing");
    assert_string_equal(yaml_kind_name(yaml_get(root, "q")), "text");
    assert_string_equal(yaml_kind_name(root), "a map");
    yaml_tree_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_lists_and_text_keep_their_lines),
        cmocka_unit_test(empty_documents_are_maps_without_entries),
        cmocka_unit_test(each_refusal_names_its_line),
        cmocka_unit_test(more_than_a_mebibyte_is_refused),
        cmocka_unit_test(long_maps_are_checked_for_duplicates_in_good_time),
        cmocka_unit_test(scalars_are_read_as_what_their_key_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
