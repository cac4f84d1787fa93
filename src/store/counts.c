/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c: the row of store_counts. Since it moves with the cursor, in one transaction, the sum of
 * its columns is the cursor: where it is not, a record was passed over in silence. */
#include "store/counts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "store/internal.h"

/* In the order of the statements. */
static int64_t *column_of(struct store_counts *c, unsigned i)
{
    int64_t *columns[] = {&c->before,    &c->events, &c->quarantined, &c->notes,
                          &c->set_aside, &c->lost,   &c->unknown};

    CHECK(i < sizeof columns / sizeof *columns);
    return columns[i];
}

enum { COLUMNS = 7 };

static int read_counts(struct store *s, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(s->con, "read_counts", &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    if (duckdb_row_count(&result) == 1)
        for (unsigned i = 0; i < COLUMNS; i++)
            *column_of(&s->counts, i) = duckdb_value_int64(&result, i, 0);
    else
        status = err_set(err, ERR_CORRUPT, "store_counts has not one row");
    duckdb_destroy_result(&result);
    return status;
}

int counts_open(struct store *s, struct err *err)
{
    if (duck_run(s->con, "create_counts", err) < 0 || duck_run(s->con, "first_counts", err) < 0)
        return -1;
    return read_counts(s, err);
}

int counts_add(struct store *s, const struct store_counts *more, struct err *err)
{
    struct store_counts counts = *more;
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, "add_counts", &stmt, err) < 0)
        return -1;
    for (unsigned i = 0; i < COLUMNS; i++)
        duckdb_bind_int64(stmt, i + 1, *column_of(&counts, i));
    status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

void counts_committed(struct store *s, const struct store_counts *more)
{
    struct store_counts counts = *more;

    for (unsigned i = 0; i < COLUMNS; i++)
        *column_of(&s->counts, i) += *column_of(&counts, i);
}

void store_counts(const struct store *s, struct store_counts *out)
{
    *out = s->counts;
}

void store_ask_counts(struct buf *out)
{
    duck_fill(out, "ledger_sink", NULL, 0);
}

static void ask_since(struct buf *out, const char *statement, int64_t since_us)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRId64, since_us);
    duck_fill(out, statement, &(struct sql_blank){"since", str_from(digits)}, 1);
}

void store_ask_gaps(struct buf *out, int64_t since_us)
{
    ask_since(out, "ledger_gaps", since_us);
}

void store_ask_folded(struct buf *out, int64_t since_us)
{
    ask_since(out, "ledger_folded", since_us);
}

void store_ask_domains(struct buf *out, int64_t since_us)
{
    ask_since(out, "ledger_domains", since_us);
}
