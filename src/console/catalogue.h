/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.h: what the console's API needs of the catalogue, which others have (console_opts).
 *
 * Threads: the callbacks are called from any thread of the console, several at once. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct console_catalogue_hash {
    char hex[64];
};

struct console_catalogue {
    /* Appends members of a JSON object, with no comma before the first, and fills *hash, by which they are
     * told. ERR_BUSY where there is no catalogue, with why. */
    int (*put)(void *ctx, struct console_catalogue_hash *hash, struct buf *out, struct err *err);
    /* That alone. -1: there is no catalogue. */
    int (*hash)(void *ctx, struct console_catalogue_hash *out);
    /* Appends an object: the entry of a name that was sent, and what may have been meant by it and by the
     * property (STR_NONE: none is asked for). */
    int (*match)(void *ctx, struct str name, struct str property, struct buf *out, struct err *err);
    void *ctx;
};
