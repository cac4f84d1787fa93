/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: what a trigger of libweir costs its caller, beside snprintf of the same JSON.
 *
 * Both write an event of four properties, by turns, in rounds that fit into the queue; the CPU time of
 * this thread counts. `late` is the 99.9th percentile of single triggers, by the clock. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <weir/weir.h>

enum { ROUNDS = 31, EVENTS = 20000, QUEUE = 64 * 1024 * 1024, WARM_UP = 3 };

static double clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, double q)
{
    qsort(values, count, sizeof *values, by_size);
    return values[(size_t)(q * (double)(count - 1))];
}

static bool trigger(struct weir_client *client, int i)
{
    return weir_trigger(client, "timer.stopped", WEIR_TEXT("project_id", "project-4711"),
                        WEIR_INT("duration_seconds", 1000 + i), WEIR_NUMBER("share", 0.25),
                        WEIR_BOOL("billable", true), WEIR_END);
}

static double round_of_triggers(double *late)
{
    static double single[EVENTS];
    struct weir_options options = {
        .url = "http://127.0.0.1:9", .queue_bytes = QUEUE, .flush_interval_ms = 3600 * 1000};
    struct weir_client *client = weir_client_new(&options);
    double began, ended;

    if (!client)
        exit(1);
    began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < EVENTS; i++)
        if (!trigger(client, i))
            exit(1); /* dropped: it would cost less */
    ended = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (late) {
        for (int i = 0; i < EVENTS; i++) {
            single[i] = clock_ns(CLOCK_MONOTONIC);
            trigger(client, i);
            single[i] = clock_ns(CLOCK_MONOTONIC) - single[i];
        }
        *late = quantile(single, EVENTS, 0.999);
    }
    weir_client_free(client, 0);
    return (ended - began) / EVENTS;
}

static double round_of_snprintf(void)
{
    static volatile int sum;
    double began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    char text[512];

    for (int i = 0; i < EVENTS; i++) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        sum += snprintf(
            text, sizeof text,
            "{\"id\":\"%08x-%04x-7%03x-8%03x-%012llx\",\"name\":\"%s\",\"time\":%lld.%06ld,"
            "\"properties\":{\"project_id\":\"%s\",\"duration_seconds\":%d,\"share\":%g,"
            "\"billable\":%s}}",
            (unsigned)now.tv_sec, (unsigned)i & 0xffff, (unsigned)i & 0xfff, 1U, 77ULL,
            "timer.stopped", (long long)now.tv_sec, now.tv_nsec / 1000, "project-4711", 1000 + i,
            0.25, "true");
    }
    return sum > 0 ? (clock_ns(CLOCK_THREAD_CPUTIME_ID) - began) / EVENTS : 0;
}

int main(void)
{
    static double triggers[ROUNDS], prints[ROUNDS], lates[ROUNDS];

    for (int i = -WARM_UP; i < ROUNDS; i++) {
        int at = i < 0 ? 0 : i;

        triggers[at] = round_of_triggers(&lates[at]);
        prints[at] = round_of_snprintf();
    }
    printf("trigger %.1f ns\n", quantile(triggers, ROUNDS, 0.5));
    printf("snprintf %.1f ns\n", quantile(prints, ROUNDS, 0.5));
    printf("late %.1f ns\n", quantile(lates, ROUNDS, 0.5));
    return 0;
}
