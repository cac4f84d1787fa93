/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: the section `console`: where the engine answers, to whom, and what each may do.
 *
 * A header that names the user is believed from proxies alone, so it is refused where none is given. */
#include "settings/console.h"

#include <stdlib.h>

#include "base/mem.h"
#include "settings/internal.h"
#include "settings/proxies.h"

enum {
    TOKEN_KEY_MIN = 16,
    TOKEN_KEY_MAX = 256,
    TOKENS_MAX = 64,
    USERS_MAX = 1000,
    NAME_BYTES_MAX = 128
};

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
    const char *name;
    unsigned right;
} rights[] = {
    {"read", SETTINGS_READ},
    {"hidden", SETTINGS_HIDDEN},
    {"admin", SETTINGS_ADMIN},
};

static unsigned right_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rights); i++)
        if (strcmp(name, rights[i].name) == 0)
            return rights[i].right;
    return 0;
}

/* The others are of no use to somebody who may not read. */
static void read_rights(struct reader *r, const struct yaml *map, const char *key, unsigned *out)
{
    const struct yaml *node = map ? yaml_get(map, key) : NULL;
    struct settings_list names = {0};
    unsigned all = 0;

    if (!node)
        return;
    reader_list(r, map, key, &names);
    for (size_t i = 0; i < names.count; i++) {
        unsigned right = right_of(names.items[i]);

        if (!right)
            reader_complain(r, node->line,
                            "`%.40s` in `%s` is no right; known: read, hidden, admin",
                            names.items[i], key);
        all |= right;
    }
    if (all && !(all & SETTINGS_READ))
        reader_complain(r, node->line, "`%s` needs read where it has another right", key);
    settings_list_free(&names);
    *out = all;
}

/* Of the key that came with a request, and of what is shown in its place. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    return true;
}

static void check_token(struct reader *r, int line, const struct settings_console *c)
{
    const struct settings_token *t = &c->tokens[c->token_count - 1];
    size_t len = t->key ? strlen(t->key) : 0;

    if (r->failed)
        return;
    if (!t->name || !*t->name || strlen(t->name) > NAME_BYTES_MAX || !is_plain(t->name))
        reader_complain(r, line, "a token needs a `name` of 1 to %d printable characters",
                        NAME_BYTES_MAX);
    else if (len < TOKEN_KEY_MIN || len > TOKEN_KEY_MAX || !is_plain(t->key))
        reader_complain(r, line,
                        "token `%s` needs a `key` of %d to %d printable characters; make one with: "
                        "openssl rand -hex 32",
                        t->name, TOKEN_KEY_MIN, TOKEN_KEY_MAX);
    else if (!t->rights)
        reader_complain(r, line, "token `%s` needs `rights`, such as [read]", t->name);
    for (size_t i = 0; !r->failed && i + 1 < c->token_count; i++)
        if (strcmp(c->tokens[i].name, t->name) == 0 || strcmp(c->tokens[i].key, t->key) == 0)
            reader_complain(r, line, "the tokens `%s` and `%s` have the same name or key",
                            c->tokens[i].name, t->name);
}

static void read_tokens(struct reader *r, const struct yaml *map, struct settings_console *c)
{
    const struct yaml *list = reader_section(r, map, "tokens", YAML_LIST);

    yaml_each (node, list) {
        struct settings_token *t;

        if (r->failed)
            return;
        c->tokens = xrealloc(c->tokens, c->token_count + 1, sizeof *c->tokens);
        t = &c->tokens[c->token_count++];
        *t = (struct settings_token){0};
        if (node->kind != YAML_MAP || c->token_count > TOKENS_MAX) {
            reader_complain(r, node->line,
                            "`tokens` takes at most %d maps such as {name: grafana, key: "
                            "file:grafana.key, rights: [read]}",
                            TOKENS_MAX);
            return;
        }
        reader_keys(r, node, "a token", KEYS("name", "key", "rights"));
        reader_text(r, node, "name", &t->name);
        reader_secret(r, node, "key", &t->key);
        read_rights(r, node, "rights", &t->rights);
        check_token(r, node->line, c);
    }
}

static void check_user(struct reader *r, int line, const struct settings_console *c)
{
    const struct settings_user *u = &c->users[c->user_count - 1];

    if (r->failed)
        return;
    if (!u->name || !*u->name || strlen(u->name) > NAME_BYTES_MAX)
        reader_complain(r, line, "a user needs a `name` of 1 to %d bytes", NAME_BYTES_MAX);
    for (size_t i = 0; !r->failed && i + 1 < c->user_count; i++)
        if (strcmp(c->users[i].name, u->name) == 0)
            reader_complain(r, line, "the user `%s` stands here twice", u->name);
}

static void read_users(struct reader *r, const struct yaml *map, struct settings_console *c)
{
    const struct yaml *list = reader_section(r, map, "users", YAML_LIST);

    yaml_each (node, list) {
        struct settings_user *u;

        if (r->failed)
            return;
        c->users = xrealloc(c->users, c->user_count + 1, sizeof *c->users);
        u = &c->users[c->user_count++];
        *u = (struct settings_user){0};
        if (node->kind != YAML_MAP || c->user_count > USERS_MAX) {
            reader_complain(r, node->line,
                            "`users` takes at most %d maps such as {name: ann, rights: [read]}",
                            USERS_MAX);
            return;
        }
        reader_keys(r, node, "a user", KEYS("name", "rights"));
        reader_text(r, node, "name", &u->name);
        read_rights(r, node, "rights", &u->rights);
        check_user(r, node->line, c);
    }
}

static bool is_header_name(const char *name)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(name);

    return len >= 1 && len <= 64 && strspn(name, set) == len;
}

/* Those whose meaning is another already. */
static bool is_taken(const char *name)
{
    static const char *const taken[] = {"authorization", "cookie", "host", "origin", "weir-csrf"};

    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (str_eq_nocase(str_from(name), str_from(taken[i])))
            return true;
    return false;
}

static void check_proxies(struct reader *r, int line, const struct settings_console *c)
{
    struct proxies *proxies;
    struct err err;

    if (r->failed)
        return;
    if (proxies_new(&proxies, &c->trusted_proxies, "trusted_proxies", &err) < 0)
        reader_complain(r, line, "%s", err.text);
    else
        proxies_free(proxies);
}

static void check_header(struct reader *r, const struct yaml *map, const struct settings_console *c)
{
    int line = map->line;

    if (r->failed)
        return;
    if (c->user_header && (!is_header_name(c->user_header) || is_taken(c->user_header)))
        reader_complain(r, line, "`user_header` must be the name of a header such as Remote-User");
    else if (c->user_header && c->trusted_proxies.count == 0)
        reader_complain(r, line,
                        "`user_header` needs `trusted_proxies`: from anybody else the header is "
                        "not believed");
    else if (!c->user_header && (c->user_count || yaml_get(map, "user_rights")))
        reader_complain(r, line, "`users` and `user_rights` need `user_header`");
    else if (!c->user_header && c->without_password)
        reader_complain(r, line, "`password: off` needs `user_header`: else nobody could sign in");
}

static void check_hosts(struct reader *r, int line, const struct settings_console *c)
{
    for (size_t i = 0; i < c->hosts.count; i++) {
        const char *host = c->hosts.items[i];

        if (!*host || strpbrk(host, "/:@* ") || strlen(host) > 253)
            reader_complain(r, line,
                            "`%.80s` in `hosts` is no name: one is written weir.example.org, "
                            "without scheme and port",
                            host);
    }
}

static void read_password(struct reader *r, const struct yaml *map, struct settings_console *c)
{
    char *word = NULL;

    reader_text(r, map, "password", &word);
    c->without_password = word && strcmp(word, "off") == 0;
    if (word && !c->without_password && strcmp(word, "on") != 0)
        reader_complain(r, yaml_get(map, "password")->line,
                        "`password` must be on or off; one is set by `weir password`");
    free(word);
}

void console_read(struct reader *r, const struct yaml *root, struct settings_console *c)
{
    const struct yaml *map = reader_section(r, root, "console", YAML_MAP);

    if (!map)
        return;
    reader_keys(r, map, "console",
                KEYS("listen", "query_timeout", "session", "password", "tokens", "user_header",
                     "trusted_proxies", "users", "user_rights", "hosts", "internal"));
    reader_listen(r, map, "listen", &c->listen);
    reader_duration(r, map, "query_timeout", false, &c->query_timeout_us);
    reader_duration(r, map, "session", false, &c->session_us);
    read_password(r, map, c);
    read_tokens(r, map, c);
    reader_text(r, map, "user_header", &c->user_header);
    reader_list(r, map, "trusted_proxies", &c->trusted_proxies);
    read_users(r, map, c);
    read_rights(r, map, "user_rights", &c->user_rights);
    reader_list(r, map, "hosts", &c->hosts);
    internal_read(r, map, &c->internal);
    check_proxies(r, map->line, c);
    check_header(r, map, c);
    check_hosts(r, map->line, c);
}

void console_free(struct settings_console *c)
{
    for (size_t i = 0; i < c->token_count; i++) {
        free(c->tokens[i].name);
        if (c->tokens[i].key)
            explicit_bzero(c->tokens[i].key, strlen(c->tokens[i].key));
        free(c->tokens[i].key);
    }
    for (size_t i = 0; i < c->user_count; i++)
        free(c->users[i].name);
    free(c->tokens);
    free(c->users);
    free(c->user_header);
    settings_list_free(&c->trusted_proxies);
    settings_list_free(&c->hosts);
    settings_list_free(&c->internal);
    free(c->listen.host);
}
