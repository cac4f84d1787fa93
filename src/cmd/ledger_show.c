/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_show.c: the ledger as a table for people, as CSV, JSON and NDJSON for programs.
 *
 * Promise: names that came from files of the data folder do not steer a terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/ledger_view.h"
#include "cmd/shown.h"

enum { TIME_SIZE = 24, COLUMNS = 6 };

static const char *const column_names[COLUMNS] = {"received",    "accepted", "duplicate",
                                                  "quarantined", "refused",  "residue"};

static void columns_of(const uint64_t cells[LEDGER_CELLS], int64_t out[COLUMNS])
{
    out[0] = (int64_t)cells[LEDGER_RECEIVED];
    out[1] = (int64_t)cells[LEDGER_ACCEPTED];
    out[2] = (int64_t)cells[LEDGER_DUPLICATE];
    out[3] = (int64_t)(cells[LEDGER_QUARANTINED] + cells[LEDGER_QUARANTINED_AGAIN]);
    out[4] = (int64_t)view_refused(cells);
    out[5] = ledger_residue(cells);
}

/* "" for a total. */
static void format_time(char out[TIME_SIZE], enum view_by by, int64_t us)
{
    char whole[DATETIME_SIZE];

    out[0] = '\0';
    if (by == VIEW_DAY)
        datetime_format_date(out, us);
    if (by != VIEW_HOUR)
        return;
    datetime_format(whole, us, DATETIME_SECONDS);
    snprintf(out, TIME_SIZE, "%.16sZ", whole);
}

static const struct view_gaps *gaps_of(const struct view *v, const char *source)
{
    for (size_t i = 0; i < v->gap_count; i++)
        if (strcmp(v->gaps[i].source, source) == 0)
            return &v->gaps[i];
    return NULL;
}

/* The table. */

static int width_of(const struct view *v)
{
    size_t width = sizeof "source" - 1;

    for (size_t i = 0; i < v->row_count; i++)
        width = strlen(v->rows[i].source) > width ? strlen(v->rows[i].source) : width;
    return (int)width;
}

static void show_rows(const struct view *v, const struct view_opts *opts)
{
    int width = width_of(v), time_width = opts->by == VIEW_HOUR ? 17 : 10;
    int64_t columns[COLUMNS];
    char time[TIME_SIZE];

    if (opts->by != VIEW_TOTAL)
        printf("%-*s  ", time_width, opts->by == VIEW_HOUR ? "hour (UTC)" : "day (UTC)");
    printf("%-*s", width, "source");
    for (int c = 0; c < COLUMNS; c++)
        printf("  %11s", column_names[c]);
    putchar('\n');
    for (size_t i = 0; i < v->row_count; i++) {
        format_time(time, opts->by, v->rows[i].from_us);
        if (opts->by != VIEW_TOTAL)
            printf("%-*s  ", time_width, time);
        shown_print(stdout, "%-*s", width, v->rows[i].source);
        columns_of(v->rows[i].cells, columns);
        for (int c = 0; c < COLUMNS; c++)
            printf("  %11" PRId64, columns[c]);
        putchar('\n');
    }
}

/* By source, whatever the rows are by. */
static void show_reasons(const struct view *v)
{
    bool any = false;

    for (unsigned r = 0; r < v->reason_count; r++) {
        for (size_t i = 0; i < v->row_count; i++) {
            const struct view_row *row = &v->rows[i];
            uint64_t sum = 0;
            bool first = true;

            for (size_t k = 0; k < v->row_count; k++) {
                if (strcmp(v->rows[k].source, row->source) != 0)
                    continue;
                first = first && k >= i;
                sum += v->rows[k].cells[LEDGER_REASONS + r];
            }
            if (sum == 0 || !first)
                continue;
            printf("%s", any ? "" : "\nrefused, by reason\n");
            any = true;
            printf("  %-22s  ", v->reasons[r]);
            shown_print(stdout, "%s", row->source);
            printf("  %" PRIu64 "\n", sum);
        }
    }
}

static void show_special(const struct view *v)
{
    uint64_t replayed = 0, recovered = 0;

    for (size_t i = 0; i < v->row_count; i++) {
        replayed += v->rows[i].cells[LEDGER_REPLAYED];
        recovered += v->rows[i].cells[LEDGER_RECOVERED];
    }
    if (replayed)
        printf("\nof those received, %" PRIu64 " came out of the quarantine again\n", replayed);
    if (recovered)
        printf("\nof those received, %" PRIu64
               " are known from the journal alone: a power cut or a "
               "failed disk\ntook the receipt\n",
               recovered);
}

static void show_gaps(const struct view *v)
{
    if (v->gaps_error[0])
        shown_print(stdout, "sequence numbers are not known: %s", v->gaps_error), putchar('\n');
    if (v->gap_count)
        printf("\nsequence numbers (context.sequence)\n");
    for (size_t i = 0; i < v->gap_count; i++) {
        printf("  ");
        shown_print(stdout, "%s", v->gaps[i].source);
        printf(": %" PRId64 " never arrived, %" PRId64 " did, in %" PRId64 " session%s\n",
               v->gaps[i].missing, v->gaps[i].arrived, v->gaps[i].sessions,
               v->gaps[i].sessions == 1 ? "" : "s");
    }
}

static void show_sink(const struct view *v)
{
    const struct view_sink *k = &v->sink;

    printf("\nthe journal's %" PRId64 " records, in the store (everything, from the beginning)\n",
           v->durable);
    if (!v->has_sink) {
        printf("  not known: ");
        shown_print(stdout, "%s", v->sink_error);
        putchar('\n');
        return;
    }
    printf("  delivered %" PRId64 " (events %" PRId64 ", quarantined %" PRId64 ", notes %" PRId64
           "), pending %" PRId64 ", refused by the store %" PRId64 "\n",
           k->events + k->quarantined + k->notes, k->events, k->quarantined, k->notes, k->pending,
           k->rejected);
    if (k->before)
        printf("  %" PRId64 " from before the store counted\n", k->before);
    if (k->lost || k->unknown)
        printf("  lost to damage %" PRId64 ", of an unknown kind or erased %" PRId64 "\n", k->lost,
               k->unknown);
}

static void show_residue(const struct view *v)
{
    if (view_fits(v)) {
        printf("\nresidue 0: every event that was received has its verdict%s\n",
               v->has_sink ? ", every record its place" : "");
        return;
    }
    printf("\nRESIDUE: %" PRId64 " events received without a verdict", v->residue);
    if (v->records != v->durable)
        printf("; the journal has %" PRId64 " records, the ledger counts %" PRId64, v->durable,
               v->records);
    if (v->has_sink && v->sink.residue)
        printf("; %" PRId64 " records are neither in the store nor pending", v->sink.residue);
    printf("%s\n", v->running ? " (in flight, or a fault: ask again)" : "");
}

static void show_table(const struct view *v, const struct view_opts *opts)
{
    if (v->row_count == 0)
        printf("nothing was received%s\n", opts->source || opts->since_us > 0 ? " there" : " yet");
    else
        show_rows(v, opts);
    show_reasons(v);
    show_special(v);
    show_gaps(v);
    strangers_show(&v->strangers, opts->source);
    show_sink(v);
    show_residue(v);
}

/* For programs. */

static void put_row(struct buf *out, const struct view *v, const struct view_opts *opts,
                    const struct view_row *row)
{
    const struct view_gaps *gaps = opts->by == VIEW_TOTAL ? gaps_of(v, row->source) : NULL;
    int64_t columns[COLUMNS];
    char time[TIME_SIZE];
    bool any = false;

    format_time(time, opts->by, row->from_us);
    buf_str(out, STR("{\"kind\":\"source\",\"source\":"));
    buf_json(out, str_from(row->source));
    if (opts->by != VIEW_TOTAL)
        buf_printf(out, ",\"%s\":\"%s\"", opts->by == VIEW_HOUR ? "hour" : "day", time);
    columns_of(row->cells, columns);
    for (int c = 0; c < COLUMNS; c++)
        buf_printf(out, ",\"%s\":%" PRId64, column_names[c], columns[c]);
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

static void show_json(const struct view *v, const struct view_opts *opts, bool lines)
{
    AUTO_BUF out;

    buf_init(&out, (size_t)1 << 30);
    buf_str(&out, lines ? STR("") : STR("{\"rows\":["));
    for (size_t i = 0; i < v->row_count; i++) {
        if (i > 0 && !lines)
            buf_char(&out, ',');
        put_row(&out, v, opts, &v->rows[i]);
        if (lines)
            buf_char(&out, '\n');
    }
    buf_str(&out, lines ? STR("") : STR("],\"sinks\":["));
    put_sink(&out, v);
    buf_str(&out, lines ? STR("\n") : STR("]"));
    strangers_to_json(&v->strangers, opts->source, lines, &out);
    buf_str(&out, lines ? STR("") : STR(",\"residue\":"));
    put_residue(&out, v);
    buf_str(&out, lines ? STR("\n") : STR("}\n"));
    fwrite(out.ptr, 1, out.len, stdout);
}

static void show_csv(const struct view *v, const struct view_opts *opts)
{
    int64_t columns[COLUMNS];
    char time[TIME_SIZE];

    printf("%s,source", opts->by == VIEW_DAY ? "day" : opts->by == VIEW_HOUR ? "hour" : "time");
    for (int c = 0; c < COLUMNS; c++)
        printf(",%s", column_names[c]);
    printf(",quarantined_bytes,replayed,recovered");
    for (unsigned r = 0; r < v->reason_count; r++)
        printf(",%s", v->reasons[r]);
    putchar('\n');
    for (size_t i = 0; i < v->row_count; i++) {
        const uint64_t *cells = v->rows[i].cells;

        format_time(time, opts->by, v->rows[i].from_us);
        printf("%s,%s", time, v->rows[i].source);
        columns_of(cells, columns);
        for (int c = 0; c < COLUMNS; c++)
            printf(",%" PRId64, columns[c]);
        printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64, cells[LEDGER_QUARANTINED_BYTES],
               cells[LEDGER_REPLAYED], cells[LEDGER_RECOVERED]);
        for (unsigned r = 0; r < v->reason_count; r++)
            printf(",%" PRIu64, cells[LEDGER_REASONS + r]);
        putchar('\n');
    }
}

void view_show(const struct view *v, const struct view_opts *opts, enum view_format format)
{
    switch (format) {
    case VIEW_TABLE: show_table(v, opts); return;
    case VIEW_CSV: show_csv(v, opts); return;
    case VIEW_JSON:
    case VIEW_NDJSON: show_json(v, opts, format == VIEW_NDJSON); return;
    }
}
