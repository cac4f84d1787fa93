/* SPDX-License-Identifier: Apache-2.0 */
/* sim.c: what all simulated runs share: chance, lives and deaths, the first violation. */
#include "sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void sim_begin(struct sim *s, uint64_t seed, const struct sim_options *opts,
               struct sim_counts *counts)
{
    *s = (struct sim){.opts = opts, .counts = counts, .seed = seed, .m = model_new(seed)};
    s->io = model_table(s->m);
    s->random = seed * UINT64_C(0xd1342543de82ef95) | 1;
    for (int i = 0; i < 4; i++) /* near seeds begin alike */
        model_random(&s->random);
}

void sim_end(struct sim *s)
{
    s->counts->runs++;
    if (s->violation[0])
        s->counts->violations++;
    model_free(s->m);
}

uint64_t sim_below(struct sim *s, uint64_t n)
{
    return model_below(&s->random, n);
}

bool sim_one_in(struct sim *s, uint64_t n)
{
    return sim_below(s, n) == 0;
}

void sim_violation(struct sim *s, const char *fmt, ...)
{
    va_list args;

    if (s->violation[0])
        return;
    va_start(args, fmt);
    vsnprintf(s->violation, sizeof s->violation, fmt, args);
    va_end(args);
    sim_say(s, "VIOLATION: %s", s->violation);
}

void sim_say(const struct sim *s, const char *fmt, ...)
{
    va_list args;

    if (!s->opts->verbose)
        return;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

static void choose_fault(struct sim *s)
{
    static const int errors[] = {EIO, ENOSPC, EDQUOT, EMFILE, EIO};
    struct model_fault fault = {.call = (enum model_call)sim_below(s, MODEL_CALLS + 1),
                                .after = sim_below(s, sim_one_in(s, 2) ? 8 : 100),
                                .error = errors[sim_below(s, 5)],
                                .for_good = sim_one_in(s, 3)};

    if (sim_one_in(s, 2)) /* the calls that matter most */
        fault.call = sim_one_in(s, 2) ? MODEL_FDATASYNC : MODEL_PWRITEV;
    sim_say(s, "  fault: call kind %d, after %llu, errno %d%s", fault.call,
            (unsigned long long)fault.after, fault.error, fault.for_good ? ", for good" : "");
    model_fail(s->m, fault);
    s->fails = true;
    s->counts->faults++;
}

void sim_begin_life(struct sim *s, uint64_t longest)
{
    struct model_habits habits = {.forgets_syncs = s->opts->forget_syncs,
                                  .forgets_folder_syncs = s->opts->forget_folder_syncs};
    uint64_t die_at = 1 + sim_below(s, sim_one_in(s, 3) ? 15 : longest);

    sim_say(s, "life: dies at change %llu", (unsigned long long)die_at);
    if (sim_one_in(s, 4)) {
        habits.short_one_in = 3;
        habits.eintr_one_in = 5;
    }
    s->fails = false;
    model_behave(s->m, habits);
    model_set_disk(s->m, UINT64_MAX);
    model_die_at(s->m, die_at);
    if (sim_one_in(s, 4))
        choose_fault(s);
    if (sim_one_in(s, 12)) {
        model_set_disk(s->m, model_used(s->m) + sim_below(s, 200000));
        sim_say(s, "  the disk runs full");
        s->fails = true;
        s->counts->full++;
    }
}

void sim_end_life(struct sim *s, bool opening)
{
    bool kill = sim_one_in(s, 4);
    size_t left;

    sim_say(s, "  ends by a %s%s at `%s`%s", kill ? "kill" : "power cut",
            opening ? ", while opening" : "", model_last_call(s->m),
            model_is_dead(s->m) ? "" : ", between two calls");
    left = kill ? model_kill(s->m) : model_crash(s->m);
    if (left)
        sim_violation(s, "%zu descriptors and maps were left open", left);
    (*(kill ? &s->counts->kills : &s->counts->power_cuts))++;
    if (opening)
        s->counts->in_recovery++;
}

void sim_begin_good_life(struct sim *s)
{
    model_behave(s->m, (struct model_habits){.forgets_syncs = s->opts->forget_syncs,
                                             .forgets_folder_syncs = s->opts->forget_folder_syncs});
    model_set_disk(s->m, UINT64_MAX);
    model_heal(s->m);
    model_die_at(s->m, 0);
    s->fails = false;
    sim_say(s, "a good life");
}

bool sim_may_fail(struct sim *s)
{
    return s->fails || model_is_dead(s->m);
}
