/* SPDX-License-Identifier: Apache-2.0 */
/* start_route.c: GET /api/start: what somebody needs to send the first event, and whether it has come.
 *
 * Keys of browser sources stand in pages for all to see; those of server sources are secrets, and shown
 * to who may change things. */
#include <stdlib.h>

#include "base/mem.h"
#include "console/access.h"
#include "console/ask.h"

enum { ANSWER_MAX = 1 << 20, QUESTION_US = 5000000 };

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

/* 1, 0, or -1. */
static int has_events(struct console *c, struct console_request *r, struct err *err)
{
    struct query_result result;
    AUTO_BUF out;
    struct query_opts opts = {.sql = STR("FROM events SELECT 1 LIMIT 1"),
                              .format = QUERY_CSV,
                              .timeout_us = QUESTION_US,
                              .write = to_buf,
                              .ctx = &out};

    buf_init(&out, 4096);
    if (console_ask_run(c, r, &opts, &result, err) < 0)
        return -1;
    if (result.rows > 0)
        atomic_store(&c->has_events, true);
    return result.rows > 0;
}

static void put_source(struct buf *out, const struct console_request *r,
                       const struct settings_source *s)
{
    bool browser = s->kind == SOURCE_BROWSER;

    buf_str(out, STR("{\"name\":"));
    buf_json(out, str_from(s->name));
    buf_printf(out, ",\"kind\":\"%s\",\"key\":", browser ? "browser" : "server");
    if (browser || access_has(r, ACCESS_ADMIN))
        buf_json(out, str_from(s->key));
    else
        buf_str(out, STR("null"));
    buf_str(out, STR(",\"events\":["));
    for (size_t i = 0; i < s->events.count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json(out, str_from(s->events.items[i]));
    }
    buf_str(out, STR("],\"origins\":["));
    for (size_t i = 0; i < s->origins.count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json(out, str_from(s->origins.items[i]));
    }
    buf_str(out, STR("]}"));
}

static void put_start(struct console *c, const struct console_request *r, bool events,
                      struct buf *out)
{
    const struct settings *s = c->opts.settings;
    AUTO_FREE char *collector = c->opts.collector_url(s);

    buf_printf(out, "{\"events\":%s,\"collector\":", events ? "true" : "false");
    buf_json(out, str_from(collector));
    buf_str(out, STR(",\"agent\":"));
    buf_json(out, str_from(s->pages.agent));
    buf_str(out, STR(",\"page_events\":"));
    buf_json(out, str_from(s->pages.events));
    buf_str(out, STR(",\"sources\":["));
    for (size_t i = 0; i < s->source_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        put_source(out, r, &s->sources[i]);
    }
    buf_str(out, STR("]}\n"));
}

enum MHD_Result console_start_page(struct console *c, struct console_request *r)
{
    struct err err = {0};
    enum MHD_Result queued;
    AUTO_BUF body;
    int events = 1;

    buf_init(&body, ANSWER_MAX);
    if (!atomic_load(&c->has_events)) { /* once there was one it is not asked again */
        if (!console_ask_begin(c, r, &queued))
            return queued;
        events = has_events(c, r, &err);
        console_ask_end(c, r);
    }
    if (events < 0)
        return console_ask_error(r->connection, &err);
    put_start(c, r, events, &body);
    if (buf_failed(&body))
        return console_error(r->connection, 500, "internal",
                             "the list of sources is larger than 1 MiB");
    return console_answer(r->connection, 200, "application/json", buf_as_str(&body));
}
