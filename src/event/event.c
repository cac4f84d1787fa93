/* SPDX-License-Identifier: Apache-2.0 */
/* event.c: the names of the context's fields. */
#include "event/event.h"

#include "base/check.h"

static const struct str names[EVENT_CONTEXT_COUNT] = {
    [EVENT_URL] = {"url", 3},
    [EVENT_HOST] = {"host", 4},
    [EVENT_PATH] = {"path", 4},
    [EVENT_QUERY] = {"query", 5},
    [EVENT_REFERRER] = {"referrer", 8},
    [EVENT_TITLE] = {"title", 5},
    [EVENT_METHOD] = {"method", 6},
    [EVENT_CONTENT_TYPE] = {"content_type", 12},
    [EVENT_IP] = {"ip", 2},
    [EVENT_USER_AGENT] = {"user_agent", 10},
    [EVENT_LOCALE] = {"locale", 6},
    [EVENT_TIMEZONE] = {"timezone", 8},
    [EVENT_PLATFORM] = {"platform", 8},
    [EVENT_SCREEN] = {"screen", 6},
    [EVENT_UTM_SOURCE] = {"utm_source", 10},
    [EVENT_UTM_MEDIUM] = {"utm_medium", 10},
    [EVENT_UTM_CAMPAIGN] = {"utm_campaign", 12},
    [EVENT_UTM_CONTENT] = {"utm_content", 11},
    [EVENT_UTM_TERM] = {"utm_term", 8},
    [EVENT_APP_VERSION] = {"app_version", 11},
    [EVENT_ENVIRONMENT] = {"environment", 11},
};

struct str event_context_name(enum event_context which)
{
    CHECK(which < EVENT_CONTEXT_COUNT);
    return names[which];
}

int event_context_find(struct str key)
{
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        if (str_eq(names[i], key))
            return i;
    return -1;
}
