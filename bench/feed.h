/* SPDX-License-Identifier: Apache-2.0 */
/* feed.h: the demo's own events on their whole way into a store, for programs that measure it.
 *
 * They are made up, decoded, admitted against the catalogues and encoded as the journal has them; then,
 * which alone is timed, decoded and loaded. Those of the site are a request each, the others come in
 * batches. What goes wrong ends the program. */
#pragma once
#include "demo/traffic.h"
#include "settings/settings.h"
#include "store/store.h"

struct feed_opts {
    const char *program; /* for messages */
    const char *catalogues; /* a folder */
    long events, days, tx, batch, threads, memory_mib, late, wrong; /* late and wrong: per mille */
    unsigned sources; /* of the traffic; 0: all */
    long seed; /* of the traffic; 0: 1 */
    const char
        *file; /* a store that is there already, with the same pseudonym keys beside it; or NULL */
    long leaving; /* per mille of the flows end with their first page, as most real ones do */
};

struct feed_times {
    double cpu_s, wall_s; /* of loading */
    double decode_cpu_s; /* the part of it that decoding would take alone */
};

struct feed; /* opaque */

/* In a new folder below /tmp. */
struct feed *feed_new(const struct feed_opts *opts);
/* Makes up `events` more and loads them, in transactions of opts.tx accepted ones; false where there are
 * no more. Fewer are loaded where flows leave at once. Adds to *times. */
bool feed_load(struct feed *f, long events, struct feed_times *times);
/* Rows up to this position were put into the tables by other means; what comes from now on happens so
 * much later than it would have. */
void feed_jump(struct feed *f, int64_t position, int64_t later_us);
struct store *feed_store(struct feed *f);
int64_t feed_position(const struct feed *f); /* records that were loaded */
const char *feed_file(const struct feed *f);
const struct catalogue *feed_catalogue(const struct feed *f);
/* Deletes the store unless it is to be kept. */
void feed_free(struct feed *f, bool keep);

double feed_seconds(int clock);
/* name=value arguments; those that are no number of the list are looked for in `texts`. Ends the
 * program where an argument is neither. */
struct feed_number {
    const char *name;
    long *value;
};
struct feed_text {
    const char *name;
    const char **value;
};
void feed_read_args(const char *program, int argc, char **argv, const struct feed_number *numbers,
                    size_t number_count, const struct feed_text *texts, size_t text_count);
