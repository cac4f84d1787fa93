/* SPDX-License-Identifier: Apache-2.0 */
/* value.h: a property's value in its column.
 *
 * Threads: as chunk.h. */
#pragma once
#include "event/record.h"
#include "store/chunk.h"

/* Writes a value other than null to the chunk's row; the column is of its kind (schema.h). */
void value_put(struct chunk *c, idx_t column, const struct record_value *v);
/* 0, or -1 with ERR_CORRUPT for what no column takes: text that is not UTF-8, a time outside the
 * calendar, a number that is none. Adds the bytes of text to *bytes. */
int value_check_row(const struct record_value *v, size_t *bytes, struct err *err);
int value_check_text(struct str s, size_t *bytes, struct err *err);
int value_check_time(int64_t us, struct err *err);
