/* SPDX-License-Identifier: Apache-2.0 */
/* recording.c: the option `test`: events as JSON in memory, and finding things in them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "json.h"

/* Text that was handed out, until the next clearing. */
struct handed {
    struct handed *next;
    char text[];
};

struct weir_recording {
    pthread_mutex_t lock;
    /* guarded by lock */
    char **events;
    size_t count, capacity, bytes;
    struct handed *handed;
    struct weir_encoder encoder;
    char room[WEIR_EVENT_MAX + 1];
};

struct weir_recording *weir_recording_new(const struct weir_options *options)
{
    struct weir_recording *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    r->encoder.environment = options->environment;
    r->encoder.app_version = options->app_version;
    return r;
}

static void clear(struct weir_recording *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->events[i]);
    while (r->handed) {
        struct handed *next = r->handed->next;

        free(r->handed);
        r->handed = next;
    }
    r->count = 0;
    r->bytes = 0;
}

void weir_recording_free(struct weir_recording *r)
{
    if (!r)
        return;
    clear(r);
    free(r->events);
    free(r);
}

void weir_recording_lock(struct weir_recording *r)
{
    if (r)
        pthread_mutex_lock(&r->lock);
}

void weir_recording_unlock(struct weir_recording *r)
{
    if (r)
        pthread_mutex_unlock(&r->lock);
}

static bool keep(struct weir_recording *r, size_t len)
{
    /* Without sent_at, which only sending sets. */
    size_t from = WEIR_SENT_AT + WEIR_SENT_AT_DIGITS;
    char *event;

    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 64;
        char **events = realloc(r->events, capacity * sizeof *events);

        if (!events)
            return false;
        r->events = events;
        r->capacity = capacity;
    }
    r->room[from] = '{';
    r->room[len] = '\0';
    event = strdup(r->room + from);
    if (!event)
        return false;
    r->events[r->count++] = event;
    r->bytes += len;
    return true;
}

bool weir_recording_add(struct weir_client *c, const void *record, size_t size)
{
    struct weir_recording *r = c->recording;
    struct weir_out out = {NULL, 0, WEIR_EVENT_MAX, false};
    uint64_t *lost = NULL;

    pthread_mutex_lock(&r->lock);
    out.ptr = r->room;
    if (!weir_encode(&r->encoder, &out, record, size, 0))
        lost = &c->counts.too_large;
    else if (r->bytes + out.len > c->options.queue_bytes ||
             (c->options.queue_events && r->count >= c->options.queue_events) || !keep(r, out.len))
        lost = &c->counts.no_room;
    weir_count(&c->counts.cut, r->encoder.cut);
    r->encoder.cut = 0;
    pthread_mutex_unlock(&r->lock);
    if (lost)
        weir_count(lost, 1);
    return !lost;
}

static struct weir_span event_span(const struct weir_recording *r, size_t number)
{
    struct weir_span none = {NULL, 0};

    return number < r->count ? weir_json_value(r->events[number], strlen(r->events[number])) : none;
}

static bool has_name(const struct weir_recording *r, size_t number, const char *name)
{
    char text[WEIR_NAME_MAX * 3 + 1];

    weir_json_text(weir_json_member(event_span(r, number), "name", 4), text, sizeof text);
    return strcmp(text, name) == 0;
}

size_t weir_test_count(struct weir_client *client, const char *name)
{
    struct weir_recording *r = client ? client->recording : NULL;
    size_t count = 0;

    if (!r)
        return 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->count; i++)
        count += !name || has_name(r, i, name);
    pthread_mutex_unlock(&r->lock);
    return count;
}

const char *weir_test_json(struct weir_client *client, size_t number)
{
    struct weir_recording *r = client ? client->recording : NULL;
    const char *json;

    if (!r)
        return NULL;
    pthread_mutex_lock(&r->lock);
    json = number < r->count ? r->events[number] : NULL;
    pthread_mutex_unlock(&r->lock);
    return json;
}

/* The whole rest of the path may be a name with points in it. */
static struct weir_span find(struct weir_span object, const char *path)
{
    const char *point = strchr(path, '.');
    struct weir_span found = weir_json_member(object, path, strlen(path));

    if (found.ptr || !point)
        return found;
    return find(weir_json_member(object, path, (size_t)(point - path)), point + 1);
}

const char *weir_test_get(struct weir_client *client, size_t number, const char *path)
{
    struct weir_recording *r = client ? client->recording : NULL;
    struct handed *h = NULL;
    struct weir_span value;

    if (!r || !path)
        return NULL;
    pthread_mutex_lock(&r->lock);
    value = find(event_span(r, number), path);
    if (value.ptr)
        h = malloc(sizeof *h + value.len + 1);
    if (h) {
        weir_json_text(value, h->text, value.len + 1);
        h->next = r->handed;
        r->handed = h;
    }
    pthread_mutex_unlock(&r->lock);
    return h ? h->text : NULL;
}

void weir_test_clear(struct weir_client *client)
{
    struct weir_recording *r = client ? client->recording : NULL;

    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    clear(r);
    pthread_mutex_unlock(&r->lock);
}
