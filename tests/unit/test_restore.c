/* SPDX-License-Identifier: Apache-2.0 */
/* test_restore.c: records of the journal held to a catalogue again. */
#include "admit_fixture.h"

#include "admit/restore.h"
#include "catalogue/describe.h"

#define HEAD                                                                                       \
    "defaults: {owner: team@example.org, naming: any, status: active, kind: activity}\nevents:\n"
#define EVENT(name)                                                                                \
    "  - name: " name "\n    description: D\n    trigger: T\n    since: 2025-10-20\n"

static const char before[] = HEAD EVENT("project.created") /* with something of everything */
    "    actor: user_id\n"
    "    session: visit\n"
    "    keep: {ip: 30d, user_agent: 30d}\n"
    "    properties:\n"
    "      user_id: {type: string, privacy: pseudonym, description: Who}\n"
    "      owner_ids: {type: array<string>, privacy: pseudonym, description: Whose}\n"
    "      visit: {type: string, privacy: drop, max_length: 20, description: Session}\n"
    "      must: {type: string, required: true, privacy: drop, description: Gone}\n"
    "      seats: {type: integer, max: 100, description: Seats}\n"
    "      share: {type: number, description: Share}\n"
    "      open: {type: boolean, description: Open}\n"
    "      since: {type: datetime, description: Since}\n"
    "      key: {type: uuid, description: Key}\n"
    "      link: {type: url, description: Link}\n"
    "      tags: {type: array<string>, max_items: 3, description: Tags}\n"
    "      plan: {type: \"string|null\", values: [a, b], description: Plan}\n"
    "      note: {type: string, privacy: hidden, description: Note}\n" EVENT(
        "flow.{view}.view") "    parameters: {view: {pattern: \"[a-z]+\", max_values: 2, "
                            "description: View}}\n"
                            "    properties:\n"
                            "      step: {type: integer, description: Step}\n" EVENT(
                                "page.viewed") "    kind: page\n";

struct again_of {
    enum again verdict;
    struct faults faults;
    struct record rec; /* where it is accepted */
    struct buf payload;
};

static struct again_of result;

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    fixture_open(f, before);
    buf_init(&result.payload, 1 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    buf_free(&result.payload);
    free(*state);
    return 0;
}

/* The last event's record, held to the catalogue in use; looking gives the same verdict. */
static enum again again(struct fixture *f)
{
    const struct admission_hold *hold = admission_hold(f->ad);
    struct record rec;
    struct err err = {0};
    const struct admit_again what = {
        .rec = &rec, .now_us = RECEIVED_US, .a = f->a, .faults = &result.faults};
    enum again looked;

    assert_int_equal(record_decode(&rec, buf_as_str(&f->payloads), f->a, &err), 0);
    rec.received_us = RECEIVED_US;
    assert_int_equal(admit_again(f->ad, hold, &what, NULL, &looked), 0);
    buf_reset(&result.payload, 1 << 20);
    assert_int_equal(admit_again(f->ad, hold, &what, &result.payload, &result.verdict), 0);
    admission_release(f->ad, hold);
    assert_int_equal(looked, result.verdict);
    memset(&result.rec, 0, sizeof result.rec);
    if (result.verdict == AGAIN_ACCEPTED) {
        assert_int_equal(result.faults.count, 0);
        assert_int_equal(record_decode(&result.rec, buf_as_str(&result.payload), f->a, &err), 0);
    } else {
        assert_true(result.faults.count > 0);
        assert_int_equal(result.payload.len, 0);
    }
    return result.verdict;
}

static void use(struct fixture *f, const char *yaml)
{
    struct err err = {0};

    assert_int_equal(admission_swap(f->ad, load_catalogue(yaml), &err), 0);
}

static void assert_faulty(struct fixture *f, enum fault_code code, const char *path)
{
    assert_int_equal(again(f), AGAIN_FAULTY);
    assert_int_equal(result.faults.list[0].code, code);
    assert_text(result.faults.list[0].path, path);
}

static const struct record_property *property(const char *name)
{
    for (size_t i = 0; i < result.rec.property_count; i++)
        if (str_is(result.rec.properties[i].name, name))
            return result.rec.properties + i;
    return NULL;
}

#define PROJECT(properties)                                                                        \
    "{\"name\":\"project.created\",\"id\":\"0190f0c0-0000-7000-8000-00000000002a\","               \
    "\"context\":{\"ip\":\"198.51.100.9\",\"user_agent\":\"curl/8\",\"sequence\":4},"              \
    "\"properties\":{\"must\":\"m\"" properties "}}"
#define BEFORE_TIME                                                                                \
    "{\"name\":\"page.viewed\",\"time\":\"0001-01-01T00:00:00Z\",\"sent_at\":\"2027-01-01T00:00:"  \
    "00Z\"}"
#define ALL                                                                                        \
    ",\"user_id\":\"u\",\"owner_ids\":[\"u\",\" \"],\"visit\":\"v\",\"seats\":3,\"share\":0.5,"    \
    "\"open\":true,\"since\":\"2026-01-02T03:04:05Z\","                                            \
    "\"key\":\"0190F0C0-0000-7000-8000-00000000002B\",\"link\":\"https://example.org/\","          \
    "\"tags\":[\"a\",\"b\"],\"plan\":null,\"note\":\"n\""

static void the_same_catalogue_accepts_what_it_accepted_byte_for_byte(void **state)
{
    static const char *const sent[] = {
        PROJECT(ALL),
        PROJECT(""),
        PROJECT(",\"user_id\":\" \""),
        PROJECT(",\"share\":7,\"tags\":[],\"plan\":\"b\""),
        "{\"name\":\"FLOW.signup.view\",\"properties\":{\"step\":1}}",
        "{\"name\":\"page.viewed\",\"time\":0,\"actor\":\"a\"}"};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        accept_event(f, sent[i]);
        assert_int_equal(again(f), AGAIN_ACCEPTED);
        assert_int_equal(result.payload.len, f->payloads.len);
        assert_memory_equal(result.payload.ptr, f->payloads.ptr, f->payloads.len);
    }
}

static void the_same_catalogue_finds_the_same_faults(void **state)
{
    static const char *const sent[] = {
        PROJECT(",\"seats\":101"),
        PROJECT(",\"seats\":\"3\""),
        PROJECT(",\"user_id\":5"),
        PROJECT(",\"visit\":\"longer than twenty characters\""),
        PROJECT(",\"colour\":\"red\""),
        PROJECT(",\"tags\":[\"a\",1,null,{\"x\":[1]}]"),
        PROJECT(",\"seats\":{\"a\":1}"),
        PROJECT(",\"email\":\"x@example.org\""),
        PROJECT(",\"share\":1e999"),
        PROJECT(",\"plan\":\"c\",\"link\":\"x\",\"key\":\"y\",\"open\":1"),
        PROJECT(",\"tags\":[\"a\",\"b\",\"c\",\"d\"]"),
        PROJECT(",\"4915112345678\":1"),
        "{\"name\":\"project.created\",\"properties\":{}}",
        "{\"name\":\"project.created\",\"properties\":{\"must\":7}}",
        "{\"name\":\"project.created\",\"time\":true,\"properties\":{\"must\":\"m\"}}",
        "{\"name\":\"project.created\",\"colour\":1,\"properties\":{\"must\":\"m\"}}",
        BEFORE_TIME,
        "{\"properties\":{\"must\":\"m\"}}",
        "{\"name\":\"nobody.knows\"}",
        "{\"name\":\"flow.UP9.view\"}"};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        assert_int_equal(admit(f, sent[i]), VERDICT_QUARANTINED);
        assert_int_equal(again(f), AGAIN_FAULTY);
        if (result.faults.count != f->faults.count ||
            result.faults.list[0].code != f->faults.list[0].code)
            fail_msg("%s: %zu %s, then %zu %s", sent[i], f->faults.count,
                     fault_code_name(f->faults.list[0].code), result.faults.count,
                     fault_code_name(result.faults.list[0].code));
    }
}

static void what_a_new_catalogue_declares_is_accepted(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit(f, PROJECT(",\"colour\":\"red\",\"seats\":200")), VERDICT_QUARANTINED);
    use(f, HEAD EVENT("Project.Created") "    properties:\n"
                                         "      must: {type: string, description: M}\n"
                                         "      colour: {type: string, description: C}\n"
                                         "      seats: {type: integer, description: S}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_text(result.rec.name, "Project.Created");
    assert_text(property("colour")->value.text, "red");
    assert_false(property("colour")->hidden);
    assert_int_equal(property("seats")->value.integer, 200);
    assert_null(property("must")); /* it was dropped then */
}

static void a_cured_event_keeps_its_envelope(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        admit(f, "{\"name\":\"page.viewed\",\"id\":\"0190f0c0-0000-7000-8000-00000000002a\","
                 "\"time\":\"2026-11-21T05:31:00Z\",\"session\":\"s\",\"context\":{\"sequence\":4,"
                 "\"path\":\"/a\",\"ip\":\"198.51.100.9\"},\"properties\":{\"colour\":\"red\","
                 "\"list\":[1,2.5],\"user_ref\":\"u-1\"}}"),
        VERDICT_QUARANTINED);
    use(f,
        HEAD EVENT(
            "Page.Viewed") "    actor: user_ref\n    keep: {ip: 1h}\n    properties:\n"
                           "      colour: {type: string, privacy: hidden, description: C}\n"
                           "      list: {type: array<number>, description: L}\n"
                           "      user_ref: {type: string, privacy: pseudonym, description: U}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_text(result.rec.name, "Page.Viewed");
    assert_int_equal(result.rec.flags, (f->rec.flags & ~RECORD_QUARANTINED) | RECORD_HAS_ACTOR);
    assert_memory_equal(&result.rec.id, &f->rec.id, sizeof f->rec.id);
    assert_int_equal(result.rec.time_us, f->rec.time_us);
    assert_int_equal(result.rec.sequence, 4);
    assert_memory_equal(&result.rec.session, &f->rec.session, sizeof f->rec.session);
    assert_int_equal(result.rec.session_epoch, f->rec.session_epoch);
    assert_text(result.rec.context[EVENT_PATH], "/a");
    assert_true(property("colour")->hidden);
    assert_false(property("list")->hidden);
    assert_int_equal(property("user_ref")->value.type, RECORD_PSEUDONYM);
    accept_event(f, "{\"name\":\"page.viewed\",\"properties\":{\"user_ref\":\"u-1\"}}");
    assert_memory_equal(&result.rec.actor, &f->rec.actor, sizeof f->rec.actor);
}

static void a_property_that_stands_for_the_time_now_gives_it(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit(f, "{\"name\":\"page.viewed\",\"properties\":{\"created_at\":"
                              "\"2012-03-04T05:06:07Z\"}}"),
                     VERDICT_QUARANTINED);
    assert_true(f->rec.flags & RECORD_TIME_FROM_RECEIPT);
    use(f, HEAD EVENT("page.viewed") "    time: created_at\n    properties:\n"
                                     "      created_at: {type: datetime, description: Since}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(result.rec.time_us, INT64_C(1330837567000000));
    assert_false(result.rec.flags & RECORD_TIME_FROM_RECEIPT);
}

static void what_is_protected_now_goes_and_what_was_stays(void **state)
{
    struct fixture *f = *state;

    accept_event(f, PROJECT(ALL));
    assert_int_equal(f->rec.keep_ip_until_us, RECEIVED_US + 30 * DATETIME_DAY_US);
    use(f,
        HEAD EVENT(
            "project.created") "    keep: {ip: 1d}\n    properties:\n"
                               "      user_id: {type: integer, required: true, description: Who}\n"
                               "      owner_ids: {type: array<string>, privacy: hidden, "
                               "description: Whose}\n"
                               "      seats: {type: integer, privacy: pseudonym, description: "
                               "Seats}\n"
                               "      link: {type: url, privacy: drop, description: Link}\n"
                               "      tags: {type: array<string>, privacy: pseudonym, description: "
                               "Tags}\n"
                               "      key: {type: string, description: Key}\n"
                               "      note: {type: string, description: Note}\n"
                               "      share: {type: number, privacy: hidden, description: Share}\n"
                               "      open: {type: boolean, description: Open}\n"
                               "      since: {type: datetime, description: Since}\n"
                               "      plan: {type: string, privacy: pseudonym, description: "
                               "Plan}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(property("user_id")->value.type, RECORD_PSEUDONYM);
    assert_true(property("owner_ids")->hidden);
    assert_int_equal(property("owner_ids")->value.list.item_type, RECORD_PSEUDONYM);
    assert_int_equal(property("seats")->value.type, RECORD_PSEUDONYM);
    assert_null(property("link"));
    assert_int_equal(property("tags")->value.list.item_type, RECORD_PSEUDONYM);
    assert_text(property("key")->value.text, "0190f0c0-0000-7000-8000-00000000002b");
    assert_true(property("share")->hidden);
    assert_int_equal(property("plan")->value.type, RECORD_NULL);
    assert_int_equal(result.rec.keep_ip_until_us, RECEIVED_US + DATETIME_DAY_US);
    assert_int_equal(result.rec.keep_user_agent_until_us, 0);
    assert_null(result.rec.context[EVENT_USER_AGENT].ptr);
    assert_text(result.rec.context[EVENT_IP], "198.51.100.9");
}

static void a_new_demand_makes_it_faulty(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"flow.signup.view\",\"properties\":{\"step\":7}}");
    use(f, HEAD EVENT("flow.{view}.view") "    parameters: {view: {pattern: \"[A-Z]+\", "
                                          "max_values: 2, description: View}}\n"
                                          "    properties:\n      step: {type: integer, "
                                          "description: Step}\n");
    assert_faulty(f, FAULT_BAD_PARAMETER, "/name");
    use(f, HEAD EVENT("flow.{view}.view") "    parameters: {view: {max_values: 2}}\n"
                                          "    properties:\n"
                                          "      step: {type: integer, max: 5, description: S}\n");
    assert_faulty(f, FAULT_TOO_LARGE, "/properties/step");
    use(f, HEAD EVENT("flow.{view}.view") "    status: retired\n");
    assert_faulty(f, FAULT_EVENT_RETIRED, "/name");
    use(f, HEAD EVENT("flow.signup.view") "    sources: [website]\n");
    assert_faulty(f, FAULT_SOURCE_NOT_ALLOWED, "/name");
    use(f, HEAD EVENT("flow.signup.view") "    properties:\n"
                                          "      step: {type: integer, description: S}\n"
                                          "      who: {type: string, required: true}\n");
    assert_faulty(f, FAULT_MISSING_PROPERTY, "/properties/who");
    use(f, HEAD EVENT("page.viewed"));
    assert_faulty(f, FAULT_UNKNOWN_EVENT, "/name");
}

static void admit_decoded(struct fixture *f, const struct event *ev)
{
    const struct admission_hold *hold = admission_hold(f->ad);

    arena_reset(f->a);
    buf_reset(&f->payloads, 1 << 20);
    f->faults = (struct faults){0};
    assert_int_equal(admit_event(f->ad, hold, &f->req, ev, &f->faults, f->a, &f->payloads, &f->out),
                     0);
    admission_release(f->ad, hold);
}

/* As batches and /v1/flow make events: an entry takes of the properties what it declares. */
static void admit_if_declared(struct fixture *f)
{
    static const struct event_property list[] = {
        {.name = STR("entrypoint"), .value = {.kind = EVENT_TEXT, .text = STR("menu")}},
        {.name = STR("service"), .value = {.kind = EVENT_TEXT, .text = STR("sync")}}};

    admit_decoded(f, &(struct event){.name = STR("page.left"),
                                     .if_declared = true,
                                     .properties = list,
                                     .property_count = ARRAY_LEN(list)});
}

/* As POST /e makes them, with `mine` in the caller's own properties. */
static void admit_of_page(struct fixture *f, bool mine)
{
    static const struct event_property list[] = {
        {.name = STR("load_time_ms"),
         .value = {.kind = EVENT_INTEGER, .integer = 5},
         .when = EVENT_IF_DECLARED},
        {.name = STR("note"),
         .value = {.kind = EVENT_TEXT, .text = STR("")},
         .when = EVENT_IF_REQUIRED},
        {.name = STR("mine"), .value = {.kind = EVENT_BOOL, .boolean = true}}};

    admit_decoded(f, &(struct event){.name = STR("page.left"),
                                     .of_page = true,
                                     .properties = list,
                                     .property_count = mine ? 3 : 2});
}

#define LEFT(property)                                                                             \
    HEAD EVENT("page.left") "    properties:\n      " property ": {type: string, description: "    \
                            "P}\n"

static void what_an_entry_need_not_declare_it_need_not_declare_later(void **state)
{
    struct fixture *f = *state;

    admit_if_declared(f);
    assert_int_equal(f->out.verdict, VERDICT_QUARANTINED);
    use(f, LEFT("service"));
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(result.rec.property_count, 1);
    assert_text(property("service")->value.text, "sync");

    admit_if_declared(f);
    assert_int_equal(f->out.verdict, VERDICT_ACCEPTED);
    use(f, LEFT("entrypoint"));
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(result.rec.property_count, 0);
}

static void what_a_page_brings_by_itself_is_left_out_again_as_well(void **state)
{
    struct fixture *f = *state;

    admit_of_page(f, false);
    assert_int_equal(f->out.verdict, VERDICT_QUARANTINED);
    use(f, HEAD EVENT("page.left"));
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(result.rec.property_count, 0);
    use(f, LEFT("note"));
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_int_equal(result.rec.property_count, 0);
    use(f, HEAD EVENT("page.left") "    properties:\n"
                                   "      note: {type: string, required: true, description: N}\n"
                                   "      load_time_ms: {type: integer, description: L}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_text(property("note")->value.text, "");
    assert_int_equal(property("load_time_ms")->value.integer, 5);
}

static void what_a_page_says_itself_must_be_declared(void **state)
{
    struct fixture *f = *state;

    use(f, HEAD EVENT("page.left"));
    admit_of_page(f, false);
    assert_int_equal(f->out.verdict, VERDICT_ACCEPTED);
    admit_of_page(f, true);
    assert_int_equal(f->out.verdict, VERDICT_QUARANTINED);
    assert_faulty(f, FAULT_UNDECLARED_PROPERTY, "/properties/mine");
    use(f, LEFT("mine"));
    assert_faulty(f, FAULT_WRONG_TYPE, "/properties/mine");
}

static void a_former_parameter_is_no_undeclared_property(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"flow.signup.view\",\"properties\":{\"step\":7}}");
    use(f, HEAD EVENT("flow.signup.view") "    properties:\n      step: {type: integer, "
                                          "description: Step}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_null(property("view"));
}

static void a_folded_name_cannot_be_held_to_a_pattern(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"flow.a.view\"}");
    accept_event(f, "{\"name\":\"flow.b.view\"}");
    accept_event(f, "{\"name\":\"flow.c.view\"}");
    assert_text(f->rec.name, "flow.(other).view");
    assert_int_equal(again(f), AGAIN_UNFIT);
}

static void a_page_that_spoke_of_a_token_stays_out(void **state)
{
    struct fixture *f = *state;

    f->req.source = sources_at(f->sources, 1); /* a browser's */
    assert_int_equal(admit(f, "{\"name\":\"page.viewed\",\"flow\":{\"token\":\"t\"}}"),
                     VERDICT_QUARANTINED);
    assert_faulty(f, FAULT_SOURCE_NOT_ALLOWED, "/flow");
    /* What the entry says of sources is asked anew. */
    use(f, HEAD EVENT("page.viewed") "    sources: [backend]\n");
    assert_int_equal(admit(f, "{\"name\":\"page.viewed\"}"), VERDICT_QUARANTINED);
    assert_faulty(f, FAULT_SOURCE_NOT_ALLOWED, "/name");
    use(f, HEAD EVENT("page.viewed"));
    assert_int_equal(again(f), AGAIN_ACCEPTED);
}

static void looking_takes_nothing_from_a_budget(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit(f, "{\"name\":\"flow.a.view\",\"properties\":{\"x\":1}}"),
                     VERDICT_QUARANTINED);
    use(f,
        HEAD EVENT(
            "flow.{view}.view") "    parameters: {view: {max_values: 2}}\n    status: deprecated\n"
                                "    properties:\n      x: {type: integer, description: X}\n");
    for (int i = 0; i < 3; i++) { /* `again` looks once and does once, with one value */
        assert_int_equal(again(f), AGAIN_ACCEPTED);
        assert_text(result.rec.name, "flow.a.view");
    }
    {
        const struct admission_hold *hold = admission_hold(f->ad);
        const struct catalogue_event *ev = catalogue_event_at(admission_catalogue(hold), 0);

        assert_int_equal(catalogue_event_deprecated_uses(ev), 3);
        admission_release(f->ad, hold);
    }
}

static void what_was_withheld_cannot_be_accepted_unless_it_is_dropped(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit(f, "{\"name\":\"page.viewed\",\"properties\":{\"email\":\"a@b\"}}"),
                     VERDICT_QUARANTINED);
    assert_text(find_property(f, "email")->value.text, "(withheld: text)");
    use(f, HEAD EVENT("page.viewed") "    properties:\n"
                                     "      email: {type: string, privacy: pseudonym}\n");
    assert_faulty(f, FAULT_MISSING_PROPERTY, "/properties/email");
    use(f, HEAD EVENT("page.viewed") "    properties:\n"
                                     "      email: {type: string, privacy: drop}\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    assert_null(property("email"));
}

static void what_was_wrong_with_a_value_that_is_gone_stays_wrong(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit(f, PROJECT(",\"visit\":7,\"user_id\":8")), VERDICT_QUARANTINED);
    use(f,
        HEAD EVENT("project.created") "    properties:\n"
                                      "      must: {type: string, required: true, privacy: drop}\n"
                                      "      visit: {type: integer, privacy: drop}\n"
                                      "      user_id: {type: integer, privacy: pseudonym}\n");
    assert_int_equal(again(f), AGAIN_FAULTY);
    assert_int_equal(result.faults.count, 2);
    use(f, HEAD EVENT("project.created") "    properties:\n"
                                         "      user_id: {type: integer, privacy: drop}\n");
    assert_int_equal(again(f), AGAIN_FAULTY);
    assert_int_equal(result.faults.count, 1);
}

static void a_source_that_is_gone_makes_it_unfit(void **state)
{
    struct fixture *f = *state;
    struct buf payload;

    accept_event(f, "{\"name\":\"page.viewed\"}");
    f->rec.source = STR("gone");
    buf_init(&payload, 1 << 16);
    record_encode(&payload, &f->rec);
    f->payloads.len = 0;
    buf_str(&f->payloads, buf_as_str(&payload));
    buf_free(&payload);
    assert_int_equal(again(f), AGAIN_UNFIT);
    assert_int_equal(result.faults.list[0].code, FAULT_SOURCE_NOT_ALLOWED);
}

static void a_host_that_is_not_taken_any_more_keeps_it_out(void **state)
{
    static char *domains[] = {"new.example"};
    struct settings_source site = {
        .name = "website", .key = "k", .kind = SOURCE_BROWSER, .domains = {domains, 1}};
    const struct settings settings = {.sources = &site, .source_count = 1};
    struct fixture *f = *state;
    struct admission_opts opts = {.catalogue = load_catalogue(before),
                                  .pseudonyms = f->pseudonyms,
                                  .useragents = f->useragents};
    static char *events[] = {"page.*"};
    struct err err;

    site.events = (struct settings_list){events, 1};
    f->req.source = sources_at(f->sources, 1);
    accept_event(f, "{\"name\":\"page.viewed\",\"context\":{\"host\":\"old.example\"}}");
    admission_free(f->ad);
    sources_free(f->sources);
    assert_int_equal(sources_new(&f->sources, &settings, &err), 0);
    opts.sources = f->sources;
    assert_int_equal(admission_new(&f->ad, &opts, &err), 0);
    assert_faulty(f, FAULT_DOMAIN_NOT_PERMITTED, "/context/host");
}

static void expiry_counts_from_the_moment_that_is_given(void **state)
{
    struct fixture *f = *state;
    const struct admission_hold *hold;
    struct admit_again what = {.rec = &f->rec, .a = f->a, .faults = &result.faults};
    enum again verdict;

    accept_event(f, "{\"name\":\"page.viewed\"}");
    use(f, HEAD EVENT("page.viewed") "    expires: 2026-12-31\n");
    assert_int_equal(again(f), AGAIN_ACCEPTED);
    hold = admission_hold(f->ad);
    what.now_us = RECEIVED_US + 90 * DATETIME_DAY_US;
    assert_int_equal(admit_again(f->ad, hold, &what, NULL, &verdict), 0);
    admission_release(f->ad, hold);
    assert_int_equal(verdict, AGAIN_FAULTY);
    assert_int_equal(result.faults.list[0].code, FAULT_EVENT_EXPIRED);
}

static void a_full_arena_is_an_error_at_whatever_step(void **state)
{
    struct fixture *f = *state;
    const struct admission_hold *hold;
    bool done = false;

    accept_event(f, PROJECT(ALL));
    hold = admission_hold(f->ad);
    for (size_t room = 64; !done; room += 16) {
        struct arena *small = arena_new(room, room);
        const struct admit_again what = {
            .rec = &f->rec, .now_us = RECEIVED_US, .a = small, .faults = &result.faults};
        enum again verdict = AGAIN_FAULTY;

        buf_reset(&result.payload, 1 << 20);
        done = admit_again(f->ad, hold, &what, &result.payload, &verdict) == 0;
        assert_true(!done || verdict == AGAIN_ACCEPTED);
        arena_free(small);
        assert_true(room < 1 << 20);
    }
    admission_release(f->ad, hold);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_catalogue_accepts_what_it_accepted_byte_for_byte),
        TEST(the_same_catalogue_finds_the_same_faults),
        TEST(what_a_new_catalogue_declares_is_accepted),
        TEST(a_cured_event_keeps_its_envelope),
        TEST(a_property_that_stands_for_the_time_now_gives_it),
        TEST(what_is_protected_now_goes_and_what_was_stays),
        TEST(a_new_demand_makes_it_faulty),
        TEST(what_an_entry_need_not_declare_it_need_not_declare_later),
        TEST(what_a_page_brings_by_itself_is_left_out_again_as_well),
        TEST(what_a_page_says_itself_must_be_declared),
        TEST(a_former_parameter_is_no_undeclared_property),
        TEST(a_folded_name_cannot_be_held_to_a_pattern),
        TEST(a_page_that_spoke_of_a_token_stays_out),
        TEST(looking_takes_nothing_from_a_budget),
        TEST(what_was_withheld_cannot_be_accepted_unless_it_is_dropped),
        TEST(what_was_wrong_with_a_value_that_is_gone_stays_wrong),
        TEST(a_source_that_is_gone_makes_it_unfit),
        TEST(a_host_that_is_not_taken_any_more_keeps_it_out),
        TEST(expiry_counts_from_the_moment_that_is_given),
        TEST(a_full_arena_is_an_error_at_whatever_step),
    };

    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
