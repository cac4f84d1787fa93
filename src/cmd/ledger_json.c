/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_json.c: the ledger as JSON, for `weir ledger` and for the console. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "cmd/ledger_view.h"

const char *const view_column_names[VIEW_COLUMNS] = {"received",    "accepted", "duplicate",
                                                     "quarantined", "refused",  "residue"};

void view_columns(const uint64_t cells[LEDGER_CELLS], int64_t out[VIEW_COLUMNS])
{
    out[0] = (int64_t)cells[LEDGER_RECEIVED];
    out[1] = (int64_t)cells[LEDGER_ACCEPTED];
    out[2] = (int64_t)cells[LEDGER_DUPLICATE];
    out[3] = (int64_t)(cells[LEDGER_QUARANTINED] + cells[LEDGER_QUARANTINED_AGAIN]);
    out[4] = (int64_t)view_refused(cells);
    out[5] = ledger_residue(cells);
}

/* "" for a total. */
void view_format_time(char out[VIEW_TIME_SIZE], enum view_by by, int64_t us)
{
    char whole[DATETIME_SIZE];

    out[0] = '\0';
    if (by == VIEW_DAY)
        datetime_format_date(out, us);
    if (by != VIEW_HOUR)
        return;
    datetime_format(whole, us, DATETIME_SECONDS);
    snprintf(out, VIEW_TIME_SIZE, "%.16sZ", whole);
}

static const struct view_gaps *gaps_of(const struct view *v, const char *source)
{
    for (size_t i = 0; i < v->gap_count; i++)
        if (strcmp(v->gaps[i].source, source) == 0)
            return &v->gaps[i];
    return NULL;
}

static void put_row(struct buf *out, const struct view *v, const struct view_opts *opts,
                    const struct view_row *row)
{
    const struct view_gaps *gaps = opts->by == VIEW_TOTAL ? gaps_of(v, row->source) : NULL;
    int64_t columns[VIEW_COLUMNS];
    char time[VIEW_TIME_SIZE];
    bool any = false;

    view_format_time(time, opts->by, row->from_us);
    buf_str(out, STR("{\"kind\":\"source\",\"source\":"));
    buf_json(out, str_from(row->source));
    if (opts->by != VIEW_TOTAL)
        buf_printf(out, ",\"%s\":\"%s\"", opts->by == VIEW_HOUR ? "hour" : "day", time);
    view_columns(row->cells, columns);
    for (int c = 0; c < VIEW_COLUMNS; c++)
        buf_printf(out, ",\"%s\":%" PRId64, view_column_names[c], columns[c]);
    buf_printf(out,
               ",\"quarantined_bytes\":%" PRIu64 ",\"replayed\":%" PRIu64 ",\"recovered\":%" PRIu64,
               row->cells[LEDGER_QUARANTINED_BYTES], row->cells[LEDGER_REPLAYED],
               row->cells[LEDGER_RECOVERED]);
    if (gaps)
        buf_printf(out, ",\"sessions\":%" PRId64 ",\"never_arrived\":%" PRId64, gaps->sessions,
                   gaps->missing);
    buf_str(out, STR(",\"reasons\":{"));
    for (unsigned r = 0; r < v->reason_count; r++) {
        if (row->cells[LEDGER_REASONS + r] == 0)
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu64, any ? "," : "", v->reasons[r],
                   row->cells[LEDGER_REASONS + r]);
        any = true;
    }
    buf_str(out, STR("}}"));
}

/* Why nothing is said of what never arrived. */
static void put_gaps_error(struct buf *out, const struct view *v, bool lines)
{
    if (!v->gaps_error[0])
        return;
    buf_str(out, lines ? STR("{\"kind\":\"gaps\",\"error\":") : STR(",\"gaps_error\":"));
    buf_json(out, str_from(v->gaps_error));
    buf_str(out, lines ? STR("}\n") : STR(""));
}

static void put_sink(struct buf *out, const struct view *v)
{
    const struct view_sink *k = &v->sink;

    buf_str(out, STR("{\"kind\":\"sink\",\"sink\":\"store\""));
    if (v->has_sink) {
        buf_printf(out,
                   ",\"position\":%" PRId64 ",\"before\":%" PRId64 ",\"events\":%" PRId64
                   ",\"quarantined\":%" PRId64 ",\"notes\":%" PRId64 ",\"pending\":%" PRId64
                   ",\"rejected\":%" PRId64 ",\"lost\":%" PRId64 ",\"unknown\":%" PRId64
                   ",\"residue\":%" PRId64 "}",
                   k->position, k->before, k->events, k->quarantined, k->notes, k->pending,
                   k->rejected, k->lost, k->unknown, k->residue);
        return;
    }
    buf_str(out, STR(",\"error\":"));
    buf_json(out, str_from(v->sink_error));
    buf_char(out, '}');
}

static void put_residue(struct buf *out, const struct view *v)
{
    buf_printf(out,
               "{\"kind\":\"residue\",\"events\":%" PRId64 ",\"journal\":%" PRId64
               ",\"store\":%" PRId64 ",\"records\":%" PRId64 ",\"durable\":%" PRId64
               ",\"running\":%s}",
               v->residue, v->durable - v->records, v->has_sink ? v->sink.residue : 0, v->records,
               v->durable, v->running ? "true" : "false");
}

void view_put_json(const struct view *v, const struct view_opts *opts, bool lines, struct buf *out)
{
    buf_str(out, lines ? STR("") : STR("{\"rows\":["));
    for (size_t i = 0; i < v->row_count; i++) {
        if (i > 0 && !lines)
            buf_char(out, ',');
        put_row(out, v, opts, &v->rows[i]);
        if (lines)
            buf_char(out, '\n');
    }
    buf_str(out, lines ? STR("") : STR("],\"sinks\":["));
    put_sink(out, v);
    buf_str(out, lines ? STR("\n") : STR("]"));
    put_gaps_error(out, v, lines);
    strangers_to_json(&v->strangers, opts->source, lines, out);
    buf_str(out, lines ? STR("") : STR(",\"residue\":"));
    put_residue(out, v);
    buf_str(out, lines ? STR("\n") : STR("}\n"));
}
