/* SPDX-License-Identifier: Apache-2.0 */
/* native_event.c: the envelope: name, id, times, identities, flow.
 *
 * One pass over the keys; a bit for each field that was seen finds double keys. null stands for
 * absent. A field that is wrong is a fault, and absent from the event. */
#include "base/datetime.h"
#include "wire/native_tree.h"

enum field {
    FIELD_NAME,
    FIELD_ID,
    FIELD_TIME,
    FIELD_TIMESTAMP,
    FIELD_OCCURRED_AT,
    FIELD_SENT_AT,
    FIELD_ACTOR,
    FIELD_SESSION,
    FIELD_DEVICE,
    FIELD_REQUEST_ID,
    FIELD_FLOW,
    FIELD_PROPERTIES,
    FIELD_CONTEXT,
    FIELD_COUNT
};

static const char *const paths[FIELD_COUNT] = {
    [FIELD_NAME] = "/name",
    [FIELD_ID] = "/id",
    [FIELD_TIME] = "/time",
    [FIELD_TIMESTAMP] = "/timestamp",
    [FIELD_OCCURRED_AT] = "/occurred_at",
    [FIELD_SENT_AT] = "/sent_at",
    [FIELD_ACTOR] = "/actor",
    [FIELD_SESSION] = "/session",
    [FIELD_DEVICE] = "/device",
    [FIELD_REQUEST_ID] = "/request_id",
    [FIELD_FLOW] = "/flow",
    [FIELD_PROPERTIES] = "/properties",
    [FIELD_CONTEXT] = "/context",
};

static int find_field(struct str key)
{
    uint64_t key8 = native_key8(key.ptr, key.len);

#define FIND(literal, field)                                                                       \
    if (NATIVE_KEY_IS(key, key8, literal))                                                         \
    return field
    FIND("name", FIELD_NAME);
    FIND("id", FIELD_ID);
    FIND("time", FIELD_TIME);
    FIND("actor", FIELD_ACTOR);
    FIND("session", FIELD_SESSION);
    FIND("properties", FIELD_PROPERTIES);
    FIND("context", FIELD_CONTEXT);
    FIND("device", FIELD_DEVICE);
    FIND("request_id", FIELD_REQUEST_ID);
    FIND("sent_at", FIELD_SENT_AT);
    FIND("flow", FIELD_FLOW);
    FIND("timestamp", FIELD_TIMESTAMP);
    FIND("occurred_at", FIELD_OCCURRED_AT);
#undef FIND
    return -1;
}

/* The years 0001 to 9999 in milliseconds. */
static bool time_of_ms(double ms, int64_t *out_us)
{
    int64_t whole;

    if (!(ms >= -62135596800000.0 && ms < 253402300800000.0))
        return false;
    whole = (int64_t)ms;
    *out_us = whole * 1000 + (int64_t)((ms - (double)whole) * 1000.0);
    return true;
}

static bool read_time(yyjson_val *val, int64_t *out_us)
{
    if (unsafe_yyjson_is_str(val))
        return datetime_parse(native_text(val), out_us) == 0;
    return unsafe_yyjson_is_num(val) && time_of_ms(yyjson_get_num(val), out_us);
}

void native_read_time(const struct native_tree *t, const char *path, yyjson_val *val, bool *has,
                      int64_t *out_us, struct faults *faults)
{
    int64_t us;

    if (!read_time(val, &us)) {
        native_wrong(t, faults, path, NATIVE_TIME_EXPECTED);
        return;
    }
    *has = true;
    *out_us = us;
}

void native_read_text(const struct native_tree *t, const char *path, yyjson_val *val,
                      struct str *out, struct faults *faults)
{
    struct str s;

    if (unsafe_yyjson_is_str(val)) {
        s = native_text(val);
        if (s.len <= EVENT_ID_TEXT_MAX && !native_has_nul(val)) {
            *out = s;
            return;
        }
    }
    native_wrong(t, faults, path, "text of at most 1024 bytes without U+0000");
}
static_assert(EVENT_ID_TEXT_MAX == 1024, "the text above says so");

static void read_actor(const struct native_tree *t, yyjson_val *val, struct event *out,
                       struct faults *faults)
{
    if (unsafe_yyjson_is_num(val) || unsafe_yyjson_is_raw(val)) {
        struct str s = native_number_text(t, val);

        if (s.ptr && s.len <= EVENT_ID_TEXT_MAX)
            out->actor = s;
        else
            native_wrong(t, faults, "/actor", "a number of at most 1024 digits");
        return;
    }
    native_read_text(t, "/actor", val, &out->actor, faults);
}

void native_read_name(const struct native_tree *t, const char *path, yyjson_val *val,
                      struct event *out, struct faults *faults)
{
    struct str s = unsafe_yyjson_is_str(val) ? native_text(val) : STR_NONE;

    if (s.len == 0 || s.len > EVENT_NAME_MAX || native_has_nul(val))
        native_wrong(t, faults, path, "text of 1 to 128 bytes without U+0000");
    else
        out->name = s;
}
static_assert(EVENT_NAME_MAX == 128, "the text above says so");

void native_read_id(const struct native_tree *t, yyjson_val *val, struct event *out,
                    struct faults *faults)
{
    struct uuid id;

    out->has_id = unsafe_yyjson_is_str(val) && uuid_parse(native_text(val), &id) == 0;
    if (out->has_id)
        out->id = id;
    else
        native_wrong(t, faults, "/id", "a UUID");
}

/* The three whose value is an object. */
static int read_object_field(const struct native_tree *t, enum field f, yyjson_val *val,
                             struct event *out, struct faults *faults)
{
    if (!unsafe_yyjson_is_obj(val)) {
        native_wrong(t, faults, paths[f], "an object");
        return native_check(t, val, 2);
    }
    if (f == FIELD_PROPERTIES)
        return native_read_properties(t, val, out, faults);
    return f == FIELD_FLOW ? native_read_flow(t, val, out, faults)
                           : native_read_context(t, val, out, faults);
}

static int read_field(const struct native_tree *t, enum field f, yyjson_val *val, struct event *out,
                      struct faults *faults)
{
    const char *path = paths[f];

    switch (f) {
    case FIELD_PROPERTIES:
    case FIELD_FLOW:
    case FIELD_CONTEXT: return read_object_field(t, f, val, out, faults);
    case FIELD_NAME: native_read_name(t, path, val, out, faults); break;
    case FIELD_ID: native_read_id(t, val, out, faults); break;
    case FIELD_TIME:
    case FIELD_TIMESTAMP:
    case FIELD_OCCURRED_AT:
        native_read_time(t, path, val, &out->has_time, &out->time_us, faults);
        break;
    case FIELD_SENT_AT:
        native_read_time(t, path, val, &out->has_sent_at, &out->sent_at_us, faults);
        break;
    case FIELD_ACTOR: read_actor(t, val, out, faults); break;
    case FIELD_SESSION: native_read_text(t, path, val, &out->session, faults); break;
    case FIELD_DEVICE: native_read_text(t, path, val, &out->device, faults); break;
    case FIELD_REQUEST_ID: native_read_text(t, path, val, &out->request_id, faults); break;
    case FIELD_COUNT: break;
    }
    return native_check(t, val, 2);
}

int native_read_event(const struct native_tree *t, yyjson_val *root, struct event *out,
                      struct faults *faults)
{
    const unsigned times = 1u << FIELD_TIME | 1u << FIELD_TIMESTAMP | 1u << FIELD_OCCURRED_AT;
    unsigned seen = 0, given = 0;
    bool look_closer = false;
    yyjson_obj_iter it = yyjson_obj_iter_with(root);
    yyjson_val *key;

    memset(out, 0, sizeof *out);
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);
        int f = find_field(native_text(key));

        if (f < 0) {
            look_closer = true;
            native_unknown(t, faults, "", native_text(key));
            if (native_check(t, val, 2) < 0)
                return -1;
            continue;
        }
        look_closer |= (seen >> f & 1) != 0;
        seen |= 1u << f;
        if (unsafe_yyjson_is_null(val))
            continue;
        given |= 1u << f;
        if (read_field(t, (enum field)f, val, out, faults) < 0)
            return -1;
    }
    if (look_closer && native_check_keys(t, root) < 0)
        return -1;
    if (given & times & ((given & times) - 1))
        faults_add(faults, FAULT_WRONG_FIELD, STR("/time"),
                   STR("one of time, timestamp and occurred_at"),
                   STR("An event has one time: time, timestamp and occurred_at mean the same."));
    if (!(given & 1u << FIELD_NAME))
        faults_add(faults, FAULT_MISSING_FIELD, STR("/name"), STR("text of 1 to 128 bytes"),
                   STR("An event has a name."));
    return 0;
}
