/* SPDX-License-Identifier: Apache-2.0 */
/* value.h: a property's value in its column, whatever type the column has by now.
 *
 * Threads: as chunk.h. */
#pragma once
#include "store/chunk.h"
#include "store/schema.h"

/* What kind of column the value wants. */
struct store_column value_wants(const struct record_property *p);
/* Writes the value to the chunk's row. The column must fit (schema_fits). `text` is scratch. */
void value_put(struct chunk *c, const struct property *column, const struct record_value *v,
               struct buf *text);
/* 0, or -1 with ERR_CORRUPT for what no column takes: text that is not UTF-8, a time outside the
 * calendar, a number that is none. Adds the bytes of text to *bytes. */
int value_check_row(const struct record_value *v, size_t *bytes, struct err *err);
int value_check_text(struct str s, size_t *bytes, struct err *err);
int value_check_time(int64_t us, struct err *err);
