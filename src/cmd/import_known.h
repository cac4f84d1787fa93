/* SPDX-License-Identifier: Apache-2.0 */
/* import_known.h: asks the engine which events of a source it has. Threads: one owner. */
#pragma once
#include "cmd/import_ids.h"
#include "settings/settings.h"
#include "store/known.h"

/* How many there are, whatever their ids. */
int import_known_count(const struct settings *s, const struct known_filter *f, uint64_t *out,
                       struct err *err);
/* Adds their ids. */
int import_known_read(const struct settings *s, const struct known_filter *f,
                      struct import_set *out, struct err *err);
