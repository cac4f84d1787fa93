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
#include "settings/budget.h"

enum source_kind { SOURCE_SERVER, SOURCE_BROWSER, SOURCE_GATEWAY };

struct settings_list {
    char **items; /* NUL-ended */
    size_t count;
};

/* How long what has reached the store stays there; -1: forever. */
struct settings_retention {
    int64_t raw_us; /* forever */
    int64_t quarantine_us; /* 14 d */
    int64_t counts_us; /* forever */
};

/* Signed flow ids (docs/flows.md). */
struct settings_flows {
    struct settings_list
        keys; /* resolved; the first mints, all verify; none: ids are not verified */
    int64_t expiry_us; /* 2 h */
    bool user_agent; /* ids whose signature holds the user agent verify, too */
    char *source; /* of requests without a key, or NULL */
    int64_t whole_us, half_us, tenth_us; /* how long each sample is kept; -1, default: forever */
    int64_t devices_within_us; /* whole days before a day in which other devices count; 5 d */
    bool devices_same_day; /* those of the day itself count, too; default */
};

/* What web pages load and send to; paths of the collector. */
struct settings_pages {
    char *source; /* of requests without a key: as said, else the only browser source; NULL: none */
    char *agent, *events, *pixel; /* /agent.js, /e, /count.gif */
};

struct settings_source {
    char *name;
    enum source_kind kind;
    char *key; /* resolved */
    struct settings_list origins, domains, skip_domains, events;
    bool strict; /* default true */
    bool any_flow_ids; /* its flow ids are not verified */
    double rate_per_s; /* events; 0: no limit; default 100 for a browser, else none */
    struct settings_retention retention; /* its own, else the settings' */
    struct settings_budget budget; /* of distinct values */
    int line;
};

struct settings_listen {
    char *host; /* an address, not a name; "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port; /* 0: any free one, printed at start */
};

struct settings_collector {
    struct settings_listen listen;
    struct settings_list trusted_proxies; /* addresses or CIDR blocks */
    bool metrics_public; /* /metrics to others than loopback */
    uint64_t body_bytes; /* largest body as sent; 1 MiB */
    uint64_t inflated_bytes; /* largest body inflated; 8 MiB */
    uint64_t threads; /* edge threads; 0: one per core */
};

/* What somebody may do at the console; a set of them are bits. */
enum settings_right { SETTINGS_READ = 1, SETTINGS_HIDDEN = 2, SETTINGS_ADMIN = 4 };

struct settings_token {
    char *name;
    char *key; /* resolved */
    unsigned rights;
};

struct settings_user {
    char *name; /* as the proxy says it */
    unsigned rights;
};

struct settings_console {
    struct settings_listen listen;
    int64_t query_timeout_us; /* 30 s */
    int64_t session_us; /* how long nobody may be there before one signs in again; 14 d */
    bool without_password; /* nobody signs in by password */
    struct settings_token *tokens;
    size_t token_count;
    char *user_header; /* whose value names the user, from trusted proxies alone; or NULL */
    struct settings_list trusted_proxies; /* addresses or CIDR blocks */
    struct settings_user *users;
    size_t user_count;
    unsigned user_rights; /* of users that are not listed; read */
    struct settings_list hosts; /* names by which the console is called */
    struct settings_list internal; /* filters: whose events are internal */
};

struct settings_journal {
    uint64_t segment_bytes; /* 64 MiB */
    uint64_t reserve_bytes; /* free space that is left on the disk; 256 MiB */
    uint64_t recent_bytes; /* memory for recent ids; 32 MiB */
    int64_t duplicate_window_us; /* how long an id is known; 24 h, not less */
    int64_t compress_after_us; /* since a segment was sealed; 1 h; -1: never */
    int64_t keep_us; /* retention.journal: since its newest record; 30 d; -1: forever */
};

/* What one source may have kept aside; beyond it its faulty events are refused. */
struct settings_quarantine {
    double rate_per_s; /* 1,000; 0: no limit */
    uint64_t daily_bytes; /* 1 GiB */
};

struct settings_store {
    uint64_t memory_bytes; /* DuckDB; 1 GiB */
    uint64_t threads; /* 0: one per core */
};

struct settings {
    char *file; /* where it was read from */
    char *data; /* folder */
    char *catalogue; /* folder */
    char *place_file; /* MaxMind DB, or NULL */
    struct settings_collector collector;
    struct settings_console console;
    struct settings_journal journal;
    struct settings_store store;
    struct settings_retention retention;
    struct settings_quarantine quarantine;
    struct settings_flows flows;
    struct settings_pages pages;
    struct settings_source *sources;
    size_t source_count;
};

/* Reads `file`. The caller owns *out. */
int settings_load(struct settings **out, const char *file, struct err *err);
void settings_free(struct settings *s);
/* A path below the data folder; the caller frees it. */
char *settings_data_path(const struct settings *s, const char *name);
