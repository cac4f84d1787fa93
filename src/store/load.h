/* SPDX-License-Identifier: Apache-2.0 */
/* load.h: the state of loading, for store.c. */
#pragma once
#include "store/internal.h"

struct load *load_new(struct store *s);
/* Drops what was not committed. */
void load_free(struct load *l);
/* Events are about to get columns, between two loads. NULL is fine. */
void load_columns_changed(struct load *l);
