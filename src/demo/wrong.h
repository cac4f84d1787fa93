/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.h: events as a faulty sender sends them, for the quarantine to have something to show. */
#pragma once
#include "demo/visit.h"

/* Writes an event that the source's catalogue does not allow, at the visit's time. */
void wrong_put(struct maker *m, struct visit *v, enum traffic_source source);
