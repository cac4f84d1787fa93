/* SPDX-License-Identifier: Apache-2.0 */
/* control_client.h: a command's way to the collector that runs with the same settings.
 *
 * The other end, and what goes over it: collector/control.h. One request, one answer. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "settings/settings.h"

struct yyjson_doc;

/* How long an answer is waited for. */
struct control_wait {
    int64_t most_us; /* 0: ten minutes */
    bool (*is_over)(
        void *ctx); /* nobody wants it any more; asked a few times a second; may be NULL */
    void *ctx;
};

/* Sends `request`, a JSON object such as {"do":"reload"}, and waits as `wait` says, which may be NULL.
 * *out is the answer, the caller's: 0 for one with "ok". For one with "error", -1 with its code and
 * message; *out is set then too, and NULL in all other cases: ERR_DENIED where no collector runs with
 * these settings, ERR_BUSY where it does not answer in time, ERR_STOPPED where the wait is over, ERR_IO. */
int control_client_ask(const struct settings *s, struct str request,
                       const struct control_wait *wait, struct yyjson_doc **out, struct err *err);
