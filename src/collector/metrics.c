/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: counters, and their text for Prometheus.
 *
 * What became of events is the ledger's, over restarts; all else counts since the start. Label
 * values are names of sources and our own codes only. */
#include "collector/metrics.h"

#include "admit/cardinality.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "flow/carried.h"

enum { REASONS_TEXT_MAX = 4 << 20 };

struct metrics {
    struct sources *sources;
    struct edge_metrics *edges;
    unsigned edge_count;
    int64_t started_us; /* by the clock of the day */
};

static const int64_t latency_bounds_us[METRICS_LATENCIES] = {
    100,   250,    500,    1000,   2500,    5000,    10000,   25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

/* Two steps an octave, so that a quantile read between two of them is off by a fifth at most. */
static const int64_t acknowledged_bounds_us[METRICS_ACKNOWLEDGED] = {
    50,     71,     100,     141,     200,     283,     400,     566,     800,
    1131,   1600,   2263,    3200,    4525,    6400,    9051,    12800,   18102,
    25600,  36204,  51200,   72408,   102400,  144815,  204800,  289631,  409600,
    579262, 819200, 1158524, 1638400, 2317048, 3276800, 4634095, 6553600, 9268190};

struct metrics *metrics_new(struct sources *sources, unsigned edges)
{
    struct metrics *m = xcalloc(1, sizeof *m);

    m->sources = sources;
    m->edges = xcalloc(edges, sizeof *m->edges);
    m->edge_count = edges;
    m->started_us = clock_now_us();
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    free(m->edges);
    free(m);
}

struct edge_metrics *metrics_edge(struct metrics *m, unsigned edge)
{
    CHECK(edge < m->edge_count);
    return &m->edges[edge];
}

static unsigned bucket_of(const int64_t *bounds_us, unsigned count, int64_t took_us)
{
    unsigned bucket = 0;

    while (bucket < count && took_us > bounds_us[bucket])
        bucket++;
    return bucket;
}

void metrics_answer(struct edge_metrics *em, int status, int64_t took_us)
{
    CHECK(status > 0 && status < METRICS_STATUS_MAX);
    metrics_add(&em->answers[status], 1);
    metrics_add(&em->latency[bucket_of(latency_bounds_us, METRICS_LATENCIES, took_us)], 1);
    metrics_add(&em->latency_sum_us, (uint64_t)(took_us > 0 ? took_us : 0));
}

void metrics_acknowledged(struct edge_metrics *em, int64_t took_us)
{
    metrics_add(&em->acknowledged[bucket_of(acknowledged_bounds_us, METRICS_ACKNOWLEDGED, took_us)],
                1);
    metrics_add(&em->acknowledged_sum_us, (uint64_t)(took_us > 0 ? took_us : 0));
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct buf *out, const char *name, const char *type, const char *help,
                   uint64_t v)
{
    head(out, name, type, help);
    buf_printf(out, "%s %llu\n", name, (unsigned long long)v);
}

/* A label's value; the format escapes what JSON does, and names of sources need no more. */
static void label(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, "%s=", key);
    buf_json(out, value);
}

static void sample(struct buf *out, const char *name, struct str source, uint64_t v)
{
    buf_printf(out, "%s{", name);
    label(out, "source", source);
    buf_printf(out, "} %llu\n", (unsigned long long)v);
}

/* Of every account but Weir's own: sources that are no more, and what came without a known key. */
static void write_sources(const struct ledger *ledger, const uint64_t (*all)[LEDGER_CELLS],
                          struct buf *out)
{
    static const struct {
        enum ledger_cell cell;
        const char *name, *help;
    } counters[] = {
        {LEDGER_RECEIVED, "weir_events_received_total",
         "Events received: accepted + duplicate + quarantined + refused."},
        {LEDGER_ACCEPTED, "weir_events_accepted_total", "Events kept."},
        {LEDGER_DUPLICATE, "weir_events_duplicate_total", "Events that were kept before."},
        {LEDGER_QUARANTINED, "weir_events_quarantined_total",
         "Events set aside with their faults."},
        {LEDGER_RECOVERED, "weir_events_recovered_total",
         "Of those received: known from the journal alone, since the receipt was lost."},
    };

    for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
        head(out, counters[i].name, "counter", counters[i].help);
        for (unsigned k = 0; k < ledger_accounts(ledger); k++) {
            uint64_t n = all[k][counters[i].cell];

            if (counters[i].cell == LEDGER_QUARANTINED)
                n += all[k][LEDGER_QUARANTINED_AGAIN];
            if (k != ledger_weir(ledger))
                sample(out, counters[i].name, ledger_account_name(ledger, k), n);
        }
    }
}

static uint64_t refused(const uint64_t cells[LEDGER_CELLS])
{
    uint64_t sum = 0;

    for (unsigned c = LEDGER_REASONS; c < LEDGER_CELLS; c++)
        sum += cells[c];
    return sum;
}

static void write_refusals(const struct ledger *ledger, const uint64_t (*all)[LEDGER_CELLS],
                           struct buf *out)
{
    AUTO_BUF reasons;
    AUTO_BUF residues;

    buf_init(&reasons, REASONS_TEXT_MAX);
    buf_init(&residues, REASONS_TEXT_MAX);
    head(out, "weir_events_refused_total", "counter",
         "Events not kept; an unreadable body counts as one.");
    head(&reasons, "weir_refusals_total", "counter",
         "Events refused, by reason; (unknown): refused before its key was known.");
    head(&residues, "weir_ledger_residue", "gauge",
         "Events received that have no verdict yet; anything lasting is a fault.");
    for (unsigned k = 0; k < ledger_accounts(ledger); k++) {
        struct str name = ledger_account_name(ledger, k);
        const uint64_t *cells = all[k];

        if (k == ledger_weir(ledger))
            continue;
        sample(out, "weir_events_refused_total", name, refused(cells));
        for (unsigned r = 0; r < ledger_reasons(ledger); r++) {
            if (cells[LEDGER_REASONS + r] == 0)
                continue;
            buf_str(&reasons, STR("weir_refusals_total{"));
            label(&reasons, "source", name);
            buf_printf(&reasons, ",reason=\"%s\"} %llu\n", ledger_reason_name(ledger, r),
                       (unsigned long long)cells[LEDGER_REASONS + r]);
        }
        buf_str(&residues, STR("weir_ledger_residue{"));
        label(&residues, "source", name);
        buf_printf(&residues, "} %lld\n", (long long)ledger_residue(cells));
    }
    buf_str(out, buf_as_str(&reasons));
    buf_str(out, buf_as_str(&residues));
}

static void write_ledger(const struct ledger *ledger, struct buf *out)
{
    AUTO_FREE uint64_t(*all)[LEDGER_CELLS] = xcalloc(ledger_accounts(ledger), sizeof *all);

    for (unsigned k = 0; k < ledger_accounts(ledger); k++)
        ledger_totals(ledger, k, all[k]);
    write_sources(ledger, all, out);
    write_refusals(ledger, all, out);
}

static void write_counters(const struct metrics *m, struct buf *out)
{
    static const struct {
        enum source_counter which;
        const char *name, *help;
    } counters[] = {
        {SOURCE_UNDECLARED_DROPPED, "weir_properties_dropped_total",
         "Properties that the catalogue does not declare, of lenient sources."},
        {SOURCE_DOMAINS_REFUSED, "weir_domains_refused_total",
         "Events of hosts that the source's settings do not permit."},
    };

    for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
        head(out, counters[i].name, "counter", counters[i].help);
        for (size_t k = 0; k < sources_count(m->sources); k++) {
            struct source *s = sources_at(m->sources, k);

            sample(out, counters[i].name, source_name(s), source_counted(s, counters[i].which));
        }
    }
}

static void write_values(const struct metrics *m, struct cardinality *values, struct buf *out)
{
    static const struct {
        const char *name, *type, *help;
    } kinds[] = {
        {"weir_values_folded_total", "counter",
         "Events with a value past its field's budget, stored as (other), since the start."},
        {"weir_values_distinct", "gauge", "Distinct values that a field has taken today."},
    };

    for (size_t kind = 0; values && kind < ARRAY_LEN(kinds); kind++) {
        head(out, kinds[kind].name, kinds[kind].type, kinds[kind].help);
        for (size_t i = 0, n = cardinality_count(values); i < n; i++) {
            struct cardinality_use use;

            cardinality_read(values, i, &use);
            if (use.distinct == 0 && use.folded == 0)
                continue;
            buf_printf(out, "%s{", kinds[kind].name);
            label(out, "source", source_name(sources_at(m->sources, use.source)));
            buf_char(out, ',');
            label(out, "field", use.field);
            buf_printf(out, "} %llu\n",
                       (unsigned long long)(kind == 0 ? use.folded : use.distinct));
        }
    }
}

/* The sum over all edges of the counter at this offset. */
static uint64_t sum(const struct metrics *m, size_t offset)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < m->edge_count; i++)
        total += atomic_load_explicit((_Atomic uint64_t *)((char *)&m->edges[i] + offset),
                                      memory_order_relaxed);
    return total;
}

#define SUM(m, field) sum(m, offsetof(struct edge_metrics, field))

/* Of the counters at this offset: one for each bound, and one for what is slower. */
static void histogram(const struct metrics *m, struct buf *out, const char *name, const char *help,
                      const int64_t *bounds_us, unsigned count, size_t offset, uint64_t sum_us)
{
    uint64_t below = 0;

    head(out, name, "histogram", help);
    for (unsigned i = 0; i <= count; i++) {
        below += sum(m, offset + i * sizeof(_Atomic uint64_t));
        if (i < count)
            buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds_us[i] / 1e6,
                       (unsigned long long)below);
    }
    buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name,
               (unsigned long long)below, name, (double)sum_us / 1e6, name,
               (unsigned long long)below);
}

static void write_http(const struct metrics *m, struct buf *out)
{
    head(out, "weir_http_answers_total", "counter", "Answers by status.");
    for (size_t status = 0; status < METRICS_STATUS_MAX; status++) {
        uint64_t n =
            sum(m, offsetof(struct edge_metrics, answers) + status * sizeof(_Atomic uint64_t));

        if (n > 0)
            buf_printf(out, "weir_http_answers_total{status=\"%zu\"} %llu\n", status,
                       (unsigned long long)n);
    }
    histogram(m, out, "weir_http_answer_seconds",
              "From a request's first line to its answer, the commit included.", latency_bounds_us,
              METRICS_LATENCIES, offsetof(struct edge_metrics, latency), SUM(m, latency_sum_us));
    histogram(m, out, "weir_acknowledgement_seconds",
              "The same of answers which say that events are on disk.", acknowledged_bounds_us,
              METRICS_ACKNOWLEDGED, offsetof(struct edge_metrics, acknowledged),
              SUM(m, acknowledged_sum_us));
    single(out, "weir_http_connections_total", "counter", "Connections accepted.",
           SUM(m, connections_opened));
    single(out, "weir_http_connections", "gauge", "Connections open.",
           SUM(m, connections_opened) - SUM(m, connections_closed));
    single(out, "weir_http_connections_cut_total", "counter",
           "Connections closed because the client was too slow.", SUM(m, connections_cut));
    single(out, "weir_http_received_bytes_total", "counter", "Bytes of bodies, as sent.",
           SUM(m, received_bytes));
    single(out, "weir_commit_rounds_total", "counter",
           "Batches that the edge handed to the journal.", SUM(m, rounds));
    single(out, "weir_commit_round_records_total", "counter", "Records in these batches.",
           SUM(m, round_records));
}

static void write_index(const struct journal_stats *st, struct buf *out)
{
    single(out, "weir_journal_index_files", "gauge", "Files of event ids.", st->index_files);
    single(out, "weir_journal_index_bytes", "gauge", "Their size.", st->index_bytes);
    single(out, "weir_journal_index_keys", "gauge", "Ids in them.", st->index_keys);
    single(out, "weir_journal_index_lookups_total", "counter",
           "Ids that were looked up in them since the start.", st->index_lookups);
    single(out, "weir_journal_index_reads_total", "counter", "Pages of 4 KiB read for that.",
           st->index_reads);
    single(out, "weir_journal_index_found_total", "counter", "Of these ids, those that were found.",
           st->index_found);
    single(out, "weir_journal_index_rebuilt_total", "counter",
           "Files that were missing or damaged and made again since the start.", st->index_rebuilt);
    single(out, "weir_journal_index_failures_total", "counter",
           "Writes of such a file that failed and are tried again.", st->index_failures);
}

static void write_journal(struct journal *journal, struct buf *out)
{
    struct journal_stats st;

    journal_stats(journal, &st);
    write_index(&st, out);
    single(out, "weir_journal_records_total", "counter", "Records written since the start.",
           st.records);
    single(out, "weir_journal_bytes_total", "counter", "Bytes written since the start.", st.bytes);
    single(out, "weir_journal_commits_total", "counter", "Syncs since the start.", st.commits);
    single(out, "weir_journal_duplicates_total", "counter",
           "Records not written because they were there.", st.duplicates);
    single(out, "weir_journal_position", "gauge", "The last record's position.",
           (uint64_t)st.last_position);
    single(out, "weir_journal_segments", "gauge", "Segment files.", st.segments);
    single(out, "weir_journal_first_position", "gauge", "The first record that is kept.",
           (uint64_t)st.first_position);
    single(out, "weir_journal_compressed_total", "counter", "Segments compressed since the start.",
           st.compressed);
    single(out, "weir_journal_compressed_from_bytes_total", "counter", "Their bytes before.",
           st.compressed_from);
    single(out, "weir_journal_compressed_to_bytes_total", "counter", "Their bytes after.",
           st.compressed_to);
    single(out, "weir_journal_deleted_total", "counter",
           "Segments deleted since the start, past retention.journal.", st.deleted);
    single(out, "weir_journal_deleted_bytes_total", "counter", "Their bytes.", st.deleted_bytes);
    single(out, "weir_journal_free_bytes", "gauge", "Free space on the journal's disk.",
           st.free_bytes);
    single(out, "weir_journal_torn_bytes", "gauge",
           "Unacknowledged bytes that the last start cut off.", st.torn_bytes);
    single(out, "weir_journal_damaged", "gauge", "Places that did not verify at the last start.",
           st.damaged);
    single(out, "weir_journal_failed", "gauge", "1: a sync failed, nothing more is accepted.",
           st.failed);
    single(out, "weir_journal_full", "gauge", "1: the disk is near full, answers are 507.",
           st.full);
}

static void write_carried(struct carried *carried, struct buf *out)
{
    static const char *const results[] = {
        [CARRIED_HIT] = "hit", [CARRIED_MISSED] = "missed", [CARRIED_EXPIRED] = "expired"};
    struct carried_stats st;

    carried_stats(carried, &st);
    head(out, "weir_flow_tokens_total", "counter",
         "Events that came with a flow's token, by what it stood for, since the start.");
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        buf_printf(out, "weir_flow_tokens_total{result=\"%s\"} %llu\n", results[i],
                   (unsigned long long)st.found[i]);
    head(out, "weir_flow_signals_total", "counter",
         "Events that completed their flow, by whether the catalogue has an event that says so.");
    buf_printf(out,
               "weir_flow_signals_total{result=\"completed\"} %llu\n"
               "weir_flow_signals_total{result=\"no_event\"} %llu\n",
               (unsigned long long)st.completed, (unsigned long long)st.incomplete);
    single(out, "weir_flow_contexts", "gauge",
           "Flows stored under tokens, with those that expired lately.", st.held);
    single(out, "weir_flow_contexts_stored_total", "counter", "Flows stored since the start.",
           st.stored);
    single(out, "weir_flow_contexts_cleared_total", "counter", "Flows cleared since the start.",
           st.cleared);
    single(out, "weir_flow_contexts_evicted_total", "counter",
           "Flows that gave way before they expired, since the table was full.", st.evicted);
    single(out, "weir_flow_log_lost_total", "counter",
           "Changes that the log of flows could not take; they are in the journal.",
           st.unsaved_lost);
}

/* VmRSS, in kB, of /proc/self/status; nothing where that cannot be read. */
static void write_process(const struct metrics *m, size_t in_flight_bytes, struct buf *out)
{
    AUTO_FILE status = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long long kilobytes;

    head(out, "weir_build_info", "gauge", "Always 1; its label says what runs.");
    buf_str(out, STR("weir_build_info{version=\"" WEIR_VERSION "\"} 1\n"));
    head(out, "process_start_time_seconds", "gauge", "When the process began, since 1970.");
    buf_printf(out, "process_start_time_seconds %.3f\n", (double)m->started_us / 1e6);
    single(out, "weir_request_memory_bytes", "gauge", "Memory of bodies that are held now.",
           in_flight_bytes);
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmRSS: %llu kB", &kilobytes) == 1)
            single(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
                   kilobytes * 1024);
}

void metrics_write(struct metrics *m, const struct ledger *ledger, struct journal *journal,
                   struct carried *carried, struct cardinality *values, size_t in_flight_bytes,
                   struct buf *out)
{
    write_ledger(ledger, out);
    write_counters(m, out);
    write_values(m, values, out);
    write_http(m, out);
    write_journal(journal, out);
    write_carried(carried, out);
    write_process(m, in_flight_bytes, out);
}
