/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: the country of an address, from a MaxMind DB file where one is configured.
 *
 * Threads: place_country from any thread. */
#pragma once
#include "base/err.h"
#include "base/str.h"

struct places; /* opaque */

int places_open(struct places **out, const char *file, struct err *err);
void places_close(struct places *p);
/* Two upper-case letters (ISO 3166-1) in `out` and true, or false. A NULL p knows no place. */
bool place_country(struct places *p, struct str ip, char out[2]);
