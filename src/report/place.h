/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: where values of an event are kept: in columns of events_data, which several properties may
 * share, and in the JSON of a quarantined event. For the files of src/report alone.
 *
 * Conditions are written on the columns themselves, so that DuckDB holds them to a column's dictionary
 * and reads the others only where one fits. */
#pragma once
#include "report/build.h"

enum { PLACE_PART_MAX = 128 * 1024 };

struct place {
    struct str column, type; /* of events_data; "request_id" stands for the columns that make it */
    bool property, hidden;
};

/* Taken apart, from a fact of part_trail_places.sql: `text_0 VARCHAR`. */
struct place place_read(const struct report_fact *fact);
/* Whether it holds lists. */
bool place_is_list(const struct place *place);
/* Whether the column is one of those that properties share. */
bool place_is_shared(struct str column);
/* Appends a condition on e: this value or, in a list, one that is. Text that is none of the column's
 * type gives `false`. */
void place_put_is(struct buf *out, const struct place *place, struct str value);
/* Appends AND, for property_columns AS p: only what everybody may see; nothing where all is asked for. */
void place_put_shown(struct buf *out, bool hidden);
/* Whether the text is a whole number, so that a column of them can hold it. */
bool place_is_integer(struct str text);
