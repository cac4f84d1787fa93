/* SPDX-License-Identifier: Apache-2.0 */
/* idle.h: runs a piece of work when the processor has nothing better to do.
 *
 * Only for work that holds no lock and no name that others wait for. */
#pragma once
#include "base/err.h"

/* Runs it on a thread of the lowest priority and waits for it; returns what it returned. */
int idle_run(int (*run)(void *ctx, struct err *err), void *ctx, struct err *err);
