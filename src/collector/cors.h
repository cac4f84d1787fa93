/* SPDX-License-Identifier: Apache-2.0 */
/* cors.h: what a page of another origin may do and read (the Fetch standard's CORS protocol).
 *
 * Promise: an origin is named in an answer only where a browser source lists exactly that text; no answer
 * allows credentials. What is the same for all, send.c opens to all. Threads: pure functions. */
#pragma once
#include <stdbool.h>

#include "admit/source.h"
#include "base/str.h"
#include "collector/refusal.h"

/* May this source's key be used with this Origin (absent: no browser)? */
enum refusal cors_check(const struct source *s, struct str origin);
/* A page that asks its own origin by GET sends no Origin, but Sec-Fetch-Site: same-origin, which pages
 * cannot set. Is that origin, by the Host of the request, one of the source's? */
bool cors_is_own_page(const struct source *s, struct str fetch_site, struct str host);
/* The origin that the answer names; absent: the answer has no CORS fields. */
struct str cors_answer_origin(const struct source *s, struct str origin);
/* May a page of this origin send events at all? With a key, to its source; without (it comes in
 * Authorization, which a preflight does not have), to any browser source. */
bool cors_preflight(struct sources *all, struct str key, struct str origin);
