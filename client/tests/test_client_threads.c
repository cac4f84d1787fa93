/* SPDX-License-Identifier: Apache-2.0 */
/* A client that several threads use at once, while its own thread finds nobody to send to. Forks under
 * load are in client.test.mjs, since TSan does not go on in a child that has threads. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/weir.h>

#include "unit.h"

enum { THREADS = 4, EACH = 3000 };

static struct weir_client *client;
static int problems;

static void on_error(void *ctx, const struct weir_problem *problem)
{
    struct weir_stats stats;

    weir_client_stats(client, &stats); /* everything may be called from here but the freeing */
    weir_trigger(client, "from on_error", WEIR_END);
    assert_non_null(problem->message);
    __atomic_fetch_add((int *)ctx, 1, __ATOMIC_RELAXED);
}

static struct weir_client *make(const char *spool, size_t queue_bytes)
{
    struct weir_options options = {.url = "http://127.0.0.1:9",
                                   .spool = spool,
                                   .queue_bytes = queue_bytes,
                                   .flush_interval_ms = 5,
                                   .on_error = on_error,
                                   .on_error_ctx = &problems};

    problems = 0;
    return weir_client_new(&options);
}

static void *use(void *arg)
{
    struct weir_stats stats;

    for (int i = 0; i < EACH; i++) {
        struct weir_request *request = weir_request_begin(client, NULL), *outer;

        outer = weir_request_enter(request);
        weir_trigger(client, "event", WEIR_INT("i", i), WEIR_TEXT("text", "some text"), WEIR_END);
        weir_request_leave(outer);
        weir_request_end(request);
        if (i % 500 == 0) {
            weir_flush(client, 0);
            weir_client_stats(client, &stats);
        }
    }
    return arg;
}

static uint64_t accounted(const struct weir_stats *s)
{
    return s->accepted + s->duplicate + s->rejected + s->dropped + s->queued + s->spooled -
           s->recovered;
}

static void use_by_all(void)
{
    pthread_t thread[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[600];

    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static void all_events_of_all_threads_are_accounted_for(void **state)
{
    char folder[] = "/tmp/weir-threads-XXXXXX";
    struct weir_stats stats;

    assert_non_null(mkdtemp(folder));
    client = make(folder, 0);
    use_by_all();
    assert_int_equal(weir_flush(client, 120000), 0);
    weir_client_stats(client, &stats);
    assert_true(stats.triggered >= THREADS * EACH);
    assert_true(stats.spooled >=
                THREADS * EACH); /* and what on_error triggered, but the last perhaps */
    assert_int_equal(stats.dropped, 0);
    assert_int_equal(accounted(&stats), stats.triggered);
    assert_true(problems >= 1);
    assert_non_null(strstr(stats.last_error, "127.0.0.1"));
    weir_client_free(client, 0);
    remove_folder(folder);
}

static void without_a_spool_what_does_not_fit_is_counted(void **state)
{
    struct weir_stats stats;

    client = make(NULL, 1);
    use_by_all();
    assert_int_equal(weir_flush(client, 20), -1);
    weir_client_stats(client, &stats);
    assert_true(stats.dropped > 0);
    assert_true(stats.queued > 0);
    assert_int_equal(accounted(&stats), stats.triggered);
    weir_client_free(client, 20);
}

static void clients_come_and_go(void **state)
{
    for (int i = 0; i < 20; i++) {
        client = make(NULL, 0);
        assert_non_null(client);
        weir_trigger(client, "event", WEIR_END);
        weir_client_free(client, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_events_of_all_threads_are_accounted_for),
        cmocka_unit_test(without_a_spool_what_does_not_fit_is_counted),
        cmocka_unit_test(clients_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
