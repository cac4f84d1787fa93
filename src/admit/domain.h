/* SPDX-License-Identifier: Apache-2.0 */
/* domain.h: of which hosts a source takes events.
 *
 * A rule is a host (www.example.org) or all hosts below one (*.example.org, which example.org itself is
 * not). Hosts are compared without regard to case, to a port and to a dot at the end.
 * Threads: pure functions. */
#pragma once
#include <stdbool.h>

#include "base/str.h"

/* The host alone, of HOST:PORT, [ADDRESS]:PORT or HOST; what is none of them stays as it is, and fits no rule. */
struct str domain_without_port(struct str host);
/* The same of an Origin, SCHEME://HOST:PORT; absent for "null" and what is none. */
struct str domain_of_origin(struct str origin);
/* The same of a URL, such as a Referer. */
struct str domain_of_url(struct str url);
/* Whether any of the rules holds for the host (with or without a port). */
bool domain_is_among(struct str host, const struct str *rules, size_t count);
