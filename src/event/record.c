/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: the journal's payload: one protected event as bytes, and back.
 *
 * Format, version 1. Integers of fixed size are little-endian. A varint has 7 bits a byte, lowest
 * first, the top bit set in all but the last byte, at most 10 bytes and no more than it needs; a
 * signed one is zigzag-coded (0, -1, 1, -2 become 0, 1, 2, 3). Text is a varint of its length in
 * bytes, then these; it may hold any byte.
 *
 *   u8      version, 1
 *   16      id
 *   text    source
 *   varint  flags: enum RECORD_... of record.h; bits that a reader does not know mean nothing to it
 *   i64     time, microseconds since 1970
 *   text    name
 *   fields  each: u8 tag = number * 4 + form, then the body by its form:
 *             0 varint   1 text   2 sixteen bytes   3 eight bytes
 *           in ascending order of their numbers (enum field below), each at most once; a field that
 *           is absent is not there, so an absent text differs from an empty one. Ended by tag 0.
 *           A reader skips a number that it does not know by its form.
 *   varint  count of properties, each:
 *             u8   type + 128 where the value is hidden
 *             text name
 *             body by type: 0 null: nothing; 1 text, 9 JSON: text; 2 integer, 5 datetime: signed
 *             varint; 3 number: IEEE 754 double; 4 boolean: u8 0 or 1; 6 UUID, 7 pseudonym: sixteen
 *             bytes; 8 list: u8 type of the items (not 8), varint count, each: u8 type (that one, or
 *             0), body
 *   with RECORD_QUARANTINED:
 *     varint count of faults (at most FAULTS_MAX), varint count of those that were not kept, each:
 *       text code as fault_code_name has it, text path, text expected, text message
 *   rest    belongs to later versions of this program; a reader of version 1 leaves it alone.
 *
 * A reader must reject: another version; what ends early; a varint that is too long or too large; a
 * field known to it in another form, twice, or out of order; a field whose flag says otherwise; an
 * unknown type or code. A later writer that adds a field, a flag, or bytes at the end keeps version
 * 1; anything that a reader of today would misread takes version 2, and this file then reads both.
 *
 * Leaves to others: the checksum (the journal's), and what may be in a record at all (admission). */
#include "base/check.h"
#include "event/record_format.h"

/* Writing: the size is bounded first, so that the rest is stores without tests. */

static uint8_t *put_varint(uint8_t *p, uint64_t v)
{
    while (v >= 0x80) {
        *p++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *p++ = (uint8_t)v;
    return p;
}

static uint8_t *put_signed(uint8_t *p, int64_t v)
{
    return put_varint(p, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

static uint8_t *put_bytes(uint8_t *p, const void *bytes, size_t len)
{
    memcpy(p, bytes, len);
    return p + len;
}

/* Most texts are short, and two copies that overlap cost less than a call. */
static uint8_t *put_text(uint8_t *p, struct str s)
{
    p = put_varint(p, s.len);
    if (s.len > 16) {
        memcpy(p, s.ptr, s.len);
    } else if (s.len >= 8) {
        memcpy(p, s.ptr, 8);
        memcpy(p + s.len - 8, s.ptr + s.len - 8, 8);
    } else if (s.len >= 4) {
        memcpy(p, s.ptr, 4);
        memcpy(p + s.len - 4, s.ptr + s.len - 4, 4);
    } else {
        for (size_t i = 0; i < s.len; i++)
            p[i] = (uint8_t)s.ptr[i];
    }
    return p + s.len;
}

static uint8_t *put_tag(uint8_t *p, unsigned number, enum form form)
{
    *p = (uint8_t)(number * 4 + form);
    return p + 1;
}

static uint8_t *put_field_text(uint8_t *p, unsigned number, struct str s)
{
    return s.ptr ? put_text(put_tag(p, number, FORM_TEXT), s) : p;
}

static uint8_t *put_field_16(uint8_t *p, unsigned number, const struct pseudonym *v)
{
    return put_bytes(put_tag(p, number, FORM_16), v->b, sizeof v->b);
}

static uint8_t *put_field_8(uint8_t *p, unsigned number, int64_t v)
{
    return v ? put_bytes(put_tag(p, number, FORM_8), &v, sizeof v) : p;
}

static uint8_t *put_field_varint(uint8_t *p, unsigned number, uint64_t v)
{
    return put_varint(put_tag(p, number, FORM_VARINT), v);
}

static uint8_t *put_field_signed(uint8_t *p, unsigned number, int64_t v)
{
    return put_signed(put_tag(p, number, FORM_VARINT), v);
}

static size_t value_bound(const struct record_value *v)
{
    size_t n;

    switch (v->type) {
    case RECORD_TEXT:
    case RECORD_JSON: return 1 + VARINT_MAX + v->text.len;
    case RECORD_LIST: break;
    default: return 1 + 16;
    }
    n = 2 + VARINT_MAX;
    for (size_t i = 0; i < v->list.count; i++)
        n += value_bound(v->list.items + i);
    return n;
}

static size_t faults_bound(const struct faults *f)
{
    size_t n = 2 * VARINT_MAX;

    CHECK(f && f->count <= FAULTS_MAX);
    for (size_t i = 0; i < f->count; i++)
        n += 4 * VARINT_MAX + strlen(fault_code_name(f->list[i].code)) + f->list[i].path.len +
             f->list[i].expected.len + f->list[i].message.len;
    return n;
}

static size_t record_bound(const struct record *rec)
{
    size_t n = 1 + UUID_BYTES + VARINT_MAX + 8 + 2 * VARINT_MAX + rec->name.len + rec->source.len;

    n += (FIELD_MAX + 1) * (size_t)(1 + VARINT_MAX) + 4 * PSEUDONYM_BYTES;
    n += rec->request_id.len + rec->flow_id.len + rec->ua_browser.len + rec->ua_version.len +
         rec->ua_os.len + rec->country.len + rec->carried.len;
    for (size_t i = 0; i < EVENT_CONTEXT_COUNT; i++)
        n += rec->context[i].len;
    n += VARINT_MAX;
    for (size_t i = 0; i < rec->property_count; i++)
        n += 1 + VARINT_MAX + rec->properties[i].name.len + value_bound(&rec->properties[i].value);
    return rec->flags & RECORD_QUARANTINED ? n + faults_bound(rec->faults) : n;
}

static uint8_t *put_body(uint8_t *p, const struct record_value *v)
{
    switch (v->type) {
    case RECORD_NULL: return p;
    case RECORD_TEXT:
    case RECORD_JSON: return put_text(p, v->text);
    case RECORD_INTEGER:
    case RECORD_DATETIME: return put_signed(p, v->integer);
    case RECORD_NUMBER: return put_bytes(p, &v->number, sizeof v->number);
    case RECORD_BOOLEAN: *p = v->boolean; return p + 1;
    case RECORD_UUID:
    case RECORD_PSEUDONYM: return put_bytes(p, v->bytes, sizeof v->bytes);
    case RECORD_LIST: break;
    }
    CHECK(v->type == RECORD_LIST && v->list.item_type != RECORD_LIST);
    *p++ = (uint8_t)v->list.item_type;
    p = put_varint(p, v->list.count);
    for (size_t i = 0; i < v->list.count; i++) {
        const struct record_value *item = v->list.items + i;

        CHECK(item->type == v->list.item_type || item->type == RECORD_NULL);
        *p++ = (uint8_t)item->type;
        p = put_body(p, item);
    }
    return p;
}

static uint8_t *put_fields(uint8_t *p, const struct record *rec)
{
    unsigned flags = rec->flags;

    if (rec->status)
        p = put_field_varint(p, FIELD_STATUS, (uint16_t)rec->status);
    if (flags & RECORD_HAS_SEQUENCE)
        p = put_field_signed(p, FIELD_SEQUENCE, rec->sequence);
    if (flags & RECORD_HAS_ACTOR)
        p = put_field_16(p, FIELD_ACTOR, &rec->actor);
    if (flags & RECORD_HAS_SESSION)
        p = put_field_16(p, FIELD_SESSION, &rec->session);
    if (flags & RECORD_HAS_DEVICE)
        p = put_field_16(p, FIELD_DEVICE, &rec->device);
    if (flags & RECORD_HAS_VISITOR)
        p = put_field_16(p, FIELD_VISITOR, &rec->visitor);
    if (rec->session_epoch)
        p = put_field_varint(p, FIELD_SESSION_EPOCH, rec->session_epoch);
    if (rec->visitor_epoch)
        p = put_field_varint(p, FIELD_VISITOR_EPOCH, rec->visitor_epoch);
    p = put_field_text(p, FIELD_REQUEST_ID, rec->request_id);
    if (flags & RECORD_HAS_FLOW) {
        CHECK(rec->flow_id.ptr);
        p = put_field_text(p, FIELD_FLOW_ID, rec->flow_id);
        p = put_field_signed(p, FIELD_FLOW_TIME, rec->flow_time_ms);
    }
    p = put_field_text(p, FIELD_UA_BROWSER, rec->ua_browser);
    p = put_field_text(p, FIELD_UA_VERSION, rec->ua_version);
    p = put_field_text(p, FIELD_UA_OS, rec->ua_os);
    p = put_field_text(p, FIELD_COUNTRY, rec->country);
    p = put_field_8(p, FIELD_KEEP_IP, rec->keep_ip_until_us);
    p = put_field_8(p, FIELD_KEEP_USER_AGENT, rec->keep_user_agent_until_us);
    p = put_field_text(p, FIELD_CARRIED, rec->carried);
    for (unsigned i = 0; i < sizeof record_contexts; i++)
        p = put_field_text(p, FIELD_CONTEXT + i, rec->context[record_contexts[i]]);
    *p = 0;
    return p + 1;
}

static uint8_t *put_faults(uint8_t *p, const struct faults *f)
{
    p = put_varint(p, f->count);
    p = put_varint(p, f->more);
    for (size_t i = 0; i < f->count; i++) {
        p = put_text(p, str_from(fault_code_name(f->list[i].code)));
        p = put_text(p, f->list[i].path);
        p = put_text(p, f->list[i].expected);
        p = put_text(p, f->list[i].message);
    }
    return p;
}

void record_encode(struct buf *out, const struct record *rec)
{
    size_t bound = record_bound(rec);
    uint8_t *p;

    /* What is not kept until a stated time is not kept at all. */
    CHECK(rec->keep_ip_until_us || !rec->context[EVENT_IP].ptr);
    CHECK(rec->keep_user_agent_until_us || !rec->context[EVENT_USER_AGENT].ptr);
    if (buf_reserve(out, bound) < 0)
        return;
    p = (uint8_t *)out->ptr + out->len;
    *p++ = VERSION;
    p = put_bytes(p, rec->id.b, UUID_BYTES);
    p = put_text(p, rec->source);
    p = put_varint(p, rec->flags);
    p = put_bytes(p, &rec->time_us, sizeof rec->time_us);
    p = put_text(p, rec->name);
    p = put_fields(p, rec);
    p = put_varint(p, rec->property_count);
    for (size_t i = 0; i < rec->property_count; i++) {
        const struct record_property *prop = rec->properties + i;

        *p++ = (uint8_t)(prop->value.type | (prop->hidden ? HIDDEN : 0));
        p = put_text(p, prop->name);
        p = put_body(p, &prop->value);
    }
    if (rec->flags & RECORD_QUARANTINED)
        p = put_faults(p, rec->faults);
    CHECK((size_t)(p - ((uint8_t *)out->ptr + out->len)) <= bound);
    out->len = (size_t)(p - (uint8_t *)out->ptr);
}
