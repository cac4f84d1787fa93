/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: goes through a body of a page's events, one at a time.
 *
 * One event and a list of them are what native.c goes through; only the members differ. Of a batch
 * (an object with a list `events`) the ends of its members are found first, by texts and brackets. What
 * stands beside the list is copied, with null in the list's place, and parsed as one object, whose tree
 * lives until the next start; native.c then goes through the list where it lies. Offsets are those of
 * the body in both.
 *
 * A scan that finds no list, or no end, leaves the body to native.c as it is, which says what is wrong. */
#include "wire/page.h"

#include "base/check.h"
#include "base/mem.h"
#include "wire/native.h"
#include "wire/page_tree.h"
#include "wire/pool.h"

enum {
    POOL_START = 4 * 1024,
    POOL_MAX = POOL_MOST(PAGE_COMMON_MAX),
    KEPT_START =
        4 * 1024, /* of what is read of it: a property takes a few bytes to write, and 48 here */
    KEPT_MAX = 1024 * 1024,
    KEY_MAX = 64, /* bytes of a key with escapes that may still be `events`: six of each letter's */
};
static_assert((int)PAGE_PADDING >= (int)NATIVE_PADDING && PAGE_PADDING >= YYJSON_PADDING_SIZE,
              "yyjson reads past the end");

static const char in_place[] = "null"; /* of the list */

struct page {
    struct native *native;
    struct pool pool; /* of the common part's tree */
    struct native_format format;
    struct page_common common;
    struct arena *kept; /* what of it is read once */
    struct page_from from;
    bool failed;
    char copy[PAGE_COMMON_MAX + sizeof in_place + PAGE_PADDING];
};

/* Where a batch has its list. */
struct span {
    size_t begin, list, list_end, end;
};

static int read_event(void *ctx, const struct native_tree *t, yyjson_val *root, struct event *out,
                      struct faults *faults)
{
    const struct page *p = ctx;

    return page_read_event(t, root, &p->common, &p->from, out, faults);
}

struct page *page_new(void)
{
    struct page *p = xcalloc(1, sizeof *p);

    p->native = native_new();
    pool_init(&p->pool, POOL_START, POOL_MAX);
    p->kept = arena_new(KEPT_START, KEPT_MAX);
    p->format = (struct native_format){read_event, p};
    p->failed = true;
    return p;
}

void page_free(struct page *p)
{
    if (!p)
        return;
    native_free(p->native);
    pool_free(&p->pool);
    arena_free(p->kept);
    free(p);
}

/* Whether the quoted text is "events", also where its letters are escaped. */
static bool is_events(struct str quoted)
{
    char text[KEY_MAX], memory[1024];
    yyjson_alc alc;
    yyjson_doc *doc;

    if (str_is(quoted, "\"events\""))
        return true;
    if (quoted.len > sizeof text || str_find(quoted, '\\') == quoted.len)
        return false;
    memcpy(text, quoted.ptr, quoted.len);
    yyjson_alc_pool_init(&alc, memory, sizeof memory);
    doc = yyjson_read_opts(text, quoted.len, YYJSON_READ_NOFLAG, &alc, NULL);
    return yyjson_equals_str(yyjson_doc_get_root(doc), "events");
}

/* The first list `events` of the object at out->begin, and the object's end; false where it has none. */
static bool find_list(struct str body, struct span *out)
{
    size_t at = out->begin + 1;

    out->list = 0;
    for (;;) {
        size_t key = native_scan_space(body, at), colon, value, behind;

        if (key >= body.len || body.ptr[key] != '"')
            return false;
        colon = native_scan_text(body, key);
        at = native_scan_space(body, colon);
        if (at >= body.len || body.ptr[at] != ':')
            return false;
        value = native_scan_space(body, at + 1);
        behind = native_scan_value(body, value);
        if (behind == 0)
            return false;
        if (!out->list && body.ptr[value] == '[' && is_events(str_slice(body, key, colon - key))) {
            out->list = value;
            out->list_end = behind;
        }
        at = native_scan_space(body, behind);
        if (at >= body.len || (body.ptr[at] != ',' && body.ptr[at] != '}'))
            return false;
        if (body.ptr[at++] == '}')
            break;
    }
    out->end = at;
    return out->list != 0;
}

/* The offset in the body of one in the copy. */
static size_t offset_of(const struct span *s, size_t at)
{
    size_t before = s->list - s->begin, behind = before + sizeof in_place - 1;

    if (at < behind)
        return s->begin + (at < before ? at : before);
    return s->list_end + (at - behind);
}

static int parse_common(struct page *p, size_t len, struct err *err)
{
    struct native_tree t = {.body = p->copy, .a = p->kept, .err = err};
    yyjson_read_err why;
    yyjson_doc *doc;

    memset(p->copy + len, 0, PAGE_PADDING);
    doc = yyjson_read_opts(p->copy, len, YYJSON_READ_INSITU | YYJSON_READ_BIGNUM_AS_RAW,
                           &p->pool.alc, &why);
    if (doc)
        return page_read_common(&t, yyjson_doc_get_root(doc), &p->common);
    p->pool.used = false;
    if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION && !p->pool.over)
        return err_set(err, ERR_LIMIT, "parse a batch: out of memory");
    return err_set_at(err, ERR_PARSE, why.pos, "the body is not JSON: %s", why.msg);
}

static int read_common(struct page *p, struct str body, const struct span *s, struct err *err)
{
    size_t before = s->list - s->begin, rest = s->end - s->list_end, behind;

    if (before + rest > PAGE_COMMON_MAX)
        return err_set_at(err, ERR_PARSE, s->begin,
                          "what stands beside `events` has more than %d bytes", PAGE_COMMON_MAX);
    memcpy(p->copy, body.ptr + s->begin, before);
    memcpy(p->copy + before, in_place, sizeof in_place - 1);
    behind = before + sizeof in_place - 1;
    memcpy(p->copy + behind, body.ptr + s->list_end, rest);
    if (parse_common(p, behind + rest, err) < 0) {
        err->at = offset_of(s, err->at);
        return -1;
    }
    if (native_scan_space(body, s->end) < body.len)
        return err_set_at(err, ERR_PARSE, s->end,
                          "the body is not JSON: unexpected content behind the end");
    return 0;
}

int page_start(struct page *p, char *body, size_t len, const struct page_from *from,
               struct err *err)
{
    struct str text = str_of(body, len);
    struct span span = {.begin = native_scan_space(text, 0)};

    p->from = *from;
    p->common = (struct page_common){0};
    p->failed = false;
    pool_reset(&p->pool, POOL_MAX);
    arena_reset(p->kept);
    native_start(p->native, body, len, NATIVE_JSON);
    if (span.begin < len && body[span.begin] == '{' && find_list(text, &span)) {
        if (read_common(p, text, &span, err) < 0) {
            p->failed = true;
            return -1;
        }
        native_start_list(p->native, body, span.list, span.list_end);
    }
    native_use(p->native, &p->format);
    return 0;
}

int page_next(struct page *p, struct arena *a, struct event *out, struct faults *faults,
              struct err *err)
{
    faults->count = faults->more = 0;
    return p->failed ? 0 : native_next(p->native, a, out, faults, err);
}
