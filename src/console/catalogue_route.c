/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue_route.c: GET /api/catalogue and GET /api/catalogue/match.
 *
 * The catalogue changes seldom and is asked for by every page that lets one choose an event: a client that
 * has it already (If-None-Match) gets 304. */
#include "console/catalogue.h"

#include "base/mem.h"
#include "console/internal.h"

enum { ANSWER_MAX = 64 << 20, NAMES_MAX = 100 };

static const char prefix[] = "/api/catalogue";

bool console_is_catalogue(struct str path)
{
    return str_is(path, prefix) || str_is(path, "/api/catalogue/match");
}

static enum MHD_Result no_catalogue(struct MHD_Connection *connection, const struct err *err)
{
    return err->code == ERR_BUSY ? console_error(connection, 503, "no_catalogue", err->text)
                                 : console_error(connection, 422, "limit", err->text);
}

/* Whether the client has this one; quotes and a W/ around the tag do not matter. */
static bool has_it(struct MHD_Connection *connection, struct str tag)
{
    struct str rest =
        str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match"));

    while (rest.ptr) {
        struct str one = str_trim(str_split(&rest, ','));

        if (str_starts(one, STR("W/")))
            one = str_slice(one, 2, one.len);
        if (str_eq(one, tag))
            return true;
    }
    return false;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *tag,
                              struct str body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.len, (void *)body.ptr, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result queued;

    if (!response)
        return MHD_NO;
    if (status == 200)
        MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Cache-Control", "private, no-cache");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "ETag", tag);
    queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static struct str put_tag(char *out, size_t size, const struct console_catalogue_hash *hash)
{
    snprintf(out, size, "\"%.*s\"", (int)sizeof hash->hex, hash->hex);
    return str_from(out);
}

static enum MHD_Result answer_all(const struct console_catalogue *k,
                                  struct MHD_Connection *connection)
{
    struct console_catalogue_hash hash;
    struct err err = {0};
    AUTO_BUF body;
    char tag[sizeof hash.hex + 3];

    buf_init(&body, ANSWER_MAX);
    if (k->hash(k->ctx, &hash) == 0 && has_it(connection, put_tag(tag, sizeof tag, &hash)))
        return answer(connection, 304, tag, STR(""));
    buf_char(&body, '{');
    if (k->put(k->ctx, &hash, &body, &err) < 0)
        return no_catalogue(connection, &err);
    buf_str(&body, STR("}\n"));
    if (buf_failed(&body))
        return console_error(connection, 422, "limit", "the catalogue takes more than 64 MiB");
    put_tag(tag, sizeof tag, &hash);
    return answer(connection, 200, tag, buf_as_str(&body));
}

struct matching {
    const struct console_catalogue *catalogue;
    struct str property;
    struct buf out;
    size_t count;
    struct err err;
    unsigned status; /* 0: all is well */
};

static enum MHD_Result match_one(void *ctx, enum MHD_ValueKind kind, const char *key,
                                 size_t key_len, const char *value, size_t value_len)
{
    struct matching *m = ctx;

    (void)kind;
    if (!str_is(str_of(key, key_len), "name"))
        return MHD_YES;
    if (m->count++ == NAMES_MAX) {
        err_set(&m->err, ERR_LIMIT, "at most %d names at once", NAMES_MAX);
        return MHD_NO;
    }
    if (m->count > 1)
        buf_char(&m->out, ',');
    return m->catalogue->match(m->catalogue->ctx, str_of(value, value ? value_len : 0), m->property,
                               &m->out, &m->err) < 0
               ? MHD_NO
               : MHD_YES;
}

static enum MHD_Result answer_matches(const struct console_catalogue *k,
                                      struct MHD_Connection *connection)
{
    struct matching m = {.catalogue = k,
                         .property = str_from(MHD_lookup_connection_value(
                             connection, MHD_GET_ARGUMENT_KIND, "property"))};
    enum MHD_Result queued;

    buf_init(&m.out, ANSWER_MAX);
    buf_str(&m.out, STR("{\"matches\":["));
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, match_one, &m);
    buf_str(&m.out, STR("]}\n"));
    if (m.err.code)
        queued = no_catalogue(connection, &m.err);
    else
        queued = console_answer(connection, 200, "application/json", buf_as_str(&m.out));
    buf_free(&m.out);
    return queued;
}

enum MHD_Result console_catalogue(struct console *c, struct console_request *r, struct str path)
{
    const struct console_catalogue *k = c->opts.catalogue;

    if (!k)
        return console_error(r->connection, 404, "not_found", "there is no catalogue here");
    return str_is(path, prefix) ? answer_all(k, r->connection) : answer_matches(k, r->connection);
}
