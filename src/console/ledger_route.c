/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_route.c: GET /api/ledger?since=TIME&source=NAME&by=total|day|hour.
 *
 * It reads the ledger's files and asks the store a few things, so it takes the place of a question
 * while it does. */
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "console/ask.h"
#include "console/watching.h"

enum { ANSWER_MAX = 64 << 20 };

static int read_by(struct str text, enum console_ledger_by *out, struct err *err)
{
    static const char *const names[] = {[CONSOLE_LEDGER_TOTAL] = "total",
                                        [CONSOLE_LEDGER_DAY] = "day",
                                        [CONSOLE_LEDGER_HOUR] = "hour"};

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        if (str_is(text, names[i])) {
            *out = (enum console_ledger_by)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "`by` must be total, day or hour");
}

static int read_ask(struct MHD_Connection *connection, struct console_ledger_ask *out,
                    struct err *err)
{
    const char *since = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
    const char *by = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "by");
    const char *source = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "source");

    *out = (struct console_ledger_ask){.since_us = INT64_MIN / 2};
    if (source && *source)
        out->source = source;
    if (since && *since &&
        datetime_parse_moment(str_from(since), clock_now_us(), &out->since_us) < 0)
        return err_set(err, ERR_USAGE, "`since` must be a time such as 24h, 7d or 2026-11-01");
    return by && *by ? read_by(str_from(by), &out->by, err) : 0;
}

enum MHD_Result console_ledger(struct console *c, struct console_request *r)
{
    struct console_ledger_ask ask;
    enum MHD_Result queued;
    struct err err = {0};
    AUTO_BUF body;
    int status;

    buf_init(&body, ANSWER_MAX);
    if (!c->opts.put_ledger)
        return console_error(r->connection, 404, "not_found", "there is no ledger here");
    if (read_ask(r->connection, &ask, &err) < 0)
        return console_error(r->connection, 400, "bad_parameter", err.text);
    if (!console_ask_begin(c, r, &queued))
        return queued;
    ask.waiting = console_ask_waiting(r);
    status = c->opts.put_ledger(c->opts.ctx, &ask, &body, &err);
    console_ask_end(c, r);
    if (status == 0 && buf_failed(&body))
        status = err_set(&err, ERR_LIMIT, "the answer is larger than 64 MiB: ask for less");
    if (status < 0)
        return console_ask_error(r->connection, &err);
    return console_answer(r->connection, 200, "application/json", buf_as_str(&body));
}
