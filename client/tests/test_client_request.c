/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: their events know what is known when they are triggered; pages; the thread's current
 * request; suppression. */
#include <pthread.h>
#include <string.h>

#include "recorded.h"
#include "unit.h"

static struct weir_client *make(bool count_failed)
{
    static const char *const agents[] = {"probe/1", "cdn", NULL};
    static const char *const paths[] = {"/api/", NULL};
    struct weir_options options = {.test = true,
                                   .excluded_user_agents = agents,
                                   .api_paths = paths,
                                   .count_failed_pages = count_failed};

    return weir_client_new(&options);
}

static int begin(void **state)
{
    client = make(false);
    return client ? 0 : -1;
}

static struct weir_request *request(const char *path, const char *user_agent)
{
    struct weir_request_info info = {.request_id = "r-1",
                                     .method = "GET",
                                     .path = path,
                                     .referrer = "https://www.example.org/",
                                     .user_agent = user_agent,
                                     .ip = "192.0.2.1"};

    return weir_request_begin(client, &info);
}

static void an_event_has_the_request_around_it(void **state)
{
    struct weir_request *r = request("/jobs?page=2", "Mozilla/5.0");

    assert_true(weir_request_trigger(r, "something_happened", WEIR_TEXT("foo", "bar"), WEIR_END));
    weir_request_end(r);
    assert_string_equal(get(0, "request_id"), "r-1");
    assert_string_equal(get(0, "context.method"), "GET");
    assert_string_equal(get(0, "context.path"), "/jobs");
    assert_string_equal(get(0, "context.query"), "page=2");
    assert_string_equal(get(0, "context.referrer"), "https://www.example.org/");
    assert_string_equal(get(0, "context.user_agent"), "Mozilla/5.0");
    assert_string_equal(get(0, "context.ip"), "192.0.2.1");
    assert_string_equal(get(0, "context.status"), "(absent)");
    assert_string_equal(get(0, "properties.foo"), "bar");
}

static void what_becomes_known_later_is_in_later_events(void **state)
{
    struct weir_request *r = request("/", "x");

    weir_request_trigger(r, "first", WEIR_END);
    weir_request_set_status(r, 200);
    weir_request_set_user(r, "u-1");
    weir_request_set_session(r, "s-1");
    weir_request_set_content_type(r, "text/html; charset=utf-8");
    weir_request_trigger(r, "second", WEIR_END);
    weir_request_set_status(r, 302);
    weir_request_set_user(r, NULL);
    weir_request_trigger(r, "third", WEIR_SESSION("s-2"), WEIR_END);
    weir_request_end(r);
    assert_string_equal(get(0, "context.status"), "(absent)");
    assert_string_equal(get(0, "actor"), "(absent)");
    assert_string_equal(get(1, "context.status"), "200");
    assert_string_equal(get(1, "actor"), "u-1");
    assert_string_equal(get(1, "session"), "s-1");
    assert_string_equal(get(1, "context.content_type"), "text/html; charset=utf-8");
    assert_string_equal(get(2, "context.status"), "302");
    assert_string_equal(get(2, "actor"), "(absent)");
    assert_string_equal(get(2, "session"), "s-2");
}

static void a_request_without_an_id_gets_one_for_all_its_events(void **state)
{
    struct weir_request *r = weir_request_begin(client, NULL);

    weir_request_trigger(r, "a", WEIR_END);
    weir_request_trigger(r, "b", WEIR_END);
    weir_request_end(r);
    assert_int_equal(strlen(get(0, "request_id")), 36);
    assert_string_equal(get(0, "request_id"), get(1, "request_id"));
}

static bool visit(const char *path, const char *user_agent, int status)
{
    struct weir_request *r = request(path, user_agent);
    bool queued;

    if (status)
        weir_request_set_status(r, status);
    queued = weir_page_visited(r);
    weir_request_end(r);
    return queued;
}

static void pages_count_by_the_rules(void **state)
{
    assert_true(visit("/", "Mozilla/5.0", 200));
    assert_true(visit("/", "Mozilla/5.0", 302));
    assert_true(visit("/", "Mozilla/5.0", 0));
    assert_false(visit("/", "Mozilla/5.0", 404));
    assert_false(visit("/", "Mozilla/5.0", 500));
    assert_false(visit("/", "probe/1", 200));
    assert_false(visit("/", "cdn", 200));
    assert_true(visit("/", "probe/1.0", 200)); /* exact, no prefix */
    assert_true(visit("/", "Probe/1", 200));
    assert_int_equal(weir_test_count(client, "page_visited"), 5);
    assert_int_equal(weir_test_count(client, NULL), 5);
}

static void pages_that_failed_count_where_it_is_asked_for(void **state)
{
    weir_client_free(client, 0);
    client = make(true);
    assert_true(visit("/", "Mozilla/5.0", 404));
    assert_string_equal(get(0, "context.status"), "404");
}

static void calls_of_an_api_are_no_pages(void **state)
{
    struct weir_request *r = request("/api/jobs", "x");
    static const char *const tests[] = {"menu=new"};

    weir_request_set_user(r, "u-1");
    weir_request_set_session(r, "s-1");
    weir_request_set(r, WEIR_TEXTS("ab_tests", tests, 1));
    weir_request_set_status(r, 200);
    assert_true(weir_page_visited(r));
    weir_request_set_status(r, 404);
    assert_true(weir_page_visited(r));
    weir_request_trigger(r, "own", WEIR_END);
    weir_request_end(r);
    assert_false(visit("/api/jobs", "probe/1", 200));
    assert_string_equal(get(0, "name"), "api_queried");
    assert_string_equal(get(0, "session"), "s-1");
    assert_string_equal(get(0, "actor"), "(absent)");
    assert_string_equal(get(0, "properties"), "(absent)");
    assert_string_equal(get(1, "properties"), "{\"not_found\":true}");
    assert_string_equal(get(2, "properties.ab_tests"), "[\"menu=new\"]");
    assert_int_equal(weir_test_count(client, "page_visited"), 0);
}

static void the_current_request_is_found_and_nests(void **state)
{
    struct weir_request *outer = request("/outer", "x"), *inner = request("/inner", "x"), *before;

    weir_trigger(client, "plain", WEIR_END);
    before = weir_request_enter(outer);
    assert_null(before);
    weir_trigger(client, "in outer", WEIR_END);
    before = weir_request_enter(inner);
    weir_trigger(client, "in inner", WEIR_END);
    weir_event_send(weir_event_new(client, "built in inner"));
    weir_request_leave(before);
    weir_trigger(client, "in outer again", WEIR_END);
    weir_request_end(inner);
    assert_ptr_equal(weir_request_current(), outer);
    weir_request_end(outer);
    assert_null(weir_request_current());
    weir_trigger(client, "plain again", WEIR_END);
    assert_string_equal(get(0, "context"), "(absent)");
    assert_string_equal(get(1, "context.path"), "/outer");
    assert_string_equal(get(2, "context.path"), "/inner");
    assert_string_equal(get(3, "context.path"), "/inner");
    assert_string_equal(get(4, "context.path"), "/outer");
    assert_string_equal(get(5, "context"), "(absent)");
}

static void another_clients_request_is_none_of_ones_own(void **state)
{
    struct weir_client *other = make(false);
    struct weir_request *r = weir_request_begin(other, NULL), *before = weir_request_enter(r);

    weir_trigger(client, "a", WEIR_END);
    weir_request_leave(before);
    weir_request_end(r);
    weir_client_free(other, 0);
    assert_string_equal(get(0, "request_id"), "(absent)");
}

static void *trigger_elsewhere(void *arg)
{
    weir_trigger(client, "elsewhere", WEIR_END);
    return weir_request_current();
}

static void other_threads_have_neither_request_nor_suppression(void **state)
{
    struct weir_request *r = request("/", "x"), *before = weir_request_enter(r);
    pthread_t thread;
    void *current;

    weir_suppress_begin();
    assert_int_equal(pthread_create(&thread, NULL, trigger_elsewhere, NULL), 0);
    pthread_join(thread, &current);
    weir_suppress_end();
    weir_request_leave(before);
    weir_request_end(r);
    assert_null(current);
    assert_int_equal(weir_test_count(client, "elsewhere"), 1);
    assert_string_equal(get(0, "context"), "(absent)");
}

static void suppression_ends_with_the_outermost_scope(void **state)
{
    struct weir_stats stats;

    weir_suppress_end(); /* without a begin */
    weir_suppress_begin();
    weir_suppress_begin();
    assert_false(weir_trigger(client, "inner", WEIR_END));
    weir_suppress_end();
    assert_false(weir_trigger(client, "outer", WEIR_END));
    assert_false(visit("/", "x", 200));
    weir_suppress_end();
    assert_true(weir_trigger(client, "after", WEIR_END));
    weir_client_stats(client, &stats);
    assert_int_equal(stats.triggered, 1);
    assert_int_equal(weir_test_count(client, NULL), 1);
}

static void a_request_takes_huge_and_broken_headers(void **state)
{
    static char text[200001];
    struct weir_request_info info = {.path = text, .referrer = text, .user_agent = "\xff\xfe"};
    struct weir_request *r;

    memset(text, 'p', sizeof text - 1);
    r = weir_request_begin(client, &info);
    assert_true(weir_page_visited(r));
    weir_request_end(r);
    assert_int_equal(strlen(get(0, "context.path")), 8192);
    assert_string_equal(get(0, "context.user_agent"), "\xef\xbf\xbd\xef\xbf\xbd");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_has_the_request_around_it),
        TEST(what_becomes_known_later_is_in_later_events),
        TEST(a_request_without_an_id_gets_one_for_all_its_events),
        TEST(pages_count_by_the_rules),
        TEST(pages_that_failed_count_where_it_is_asked_for),
        TEST(calls_of_an_api_are_no_pages),
        TEST(the_current_request_is_found_and_nests),
        TEST(another_clients_request_is_none_of_ones_own),
        TEST(other_threads_have_neither_request_nor_suppression),
        TEST(suppression_ends_with_the_outermost_scope),
        TEST(a_request_takes_huge_and_broken_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
