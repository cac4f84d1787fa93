/* SPDX-License-Identifier: Apache-2.0 */
/* assets.c: the console's pages, which are part of the program (console/ has their sources).
 *
 * Promises: they need no login, since they hold no data; every page comes with a policy under which
 * nothing runs and nothing is fetched but our own, and with a nonce of its own; what stands below
 * /assets/ is named by its content, so that it may be kept forever. Who does not take gzip gets it
 * inflated. The page of every address is the same but for the nonce and whether it was asked for by
 * nobody in particular: the script in it reads the address.
 * Leaves to the routes all that has data. */
#include <string.h>
#include <zlib.h>

#include "base/check.h"
#include "base/coding.h"
#include "base/embed.h"
#include "base/mem.h"
#include "base/random.h"
#include "console/internal.h"

enum { ASSET_MAX = 16 << 20, PAGE_MAX = 64 << 10, NONCE_BYTES = 16 };

extern const struct embedded console_assets_files[];

struct place {
    const char *mark;
    const char *text;
};

static const char policy[] =
    "default-src 'none'; script-src 'self' 'nonce-%s'; style-src 'self' 'nonce-%s'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'; report-uri /api/csp";

static bool is_below(struct str path, const char *folder)
{
    struct str prefix = str_from(folder);

    return str_starts(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

static bool wants_html(struct MHD_Connection *connection)
{
    struct str accept =
        str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"));

    while (accept.ptr) {
        struct str item = str_split(&accept, ',');

        if (str_eq_nocase(str_trim(str_split(&item, ';')), STR("text/html")))
            return true;
    }
    return false;
}

bool console_is_asset(struct MHD_Connection *connection, struct str method, struct str path)
{
    if (!str_is(method, "GET") && !str_is(method, "HEAD"))
        return false;
    if (is_below(path, "/assets"))
        return true;
    return !is_below(path, "/api") && !is_below(path, "/metrics") && !is_below(path, "/healthz") &&
           wants_html(connection);
}

static struct str packed_file(struct str name)
{
    return embedded_find(console_assets_files, name);
}

/* What we packed ourselves has to come out again. */
static void unpack(struct str packed, struct buf *out)
{
    z_stream z = {.next_in = (Bytef *)packed.ptr, .avail_in = (uInt)packed.len};
    char piece[16384];
    int done = Z_OK;

    CHECK(inflateInit2(&z, 16 + MAX_WBITS) == Z_OK);
    while (done == Z_OK) {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        done = inflate(&z, Z_NO_FLUSH);
        buf_append(out, piece, sizeof piece - z.avail_out);
    }
    inflateEnd(&z);
    CHECK(done == Z_STREAM_END && z.avail_in == 0);
}

static const char *type_of(struct str name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_ends(name, str_from(types[i].end)))
            return types[i].type;
    return "application/octet-stream";
}

static enum MHD_Result send_made(struct MHD_Connection *connection, struct MHD_Response *response)
{
    enum MHD_Result queued;

    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static bool takes_gzip(struct MHD_Connection *connection)
{
    return coding_takes_gzip(
        str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding")));
}

static enum MHD_Result send_asset(struct MHD_Connection *connection, struct str name,
                                  struct str packed)
{
    bool is_packed = takes_gzip(connection);
    struct MHD_Response *response;
    AUTO_BUF plain;

    buf_init(&plain, ASSET_MAX);
    if (!is_packed)
        unpack(packed, &plain);
    if (buf_failed(&plain))
        return console_error(connection, 503, "busy", "memory is out; ask again");
    response = is_packed ? MHD_create_response_from_buffer(packed.len, (void *)packed.ptr,
                                                           MHD_RESPMEM_PERSISTENT)
                         : MHD_create_response_from_buffer(buf_as_str(&plain).len,
                                                           (void *)buf_as_str(&plain).ptr,
                                                           MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type_of(name));
    MHD_add_response_header(response, "Cache-Control", "public, max-age=31536000, immutable");
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    /* An image of ours that is opened by itself is a document, too. */
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'");
    if (is_packed)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    return send_made(connection, response);
}

static void make_nonce(char out[2 * NONCE_BYTES + 1])
{
    unsigned char bytes[NONCE_BYTES];

    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The place that comes first in `text`; NULL where there is none. */
static const struct place *next_place(struct str text, const struct place *places, size_t count,
                                      size_t *at)
{
    const struct place *first = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *found = memmem(text.ptr, text.len, places[i].mark, strlen(places[i].mark));

        if (found && (!first || (size_t)(found - text.ptr) < *at)) {
            first = &places[i];
            *at = (size_t)(found - text.ptr);
        }
    }
    return first;
}

/* The page with a text in every place that is kept for it. */
static void fill_page(struct buf *out, struct str page, const struct place *places, size_t count)
{
    const struct place *place;
    size_t at = 0;

    while ((place = next_place(page, places, count, &at))) {
        buf_append(out, page.ptr, at);
        buf_str(out, str_from(place->text));
        page = str_slice(page, at + strlen(place->mark), SIZE_MAX);
    }
    buf_str(out, page);
}

/* Whether the page is asked for by nobody whom the console knows. Where another site's link leads
 * here, the browser keeps the cookie back, so that nothing is known; nor where it does not say. */
static const char *asker_of(const struct console_request *r)
{
    struct str site =
        str_from(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Sec-Fetch-Site"));
    bool whole = str_is(site, "none") || str_is(site, "same-origin");

    return r->who.by == BY_NOTHING && whole ? "nobody" : "";
}

static enum MHD_Result send_page(const struct console_request *r)
{
    struct MHD_Connection *connection = r->connection;
    char nonce[2 * NONCE_BYTES + 1], csp[sizeof policy + 2 * sizeof nonce];
    struct MHD_Response *response;
    AUTO_BUF page;
    AUTO_BUF filled;

    buf_init(&page, PAGE_MAX);
    buf_init(&filled, PAGE_MAX);
    unpack(packed_file(STR("index.html")), &page);
    make_nonce(nonce);
    fill_page(&filled, buf_as_str(&page),
              (const struct place[]){{"weir-nonce", nonce}, {"weir-asker", asker_of(r)}}, 2);
    if (buf_failed(&page) || buf_failed(&filled))
        return console_error(connection, 503, "busy", "memory is out; ask again");
    response = MHD_create_response_from_buffer(
        buf_as_str(&filled).len, (void *)buf_as_str(&filled).ptr, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    snprintf(csp, sizeof csp, policy, nonce, nonce);
    MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", csp);
    return send_made(connection, response);
}

enum MHD_Result console_asset(const struct console_request *r, struct str path)
{
    struct str name = str_slice(path, 1, SIZE_MAX), packed;

    if (!is_below(path, "/assets"))
        return send_page(r);
    packed = packed_file(name);
    if (!packed.ptr)
        return console_error(r->connection, 404, "not_found",
                             "there is no such file in this version; reload the page");
    return send_asset(r->connection, name, packed);
}
