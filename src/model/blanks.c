/* SPDX-License-Identifier: Apache-2.0 */
/* blanks.c: fills the blanks of statements. What they stand for is said in model_internal.h.
 *
 * Promises that names from the catalogue get into a statement in quotes alone. */
#include <inttypes.h>
#include <stdio.h>

#include "base/datetime.h"
#include "base/embed.h"
#include "base/mem.h"
#include "model/filling.h"

enum { BLANKS_MAX = 80, TEXT_MAX = 1 << 20 };

extern const struct embedded model_sql_files[];

const struct begin_attribute begin_attributes[] = {
    {"ua_browser", false},  {"ua_version", false}, {"ua_os", false},      {"context", true},
    {"entrypoint", true},   {"migration", true},   {"service", true},     {"utm_campaign", false},
    {"utm_content", false}, {"utm_medium", false}, {"utm_source", false}, {"utm_term", false},
    {NULL, false},
};

struct str models_statement(const char *name)
{
    struct str text = embedded_find(model_sql_files, str_from(name));

    CHECK(text.ptr);
    return text;
}

/* All blanks of one statement, with the texts that they stand for. */
struct filling {
    struct sql_blank list[BLANKS_MAX];
    struct buf texts[BLANKS_MAX];
    char *names[BLANKS_MAX];
    size_t count;
};

static struct buf *add(struct filling *f, char *name)
{
    CHECK(f->count < BLANKS_MAX);
    f->names[f->count] = name;
    buf_init(&f->texts[f->count], TEXT_MAX);
    return &f->texts[f->count++];
}

struct buf *filling_add(struct filling *f, const char *name)
{
    return add(f, xstrdup(name));
}

static void comma(struct buf *out)
{
    if (out->len)
        buf_str(out, STR(", "));
}

void models_put_column(struct buf *out, struct str column)
{
    buf_str(out, STR("value_text("));
    if (column.ptr)
        sql_quote(out, column);
    else
        buf_str(out, STR("NULL"));
    buf_char(out, ')');
}

void models_put_old(const struct models *m, struct buf *out, struct str property,
                    const struct buf *value)
{
    out->failed |= buf_failed(value);
    if (property.ptr && script_is_number(m->store, property))
        sql_fill_part(out, models_statement("part_old_number"),
                      (struct sql_blank[]){{"value", buf_as_str(value)}}, 1);
    else
        buf_str(out, buf_as_str(value));
}

/* The value of a property in the view, as text. */
static void put_property(const struct models *m, struct buf *out, struct str name)
{
    models_put_column(out, name.ptr ? script_property(m->store, name) : STR_NONE);
}

static void put_value(const struct models *m, struct buf *out, struct str name, bool property,
                      struct str column)
{
    comma(out);
    if (property)
        put_property(m, out, name);
    else
        sql_quote(out, name);
    buf_str(out, STR(" AS "));
    sql_quote(out, column);
}

static void put_set(struct buf *out, struct str column)
{
    comma(out);
    sql_quote(out, column);
    buf_str(out, STR(" = b."));
    sql_quote(out, column);
}

static void put_name(struct buf *out, struct str column)
{
    comma(out);
    sql_quote(out, column);
}

static void put_column(struct buf *out, struct str column)
{
    put_name(out, column);
    buf_str(out, STR(" VARCHAR"));
}

/* Whether the tables in use have a column for this dimension. */
static bool was_dimension(const struct models *m, struct str column)
{
    struct str rest = str_from(m->used_dimensions);

    while (rest.ptr && rest.len)
        if (str_eq(str_split(&rest, '\n'), column))
            return true;
    return false;
}

static void put_old(const struct models *m, struct buf *out, struct str property, struct str column,
                    bool is_there)
{
    AUTO_BUF value;

    buf_init(&value, TEXT_MAX);
    comma(out);
    if (is_there) {
        buf_str(&value, STR("f."));
        sql_quote(&value, column);
        models_put_old(m, out, property, &value);
    } else {
        buf_str(out, STR("NULL"));
    }
}

/* A column of the tables in use, as everybody may see it. */
static void put_shown(struct buf *out, struct str column, bool hidden)
{
    AUTO_BUF name;

    buf_init(&name, TEXT_MAX);
    sql_quote(&name, column);
    sql_fill_part(out, models_statement(hidden ? "part_hidden_column" : "part_shown_column"),
                  (struct sql_blank[]){{"name", buf_as_str(&name)}}, 1);
    out->failed |= name.failed;
}

/* Texts about the columns that flows take from their begin events. */
struct begin_texts {
    struct buf *columns, *names, *values, *sets, *old, *first, *rest;
};

static void add_dimension(const struct models *m, const struct begin_texts *t, struct str property,
                          struct str column, bool was)
{
    put_column(t->columns, column);
    put_name(t->names, column);
    put_set(t->sets, column);
    put_old(m, t->old, property, column, was);
    buf_str(t->rest, STR(", "));
    /* what is no dimension any more may be so because it is hidden */
    put_shown(t->rest, column, !property.ptr || script_is_hidden(m->store, property));
}

static void add_dimensions(const struct models *m, const struct begin_texts *t)
{
    for (size_t i = 0; i < m->dimension_count; i++) {
        struct str column = str_from(m->dimension_columns[i]);

        add_dimension(m, t, m->dimensions[i], column,
                      was_dimension(m, column) && !script_is_hidden(m->store, m->dimensions[i]));
        put_value(m, t->values, m->dimensions[i], true, column);
    }
}

/* The tables in use have those of another catalogue. */
static void add_used_dimensions(const struct models *m, const struct begin_texts *t)
{
    struct str rest = str_from(m->used_dimensions);

    while (rest.ptr && rest.len) {
        struct str column = str_split(&rest, '\n'), property = STR_NONE;

        for (size_t i = 0; i < m->dimension_count; i++)
            if (str_is(column, m->dimension_columns[i]))
                property = m->dimensions[i];
        add_dimension(m, t, property, column, true);
        put_value(m, t->values, property, true, column);
    }
}

/* What flows take from their begin events: twelve columns of their own, and the dimensions. */
static void add_begin(const struct models *m, struct filling *f, const struct model_range *range)
{
    const struct begin_texts t = {.columns = filling_add(f, "begin_columns"),
                                  .names = filling_add(f, "begin_names"),
                                  .values = filling_add(f, "begin_values"),
                                  .sets = filling_add(f, "begin_sets"),
                                  .old = filling_add(f, "begin_old"),
                                  .first = filling_add(f, "begin_first"),
                                  .rest = filling_add(f, "begin_rest")};

    for (const struct begin_attribute *a = begin_attributes; a->name; a++) {
        struct str name = str_from(a->name);
        bool hidden = a->property && script_is_hidden(m->store, name);

        put_column(t.columns, name);
        put_name(t.names, name);
        put_value(m, t.values, name, a->property, name);
        put_set(t.sets, name);
        put_old(m, t.old, a->property ? name : STR_NONE, name, !hidden);
        comma(t.first);
        put_shown(t.first, name, hidden);
    }
    if (m->remaking && !(range && range->generation == &m->next))
        add_used_dimensions(m, &t);
    else
        add_dimensions(m, &t);
}

static void add_properties(const struct models *m, struct filling *f)
{
    for (size_t i = 0; all_models[i]; i++)
        for (const char *const *p = all_models[i]->properties; p && *p; p++) {
            char *name = xasprintf("p_%s", *p);
            bool known = false;

            for (size_t k = 0; k < f->count; k++)
                known |= strcmp(f->names[k], name) == 0;
            if (known)
                free(name);
            else
                put_property(m, add(f, name), str_from(*p));
        }
}

static void add_moment(struct filling *f, const char *name, int64_t us)
{
    if (us == INT64_MIN)
        buf_str(filling_add(f, name), STR("CAST(NULL AS TIMESTAMP)"));
    else
        buf_printf(filling_add(f, name), "make_timestamp(%" PRId64 ")", us);
}

static void add_since(const struct models *m, struct filling *f)
{
    static const char *const names[] = {"since_whole", "since_half", "since_tenth"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        add_moment(f, names[i], m->since_us[i]);
}

static void add_sample(const struct models *m, struct filling *f, size_t sample)
{
    static const struct {
        const char *sampled, *percent;
    } samples[] = {{"", "100"}, {"_sampled_50", "50"}, {"_sampled_10", "10"}};

    buf_str(filling_add(f, "sampled"), str_from(samples[sample].sampled));
    buf_str(filling_add(f, "percent"), str_from(samples[sample].percent));
    add_moment(f, "since", m->since_us[sample]);
}

static void add_activity(const struct models *m, struct filling *f)
{
    sql_fill_part(filling_add(f, "gap_changes"), models_statement("part_gap_changes"), NULL, 0);
    buf_printf(filling_add(f, "devices_days"), "%" PRId64,
               m->samples.devices_within_us / DATETIME_DAY_US);
    buf_str(filling_add(f, "devices_before"), m->samples.devices_same_day ? STR("<=") : STR("<"));
}

static void put_left(const struct models *m, struct buf *out, struct str property,
                     struct str column)
{
    if (!script_is_hidden(m->store, property))
        return;
    buf_str(out, out->len ? STR(" OR ") : STR(""));
    sql_quote(out, column);
    buf_str(out, STR(" IS NOT NULL"));
}

/* Whether the columns of mails may have come from a property that is hidden by now. */
static void add_left_email(const struct models *m, struct filling *f)
{
    static const struct {
        const char *name, *properties[2];
    } columns[] = {
        {"hides_domain", {"email_domain", "domain"}},
        {"hides_template", {"template"}},
        {"hides_bounced", {"bounced"}},
        {"hides_complaint", {"complaint"}},
    };

    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        bool hidden = false;

        for (size_t k = 0; k < ARRAY_LEN(columns[i].properties) && columns[i].properties[k]; k++)
            hidden |= script_is_hidden(m->store, str_from(columns[i].properties[k]));
        buf_str(filling_add(f, columns[i].name), hidden ? STR("true") : STR("false"));
    }
}

/* Conditions on rows that have values of properties that are hidden by now. */
static void add_left(const struct models *m, struct filling *f)
{
    struct buf *flows = filling_add(f, "left_flows"), *activity = filling_add(f, "left_activity");
    bool hidden = script_is_hidden(m->store, STR("service"));

    for (const struct begin_attribute *a = begin_attributes; a->name; a++)
        if (a->property)
            put_left(m, flows, str_from(a->name), str_from(a->name));
    for (size_t i = 0; i < m->dimension_count; i++)
        put_left(m, flows, m->dimensions[i], str_from(m->dimension_columns[i]));
    put_left(m, activity, STR("service"), STR("service"));
    buf_str(flows, flows->len ? STR("") : STR("false"));
    buf_str(activity, activity->len ? STR("") : STR("false"));
    buf_str(filling_add(f, "kept_service"), hidden ? STR("CAST(NULL AS VARCHAR)") : STR("service"));
}

static void add_range(const struct models *m, struct filling *f, const struct model_range *range)
{
    const struct generation *g = range ? range->generation : NULL;

    buf_str(filling_add(f, "next"), str_from(g ? g->suffix : ""));
    buf_printf(filling_add(f, "from"), "%" PRId64, range ? range->from : 0);
    buf_printf(filling_add(f, "to"), "%" PRId64, range ? range->to : 0);
    buf_printf(filling_add(f, "rows"), "%" PRId64, range ? range->rows : 0);
    buf_printf(filling_add(f, "last_flow"), "%" PRId64, range ? range->last_flow : 0);
    buf_printf(filling_add(f, "latest_flow"), "%" PRId64,
               range ? range->last_flow - m->latest_flows : 0);
    buf_str(filling_add(f, "keys"), range ? range->keys : STR_NONE);
    buf_str(filling_add(f, "names"), range ? range->names : STR_NONE);
    buf_str(filling_add(f, "named"), range && range->named ? STR("true") : STR("false"));
    add_moment(f, "before", range ? range->before_us : INT64_MIN);
}

static void add_state(const struct models *m, struct filling *f)
{
    AUTO_BUF dimensions;

    buf_init(&dimensions, TEXT_MAX);
    for (size_t i = 0; i < m->dimension_count; i++)
        buf_printf(&dimensions, "%s\n", m->dimension_columns[i]);
    sql_literal(filling_add(f, "dimensions"), buf_as_str(&dimensions));
    sql_literal(filling_add(f, "definition"), str_from(m->definition));
    buf_printf(filling_add(f, "version"), "%" PRId64, m->version);
}

void models_fill(struct models *m, struct buf *out, const char *statement,
                 const struct model_range *range)
{
    struct str text = models_statement(statement);
    struct filling f = {.count = 0};

    add_range(m, &f, range);
    add_state(m, &f);
    add_since(m, &f);
    add_sample(m, &f, range ? range->sample : 0);
    add_activity(m, &f);
    add_left(m, &f);
    add_left_email(m, &f);
    add_begin(m, &f, range);
    add_properties(m, &f);
    if (memmem(text.ptr, text.len, "{{count_", strlen("{{count_"))) /* there may be many of them */
        counts_add_blanks(m, &f, range);
    for (size_t i = 0; i < f.count; i++) {
        f.list[i] = (struct sql_blank){f.names[i], buf_as_str(&f.texts[i])};
        out->failed |= buf_failed(&f.texts[i]);
    }
    sql_fill(out, text, f.list, f.count);
    for (size_t i = 0; i < f.count; i++) {
        buf_free(&f.texts[i]);
        free(f.names[i]);
    }
}
