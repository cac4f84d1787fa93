/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: nothing is lost, torn or taken twice, whoever puts and takes at once. */
#include <pthread.h>
#include <string.h>

#include "ring.h"
#include "unit.h"

enum { SMALL = 256 * 1024, THREADS = 4, EACH = 20000 };

static void put(struct weir_ring *r, const char *text)
{
    uint64_t used;
    size_t size = strlen(text) + 1;
    void *room = weir_ring_reserve(r, size, &used);

    assert_non_null(room);
    memcpy(room, text, size);
    weir_ring_commit(room, size);
}

static void records_come_out_in_order(void **state)
{
    struct weir_ring r;
    size_t size;

    assert_int_equal(weir_ring_init(&r, SMALL), 0);
    assert_null(weir_ring_peek(&r, &size));
    put(&r, "first");
    put(&r, "the second one");
    assert_string_equal(weir_ring_peek(&r, &size), "first");
    assert_int_equal(size, 6);
    weir_ring_pop(&r);
    assert_string_equal(weir_ring_peek(&r, &size), "the second one");
    weir_ring_pop(&r);
    assert_null(weir_ring_peek(&r, &size));
    weir_ring_free(&r);
}

static void an_uncommitted_record_holds_up_those_behind_it(void **state)
{
    struct weir_ring r;
    uint64_t used;
    size_t size;
    void *room;

    assert_int_equal(weir_ring_init(&r, SMALL), 0);
    room = weir_ring_reserve(&r, 3, &used);
    put(&r, "behind");
    assert_null(weir_ring_peek(&r, &size));
    memcpy(room, "ab", 3);
    weir_ring_commit(room, 3);
    assert_string_equal(weir_ring_peek(&r, &size), "ab");
    weir_ring_free(&r);
}

static void a_full_ring_takes_nothing_and_takes_again_once_read(void **state)
{
    static char big[1000];
    struct weir_ring r;
    uint64_t used;
    size_t size, count = 0;
    void *room;

    assert_int_equal(weir_ring_init(&r, SMALL), 0);
    /* Often enough around for the end of the ring to lie at many places of a record. */
    for (int round = 0; round < 50; round++) {
        for (count = 0; (room = weir_ring_reserve(&r, sizeof big, &used)); count++) {
            memset(room, (int)(count % 200) + 1, sizeof big);
            weir_ring_commit(room, sizeof big);
        }
        assert_in_range(count, SMALL / 1008 - 1, SMALL / 1008);
        assert_true(used > SMALL);
        for (size_t i = 0; i < count; i++) {
            const unsigned char *record = weir_ring_peek(&r, &size);

            assert_non_null(record);
            assert_int_equal(size, sizeof big);
            assert_int_equal(record[0], i % 200 + 1);
            assert_int_equal(record[sizeof big - 1], i % 200 + 1);
            weir_ring_pop(&r);
        }
        assert_null(weir_ring_peek(&r, &size));
        put(&r, "shifts the next round");
        weir_ring_pop(&r);
    }
    assert_null(weir_ring_reserve(&r, SMALL, &used));
    weir_ring_free(&r);
}

static void a_cleared_ring_is_a_new_one(void **state)
{
    struct weir_ring r;
    uint64_t used;
    size_t size;

    assert_int_equal(weir_ring_init(&r, SMALL), 0);
    put(&r, "parent's");
    assert_non_null(weir_ring_reserve(&r, 100, &used)); /* of a thread that is not in the child */
    assert_int_equal(weir_ring_clear(&r), 0);
    assert_null(weir_ring_peek(&r, &size));
    put(&r, "child's");
    assert_string_equal(weir_ring_peek(&r, &size), "child's");
    weir_ring_free(&r);
}

struct writer {
    struct weir_ring *ring;
    uint32_t number, dropped;
};

static void *write_many(void *arg)
{
    struct writer *w = arg;

    for (uint32_t i = 0; i < EACH; i++) {
        size_t size = 8 + (i * 7 + w->number) % 300;
        uint64_t used;
        unsigned char *room = weir_ring_reserve(w->ring, size, &used);

        if (!room) {
            w->dropped++;
            continue;
        }
        memset(room, (int)(i & 0x7f), size);
        memcpy(room, &w->number, 4);
        memcpy(room + 4, &i, 4);
        weir_ring_commit(room, size);
    }
    return NULL;
}

/* Each thread's records in their order, whole; what is missing is what was refused. */
static void threads_lose_nothing_that_was_taken(void **state)
{
    struct weir_ring r;
    struct writer w[THREADS];
    pthread_t thread[THREADS];
    uint32_t next[THREADS] = {0}, taken = 0, dropped = 0, joined = 0;

    assert_int_equal(weir_ring_init(&r, SMALL), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        w[i] = (struct writer){&r, i, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, write_many, &w[i]), 0);
    }
    while (joined < THREADS || weir_ring_head(&r) != weir_ring_tail(&r)) {
        size_t size;
        const unsigned char *record = weir_ring_peek(&r, &size);
        uint32_t number, i;

        if (!record) {
            if (joined < THREADS && pthread_tryjoin_np(thread[joined], NULL) == 0)
                dropped += w[joined++].dropped;
            continue;
        }
        memcpy(&number, record, 4);
        memcpy(&i, record + 4, 4);
        assert_in_range(number, 0, THREADS - 1);
        assert_true(i >= next[number]);
        assert_int_equal(size, 8 + (i * 7 + number) % 300);
        for (size_t at = 8; at < size; at++)
            assert_int_equal(record[at], i & 0x7f);
        next[number] = i + 1;
        taken++;
        weir_ring_pop(&r);
    }
    assert_int_equal(taken + dropped, THREADS * EACH);
    assert_true(taken > 0);
    weir_ring_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_in_order),
        cmocka_unit_test(an_uncommitted_record_holds_up_those_behind_it),
        cmocka_unit_test(a_full_ring_takes_nothing_and_takes_again_once_read),
        cmocka_unit_test(a_cleared_ring_is_a_new_one),
        cmocka_unit_test(threads_lose_nothing_that_was_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
