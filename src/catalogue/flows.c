/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: the entries that have a role in flows, by role, for who makes events of such a role. */
#include "base/check.h"
#include "catalogue/definition.h"

/* Drafts are not sent yet, and what is retired is sent no more. */
static bool is_in_use(const struct catalogue_event *ev)
{
    return ev->about.status == CATALOGUE_ACTIVE || ev->about.status == CATALOGUE_DEPRECATED;
}

void catalogue_compile_flows(struct catalogue *c)
{
    size_t at = 0;

    c->flow_entries = definition_alloc(c, c->event_count + 1, sizeof(struct catalogue_event *));
    for (unsigned role = 0; role < FLOW_ROLES; role++) {
        c->flow_from[role] = at;
        for (size_t i = 0; i < c->event_count; i++)
            if (role != FLOW_NONE && c->events[i]->about.flow_role == role &&
                is_in_use(c->events[i]))
                c->flow_entries[at++] = c->events[i];
    }
    c->flow_from[FLOW_ROLES] = at;
}

const struct catalogue_event *catalogue_flow_entry(const struct catalogue *c,
                                                   enum catalogue_flow_role role, size_t index)
{
    CHECK(role < FLOW_ROLES);
    return index < c->flow_from[role + 1] - c->flow_from[role]
               ? c->flow_entries[c->flow_from[role] + index]
               : NULL;
}

bool catalogue_event_takes_source(const struct catalogue_event *ev, struct str source)
{
    for (size_t i = 0; i < ev->source_count; i++)
        if (str_eq(ev->sources[i], source))
            return true;
    return ev->source_count == 0;
}
