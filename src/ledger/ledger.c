/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: finds the page of an hour, counts, and reads what was counted.
 *
 * Promises: an addition is one atomic instruction in memory that outlives the process; the page of
 * the present hour is found without a lock; what recovery or another thread has counted is never
 * counted again. Leaves to recover.c what a crash left, to sync.c the disk. */
#include "ledger/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/internal.h"

enum { DAY_PAGES = 64 }; /* looked at for a day: 24, and what a jumping clock adds */

static int64_t hour_of(int64_t us)
{
    return us >= 0 ? us / HOUR_US : -((-us + HOUR_US - 1) / HOUR_US);
}

void trouble(const struct ledger *l, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    if (!l->on_trouble)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    l->on_trouble(l->trouble_ctx, text);
}

/* Accounts. */

unsigned account_find(const struct ledger *l, struct str name)
{
    for (unsigned i = 0; i < l->account_count; i++)
        if (str_is(name, l->accounts[i]->name))
            return i;
    return l->account_count;
}

unsigned account_make(struct ledger *l, struct str name)
{
    struct account *a = xcalloc(1, sizeof *a);

    CHECK(name.len > 0 && name.len <= LEDGER_NAME_MAX);
    memcpy(a->name, name.ptr, name.len);
    l->accounts = xrealloc(l->accounts, l->account_count + 1, sizeof *l->accounts);
    l->accounts[l->account_count] = a;
    return l->account_count++;
}

unsigned ledger_account(const struct ledger *l, struct str name)
{
    return account_find(l, name);
}

unsigned ledger_unknown(const struct ledger *l)
{
    return l->source_count;
}

unsigned ledger_weir(const struct ledger *l)
{
    return l->source_count + 1;
}

unsigned ledger_accounts(const struct ledger *l)
{
    return l->account_count;
}

struct str ledger_account_name(const struct ledger *l, unsigned account)
{
    CHECK(account < l->account_count);
    return str_from(l->accounts[account]->name);
}

unsigned ledger_reasons(const struct ledger *l)
{
    return l->reason_count;
}

const char *ledger_reason_name(const struct ledger *l, unsigned reason)
{
    CHECK(reason < l->reason_count);
    return l->reasons[reason];
}

/* Pages. */

struct open_book *newest_book(const struct ledger *l)
{
    return l->book_count ? l->books[l->book_count - 1] : NULL;
}

struct ledger_page *page_of_row(struct ledger *l, unsigned account, struct open_book *book,
                                uint32_t row)
{
    struct account *a = l->accounts[account];
    struct ledger_page *page = xcalloc(1, sizeof *page);

    page->hour = book->b.rows[row].hour;
    page->cells = book->b.rows[row].cells;
    page->book = book;
    page->row = row;
    page->older = atomic_load_explicit(&a->newest, memory_order_relaxed);
    atomic_store_explicit(&a->newest, page, memory_order_release);
    return page;
}

/* Where no row is free, since the disk has no room for another book: the hour goes on in the row of
 * the one before. */
static struct ledger_page *stand_in(struct account *a, int64_t hour)
{
    struct ledger_page *newest = atomic_load_explicit(&a->newest, memory_order_relaxed);
    struct ledger_page *page;

    for (page = a->stand_ins; page; page = page->older)
        if (page->hour == hour && page->book == newest->book)
            return page;
    page = xcalloc(1, sizeof *page);
    *page = *newest;
    page->hour = hour;
    page->older = a->stand_ins;
    a->stand_ins = page;
    return page;
}

struct ledger_page *locked_page(struct ledger *l, unsigned account, int64_t hour)
{
    struct account *a = l->accounts[account];
    struct open_book *book = newest_book(l);
    struct ledger_page *page = atomic_load_explicit(&a->newest, memory_order_relaxed);

    for (int i = 0; page && page->book == book && i < REUSED_PAGES; i++, page = page->older)
        if (page->hour == hour)
            break;
    if (!page || page->hour != hour || page->book != book) {
        if (book_take(&book->b, hour, str_from(a->name)))
            page = page_of_row(l, account, book, book->b.rows_used - 1);
        else
            page = stand_in(a, hour);
    }
    atomic_store_explicit(&a->current, page, memory_order_release);
    return page;
}

struct ledger_page *ledger_page(struct ledger *l, unsigned account, int64_t received_us)
{
    int64_t hour = hour_of(received_us);
    struct ledger_page *page;

    CHECK(account < l->account_count);
    page = atomic_load_explicit(&l->accounts[account]->current, memory_order_acquire);
    if (page && page->hour == hour)
        return page;
    pthread_mutex_lock(&l->mtx);
    page = locked_page(l, account, hour);
    pthread_mutex_unlock(&l->mtx);
    return page;
}

void cell_add(struct ledger_page *page, unsigned cell, uint64_t n)
{
    atomic_fetch_add_explicit(&page->cells[cell], n, memory_order_relaxed);
}

void ledger_add(struct ledger_page *page, unsigned cell, uint64_t n)
{
    CHECK(cell < LEDGER_CELLS);
    cell_add(page, cell, n);
}

/* Verdicts. */

static struct staged *staged_for(struct ledger *l, unsigned account, int64_t hour)
{
    struct staged *s;

    for (unsigned i = l->staged_count; i-- > 0;)
        if (l->staged[i].account == account && l->staged[i].hour == hour)
            return &l->staged[i];
    if (l->staged_count == STAGED_MAX)
        ledger_settle(l);
    s = &l->staged[l->staged_count++];
    *s = (struct staged){.account = account, .hour = hour};
    return s;
}

void ledger_stage(struct ledger *l, unsigned account, int64_t received_us, enum ledger_cell which,
                  int64_t position, size_t payload_bytes)
{
    struct staged *s;

    CHECK(account < l->account_count && l->recovered);
    if (position > 0 && position <= l->staged_position)
        return; /* recovery has seen it already */
    s = staged_for(l, account, hour_of(received_us));
    if (position > 0)
        l->staged_position = position;
    switch (which) {
    case LEDGER_DUPLICATE: s->duplicates++; break;
    case LEDGER_QUARANTINED_AGAIN: s->again++; break;
    case LEDGER_ACCEPTED: s->cells[0]++; break;
    case LEDGER_QUARANTINED:
        s->cells[1]++;
        s->cells[2] += payload_bytes;
        break;
    default: CHECK(which == LEDGER_NOTES); s->cells[3]++;
    }
}

void ledger_settle(struct ledger *l)
{
    if (l->staged_count == 0)
        return;
    pthread_mutex_lock(&l->mtx);
    for (unsigned i = 0; i < l->staged_count; i++) {
        const struct staged *s = &l->staged[i];
        struct ledger_page *page = locked_page(l, s->account, s->hour);

        if (s->duplicates)
            cell_add(page, LEDGER_DUPLICATE, s->duplicates);
        if (s->again)
            cell_add(page, LEDGER_QUARANTINED_AGAIN, s->again);
        for (unsigned c = 0; c < CHECKPOINT_CELLS; c++)
            if (s->cells[c])
                cell_add(page, checkpoint_cells[c], s->cells[c]);
    }
    l->counted = l->staged_position;
    atomic_store_explicit(&newest_book(l)->b.words->counted, l->counted, memory_order_relaxed);
    pthread_mutex_unlock(&l->mtx);
    l->staged_count = 0;
}

/* Reading. */

void page_sum(const struct ledger_page *page, uint64_t out[LEDGER_CELLS])
{
    for (unsigned c = 0; c < LEDGER_REASONS; c++)
        out[c] += atomic_load_explicit(&page->cells[c], memory_order_relaxed);
    for (unsigned r = 0; r < page->book->b.reason_count; r++)
        out[LEDGER_REASONS + page->book->reason[r]] +=
            atomic_load_explicit(&page->cells[LEDGER_REASONS + r], memory_order_relaxed);
}

void ledger_totals(const struct ledger *l, unsigned account, uint64_t out[LEDGER_CELLS])
{
    const struct account *a;

    CHECK(account < l->account_count);
    a = l->accounts[account];
    memcpy(out, a->before, sizeof a->before);
    for (const struct ledger_page *page = atomic_load_explicit(&a->newest, memory_order_acquire);
         page; page = page->older)
        page_sum(page, out);
}

uint64_t ledger_on_day(const struct ledger *l, unsigned account, unsigned cell, int64_t at_us)
{
    int64_t first = hour_of(at_us) - (hour_of(at_us) % 24 + 24) % 24;
    const struct ledger_page *page;
    uint64_t sum = 0;

    CHECK(account < l->account_count && cell < LEDGER_REASONS);
    page = atomic_load_explicit(&l->accounts[account]->newest, memory_order_acquire);
    for (int i = 0; page && i < DAY_PAGES; i++, page = page->older)
        if (page->hour >= first && page->hour < first + 24)
            sum += atomic_load_explicit(&page->cells[cell], memory_order_relaxed);
    return sum;
}

static int each_row(const struct ledger *l, struct open_book *book, uint32_t row,
                    int (*each)(void *ctx, unsigned account, int64_t hour_us,
                                const uint64_t *cells),
                    void *ctx)
{
    const struct book_row *r = &book->b.rows[row];
    const struct ledger_page page = {.cells = book->b.rows[row].cells, .book = book};
    uint64_t cells[LEDGER_CELLS] = {0};

    if (!book_row_is_sound(&book->b, r))
        return 0;
    page_sum(&page, cells);
    return each(ctx, account_find(l, str_of(r->name, r->name_len)), r->hour * HOUR_US, cells);
}

int ledger_each(const struct ledger *l,
                int (*each)(void *ctx, unsigned account, int64_t hour_us, const uint64_t *cells),
                void *ctx)
{
    for (size_t i = 0; i < l->book_count; i++) {
        for (uint32_t row = 0; row < l->books[i]->b.rows_used; row++) {
            int status = each_row(l, l->books[i], row, each, ctx);

            if (status)
                return status;
        }
    }
    return 0;
}

int64_t ledger_residue(const uint64_t cells[LEDGER_CELLS])
{
    uint64_t verdicts = cells[LEDGER_ACCEPTED] + cells[LEDGER_DUPLICATE] +
                        cells[LEDGER_QUARANTINED] + cells[LEDGER_QUARANTINED_AGAIN];

    for (unsigned c = LEDGER_REASONS; c < LEDGER_CELLS; c++)
        verdicts += cells[c];
    return (int64_t)(cells[LEDGER_RECEIVED] - verdicts);
}
