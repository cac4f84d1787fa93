/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: how many distinct values of a day a source's fields may take: its setting `budget`.
 *
 * A browser's key is public, so its sources have defaults; others have none. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum budget_field {
    BUDGET_PAGE, /* the path */
    BUDGET_REFERRER,
    BUDGET_TITLE,
    BUDGET_QUERY,
    BUDGET_HOST,
    BUDGET_LOCALE,
    BUDGET_TIMEZONE,
    BUDGET_PLATFORM,
    BUDGET_SCREEN,
    BUDGET_METHOD,
    BUDGET_CONTENT_TYPE,
    BUDGET_UTM_SOURCE,
    BUDGET_UTM_MEDIUM,
    BUDGET_UTM_CAMPAIGN,
    BUDGET_UTM_CONTENT,
    BUDGET_UTM_TERM,
    BUDGET_APP_VERSION,
    BUDGET_ENVIRONMENT,
    BUDGET_UA_BROWSER,
    BUDGET_UA_VERSION,
    BUDGET_UA_OS,
    BUDGET_FIELDS
};

enum { BUDGET_MOST = 1000000 };

struct settings_budget {
    uint64_t fields[BUDGET_FIELDS]; /* at most BUDGET_MOST; 0: unlimited */
    uint64_t properties; /* of each property that is text without a list of values */
    struct settings_budget_property {
        char *name;
        uint64_t max;
    } * own; /* of these, instead; `note` is one */
    size_t own_count;
};

struct reader;
struct settings_source;
struct yaml;

/* "page", "utm_source" ... */
const char *settings_budget_name(enum budget_field field);
/* Internal to src/settings: the defaults of the source's kind, then what `map` says. */
void settings_budget_read(struct reader *r, const struct yaml *map, struct settings_source *src);
void settings_budget_free(struct settings_budget *b);
