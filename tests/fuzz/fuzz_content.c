/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_content.c: any bytes as a batch. What is refused names a key; what is taken gives each event an
 * id of its own, the same when it is read again at another time, texts within their limits, and a time
 * that is not ahead of its receipt. */
#include <yyjson.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 256 };

struct seen {
    struct uuid ids[EVENTS_MAX];
    size_t count;
};

static void touch(struct str s, size_t most)
{
    uint64_t sum = 0;

    CHECK(s.len <= most);
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    CHECK(sum < UINT64_MAX);
}

static void check_event(const struct event *ev, const struct faults *f,
                        const struct content_from *from, bool begins)
{
    CHECK(ev->has_id && (ev->name.ptr || f->count));
    touch(ev->name, EVENT_NAME_MAX);
    touch(ev->actor, 32);
    touch(ev->device, 32);
    touch(ev->flow_id, 64);
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
        touch(ev->context[i], 2048);
    for (size_t i = 0; i < ev->property_count; i++)
        if (ev->properties[i].value.kind == EVENT_TEXT)
            touch(ev->properties[i].value.text, CONTENT_TEXT_MAX);
    CHECK(begins || !ev->has_time ||
          (ev->time_us <= from->received_us && ev->time_us >= from->received_us - from->expiry_us));
    CHECK(ev->has_time || begins || f->count);
    for (size_t i = 0; i < f->count; i++)
        touch(f->list[i].message, 200);
}

static void check_fresh(const struct seen *s, const struct uuid *id)
{
    for (size_t i = 0; i < s->count; i++)
        CHECK(memcmp(&s->ids[i], id, sizeof *id) != 0);
}

/* False where it is refused. */
static bool read_at(struct content *c, const uint8_t *data, size_t size, int64_t received_us,
                    struct seen *out)
{
    const struct content_from from = {.source = STR("pages"),
                                      .received_us = received_us,
                                      .expiry_us = INT64_C(7200000000),
                                      .ip = STR("192.0.2.1"),
                                      .user_agent = STR("agent")};
    char *body = xmalloc(size + CONTENT_PADDING);
    struct content_wrong wrong;
    struct faults faults;
    struct event ev;
    struct err err = {0};
    int got;

    if (size)
        memcpy(body, data, size);
    out->count = 0;
    got = content_start(c, body, size, &from, &wrong, &err);
    if (got < 0) {
        CHECK((err.code == ERR_PARSE || err.code == ERR_USAGE) && strlen(wrong.key) > 0 &&
              strstr(wrong.message, wrong.key));
        CHECK(content_next(c, &ev, &faults, &err) == CONTENT_END);
        free(body);
        return false;
    }
    while ((got = content_next(c, &ev, &faults, &err)) > 0) {
        if (got != CONTENT_EVENT)
            continue;
        check_event(&ev, &faults, &from, str_is(ev.name, "flow.begin"));
        if (out->count == EVENTS_MAX)
            break;
        check_fresh(out, &ev.id);
        out->ids[out->count++] = ev.id;
    }
    CHECK(got >= 0);
    free(body);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct content *c;
    yyjson_doc *doc = yyjson_read((const char *)data, size, 0);
    struct seen first, again;
    bool taken;

    if (!c)
        c = content_new();
    taken = read_at(c, data, size, INT64_C(1485182874500000), &first);
    CHECK(!taken || doc);
    CHECK(read_at(c, data, size, INT64_C(1485186074500000), &again) == taken);
    CHECK(first.count == again.count &&
          memcmp(first.ids, again.ids, first.count * sizeof *first.ids) == 0);
    yyjson_doc_free(doc);
    return 0;
}
