/* SPDX-License-Identifier: Apache-2.0 */
/* sim_files.c: the smaller files through crashes: pseudonym keys, budgets, and any file that is
 * replaced as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "catalogue/budget.h"
#include "privacy/pseudonym.h"
#include "sim.h"

enum { LIVES_MOST = 6, VALUES = 64 };

/* What a key made, and must make again for as long as it is kept. */
struct made {
    bool known[1 + PSEUDONYM_DAILY_COUNT];
    uint32_t day[1 + PSEUDONYM_DAILY_COUNT];
    struct pseudonym out[1 + PSEUDONYM_DAILY_COUNT];
};

static void use_key(struct sim *s, struct made *made, size_t i, const struct pseudonym *out,
                    uint32_t day)
{
    if (made->known[i] && made->day[i] == day && memcmp(&made->out[i], out, sizeof *out) != 0)
        sim_violation(s, "key %zu, which was in use, is lost", i);
    made->known[i] = true;
    made->day[i] = day;
    made->out[i] = *out;
}

/* 0 where the keys could be used: from then on events that rest on them may be acknowledged. */
static int use_keys(struct sim *s, struct made *made, struct err *err)
{
    struct pseudonyms *p = NULL;
    struct pseudonym out;
    unsigned scope;

    if (io_make_dir(s->io, "d", 0700, err) < 0 || pseudonyms_open(&p, s->io, "d/keys", err) < 0)
        return -1;
    if (pseudonyms_scope(p, STR("actor"), &scope, err) == 0) {
        pseudonym_make(p, scope, STR("someone"), &out);
        use_key(s, made, 0, &out, 0);
    }
    for (int i = 0; i < PSEUDONYM_DAILY_COUNT; i++) {
        uint32_t day;

        pseudonym_make_daily(p, (enum pseudonym_daily)i, clock_now_us(), STR("someone"),
                             STR("somewhere"), &out, &day);
        use_key(s, made, 1 + (size_t)i, &out, day);
    }
    pseudonyms_close(p);
    return 0;
}

void sim_keys(struct sim *s)
{
    struct made made = {.known = {false}};
    struct err err = {.text = ""};

    for (uint64_t lives = 1 + sim_below(s, LIVES_MOST); lives && !s->violation[0]; lives--) {
        sim_begin_life(s, 16);
        if (use_keys(s, &made, &err) < 0 && !sim_may_fail(s))
            sim_violation(s, "the keys do not open: %s", err.text);
        sim_end_life(s, true);
    }
    sim_begin_good_life(s);
    if (!s->violation[0] && use_keys(s, &made, &err) < 0)
        sim_violation(s, "the keys do not open: %s", err.text);
}

struct values {
    unsigned next; /* values before it were admitted */
    unsigned saved; /* those before it were saved */
};

static struct str value_text(char out[16], unsigned n)
{
    return str_of(out, (size_t)snprintf(out, 16, "v%u", n));
}

/* Admits some values and saves them; checks those that were saved before. */
static int use_budgets(struct sim *s, struct values *v, struct err *err)
{
    struct budgets *b = NULL;
    struct budget *budget;
    unsigned most = v->next + 4;
    char text[16];
    int result;

    if (io_make_dir(s->io, "d", 0700, err) < 0 || budgets_open(&b, s->io, "d/budgets", err) < 0)
        return -1;
    budget = budgets_get(b, STR("page"), STR("path"));
    for (unsigned i = 0; i < v->saved; i++) /* none is new: no room is needed */
        if (!budget_admit(budget, value_text(text, i), 0))
            sim_violation(s, "budget value %u was saved and is lost", i);
    for (; v->next < most && v->next < VALUES; v->next++)
        budget_admit(budget, value_text(text, v->next), VALUES);
    for (unsigned i = v->saved; i < v->next; i++)
        budget_admit(budget, value_text(text, i), VALUES);
    result = budgets_save(b, err);
    if (result == 0)
        v->saved = v->next;
    budgets_close(b);
    return result;
}

void sim_budgets(struct sim *s)
{
    struct values values = {.next = 0};
    struct err err = {.text = ""};

    for (uint64_t lives = 1 + sim_below(s, LIVES_MOST); lives && !s->violation[0]; lives--) {
        sim_begin_life(s, 12);
        if (use_budgets(s, &values, &err) < 0 && (!sim_may_fail(s) || err.code == ERR_CORRUPT))
            sim_violation(s, "the budgets do not open or save: %s", err.text);
        sim_end_life(s, true);
    }
    sim_begin_good_life(s);
    if (!s->violation[0] && use_budgets(s, &values, &err) < 0)
        sim_violation(s, "the budgets do not open or save: %s", err.text);
}

/* Version n of a file: its length and bytes follow from n. */
static struct str version(char out[512], uint64_t n)
{
    size_t len = 8 + n * 37 % 400;

    memset(out, (int)('a' + n % 26), len);
    memcpy(out, &n, sizeof n);
    return str_of(out, len);
}

/* Reads the file; its version, 0 for none. */
static uint64_t read_version(struct sim *s)
{
    struct str bytes;
    struct err err;
    char text[512];
    uint64_t n = 0;
    int fd = s->io->open(s->io, "d/file", 0, 0);

    if (fd < 0)
        return 0;
    s->io->close(s->io, fd);
    if (io_read_file(s->io, "d/file", 4096, &bytes, &err) < 0)
        return UINT64_MAX;
    if (bytes.len >= sizeof n)
        memcpy(&n, bytes.ptr, sizeof n);
    if (!str_eq(bytes, version(text, n)))
        sim_violation(s, "the replaced file is neither the old nor a new version");
    free((void *)(uintptr_t)bytes.ptr);
    return n;
}

void sim_replace(struct sim *s)
{
    uint64_t tried = 0, written = 0;
    struct err err;
    char text[512];

    for (uint64_t lives = 1 + sim_below(s, LIVES_MOST); lives && !s->violation[0]; lives--) {
        uint64_t found;

        sim_begin_good_life(s);
        found = read_version(s);
        if (found < written || found > tried)
            sim_violation(s, "version %llu was written, %llu tried; found is %llu",
                          (unsigned long long)written, (unsigned long long)tried,
                          (unsigned long long)found);
        sim_begin_life(s, 24);
        if (io_make_dir(s->io, "d", 0700, &err) == 0) {
            for (int i = 0; i < 4; i++)
                if (io_replace_file(s->io, "d/file", 0600, version(text, ++tried), &err) == 0)
                    written = tried;
        }
        sim_end_life(s, false);
    }
}
