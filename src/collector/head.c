/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: one pass over a request's fields, and the rules that HTTP itself sets.
 *
 * Promises: a request whose length two readers could understand differently is refused: a length
 * beside chunks, two lengths, a length that is not plain digits, a transfer coding but `chunked`, a
 * name with a blank in it. Leaves to the HTTP library: lines, the chunks themselves, folded fields
 * (which it joins before we see them). */
#include "collector/head.h"

#include <stddef.h>

static bool is_token(struct str s)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c != '\0' && memchr(others, c, sizeof others - 1))))
            return false;
    }
    return true;
}

static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Fields that have one place in the struct; `alone`: twice is an error, else the first counts. */
static const struct known {
    struct str name;
    size_t at;
    bool alone;
} known[] = {
    {{"authorization", 13}, offsetof(struct head, authorization), true},
    {{"content-type", 12}, offsetof(struct head, content_type), true},
    {{"content-encoding", 16}, offsetof(struct head, content_encoding), true},
    {{"content-length", 14}, offsetof(struct head, content_length), true},
    {{"transfer-encoding", 17}, offsetof(struct head, transfer_encoding), true},
    {{"origin", 6}, offsetof(struct head, origin), true},
    {{"sec-fetch-site", 14}, offsetof(struct head, fetch_site), true},
    {{"host", 4}, offsetof(struct head, host), true},
    {{"referer", 7}, offsetof(struct head, referer), false},
    {{"user-agent", 10}, offsetof(struct head, user_agent), false},
    {{"accept-language", 15}, offsetof(struct head, accept_language), false},
    {{"accept-encoding", 15}, offsetof(struct head, accept_encoding), false},
    {{"if-none-match", 13}, offsetof(struct head, if_none_match), false},
    {{"x-request-id", 12}, offsetof(struct head, request_id), false},
    {{"sec-purpose", 11}, offsetof(struct head, purpose), false},
    {{"purpose", 7}, offsetof(struct head, purpose), false},
    {{"x-moz", 5}, offsetof(struct head, purpose), false},
};

static bool add_known(struct head *h, struct str name, struct str value)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct str *field = (struct str *)((char *)h + known[i].at);

        if (name.len != known[i].name.len || !str_eq_nocase(name, known[i].name))
            continue;
        if (field->ptr && known[i].alone)
            h->malformed = true;
        else if (!field->ptr)
            *field = value;
        return true;
    }
    return false;
}

static void add_forwarded(struct head *h, struct str value)
{
    h->was_forwarded = true;
    if (h->forwarded_count == HEAD_FORWARDED_MAX) {
        memmove(&h->forwarded[0], &h->forwarded[1],
                (HEAD_FORWARDED_MAX - 1) * sizeof h->forwarded[0]);
        h->forwarded_count--;
    }
    h->forwarded[h->forwarded_count++] = value;
}

void head_add(struct head *h, struct str name, struct str value)
{
    h->fields++;
    h->bytes += name.len + value.len;
    if (h->fields > HEAD_FIELDS_MAX || h->bytes > HEAD_BYTES_MAX ||
        name.len + value.len > HEAD_LINE_MAX)
        h->too_large = true;
    value = str_trim(value);
    if (!is_token(name) || !is_clean(value))
        h->malformed = true;
    if (add_known(h, name, value))
        return;
    if (str_eq_nocase(name, STR("x-forwarded-for")))
        add_forwarded(h, value);
    else if (str_eq_nocase(name, STR("forwarded")) || str_eq_nocase(name, STR("x-real-ip")))
        h->was_forwarded = true;
    else if (str_eq_nocase(name, STR("dnt")) || str_eq_nocase(name, STR("sec-gpc")))
        h->do_not_track = h->do_not_track || str_is(value, "1");
}

static enum MHD_Result each_field(void *cls, enum MHD_ValueKind kind, const char *key,
                                  size_t key_len, const char *value, size_t value_len)
{
    struct head *h = cls;

    (void)kind;
    head_add(h, str_of(key, key_len), str_of(value ? value : "", value_len));
    return h->too_large ? MHD_NO : MHD_YES;
}

void head_read(struct head *out, struct MHD_Connection *connection, const char *version)
{
    const char *key = NULL;
    size_t key_len = 0;

    memset(out, 0, sizeof *out);
    out->needs_host = strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each_field, out);
    if (!out->authorization.ptr &&
        MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "key", 3, &key,
                                      &key_len) == MHD_YES &&
        key)
        out->key = str_of(key, key_len);
}

enum refusal head_check(const struct head *h, int64_t *length)
{
    uint64_t n = 0;

    if (h->too_large)
        return REFUSAL_HEADER_TOO_LARGE;
    if (h->malformed || (h->needs_host && !h->host.ptr))
        return REFUSAL_BAD_REQUEST;
    if (h->transfer_encoding.ptr) {
        if (h->content_length.ptr || !str_eq_nocase(h->transfer_encoding, STR("chunked")))
            return REFUSAL_BAD_REQUEST;
        *length = -1;
        return REFUSAL_NONE;
    }
    if (h->content_length.ptr) {
        for (size_t i = 0; i < h->content_length.len; i++)
            if (h->content_length.ptr[i] < '0' || h->content_length.ptr[i] > '9')
                return REFUSAL_BAD_REQUEST;
        if (h->content_length.len == 0)
            return REFUSAL_BAD_REQUEST;
        if (str_to_u64(h->content_length, &n) < 0 || n > INT64_MAX)
            return REFUSAL_BODY_TOO_LARGE;
    }
    *length = (int64_t)n;
    return REFUSAL_NONE;
}

struct str head_media_type(const struct head *h)
{
    return str_trim(str_slice(h->content_type, 0, str_find(h->content_type, ';')));
}

struct str head_key(const struct head *h)
{
    static const struct str scheme = {"bearer ", 7};

    if (!h->authorization.ptr)
        return h->key;
    if (!str_starts_nocase(h->authorization, scheme))
        return STR_NONE;
    return str_trim(str_slice(h->authorization, scheme.len, SIZE_MAX));
}
