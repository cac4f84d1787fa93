/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"
#include "privacy/useragent.h"
#include "privacy/useragent_cache.h"

#define CHROME                                                                                     \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "            \
    "Chrome/126.0.6478.127 Safari/537.36"

struct fixture {
    struct useragents *u;
    struct arena *a;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    f->a = arena_new(4096, 65536);
    *state = f;
    return useragents_new(&f->u, NULL);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    useragents_free(f->u);
    arena_free(f->a);
    free(f);
    return 0;
}

static struct useragent parse(struct fixture *f, struct str header)
{
    struct useragent ua;

    arena_reset(f->a);
    assert_int_equal(useragent_parse(f->u, header, f->a, &ua), 0);
    return ua;
}

static void assert_text(struct str got, const char *want)
{
    if (!str_is(got, want ? want : "") || (got.ptr == NULL) != (want == NULL))
        fail_msg("%.*s is not %s", STR_ARG(got), want ? want : "absent");
}

static void reads(struct fixture *f, const char *header, const char *browser, const char *version,
                  const char *os, bool bot)
{
    for (int i = 0; i < 3; i++) { /* parsed, parsed and kept, from the cache */
        struct useragent ua = parse(f, str_from(header));

        assert_text(ua.browser, browser);
        assert_text(ua.version, version);
        assert_text(ua.os, os);
        assert_int_equal(ua.bot, bot);
    }
}

static void browsers_have_two_parts_of_their_version(void **state)
{
    reads(*state, CHROME, "Chrome", "126.0", "Windows 10", false);
    reads(*state,
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0",
          "Firefox", "128.0", "Mac OS X 10.15", false);
    reads(*state,
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
          "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
          "Mobile Safari", "17.5", "iOS 17.5", false);
    reads(*state,
          "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/126.0.6478.122 Mobile Safari/537.36",
          "Chrome Mobile", "126.0", "Android 14", false);
    reads(*state, "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
          "Firefox", "115.0", "Linux", false);
}

static void what_no_expression_knows_is_absent(void **state)
{
    reads(*state, "x", NULL, NULL, NULL, false);
    reads(*state, "", NULL, NULL, NULL, false);
    reads(*state, "(;;;;;;;;)", NULL, NULL, NULL, false);
}

static void crawlers_monitors_libraries_and_remote_controls_are_bots(void **state)
{
    static const char *const bots[] = {
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; SomeNewCrawler/1.0)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) "
        "PingdomTMS/0.8.5 Safari/534.34",
        "curl/8.5.0",
        "Wget/1.21.4",
        "python-requests/2.31.0",
        "Python/3.11 aiohttp/3.9.1",
        "Go-http-client/1.1",
        "Apache-HttpClient/4.5.14 (Java/17.0.9)",
        "axios/1.6.2",
        "libwww-perl/6.67",
        "GuzzleHttp/7.0.1",
        "Java/17.0.2",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 "
        "Safari/538.1",
        "Mozilla/5.0 (Linux; Android 6.0.1; Moto G (4)) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/65.0.3325.146 Mobile Safari/537.36 PTST/180521",
    };

    for (size_t i = 0; i < ARRAY_LEN(bots); i++)
        if (!parse(*state, str_from(bots[i])).bot)
            fail_msg("not a bot: %s", bots[i]);
}

static void people_and_their_apps_are_not_bots(void **state)
{
    static const char *const people[] = {
        CHROME,
        "okhttp/4.12.0",
        "MyApp/3 CFNetwork/1410.0.3 Darwin/22.6.0",
        "Mozilla/5.0 (Linux; Android 9; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Silk/126.2.1 like Chrome/126.0.6478.122 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 5.1; CUBOT X15) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/81.0.4044.138 Mobile Safari/537.36",
    };

    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        if (parse(*state, str_from(people[i])).bot)
            fail_msg("a bot: %s", people[i]);
}

static void a_long_header_is_cut_at_1024_bytes(void **state)
{
    char long_header[3000];
    struct useragent ua;

    memset(long_header, ' ', sizeof long_header);
    memcpy(long_header + 1024 - 11, "curl/8.5.0 ", 11);
    assert_text(parse(*state, str_of(long_header, sizeof long_header)).browser, "curl");
    memset(long_header, ' ', sizeof long_header);
    memcpy(long_header + 1024 - 3, "curl/8.5.0 ", 11);
    ua = parse(*state, str_of(long_header, sizeof long_header));
    assert_text(ua.browser, NULL);
}

static void bytes_that_are_no_text_do_not_come_through(void **state)
{
    struct useragent ua = parse(*state, STR("\xff\xfe\xe2\x82"
                                            "Bot/1.0"));

    assert_true(ua.bot);
    assert_true(str_is_utf8(ua.browser));
    ua = parse(*state, STR("curl\0/8.5"));
    assert_text(ua.browser, "curl");
}

static void names_end_at_128_bytes(void **state)
{
    char header[400];
    struct useragent ua;

    memset(header, 'a', sizeof header);
    memcpy(header + sizeof header - 21, "/1 CFNetwork/1 Darwin", 21);
    memset(header + 190, ' ', sizeof header - 21 - 190);
    ua = parse(*state, str_of(header, sizeof header));
    assert_true(ua.browser.len <= 128);
}

static void a_full_arena_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(64, 64);
    struct useragent ua = {.bot = true};

    assert_non_null(arena_alloc(small, 48));
    assert_int_equal(useragent_parse(f->u, STR(CHROME), small, &ua), -1);
    assert_true(ua.bot); /* left alone */
    arena_free(small);
}

/* --- the cache --- */

static void put(struct uacache *c, const char *agent, const char *text)
{
    struct uacache_answer answer = {.len = strlen(text)};

    memcpy(answer.bytes, text, answer.len);
    uacache_put(c, str_from(agent), str_hash(str_from(agent)), &answer);
}

static bool has(struct uacache *c, const char *agent, const char *text)
{
    struct uacache_answer answer;

    return uacache_get(c, str_from(agent), str_hash(str_from(agent)), &answer) &&
           str_is(str_of(answer.bytes, answer.len), text);
}

static void the_cache_keeps_what_it_sees_twice(void **state)
{
    struct uacache *c = uacache_new();

    put(c, "agent", "answer");
    assert_false(has(c, "agent", "answer"));
    put(c, "agent", "answer");
    assert_true(has(c, "agent", "answer"));
    assert_false(has(c, "agenT", "answer"));
    assert_false(has(c, "agent ", "answer"));
    uacache_free(c);
}

static void the_cache_tells_equal_hashes_apart(void **state)
{
    struct uacache *c = uacache_new();
    struct uacache_answer answer = {.len = 1, .bytes = "x"}, got;

    uacache_put(c, STR("one"), 42, &answer);
    uacache_put(c, STR("one"), 42, &answer);
    assert_true(uacache_get(c, STR("one"), 42, &got));
    assert_false(uacache_get(c, STR("two"), 42, &got));
    assert_false(uacache_get(c, STR("one "), 42, &got));
    uacache_free(c);
}

static void what_does_not_fit_a_slot_is_not_kept(void **state)
{
    struct uacache *c = uacache_new();
    char agent[801];

    memset(agent, 'a', sizeof agent);
    agent[800] = '\0';
    put(c, agent, "answer");
    put(c, agent, "answer");
    assert_false(has(c, agent, "answer"));
    agent[700] = '\0';
    put(c, agent, "answer");
    put(c, agent, "answer");
    assert_true(has(c, agent, "answer"));
    uacache_free(c);
}

static void a_flood_pushes_out_nothing_that_is_in_use(void **state)
{
    struct uacache *c = uacache_new();
    char agent[32];
    int lost = 0;

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 100; i++) {
            snprintf(agent, sizeof agent, "hot %d", i);
            put(c, agent, "hot");
        }
    for (int i = 0; i < 200000; i++) {
        snprintf(agent, sizeof agent, "flood %d", i / (1 + i % 2)); /* some of it comes twice */
        put(c, agent, "flood");
        snprintf(agent, sizeof agent, "hot %d", i % 100);
        if (!has(c, agent, "hot")) {
            lost++;
            put(c, agent, "hot");
        }
    }
    assert_true(lost < 20);
    uacache_free(c);
}

/* --- threads --- */

enum { THREADS = 4, ROUNDS = 3000, AGENTS = 40 };

static void *parse_many(void *arg)
{
    struct fixture *f = arg;
    struct arena *a = arena_new(4096, 65536);
    char header[200], version[16];

    for (int i = 0; i < ROUNDS; i++) {
        struct useragent ua;

        snprintf(version, sizeof version, "%d.%d", i % AGENTS, i % 7);
        snprintf(header, sizeof header, "Mozilla/5.0 (X11; Linux x86_64) Firefox/%s", version);
        arena_reset(a);
        if (useragent_parse(f->u, str_from(header), a, &ua) < 0 || !str_is(ua.version, version) ||
            !str_is(ua.browser, "Firefox") || !str_is(ua.os, "Linux") || ua.bot) {
            arena_free(a);
            return arg;
        }
    }
    arena_free(a);
    return NULL;
}

static void threads_share_a_parser(void **state)
{
    pthread_t threads[THREADS];
    void *wrong;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_many, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

/* Readers and writers of few slots: what is read is always one whole entry. */
static void *use_cache(void *arg)
{
    struct uacache *c = arg;
    char agent[64], text[200];

    for (int i = 0; i < 20000; i++) {
        struct str key = str_of(agent, (size_t)snprintf(agent, sizeof agent, "agent %d", i % 23));
        uint64_t hash = (uint64_t)(i % 23 + 1) << 32; /* all of one set */
        struct uacache_answer answer = {.len = (size_t)(50 + i % 23)};

        memset(text, 'a' + i % 23, sizeof text);
        memcpy(answer.bytes, text, answer.len);
        uacache_put(c, key, hash, &answer);
        if (uacache_get(c, key, hash, &answer) &&
            (answer.len != (size_t)(50 + i % 23) || memcmp(answer.bytes, text, answer.len) != 0))
            return arg;
    }
    return NULL;
}

static void no_reader_sees_half_an_entry(void **state)
{
    struct uacache *c = uacache_new();
    pthread_t threads[THREADS];
    void *wrong;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_cache, c), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    uacache_free(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(browsers_have_two_parts_of_their_version),
        TEST(what_no_expression_knows_is_absent),
        TEST(crawlers_monitors_libraries_and_remote_controls_are_bots),
        TEST(people_and_their_apps_are_not_bots),
        TEST(a_long_header_is_cut_at_1024_bytes),
        TEST(bytes_that_are_no_text_do_not_come_through),
        TEST(names_end_at_128_bytes),
        TEST(a_full_arena_is_an_error),
        cmocka_unit_test(the_cache_keeps_what_it_sees_twice),
        cmocka_unit_test(the_cache_tells_equal_hashes_apart),
        cmocka_unit_test(what_does_not_fit_a_slot_is_not_kept),
        cmocka_unit_test(a_flood_pushes_out_nothing_that_is_in_use),
        TEST(threads_share_a_parser),
        cmocka_unit_test(no_reader_sees_half_an_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
