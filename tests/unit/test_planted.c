/* SPDX-License-Identifier: Apache-2.0 */
/* test_planted.c: values are planted wherever something must not be kept, over every way that an
 * event can take; then the payload, its JSON and the faults are searched for them. What may be kept
 * is planted too, so that a search that finds nothing at all would be noticed. */
#include "admit_fixture.h"

static const char yaml[] =
    "defaults: {owner: team@example.org, naming: resource.action}\n"
    "events:\n"
    "  - name: page.signed\n"
    "    description: A page is signed\n"
    "    trigger: When it is signed\n"
    "    kind: page\n"
    "    status: active\n"
    "    since: 2025-10-20\n"
    "    actor: user_id\n"
    "    session: visit\n"
    "    properties:\n"
    "      user_id: {type: string, privacy: pseudonym, description: Who}\n"
    "      friends: {type: array<string>, privacy: pseudonym, max_items: 3, description: Who "
    "else}\n"
    "      visit: {type: string, privacy: drop, description: Session}\n"
    "      diary: {type: string, privacy: drop, description: Diary}\n"
    "      level: {type: integer, privacy: pseudonym, max: 5, description: Level}\n"
    "      colour: {type: string, values: [red, blue], description: Colour}\n"
    "      note: {type: string, privacy: hidden, description: Note}\n";

/* Planted: SECRET and a number of its own, or these where the value must have another form. */
#define SECRET_IP "203.0.113.213"
#define SECRET_NUMBER "7423911"

struct planted {
    const char *json;
    enum verdict verdict;
    int source; /* of the fixture's */
};

static const struct planted cases[] = {
    /* accepted */
    {"{\"name\":\"page.signed\",\"actor\":\"SECRET-1\",\"session\":\"SECRET-2\","
     "\"device\":\"SECRET-3\",\"properties\":{\"user_id\":\"SECRET-4\",\"friends\":[\"SECRET-5\"],"
     "\"visit\":\"SECRET-6\",\"diary\":\"SECRET-7\",\"level\":3,\"colour\":\"red\","
     "\"note\":\"kept\"},\"context\":{\"ip\":\"" SECRET_IP "\",\"user_agent\":\"SECRET-8\","
     "\"url\":\"https://SECRET-9@kept.example.org/p#SECRET-10\","
     "\"referrer\":\"https://kept.example.org/#SECRET-11\"}}",
     VERDICT_ACCEPTED, 0},
    {"{\"name\":\"page.signed\",\"properties\":{\"user_id\":\"SECRET-1\",\"note\":\"kept\"}}",
     VERDICT_ACCEPTED, 1},
    {"{\"name\":\"page.signed\",\"properties\":{\"undeclared\":\"SECRET-1\",\"email\":\"SECRET-2\","
     "\"SECRET-3@x\":1,\"note\":\"kept\"}}",
     VERDICT_ACCEPTED, 2},
    /* Do Not Track */
    {"{\"name\":\"page.signed\",\"properties\":{\"note\":\"kept\"},\"context\":{\"dnt\":true,"
     "\"referrer\":\"https://SECRET-1/\",\"utm_source\":\"SECRET-2\",\"utm_medium\":\"SECRET-3\","
     "\"utm_campaign\":\"SECRET-4\",\"utm_content\":\"SECRET-5\",\"utm_term\":\"SECRET-6\"}}",
     VERDICT_ACCEPTED, 1},
    /* quarantined: declared, of a wrong type */
    {"{\"name\":\"page.signed\",\"actor\":\"SECRET-1\",\"properties\":{"
     "\"user_id\":" SECRET_NUMBER ",\"visit\":[\"SECRET-2\"],\"diary\":{\"a\":\"SECRET-3\"},"
     "\"level\":\"SECRET-4\",\"friends\":\"SECRET-5\",\"colour\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"page.signed\",\"properties\":{\"friends\":[\"SECRET-1\",{\"a\":\"SECRET-2\"}],"
     "\"level\":" SECRET_NUMBER ",\"colour\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"page.signed\",\"properties\":{\"friends\":[\"SECRET-1\",\"SECRET-2\","
     "\"SECRET-3\",\"SECRET-4\"],\"user_id\":\"SECRET-5\",\"colour\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    /* quarantined: undeclared, but named like what it is, on any level; and names that are data */
    {"{\"name\":\"page.signed\",\"properties\":{\"password\":\"SECRET-1\",\"user_email\":\"SECRET-"
     "2\","
     "\"accessToken\":\"SECRET-3\",\"client_ip\":\"" SECRET_IP "\",\"phone\":" SECRET_NUMBER ","
     "\"fine\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"page.signed\",\"properties\":{\"form\":{\"inner\":{\"email\":\"SECRET-1\"}},"
     "\"list\":[1,{\"password\":\"SECRET-2\"}],\"people\":{\"SECRET-3@example.org\":1},"
     "\"SECRET-4@example.org\":\"SECRET-5\",\"a b SECRET-6\":2,\"fine\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    /* quarantined: the envelope */
    {"{\"name\":\"page.signed\",\"SECRET-1 key\":\"SECRET-2\",\"users\":\"SECRET-3\","
     "\"actor\":{\"id\":\"SECRET-4\"},\"session\":[\"SECRET-5\"],\"device\":" SECRET_NUMBER ","
     "\"id\":\"SECRET-6\",\"time\":\"SECRET-7\",\"request_id\":{\"a\":\"SECRET-8\"},"
     "\"flow\":{\"id\":\"kept\",\"SECRET-9 x\":1,\"begin\":\"SECRET-10\"},"
     "\"properties\":{\"note\":\"kept\"},"
     "\"context\":{\"SECRET-11 x\":\"SECRET-12\",\"user\":\"SECRET-13\",\"dnt\":\"SECRET-14\","
     "\"status\":\"SECRET-15\",\"url\":\"SECRET-16\",\"path\":[\"SECRET-17\"]}}",
     VERDICT_QUARANTINED, 0},
    /* quarantined: an unknown event */
    {"{\"name\":\"page.unknown\",\"actor\":\"SECRET-1\",\"session\":\"SECRET-2\","
     "\"device\":\"SECRET-3\",\"properties\":{\"ssn\":\"SECRET-4\",\"thing\":\"kept\"},"
     "\"context\":{\"ip\":\"" SECRET_IP "\",\"user_agent\":\"SECRET-5\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"SECRET-1@example.org\",\"properties\":{\"thing\":\"kept\"}}", VERDICT_QUARANTINED,
     0},
    {"{\"name\":\"page.unknown\",\"properties\":{\"thing\":\"kept\",\"deep\":\"[\\\"kept\"}}",
     VERDICT_QUARANTINED, 1},
    /* quarantined: a pseudonym or dropped elsewhere in the catalogue, whatever its case and level */
    {"{\"name\":\"page.singed\",\"properties\":{\"user_id\":\"SECRET-1\",\"friends\":[\"SECRET-2\"]"
     ","
     "\"Visit\":\"SECRET-3\",\"deep\":{\"DIARY\":\"SECRET-4\"},\"thing\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"page.signed\",\"properties\":{\"USER_ID\":\"SECRET-1\","
     "\"note\":[{\"user_id\":\"SECRET-2\"}],\"colour\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    /* quarantined: names that are addresses and numbers */
    {"{\"name\":\"page.signed\",\"properties\":{\"" SECRET_IP "\":1,\"" SECRET_NUMBER "\":2,"
     "\"u" SECRET_NUMBER "11\":3,\"deep\":{\"" SECRET_IP "\":4},\"fine\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    {"{\"name\":\"page.seen." SECRET_NUMBER "11\",\"properties\":{\"thing\":\"kept\"}}",
     VERDICT_QUARANTINED, 0},
    /* fragments, wherever they are; and Do Not Track holds for the query */
    {"{\"name\":\"page.signed\",\"context\":{\"path\":\"/kept?q=SECRET-1#SECRET-2\","
     "\"query\":\"q=kept#SECRET-3\"}}",
     VERDICT_ACCEPTED, 0},
    {"{\"name\":\"page.signed\",\"context\":{\"dnt\":true,\"url\":\"https://kept.example.org/p"
     "?utm_source=SECRET-1&q=kept&UTM_medium=SECRET-2&utm%5fterm=SECRET-3\"}}",
     VERDICT_ACCEPTED, 1},
    /* refused */
    {"{\"name\":\"SECRET.name\",\"actor\":\"SECRET-1\",\"properties\":{\"SECRET-2\":\"SECRET-3\"}}",
     VERDICT_REFUSED, 1},
};

static void assert_clean(const char *where, struct str s, const struct planted *c)
{
    static const char *const planted[] = {"SECRET", "secret", SECRET_IP, SECRET_NUMBER};

    for (size_t i = 0; i < ARRAY_LEN(planted); i++)
        if (s.len && memmem(s.ptr, s.len, planted[i], strlen(planted[i])))
            fail_msg("%s of %s holds %s: %.*s", where, c->json, planted[i], STR_ARG(s));
}

/* Integers have no digits in a payload. */
static void assert_no_integer(const struct record_value *v, int64_t secret)
{
    if (v->type == RECORD_INTEGER)
        assert_true(v->integer != secret);
    for (size_t i = 0; v->type == RECORD_LIST && i < v->list.count; i++)
        assert_no_integer(v->list.items + i, secret);
}

static void search(struct fixture *f, const struct planted *c)
{
    AUTO_BUF json;

    buf_init(&json, 1 << 20);
    f->req.source = sources_at(f->sources, (size_t)c->source);
    f->req.ip = STR(SECRET_IP);
    f->req.user_agent = STR("SECRET agent " FIREFOX);
    if (admit(f, c->json) != c->verdict)
        fail_msg("%s: %s", c->json, verdict_name(f->out.verdict));
    assert_clean("the payload", buf_as_str(&f->payloads), c);
    for (size_t i = 0; i < f->faults.count; i++) {
        assert_clean("a path", f->faults.list[i].path, c);
        assert_clean("an expectation", f->faults.list[i].expected, c);
        assert_clean("a message", f->faults.list[i].message, c);
    }
    if (c->verdict == VERDICT_REFUSED)
        return;
    record_to_json(&json, &f->rec, 1, true);
    assert_clean("the JSON", buf_as_str(&json), c);
    for (size_t i = 0; i < f->rec.property_count; i++)
        assert_no_integer(&f->rec.properties[i].value, 7423911);
    if (strstr(c->json, "kept") && !memmem(json.ptr, json.len, "kept", 4))
        fail_msg("%s lost what may be kept: %.*s", c->json, STR_ARG(buf_as_str(&json)));
}

static void nothing_planted_is_found(void **state)
{
    struct fixture f;

    fixture_open(&f, yaml);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        search(&f, &cases[i]);
    fixture_close(&f);
}

/* Every truncation and damage of a body ends in an error text, which is searched too. */
static void error_texts_hold_nothing(void **state)
{
    struct native *n = native_new();
    struct arena *a = arena_new(65536, 1 << 22);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = strlen(cases[i].json);

        for (size_t cut = 1; cut < len; cut++) {
            AUTO_FREE char *body = xmalloc(cut + NATIVE_PADDING);
            struct err err = {0};
            struct faults faults;
            struct event ev;

            memcpy(body, cases[i].json, cut);
            arena_reset(a);
            native_start(n, body, cut, NATIVE_JSON);
            assert_int_equal(native_next(n, a, &ev, &faults, &err), -1);
            assert_clean("an error", str_from(err.text), &cases[i]);
        }
    }
    native_free(n);
    arena_free(a);
}

/* The quarantine keeps enough to see what was sent. */
static void the_quarantine_keeps_types_and_fine_values(void **state)
{
    const struct record_property *p;
    struct fixture f;

    fixture_open(&f, yaml);
    assert_int_equal(admit(&f, "{\"name\":\"page.signed\",\"properties\":{\"password\":\"x\","
                               "\"level\":true,\"colour\":\"green\",\"a\":[1,null,2],"
                               "\"b\":[1,\"x\"],\"c\":{\"d\":[2]},\"e\":1.5,\"f\":false,"
                               "\"g\":1e400,\"h\":[],\"note\":\"n\"}}"),
                     VERDICT_QUARANTINED);
    p = find_property(&f, "password");
    assert_true(p->hidden);
    assert_text(p->value.text, "(withheld: text)");
    assert_text(find_property(&f, "level")->value.text, "(withheld: boolean)");
    assert_text(find_property(&f, "colour")->value.text, "green");
    assert_true(find_property(&f, "colour")->hidden);
    p = find_property(&f, "a");
    assert_int_equal(p->value.list.item_type, RECORD_INTEGER);
    assert_int_equal(p->value.list.items[1].type, RECORD_NULL);
    assert_int_equal(find_property(&f, "b")->value.type, RECORD_JSON);
    assert_text(find_property(&f, "b")->value.text, "[1,\"x\"]");
    assert_text(find_property(&f, "c")->value.text, "{\"d\":[2]}");
    assert_true(find_property(&f, "e")->value.number == 1.5);
    assert_int_equal(find_property(&f, "f")->value.type, RECORD_BOOLEAN);
    assert_text(find_property(&f, "g")->value.text, "1e400");
    assert_int_equal(find_property(&f, "h")->value.type, RECORD_LIST);
    assert_text(find_property(&f, "note")->value.text, "n");
    assert_true(f.rec.faults->count > 5);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_planted_is_found),
        cmocka_unit_test(error_texts_hold_nothing),
        cmocka_unit_test(the_quarantine_keeps_types_and_fine_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
