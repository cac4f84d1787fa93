/* SPDX-License-Identifier: Apache-2.0 */
/* native_flow.c: the keys of `flow`: a flow's own id and begin, and how it goes on elsewhere.
 *
 * An event has a flow of its own, with both, or that of a token, or one of its own and a token. What
 * tokens stand for is not known here: that is admission's. null stands for absent in what concerns
 * tokens. */
#include "wire/native_tree.h"

/* What the object has said. */
struct said {
    bool id, begin, any; /* any: one of those of tokens */
    struct str own_id;
};

static void read_signal(const struct native_tree *t, yyjson_val *val, struct event *out,
                        struct faults *faults)
{
    struct str s = unsafe_yyjson_is_str(val) ? native_text(val) : STR_NONE;

    if (s.len == 0 || s.len > EVENT_NAME_MAX || native_has_nul(val))
        native_wrong(t, faults, "/flow/signal", "the name of an event, of 1 to 128 bytes");
    else
        out->flow_signal = s;
}

/* A key of those that concern tokens; false for any other. */
static bool read_carrying(const struct native_tree *t, struct str key, yyjson_val *val,
                          struct event *out, struct faults *faults)
{
    static const struct {
        const char *name, *path;
        size_t at;
    } texts[] = {{"token", "/flow/token", offsetof(struct event, flow_token)},
                 {"stash", "/flow/stash", offsetof(struct event, flow_stash)},
                 {"propagate", "/flow/propagate", offsetof(struct event, flow_propagate)}};
    bool absent = unsafe_yyjson_is_null(val);

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!str_is(key, texts[i].name))
            continue;
        if (!absent)
            native_read_text(t, texts[i].path, val, (void *)((char *)out + texts[i].at), faults);
        return true;
    }
    if (str_is(key, "signal")) {
        if (!absent)
            read_signal(t, val, out, faults);
        return true;
    }
    if (!str_is(key, "clear"))
        return false;
    if (unsafe_yyjson_is_bool(val))
        out->flow_clear = unsafe_yyjson_is_true(val);
    else if (!absent)
        native_wrong(t, faults, "/flow/clear", "true or false");
    return true;
}

static int read_keys(const struct native_tree *t, yyjson_val *obj, struct event *out,
                     struct said *said, struct faults *faults)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    yyjson_val *key;

    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);

        if (native_check(t, val, 3) < 0)
            return -1;
        if (yyjson_equals_str(key, "id")) {
            said->id = true;
            native_read_text(t, "/flow/id", val, &said->own_id, faults);
        } else if (yyjson_equals_str(key, "begin")) {
            native_read_time(t, "/flow/begin", val, &said->begin, &out->flow_begin_us, faults);
        } else if (read_carrying(t, native_text(key), val, out, faults)) {
            said->any |= !unsafe_yyjson_is_null(val);
        } else {
            native_unknown(t, faults, "/flow", native_text(key));
        }
    }
    return native_check_keys(t, obj);
}

/* What one key asks of another. Adds one fault at most. */
static void check_together(const struct said *said, const struct event *ev, struct faults *faults)
{
    bool own = said->id || said->begin || !ev->flow_token.ptr;

    if (own && !said->id)
        faults_add(faults, FAULT_MISSING_FIELD, STR("/flow/id"), STR("text"),
                   STR("A flow has an id."));
    else if (own && !said->begin)
        faults_add(faults, FAULT_MISSING_FIELD, STR("/flow/begin"), STR(NATIVE_TIME_EXPECTED),
                   STR("A flow has the time that it began."));
    else if (!ev->flow_token.ptr && (ev->flow_propagate.ptr || ev->flow_clear))
        faults_add(faults, FAULT_MISSING_FIELD, STR("/flow/token"), STR("text"),
                   STR("What is propagated or cleared is what a token stands for."));
    else if (ev->flow_stash.ptr && said->own_id.len > EVENT_FLOW_CARRIED_MAX)
        faults_add(faults, FAULT_WRONG_FIELD, STR("/flow/id"), STR("text of at most 64 bytes"),
                   STR("An id that is stored under a token is no longer than a flow id."));
}
_Static_assert(EVENT_FLOW_CARRIED_MAX == 64, "the text above says so");

int native_read_flow(const struct native_tree *t, yyjson_val *obj, struct event *out,
                     struct faults *faults)
{
    size_t before = faults->count + faults->more;
    struct said said = {.own_id = STR_NONE};

    if (read_keys(t, obj, out, &said, faults) < 0)
        return -1;
    if (faults->count + faults->more == before)
        check_together(&said, out, faults);
    if (faults->count + faults->more > before)
        return 0;
    out->carries = said.any;
    if (said.own_id.len) {
        out->has_flow = true;
        out->flow_id = said.own_id;
    }
    return 0;
}
