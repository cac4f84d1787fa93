/* SPDX-License-Identifier: Apache-2.0 */
/* page_event.c: writes the event's JSON; texts that need no escape, which is nearly all, are copied. */
#include "accesslog/page_event.h"

#include "base/mem.h"

/* What an event takes besides its texts. */
enum { FRAME_MAX = 512 };

/* True where all of it may stand in a JSON string as it is: eight bytes at a time, by the bit that a
 * subtraction carries into the top of a byte below 0x20, or equal to a quote or a backslash. */
static bool is_plain(struct str s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), top = ones * 0x80;
    uint64_t word, wrong = 0;
    size_t at = 0;

    for (; at + 8 <= s.len; at += 8) {
        memcpy(&word, s.ptr + at, 8);
        wrong |= word | (word - ones * 0x20) | ((word ^ (ones * '"')) - ones) |
                 ((word ^ (ones * '\\')) - ones);
    }
    for (; at < s.len; at++) {
        unsigned char c = (unsigned char)s.ptr[at];

        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            return false;
    }
    return (wrong & top) == 0;
}

static void put(struct buf *out, struct str s)
{
    memcpy(out->ptr + out->len, s.ptr, s.len);
    out->len += s.len;
}

/* A member: `before` is all up to the text's quote. Without room it says so. */
static void member(struct buf *out, struct str before, struct str text)
{
    if (!text.ptr)
        return;
    if (text.len > PAGE_TEXT_MAX / 3) /* a byte that is not UTF-8 becomes a character of three */
        text = str_slice(text, 0,
                         str_utf8_cut(text, str_is_utf8(text) ? PAGE_TEXT_MAX : PAGE_TEXT_MAX / 3));
    if (buf_reserve(out, before.len + text.len + FRAME_MAX) < 0)
        return;
    put(out, before);
    if (!is_plain(text)) {
        buf_json(out, text);
        return;
    }
    out->ptr[out->len++] = '"';
    put(out, text);
    out->ptr[out->len++] = '"';
}

static void lower_case_member(struct buf *out, struct str before, struct str text)
{
    size_t from = out->len + before.len;

    member(out, before, text);
    for (size_t i = from; i < out->len; i++)
        out->ptr[i] = ascii_lower(out->ptr[i]);
}

/* The parameters that are kept, joined; absent where none is. */
static struct str named_only(struct buf *scratch, const struct access_rules *rules,
                             struct str query)
{
    struct str rest = query;

    buf_reset(scratch, SIZE_MAX);
    while (rest.ptr) {
        struct str one = str_split(&rest, '&');

        if (!access_rules_keeps(rules, str_slice(one, 0, str_find(one, '='))))
            continue;
        if (scratch->len)
            buf_char(scratch, '&');
        buf_str(scratch, one);
    }
    return scratch->len && !buf_failed(scratch) ? buf_as_str(scratch) : STR_NONE;
}

static struct str kept_query(struct buf *scratch, const struct access_rules *rules,
                             struct str query)
{
    switch (access_rules_query(rules)) {
    case ACCESS_QUERY_KEEP: return query;
    case ACCESS_QUERY_NAMED: return query.ptr ? named_only(scratch, rules, query) : STR_NONE;
    default: return STR_NONE;
    }
}

/* Where what stands before the host ends that may name a user, as in https://user:password@host/; else 0. */
static size_t user_end(struct str url, size_t from)
{
    struct str host = str_slice(url, from, url.len);
    const char *at;

    host = str_slice(host, 0, str_find(host, '/'));
    at = host.len ? memrchr(host.ptr, '@', host.len) : NULL;
    return at ? (size_t)(at - url.ptr) + 1 : 0;
}

/* Without user and fragment, and with as much of its query as is kept. */
static void write_referrer(struct buf *out, struct buf *scratch, const struct access_rules *rules,
                           struct str referrer)
{
    struct str url = str_slice(referrer, 0, str_find(referrer, '#')), query = STR_NONE;
    size_t at = str_find(url, '?'), scheme = str_find(url, ':'), behind_user;
    AUTO_BUF joined;

    buf_init(&joined, referrer.len);
    if (at < url.len) {
        query = kept_query(scratch, rules, str_slice(url, at + 1, url.len));
        url = str_slice(url, 0, at);
    }
    scheme = str_starts(str_slice(url, scheme, 3), STR("://")) ? scheme + 3 : 0;
    behind_user = user_end(url, scheme);
    if (!query.ptr && !behind_user) {
        member(out, STR(",\"referrer\":"), url);
        return;
    }
    buf_str(&joined, str_slice(url, 0, scheme));
    buf_str(&joined, str_slice(url, behind_user ? behind_user : scheme, url.len));
    if (query.ptr) {
        buf_char(&joined, '?');
        buf_str(&joined, query);
    }
    member(out, STR(",\"referrer\":"), buf_as_str(&joined));
}

static void write_time(struct buf *out, int64_t us, struct page_stamp *stamp)
{
    int64_t second = us >= 0 ? us / 1000000 : -1, fraction = us - second * 1000000;
    char micro[8] = ".000000";

    if (us < 0) { /* before 1970: no log is; the plain way will do */
        char text[DATETIME_SIZE];

        put(out, str_of(text, datetime_format(text, us, DATETIME_MICROSECONDS)));
        return;
    }
    if (stamp->second != second || !stamp->text[0]) {
        datetime_format(stamp->text, second * 1000000, DATETIME_SECONDS);
        stamp->second = second;
    }
    put(out, str_of(stamp->text, DATETIME_LEN_S - 1));
    if (fraction) {
        for (int i = 6; i > 0; i--) {
            micro[i] = (char)('0' + fraction % 10);
            fraction /= 10;
        }
        put(out, str_of(micro, 7));
    }
    out->ptr[out->len++] = 'Z';
}

static void write_begin(struct buf *out, const struct access *a, enum access_verdict verdict,
                        const struct uuid *id, struct page_stamp *stamp)
{
    if (buf_reserve(out, FRAME_MAX) < 0)
        return;
    out->ptr[out->len++] = '{';
    if (id) {
        put(out, STR("\"id\":\""));
        uuid_format(out->ptr + out->len, id);
        out->len += UUID_TEXT_LEN;
        put(out, STR("\","));
    }
    put(out, verdict == ACCESS_API ? STR("\"name\":\"api_queried\",\"time\":\"")
                                   : STR("\"name\":\"page_visited\",\"time\":\""));
    write_time(out, a->time_us, stamp);
    out->ptr[out->len++] = '"';
    if (verdict == ACCESS_API && a->status == 404)
        put(out, STR(",\"properties\":{\"not_found\":true}"));
    if (a->request_id.ptr)
        member(out, STR(",\"request_id\":"),
               str_slice(a->request_id, 0, str_utf8_cut(a->request_id, PAGE_ID_MAX)));
}

void page_event_write(struct buf *out, const struct access *a, enum access_verdict verdict,
                      const struct uuid *id, const struct access_rules *rules,
                      struct page_stamp *stamp)
{
    AUTO_BUF scratch;

    buf_init(&scratch, ACCESS_LINE_MAX);
    write_begin(out, a, verdict, id, stamp);
    member(out, STR(",\"context\":{\"method\":"), a->method);
    member(out, STR(",\"path\":"), a->path);
    member(out, STR(",\"query\":"), kept_query(&scratch, rules, a->query));
    if (a->referrer.ptr)
        write_referrer(out, &scratch, rules, a->referrer);
    if (a->status >= 100) {
        char status[] = ",\"status\":000";

        for (int i = 0, rest = a->status; i < 3; i++, rest /= 10)
            status[12 - i] = (char)('0' + rest % 10);
        buf_append(out, status, sizeof status - 1);
    }
    member(out, STR(",\"content_type\":"), a->content_type);
    member(out, STR(",\"ip\":"), a->ip);
    member(out, STR(",\"user_agent\":"), a->user_agent);
    lower_case_member(out, STR(",\"host\":"), a->host);
    buf_append(out, "}}", 2);
}
