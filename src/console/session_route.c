/* SPDX-License-Identifier: Apache-2.0 */
/* session_route.c: /api/session: who one is, signing in, signing out.
 *
 * POST needs JSON, which no form of another site can send, so nobody is signed in without wanting it.
 * The password is wiped from the body once it was tried. */
#include <openssl/crypto.h>
#include <yyjson.h>

#include "base/mem.h"
#include "console/access.h"
#include "console/internal.h"

enum { BODY_MAX = 8 * 1024 };

static void put_rights(struct buf *out, unsigned rights)
{
    static const struct {
        unsigned right;
        const char *name;
    } names[] = {{ACCESS_READ, "read"}, {ACCESS_HIDDEN, "hidden"}, {ACCESS_ADMIN, "admin"}};
    const char *before = "";

    buf_char(out, '[');
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (rights & names[i].right) {
            buf_printf(out, "%s\"%s\"", before, names[i].name);
            before = ",";
        }
    buf_char(out, ']');
}

static void put_session(struct buf *out, const struct identity *who)
{
    static const char *const ways[] = {[BY_NOTHING] = "nothing",
                                       [BY_TOKEN] = "token",
                                       [BY_PROXY] = "proxy",
                                       [BY_PASSWORD] = "password"};

    buf_str(out, STR("{\"user\":"));
    buf_json(out, str_from(who->user));
    buf_printf(out, ",\"by\":\"%s\",\"rights\":", ways[who->by]);
    put_rights(out, who->rights);
    buf_printf(out, who->csrf[0] ? ",\"csrf\":\"%s\"" : ",\"csrf\":null", who->csrf);
    buf_str(out, STR(",\"version\":\"" WEIR_VERSION "\"}\n"));
}

static void put_cookie(char out[256], const struct identity *who, const char *token,
                       int64_t seconds)
{
    snprintf(out, 256, "weir_session=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s", token,
             (long long)seconds, who->https ? "; Secure" : "");
}

static enum MHD_Result answer_who(struct console *c, struct console_request *r)
{
    char cookie[256];
    AUTO_BUF body;

    buf_init(&body, 4096);
    if (r->who.by == BY_NOTHING)
        return console_error(r->connection, 401, "unauthorized",
                             c->opts.access->without_password
                                 ? "nobody signs in here by password: come through the proxy that "
                                   "says who you are"
                                 : "sign in with the password");
    put_session(&body, &r->who);
    /* the browser counts from now on, too */
    put_cookie(cookie, &r->who, r->who.session, c->opts.access->session_us / 1000000);
    return console_answer_with(r->connection, 200, "application/json", buf_as_str(&body),
                               (const struct console_header[]){{"Set-Cookie", cookie}},
                               r->who.by == BY_PASSWORD);
}

static enum MHD_Result answer_wait(struct console_request *r, unsigned status, const char *code,
                                   const char *message, int64_t wait_us)
{
    AUTO_BUF body;
    char seconds[24];
    int64_t wait_s = (wait_us + 999999) / 1000000;

    buf_init(&body, 1024);
    snprintf(seconds, sizeof seconds, "%lld", (long long)wait_s);
    buf_printf(&body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"wait_s\":%lld}}\n", code,
               message, (long long)wait_s);
    return console_answer_with(r->connection, status, "application/json", buf_as_str(&body),
                               (const struct console_header[]){{"Retry-After", seconds}},
                               wait_s > 0);
}

static enum MHD_Result answer_opened(struct console *c, struct console_request *r,
                                     const struct door_in *in)
{
    struct identity who = r->who;
    char cookie[256];
    enum MHD_Result queued;
    AUTO_BUF body;

    who.by = BY_PASSWORD;
    who.rights = ACCESS_ALL;
    snprintf(who.user, sizeof who.user, "admin");
    session_csrf(str_from(in->token), who.csrf);
    buf_init(&body, 4096);
    put_session(&body, &who);
    put_cookie(cookie, &who, in->token, c->opts.access->session_us / 1000000);
    queued = console_answer_with(r->connection, 200, "application/json", buf_as_str(&body),
                                 (const struct console_header[]){{"Set-Cookie", cookie}}, 1);
    OPENSSL_cleanse(cookie, sizeof cookie);
    return queued;
}

static enum MHD_Result try_password(struct console *c, struct console_request *r,
                                    struct str password)
{
    struct err err = {0};
    struct door_in in;

    switch (door_sign_in(c->door, &r->who.from, password, &in, &err)) {
    case DOOR_OPENED: return answer_opened(c, r, &in);
    case DOOR_WRONG:
        return answer_wait(r, 401, "wrong_password", "this is not the password", in.wait_us);
    case DOOR_WAIT:
        return answer_wait(r, 429, "wait",
                           "too many wrong passwords: this one was not tried, wait a little",
                           in.wait_us);
    case DOOR_BUSY:
        return answer_wait(r, 503, "busy", "many are signing in; try again in a moment", 1000000);
    case DOOR_CLOSED:
        return console_error(r->connection, 403, "password_off",
                             "nobody signs in here by password (console.password: off)");
    default: return console_error(r->connection, 500, "internal", err.text);
    }
}

static enum MHD_Result sign_in(struct console *c, struct console_request *r)
{
    yyjson_doc *doc;
    yyjson_val *password;
    enum MHD_Result queued;

    if (!console_is_json(r->connection))
        return console_error(r->connection, 415, "unsupported_media_type",
                             "send the password with Content-Type: application/json");
    if (r->body.len > BODY_MAX)
        return console_error(r->connection, 413, "too_large", "this takes at most 8 KiB");
    doc = yyjson_read(r->body.ptr, r->body.len, 0);
    password = yyjson_obj_get(yyjson_doc_get_root(doc), "password");
    if (yyjson_is_str(password))
        queued = try_password(c, r, str_of(yyjson_get_str(password), yyjson_get_len(password)));
    else
        queued = console_error(r->connection, 400, "bad_json",
                               "the body must be {\"password\": \"...\"}");
    if (yyjson_is_str(password))
        OPENSSL_cleanse((char *)yyjson_get_str(password), yyjson_get_len(password));
    yyjson_doc_free(doc);
    OPENSSL_cleanse(r->body.ptr, r->body.len);
    return queued;
}

static enum MHD_Result sign_out(struct console *c, struct console_request *r)
{
    const char *where =
        MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "everywhere");
    bool everywhere = where && strcmp(where, "true") == 0;
    struct err err = {0};
    char cookie[256];

    if (r->who.by != BY_PASSWORD && !(everywhere && access_has(r, ACCESS_ADMIN)))
        return console_error(r->connection, 409, "no_session",
                             "you are not signed in by password: there is nothing to sign out of");
    if (door_sign_out(c->door, str_from(r->who.session), everywhere, &err) < 0)
        return console_error(r->connection, 507, "not_written", err.text);
    put_cookie(cookie, &r->who, "", 0);
    return console_answer_with(r->connection, 200, "application/json",
                               STR("{\"signed_out\":true}\n"),
                               (const struct console_header[]){{"Set-Cookie", cookie}}, 1);
}

enum MHD_Result console_session(struct console *c, struct console_request *r, struct str method)
{
    if (str_is(method, "GET") || str_is(method, "HEAD"))
        return answer_who(c, r);
    if (str_is(method, "POST"))
        return sign_in(c, r);
    return sign_out(c, r);
}
