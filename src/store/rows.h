/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h: a record as a row of events_data or of quarantine.
 *
 * Threads: as chunk.h. */
#pragma once
#include "store/chunk.h"
#include "store/schema.h"

/* The columns of events_data before those of properties, in order. */
extern const char *const rows_base_columns[];
extern const size_t rows_base_count;

/* ERR_CORRUPT where the record cannot be a row. */
int rows_check(const struct record *rec, struct err *err);
/* Write one row; the record passed rows_check, `place` is where its properties go.
 * `text` is scratch. */
int rows_add_event(struct chunk *c, const struct record *rec, const struct schema_place *place,
                   int64_t position, struct buf *text, struct err *err);
int rows_add_quarantined(struct chunk *c, const struct record *rec, int64_t position,
                         struct buf *text, struct err *err);
