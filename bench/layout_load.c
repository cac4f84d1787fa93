/* SPDX-License-Identifier: Apache-2.0 */
/* layout_load.c: fills data chunks and appends them.
 *
 * A chunk is filled event by event: the mask of every nullable column starts as all NULL, each cell
 * writes its value and sets its bit, so a column without a value costs nothing per row. Texts are
 * written as duckdb_string_t that point at the caller's bytes; DuckDB copies them when the chunk is
 * appended. */
#include "layout_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = EV_BATCH * 2048, JSON_MAX = 1024 };

/* Newer than the header: DuckDB 1.5 checks UTF-8 unless this is called. */
void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector vector, idx_t index,
                                                    const char *str, idx_t str_len)
    __attribute__((weak));

struct slot {
    void *data;
    uint64_t *valid;
    duckdb_vector vector;
};

struct table {
    char name[24];
    duckdb_appender appender;
    duckdb_data_chunk chunk;
    int rows;
    int columns[EV_COLUMNS]; /* event columns that the table has of its own */
    int count;
    int map_size; /* entries of the MAP layout */
    int16_t slot_of[EV_COLUMNS];
    struct slot slot[EV_COLUMNS];
    struct slot props; /* STRUCT, JSON or MAP */
    struct slot map_key, map_value;
};

struct load {
    struct layout_opts opts;
    duckdb_connection con;
    struct table *tables;
    int count;
    char *arena;
    struct {
        const char *text;
        size_t len;
    } json[EV_BATCH]; /* of the batch that load_prepare saw */
    size_t used;
};

static struct slot slot_for(duckdb_vector v)
{
    duckdb_vector_ensure_validity_writable(v);
    return (struct slot){duckdb_vector_get_data(v), duckdb_vector_get_validity(v), v};
}

static void clear_slot(const struct load *l, struct slot *s)
{
    if (l->opts.invalidate)
        return;
    memset(s->valid, 0, EV_BATCH / 8);
}

/* After a chunk was made or reset: where its vectors' bytes are, all of them NULL. */
static void bind_chunk(struct load *l, struct table *t)
{
    for (int i = 0; i < t->count; i++) {
        t->slot[i] = slot_for(duckdb_data_chunk_get_vector(t->chunk, (idx_t)i));
        clear_slot(l, &t->slot[i]);
    }
    if (!schema_has_props_column(&l->opts))
        return;
    t->props = slot_for(duckdb_data_chunk_get_vector(t->chunk, (idx_t)t->count));
    if (l->opts.layout == LAYOUT_STRUCT)
        for (int c = EV_BASE; c < EV_COLUMNS; c++) {
            t->slot[c] =
                slot_for(duckdb_struct_vector_get_child(t->props.vector, (idx_t)(c - EV_BASE)));
            clear_slot(l, &t->slot[c]);
        }
    if (l->opts.layout == LAYOUT_MAP) {
        duckdb_vector entry = duckdb_list_vector_get_child(t->props.vector);

        duckdb_list_vector_reserve(t->props.vector, EV_BATCH * EV_MAX_PROPS);
        t->map_key = slot_for(duckdb_struct_vector_get_child(entry, 0));
        t->map_value = slot_for(duckdb_struct_vector_get_child(entry, 1));
        t->map_size = 0;
    }
}

static void make_chunk(struct load *l, struct table *t)
{
    duckdb_logical_type types[EV_COLUMNS + 1];
    idx_t n = duckdb_appender_column_count(t->appender);

    for (idx_t i = 0; i < n; i++)
        types[i] = duckdb_appender_column_type(t->appender, i);
    t->chunk = duckdb_create_data_chunk(types, n);
    for (idx_t i = 0; i < n; i++)
        duckdb_destroy_logical_type(&types[i]);
    bind_chunk(l, t);
}

static void append_chunk(struct load *l, struct table *t)
{
    if (!t->rows)
        return;
    duckdb_data_chunk_set_size(t->chunk, (idx_t)t->rows);
    if (l->opts.layout == LAYOUT_MAP)
        duckdb_list_vector_set_size(t->props.vector, (idx_t)t->map_size);
    if (duckdb_append_data_chunk(t->appender, t->chunk) != DuckDBSuccess)
        die("append to %s: %s", t->name, duckdb_appender_error(t->appender));
    t->rows = 0;
    if (l->opts.new_chunks) {
        duckdb_destroy_data_chunk(&t->chunk);
        make_chunk(l, t);
    } else {
        duckdb_data_chunk_reset(t->chunk);
        bind_chunk(l, t);
    }
}

static void set_text(struct load *l, struct slot *s, int row, const char *text, size_t len)
{
    duckdb_string_t *out = (duckdb_string_t *)s->data + row;

    if (l->opts.fill == FILL_ASSIGN) {
        duckdb_vector_assign_string_element_len(s->vector, (idx_t)row, text, len);
        return;
    }
    if (l->opts.fill == FILL_UNSAFE) {
        duckdb_unsafe_vector_assign_string_element_len(s->vector, (idx_t)row, text, len);
        return;
    }
    if (len <= 12) {
        *out = (duckdb_string_t){.value.inlined.length = (uint32_t)len};
        memcpy(out->value.inlined.inlined, text, len);
    } else {
        out->value.pointer.length = (uint32_t)len;
        memcpy(out->value.pointer.prefix, text, 4);
        out->value.pointer.ptr = (char *)(uintptr_t)text;
    }
}

static void set_valid(struct slot *s, int row)
{
    s->valid[row >> 6] |= (uint64_t)1 << (row & 63);
}

static char *arena_take(struct load *l, size_t n)
{
    char *p = l->arena + l->used;

    if (l->used + n > ARENA)
        die("the batch's texts need more than %d bytes", ARENA);
    l->used += n;
    return p;
}

static void set_id(struct load *l, struct slot *s, int row, const struct ev_cell *c)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t half[2] = {c->id.hi, c->id.lo};
    char *text;

    switch (schema_id_type(&l->opts, c->column)) {
    case IDS_UUID:
        ((duckdb_uhugeint *)s->data)[row] =
            (duckdb_uhugeint){c->id.lo, c->id.hi ^ (uint64_t)1 << 63};
        break;
    case IDS_UHUGEINT:
        ((duckdb_uhugeint *)s->data)[row] = (duckdb_uhugeint){c->id.lo, c->id.hi};
        break;
    case IDS_BLOB:
        text = arena_take(l, 16);
        for (int i = 0; i < 16; i++)
            text[i] = (char)(half[i / 8] >> (56 - i % 8 * 8));
        set_text(l, s, row, text, 16);
        break;
    case IDS_HEX:
        text = arena_take(l, 32);
        for (int i = 0; i < 32; i++)
            text[i] = hex[half[i / 16] >> (60 - i % 16 * 4) & 15];
        set_text(l, s, row, text, 32);
    }
}

static void set_cell(struct load *l, struct slot *s, int row, const struct ev_cell *c)
{
    switch (ev_column_kind(c->column)) {
    case EV_VALUE:
        if (l->opts.enums) {
            ((uint8_t *)s->data)[row] = c->value;
            break;
        }
        set_text(l, s, row, c->text, c->len);
        break;
    case EV_TEXT: set_text(l, s, row, c->text, c->len); break;
    case EV_ID: set_id(l, s, row, c); break;
    case EV_BOOL: ((bool *)s->data)[row] = c->i; break;
    case EV_SMALL: ((int16_t *)s->data)[row] = (int16_t)c->i; break;
    case EV_NUMBER: ((double *)s->data)[row] = c->d; break;
    default: ((int64_t *)s->data)[row] = c->i;
    }
    if (!l->opts.invalidate)
        set_valid(s, row);
}

static void add_map(struct load *l, struct table *t, const struct ev *e)
{
    duckdb_list_entry *entry = (duckdb_list_entry *)t->props.data + t->rows;

    *entry = (duckdb_list_entry){(uint64_t)t->map_size, (uint64_t)(e->cells - e->first_prop)};
    for (int i = e->first_prop; i < e->cells; i++, t->map_size++) {
        const struct ev_cell *c = &e->cell[i];
        const char *key = ev_column_name(c->column);
        char *text = arena_take(l, 32);
        int n;

        set_text(l, &t->map_key, t->map_size, key, strlen(key));
        if (ev_column_kind(c->column) == EV_TEXT || ev_column_kind(c->column) == EV_VALUE) {
            set_text(l, &t->map_value, t->map_size, c->text, c->len);
            continue;
        }
        n = ev_column_kind(c->column) == EV_NUMBER ? snprintf(text, 32, "%.2f", c->d)
                                                   : snprintf(text, 32, "%" PRId64, c->i);
        set_text(l, &t->map_value, t->map_size, text, (size_t)n);
    }
}

static void add_row(struct load *l, struct table *t, const struct ev *e, int index)
{
    uint64_t seen[(EV_COLUMNS + 63) / 64] = {0};
    bool own = !schema_has_props_column(&l->opts) || l->opts.layout == LAYOUT_STRUCT;
    int cells = own && !l->opts.no_props ? e->cells : e->first_prop;

    for (int i = 0; i < cells; i++) {
        int slot = t->slot_of[e->cell[i].column];

        set_cell(l, &t->slot[slot], t->rows, &e->cell[i]);
        seen[slot / 64] |= (uint64_t)1 << (slot & 63);
    }
    if (l->opts.invalidate)
        for (int i = 0; i < t->count; i++)
            if (!(seen[i / 64] >> (i & 63) & 1))
                duckdb_validity_set_row_invalid(t->slot[i].valid, (idx_t)t->rows);
    if (l->opts.layout == LAYOUT_JSON) {
        set_text(l, &t->props, t->rows, l->json[index].text, l->json[index].len);
        set_valid(&t->props, t->rows);
    } else if (l->opts.layout == LAYOUT_MAP) {
        add_map(l, t, e);
    }
    t->rows++;
}

void load_prepare(struct load *l, const struct ev *events, int n)
{
    if (l->opts.layout != LAYOUT_JSON)
        return;
    for (int i = 0; i < n; i++) {
        char *json = arena_take(l, JSON_MAX);

        l->json[i].text = json;
        l->json[i].len = ev_json(&events[i], json, JSON_MAX);
    }
}

void load_add(struct load *l, const struct ev *events, int n)
{
    for (int i = 0; i < n; i++) {
        struct table *t = &l->tables[l->opts.layout == LAYOUT_TABLES ? events[i].name : 0];

        add_row(l, t, &events[i], i);
        if (t->rows == EV_BATCH)
            append_chunk(l, t);
    }
    /* Texts must outlive the append, so what is left of the arena's owners goes now. */
    if (l->used > ARENA / 2 || l->opts.layout != LAYOUT_TABLES) {
        for (int i = 0; i < l->count; i++)
            append_chunk(l, &l->tables[i]);
        l->used = 0;
    }
}

void load_flush(struct load *l)
{
    for (int i = 0; i < l->count; i++) {
        append_chunk(l, &l->tables[i]);
        if (duckdb_appender_flush(l->tables[i].appender) != DuckDBSuccess)
            die("flush %s: %s", l->tables[i].name, duckdb_appender_error(l->tables[i].appender));
    }
    l->used = 0;
}

static void open_table(struct load *l, int table)
{
    struct table *t = &l->tables[table];

    schema_table_name(&l->opts, table, t->name, sizeof t->name);
    t->count = schema_columns(&l->opts, table, t->columns);
    for (int c = 0; c < EV_COLUMNS; c++)
        t->slot_of[c] = (int16_t)c; /* the STRUCT layout finds its children there */
    for (int i = 0; i < t->count; i++)
        t->slot_of[t->columns[i]] = (int16_t)i;
    for (int c = EV_BASE; c < EV_COLUMNS; c++)
        t->slot_of[c] = t->slot_of[schema_column_of(&l->opts, c)];
    if (duckdb_appender_create(l->con, NULL, t->name, &t->appender) != DuckDBSuccess)
        die("appender for %s: %s", t->name, duckdb_appender_error(t->appender));
    make_chunk(l, t);
}

struct load *load_new(duckdb_connection con, const struct layout_opts *opts)
{
    struct load *l = calloc(1, sizeof *l);

    if (!l)
        die("out of memory");
    l->opts = *opts;
    l->con = con;
    l->count = schema_tables(opts);
    l->tables = calloc((size_t)l->count, sizeof *l->tables);
    l->arena = malloc(ARENA);
    if (!l->tables || !l->arena)
        die("out of memory");
    for (int i = 0; i < l->count; i++)
        open_table(l, i);
    return l;
}

void load_free(struct load *l)
{
    for (int i = 0; i < l->count; i++) {
        duckdb_destroy_data_chunk(&l->tables[i].chunk);
        duckdb_appender_destroy(&l->tables[i].appender);
    }
    free(l->tables);
    free(l->arena);
    free(l);
}
