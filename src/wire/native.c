/* SPDX-License-Identifier: Apache-2.0 */
/* native.c: goes through a body of Weir's own JSON, one event at a time.
 *
 * yyjson parses each event where it lies (in situ) and stops at its end; the brackets and commas of
 * the outer array, and the lines of NDJSON, are read here. The tree of one event is all that lives
 * at once, in memory that the decoder keeps, so that a steady load allocates nothing.
 *
 * yyjson reads up to four bytes past what it is given and takes a NUL for the end. Behind the body
 * stand NATIVE_PADDING of them; a line of NDJSON gets one in place of its line break, which is
 * enough: whatever it looks at next cannot match with a NUL in it.
 *
 * Before an event of a body that is larger than one event may be, a scan finds the event's end, so
 * that a huge one costs no tree. Of such an event the brackets and texts are told apart, nothing
 * more is checked. */
#include "wire/native.h"

#include <assert.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/native_tree.h"
#include "wire/pool.h"

enum {
    POOL_START = 32 * 1024, /* of yyjson's values: an event of 80 properties */
    POOL_KEEP = 256 * 1024,
    POOL_MAX = POOL_MOST(EVENT_BYTES_MAX),
};
static_assert(NATIVE_PADDING >= YYJSON_PADDING_SIZE, "yyjson reads past the end");

enum state { STATE_START, STATE_NEXT, STATE_END };

struct native {
    char *body;
    size_t len, at;
    enum native_form form;
    enum state state;
    bool array; /* the body is a list of events */
    const struct native_format *format; /* NULL: our own */
    struct pool pool;
};

struct native *native_new(void)
{
    struct native *n = xcalloc(1, sizeof *n);

    pool_init(&n->pool, POOL_START, POOL_MAX);
    n->state = STATE_END;
    return n;
}

void native_free(struct native *n)
{
    if (!n)
        return;
    pool_free(&n->pool);
    free(n);
}

void native_start(struct native *n, char *body, size_t len, enum native_form form)
{
    CHECK(body != NULL);
    memset(body + len, 0, NATIVE_PADDING);
    pool_reset(&n->pool, POOL_KEEP);
    n->body = body;
    n->len = len;
    n->at = 0;
    n->form = form;
    n->state = STATE_START;
    n->array = false;
    n->format = NULL;
}

void native_start_list(struct native *n, char *body, size_t from, size_t end)
{
    pool_reset(&n->pool, POOL_KEEP);
    CHECK(from < end && body[from] == '[');
    n->body = body;
    n->len = end;
    n->at = from;
    n->form = NATIVE_JSON;
    n->state = STATE_START;
    n->array = false;
    n->format = NULL;
}

void native_use(struct native *n, const struct native_format *format)
{
    n->format = format;
}

size_t native_scan_space(struct str body, size_t from)
{
    while (from < body.len && (body.ptr[from] == ' ' || body.ptr[from] == '\t' ||
                               body.ptr[from] == '\n' || body.ptr[from] == '\r'))
        from++;
    return from;
}

static void skip_space(struct native *n)
{
    n->at = native_scan_space(str_of(n->body, n->len), n->at);
}

static int fail(struct native *n, struct err *err, size_t at, const char *why)
{
    n->state = STATE_END;
    return err_set_at(err, ERR_PARSE, at, "the body is not JSON: %s", why);
}

size_t native_scan_text(struct str body, size_t from)
{
    size_t i = from + 1;

    while (i < body.len && body.ptr[i] != '"')
        i += body.ptr[i] == '\\' ? 2 : 1;
    return i + 1;
}

size_t native_scan_value(struct str body, size_t from)
{
    size_t depth = 0, i = from;

    while (i < body.len) {
        char c = body.ptr[i];

        if (c == '"') {
            i = native_scan_text(body, i);
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return i; /* the list's own end behind a bare value */
            if (--depth == 0)
                return i + 1;
        } else if (c == ',' && depth == 0) {
            return i;
        }
        i++;
    }
    return depth || i > body.len ? 0 : body.len;
}

/* The tree of the `len` bytes at n->at, or of the value that begins there; NULL with err. */
static yyjson_val *parse(struct native *n, size_t len, bool to_end, size_t *out_read,
                         struct err *err)
{
    yyjson_read_flag flags = YYJSON_READ_INSITU | YYJSON_READ_BIGNUM_AS_RAW;
    size_t behind = n->at + strspn(n->body + n->at, "+-0123456789.eE");
    char kept = n->body[behind];
    yyjson_read_err why;
    yyjson_doc *doc;

    if (!to_end)
        flags |= YYJSON_READ_STOP_WHEN_DONE;
    doc = yyjson_read_opts(n->body + n->at, len, flags, &n->pool.alc, &why);
    /* A huge number that is no part of anything gets its NUL over what follows it. */
    if (behind > n->at)
        n->body[behind] = kept;
    if (doc) {
        *out_read = yyjson_doc_get_read_size(doc);
        return yyjson_doc_get_root(doc);
    }
    n->pool.used = false;
    if (n->pool.over) {
        /* What is whole and small enough fits the pool. */
        fail(n, err, n->at, "an object or list is not closed");
    } else if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        n->state = STATE_END;
        err_set_at(err, ERR_LIMIT, n->at, "parse an event: out of memory");
    } else {
        fail(n, err, n->at + why.pos, why.msg);
    }
    return NULL;
}

/* The faults of an event of which nothing else is known. */
static int whole_fault(struct event *out, struct faults *faults, enum fault_code code,
                       const char *expected, const char *message)
{
    memset(out, 0, sizeof *out);
    faults_add(faults, code, STR(""), str_from(expected), str_from(message));
    return 1;
}

static int too_large(struct event *out, struct faults *faults)
{
    return whole_fault(out, faults, FAULT_EVENT_TOO_LARGE, "at most 131072 bytes",
                       "The event is larger than one may be.");
}
static_assert(EVENT_BYTES_MAX == 131072, "the text above says so");

/* Decodes the value at n->at, which ends before `end`; n->at moves behind it. */
static int decode(struct native *n, size_t end, bool to_end, struct arena *a, struct event *out,
                  struct faults *faults, struct err *err)
{
    struct native_tree t = {.body = n->body, .event_at = n->at, .a = a, .err = err};
    size_t read = 0;
    yyjson_val *root;
    int rc;

    root = parse(n, end - n->at, to_end, &read, err);
    if (!root)
        return -1;
    n->at += read;
    if (!unsafe_yyjson_is_obj(root)) {
        rc = native_check(&t, root, 1) < 0 ? -1
                                           : whole_fault(out, faults, FAULT_NOT_AN_OBJECT, "object",
                                                         "An event is a JSON object.");
    } else {
        rc = n->format ? n->format->read(n->format->ctx, &t, root, out, faults)
                       : native_read_event(&t, root, out, faults);
        rc = rc < 0 ? -1 : 1;
    }
    n->pool.used = false;
    if (rc < 0)
        n->state = STATE_END;
    return rc;
}

/* One event of a JSON body, whose first byte n->at is at. */
static int next_value(struct native *n, struct arena *a, struct event *out, struct faults *faults,
                      struct err *err)
{
    if (n->len - n->at > EVENT_BYTES_MAX) {
        size_t end = native_scan_value(str_of(n->body, n->len), n->at);

        if (end == 0)
            return fail(n, err, n->len, "unexpected end of data");
        if (end - n->at > EVENT_BYTES_MAX) {
            n->at = end;
            return too_large(out, faults);
        }
    }
    return decode(n, n->len, false, a, out, faults, err);
}

/* Behind the last event. */
static int finish(struct native *n, struct err *err)
{
    skip_space(n);
    if (n->at < n->len)
        return fail(n, err, n->at, "unexpected content behind the end");
    n->state = STATE_END;
    return 0;
}

static int next_of_json(struct native *n, struct arena *a, struct event *out, struct faults *faults,
                        struct err *err)
{
    bool first = n->state == STATE_START;

    skip_space(n);
    n->state = STATE_NEXT;
    if (first && n->at == n->len)
        return fail(n, err, n->at, "it is empty");
    if (first) {
        n->array = n->body[n->at] == '[';
        if (!n->array)
            return next_value(n, a, out, faults, err);
        n->at++;
        skip_space(n);
    } else if (!n->array) {
        return finish(n, err);
    }
    if (n->body[n->at] == ']') {
        n->at++;
        return finish(n, err);
    }
    if (!first) {
        if (n->at == n->len)
            return fail(n, err, n->at, "unexpected end of data");
        if (n->body[n->at] != ',')
            return fail(n, err, n->at, "expected a comma or the list's end");
        n->at++;
        skip_space(n);
    }
    if (n->at == n->len)
        return fail(n, err, n->at, "unexpected end of data");
    return next_value(n, a, out, faults, err);
}

static int next_of_lines(struct native *n, struct arena *a, struct event *out,
                         struct faults *faults, struct err *err)
{
    while (n->at < n->len) {
        char *line = n->body + n->at, *eol = memchr(line, '\n', n->len - n->at);
        size_t end = eol ? (size_t)(eol - n->body) : n->len, behind = end + (eol != NULL);
        struct str text;
        int rc;

        text = str_trim(str_of(line, end - n->at));
        if (text.len == 0) {
            n->at = behind;
            continue;
        }
        n->state = STATE_NEXT;
        if (text.len > EVENT_BYTES_MAX) {
            n->at = behind;
            return too_large(out, faults);
        }
        n->at = (size_t)(text.ptr - n->body);
        n->body[n->at + text.len] = '\0';
        rc = decode(n, n->at + text.len, true, a, out, faults, err);
        n->at = behind;
        return rc;
    }
    if (n->state == STATE_START)
        return fail(n, err, n->len, "it is empty");
    n->state = STATE_END;
    return 0;
}

int native_next(struct native *n, struct arena *a, struct event *out, struct faults *faults,
                struct err *err)
{
    faults->count = faults->more = 0;
    if (n->state == STATE_END)
        return 0;
    if (n->state == STATE_START && n->len >= 3 && memcmp(n->body, "\xEF\xBB\xBF", 3) == 0)
        return fail(n, err, 0, "it begins with a byte order mark");
    if (n->form == NATIVE_NDJSON)
        return next_of_lines(n, a, out, faults, err);
    return next_of_json(n, a, out, faults, err);
}
