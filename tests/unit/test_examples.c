/* SPDX-License-Identifier: Apache-2.0 */
/* test_examples.c: the events of the five catalogues, from JSON to the record and back: each example
 * is accepted, each likely mistake quarantined with the faults that its file names. */
#include "admit_fixture.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/io.h"

static const char empty[] = "defaults: {owner: team@example.org}\n"
                            "events:\n"
                            "  - {name: a.b, description: None, kind: product, trigger: Never,"
                            " status: active, since: 2025-10-20}\n";
static const char *const folders[] = {"accounts", "integrations", "service", "site", "timetracker"};

static struct str read_lines(const char *folder, const char *file)
{
    AUTO_FREE char *path = xasprintf("catalogues/%s/%s", folder, file);
    struct str bytes;

    assert_int_equal(io_read_file(io_system(), path, 64 << 20, &bytes, NULL), 0);
    return bytes;
}

static void open_folder(struct fixture *f, const char *folder)
{
    AUTO_FREE char *path = xasprintf("catalogues/%s", folder);
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err = {0};

    fixture_open(f, empty);
    if (catalogue_load(&c, path, &problems, &err) < 0)
        fail_msg("%s", err.text);
    problems_free(&problems);
    assert_int_equal(admission_swap(f->ad, c, &err), 0);
}

static void examples_are_accepted(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        struct str bytes = read_lines(folders[i], "examples.ndjson"), rest = bytes, line;
        struct fixture f;
        size_t count = 0;

        open_folder(&f, folders[i]);
        while (rest.ptr) {
            AUTO_FREE char *json = NULL;

            line = str_split(&rest, '\n');
            if (line.len == 0)
                continue;
            json = xmemdup(line.ptr, line.len);
            accept_event(&f, json);
            count++;
        }
        assert_true(count > 0);
        fixture_close(&f);
        free((char *)bytes.ptr);
    }
}

static bool has_fault(const struct faults *faults, const char *code, const char *path)
{
    for (size_t i = 0; i < faults->count; i++)
        if (strcmp(fault_code_name(faults->list[i].code), code) == 0 &&
            str_is(faults->list[i].path, path))
            return true;
    return false;
}

static void check_mistake(struct fixture *f, struct str line)
{
    yyjson_doc *doc = yyjson_read(line.ptr, line.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc), *error;
    AUTO_FREE char *json = yyjson_val_write(yyjson_obj_get(root, "event"), 0, NULL);
    size_t i, max;

    assert_non_null(json);
    assert_int_equal(admit(f, json), VERDICT_QUARANTINED);
    yyjson_arr_foreach(yyjson_obj_get(root, "errors"), i, max, error)
    {
        const char *code = yyjson_get_str(yyjson_obj_get(error, "code"));
        const char *path = yyjson_get_str(yyjson_obj_get(error, "path"));

        if (!has_fault(&f->faults, code, path))
            fail_msg("%s: no %s at %s, but %s at %.*s", json, code, path,
                     fault_code_name(f->faults.list[0].code), STR_ARG(f->faults.list[0].path));
    }
    yyjson_doc_free(doc);
}

static void mistakes_are_quarantined_with_their_faults(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        struct str bytes = read_lines(folders[i], "refused.ndjson"), rest = bytes, line;
        struct fixture f;

        open_folder(&f, folders[i]);
        while (rest.ptr) {
            line = str_split(&rest, '\n');
            if (line.len)
                check_mistake(&f, line);
        }
        fixture_close(&f);
        free((char *)bytes.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_accepted),
        cmocka_unit_test(mistakes_are_quarantined_with_their_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
