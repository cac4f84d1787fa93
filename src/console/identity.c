/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c: from a request's headers to who asks.
 *
 * A token that is none of ours is nobody, whatever cookie comes with it. A user's name is believed
 * from trusted proxies alone, and only where there is one of it: one that the client wrote and the
 * proxy did not replace would be the second. Tokens are compared by their hashes, each with all. */
#include "console/identity.h"

#include <microhttpd.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/random.h"
#include "console/access.h"

enum { HASH_BYTES = 32, FORWARDED_MAX = 16 };

struct known_token {
    uint8_t hash[HASH_BYTES];
    unsigned rights;
    const char *name;
};

struct identities {
    const struct settings_console *settings;
    struct door *door;
    struct proxies *proxies;
    struct known_token *tokens;
    size_t token_count;
    char secret[65]; /* of this process: what a proxy's users must bring follows from it */
};

static void hash_of(struct str text, uint8_t out[HASH_BYTES])
{
    CHECK(EVP_Digest(text.ptr ? text.ptr : "", text.len, out, NULL, EVP_sha256(), NULL) == 1);
}

static void add_token(struct identities *i, struct str key, unsigned rights, const char *name)
{
    struct known_token *t = &i->tokens[i->token_count++];

    *t = (struct known_token){.rights = rights, .name = name};
    hash_of(key, t->hash);
}

int identities_new(struct identities **out, const struct settings_console *settings,
                   struct door *door, const struct token *token, struct err *err)
{
    struct identities *i = xcalloc(1, sizeof *i);
    uint8_t secret[32];

    i->settings = settings;
    i->door = door;
    if (proxies_new(&i->proxies, &settings->trusted_proxies, "console.trusted_proxies", err) < 0) {
        identities_free(i);
        return -1;
    }
    i->tokens = xcalloc(settings->token_count + 1, sizeof *i->tokens);
    add_token(i, str_from(token->text), ACCESS_ALL, "console.token");
    for (size_t k = 0; k < settings->token_count; k++)
        add_token(i, str_from(settings->tokens[k].key), settings->tokens[k].rights,
                  settings->tokens[k].name);
    random_key(secret, sizeof secret);
    hex_encode(i->secret, secret, sizeof secret);
    *out = i;
    return 0;
}

void identities_free(struct identities *i)
{
    if (!i)
        return;
    proxies_free(i->proxies);
    free(i->tokens);
    OPENSSL_cleanse(i->secret, sizeof i->secret);
    free(i);
}

static struct str header(struct MHD_Connection *connection, const char *name)
{
    return str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* All headers of one name, in their order. */
struct gathering {
    const char *name;
    struct str values[FORWARDED_MAX];
    size_t count;
};

static enum MHD_Result gather(void *ctx, enum MHD_ValueKind kind, const char *key,
                              const char *value)
{
    struct gathering *g = ctx;

    (void)kind;
    if (!str_eq_nocase(str_from(key), str_from(g->name)))
        return MHD_YES;
    if (g->count == FORWARDED_MAX)
        return MHD_NO;
    g->values[g->count++] = str_from(value ? value : "");
    return MHD_YES;
}

static void find_address(const struct identities *i, struct MHD_Connection *connection,
                         struct identity *out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct gathering forwarded = {.name = "X-Forwarded-For"};
    struct address peer = {0};

    if (info && info->client_addr)
        address_of(info->client_addr, &peer);
    out->trusted = proxies_trust(i->proxies, &peer);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, gather, &forwarded);
    proxies_client(i->proxies, &peer, forwarded.values, forwarded.count, &out->from);
    out->https =
        out->trusted && str_eq_nocase(header(connection, "X-Forwarded-Proto"), STR("https"));
}

static void find_token(const struct identities *i, struct str given, struct identity *out)
{
    uint8_t hash[HASH_BYTES];

    hash_of(given, hash);
    for (size_t k = 0; k < i->token_count; k++)
        if (CRYPTO_memcmp(hash, i->tokens[k].hash, sizeof hash) == 0) {
            out->by = BY_TOKEN;
            out->rights = i->tokens[k].rights;
            snprintf(out->user, sizeof out->user, "%s", i->tokens[k].name);
        }
}

static unsigned rights_of(const struct settings_console *s, struct str user)
{
    for (size_t k = 0; k < s->user_count; k++)
        if (str_is(user, s->users[k].name))
            return s->users[k].rights;
    return s->user_rights;
}

/* Follows from the name and this process, so that no page of another site knows it. */
static void make_csrf(const struct identities *i, struct identity *out)
{
    AUTO_BUF text;

    buf_init(&text, 1024);
    buf_printf(&text, "%s %s", i->secret, out->user);
    CHECK(!buf_failed(&text));
    session_csrf(buf_as_str(&text), out->csrf);
    OPENSSL_cleanse(text.ptr, text.len);
}

static bool find_proxy_user(const struct identities *i, struct MHD_Connection *connection,
                            struct identity *out)
{
    struct gathering names = {.name = i->settings->user_header};
    struct str user;

    if (!names.name || !out->trusted)
        return false;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, gather, &names);
    user = names.count == 1 ? str_trim(names.values[0]) : STR_NONE;
    if (user.len == 0 || user.len > IDENTITY_USER_MAX || !str_is_utf8(user))
        return false;
    memcpy(out->user, user.ptr, user.len);
    out->user[user.len] = '\0';
    out->by = BY_PROXY;
    out->rights = rights_of(i->settings, user);
    make_csrf(i, out);
    return true;
}

static void find_session(const struct identities *i, struct MHD_Connection *connection,
                         struct identity *out)
{
    struct str token =
        str_from(MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "weir_session"));

    if (token.len != SESSION_TOKEN_LEN || !door_knows(i->door, token))
        return;
    out->by = BY_PASSWORD;
    out->rights = ACCESS_ALL;
    snprintf(out->user, sizeof out->user, "admin");
    memcpy(out->session, token.ptr, token.len);
    session_csrf(token, out->csrf);
}

void identity_find(struct identities *i, struct MHD_Connection *connection, struct identity *out)
{
    struct str authorization = header(connection, "Authorization");

    *out = (struct identity){0};
    find_address(i, connection, out);
    if (str_starts_nocase(authorization, STR("Bearer "))) {
        find_token(i, str_slice(authorization, 7, authorization.len), out);
        return;
    }
    if (!find_proxy_user(i, connection, out))
        find_session(i, connection, out);
}
