/* SPDX-License-Identifier: Apache-2.0 */
/* book.h: the catalogue as the engine shows it at its console.
 *
 * Promise: what is shown is one catalogue, whole; one that does not load leaves the one before in place.
 * Threads: new, read and free from the owner, read also from the store's loading thread; the callbacks
 * (console/catalogue.h) from any. */
#pragma once
#include "console/catalogue.h"
#include "settings/settings.h"

struct book; /* opaque */

/* Empty; keeps s. */
struct book *book_new(const struct settings *s);
void book_free(struct book *b);
/* Reads the catalogue's folder. What keeps it from loading is kept, to be said by who asks. */
void book_read(struct book *b);
/* For console_opts; lives as long as b. */
const struct console_catalogue *book_callbacks(const struct book *b);
