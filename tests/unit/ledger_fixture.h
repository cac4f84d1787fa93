/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_fixture.h: a ledger in a folder of its own, and what its journal would hold: a list of
 * records. A kill is played by copying the folder as it is in the mappings. */
#pragma once
#include "ledger/book.h"
#include "ledger/internal.h"
#include "ledger_disk.h"

#define T0 INT64_C(1795000000000000) /* some time in 2026 */

static const struct str names[] = {{"backend", 7}, {"website", 7}};
static const char *const reasons[] = {"invalid_json", "rate_limited"};

struct entry {
    int64_t received_us;
    enum ledger_kind kind;
    unsigned account;
};

/* A folder, and what the journal would hold. */
struct fixture {
    char dir[64];
    struct entry journal[1000];
    int64_t durable;
    struct ledger *l;
    unsigned troubles;
    char trouble[400];
};

static inline void note_trouble(void *ctx, const char *text)
{
    struct fixture *f = ctx;

    f->troubles++;
    snprintf(f->trouble, sizeof f->trouble, "%s", text);
}

static inline int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    snprintf(f->dir, sizeof f->dir, "/tmp/weir-ledger-XXXXXX");
    if (!mkdtemp(f->dir))
        return -1;
    no_room = no_sync = false;
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    ledger_close(f->l, true);
    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static inline struct ledger *start_in(struct fixture *f, const char *dir, enum ledger_mode mode)
{
    const struct ledger_opts opts = {.io = tested_io(),
                                     .dir = dir,
                                     .mode = mode,
                                     .sources = names,
                                     .source_count = 2,
                                     .reasons = reasons,
                                     .reason_count = 2,
                                     .on_trouble = note_trouble,
                                     .ctx = f};
    struct ledger *l;
    struct err err = {0};

    if (ledger_open(&l, &opts, &err) < 0)
        fail_msg("%s", err.text);
    if (mode == LEDGER_AS_IT_IS)
        return l;
    for (int64_t p = ledger_counted(l) + 1; p <= f->durable; p++) {
        const struct entry *e = &f->journal[p];

        ledger_recount(l, p, e->received_us, e->kind,
                       e->kind == LEDGER_NOTE ? STR_NONE : names[e->account], 10);
    }
    if (ledger_recovered(l, f->durable, &err) < 0)
        fail_msg("%s", err.text);
    return l;
}

static inline void start(struct fixture *f)
{
    f->l = start_in(f, f->dir, LEDGER_WRITE);
}

/* One event of the journal: received, written, its verdict counted. */
static inline void keep(struct fixture *f, unsigned account, int64_t us, enum ledger_kind kind)
{
    f->journal[++f->durable] = (struct entry){us, kind, account};
    ledger_stage(f->l, account, us, kind == LEDGER_EVENT ? LEDGER_ACCEPTED : LEDGER_QUARANTINED,
                 f->durable, 10);
}

static inline void receive(struct fixture *f, unsigned account, int64_t us, uint64_t n)
{
    ledger_add(ledger_page(f->l, account, us), LEDGER_RECEIVED, n);
}

/* What a kill would leave at this moment. The caller frees it, and removes the folder. */
static inline char *copy_folder(const struct fixture *f)
{
    char *to = xasprintf("%s.copy", f->dir);
    AUTO_DIR dir = opendir(f->dir);

    nftw(to, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(mkdir(to, 0700), 0);
    for (struct dirent *e; (e = readdir(dir));) {
        AUTO_FREE char *from = io_join(f->dir, e->d_name), *at = io_join(to, e->d_name);

        if (e->d_name[0] != '.')
            copy_file(from, at);
    }
    return to;
}

static inline uint64_t cell(const struct ledger *l, unsigned account, unsigned which)
{
    uint64_t cells[LEDGER_CELLS];

    ledger_totals(l, account, cells);
    return cells[which];
}

static inline void assert_residue(const struct ledger *l, int64_t want)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < ledger_accounts(l); i++) {
        uint64_t cells[LEDGER_CELLS];

        ledger_totals(l, i, cells);
        sum += ledger_residue(cells);
    }
    assert_int_equal(sum, want);
}

static inline int count_rows(void *ctx, unsigned account, int64_t hour_us, const uint64_t *cells)
{
    (void)account, (void)hour_us;
    *(uint64_t *)ctx += cells[LEDGER_RECEIVED];
    return 0;
}
