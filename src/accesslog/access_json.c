/* SPDX-License-Identifier: Apache-2.0 */
/* access_json.c: JSON, an object a line.
 *
 * The members' names are those of docs/access-logs.md and of nginx's variables; which others mean the
 * same, the table says. They come in any order, as text or number; where two mean the same field, the one
 * further up in the table counts. Caddy's object has the request in an object of its own, `request`,
 * and header fields as lists. Bytes that are not UTF-8, which nginx lets through, are taken as they are. */
#include "accesslog/internal.h"

enum field {
    FIELD_TIME,
    FIELD_IP,
    FIELD_HOST,
    FIELD_LINE, /* GET / HTTP/1.1 */
    FIELD_METHOD,
    FIELD_TARGET,
    FIELD_QUERY,
    FIELD_STATUS,
    FIELD_REFERRER,
    FIELD_AGENT,
    FIELD_TYPE,
    FIELD_ID,
    FIELDS
};

static const struct alias {
    struct str name;
    enum field field;
} aliases[] = {
    {{"time", 4}, FIELD_TIME},
    {{"msec", 4}, FIELD_TIME},
    {{"ts", 2}, FIELD_TIME},
    {{"time_iso8601", 12}, FIELD_TIME},
    {{"time_local", 10}, FIELD_TIME},
    {{"timestamp", 9}, FIELD_TIME},
    {{"@timestamp", 10}, FIELD_TIME},
    {{"client_ip", 9}, FIELD_IP},
    {{"remote_addr", 11}, FIELD_IP},
    {{"remote_ip", 9}, FIELD_IP},
    {{"ip", 2}, FIELD_IP},
    {{"host", 4}, FIELD_HOST},
    {{"http_host", 9}, FIELD_HOST},
    {{"server_name", 11}, FIELD_HOST},
    {{"request", 7}, FIELD_LINE},
    {{"method", 6}, FIELD_METHOD},
    {{"request_method", 14}, FIELD_METHOD},
    {{"request_uri", 11}, FIELD_TARGET},
    {{"uri", 3}, FIELD_TARGET},
    {{"path", 4}, FIELD_TARGET},
    {{"query", 5}, FIELD_QUERY},
    {{"args", 4}, FIELD_QUERY},
    {{"query_string", 12}, FIELD_QUERY},
    {{"status", 6}, FIELD_STATUS},
    {{"referrer", 8}, FIELD_REFERRER},
    {{"referer", 7}, FIELD_REFERRER},
    {{"http_referer", 12}, FIELD_REFERRER},
    {{"user_agent", 10}, FIELD_AGENT},
    {{"http_user_agent", 15}, FIELD_AGENT},
    {{"content_type", 12}, FIELD_TYPE},
    {{"sent_http_content_type", 22}, FIELD_TYPE},
    {{"request_id", 10}, FIELD_ID},
    {{"http_x_request_id", 17}, FIELD_ID},
};

enum { ALIASES = sizeof aliases / sizeof *aliases };

struct found {
    struct str text[FIELDS];
    int rank[FIELDS]; /* of the alias that gave it, from 1 */
    yyjson_val *request; /* Caddy's */
    bool has_status;
};

/* Numbers were left as they are written. */
static struct str text_of(yyjson_val *v)
{
    if (yyjson_is_str(v))
        return str_of(yyjson_get_str(v), yyjson_get_len(v));
    if (yyjson_is_raw(v))
        return str_of(yyjson_get_raw(v), yyjson_get_len(v));
    return STR_NONE;
}

static void take(struct found *f, struct str key, yyjson_val *value)
{
    for (int i = 0; i < ALIASES; i++) {
        enum field field = aliases[i].field;
        struct str text;

        if (!str_eq(aliases[i].name, key))
            continue;
        if (field == FIELD_LINE && yyjson_is_obj(value))
            f->request = value;
        text = access_present(text_of(value));
        f->has_status |= field == FIELD_STATUS;
        if (text.ptr && (!f->rank[field] || i + 1 < f->rank[field])) {
            f->text[field] = text;
            f->rank[field] = i + 1;
        }
        return;
    }
}

static void take_all(struct found *f, yyjson_val *object)
{
    yyjson_val *key, *value;
    size_t i, max;

    yyjson_obj_foreach(object, i, max, key, value)
    {
        take(f, text_of(key), value);
    }
}

/* The first value of a header field; Caddy spells its name as Go does. */
static struct str header(yyjson_val *headers, const char *name)
{
    yyjson_val *values = yyjson_obj_get(headers, name);

    return access_present(text_of(yyjson_is_arr(values) ? yyjson_arr_get_first(values) : values));
}

static void take_caddy(struct found *f, yyjson_val *root)
{
    yyjson_val *headers = yyjson_obj_get(f->request, "headers");
    yyjson_val *answer = yyjson_obj_get(root, "resp_headers");
    struct str id;

    take_all(f, f->request);
    f->text[FIELD_REFERRER] = header(headers, "Referer");
    f->text[FIELD_AGENT] = header(headers, "User-Agent");
    f->text[FIELD_TYPE] = header(answer, "Content-Type");
    id = header(answer, "X-Request-Id");
    if (!id.ptr)
        id = header(headers, "X-Request-Id");
    if (id.ptr)
        f->text[FIELD_ID] = id;
}

static enum access_fault decode(struct access_reader *r, const struct found *f, struct access *out)
{
    const struct str *t = f->text;
    enum access_fault fault;

    if (!f->has_status)
        return ACCESS_NO_REQUEST;
    if (access_time(&r->clock, t[FIELD_TIME], &out->time_us) < 0)
        return ACCESS_BAD_TIME;
    if (access_status(t[FIELD_STATUS], &out->status) < 0)
        return ACCESS_BAD_STATUS;
    out->host = access_host(t[FIELD_HOST]);
    out->ip = access_is_address(t[FIELD_IP]) ? t[FIELD_IP] : STR_NONE;
    out->referrer = t[FIELD_REFERRER];
    out->user_agent = t[FIELD_AGENT];
    out->content_type = t[FIELD_TYPE];
    out->request_id = t[FIELD_ID];
    if (t[FIELD_METHOD].ptr || t[FIELD_TARGET].ptr)
        fault = access_request(out, t[FIELD_METHOD], t[FIELD_TARGET]);
    else
        fault = access_request_line(out, t[FIELD_LINE]);
    if (!out->query.ptr)
        out->query = t[FIELD_QUERY];
    return fault;
}

enum access_fault access_read_json(struct access_reader *r, struct str line, struct access *out)
{
    const yyjson_read_flag flags = YYJSON_READ_ALLOW_INVALID_UNICODE | YYJSON_READ_NUMBER_AS_RAW;
    struct found found = {0};
    yyjson_val *root;

    yyjson_doc_free(r->doc);
    r->doc = yyjson_read_opts((char *)(uintptr_t)line.ptr, line.len, flags, r->memory, NULL);
    root = yyjson_doc_get_root(r->doc);
    if (!yyjson_is_obj(root))
        return ACCESS_BAD_JSON;
    take_all(&found, root);
    if (found.request)
        take_caddy(&found, root);
    return decode(r, &found, out);
}
