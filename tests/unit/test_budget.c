/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets: exact under threads, kept over reloads and restarts, bounded. */
#include "unit.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "catalogue/budget.h"
#include "catalogue/catalogue.h"
#include "catalogue/problem.h"

enum { THREADS = 4, ROUNDS = 20000, VALUES = 500, MAX = 100 };

static void the_first_values_are_kept_and_the_rest_counted(void **state)
{
    struct budgets *bs;
    struct budget *b;
    struct budget_use use;

    assert_int_equal(budgets_open(&bs, NULL, NULL, NULL), 0);
    b = budgets_get(bs, STR("flow.{view}.view"), STR("view"));
    assert_ptr_equal(b, budgets_get(bs, STR("Flow.{view}.View"), STR("view")));
    assert_ptr_not_equal(b, budgets_get(bs, STR("flow.{view}.view"), STR("page")));
    assert_true(budget_admit(b, STR("a"), 2));
    assert_true(budget_admit(b, STR("b"), 2));
    assert_false(budget_admit(b, STR("c"), 2));
    assert_true(budget_admit(b, STR("a"), 2));
    assert_true(budget_admit(b, STR("c"), 3)); /* the catalogue allows more now */
    assert_true(budget_admit(b, STR("c"), 1)); /* or less: what was seen stays */
    assert_false(budget_admit(b, STR("d"), 1));
    assert_int_equal(budgets_count(bs), 2);
    budgets_read(bs, 0, &use);
    assert_true(str_is(use.event, "flow.{view}.view"));
    assert_true(str_is(use.parameter, "view"));
    assert_int_equal(use.distinct, 3);
    assert_int_equal(use.max, 1);
    assert_int_equal(use.folded, 2);
    budgets_close(bs);
}

struct work {
    struct budget *budget;
    int seed;
    size_t admitted[VALUES], folded;
};

static void *admit_many(void *arg)
{
    struct work *w = arg;
    uint32_t random = (uint32_t)w->seed;

    for (int i = 0; i < ROUNDS; i++) {
        char text[16];
        uint32_t value;
        int n;

        random = random * 1664525 + 1013904223;
        value = (random >> 8) % VALUES;
        n = snprintf(text, sizeof text, "v%u", (unsigned)value);
        if (budget_admit(w->budget, str_of(text, (size_t)n), MAX))
            w->admitted[value]++;
        else
            w->folded++;
    }
    return NULL;
}

static void threads_agree_on_which_values_fit(void **state)
{
    struct budgets *bs;
    struct budget_use use;
    struct work *work = xcalloc(THREADS, sizeof *work);
    pthread_t threads[THREADS];
    size_t distinct = 0, folded = 0;

    assert_int_equal(budgets_open(&bs, NULL, NULL, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        work[i].budget = budgets_get(bs, STR("e"), STR("p"));
        work[i].seed = i;
        assert_int_equal(pthread_create(&threads[i], NULL, admit_many, &work[i]), 0);
    }
    for (int i = 0; i < 100; i++)
        budgets_read(bs, 0, &use);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int v = 0; v < VALUES; v++) {
        size_t sum = 0;

        for (int i = 0; i < THREADS; i++)
            sum += work[i].admitted[v];
        distinct += sum > 0;
    }
    for (int i = 0; i < THREADS; i++)
        folded += work[i].folded;
    budgets_read(bs, 0, &use);
    assert_int_equal(use.distinct, MAX);
    assert_int_equal(distinct, MAX);
    assert_int_equal(use.folded, folded);
    budgets_close(bs);
    free(work);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void a_file_carries_budgets_over_a_restart(void **state)
{
    char dir[] = "/tmp/weir-budget-XXXXXX";
    AUTO_FREE char *path = NULL;
    struct budgets *bs;
    struct budget_use use;
    struct err err;

    assert_non_null(mkdtemp(dir));
    path = io_join(dir, "budgets");
    assert_int_equal(budgets_open(&bs, io_system(), path, &err), 0);
    assert_int_equal(budgets_save(bs, &err), 0);
    assert_int_equal(access(path, F_OK), -1); /* nothing to say yet */
    for (int i = 0; i < 100; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "\"\\ é %d", i);

        assert_true(
            budget_admit(budgets_get(bs, STR("e.{p}"), STR("p")), str_of(text, (size_t)n), 100));
    }
    assert_int_equal(budgets_save(bs, &err), 0);
    budgets_close(bs);
    assert_int_equal(budgets_open(&bs, io_system(), path, &err), 0);
    assert_false(budget_admit(budgets_get(bs, STR("e.{p}"), STR("p")), STR("new"), 100));
    assert_true(budget_admit(budgets_get(bs, STR("e.{p}"), STR("p")), STR("\"\\ é 7"), 100));
    budgets_read(bs, 0, &use);
    assert_int_equal(use.distinct, 100);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(budgets_save(bs, &err), 0);
    assert_int_equal(access(path, F_OK), -1); /* nothing new: nothing is written */
    budgets_close(bs);

    write_text(path, "[\"e\",\"p\",\"v\"]\n[\"e\",\"p\"]\n");
    assert_int_equal(budgets_open(&bs, io_system(), path, &err), -1);
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_non_null(strstr(err.text, ":2: "));
    write_text(path, "[\"e\",\"p\",5]\n");
    assert_int_equal(budgets_open(&bs, io_system(), path, &err), -1);
    unlink(path);
    rmdir(dir);
}

static void saving_where_it_cannot_be_is_an_error_that_loses_nothing(void **state)
{
    char dir[] = "/tmp/weir-budget-XXXXXX";
    AUTO_FREE char *path = NULL;
    struct budgets *bs;
    struct err err;

    assert_non_null(mkdtemp(dir));
    path = io_join(dir, "budgets");
    assert_int_equal(budgets_open(&bs, io_system(), path, &err), 0);
    assert_true(budget_admit(budgets_get(bs, STR("e"), STR("p")), STR("v"), 5));
    rmdir(dir);
    assert_int_equal(budgets_save(bs, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(budgets_save(bs, &err), 0); /* the next try has all of it */
    assert_int_equal(access(path, F_OK), 0);
    budgets_close(bs);
    unlink(path);
    rmdir(dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(budgets_open(&bs, io_system(), dir, &err), -1); /* a folder is no file */
    rmdir(dir);
}

static struct catalogue *load(int max)
{
    struct problems problems = {0};
    struct catalogue *c = NULL;
    struct err err;
    char yaml[200];
    int n = snprintf(yaml, sizeof yaml,
                     "events:\n  - name: e.{p}\n    parameters: {p: {pattern: \"[a-z]+\", "
                     "max_values: %d}}\n",
                     max);

    assert_int_equal(catalogue_load_text(&c, str_of(yaml, (size_t)n), "t", &problems, &err), 0);
    problems_free(&problems);
    return c;
}

/* The event has `undeclared` properties that make it unfit. */
static void expect_checked(struct catalogue *c, struct str sent, size_t undeclared,
                           const char *stored)
{
    static const struct event_property property = {.name = STR("u")};
    struct event ev = {.name = sent, .properties = &property, .property_count = undeclared};
    struct arena *a = arena_new(4096, 4096);
    struct catalogue_checks checks;
    struct catalogue_match m;
    struct faults faults = {0};
    struct str last = str_from(strrchr(stored, '.') + 1);

    assert_int_equal(catalogue_match(c, sent, a, &m, &faults), 0);
    assert_int_equal(catalogue_check(&m, &ev, STR("s"), true, 0, a, &checks, &faults), undeclared);
    assert_true(str_is(m.name, stored));
    assert_true(str_eq(m.parameters[0], last));
    assert_true(str_eq(checks.list[0].value.text, last));
    arena_free(a);
}

static void expect_name(struct catalogue *c, struct str sent, const char *stored)
{
    expect_checked(c, sent, 0, stored);
}

static void only_accepted_events_take_from_a_budget(void **state)
{
    struct catalogue *c = load(1);

    expect_checked(c, STR("E.a"), 1, "e.a");
    expect_checked(c, STR("e.b"), 1, "e.b");
    expect_name(c, STR("e.c"), "e.c");
    expect_name(c, STR("e.a"), "e.(other)");
    expect_checked(c, STR("e.b"), 1, "e.b");
    catalogue_free(c);
}

static void a_reload_keeps_the_values_that_were_seen(void **state)
{
    struct catalogue *old = load(2), *new = load(3);
    struct budgets *bs;

    assert_int_equal(budgets_open(&bs, NULL, NULL, NULL), 0);
    catalogue_use_budgets(old, bs);
    expect_name(old, STR("E.a"), "e.a");
    expect_name(old, STR("e.b"), "e.b");
    expect_name(old, STR("e.c"), "e.(other)");
    catalogue_use_budgets(new, bs);
    expect_name(new, STR("e.d"), "e.d");
    expect_name(new, STR("e.c"), "e.(other)");
    expect_name(new, STR("e.a"), "e.a");
    expect_name(old, STR("e.d"), "e.d"); /* requests of before the swap may still run */
    catalogue_free(old);
    catalogue_free(new);
    budgets_close(bs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_values_are_kept_and_the_rest_counted),
        cmocka_unit_test(threads_agree_on_which_values_fit),
        cmocka_unit_test(a_file_carries_budgets_over_a_restart),
        cmocka_unit_test(saving_where_it_cannot_be_is_an_error_that_loses_nothing),
        cmocka_unit_test(only_accepted_events_take_from_a_budget),
        cmocka_unit_test(a_reload_keeps_the_values_that_were_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
