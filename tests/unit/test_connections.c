/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to the console: who is cut off when there are too many, and who never is. */
#include "unit.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "console/connections.h"

enum { ALL = CONNECTIONS_MAX + CONNECTIONS_LEAVING_MAX + 1 };

static struct connections *all;
static struct connection *ones[ALL];
static int ends[ALL][2];

static int setup(void **state)
{
    all = connections_new();
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
    return 0;
}

static int teardown(void **state)
{
    connections_free(all);
    for (size_t i = 0; i < ALL; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
    return 0;
}

static void come(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        ones[i] = connections_add(all, ends[i][0]);
        assert_non_null(ones[i]);
    }
}

/* Its client reads the end. */
static bool is_cut_off(size_t i)
{
    struct pollfd p = {.fd = ends[i][1], .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & POLLRDHUP);
}

/* It asks something, and has its answer. */
static void ask(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        connections_set_busy(all, ones[i], true);
        connections_set_busy(all, ones[i], false);
    }
}

static void one_more_takes_the_place_of_who_asked_nothing_for_longest(void **state)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        come(i, i + 1);
        ask(i, i + 1);
    }
    connections_set_busy(all, ones[0], true);
    ask(1, 2);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        assert_false(is_cut_off(i));
    come(CONNECTIONS_MAX, CONNECTIONS_MAX + 2);
    for (size_t i = 0; i < CONNECTIONS_MAX + 2; i++)
        assert_int_equal(is_cut_off(i), i == 2 || i == 3);
}

/* However long ago: a page stays where it is for minutes. */
static void who_never_asked_anything_pushes_out_nobody_who_did(void **state)
{
    enum { PAGES = CONNECTIONS_SILENT_MAX, CUT = CONNECTIONS_LEAVING_MAX };

    come(0, PAGES);
    ask(0, PAGES);
    come(PAGES, PAGES + CONNECTIONS_SILENT_MAX + CUT);
    for (size_t i = 0; i < PAGES + CONNECTIONS_SILENT_MAX + CUT; i++)
        assert_int_equal(is_cut_off(i), i >= PAGES && i < PAGES + CUT);
}

static void no_answer_under_way_is_cut_off(void **state)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        come(i, i + 1);
        connections_set_busy(all, ones[i], true);
    }
    come(CONNECTIONS_MAX, CONNECTIONS_MAX + 1);
    for (size_t i = 0; i <= CONNECTIONS_MAX; i++)
        assert_int_equal(is_cut_off(i), i == CONNECTIONS_MAX);
}

static void places_come_back(void **state)
{
    for (size_t i = 0; i < ALL - 1; i++) {
        come(i, i + 1);
        ask(i, i + 1);
    }
    assert_null(connections_add(all, ends[ALL - 1][0]));
    connections_set_busy(all, NULL, true); /* such a one has no place */
    connections_remove(all, ones[0]);
    ones[0] = connections_add(all, ends[ALL - 1][0]);
    assert_non_null(ones[0]);
    assert_false(is_cut_off(ALL - 1));
}

int main(void)
{
#define CONNECTED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CONNECTED(one_more_takes_the_place_of_who_asked_nothing_for_longest),
        CONNECTED(who_never_asked_anything_pushes_out_nobody_who_did),
        CONNECTED(no_answer_under_way_is_cut_off),
        CONNECTED(places_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
