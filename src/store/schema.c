/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c: the columns of properties: found by name, made, widened, shown in the view events.
 *
 * Promises that whatever a name holds, it becomes nothing but a column's name; that columns, the
 * table property_columns and the view change together or not at all. */
#include "store/schema.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/schema_names.h"

struct schema {
    duckdb_connection con;
    const char *const *base;
    size_t base_count;
    struct property *list;
    size_t count;
    uint32_t *slots; /* open addressing: number + 1 of a property, 0 where free */
    size_t slot_count; /* a power of two */
};

static const struct {
    const char *name, *sql;
} types[] = {
    [RECORD_NULL] = {"text", "VARCHAR"},       [RECORD_TEXT] = {"text", "VARCHAR"},
    [RECORD_INTEGER] = {"integer", "BIGINT"},  [RECORD_NUMBER] = {"number", "DOUBLE"},
    [RECORD_BOOLEAN] = {"boolean", "BOOLEAN"}, [RECORD_DATETIME] = {"datetime", "TIMESTAMP"},
    [RECORD_UUID] = {"uuid", "UUID"},          [RECORD_PSEUDONYM] = {"pseudonym", "VARCHAR"},
    [RECORD_LIST] = {"text", "VARCHAR"},       [RECORD_JSON] = {"text", "VARCHAR"},
};

const char *schema_type_name(enum record_type type)
{
    return types[type].name;
}

static enum record_type type_from_name(struct str name)
{
    for (enum record_type t = RECORD_TEXT; t <= RECORD_PSEUDONYM; t++)
        if (str_is(name, types[t].name))
            return t;
    return RECORD_TEXT;
}

/* Finding. */

static size_t slot_of(const struct schema *s, struct str name)
{
    size_t i = str_hash(name) & (s->slot_count - 1);

    while (s->slots[i] && !str_eq(s->list[s->slots[i] - 1].name, name))
        i = (i + 1) & (s->slot_count - 1);
    return i;
}

const struct property *schema_find(const struct schema *s, struct str name)
{
    uint32_t number = s->slots[slot_of(s, name)];

    return number ? s->list + number - 1 : NULL;
}

bool schema_is_full(const struct schema *s)
{
    return s->count >= SCHEMA_PROPERTIES_MAX;
}

static void index_all(struct schema *s)
{
    s->slot_count = 64;
    while (s->slot_count < 3 * s->count)
        s->slot_count *= 2;
    free(s->slots);
    s->slots = xcalloc(s->slot_count, sizeof *s->slots);
    for (size_t i = 0; i < s->count; i++)
        s->slots[slot_of(s, s->list[i].name)] = (uint32_t)i + 1;
}

/* Types. */

static bool same_sql(enum record_type a, enum record_type b)
{
    return str_is(str_from(types[a].sql), types[b].sql);
}

/* What holds both, as far as a column goes: the least that loses nothing but form. */
static void widen(enum record_type *type, bool *list, const struct store_column *want)
{
    if (want->type == RECORD_NULL && (!want->list || *list))
        return;
    if (*list != want->list) {
        *list = false;
        *type = RECORD_TEXT;
    } else if (same_sql(*type, want->type)) {
        return;
    } else if ((*type == RECORD_NUMBER && want->type == RECORD_INTEGER) ||
               (*type == RECORD_INTEGER && want->type == RECORD_NUMBER)) {
        *type = RECORD_NUMBER;
    } else {
        *type = RECORD_TEXT;
    }
}

/* Whether a text column for anything, or the very type. */
bool schema_fits(const struct schema *s, const struct store_column *want)
{
    const struct property *p = schema_find(s, want->name);
    enum record_type type;
    bool list;

    if (!p)
        return schema_is_full(s) || (want->type == RECORD_NULL && !want->list);
    if (want->hidden && !p->hidden)
        return false;
    if (!p->list && same_sql(p->type, RECORD_TEXT))
        return true;
    type = p->type;
    list = p->list;
    widen(&type, &list, want);
    return type == p->type && list == p->list;
}

/* Names. */

/* Of the view events, and of DuckDB. */
static const char *const reserved[] = {"properties", "rowid"};

static bool is_property_column(const struct schema *s, struct str column)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq_nocase(str_from(s->list[i].column), column))
            return true;
    return false;
}

static bool name_is_taken(const void *ctx, struct str column)
{
    const struct schema *s = ctx;

    for (size_t i = 0; i < s->base_count; i++)
        if (str_eq_nocase(str_from(s->base[i]), column))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_eq_nocase(str_from(reserved[i]), column))
            return true;
    return is_property_column(s, column);
}

static struct property *append_property(struct schema *s, struct str name, char *column)
{
    struct property *p;

    s->list = xrealloc(s->list, s->count + 1, sizeof *s->list);
    p = s->list + s->count++;
    *p = (struct property){.name = str_of(xmemdup(name.ptr, name.len), name.len),
                           .column = column,
                           .index = s->base_count + s->count - 1};
    return p;
}

/* Statements. */

static void put_sql_type(struct buf *out, enum record_type type, bool list)
{
    buf_str(out, str_from(types[type].sql));
    if (list)
        buf_str(out, STR("[]"));
}

static int run_column(const struct schema *s, const char *statement, const struct property *p,
                      struct err *err)
{
    AUTO_BUF column;
    AUTO_BUF type;
    struct duck_blank blanks[2] = {{.name = "column"}, {.name = "type"}};

    buf_init(&column, 4096);
    buf_init(&type, 64);
    duck_quote(&column, str_from(p->column));
    put_sql_type(&type, p->type, p->list);
    blanks[0].text = buf_as_str(&column);
    blanks[1].text = buf_as_str(&type);
    return duck_run_filled(s->con, statement, blanks, 2, err);
}

/* Brings the property's row in property_columns up to date. */
static int save_property(const struct schema *s, const char *statement, const struct property *p,
                         struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    status = duck_bind_text(stmt, 1, str_from(p->column), err);
    duckdb_bind_varchar(stmt, 2, types[p->type].name);
    duckdb_bind_boolean(stmt, 3, p->list);
    duckdb_bind_boolean(stmt, 4, p->hidden);
    if (status == 0 && duckdb_nparams(stmt) == 5)
        status = duckdb_bind_blob(stmt, 5, p->name.ptr, p->name.len) == DuckDBSuccess
                     ? 0
                     : err_set(err, ERR_INTERNAL, "%s: bind", statement);
    if (status == 0)
        status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static int make_column(struct schema *s, const struct store_column *want, struct err *err)
{
    struct property *p =
        append_property(s, want->name, schema_column_name(want->name, name_is_taken, s));

    p->type = want->type == RECORD_NULL || want->type == RECORD_JSON ? RECORD_TEXT : want->type;
    p->list = want->list;
    p->hidden = want->hidden;
    index_all(s);
    return run_column(s, "add_column", p, err) < 0 || save_property(s, "add_property", p, err) < 0
               ? -1
               : 0;
}

static const char *widening(const struct property *from, enum record_type to)
{
    if (same_sql(to, RECORD_TEXT) && from->list)
        return "widen_list";
    if (same_sql(to, RECORD_TEXT) && from->type == RECORD_DATETIME)
        return "widen_datetime";
    return "widen_column";
}

static int change_column(struct schema *s, struct property *p, const struct store_column *want,
                         struct err *err)
{
    const struct property before = *p;

    widen(&p->type, &p->list, want);
    p->hidden |= want->hidden;
    if ((p->list != before.list || !same_sql(p->type, before.type)) &&
        run_column(s, p->list ? "widen_column" : widening(&before, p->type), p, err) < 0)
        return -1;
    return save_property(s, "change_property", p, err);
}

/* Its key in `properties`: the property's own name, unless another has it but for case. */
static struct str label_of(const struct schema *s, const struct property *p)
{
    struct str label = schema_label(p->name, p->column);

    return is_property_column(s, label) ? str_from(p->column) : label;
}

static int make_view(const struct schema *s, struct err *err)
{
    AUTO_BUF fields;

    buf_init(&fields, 8 << 20);
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0)
            buf_str(&fields, STR(", "));
        duck_literal(&fields, label_of(s, s->list + i));
        buf_str(&fields, STR(", "));
        duck_quote(&fields, str_from(s->list[i].column));
    }
    if (buf_failed(&fields))
        return err_set(err, ERR_LIMIT, "the view events: too many columns");
    return duck_run_filled(s->con, "create_view_events",
                           &(struct duck_blank){"fields", buf_as_str(&fields)}, 1, err);
}

static int apply_all(struct schema *s, const struct store_column *wants, size_t count,
                     struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct property *p;

        if (schema_fits(s, wants + i))
            continue;
        p = (struct property *)schema_find(s, wants[i].name);
        if (p ? change_column(s, p, wants + i, err) < 0 : make_column(s, wants + i, err) < 0)
            return -1;
    }
    return make_view(s, err);
}

/* Reading. */

static struct str result_blob(duckdb_result *result, idx_t column, idx_t row, duckdb_blob *blob)
{
    *blob = duckdb_value_blob(result, column, row);
    return str_of(blob->data ? blob->data : "", blob->size);
}

static void read_row(struct schema *s, duckdb_result *result, idx_t row)
{
    duckdb_blob blob;
    struct str name = result_blob(result, 0, row, &blob);
    char *column = duckdb_value_varchar(result, 1, row);
    char *type = duckdb_value_varchar(result, 2, row);
    struct property *p = append_property(s, name, xstrdup(column));

    p->type = type_from_name(str_from(type));
    p->list = duckdb_value_boolean(result, 3, row);
    p->hidden = duckdb_value_boolean(result, 4, row);
    duckdb_free(type);
    duckdb_free(column);
    duckdb_free(blob.data);
}

static void forget_all(struct schema *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free((char *)s->list[i].name.ptr);
        free(s->list[i].column);
    }
    free(s->list);
    s->list = NULL;
    s->count = 0;
}

static int read_all(struct schema *s, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(s->con, "read_properties", &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    forget_all(s);
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++) {
        read_row(s, &result, i);
        if ((idx_t)duckdb_value_int64(&result, 5, i) != s->list[i].index)
            status = err_set(err, ERR_CORRUPT, "event_rows and property_columns do not agree");
    }
    duckdb_destroy_result(&result);
    index_all(s);
    return status;
}

int schema_apply(struct schema *s, const struct store_column *wants, size_t count, struct err *err)
{
    if (duck_run(s->con, "begin", err) < 0)
        return -1;
    if (apply_all(s, wants, count, err) < 0 || duck_run(s->con, "commit", err) < 0) {
        duck_run(s->con, "rollback", NULL);
        read_all(s, NULL); /* what was planned is not there */
        return -1;
    }
    return 0;
}

int schema_open(struct schema **out, duckdb_connection con, const char *const *base, size_t count,
                struct err *err)
{
    struct schema *s = xcalloc(1, sizeof *s);

    s->con = con;
    s->base = base;
    s->base_count = count;
    if (read_all(s, err) < 0) {
        schema_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void schema_free(struct schema *s)
{
    if (!s)
        return;
    forget_all(s);
    free(s->slots);
    free(s);
}
