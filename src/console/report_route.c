/* SPDX-License-Identifier: Apache-2.0 */
/* report_route.c: GET /api/report and GET /api/report/NAME?PARAMETERS.
 *
 * Two questions make one answer: what the report must know of the database, then the report. They
 * count as one of those that run at once, and share the time limit only in so far as each has it.
 * Whoever asks the same with the same rights while they run waits for that answer. One that is kept is
 * given again for a second, and then where the first question says that nothing has changed (shared.h).
 * What the report was told of days that are summed up is held to in the moment that it reads. */
#include <openssl/evp.h>

#include "base/check.h"
#include "base/mem.h"
#include "console/ask.h"
#include "console/spool.h"
#include "console/watching.h"
#include "report/report.h"

enum { LIST_MAX = 1 << 20, ABOUT_MAX = 4 << 20, KEY_MAX = 256 * 1024, TRIES = 3 };

static const char prefix[] = "/api/report";

bool console_is_report(struct str path)
{
    return str_is(path, prefix) || str_starts(path, STR("/api/report/"));
}

/* Takes the arguments of a query string, until one is wrong. */
struct taking {
    struct report_asked *asked;
    struct err err;
    bool failed;
};

static enum MHD_Result take(void *ctx, enum MHD_ValueKind kind, const char *key, size_t key_len,
                            const char *value, size_t value_len)
{
    struct taking *t = ctx;

    (void)kind;
    t->failed = report_set(t->asked, str_of(key, key_len), str_of(value, value ? value_len : 0),
                           &t->err) < 0;
    return t->failed ? MHD_NO : MHD_YES;
}

static int read_parameters(struct report_asked *asked, struct MHD_Connection *connection,
                           struct err *err)
{
    struct taking t = {.asked = asked};

    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take, &t);
    if (t.failed) {
        *err = t.err;
        return -1;
    }
    return report_check(asked, err);
}

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

static int learn(struct console *c, struct console_request *r, struct report_asked *asked,
                 int64_t timeout_us, struct err *err)
{
    struct query_result result;
    struct query_opts opts = {.format = QUERY_JSON,
                              .timeout_us = timeout_us,
                              .ours = true,
                              .leaves_hidden_out = true, /* it names none */
                              .write = to_buf};
    AUTO_BUF sql;
    AUTO_BUF json;

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&json, ABOUT_MAX);
    report_put_about(asked, &sql);
    opts.sql = buf_as_str(&sql);
    opts.ctx = &json;
    if (console_ask_run(c, r, &opts, &result, err) < 0)
        return report_not_known(err);
    return report_know(asked, buf_as_str(&json), err);
}

/* Of what was learnt, positions and hidden properties included, and of the SQL that came of it. */
static void get_state(uint8_t state[SHARED_STATE_BYTES], const struct report_asked *asked,
                      struct str sql)
{
    struct report_headed headed = {0};

    report_headed_init(&headed, asked, STR("json"), sql);
    buf_i64(&headed.head, report_hidden_count(asked));
    CHECK(!buf_failed(&headed.head));
    CHECK(EVP_Digest(headed.head.ptr, headed.head.len, state, NULL, EVP_sha256(), NULL) == 1);
    buf_free(&headed.head);
}

static int find_rows(struct console *c, struct console_request *r, struct report_asked *asked,
                     struct query_opts *opts, struct str format, struct err *err)
{
    struct report_headed headed = {.write = spool_pass};
    struct MHD_Response *response;
    uint8_t state[SHARED_STATE_BYTES];
    struct spool spool;

    get_state(state, asked, opts->sql);
    if (shared_as_before(c->shared, r->run, state))
        return 0;

    report_headed_init(&headed, asked, format, report_how(asked).sql ? opts->sql : STR_NONE);
    spool_init(&spool, c->opts.spool_dir);
    headed.ctx = &spool;
    opts->write = report_headed_write;
    opts->ctx = &headed;
    response = console_ask_response(c, r, opts, &spool, err);
    if (response)
        shared_finish(c->shared, r->run, state, response, spool.len);
    spool_free(&spool);
    buf_free(&headed.head);
    return response ? 0 : -1;
}

/* *moved: what was learnt did not hold any more when the report was to be asked. */
static int find_once(struct console *c, struct console_request *r, struct report_asked *asked,
                     bool *moved, struct err *err)
{
    struct report_how how = report_how(asked);
    struct str format = how.format.ptr ? how.format : STR("json");
    struct query_opts opts = {.format = (enum query_format)query_format_find(format),
                              .timeout_us = c->opts.query_timeout_us,
                              .rows_max = how.rows_max,
                              .ours = true,
                              .moved = moved};
    AUTO_BUF sql;
    AUTO_BUF still;

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&still, REPORT_SQL_MAX);
    if (how.timeout_us && how.timeout_us < opts.timeout_us)
        opts.timeout_us = how.timeout_us;
    if (learn(c, r, asked, opts.timeout_us, err) < 0 ||
        report_build(asked, !report_format_has_head(format), &sql, err) < 0)
        return -1;
    opts.sql = buf_as_str(&sql);
    if (report_put_still(asked, &still))
        opts.still = buf_as_str(&still);
    return find_rows(c, r, asked, &opts, format, err);
}

/* A reload may drop sums of days between the two questions: then both are asked again. */
static int find_answer(struct console *c, struct console_request *r, const struct report *report,
                       struct err *err)
{
    bool moved = true;
    int status = -1;

    for (int i = 0; i < TRIES && moved; i++) {
        struct report_asked *asked = report_asked_new(report);

        moved = false;
        status = read_parameters(asked, r->connection, err);
        if (status == 0)
            status = find_once(c, r, asked, &moved, err);
        report_asked_free(asked);
    }
    return status;
}

static void lead(struct console *c, struct console_request *r, const struct report *report)
{
    struct err err = {0};

    if (console_ask_place(c, r, &err) == 0) {
        if (find_answer(c, r, report, &err) < 0)
            shared_fail(c->shared, r->run, &err);
        console_ask_end(c, r);
    } else {
        shared_fail(c->shared, r->run, &err);
    }
}

static void put_part(struct buf *out, struct str text)
{
    buf_printf(out, "%zu:", text.len);
    buf_str(out, text);
}

static enum MHD_Result put_argument(void *ctx, enum MHD_ValueKind kind, const char *key,
                                    size_t key_len, const char *value, size_t value_len)
{
    (void)kind;
    put_part(ctx, str_of(key, key_len));
    put_part(ctx, str_of(value, value ? value_len : 0));
    return MHD_YES;
}

/* All that an answer depends on but the tables. */
static void put_key(struct buf *out, const struct console_request *r, struct str name)
{
    buf_printf(out, "%u ", r->rights);
    put_part(out, name);
    MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, put_argument, out);
}

struct waiting {
    const struct console *console;
    int fd;
};

static bool has_gone(void *ctx)
{
    const struct waiting *w = ctx;

    return atomic_load(&w->console->stopping) || console_is_gone(w->fd);
}

static enum MHD_Result answer(struct console *c, struct console_request *r,
                              const struct report *report, struct str name)
{
    struct waiting w = {.console = c, .fd = console_socket(r->connection)};
    enum shared_part part;
    enum MHD_Result queued;
    AUTO_BUF key;

    buf_init(&key, KEY_MAX);
    put_key(&key, r, name);
    CHECK(!buf_failed(&key)); /* the library takes no such long address */
    part = shared_enter(c->shared, buf_as_str(&key), has_gone, &w, &r->run);
    if (part == SHARED_LEFT)
        return console_error(r->connection, 503, "busy",
                             "nobody waits for this answer, or the engine is ending; ask again");
    if (part == SHARED_LEAD)
        lead(c, r, report);
    queued = shared_failed(r->run) ? console_ask_error(r->connection, shared_failed(r->run))
                                   : MHD_queue_response(r->connection, 200, shared_answer(r->run));
    shared_leave(c->shared, r->run);
    r->run = NULL;
    return queued;
}

static enum MHD_Result answer_list(struct MHD_Connection *connection)
{
    AUTO_BUF body;

    buf_init(&body, LIST_MAX);
    reports_put_json(&body);
    return console_answer(connection, 200, "application/json", buf_as_str(&body));
}

enum MHD_Result console_report(struct console *c, struct console_request *r, struct str path)
{
    struct str name = str_slice(path, sizeof prefix, path.len);
    struct report_asked *asked;
    const struct report *report;
    struct err err = {0};
    enum MHD_Result queued;

    if (name.len == 0)
        return answer_list(r->connection);
    report = report_find(name, &err);
    if (!report)
        return console_error(r->connection, 404, "not_found", err.text);
    asked = report_asked_new(report);
    if (read_parameters(asked, r->connection, &err) < 0) {
        queued = console_ask_error(r->connection, &err);
    } else if (report_how(asked).hidden && !access_has(r, ACCESS_HIDDEN)) {
        queued = console_error(r->connection, 403, "not_allowed",
                               "hidden values are for those who have the right to see them");
    } else {
        queued = answer(c, r, report, name);
    }
    report_asked_free(asked);
    return queued;
}
