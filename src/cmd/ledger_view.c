/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_view.c: reads the ledger's files, asks the store what it has, and compares.
 *
 * The two sides are counted apart: the ledger by the collector as it commits, the store by the
 * loading with its rows, the journal's end by the journal. Beside a running collector they are read
 * one after another, so a difference may be what is in flight: whoever calls reads again. */
#include "cmd/ledger_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/ask.h"
#include "collector/tally.h"
#include "journal/reader.h"

enum { LOOKS = 20, BETWEEN_LOOKS_MS = 100 };

#define HOUR_US INT64_C(3600000000)

uint64_t view_refused(const uint64_t cells[LEDGER_CELLS])
{
    uint64_t sum = 0;

    for (unsigned c = LEDGER_REASONS; c < LEDGER_CELLS; c++)
        sum += cells[c];
    return sum;
}

bool view_fits(const struct view *v)
{
    return v->residue == 0 && v->records == v->durable && (!v->has_sink || v->sink.residue == 0);
}

/* Rows. */

struct gathering {
    struct view *v;
    const struct view_opts *opts;
    const struct ledger *ledger;
    size_t cap;
};

static int64_t floor_to(int64_t us, int64_t step)
{
    int64_t rest = us % step;

    return us - (rest < 0 ? rest + step : rest);
}

static int64_t from_of(const struct view_opts *opts, int64_t hour_us)
{
    switch (opts->by) {
    case VIEW_HOUR: return hour_us;
    case VIEW_DAY: return floor_to(hour_us, 24 * HOUR_US);
    default: return 0;
    }
}

static struct view_row *row_for(struct gathering *g, struct str source, int64_t from_us)
{
    struct view *v = g->v;

    for (size_t i = v->row_count; i-- > 0;)
        if (v->rows[i].from_us == from_us && str_is(source, v->rows[i].source))
            return &v->rows[i];
    if (v->row_count == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 64;
        v->rows = xrealloc(v->rows, g->cap, sizeof *v->rows);
    }
    memset(&v->rows[v->row_count], 0, sizeof *v->rows);
    snprintf(v->rows[v->row_count].source, sizeof v->rows->source, "%.*s", STR_ARG(source));
    v->rows[v->row_count].from_us = from_us;
    return &v->rows[v->row_count++];
}

static int gather(void *ctx, unsigned account, int64_t hour_us, const uint64_t *cells)
{
    struct gathering *g = ctx;
    struct str source = ledger_account_name(g->ledger, account);
    struct view_row *row;
    uint64_t any = 0;

    g->v->residue += ledger_residue(cells);
    g->v->received += cells[LEDGER_RECEIVED];
    g->v->records += (int64_t)(cells[LEDGER_ACCEPTED] + cells[LEDGER_QUARANTINED] +
                               cells[LEDGER_NOTES] + cells[LEDGER_UNSEEN]);
    for (unsigned c = 0; c < LEDGER_CELLS; c++)
        any |= cells[c];
    if (!any || account == ledger_weir(g->ledger) || hour_us < floor_to(g->opts->since_us, HOUR_US))
        return 0;
    if (g->opts->source && !str_is(source, g->opts->source))
        return 0;
    row = row_for(g, source, from_of(g->opts, hour_us));
    for (unsigned c = 0; c < LEDGER_CELLS; c++)
        row->cells[c] += cells[c];
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct view_row *x = a, *y = b;

    if (x->from_us != y->from_us)
        return x->from_us < y->from_us ? -1 : 1;
    return strcmp(x->source, y->source);
}

static int read_ledger(struct view *v, const struct settings *s, const struct view_opts *opts,
                       struct err *err)
{
    AUTO_FREE char *dir = settings_data_path(s, "ledger");
    AUTO_FREE char *journal = settings_data_path(s, "journal");
    AUTO_FREE struct str *names = xcalloc(s->source_count + 1, sizeof *names);
    struct gathering g = {.v = v, .opts = opts};
    struct journal_reader *reader;
    struct ledger *l;

    for (size_t i = 0; i < s->source_count; i++)
        names[i] = str_from(s->sources[i].name);
    v->running = ledger_is_written(io_system(), dir);
    if (tally_open(&l,
                   &(struct tally_opts){.io = io_system(),
                                        .ledger_dir = dir,
                                        .journal_dir = journal,
                                        .mode = v->running ? LEDGER_AS_IT_IS : LEDGER_SETTLED,
                                        .sources = names,
                                        .source_count = (unsigned)s->source_count},
                   err) < 0)
        return -1;
    g.ledger = l;
    ledger_each(l, gather, &g);
    v->reason_count = ledger_reasons(l);
    for (unsigned i = 0; i < v->reason_count; i++)
        snprintf(v->reasons[i], sizeof v->reasons[i], "%s", ledger_reason_name(l, i));
    v->durable = ledger_counted(l);
    ledger_close(l, false);
    if (v->row_count)
        qsort(v->rows, v->row_count, sizeof *v->rows, compare_rows);
    if (journal_reader_open(&reader, io_system(), journal, 0, err) < 0)
        return -1;
    if (journal_reader_durable(reader) > v->durable)
        v->durable = journal_reader_durable(reader);
    journal_reader_close(reader);
    return 0;
}

/* The store. */

/* The answer's rows; the caller frees *doc. NULL with err where there are none. */
static yyjson_val *ask_rows(const struct ledger_asker *asker, struct buf *sql, yyjson_doc **doc,
                            struct err *err)
{
    *doc = asker->document(asker->ctx, sql, err);
    return yyjson_obj_get(yyjson_doc_get_root(*doc), "rows");
}

static void read_sink(struct view *v, const struct view_opts *opts)
{
    yyjson_doc *doc;
    struct err err = {0};
    yyjson_val *row;
    AUTO_BUF sql;
    struct view_sink *k = &v->sink;
    int64_t *const to[] = {&k->position, &k->before,   &k->events, &k->quarantined,
                           &k->notes,    &k->rejected, &k->lost,   &k->unknown};

    buf_init(&sql, ASK_SQL_MAX);
    store_ask_counts(&sql);
    row = yyjson_arr_get(ask_rows(&opts->asker, &sql, &doc, &err), 0);
    v->has_sink = yyjson_arr_size(row) == ARRAY_LEN(to);
    for (size_t i = 0; v->has_sink && i < ARRAY_LEN(to); i++)
        *to[i] = yyjson_get_sint(yyjson_arr_get(row, i));
    if (!v->has_sink)
        snprintf(v->sink_error, sizeof v->sink_error, "%s",
                 err.code ? err.text : "the store has not been made yet");
    yyjson_doc_free(doc);
}

static void compare_sink(struct view *v)
{
    struct view_sink *k = &v->sink;

    if (!v->has_sink)
        return;
    k->pending = v->durable > k->position ? v->durable - k->position : 0;
    k->residue = v->records - k->before - k->events - k->quarantined - k->notes - k->rejected -
                 k->lost - k->unknown - k->pending;
}

static void read_gaps(struct view *v, const struct view_opts *opts)
{
    struct err err = {0};
    yyjson_doc *doc;
    yyjson_val *rows, *row;
    size_t i, max;
    AUTO_BUF sql;

    buf_init(&sql, ASK_SQL_MAX);
    if (!v->has_sink)
        return;
    store_ask_gaps(&sql, opts->since_us > 0 ? opts->since_us : 0);
    rows = ask_rows(&opts->late_asker, &sql, &doc, &err);
    if (!rows)
        snprintf(v->gaps_error, sizeof v->gaps_error, "%s", err.text);
    v->gaps = xcalloc(yyjson_arr_size(rows) + 1, sizeof *v->gaps);
    yyjson_arr_foreach(rows, i, max, row)
    {
        struct view_gaps *g = &v->gaps[v->gap_count];
        const char *source = yyjson_get_str(yyjson_arr_get(row, 0));

        if (!source || (opts->source && strcmp(source, opts->source) != 0))
            continue;
        snprintf(g->source, sizeof g->source, "%s", source);
        g->sessions = yyjson_get_sint(yyjson_arr_get(row, 1));
        g->arrived = yyjson_get_sint(yyjson_arr_get(row, 2));
        g->missing = yyjson_get_sint(yyjson_arr_get(row, 3));
        v->gap_count++;
    }
    yyjson_doc_free(doc);
}

/* What is compared, and may have to be read again. */
static int read_counts(struct view *out, const struct settings *s, const struct view_opts *opts,
                       struct err *err)
{
    struct view v = {0};

    read_sink(&v, opts); /* first: what it has not yet is then pending */
    if (read_ledger(&v, s, opts, err) < 0) {
        view_free(&v);
        return -1;
    }
    compare_sink(&v);
    *out = v;
    return 0;
}

void view_free(struct view *v)
{
    free(v->rows);
    free(v->gaps);
    strangers_free(&v->strangers);
    *v = (struct view){0};
}

int view_read_settled(struct view *out, const struct settings *s, const struct view_opts *opts,
                      bool (*stop)(void *ctx), void *ctx, bool *stands, struct err *err)
{
    const struct timespec pause = {.tv_nsec = BETWEEN_LOOKS_MS * 1000000L};
    bool moved = false;
    uint64_t received = 0;
    int64_t records = 0;

    for (int look = 0;; look++) {
        if (read_counts(out, s, opts, err) < 0)
            return -1;
        moved = moved || (look > 0 && (out->received != received || out->records != records));
        received = out->received;
        records = out->records;
        if (view_fits(out) || !out->running || look == LOOKS || stop(ctx))
            break;
        view_free(out);
        nanosleep(&pause, NULL);
    }
    *stands = !view_fits(out) && !moved;
    read_gaps(out, opts); /* once: they go through all events */
    if (out->has_sink)
        strangers_read(&out->strangers, &opts->asker, opts->since_us > 0 ? opts->since_us : 0);
    return 0;
}
