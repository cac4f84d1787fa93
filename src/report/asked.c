/* SPDX-License-Identifier: Apache-2.0 */
/* asked.c: a report with the values that were given.
 *
 * Promises that every value in it has passed its parameter's check. */
#include <stdlib.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "report/internal.h"

enum { NAMES_MAX = 64, NAME_SHOWN = 64 };

/* Fails with "there is no WHAT `typed`", and what was probably meant. */
static int unknown(const char *what, struct str typed, const struct str *names, size_t count,
                   const char *else_try, struct err *err)
{
    struct str meant = suggest(typed, names, count);
    int shown = (int)str_utf8_cut(typed, NAME_SHOWN);

    if (!str_is_utf8(typed) || memchr(typed.ptr, '\0', typed.len))
        return err_set(err, ERR_USAGE, "there is no such %s; %s", what, else_try);
    if (meant.ptr)
        return err_set(err, ERR_USAGE, "there is no %s `%.*s`; did you mean `%.*s`?", what, shown,
                       typed.ptr, STR_ARG(meant));
    return err_set(err, ERR_USAGE, "there is no %s `%.*s`; %s", what, shown, typed.ptr, else_try);
}

const struct report *report_find(struct str name, struct err *err)
{
    struct str names[NAMES_MAX];
    size_t count = 0;

    for (; reports[count]; count++) {
        CHECK(count < NAMES_MAX);
        names[count] = str_from(reports[count]->name);
        if (str_eq(names[count], name))
            return reports[count];
    }
    unknown("report", name, names, count, "`weir report` lists them", err);
    return NULL;
}

struct report_asked *report_asked_new(const struct report *r)
{
    struct report_asked *asked = xcalloc(1, sizeof *asked);

    CHECK(!report_parameter_at(r, REPORT_PARAMETERS_MAX));
    asked->report = r;
    asked->models_at = asked->stored_at = -1;
    return asked;
}

void report_asked_free(struct report_asked *asked)
{
    if (!asked)
        return;
    for (size_t i = 0; i < REPORT_PARAMETERS_MAX; i++)
        for (size_t k = 0; k < asked->values[i].count; k++)
            free(asked->values[i].list[k]);
    for (size_t i = 0; i < asked->column_count; i++) {
        free(asked->columns[i].table);
        free(asked->columns[i].name);
    }
    for (size_t i = 0; i < asked->model_count; i++) {
        free(asked->models[i].name);
        free(asked->models[i].definition);
    }
    for (size_t i = 0; i < asked->absent_count; i++)
        free(asked->absent[i]);
    for (size_t i = 0; i < asked->internal_count; i++)
        free(asked->internal[i]);
    for (size_t i = 0; i < asked->name_count; i++)
        free(asked->names[i]);
    for (size_t i = 0; i < asked->fact_count; i++) {
        free(asked->facts[i].name);
        free(asked->facts[i].value);
    }
    free(asked->facts);
    free(asked->columns);
    free(asked->models);
    free(asked->since);
    free(asked);
}

/* As a query string may write it. */
static bool is_name(struct str given, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len && i < given.len; i++)
        if (name[i] != given.ptr[i] && !(name[i] == '-' && given.ptr[i] == '_'))
            return false;
    return given.len == len;
}

int report_set(struct report_asked *asked, struct str name, struct str value, struct err *err)
{
    const struct report_parameter *p;
    struct str names[REPORT_PARAMETERS_MAX];
    struct report_values *v;
    size_t i = 0;

    for (; (p = report_parameter_at(asked->report, i)) && !is_name(name, p->name); i++)
        names[i] = str_from(p->name);
    if (!p)
        return unknown("parameter", name, names, i, "--help lists them", err);
    v = &asked->values[i];
    if (report_parameter_check(p, value.ptr ? value : STR(""), err) < 0)
        return -1;
    if (v->count && !p->repeats)
        return err_set(err, ERR_USAGE, "--%s is given twice", p->name);
    if (v->count == REPORT_REPEATS_MAX)
        return err_set(err, ERR_LIMIT, "--%s may be given at most %d times", p->name,
                       REPORT_REPEATS_MAX);
    v->list[v->count++] = xmemdup(value.ptr ? value.ptr : "", value.len);
    return 0;
}

size_t report_values_of(const struct report_asked *asked, size_t index, struct str *out)
{
    const struct report_parameter *p = report_parameter_at(asked->report, index);
    const struct report_values *v = &asked->values[index];

    for (size_t i = 0; i < v->count; i++)
        out[i] = str_from(v->list[i]);
    if (v->count || !p->standard)
        return v->count;
    out[0] = str_from(p->standard);
    return 1;
}

/* The parameter's values; one that the report does not have is our mistake. */
static size_t find(const struct report_asked *asked, const char *name, struct str *out)
{
    const struct report_parameter *p;

    for (size_t i = 0; (p = report_parameter_at(asked->report, i)); i++)
        if (strcmp(p->name, name) == 0)
            return report_values_of(asked, i, out);
    CHECK(!"a parameter of this report");
    return 0;
}

size_t report_count(const struct report_asked *asked, const char *name)
{
    struct str values[REPORT_REPEATS_MAX];

    return find(asked, name, values);
}

struct str report_value(const struct report_asked *asked, const char *name, size_t index)
{
    struct str values[REPORT_REPEATS_MAX];

    return index < find(asked, name, values) ? values[index] : STR_NONE;
}

struct str report_text(const struct report_asked *asked, const char *name)
{
    return report_value(asked, name, 0);
}

uint64_t report_number(const struct report_asked *asked, const char *name)
{
    struct str text = report_text(asked, name);
    uint64_t number = 0;

    CHECK(!text.ptr || str_to_u64(text, &number) == 0);
    return number;
}

int64_t report_duration_us(const struct report_asked *asked, const char *name)
{
    struct str text = report_text(asked, name);
    int64_t us = 0;

    CHECK(!text.ptr || datetime_parse_duration(text, &us) == 0);
    return us;
}

bool report_flag(const struct report_asked *asked, const char *name)
{
    struct str text = report_text(asked, name);

    return str_is(text, "1") || str_is(text, "true");
}

/* NULL where the report has no such parameter. */
static const struct report_parameter *parameter_called(const struct report *r, const char *name)
{
    const struct report_parameter *p;

    for (size_t i = 0; (p = report_parameter_at(r, i)); i++)
        if (strcmp(p->name, name) == 0)
            break;
    return p;
}

struct report_how report_how(const struct report_asked *asked)
{
    return (struct report_how){.format = report_text(asked, "format"),
                               .rows_max = report_number(asked, "max-rows"),
                               .timeout_us = report_duration_us(asked, "timeout"),
                               .sql = report_flag(asked, "sql"),
                               .hidden = parameter_called(asked->report, "hidden") &&
                                         report_flag(asked, "hidden")};
}

const char *report_table(const struct report_asked *asked)
{
    const struct report *r = asked->report;

    return r->table_of ? r->table_of(asked) : r->table;
}

static int check_range(const struct report_asked *asked, struct err *err)
{
    struct str from = report_text(asked, "from"), to = report_text(asked, "to");
    int64_t from_us, to_us;
    bool days = datetime_parse_date(from, &from_us) == 0 && datetime_parse_date(to, &to_us) == 0;
    bool times = datetime_parse(from, &from_us) == 0 && datetime_parse(to, &to_us) == 0;

    if ((days || times) && from_us >= to_us)
        return err_set(err, ERR_USAGE, "--from is not before --to");
    return 0;
}

int report_check(const struct report_asked *asked, struct err *err)
{
    const struct report_parameter *p;

    for (size_t i = 0; (p = report_parameter_at(asked->report, i)); i++)
        if (p->required && asked->values[i].count == 0)
            return err_set(err, ERR_USAGE, "the report %s needs --%s", asked->report->name,
                           p->name);
    if ((asked->report->common & REPORT_RANGE) && check_range(asked, err) < 0)
        return -1;
    return asked->report->check ? asked->report->check(asked, err) : 0;
}

static const struct report_column *find_column(const struct report_asked *asked, struct str table,
                                               struct str column)
{
    for (size_t i = 0; i < asked->column_count; i++)
        if (str_eq_nocase(str_from(asked->columns[i].table), table) &&
            str_eq_nocase(str_from(asked->columns[i].name), column))
            return asked->columns + i;
    return NULL;
}

bool report_has_column(const struct report_asked *asked, struct str table, struct str column)
{
    return find_column(asked, table, column) != NULL;
}

bool report_is_numeric(const struct report_asked *asked, struct str table, struct str column)
{
    const struct report_column *c = find_column(asked, table, column);

    return c && c->numeric;
}

bool report_fact_at(const struct report_asked *asked, const char *name, size_t index,
                    struct report_fact *out)
{
    for (size_t i = 0; i < asked->fact_count; i++)
        if (strcmp(asked->facts[i].name, name) == 0 && index-- == 0) {
            *out = (struct report_fact){.value = str_from(asked->facts[i].value),
                                        .number = asked->facts[i].number};
            return true;
        }
    return false;
}

int report_need_column(const struct report_asked *asked, const char *parameter, struct str table,
                       struct str column, struct err *err)
{
    AUTO_FREE struct str *names = xcalloc(asked->column_count + 1, sizeof *names);
    AUTO_FREE char *what = xasprintf("column of %.*s called", STR_ARG(table));
    AUTO_FREE char *all = xasprintf("`weir query \"DESCRIBE %.*s\"` lists them", STR_ARG(table));
    const struct report_parameter *p = parameter_called(asked->report, parameter);
    size_t count = 0;

    if (report_has_column(asked, table, column))
        return 0;
    for (size_t i = 0; i < asked->column_count; i++)
        if (str_eq(str_from(asked->columns[i].table), table))
            names[count++] = str_from(asked->columns[i].name);
    if (p && p->repeats && str_find(column, ',') < column.len)
        err_set(err, ERR_USAGE, "one column each time: --%s a --%s b", parameter, parameter);
    else
        unknown(what, column, names, count, all, err);
    return err_prefix(err, "--%s", parameter);
}
