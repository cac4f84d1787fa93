/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_native.c: any bytes as a body, in both forms, and as one of a service's script. What yyjson takes for JSON as a whole must be
 * read here too unless it is too deep or has a key twice, and what is read here must be JSON. */
#include <yyjson.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/frontend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(struct str s)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    CHECK(sum < UINT64_MAX);
}

static void touch_value(const struct event_value *v)
{
    if (v->kind == EVENT_TEXT || v->kind == EVENT_BIG_NUMBER || v->kind == EVENT_OBJECT)
        touch(v->text);
    if (v->kind == EVENT_LIST)
        for (size_t i = 0; i < v->list.count; i++)
            touch_value(v->list.items + i);
}

static void touch_event(const struct event *ev, const struct faults *f)
{
    touch(ev->name);
    touch(ev->actor);
    touch(ev->session);
    touch(ev->device);
    touch(ev->request_id);
    touch(ev->flow_id);
    touch(ev->flow_token);
    touch(ev->flow_stash);
    touch(ev->flow_propagate);
    touch(ev->flow_signal);
    CHECK(!ev->flow_stash.ptr || f->count || ev->flow_id.len <= EVENT_FLOW_CARRIED_MAX);
    CHECK(ev->name.len <= EVENT_NAME_MAX && ev->property_count <= EVENT_PROPERTIES_MAX);
    CHECK(ev->name.ptr || f->count);
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        touch(ev->context[i]);
    for (size_t i = 0; i < ev->property_count; i++) {
        touch(ev->properties[i].name);
        touch_value(&ev->properties[i].value);
    }
    for (size_t i = 0; i < f->count; i++) {
        touch(f->list[i].path);
        touch(f->list[i].message);
    }
}

static bool is_json(const uint8_t *data, size_t size)
{
    yyjson_doc *doc = yyjson_read((const char *)data, size, YYJSON_READ_BIGNUM_AS_RAW);

    yyjson_doc_free(doc);
    return doc != NULL;
}

static void read_as(const uint8_t *data, size_t size, enum native_form form, bool script)
{
    struct arena *a = arena_new(65536, 1 << 24);
    struct native *n = native_new();
    char *body = xmalloc(size + NATIVE_PADDING);
    struct faults faults;
    struct event ev;
    struct err err;
    int rc;

    if (size)
        memcpy(body, data, size);
    if (script)
        frontend_start(n, body, size);
    else
        native_start(n, body, size, form);
    while ((rc = native_next(n, a, &ev, &faults, &err)) == 1)
        touch_event(&ev, &faults);
    if (rc < 0)
        CHECK(err.at <= size && err.code != ERR_NONE);
    if (form == NATIVE_JSON) {
        bool json = is_json(data, size);

        CHECK(rc < 0 || json);
        CHECK(rc == 0 || !json || strstr(err.text, "twice") || strstr(err.text, "deeper"));
    }
    free(body);
    native_free(n);
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(data, size, NATIVE_JSON, false);
    read_as(data, size, NATIVE_NDJSON, false);
    read_as(data, size, NATIVE_JSON, true);
    return 0;
}
