/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the system refuses beyond the ceiling, and what gets it all the same. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/ceiling.h"
#include "base/mem.h"

/* Sanitizers end the process where they get no memory themselves. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static const size_t step = (size_t)64 << 20;

static bool can_have(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED) {
        assert_int_equal(errno, ENOMEM);
        return false;
    }
    munmap(p, bytes);
    return true;
}

static void beyond_it_memory_is_refused_until_all_have_left(void **state)
{
    struct rlimit first, last;

    assert_int_equal(getrlimit(RLIMIT_DATA, &first), 0);
    assert_true(ceiling_used() > 0);
    ceiling_enter();
    assert_true(can_have(4 * step));
    ceiling_set(ceiling_used() + 2 * step);
    assert_false(can_have(4 * step));
    assert_true(can_have(step));
    ceiling_enter();
    ceiling_leave();
    assert_false(can_have(4 * step));
    ceiling_set(0);
    assert_false(can_have(step));
    ceiling_leave();
    assert_true(can_have(4 * step));
    assert_int_equal(getrlimit(RLIMIT_DATA, &last), 0);
    assert_true(first.rlim_cur == last.rlim_cur && first.rlim_max == last.rlim_max);
}

static void a_ceiling_follows_what_is_used(void **state)
{
    ceiling_enter();
    ceiling_set(ceiling_used() + step);
    assert_false(can_have(2 * step));
    ceiling_set(ceiling_used() + 4 * step);
    assert_true(can_have(2 * step));
    ceiling_leave();
}

static void it_is_lifted_for_what_may_not_fail(void **state)
{
    AUTO_FREE char *p = NULL;

    assert_false(ceiling_lift());
    ceiling_enter();
    ceiling_set(ceiling_used() + step);
    if (IS_SANITIZED) {
        assert_true(ceiling_lift());
    } else {
        p = xmalloc(4 * step);
        assert_false(ceiling_lift()); /* xmalloc did */
        p = xrealloc(p, 1, 1);
    }
    assert_true(can_have(4 * step));
    ceiling_set(ceiling_used() + step);
    assert_false(can_have(4 * step));
    ceiling_leave();
    assert_false(ceiling_lift());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_it_memory_is_refused_until_all_have_left),
        cmocka_unit_test(a_ceiling_follows_what_is_used),
        cmocka_unit_test(it_is_lifted_for_what_may_not_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
