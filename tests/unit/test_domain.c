/* SPDX-License-Identifier: Apache-2.0 */
/* test_domain.c: hosts and rules about them, and what is counted of hosts without permission. */
#include "unit.h"

#include "admit/domain.h"
#include "admit/source.h"
#include "admit/unauthorised.h"
#include "base/datetime.h"

/* 2026-11-22T05:31:00Z */
#define NOON INT64_C(1795325460000000)

static bool fits(const char *host, const char *rule)
{
    struct str one = str_from(rule);

    return domain_is_among(str_from(host), &one, 1);
}

static void a_rule_is_a_host_or_all_below_one(void **state)
{
    assert_true(fits("www.example.org", "www.example.org"));
    assert_true(fits("WWW.Example.ORG", "www.example.org"));
    assert_true(fits("www.example.org:8443", "www.example.org"));
    assert_true(fits("www.example.org.", "www.example.org"));
    assert_true(fits("www.example.org", "WWW.EXAMPLE.org"));
    assert_false(fits("example.org", "www.example.org"));
    assert_false(fits("evil-www.example.org", "www.example.org"));
    assert_false(fits("www.example.org.evil.net", "www.example.org"));
    assert_false(fits("", "www.example.org"));
    assert_true(fits("a.example.org", "*.example.org"));
    assert_true(fits("a.b.example.org:80", "*.example.org"));
    assert_false(fits("example.org", "*.example.org"));
    assert_false(fits(".example.org", "*.example.org") && fits("example.org", "*.example.org"));
    assert_false(fits("notexample.org", "*.example.org"));
    assert_true(fits("[::1]:8080", "[::1]"));
    /* What stands where a port would is kept with the event, so it has to be one. */
    assert_false(fits("www.example.org:any text", "www.example.org"));
    assert_false(fits("www.example.org:80:x", "www.example.org"));
    assert_false(fits("[::1]x", "[::1]"));
    assert_false(fits("x:y.example.org", "*.example.org"));
    assert_false(fits("www.example.org:123456", "www.example.org"));
    assert_false(fits("[x.example.org", "*.example.org"));
    assert_false(domain_is_among(STR("a"), NULL, 0));
}

static void an_origin_and_a_url_have_a_host(void **state)
{
    assert_true(str_is(domain_of_origin(STR("https://www.example.org:8443")), "www.example.org"));
    assert_true(str_is(domain_of_origin(STR("http://[::1]:80")), "[::1]"));
    assert_null(domain_of_origin(STR("null")).ptr);
    assert_null(domain_of_origin(STR("")).ptr);
    assert_null(domain_of_origin(STR("://x")).ptr);
    assert_null(domain_of_origin(STR_NONE).ptr);
    assert_true(str_is(domain_of_url(STR("https://u:p@a.example:1/x?y#z")), "a.example"));
    assert_true(str_is(domain_of_url(STR("https://a.example?y")), "a.example"));
    assert_null(domain_of_url(STR("/x")).ptr);
}

static void a_source_judges_hosts(void **state)
{
    char *permitted[] = {"www.example.org", "*.shop.example"}, *skipped[] = {"old.shop.example"};
    struct settings_source list[] = {
        {.name = "site",
         .key = "k1",
         .kind = SOURCE_BROWSER,
         .domains = {permitted, 2},
         .skip_domains = {skipped, 1}},
        {.name = "any", .key = "k2", .kind = SOURCE_BROWSER},
        {.name = "server", .key = "k3", .kind = SOURCE_SERVER, .domains = {permitted, 1}}};
    struct settings settings = {.sources = list, .source_count = 3};
    struct sources *all;
    struct err err;

    assert_int_equal(sources_new(&all, &settings, &err), 0);
#define JUDGED(n, host) source_judge_domain(sources_at(all, n), STR(host))
    assert_int_equal(JUDGED(0, "www.example.org:443"), SOURCE_DOMAIN_TAKEN);
    assert_int_equal(JUDGED(0, "a.shop.example"), SOURCE_DOMAIN_TAKEN);
    assert_int_equal(JUDGED(0, "old.shop.example"), SOURCE_DOMAIN_SKIPPED);
    assert_int_equal(JUDGED(0, "mirror.example"), SOURCE_DOMAIN_FOREIGN);
    assert_int_equal(JUDGED(0, ""), SOURCE_DOMAIN_FOREIGN);
    assert_int_equal(JUDGED(1, "mirror.example"), SOURCE_DOMAIN_TAKEN);
    assert_int_equal(JUDGED(1, ""), SOURCE_DOMAIN_TAKEN);
    assert_int_equal(JUDGED(2, ""), SOURCE_DOMAIN_TAKEN);
    assert_int_equal(JUDGED(2, "mirror.example"), SOURCE_DOMAIN_FOREIGN);
    sources_free(all);
}

static struct str site(void *ctx, unsigned source)
{
    return source == 0 ? STR("site") : STR("other-site");
}

static const char *note(struct unauthorised *u, size_t *count)
{
    static struct buf out;
    size_t n;

    if (!out.max)
        buf_init(&out, 1 << 20);
    buf_reset(&out, 1 << 20);
    n = unauthorised_note(u, site, NULL, &out);
    buf_char(&out, '\0');
    if (count)
        *count = n;
    return out.ptr;
}

static void count(struct unauthorised *u, int64_t at_us, const char *domain)
{
    unauthorised_count(u, 0, at_us,
                       &(struct unauthorised_sighting){.domain = str_from(domain),
                                                       .page = STR("/p?secret=1"),
                                                       .title = STR("A \x1b[31m title"),
                                                       .referrer = STR("https://x.example/r?q#f")});
}

static void a_note_tells_what_came_since_the_one_before(void **state)
{
    struct unauthorised *u = unauthorised_new(2);

    assert_string_equal(note(u, NULL), "\"domains\":[]");
    count(u, NOON, "Mirror.Example");
    count(u, NOON + 1000000, "mirror.example");
    assert_string_equal(
        note(u, NULL),
        "\"domains\":[{\"day\":\"2026-11-22\",\"source\":\"site\",\"domain\":\"mirror.example\","
        "\"events\":2,\"first_seen\":\"2026-11-22T05:31:00.000000Z\","
        "\"last_seen\":\"2026-11-22T05:31:01.000000Z\",\"page\":\"/p\","
        "\"title\":\"A  [31m title\",\"referrer\":\"https://x.example/r\"}]");
    unauthorised_noted(u, false); /* it was not written: told again */
    count(u, NOON + 2000000, "mirror.example");
    assert_non_null(strstr(note(u, NULL), "\"events\":3,"));
    count(u, NOON + 3000000, "mirror.example"); /* between the note and its commit */
    unauthorised_noted(u, true);
    assert_string_equal(
        note(u, NULL),
        "\"domains\":[{\"day\":\"2026-11-22\",\"source\":\"site\",\"domain\":\"mirror.example\","
        "\"events\":1,\"first_seen\":\"2026-11-22T05:31:00.000000Z\","
        "\"last_seen\":\"2026-11-22T05:31:03.000000Z\"}]");
    unauthorised_noted(u, true);
    assert_string_equal(note(u, NULL), "\"domains\":[]");
    unauthorised_free(u);
}

static void what_is_no_host_name_is_not_repeated(void **state)
{
    struct unauthorised *u = unauthorised_new(1);
    char longest[UNAUTHORISED_TEXT_MAX + 2];

    memset(longest, 'a', sizeof longest);
    longest[UNAUTHORISED_TEXT_MAX + 1] = '\0';
    count(u, NOON, "<script>alert(1)</script>");
    count(u, NOON, "a b");
    count(u, NOON, longest);
    assert_non_null(strstr(note(u, NULL), "\"domain\":\"(no host name)\",\"events\":3"));
    longest[UNAUTHORISED_TEXT_MAX] = '\0'; /* the longest that is one */
    count(u, NOON, longest);
    count(u, NOON, "");
    count(u, NOON,
          "b\xc3\xbc"
          "cher.example");
    count(u, NOON, "broken\xc3.example");
    assert_non_null(strstr(note(u, NULL), "\"domain\":\"(none)\",\"events\":1"));
    assert_non_null(strstr(note(u, NULL), longest));
    assert_non_null(strstr(note(u, NULL), "b\xc3\xbc"
                                          "cher"));
    assert_non_null(strstr(note(u, NULL), "\"domain\":\"(no host name)\",\"events\":4"));
    unauthorised_free(u);
}

static void a_days_hosts_are_bounded_and_so_is_a_note(void **state)
{
    struct unauthorised *u = unauthorised_new(1);
    size_t told = 0, named, notes = 0;
    unsigned long long others = 0;
    char domain[32];

    for (int i = 0; i < UNAUTHORISED_DOMAINS + 50; i++) {
        snprintf(domain, sizeof domain, "d%d.example", i);
        count(u, NOON, domain);
    }
    for (;; notes++) {
        const char *json = note(u, &named), *other = strstr(json, "\"(other)\"");

        if (named == 0)
            break;
        assert_true(strlen(json) <= UNAUTHORISED_NOTE_MAX);
        if (other)
            assert_int_equal(sscanf(other, "\"(other)\",\"events\":%llu", &others), 1);
        unauthorised_noted(u, true);
        told += named;
    }
    assert_true(notes > 1);
    assert_int_equal(told, UNAUTHORISED_DOMAINS + 1);
    assert_int_equal(others, 50);
    unauthorised_free(u);
}

/* A thousand hosts that never rest are told in turns, and the one behind them, too. */
static void a_flood_keeps_no_host_out_of_the_notes(void **state)
{
    struct unauthorised *u = unauthorised_new(1);
    int notes = 0;
    char domain[32];

    for (bool found = false; !found; notes++) {
        assert_true(notes < 10);
        for (int i = 0; i < UNAUTHORISED_DOMAINS - 1; i++) {
            snprintf(domain, sizeof domain, "d%d.example", i);
            count(u, NOON, domain);
        }
        if (notes == 0)
            count(u, NOON, "mirror.example");
        found = strstr(note(u, NULL), "mirror.example");
        unauthorised_noted(u, true);
    }
    assert_true(notes > 1);
    unauthorised_free(u);
}

static void a_new_day_begins_a_new_list_and_keeps_the_last_counts(void **state)
{
    struct unauthorised *u = unauthorised_new(1);
    const char *json;

    count(u, NOON, "a.example");
    count(u, NOON + DATETIME_DAY_US, "a.example");
    count(u, NOON, "a.example"); /* received before midnight, looked at after it */
    json = note(u, NULL);
    assert_non_null(strstr(json, "\"day\":\"2026-11-22\",\"source\":\"site\",\"domain\":\"a.example"
                                 "\",\"events\":2"));
    assert_non_null(strstr(json, "\"day\":\"2026-11-23\",\"source\":\"site\",\"domain\":\"a.example"
                                 "\",\"events\":1"));
    unauthorised_noted(u, true);
    count(u, NOON + 2 * DATETIME_DAY_US, "b.example");
    assert_non_null(strstr(note(u, NULL), "2026-11-24"));
    unauthorised_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_a_host_or_all_below_one),
        cmocka_unit_test(an_origin_and_a_url_have_a_host),
        cmocka_unit_test(a_source_judges_hosts),
        cmocka_unit_test(a_note_tells_what_came_since_the_one_before),
        cmocka_unit_test(what_is_no_host_name_is_not_repeated),
        cmocka_unit_test(a_days_hosts_are_bounded_and_so_is_a_note),
        cmocka_unit_test(a_flood_keeps_no_host_out_of_the_notes),
        cmocka_unit_test(a_new_day_begins_a_new_list_and_keeps_the_last_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
