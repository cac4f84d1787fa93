/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of content servers' pages, from the files of tests/cases/content/, and what the ids of their
 * events are made of.
 *
 * NAME.json: {"batch": a sound one, "received": ms, "cases": [...]}; each case is the batch with a
 * "patch" (RFC 7386) and texts to "fill" ({key: [text, times]}), or a "body" of its own, read with or
 * without "do_not_track", and has either an "error" {key, message} or "events": all of them in order,
 * each with some of what it came to, or what it was told apart as. */
#include "unit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "wire/content.h"

#define SECOND INT64_C(1000000)
#define EXPIRY (7200 * SECOND)

struct fixture {
    struct content *c;
    char *body;
    struct event ev;
    struct faults faults;
    struct content_wrong wrong;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    f->c = content_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    content_free(f->c);
    free(f->body);
    free(f);
    return 0;
}

static const struct content_from sound = {.source = STR("pages"),
                                          .received_us = INT64_C(1485182874500) * 1000,
                                          .expiry_us = EXPIRY,
                                          .ip = STR("192.0.2.1"),
                                          .user_agent = STR("agent")};

/* The body gets exactly its padding, so that ASan sees any reading past it. */
static int start(struct fixture *f, struct str body, const struct content_from *from)
{
    free(f->body);
    f->body = xmalloc(body.len + CONTENT_PADDING);
    if (body.len)
        memcpy(f->body, body.ptr, body.len);
    f->err.code = ERR_NONE;
    return content_start(f->c, f->body, body.len, from, &f->wrong, &f->err);
}

static void put_text(struct buf *out, const char *key, struct str s)
{
    if (!s.ptr)
        return;
    buf_printf(out, "\"%s\":", key);
    buf_json(out, s);
    buf_char(out, ',');
}

static void put_properties(struct buf *out, const struct event *ev)
{
    buf_str(out, STR("\"properties\":{"));
    for (size_t i = 0; i < ev->property_count; i++) {
        const struct event_property *p = &ev->properties[i];

        assert_true(p->value.kind == EVENT_TEXT || p->value.kind == EVENT_INTEGER);
        buf_printf(out, "%s\"%.*s\":", i ? "," : "", STR_ARG(p->name));
        if (p->value.kind == EVENT_TEXT)
            buf_json(out, p->value.text);
        else
            buf_i64(out, p->value.integer);
    }
    buf_str(out, STR("},\"context\":{"));
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        if (i != EVENT_IP && i != EVENT_USER_AGENT)
            put_text(out, event_context_name((enum event_context)i).ptr, ev->context[i]);
    buf_str(out, STR("\"\":0},"));
}

/* What there is of an event; the keys "" only end their objects. */
static void put_event(struct buf *out, const struct event *ev, const struct faults *faults)
{
    char id[UUID_TEXT_LEN];

    assert_true(ev->has_id && ev->if_declared && !ev->has_sent_at);
    assert_true(str_is(ev->context[EVENT_IP], "192.0.2.1") &&
                str_is(ev->context[EVENT_USER_AGENT], "agent"));
    uuid_format(id, &ev->id);
    buf_char(out, '{');
    put_text(out, "name", ev->name);
    put_text(out, "id", str_of(id, sizeof id));
    put_text(out, "actor", ev->actor);
    put_text(out, "device", ev->device);
    put_text(out, "flow", ev->has_flow ? ev->flow_id : STR_NONE);
    if (ev->has_flow)
        buf_printf(out, "\"begin\":%lld,", (long long)(ev->flow_begin_us / 1000));
    if (ev->has_time)
        buf_printf(out, "\"time\":%lld,", (long long)(ev->time_us / 1000));
    if (ev->has_flow_time)
        buf_printf(out, "\"flow_time\":%lld,", (long long)ev->flow_time_ms);
    put_properties(out, ev);
    buf_str(out, STR("\"errors\":["));
    for (size_t i = 0; i < faults->count; i++) {
        buf_printf(out, "%s\"%s ", i ? "," : "", fault_code_name(faults->list[i].code));
        buf_printf(out, "%.*s\"", STR_ARG(faults->list[i].path));
    }
    buf_str(out, STR("]}"));
}

static void put_events(struct fixture *f, struct buf *out)
{
    const char *comma = "";
    int got;

    buf_char(out, '[');
    while ((got = content_next(f->c, &f->ev, &f->faults, &f->err)) > 0) {
        buf_str(out, str_from(comma));
        comma = ",";
        if (got == CONTENT_EVENT)
            put_event(out, &f->ev, &f->faults);
        else
            buf_printf(out, "{\"not\":\"%s\"}", got == CONTENT_NO_FLOW ? "no_flow" : "not_of_flow");
    }
    assert_int_equal(got, CONTENT_END);
    assert_int_equal(content_next(f->c, &f->ev, &f->faults, &f->err), CONTENT_END);
    buf_char(out, ']');
}

/* Of a list every item, of an object at least the wanted keys; null: the key is not there. */
static bool fits(yyjson_val *got, yyjson_val *wanted)
{
    yyjson_val *key, *value;
    size_t i, max;

    if (yyjson_is_null(wanted))
        return !got;
    if (yyjson_is_arr(wanted)) {
        bool good = yyjson_arr_size(got) == yyjson_arr_size(wanted);

        yyjson_arr_foreach(wanted, i, max, value) good =
            good && fits(yyjson_arr_get(got, i), value);
        return good;
    }
    if (!yyjson_is_obj(wanted))
        return yyjson_equals(got, wanted);
    yyjson_obj_foreach(
        wanted, i, max, key,
        value) if (!fits(yyjson_obj_get(got, yyjson_get_str(key)), value)) return false;
    return true;
}

/* The case's body; the caller owns it. */
static char *body_of(yyjson_val *batch, yyjson_val *one, size_t *len)
{
    yyjson_val *body = yyjson_obj_get(one, "body"), *patch = yyjson_obj_get(one, "patch");
    yyjson_val *fill = yyjson_obj_get(one, "fill"), *key, *value;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root;
    size_t i, max;
    char *text;

    if (body) {
        yyjson_mut_doc_free(doc);
        *len = yyjson_get_len(body);
        return xmemdup(yyjson_get_str(body), *len);
    }
    root = patch ? yyjson_merge_patch(doc, batch, patch) : yyjson_val_mut_copy(doc, batch);
    if (fill)
        yyjson_obj_foreach(fill, i, max, key, value)
        {
            const char *part = yyjson_get_str(yyjson_arr_get(value, 0));
            struct buf all;

            buf_init(&all, 1 << 20);
            for (uint64_t n = yyjson_get_uint(yyjson_arr_get(value, 1)); n > 0; n--)
                buf_str(&all, str_from(part));
            yyjson_mut_obj_put(root, yyjson_mut_strcpy(doc, yyjson_get_str(key)),
                               yyjson_mut_strncpy(doc, all.ptr ? all.ptr : "", all.len));
            buf_free(&all);
        }
    yyjson_mut_doc_set_root(doc, root);
    text = yyjson_mut_write(doc, 0, len);
    assert_non_null(text);
    yyjson_mut_doc_free(doc);
    return text;
}

static void check_one(struct fixture *f, yyjson_val *root, yyjson_val *one, const char *where)
{
    yyjson_val *error = yyjson_obj_get(one, "error"), *events = yyjson_obj_get(one, "events");
    yyjson_val *received = yyjson_obj_get(one, "received");
    struct content_from from = sound;
    AUTO_BUF out;
    yyjson_doc *got;
    size_t len;
    char *text = body_of(yyjson_obj_get(root, "batch"), one, &len);
    int rc;

    from.do_not_track = yyjson_get_bool(yyjson_obj_get(one, "do_not_track"));
    if (!received)
        received = yyjson_obj_get(root, "received");
    from.received_us = yyjson_get_sint(received) * 1000;
    assert_true(!error != !events);
    buf_init(&out, 1 << 20);
    rc = start(f, str_of(text, len), &from);
    free(text);
    if (rc < 0) {
        buf_str(&out, STR("{\"key\":"));
        buf_json(&out, str_from(f->wrong.key));
        buf_str(&out, STR(",\"message\":"));
        buf_json(&out, str_from(f->wrong.message));
        buf_char(&out, '}');
        assert_true(f->err.code == ERR_USAGE || f->err.code == ERR_PARSE);
        assert_int_equal(content_next(f->c, &f->ev, &f->faults, &f->err), CONTENT_END);
    } else {
        put_events(f, &out);
    }
    got = yyjson_read(out.ptr, out.len, 0);
    assert_non_null(got);
    if (!fits(yyjson_doc_get_root(got), rc < 0 ? error : events) || (rc < 0) != (error != NULL))
        fail_msg("%s: got %.*s", where, (int)out.len, out.ptr);
    yyjson_doc_free(got);
}

static void run_file(struct fixture *f, const char *path)
{
    struct err err;
    struct str bytes;
    yyjson_doc *doc;
    yyjson_val *one;
    size_t i, max;

    if (io_read_file(io_system(), path, 1 << 20, &bytes, &err) < 0)
        fail_msg("%s", err.text);
    doc = yyjson_read((char *)bytes.ptr, bytes.len, 0);
    if (!doc)
        fail_msg("%s is not JSON", path);
    assert_true(yyjson_arr_size(yyjson_obj_get(yyjson_doc_get_root(doc), "cases")) > 0);
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"), i, max, one)
    {
        AUTO_FREE char *where = xasprintf("%s, case %zu", path, i);

        check_one(f, yyjson_doc_get_root(doc), one, where);
    }
    yyjson_doc_free(doc);
    free((char *)bytes.ptr);
}

static void each_case_comes_to_what_its_file_says(void **state)
{
    static const char dir[] = "tests/cases/content";
    DIR *d = opendir(dir);
    struct dirent *e;
    size_t files = 0;

    assert_non_null(d);
    while ((e = readdir(d))) {
        AUTO_FREE char *path = xasprintf("%s/%s", dir, e->d_name);

        if (!str_ends(str_from(e->d_name), STR(".json")))
            continue;
        run_file(*state, path);
        files++;
    }
    closedir(d);
    assert_true(files > 0);
}

#define REST                                                                                       \
    "\"broker\":\"b\",\"context\":\"c\",\"duration\":0,\"experiments\":[],\"isSampledUser\":true," \
    "\"lang\":\"en\",\"marketing\":[],\"migration\":\"none\",\"referrer\":\"none\",\"screen\":{"   \
    "\"clientHeight\":1,\"clientWidth\":1,\"devicePixelRatio\":1.5,\"height\":2,\"width\":3},"     \
    "\"service\":\"sync\",\"utm_campaign\":\"none\",\"utm_content\":\"none\","                     \
    "\"utm_medium\":\"none\",\"utm_source\":\"none\",\"utm_term\":\"none\","
#define USER "\"uniqueUserId\":\"e7531820-c65a-48f5-a178-1743dd9d721d\","
#define FLOW                                                                                       \
    "\"flowId\":\"3722eb21d311f11cc04b4c9c52da0a611a46d41e92d78285a9b5b597925ab45e\","             \
    "\"flowBeginTime\":1485182859530,"
#define CLOCKS "\"startTime\":1485182859525,\"flushTime\":1485182874368,"

/* The ids of a batch's events. */
static size_t ids_of(struct fixture *f, const char *batch, const struct content_from *from,
                     struct uuid *ids, size_t most)
{
    size_t n = 0;

    if (start(f, str_from(batch), from) < 0)
        fail_msg("%s", f->wrong.message);
    while (content_next(f->c, &f->ev, &f->faults, &f->err) > 0) {
        assert_true(n < most);
        assert_int_equal(f->ev.id.b[6] >> 4, 8);
        assert_int_equal(f->ev.id.b[8] >> 6, 2);
        ids[n++] = f->ev.id;
    }
    return n;
}

static bool same(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void an_event_has_the_same_id_in_every_batch_that_holds_it(void **state)
{
    static const char first[] =
        "{" REST USER FLOW CLOCKS "\"events\":[{\"type\":\"flow.begin\",\"offset\":1},"
        "{\"type\":\"flow.a.engage\",\"offset\":2},{\"type\":\"flow.a.engage\",\"offset\":2}]}";
    /* Later, by another clock, with more; some of the same in another order. */
    static const char second[] =
        "{" REST USER FLOW "\"startTime\":1485182859525,\"flushTime\":1485182999999,\"events\":["
        "{\"type\":\"flow.a.engage\",\"offset\":3},{\"type\":\"flow.a.engage\",\"offset\":2},"
        "{\"type\":\"flow.begin\",\"offset\":1},{\"type\":\"flow.a.engage\",\"offset\":2},"
        "{\"type\":\"flow.a.engage\",\"offset\":2}]}";
    struct content_from later = sound;
    struct uuid a[3], b[5];

    later.received_us += 200 * SECOND;
    assert_int_equal(ids_of(*state, first, &sound, a, 3), 3);
    assert_int_equal(ids_of(*state, second, &later, b, 5), 5);
    assert_true(same(&a[0], &b[2]) && same(&a[1], &b[1]) && same(&a[2], &b[3]));
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(same(&b[i], &b[k]));
}

static void what_tells_events_apart_is_in_their_ids(void **state)
{
    static const char *const others[] = {
        "{" REST USER FLOW CLOCKS "\"events\":[{\"type\":\"flow.a.engage\",\"offset\":2}]}",
        "{" REST USER FLOW CLOCKS "\"events\":[{\"type\":\"flow.a.engage\",\"offset\":3}]}",
        "{" REST USER FLOW CLOCKS "\"events\":[{\"type\":\"flow.a.submit\",\"offset\":2}]}",
        "{" REST USER FLOW "\"startTime\":1485182859526,\"flushTime\":1485182874368,"
        "\"events\":[{\"type\":\"flow.a.engage\",\"offset\":2}]}",
        "{" REST USER
        "\"flowId\":\"4722eb21d311f11cc04b4c9c52da0a611a46d41e92d78285a9b5b597925ab45e\","
        "\"flowBeginTime\":1485182859530," CLOCKS
        "\"events\":[{\"type\":\"flow.a.engage\",\"offset\":2}]}",
    };
    struct content_from elsewhere = sound;
    struct uuid ids[ARRAY_LEN(others) + 1];

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_int_equal(ids_of(*state, others[i], &sound, &ids[i], 1), 1);
    elsewhere.source = STR("page");
    assert_int_equal(ids_of(*state, others[0], &elsewhere, &ids[ARRAY_LEN(others)], 1), 1);
    for (size_t i = 0; i <= ARRAY_LEN(others); i++)
        for (size_t k = 0; k < i; k++)
            assert_false(same(&ids[i], &ids[k]));
}

static void equal_events_of_a_large_batch_have_ids_of_their_own(void **state)
{
    enum { COUNT = 10000 };
    struct fixture *f = *state;
    struct uuid *ids = xcalloc(COUNT, sizeof *ids), *again = xcalloc(COUNT, sizeof *again);
    struct buf body;

    buf_init(&body, CONTENT_BYTES_MAX);
    buf_str(&body, STR("{" REST USER FLOW CLOCKS "\"events\":["));
    for (int i = 0; i < COUNT; i++)
        buf_printf(&body, "%s{\"type\":\"flow.a.engage\",\"offset\":%d}", i ? "," : "", i / 100);
    buf_str(&body, STR("]}"));
    buf_char(&body, '\0');
    assert_false(buf_failed(&body));
    assert_int_equal(ids_of(f, body.ptr, &sound, ids, COUNT), COUNT);
    assert_int_equal(content_events(f->c), COUNT);
    assert_int_equal(ids_of(f, body.ptr, &sound, again, COUNT), COUNT);
    assert_memory_equal(ids, again, COUNT * sizeof *ids);
    for (int i = 1; i < COUNT; i++)
        assert_false(same(&ids[i], &ids[i - 1]));
    buf_free(&body);
    free(ids);
    free(again);
}

static void a_wrong_batch_tells_how_many_events_it_lists(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(start(f, STR("{\"events\":[{},{},3]}"), &sound), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
    assert_int_equal(content_events(f->c), 3);
    assert_int_equal(start(f, STR("{\"events\":[{},{},3]"), &sound), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    assert_int_equal(content_events(f->c), 0);
    assert_string_equal(f->wrong.key, "broker");
    assert_int_equal(start(f, STR(""), &sound), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    assert_int_equal(start(f, STR("[1]"), &sound), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
}

static void a_batch_of_nothing_but_brackets_takes_bounded_memory(void **state)
{
    struct fixture *f = *state;
    struct buf body;

    buf_init(&body, CONTENT_BYTES_MAX);
    for (int i = 0; i < CONTENT_BYTES_MAX / 2 - 1; i++)
        buf_str(&body, STR("[,"));
    assert_int_equal(start(f, buf_as_str(&body), &sound), -1);
    assert_int_equal(f->err.code, ERR_PARSE);
    body.len = 0;
    buf_str(&body, STR("{\"timers\":["));
    while (body.len < CONTENT_BYTES_MAX - 4)
        buf_str(&body, STR("0,"));
    buf_str(&body, STR("0]}"));
    assert_int_equal(start(f, buf_as_str(&body), &sound), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
    assert_string_equal(f->wrong.key, "timers");
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_case_comes_to_what_its_file_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_event_has_the_same_id_in_every_batch_that_holds_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_tells_events_apart_is_in_their_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_events_of_a_large_batch_have_ids_of_their_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_batch_tells_how_many_events_it_lists, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_batch_of_nothing_but_brackets_takes_bounded_memory,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
