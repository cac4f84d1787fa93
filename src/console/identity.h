/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h: who asks: a program with a token, a user whom a proxy names, or somebody signed in.
 *
 * Threads: made and freed by the owner; identity_find from any. Internal to src/console. */
#pragma once
#include "console/door.h"
#include "console/token.h"
#include "settings/settings.h"

enum { IDENTITY_USER_MAX = 128 };

enum identity_by { BY_NOTHING, BY_TOKEN, BY_PROXY, BY_PASSWORD };

struct identity {
    enum identity_by by;
    unsigned rights; /* bits of enum access_right; 0: nobody whom we know */
    char user[IDENTITY_USER_MAX + 1]; /* the token's name, the proxy's user, "admin" */
    char session[SESSION_TOKEN_LEN + 1]; /* the cookie's token, by password */
    char csrf[SESSION_CSRF_LEN + 1]; /* what a change must bring; "" by token */
    struct address from; /* of the client */
    bool trusted; /* the connection is a trusted proxy's */
    bool https; /* as a trusted proxy says */
};

struct identities; /* opaque */
struct MHD_Connection;

/* Keeps `settings`, `door` and `token`. The caller owns *out. */
int identities_new(struct identities **out, const struct settings_console *settings,
                   struct door *door, const struct token *token, struct err *err);
void identities_free(struct identities *i);
void identity_find(struct identities *i, struct MHD_Connection *connection, struct identity *out);
