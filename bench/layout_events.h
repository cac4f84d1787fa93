/* SPDX-License-Identifier: Apache-2.0 */
/* layout_events.h: synthetic events for the store benchmark, always the same for the same seed.
 *
 * An event is a list of cells, each naming its column; a column without a cell is NULL. Columns below
 * EV_BASE are the fixed ones of `events`, the rest are declared properties. Texts are borrowed from the
 * generator and live until the next batch. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* EV_VALUE is a text of a closed list, as the catalogue's `values` are. */
enum ev_kind { EV_BIGINT, EV_ID, EV_TEXT, EV_VALUE, EV_TIME, EV_SMALL, EV_INT, EV_BOOL, EV_NUMBER };

enum {
    EV_BASE = 36, /* fixed columns */
    EV_PROPS = 97, /* declared properties */
    EV_COLUMNS = EV_BASE + EV_PROPS,
    EV_NAMES = 80, /* event names */
    EV_MAX_CELLS = 44, /* cells of one event */
    EV_MAX_PROPS = 6, /* properties of one event name */
    EV_BATCH = 2048, /* events generated at once: DuckDB's vector size */
    EV_VALUES = 24 /* texts of the closed list */
};

struct ev_cell {
    uint16_t column;
    uint16_t len; /* of text */
    uint8_t value; /* EV_VALUE: its place in ev_value */
    union {
        int64_t i;
        double d;
        const char *text;
        struct {
            uint64_t lo, hi;
        } id;
    };
};

struct ev {
    int name;
    int cells;
    int first_prop; /* cells from here on are properties */
    struct ev_cell cell[EV_MAX_CELLS];
};

struct ev_gen; /* opaque */

/* The caller owns the result; days is the span over which rows events are spread. */
struct ev_gen *ev_gen_new(uint64_t seed, int64_t rows, int days);
void ev_gen_free(struct ev_gen *g);
/* Fills out[0..n), n <= EV_BATCH. */
void ev_gen_batch(struct ev_gen *g, struct ev *out, int n);

const char *ev_column_name(int column);
enum ev_kind ev_column_kind(int column);
const char *ev_name(int name);
const char *ev_value(int value);
/* The properties (as column numbers) that events of this name carry; returns how many. */
int ev_name_props(int name, int out[EV_MAX_PROPS]);
/* Writes the event's properties as a JSON object; returns its length. */
size_t ev_json(const struct ev *e, char *out, size_t size);
