/* SPDX-License-Identifier: Apache-2.0 */
/* native_tree.h: from yyjson's tree of one event to struct event; used by native.c, and for keys and
 * texts by content.c.
 *
 * -1 is about the whole body (ERR_PARSE with its offset, ERR_LIMIT when the arena is full); what is
 * wrong with the event is a fault. */
#pragma once
#include <assert.h>
#include <yyjson.h>

#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/fault.h"

struct native_tree {
    const char *body; /* offsets count from here */
    size_t event_at; /* where the event begins */
    struct arena *a;
    struct err *err;
};

/* native.c, for a format whose events come one after another in the same way: what becomes of the tree of
 * one, an object, instead of native_read_event. Kept until the next native_start. */
struct native_format {
    int (*read)(void *ctx, const struct native_tree *t, yyjson_val *root, struct event *out,
                struct faults *faults);
    void *ctx;
};
struct native;
void native_use(struct native *n, const struct native_format *format);
/* Instead of native_start: of a body that is ready, the list in body[from..end) with its brackets; offsets
 * are those of the body. */
void native_start_list(struct native *n, char *body, size_t from, size_t end);
/* Behind the value that begins at `from`, or the text whose quote is there, by texts and brackets alone; 0
 * where the value is not closed, past the end where the text is not. */
size_t native_scan_value(struct str body, size_t from);
size_t native_scan_text(struct str body, size_t from);
/* At a byte that is no white space, or the end. */
size_t native_scan_space(struct str body, size_t from);

/* native_event.c: the envelope. `root` is an object. */
int native_read_event(const struct native_tree *t, yyjson_val *root, struct event *out,
                      struct faults *faults);

/* A time, or a text such as an id's, at `path`; where it is none, a fault, and nothing else changes. */
#define NATIVE_TIME_EXPECTED "an RFC 3339 time, or milliseconds since 1970"
void native_read_time(const struct native_tree *t, const char *path, yyjson_val *val, bool *has,
                      int64_t *out_us, struct faults *faults);
void native_read_text(const struct native_tree *t, const char *path, yyjson_val *val,
                      struct str *out, struct faults *faults);

void native_read_name(const struct native_tree *t, const char *path, yyjson_val *val,
                      struct event *out, struct faults *faults);
void native_read_id(const struct native_tree *t, yyjson_val *val, struct event *out,
                    struct faults *faults);

/* native_flow.c: the keys of `flow`, an object. */
int native_read_flow(const struct native_tree *t, yyjson_val *obj, struct event *out,
                     struct faults *faults);

/* native_context.c: the keys of `context`, an object. */
int native_read_context(const struct native_tree *t, yyjson_val *obj, struct event *out,
                        struct faults *faults);
#define NATIVE_CONTEXT_EXPECTED "text of at most 8192 bytes"
static_assert(EVENT_CONTEXT_MAX == 8192, "the text above says so");
void native_read_status(const struct native_tree *t, const char *path, yyjson_val *val,
                        struct event *out, struct faults *faults);
void native_read_sequence(const struct native_tree *t, const char *path, yyjson_val *val,
                          struct event *out, struct faults *faults);
/* A host's letters are the same in either case: one spelling is counted. Lives in a. */
struct str native_host(struct str s, struct arena *a);

/* campaign.c: utm_* of a query, where the event does not say them itself. What cannot be decoded stays in the query
 * alone. */
void native_read_campaign(struct str query, struct arena *a, struct event *out);

/* native_value.c: what any value needs. A value's depth is 1 for the event itself. */

/* Depth and double keys of everything in `val`. */
int native_check_inside(const struct native_tree *t, yyjson_val *val, int depth);
static inline int native_check(const struct native_tree *t, yyjson_val *val, int depth)
{
    return unsafe_yyjson_is_ctn(val) ? native_check_inside(t, val, depth) : 0;
}
/* Double keys of one object, not of what is in it. */
int native_check_keys(const struct native_tree *t, yyjson_val *obj);
/* `properties`, an object, checked on the way. */
int native_read_properties(const struct native_tree *t, yyjson_val *obj, struct event *out,
                           struct faults *faults);
/* A property's value, which is checked already; -1: the arena is full. */
int native_read_value(const struct native_tree *t, yyjson_val *val, struct event_value *out);
/* A number in decimal digits; lives in the arena. */
struct str native_number_text(const struct native_tree *t, yyjson_val *val);
int native_out_of_memory(const struct native_tree *t);
/* Adds a wrong_field. */
void native_wrong(const struct native_tree *t, struct faults *f, const char *path,
                  const char *expected);
/* Whether a key that is none of ours may be repeated: it looks like a field's name. */
bool native_may_be_shown(struct str key);
/* Adds an unknown_field for a key of the object at `path`. */
void native_unknown(const struct native_tree *t, struct faults *f, const char *path,
                    struct str key);

/* The first eight bytes of a key, zeros behind a shorter one: a number to switch by. The body's
 * padding lets it read past a short key at the end. */
static inline uint64_t native_key8(const char *key, size_t len)
{
    uint64_t v;

    memcpy(&v, key, sizeof v);
    if (len < 8)
        v &= len ? ~UINT64_C(0) >> (64 - 8 * len) : 0;
    return v;
}

/* True for the key `z` of `len` bytes, with eight NULs behind it; folded by the compiler. */
static inline bool native_key_equals(struct str key, uint64_t key8, const char *z, size_t len)
{
    uint64_t z8;

    memcpy(&z8, z, sizeof z8);
    return key.len == len && key8 == z8 && (len <= 8 || memcmp(key.ptr + 8, z + 8, len - 8) == 0);
}

#define NATIVE_KEY_IS(key, key8, literal)                                                          \
    native_key_equals(key, key8, literal "\0\0\0\0\0\0\0\0", sizeof(literal) - 1)

static inline struct str native_text(yyjson_val *val)
{
    return str_of(unsafe_yyjson_get_str(val), unsafe_yyjson_get_len(val));
}

/* Of a text: only an escape can bring U+0000, and yyjson notes where there was none. */
static inline bool native_has_nul(yyjson_val *val)
{
    return !(unsafe_yyjson_get_tag(val) & YYJSON_SUBTYPE_NOESC) &&
           memchr(unsafe_yyjson_get_str(val), '\0', unsafe_yyjson_get_len(val));
}
