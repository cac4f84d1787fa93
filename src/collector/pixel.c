/* SPDX-License-Identifier: Apache-2.0 */
/* pixel.c: GET /count.gif, or what the settings call it: an image that counts the pages it stands in,
 * for pages without scripts.
 *
 *     <img src="https://events.example.org/count.gif?key=web_5f3a&page=/about" alt="">
 *
 * Promises: the image comes once the event is on disk; it comes with every status, so that no page shows
 * a broken one; what is fetched ahead, and HEAD, is answered and counts nothing.
 * Browsers send no Origin with an image. What they say instead is where the page is, in Referer, so
 * its origin is held to those of the source, and its host and path are the event's. */
#include <assert.h>

#include "base/mem.h"
#include "collector/intake.h"
#include "collector/page.h"

static const unsigned char gif[] = {
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b};
static_assert(sizeof gif == 43, "docs/http.md says so");

void pixel_answer(struct request *req)
{
    req->content_type = "image/gif";
    buf_reset(&req->answer, REQUEST_KEEP_BYTES);
    buf_append(&req->answer, gif, sizeof gif);
}

/* The part of a URL that is its origin: scheme, host and port; absent where it has no host. */
static struct str origin_of(struct str url)
{
    static const struct str slashes = {"://", 3};
    size_t end = str_find(url, ':');

    if (!str_starts(str_slice(url, end, url.len), slashes))
        return STR_NONE;
    end += slashes.len;
    while (end < url.len && !memchr("/?#", url.ptr[end], 3))
        end++;
    return str_slice(url, 0, end);
}

enum refusal pixel_check(struct request *req, const char *method)
{
    const struct head *h = &req->head;
    enum refusal why = page_sender(req, h->origin.ptr ? h->origin : origin_of(h->referer));

    req->embeds = true;
    req->only_looks =
        strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 || str_starts_nocase(h->purpose, STR("prefetch"));
    if (req->foreign && req->only_looks)
        return REFUSAL_ORIGIN_NOT_ALLOWED;
    if (why == REFUSAL_NONE && req->only_looks) {
        req->status = MHD_HTTP_OK;
        pixel_answer(req);
    }
    return why;
}

struct parameters {
    struct str event, page;
    bool wrong;
};

static void take(struct parameters *p, struct str *to, struct str value, size_t most)
{
    p->wrong |= to->ptr || value.len == 0 || value.len > most || !str_is_utf8(value) ||
                memchr(value.ptr, '\0', value.len);
    *to = value;
}

/* Others are left alone: whoever must get past a cache adds one. */
static enum MHD_Result each_parameter(void *cls, enum MHD_ValueKind kind, const char *key,
                                      size_t key_len, const char *value, size_t value_len)
{
    struct parameters *p = cls;
    struct str name = str_of(key, key_len), text = str_of(value ? value : "", value_len);

    (void)kind;
    if (str_is(name, "event"))
        take(p, &p->event, text, EVENT_NAME_MAX);
    else if (str_is(name, "page"))
        take(p, &p->page, text, EVENT_CONTEXT_MAX);
    return MHD_YES;
}

static enum refusal count_page(struct intake *in, const struct parameters *p, struct err *err)
{
    struct edge *e = in->req->edge;
    struct event event = {.name = p->event.ptr ? p->event : STR("page.counted")};
    struct faults faults = {0};

    if (p->wrong) {
        err_set(err, ERR_USAGE, "`event` and `page` may stand there once each, with text in UTF-8");
        return REFUSAL_BAD_PARAMETER;
    }
    arena_reset(e->arena);
    page_put_referer(in->req->head.referer, e->arena, &event);
    event.context[EVENT_QUERY] = STR_NONE;
    if (p->page.ptr)
        event.context[EVENT_PATH] = p->page;
    return intake_event(in, &event, &faults);
}

static void answer_pixel(struct request *req, const struct answer_sums *sums)
{
    req->status = answer_status(sums);
    pixel_answer(req);
}

void pixel_finish(struct request *req)
{
    struct parameters p = {0};
    struct err err = {0};
    struct intake in;
    enum refusal why = intake_begin(&in, req, answer_pixel);

    MHD_get_connection_values_n(req->connection, MHD_GET_ARGUMENT_KIND, each_parameter, &p);
    if (why == REFUSAL_NONE)
        why = count_page(&in, &p, &err);
    intake_end(&in, why, &err);
}
