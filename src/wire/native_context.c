/* SPDX-License-Identifier: Apache-2.0 */
/* native_context.c: the keys of `context`, and what a URL says about host, path and query. */
#include "wire/native.h"
#include "wire/native_tree.h"

static void wrong_key(const struct native_tree *t, struct faults *faults, struct str key,
                      const char *expected)
{
    struct str path = arena_printf(t->a, "/context/%.*s", STR_ARG(key));

    native_wrong(t, faults, path.ptr ? path.ptr : "/context", expected);
}

struct str native_host(struct str s, struct arena *a)
{
    struct str copy = arena_copy(a, s);

    for (size_t i = 0; i < copy.len; i++)
        ((char *)copy.ptr)[i] = ascii_lower(copy.ptr[i]);
    return copy;
}

/* scheme://user@host:port/path?query#fragment; user and fragment are left out. A URL without a host
 * begins with its path. Fills what the context does not say itself. */
int native_split_url(struct str url, struct arena *a, struct event *out)
{
    struct str rest = str_slice(url, 0, str_find(url, '#')), host = STR_NONE;
    size_t colon = str_find(rest, ':'), query, end = 0;

    if (colon > 0 && colon + 2 < rest.len && memcmp(rest.ptr + colon, "://", 3) == 0) {
        rest = str_slice(rest, colon + 3, rest.len);
        while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
            end++;
        host = str_slice(rest, 0, end);
        rest = str_slice(rest, end, rest.len);
        for (size_t at; (at = str_find(host, '@')) < host.len;)
            host = str_slice(host, at + 1, host.len);
    } else if (rest.len == 0 || rest.ptr[0] != '/') {
        return -1;
    }
    query = str_find(rest, '?');
    if (host.len && !out->context[EVENT_HOST].ptr)
        out->context[EVENT_HOST] = native_host(host, a);
    if (!out->context[EVENT_PATH].ptr)
        out->context[EVENT_PATH] = query > 0 ? str_slice(rest, 0, query) : STR("/");
    if (query < rest.len && !out->context[EVENT_QUERY].ptr)
        out->context[EVENT_QUERY] = str_slice(rest, query + 1, rest.len);
    return 0;
}

static bool is_text(yyjson_val *val, const char *z)
{
    return unsafe_yyjson_is_str(val) && str_is(native_text(val), z);
}

/* As navigator.doNotTrack and the header say it: 1, "1", true; also the old "yes". */
static int read_do_not_track(yyjson_val *val, bool *out)
{
    bool yes = unsafe_yyjson_is_true(val) || is_text(val, "1") || is_text(val, "yes") ||
               (unsafe_yyjson_is_uint(val) && unsafe_yyjson_get_uint(val) == 1);
    bool no = unsafe_yyjson_is_false(val) || is_text(val, "0") || is_text(val, "no") ||
              is_text(val, "unspecified") ||
              (unsafe_yyjson_is_uint(val) && unsafe_yyjson_get_uint(val) == 0);

    if (!yes && !no)
        return -1;
    *out = yes;
    return 0;
}

static int find_text(struct str key)
{
    uint64_t key8 = native_key8(key.ptr, key.len);

#define FIND(literal, which)                                                                       \
    if (NATIVE_KEY_IS(key, key8, literal))                                                         \
    return which
    FIND("path", EVENT_PATH);
    FIND("url", EVENT_URL);
    FIND("host", EVENT_HOST);
    FIND("ip", EVENT_IP);
    FIND("user_agent", EVENT_USER_AGENT);
    FIND("method", EVENT_METHOD);
    FIND("referrer", EVENT_REFERRER);
    FIND("query", EVENT_QUERY);
    FIND("title", EVENT_TITLE);
    FIND("locale", EVENT_LOCALE);
#undef FIND
    return event_context_find(key);
}

/* A text as long as any of the context; absent where it is null. */
static void read_given(const struct native_tree *t, struct str key, yyjson_val *val,
                       struct str *out, struct faults *faults)
{
    struct str s = unsafe_yyjson_is_str(val) ? native_text(val) : STR_NONE;

    if (unsafe_yyjson_is_null(val))
        return;
    if (!s.ptr || s.len > EVENT_CONTEXT_MAX)
        wrong_key(t, faults, key, NATIVE_CONTEXT_EXPECTED);
    else
        *out = s;
}

void native_read_status(const struct native_tree *t, const char *path, yyjson_val *val,
                        struct event *out, struct faults *faults)
{
    if (unsafe_yyjson_is_uint(val) && unsafe_yyjson_get_uint(val) >= 100 &&
        unsafe_yyjson_get_uint(val) <= 999)
        out->status = (int16_t)unsafe_yyjson_get_uint(val);
    else
        native_wrong(t, faults, path, "an integer from 100 to 999");
}

void native_read_sequence(const struct native_tree *t, const char *path, yyjson_val *val,
                          struct event *out, struct faults *faults)
{
    out->has_sequence = unsafe_yyjson_is_uint(val) && unsafe_yyjson_get_uint(val) <= INT64_MAX;
    if (out->has_sequence)
        out->sequence = (int64_t)unsafe_yyjson_get_uint(val);
    else
        native_wrong(t, faults, path, "an integer of at least 0");
}

/* The keys that are no text of enum event_context, null standing for absent; false where `key` is none of
 * them. */
static bool read_other(const struct native_tree *t, struct str key, yyjson_val *val,
                       struct event *out, struct faults *faults)
{
    bool given = !unsafe_yyjson_is_null(val);

    if (str_eq(key, STR("status"))) {
        if (given)
            native_read_status(t, "/context/status", val, out, faults);
    } else if (str_eq(key, STR("dnt"))) {
        if (given && read_do_not_track(val, &out->do_not_track) < 0)
            native_wrong(t, faults, "/context/dnt", "true or false");
    } else if (str_eq(key, STR("sequence"))) {
        if (given)
            native_read_sequence(t, "/context/sequence", val, out, faults);
    } else if (str_eq(key, STR("ua_browser"))) {
        read_given(t, key, val, &out->ua_browser, faults);
    } else if (str_eq(key, STR("ua_version"))) {
        read_given(t, key, val, &out->ua_version, faults);
    } else if (str_eq(key, STR("ua_os"))) {
        read_given(t, key, val, &out->ua_os, faults);
    } else {
        return false;
    }
    return true;
}

static void read_text(const struct native_tree *t, enum event_context which, yyjson_val *val,
                      struct event *out, struct faults *faults)
{
    bool minutes = which == EVENT_TIMEZONE && unsafe_yyjson_is_int(val);
    struct str s = minutes                     ? native_number_text(t, val)
                   : unsafe_yyjson_is_str(val) ? native_text(val)
                                               : STR_NONE;

    if (!s.ptr || s.len > EVENT_CONTEXT_MAX)
        wrong_key(t, faults, event_context_name(which), NATIVE_CONTEXT_EXPECTED);
    else
        out->context[which] = which == EVENT_HOST ? native_host(s, t->a) : s;
}

int native_read_context(const struct native_tree *t, yyjson_val *obj, struct event *out,
                        struct faults *faults)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    bool look_closer = false;
    unsigned seen = 0;
    yyjson_val *key;

    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);
        struct str name = native_text(key);
        int which = find_text(name);

        if (native_check(t, val, 3) < 0)
            return -1;
        look_closer |= which < 0 || (seen >> which & 1);
        if (which >= 0) {
            seen |= 1u << which;
            if (!unsafe_yyjson_is_null(val))
                read_text(t, (enum event_context)which, val, out, faults);
        } else if (!read_other(t, name, val, out, faults)) {
            native_unknown(t, faults, "/context", name);
        }
    }
    if (out->context[EVENT_URL].ptr && native_split_url(out->context[EVENT_URL], t->a, out) < 0) {
        out->context[EVENT_URL] = STR_NONE;
        native_wrong(t, faults, "/context/url", "a URL with a host, or a path");
    }
    native_read_campaign(out->context[EVENT_QUERY], t->a, out);
    return look_closer ? native_check_keys(t, obj) : 0;
}
static_assert(EVENT_CONTEXT_COUNT <= 32, "a bit for each");
