/* SPDX-License-Identifier: Apache-2.0 */
/* door.h: signing in by password, and who is signed in.
 *
 * One thread of its own tries passwords, one at a time, and writes the sessions down; whoever wants
 * something of it waits. A password that is changed meanwhile, by `weir password`, counts at once: it
 * ends all sessions.
 * Threads: open and close from the owner; the rest from any. */
#pragma once
#include "base/buf.h"
#include "console/password.h"
#include "console/sessions.h"
#include "settings/proxies.h"

enum { DOOR_WAITING_MAX = 8 }; /* attempts that wait for their turn */

struct door; /* opaque */

struct door_opts { /* kept */
    const char *password_file, *sessions_file;
    int64_t session_us;
    bool without_password; /* nobody signs in, and nobody is signed in */
    /* For the log; from the door's thread. May be NULL. */
    void (*say)(void *ctx, const char *text);
    void *ctx;
};

/* Makes a password where the file is missing: door_made says it. The caller owns *out. */
int door_open(struct door **out, const struct door_opts *opts, struct err *err);
/* A password that was made and not forgotten goes: nobody knows it. */
void door_close(struct door *d);
/* The password that door_open made, to be shown once; else NULL. door_forget_made wipes it. */
const char *door_made(const struct door *d);
void door_forget_made(struct door *d);

enum door_answer {
    DOOR_OPENED,
    DOOR_WRONG, /* wait_us may be 0 */
    DOOR_WAIT, /* not tried: too soon after wrong ones */
    DOOR_BUSY, /* not tried: too many at once */
    DOOR_CLOSED, /* nobody signs in by password */
    DOOR_FAILED, /* err says why */
};

struct door_in {
    char token[SESSION_TOKEN_LEN + 1]; /* where opened */
    int64_t wait_us; /* before the next */
};

enum door_answer door_sign_in(struct door *d, const struct address *from, struct str password,
                              struct door_in *out, struct err *err);
/* Whether the token is of somebody who has signed in. */
bool door_knows(struct door *d, struct str token);
/* Returns once it is on the disk; -1 where it cannot be: then it holds until the next start. */
int door_sign_out(struct door *d, struct str token, bool everywhere, struct err *err);
/* Lines of Prometheus text. */
void door_put_metrics(struct door *d, struct buf *out);
