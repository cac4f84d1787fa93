/* SPDX-License-Identifier: Apache-2.0 */
/* query_route.c: POST /api/query: a question in, rows out.
 *
 * The body is read by query_body.c, the answer made by ask.c. */
#include "console/ask.h"
#include "console/query_body.h"
#include "console/spool.h"

static enum MHD_Result answer(struct console *c, struct console_request *r, struct query_opts *opts)
{
    struct spool spool;
    enum MHD_Result queued;

    if (!console_ask_begin(c, r, &queued))
        return queued;
    spool_init(&spool, c->opts.spool_dir);
    opts->write = spool_pass;
    opts->ctx = &spool;
    queued = console_ask_answer(c, r, opts, &spool);
    spool_free(&spool);
    console_ask_end(c, r);
    return queued;
}

enum MHD_Result console_query(struct console *c, struct console_request *r)
{
    struct query_opts opts = {.format = QUERY_JSON, .timeout_us = c->opts.query_timeout_us};
    struct query_body read;
    struct err err = {0};
    enum MHD_Result queued;

    if (query_body_read(&read, &opts, buf_as_str(&r->body), &err) == 0)
        queued = answer(c, r, &opts);
    else if (err.code == ERR_PARSE)
        queued = console_error(r->connection, 400, "bad_json", err.text);
    else
        queued = console_ask_error(r->connection, &err);
    query_body_free(&read);
    return queued;
}
