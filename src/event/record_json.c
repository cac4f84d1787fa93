/* SPDX-License-Identifier: Apache-2.0 */
/* record_json.c: a record as a line of JSON, for people and for exports.
 *
 * Keys are the columns of the store's `events`, in a fixed order; what is absent has no key.
 * Promises: whatever the record holds, the line is JSON, and it has no line break inside. */
#include <math.h>
#include <yyjson.h>

#include "base/datetime.h"
#include "event/record.h"

static const char hidden_text[] = "\"(hidden)\"";

static void put_key(struct buf *out, const char *key)
{
    char last = out->len ? out->ptr[out->len - 1] : '{';

    if (last != '{')
        buf_char(out, ',');
    buf_char(out, '"');
    buf_str(out, str_from(key));
    buf_append(out, "\":", 2);
}

static void put_text(struct buf *out, const char *key, struct str s)
{
    if (!s.ptr)
        return;
    put_key(out, key);
    buf_json(out, s);
}

static void put_integer(struct buf *out, const char *key, int64_t v)
{
    put_key(out, key);
    buf_i64(out, v);
}

/* A time that no calendar has stays a number: a damaged or hostile record must not stop its reader. */
static void put_time_value(struct buf *out, int64_t us)
{
    static const int64_t first = INT64_C(-62135596800000000), behind = INT64_C(253402300800000000);
    char text[DATETIME_SIZE];
    size_t len;

    if (us < first || us >= behind) {
        buf_i64(out, us);
        return;
    }
    len = datetime_format(text, us, DATETIME_MICROSECONDS);
    buf_json(out, str_of(text, len));
}

static void put_hex_value(struct buf *out, const uint8_t *bytes)
{
    char hex[2 * PSEUDONYM_BYTES];

    hex_encode(hex, bytes, PSEUDONYM_BYTES);
    buf_json(out, str_of(hex, sizeof hex));
}

static void put_pseudonym(struct buf *out, const char *key, const struct pseudonym *p)
{
    put_key(out, key);
    put_hex_value(out, p->b);
}

static void put_uuid_value(struct buf *out, const uint8_t *bytes)
{
    char text[UUID_TEXT_LEN];
    struct uuid u;

    memcpy(u.b, bytes, sizeof u.b);
    uuid_format(text, &u);
    buf_json(out, str_of(text, sizeof text));
}

/* The shortest of the precisions that reads back as the same number. */
static void put_number_value(struct buf *out, double v)
{
    char text[40];

    if (!isfinite(v)) {
        buf_str(out, STR("null"));
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_str(out, str_from(text));
}

/* JSON that was kept as it came is parsed again, so that nothing but JSON gets out. */
static void put_json_value(struct buf *out, struct str text)
{
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, YYJSON_READ_NUMBER_AS_RAW);
    size_t len;
    char *again = doc ? yyjson_write(doc, 0, &len) : NULL;

    if (again)
        buf_append(out, again, len);
    else
        buf_json(out, text);
    free(again);
    yyjson_doc_free(doc);
}

void record_value_to_json(struct buf *out, const struct record_value *v)
{
    switch (v->type) {
    case RECORD_NULL: buf_str(out, STR("null")); return;
    case RECORD_TEXT: buf_json(out, v->text); return;
    case RECORD_INTEGER: buf_i64(out, v->integer); return;
    case RECORD_NUMBER: put_number_value(out, v->number); return;
    case RECORD_BOOLEAN: buf_str(out, v->boolean ? STR("true") : STR("false")); return;
    case RECORD_DATETIME: put_time_value(out, v->integer); return;
    case RECORD_UUID: put_uuid_value(out, v->bytes); return;
    case RECORD_PSEUDONYM: put_hex_value(out, v->bytes); return;
    case RECORD_JSON: put_json_value(out, v->text); return;
    case RECORD_LIST: break;
    }
    buf_char(out, '[');
    for (size_t i = 0; i < v->list.count; i++) {
        if (i > 0)
            buf_char(out, ',');
        record_value_to_json(out, v->list.items + i);
    }
    buf_char(out, ']');
}

static void put_identities(struct buf *out, const struct record *rec)
{
    if (rec->flags & RECORD_HAS_ACTOR)
        put_pseudonym(out, "actor", &rec->actor);
    if (rec->flags & RECORD_HAS_SESSION)
        put_pseudonym(out, "session", &rec->session);
    if (rec->session_epoch)
        put_integer(out, "session_epoch", rec->session_epoch);
    if (rec->flags & RECORD_HAS_VISITOR)
        put_pseudonym(out, "visitor", &rec->visitor);
    if (rec->visitor_epoch)
        put_integer(out, "visitor_epoch", rec->visitor_epoch);
    if (rec->flags & RECORD_HAS_DEVICE)
        put_pseudonym(out, "device", &rec->device);
    put_text(out, "request_id", rec->request_id);
    if (rec->flags & RECORD_HAS_FLOW) {
        put_text(out, "flow_id", rec->flow_id);
        put_integer(out, "flow_time", rec->flow_time_ms);
    }
    if (rec->flags & RECORD_HAS_SEQUENCE)
        put_integer(out, "sequence", rec->sequence);
}

static void put_context(struct buf *out, const struct record *rec, bool show_hidden)
{
    for (int i = 0; i < EVENT_CONTEXT_COUNT; i++) {
        struct str s = rec->context[i];

        if (s.ptr && !show_hidden && (i == EVENT_IP || i == EVENT_USER_AGENT)) {
            put_key(out, event_context_name(i).ptr);
            buf_str(out, str_from(hidden_text));
        } else {
            put_text(out, event_context_name(i).ptr, s);
        }
    }
    if (rec->status)
        put_integer(out, "status", rec->status);
    put_text(out, "ua_browser", rec->ua_browser);
    put_text(out, "ua_version", rec->ua_version);
    put_text(out, "ua_os", rec->ua_os);
    put_text(out, "country", rec->country);
    if (rec->flags & RECORD_BOT) {
        put_key(out, "bot");
        buf_str(out, STR("true"));
    }
}

static void put_properties(struct buf *out, const struct record *rec, bool show_hidden)
{
    put_key(out, "properties");
    buf_char(out, '{');
    for (size_t i = 0; i < rec->property_count; i++) {
        const struct record_property *p = rec->properties + i;

        if (i > 0)
            buf_char(out, ',');
        buf_json(out, p->name);
        buf_char(out, ':');
        if (p->hidden && !show_hidden)
            buf_str(out, str_from(hidden_text));
        else
            record_value_to_json(out, &p->value);
    }
    buf_char(out, '}');
}

void faults_to_json(struct buf *out, const struct faults *f)
{
    buf_char(out, '[');
    for (size_t i = 0; i < f->count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_char(out, '{');
        put_text(out, "code", str_from(fault_code_name(f->list[i].code)));
        put_text(out, "path", f->list[i].path);
        if (f->list[i].expected.len)
            put_text(out, "expected", f->list[i].expected);
        put_text(out, "message", f->list[i].message);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void put_faults(struct buf *out, const struct faults *f)
{
    put_key(out, "errors");
    faults_to_json(out, f);
    if (f->more)
        put_integer(out, "more_errors", (int64_t)f->more);
}

void record_to_json(struct buf *out, const struct record *rec, int64_t position, bool show_hidden)
{
    buf_char(out, '{');
    put_integer(out, "position", position);
    put_key(out, "id");
    put_uuid_value(out, rec->id.b);
    put_text(out, "name", rec->name);
    put_text(out, "source", rec->source);
    put_key(out, "time");
    put_time_value(out, rec->time_us);
    if (rec->received_us) {
        put_key(out, "received");
        put_time_value(out, rec->received_us);
    }
    put_identities(out, rec);
    put_context(out, rec, show_hidden);
    put_properties(out, rec, show_hidden);
    if ((rec->flags & RECORD_QUARANTINED) && rec->faults)
        put_faults(out, rec->faults);
    buf_append(out, "}\n", 2);
}
