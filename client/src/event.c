/* SPDX-License-Identifier: Apache-2.0 */
/* event.c: an event that is put together piece by piece. */
#include <stdlib.h>
#include <string.h>

#include "client.h"

struct weir_event {
    struct weir_client *client;
    char *name;
    struct weir_blob values;
};

struct weir_event *weir_event_new(struct weir_client *client, const char *name)
{
    struct weir_event *e = client ? calloc(1, sizeof *e) : NULL;

    if (!e)
        return NULL;
    e->client = client;
    e->name = name ? strdup(name) : NULL;
    return e;
}

void weir_event_add(struct weir_event *event, struct weir_value value)
{
    unsigned cut = 0;

    if (!event)
        return;
    if (weir_blob_set(&event->values, value, &cut) < 0)
        cut++;
    if (cut)
        weir_count(&event->client->counts.cut, cut);
}

bool weir_event_send(struct weir_event *event)
{
    bool queued;

    if (!event)
        return false;
    queued = weir_queue(event->client, event->name, weir_request_context(event->client), false,
                        &event->values, NULL);
    weir_event_free(event);
    return queued;
}

void weir_event_free(struct weir_event *event)
{
    if (!event)
        return;
    weir_blob_free(&event->values);
    free(event->name);
    free(event);
}
