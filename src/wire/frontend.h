/* SPDX-License-Identifier: Apache-2.0 */
/* frontend.h: events that a service's own script posts to /api/events (docs/http.md).
 *
 *   {"type": "tracked_link_clicked", "data": {"link_type": "school_website"}}
 *   {"event": {"type": ..., "data": ...}}      the same in a wrapping, whatever stands beside it
 *   [{...}, {...}]                              some of them
 *
 * As strict as native.h about what is JSON. Other members are a framework's and nobody's business here.
 * What of `data` the event's entry does not declare is left out, and counted.
 * Threads: those of native.h. */
#pragma once
#include "wire/native.h"

/* native_start for such a body; native_next then gives its events. */
void frontend_start(struct native *n, char *body, size_t len);
