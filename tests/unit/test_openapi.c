/* SPDX-License-Identifier: Apache-2.0 */
/* docs/openapi.yaml, as tools read it: sound YAML, references that lead somewhere, answers for whoever may not ask. */
#include "unit.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/yaml.h"

enum { FILE_MAX = 1 << 20 };

static int load(void **state)
{
    struct err err = {0};
    struct str text;

    if (io_read_file(io_system(), "docs/openapi.yaml", FILE_MAX, &text, &err) < 0 ||
        yaml_tree_parse((struct yaml **)state, text, "docs/openapi.yaml", &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    free((char *)text.ptr);
    return 0;
}

static int unload(void **state)
{
    yaml_tree_free(*state);
    return 0;
}

static const struct yaml *find(const struct yaml *root, struct str path)
{
    const struct yaml *at = root;

    while (at && path.len) {
        struct str part = str_split(&path, '/');
        AUTO_FREE char *name = xmemdup(part.ptr, part.len);

        at = yaml_get(at, name);
    }
    return at;
}

static size_t follow(const struct yaml *root, const struct yaml *node)
{
    size_t count = 0;

    yaml_each (child, node) {
        if (str_is(child->key, "$ref")) {
            struct str path = str_slice(child->text, 2, child->text.len);

            if (!str_starts(child->text, STR("#/")) || !find(root, path))
                fail_msg("line %d: %.*s leads nowhere", child->line, STR_ARG(child->text));
            count++;
        }
        count += follow(root, child);
    }
    return count;
}

static void each_reference_leads_to_something(void **state)
{
    assert_true(follow(*state, *state) > 100);
}

/* /healthz and /metrics are the collector's, too. */
static void each_route_of_the_console_says_what_refuses_it(void **state)
{
    const struct yaml *paths = yaml_get(*state, "paths");
    size_t count = 0;

    yaml_each (path, paths) {
        if (!str_starts(path->key, STR("/api/")) || str_is(path->key, "/api/events"))
            continue;
        yaml_each (operation, path) {
            if (str_is(operation->key, "servers"))
                continue;
            count++;
            if (!yaml_get(yaml_get(operation, "responses"), "default"))
                fail_msg("line %d: %.*s of %.*s has no default answer", operation->line,
                         STR_ARG(operation->key), STR_ARG(path->key));
        }
    }
    assert_true(count >= 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reference_leads_to_something),
        cmocka_unit_test(each_route_of_the_console_says_what_refuses_it),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
