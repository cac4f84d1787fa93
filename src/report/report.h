/* SPDX-License-Identifier: Apache-2.0 */
/* report.h: named questions with parameters, and the SQL that they become.
 *
 * Promise: what comes from outside is checked against its parameter's type and reaches the SQL only in
 * quotes. Nothing here runs SQL: who asks, runs first what report_put_about gives, hands its answer to
 * report_know, then runs what report_build gives, and passes the answer on through report_headed.
 *   asked = report_asked_new(report_find(name));
 *   report_set(asked, name, value, err); ...          as on the command line or in a query string
 *   report_check(asked, err);
 *   report_put_about(asked, &sql) -> rows as JSON -> report_know(asked, json, err);
 *   report_build(asked, &sql, err) -> rows in the format that is asked for
 * A new report is one file with a `struct report`, a line in reports.c, and its SQL (build.h).
 * Threads: a report_asked has one owner; reports are constant. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum report_type {
    REPORT_TEXT, /* any text; the report says more in its check() */
    REPORT_COUNT, /* a whole number from `least` to `most` (0: no bound) */
    REPORT_DURATION, /* 90s, 2h, 14d; not 0 */
    REPORT_CHOICE, /* one of `choices`, parted by | */
    REPORT_COLUMN, /* of the report's table */
    REPORT_MOMENT, /* a date, or RFC 3339 */
    REPORT_ZONE, /* Europe/Berlin */
    REPORT_FILTER, /* column=value, column!=value, column~template, column!~template */
    REPORT_FLAG, /* on the command line without a value; elsewhere 1, 0, true or false */
};

struct report_parameter {
    const char *name; /* as after the two dashes; in a query string _ is taken for - */
    const char *argument; /* "TIME", for the help; NULL for a flag */
    const char *help; /* one line; `|` begins another */
    const char *standard; /* the value where none is given, or NULL */
    const char *choices; /* REPORT_CHOICE */
    uint64_t least, most; /* REPORT_COUNT */
    enum report_type type;
    bool repeats; /* may be given several times */
    bool required;
    bool range; /* which part of the data it is: not in the definition */
    bool how; /* how the answer is given: neither in the definition nor in the answer */
};

struct report_asked; /* opaque: a report with the values of its parameters */

enum { /* which parameters a report has beside its own */
       REPORT_RANGE = 1, /* from, to, time-zone */
       REPORT_FILTERS = 2, /* filter */
       REPORT_BY = 4, /* by */
       REPORT_BUCKET = 8, /* bucket: hour, day (default), week, month; needs REPORT_RANGE */
       REPORT_TRAFFIC = 16, /* traffic: of whom events count; for the table `events` */
       REPORT_STEPS = 64, /* step, per, within, within-step: what a funnel is */
};

struct report {
    const char *name;
    const char *summary; /* one line for the list */
    const char *description; /* paragraphs for the help */
    unsigned version; /* one more whenever its numbers come to mean something else */
    unsigned common; /* bits as above */
    const struct report_parameter *own; /* ended by one without a name; or NULL */
    const char *table; /* whose columns --by and --filter name */
    const char *(*table_of)(const struct report_asked *asked); /* instead, by other parameters */
    const char *more_tables; /* others whose columns build() asks for, parted by blanks; or NULL */
    /* What concerns several parameters, or a text's own grammar; may be NULL. */
    int (*check)(const struct report_asked *asked, struct err *err);
    /* What must be known to read the numbers aright, or NULL; may be NULL. Our own text. */
    const char *(*note)(const struct report_asked *asked);
    bool days; /* reads what days come to: report_asked.days tells which are not summed up */
    /* Appends what report_put_absent makes of each name that was given, and UNION ALL SELECTs of what
     * else the report must know (report_fact_at); may be NULL. */
    void (*names)(const struct report_asked *asked, struct buf *sql);
    /* Appends the SELECT, without a semicolon. */
    int (*build)(const struct report_asked *asked, struct buf *sql, struct err *err);
    bool (*still)(const struct report_asked *asked, struct buf *sql); /* of report_put_still */
};

/* All reports, ended by NULL, in the order of the list. */
extern const struct report *const reports[];
/* ERR_USAGE, with the name that was probably meant, where there is none. */
const struct report *report_find(struct str name, struct err *err);
/* The parameters of a report: its own, then the common ones; NULL past the last. */
const struct report_parameter *report_parameter_at(const struct report *r, size_t index);

/* Values. */
enum { REPORT_VALUE_MAX = 4096, REPORT_REPEATS_MAX = 32 };

struct report_asked *report_asked_new(const struct report *r);
void report_asked_free(struct report_asked *asked);
/* One parameter; the value is checked by its type, and copied. ERR_USAGE. */
int report_set(struct report_asked *asked, struct str name, struct str value, struct err *err);
/* Once all are set: what is missing, and what does not fit together. */
int report_check(const struct report_asked *asked, struct err *err);

/* How the answer is to be given: --format, --max-rows, --timeout, --sql; --hidden. */
struct report_how {
    struct str format; /* table, csv, json, ndjson, parquet; STR_NONE: as is usual here */
    uint64_t rows_max; /* 0: all */
    int64_t timeout_us; /* 0: as is usual here */
    bool sql;
    bool hidden; /* --hidden is given: only for those who may see such values */
};
struct report_how report_how(const struct report_asked *asked);

/* SQL. */
enum { REPORT_SQL_MAX = 256 * 1024 };

void report_put_about(const struct report_asked *asked, struct buf *sql); /* asked first */
/* Takes its answer, as /api/query gives it in JSON. */
int report_know(struct report_asked *asked, struct str json, struct err *err);
int64_t report_hidden_count(const struct report_asked *asked); /* properties, by then */
/* Where that question failed: names the likely cause in err. Always -1. */
int report_not_known(struct err *err);
/* The report itself; with a column `definition` for formats that have no room beside their rows.
 * ERR_USAGE: a column that is none; ERR_LIMIT: more than REPORT_SQL_MAX bytes. */
int report_build(const struct report_asked *asked, bool definition_column, struct buf *sql,
                 struct err *err);
bool report_format_has_head(struct str format); /* whether answers in it get that column */
/* For query_opts.still: whether what was learnt holds. False: it always does. */
bool report_put_still(const struct report_asked *asked, struct buf *sql);

/* Appends 12 hex digits, the same for the same report, parameters (but the range) and models. */
void report_put_definition(struct buf *out, const struct report_asked *asked);

/* What must be known beside the numbers, such as a name that no event has: a line each, without the last
 * line feed. */
void report_put_notes(struct buf *out, const struct report_asked *asked);

/* What stands before the rows: a title for a table, the members before "columns" in JSON. */
struct report_headed {
    struct buf head;
    bool json, begun;
    int (*write)(void *ctx, struct str bytes);
    void *ctx;
};
/* `sql`, where present, becomes a member in JSON. Free h->head afterwards. */
void report_headed_init(struct report_headed *h, const struct report_asked *asked,
                        struct str format, struct str sql);
/* To be given the answer in pieces; passes them on. ctx is the report_headed. */
int report_headed_write(void *ctx, struct str bytes);

/* Whether an event of the view `events` is internal, by filters: SQL. ERR_USAGE: what is no filter. */
int report_put_internal(struct buf *out, const struct str *filters, size_t count, const char *alias,
                        struct err *err);

/* All reports with their parameters, as JSON. */
void reports_put_json(struct buf *out);
