/* SPDX-License-Identifier: Apache-2.0 */
/* build.h: what a report's build() and check() use. For the files of src/report alone.
 *
 * Statements and parts stand in sql/NAME.sql (list them in meson.build); C only fills their blanks. */
#pragma once
#include "base/filter.h"
#include "base/sql.h"
#include "report/report.h"

/* Values: of a parameter that the report has. What was not given, and has no standard, is STR_NONE,
 * 0 or false. */
size_t report_count(const struct report_asked *asked, const char *name);
struct str report_value(const struct report_asked *asked, const char *name, size_t index);
struct str report_text(const struct report_asked *asked, const char *name); /* the first */
uint64_t report_number(const struct report_asked *asked, const char *name);
int64_t report_duration_us(const struct report_asked *asked, const char *name);
bool report_flag(const struct report_asked *asked, const char *name);

/* What report_know has found. */
bool report_has_column(const struct report_asked *asked, struct str table, struct str column);
/* Whether it holds numbers. */
bool report_is_numeric(const struct report_asked *asked, struct str table, struct str column);
/* ERR_USAGE, with what was probably meant, where the table has no such column. */
int report_need_column(const struct report_asked *asked, const char *parameter, struct str table,
                       struct str column, struct err *err);

/* What the report itself asked for with `names`, as rows of kind `fact`: the index-th called so. */
struct report_fact {
    struct str value;
    int64_t number;
};
bool report_fact_at(const struct report_asked *asked, const char *name, size_t index,
                    struct report_fact *out);

/* A name or template whose events the report counts, for `names` of the report: where no accepted event
 * fits it, the answer says so. A name that is too long for an event's is not looked for. */
enum report_kinds { REPORT_KIND_ANY = 0, REPORT_KIND_ACTIVITY = 2, REPORT_KIND_FLOW = 4 };
struct report_sought {
    const char *where; /* our own text, such as `step 2` */
    size_t number; /* the order in which they are said */
    struct str name;
    enum report_kinds kinds; /* the events that count */
    struct str condition; /* SQL on `name`, or `a.type` */
};
void report_put_absent(struct buf *sql, const struct report_sought *sought);
/* The same of each value of a parameter that names events of any kind. */
void report_put_absent_names(struct buf *sql, const struct report_asked *asked,
                             const char *parameter);
/* Whether `name` fits one of them. */
void report_put_name_conditions(struct buf *out, const struct report_asked *asked,
                                const char *parameter);

/* Appends sql/NAME.sql without its first line, with its blanks filled in. */
void report_fill(struct buf *out, const char *name, const struct sql_blank *blanks, size_t count);
/* Conditions, each with AND before it; nothing where nothing was asked: `WHERE true{{range}}{{filters}}`.
 * `time` is a TIMESTAMP in UTC, SQL of ours such as `f.begin_time`. */
void report_put_range(struct buf *out, const struct report_asked *asked, const char *time);
/* `alias` is the table's, such as `f`. */
void report_put_filters(struct buf *out, const struct report_asked *asked, const char *alias);
/* Of flows: only those of the time of which all are kept (flows.samples). */
void report_put_kept(struct buf *out, const struct report_asked *asked, const char *alias);
/* A value of a moment, in UTC: a day is its first moment in the zone, a time is itself. */
void report_put_moment(struct buf *out, const struct report_asked *asked, struct str text);
/* The time in the report's zone; and the beginning of its bucket, a DATE or, by hour, a TIMESTAMP. */
void report_put_local(struct buf *out, const struct report_asked *asked, const char *time);
void report_put_bucket(struct buf *out, const struct report_asked *asked, const char *time);
/* The same for a bucket that is not `bucket`'s; 15m, too, which is a TIMESTAMP. */
void report_put_bucket_of(struct buf *out, const struct report_asked *asked, struct str span,
                          const char *time);
void report_put_bucket_utc_of(struct buf *out, const struct report_asked *asked, struct str span,
                              const char *time);
/* That beginning in UTC: where clocks go back, an hour comes twice, and only this tells which. */
void report_put_bucket_utc(struct buf *out, const struct report_asked *asked, const char *time);
/* `alias."column"`. */
void report_put_column(struct buf *out, const char *alias, struct str column);
/* The same of the view `events`, where a column may also be one that only reports know: referrer_host, the
 * host that a visit came from, NULL for pages of the same site. */
void report_put_event_column(struct buf *out, const char *alias, struct str column);
/* REPORT_TRAFFIC: the condition that `traffic` asks for, with AND before it; and whose an event is: 'people',
 * 'bots' or 'internal'. `alias` is of the view `events`. */
void report_put_traffic(struct buf *out, const struct report_asked *asked, const char *alias);
void report_put_traffic_of(struct buf *out, const struct report_asked *asked, const char *alias);
/* `alias."column" AS "column", ` for --by, or nothing: for the beginning of a select list. */
void report_put_by(struct buf *out, const struct report_asked *asked, const char *alias);

/* Appends sql/NAME.sql about flows by the bucket of their begin: {{bucket}}, {{by}}, and {{conditions}} with
 * those of the range and filters, and `more`. */
void report_fill_flows(struct buf *out, const char *name, const struct report_asked *asked,
                       struct str more);

/* One filter: `[column][op][value]`, taken apart. Text borrows. */
struct report_filter {
    struct str column, value;
    enum filter_op op;
};
int report_filter_parse(struct report_filter *out, struct str text, struct err *err);
/* `column` is SQL: a quoted name with its alias. */
void report_put_filter(struct buf *out, const struct report_filter *f, struct str column);
/* A template as a regular expression for regexp_full_match(..., 's'): * is any text, {word} any
 * text without a dot, a backslash takes the next character as it is. */
void report_put_pattern(struct buf *out, struct str pattern);
/* Whether that would be more than the text itself. */
bool report_is_pattern(struct str text);
