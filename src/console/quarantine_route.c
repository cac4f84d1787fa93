/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_route.c: POST /api/quarantine/try, /api/quarantine/replay and /api/quarantine/drop.
 *
 * A request is about as many events as the collector takes at once, those with the lowest positions; its
 * answer says how many are left and where to go on (`after`). So a client shows how far it is, and stops by
 * not asking again; nothing is remembered here between two requests. What is decided twice is decided once
 * (cmd/replay.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "console/ask.h"
#include "console/decisions.h"
#include "console/quarantine_body.h"

enum { ROWS_MAX = 4 << 20, SQL_MAX = 1 << 20, ANSWER_MAX = 4 << 20 };

enum { PREFIX_BYTES = sizeof "/api/quarantine/" - 1 };

/* One request, while it is answered. */
struct deciding {
    struct console *console;
    struct console_request *request;
    struct quarantine_body body;
    struct console_decision decision; /* its positions are owned */
    int64_t behind;
    uint64_t waiting; /* all that the conditions fit and that are after `after` */
};

bool console_is_decision(struct str path)
{
    struct str rest = str_slice(path, PREFIX_BYTES, path.len);

    return str_starts(path, STR("/api/quarantine/")) &&
           (str_is(rest, "try") || str_is(rest, "replay") || str_is(rest, "drop"));
}

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

/* A question of our own, whose answer is not the asker's to see: it has all rights. The caller frees. */
static yyjson_doc *ask(struct deciding *d, enum quarantine_question which,
                       const struct quarantine_filter *f, struct err *err)
{
    struct console_request own = *d->request;
    struct query_result result;
    struct query_opts opts = {
        .format = QUERY_JSON, .timeout_us = d->console->opts.query_timeout_us, .write = to_buf};
    yyjson_doc *doc;
    AUTO_BUF sql;
    AUTO_BUF rows;

    buf_init(&sql, SQL_MAX);
    buf_init(&rows, ROWS_MAX);
    own.rights = ACCESS_ALL;
    quarantine_ask(&sql, which, f);
    if (buf_failed(&sql)) {
        err_set(err, ERR_LIMIT, "these are too many positions for one request");
        return NULL;
    }
    opts.sql = buf_as_str(&sql);
    opts.ctx = &rows;
    if (console_ask_run(d->console, &own, &opts, &result, err) < 0)
        return NULL;
    doc = yyjson_read(rows.ptr, rows.len, 0);
    if (!doc)
        err_set(err, ERR_INTERNAL, "the store's answer is not understood");
    return doc;
}

static yyjson_val *rows_of(yyjson_doc *doc)
{
    return yyjson_obj_get(yyjson_doc_get_root(doc), "rows");
}

static int count(struct deciding *d, struct err *err)
{
    yyjson_doc *doc = ask(d, QUARANTINE_COUNT, &d->body.filter, err);

    if (!doc)
        return -1;
    d->waiting = yyjson_get_uint(yyjson_arr_get(yyjson_arr_get_first(rows_of(doc)), 0));
    yyjson_doc_free(doc);
    return 0;
}

/* The first of them, as many as are decided about at once. */
static int choose(struct deciding *d, struct err *err)
{
    const struct console_decisions *to = d->console->opts.decisions;
    struct quarantine_filter f = d->body.filter;
    size_t i, max, n = 0;
    yyjson_val *row;
    int64_t *positions;
    yyjson_doc *doc;
    bool *known;

    f.limit = d->decision.what == DECISION_DROP ? to->drop_max : to->replay_max;
    doc = ask(d, QUARANTINE_POSITIONS, &f, err); /* position, state, known */
    if (!doc)
        return -1;
    d->decision.positions = positions =
        xcalloc(yyjson_arr_size(rows_of(doc)) + 1, sizeof *positions);
    d->decision.known = known = xcalloc(yyjson_arr_size(rows_of(doc)) + 1, sizeof *known);
    yyjson_arr_foreach(rows_of(doc), i, max, row)
    {
        positions[n] = yyjson_get_sint(yyjson_arr_get(row, 0));
        known[n++] = yyjson_get_bool(yyjson_arr_get(row, 2));
    }
    d->decision.count = n;
    yyjson_doc_free(doc);
    return 0;
}

static enum MHD_Result fail(struct deciding *d, const struct err *err)
{
    struct MHD_Connection *connection = d->request->connection;

    switch (err->code) {
    case ERR_DENIED: return console_error(connection, 503, "no_collector", err->text);
    case ERR_PARSE: return console_error(connection, 422, "bad_entry", err->text);
    default: return console_ask_error(connection, err);
    }
}

/* With how far it came: the client goes on behind `next`. */
static void put_answer(struct deciding *d, struct str members, struct buf *out)
{
    uint64_t left = d->waiting > d->decision.count ? d->waiting - d->decision.count : 0;

    buf_printf(out, "{\"looked\":%zu,\"left\":%" PRIu64 ",\"behind\":%" PRId64 ",\"next\":",
               d->decision.count, left, d->behind);
    if (left && d->decision.count)
        buf_i64(out, d->decision.positions[d->decision.count - 1]);
    else
        buf_str(out, STR("null"));
    buf_str(out, members);
    buf_str(out, STR("}\n"));
}

static enum MHD_Result decide(struct deciding *d)
{
    const struct console_decisions *to = d->console->opts.decisions;
    struct err err = {0};
    AUTO_BUF members;
    AUTO_BUF out;

    buf_init(&members, ANSWER_MAX);
    buf_init(&out, ANSWER_MAX);
    if (!d->body.filter.after && to->await(to->ctx, &d->decision.waiting, &d->behind, &err) < 0)
        return fail(d, &err);
    if (count(d, &err) < 0 || choose(d, &err) < 0)
        return console_ask_error(d->request->connection, &err);
    if (to->decide(to->ctx, &d->decision, &members, &err) < 0)
        return fail(d, &err);
    shared_forget(d->console->shared); /* who decides sees what came of it */
    put_answer(d, buf_as_str(&members), &out);
    if (buf_failed(&members) || buf_failed(&out))
        return console_error(d->request->connection, 500, "internal", "the answer is too large");
    return console_answer(d->request->connection, 200, "application/json", buf_as_str(&out));
}

/* What fits together with what is done. */
static int check(struct deciding *d, struct err *err)
{
    const struct quarantine_body *b = &d->body;
    size_t most = d->console->opts.decisions->text_max;
    bool drops = d->decision.what == DECISION_DROP;

    if (drops && str_trim(b->reason).len == 0)
        return err_set(err, ERR_USAGE,
                       "nothing is dropped without a `reason`: it is kept with "
                       "each of them");
    if (b->reason.len > most)
        return err_set(err, ERR_USAGE, "`reason` has at most %zu bytes", most);
    if (!drops && b->reason.ptr)
        return err_set(err, ERR_USAGE,
                       "`reason` says why events are dropped; the code of an error "
                       "is `where.reason`");
    if (d->decision.what != DECISION_TRY && b->entry.ptr)
        return err_set(err, ERR_USAGE,
                       "`entry` is tried alone: put it into the catalogue, and "
                       "reload that, to have it");
    return 0;
}

static unsigned needed_right(const struct deciding *d)
{
    return d->decision.what == DECISION_TRY && !d->body.entry.ptr ? ACCESS_READ : ACCESS_ADMIN;
}

static enum MHD_Result answer(struct deciding *d)
{
    struct MHD_Connection *connection = d->request->connection;
    enum MHD_Result queued;
    struct err err = {0};

    if (quarantine_body_read(&d->body, buf_as_str(&d->request->body), &err) < 0)
        return console_error(connection, 400, err.code == ERR_PARSE ? "bad_json" : "bad_request",
                             err.text);
    if (!access_has(d->request, needed_right(d)))
        return console_error(connection, 403, "no_right",
                             "an `entry` needs the right `admin`, which you do not have");
    if (check(d, &err) < 0)
        return console_error(connection, 400, "bad_request", err.text);
    d->decision.by = str_from(d->request->who.user);
    d->decision.reason = str_trim(d->body.reason);
    d->decision.entry = d->body.entry;
    if (!console_ask_begin(d->console, d->request, &queued))
        return queued;
    d->decision.waiting = console_ask_waiting(d->request);
    queued = decide(d);
    console_ask_end(d->console, d->request);
    return queued;
}

enum MHD_Result console_decide(struct console *c, struct console_request *r, struct str path)
{
    struct str what = str_slice(path, PREFIX_BYTES, path.len);
    struct deciding d = {.console = c, .request = r};
    enum MHD_Result queued;

    if (!c->opts.decisions)
        return console_error(r->connection, 404, "not_found", "nothing is decided here");
    d.decision.what = str_is(what, "try")      ? DECISION_TRY
                      : str_is(what, "replay") ? DECISION_REPLAY
                                               : DECISION_DROP;
    queued = answer(&d);
    free((void *)(uintptr_t)d.decision.positions);
    free((void *)(uintptr_t)d.decision.known);
    quarantine_body_free(&d.body);
    return queued;
}
