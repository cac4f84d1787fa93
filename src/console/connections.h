/* SPDX-License-Identifier: Apache-2.0 */
/* connections.h: who is connected, so that those who ask nothing do not shut others out.
 *
 * Threads: from any. Internal to src/console. */
#pragma once
#include <stdbool.h>

enum { CONNECTIONS_MAX = 64, CONNECTIONS_SILENT_MAX = 32, CONNECTIONS_LEAVING_MAX = 16 };

struct connections; /* opaque */
struct connection; /* opaque */

struct connections *connections_new(void);
/* Nobody is connected any more. */
void connections_free(struct connections *c);
/* One more, whose socket stays open until connections_remove. Above CONNECTIONS_SILENT_MAX that never had a request, the
 * first of these is cut off; above CONNECTIONS_MAX, the one that has gone without a request for longest; where each
 * has one, this. NULL: there are CONNECTIONS_LEAVING_MAX more. */
struct connection *connections_add(struct connections *c, int fd);
void connections_remove(struct connections *c, struct connection *one);
/* It has a request that is to be answered, or none. `one` may be NULL. */
void connections_set_busy(struct connections *c, struct connection *one, bool busy);
