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
    int64_t columns[VIEW_COLUMNS];
    char time[VIEW_TIME_SIZE];

    if (opts->by != VIEW_TOTAL)
        printf("%-*s  ", time_width, opts->by == VIEW_HOUR ? "hour (UTC)" : "day (UTC)");
    printf("%-*s", width, "source");
    for (int c = 0; c < VIEW_COLUMNS; c++)
        printf("  %11s", view_column_names[c]);
    putchar('\n');
    for (size_t i = 0; i < v->row_count; i++) {
        view_format_time(time, opts->by, v->rows[i].from_us);
        if (opts->by != VIEW_TOTAL)
            printf("%-*s  ", time_width, time);
        shown_print(stdout, "%-*s", width, v->rows[i].source);
        view_columns(v->rows[i].cells, columns);
        for (int c = 0; c < VIEW_COLUMNS; c++)
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

static void show_json(const struct view *v, const struct view_opts *opts, bool lines)
{
    AUTO_BUF out;

    buf_init(&out, (size_t)1 << 30);
    view_put_json(v, opts, lines, &out);
    fwrite(out.ptr, 1, out.len, stdout);
}

static void show_csv(const struct view *v, const struct view_opts *opts)
{
    int64_t columns[VIEW_COLUMNS];
    char time[VIEW_TIME_SIZE];

    printf("%s,source", opts->by == VIEW_DAY ? "day" : opts->by == VIEW_HOUR ? "hour" : "time");
    for (int c = 0; c < VIEW_COLUMNS; c++)
        printf(",%s", view_column_names[c]);
    printf(",quarantined_bytes,replayed,recovered");
    for (unsigned r = 0; r < v->reason_count; r++)
        printf(",%s", v->reasons[r]);
    putchar('\n');
    for (size_t i = 0; i < v->row_count; i++) {
        const uint64_t *cells = v->rows[i].cells;

        view_format_time(time, opts->by, v->rows[i].from_us);
        printf("%s,%s", time, v->rows[i].source);
        view_columns(cells, columns);
        for (int c = 0; c < VIEW_COLUMNS; c++)
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
