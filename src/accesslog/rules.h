/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h: which requests of a log are pages, which are API calls, and which are neither.
 *
 * Threads: rules are immutable once made. */
#pragma once
#include "accesslog/access.h"
#include "base/err.h"

enum access_verdict {
    ACCESS_PAGE, /* becomes page_visited */
    ACCESS_API, /* becomes api_queried */
    ACCESS_SKIP_AGENT,
    ACCESS_SKIP_PATH,
    ACCESS_SKIP_METHOD,
    ACCESS_SKIP_STATUS,
    ACCESS_SKIP_TYPE,
    ACCESS_SKIP_ASSET,
    ACCESS_VERDICTS
};

struct access_words {
    const char *const *items; /* kept */
    size_t count;
};

/* An empty list stands for its default. Places are a PREFIX, or ~ and an expression that is looked for. */
struct access_rules_opts {
    struct access_words methods; /* of pages: GET */
    struct access_words statuses; /* 200, 2xx, 200-299: 2xx and 304 */
    struct access_words types; /* of pages, where the log has content types: HTML */
    struct access_words assets; /* further extensions, without dot */
    struct access_words api; /* places of API calls */
    struct access_words agents; /* left out, further ones, exactly */
    bool no_agents; /* none but these */
    struct access_words paths; /* places left out */
    struct access_words targets; /* the same, of path and query together */
    const char *query; /* keep, drop, or names of parameters to keep, with commas; NULL: drop */
};

enum access_query { ACCESS_QUERY_DROP, ACCESS_QUERY_KEEP, ACCESS_QUERY_NAMED };

struct access_rules; /* opaque */

/* Keeps the words of the options. The caller owns *out. */
int access_rules_new(struct access_rules **out, const struct access_rules_opts *opts,
                     struct err *err);
void access_rules_free(struct access_rules *r);
enum access_verdict access_judge(const struct access_rules *r, const struct access *a);
/* "asset", for people. */
const char *access_verdict_name(enum access_verdict v);
enum access_query access_rules_query(const struct access_rules *r);
/* True where a parameter of this name is to be kept. */
bool access_rules_keeps(const struct access_rules *r, struct str name);
