/* SPDX-License-Identifier: Apache-2.0 */
/* Events against catalogues, from the files of tests/cases/catalogue/ and catalogues/.
 *
 * tests/cases/catalogue/NAME.json: {"catalogue": YAML, "source", "strict", "now", "cases": [...]}, each
 * case {"input": event} with "expected" (name, properties, undeclared) or "error" ([{code, path,
 * expected}], where "expected" may be left out). */
#include "unit.h"

#include <dirent.h>
#include <glob.h>

#include "base/datetime.h"
#include "base/io.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "json_event.h"

struct setting {
    struct catalogue *c;
    struct str source;
    bool strict;
    int64_t now_us;
    struct arena *a;
};

struct outcome {
    struct catalogue_match match;
    struct catalogue_checks checks;
    struct faults faults;
};

static yyjson_doc *read_json(const char *path)
{
    struct err err;
    struct str bytes;
    yyjson_read_err why;
    yyjson_doc *doc;

    if (io_read_file(io_system(), path, 1 << 20, &bytes, &err) < 0)
        fail_msg("%s", err.text);
    doc = yyjson_read_opts((char *)bytes.ptr, bytes.len, YYJSON_READ_BIGNUM_AS_RAW, NULL, &why);
    if (!doc)
        fail_msg("%s: %s at byte %zu", path, why.msg, why.pos);
    free((char *)bytes.ptr);
    return doc;
}

static void load(struct catalogue **out, struct str yaml, const char *name)
{
    struct problems problems = {0};
    struct err err;

    if (catalogue_load_text(out, yaml, name, &problems, &err) < 0)
        fail_msg("%s: %s: %s", name, err.text, problems.list[0].text);
    problems_free(&problems);
}

static void run(const struct setting *s, yyjson_val *input, struct outcome *out)
{
    struct event ev;
    int added;

    *out = (struct outcome){0};
    json_event_read(&ev, input, s->a);
    if (catalogue_match(s->c, ev.name, s->a, &out->match, &out->faults) < 0) {
        assert_true(out->faults.count == 1);
        return;
    }
    added = catalogue_check(&out->match, &ev, s->source, s->strict, s->now_us, s->a, &out->checks,
                            &out->faults);
    assert_int_equal(added, out->faults.count + out->faults.more);
}

/* Every key of `wanted` is in `got` with an equal value; got may have more. */
static bool contains(yyjson_val *got, yyjson_val *wanted)
{
    yyjson_val *key, *value;
    size_t i, max;

    yyjson_obj_foreach(wanted, i, max, key, value)
    {
        yyjson_val *other = yyjson_obj_get(got, yyjson_get_str(key));

        if (!other || !yyjson_equals(value, other))
            return false;
    }
    return true;
}

static bool faults_are(yyjson_val *got, yyjson_val *wanted)
{
    yyjson_val *one;
    size_t i, max;

    if (yyjson_arr_size(got) != yyjson_arr_size(wanted))
        return false;
    yyjson_arr_foreach(wanted, i, max,
                       one) if (!contains(yyjson_arr_get(got, i), one)) return false;
    return true;
}

static void check_one(const struct setting *s, yyjson_val *one, const char *file, size_t number)
{
    yyjson_val *wanted = yyjson_obj_get(one, "expected"), *error = yyjson_obj_get(one, "error");
    struct outcome o;
    AUTO_BUF text;
    yyjson_doc *doc;
    bool good;

    run(s, yyjson_obj_get(one, "input"), &o);
    buf_init(&text, 1 << 20);
    if (o.faults.count || !wanted)
        json_event_faults(&text, &o.faults);
    else
        json_event_checked(&text, &o.match, &o.checks);
    doc = yyjson_read(text.ptr, text.len, 0);
    assert_non_null(doc);
    assert_true(!wanted != !error);
    good = wanted ? contains(yyjson_doc_get_root(doc), wanted)
                  : faults_are(yyjson_doc_get_root(doc), error);
    if (!good)
        fail_msg("%s, case %zu: got %.*s", file, number, (int)text.len, text.ptr);
    for (size_t i = 0; i < o.faults.count; i++) { /* a message is a sentence */
        struct str m = o.faults.list[i].message;

        assert_true(m.len > 2 && m.ptr[0] >= 'A' && m.ptr[0] <= 'Z' && m.ptr[m.len - 1] == '.');
    }
    yyjson_doc_free(doc);
    arena_reset(s->a);
}

static void run_case_file(const char *path)
{
    yyjson_doc *doc = read_json(path);
    yyjson_val *root = yyjson_doc_get_root(doc), *one;
    yyjson_val *yaml = yyjson_obj_get(root, "catalogue"), *now = yyjson_obj_get(root, "now");
    struct setting s = {.strict = true, .source = STR("backend")};
    size_t i, max;

    if (yyjson_obj_get(root, "source"))
        s.source = str_from(yyjson_get_str(yyjson_obj_get(root, "source")));
    if (yyjson_obj_get(root, "strict"))
        s.strict = yyjson_get_bool(yyjson_obj_get(root, "strict"));
    assert_int_equal(
        datetime_parse(now ? str_from(yyjson_get_str(now)) : STR("2026-11-22T00:00:00Z"),
                       &s.now_us),
        0);
    s.a = arena_new(65536, 1 << 20);
    load(&s.c, str_of(yyjson_get_str(yaml), yyjson_get_len(yaml)), path);
    assert_true(yyjson_arr_size(yyjson_obj_get(root, "cases")) > 0);
    yyjson_arr_foreach(yyjson_obj_get(root, "cases"), i, max, one) check_one(&s, one, path, i + 1);
    catalogue_free(s.c);
    arena_free(s.a);
    yyjson_doc_free(doc);
}

static void every_case_file_agrees(void **state)
{
    glob_t files;

    assert_int_equal(glob("tests/cases/catalogue/*.json", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        run_case_file(files.gl_pathv[i]);
    globfree(&files);
}

/* Lines of a file as JSON documents; what they hold is `each`'s business. */
static size_t each_line(const struct setting *s, const char *dir, const char *name,
                        void (*each)(const struct setting *, yyjson_val *, const char *, size_t))
{
    AUTO_FREE char *path = io_join(dir, name);
    struct err err;
    struct str bytes, rest;
    size_t number = 0;

    if (io_read_file(io_system(), path, 1 << 22, &bytes, &err) < 0)
        fail_msg("%s", err.text);
    rest = bytes;
    while (rest.ptr) {
        struct str line = str_split(&rest, '\n');
        yyjson_doc *doc;

        if (line.len == 0)
            continue;
        doc = yyjson_read(line.ptr, line.len, 0);
        assert_non_null(doc);
        each(s, yyjson_doc_get_root(doc), path, ++number);
        yyjson_doc_free(doc);
        arena_reset(s->a);
    }
    free((char *)bytes.ptr);
    return number;
}

static void expect_accepted(const struct setting *s, yyjson_val *json, const char *path,
                            size_t number)
{
    struct outcome o;

    run(s, json, &o);
    if (o.faults.count)
        fail_msg("%s:%zu: %s %.*s", path, number, fault_code_name(o.faults.list[0].code),
                 STR_ARG(o.faults.list[0].path));
}

static void expect_refused(const struct setting *s, yyjson_val *json, const char *path,
                           size_t number)
{
    yyjson_val *errors = yyjson_obj_get(json, "errors");
    struct outcome o;
    AUTO_BUF text;
    yyjson_doc *doc;

    run(s, yyjson_obj_get(json, "event"), &o);
    buf_init(&text, 1 << 20);
    json_event_faults(&text, &o.faults);
    doc = yyjson_read(text.ptr, text.len, 0);
    if (!faults_are(yyjson_doc_get_root(doc), errors))
        fail_msg("%s:%zu: got %.*s", path, number, (int)text.len, text.ptr);
    yyjson_doc_free(doc);
}

static void use_catalogue(const char *load_from, const char *events)
{
    struct setting s = {.strict = true, .source = STR("any")};
    struct problems problems = {0};
    struct err err;

    assert_int_equal(datetime_parse(STR("2026-11-22T00:00:00Z"), &s.now_us), 0);
    if (catalogue_load(&s.c, load_from, &problems, &err) < 0)
        fail_msg("%s:%d: %s", problems.list[0].file, problems.list[0].line, problems.list[0].text);
    assert_int_equal(problems.count, 0);
    problems_free(&problems);
    s.a = arena_new(65536, 1 << 20);
    assert_true(each_line(&s, events, "examples.ndjson", expect_accepted) > 0);
    assert_true(each_line(&s, events, "refused.ndjson", expect_refused) > 0);
    arena_free(s.a);
    catalogue_free(s.c);
}

static void the_five_catalogues_take_their_examples_and_refuse_the_rest(void **state)
{
    static const char *const folders[] = {"catalogues/service", "catalogues/site",
                                          "catalogues/integrations", "catalogues/timetracker",
                                          "catalogues/accounts"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        use_catalogue(folders[i], folders[i]);
        use_catalogue("catalogues", folders[i]); /* all five at once */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_file_agrees),
        cmocka_unit_test(the_five_catalogues_take_their_examples_and_refuse_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
