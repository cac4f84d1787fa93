/* SPDX-License-Identifier: Apache-2.0 */
/* weir.yaml: what is read, and what is said of mistakes. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "settings/settings.h"

#define SERVER "sources: [{name: a, key: 0123456789abcdef}]\n"

static char folder[] = "/tmp/weir-settings-XXXXXX";

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    AUTO_FREE char *file = io_join(folder, "weir.yaml");
    AUTO_FREE char *key = io_join(folder, "a.key");

    unlink(file);
    unlink(key);
    return rmdir(folder);
}

static int load(const char *text, struct settings **out, struct err *err)
{
    AUTO_FREE char *file = io_join(folder, "weir.yaml");

    assert_int_equal(io_replace_file(io_system(), file, 0600, str_from(text), err), 0);
    return settings_load(out, file, err);
}

static void defaults_are_safe(void **state)
{
    AUTO_FREE char *data = io_join(folder, "data");
    struct settings *s;
    struct err err;

    assert_int_equal(load(SERVER, &s, &err), 0);
    assert_string_equal(s->collector.listen.host, "127.0.0.1");
    assert_int_equal(s->collector.listen.port, 8080);
    assert_string_equal(s->data, data);
    assert_false(s->collector.metrics_public);
    assert_true(s->sources[0].strict);
    assert_int_equal(s->sources[0].kind, SOURCE_SERVER);
    assert_true(s->retention.raw_us == -1);
    assert_true(s->retention.counts_us == -1);
    assert_true(s->journal.keep_us == 30 * INT64_C(86400000000));
    assert_true(s->journal.duplicate_window_us == INT64_C(86400000000));
    assert_true(s->quarantine.rate_per_s == 1000);
    assert_true(s->sources[0].rate_per_s == 0);
    settings_free(s);
}

static void a_source_may_have_its_own_retention(void **state)
{
    struct settings *s;
    struct err err;

    assert_int_equal(
        load("sources: [{name: a, key: 0123456789abcdef, retention: {raw: 2d, counts: 365d}}, "
             "{name: b, key: 0123456789abcdeg}]\n"
             "retention: {raw: forever, quarantine: 7d, counts: 30d, journal: forever}\n"
             "quarantine: {rate: 5/s, daily: 2MiB}\n",
             &s, &err),
        0);
    assert_true(s->sources[0].retention.raw_us == 2 * INT64_C(86400000000));
    assert_true(s->sources[0].retention.quarantine_us == 7 * INT64_C(86400000000));
    assert_true(s->sources[1].retention.raw_us == -1);
    assert_true(s->sources[0].retention.counts_us == 365 * INT64_C(86400000000));
    assert_true(s->sources[1].retention.counts_us == 30 * INT64_C(86400000000));
    assert_true(s->journal.keep_us == -1);
    assert_true(s->quarantine.rate_per_s == 5 && s->quarantine.daily_bytes == 2 << 20);
    settings_free(s);
}

static void a_retry_must_find_its_first(void **state)
{
    static const char *const wrong[] = {"journal: {duplicate_window: 23h}\n",
                                        "retention: {journal: 12h}\n"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        AUTO_FREE char *text = xasprintf(SERVER "%s", wrong[i]);
        struct settings *s;
        struct err err;

        assert_int_equal(load(text, &s, &err), -1);
        assert_non_null(strstr(err.text, "duplicate_window"));
    }
}

static void a_public_key_has_a_rate_unless_it_is_lifted(void **state)
{
    static const struct {
        const char *rate;
        double per_s;
    } cases[] = {{"", 100}, {", rate: 5/s", 5}, {", rate: unlimited", 0}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text = xasprintf("sources: [{name: web, kind: browser, key: web_1, "
                                         "origins: [\"https://a\"], events: [a]%s}]\n",
                                         cases[i].rate);
        struct settings *s;
        struct err err;

        assert_int_equal(load(text, &s, &err), 0);
        assert_true(s->sources[0].rate_per_s == cases[i].per_s);
        settings_free(s);
    }
}

static void everything_that_is_documented_is_read(void **state)
{
    AUTO_FREE char *key = io_join(folder, "a.key");
    struct settings *s;
    struct err err;

    assert_int_equal(io_replace_file(io_system(), key, 0600, STR("0123456789abcdefX\n"), &err), 0);
    setenv("WEIR_TEST_KEY", "fedcba9876543210", 1);
    assert_int_equal(
        load(
            "data: /var/lib/weir\n"
            "catalogue: cat\n"
            "place: country.mmdb\n"
            "collector: {listen: \"[::1]:0\", trusted_proxies: [10.0.0.0/8], metrics_public: true,"
            " max_body: 2MiB, max_inflated: 4MiB, threads: 3}\n"
            "console: {listen: 127.0.0.1:9, query_timeout: 5s,"
            " internal: [host=localhost, \"path~/admin/*\"]}\n"
            "store: {engine: duckdb, memory: 512MiB, threads: 1}\n"
            "journal: {segment: 1MiB, reserve: 0, recent: 2MiB}\n"
            "retention: {raw: 90d, quarantine: forever}\n"
            "sources:\n"
            "  - {name: a, kind: server, key: file:a.key, strict: false}\n"
            "  - {name: b, key: env:WEIR_TEST_KEY}\n"
            "  - {name: web, kind: browser, key: web_5f3a, origins: [\"https://a.example\"],"
            " domains: [a.example], skip_domains: [b.example], events: [\"flow.*\"], rate: 60/m}\n",
            &s, &err),
        0);
    assert_string_equal(s->collector.listen.host, "::1");
    assert_int_equal(s->collector.body_bytes, 2097152);
    assert_int_equal(s->collector.threads, 3);
    assert_string_equal(s->sources[0].key, "0123456789abcdefX");
    assert_string_equal(s->sources[1].key, "fedcba9876543210");
    assert_int_equal(s->console.internal.count, 2);
    assert_string_equal(s->console.internal.items[1], "path~/admin/*");
    assert_true(s->sources[2].rate_per_s == 1.0);
    assert_string_equal(s->sources[2].events.items[0], "flow.*");
    assert_true(s->retention.quarantine_us == -1);
    settings_free(s);
}

static void flow_keys_are_read_and_placeholders_refused(void **state)
{
    static const char good[] = SERVER "flows: {keys: [env:WEIR_TEST_FLOW_KEY, "
                                      "0123456789abcdef0123], expiry: 30m, user_agent: true,"
                                      " source: a, samples: {whole: 90d, half: 180d},"
                                      " devices: {within: 7d, same_day: false}}\n";
    struct settings *s;
    struct err err;

    setenv("WEIR_TEST_FLOW_KEY", "a key of the environment", 1);
    assert_int_equal(load(good, &s, &err), 0);
    assert_int_equal(s->flows.keys.count, 2);
    assert_string_equal(s->flows.keys.items[0], "a key of the environment");
    assert_int_equal(s->flows.expiry_us, INT64_C(1800000000));
    assert_true(s->flows.user_agent);
    assert_string_equal(s->flows.source, "a");
    assert_int_equal(s->flows.half_us, INT64_C(180) * 86400 * 1000000);
    assert_int_equal(s->flows.tenth_us, -1);
    assert_int_equal(s->flows.devices_within_us, INT64_C(7) * 86400 * 1000000);
    assert_false(s->flows.devices_same_day);
    settings_free(s);
    assert_int_equal(load(SERVER "flows: {devices: {same_day: true}}\n", &s, &err), 0);
    assert_int_equal(s->flows.devices_within_us, INT64_C(5) * 86400 * 1000000);
    settings_free(s);
}

#define BROWSER(name)                                                                              \
    "{name: " name ", kind: browser, key: web_" name ", origins: [\"https://a\"], events: [a]}"

static void pages_have_paths_and_a_source_of_their_own(void **state)
{
    static const struct {
        const char *text, *source, *events;
    } cases[] = {
        {SERVER, NULL, "/e"},
        {"sources: [" BROWSER("w") "]\n", "w", "/e"},
        {"sources: [" BROWSER("w") ", " BROWSER("x") "]\n", NULL, "/e"},
        {"sources: [" BROWSER("w") ", " BROWSER("x") "]\npages: {source: x}\n", "x", "/e"},
        {"sources: [" BROWSER("w") "]\npages: {events: /a-b_c.d~e/F9}\n", "w", "/a-b_c.d~e/F9"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings *s;
        struct err err = {0};

        if (load(cases[i].text, &s, &err) < 0)
            fail_msg("%s", err.text);
        assert_true(!cases[i].source == !s->pages.source);
        if (cases[i].source)
            assert_string_equal(s->pages.source, cases[i].source);
        assert_string_equal(s->pages.agent, "/agent.js");
        assert_string_equal(s->pages.events, cases[i].events);
        assert_string_equal(s->pages.pixel, "/count.gif");
        settings_free(s);
    }
}

static void a_path_of_pages_is_plain_and_free(void **state)
{
    static const struct {
        const char *path, *says;
    } cases[] = {
        {"e", "must be a path"},
        {"/", "must be a path"},
        {"/a//b", "must be a path"},
        {"/a/", "must be a path"},
        {"/a/../b", "must be a path"},
        {"/.", "must be a path"},
        {"/a b", "must be a path"},
        {"/a%20b", "must be a path"},
        {"/a?b", "must be a path"},
        {"\"/\\xe9\"", "must be a path"},
        {"/v1/events", "something else"},
        {"/v1/x", "something else"},
        {"/api/events", "something else"},
        {"/metrics", "something else"},
        {"/metrics-flow", "something else"},
        {"/healthz", "something else"},
        {"/count.gif", "three paths"},
        {"/agent.js", "three paths"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text = xasprintf(SERVER "pages: {events: %s}\n", cases[i].path);
        struct settings *s;
        struct err err = {0};

        assert_int_equal(load(text, &s, &err), -1);
        if (!strstr(err.text, cases[i].says) || !strstr(err.text, ":2: "))
            fail_msg("%s says: %s", cases[i].path, err.text);
    }
}

static void mistakes_are_named_with_their_line(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "`sources` is empty"},
        {"colector: {}\n" SERVER, ":1: `colector` is no setting of weir.yaml"},
        {SERVER "store:\n  memori: 1GiB\n", ":3: `memori` is no setting of store"},
        {SERVER "store: {memory: 1GB}\n", "such as 64MiB or 1GiB"},
        {SERVER "store: {memory: 1KiB}\n", "must be from"},
        {SERVER "store: {engine: sqlite}\n", "`engine` must be duckdb"},
        {SERVER "collector: {listen: localhost:80}\n", "ADDRESS:PORT"},
        {SERVER "collector: {listen: \"127.0.0.1:65536\"}\n", "ADDRESS:PORT"},
        {SERVER "collector: []\n", "must be a map"},
        {SERVER "retention: {raw: 14}\n", "must be a duration"},
        {SERVER "data: [a]\n", "needs a value"},
        {"sources: [{name: A, key: 0123456789abcdef}]\n", "needs a `name`"},
        {"sources: [{name: a, key: short}]\n", "openssl rand"},
        {"sources: [{name: a, key: \"0123456789 abcdef\"}]\n", "printable ASCII"},
        {"sources: [{name: a, key: file:none.key}]\n", "none.key"},
        {"sources: [{name: a, key: env:WEIR_NOT_THERE}]\n", "environment has no WEIR_NOT_THERE"},
        {"sources:\n- {name: a, key: 0123456789abcdef}\n- {name: a, key: 0123456789abcdeg}\n",
         ":3: the source `a` stands here twice (also line 2)"},
        {"sources:\n- {name: a, key: 0123456789abcdef}\n- {name: b, key: 0123456789abcdef}\n",
         "have the same key"},
        {"sources: [{name: a, kind: browser, key: web_1, events: [a]}]\n", "needs `origins`"},
        {"sources: [{name: a, kind: browser, key: web_1, origins: [\"https://a\"]}]\n",
         "needs `events`"},
        {"sources: [{name: a, kind: browser, key: web_1, origins: [\"https://a/\"], events: "
         "[a]}]\n",
         "is no origin"},
        {"sources: [{name: a, key: 0123456789abcdef, rate: 5}]\n", "such as 100/s"},
        {"sources: [{name: a, key: 0123456789abcdef, kind: x}]\n", "server, browser or gateway"},
        {"sources: [5]\n", "a source must be a map"},
        {SERVER "flows: {keys: [S3CR37]}\n", "key 1 of `flows` is shorter than 16 bytes"},
        {SERVER "flows: {keys: [YOU MUST CHANGE ME]}\n", "is a placeholder"},
        {SERVER "flows: {keys: [xxxxxxxxxxxxxxxxxxxxxxxx]}\n", "is a placeholder"},
        {SERVER "flows: {keys: [0123456789abcdef, 0123456789abcdef]}\n", "names a key twice"},
        {SERVER "flows: {keys: [[a]]}\n", "must be a list of texts"},
        {SERVER "flows: {keys: 5}\n", "must be a list"},
        {SERVER "flows: {expiry: 25h}\n", "must be 24h or less"},
        {SERVER "flows: {source: nobody}\n", "is none of the `sources`: nobody"},
        {"sources: [{name: a, key: 0123456789abcdef, flow_ids: any}]\nflows: {source: a}\n",
         "anybody could make flows"},
        {SERVER "flows: {samples: {all: 1d}}\n", "`all` is no setting of"},
        {SERVER "flows: {devices: {within: 36h}}\n", "must be whole days, 1d to 31d"},
        {SERVER "flows: {devices: {within: 32d}}\n", "must be whole days, 1d to 31d"},
        {SERVER "flows: {devices: {days: 5d}}\n", "`days` is no setting of"},
        {"sources: [{name: a, key: 0123456789abcdef, flow_ids: some}]\n", "must be signed or any"},
        {"sources: [{name: a, kind: browser, key: web_1, origins: [\"https://a\"], events: [a],"
         " flow_ids: any}]\n",
         "is not for browser sources"},
        {SERVER "pages: {source: nobody}\n", "`source` of `pages` is none of the `sources`"},
        {SERVER "pages: {source: a}\n", "is no browser source"},
        {SERVER "pages: {image: /a.gif}\n", "`image` is no setting of pages"},
        {SERVER "pages: []\n", "must be a map"},
        {SERVER "pages: {agent: /a, pixel: /a}\n", "three paths"},
        {"a: [\n", "weir.yaml:"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings *s;
        struct err err = {0};

        assert_int_equal(load(cases[i].text, &s, &err), -1);
        if (!strstr(err.text, cases[i].says) || !strstr(err.text, "weir.yaml"))
            fail_msg("case %zu says: %s", i, err.text);
        assert_null(strstr(err.text, "0123456789abcdef"));
    }
}

static void filters_of_internal_events_are_checked(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {SERVER "console: {internal: host=localhost}\n", "must be a list"},
        {SERVER "console: {internal: [host]}\n", ":2: `internal`: a filter needs =, !=, ~ or !~"},
        {SERVER "console:\n  internal:\n  - host=a\n  - \"=a\"\n",
         ":5: `internal`: a filter begins"},
        {SERVER "console: {internal: [hots=localhost]}\n",
         "no column `hots` that every event has; did you mean `host`?"},
        {SERVER "console: {internal: [ip=10.0.0.1]}\n", "no column `ip` that every event has"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings *s;
        struct err err = {0};

        assert_int_equal(load(cases[i].text, &s, &err), -1);
        if (!strstr(err.text, cases[i].says))
            fail_msg("case %zu says: %s", i, err.text);
    }
}

static void a_public_key_has_budgets_unless_they_are_lifted(void **state)
{
    static const struct {
        const char *budget;
        uint64_t page, label, note, platform;
    } cases[] = {
        {"", 10000, 10000, 1000, 200},
        {", budget: unlimited", 0, 0, 0, 0},
        {", budget: {page: 5, note: unlimited}", 5, 10000, 0, 200},
        {", budget: {properties: 7, platform: 1000000}", 10000, 7, 1000, 1000000},
        {", budget: {properties: {label: 3, \"*\": unlimited}}", 10000, 3, 1000, 200},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text = xasprintf("sources: [{name: web, kind: browser, key: web_1, "
                                         "origins: [\"https://a\"], events: [a]%s}]\n",
                                         cases[i].budget);
        const struct settings_budget *b;
        struct settings *s;
        struct err err;
        uint64_t label, note = 1;

        assert_int_equal(load(text, &s, &err), 0);
        b = &s->sources[0].budget;
        label = b->properties;
        for (size_t k = 0; k < b->own_count; k++) {
            if (strcmp(b->own[k].name, "label") == 0)
                label = b->own[k].max;
            if (strcmp(b->own[k].name, "note") == 0)
                note = b->own[k].max;
        }
        assert_int_equal(b->fields[BUDGET_PAGE], cases[i].page);
        assert_int_equal(b->fields[BUDGET_PLATFORM], cases[i].platform);
        assert_int_equal(label, cases[i].label);
        assert_int_equal(note, cases[i].note);
        settings_free(s);
    }
}

static void wrong_budgets_are_named(void **state)
{
    static const char *const wrong[] = {"0",
                                        "1000001",
                                        "many",
                                        "{pages: 5}",
                                        "{page: 0}",
                                        "{page: [1]}",
                                        "{properties: {a: x}}",
                                        "[page]"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        AUTO_FREE char *text =
            xasprintf("sources: [{name: a, key: 0123456789abcdef, budget: %s}]\n", wrong[i]);
        struct settings *s;
        struct err err;

        assert_int_equal(load(text, &s, &err), -1);
        assert_non_null(strstr(err.text, "budget"));
    }
}

static void the_console_knows_who_may_ask_what(void **state)
{
    struct settings *s;
    struct err err;

    assert_int_equal(
        load(SERVER "console: {password: off, session: 2h, hosts: [weir.example],"
                    " tokens: [{name: grafana, key: 0123456789abcdef, rights: [read, admin]}],"
                    " user_header: Remote-User, trusted_proxies: [10.0.0.0/8],"
                    " users: [{name: ann, rights: [read, hidden]}, {name: eve, rights: []}],"
                    " user_rights: []}\n",
             &s, &err),
        0);
    assert_true(s->console.without_password);
    assert_true(s->console.session_us == INT64_C(7200000000));
    assert_int_equal(s->console.token_count, 1);
    assert_string_equal(s->console.tokens[0].key, "0123456789abcdef");
    assert_int_equal(s->console.tokens[0].rights, SETTINGS_READ | SETTINGS_ADMIN);
    assert_string_equal(s->console.user_header, "Remote-User");
    assert_int_equal(s->console.user_count, 2);
    assert_int_equal(s->console.users[0].rights, SETTINGS_READ | SETTINGS_HIDDEN);
    assert_int_equal(s->console.users[1].rights, 0);
    assert_int_equal(s->console.user_rights, 0);
    assert_string_equal(s->console.hosts.items[0], "weir.example");
    settings_free(s);

    assert_int_equal(load(SERVER, &s, &err), 0);
    assert_false(s->console.without_password);
    assert_true(s->console.session_us == 14 * INT64_C(86400000000));
    assert_int_equal(s->console.user_rights, SETTINGS_READ);
    assert_null(s->console.user_header);
    settings_free(s);
}

static void access_that_cannot_work_is_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"password: maybe", "on or off"},
        {"password: off", "nobody could sign in"},
        {"user_header: Remote-User", "trusted_proxies"},
        {"user_header: Cookie, trusted_proxies: [127.0.0.1]", "name of a header"},
        {"user_header: \"a b\", trusted_proxies: [127.0.0.1]", "name of a header"},
        {"user_header: U, trusted_proxies: [nowhere]", "nowhere"},
        {"users: [{name: ann, rights: [read]}]", "user_header"},
        {"user_rights: [read]", "user_header"},
        {"tokens: [{name: a, key: short, rights: [read]}]", "needs a `key`"},
        {"tokens: [{name: a, key: 0123456789abcdef, rights: []}]", "needs `rights`"},
        {"tokens: [{name: a, key: 0123456789abcdef, rights: [write]}]", "is no right"},
        {"tokens: [{name: a, key: 0123456789abcdef, rights: [admin]}]", "needs read"},
        {"tokens: [{key: 0123456789abcdef, rights: [read]}]", "needs a `name`"},
        {"tokens: [{name: a, key: 0123456789abcdef, rights: [read]},"
         " {name: b, key: 0123456789abcdef, rights: [read]}]",
         "same name or key"},
        {"tokens: [a]", "maps such as"},
        {"hosts: [\"https://a\"]", "is no name"},
        {"passwort: x", "passwort"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text = xasprintf(SERVER "console: {%s}\n", cases[i].text);
        struct settings *s;
        struct err err;

        assert_int_equal(load(text, &s, &err), -1);
        if (!strstr(err.text, cases[i].part) || !strstr(err.text, ":2:"))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_safe),
        cmocka_unit_test(a_source_may_have_its_own_retention),
        cmocka_unit_test(a_retry_must_find_its_first),
        cmocka_unit_test(a_public_key_has_a_rate_unless_it_is_lifted),
        cmocka_unit_test(everything_that_is_documented_is_read),
        cmocka_unit_test(flow_keys_are_read_and_placeholders_refused),
        cmocka_unit_test(pages_have_paths_and_a_source_of_their_own),
        cmocka_unit_test(a_path_of_pages_is_plain_and_free),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(filters_of_internal_events_are_checked),
        cmocka_unit_test(a_public_key_has_budgets_unless_they_are_lifted),
        cmocka_unit_test(wrong_budgets_are_named),
        cmocka_unit_test(the_console_knows_who_may_ask_what),
        cmocka_unit_test(access_that_cannot_work_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
