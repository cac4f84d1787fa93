/* SPDX-License-Identifier: Apache-2.0 */
/* test_place.c: countries from a MaxMind DB file that the test writes itself.
 *
 * The format (MaxMind DB 2.0): a binary tree over the bits of an address, here IPv6 with two 24-bit
 * records a node: a node's number, the node count for "unknown", or count + 16 + offset in the data
 * behind it; 16 zero bytes; the data; a marker and the metadata map at the end. A value begins with
 * a byte of type (3 bits) and size (5 bits). */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "privacy/place.h"

enum { NODES_MAX = 1000, UTF8 = 2, UINT16 = 5, UINT32 = 6, MAP = 7, UINT64 = 9, ARRAY = 11 };

struct writer {
    int node[NODES_MAX][2]; /* > 0: a node; < 0: -1 - offset of data; 0: unknown */
    int nodes;
    struct buf data;
    char path[32];
};

static void put_head(struct buf *b, int type, size_t size)
{
    buf_char(b, (char)((type > 7 ? 0 : type << 5) | (int)size));
    if (type > 7)
        buf_char(b, (char)(type - 7));
}

static void put_text(struct buf *b, const char *text)
{
    put_head(b, UTF8, strlen(text));
    buf_str(b, str_from(text));
}

static void put_number(struct buf *b, int type, size_t size, unsigned long long n)
{
    put_head(b, type, size);
    while (size-- > 0)
        buf_char(b, (char)(n >> 8 * size));
}

/* {key: {iso_code: code}} */
static int put_country(struct writer *w, const char *key, const char *code)
{
    int at = (int)w->data.len;

    put_head(&w->data, MAP, 1);
    put_text(&w->data, key);
    put_head(&w->data, MAP, 1);
    put_text(&w->data, "iso_code");
    put_text(&w->data, code);
    return at;
}

static void put_prefix(struct writer *w, const char *address, int bits, int data)
{
    struct in6_addr a;
    int at = 0;

    assert_int_equal(inet_pton(AF_INET6, address, &a), 1);
    for (int i = 0; i < bits; i++) {
        int *slot = &w->node[at][a.s6_addr[i / 8] >> (7 - i % 8) & 1];

        if (i == bits - 1)
            *slot = -1 - data;
        else if (*slot == 0)
            *slot = w->nodes++;
        at = *slot;
        assert_true(w->nodes < NODES_MAX);
    }
}

static void put_metadata(struct buf *b, int nodes)
{
    buf_append(b, "\xab\xcd\xefMaxMind.com", 14);
    put_head(b, MAP, 9);
    put_text(b, "node_count");
    put_number(b, UINT32, 4, (unsigned)nodes);
    put_text(b, "record_size");
    put_number(b, UINT16, 2, 24);
    put_text(b, "ip_version");
    put_number(b, UINT16, 2, 6);
    put_text(b, "database_type");
    put_text(b, "Test-Country");
    put_text(b, "languages");
    put_head(b, ARRAY, 0);
    put_text(b, "binary_format_major_version");
    put_number(b, UINT16, 2, 2);
    put_text(b, "binary_format_minor_version");
    put_number(b, UINT16, 2, 0);
    put_text(b, "build_epoch");
    put_number(b, UINT64, 8, 1767225600);
    put_text(b, "description");
    put_head(b, MAP, 0);
}

static void write_file(struct writer *w, const void *bytes, size_t len)
{
    AUTO_FD fd = -1;

    memcpy(w->path, "/tmp/weir-place-XXXXXX", 23);
    fd = mkstemp(w->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
}

static void write_tree(struct writer *w)
{
    AUTO_BUF b;

    buf_init(&b, 1 << 20);
    for (int i = 0; i < w->nodes; i++)
        for (int side = 0; side < 2; side++) {
            int to = w->node[i][side];
            unsigned value = to > 0    ? (unsigned)to
                             : to == 0 ? (unsigned)w->nodes
                                       : (unsigned)(w->nodes + 16 - 1 - to);

            for (int shift = 16; shift >= 0; shift -= 8)
                buf_char(&b, (char)(value >> shift));
        }
    buf_append(&b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    buf_append(&b, w->data.ptr, w->data.len);
    put_metadata(&b, w->nodes);
    assert_false(buf_failed(&b));
    write_file(w, b.ptr, b.len);
}

static int write_countries(void **state)
{
    struct writer *w = xcalloc(1, sizeof *w);

    w->nodes = 1;
    buf_init(&w->data, 1 << 16);
    put_prefix(w, "::198.51.100.0", 96 + 24, put_country(w, "country", "NL"));
    put_prefix(w, "::203.0.113.0", 96 + 24, put_country(w, "registered_country", "JP"));
    put_prefix(w, "::192.0.2.0", 96 + 24, put_country(w, "continent", "EU"));
    put_prefix(w, "::192.0.3.0", 96 + 24, put_country(w, "country", "eu"));
    put_prefix(w, "::192.0.4.0", 96 + 24, put_country(w, "country", "USA"));
    put_prefix(w, "2001:db8::", 32, put_country(w, "country", "GB"));
    write_tree(w);
    *state = w;
    return 0;
}

static int remove_file(void **state)
{
    struct writer *w = *state;

    unlink(w->path);
    buf_free(&w->data);
    free(w);
    return 0;
}

static void assert_country(struct places *p, const char *ip, const char *want)
{
    char got[2] = "";
    bool found = place_country(p, str_from(ip), got);

    if (found != (want != NULL) || (want && memcmp(got, want, 2) != 0))
        fail_msg("%s is in %.2s, not %s", ip, found ? got : "-", want ? want : "-");
}

static void addresses_have_their_country(void **state)
{
    struct writer *w = *state;
    struct places *p;
    struct err err;

    assert_int_equal(places_open(&p, w->path, &err), 0);
    assert_country(p, "198.51.100.7", "NL");
    assert_country(p, "198.51.101.7", NULL);
    assert_country(p, "203.0.113.255", "JP");
    assert_country(p, "2001:db8::1", "GB");
    assert_country(p, "2001:db9::1", NULL);
    assert_country(p, "::ffff:198.51.100.7", "NL");
    assert_country(p, "::FFFF:c633:6407", "NL");
    places_close(p);
}

static void an_entry_without_a_code_has_no_country(void **state)
{
    struct writer *w = *state;
    struct places *p;

    assert_int_equal(places_open(&p, w->path, NULL), 0);
    assert_country(p, "192.0.2.1", NULL);
    assert_country(p, "192.0.3.1", NULL);
    assert_country(p, "192.0.4.1", NULL);
    places_close(p);
}

static void what_is_no_address_has_no_country(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "198.51.100",
                                      "198.51.100.7 ",
                                      "198.51.100.256",
                                      "[2001:db8::1]",
                                      "2001:db8::1%eth0",
                                      "0000000000000000000000000000000000000000000000000"};
    struct writer *w = *state;
    struct places *p;
    char country[2];

    assert_int_equal(places_open(&p, w->path, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_country(p, bad[i], NULL);
    assert_false(place_country(p, STR("198.51.100.7\0001"), country));
    places_close(p);
}

static void without_a_file_no_place_is_known(void **state)
{
    assert_country(NULL, "198.51.100.7", NULL);
    places_close(NULL);
}

static void a_missing_file_is_an_error(void **state)
{
    struct places *p = NULL;
    struct err err;

    assert_int_equal(places_open(&p, "/nonexistent/country.mmdb", &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.text, "open /nonexistent/country.mmdb: No such file or directory");
    assert_null(p);
}

static void another_kind_of_file_is_an_error(void **state)
{
    static const char text[] = "this is no database, whatever its name says";
    struct writer w;
    struct places *p = NULL;
    struct err err;

    write_file(&w, text, sizeof text);
    assert_int_equal(places_open(&p, w.path, &err), -1);
    assert_int_equal(err.code, ERR_PARSE);
    assert_non_null(strstr(err.text, "as a MaxMind DB file: "));
    assert_null(p);
    unlink(w.path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, write_countries, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_have_their_country),
        TEST(an_entry_without_a_code_has_no_country),
        TEST(what_is_no_address_has_no_country),
        cmocka_unit_test(without_a_file_no_place_is_known),
        cmocka_unit_test(a_missing_file_is_an_error),
        cmocka_unit_test(another_kind_of_file_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
