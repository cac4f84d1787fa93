/* SPDX-License-Identifier: Apache-2.0 */
/* driver.c: a program that uses libweir as it is told, a line at a time on standard input, for the
 * end-to-end tests beside this file. It answers each line with one, and reports problems as they come.
 *
 *   driver NAME=VALUE ...   options: url, key, spool, spool_bytes, queue_bytes, queue_events, batch,
 *                           flush_ms, timeout_ms, environment, fork_on_error, library (what to load
 *                           instead of libcurl)
 *   trigger COUNT [FROM]    events project.created with project_id p-FROM, p-FROM+1 ...
 *   bad COUNT               events that no catalogue knows
 *   page STATUS             a request with project.created and page.viewed, the status set in between
 *   flush MS, stats, free MS
 *   fork COUNT FROM         a child that triggers COUNT events and frees its client
 *   storm THREADS FORKS COUNT   threads that trigger COUNT events each, while the main thread forks FORKS
 *                           children that trigger COUNT events each
 *   trickle COUNT US        COUNT events, one every US microseconds
 *   leave                   exit(3), with a handler that frees the client without waiting
 *   quiet COUNT             COUNT events between two marks on standard error, for strace */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/weir.h>

extern const char *weir_transfer_libraries[3]; /* of the static library */

enum { THREADS_MAX = 16, FREE_MS = 10000 };

static struct weir_client *client;
static bool fork_on_error;

static void on_error(void *ctx, const struct weir_problem *p)
{
    static const char *const names[] = {"rejected", "unreachable", "denied",
                                        "dropped",  "spool",       "library"};
    struct weir_stats stats;

    printf("problem %s %d %llu id=%s code=%s path=%s message=%s\n", names[p->trouble], p->status,
           (unsigned long long)p->count, p->id, p->code, p->path, p->message);
    fflush(ctx);
    weir_client_stats(client, &stats);
    if (stats.queued > stats.triggered + stats.recovered || stats.spooled > stats.triggered)
        printf("problem counts that cannot be: %llu queued, %llu spooled\n",
               (unsigned long long)stats.queued, (unsigned long long)stats.spooled);
    if (fork_on_error) {
        pid_t pid = fork();

        if (pid == 0) {
            weir_trigger(client, "project.created", WEIR_END);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

static long number(const char *text, long otherwise)
{
    return text ? strtol(text, NULL, 10) : otherwise;
}

static void read_number(struct weir_options *o, const char *name, long n)
{
    if (strcmp(name, "spool_bytes") == 0)
        o->spool_bytes = (size_t)n;
    else if (strcmp(name, "queue_bytes") == 0)
        o->queue_bytes = (size_t)n;
    else if (strcmp(name, "queue_events") == 0)
        o->queue_events = (size_t)n;
    else if (strcmp(name, "batch") == 0)
        o->batch_events = (unsigned)n;
    else if (strcmp(name, "flush_ms") == 0)
        o->flush_interval_ms = (unsigned)n;
    else if (strcmp(name, "timeout_ms") == 0)
        o->timeout_ms = (unsigned)n;
}

static void read_option(struct weir_options *o, char *arg)
{
    char *value = strchr(arg, '=');

    if (!value)
        return;
    *value++ = '\0';
    if (strcmp(arg, "url") == 0) {
        o->url = value;
    } else if (strcmp(arg, "key") == 0) {
        o->key = value;
    } else if (strcmp(arg, "spool") == 0) {
        o->spool = value;
    } else if (strcmp(arg, "environment") == 0) {
        o->environment = value;
    } else if (strcmp(arg, "fork_on_error") == 0) {
        fork_on_error = true;
    } else if (strcmp(arg, "library") == 0) {
        weir_transfer_libraries[0] = value;
        weir_transfer_libraries[1] = NULL;
    } else {
        read_number(o, arg, number(value, 0));
    }
}

static void trigger(long count, long from)
{
    char id[32];

    for (long i = from; i < from + count; i++) {
        snprintf(id, sizeof id, "p-%ld", i);
        weir_trigger(client, "project.created", WEIR_TEXT("project_id", id),
                     WEIR_TEXT("user_id", "u-1"), WEIR_INT("seats", i), WEIR_END);
    }
}

static void trickle(long count, long us)
{
    for (long i = 0; i < count; i++) {
        trigger(1, i);
        usleep((useconds_t)us);
    }
}

static void bad(long count)
{
    for (long i = 0; i < count; i++)
        weir_trigger(client, "nobody.knows", WEIR_END);
}

static void page(long status)
{
    struct weir_request_info info = {0};
    struct weir_request *request, *outer;

    info.method = "GET";
    info.path = "/projects?tab=new";
    info.ip = "192.0.2.7";
    info.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    request = weir_request_begin(client, &info);
    outer = weir_request_enter(request);
    weir_trigger(client, "project.created", WEIR_TEXT("project_id", "p-page"), WEIR_END);
    weir_request_set_user(request, "u-17");
    weir_request_set_status(request, (int)status);
    weir_trigger(client, "page.viewed", WEIR_END);
    weir_request_leave(outer);
    weir_request_end(request);
}

static void print_stats(const char *what)
{
    struct weir_stats s;

    weir_client_stats(client, &s);
    printf("%s {\"triggered\":%llu,\"recovered\":%llu,\"accepted\":%llu,\"duplicate\":%llu,"
           "\"rejected\":%llu,\"dropped\":%llu,\"queued\":%llu,\"spooled\":%llu,\"cut\":%llu,"
           "\"requests\":%llu,\"failed\":%llu}\n",
           what, (unsigned long long)s.triggered, (unsigned long long)s.recovered,
           (unsigned long long)s.accepted, (unsigned long long)s.duplicate,
           (unsigned long long)s.rejected, (unsigned long long)s.dropped,
           (unsigned long long)s.queued, (unsigned long long)s.spooled, (unsigned long long)s.cut,
           (unsigned long long)s.requests, (unsigned long long)s.failed_requests);
}

static void child(long count, long from)
{
    int flushed;

    trigger(count, from);
    flushed = weir_flush(client, FREE_MS);
    print_stats("child");
    fflush(stdout);
    weir_client_free(client, FREE_MS);
    _exit(flushed == 0 ? 0 : 1);
}

static void fork_children(long forks, long count, long from)
{
    long failed = 0;

    fflush(stdout);
    for (long i = 0; i < forks; i++)
        if (fork() == 0)
            child(count, from + i * count);
    for (long i = 0; i < forks; i++) {
        int status = 0;

        if (wait(&status) < 0 || status != 0)
            failed++;
    }
    printf("children %ld failed\n", failed);
}

static long storm_count;

static void *storm_thread(void *arg)
{
    trigger(storm_count, (long)(intptr_t)arg * storm_count);
    return NULL;
}

static void storm(long threads, long forks, long count)
{
    pthread_t thread[THREADS_MAX];

    storm_count = count;
    for (long i = 0; i < threads && i < THREADS_MAX; i++)
        pthread_create(&thread[i], NULL, storm_thread, (void *)(intptr_t)i);
    fork_children(forks, count, threads * count);
    for (long i = 0; i < threads && i < THREADS_MAX; i++)
        pthread_join(thread[i], NULL);
}

static void quiet(long count)
{
    static const char begin[] = "QUIET BEGINS\n", end[] = "QUIET ENDS\n";
    char id[32] = "p-0";

    if (write(2, begin, sizeof begin - 1) < 0)
        return;
    for (long i = 0; i < count; i++)
        weir_trigger(client, "project.created", WEIR_TEXT("project_id", id), WEIR_INT("seats", i),
                     WEIR_BOOL("urgent", false), WEIR_NUMBER("share", 0.25), WEIR_END);
    if (write(2, end, sizeof end - 1) < 0)
        return;
    printf("quiet\n");
}

static void free_at_exit(void)
{
    weir_client_free(client, 0);
}

static void obey(char *line)
{
    char *words[4] = {NULL, NULL, NULL, NULL}, *rest = line;

    for (int i = 0; i < 4 && rest; i++)
        words[i] = strsep(&rest, " \n");
    if (strcmp(words[0], "trigger") == 0) {
        trigger(number(words[1], 1), number(words[2], 0));
        printf("triggered\n");
    } else if (strcmp(words[0], "bad") == 0) {
        bad(number(words[1], 1));
        printf("triggered\n");
    } else if (strcmp(words[0], "page") == 0) {
        page(number(words[1], 200));
        printf("triggered\n");
    } else if (strcmp(words[0], "flush") == 0) {
        printf("flushed %d\n", weir_flush(client, (unsigned)number(words[1], 0)));
    } else if (strcmp(words[0], "stats") == 0) {
        print_stats("stats");
    } else if (strcmp(words[0], "free") == 0) {
        weir_client_free(client, (unsigned)number(words[1], 0));
        client = NULL;
        printf("freed\n");
    } else if (strcmp(words[0], "fork") == 0) {
        fork_children(1, number(words[1], 1), number(words[2], 0));
    } else if (strcmp(words[0], "storm") == 0) {
        storm(number(words[1], 1), number(words[2], 1), number(words[3], 1));
    } else if (strcmp(words[0], "trickle") == 0) {
        trickle(number(words[1], 1), number(words[2], 0));
        printf("triggered\n");
    } else if (strcmp(words[0], "leave") == 0) {
        exit(3);
    } else if (strcmp(words[0], "quiet") == 0) {
        quiet(number(words[1], 1));
    } else {
        printf("unknown\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct weir_options options = {0};
    char line[256];

    atexit(free_at_exit);
    options.on_error = on_error;
    options.on_error_ctx = stdout;
    for (int i = 1; i < argc; i++)
        read_option(&options, argv[i]);
    client = weir_client_new(&options);
    if (!client) {
        printf("no client\n");
        return 1;
    }
    while (fgets(line, sizeof line, stdin))
        obey(line);
    weir_client_free(client, FREE_MS);
    client = NULL;
    return 0;
}
