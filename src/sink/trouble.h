/* SPDX-License-Identifier: Apache-2.0 */
/* trouble.h: which records a sink was at when only a new start could help, for that start.
 *
 * A record that breaks its destination would otherwise break it again at each start. The file is
 * `<sink>.trouble` in the data folder. Threads: the sink's. */
#pragma once
#include "settings/settings.h"

struct trouble {
    int64_t after; /* the cursor */
    uint64_t records; /* behind it */
    uint64_t times; /* in a row */
};

/* False where there was none. */
bool trouble_read(const struct settings *s, const char *sink, struct trouble *out);
int trouble_write(const struct settings *s, const char *sink, const struct trouble *t,
                  struct err *err);
void trouble_clear(const struct settings *s, const char *sink);
