/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: the model event_names: what the catalogue says of each name that is stored.
 *
 * Names are matched here, once each, so that statements need no catalogue. A name that the catalogue
 * does not know any more stays, and feeds nothing. */
#include "model/names.h"
#include "base/check.h"
#include "base/mem.h"
#include "catalogue/describe.h"

enum { ROWS_A_STATEMENT = 500, MATCH_KEPT = 16 << 10, MATCH_MAX = 1 << 20 };

static const char *const tables[] = {"event_names", NULL};

const struct model model_names = {.name = "event_names", .tables = tables};

/* Rows for one INSERT. */
struct adding {
    struct models *models;
    const char *table;
    struct arena *arena;
    struct buf rows;
    size_t count;
};

static void put_text(struct buf *out, struct str text)
{
    if (text.ptr)
        sql_literal(out, text);
    else
        buf_str(out, STR("NULL"));
}

static void put_parameters(struct buf *out, const struct catalogue_match *match)
{
    buf_str(out, STR("CAST(MAP {"));
    for (size_t i = 0; i < match->parameter_count; i++) {
        const struct catalogue_property *p = catalogue_event_property_at(match->event, i);

        CHECK(p->parameter);
        if (i)
            buf_str(out, STR(", "));
        sql_literal(out, p->name);
        buf_str(out, STR(": "));
        sql_literal(out, match->parameters[i]);
    }
    buf_str(out, STR("} AS MAP(VARCHAR, VARCHAR))"));
}

static bool has_dimension(const struct catalogue_description *about,
                          const struct model_dimension *d)
{
    for (size_t i = 0; i < about->dimension_count; i++)
        if (str_eq(about->dimensions[i], d->property) && str_eq(about->dimension_names[i], d->name))
            return true;
    return false;
}

/* Those by which it is counted; the catalogue has none whose values only some may see. */
static void put_dimensions(const struct models *m, struct buf *out,
                           const struct catalogue_description *about)
{
    size_t count = 0;

    for (size_t i = 0; about && i < m->counted_count; i++) {
        const struct model_dimension *d = m->counted + i;

        if (!has_dimension(about, d))
            continue;
        buf_str(out, count++ ? STR(", ") : STR("MAP {"));
        sql_literal(out, d->property);
        buf_str(out, STR(": "));
        sql_literal(out, d->name);
    }
    buf_str(out, count ? STR("}") : STR("NULL"));
}

static void put_row(struct adding *a, struct str name)
{
    struct catalogue_match match = {0};
    const struct catalogue_description *about = NULL;
    struct str role = STR_NONE;

    arena_reset(a->arena);
    if (catalogue_match_stored(a->models->catalogue, name, a->arena, &match) == 0)
        about = catalogue_event_describe(match.event);
    if (about && about->flow_role != FLOW_NONE)
        role = str_from(catalogue_flow_role_name(about->flow_role));
    buf_str(&a->rows, a->count ? STR(", (") : STR("("));
    sql_literal(&a->rows, name);
    buf_str(&a->rows, STR(", "));
    put_text(&a->rows, about ? about->name : STR_NONE);
    buf_printf(&a->rows, ", %u, ", about ? about->kinds : 0);
    put_text(&a->rows, role);
    buf_str(&a->rows, STR(", "));
    put_parameters(&a->rows, &match);
    buf_str(&a->rows, STR(", "));
    put_dimensions(a->models, &a->rows, about);
    buf_char(&a->rows, ')');
    a->count++;
}

static int flush(struct adding *a, struct err *err)
{
    const struct sql_blank blanks[] = {{"table", str_from(a->table)},
                                       {"rows", buf_as_str(&a->rows)}};
    AUTO_BUF sql;
    int status;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    if (a->count == 0)
        return 0;
    sql_fill(&sql, models_statement("names_insert"), blanks, ARRAY_LEN(blanks));
    if (buf_failed(&a->rows) || buf_failed(&sql))
        return err_set(err, ERR_LIMIT, "event_names: names that are too long");
    status = script_run(a->models->store, "names_insert", buf_as_str(&sql), err);
    buf_reset(&a->rows, MODELS_STATEMENT_MAX);
    a->count = 0;
    return status;
}

static int add_name(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct adding *a = ctx;

    CHECK(count == 1);
    put_row(a, values[0]);
    return a->count < ROWS_A_STATEMENT ? 0 : flush(a, err);
}

/* Adds the names that the statement gives to the table. */
static int add_names(struct models *m, const char *statement, const struct model_range *range,
                     const char *table, struct err *err)
{
    struct adding a = {.models = m, .table = table, .arena = arena_new(MATCH_KEPT, MATCH_MAX)};
    AUTO_BUF sql;
    int status;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    buf_init(&a.rows, MODELS_STATEMENT_MAX);
    models_fill(m, &sql, statement, range);
    status = script_rows(m->store, statement, buf_as_str(&sql), add_name, &a, err);
    if (status == 0)
        status = flush(&a, err);
    buf_free(&a.rows);
    arena_free(a.arena);
    return status;
}

int names_extend(struct models *m, const struct model_range *range, struct err *err)
{
    AUTO_FREE char *table = xasprintf("event_names%s", range->generation->suffix);

    if (add_names(m, "names_new", range, table, err) < 0)
        return -1;
    if (range->generation == &m->current)
        return 0;
    return add_names(m, "names_old", range, table, err);
}

int names_compare(struct models *m, struct generation *g, bool *feeds, struct err *err)
{
    const struct model_range range = {.generation = g};
    int64_t count = 0;

    if (models_run(m, "names_again", &range, err) < 0 ||
        add_names(m, "names_all", &range, "names_now", err) < 0 ||
        models_number(m, "names_feed", &range, &count, err) < 0)
        return -1;
    *feeds = count > 0;
    return 0;
}

int names_match_again(struct models *m, struct err *err)
{
    if (models_run(m, "names_clear", NULL, err) < 0)
        return -1;
    return models_run(m, "names_take", NULL, err);
}
