/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, trusted blocks, and the client behind proxies. */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "settings/proxies.h"

static struct address parsed(const char *text)
{
    struct address a = {{0}};

    assert_int_equal(address_parse(str_from(text), &a), 0);
    return a;
}

static void expect_text(const char *in, const char *out)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address a = parsed(in);

    assert_true(str_is(address_format(&a, text), out));
}

static struct proxies *trusting(const char **blocks, size_t count)
{
    struct settings_list list = {.items = (char **)blocks, .count = count};
    struct proxies *p = NULL;
    struct err err = {0};

    assert_int_equal(proxies_new(&p, &list, "collector.trusted_proxies", &err), 0);
    return p;
}

static void addresses_are_read_with_and_without_ports(void **state)
{
    expect_text("192.0.2.1", "192.0.2.1");
    expect_text(" 192.0.2.1 ", "192.0.2.1");
    expect_text("192.0.2.1:8080", "192.0.2.1");
    expect_text("2001:db8::1", "2001:db8::1");
    expect_text("[2001:db8::1]:443", "2001:db8::1");
    expect_text("::ffff:192.0.2.1", "192.0.2.1");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"",     "unknown",   "192.0.2",    "192.0.2.256", "_hidden",
                                      "[::1", "1.2.3.4.5", "0x7f.0.0.1", "::g",         "a:b"};
    struct address a;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(address_parse(str_from(bad[i]), &a), -1);
    assert_int_equal(address_parse(str_of("1.2.3.4\0x", 9), &a), -1);
}

static void loopback_is_known_in_both_families(void **state)
{
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},        {"127.255.1.2", true}, {"::1", true},
                 {"::ffff:127.0.0.1", true}, {"128.0.0.1", false},  {"::2", false}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address a = parsed(cases[i].text);

        assert_int_equal(address_is_loopback(&a), cases[i].loopback);
    }
}

static void blocks_match_by_their_bits(void **state)
{
    const char *blocks[] = {"10.0.0.0/8", "192.0.2.128/25", "203.0.113.7", "2001:db8::/33"};
    struct proxies *p = trusting(blocks, ARRAY_LEN(blocks));
    static const struct {
        const char *text;
        bool trusted;
    } cases[] = {{"10.255.0.1", true},     {"11.0.0.1", false},       {"192.0.2.128", true},
                 {"192.0.2.127", false},   {"203.0.113.7", true},     {"203.0.113.8", false},
                 {"2001:db8::1", true},    {"2001:db8:7fff::", true}, {"2001:db8:8000::", false},
                 {"::ffff:10.1.1.1", true}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address a = parsed(cases[i].text);

        assert_int_equal(proxies_trust(p, &a), cases[i].trusted);
    }
    proxies_free(p);
}

static void a_block_that_is_none_is_an_error(void **state)
{
    static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/x", "proxy.example.org",
                                      "::/129",      "/8",         "10.0.0.0/"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_FREE char *item = xstrdup(bad[i]);
        struct settings_list list = {.items = &item, .count = 1};
        struct proxies *p = NULL;
        struct err err = {0};

        assert_int_equal(proxies_new(&p, &list, "collector.trusted_proxies", &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(p);
    }
}

static void expect_client(const char *peer, const char *first, const char *second,
                          const char *client)
{
    const char *blocks[] = {"10.0.0.0/8"};
    struct proxies *p = trusting(blocks, 1);
    struct str fields[2] = {str_from(first), str_from(second)};
    struct address from = parsed(peer), wanted = parsed(client), got;

    proxies_client(p, &from, fields, (first != NULL) + (second != NULL), &got);
    assert_memory_equal(&got, &wanted, sizeof got);
    proxies_free(p);
}

static void the_client_is_the_right_most_address_that_is_no_proxy(void **state)
{
    expect_client("198.51.100.9", NULL, NULL, "198.51.100.9");
    expect_client("198.51.100.9", "192.0.2.1", NULL, "198.51.100.9"); /* not from a proxy */
    expect_client("10.0.0.1", "192.0.2.1", NULL, "192.0.2.1");
    expect_client("10.0.0.1", "6.6.6.6, 192.0.2.1", NULL, "192.0.2.1"); /* 6.6.6.6 was made up */
    expect_client("10.0.0.1", "192.0.2.1, 10.0.0.2", NULL, "192.0.2.1");
    expect_client("10.0.0.1", "6.6.6.6", "192.0.2.1,10.0.0.2", "192.0.2.1");
    expect_client("10.0.0.1", "192.0.2.1", "10.0.0.2", "192.0.2.1");
    expect_client("10.0.0.1", "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3");
    expect_client("10.0.0.1", "192.0.2.1, unknown", NULL, "10.0.0.1");
    expect_client("10.0.0.1", "192.0.2.1, unknown, 10.0.0.2", NULL, "10.0.0.2");
    expect_client("10.0.0.1", "", NULL, "10.0.0.1");
    expect_client("10.0.0.1", ",", NULL, "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_with_and_without_ports),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(loopback_is_known_in_both_families),
        cmocka_unit_test(blocks_match_by_their_bits),
        cmocka_unit_test(a_block_that_is_none_is_an_error),
        cmocka_unit_test(the_client_is_the_right_most_address_that_is_no_proxy),
    };

    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
