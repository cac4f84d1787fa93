/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: whether a request is let in at all: its host, where it comes from, who asks, for what.
 *
 * Promises: a page of another site, whatever name it gave this address (DNS rebinding), gets nothing
 * and changes nothing in the name of whoever is signed in here. A bearer token is proof enough of
 * itself: no page has it that was not given it. Order: host, origin, identity, rights, change. */
#include <openssl/crypto.h>

#include "base/check.h"
#include "console/internal.h"

static struct str header(const struct console_request *r, const char *name)
{
    return str_from(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

static bool is_change(struct str method)
{
    return !str_is(method, "GET") && !str_is(method, "HEAD");
}

/* Host or origin without the port. */
static struct str name_of(struct str host)
{
    if (host.len && host.ptr[0] == '[') {
        size_t end = str_find(host, ']');

        return str_slice(host, 1, end - 1);
    }
    return str_slice(host, 0, str_find(host, ':'));
}

static bool is_loopback(struct str name)
{
    struct address a;

    return str_eq_nocase(name, STR("localhost")) ||
           (address_parse(name, &a) == 0 && address_is_loopback(&a));
}

static bool is_named(const struct settings_console *s, struct str name)
{
    for (size_t i = 0; i < s->hosts.count; i++)
        if (str_eq_nocase(name, str_from(s->hosts.items[i])))
            return true;
    return false;
}

/* A name that somebody else gave to this address is none of ours; where it is reached by others'
 * names anyway, only those that are listed can be told from them. */
static bool is_our_host(const struct console *c, struct str host)
{
    const struct settings_console *s = c->opts.access;
    struct str name = name_of(host);
    struct address literal;

    if (host.len == 0 || is_loopback(name) || is_named(s, name))
        return true;
    if (is_loopback(str_from(c->opts.listen->host)))
        return false;
    return s->hosts.count == 0 || address_parse(name, &literal) == 0;
}

static bool is_from_elsewhere(const struct console_request *r, struct str method, struct str path)
{
    struct str site = header(r, "Sec-Fetch-Site");
    bool api = str_starts(path, STR("/api/")) || str_is(path, "/metrics");

    if (!site.ptr || str_is(site, "same-origin") || str_is(site, "none"))
        return false;
    /* a link to a page may stand anywhere */
    return api || is_change(method) || !str_is(header(r, "Sec-Fetch-Mode"), "navigate");
}

/* A browser says where a change comes from; a program says nothing. */
static bool has_foreign_origin(const struct console *c, const struct console_request *r,
                               struct str method)
{
    struct str origin = header(r, "Origin"), host;

    if (!origin.ptr || !is_change(method))
        return false;
    if (str_starts(origin, STR("https://")))
        host = str_slice(origin, 8, origin.len);
    else if (str_starts(origin, STR("http://")))
        host = str_slice(origin, 7, origin.len);
    else
        return true;
    return !str_eq_nocase(host, header(r, "Host")) && !is_named(c->opts.access, name_of(host));
}

/* What is answered without knowing who asks. */
static bool is_open(struct str method, struct str path)
{
    if (str_is(path, "/api/session"))
        return str_is(method, "GET") || str_is(method, "HEAD") || str_is(method, "POST");
    return str_is(path, "/api/csp");
}

static unsigned right_for(struct str method, struct str path)
{
    if (!is_change(method) || str_is(path, "/api/query") || str_is(path, "/api/session") ||
        str_is(path, "/api/quarantine/try") || str_starts(path, STR("/api/questions/")))
        return ACCESS_READ;
    return ACCESS_READ | ACCESS_ADMIN;
}

static bool brings_csrf(const struct console_request *r)
{
    struct str given = header(r, "Weir-CSRF");

    return given.len == SESSION_CSRF_LEN &&
           CRYPTO_memcmp(given.ptr, r->who.csrf, SESSION_CSRF_LEN) == 0;
}

static enum MHD_Result refuse(struct console *c, struct console_request *r, unsigned status,
                              const char *code, const char *message)
{
    r->answered = true;
    atomic_fetch_add(&c->refused, 1);
    return console_error(r->connection, status, code, message);
}

static bool refuse_place(struct console *c, struct console_request *r, struct str method,
                         struct str path, enum MHD_Result *out)
{
    if (r->who.by == BY_TOKEN)
        return false;
    if (!is_our_host(c, header(r, "Host"))) {
        *out = refuse(c, r, 421, "misdirected",
                      "this console is not known by that name: call it by localhost or 127.0.0.1, "
                      "or list the name in console.hosts of weir.yaml");
        return true;
    }
    if (str_is(path, "/api/csp"))
        return false; /* browsers send these in ways of their own; they are only counted */
    if (!is_from_elsewhere(r, method, path) && !has_foreign_origin(c, r, method))
        return false;
    *out = refuse(c, r, 403, "cross_site",
                  "this request comes from a page of another site, which may not ask here");
    return true;
}

static const char *const right_names[] = {"", "read", "hidden", NULL, "admin"};

static bool refuse_person(struct console *c, struct console_request *r, struct str method,
                          struct str path, enum MHD_Result *out)
{
    unsigned needed = right_for(method, path);
    char message[120];

    if (r->who.by == BY_NOTHING) {
        *out = refuse(c, r, 401, "unauthorized",
                      "sign in, or send `Authorization: Bearer TOKEN`; the token with all rights "
                      "stands in console.token in the data folder");
        return true;
    }
    if (!access_has(r, needed)) {
        unsigned missing = access_has(r, ACCESS_READ) ? needed & ~ACCESS_READ : ACCESS_READ;

        snprintf(message, sizeof message, "this needs the right `%s`, which you do not have",
                 right_names[missing]);
        *out = refuse(c, r, 403, "no_right", message);
        return true;
    }
    if (r->who.csrf[0] && is_change(method) && !brings_csrf(r)) {
        *out = refuse(c, r, 403, "csrf",
                      "send the header Weir-CSRF with what GET /api/session says; reload the page");
        return true;
    }
    return false;
}

bool console_admit(struct console *c, struct console_request *r, struct str method, struct str path,
                   bool page, enum MHD_Result *out)
{
    identity_find(c->identities, r->connection, &r->who);
    r->rights = r->who.rights;
    if (refuse_place(c, r, method, path, out))
        return false;
    if (page || is_open(method, path))
        return true;
    return !refuse_person(c, r, method, path, out);
}
