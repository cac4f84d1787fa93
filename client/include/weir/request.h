/* SPDX-License-Identifier: Apache-2.0 */
/* weir/request.h: events of an HTTP request, and suppression. Included by weir.h.
 *
 * A request is begun when its head is known, and ended after its response. What becomes known in between is set: each
 * event is built from what is known when it is triggered, so a later status or user is in later events.
 *
 *   struct weir_request_info info = {0};
 *   info.method = "GET";
 *   info.path = "/jobs";
 *   struct weir_request *request = weir_request_begin(client, &info);
 *   struct weir_request *outer = weir_request_enter(request);   // weir_trigger below here knows the request
 *   ...
 *   weir_request_leave(outer);
 *   weir_request_set_status(request, 200);
 *   weir_page_visited(request);
 *   weir_request_end(request); */
#ifndef WEIR_REQUEST_H
#define WEIR_REQUEST_H
#include <weir/weir.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copied; NULL and "" are absent. */
struct weir_request_info {
    const char *request_id; /* absent: one is made */
    const char *method;
    const char
        *path; /* without the query; what follows a ? is taken as the query where there is none */
    const char *query; /* without the ? */
    const char *referrer, *user_agent;
    const char *ip; /* the visitor's, not a proxy's */
};

/* The caller owns it; NULL where there is no client or no memory. */
WEIR_API struct weir_request *weir_request_begin(struct weir_client *client,
                                                 const struct weir_request_info *info);
/* Events that were triggered do not need the request any more. If it is this thread's current one, there is none
 * afterwards. NULL is fine. */
WEIR_API void weir_request_end(struct weir_request *request);

/* From here on, each event of the request has this value: WEIR_ACTOR("u-17"), WEIR_CONTEXT("locale", "en-GB"),
 * WEIR_TEXTS("ab_tests", tests, 2), ... The last of a key counts; NULL takes it away. */
WEIR_API void weir_request_set(struct weir_request *request, struct weir_value value);

static inline void weir_request_set_status(struct weir_request *request, int status)
{
    weir_request_set(request, WEIR_STATUS(status));
}

static inline void weir_request_set_content_type(struct weir_request *request,
                                                 const char *content_type)
{
    weir_request_set(request, WEIR_CONTEXT("content_type", content_type));
}

static inline void weir_request_set_user(struct weir_request *request, const char *user)
{
    weir_request_set(request, WEIR_ACTOR(user));
}

static inline void weir_request_set_session(struct weir_request *request, const char *session)
{
    weir_request_set(request, WEIR_SESSION(session));
}

/* As weir_trigger, in the context of this request whichever is the current one. */
#define weir_request_trigger(request, name, ...)                                                   \
    weir_request_trigger_values(request, name, WEIR_VALUES(__VA_ARGS__))
WEIR_API bool weir_request_trigger_values(struct weir_request *request, const char *name,
                                          const struct weir_value *values);

/* After the response: triggers page_visited. Not where the user agent is one of excluded_user_agents (byte for byte),
 * nor where the status is 400 or more (unless count_failed_pages); below api_paths it is weir_api_queried.
 * True where an event was queued. */
WEIR_API bool weir_page_visited(struct weir_request *request);
/* Triggers api_queried, with not_found: true where the status is 404; without the user and the properties that were
 * set, since an API knows no accounts. Excluded user agents as above. */
WEIR_API bool weir_api_queried(struct weir_request *request);

/* Makes this the thread's current request (NULL: none) and returns the one before, for weir_request_leave. */
WEIR_API struct weir_request *weir_request_enter(struct weir_request *request);
WEIR_API void weir_request_leave(struct weir_request *outer);
WEIR_API struct weir_request *weir_request_current(void);

/* Between these two, triggers of this thread do nothing, for every client. They nest: events are suppressed until the
 * outermost end. An end without its begin does nothing. */
WEIR_API void weir_suppress_begin(void);
WEIR_API void weir_suppress_end(void);

#ifdef __cplusplus
}
#endif
#endif
