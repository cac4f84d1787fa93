/* SPDX-License-Identifier: Apache-2.0 */
/* test_native.c: bodies that are read, bodies that are refused with their offset, and the faults of
 * single events. */
#include "unit.h"

#include <math.h>

#include "base/mem.h"
#include "wire/frontend.h"

struct fixture {
    struct native *n;
    struct arena *a;
    char *body;
    struct event ev;
    struct faults faults;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    f->n = native_new();
    f->a = arena_new(65536, 1 << 24);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    native_free(f->n);
    arena_free(f->a);
    free(f->body);
    free(f);
    return 0;
}

/* The body gets exactly its padding, so that ASan sees any reading past it. */
static void start(struct fixture *f, const void *body, size_t len, enum native_form form)
{
    free(f->body);
    arena_reset(f->a);
    f->body = xmalloc(len + NATIVE_PADDING);
    memcpy(f->body, body, len);
    native_start(f->n, f->body, len, form);
}

static int next(struct fixture *f)
{
    return native_next(f->n, f->a, &f->ev, &f->faults, &f->err);
}

static void start_text(struct fixture *f, const char *body)
{
    start(f, body, strlen(body), NATIVE_JSON);
}

/* The one event of a body, without faults. */
static const struct event *sound(struct fixture *f, const char *body)
{
    start_text(f, body);
    assert_int_equal(next(f), 1);
    if (f->faults.count)
        fail_msg("%s: %.*s %.*s", body, STR_ARG(f->faults.list[0].path),
                 STR_ARG(f->faults.list[0].message));
    assert_int_equal(native_next(f->n, f->a, &(struct event){0}, &(struct faults){0}, &f->err), 0);
    return &f->ev;
}

#define assert_text(s, z) assert_true(str_is(s, z))

static void an_event_has_all_its_fields(void **state)
{
    const struct event *ev = sound(
        *state, "{\"name\":\"project.created\",\"id\":\"0190f0c0-0000-7000-8000-00000000002a\","
                "\"time\":\"2026-11-22T05:31:00.5Z\",\"sent_at\":1795325460000,\"actor\":\"u1\","
                "\"session\":\"s1\",\"device\":\"d1\",\"request_id\":\"r1\","
                "\"flow\":{\"id\":\"f1\",\"begin\":1795325400000},\"properties\":{\"seats\":3},"
                "\"context\":{\"path\":\"/a\",\"status\":200,\"dnt\":\"1\",\"sequence\":7,"
                "\"ua_browser\":\"Firefox\",\"ua_version\":\"51\",\"ua_os\":\"Linux\"}}");

    assert_text(ev->ua_browser, "Firefox");
    assert_text(ev->ua_version, "51");
    assert_text(ev->ua_os, "Linux");
    assert_text(ev->name, "project.created");
    assert_true(ev->has_id);
    assert_int_equal(ev->id.b[15], 0x2a);
    assert_true(ev->has_time && ev->has_sent_at);
    assert_int_equal(ev->time_us, INT64_C(1795325460500000));
    assert_int_equal(ev->sent_at_us, INT64_C(1795325460000000));
    assert_text(ev->actor, "u1");
    assert_text(ev->session, "s1");
    assert_text(ev->device, "d1");
    assert_text(ev->request_id, "r1");
    assert_true(ev->has_flow);
    assert_text(ev->flow_id, "f1");
    assert_int_equal(ev->flow_begin_us, INT64_C(1795325400000000));
    assert_int_equal(ev->property_count, 1);
    assert_text(ev->context[EVENT_PATH], "/a");
    assert_int_equal(ev->status, 200);
    assert_true(ev->do_not_track);
    assert_true(ev->has_sequence);
    assert_int_equal(ev->sequence, 7);
}

#define FLOW(inside) "{\"name\":\"a\",\"flow\":{" inside "}}"
#define LONG_ID "12345678901234567890123456789012345678901234567890123456789012345"

static void a_flow_may_go_on_by_token(void **state)
{
    const struct event *ev =
        sound(*state, FLOW("\"token\":\"t\",\"stash\":\"s\",\"propagate\":\"p\",\"signal\":"
                           "\"account.signed\",\"clear\":true"));

    assert_true(ev->carries && ev->flow_clear && !ev->has_flow && !ev->flow_found);
    assert_text(ev->flow_token, "t");
    assert_text(ev->flow_stash, "s");
    assert_text(ev->flow_propagate, "p");
    assert_text(ev->flow_signal, "account.signed");
    ev = sound(*state, FLOW("\"id\":\"f\",\"begin\":1,\"token\":null,\"stash\":null,\"clear\":null,"
                            "\"propagate\":null,\"signal\":null"));
    assert_true(ev->has_flow && !ev->carries && !ev->flow_clear);
    ev = sound(*state, FLOW("\"id\":\"f\",\"begin\":1,\"token\":\"t\",\"clear\":false"));
    assert_true(ev->has_flow && ev->carries && !ev->flow_clear);
    ev = sound(*state, FLOW("\"id\":\"" LONG_ID "\",\"begin\":1,\"token\":\"t\""));
    assert_true(ev->has_flow && ev->carries);
}

static void null_is_absent(void **state)
{
    const struct event *ev = sound(
        *state, "{\"name\":\"a\",\"id\":null,\"time\":null,\"timestamp\":\"2026-01-01T00:00:00Z\","
                "\"actor\":null,\"session\":null,\"flow\":null,\"properties\":null,"
                "\"context\":null}");

    assert_false(ev->has_id || ev->has_flow);
    assert_true(ev->has_time);
    assert_null(ev->actor.ptr);
    assert_null(ev->session.ptr);
    assert_int_equal(ev->property_count, 0);
    ev = sound(*state, "{\"name\":\"a\",\"context\":{\"path\":null,\"status\":null,\"dnt\":null,"
                       "\"sequence\":null,\"ua_os\":null,\"timezone\":null}}");
    assert_false(ev->status || ev->do_not_track || ev->has_sequence);
    assert_null(ev->context[EVENT_PATH].ptr);
}

static void times_are_rfc_3339_or_milliseconds(void **state)
{
    assert_int_equal(sound(*state, "{\"name\":\"a\",\"occurred_at\":1.5}")->time_us, 1500);
    assert_int_equal(sound(*state, "{\"name\":\"a\",\"timestamp\":-1}")->time_us, -1000);
    assert_int_equal(
        sound(*state, "{\"name\":\"a\",\"time\":\"1970-01-01T01:00:00+01:00\"}")->time_us, 0);
}

static void an_actor_may_be_a_number(void **state)
{
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":42}")->actor, "42");
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":-7}")->actor, "-7");
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":18446744073709551616}")->actor,
                "18446744073709551616");
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":18446744073709551615}")->actor,
                "18446744073709551615");
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":1e3}")->actor, "1000");
    assert_text(sound(*state, "{\"name\":\"a\",\"actor\":0.5}")->actor, "0.5");
}

static const struct event_value *property(const struct event *ev, const char *name)
{
    for (size_t i = 0; i < ev->property_count; i++)
        if (str_is(ev->properties[i].name, name))
            return &ev->properties[i].value;
    fail_msg("no property %s", name);
    return NULL;
}

static void values_have_their_kinds(void **state)
{
    const struct event *ev =
        sound(*state, "{\"name\":\"a\",\"properties\":{\"null\":null,\"yes\":true,\"no\":false,"
                      "\"int\":-9223372036854775808,\"max\":9223372036854775807,"
                      "\"beyond\":9223372036854775808,\"wide\":100000000000000000000,"
                      "\"real\":2.50,\"huge\":-1e400,\"text\":\"a\\u0000\\n\\u00e9\\ud83d\\ude00\","
                      "\"list\":[1,\"x\",null,{\"a\":[1]},[2]],\"empty\":[],"
                      "\"object\":{\"b\" : {\"c\":1e400}}}}");

    assert_int_equal(property(ev, "null")->kind, EVENT_NULL);
    assert_int_equal(property(ev, "yes")->kind, EVENT_BOOL);
    assert_true(property(ev, "yes")->boolean);
    assert_false(property(ev, "no")->boolean);
    assert_int_equal(property(ev, "int")->kind, EVENT_INTEGER);
    assert_true(property(ev, "int")->integer == INT64_MIN);
    assert_true(property(ev, "max")->integer == INT64_MAX);
    assert_int_equal(property(ev, "beyond")->kind, EVENT_NUMBER);
    assert_true(property(ev, "beyond")->number == 9223372036854775808.0);
    assert_true(property(ev, "wide")->number == 1e20);
    assert_true(property(ev, "real")->number == 2.5);
    assert_int_equal(property(ev, "huge")->kind, EVENT_BIG_NUMBER);
    assert_text(property(ev, "huge")->text, "-1e400");
    assert_true(str_eq(property(ev, "text")->text, STR("a\0\n\xC3\xA9\xF0\x9F\x98\x80")));
    assert_int_equal(property(ev, "list")->kind, EVENT_LIST);
    assert_int_equal(property(ev, "list")->list.count, 5);
    assert_int_equal(property(ev, "list")->list.items[3].kind, EVENT_OBJECT);
    assert_text(property(ev, "list")->list.items[3].text, "{\"a\":[1]}");
    assert_text(property(ev, "list")->list.items[4].text, "[2]");
    assert_int_equal(property(ev, "empty")->list.count, 0);
    assert_text(property(ev, "object")->text, "{\"b\":{\"c\":1e400}}");
}

static void a_url_gives_host_path_and_query(void **state)
{
    static const struct {
        const char *url, *host, *path, *query;
    } cases[] = {
        {"https://www.Example.org/a/b?x=1&y=2#frag", "www.example.org", "/a/b", "x=1&y=2"},
        {"https://user:pass@example.org:8443/", "example.org:8443", "/", NULL},
        {"https://a@b@example.org?q", "example.org", "/", "q"},
        {"http://example.org", "example.org", "/", NULL},
        {"/only/path?q=1", NULL, "/only/path", "q=1"},
        {"file:///tmp/x", NULL, "/tmp/x", NULL},
        {"https://example.org/#token=secret", "example.org", "/", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char body[256];
        const struct event *ev;

        snprintf(body, sizeof body, "{\"name\":\"a\",\"context\":{\"url\":\"%s\"}}", cases[i].url);
        ev = sound(*state, body);
        assert_true(str_eq(ev->context[EVENT_HOST], str_from(cases[i].host)));
        assert_text(ev->context[EVENT_PATH], cases[i].path);
        assert_true(str_eq(ev->context[EVENT_QUERY], str_from(cases[i].query)));
    }
    assert_text(sound(*state, "{\"name\":\"a\",\"context\":{\"host\":\"Shop.Example\"}}")
                    ->context[EVENT_HOST],
                "shop.example");
    assert_text(sound(*state, "{\"name\":\"a\",\"context\":{\"path\":\"/own\",\"url\":\"/x\"}}")
                    ->context[EVENT_PATH],
                "/own");
}

static void a_query_gives_the_campaign(void **state)
{
    const struct event *ev = sound(
        *state,
        "{\"name\":\"a\",\"context\":{\"utm_term\":\"own\",\"url\":\"https://example.org/"
        "?utm_source=a%20b+c&x=1&"
        "utm_medium=&utm_campaign=100%25%zz%4&utm_content=%ff&utm_term=other&utm_source=second&"
        "utm_nonsense=1&UTM_MEDIUM=1\"}}");

    assert_text(ev->context[EVENT_UTM_SOURCE], "a b c");
    assert_text(ev->context[EVENT_UTM_CAMPAIGN], "100%%zz%4");
    assert_text(ev->context[EVENT_UTM_TERM], "own");
    assert_null(ev->context[EVENT_UTM_MEDIUM].ptr);
    assert_null(ev->context[EVENT_UTM_CONTENT].ptr); /* no UTF-8 */
    ev = sound(*state, "{\"name\":\"a\",\"context\":{\"query\":\"utm_medium=a%00b&utm_source\"}}");
    assert_null(ev->context[EVENT_UTM_MEDIUM].ptr);
    assert_null(ev->context[EVENT_UTM_SOURCE].ptr);
}

/* What makes a whole body unreadable, and where. */
static void bad_bodies_are_refused_with_their_offset(void **state)
{
#define BODY(z) z, sizeof(z) - 1
    static const struct {
        const char *body;
        size_t len, at;
    } cases[] = {
        {BODY(""), 0},
        {BODY(" \n"), 2},
        {BODY("\xEF\xBB\xBF{\"name\":\"a\"}"), 0},
        {BODY("{\"name\":\"a\"} x"), 13},
        {BODY("{\"name\":\"a\"}{\"name\":\"b\"}"), 12},
        {BODY("[{\"name\":\"a\"}"), 13},
        {BODY("[{\"name\":\"a\"} {\"name\":\"b\"}]"), 14},
        {BODY("[{\"name\":\"a\"},]"), 14},
        {BODY("[,]"), 1},
        {BODY("["), 1},
        {BODY("[{\"name\":\"a\"}]]"), 14},
        {BODY("[{\"name\":\"a\"},"), 14},
        {BODY("{\"name\":\"a\",}"), 11},
        {BODY("{\"name\":\"a\""), 11},
        {BODY("{name:1}"), 1},
        {BODY("{'name':1}"), 1},
        {BODY("{\"name\" \"a\"}"), 8},
        {BODY("{\"name\":\"a\tb\"}"), 10},
        {BODY("{\"name\":\"a\0b\"}"), 10},
        {BODY("{\"name\":\"a\"}\0"), 12},
        {BODY("{\"name\":\"\xFF\"}"), 9},
        {BODY("{\"name\":\"\xC0\xAF\"}"), 9},
        {BODY("{\"name\":\"\xED\xA0\x80\"}"), 9},
        {BODY("{\"name\":\"\xF4\x90\x80\x80\"}"), 9},
        {BODY("{\"name\":\"\xE2\x82\"}"), 9},
        {BODY("{\"name\":\"\\ud800\"}"), 15},
        {BODY("{\"name\":\"\\x\"}"), 10},
        {BODY("{\"time\":01}"), 8},
        {BODY("{\"time\":1.}"), 10},
        {BODY("{\"time\":+1}"), 8},
        {BODY("{\"time\":NaN}"), 8},
        {BODY("{\"time\":nul}"), 8},
        {BODY("// c\n{}"), 0},
        {BODY("{\"name\":\"a\",\"name\":\"b\"}"), 12},
        {BODY("{\"n\\u0061me\":\"a\",\"name\":\"b\"}"), 17},
        {BODY("{\"x\":1,\"x\":2}"), 7},
        {BODY("{\"name\":null,\"name\":1}"), 13},
        {BODY("[{\"name\":\"a\"},{\"properties\":{\"k\":1,\"k\":2}}]"), 35},
        {BODY("{\"properties\":{\"o\":{\"k\":1,\"k\":2}}}"), 26},
        {BODY("{\"properties\":{\"o\":[[{\"k\":1,\"k\":2}]]}}"), 28},
        {BODY("{\"context\":{\"path\":\"a\",\"path\":\"b\"}}"), 23},
        {BODY("{\"flow\":{\"id\":\"a\",\"id\":\"b\"}}"), 18},
        {BODY("{\"name\":{\"k\":1,\"k\":2}}"), 15},
        {BODY("{\"other\":{\"k\":1,\"k\":2}}"), 16},
        {BODY("[[{\"k\":1,\"k\":2}]]"), 9},
        {BODY("[1e400,{\"k\":1,\"k\":2}]"), 14},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int rc;

        start(f, cases[i].body, cases[i].len, NATIVE_JSON);
        while ((rc = next(f)) > 0)
            ;
        if (rc == 0 || f->err.code != ERR_PARSE || f->err.at != cases[i].at)
            fail_msg("%s: %d %s at %zu", cases[i].body, rc, f->err.text, f->err.at);
        assert_int_equal(next(f), 0);
    }
}

static void many_keys_are_compared_too(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *body = xmalloc(20000);
    size_t len = (size_t)snprintf(body, 100, "{\"name\":\"a\",\"properties\":{\"o\":{"), last;

    for (int i = 0; i < 300; i++)
        len += (size_t)snprintf(body + len, 100, "\"key%d\":1,", i);
    last = len;
    len += (size_t)snprintf(body + len, 100, "\"key77\":1}}}");
    start(f, body, len, NATIVE_JSON);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.at, last);
    body[last + 5] = '8';
    body[last + 4] = 'z';
    start(f, body, len, NATIVE_JSON);
    assert_int_equal(next(f), 1);
}

static void depth_ends_at_32(void **state)
{
    struct fixture *f = *state;
    char body[256] = "{\"properties\":{\"k\":";
    size_t len = strlen(body);

    memset(body + len, '[', 30);
    memcpy(body + len + 30, "\"x\"", 3);
    memset(body + len + 33, ']', 30);
    memcpy(body + len + 63, "}}", 3);
    start_text(f, body);
    assert_int_equal(next(f), 1);
    memset(body + len, '[', 31);
    memcpy(body + len + 31, "\"x\"", 3);
    memset(body + len + 34, ']', 31);
    memcpy(body + len + 65, "}}", 3);
    start_text(f, body);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    assert_int_equal(f->err.at, len + 30);
}

static void a_flood_of_brackets_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t len = 4 << 20;
    AUTO_FREE char *body = xmalloc(len);

    memset(body, '[', len);
    start(f, body, len, NATIVE_JSON);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    start(f, body, 131072, NATIVE_JSON);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    start(f, body, 131072, NATIVE_NDJSON);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
}

static void assert_fault(struct fixture *f, enum fault_code code, const char *path)
{
    assert_int_equal(f->faults.count, 1);
    assert_int_equal(f->faults.list[0].code, code);
    if (!str_is(f->faults.list[0].path, path))
        fail_msg("%.*s, not %s", STR_ARG(f->faults.list[0].path), path);
}

struct wrong {
    const char *body;
    enum fault_code code;
    const char *path;
};

static void assert_wrongs(struct fixture *f, const struct wrong *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        start_text(f, cases[i].body);
        if (next(f) != 1)
            fail_msg("%s: %s", cases[i].body, f->err.text);
        if (f->faults.count != 1)
            fail_msg("%s: %zu faults", cases[i].body, f->faults.count);
        assert_fault(f, cases[i].code, cases[i].path);
        assert_int_equal(next(f), 0);
    }
}

static void wrong_fields_are_faults_of_their_event(void **state)
{
    static const struct wrong cases[] = {
        {"5", FAULT_NOT_AN_OBJECT, ""},
        {"\"a\"", FAULT_NOT_AN_OBJECT, ""},
        {"[1e999]", FAULT_NOT_AN_OBJECT, ""},
        {"[[]]", FAULT_NOT_AN_OBJECT, ""},
        {"{}", FAULT_MISSING_FIELD, "/name"},
        {"{\"name\":null}", FAULT_MISSING_FIELD, "/name"},
        {"{\"name\":\"\"}", FAULT_WRONG_FIELD, "/name"},
        {"{\"name\":7}", FAULT_WRONG_FIELD, "/name"},
        {"{\"name\":\"a\\u0000\"}", FAULT_WRONG_FIELD, "/name"},
        {"{\"name\":\"a\",\"nmae\":1}", FAULT_UNKNOWN_FIELD, "/nmae"},
        {"{\"name\":\"a\",\"o'h no\":1}", FAULT_UNKNOWN_FIELD, ""},
        {"{\"name\":\"a\",\"name\\u0000\":1}", FAULT_UNKNOWN_FIELD, ""},
        {"{\"name\":\"a\",\"id\":\"x\"}", FAULT_WRONG_FIELD, "/id"},
        {"{\"name\":\"a\",\"id\":1}", FAULT_WRONG_FIELD, "/id"},
        {"{\"name\":\"a\",\"time\":\"yesterday\"}", FAULT_WRONG_FIELD, "/time"},
        {"{\"name\":\"a\",\"time\":true}", FAULT_WRONG_FIELD, "/time"},
        {"{\"name\":\"a\",\"time\":1e300}", FAULT_WRONG_FIELD, "/time"},
        {"{\"name\":\"a\",\"time\":1e999}", FAULT_WRONG_FIELD, "/time"},
        {"{\"name\":\"a\",\"sent_at\":[]}", FAULT_WRONG_FIELD, "/sent_at"},
        {"{\"name\":\"a\",\"time\":1,\"timestamp\":1}", FAULT_WRONG_FIELD, "/time"},
        {"{\"name\":\"a\",\"actor\":true}", FAULT_WRONG_FIELD, "/actor"},
        {"{\"name\":\"a\",\"actor\":{}}", FAULT_WRONG_FIELD, "/actor"},
        {"{\"name\":\"a\",\"session\":1}", FAULT_WRONG_FIELD, "/session"},
        {"{\"name\":\"a\",\"device\":\"\\u0000\"}", FAULT_WRONG_FIELD, "/device"},
        {"{\"name\":\"a\",\"request_id\":[]}", FAULT_WRONG_FIELD, "/request_id"},
        {"{\"name\":\"a\",\"flow\":\"f\"}", FAULT_WRONG_FIELD, "/flow"},
        {"{\"name\":\"a\",\"flow\":{\"begin\":1}}", FAULT_MISSING_FIELD, "/flow/id"},
        {"{\"name\":\"a\",\"flow\":{\"id\":\"f\"}}", FAULT_MISSING_FIELD, "/flow/begin"},
        {"{\"name\":\"a\",\"flow\":{\"id\":\"f\",\"begin\":1,\"x\":1}}", FAULT_UNKNOWN_FIELD,
         "/flow/x"},
        {"{\"name\":\"a\",\"flow\":{\"id\":\"f\",\"begin\":\"x\"}}", FAULT_WRONG_FIELD,
         "/flow/begin"},
        {"{\"name\":\"a\",\"properties\":[]}", FAULT_WRONG_FIELD, "/properties"},
        {"{\"name\":\"a\",\"properties\":{\"a\\u0000\":1}}", FAULT_WRONG_FIELD, "/properties"},
        {"{\"name\":\"a\",\"context\":1}", FAULT_WRONG_FIELD, "/context"},
        {"{\"name\":\"a\",\"context\":{\"user\":1}}", FAULT_UNKNOWN_FIELD, "/context/user"},
        {"{\"name\":\"a\",\"context\":{\"path\":1}}", FAULT_WRONG_FIELD, "/context/path"},
        {"{\"name\":\"a\",\"context\":{\"status\":99}}", FAULT_WRONG_FIELD, "/context/status"},
        {"{\"name\":\"a\",\"context\":{\"status\":\"200\"}}", FAULT_WRONG_FIELD, "/context/status"},
        {"{\"name\":\"a\",\"context\":{\"dnt\":2}}", FAULT_WRONG_FIELD, "/context/dnt"},
        {"{\"name\":\"a\",\"context\":{\"sequence\":-1}}", FAULT_WRONG_FIELD, "/context/sequence"},
        {"{\"name\":\"a\",\"context\":{\"url\":\"about:blank\"}}", FAULT_WRONG_FIELD,
         "/context/url"},
    };

    assert_wrongs(*state, cases, ARRAY_LEN(cases));
}

static void wrong_parts_of_a_flow_are_faults_of_its_event(void **state)
{
    static const struct wrong cases[] = {
        {FLOW("\"token\":1"), FAULT_WRONG_FIELD, "/flow/token"},
        {FLOW("\"token\":\"t\",\"stash\":[]"), FAULT_WRONG_FIELD, "/flow/stash"},
        {FLOW("\"token\":\"t\",\"propagate\":true"), FAULT_WRONG_FIELD, "/flow/propagate"},
        {FLOW("\"token\":\"t\",\"clear\":1"), FAULT_WRONG_FIELD, "/flow/clear"},
        {FLOW("\"token\":\"t\",\"signal\":\"\""), FAULT_WRONG_FIELD, "/flow/signal"},
        {FLOW("\"token\":\"t\",\"id\":\"f\""), FAULT_MISSING_FIELD, "/flow/begin"},
        {FLOW("\"token\":\"t\",\"begin\":1"), FAULT_MISSING_FIELD, "/flow/id"},
        {FLOW("\"token\":null"), FAULT_MISSING_FIELD, "/flow/id"},
        {FLOW("\"stash\":\"t\""), FAULT_MISSING_FIELD, "/flow/id"},
        {FLOW("\"id\":\"f\",\"begin\":1,\"clear\":true"), FAULT_MISSING_FIELD, "/flow/token"},
        {FLOW("\"id\":\"f\",\"begin\":1,\"propagate\":\"p\""), FAULT_MISSING_FIELD, "/flow/token"},
        {FLOW("\"stash\":\"t\",\"begin\":1,\"id\":\"" LONG_ID "\""), FAULT_WRONG_FIELD, "/flow/id"},
    };

    assert_wrongs(*state, cases, ARRAY_LEN(cases));
}

static void long_texts_are_faults(void **state)
{
    struct fixture *f = *state;
    char body[10000];

    snprintf(body, sizeof body, "{\"name\":\"%0129d\"}", 0);
    start_text(f, body);
    assert_int_equal(next(f), 1);
    assert_fault(f, FAULT_WRONG_FIELD, "/name");
    snprintf(body, sizeof body, "{\"name\":\"%0128d\",\"actor\":\"%01025d\"}", 0, 0);
    start_text(f, body);
    assert_int_equal(next(f), 1);
    assert_fault(f, FAULT_WRONG_FIELD, "/actor");
    snprintf(body, sizeof body, "{\"name\":\"a\",\"context\":{\"title\":\"%08193d\"}}", 0);
    start_text(f, body);
    assert_int_equal(next(f), 1);
    assert_fault(f, FAULT_WRONG_FIELD, "/context/title");
}

static void properties_end_at_256(void **state)
{
    struct fixture *f = *state;

    for (int count = 256; count <= 257; count++) {
        char body[8000];
        size_t len = (size_t)snprintf(body, 100, "{\"name\":\"a\",\"properties\":{\"p0\":0");

        for (int i = 1; i < count; i++)
            len += (size_t)snprintf(body + len, 100, ",\"p%d\":%d", i, i);
        snprintf(body + len, 100, "}}");
        start_text(f, body);
        assert_int_equal(next(f), 1);
        assert_int_equal(f->ev.property_count, count == 256 ? 256 : 0);
        if (count == 257)
            assert_fault(f, FAULT_TOO_MANY_PROPERTIES, "/properties");
    }
}

/* Three events, the middle one with a property of `fill` bytes; as a list or as lines. */
static char *three_events(size_t fill, bool lines, size_t *out_len)
{
    char *body = xmalloc(fill + 200);
    size_t len =
        (size_t)snprintf(body, 100, "%s{\"name\":\"a\"}%s{\"name\":\"b\",\"properties\":{\"p\":\"",
                         lines ? "" : "[", lines ? "\n" : ",");

    memset(body + len, 'x', fill);
    len += fill;
    len += (size_t)snprintf(body + len, 100, "\"}}%s{\"name\":\"c\"}%s", lines ? "\n" : " , ",
                            lines ? "\n" : "]");
    *out_len = len;
    return body;
}

static void an_event_too_large_fails_alone(void **state)
{
    static const size_t overhead = sizeof "{\"name\":\"b\",\"properties\":{\"p\":\"\"}}" - 1;
    struct fixture *f = *state;

    for (int lines = 0; lines <= 1; lines++) {
        for (size_t over = 0; over <= 1; over++) {
            size_t len;
            AUTO_FREE char *body = three_events(EVENT_BYTES_MAX - overhead + over, lines, &len);

            start(f, body, len, lines ? NATIVE_NDJSON : NATIVE_JSON);
            assert_int_equal(next(f), 1);
            assert_text(f->ev.name, "a");
            assert_int_equal(next(f), 1);
            if (over)
                assert_fault(f, FAULT_EVENT_TOO_LARGE, "");
            else
                assert_text(f->ev.name, "b");
            assert_int_equal(next(f), 1);
            assert_text(f->ev.name, "c");
            assert_int_equal(next(f), 0);
        }
    }
}

static void a_large_event_that_is_not_closed_is_no_json(void **state)
{
    struct fixture *f = *state;
    size_t len;
    AUTO_FREE char *body = three_events(EVENT_BYTES_MAX, false, &len);

    start(f, body, len - 5, NATIVE_JSON); /* within the last event */
    assert_int_equal(next(f), 1);
    assert_int_equal(next(f), 1);
    assert_int_equal(next(f), -1);
    start(f, body, len - 40, NATIVE_JSON); /* within the long text */
    assert_int_equal(next(f), 1);
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.at, len - 40);
    memset(body, ' ', len);
    memset(body, '"', 1);
    start(f, body, len, NATIVE_JSON); /* a bare text */
    assert_int_equal(next(f), -1);
    body[len - 1] = '"';
    start(f, body, len, NATIVE_JSON);
    assert_int_equal(next(f), 1);
    assert_fault(f, FAULT_EVENT_TOO_LARGE, "");
}

static void lists_and_lines_give_each_event(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *body;
        enum native_form form;
        int count;
    } cases[] = {
        {"[]", NATIVE_JSON, 0},
        {" [ ] ", NATIVE_JSON, 0},
        {"{\"name\":\"0\"}", NATIVE_JSON, 1},
        {" {\"name\":\"0\"} \n", NATIVE_JSON, 1},
        {"[{\"name\":\"0\"},{\"name\":\"1\"}]", NATIVE_JSON, 2},
        {"[\n  {\n    \"name\": \"0\"\n  } ,\n {\"name\":\"1\"}\n]\n", NATIVE_JSON, 2},
        {"{\"name\":\"0\"}", NATIVE_NDJSON, 1},
        {"{\"name\":\"0\"}\n{\"name\":\"1\"}", NATIVE_NDJSON, 2},
        {"\n\n {\"name\":\"0\"} \r\n\r\n{\"name\":\"1\"}\n\n", NATIVE_NDJSON, 2},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        start(f, cases[i].body, strlen(cases[i].body), cases[i].form);
        for (int k = 0; k < cases[i].count; k++) {
            char name[2] = {(char)('0' + k), 0};

            assert_int_equal(next(f), 1);
            assert_int_equal(f->faults.count, 0);
            assert_text(f->ev.name, name);
        }
        assert_int_equal(next(f), 0);
        assert_int_equal(next(f), 0);
    }
}

static void bad_lines_are_refused_with_their_offset(void **state)
{
    static const struct {
        const char *body;
        size_t at;
    } cases[] = {
        {"", 0},
        {"\n \n", 3},
        {"{\"name\":\"0\"}\n{\"name\":\n\"1\"}", 21}, /* an event over two lines */
        {"{\"name\":\"0\"}\n{\"name\":\"1\"} {}", 26},
        {"{\"name\":\"0\"}\n\n{\"a\":1,\"a\":1}", 21},
        {"{\"name\":\"0\"}\nnul\nl", 16},
        {"{\"name\":\"\n\"}", 9},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int rc;

        start(f, cases[i].body, strlen(cases[i].body), NATIVE_NDJSON);
        while ((rc = next(f)) > 0)
            ;
        if (rc == 0 || f->err.at != cases[i].at)
            fail_msg("%s: %s at %zu", cases[i].body, f->err.text, f->err.at);
    }
}

static void bytes_in_any_cut_are_safe(void **state)
{
    static const char whole[] =
        "[{\"name\":\"project.created\",\"properties\":{\"a\":[1,true,null,\"\\u00e9\"],\"b\":"
        "1e400,"
        "\"c\":{\"d\":-0.5}},\"context\":{\"url\":\"https://x/\"}}, 12345678901234567890 ]";
    struct fixture *f = *state;

    for (size_t len = 0; len < sizeof whole - 1; len++) {
        for (int form = NATIVE_JSON; form <= NATIVE_NDJSON; form++) {
            int rc;

            start(f, whole, len, form);
            while ((rc = next(f)) > 0)
                ;
            assert_int_equal(rc, -1);
            assert_true(f->err.at <= len);
        }
    }
}

static void a_full_arena_is_a_limit(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(64, 64), *before = f->a;

    f->a = small;
    start_text(f, "{\"name\":\"a\",\"properties\":{\"a\":1,\"b\":2,\"c\":3}}");
    assert_int_equal(next(f), -1);
    assert_int_equal(f->err.code, ERR_LIMIT);
    f->a = before;
    arena_free(small);
}

static void script(struct fixture *f, const char *body)
{
    start_text(f, body);
    frontend_start(f->n, f->body, strlen(body));
}

static void a_script_sends_type_and_data(void **state)
{
    static const char *const bodies[] = {
        "{\"type\":\"clicked\",\"data\":{\"a\":\"x\",\"b\":null}}",
        "{\"event\":{\"type\":\"clicked\",\"data\":{\"a\":\"x\",\"b\":null}},\"type\":2}",
        "[{\"type\":\"clicked\",\"data\":{\"a\":\"x\",\"b\":null},\"more\":{\"c\":[{}]}}]",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        script(f, bodies[i]);
        assert_int_equal(next(f), 1);
        assert_int_equal(f->faults.count, 0);
        assert_true(str_is(f->ev.name, "clicked") && f->ev.if_declared && f->ev.counts_left_out);
        assert_int_equal(f->ev.property_count, 2);
        assert_true(str_is(f->ev.properties[0].value.text, "x"));
        assert_int_equal(f->ev.properties[1].value.kind, EVENT_NULL);
        assert_int_equal(next(f), 0);
    }
    script(f, "{\"type\":\"clicked\",\"data\":null}");
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.count + f->ev.property_count, 0);
}

static void what_a_script_has_wrong_is_a_fault(void **state)
{
    static const struct {
        const char *body, *path;
    } wrong[] = {
        {"{}", "/type"},
        {"{\"type\":null}", "/type"},
        {"{\"type\":[]}", "/type"},
        {"{\"type\":\"a\",\"data\":[1]}", "/data"},
        {"{\"event\":[],\"data\":{}}", "/type"},
        {"{\"event\":{}}", "/type"},
        {"[1]", ""},
    };
    static const char *const unread[] = {"",
                                         "{",
                                         "{\"type\":\"a\",\"type\":\"b\"}",
                                         "{\"x\":{\"a\":1,\"a\":2}}",
                                         "{\"event\":{\"data\":{\"a\":1,\"a\":2}}}",
                                         "{\"event\":{},\"x\":{\"a\":1,\"a\":2}}",
                                         "{\"data\":[{\"a\":1,\"a\":2}]}",
                                         "{\"type\":{\"a\":1,\"a\":2}}"};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        script(f, wrong[i].body);
        assert_int_equal(next(f), 1);
        assert_int_equal(f->faults.count, 1);
        assert_true(str_is(f->faults.list[0].path, wrong[i].path));
    }
    for (size_t i = 0; i < ARRAY_LEN(unread); i++) {
        script(f, unread[i]);
        assert_int_equal(next(f), -1);
        assert_int_equal(f->err.code, ERR_PARSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_sends_type_and_data),
        cmocka_unit_test(what_a_script_has_wrong_is_a_fault),
        cmocka_unit_test(an_event_has_all_its_fields),
        cmocka_unit_test(a_flow_may_go_on_by_token),
        cmocka_unit_test(null_is_absent),
        cmocka_unit_test(times_are_rfc_3339_or_milliseconds),
        cmocka_unit_test(an_actor_may_be_a_number),
        cmocka_unit_test(values_have_their_kinds),
        cmocka_unit_test(a_url_gives_host_path_and_query),
        cmocka_unit_test(a_query_gives_the_campaign),
        cmocka_unit_test(bad_bodies_are_refused_with_their_offset),
        cmocka_unit_test(many_keys_are_compared_too),
        cmocka_unit_test(depth_ends_at_32),
        cmocka_unit_test(a_flood_of_brackets_is_refused),
        cmocka_unit_test(wrong_fields_are_faults_of_their_event),
        cmocka_unit_test(wrong_parts_of_a_flow_are_faults_of_its_event),
        cmocka_unit_test(long_texts_are_faults),
        cmocka_unit_test(properties_end_at_256),
        cmocka_unit_test(an_event_too_large_fails_alone),
        cmocka_unit_test(a_large_event_that_is_not_closed_is_no_json),
        cmocka_unit_test(lists_and_lines_give_each_event),
        cmocka_unit_test(bad_lines_are_refused_with_their_offset),
        cmocka_unit_test(bytes_in_any_cut_are_safe),
        cmocka_unit_test(a_full_arena_is_a_limit),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
