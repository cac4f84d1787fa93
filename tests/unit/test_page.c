/* SPDX-License-Identifier: Apache-2.0 */
/* test_page.c: what web pages send: the three forms, each member's rule, hostile bodies. */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "wire/page.h"

#define RECEIVED_US INT64_C(1795325460000000)

struct fixture {
    struct page *p;
    struct arena *a;
    char *body;
    bool do_not_track;
    struct event ev;
    struct faults faults;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    f->p = page_new();
    f->a = arena_new(65536, 1 << 24);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    page_free(f->p);
    arena_free(f->a);
    free(f->body);
    free(f);
    return 0;
}

/* The body gets exactly its padding, so that ASan sees any reading past it. */
static int start_bytes(struct fixture *f, const void *body, size_t len)
{
    free(f->body);
    arena_reset(f->a);
    f->err = (struct err){0};
    f->body = xmalloc(len + PAGE_PADDING);
    memcpy(f->body, body, len);
    return page_start(
        f->p, f->body, len,
        &(struct page_from){.received_us = RECEIVED_US, .do_not_track = f->do_not_track}, &f->err);
}

static int start(struct fixture *f, const char *body)
{
    return start_bytes(f, body, strlen(body));
}

static int next(struct fixture *f)
{
    return page_next(f->p, f->a, &f->ev, &f->faults, &f->err);
}

static const struct event *next_sound(struct fixture *f)
{
    assert_int_equal(next(f), 1);
    if (f->faults.count)
        fail_msg("%.*s: %.*s", STR_ARG(f->faults.list[0].path), STR_ARG(f->faults.list[0].message));
    return &f->ev;
}

/* The one event of a body, without faults. */
static const struct event *sound(struct fixture *f, const char *body)
{
    assert_int_equal(start(f, body), 0);
    next_sound(f);
    assert_int_equal(page_next(f->p, f->a, &(struct event){0}, &(struct faults){0}, &f->err), 0);
    return &f->ev;
}

/* One fault of the first event of a body. */
static void faulty(struct fixture *f, const char *body, enum fault_code code, const char *path)
{
    assert_int_equal(start(f, body), 0);
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.count, 1);
    assert_int_equal(f->faults.list[0].code, code);
    if (!str_is(f->faults.list[0].path, path))
        fail_msg("%s: %.*s", body, STR_ARG(f->faults.list[0].path));
}

/* The whole body is refused, by an error at that byte. */
static void refused(struct fixture *f, const char *body, size_t at)
{
    int rc = start(f, body);

    while (rc == 0 && (rc = next(f)) > 0)
        rc = 0;
    if (rc == 0 || f->err.code != ERR_PARSE || f->err.at != at)
        fail_msg("%s: %d at %zu: %s", body, rc, f->err.at, f->err.text);
    assert_int_equal(next(f), 0);
}

#define assert_text(s, z) assert_true(str_is(s, z))

static void the_shortest_form_is_one_object(void **state)
{
    const struct event *ev = sound(
        *state, "{\n\"domain\":\"www.Example.ORG\",\n\"page\":\"/posts/695-search-terms.html\",\n"
                "\"timezone\":-60,\n\"platform\":\"Linux x86_64\",\n\"sess_id\":\"07ab-8022\",\n"
                "\"event\":\"bentest\",\n\"note\":\"\"\n}\n");

    assert_text(ev->context[EVENT_HOST], "www.example.org");
    assert_text(ev->context[EVENT_PATH], "/posts/695-search-terms.html");
    assert_text(ev->context[EVENT_TIMEZONE], "-60");
    assert_text(ev->context[EVENT_PLATFORM], "Linux x86_64");
    assert_text(ev->session, "07ab-8022");
    assert_text(ev->name, "bentest");
    assert_int_equal(ev->property_count, 1);
    assert_text(ev->properties[0].name, "note");
    assert_int_equal(ev->properties[0].when, EVENT_IF_REQUIRED);
    assert_true(ev->of_page && !ev->if_declared && !ev->has_id && !ev->has_time);
}

static void all_members_have_their_places(void **state)
{
    const struct event *ev = sound(
        *state,
        "{\"id\":\"0190f0c0-0000-7000-8000-00000000002a\",\"age\":1500.5,\"sequence\":7,"
        "\"referrer\":\"https://search.example/\",\"title\":\"A "
        "title\",\"query\":\"?a=b&utm_source=news+letter\","
        "\"locale\":\"pt-BR\",\"screen\":\"large\",\"load_time_ms\":412.5,\"pages_in_session\":3,"
        "\"status\":404,\"note\":\"n\",\"properties\":{\"plan\":\"team\"},\"event\":\"x\"}");

    assert_true(ev->has_id && ev->id.b[15] == 0x2a);
    assert_true(ev->has_time && ev->time_us == RECEIVED_US - 1500500);
    assert_true(ev->has_sequence && ev->sequence == 7);
    assert_text(ev->context[EVENT_REFERRER], "https://search.example/");
    assert_text(ev->context[EVENT_TITLE], "A title");
    assert_text(ev->context[EVENT_QUERY], "a=b&utm_source=news+letter");
    assert_text(ev->context[EVENT_UTM_SOURCE], "news letter");
    assert_text(ev->context[EVENT_LOCALE], "pt-BR");
    assert_text(ev->context[EVENT_SCREEN], "large");
    assert_int_equal(ev->status, 404);
    assert_int_equal(ev->property_count, 5);
    assert_text(ev->properties[4].value.text, "search.example");
    assert_text(ev->properties[0].name, "plan");
    assert_text(ev->properties[0].value.text, "team");
    assert_int_equal(ev->properties[0].when, EVENT_GIVEN);
    assert_text(ev->properties[1].name, "note");
    assert_int_equal(ev->properties[1].when, EVENT_GIVEN);
    assert_text(ev->properties[2].name, "load_time_ms");
    assert_true(ev->properties[2].value.number == 412.5);
    assert_int_equal(ev->properties[2].when, EVENT_IF_DECLARED);
    assert_text(ev->properties[3].name, "pages_in_session");
    assert_int_equal(ev->properties[3].value.integer, 3);
    assert_int_equal(ev->properties[3].when, EVENT_IF_DECLARED);
}

static void what_says_nothing_is_absent(void **state)
{
    const struct event *ev =
        sound(*state, "{\"domain\":\"\",\"page\":\"?a\",\"platform\":\"\",\"referrer\":\"\","
                      "\"query\":\"?\",\"title\":null,\"timezone\":null,\"note\":null,\"id\":null,"
                      "\"sess_id\":null,\"age\":null,\"properties\":null,\"status\":null}");

    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        assert_null(ev->context[i].ptr);
    assert_text(ev->name, "page.viewed");
    assert_false(ev->has_id || ev->has_time || ev->has_sequence || ev->session.ptr || ev->status);
    assert_int_equal(ev->property_count, 0);
    assert_text(sound(*state, "{}")->name, "page.viewed");
    assert_text(sound(*state, "{\"event\":null}")->name, "page.viewed");
}

static void a_page_is_its_path(void **state)
{
    assert_text(sound(*state, "{\"page\":\"/a?b=c#d\"}")->context[EVENT_PATH], "/a");
    assert_text(sound(*state, "{\"page\":\"/a#d?b\"}")->context[EVENT_PATH], "/a");
    assert_null(sound(*state, "{\"page\":\"/a?b=c\"}")->context[EVENT_QUERY].ptr);
}

static void the_host_of_a_referrer_is_its_domain(void **state)
{
    static const char *const cases[][2] = {
        {"{\"referrer\":\"https://Search.Example:8443/a?b\"}", "search.example"},
        {"{\"referrer\":\"android-app://com.example.mail/\"}", "com.example.mail"},
        {"{\"referrer\":\"https://www.example.org/\",\"domain\":\"example.org\"}",
         "www.example.org"},
        {"{\"referrer\":\"https://www.example.org/a\",\"domain\":\"WWW.example.org\"}", NULL},
        {"{\"referrer\":\"no URL\"}", NULL},
        {"{\"referrer\":\"/path\"}", NULL},
        {"{\"referrer\":\"https:///path\"}", NULL},
        {"{\"referrer\":\"\"}", NULL},
    };
    struct fixture *f = *state;
    const struct event *ev;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        ev = sound(f, cases[i][0]);
        assert_int_equal(ev->property_count, cases[i][1] != NULL);
        if (!cases[i][1])
            continue;
        assert_text(ev->properties[0].name, "referrer_domain");
        assert_text(ev->properties[0].value.text, cases[i][1]);
        assert_int_equal(ev->properties[0].when, EVENT_IF_DECLARED);
    }
    ev = sound(f, "{\"referrer\":\"https://a/\",\"properties\":{\"referrer_domain\":\"own\"}}");
    assert_int_equal(ev->property_count, 1);
    assert_text(ev->properties[0].value.text, "own");
    f->do_not_track = true;
    ev = sound(f, "{\"referrer\":\"https://a/\"}");
    f->do_not_track = false;
    assert_int_equal(ev->property_count, 0);
}

static void types_are_forced(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"domain\":1}", "/domain"},
        {"{\"page\":[\"/a\"]}", "/page"},
        {"{\"platform\":{}}", "/platform"},
        {"{\"referrer\":true}", "/referrer"},
        {"{\"timezone\":\"-60\"}", "/timezone"},
        {"{\"timezone\":-60.5}", "/timezone"},
        {"{\"timezone\":60.0}", "/timezone"},
        {"{\"timezone\":true}", "/timezone"},
        {"{\"timezone\":1441}", "/timezone"},
        {"{\"timezone\":-1441}", "/timezone"},
        {"{\"timezone\":18446744073709551615}", "/timezone"},
        {"{\"timezone\":-9223372036854775808}", "/timezone"},
        {"{\"timezone\":99999999999999999999999999}", "/timezone"},
        {"{\"sess_id\":7}", "/sess_id"},
        {"{\"sess_id\":\"a\\u0000b\"}", "/sess_id"},
        {"{\"event\":7}", "/event"},
        {"{\"event\":\"\"}", "/event"},
        {"{\"event\":\"a\\u0000\"}", "/event"},
        {"{\"note\":7}", "/note"},
        {"{\"note\":false}", "/note"},
        {"{\"id\":7}", "/id"},
        {"{\"id\":\"07ab-8022\"}", "/id"},
        {"{\"properties\":[]}", "/properties"},
        {"{\"age\":\"7\"}", "/age"},
        {"{\"age\":-1}", "/age"},
        {"{\"age\":31536000001}", "/age"},
        {"{\"age\":1e308}", "/age"},
        {"{\"age\":1e999}", "/age"},
        {"{\"sequence\":-1}", "/sequence"},
        {"{\"sequence\":1.5}", "/sequence"},
        {"{\"sequence\":9223372036854775808}", "/sequence"},
        {"{\"load_time_ms\":\"412\"}", "/load_time_ms"},
        {"{\"load_time_ms\":-1}", "/load_time_ms"},
        {"{\"load_time_ms\":1e999}", "/load_time_ms"},
        {"{\"pages_in_session\":1.5}", "/pages_in_session"},
        {"{\"pages_in_session\":-1}", "/pages_in_session"},
        {"{\"status\":99}", "/status"},
        {"{\"status\":\"404\"}", "/status"},
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        faulty(*state, wrong[i][0], FAULT_WRONG_FIELD, wrong[i][1]);
    assert_text(sound(*state, "{\"timezone\":1440}")->context[EVENT_TIMEZONE], "1440");
    assert_text(sound(*state, "{\"timezone\":-1440}")->context[EVENT_TIMEZONE], "-1440");
    assert_text(sound(*state, "{\"timezone\":-0}")->context[EVENT_TIMEZONE], "0");
    assert_true(sound(*state, "{\"age\":31536000000}")->has_time);
}

static void a_wrong_name_is_no_page_view(void **state)
{
    struct fixture *f = *state;

    faulty(f, "{\"event\":7}", FAULT_WRONG_FIELD, "/event");
    assert_null(f->ev.name.ptr);
}

static void other_members_are_unknown(void **state)
{
    faulty(*state, "{\"events\":7}", FAULT_UNKNOWN_FIELD, "/events");
    faulty(*state, "{\"name\":\"a\"}", FAULT_UNKNOWN_FIELD, "/name");
    faulty(*state, "{\"utm_source\":\"a\"}", FAULT_UNKNOWN_FIELD, "/utm_source");
    faulty(*state, "{\"<script>\":1}", FAULT_UNKNOWN_FIELD, "");
    faulty(*state, "[{\"events\":[]}]", FAULT_UNKNOWN_FIELD, "/events");
    faulty(*state, "[7]", FAULT_NOT_AN_OBJECT, "");
}

static void a_list_has_an_event_each(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(start(f, " [ {\"event\":\"a\"} , {\"event\":\"b\",\"note\":\"n\"} ] "), 0);
    assert_text(next_sound(f)->name, "a");
    assert_text(next_sound(f)->name, "b");
    assert_int_equal(f->ev.property_count, 1);
    assert_int_equal(next(f), 0);
    assert_int_equal(start(f, "[]"), 0);
    assert_int_equal(next(f), 0);
    assert_int_equal(next(f), 0);
}

static void a_batch_says_once_what_all_share(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        start(f, "{\"domain\":\"A.example\",\"page\":\"/all\",\"properties\":{\"a\":1},"
                 "\"note\":\"all\",\"events\":[{\"event\":\"one\"},"
                 "{\"event\":\"two\",\"page\":\"/own\",\"note\":null,\"properties\":{\"b\":2}},{}],"
                 "\"timezone\":-60,\"sess_id\":\"s\",\"age\":1000}"),
        0);
    for (int i = 0; i < 3; i++) {
        next_sound(f);
        assert_text(f->ev.name, i == 0 ? "one" : i == 1 ? "two" : "page.viewed");
        assert_text(f->ev.context[EVENT_HOST], "a.example");
        assert_text(f->ev.context[EVENT_PATH], i == 1 ? "/own" : "/all");
        assert_text(f->ev.context[EVENT_TIMEZONE], "-60");
        assert_text(f->ev.session, "s");
        assert_true(f->ev.has_time && f->ev.time_us == RECEIVED_US - 1000000);
        assert_int_equal(f->ev.property_count, i == 1 ? 1 : 2);
        assert_text(f->ev.properties[0].name, i == 1 ? "b" : "a");
    }
    assert_int_equal(next(f), 0);
}

static void a_batch_is_known_however_it_is_written(void **state)
{
    struct fixture *f = *state;

    assert_text(sound(f, "{\"\\u0065ven\\u0074s\":[{\"event\":\"x\"}]}")->name, "x");
    assert_text(sound(f, " {\n\"events\" : [ {\"event\":\"]}\\\"[{\"} ] } ")->name, "]}\"[{");
    assert_int_equal(start(f, "{\"events\":[]}"), 0);
    assert_int_equal(next(f), 0);
    faulty(f, "{\"a\\u0065\":[{}]}", FAULT_UNKNOWN_FIELD, "/ae");
}

static void properties_of_all_are_read_once(void **state)
{
    struct fixture *f = *state;
    char body[4096] =
        "{\"events\":[{},{\"properties\":{\"b\":2}},{}],\"properties\":{\"a\\u0000\":0";
    size_t len;

    assert_int_equal(start(f, "{\"properties\":{\"a\":[1,\"x\"]},\"events\":[{},{}]}"), 0);
    for (int i = 0; i < 2; i++) {
        next_sound(f);
        assert_int_equal(f->ev.property_count, 1);
        assert_int_equal(f->ev.properties[0].value.list.count, 2);
        assert_text(f->ev.properties[0].value.list.items[1].text, "x");
        arena_reset(f->a);
    }
    len = strlen(body);
    for (int i = 0; i < 255; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, ",\"%d\":%d", i, i);
    snprintf(body + len, sizeof body - len, "}}");
    assert_int_equal(start(f, body), 0);
    for (int i = 0; i < 3;
         i++) { /* the key that is none is each one's fault, but for what has its own */
        assert_int_equal(next(f), 1);
        assert_int_equal(f->faults.count, i != 1);
        assert_int_equal(f->ev.property_count, i == 1 ? 1 : 255);
        arena_reset(f->a);
    }
    assert_int_equal(next(f), 0);
}

static void what_is_wrong_for_all_is_each_ones_fault(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(start(f, "{\"timezone\":\"x\",\"zzz\":1,\"id\":"
                              "\"0190f0c0-0000-7000-8000-00000000002a\",\"events\":[{},"
                              "{\"timezone\":0,\"id\":\"0190f0c0-0000-7000-8000-00000000002b\"}]}"),
                     0);
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.count, 3);
    assert_text(f->faults.list[0].path, "/zzz");
    assert_text(f->faults.list[1].path, "/id");
    assert_text(f->faults.list[2].path, "/timezone");
    assert_false(f->ev.has_id);
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.count, 2);
    assert_true(f->ev.has_id);
    assert_int_equal(next(f), 0);
}

static void what_is_no_json_is_refused_with_its_offset(void **state)
{
    struct fixture *f = *state;

    refused(f, "", 0);
    refused(f, "  ", 2);
    refused(f, "{", 1);
    refused(f, "{\"event\":}", 9);
    refused(f, "\xEF\xBB\xBF{}", 0);
    refused(f, "{} {}", 3);
    refused(f, "{\"a\":1,\"a\":2}", 7);
    refused(f, "{\"event\":\"a\",\"event\":\"b\"}", 13);
    refused(f, "{\"page\":\"\xff\"}", 9);
    refused(f, "[{},]", 4);
    refused(f, "{\"events\":[{}],\"a\":1,,}", 21);
    refused(f, "{\"a\":tru,\"events\":[{}]}", 5);
    refused(f, "{\"events\":[{}, {\"x\":tru}]}", 20);
    refused(f, "{\"events\":[{}],\"events\":[]}", 15);
    refused(f, "{\"events\":[{}],\"event\":1,\"event\":2}", 25);
    refused(f, "{\"events\":[{}]}x", 15);
    refused(f, "{\"events\":[{}]", 14);
    refused(f, "{\"events\":[{}}}", 13);
}

static void a_body_may_be_as_deep_as_others(void **state)
{
    struct fixture *f = *state;
    char body[400];
    int len;

    for (int depth = 30; depth <= 31; depth++) {
        len = snprintf(body, sizeof body, "{\"events\":[{\"event\":\"a\",\"properties\":{\"p\":");
        memset(body + len, '[', (size_t)depth);
        memset(body + len + depth, ']', (size_t)depth);
        snprintf(body + len + 2 * depth, sizeof body - (size_t)(len + 2 * depth), "}}]}");
        assert_int_equal(start(f, body), 0);
        assert_int_equal(next(f), depth == 30 ? 1 : -1);
    }
    assert_int_equal(f->err.code, ERR_PARSE);
    memset(body, '[', sizeof body);
    assert_int_equal(start_bytes(f, body, sizeof body), 0);
    assert_int_equal(next(f), -1);
    memcpy(body, "{\"a\":", 5);
    assert_int_equal(start_bytes(f, body, sizeof body), 0);
    assert_int_equal(next(f), -1);
}

/* A body with `bytes` of text in it, between two pieces. */
static void start_large(struct fixture *f, const char *before, size_t bytes, const char *after,
                        int expect)
{
    size_t head = strlen(before), tail = strlen(after);
    AUTO_FREE char *body = xmalloc(head + bytes + tail);

    memcpy(body, before, head);
    memset(body + head, 'x', bytes);
    memcpy(body + head + bytes, after, tail);
    assert_int_equal(start_bytes(f, body, head + bytes + tail), expect);
}

static void sizes_have_the_limits_of_all_events(void **state)
{
    struct fixture *f = *state;

    start_large(f, "{\"event\":\"", EVENT_NAME_MAX, "\"}", 0);
    assert_int_equal(next_sound(f)->name.len, EVENT_NAME_MAX);
    start_large(f, "{\"event\":\"", EVENT_NAME_MAX + 1, "\"}", 0);
    assert_true(next(f) == 1 && f->faults.count == 1);
    start_large(f, "{\"title\":\"", EVENT_CONTEXT_MAX, "\"}", 0);
    assert_int_equal(next_sound(f)->context[EVENT_TITLE].len, EVENT_CONTEXT_MAX);
    start_large(f, "{\"title\":\"", EVENT_CONTEXT_MAX + 1, "\"}", 0);
    assert_true(next(f) == 1 && f->faults.count == 1);
    start_large(f, "{\"note\":\"", EVENT_BYTES_MAX - 11, "\"}", 0);
    assert_int_equal(next_sound(f)->properties[0].value.text.len, EVENT_BYTES_MAX - 11);
    start_large(f, "{\"events\":[{},{\"note\":\"", EVENT_BYTES_MAX - 10, "\"},{}]}", 0);
    next_sound(f);
    assert_true(next(f) == 1 && f->faults.list[0].code == FAULT_EVENT_TOO_LARGE);
    next_sound(f);
    assert_int_equal(next(f), 0);
}

static void what_all_share_is_bounded(void **state)
{
    struct fixture *f = *state;
    size_t around = strlen("{\"note\":\"\",\"events\":}");

    start_large(f, "{\"note\":\"", PAGE_COMMON_MAX - around, "\",\"events\":[{}]}", 0);
    assert_int_equal(next_sound(f)->property_count, 1);
    start_large(f, "{\"note\":\"", PAGE_COMMON_MAX - around + 1, "\",\"events\":[{}]}", -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    assert_non_null(strstr(f->err.text, "16384"));
}

/* Of all that fits there, lists of objects take the most memory: none of it is too much. */
static void what_all_share_fits_memory(void **state)
{
    static const char before[] = "{\"properties\":{\"a\":[", after[] = "{}]},\"events\":[{}]}";
    static const char *const items[] = {"{},", "[],", "1,", "{\"a\":[]},", "\"\","};
    struct fixture *f = *state;
    char body[PAGE_COMMON_MAX + 64];

    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        size_t len = strlen(before), item = strlen(items[i]);

        memcpy(body, before, len);
        for (; len + item + sizeof after < PAGE_COMMON_MAX; len += item)
            memcpy(body + len, items[i], item);
        memcpy(body + len, after, sizeof after);
        if (start(f, body) < 0)
            fail_msg("%s: %s", items[i], f->err.text);
        assert_int_equal(next_sound(f)->property_count, 1);
    }
}

static void many_events_take_no_more_memory_than_one(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *body = xmalloc(10 * 10000 + 100);
    size_t len = 0, count = 0;

    memcpy(body, "{\"note\":\"n\",\"events\":[", 22);
    len = 22;
    for (int i = 0; i < 10000; i++, len += 3)
        memcpy(body + len, i ? ",{}" : " {}", 3);
    memcpy(body + len, "]}", 2);
    assert_int_equal(start_bytes(f, body, len + 2), 0);
    for (int got; (got = next(f)) != 0; count++) {
        assert_int_equal(got, 1);
        arena_reset(f->a);
    }
    assert_int_equal(count, 10000);
}

static void properties_are_as_many_as_elsewhere(void **state)
{
    struct fixture *f = *state;
    char body[8192];
    int len = snprintf(body, sizeof body, "{\"note\":\"n\",\"properties\":{");

    for (int i = 0; i < 257; i++)
        len += snprintf(body + len, sizeof body - (size_t)len, "%s\"p%d\":1", i ? "," : "", i);
    snprintf(body + len, sizeof body - (size_t)len, "}}");
    assert_int_equal(start(f, body), 0);
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.list[0].code, FAULT_TOO_MANY_PROPERTIES);
    assert_int_equal(f->ev.property_count, 1);
}

static void unknown_members_of_a_batch_are_told_of_up_to_a_bound(void **state)
{
    struct fixture *f = *state;
    char body[400] = "{\"events\":[{}]";
    size_t len = strlen(body);

    for (char c = 'a'; c < 'a' + 20; c++)
        len += (size_t)snprintf(body + len, sizeof body - len, ",\"%c\":1", c);
    memcpy(body + len, "}", 2);
    assert_int_equal(start(f, body), 0);
    assert_int_equal(next(f), 1);
    assert_int_equal(f->faults.count, FAULTS_MAX);
    assert_int_equal(f->faults.more, 20 - FAULTS_MAX);
}

static void texts_stay_as_they_are(void **state)
{
    const struct event *ev = sound(
        *state, "{\"event\":\"<script>alert(1)</script>\",\"note\":\"'; DROP TABLE events; --\","
                "\"page\":\"/a\\u0000b\\u0007\",\"platform\":\"\\\"\\\\\\n\"}");

    assert_text(ev->name, "<script>alert(1)</script>");
    assert_text(ev->properties[0].value.text, "'; DROP TABLE events; --");
    assert_true(str_eq(ev->context[EVENT_PATH], str_of("/a\0b\a", 5)));
    assert_text(ev->context[EVENT_PLATFORM], "\"\\\n");
}

static void memory_that_is_out_is_no_fault_of_the_body(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(1024, 1024);
    int got = 1;

    for (size_t room = 0; got == 1 && room < 100; room++) { /* until there is none */
        assert_int_equal(start(f, "{\"domain\":\"a\",\"note\":\"n\",\"timezone\":-60}"), 0);
        got = page_next(f->p, small, &f->ev, &f->faults, &f->err);
    }
    assert_int_equal(got, -1);
    assert_int_equal(f->err.code, ERR_LIMIT);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_form_is_one_object),
        cmocka_unit_test(all_members_have_their_places),
        cmocka_unit_test(what_says_nothing_is_absent),
        cmocka_unit_test(a_page_is_its_path),
        cmocka_unit_test(the_host_of_a_referrer_is_its_domain),
        cmocka_unit_test(types_are_forced),
        cmocka_unit_test(a_wrong_name_is_no_page_view),
        cmocka_unit_test(other_members_are_unknown),
        cmocka_unit_test(a_list_has_an_event_each),
        cmocka_unit_test(a_batch_says_once_what_all_share),
        cmocka_unit_test(a_batch_is_known_however_it_is_written),
        cmocka_unit_test(properties_of_all_are_read_once),
        cmocka_unit_test(what_is_wrong_for_all_is_each_ones_fault),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_offset),
        cmocka_unit_test(a_body_may_be_as_deep_as_others),
        cmocka_unit_test(sizes_have_the_limits_of_all_events),
        cmocka_unit_test(what_all_share_is_bounded),
        cmocka_unit_test(what_all_share_fits_memory),
        cmocka_unit_test(many_events_take_no_more_memory_than_one),
        cmocka_unit_test(properties_are_as_many_as_elsewhere),
        cmocka_unit_test(unknown_members_of_a_batch_are_told_of_up_to_a_bound),
        cmocka_unit_test(texts_stay_as_they_are),
        cmocka_unit_test(memory_that_is_out_is_no_fault_of_the_body),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
