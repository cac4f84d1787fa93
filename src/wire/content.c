/* SPDX-License-Identifier: Apache-2.0 */
/* content.c: goes through a batch of a content server's page, one event at a time.
 *
 * yyjson parses the whole batch where it lies; its tree lives until the next start, in memory that the
 * decoder keeps. An event is put together from the batch's own fields and a few buffers here, so that
 * it allocates nothing.
 *
 * Ids. A page sends an event again when an answer did not reach it, and two sendings that overlap
 * carry some events twice. So an event's id is
 *
 *     SHA-256(source NUL flowId NUL startTime NUL type NUL offset NUL n NUL)
 *
 * cut to 16 bytes, with the bits of a UUID of version 8: n counts the events of the batch before it
 * with the same type and offset. startTime is one load of the page, offset one moment of it. The
 * phases of a load, which a page has once, stand there as navigationTiming/PHASE, which is no type of
 * an event, and 0 for offset and n. What changes from sending to sending (flushTime, the moment of receipt, what else is in the
 * batch) has no part in it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "wire/content.h"

#include <openssl/sha.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/content_tree.h"
#include "wire/pool.h"

enum {
    POOL_START = 16 * 1024, /* of yyjson's values: a batch of 200 events */
    POOL_KEEP = 256 * 1024,
    POOL_MAX = POOL_MOST(CONTENT_BYTES_MAX),
    TWINS_LEAST = 64, /* a power of two */
    PROPERTIES = 5, /* context, entrypoint, migration, service, duration_ms */
    SCREEN_SIZE = 2 * 20 + 2,
};
static_assert(CONTENT_PADDING >= YYJSON_PADDING_SIZE, "yyjson reads past the end");

/* How often a type and offset came so far. */
struct twin {
    struct str type; /* absent: a free place */
    int64_t offset;
    uint64_t count;
};

struct content {
    struct pool pool;
    struct content_batch batch;
    struct content_from from;
    size_t count; /* of the batch's events */
    yyjson_arr_iter events;
    size_t phase; /* the next one, once the events are through */
    bool loaded; /* one of them was a load */
    struct twin *twins;
    size_t twin_slots; /* a power of two */
    /* of all its events */
    int64_t shift_ms; /* of an offset to the corrected time, by the whole ms of receipt */
    bool has_begin;
    int64_t begin_ms;
    struct str flow_id, initial_view;
    SHA256_CTX id_begin;
    struct event common;
    struct event_property properties[PROPERTIES];
    size_t property_count;
    char screen[SCREEN_SIZE];
    /* of one */
    struct content_name name;
};

struct content *content_new(void)
{
    struct content *c = xcalloc(1, sizeof *c);

    pool_init(&c->pool, POOL_START, POOL_MAX);
    c->phase = CONTENT_PHASES;
    return c;
}

void content_free(struct content *c)
{
    if (!c)
        return;
    pool_free(&c->pool);
    free(c->twins);
    free(c);
}

size_t content_events(const struct content *c)
{
    return c->count;
}

/* The attributes that become properties, where the catalogue's entry has them. */
static void add_attribute(struct content *c, const char *name, struct str value)
{
    if (value.len == 0)
        return;
    CHECK(c->property_count < PROPERTIES - 1);
    c->properties[c->property_count++] = (struct event_property){
        .name = str_from(name),
        .value = {.kind = EVENT_TEXT, .text = str_slice(value, 0, CONTENT_TEXT_MAX)}};
}

static struct str first_of(const struct content_batch *b, enum content_field one,
                           enum content_field other)
{
    struct str s = content_text(b, one);

    return s.len ? s : content_text(b, other);
}

static void set_campaign(struct content *c)
{
    static const struct {
        enum content_field field;
        enum event_context context;
    } parts[] = {
        {FIELD_UTM_CAMPAIGN, EVENT_UTM_CAMPAIGN}, {FIELD_UTM_CONTENT, EVENT_UTM_CONTENT},
        {FIELD_UTM_MEDIUM, EVENT_UTM_MEDIUM},     {FIELD_UTM_SOURCE, EVENT_UTM_SOURCE},
        {FIELD_UTM_TERM, EVENT_UTM_TERM},
    };

    for (size_t i = 0; i < ARRAY_LEN(parts) && !c->from.do_not_track; i++)
        c->common.context[parts[i].context] =
            content_kept_campaign(content_text(&c->batch, parts[i].field));
}

static void set_screen(struct content *c)
{
    yyjson_val *width = c->batch.screen[SCREEN_WIDTH], *height = c->batch.screen[SCREEN_HEIGHT];
    int len;

    if (unsafe_yyjson_is_str(width) || unsafe_yyjson_is_str(height))
        return; /* none */
    len = snprintf(c->screen, sizeof c->screen, "%lldx%lld", (long long)content_whole(width),
                   (long long)content_whole(height));
    c->common.context[EVENT_SCREEN] = str_of(c->screen, (size_t)len);
}

/* All that the events of a batch share. */
static void set_common(struct content *c)
{
    const struct content_batch *b = &c->batch;

    c->common = (struct event){0};
    c->property_count = 0;
    add_attribute(c, "context", content_text(b, FIELD_CONTEXT));
    add_attribute(c, "entrypoint", first_of(b, FIELD_ENTRYPOINT, FIELD_ENTRY_POINT));
    add_attribute(c, "migration", content_text(b, FIELD_MIGRATION));
    add_attribute(c, "service", first_of(b, FIELD_SERVICE, FIELD_CLIENT_ID));
    c->common.properties = c->properties;
    c->common.has_id = c->common.if_declared = true;
    c->common.do_not_track = c->from.do_not_track;
    c->common.actor = content_text(b, FIELD_UID);
    c->common.device = content_text(b, FIELD_DEVICE_ID);
    c->common.context[EVENT_IP] = c->from.ip;
    c->common.context[EVENT_USER_AGENT] = c->from.user_agent;
    c->common.context[EVENT_LOCALE] = content_text(b, FIELD_LANG);
    c->common.context[EVENT_REFERRER] = content_text(b, FIELD_REFERRER);
    set_campaign(c);
    set_screen(c);
    c->flow_id = content_text(b, FIELD_FLOW_ID);
    c->initial_view = content_text(b, FIELD_INITIAL_VIEW);
    c->has_begin = b->fields[FIELD_FLOW_BEGIN_TIME] != NULL;
    c->begin_ms = c->has_begin ? content_whole(b->fields[FIELD_FLOW_BEGIN_TIME]) : 0;
    if (c->flow_id.len && c->has_begin) {
        c->common.has_flow = true;
        c->common.flow_id = c->flow_id;
        c->common.flow_begin_us = c->begin_ms * 1000; /* at most 2^53 ms */
    }
}

/* One part of what an id is made of. */
static void id_add(SHA256_CTX *sha, struct str part)
{
    SHA256_Update(sha, part.ptr ? part.ptr : "", part.len);
    SHA256_Update(sha, "", 1);
}

static void id_add_number(SHA256_CTX *sha, int64_t n)
{
    char digits[24];

    id_add(sha, str_of(digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)n)));
}

static void begin_ids(struct content *c)
{
    SHA256_Init(&c->id_begin);
    id_add(&c->id_begin, c->from.source);
    id_add(&c->id_begin, c->flow_id); /* without one no event gets an id */
    id_add_number(&c->id_begin, content_whole(c->batch.fields[FIELD_START_TIME]));
}

static struct uuid make_id(const struct content *c, struct str type, int64_t offset, uint64_t n)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX sha = c->id_begin;
    struct uuid id;

    id_add(&sha, type);
    id_add_number(&sha, offset);
    id_add_number(&sha, (int64_t)n);
    SHA256_Final(digest, &sha);
    memcpy(id.b, digest, sizeof id.b);
    id.b[6] = (uint8_t)((id.b[6] & 0x0F) | 0x80);
    id.b[8] = (uint8_t)((id.b[8] & 0x3F) | 0x80);
    return id;
}

/* The one rule that is about two fields. */
static int check_offsets(const struct content *c, struct content_wrong *wrong, struct err *err)
{
    int64_t most = content_whole(c->batch.fields[FIELD_FLUSH_TIME]) -
                   content_whole(c->batch.fields[FIELD_START_TIME]);
    yyjson_arr_iter it = yyjson_arr_iter_with(c->batch.fields[FIELD_EVENTS]);
    yyjson_val *one;

    while ((one = yyjson_arr_iter_next(&it))) {
        int64_t offset = content_whole(yyjson_obj_get(one, "offset"));

        if (offset <= most)
            continue;
        snprintf(wrong->key, sizeof wrong->key, "offset");
        /* Spelt as clients know it. */
        snprintf(wrong->message, sizeof wrong->message, "offset %lld > maxiumum possible of %lld",
                 (long long)offset, (long long)most);
        return err_set(err, ERR_USAGE, "an event is later than its batch");
    }
    return 0;
}

static int parse(struct content *c, char *body, size_t len, yyjson_val **root, struct err *err)
{
    yyjson_read_err why;
    yyjson_doc *doc;

    memset(body + len, 0, CONTENT_PADDING);
    pool_reset(&c->pool, POOL_KEEP);
    doc = yyjson_read_opts(body, len, YYJSON_READ_INSITU, &c->pool.alc, &why);
    *root = doc ? yyjson_doc_get_root(doc) : NULL;
    if (doc)
        return 0;
    c->pool.used = false;
    if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION && !c->pool.over)
        return err_set(err, ERR_LIMIT, "parse a batch: out of memory");
    return err_set_at(err, ERR_PARSE, why.pos, "the batch is not JSON: %s", why.msg);
}

int content_start(struct content *c, char *body, size_t len, const struct content_from *from,
                  struct content_wrong *wrong, struct err *err)
{
    yyjson_val *root, *list;
    int parsed;

    CHECK(body && len <= CONTENT_BYTES_MAX);
    c->from = *from;
    c->count = 0;
    c->phase = CONTENT_PHASES;
    c->events = (yyjson_arr_iter){0};
    c->loaded = false;
    parsed = parse(c, body, len, &root, err);
    if (parsed < 0 && err->code == ERR_LIMIT)
        return -1;
    list = yyjson_obj_get(root, "events");
    c->count = yyjson_arr_size(list);
    if (content_check(root, &c->batch, wrong) < 0)
        return parsed < 0 ? -1 : err_set(err, ERR_USAGE, "the batch breaks its schema");
    if (check_offsets(c, wrong, err) < 0)
        return -1;
    set_common(c);
    begin_ids(c);
    c->shift_ms = content_whole(c->batch.fields[FIELD_START_TIME]) -
                  content_whole(c->batch.fields[FIELD_FLUSH_TIME]);
    yyjson_arr_iter_init(list, &c->events);
    free(c->twins);
    c->twins = NULL;
    c->phase = 0;
    return 0;
}

/* How many of this type and offset came before; -1: memory is out. */
static int64_t count_twins(struct content *c, struct str type, int64_t offset)
{
    size_t at;

    if (!c->twins) {
        c->twin_slots = TWINS_LEAST;
        while (c->twin_slots < 2 * c->count)
            c->twin_slots *= 2;
        c->twins = calloc(c->twin_slots, sizeof *c->twins);
        if (!c->twins)
            return -1;
    }
    at = (size_t)(str_hash(type) + (uint64_t)offset * UINT64_C(0x9E3779B97F4A7C15));
    for (at ^= at >> 32;; at++) {
        struct twin *t = &c->twins[at & (c->twin_slots - 1)];

        if (t->type.ptr && (t->offset != offset || !str_eq(t->type, type)))
            continue;
        t->type = type;
        t->offset = offset;
        return (int64_t)t->count++;
    }
}

static void add_duration(struct content *c, struct event *out, int64_t ms)
{
    c->properties[c->property_count] = (struct event_property){
        .name = STR("duration_ms"), .value = {.kind = EVENT_INTEGER, .integer = ms}};
    out->property_count = c->property_count + 1;
}

/* The name, and what of it is a measurement. */
static void set_name(struct content *c, struct event *out, struct faults *faults)
{
    const struct content_name *name = &c->name;

    /* Of a longer one the beginning is kept, so that it is seen what sends it. */
    out->name = str_slice(str_of(name->text, name->len), 0, EVENT_NAME_MAX);
    if (name->len > EVENT_NAME_MAX)
        faults_add(faults, FAULT_WRONG_FIELD, STR("/name"), STR("text of 1 to 128 bytes"),
                   STR("The name of an event has at most 128 bytes."));
    if (name->number_missing)
        faults_add(faults, FAULT_WRONG_FIELD, STR("/name"), STR("flow.timing.TIMER.MILLISECONDS"),
                   STR("The last part of a timing is how many milliseconds it took."));
}

/* When it happened, by our clock. What is not believed has a fault, and no time of its own. */
static void set_time(const struct content *c, struct event *out, int64_t time_us,
                     struct faults *faults)
{
    if (time_us <= c->from.received_us && time_us >= c->from.received_us - c->from.expiry_us) {
        out->has_time = true;
        out->time_us = time_us;
        return;
    }
    faults_add(faults, FAULT_TIME_OUT_OF_RANGE, STR("/time"),
               STR("a time before receipt, by no more than flows.expiry"),
               STR("By the clock readings of its batch, the event is from the future or too old."));
}

static void set_flow(const struct content *c, struct faults *faults)
{
    if (!c->has_begin)
        faults_add(faults, FAULT_MISSING_FIELD, STR("/flow/begin"), STR("milliseconds since 1970"),
                   STR("A flow has the time that it began."));
}

/* Beyond all calendars, so that sums in microseconds would not hold it. */
static bool far(int64_t ms)
{
    return ms > INT64_MAX / 4000 || ms < -(INT64_MAX / 4000);
}

static int next_of_list(struct content *c, yyjson_val *one, struct event *out,
                        struct faults *faults, struct err *err)
{
    struct str type = native_text(yyjson_obj_get(one, "type"));
    int64_t offset = content_whole(yyjson_obj_get(one, "offset")), twins;

    content_name_of(type, c->initial_view, &c->name);
    c->loaded |= c->name.is_loaded;
    if (c->flow_id.len == 0)
        return CONTENT_NO_FLOW;
    if (!str_starts(str_of(c->name.text, c->name.len), STR("flow.")))
        return CONTENT_NOT_OF_FLOW;
    twins = count_twins(c, type, offset);
    if (twins < 0)
        return err_set(err, ERR_LIMIT, "read a batch: out of memory");
    *out = c->common;
    out->id = make_id(c, type, offset, (uint64_t)twins);
    out->property_count = c->property_count;
    set_name(c, out, faults);
    set_flow(c, faults);
    if (c->name.is_begin && c->has_begin) {
        /* It is when the server says that it is; whether that is believed, the flow's id decides. */
        out->has_time = c->begin_ms < INT64_C(253402300800000);
        out->time_us = c->begin_ms * 1000;
        return CONTENT_EVENT;
    }
    set_time(c, out,
             far(c->shift_ms + offset) ? INT64_MIN
                                       : c->from.received_us + (c->shift_ms + offset) * 1000,
             faults);
    if (c->name.has_number) {
        out->has_flow_time = true;
        out->flow_time_ms = c->name.number;
        add_duration(c, out, c->name.number);
    } else if (c->name.is_loaded && out->has_time && out->has_flow &&
               out->time_us >= out->flow_begin_us) {
        add_duration(c, out, (out->time_us - out->flow_begin_us) / 1000);
    }
    return CONTENT_EVENT;
}

/* A phase of the load took `ms`. It stands at the flow's begin and so much later, as the original has
 * it: browsers say when a phase was, but by another clock. */
static int next_phase(struct content *c, struct event *out, struct faults *faults, size_t phase,
                      int64_t ms)
{
    char type[40];
    int len;

    content_name_of(STR("loaded"), c->initial_view, &c->name);
    c->name.len += (size_t)snprintf(c->name.text + c->name.len, sizeof c->name.text - c->name.len,
                                    ".%s", content_phase_name(phase));
    *out = c->common;
    len = snprintf(type, sizeof type, "navigationTiming/%s", content_phase_name(phase));
    out->id = make_id(c, str_of(type, (size_t)len), 0, 0);
    out->property_count = c->property_count;
    set_name(c, out, faults);
    set_flow(c, faults);
    if (c->has_begin) {
        set_time(c, out, far(c->begin_ms) || far(ms) ? INT64_MIN : (c->begin_ms + ms) * 1000,
                 faults);
        out->has_flow_time = true;
        out->flow_time_ms = ms;
    }
    add_duration(c, out, ms);
    return CONTENT_EVENT;
}

int content_next(struct content *c, struct event *out, struct faults *faults, struct err *err)
{
    yyjson_val *one = yyjson_arr_iter_next(&c->events);

    faults->count = faults->more = 0;
    if (one)
        return next_of_list(c, one, out, faults, err);
    while (c->phase < CONTENT_PHASES && c->loaded && c->flow_id.len) {
        size_t phase = c->phase++;
        int64_t ms = content_phase_ms(&c->batch, phase);

        if (ms > 0)
            return next_phase(c, out, faults, phase, ms);
    }
    return CONTENT_END;
}
