/* SPDX-License-Identifier: Apache-2.0 */
/* engine_lock.h: one engine, or one rebuild of its store, in a data folder at a time. */
#pragma once
#include "settings/settings.h"

/* The lock's descriptor, to be closed by the caller; -1: ERR_BUSY where another holds it. */
int engine_lock(const struct settings *s, struct err *err);
