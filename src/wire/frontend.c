/* SPDX-License-Identifier: Apache-2.0 */
/* frontend.c: type and data of a script's event. What is wrong is a fault, and absent from the event. */
#include "wire/frontend.h"

#include "base/mem.h"
#include "wire/native_tree.h"

/* Depth and double keys of all that is left alone. */
static int check_others(const struct native_tree *t, yyjson_val *obj, const char *const *read,
                        size_t count, int depth)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    yyjson_val *key;

    while ((key = yyjson_obj_iter_next(&it))) {
        bool is_read = false;

        for (size_t i = 0; i < count; i++)
            is_read |= str_is(native_text(key), read[i]);
        if (!is_read && native_check(t, yyjson_obj_iter_get_val(key), depth) < 0)
            return -1;
    }
    return native_check_keys(t, obj);
}

static int read_data(const struct native_tree *t, yyjson_val *val, struct event *out,
                     struct faults *faults)
{
    if (!val || unsafe_yyjson_is_null(val))
        return 0;
    if (unsafe_yyjson_is_obj(val))
        return native_read_properties(t, val, out, faults);
    native_wrong(t, faults, "/data", "an object");
    return native_check(t, val, 2);
}

static int read_event(void *ctx, const struct native_tree *t, yyjson_val *root, struct event *out,
                      struct faults *faults)
{
    static const char *const wrapping[] = {"event"}, *const members[] = {"type", "data"};
    yyjson_val *inner = yyjson_obj_get(root, "event"), *type;

    (void)ctx;
    memset(out, 0, sizeof *out);
    out->if_declared = out->counts_left_out = true;
    if (yyjson_is_obj(inner)) {
        if (check_others(t, root, wrapping, ARRAY_LEN(wrapping), 2) < 0)
            return -1;
        root = inner;
    }
    if (check_others(t, root, members, ARRAY_LEN(members), 2) < 0)
        return -1;
    type = yyjson_obj_get(root, "type");
    if (type && native_check(t, type, 2) < 0)
        return -1;
    if (type && !unsafe_yyjson_is_null(type))
        native_read_name(t, "/type", type, out, faults);
    else
        faults_add(faults, FAULT_MISSING_FIELD, STR("/type"), STR("text of 1 to 128 bytes"),
                   STR("An event has a type."));
    return read_data(t, yyjson_obj_get(root, "data"), out, faults);
}

void frontend_start(struct native *n, char *body, size_t len)
{
    static const struct native_format format = {read_event, NULL};

    native_start(n, body, len, NATIVE_JSON);
    native_use(n, &format);
}
