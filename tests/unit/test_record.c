/* SPDX-License-Identifier: Apache-2.0 */
/* test_record.c: payloads come back as they went in, and nothing else is taken for one. */
#include "unit.h"

#include <math.h>
#include <yyjson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "event/record.h"

static int make_arena(void **state)
{
    *state = arena_new(16384, 1 << 20);
    return 0;
}

static int drop_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static struct record minimal(void)
{
    return (struct record){.name = STR("page.viewed"), .source = STR("website"), .time_us = 1};
}

static void assert_text(struct str got, struct str want)
{
    assert_int_equal(got.ptr == NULL, want.ptr == NULL);
    assert_int_equal(got.len, want.len);
    if (want.len)
        assert_memory_equal(got.ptr, want.ptr, want.len);
}

static void assert_value(const struct record_value *got, const struct record_value *want)
{
    assert_int_equal(got->type, want->type);
    switch (want->type) {
    case RECORD_NULL: return;
    case RECORD_TEXT:
    case RECORD_JSON: assert_text(got->text, want->text); return;
    case RECORD_INTEGER:
    case RECORD_DATETIME: assert_int_equal(got->integer, want->integer); return;
    case RECORD_NUMBER: assert_memory_equal(&got->number, &want->number, 8); return;
    case RECORD_BOOLEAN: assert_int_equal(got->boolean, want->boolean); return;
    case RECORD_UUID:
    case RECORD_PSEUDONYM: assert_memory_equal(got->bytes, want->bytes, 16); return;
    case RECORD_LIST: break;
    }
    assert_int_equal(got->list.item_type, want->list.item_type);
    assert_int_equal(got->list.count, want->list.count);
    for (size_t i = 0; i < want->list.count; i++)
        assert_value(got->list.items + i, want->list.items + i);
}

static struct record round_trip(const struct record *rec, struct buf *b, struct arena *a)
{
    struct record got;
    struct err err;

    record_encode(b, rec);
    assert_false(buf_failed(b));
    assert_int_equal(record_decode(&got, buf_as_str(b), a, &err), 0);
    return got;
}

static void round_trip_value(struct record_value v, struct arena *a)
{
    struct record_property p = {.name = STR("p"), .hidden = true, .value = v};
    struct record rec = minimal(), got;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    rec.properties = &p;
    rec.property_count = 1;
    got = round_trip(&rec, &b, a);
    assert_int_equal(got.property_count, 1);
    assert_true(got.properties[0].hidden);
    assert_text(got.properties[0].name, p.name);
    assert_value(&got.properties[0].value, &v);
}

static void every_type_of_value_comes_back(void **state)
{
    static const int64_t integers[] = {0, 1, -1, 63, 64, -64, -65, INT64_MAX, INT64_MIN};
    static const double numbers[] = {0.0, -0.0, 0.1, 1e308, -5e-324, INFINITY};

    round_trip_value((struct record_value){.type = RECORD_NULL}, *state);
    round_trip_value((struct record_value){.type = RECORD_TEXT, .text = STR("")}, *state);
    round_trip_value((struct record_value){.type = RECORD_TEXT, .text = STR("a\0b\0")}, *state);
    round_trip_value((struct record_value){.type = RECORD_JSON, .text = STR("{\"a\":1}")}, *state);
    round_trip_value((struct record_value){.type = RECORD_BOOLEAN, .boolean = true}, *state);
    round_trip_value((struct record_value){.type = RECORD_BOOLEAN, .boolean = false}, *state);
    round_trip_value((struct record_value){.type = RECORD_UUID, .bytes = {1, 0, 255}}, *state);
    round_trip_value((struct record_value){.type = RECORD_PSEUDONYM, .bytes = {9}}, *state);
    for (size_t i = 0; i < ARRAY_LEN(integers); i++) {
        round_trip_value((struct record_value){.type = RECORD_INTEGER, .integer = integers[i]},
                         *state);
        round_trip_value((struct record_value){.type = RECORD_DATETIME, .integer = integers[i]},
                         *state);
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        round_trip_value((struct record_value){.type = RECORD_NUMBER, .number = numbers[i]},
                         *state);
}

static void lists_come_back_with_their_nulls(void **state)
{
    struct record_value texts[] = {{.type = RECORD_TEXT, .text = STR("one")},
                                   {.type = RECORD_NULL},
                                   {.type = RECORD_TEXT, .text = STR("")}};
    struct record_value v = {.type = RECORD_LIST};

    v.list.item_type = RECORD_INTEGER;
    round_trip_value(v, *state);
    v.list.item_type = RECORD_TEXT;
    v.list.items = texts;
    v.list.count = 3;
    round_trip_value(v, *state);
}

static void long_texts_come_back(void **state)
{
    static const size_t lens[] = {127, 128, 16383, 16384, 131072};

    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        AUTO_FREE char *text = xmalloc(lens[i]);

        memset(text, 'x', lens[i]);
        round_trip_value((struct record_value){.type = RECORD_TEXT, .text = str_of(text, lens[i])},
                         *state);
    }
}

static struct record full(void)
{
    struct record rec = minimal();

    rec.flags = RECORD_HAS_ACTOR | RECORD_HAS_SESSION | RECORD_HAS_DEVICE | RECORD_HAS_VISITOR |
                RECORD_HAS_FLOW | RECORD_HAS_SEQUENCE | RECORD_BOT | RECORD_TIME_FROM_RECEIPT |
                RECORD_DO_NOT_TRACK;
    rec.status = 404;
    memset(&rec.id, 0xA1, sizeof rec.id);
    rec.time_us = -5;
    rec.sequence = -77;
    memset(&rec.actor, 0xA2, sizeof rec.actor);
    memset(&rec.session, 0xA3, sizeof rec.session);
    memset(&rec.device, 0xA4, sizeof rec.device);
    memset(&rec.visitor, 0xA5, sizeof rec.visitor);
    rec.session_epoch = 20779;
    rec.visitor_epoch = 20780;
    rec.request_id = STR("r-1");
    rec.flow_id = STR("f-1");
    rec.carried = STR("\1bytes\0");
    rec.flow_time_ms = 1234567;
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        rec.context[i] = event_context_name(i);
    rec.context[EVENT_TITLE] = STR("");
    rec.keep_ip_until_us = INT64_C(1795323600000000);
    rec.keep_user_agent_until_us = 1;
    rec.ua_browser = STR("Firefox");
    rec.ua_version = STR("128.0");
    rec.ua_os = STR("Linux");
    rec.country = STR("CH");
    return rec;
}

static void every_field_comes_back(void **state)
{
    struct record rec = full(), got;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    got = round_trip(&rec, &b, *state);
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        assert_text(got.context[i], rec.context[i]);
    assert_text(got.name, rec.name);
    assert_text(got.source, rec.source);
    assert_text(got.request_id, rec.request_id);
    assert_text(got.flow_id, rec.flow_id);
    assert_text(got.carried, rec.carried);
    assert_text(got.ua_browser, rec.ua_browser);
    assert_text(got.ua_version, rec.ua_version);
    assert_text(got.ua_os, rec.ua_os);
    assert_text(got.country, rec.country);
    assert_int_equal(got.flags, rec.flags);
    assert_int_equal(got.status, 404);
    assert_int_equal(got.time_us, -5);
    assert_int_equal(got.received_us, 0);
    assert_int_equal(got.sequence, -77);
    assert_int_equal(got.session_epoch, 20779);
    assert_int_equal(got.visitor_epoch, 20780);
    assert_int_equal(got.flow_time_ms, 1234567);
    assert_int_equal(got.keep_ip_until_us, rec.keep_ip_until_us);
    assert_int_equal(got.keep_user_agent_until_us, 1);
    assert_memory_equal(&got.id, &rec.id, sizeof rec.id);
    assert_memory_equal(&got.actor, &rec.actor, sizeof rec.actor);
    assert_memory_equal(&got.session, &rec.session, sizeof rec.session);
    assert_memory_equal(&got.device, &rec.device, sizeof rec.device);
    assert_memory_equal(&got.visitor, &rec.visitor, sizeof rec.visitor);
}

static void absent_is_not_empty(void **state)
{
    struct record rec = minimal(), got;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    rec.request_id = STR("");
    rec.context[EVENT_PATH] = STR("");
    got = round_trip(&rec, &b, *state);
    assert_text(got.request_id, STR(""));
    assert_text(got.context[EVENT_PATH], STR(""));
    assert_text(got.context[EVENT_QUERY], STR_NONE);
    assert_text(got.country, STR_NONE);
}

static struct faults two_faults(void)
{
    struct faults f = {.count = 2, .more = 3};

    f.list[0] = (struct fault){FAULT_WRONG_TYPE, STR("/properties/seats"), STR("integer"),
                               STR("This is text.")};
    f.list[1] = (struct fault){FAULT_UNKNOWN_EVENT, STR(""), STR(""), STR("No such event.")};
    return f;
}

static void faults_come_back(void **state)
{
    struct faults f = two_faults();
    struct record rec = minimal(), got;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    rec.flags = RECORD_QUARANTINED;
    rec.faults = &f;
    got = round_trip(&rec, &b, *state);
    assert_int_equal(got.faults->count, 2);
    assert_int_equal(got.faults->more, 3);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(got.faults->list[i].code, f.list[i].code);
        assert_text(got.faults->list[i].path, f.list[i].path);
        assert_text(got.faults->list[i].expected, f.list[i].expected);
        assert_text(got.faults->list[i].message, f.list[i].message);
    }
}

static void id_and_source_are_found_alone(void **state)
{
    struct record rec = full();
    struct str source;
    struct uuid id;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    record_encode(&b, &rec);
    assert_int_equal(record_decode_key(buf_as_str(&b), &id, &source), 0);
    assert_memory_equal(&id, &rec.id, sizeof id);
    assert_text(source, rec.source);
    for (size_t i = 0; i < 17 + 1 + rec.source.len; i++)
        assert_int_equal(record_decode_key(str_of(b.ptr, i), &id, &source), -1);
    b.ptr[0] = 2;
    assert_int_equal(record_decode_key(buf_as_str(&b), &id, &source), -1);
}

static void what_is_carried_is_found_alone(void **state)
{
    struct record rec = minimal();
    struct str flow, carried;
    AUTO_BUF b;

    buf_init(&b, 4096);
    record_encode(&b, &rec);
    assert_int_equal(record_decode_carried(buf_as_str(&b), &flow, &carried), 0);
    assert_true(!flow.ptr && !carried.ptr);
    buf_reset(&b, 4096);
    rec = full();
    record_encode(&b, &rec);
    assert_int_equal(record_decode_carried(buf_as_str(&b), &flow, &carried), 0);
    assert_text(flow, rec.flow_id);
    assert_text(carried, rec.carried);
    for (size_t i = 0; i < 100; i++) {
        AUTO_FREE char *cut = xmemdup(b.ptr, i);

        assert_int_equal(record_decode_carried(str_of(cut, i), &flow, &carried), -1);
    }
}

static void a_cut_record_is_refused_at_every_length(void **state)
{
    struct record_property props[] = {
        {.name = STR("a"), .value = {.type = RECORD_TEXT, .text = STR("text")}},
        {.name = STR("b"), .value = {.type = RECORD_NUMBER, .number = 2.5}}};
    struct faults f = two_faults();
    struct record rec = full(), got;
    struct err err;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    rec.flags |= RECORD_QUARANTINED;
    rec.faults = &f;
    rec.properties = props;
    rec.property_count = 2;
    record_encode(&b, &rec);
    for (size_t i = 0; i < b.len; i++) {
        AUTO_FREE char *cut = xmemdup(b.ptr, i);

        arena_reset(*state);
        assert_int_equal(record_decode(&got, str_of(cut, i), *state, &err), -1);
        assert_int_equal(err.code, ERR_CORRUPT);
    }
    /* What a later version puts behind the end is left alone. */
    buf_append(&b, "later", 5);
    assert_int_equal(record_decode(&got, buf_as_str(&b), *state, &err), 0);
}

/* A record of the format's fixed part and these bytes. */
static int decode_with(const char *fields, size_t len, struct record *out, struct arena *a)
{
    AUTO_BUF b;
    struct err err;
    int rc;

    buf_init(&b, 1 << 20);
    buf_append(&b, "\1----------------\1s\0--------\1n", 30);
    buf_append(&b, fields, len);
    arena_reset(a);
    rc = record_decode(out, buf_as_str(&b), a, &err);
    if (rc < 0)
        assert_int_equal(err.code, ERR_CORRUPT);
    return rc;
}

static void unknown_fields_are_skipped_by_their_form(void **state)
{
    static const char fields[] = "\x40\x05" /* 16, varint */
                                 "\xA5\x03\xFF\xFF\xFF" /* 41, text */
                                 "\xAA"
                                 "0123456789abcdef" /* 42, sixteen bytes */
                                 "\xAF"
                                 "01234567" /* 43, eight bytes */
                                 "\0\0";
    struct record got;

    assert_int_equal(decode_with(fields + 2, sizeof fields - 3, &got, *state), 0);
    assert_text(got.name, STR("n"));
    /* 16 is known, and not as a varint. */
    assert_int_equal(decode_with(fields, sizeof fields - 1, &got, *state), -1);
}

static void what_the_format_rejects_is_corrupt(void **state)
{
#define BAD(bytes)                                                                                 \
    {                                                                                              \
        bytes, sizeof(bytes) - 1                                                                   \
    }
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        BAD("\x04\x01\x04\x01\0\0"), /* a field twice */
        BAD("\x25\x01x\x04\x01\0\0"), /* fields out of order */
        BAD("\x0E"
            "0123456789abcdef\0\0"), /* an actor without its flag */
        BAD("\x04\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0\0"), /* eleven bytes */
        BAD("\x04\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02\0\0"), /* over 64 bits */
        BAD("\x04\x81\x00\0\0"), /* longer than it needs */
        BAD("\x04\xFF\xFF\x7F\0\0"), /* a status over its type */
        BAD("\0\x01\x0A\x01p\0"), /* an unknown type */
        BAD("\0\x01\x04\x01p\2"), /* a boolean of 2 */
        BAD("\0\x7F\x00\0"), /* more properties than bytes */
        BAD("\0\x01\x08\x01p\x08\x01\x08"), /* a list of lists */
        BAD("\0\x01\x08\x01p\x08\0"), /* the same, empty */
        BAD("\0\x01\x08\x01p\x0A\0"), /* an empty list of an unknown type */
        BAD("\0\x01\x08\x01p\x02\x01\x01\x01x"), /* a text in a list of integers */
        BAD("\0\x01\x08\x01p\x02\xFF\xFF\xFF\xFF\x0F"), /* a list longer than all */
    };
    struct record got;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(decode_with(bad[i].bytes, bad[i].len, &got, *state), -1);
    assert_int_equal(decode_with("\0\0", 2, &got, *state), 0);
}

static void a_full_arena_is_told_apart_from_damage(void **state)
{
    struct record_property props[100];
    struct arena *small = arena_new(64, 64);
    struct record rec = minimal(), got;
    struct err err;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(props); i++)
        props[i] = (struct record_property){.name = STR("x"), .value = {.type = RECORD_NULL}};
    rec.properties = props;
    rec.property_count = ARRAY_LEN(props);
    record_encode(&b, &rec);
    assert_int_equal(record_decode(&got, buf_as_str(&b), small, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    arena_free(small);
}

static void a_full_buf_takes_nothing(void **state)
{
    struct record rec = minimal();
    AUTO_BUF b;

    buf_init(&b, 64);
    record_encode(&b, &rec);
    assert_true(buf_failed(&b));
    assert_int_equal(b.len, 0);
}

static struct str as_json(const struct record *rec, struct buf *b, bool show_hidden)
{
    buf_reset(b, 1 << 20);
    record_to_json(b, rec, 42, show_hidden);
    assert_false(buf_failed(b));
    return buf_as_str(b);
}

static void json_has_the_columns_names(void **state)
{
    struct record_property p = {.name = STR("seats"), .value = {.type = RECORD_INTEGER}};
    struct record rec = minimal();
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    p.value.integer = 7;
    rec.properties = &p;
    rec.property_count = 1;
    rec.flags = RECORD_HAS_ACTOR;
    assert_text(as_json(&rec, &b, false),
                STR("{\"position\":42,\"id\":\"00000000-0000-0000-0000-000000000000\","
                    "\"name\":\"page.viewed\",\"source\":\"website\","
                    "\"time\":\"1970-01-01T00:00:00.000001Z\","
                    "\"actor\":\"00000000000000000000000000000000\","
                    "\"properties\":{\"seats\":7}}\n"));
}

static void json_hides_what_is_hidden(void **state)
{
    struct record_property p = {.name = STR("note"), .hidden = true};
    struct record rec = full();
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    p.value = (struct record_value){.type = RECORD_TEXT, .text = STR("planted")};
    rec.properties = &p;
    rec.property_count = 1;
    rec.context[EVENT_IP] = STR("planted");
    rec.context[EVENT_USER_AGENT] = STR("planted");
    as_json(&rec, &b, false);
    assert_null(memmem(b.ptr, b.len, "planted", 7));
    assert_non_null(memmem(b.ptr, b.len, "\"note\":\"(hidden)\"", 17));
    as_json(&rec, &b, true);
    assert_non_null(memmem(b.ptr, b.len, "\"note\":\"planted\"", 16));
}

static void json_is_one_line_of_json_for_odd_values(void **state)
{
    struct record_value items[] = {{.type = RECORD_NUMBER, .number = 0.1},
                                   {.type = RECORD_NUMBER, .number = NAN},
                                   {.type = RECORD_NULL}};
    struct record_property p[] = {
        {.name = STR("json"), .value = {.type = RECORD_JSON, .text = STR("{\n\"a\" : 1e400}")}},
        {.name = STR("not json"), .value = {.type = RECORD_JSON, .text = STR("{\n")}},
        {.name = STR("far"), .value = {.type = RECORD_DATETIME, .integer = INT64_MAX}},
        {.name = STR("when"), .value = {.type = RECORD_DATETIME, .integer = 0}},
        {.name = STR("list"), .value = {.type = RECORD_LIST}},
        {.name = STR("u\0"), .value = {.type = RECORD_UUID}},
        {.name = STR("b"), .value = {.type = RECORD_BOOLEAN, .boolean = true}},
        {.name = STR("bytes"), .value = {.type = RECORD_TEXT, .text = STR("\xFF\n\0")}}};
    struct faults f = two_faults();
    struct record rec = full();
    yyjson_doc *doc;
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    p[4].value.list.items = items;
    p[4].value.list.count = 3;
    p[4].value.list.item_type = RECORD_NUMBER;
    rec.properties = p;
    rec.property_count = ARRAY_LEN(p);
    rec.time_us = INT64_MIN;
    rec.received_us = 1;
    rec.flags |= RECORD_QUARANTINED;
    rec.faults = &f;
    as_json(&rec, &b, true);
    assert_ptr_equal(memchr(b.ptr, '\n', b.len), b.ptr + b.len - 1);
    assert_non_null(memmem(b.ptr, b.len, "\"json\":{\"a\":1e400}", 18));
    assert_non_null(memmem(b.ptr, b.len, "\"list\":[0.1,null,null]", 22));
    assert_non_null(memmem(b.ptr, b.len, "\"more_errors\":3", 15));
    doc = yyjson_read(b.ptr, b.len, YYJSON_READ_BIGNUM_AS_RAW);
    assert_non_null(doc);
    yyjson_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_value_comes_back),
        cmocka_unit_test(lists_come_back_with_their_nulls),
        cmocka_unit_test(long_texts_come_back),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(faults_come_back),
        cmocka_unit_test(id_and_source_are_found_alone),
        cmocka_unit_test(what_is_carried_is_found_alone),
        cmocka_unit_test(a_cut_record_is_refused_at_every_length),
        cmocka_unit_test(unknown_fields_are_skipped_by_their_form),
        cmocka_unit_test(what_the_format_rejects_is_corrupt),
        cmocka_unit_test(a_full_arena_is_told_apart_from_damage),
        cmocka_unit_test(a_full_buf_takes_nothing),
        cmocka_unit_test(json_has_the_columns_names),
        cmocka_unit_test(json_hides_what_is_hidden),
        cmocka_unit_test(json_is_one_line_of_json_for_odd_values),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
