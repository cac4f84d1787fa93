/* SPDX-License-Identifier: Apache-2.0 */
/* event.c: the names of the context's fields, and the properties of the page format. */
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

/* Only names of the key's length are compared, at most four. */
int event_context_find(struct str key)
{
    static const signed char by_length[][5] = {
        [2] = {EVENT_IP, -1},
        [3] = {EVENT_URL, -1},
        [4] = {EVENT_HOST, EVENT_PATH, -1},
        [5] = {EVENT_QUERY, EVENT_TITLE, -1},
        [6] = {EVENT_METHOD, EVENT_LOCALE, EVENT_SCREEN, -1},
        [8] = {EVENT_REFERRER, EVENT_TIMEZONE, EVENT_PLATFORM, EVENT_UTM_TERM, -1},
        [10] = {EVENT_USER_AGENT, EVENT_UTM_SOURCE, EVENT_UTM_MEDIUM, -1},
        [11] = {EVENT_UTM_CONTENT, EVENT_APP_VERSION, EVENT_ENVIRONMENT, -1},
        [12] = {EVENT_CONTENT_TYPE, EVENT_UTM_CAMPAIGN, -1},
    };

    if (key.len < 2 || key.len > 12 || key.len == 7 || key.len == 9)
        return -1;
    for (const signed char *i = by_length[key.len]; *i >= 0; i++)
        if (memcmp(names[*i].ptr, key.ptr, key.len) == 0)
            return *i;
    return -1;
}

enum event_when event_page_when(struct str name, const struct event_value *value)
{
    if (str_is(name, "load_time_ms") || str_is(name, "pages_in_session") ||
        str_is(name, "referrer_domain"))
        return EVENT_IF_DECLARED;
    return str_is(name, "note") && value->kind == EVENT_TEXT && value->text.len == 0
               ? EVENT_IF_REQUIRED
               : EVENT_GIVEN;
}
