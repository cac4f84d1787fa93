/* SPDX-License-Identifier: Apache-2.0 */
/* The table of recent keys: exact while it has room, then the oldest is forgotten first. */
#include "unit.h"

#include "journal/recent.h"

static struct journal_key key(uint64_t n, uint32_t source)
{
    struct journal_key k = {.source = source};

    memcpy(k.id, &n, sizeof n);
    return k;
}

/* Not even: many keys share what they are looked up by. */
static uint32_t hash_of(uint64_t n)
{
    return (uint32_t)(n * 2654435761U) >> 3;
}

static int64_t find(struct recent *r, uint64_t n, uint32_t source, enum journal_kind kind)
{
    struct journal_key k = key(n, source);

    return recent_find(r, hash_of(n), kind, &k);
}

static void add(struct recent *r, uint64_t n, uint32_t source, enum journal_kind kind, int64_t p)
{
    struct journal_key k = key(n, source);

    recent_add(r, hash_of(n), kind, &k, p);
}

static void id_source_and_kind_make_the_key(void **state)
{
    struct recent r;

    recent_init(&r, 1 << 16);
    add(&r, 1, 1, JOURNAL_EVENT, 10);
    assert_int_equal(find(&r, 1, 1, JOURNAL_EVENT), 10);
    assert_int_equal(find(&r, 1, 2, JOURNAL_EVENT), 0);
    assert_int_equal(find(&r, 1, 1, JOURNAL_QUARANTINE), 0);
    assert_int_equal(find(&r, 2, 1, JOURNAL_EVENT), 0);
    add(&r, 1, 1, JOURNAL_QUARANTINE, 11);
    assert_int_equal(find(&r, 1, 1, JOURNAL_QUARANTINE), 11);
    assert_int_equal(find(&r, 1, 1, JOURNAL_EVENT), 10);
    recent_free(&r);
}

static void the_oldest_is_forgotten_and_no_other(void **state)
{
    struct recent r;
    int64_t capacity, n;

    recent_init(&r, 1 << 18);
    capacity = (int64_t)r.capacity;
    for (n = 1; n <= 3 * capacity + 17; n++) {
        assert_int_equal(find(&r, (uint64_t)n, 1, JOURNAL_EVENT), 0);
        add(&r, (uint64_t)n, 1, JOURNAL_EVENT, n);
        if (n % 997 == 0 || n == capacity) {
            int64_t oldest = n > capacity ? n - capacity + 1 : 1;

            for (int64_t k = oldest; k <= n; k++)
                assert_int_equal(find(&r, (uint64_t)k, 1, JOURNAL_EVENT), k);
            if (oldest > 1)
                assert_int_equal(find(&r, (uint64_t)oldest - 1, 1, JOURNAL_EVENT), 0);
        }
    }
    assert_int_equal(r.count, capacity);
    recent_free(&r);
}

static void memory_keeps_its_bound(void **state)
{
    for (size_t bytes = 65536; bytes <= (size_t)64 << 20; bytes *= 2) {
        struct recent r;

        recent_init(&r, bytes);
        assert_true(r.capacity * 32 + r.slots_most * 8 <= bytes);
        assert_true(r.capacity * 52 >= bytes / 2);
        recent_free(&r);
    }
    /* as recent.h says */
    {
        struct recent r;

        recent_init(&r, (size_t)16 << 20);
        assert_int_equal(r.capacity, 327680);
        recent_free(&r);
    }
}

static void it_grows_for_more_keys_than_it_was_made_for(void **state)
{
    struct recent r;
    int64_t n = 1;
    size_t before;

    recent_init(&r, 1 << 16);
    before = r.capacity;
    for (; n <= 3 * (int64_t)before / 2; n++) /* it has wrapped round */
        add(&r, (uint64_t)n, 1, JOURNAL_EVENT, n);
    recent_hold(&r, before);
    assert_int_equal(r.capacity, before);
    recent_hold(&r, 5 * before);
    assert_true(r.capacity >= 5 * before);
    for (; n <= 5 * (int64_t)before; n++)
        add(&r, (uint64_t)n, 1, JOURNAL_EVENT, n);
    for (int64_t k = 1; k < n; k++)
        assert_int_equal(find(&r, (uint64_t)k, 1, JOURNAL_EVENT), k <= (int64_t)before / 2 ? 0 : k);
    recent_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_source_and_kind_make_the_key),
        cmocka_unit_test(the_oldest_is_forgotten_and_no_other),
        cmocka_unit_test(memory_keeps_its_bound),
        cmocka_unit_test(it_grows_for_more_keys_than_it_was_made_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
