/* SPDX-License-Identifier: Apache-2.0 */
/* accesslog.c: what reading an access log takes without files and network: `accesslog FILE` prints the
 * nanoseconds of CPU for one line to read it, to judge it as well, and to write its event as well. */
#include <stdio.h>
#include <time.h>

#include "accesslog/page_event.h"
#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"

enum { ROUNDS = 5 };

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One pass; depth 0 reads, 1 judges, 2 writes. Returns nanoseconds a line. */
static double pass(struct str bytes, int depth, struct buf *out, uint64_t *events)
{
    struct access_reader *reader = access_reader_new(ACCESS_ANY);
    const struct access_rules_opts opts = {0};
    struct access_rules *rules = NULL;
    struct page_stamp stamp = {0};
    struct uuid id = {{0}};
    char *copy = xmemdup(bytes.ptr, bytes.len);
    double began;
    uint64_t lines = 0;

    CHECK(access_rules_new(&rules, &opts, NULL) == 0);
    *events = 0;
    began = cpu_ns();
    for (size_t at = 0, end; at < bytes.len; at = end + 1, lines++) {
        struct access a;
        enum access_verdict verdict;

        end = at + str_find(str_of(copy + at, bytes.len - at), '\n');
        if (access_read(reader, copy + at, end - at, &a) != ACCESS_FINE || depth == 0)
            continue;
        verdict = access_judge(rules, &a);
        if (depth == 1 || verdict > ACCESS_API)
            continue;
        buf_reset(out, SIZE_MAX);
        page_event_write(out, &a, verdict, &id, rules, &stamp);
        ++*events;
    }
    began = (cpu_ns() - began) / (double)(lines ? lines : 1);
    access_rules_free(rules);
    access_reader_free(reader);
    free(copy);
    return began;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"read", "judge", "write"};
    struct str bytes;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (argc != 2) {
        fprintf(stderr, "usage: accesslog FILE\n");
        return 2;
    }
    if (io_read_file(io_system(), argv[1], SIZE_MAX / 2, &bytes, &err) < 0) {
        fprintf(stderr, "accesslog: %s\n", err.text);
        return 1;
    }
    for (int depth = 0; depth < 3; depth++) {
        double best = 1e18;
        uint64_t events = 0;

        for (int i = 0; i < ROUNDS; i++) {
            double took = pass(bytes, depth, &out, &events);

            best = took < best ? took : best;
        }
        printf("%s %.1f ns a line, %llu events\n", names[depth], best, (unsigned long long)events);
    }
    free((char *)(uintptr_t)bytes.ptr);
    return 0;
}
