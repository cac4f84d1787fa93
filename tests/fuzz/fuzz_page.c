/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_page.c: any bytes as a page's body. What yyjson takes for JSON as a whole must be read here too
 * unless it is too deep, has a key twice or says too much beside its events, and what is read here must
 * be JSON; an object or a list of them gives as many events as it lists, each of forced types. */
#include <yyjson.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(struct str s, size_t most)
{
    uint64_t sum = 0;

    CHECK(s.len <= most);
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    CHECK(sum < UINT64_MAX);
}

static void check_minutes(struct str s)
{
    int64_t n;

    CHECK(!s.ptr || (str_to_i64(s, &n) == 0 && n >= -PAGE_MINUTES_MAX && n <= PAGE_MINUTES_MAX));
}

static void check_event(const struct event *ev, const struct faults *f, int64_t received_us)
{
    CHECK(ev->name.ptr || f->count);
    touch(ev->name, EVENT_NAME_MAX);
    touch(ev->session, EVENT_ID_TEXT_MAX);
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        touch(ev->context[i], EVENT_CONTEXT_MAX);
    check_minutes(ev->context[EVENT_TIMEZONE]);
    CHECK(str_find(ev->context[EVENT_PATH], '?') == ev->context[EVENT_PATH].len);
    CHECK(!ev->has_time ||
          (ev->time_us <= received_us && ev->time_us >= received_us - PAGE_AGE_MAX_MS * 1000));
    CHECK(ev->property_count <= EVENT_PROPERTIES_MAX + 4);
    for (size_t i = 0; i < ev->property_count; i++) {
        touch(ev->properties[i].name, EVENT_BYTES_MAX);
        if (ev->properties[i].value.kind == EVENT_TEXT)
            touch(ev->properties[i].value.text, EVENT_BYTES_MAX);
    }
    for (size_t i = 0; i < f->count; i++)
        touch(f->list[i].message, 200);
}

/* How many events it lists, by another reading. */
static size_t count_events(yyjson_val *root)
{
    yyjson_val *list = yyjson_is_arr(root) ? root : yyjson_obj_get(root, "events");

    return yyjson_is_arr(list) ? yyjson_arr_size(list) : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct page *p;
    const struct page_from from = {.received_us = INT64_C(1795325460000000)};
    yyjson_doc *doc = yyjson_read((const char *)data, size, YYJSON_READ_BIGNUM_AS_RAW);
    struct arena *a = arena_new(65536, 1 << 24);
    char *body = xmalloc(size + PAGE_PADDING);
    struct err err = {0};
    size_t count = 0;
    int rc;

    if (!p)
        p = page_new();
    if (size)
        memcpy(body, data, size);
    rc = page_start(p, body, size, &from, &err);
    if (rc == 0) {
        struct faults faults;
        struct event ev;

        while ((rc = page_next(p, a, &ev, &faults, &err)) == 1) {
            check_event(&ev, &faults, from.received_us);
            count++;
        }
    }
    CHECK(rc == 0 || (err.code == ERR_PARSE && err.at <= size));
    CHECK(rc < 0 || (doc && count == count_events(yyjson_doc_get_root(doc))));
    CHECK(rc == 0 || !doc || strstr(err.text, "twice") || strstr(err.text, "deeper") ||
          strstr(err.text, "beside"));
    yyjson_doc_free(doc);
    free(body);
    arena_free(a);
    return 0;
}
