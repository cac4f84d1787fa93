/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c: crashes by the thousand on the model file system.
 *
 *   simulate [--crashes N] [--seconds S] [--seed SEED] [--runs N] [--only journal|keys|...]
 *            [--verbose] [--forget-syncs] [--forget-folder-syncs]
 *
 * Runs from SEED on, one seed each, until so many crashes, seconds or runs are over. A run that breaks
 * a promise is named with the seed that replays it: simulate --seed SEED --runs 1 --verbose. (The
 * journal's id and its salts are random all the same; seldom a run goes another way by them.)
 * With --forget-…, the disk forgets what it is told to keep, and runs must fail. The last line is
 * `simulate: figures`; exit status 0: no violation (with --forget-…: there was one), 1: there was. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sim.h"

static const struct {
    const char *name;
    void (*run)(struct sim *s);
    unsigned weight; /* of 16 runs */
} kinds[] = {
    {"journal", sim_journal, 13},
    {"keys", sim_keys, 1},
    {"budgets", sim_budgets, 1},
    {"replace", sim_replace, 1},
};

struct limits {
    uint64_t crashes, seconds, runs, seed;
    const char *only;
};

static size_t kind_of(uint64_t seed, const char *only)
{
    uint64_t at = seed % 16;
    size_t k = 0;

    for (size_t i = 0; only && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, only) == 0)
            return i;
    while (at >= kinds[k].weight)
        at -= kinds[k++].weight;
    return k;
}

static void run_one(uint64_t seed, const struct limits *limits, const struct sim_options *opts,
                    struct sim_counts *counts)
{
    size_t k = kind_of(seed, limits->only);
    struct sim s;

    sim_begin(&s, seed, opts, counts);
    kinds[k].run(&s);
    if (s.violation[0] && counts->violations < 5)
        printf("%s, seed %llu: %s\n", kinds[k].name, (unsigned long long)seed, s.violation);
    sim_end(&s);
}

static bool is_over(const struct limits *limits, const struct sim_counts *c, int64_t began_us)
{
    uint64_t seconds = (uint64_t)(clock_monotonic_us() - began_us) / 1000000;

    return (limits->crashes && c->power_cuts + c->kills >= limits->crashes) ||
           (limits->runs && c->runs >= limits->runs) ||
           (limits->seconds && seconds >= limits->seconds);
}

static void print_figures(const struct sim_counts *c, int64_t began_us)
{
    double seconds = (double)(clock_monotonic_us() - began_us) / 1e6;
    uint64_t crashes = c->power_cuts + c->kills;

    printf("%llu runs; lives with an I/O fault %llu, with a full disk %llu; acknowledged %llu, "
           "duplicates %llu, segments begun %llu, compressed %llu, deleted %llu, records read back "
           "%llu\n",
           (unsigned long long)c->runs, (unsigned long long)c->faults, (unsigned long long)c->full,
           (unsigned long long)c->acked, (unsigned long long)c->duplicates,
           (unsigned long long)c->rolls, (unsigned long long)c->compressed,
           (unsigned long long)c->deleted, (unsigned long long)c->given);
    printf("files of keys at the ends %llu, keys found in them %llu, made again %llu\n",
           (unsigned long long)c->index_files, (unsigned long long)c->index_found,
           (unsigned long long)c->index_rebuilt);
    printf("simulate: %llu crashes (%llu power cuts, %llu kills; %llu while opening), %llu "
           "violations, "
           "%.1f s\n",
           (unsigned long long)crashes, (unsigned long long)c->power_cuts,
           (unsigned long long)c->kills, (unsigned long long)c->in_recovery,
           (unsigned long long)c->violations, seconds);
}

static int read_options(int argc, char **argv, struct limits *limits, struct sim_options *opts)
{
    static const struct option options[] = {
        {"crashes", required_argument, NULL, 'c'},
        {"seconds", required_argument, NULL, 't'},
        {"long", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"runs", required_argument, NULL, 'r'},
        {"only", required_argument, NULL, 'o'},
        {"verbose", no_argument, NULL, 'v'},
        {"forget-syncs", no_argument, NULL, 'f'},
        {"forget-folder-syncs", no_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        uint64_t n = optarg ? strtoull(optarg, NULL, 10) : 0;

        switch (c) {
        case 'c': limits->crashes = n; break;
        case 't': limits->seconds = n; break;
        case 's': limits->seed = n; break;
        case 'r': limits->runs = n; break;
        case 'o': limits->only = optarg; break;
        case 'v': opts->verbose = true; break;
        case 'f': opts->forget_syncs = true; break;
        case 'd': opts->forget_folder_syncs = true; break;
        default: return -1;
        }
    }
    return argc > optind ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct limits limits = {.seed = 1};
    struct sim_options opts = {.verbose = false};
    struct sim_counts counts = {.runs = 0};
    int64_t began_us = clock_monotonic_us();
    bool broken;

    if (read_options(argc, argv, &limits, &opts) < 0) {
        fprintf(stderr, "simulate: see the top of simulate.c\n");
        return 2;
    }
    if (!limits.crashes && !limits.seconds && !limits.runs)
        limits.crashes = 20000;
    for (uint64_t seed = limits.seed; !is_over(&limits, &counts, began_us); seed++)
        run_one(seed, &limits, &opts, &counts);
    print_figures(&counts, began_us);
    broken = opts.forget_syncs || opts.forget_folder_syncs;
    return broken == (counts.violations > 0) ? 0 : 1;
}
