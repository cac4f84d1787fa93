/* SPDX-License-Identifier: Apache-2.0 */
/* content_query.h: the query with which a page asks for a flow (docs/http.md).
 *
 * Its parameters are attributes of the flow and follow the rules that they follow in a batch
 * (content.h): the same characters and lengths; none, and nothing at all, is absent; what is longer
 * than 100 bytes is cut; a campaign's value with other characters than are kept goes alone.
 * Threads: pure functions. */
#pragma once
#include "base/err.h"
#include "event/event.h"

enum content_parameter {
    QUERY_CONTEXT,
    QUERY_ENTRYPOINT,
    QUERY_FORM_TYPE,
    QUERY_SERVICE,
    QUERY_UTM_CAMPAIGN,
    QUERY_UTM_CONTENT,
    QUERY_UTM_MEDIUM,
    QUERY_UTM_SOURCE,
    QUERY_UTM_TERM,
    QUERY_PARAMETERS
};

struct content_query { /* begins zeroed */
    struct str values[QUERY_PARAMETERS];
    bool seen[QUERY_PARAMETERS];
    struct event_property properties[3];
};

/* Takes one parameter, decoded; its text is kept. -1, ERR_USAGE: which one is wrong, and what is
 * expected; no text of the query is repeated. */
int content_query_add(struct content_query *q, struct str name, struct str value, struct err *err);
/* Puts the attributes into an event. Keeps q. */
void content_query_fill(struct content_query *q, bool do_not_track, struct event *out);
/* The language that an Accept-Language header asks for first, such as pt-BR, or STR_NONE. */
struct str content_query_language(struct str accept);
/* The view that such a form shows, or STR_NONE. */
struct str content_query_view(const struct content_query *q);
