/* SPDX-License-Identifier: Apache-2.0 */
/* What the system refuses: memory, threads, and file calls of the spool. The linker puts the functions here in the
 * place of the system's (--wrap, see meson.build); each fails when it is told to. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "unit.h"

static int thread_fails, fsync_fails, rename_fails, unlink_fails, mmap_fails, write_fails;
static bool write_is_short;
static long memory_left = -1; /* allocations that succeed before one fails; -1: all */

int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
void *__real_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

static int refuse(int error)
{
    errno = error;
    return -1;
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg)
{
    return thread_fails ? EAGAIN : __real_pthread_create(t, a, f, arg);
}

int __wrap_fsync(int fd)
{
    return fsync_fails ? refuse(EIO) : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    return rename_fails ? refuse(EACCES) : __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
    return unlink_fails ? refuse(EACCES) : __real_unlink(path);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (write_fails && write_fails-- == 1)
        return refuse(ENOSPC);
    return __real_write(fd, bytes, write_is_short && len > 1 ? len / 2 : len);
}

void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    return mmap_fails ? MAP_FAILED : __real_mmap64(at, len, prot, flags, fd, offset);
}

static bool no_memory(void)
{
    return memory_left >= 0 && memory_left-- == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return no_memory() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return no_memory() ? NULL : __real_malloc(size);
}

static int forks_at_free, broken_children;

/* What another thread's fork would find there: the child gives up all that it knows of. */
void __wrap_free(void *memory)
{
    int status = 0;
    pid_t child;

    __real_free(memory);
    if (forks_at_free == 0 || forks_at_free-- == 0)
        return;
    child = fork();
    if (child == 0)
        _exit(0);
    if (waitpid(child, &status, 0) != child || status != 0)
        broken_children++;
}

/* --- clients --- */

static void a_client_that_gets_no_memory_is_none(void **state)
{
    struct weir_options options = {.spool = "/tmp/never-made", .url = "http://127.0.0.1:9"};
    struct weir_client *client = NULL;
    long steps = 0;

    for (; !client && steps < 100; steps++) {
        memory_left = steps;
        client = weir_client_new(&options);
    }
    memory_left = -1;
    assert_non_null(client);
    assert_in_range(steps, 8, 30);
    weir_client_free(client, 0);
    mmap_fails = 1;
    assert_null(weir_client_new(&options));
    mmap_fails = 0;
}

static void a_trigger_in_test_mode_without_memory_is_counted(void **state)
{
    struct weir_options options = {.test = true};
    struct weir_client *client = weir_client_new(&options);
    struct weir_stats stats;

    memory_left = 0;
    assert_false(weir_trigger(client, "a", WEIR_END));
    memory_left = -1;
    assert_true(weir_trigger(client, "a", WEIR_END));
    weir_client_stats(client, &stats);
    assert_int_equal(stats.dropped, 1);
    weir_client_free(client, 0);
}

static void requests_and_builders_without_memory_are_none(void **state)
{
    struct weir_options options = {.test = true};
    struct weir_client *client = weir_client_new(&options);

    memory_left = 0;
    assert_null(weir_request_begin(client, NULL));
    memory_left = 0;
    assert_null(weir_event_new(client, "a"));
    memory_left = -1;
    weir_client_free(client, 0);
}

/* The thread is asked for again after a second; what was triggered before it is there is kept. */
static void without_a_thread_events_wait_for_one(void **state)
{
    struct weir_options options = {.url = "http://127.0.0.1:9", .flush_interval_ms = 10};
    struct weir_client *client;
    struct weir_stats stats;

    thread_fails = 1;
    client = weir_client_new(&options);
    assert_non_null(client);
    for (int i = 0; i < 10; i++)
        assert_true(weir_trigger(client, "a", WEIR_END));
    assert_int_equal(weir_flush(client, 10), -1);
    thread_fails = 0;
    usleep(1100000);
    assert_true(weir_trigger(client, "a", WEIR_END));
    for (int i = 0; i < 100; i++) { /* the machine may be busy */
        weir_flush(client, 100);
        weir_client_stats(client, &stats);
        if (stats.failed_requests)
            break;
    }
    assert_int_equal(stats.queued, 11);
    assert_true(stats.failed_requests > 0);
    weir_client_free(client, 0);
}

static void a_client_that_never_got_a_thread_can_be_freed(void **state)
{
    struct weir_options options = {.url = "http://127.0.0.1:9"};
    struct weir_client *client;

    thread_fails = 1;
    client = weir_client_new(&options);
    weir_trigger(client, "a", WEIR_END);
    weir_client_free(client, 10);
    thread_fails = 0;
}

static void a_fork_while_a_client_is_freed_finds_it_whole(void **state)
{
    struct weir_options options = {.url = "http://127.0.0.1:9"};
    struct weir_client *client = weir_client_new(&options);

    assert_non_null(client);
    forks_at_free = 100;
    weir_client_free(client, 0);
    assert_in_range(100 - forks_at_free, 10, 99);
    forks_at_free = 0;
    assert_int_equal(broken_children, 0);
}

/* --- the spool --- */

static char folder[64], why[512];
static struct weir_batch batch;
static struct weir_spool spool;

static int begin(void **state)
{
    static struct weir_encoder encoder;
    unsigned char record[64], id[WEIR_ID_BYTES], *behind;

    snprintf(folder, sizeof folder, "/tmp/weir-failures-XXXXXX");
    if (!mkdtemp(folder) || weir_batch_init(&batch, 10) < 0)
        return -1;
    weir_id_seed();
    weir_spool_init(&spool, folder, 1024 * 1024);
    weir_id_make(id, weir_now_us());
    behind = weir_write_head(record, id, 0, "event", 5);
    return weir_batch_add(&batch, &encoder, record, (size_t)(behind - record)) ? 0 : -1;
}

static int count_files(bool remove)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[400];
    int count = 0;

    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
        if (remove)
            __real_unlink(path);
    }
    closedir(dir);
    return count;
}

static int end(void **state)
{
    fsync_fails = rename_fails = unlink_fails = write_fails = 0;
    write_is_short = false;
    weir_spool_release(&spool, false);
    count_files(true);
    rmdir(folder);
    weir_batch_free(&batch);
    return 0;
}

static void without_a_thread_the_spool_takes_what_is_left(void **state)
{
    struct weir_options options = {.url = "http://127.0.0.1:9", .spool = folder};
    struct weir_client *client;

    thread_fails = 1;
    client = weir_client_new(&options);
    assert_true(weir_trigger(client, "a", WEIR_END));
    weir_client_free(client, 10);
    thread_fails = 0;
    assert_int_equal(count_files(false), 1);
}

static void what_cannot_be_made_durable_is_not_in_the_spool(void **state)
{
    int *const failures[] = {&fsync_fails, &rename_fails, &write_fails};

    for (int i = 0; i < 3; i++) {
        *failures[i] = 1;
        assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), -1);
        assert_non_null(strstr(why, folder));
        *failures[i] = 0;
        assert_int_equal(count_files(false), 0);
    }
    assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), 0);
    assert_int_equal(count_files(false), 1);
}

static void short_writes_are_gone_on_with(void **state)
{
    struct weir_batch found;

    assert_int_equal(weir_batch_init(&found, 10), 0);
    write_is_short = true;
    assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), 0);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 1);
    assert_int_equal(found.len, batch.len);
    weir_batch_free(&found);
}

static void a_file_that_cannot_be_removed_or_set_aside_is_told(void **state)
{
    struct weir_batch found;

    assert_int_equal(weir_batch_init(&found, 10), 0);
    assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), 0);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 1);
    assert_int_equal(ftruncate(spool.claimed, 5), 0);
    unlink_fails = 1;
    assert_int_equal(weir_spool_release(&spool, true), -1);
    rename_fails = 1;
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), -1);
    assert_non_null(strstr(why, "rename"));
    assert_int_equal(count_files(false), 1);
    weir_batch_free(&found);
}

#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_gets_no_memory_is_none),
        cmocka_unit_test(a_trigger_in_test_mode_without_memory_is_counted),
        cmocka_unit_test(requests_and_builders_without_memory_are_none),
        cmocka_unit_test(without_a_thread_events_wait_for_one),
        cmocka_unit_test(a_client_that_never_got_a_thread_can_be_freed),
        cmocka_unit_test(a_fork_while_a_client_is_freed_finds_it_whole),
        SPOOL_TEST(without_a_thread_the_spool_takes_what_is_left),
        SPOOL_TEST(what_cannot_be_made_durable_is_not_in_the_spool),
        SPOOL_TEST(short_writes_are_gone_on_with),
        SPOOL_TEST(a_file_that_cannot_be_removed_or_set_aside_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
