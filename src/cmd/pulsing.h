/* SPDX-License-Identifier: Apache-2.0 */
/* pulsing.h: a thread of the engine that asks the collector how it is, every few seconds.
 *
 * Threads: start and stop from the owner; pulsing_put_json from any. */
#pragma once
#include "base/buf.h"
#include "settings/settings.h"

struct pulsing; /* opaque */

/* Keeps s. The caller owns *out. */
int pulsing_start(struct pulsing **out, const struct settings *s, struct err *err);
void pulsing_stop(struct pulsing *p);
/* As pulse_put_json, and `,"journal":{...}`: its size and age, as of the last minute. */
void pulsing_put_json(struct pulsing *p, struct buf *out);
