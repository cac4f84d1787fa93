/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h: weir.yaml, read whole and checked before anything starts.
 *
 * Unknown keys are errors; every error names file and line. Relative paths count from the file's
 * folder. Secrets may stand in the file, in another (file:PATH) or in the environment (env:NAME);
 * they are read here, once, and never printed. Documented in docs/settings.md. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum source_kind { SOURCE_SERVER, SOURCE_BROWSER, SOURCE_GATEWAY };

struct settings_list {
    char **items; /* NUL-ended */
    size_t count;
};

struct settings_source {
    char *name;
    enum source_kind kind;
    char *key; /* resolved */
    struct settings_list origins, domains, skip_domains, events;
    bool strict; /* default true */
    double rate_per_s; /* events; 0: no limit */
    int line;
};

struct settings_listen {
    char *host; /* an address, not a name; "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port; /* 0: any free one, printed at start */
};

struct settings {
    char *file; /* where it was read from */
    char *data; /* folder */
    char *catalogue; /* folder */
    struct settings_listen collector_listen, console_listen;
    struct settings_list trusted_proxies; /* addresses or CIDR blocks */
    bool metrics_public; /* collector: /metrics to others than loopback */
    uint64_t body_bytes; /* collector: largest body as sent; 1 MiB */
    uint64_t inflated_bytes; /* largest body inflated; 8 MiB */
    unsigned threads; /* collector: edge threads; 0: one per core */
    char *place_file; /* MaxMind DB, or NULL */
    uint64_t journal_segment_bytes; /* 64 MiB */
    uint64_t journal_reserve_bytes; /* free space that is left on the disk; 256 MiB */
    uint64_t journal_recent_bytes; /* memory for recent ids; 32 MiB */
    uint64_t store_memory_bytes; /* DuckDB; 1 GiB */
    unsigned store_threads; /* 0: one per core */
    uint64_t query_timeout_ms; /* console: 30 s */
    int64_t retention_raw_us; /* -1: forever */
    int64_t retention_quarantine_us; /* 14 d */
    struct settings_source *sources;
    size_t source_count;
};

int settings_load(struct settings **out, const char *file, struct err *err);
void settings_free(struct settings *s);
/* A path below the data folder; the caller frees it. */
char *settings_data_path(const struct settings *s, const char *name);
