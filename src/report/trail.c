/* SPDX-License-Identifier: Apache-2.0 */
/* trail.c: everything about one entity: an installation, an account's pseudonym, a flow.
 *
 * An entity is what has a value in a column. The first question finds out where the column's values are
 * kept; the second one asks there. An event that waits in quarantine is part of the trail, as a row
 * of its own kind. Hidden values are left out, and not looked for, unless --hidden is given; who may
 * give it is for others to say. */
#include "report/place.h"

#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/internal.h"

enum { LIMIT_MAX = 1000, FACT_NAME_MAX = 32 };

static const struct report_parameter own[] = {
    {.name = "where",
     .argument = "COLUMN=VALUE",
     .help = "the entity: any column of events, any property;|repeat it: all must hold",
     .type = REPORT_FILTER,
     .repeats = true,
     .required = true},
    {.name = "name",
     .argument = "EVENT",
     .help = "only events of this name, or of a template with *|or {word}; repeat it for several",
     .type = REPORT_TEXT,
     .repeats = true},
    {.name = "order",
     .argument = "ORDER",
     .help = "newest (default) or oldest first",
     .standard = "newest",
     .choices = "newest|oldest",
     .type = REPORT_CHOICE},
    {.name = "limit",
     .argument = "N",
     .help = "so many events (default: 100)",
     .standard = "100",
     .type = REPORT_COUNT,
     .least = 1,
     .most = LIMIT_MAX},
    {.name = "before",
     .argument = "POSITION",
     .help = "only events before the one at this position",
     .type = REPORT_COUNT,
     .least = 1,
     .range = true},
    {.name = "after",
     .argument = "POSITION",
     .help = "only events after the one at this position",
     .type = REPORT_COUNT,
     .least = 1,
     .range = true},
    {.name = "hidden",
     .help = "show values that only some may see, and look for them",
     .type = REPORT_FLAG},
    {.name = NULL},
};

static const char *const bounds[] = {"before", "after"};

static struct report_filter where_at(const struct report_asked *asked, size_t index)
{
    struct report_filter f;

    CHECK(report_filter_parse(&f, report_value(asked, "where", index), NULL) == 0);
    return f;
}

static int check(const struct report_asked *asked, struct err *err)
{
    for (size_t i = 0; i < report_count(asked, "where"); i++) {
        struct report_filter f = where_at(asked, i);

        if (f.op != FILTER_IS || f.value.len == 0)
            return err_set(err, ERR_USAGE, "--where takes column=value, with a value");
    }
    return 0;
}

/* The first question: where each column is kept, and when the bounds were. */
static void put_names(const struct report_asked *asked, struct buf *sql)
{
    for (size_t i = 0; i < report_count(asked, "where"); i++) {
        char index[24];
        AUTO_BUF column;

        buf_init(&column, PLACE_PART_MAX);
        snprintf(index, sizeof index, "%zu", i);
        sql_literal(&column, where_at(asked, i).column);
        report_fill(
            sql, "part_trail_places",
            (struct sql_blank[]){{"index", str_from(index)}, {"column", buf_as_str(&column)}}, 2);
        buf_char(sql, '\n');
        sql->failed |= column.failed;
    }
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        AUTO_BUF name;

        buf_init(&name, 64);
        sql_literal(&name, str_from(bounds[i]));
        if (report_count(asked, bounds[i]))
            report_fill(sql, "part_trail_moment",
                        (struct sql_blank[]){{"name", buf_as_str(&name)},
                                             {"position", report_text(asked, bounds[i])}},
                        2);
        buf_char(sql, '\n');
        CHECK(!name.failed);
    }
    report_put_absent_names(sql, asked, "name");
}

/* The texts that the statement is made of. */
struct trail {
    const struct report_asked *asked;
    bool hidden;
    struct buf found, others, aside, values;
};

static bool place_at(const struct trail *t, size_t where, size_t index, struct place *out)
{
    char name[FACT_NAME_MAX];
    struct report_fact fact;

    snprintf(name, sizeof name, "place %zu", where);
    if (!report_fact_at(t->asked, name, index, &fact))
        return false;
    *out = place_read(&fact);
    return true;
}

/* The property that the column is of; false where it is a column of every event. */
static bool property_at(const struct trail *t, size_t where, struct report_fact *out)
{
    char name[FACT_NAME_MAX];

    snprintf(name, sizeof name, "property %zu", where);
    return report_fact_at(t->asked, name, 0, out);
}

static int check_where(const struct trail *t, size_t where, struct err *err)
{
    struct str column = where_at(t->asked, where).column;
    struct report_fact property;
    struct place place;

    if (!t->hidden && ((property_at(t, where, &property) && property.number) ||
                       (place_at(t, where, 0, &place) && place.hidden)))
        return err_set(err, ERR_USAGE,
                       "--where: the values of `%.*s` are hidden; with --hidden, who may see them "
                       "can ask for them",
                       (int)str_utf8_cut(column, 64), column.ptr);
    if (place_at(t, where, 0, &place) || property_at(t, where, &property))
        return 0;
    if (report_need_column(t->asked, "where", STR("events"), column, err) < 0)
        return -1;
    return err_set(err, ERR_USAGE,
                   "--where: `%.*s` is made when it is asked for: nothing is found by it",
                   STR_ARG(column));
}

static int check_bounds(const struct report_asked *asked, struct err *err)
{
    struct report_fact fact;

    for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
        if (report_count(asked, bounds[i]) && !report_fact_at(asked, bounds[i], 0, &fact))
            return err_set(err, ERR_USAGE,
                           "--%s: there is no event at this position (any more); leave it out to "
                           "begin anew",
                           bounds[i]);
    return 0;
}

/* One place of a value: its condition, and that the row's shape has the property there. */
static void put_place(struct buf *out, const struct place *place, const struct report_filter *f)
{
    AUTO_BUF name;
    AUTO_BUF column;

    buf_init(&name, PLACE_PART_MAX);
    buf_init(&column, PLACE_PART_MAX);
    place_put_is(out, place, f->value);
    if (!place->property)
        return;
    sql_literal(&name, place->column);
    sql_literal(&column, f->column);
    buf_char(out, '\n');
    report_fill(out, "part_trail_shapes",
                (struct sql_blank[]){{"place", buf_as_str(&name)}, {"column", buf_as_str(&column)}},
                2);
    out->failed |= name.failed || column.failed;
}

/* Any place, for conditions beside the first one. */
static void put_any_place(struct trail *t, size_t where)
{
    struct report_filter f = where_at(t->asked, where);
    struct place place;

    buf_str(&t->others, STR("\nAND (false"));
    for (size_t i = 0; place_at(t, where, i, &place); i++) {
        buf_str(&t->others, STR(" OR ("));
        put_place(&t->others, &place, &f);
        buf_char(&t->others, ')');
    }
    buf_char(&t->others, ')');
}

/* A member of a JSON pointer. */
static void put_member(struct buf *out, struct str name)
{
    buf_char(out, '/');
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '~' || name.ptr[i] == '/')
            buf_str(out, name.ptr[i] == '~' ? STR("~0") : STR("~1"));
        else
            buf_char(out, name.ptr[i]);
}

/* The same of what is in quarantine. */
static void put_aside(struct trail *t, size_t where)
{
    struct report_filter f = where_at(t->asked, where);
    struct report_fact property;
    bool is_property = property_at(t, where, &property);
    struct buf texts[5]; /* path, pointer, value, number, property */
    struct sql_blank blanks[] = {{.name = "pointer"}, {.name = "value"}, {.name = "or_number"}};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_init(texts + i, PLACE_PART_MAX);
    if (is_property)
        buf_str(&texts[0], STR("/properties"));
    put_member(&texts[0], is_property ? property.value : f.column);
    sql_literal(&texts[1], buf_as_str(&texts[0]));
    sql_literal(&texts[2], f.value);
    blanks[0].text = buf_as_str(&texts[1]);
    blanks[1].text = buf_as_str(&texts[2]);
    if (place_is_integer(f.value)) {
        buf_char(&texts[3], ' ');
        report_fill(&texts[3], "part_trail_aside_number", blanks, 2);
    }
    blanks[2].text = buf_as_str(&texts[3]);
    buf_char(&t->aside, '\n');
    report_fill(&t->aside, "part_trail_aside", blanks, 3);
    if (is_property && !t->hidden) {
        sql_literal(&texts[4], property.value);
        buf_char(&t->aside, '\n');
        report_fill(&t->aside, "part_trail_aside_shown",
                    (struct sql_blank[]){{"property", buf_as_str(&texts[4])}}, 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        t->aside.failed |= texts[i].failed;
        buf_free(texts + i);
    }
}

/* The range, the names and the bounds, for either table. */
static void put_common(struct trail *t, struct buf *out, const char *alias)
{
    AUTO_FREE char *time = xasprintf("%s.time", alias);

    report_put_range(out, t->asked, time);
    if (report_count(t->asked, "name")) {
        buf_str(out, STR("\nAND ("));
        report_put_name_conditions(out, t->asked, "name");
        buf_char(out, ')');
    }
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        struct report_fact fact;
        AUTO_BUF moment;

        buf_init(&moment, 128);
        if (!report_count(t->asked, bounds[i]))
            continue;
        CHECK(report_fact_at(t->asked, bounds[i], 0, &fact));
        sql_literal(&moment, fact.value);
        buf_char(out, '\n');
        report_fill(out, i ? "part_trail_after" : "part_trail_before",
                    (struct sql_blank[]){{"alias", str_from(alias)},
                                         {"time", buf_as_str(&moment)},
                                         {"position", report_text(t->asked, bounds[i])}},
                    3);
        out->failed |= moment.failed;
    }
}

static void put_branch(struct trail *t, struct str condition)
{
    if (t->found.len)
        buf_str(&t->found, STR("\nUNION ALL\n"));
    report_fill(&t->found, "part_trail_found",
                (struct sql_blank[]){{"condition", condition}, {"others", buf_as_str(&t->others)}},
                2);
}

/* A SELECT for each place of the first column's values. */
static void put_found(struct trail *t)
{
    struct report_filter f = where_at(t->asked, 0);
    struct place place;

    for (size_t i = 0; place_at(t, 0, i, &place); i++) {
        AUTO_BUF condition;

        buf_init(&condition, PLACE_PART_MAX);
        put_place(&condition, &place, &f);
        put_branch(t, buf_as_str(&condition));
        t->found.failed |= condition.failed;
    }
    if (!t->found.len)
        put_branch(t, STR("false"));
}

static void put_value(struct buf *out, struct str name)
{
    buf_str(out, STR(", "));
    report_fill(out, "part_trail_value", (struct sql_blank[]){{"name", name}}, 1);
}

/* The columns that hold properties, for putting them together. */
static void put_values(struct trail *t)
{
    static const char *const fixed[] = {"actor", "session", "device"};
    const struct report_asked *asked = t->asked;

    report_fill(&t->values, "part_trail_value_request", NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        put_value(&t->values, str_from(fixed[i]));
    for (size_t i = 0; i < asked->column_count; i++) {
        struct str name = str_from(asked->columns[i].name);

        if (!str_is(str_from(asked->columns[i].table), "events_data") || !place_is_shared(name))
            continue;
        put_value(&t->values, name);
    }
}

static void put_texts(struct trail *t)
{
    size_t count = report_count(t->asked, "where");

    for (size_t i = 1; i < count; i++)
        put_any_place(t, i);
    put_common(t, &t->others, "e");
    put_found(t);
    for (size_t i = 0; i < count; i++)
        put_aside(t, i);
    put_common(t, &t->aside, "q");
    put_values(t);
}

static void fill(struct trail *t, struct buf *sql)
{
    bool newest = str_is(report_text(t->asked, "order"), "newest");
    AUTO_BUF shown;

    buf_init(&shown, PLACE_PART_MAX);
    place_put_shown(&shown, t->hidden);
    report_fill(sql, "trail",
                (struct sql_blank[]){{"found", buf_as_str(&t->found)},
                                     {"aside", buf_as_str(&t->aside)},
                                     {"values", buf_as_str(&t->values)},
                                     {"hides", t->hidden ? STR("false") : STR("true")},
                                     {"shown", buf_as_str(&shown)},
                                     {"order", newest ? STR("DESC") : STR("ASC")},
                                     {"limit", report_text(t->asked, "limit")}},
                7);
    sql->failed |=
        t->found.failed || t->others.failed || t->aside.failed || t->values.failed || shown.failed;
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct trail t = {.asked = asked, .hidden = report_flag(asked, "hidden")};
    struct buf *const texts[] = {&t.found, &t.others, &t.aside, &t.values};

    for (size_t i = 0; i < report_count(asked, "where"); i++)
        if (check_where(&t, i, err) < 0)
            return -1;
    if (check_bounds(asked, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_init(texts[i], REPORT_SQL_MAX);
    put_texts(&t);
    fill(&t, sql);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_free(texts[i]);
    return 0;
}

const struct report report_trail = {
    .name = "trail",
    .summary = "everything about one entity: who did what, when and why",
    .description =
        "A row for each event that has the value, also for one that waits in quarantine, newest "
        "first:\n"
        "when, what, by whom, why (the property reason, why, cause or note), the ids that it "
        "names, and\n"
        "its properties. Ids of people are stored as pseudonyms alone, so an actor is asked for "
        "by the\n"
        "pseudonym that other rows show.\n\n"
        "  weir report trail --where github_installation_id=10\n"
        "  weir report trail --where actor=30df8684d22208e7d4762eea8f2370cc --name 'account.*'",
    .version = 1,
    .common = REPORT_RANGE,
    .own = own,
    .table = "events",
    .more_tables = "events_data",
    .check = check,
    .names = put_names,
    .build = build,
};
