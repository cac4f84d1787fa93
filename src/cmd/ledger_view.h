/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_view.h: what `weir ledger` shows: the ledger's rows, each sink beside them, and what is left
 * over between them.
 *
 * Threads: one owner. */
#pragma once
#include "cmd/ledger_strangers.h"
#include "ledger/ledger.h"
#include "settings/settings.h"

enum view_by { VIEW_TOTAL, VIEW_DAY, VIEW_HOUR };

struct view_opts {
    int64_t since_us; /* INT64_MIN / 2: from the beginning */
    const char *source; /* NULL: all */
    enum view_by by;
    struct ledger_asker asker;
    struct ledger_asker late_asker; /* for what goes through all events: its answers may be old */
};

struct view_row {
    char source[LEDGER_NAME_MAX + 1];
    int64_t from_us; /* of its hour or day */
    uint64_t cells[LEDGER_CELLS];
};

/* Sequence numbers of one source's sessions. */
struct view_gaps {
    char source[LEDGER_NAME_MAX + 1];
    int64_t sessions, arrived, missing;
};

/* The store: all of it, whatever the options. */
struct view_sink {
    int64_t position, before, events, quarantined, notes, rejected, lost, unknown;
    int64_t pending;
    int64_t residue; /* records that the ledger knows, and that are neither there nor pending */
};

struct view {
    bool running; /* a collector counts at this moment */
    char reasons[LEDGER_REASONS_MAX][LEDGER_REASON_MAX + 1];
    unsigned reason_count;
    struct view_row *rows; /* by time, then by source */
    size_t row_count;
    int64_t residue; /* of all sources and hours */
    uint64_t received; /* likewise */
    int64_t records, durable; /* of the journal: as the ledger and as the journal have them */
    bool has_sink;
    struct view_sink sink;
    char sink_error[240]; /* why there is none */
    struct view_gaps *gaps;
    size_t gap_count;
    char gaps_error[240]; /* why they are not known; "" */
    struct strangers strangers;
};

/* Reads it, and beside a running collector again for a while, until what was in flight has landed. The
 * caller owns *out, by view_free.
 * *stands: a residue that did not move although nothing more came in is a fault, running or not. `stop`
 * ends the waiting. */
int view_read_settled(struct view *out, const struct settings *s, const struct view_opts *opts,
                      bool (*stop)(void *ctx), void *ctx, bool *stands, struct err *err);
void view_free(struct view *v);
uint64_t view_refused(const uint64_t cells[LEDGER_CELLS]);
/* Nothing is left over anywhere. */
bool view_fits(const struct view *v);

enum view_format { VIEW_TABLE, VIEW_CSV, VIEW_JSON, VIEW_NDJSON };
/* ledger_show.c: prints it. */
void view_show(const struct view *v, const struct view_opts *opts, enum view_format format);
/* ledger_json.c: the same for programs; as one object, or a line for each part. */
void view_put_json(const struct view *v, const struct view_opts *opts, bool lines, struct buf *out);
enum { VIEW_COLUMNS = 6, VIEW_TIME_SIZE = 24 };
extern const char *const view_column_names[VIEW_COLUMNS];
void view_columns(const uint64_t cells[LEDGER_CELLS], int64_t out[VIEW_COLUMNS]);
/* "" for a total. */
void view_format_time(char out[VIEW_TIME_SIZE], enum view_by by, int64_t us);
