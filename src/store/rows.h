/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h: a record as a row of event_rows or of quarantine.
 *
 * Threads: as chunk.h. */
#pragma once
#include "store/chunk.h"
#include "store/schema.h"

/* The columns of event_rows that are no properties, in order. */
extern const char *const rows_base_columns[];
extern const size_t rows_base_count;

/* ERR_CORRUPT where the record cannot be a row. */
int rows_check(const struct record *rec, struct err *err);
/* Write one row; the record passed rows_check, and its properties fit their columns. `text` is
 * scratch. */
int rows_add_event(struct chunk *c, const struct schema *s, const struct record *rec,
                   int64_t position, struct buf *text, struct err *err);
int rows_add_quarantined(struct chunk *c, const struct record *rec, int64_t position,
                         struct buf *text, struct err *err);
