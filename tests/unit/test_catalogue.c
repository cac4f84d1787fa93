/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: folders, every kind of problem (tests/cases/catalogue/problems/NAME.yaml with its
 * NAME.expected), and what a catalogue tells about itself. */
#include "unit.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/describe.h"
#include "catalogue/keyset.h"
#include "catalogue/problem.h"

static void format_all(struct buf *out, const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        problem_format(out, &problems->list[i]);
        buf_char(out, '\n');
    }
}

static void check_problem_file(const char *path)
{
    AUTO_FREE char *expected_path = xasprintf("%.*s.expected", (int)strlen(path) - 5, path);
    const char *name = strrchr(path, '/') + 1;
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct str yaml, expected;
    struct err err;
    AUTO_BUF text;
    int result;

    buf_init(&text, 1 << 20);
    assert_int_equal(io_read_file(io_system(), path, 1 << 20, &yaml, &err), 0);
    assert_int_equal(io_read_file(io_system(), expected_path, 1 << 20, &expected, &err), 0);
    result = catalogue_load_text(&c, yaml, name, &problems, &err);
    assert_int_equal(result, problems.errors ? -1 : 0);
    format_all(&text, &problems);
    buf_char(&text, '\0');
    assert_string_equal(text.ptr, expected.ptr);
    catalogue_free(c);
    problems_free(&problems);
    free((char *)yaml.ptr);
    free((char *)expected.ptr);
}

static void every_problem_is_named_with_its_place(void **state)
{
    glob_t files;

    assert_int_equal(glob("tests/cases/catalogue/problems/*.yaml", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_problem_file(files.gl_pathv[i]);
    globfree(&files);
}

static struct catalogue *load(const char *yaml)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;

    if (catalogue_load_text(&c, str_from(yaml), "t", &problems, &err) < 0)
        fail_msg("%s", problems.list[0].text);
    problems_free(&problems);
    return c;
}

static void write_file(const char *dir, const char *name, const char *text)
{
    AUTO_FREE char *path = io_join(dir, name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_file(const char *dir, const char *name)
{
    AUTO_FREE char *path = io_join(dir, name);

    assert_int_equal(remove(path), 0);
}

static void folders_are_read_in_the_order_of_names(void **state)
{
    char dir[] = "/tmp/weir-catalogue-XXXXXX";
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;
    AUTO_FREE char *sub = NULL;

    assert_non_null(mkdtemp(dir));
    sub = io_join(dir, "b");
    assert_int_equal(mkdir(sub, 0700), 0);
    write_file(dir, "c.yaml", "events: [{name: third}]");
    write_file(sub, "x.yml", "events: [{name: second}]");
    write_file(dir, "a.yaml", "defaults: {owner: o, kind: audit}\nevents: [{name: first}]");
    write_file(dir, "README.md", "not: [yaml");
    write_file(dir, ".hidden.yaml", "not: [yaml");
    assert_int_equal(catalogue_load(&c, dir, &problems, &err), 0);
    assert_int_equal(catalogue_event_count(c), 3);
    assert_true(str_is(catalogue_event_name(catalogue_event_at(c, 0)), "first"));
    assert_true(str_is(catalogue_event_name(catalogue_event_at(c, 1)), "second"));
    assert_true(str_is(catalogue_event_name(catalogue_event_at(c, 2)), "third"));
    /* defaults hold for their own file */
    assert_int_equal(catalogue_event_kinds(catalogue_event_at(c, 0)), CATALOGUE_AUDIT);
    assert_int_equal(catalogue_event_kinds(catalogue_event_at(c, 2)), CATALOGUE_PRODUCT);
    catalogue_free(c);
    problems_free(&problems);

    /* one bad file spoils all, and the others are read for their own problems */
    write_file(dir, "d.yaml", "events: [{name: First}]");
    c = NULL;
    assert_int_equal(catalogue_load(&c, dir, &problems, &err), -1);
    assert_null(c);
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(err.text, "1 error"));
    for (size_t i = 0; i < problems.count; i++)
        if (!problems.list[i].warning)
            assert_non_null(strstr(problems.list[i].text, "a.yaml:2"));
    problems_free(&problems);
    remove_file(dir, "d.yaml");
    remove_file(dir, "c.yaml");
    remove_file(dir, "a.yaml");
    remove_file(dir, "README.md");
    remove_file(dir, ".hidden.yaml");
    remove_file(sub, "x.yml");

    assert_int_equal(catalogue_load(&c, dir, &problems, &err), -1); /* nothing left in it */
    assert_non_null(strstr(problems.list[0].text, "no file that ends in .yaml"));
    problems_free(&problems);
    rmdir(sub);
    rmdir(dir);
    assert_int_equal(catalogue_load(&c, dir, &problems, &err), -1);
    assert_non_null(strstr(problems.list[0].text, "cannot list the folder"));
    problems_free(&problems);
}

static void files_that_cannot_be_read_are_errors(void **state)
{
    char dir[] = "/tmp/weir-catalogue-XXXXXX";
    AUTO_FREE char *link = NULL, *loop = NULL;
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;

    assert_non_null(mkdtemp(dir));
    link = io_join(dir, "gone.yaml");
    loop = io_join(dir, "loop");
    assert_int_equal(symlink("nowhere", link), 0);
    assert_int_equal(symlink(".", loop), 0);
    assert_int_equal(catalogue_load(&c, dir, &problems, &err), -1);
    assert_true(problems.errors >= 2);
    for (size_t i = 0; i < problems.count; i++)
        assert_true(strstr(problems.list[i].text, "cannot read") ||
                    strstr(problems.list[i].text, "deeper than 16"));
    problems_free(&problems);
    unlink(link);
    unlink(loop);
    rmdir(dir);
}

static void problems_past_the_limit_are_counted_only(void **state)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    buf_str(&b, STR("events:\n"));
    for (int i = 0; i < 2000; i++)
        buf_str(&b, STR("  - x\n"));
    assert_int_equal(catalogue_load_text(&c, buf_as_str(&b), "t", &problems, &err), -1);
    assert_int_equal(problems.errors, 2000);
    assert_int_equal(problems.count, PROBLEMS_MAX);
    assert_int_equal(problems.more, 1000);
    problems_free(&problems);
}

static void events_tell_what_the_file_says(void **state)
{
    struct catalogue *c = load("defaults: {actor: user_id, device: device_id, owner: team}\n"
                               "events:\n"
                               "  - name: flow.{view}.view\n"
                               "    description: d\n"
                               "    trigger: t\n"
                               "    kind: [flow, activity]\n"
                               "    flow: {role: view}\n"
                               "    since: 2025-01-01\n"
                               "    status: deprecated\n"
                               "    dimensions: [view]\n"
                               "    keep: {ip: 30d}\n"
                               "    parameters: {view: {pattern: \"[a-z]+\"}}\n"
                               "    properties:\n"
                               "      user_id: {type: string, privacy: pseudonym}\n"
                               "      plan: {type: \"array<integer>|null\"}\n"
                               "      mail_to: {type: string, privacy: \"pseudonym:mail\"}\n"
                               "  - name: other\n"
                               "    properties: {plan: {type: \"array<number>\"}}\n");
    const struct catalogue_event *ev = catalogue_event_at(c, 0);
    const struct catalogue_description *d = catalogue_event_describe(ev);
    char text[64];

    assert_true(str_is(d->owner, "team"));
    assert_int_equal(d->kinds, CATALOGUE_FLOW | CATALOGUE_ACTIVITY);
    assert_int_equal(d->flow_role, FLOW_VIEW);
    assert_string_equal(catalogue_flow_role_name(d->flow_role), "view");
    assert_string_equal(catalogue_status_name(d->status), "deprecated");
    assert_string_equal(catalogue_kind_name(CATALOGUE_AUDIT), "audit");
    assert_int_equal(d->dimension_count, 1);
    assert_int_equal(d->line, 3);
    assert_string_equal(d->file, "t");
    assert_true(catalogue_event_keep_ip_us(ev) == INT64_C(30) * 86400 * 1000000);
    assert_true(catalogue_event_keep_user_agent_us(ev) == 0);
    assert_int_equal(catalogue_event_property_count(ev), 4);
    assert_true(str_is(catalogue_event_property_at(ev, 0)->name, "view"));
    assert_true(catalogue_event_property_at(ev, 0)->parameter);
    assert_true(
        str_is(catalogue_property_type(catalogue_property_find(ev, STR("plan")), text, sizeof text),
               "array<integer>|null"));
    assert_null(catalogue_property_find(ev, STR("Plan")));
    assert_null(catalogue_property_find(ev, STR("view")));
    assert_true(str_is(catalogue_role_property(ev, ROLE_ACTOR)->name, "user_id"));
    assert_null(catalogue_role_property(ev, ROLE_DEVICE)); /* of defaults, not declared here */
    assert_null(catalogue_role_property(ev, ROLE_SESSION));
    catalogue_free(c);
}

static void columns_join_what_events_declare(void **state)
{
    struct catalogue *c = load("events:\n"
                               "  - name: a\n"
                               "    properties:\n"
                               "      n: {type: integer, required: true}\n"
                               "      who: {type: string, privacy: drop}\n"
                               "      gone: {type: string, privacy: drop}\n"
                               "      seen: {type: string}\n"
                               "  - name: b\n"
                               "    properties:\n"
                               "      n: {type: \"number|null\"}\n"
                               "      who: {type: string, privacy: \"pseudonym:shop\"}\n"
                               "      seen: {type: string, privacy: hidden}\n");
    const struct catalogue_property *p;

    assert_int_equal(catalogue_column_count(c), 4);
    p = catalogue_column_at(c, 0);
    assert_true(str_is(p->name, "gone"));
    assert_int_equal(p->privacy, PRIVACY_DROP);
    p = catalogue_column_at(c, 1);
    assert_true(str_is(p->name, "n"));
    assert_int_equal(p->type, RECORD_NUMBER);
    assert_true(p->nullable);
    p = catalogue_column_at(c, 2);
    assert_true(str_is(p->name, "seen"));
    assert_int_equal(p->privacy, PRIVACY_HIDDEN);
    p = catalogue_column_at(c, 3);
    assert_int_equal(p->privacy, PRIVACY_PSEUDONYM);
    assert_true(str_is(p->scope, "shop"));
    assert_int_equal(catalogue_scope_count(c), 3);
    assert_true(str_is(catalogue_scope_name(c, 0), "actor"));
    assert_true(str_is(catalogue_scope_name(c, 1), "device"));
    assert_int_equal(p->scope_number, 2);
    catalogue_free(c);
}

static void deprecated_events_are_counted(void **state)
{
    struct catalogue *c = load("events: [{name: a, status: deprecated}]");
    struct arena *a = arena_new(4096, 65536);
    struct event ev = {.name = STR("A")};
    struct catalogue_match m;
    struct catalogue_checks checks;
    struct faults faults = {0};

    for (int i = 0; i < 3; i++) {
        assert_int_equal(catalogue_match(c, ev.name, a, &m, &faults), 0);
        assert_int_equal(catalogue_check(&m, &ev, STR("s"), true, 0, a, &checks, &faults), 0);
    }
    assert_int_equal(catalogue_event_deprecated_uses(catalogue_event_at(c, 0)), 3);
    arena_free(a);
    catalogue_free(c);
}

/* Each allocation in turn finds the arena full: never a crash, never a half result. */
static void a_full_arena_fails_the_check_and_nothing_else(void **state)
{
    struct catalogue *c = load("events:\n  - name: a.{x}\n    parameters: {x: {pattern: x}}\n"
                               "    properties: {n: {type: integer, min: 1}, l: {type: "
                               "\"array<string>\"}, r: {type: string, required: true}}\n");
    struct event_value item = {.kind = EVENT_TEXT, .text = STR("t")};
    struct event_property properties[] = {
        {.name = STR("n"), .value = {.kind = EVENT_INTEGER, .integer = 0}},
        {.name = STR("l"), .value = {.kind = EVENT_LIST, .list = {&item, 1}}},
        {.name = STR("u"), .value = {.kind = EVENT_NULL}},
    };
    struct event ev = {.name = STR("a.x"), .properties = properties, .property_count = 3};
    bool done = false;

    for (size_t room = 16; !done && room < 8192; room += 16) {
        struct arena *a = arena_new(room, room);
        struct catalogue_match m;
        struct catalogue_checks checks;
        struct faults faults = {0};

        if (catalogue_match(c, ev.name, a, &m, &faults) == 0 &&
            catalogue_check(&m, &ev, STR("s"), true, 0, a, &checks, &faults) >= 0) {
            assert_int_equal(faults.count, 3);
            done = true;
        }
        arena_free(a);
    }
    assert_true(done);
    catalogue_free(c);
}

static void sensitive_names_are_known_in_any_spelling(void **state)
{
    static const char *const yes[] = {
        "password",     "user_password",    "newPassword", "PASSWORD",      "api-key",
        "apiKey",       "x_api_key",        "email",       "userEmail",     "e-mail",
        "emailAddress", "client_ip",        "clientIP",    "IPAddress",     "ip",
        "phone",        "first_name",       "firstName",   "session_token", "date_of_birth",
        "user_agent",   "creditCardNumber", "address"};
    static const char *const no[] = {"",         "zip_file",    "ship",      "description",
                                     "user_id",  "email_count", "tokenType", "password_strength",
                                     "shipping", "tips",        "recipe",    "platform",
                                     "opinion",  "phonetics"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (!catalogue_name_is_sensitive(str_from(yes[i])))
            fail_msg("%s is sensitive", yes[i]);
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (catalogue_name_is_sensitive(str_from(no[i])))
            fail_msg("%s is not sensitive", no[i]);
    assert_false(catalogue_name_is_sensitive(
        STR("a_very_long_name_of_a_property_that_has_more_words_than_anybody_needs_to_say_it")));
}

static void suggestions_are_near_or_absent(void **state)
{
    static const struct str words[] = {STR("description"), STR("trigger"), STR("owner"),
                                       STR("snake_case")};
    size_t n = ARRAY_LEN(words);

    assert_true(str_is(suggest(STR("descripton"), words, n), "description"));
    assert_true(str_is(suggest(STR("TRIGGRE"), words, n), "trigger"));
    assert_true(str_is(suggest(STR("onwer"), words, n), "owner"));
    assert_true(str_is(suggest(STR("snake"), words, n), "snake_case"));
    assert_null(suggest(STR("zebra"), words, n).ptr);
    assert_null(suggest(STR(""), words, n).ptr);
    assert_null(suggest(STR("o"), words, n).ptr);
    assert_null(
        suggest(STR("description_description_description_description_description_desc"), words, n)
            .ptr);
}

static void keysets_find_every_key_and_no_other(void **state)
{
    struct arena *a = arena_new(1 << 16, 1 << 22);
    struct str *keys = arena_alloc(a, 2000 * sizeof *keys);
    struct keyset set, empty = {0};
    uint32_t twice[3];
    struct str repeated[] = {STR("a"), STR("A"), STR("a")};

    for (int i = 0; i < 2000; i++)
        keys[i] = arena_printf(a, "%.*s%d", i % 20, "abcdefghijklmnopqrstuvwxyz", i);
    keyset_build(&set, a, keys, 2000, false, NULL);
    for (int i = 0; i < 2000; i++) {
        char other[64];

        assert_int_equal(keyset_find(&set, keys[i]), i);
        snprintf(other, sizeof other, "%.*s!", STR_ARG(keys[i]));
        assert_int_equal(keyset_find(&set, str_from(other)), -1);
    }
    assert_int_equal(keyset_find(&set, STR("")), -1);
    assert_int_equal(keyset_find(&empty, STR("a")), -1);
    assert_int_equal(keyset_find_nocase(&empty, STR("a")), -1);
    keyset_build(&set, a, repeated, 3, true, twice);
    assert_int_equal(twice[1], 0);
    assert_int_equal(twice[2], 0);
    keyset_build(&set, a, repeated, 3, false, twice);
    assert_int_equal(twice[1], 1);
    assert_int_equal(twice[2], 0);
    arena_free(a);
}

static void the_manual_begins_with_a_catalogue_that_works(void **state)
{
    const char *from, *to;
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;
    struct str page;

    assert_int_equal(io_read_file(io_system(), "docs/catalogue.md", 1 << 20, &page, &err), 0);
    from = strstr(page.ptr, "```yaml\n");
    assert_non_null(from);
    from += strlen("```yaml\n");
    to = strstr(from, "```\n");
    assert_non_null(to);
    assert_int_equal(
        catalogue_load_text(&c, str_of(from, (size_t)(to - from)), "t", &problems, &err), 0);
    assert_int_equal(problems.count, 0);
    assert_int_equal(catalogue_event_count(c), 2);
    catalogue_free(c);
    free((char *)page.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_problem_is_named_with_its_place),
        cmocka_unit_test(folders_are_read_in_the_order_of_names),
        cmocka_unit_test(files_that_cannot_be_read_are_errors),
        cmocka_unit_test(problems_past_the_limit_are_counted_only),
        cmocka_unit_test(events_tell_what_the_file_says),
        cmocka_unit_test(columns_join_what_events_declare),
        cmocka_unit_test(deprecated_events_are_counted),
        cmocka_unit_test(a_full_arena_fails_the_check_and_nothing_else),
        cmocka_unit_test(sensitive_names_are_known_in_any_spelling),
        cmocka_unit_test(suggestions_are_near_or_absent),
        cmocka_unit_test(the_manual_begins_with_a_catalogue_that_works),
        cmocka_unit_test(keysets_find_every_key_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
