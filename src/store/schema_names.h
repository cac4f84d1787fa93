/* SPDX-License-Identifier: Apache-2.0 */
/* schema_names.h: what a property is called in SQL.
 *
 * Threads: pure functions. */
#pragma once
#include <stdbool.h>

#include "base/str.h"

/* A column's name for a property of any name: UTF-8 without control characters, not taken, at most
 * COLUMN_NAME_MAX bytes and what makes it unique. The caller frees it. */
enum { COLUMN_NAME_MAX = 128 };
char *schema_column_name(struct str property, bool (*is_taken)(const void *ctx, struct str column),
                         const void *ctx);
/* Its key in the JSON of all properties: the property's own name where its column is called so, or
 * p_ and so; else the column's, which is unique. Borrows from either. */
struct str schema_label(struct str property, const char *column);
