/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: a report with its values, shared by the files that make the frame. */
#pragma once
#include "report/build.h"

enum {
    REPORT_PARAMETERS_MAX = 32,
    REPORT_COLUMNS_MAX = 8192,
    REPORT_MODELS_MAX = 256,
    REPORT_ABSENT_MAX = 64,
    REPORT_DAYS_MAX = 8, /* runs of them; more become one */
    REPORT_NAMES_MAX = 200,
    REPORT_INTERNAL_MAX = 64, /* filters of console.internal: settings.h has the same bound */
    REPORT_FACTS_MAX = 8192
};

struct report_values {
    char *list[REPORT_REPEATS_MAX]; /* ended by NUL; none holds another */
    size_t count;
};

struct report_column {
    char *table, *name;
    bool numeric; /* holds numbers */
};

struct report_model {
    char *name, *definition;
};

struct report_known {
    char *name, *value;
    int64_t number;
};

/* From the first day on to the last: days (UTC), as their midnights. */
struct report_days {
    int64_t first_us, last_us;
};

struct report_asked {
    const struct report *report;
    struct report_values values[REPORT_PARAMETERS_MAX]; /* by report_parameter_at's index */
    /* Of report_know. */
    struct report_column *columns;
    size_t column_count;
    struct report_model *models; /* in the order of their names */
    size_t model_count;
    struct report_days days[REPORT_DAYS_MAX]; /* that are not summed up */
    size_t days_count;
    char *internal[REPORT_INTERNAL_MAX]; /* filters of what is internal */
    size_t internal_count;
    char *absent[REPORT_ABSENT_MAX]; /* sentences about names that no event has */
    size_t absent_count;
    char *names[REPORT_NAMES_MAX]; /* of events, that fit what is asked for */
    size_t name_count;
    bool names_cut; /* there are more */
    struct report_known *facts; /* what the report itself asked for */
    size_t fact_count;
    int64_t models_at; /* the last position that all models have; -1: there are none */
    int64_t stored_at; /* the last that the tables have */
    char *since; /* from when on all flows are kept; NULL: always */
};

/* The values that count: those that were given, else the standard one. */
size_t report_values_of(const struct report_asked *asked, size_t index, struct str *out);
const char *report_table(const struct report_asked *asked);
/* A part about a run of days, as {{first}} and {{last}}; `time` is SQL. */
void report_put_run(struct buf *out, const char *part, const struct report_days *run,
                    struct str time);
/* parameter.c: whether `value` is of the parameter's type. */
int report_parameter_check(const struct report_parameter *p, struct str value, struct err *err);
