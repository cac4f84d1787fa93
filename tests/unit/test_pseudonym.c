/* SPDX-License-Identifier: Apache-2.0 */
/* test_pseudonym.c: keyed hashes, and what becomes of their keys over the days. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "memory_io.h"
#include "privacy/hmac.h"
#include "privacy/pseudonym.h"

#define HOUR INT64_C(3600000000)
#define DAY DATETIME_DAY_US

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_int_equal(datetime_parse(str_from(text), &us), 0);
    return us;
}

static void assert_hmac(struct str key, struct str text, const char *hex)
{
    struct hmac_key k;
    uint8_t mac[HMAC_BYTES], want[HMAC_BYTES];

    assert_int_equal(hex_decode(want, HMAC_BYTES, str_from(hex)), 0);
    hmac_prepare(&k, key.ptr, key.len);
    for (size_t cut = 0; cut <= text.len; cut++) {
        hmac_sha256(&k, str_slice(text, 0, cut), str_slice(text, cut, text.len), mac);
        assert_memory_equal(mac, want, HMAC_BYTES);
    }
}

static void hmac_agrees_with_rfc_4231(void **state)
{
    char key[131], text[152];

    memset(key, 0x0b, sizeof key);
    assert_hmac(str_of(key, 20), STR("Hi There"),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    memset(key, 0xaa, sizeof key);
    assert_hmac(str_of(key, sizeof key),
                STR("Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hmac(STR("Jefe"), STR("what do ya want for nothing?"),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    memset(text, 0xdd, 50);
    assert_hmac(str_of(key, 20), str_of(text, 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

/* Lengths around the one block that is filled by hand, against the way by OpenSSL's own buffer. */
static void hmac_agrees_with_itself_at_every_length(void **state)
{
    uint8_t one[HMAC_BYTES], two[HMAC_BYTES];
    char text[200];
    struct hmac_key k;

    memset(text, 'x', sizeof text);
    hmac_prepare(&k, "key", 3);
    for (size_t len = 1; len < sizeof text; len++) {
        hmac_sha256(&k, str_of(text, len), STR_NONE, one);
        hmac_sha256(&k, str_of(text, 1), str_of(text, len - 1), two);
        assert_memory_equal(one, two, HMAC_BYTES);
    }
}

static struct pseudonyms *open_memory(struct memory_io *m)
{
    struct pseudonyms *p = NULL;
    struct err err = {0};

    if (pseudonyms_open(&p, &m->io, "keys", &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

static struct pseudonym make(struct pseudonyms *p, const char *scope, const char *text)
{
    struct pseudonym out;
    unsigned number;

    assert_int_equal(pseudonyms_scope(p, str_from(scope), &number, NULL), 0);
    pseudonym_make(p, number, str_from(text), &out);
    return out;
}

static struct pseudonym visitor(struct pseudonyms *p, int64_t now_us, uint32_t *epoch)
{
    struct pseudonym out;

    pseudonym_make_daily(p, PSEUDONYM_VISITOR, now_us, STR("agent"), STR("::1"), &out, epoch);
    return out;
}

#define assert_same(x, y) assert_memory_equal((x).b, (y).b, PSEUDONYM_BYTES)
#define assert_differ(x, y) assert_memory_not_equal((x).b, (y).b, PSEUDONYM_BYTES)

static void lasting_scopes_join_and_do_not_mix(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct pseudonym actor = make(p, "actor", "u1"), other = make(p, "actor", "u2");
    struct pseudonym device = make(p, "device", "u1");

    assert_differ(actor, other);
    assert_differ(actor, device);
    assert_same(actor, make(p, "actor", "u1"));
    pseudonyms_close(p);
    p = open_memory(m); /* in another order: a scope's key comes from its name */
    assert_same(device, make(p, "device", "u1"));
    assert_same(actor, make(p, "actor", "u1"));
    pseudonyms_close(p);
    memory_io_free(m);
    m = memory_io_new();
    p = open_memory(m); /* elsewhere */
    assert_differ(actor, make(p, "actor", "u1"));
    pseudonyms_close(p);
    memory_io_free(m);
}

static void two_fields_cannot_be_shifted(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct pseudonym a, b;
    char text[1000];
    uint32_t epoch;

    memset(text, 'x', sizeof text);
    for (size_t len = 1; len < sizeof text; len++) {
        pseudonym_make_daily(p, PSEUDONYM_VISITOR, clock_now_us(), str_of(text, len),
                             str_of(text, sizeof text - len), &a, &epoch);
        pseudonym_make_daily(p, PSEUDONYM_VISITOR, clock_now_us(), str_of(text, len - 1),
                             str_of(text, sizeof text - len + 1), &b, &epoch);
        assert_differ(a, b);
    }
    pseudonym_make_daily(p, PSEUDONYM_SESSION, clock_now_us(), STR("a"), STR_NONE, &a, &epoch);
    pseudonym_make_daily(p, PSEUDONYM_VISITOR, clock_now_us(), STR("a"), STR_NONE, &b, &epoch);
    assert_differ(a, b);
    pseudonyms_close(p);
    memory_io_free(m);
}

static bool has_key(struct memory_io *m, const char *name)
{
    return memory_io_find(m, name) != NULL;
}

static void daily_keys_come_and_go(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct pseudonym first, second;
    uint32_t epoch, today = 20779; /* 2026-11-22 */
    struct err err;

    assert_int_equal(pseudonyms_rotate(p, at("2026-11-22T11:59:59Z"), &err), 0);
    assert_true(has_key(m, "visitor-2026-11-22.key") && has_key(m, "session-2026-11-22.key"));
    assert_false(has_key(m, "visitor-2026-11-23.key"));
    first = visitor(p, at("2026-11-22T00:00:00Z"), &epoch);
    assert_int_equal(epoch, today);
    assert_same(first, visitor(p, at("2026-11-22T23:59:59Z"), &epoch));
    assert_int_equal(pseudonyms_rotate(p, at("2026-11-22T12:00:00Z"), &err), 0);
    assert_true(has_key(m, "visitor-2026-11-23.key"));
    second = visitor(p, at("2026-11-23T00:00:00Z"), &epoch);
    assert_int_equal(epoch, today + 1);
    assert_differ(first, second);
    /* For an hour a request of before midnight is hashed as it was. */
    assert_int_equal(pseudonyms_rotate(p, at("2026-11-23T00:59:59Z"), &err), 0);
    assert_same(first, visitor(p, at("2026-11-22T23:59:59Z"), &epoch));
    assert_int_equal(pseudonyms_rotate(p, at("2026-11-23T01:00:00Z"), &err), 0);
    assert_false(has_key(m, "visitor-2026-11-22.key") || has_key(m, "session-2026-11-22.key"));
    assert_same(second, visitor(p, at("2026-11-22T23:59:59Z"), &epoch));
    assert_int_equal(epoch, today + 1);
    pseudonyms_close(p);
    memory_io_free(m);
}

static void a_jumping_clock_keeps_no_key_and_stops_nothing(void **state)
{
    static const char *const moments[] = {"1970-01-01T00:00:00Z", "2036-11-22T10:00:00Z",
                                          "2038-01-19T03:14:08Z", "2026-11-22T10:00:00Z",
                                          "2026-11-21T10:00:00Z", "9999-12-31T23:59:59Z"};
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    uint32_t epoch;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        size_t keys = 0;

        visitor(p, at(moments[i]), &epoch); /* before the rotation: with the nearest key */
        assert_true(epoch > 0);
        if (pseudonyms_rotate(p, at(moments[i]), &err) < 0)
            fail_msg("%s", err.text);
        visitor(p, at(moments[i]), &epoch);
        assert_int_equal(epoch, i == 0 ? 1 : at(moments[i]) / DAY);
        for (size_t k = 0; k < MEMORY_FILES; k++)
            keys += m->names[k] != NULL;
        assert_true(keys <= 1 + 2 * 2);
    }
    pseudonyms_close(p);
    memory_io_free(m);
}

static void a_failed_rotation_leaves_what_is_in_use(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct pseudonym before;
    uint32_t epoch;
    struct err err;

    assert_int_equal(pseudonyms_rotate(p, at("2026-11-22T10:00:00Z"), &err), 0);
    before = visitor(p, at("2026-11-22T10:00:00Z"), &epoch);
    for (int i = 0; i < 2; i++) {
        m->fail_write = i == 0 ? 0 : -1;
        m->fail_sync = i == 1 ? 0 : -1;
        assert_int_equal(pseudonyms_rotate(p, at("2026-11-22T12:00:00Z"), &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_same(before, visitor(p, at("2026-11-22T12:00:00Z"), &epoch));
    }
    m->fail_write = m->fail_sync = -1;
    assert_int_equal(pseudonyms_rotate(p, at("2026-11-22T12:00:00Z"), &err), 0);
    assert_true(has_key(m, "visitor-2026-11-23.key"));
    pseudonyms_close(p);
    memory_io_free(m);
}

static void leftovers_of_a_crash_are_destroyed(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);

    pseudonyms_close(p);
    memory_io_put(m, "visitor-2026-11-22.key.tmp", "12345678901234567890123456789012", 32);
    memory_io_put(m, "visitor-2001-01-01.key", "12345678901234567890123456789012", 32);
    memory_io_put(m, "visitor-of-mine.txt", "hello", 5);
    p = open_memory(m);
    assert_false(has_key(m, "visitor-2026-11-22.key.tmp"));
    assert_false(has_key(m, "visitor-2001-01-01.key"));
    assert_true(has_key(m, "visitor-of-mine.txt"));
    pseudonyms_close(p);
    memory_io_free(m);
}

static void a_lost_master_key_is_no_silent_loss(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct err err;

    pseudonyms_close(p);
    assert_int_equal(m->io.unlink(&m->io, "pseudonym.key"), 0);
    assert_int_equal(pseudonyms_open(&p, &m->io, "keys", &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    memory_io_put(m, "pseudonym.key", "short", 5);
    assert_int_equal(pseudonyms_open(&p, &m->io, "keys", &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    memory_io_free(m);
}

static void key_files_are_their_owners_alone(void **state)
{
    char dir[] = "/tmp/weir-keys-XXXXXX";
    AUTO_FREE char *keys = NULL;
    AUTO_FREE char *master = NULL;
    struct pseudonyms *p;
    struct stat st;
    struct err err;
    struct dirent *e;
    AUTO_DIR d = NULL;

    assert_non_null(mkdtemp(dir));
    keys = io_join(dir, "keys");
    master = io_join(keys, "pseudonym.key");
    assert_int_equal(pseudonyms_open(&p, io_system(), keys, &err), 0);
    pseudonyms_close(p);
    assert_int_equal(stat(keys, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    d = opendir(keys);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(fstatat(dirfd(d), e->d_name, &st, 0), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(st.st_size, 32);
    }
    assert_int_equal(chmod(master, 0640), 0);
    assert_int_equal(pseudonyms_open(&p, io_system(), keys, &err), -1);
    assert_int_equal(err.code, ERR_DENIED);
    rewinddir(d);
    while ((e = readdir(d)))
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    rmdir(keys);
    rmdir(dir);
}

static void blank_is_absent(void **state)
{
    assert_true(pseudonym_is_blank(STR_NONE));
    assert_true(pseudonym_is_blank(STR("")));
    assert_true(pseudonym_is_blank(STR(" \t\r\n")));
    assert_false(pseudonym_is_blank(STR(" 0 ")));
}

static void scopes_end_at_256(void **state)
{
    struct memory_io *m = memory_io_new();
    struct pseudonyms *p = open_memory(m);
    struct err err;
    unsigned n;

    for (int i = 0; i < 256; i++) {
        char name[16];

        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(pseudonyms_scope(p, str_from(name), &n, &err), 0);
    }
    assert_int_equal(pseudonyms_scope(p, STR("one more"), &n, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    pseudonyms_close(p);
    memory_io_free(m);
}

struct race {
    struct pseudonyms *p;
    atomic_bool stop;
    struct pseudonym even; /* of 2026-11-22 */
};

static void *hash_on(void *arg)
{
    struct race *r = arg;

    while (!atomic_load(&r->stop)) {
        uint32_t epoch;
        struct pseudonym got = visitor(r->p, at("2026-11-22T10:00:00Z"), &epoch);

        assert_true(epoch > 0);
        if (epoch == 20779)
            assert_same(got, r->even);
    }
    return NULL;
}

/* Hashing goes on while keys are replaced, and never with half of a key. */
static void rotation_and_hashing_do_not_meet(void **state)
{
    struct memory_io *m = memory_io_new();
    struct race r = {.p = open_memory(m)};
    pthread_t threads[2];
    uint32_t epoch;
    struct err err;

    assert_int_equal(pseudonyms_rotate(r.p, at("2026-11-22T10:00:00Z"), &err), 0);
    r.even = visitor(r.p, at("2026-11-22T10:00:00Z"), &epoch);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_on, &r), 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(
            pseudonyms_rotate(r.p, at("2026-11-22T13:00:00Z") + i * HOUR % (11 * HOUR), &err), 0);
    for (int i = 0; i < 200; i++) /* the day's own key goes; it does not come back the same */
        assert_int_equal(pseudonyms_rotate(r.p, at("2027-01-01T10:00:00Z") + i * DAY, &err), 0);
    atomic_store(&r.stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pseudonyms_close(r.p);
    memory_io_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_agrees_with_rfc_4231),
        cmocka_unit_test(hmac_agrees_with_itself_at_every_length),
        cmocka_unit_test(lasting_scopes_join_and_do_not_mix),
        cmocka_unit_test(two_fields_cannot_be_shifted),
        cmocka_unit_test(daily_keys_come_and_go),
        cmocka_unit_test(a_jumping_clock_keeps_no_key_and_stops_nothing),
        cmocka_unit_test(a_failed_rotation_leaves_what_is_in_use),
        cmocka_unit_test(leftovers_of_a_crash_are_destroyed),
        cmocka_unit_test(a_lost_master_key_is_no_silent_loss),
        cmocka_unit_test(key_files_are_their_owners_alone),
        cmocka_unit_test(blank_is_absent),
        cmocka_unit_test(scopes_end_at_256),
        cmocka_unit_test(rotation_and_hashing_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
