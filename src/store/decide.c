/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: replayed and dropped events of the quarantine.
 *
 *   {"note":"quarantine.replayed","positions":[43,44],"by":"ada"}
 *   {"note":"quarantine.dropped","positions":[45],"by":"ada","reason":"a test's own"}
 *
 * The events that a replay accepted are the records right before its note, in one batch with it; one
 * that is not there was in the journal already. Promises that `replayed` is said of what is among
 * the events, whatever was said before, and `dropped` only of what still waited. */
#include "store/decide.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static const struct str before = {"{\"note\":\"quarantine.", 20};

bool decide_is_decision(struct str note)
{
    return str_starts(note, before);
}

static struct str text_of(yyjson_val *val)
{
    return yyjson_is_str(val) ? str_of(yyjson_get_str(val), yyjson_get_len(val)) : STR_NONE;
}

static int bind_text(duckdb_prepared_statement stmt, idx_t index, struct str text, struct err *err)
{
    if (text.ptr)
        return duck_bind_text(stmt, index, text, err);
    duckdb_bind_null(stmt, index);
    return 0;
}

struct decision {
    const char *statement;
    struct str positions; /* a JSON list: DuckDB reads it as its own */
    struct str by, reason;
    int64_t received_us;
    bool has_reason;
};

static int mark(struct store *s, const struct decision *d, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, d->statement, &stmt, err) < 0)
        return -1;
    status = duck_bind_text(stmt, 1, d->positions, err);
    duckdb_bind_timestamp(stmt, 2, (duckdb_timestamp){.micros = d->received_us});
    if (status == 0)
        status = bind_text(stmt, 3, d->by, err);
    if (status == 0 && d->has_reason)
        status = bind_text(stmt, 4, d->reason, err);
    if (status == 0)
        status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

/* Where their events went: among the `count` records before the note. */
static int link_events(struct store *s, struct str positions, size_t count, int64_t note,
                       struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, "decide_replayed_as", &stmt, err) < 0)
        return -1;
    status = duck_bind_text(stmt, 1, positions, err);
    duckdb_bind_int64(stmt, 2, note - (int64_t)count);
    duckdb_bind_int64(stmt, 3, note);
    if (status == 0)
        status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static bool are_positions(yyjson_val *list)
{
    size_t i, max;
    yyjson_val *item;

    yyjson_arr_foreach(list, i, max, item) if (!yyjson_is_uint(item)) return false;
    return yyjson_arr_size(list) > 0;
}

static int apply(struct store *s, yyjson_val *note, int64_t position, int64_t received_us,
                 struct err *err)
{
    const char *name = yyjson_get_str(yyjson_obj_get(note, "note"));
    yyjson_val *list = yyjson_obj_get(note, "positions");
    bool replayed = name && strcmp(name, "quarantine.replayed") == 0;
    struct decision d = {.statement = replayed ? "decide_replayed" : "decide_dropped",
                         .by = text_of(yyjson_obj_get(note, "by")),
                         .reason = text_of(yyjson_obj_get(note, "reason")),
                         .received_us = received_us,
                         .has_reason = !replayed};
    char *json;
    size_t len;
    int status;

    if (!are_positions(list) || (!replayed && (!name || strcmp(name, "quarantine.dropped") != 0)))
        return 0;
    json = yyjson_val_write(list, 0, &len);
    if (!json)
        return err_set(err, ERR_LIMIT, "no memory for the positions of a note");
    d.positions = str_of(json, len);
    status = mark(s, &d, err);
    if (status == 0 && replayed)
        status = link_events(s, d.positions, yyjson_arr_size(list), position, err);
    free(json);
    return status;
}

int decide_apply(struct store *s, struct str note, int64_t position, int64_t received_us,
                 struct err *err)
{
    yyjson_doc *doc = yyjson_read(note.ptr, note.len, 0);
    int status = apply(s, yyjson_doc_get_root(doc), position, received_us, err);

    yyjson_doc_free(doc);
    return status;
}
