/* SPDX-License-Identifier: Apache-2.0 */
/* test_console_access.c: the password and its file, sessions and theirs, pauses after wrong passwords,
 * the door, and what is kept of policy reports. */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "console/csp.h"
#include "console/door.h"
#include "console/lockout.h"

#define SECOND INT64_C(1000000)

static char folder[] = "/tmp/weir-access-XXXXXX";
static char *password_file, *sessions_file;

static int make_folder(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    password_file = io_join(folder, "console.password");
    sessions_file = io_join(folder, "console.sessions");
    return 0;
}

static int remove_folder(void **state)
{
    unlink(password_file);
    unlink(sessions_file);
    free(password_file);
    free(sessions_file);
    return rmdir(folder);
}

static int forget_files(void **state)
{
    unlink(password_file);
    unlink(sessions_file);
    return 0;
}

static struct address address(const char *text)
{
    struct address a;

    assert_int_equal(address_parse(str_from(text), &a), 0);
    return a;
}

/* The password. */

static void passwords_that_are_made_differ_and_can_be_read(void **state)
{
    char a[PASSWORD_MADE_SIZE], b[PASSWORD_MADE_SIZE];

    password_make(a);
    password_make(b);
    assert_int_equal(strlen(a), 29);
    assert_string_not_equal(a, b);
    assert_int_equal(strspn(a, "abcdefghjkmnpqrstuvwxyz23456789-"), 29);
    assert_int_equal(password_check(str_from(a), NULL), 0);
}

static void a_password_fits_itself_alone(void **state)
{
    struct password p;
    struct stat st;
    struct err err;

    assert_int_equal(password_set(password_file, STR("correct horse"), &err), 0);
    assert_int_equal(stat(password_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(password_load(&p, password_file, &err), 0);
    assert_int_equal(password_fits(&p, STR("correct horse"), &err), 1);
    assert_int_equal(password_fits(&p, STR("correct hors"), &err), 0);
    assert_int_equal(password_fits(&p, STR(""), &err), 0);
    assert_int_equal(password_fits(&p, STR("correct horse "), &err), 0);
}

static void passwords_have_bounds(void **state)
{
    char longest[PASSWORD_BYTES_MAX + 1];
    struct err err;

    memset(longest, 'x', sizeof longest);
    assert_int_equal(password_check(STR("123456789"), &err), -1);
    assert_int_equal(password_check(STR("1234567890"), &err), 0);
    assert_int_equal(password_check(STR("größeöäü"), &err), -1); /* eight, in 13 bytes */
    assert_int_equal(password_check(STR("größeöäüßé"), &err), 0);
    assert_int_equal(password_check(str_of(longest, PASSWORD_BYTES_MAX), &err), 0);
    assert_int_equal(password_check(str_of(longest, PASSWORD_BYTES_MAX + 1), &err), -1);
    assert_int_equal(password_check(STR("1234567890\xff"), &err), -1);
    assert_int_equal(password_check(STR("12345\0"
                                        "67890"),
                                    &err),
                     -1);
    assert_int_equal(password_set(password_file, STR("short"), &err), -1);
    assert_int_equal(access(password_file, F_OK), -1);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    struct password p;
    struct err err;

    assert_int_equal(password_set(password_file, STR("correct horse"), &err), 0);
    assert_int_equal(chmod(password_file, 0640), 0);
    assert_int_equal(password_load(&p, password_file, &err), -1);
    assert_int_equal(err.code, ERR_DENIED);
}

#define SALT "00112233445566778899aabbccddeeff"
#define HASH SALT SALT

static void a_file_that_is_none_of_ours_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "scrypt 32768 8 1 " SALT " " HASH,
        "scrypt 32768 8 1 " SALT " " HASH " \n",
        "scrypt 32768 8 1 " SALT " " HASH "\n\n",
        "argon2 32768 8 1 " SALT " " HASH "\n",
        "scrypt 8192 8 1 " SALT " " HASH "\n", /* too cheap */
        "scrypt 32768 1 1 " SALT " " HASH "\n",
        "scrypt 32769 8 1 " SALT " " HASH "\n", /* no power of two */
        "scrypt 1048576 8 1 " SALT " " HASH "\n", /* a GiB */
        "scrypt 32768 8 0 " SALT " " HASH "\n",
        "scrypt 32768 8 17 " SALT " " HASH "\n",
        "scrypt 32768 8 1 " SALT "00 " HASH "\n",
        "scrypt 32768 8 1 " SALT " " SALT "\n",
        "scrypt 99999999999999999999 8 1 " SALT " " HASH "\n",
    };
    struct password p;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(
            io_replace_file(io_system(), password_file, 0600, str_from(texts[i]), &err), 0);
        if (password_load(&p, password_file, &err) == 0 || err.code != ERR_CORRUPT)
            fail_msg("%s was taken", texts[i]);
    }
    assert_int_equal(io_replace_file(io_system(), password_file, 0600,
                                     STR("scrypt 32768 8 1 " SALT " " HASH "\n"), &err),
                     0);
    assert_int_equal(password_load(&p, password_file, &err), 0);
}

/* Sessions. */

static void a_session_is_known_until_nobody_was_there_for_its_life(void **state)
{
    struct sessions s = {.life_us = 100 * SECOND};
    char token[SESSION_TOKEN_LEN + 1];
    struct str t = {token, SESSION_TOKEN_LEN};

    sessions_begin(&s, 0, token);
    assert_true(sessions_see(&s, t, 90 * SECOND));
    assert_true(sessions_see(&s, t, 100 * SECOND));
    assert_false(sessions_see(&s, t, 201 * SECOND));
    assert_int_equal(s.count, 0);
    s.life_us = 10000 * SECOND;
    sessions_begin(&s, 0, token);
    assert_true(sessions_see(&s, t, 9000 * SECOND)); /* slides */
    assert_true(sessions_see(&s, t, 18000 * SECOND));
    token[0] = token[0] == 'a' ? 'b' : 'a';
    assert_false(sessions_see(&s, t, 18000 * SECOND));
    assert_false(sessions_see(&s, STR(""), 18000 * SECOND));
    assert_false(sessions_end(&s, t));
    token[0] = 'x';
    assert_false(sessions_see(&s, t, 18000 * SECOND));
}

static void the_session_that_was_seen_least_lately_gives_way(void **state)
{
    struct sessions *s = xcalloc(1, sizeof *s);
    char first[SESSION_TOKEN_LEN + 1], second[SESSION_TOKEN_LEN + 1], token[SESSION_TOKEN_LEN + 1];

    s->life_us = INT64_C(1000000) * SECOND;
    sessions_begin(s, 0, first);
    sessions_begin(s, 1 * SECOND, second);
    for (int i = 2; i < SESSIONS_MAX; i++)
        sessions_begin(s, i * SECOND, token);
    assert_true(sessions_see(s, str_from(first), 2000 * SECOND));
    sessions_begin(s, 2001 * SECOND, token);
    assert_int_equal(s->count, SESSIONS_MAX);
    assert_true(sessions_see(s, str_from(first), 2002 * SECOND));
    assert_false(sessions_see(s, str_from(second), 2002 * SECOND));
    assert_true(sessions_see(s, str_from(token), 2002 * SECOND));
    free(s);
}

static void sessions_are_read_as_they_were_written(void **state)
{
    static const uint8_t epoch[16] = {1}, other[16] = {2};
    struct sessions *s = xcalloc(1, sizeof *s), *again = xcalloc(1, sizeof *again);
    char token[SESSION_TOKEN_LEN + 1];
    struct err err;
    AUTO_BUF text;

    buf_init(&text, SESSIONS_FILE_MAX);
    s->life_us = again->life_us = 1000 * SECOND;
    for (int i = 0; i < SESSIONS_MAX; i++)
        sessions_begin(s, INT64_C(1700000000) * SECOND, token);
    sessions_write(s, epoch, &text);
    assert_false(buf_failed(&text));
    assert_null(memmem(text.ptr, text.len, token, SESSION_TOKEN_LEN)); /* lets nobody in */
    assert_int_equal(
        sessions_read(again, epoch, buf_as_str(&text), INT64_C(1700000001) * SECOND, &err), 0);
    assert_int_equal(again->count, SESSIONS_MAX);
    assert_true(sessions_see(again, str_from(token), INT64_C(1700000001) * SECOND));
    assert_int_equal(
        sessions_read(again, epoch, buf_as_str(&text), INT64_C(1700002000) * SECOND, &err), 0);
    assert_int_equal(again->count, 0); /* over meanwhile */
    assert_int_equal(
        sessions_read(again, other, buf_as_str(&text), INT64_C(1700000001) * SECOND, &err), 0);
    assert_int_equal(again->count, 0); /* another password */
    text.ptr[text.len - 2] = 'x';
    assert_int_equal(
        sessions_read(again, epoch, buf_as_str(&text), INT64_C(1700000001) * SECOND, &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_int_equal(again->count, 0);
    assert_int_equal(sessions_read(again, epoch, STR("weir-sessions 2 x\n"), 0, &err), -1);
    assert_int_equal(sessions_read(again, epoch, STR(""), 0, &err), -1);
    free(s);
    free(again);
}

static void the_token_of_changes_is_the_sessions_own(void **state)
{
    char a[SESSION_CSRF_LEN + 1], b[SESSION_CSRF_LEN + 1], c[SESSION_CSRF_LEN + 1];

    session_csrf(STR("one"), a);
    session_csrf(STR("one"), b);
    session_csrf(STR("two"), c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
}

/* Pauses. */

static void pauses_double_and_are_forgotten(void **state)
{
    struct lockout *l = xcalloc(1, sizeof *l);
    struct address a = address("192.0.2.1"), b = address("192.0.2.2");
    int64_t now = 1000 * SECOND;

    for (int i = 0; i < 4; i++)
        assert_true(lockout_failed(l, &a, now) == 0);
    assert_true(lockout_wait(l, &a, now) == 0);
    assert_true(lockout_failed(l, &a, now) == 5 * SECOND);
    assert_true(lockout_wait(l, &a, now) == 5 * SECOND);
    assert_true(lockout_wait(l, &a, now + 2 * SECOND) == 3 * SECOND);
    assert_true(lockout_wait(l, &b, now) == 0); /* nobody else's harm */
    now += 5 * SECOND;
    assert_true(lockout_wait(l, &a, now) == 0);
    assert_true(lockout_failed(l, &a, now) == 10 * SECOND);
    for (int i = 0; i < 60; i++) {
        now += 1000 * SECOND;
        assert_true(lockout_failed(l, &a, now) <= LOCKOUT_LONGEST_US);
    }
    assert_true(lockout_wait(l, &a, now) == LOCKOUT_LONGEST_US);
    now += LOCKOUT_LONGEST_US + LOCKOUT_FORGOTTEN_US;
    assert_true(lockout_failed(l, &a, now) == 0);
    for (int i = 0; i < 4; i++)
        lockout_failed(l, &a, now);
    lockout_passed(l, &a);
    assert_true(lockout_wait(l, &a, now) == 0);
    assert_true(lockout_failed(l, &a, now) == 0);
    free(l);
}

static void addresses_of_one_network_count_as_one(void **state)
{
    struct lockout *l = xcalloc(1, sizeof *l);
    struct address a = address("2001:db8:0:1::1"), b = address("2001:db8:0:1:ffff::2");
    struct address c = address("2001:db8:0:2::1");

    for (int i = 0; i < 5; i++)
        lockout_failed(l, &a, 0);
    assert_true(lockout_wait(l, &b, 0) > 0);
    assert_true(lockout_wait(l, &c, 0) == 0);
    free(l);
}

static void many_addresses_have_thirty_at_once_and_then_one_each_three_seconds(void **state)
{
    struct lockout *l = xcalloc(1, sizeof *l);
    int64_t now = 1000 * SECOND;
    unsigned tried = 0;

    for (unsigned i = 0; i < 5000; i++) {
        struct address a = {{0x20, 1, (uint8_t)(i >> 8), (uint8_t)i}};

        if (lockout_wait(l, &a, now) == 0) {
            lockout_failed(l, &a, now);
            tried++;
        }
    }
    assert_int_equal(tried, 30);
    for (unsigned i = 0; i < 300; i++) {
        struct address a = {{0x20, 2, (uint8_t)(i >> 8), (uint8_t)i}};

        now += SECOND;
        if (lockout_wait(l, &a, now) == 0) {
            lockout_failed(l, &a, now);
            tried++;
        }
    }
    assert_in_range(tried, 129, 131);
    free(l);
}

/* The door. */

static unsigned said;

static void hear(void *ctx, const char *text)
{
    said++;
}

static struct door *open_door(void)
{
    const struct door_opts opts = {.password_file = password_file,
                                   .sessions_file = sessions_file,
                                   .session_us = INT64_C(86400) * SECOND,
                                   .say = hear};
    struct door *d;
    struct err err;

    if (door_open(&d, &opts, &err) < 0)
        fail_msg("%s", err.text);
    return d;
}

static enum door_answer sign_in(struct door *d, const char *from, const char *password,
                                struct door_in *in)
{
    struct address a = address(from);
    struct err err;

    return door_sign_in(d, &a, str_from(password), in, &err);
}

static void the_first_start_makes_a_password_that_opens(void **state)
{
    struct door *d = open_door();
    char made[PASSWORD_MADE_SIZE];
    struct door_in in;

    assert_non_null(door_made(d));
    memcpy(made, door_made(d), sizeof made);
    door_forget_made(d);
    assert_null(door_made(d));
    assert_int_equal(sign_in(d, "127.0.0.1", made, &in), DOOR_OPENED);
    assert_true(door_knows(d, str_from(in.token)));
    door_close(d);

    d = open_door(); /* over a restart */
    assert_null(door_made(d));
    assert_true(door_knows(d, str_from(in.token)));
    assert_int_equal(door_sign_out(d, str_from(in.token), false, NULL), 0);
    assert_false(door_knows(d, str_from(in.token)));
    door_close(d);
    d = open_door();
    assert_false(door_knows(d, str_from(in.token)));
    door_close(d);
}

static void a_password_that_nobody_has_seen_goes(void **state)
{
    door_close(open_door());
    assert_int_equal(access(password_file, F_OK), -1);
}

static void another_password_ends_all_sessions(void **state)
{
    struct door_in in, other;
    struct door *d;

    assert_int_equal(password_set(password_file, STR("the first one"), NULL), 0);
    d = open_door();
    said = 0;
    assert_int_equal(sign_in(d, "127.0.0.1", "the first one", &in), DOOR_OPENED);
    assert_int_equal(password_set(password_file, STR("the second one"), NULL), 0);
    assert_false(door_knows(d, str_from(in.token)));
    assert_int_equal(sign_in(d, "127.0.0.1", "the first one", &other), DOOR_WRONG);
    assert_int_equal(sign_in(d, "127.0.0.1", "the second one", &other), DOOR_OPENED);
    assert_true(door_knows(d, str_from(other.token)));
    assert_false(door_knows(d, str_from(in.token)));
    assert_int_equal(said, 1);
    door_close(d);
    assert_int_equal(password_set(password_file, STR("the third one"), NULL), 0);
    d = open_door(); /* changed while nothing ran */
    assert_false(door_knows(d, str_from(other.token)));
    door_close(d);
}

struct trying {
    struct door *door;
    struct door_in in;
};

static void *try_the_first(void *ctx)
{
    struct trying *t = ctx;

    sign_in(t->door, "127.0.0.1", "the first one", &t->in);
    return NULL;
}

/* Whether the old password was just being tried as the change came to light; then nobody is in by it. */
static bool changed_in_time(const char *aside)
{
    struct trying t;
    pthread_t thread;

    assert_int_equal(password_set(aside, STR("the second one"), NULL), 0);
    assert_int_equal(password_set(password_file, STR("the first one"), NULL), 0);
    t = (struct trying){.door = open_door()};
    assert_int_equal(pthread_create(&thread, NULL, try_the_first, &t), 0);
    usleep(20000); /* of about 100 ms that it takes */
    assert_int_equal(rename(aside, password_file), 0);
    assert_false(door_knows(t.door, STR("nobody's")));
    pthread_join(thread, NULL);
    assert_false(door_knows(t.door, str_from(t.in.token)));
    door_close(t.door);
    return t.in.token[0] != '\0';
}

static void another_password_ends_a_session_that_is_just_beginning(void **state)
{
    AUTO_FREE char *aside = io_join(folder, "another");
    bool in_time = false;

    for (int i = 0; i < 20 && !in_time; i++)
        in_time = changed_in_time(aside);
    assert_true(in_time);
}

static void a_right_password_is_not_tried_during_a_pause(void **state)
{
    struct door_in in;
    struct door *d;

    assert_int_equal(password_set(password_file, STR("the right one"), NULL), 0);
    d = open_door();
    for (int i = 0; i < 5; i++)
        assert_int_equal(sign_in(d, "192.0.2.1", "a wrong one", &in), DOOR_WRONG);
    assert_true(in.wait_us > 0);
    assert_int_equal(sign_in(d, "192.0.2.1", "the right one", &in), DOOR_WAIT);
    assert_true(in.wait_us > 0);
    assert_int_equal(in.token[0], '\0');
    assert_int_equal(sign_in(d, "192.0.2.2", "the right one", &in), DOOR_OPENED);
    door_close(d);
}

static void sessions_that_cannot_be_read_mean_nobody(void **state)
{
    struct door_in in;
    struct door *d;
    struct err err;

    assert_int_equal(password_set(password_file, STR("the right one"), NULL), 0);
    assert_int_equal(io_replace_file(io_system(), sessions_file, 0600, STR("nonsense"), &err), 0);
    said = 0;
    d = open_door();
    assert_int_equal(said, 1);
    assert_int_equal(sign_in(d, "127.0.0.1", "the right one", &in), DOOR_OPENED);
    door_close(d);
}

static void a_sign_out_that_cannot_be_written_says_so(void **state)
{
    struct door_in in;
    struct door *d;
    struct err err = {0};
    AUTO_FREE char *in_the_way = xasprintf("%s.tmp", sessions_file);

    assert_int_equal(password_set(password_file, STR("the right one"), NULL), 0);
    d = open_door();
    assert_int_equal(sign_in(d, "127.0.0.1", "the right one", &in), DOOR_OPENED);
    assert_int_equal(mkdir(in_the_way, 0700), 0);
    assert_int_equal(door_sign_out(d, str_from(in.token), true, &err), -1);
    assert_int_not_equal(err.code, ERR_NONE);
    assert_false(door_knows(d, str_from(in.token)));
    rmdir(in_the_way);
    door_close(d);
}

/* Reports of the policy. */

static void reports_keep_a_directive_and_a_host(void **state)
{
    static const char *const reports[] = {
        "{\"csp-report\":{\"effective-directive\":\"img-src\",\"blocked-uri\":\"https://a.example/"
        "secret?x=1\"}}",
        "[{\"type\":\"csp-violation\",\"body\":{\"effectiveDirective\":\"img-src\",\"blockedURL\":"
        "\"https://a.example/\"}}]",
        "{\"csp-report\":{\"effective-directive\":\"<b>\",\"blocked-uri\":\"\\\"><script>\"}}",
        "{\"csp-report\":1}",
        "nonsense",
    };
    struct csp c;
    AUTO_BUF out;

    buf_init(&out, 1 << 16);
    csp_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(reports); i++)
        csp_take(&c, str_from(reports[i]));
    csp_put_json(&c, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.ptr, "{\"reports\":3,\"dropped\":2,"));
    assert_non_null(
        strstr(out.ptr, "{\"directive\":\"img-src\",\"blocked\":\"a.example\",\"count\":2"));
    assert_non_null(
        strstr(out.ptr, "{\"directive\":\"(other)\",\"blocked\":\"(other)\",\"count\":1"));
    assert_null(strstr(out.ptr, "secret"));
    for (int i = 0; i < 1000; i++)
        csp_take(&c, str_from(reports[0]));
    assert_true(c.dropped > 900);
    csp_destroy(&c);
}

#define WITH_FILES(name) cmocka_unit_test_setup_teardown(name, forget_files, forget_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_that_are_made_differ_and_can_be_read),
        WITH_FILES(a_password_fits_itself_alone),
        WITH_FILES(passwords_have_bounds),
        WITH_FILES(a_file_that_others_may_read_is_refused),
        WITH_FILES(a_file_that_is_none_of_ours_is_refused),
        cmocka_unit_test(a_session_is_known_until_nobody_was_there_for_its_life),
        cmocka_unit_test(the_session_that_was_seen_least_lately_gives_way),
        cmocka_unit_test(sessions_are_read_as_they_were_written),
        cmocka_unit_test(the_token_of_changes_is_the_sessions_own),
        cmocka_unit_test(pauses_double_and_are_forgotten),
        cmocka_unit_test(addresses_of_one_network_count_as_one),
        cmocka_unit_test(many_addresses_have_thirty_at_once_and_then_one_each_three_seconds),
        WITH_FILES(the_first_start_makes_a_password_that_opens),
        WITH_FILES(a_password_that_nobody_has_seen_goes),
        WITH_FILES(another_password_ends_all_sessions),
        WITH_FILES(another_password_ends_a_session_that_is_just_beginning),
        WITH_FILES(a_right_password_is_not_tried_during_a_pause),
        WITH_FILES(sessions_that_cannot_be_read_mean_nobody),
        WITH_FILES(a_sign_out_that_cannot_be_written_says_so),
        cmocka_unit_test(reports_keep_a_directive_and_a_host),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
