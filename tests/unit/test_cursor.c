/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink publishes is read back exactly; anything else is told, never taken for a position. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "journal/cursor.h"
#include "killed_io.h"

struct place {
    char dir[64], path[128], line[256];
};

static int make(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);

    snprintf(p->dir, sizeof p->dir, "/tmp/weir-cursor-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/cursors/store", p->dir);
    *state = p;
    return 0;
}

static int unmake(void **state)
{
    static const char *const names[] = {"cursors/store",     "cursors/other", "cursors/other.tmp",
                                        "cursors/store.tmp", "cursors",       ""};
    struct place *p = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_FREE char *path = io_join(p->dir, names[i]);

        if (unlink(path) < 0)
            rmdir(path);
    }
    free(p);
    return 0;
}

static struct cursor_view look(const struct place *p)
{
    struct cursor_view view;
    struct err err;

    assert_int_equal(cursor_look(io_system(), p->dir, &view, &err), 0);
    return view;
}

static void publish(const struct place *p, const char *sink, int64_t position)
{
    struct err err = {0};

    if (cursor_publish(io_system(), p->dir, sink, position, &err) != 1)
        fail_msg("%s", err.text);
}

static void nothing_is_seen_before_anybody_publishes(void **state)
{
    struct place *p = *state;

    assert_int_equal(look(p).count, 0);
    assert_int_equal(cursor_publish(io_system(), "/nowhere/journal", "store", 1, NULL), 0);
    assert_int_equal(look(p).count, 0);
}

static void the_lowest_is_seen_whichever_way_it_moves(void **state)
{
    struct place *p = *state;

    publish(p, "store", 0);
    assert_int_equal(look(p).count, 1);
    assert_int_equal(look(p).lowest, 0);
    publish(p, "store", INT64_C(140737488355327));
    assert_int_equal(look(p).lowest, INT64_C(140737488355327));
    publish(p, "other", 7);
    assert_int_equal(look(p).count, 2);
    assert_int_equal(look(p).lowest, 7);
    assert_string_equal(look(p).sink, "other");
    publish(p, "store", 5);
    assert_int_equal(look(p).lowest, 5);
    assert_string_equal(look(p).sink, "store");
    assert_string_equal(look(p).wrong, "");
}

static void every_damage_is_told_and_mended_by_the_next_publish(void **state)
{
    struct place *p = *state;
    int fd;
    ssize_t len;

    publish(p, "store", 123456);
    publish(p, "other", 200000);
    fd = open(p->path, O_RDWR);
    len = pread(fd, p->line, sizeof p->line, 0);
    assert_true(len > 40);
    for (ssize_t at = 0; at < len; at++)
        for (int bit = 0; bit < 8; bit++) {
            char c = (char)(p->line[at] ^ 1 << bit);

            assert_int_equal(pwrite(fd, &c, 1, at), 1);
            assert_int_equal(look(p).count, 1);
            assert_string_equal(look(p).wrong, "store");
            assert_int_equal(pwrite(fd, p->line + at, 1, at), 1);
        }
    assert_string_equal(look(p).wrong, "");
    for (ssize_t cut = 0; cut < len; cut++) {
        assert_int_equal(ftruncate(fd, cut), 0);
        assert_string_equal(look(p).wrong, "store");
    }
    close(fd);
    publish(p, "store", 123457);
    assert_string_equal(look(p).wrong, "");
    assert_int_equal(look(p).lowest, 123457);
}

static void a_cursor_under_anothers_name_does_not_count(void **state)
{
    struct place *p = *state;
    AUTO_FREE char *other = io_join(p->dir, "cursors/other");

    publish(p, "store", 9);
    assert_int_equal(rename(p->path, other), 0);
    assert_int_equal(look(p).count, 0);
    assert_string_equal(look(p).wrong, "other");
}

static void a_kill_leaves_an_older_cursor_or_none(void **state)
{
    struct place *p = *state;
    bool whole = false;

    for (int n = 0; !whole; n++) {
        struct killed_io k;

        killed_io_init(&k, io_system(), n);
        whole = cursor_publish(&k.io, p->dir, "store", 10, NULL) == 1;
        assert_string_equal(look(p).wrong, "");
        if (!whole && look(p).count)
            assert_int_equal(look(p).lowest, 10);
    }
    for (int n = 0; n < 2; n++) {
        struct killed_io k;

        killed_io_init(&k, io_system(), n);
        cursor_publish(&k.io, p->dir, "store", 11 + n, NULL);
        assert_true(look(p).lowest == 10 + n || look(p).lowest == 11 + n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_seen_before_anybody_publishes, make, unmake),
        cmocka_unit_test_setup_teardown(the_lowest_is_seen_whichever_way_it_moves, make, unmake),
        cmocka_unit_test_setup_teardown(every_damage_is_told_and_mended_by_the_next_publish, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_cursor_under_anothers_name_does_not_count, make, unmake),
        cmocka_unit_test_setup_teardown(a_kill_leaves_an_older_cursor_or_none, make, unmake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
