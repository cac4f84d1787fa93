/* SPDX-License-Identifier: Apache-2.0 */
/* recover.c: opens the ledger and settles what the last process left; closes it.
 *
 * What the journal can prove (checkpoint_cells) is set back to the last checkpoint and counted again
 * from the journal behind its position: so it does not matter where a kill fell, or which pages of
 * the mapping a power cut left old. Then, for each source and hour:
 *   received > verdicts: the process ended in between; nothing was kept and nothing answered, so
 *     the rest is refused, for LEDGER_INTERRUPTED;
 *   received < verdicts, by no more than was counted again: the receipt was lost (power), or an
 *     event that was refused for a failed disk is there after all: received and `recovered` grow.
 * Anything else stays as a residue, for people to see; so does what a ledger has received too much
 * that was closed in order. Everything up to the new checkpoint may run again after a kill, and comes to the
 * same end.
 *
 * A newest book that does not verify is set aside, and its records counted again from where the one
 * before ended; the hours of an older one are lost with it, and its positions are `unseen`. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/internal.h"

struct numbers {
    uint64_t *list;
    size_t count;
};

static int note_number(void *ctx, const char *name)
{
    struct numbers *n = ctx;
    uint64_t number = book_number(name);

    if (number) {
        n->list = xrealloc(n->list, n->count + 1, sizeof *n->list);
        n->list[n->count++] = number;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static int list_books(struct ledger *l, struct numbers *out, struct err *err)
{
    if (l->io->list(l->io, l->dir, note_number, out) < 0) {
        if (errno == ENOENT && l->mode != LEDGER_WRITE)
            return 0; /* nothing was ever counted here */
        return err_set(err, ERR_IO, "list %s: %s", l->dir, strerror(errno));
    }
    if (out->count)
        qsort(out->list, out->count, sizeof *out->list, compare);
    return 0;
}

/* It may hold what nothing else has: kept under another name. */
static int set_aside(struct ledger *l, uint64_t number, const struct err *why, struct err *err)
{
    char name[BOOK_NAME_SIZE];
    AUTO_FREE char *path = NULL, *aside = NULL;

    book_name(name, number);
    path = io_join(l->dir, name);
    aside = xasprintf("%s.damaged-%" PRId64, path, clock_now_us() / 1000000);
    if (l->mode == LEDGER_WRITE && l->io->rename(l->io, path, aside) < 0)
        return err_set(err, ERR_IO, "rename %s: %s", path, strerror(errno));
    trouble(l, "%s; it is kept as %s", why->text, aside);
    return 0;
}

/* The rows of an open book, as pages of their accounts. */
static void adopt_rows(struct ledger *l, struct open_book *book)
{
    for (uint32_t i = 0; i < book->b.rows_used; i++) {
        const struct book_row *row = &book->b.rows[i];
        struct str name = str_of(row->name, row->name_len);
        unsigned account;

        if (!book_row_is_sound(&book->b, row))
            continue;
        account = account_find(l, name);
        if (account == l->account_count)
            account = account_make(l, name);
        page_of_row(l, account, book, i);
    }
}

/* Opens it; an old one only to be summed up. 0, or -1; *damaged where it was set aside. */
static int load_book(struct ledger *l, uint64_t number, bool *damaged, struct err *err)
{
    enum book_access access = l->mode == LEDGER_WRITE ? BOOK_MAPPED : BOOK_COPIED;
    unsigned bad = 0;
    struct err why = {0};
    struct book b;

    *damaged = false;
    if (book_open(&b, l->io, l->dir, number, access, &bad, &why) < 0) {
        if (why.code != ERR_CORRUPT)
            return err_set(err, why.code, "%s", why.text);
        *damaged = true;
        return set_aside(l, number, &why, err);
    }
    if (bad && l->mode != LEDGER_AS_IT_IS)
        trouble(l, "the ledger's book %" PRIu64 ": %u rows do not verify; they are left out",
                number, bad);
    adopt_rows(l, add_book(l, &b));
    return 0;
}

/* The sums of a book whose pages nobody will touch again; then it is closed. */
static void fold_book(struct ledger *l, size_t index)
{
    struct open_book *book = l->books[index];

    for (unsigned i = 0; i < l->account_count; i++) {
        struct account *a = l->accounts[i];
        struct ledger_page *page = atomic_load(&a->newest), *kept = NULL, *next;

        for (; page; page = next) {
            next = page->older;
            if (page->book == book) {
                page_sum(page, a->before);
                free(page);
            } else {
                page->older = kept;
                kept = page;
            }
        }
        atomic_store(&a->newest, NULL);
        for (; kept; kept = next) { /* turned round again */
            next = kept->older;
            kept->older = atomic_load(&a->newest);
            atomic_store(&a->newest, kept);
        }
    }
    book_close(&book->b);
    free(book);
    l->book_count--;
    memmove(&l->books[index], &l->books[index + 1], (l->book_count - index) * sizeof *l->books);
}

/* Sets what the journal can prove back to the checkpoint. */
static void restore(struct ledger *l, const struct checkpoint *c)
{
    for (size_t i = 0; i < l->book_count; i++) {
        struct book *b = &l->books[i]->b;
        uint64_t from = b->number > c->book ? 0 : b->number == c->book ? c->rows_used : UINT64_MAX;

        for (uint64_t row = from; row < b->rows_used; row++)
            for (unsigned k = 0; k < CHECKPOINT_CELLS; k++)
                b->rows[row].cells[checkpoint_cells[k]] = 0;
        for (uint32_t n = 0; b->number == c->book && n < c->count; n++)
            for (unsigned k = 0; k < CHECKPOINT_CELLS && c->rows[n].row < b->rows_used; k++)
                b->rows[c->rows[n].row].cells[checkpoint_cells[k]] = c->rows[n].cells[k];
    }
}

/* Books from number `kept` on stay open: those that the checkpoint may set back. */
static int load_all(struct ledger *l, const struct numbers *numbers, uint64_t kept,
                    bool *newest_damaged, struct err *err)
{
    int64_t ended = 0; /* of the last sound one */

    for (size_t i = 0; i < numbers->count; i++) {
        bool behind_damage = *newest_damaged;

        if (load_book(l, numbers->list[i], newest_damaged, err) < 0)
            return -1;
        if (!*newest_damaged) {
            const struct book_words *words = newest_book(l)->b.words;

            if (behind_damage && words->first > ended)
                l->lost_with_books += words->first - ended;
            ended = words->ended;
        }
        /* What is written stays open, and so does the one before: a day may begin there. */
        while (l->mode == LEDGER_WRITE && l->book_count > 2 && l->books[0]->b.number < kept)
            fold_book(l, 0);
    }
    return 0;
}

/* Where counting goes on: at the checkpoint, or where the mapping says without one. `found` is
 * what checkpoint_read said, with `why`. Whether it was the checkpoint. */
static bool find_position(struct ledger *l, const struct checkpoint *c, int found,
                          const struct err *why, bool newest_damaged)
{
    struct open_book *newest = newest_book(l);
    bool has_book = false;

    for (size_t i = 0; i < l->book_count; i++)
        has_book = has_book || l->books[i]->b.number == c->book;
    l->checkpoint_sound = found > 0;
    if (found > 0)
        l->checkpoint_number = c->number;
    if (found > 0 && has_book) {
        restore(l, c);
        l->counted = c->position;
        return true;
    }
    if (newest) {
        if (found <= 0)
            trouble(l, "%s; what was counted is taken as the kernel has kept it",
                    found < 0 ? why->text : "the ledger's checkpoint is missing");
        l->counted = newest->b.words->counted;
        if (newest_damaged && newest->b.words->ended >= 0)
            l->counted = newest->b.words->ended;
    }
    return false;
}

/* A full disk keeps nobody from starting: the answers will be 507, and are counted. */
static int begin_book(struct ledger *l, uint64_t number, struct err *err)
{
    struct err why = {0};

    if (next_book(l, number, &why) == 0)
        return 0;
    if (why.code != ERR_SPACE)
        return err_set(err, why.code, "%s", why.text);
    trouble(l, "%s: what is counted is in memory only, until there is room", why.text);
    next_book_in_memory(l, number);
    return 0;
}

/* A book that can be written, with a page for each account. */
static int ready_book(struct ledger *l, uint64_t next, bool damaged, struct err *err)
{
    const struct open_book *newest = newest_book(l);

    if (!newest || damaged || newest->b.last_of_kind ||
        newest->b.rows_max - newest->b.rows_used < 2 * l->account_count)
        return begin_book(l, next, err);
    pthread_mutex_lock(&l->mtx);
    for (unsigned i = 0; i < l->account_count; i++)
        locked_page(l, i, clock_now_us() / HOUR_US);
    pthread_mutex_unlock(&l->mtx);
    return 0;
}

static int open_books(struct ledger *l, struct err *err)
{
    struct numbers numbers = {0};
    struct checkpoint c = {0};
    struct err why = {0};
    bool damaged = false, at_checkpoint = false;
    uint64_t next = 1;
    int found = 0, status = list_books(l, &numbers, err);

    if (l->mode != LEDGER_AS_IT_IS)
        found = checkpoint_read(&c, l->io, l->dir, &why);
    if (status == 0)
        status = load_all(l, &numbers, found > 0 ? c.book : UINT64_MAX, &damaged, err);
    if (numbers.count)
        next = numbers.list[numbers.count - 1] + 1;
    free(numbers.list);
    if (status == 0 && l->mode != LEDGER_AS_IT_IS) {
        at_checkpoint = find_position(l, &c, found, &why, damaged);
        status = ready_book(l, next, damaged, err);
    }
    free(c.rows);
    /* What a kill leaves of the recount is not to be counted twice. Where there is no room for it,
     * ledger_sync tries again. */
    if (status == 0 && l->mode == LEDGER_WRITE && !at_checkpoint && begin_checkpoints(l, &why) == 0)
        l->checkpoint_sound = true;
    return status;
}

static struct ledger *new_ledger(const struct ledger_opts *opts)
{
    struct ledger *l = xcalloc(1, sizeof *l);

    CHECK(opts->io && opts->dir && opts->reason_count < LEDGER_REASONS_MAX);
    l->io = opts->io;
    l->dir = xstrdup(opts->dir);
    l->mode = opts->mode;
    l->on_trouble = opts->on_trouble;
    l->trouble_ctx = opts->ctx;
    l->checkpoints.fd = l->lock_fd = -1;
    CHECK(pthread_mutex_init(&l->mtx, NULL) == 0);
    snprintf(l->reasons[l->reason_count++], sizeof l->reasons[0], "%s", LEDGER_INTERRUPTED);
    for (unsigned i = 0; i < opts->reason_count; i++) {
        CHECK(strlen(opts->reasons[i]) <= LEDGER_REASON_MAX);
        snprintf(l->reasons[l->reason_count++], sizeof l->reasons[0], "%s", opts->reasons[i]);
    }
    l->own_reasons = l->reason_count;
    l->source_count = opts->source_count;
    for (unsigned i = 0; i < opts->source_count; i++)
        account_make(l, opts->sources[i]);
    account_make(l, STR("(unknown)"));
    account_make(l, STR("(weir)"));
    return l;
}

static int take_lock(struct ledger *l, struct err *err)
{
    AUTO_FREE char *path = io_join(l->dir, "lock");

    l->lock_fd = l->io->open(l->io, path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (l->lock_fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    if (l->io->lock(l->io, l->lock_fd) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return err_set(err, ERR_BUSY, "%s: another process writes this ledger", l->dir);
    return err_set(err, ERR_IO, "lock %s: %s", path, strerror(errno));
}

int ledger_open(struct ledger **out, const struct ledger_opts *opts, struct err *err)
{
    struct ledger *l = new_ledger(opts);

    if (opts->mode == LEDGER_WRITE &&
        (io_make_dir(l->io, l->dir, 0750, err) < 0 || take_lock(l, err) < 0))
        goto fail;
    if (open_books(l, err) < 0)
        goto fail;
    *out = l;
    return 0;

fail:
    ledger_close(l, false);
    return -1;
}

/* Recovery from the journal. */

int64_t ledger_counted(const struct ledger *l)
{
    return l->counted;
}

/* A journal may hold more hours and sources than one book has rows: a page for each account must be
 * had in any case. */
static void make_room(struct ledger *l)
{
    const struct book *b = &newest_book(l)->b;
    uint64_t next = b->number + (b->fd >= 0);
    struct err why = {0};

    if (b->rows_max - b->rows_used > l->account_count + 2 || begin_book(l, next, &why) == 0)
        return;
    trouble(l, "%s: what is counted is in memory only, until there is room", why.text);
    next_book_in_memory(l, next);
}

void ledger_recount(struct ledger *l, int64_t position, int64_t received_us, enum ledger_kind kind,
                    struct str source, size_t payload_bytes)
{
    unsigned account = kind == LEDGER_NOTE ? ledger_weir(l) : account_find(l, source);
    struct ledger_page *page;

    CHECK(!l->recovered && position > l->counted);
    make_room(l);
    if (position > l->counted + 1)
        ledger_add(ledger_page(l, ledger_weir(l), received_us), LEDGER_UNSEEN,
                   (uint64_t)(position - l->counted - 1));
    if (account == l->account_count)
        account = account_make(l, source);
    page = ledger_page(l, account, received_us);
    if (kind == LEDGER_NOTE) {
        ledger_add(page, LEDGER_NOTES, 1);
    } else {
        ledger_add(page, kind == LEDGER_EVENT ? LEDGER_ACCEPTED : LEDGER_QUARANTINED, 1);
        page->recounted++;
    }
    if (kind == LEDGER_QUARANTINED_EVENT)
        ledger_add(page, LEDGER_QUARANTINED_BYTES, payload_bytes);
    l->counted = position;
}

/* All pages of an account with that hour, as one; what it lacks goes to the newest of them. */
static void settle_hour(struct ledger *l, unsigned account, int64_t hour, bool in_order)
{
    uint64_t cells[LEDGER_CELLS] = {0}, recounted = 0;
    struct ledger_page *page, *newest = NULL;
    int64_t residue;

    for (page = atomic_load(&l->accounts[account]->newest); page; page = page->older) {
        if (page->hour != hour)
            continue;
        newest = newest ? newest : page;
        page_sum(page, cells);
        recounted += page->recounted;
        page->recounted = 0;
    }
    residue = ledger_residue(cells);
    if (!newest || residue == 0 || (residue > 0 && in_order))
        return;
    if (residue > 0) {
        ledger_add(newest, LEDGER_REASONS, (uint64_t)residue);
    } else if (recounted > 0) {
        uint64_t n = (uint64_t)-residue < recounted ? (uint64_t)-residue : recounted;

        ledger_add(newest, LEDGER_RECEIVED, n);
        ledger_add(newest, LEDGER_RECOVERED, n);
    }
}

static bool was_closed_in_order(const struct ledger *l)
{
    for (size_t i = 0; i < l->book_count; i++)
        if (l->books[i]->b.words->clean)
            return true;
    return false;
}

/* An hour may have more than one page, so each page asks for its hour: settled ones have no residue
 * any more. */
static void settle_all(struct ledger *l)
{
    bool in_order = was_closed_in_order(l);

    for (unsigned i = 0; i < l->account_count; i++) {
        struct ledger_page *page = atomic_load(&l->accounts[i]->newest);

        for (int k = 0; page; k++, page = page->older)
            if (k < 2 * 24 || page->recounted > 0)
                settle_hour(l, i, page->hour, in_order);
    }
}

int ledger_recovered(struct ledger *l, int64_t durable, struct err *err)
{
    struct err why = {0};
    int status = 0;

    CHECK(!l->recovered && l->mode != LEDGER_AS_IT_IS);
    if (l->lost_with_books > 0)
        ledger_add(ledger_page(l, ledger_weir(l), clock_now_us()), LEDGER_UNSEEN,
                   (uint64_t)l->lost_with_books);
    if (durable != l->counted) { /* behind the last record that can be read, or another journal */
        if (durable < l->counted)
            trouble(l, "the journal ends at %" PRId64 ", but %" PRId64 " were counted", durable,
                    l->counted);
        ledger_add(ledger_page(l, ledger_weir(l), clock_now_us()), LEDGER_UNSEEN,
                   (uint64_t)(durable - l->counted));
        l->counted = durable;
    }
    settle_all(l);
    if (l->mode == LEDGER_WRITE) {
        for (size_t i = 0; i < l->book_count; i++)
            l->books[i]->b.words->clean = 0;
        newest_book(l)->b.words->counted = l->counted;
        checkpoints_end(&l->checkpoints); /* accounts may have come that it has no room for */
        status = begin_checkpoints(l, &why);
        if (status < 0 && why.code != ERR_SPACE)
            err_set(err, why.code, "%s", why.text);
        else
            status = 0; /* ledger_sync tries again */
    }
    l->staged_position = l->counted;
    l->recovered = true;
    return status;
}

/* Closing. */

static void free_account(struct account *a)
{
    struct ledger_page *lists[] = {atomic_load(&a->newest), a->stand_ins};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (struct ledger_page *page = lists[i], *next; page; page = next) {
            next = page->older;
            free(page);
        }
    }
    free(a);
}

static void close_files(struct ledger *l, bool in_order)
{
    struct err err = {0};

    if (ledger_sync(l, &err) < 0) {
        trouble(l, "%s", err.text);
        return;
    }
    if (!in_order || l->checkpoints.fd < 0)
        return;
    newest_book(l)->b.words->clean = 1;
    if (l->io->fdatasync(l->io, newest_book(l)->b.fd) < 0)
        trouble(l, "sync the ledger: %s", strerror(errno));
}

void ledger_close(struct ledger *l, bool in_order)
{
    if (!l)
        return;
    if (l->recovered && l->mode == LEDGER_WRITE && newest_book(l))
        close_files(l, in_order);
    checkpoints_end(&l->checkpoints);
    for (size_t i = 0; i < l->book_count; i++) {
        book_close(&l->books[i]->b);
        free(l->books[i]);
    }
    for (unsigned i = 0; i < l->account_count; i++)
        free_account(l->accounts[i]);
    if (l->lock_fd >= 0)
        l->io->close(l->io, l->lock_fd);
    pthread_mutex_destroy(&l->mtx);
    free(l->books);
    free(l->accounts);
    free(l->dir);
    free(l);
}

bool ledger_is_written(const struct io *io, const char *dir)
{
    AUTO_FREE char *path = io_join(dir, "lock");
    int fd = io->open(io, path, O_RDWR | O_CLOEXEC, 0);
    bool held;

    if (fd < 0)
        return false;
    held = io->lock(io, fd) < 0 && errno == EWOULDBLOCK;
    io->close(io, fd);
    return held;
}
