/* SPDX-License-Identifier: Apache-2.0 */
/* load.c: rows and cursor in one transaction.
 *
 * A record whose properties have no place yet ends the transaction early, with the cursor at the
 * record before, and begins another: so every position is in the tables exactly once at whatever
 * step the process ends. Leaves to rows.c what a row holds. */
#include "store/load.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/chunk.h"
#include "store/counts.h"
#include "store/decide.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/state.h"
#include "store/value.h"

enum {
    TEXT_MAX = 64 << 20, /* JSON of one record: each byte may take six */
    PAYLOAD_KEPT = 64 << 10, /* of a rejected record; the journal has all of it */
};

enum { EVENTS, QUARANTINE, NOTES, REJECTED, TABLES };
static const char *const table_names[TABLES] = {"events_data", "quarantine", "notes", "rejected"};

struct load {
    struct store *store;
    struct chunk tables[TABLES];
    struct buf text;
    int64_t last; /* position that was added last */
    struct store_counts counts; /* of this transaction */
    bool begun;
};

struct load *load_new(struct store *s)
{
    struct load *l = xcalloc(1, sizeof *l);

    l->store = s;
    for (int i = 0; i < TABLES; i++)
        chunk_init(&l->tables[i], s->con, table_names[i]);
    buf_init(&l->text, TEXT_MAX);
    return l;
}

static void close_tables(struct load *l)
{
    for (int i = 0; i < TABLES; i++)
        chunk_close(&l->tables[i]);
}

void load_free(struct load *l)
{
    if (!l)
        return;
    store_load_rollback(l->store);
    close_tables(l);
    buf_free(&l->text);
    free(l);
}

void load_columns_changed(struct load *l)
{
    if (!l)
        return;
    CHECK(!l->begun);
    chunk_close(&l->tables[EVENTS]); /* made for the columns there were; all its rows are in */
}

int store_load_begin(struct store *s, struct err *err)
{
    CHECK(!s->load->begun);
    if (duck_begin(s->con, err) < 0)
        return -1;
    s->load->begun = true;
    s->load->last = s->position;
    s->load->counts = (struct store_counts){0};
    return 0;
}

int store_load_commit(struct store *s, int64_t position, struct err *err)
{
    struct load *l = s->load;

    CHECK(l->begun && position >= l->last);
    for (int i = 0; i < TABLES; i++)
        if (chunk_flush(&l->tables[i], err) < 0)
            return -1;
    if (state_set_position(s, position, err) < 0 || counts_add(s, &l->counts, err) < 0 ||
        duck_run(s->con, "commit", err) < 0)
        return -1;
    l->begun = false;
    counts_committed(s, &l->counts);
    state_committed(s, position);
    return 0;
}

void store_load_rollback(struct store *s)
{
    if (!s->load->begun)
        return;
    s->load->begun = false;
    close_tables(s->load); /* their rows go into the transaction that ends here */
    duck_run(s->con, "rollback", NULL);
}

/* Between two transactions, both with the cursor where it belongs. */
static int learn(struct store *s, const struct record *rec, struct err *err)
{
    if (store_load_commit(s, s->load->last, err) < 0)
        return -1;
    chunk_close(&s->load->tables[EVENTS]); /* made for the columns there were */
    if (schema_learn(s->schema, rec, err) < 0)
        return -1;
    return store_load_begin(s, err);
}

static int add_event(struct store *s, const struct record *rec, int64_t position, struct err *err)
{
    struct load *l = s->load;
    struct schema_place place;

    if (!schema_place(s->schema, rec, &place)) {
        if (learn(s, rec, err) < 0)
            return -1;
        CHECK(schema_place(s->schema, rec, &place));
    }
    return rows_add_event(&l->tables[EVENTS], rec, &place, position, &l->text, err);
}

static int expect_next(struct store *s, int64_t position, struct err *err)
{
    CHECK(s->load->begun);
    if (position <= s->load->last)
        return err_set(err, ERR_INTERNAL, "position %" PRId64 " comes after %" PRId64, position,
                       s->load->last);
    return 0;
}

int store_load_add(struct store *s, const struct record *rec, int64_t position, struct err *err)
{
    struct load *l = s->load;
    int status;

    if (expect_next(s, position, err) < 0 || rows_check(rec, err) < 0)
        return -1;
    if (rec->flags & RECORD_QUARANTINED)
        status = rows_add_quarantined(&l->tables[QUARANTINE], rec, position, &l->text, err);
    else
        status = add_event(s, rec, position, err);
    if (status < 0)
        return -1;
    l->last = position;
    if (rec->flags & RECORD_QUARANTINED)
        l->counts.quarantined++;
    else
        l->counts.events++;
    return 0;
}

/* The rows that it is about, and the events that it tells of, are in the tables first. */
static int decide(struct store *s, struct str note, int64_t position, int64_t received_us,
                  struct err *err)
{
    for (int i = EVENTS; i <= QUARANTINE; i++)
        if (chunk_flush(&s->load->tables[i], err) < 0)
            return -1;
    return decide_apply(s, note, position, received_us, err);
}

int store_load_note(struct store *s, struct str note, int64_t position, int64_t received_us,
                    struct err *err)
{
    struct chunk *c = &s->load->tables[NOTES];
    size_t bytes = 0;

    if (expect_next(s, position, err) < 0 || value_check_text(note, &bytes, err) < 0 ||
        value_check_time(received_us, err) < 0)
        return -1;
    if (chunk_begin_row(c, err) < 0)
        return -1;
    chunk_i64(c, 0, position);
    chunk_i64(c, 1, received_us);
    chunk_text(c, 2, note);
    chunk_end_row(c);
    if (decide_is_decision(note) && decide(s, note, position, received_us, err) < 0)
        return -1;
    s->load->last = position;
    s->load->counts.notes++;
    return 0;
}

int store_load_pass(struct store *s, int64_t position, bool lost, struct err *err)
{
    struct load *l = s->load;
    int64_t n = position - l->last;

    if (expect_next(s, position, err) < 0)
        return -1;
    if (lost && l->last == 0)
        l->counts.before += n;
    else if (lost)
        l->counts.lost += n;
    else
        l->counts.unknown += n;
    l->last = position;
    return 0;
}

int store_load_reject(struct store *s, const struct store_rejected *rejected, struct err *err)
{
    struct chunk *c = &s->load->tables[REJECTED];

    if (expect_next(s, rejected->position, err) < 0 || chunk_begin_row(c, err) < 0)
        return -1;
    chunk_i64(c, 0, rejected->position);
    chunk_i64(c, 1, value_check_time(rejected->received_us, NULL) < 0 ? 0 : rejected->received_us);
    chunk_i32(c, 2, rejected->kind);
    chunk_text(c, 3, str_from(rejected->reason));
    chunk_text(c, 4, str_slice(rejected->payload, 0, PAYLOAD_KEPT));
    chunk_end_row(c);
    s->load->last = rejected->position;
    s->load->counts.set_aside++;
    return 0;
}
