/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c: gives the ledger what the journal decides: record by record while it commits, and at start
 * what was committed but not counted. Leaves to events.c what never reaches the journal. */
#include "collector/tally.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "collector/backlog.h"
#include "event/record.h"

struct tally {
    pthread_mutex_t mtx;
    pthread_cond_t changed;
    /* guarded by mtx */
    bool begun;
    struct ledger *ledger; /* NULL although begun: nothing is counted */
};

struct tally *tally_new(void)
{
    struct tally *t = xcalloc(1, sizeof *t);

    CHECK(pthread_mutex_init(&t->mtx, NULL) == 0 && pthread_cond_init(&t->changed, NULL) == 0);
    return t;
}

void tally_free(struct tally *t)
{
    if (!t)
        return;
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->mtx);
    free(t);
}

void tally_begin(struct tally *t, struct ledger *ledger)
{
    pthread_mutex_lock(&t->mtx);
    t->begun = true;
    t->ledger = ledger;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->mtx);
}

static struct ledger *ledger_of(struct tally *t)
{
    struct ledger *ledger;

    pthread_mutex_lock(&t->mtx);
    while (!t->begun)
        pthread_cond_wait(&t->changed, &t->mtx);
    ledger = t->ledger;
    pthread_mutex_unlock(&t->mtx);
    return ledger;
}

/* A record's source may be one that is not configured any more: replayed from the quarantine. */
static unsigned account_of(const struct ledger *l, const struct journal_record *r)
{
    struct uuid id;
    struct str name;
    unsigned account = r->key.source;

    if (r->kind == JOURNAL_NOTE)
        return ledger_weir(l);
    if (r->has_key && account < ledger_unknown(l))
        return account;
    if (record_decode_key(r->payload, &id, &name) < 0)
        return ledger_unknown(l);
    account = ledger_account(l, name);
    return account < ledger_accounts(l) ? account : ledger_unknown(l);
}

static void count(struct ledger *l, const struct journal_record *r, int64_t received_us)
{
    enum ledger_cell cell = LEDGER_NOTES;

    if (r->kind == JOURNAL_EVENT)
        cell = r->duplicate ? LEDGER_DUPLICATE : LEDGER_ACCEPTED;
    else if (r->kind == JOURNAL_QUARANTINE)
        cell = r->duplicate ? LEDGER_QUARANTINED_AGAIN : LEDGER_QUARANTINED;
    ledger_stage(l, account_of(l, r), received_us, cell, r->duplicate ? 0 : r->position,
                 r->payload.len);
}

void tally_commit(void *ctx, const struct journal_batch *first, const struct journal_batch *end)
{
    struct ledger *l = ledger_of(ctx);

    if (!l)
        return;
    for (const struct journal_batch *b = first; b != end; b = b->next)
        for (size_t i = 0; i < b->count; i++)
            count(l, &b->records[i],
                  b->records[i].received_us ? b->records[i].received_us : b->received_us);
    ledger_settle(l);
}

enum refusal tally_reason(enum err_code error)
{
    switch (error) {
    case ERR_SPACE: return REFUSAL_DISK_FULL;
    case ERR_LIMIT: return REFUSAL_BATCH_TOO_LARGE;
    case ERR_BUSY: return REFUSAL_CLOSING;
    default: return REFUSAL_JOURNAL_FAILED;
    }
}

void tally_replay(struct ledger *l, const struct journal_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ledger_page *page;

        if (records[i].kind == JOURNAL_NOTE)
            continue;
        page = ledger_page(l, account_of(l, &records[i]), records[i].received_us);
        ledger_add(page, LEDGER_RECEIVED, 1);
        ledger_add(page, LEDGER_REPLAYED, 1);
    }
}

void tally_replay_failed(struct ledger *l, const struct journal_record *records, size_t count,
                         enum err_code error)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].kind != JOURNAL_NOTE)
            ledger_add(ledger_page(l, account_of(l, &records[i]), records[i].received_us),
                       LEDGER_REASONS + (unsigned)tally_reason(error), 1);
}

/* Recovery. */

static void recount(void *ctx, const struct journal_entry *entry)
{
    struct ledger *l = ctx;
    enum ledger_kind kind = LEDGER_NOTE;
    struct str source = STR("(unknown)");
    struct uuid id;

    if (entry->kind == JOURNAL_EVENT)
        kind = LEDGER_EVENT;
    else if (entry->kind == JOURNAL_QUARANTINE)
        kind = LEDGER_QUARANTINED_EVENT;
    if (kind != LEDGER_NOTE && !entry->erased &&
        record_decode_key(entry->payload, &id, &source) < 0)
        source = STR("(unknown)");
    if (source.len == 0 || source.len > LEDGER_NAME_MAX)
        source = STR("(unknown)");
    ledger_recount(l, entry->position, entry->received_us, kind, source, entry->payload.len);
}

/* The records behind what was counted. Damage was reported when the journal was opened; here it
 * makes positions that nobody saw. */
static int recover(struct ledger *l, const struct tally_opts *opts, struct err *err)
{
    int64_t durable;

    if (backlog_read(opts->io, opts->journal_dir, ledger_counted(l), recount, l, &durable, err) < 0)
        return -1;
    /* Until a collector has recovered it after a power cut, the journal may not say how far it is. */
    if (opts->mode == LEDGER_SETTLED && durable < ledger_counted(l))
        durable = ledger_counted(l);
    return ledger_recovered(l, durable, err);
}

int tally_open(struct ledger **out, const struct tally_opts *opts, struct err *err)
{
    const char *reasons[REFUSAL_COUNT];
    const struct ledger_opts ledger_opts = {.io = opts->io,
                                            .dir = opts->ledger_dir,
                                            .mode = opts->mode,
                                            .sources = opts->sources,
                                            .source_count = opts->source_count,
                                            .reasons = reasons,
                                            .reason_count = REFUSAL_COUNT - 1,
                                            .on_trouble = opts->on_trouble,
                                            .ctx = opts->ctx};
    struct ledger *l;

    for (int why = 1; why < REFUSAL_COUNT; why++)
        reasons[why - 1] = refusal_text((enum refusal)why)->code;
    if (ledger_open(&l, &ledger_opts, err) < 0)
        return -1;
    if (opts->mode != LEDGER_AS_IT_IS && recover(l, opts, err) < 0) {
        ledger_close(l, false);
        return -1;
    }
    *out = l;
    return 0;
}
