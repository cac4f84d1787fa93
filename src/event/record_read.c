/* SPDX-License-Identifier: Apache-2.0 */
/* record_read.c: reads the payload whose format stands at the top of record.c.
 *
 * Promises: any bytes are safe to read; what the format rejects is ERR_CORRUPT; no memory but the
 * lists, the properties and the faults, all bounded by the payload's own length. */
#include "event/record_format.h"

/* Reading: after the first failure every step gives zeros, and the caller tests once. */

struct reader {
    const uint8_t *at, *end;
    const char *wrong; /* why, or NULL */
};

static void reader_fail(struct reader *r, const char *why)
{
    if (!r->wrong)
        r->wrong = why;
    r->at = r->end;
}

static uint64_t get_varint_long(struct reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t c;

        if (r->at == r->end)
            break;
        c = *r->at++;
        if (shift == 63 && c > 1)
            break;
        v |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80) {
            if (c == 0 && shift > 0)
                break;
            return v;
        }
    }
    reader_fail(r, "a number that is cut off, too long or too large");
    return 0;
}

static inline uint64_t get_varint(struct reader *r)
{
    if (r->at < r->end && *r->at < 0x80)
        return *r->at++;
    return get_varint_long(r);
}

static int64_t get_signed(struct reader *r)
{
    uint64_t v = get_varint(r);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static const uint8_t *get_bytes(struct reader *r, size_t len)
{
    const uint8_t *p = r->at;

    if ((size_t)(r->end - r->at) < len) {
        reader_fail(r, "a value that is cut off");
        return NULL;
    }
    r->at += len;
    return p;
}

static uint8_t get_u8(struct reader *r)
{
    const uint8_t *p = get_bytes(r, 1);

    return p ? *p : 0;
}

static void get_fixed(struct reader *r, void *out, size_t len)
{
    const uint8_t *p = get_bytes(r, len);

    if (p)
        memcpy(out, p, len);
}

static struct str get_text(struct reader *r)
{
    uint64_t len = get_varint(r);
    const uint8_t *p = get_bytes(r, len > SIZE_MAX ? SIZE_MAX : (size_t)len);

    return p ? str_of(p, (size_t)len) : STR_NONE;
}

static void get_scalar(struct reader *r, enum record_type type, struct record_value *out)
{
    out->type = type;
    switch (type) {
    case RECORD_NULL: return;
    case RECORD_TEXT:
    case RECORD_JSON: out->text = get_text(r); return;
    case RECORD_INTEGER:
    case RECORD_DATETIME: out->integer = get_signed(r); return;
    case RECORD_NUMBER: get_fixed(r, &out->number, sizeof out->number); return;
    case RECORD_BOOLEAN: {
        uint8_t v = get_u8(r);

        if (v > 1)
            reader_fail(r, "a truth value that is neither");
        out->boolean = v == 1;
        return;
    }
    case RECORD_UUID:
    case RECORD_PSEUDONYM: get_fixed(r, out->bytes, sizeof out->bytes); return;
    case RECORD_LIST: break;
    }
    reader_fail(r, "a value of an unknown type");
}

/* -1 only when the arena is full. */
static int get_list(struct reader *r, struct arena *a, struct record_value *out)
{
    enum record_type type = get_u8(r);
    uint64_t count = get_varint(r);
    struct record_value *items;

    out->type = RECORD_LIST;
    out->list.items = NULL;
    out->list.count = 0;
    out->list.item_type = type;
    if (type > RECORD_JSON || type == RECORD_LIST)
        reader_fail(r, "a list of an unknown type");
    if (count > (uint64_t)(r->end - r->at)) /* each takes a byte at least */
        reader_fail(r, "a list longer than the record");
    if (r->wrong || count == 0)
        return 0;
    items = arena_alloc(a, (size_t)count * sizeof *items);
    if (!items)
        return -1;
    for (uint64_t i = 0; i < count; i++) {
        enum record_type item = get_u8(r);

        if (item != type && item != RECORD_NULL)
            reader_fail(r, "a list of mixed types");
        get_scalar(r, item, items + i);
    }
    out->list.items = items;
    out->list.count = (size_t)count;
    return 0;
}

static int get_properties(struct reader *r, struct arena *a, struct record *out)
{
    uint64_t count = get_varint(r);
    struct record_property *list;

    if (count > (uint64_t)(r->end - r->at) / PROPERTY_LEAST)
        reader_fail(r, "more properties than the record has bytes");
    if (r->wrong || count == 0)
        return 0;
    list = arena_alloc_raw(a, (size_t)count * sizeof *list);
    if (!list)
        return -1;
    for (uint64_t i = 0; i < count && !r->wrong; i++) {
        uint8_t type = get_u8(r);

        list[i].hidden = (type & HIDDEN) != 0;
        list[i].name = get_text(r);
        if ((type & ~HIDDEN) != RECORD_LIST)
            get_scalar(r, type & ~HIDDEN, &list[i].value);
        else if (get_list(r, a, &list[i].value) < 0)
            return -1;
    }
    out->properties = list;
    out->property_count = (size_t)count;
    return 0;
}

static int get_faults(struct reader *r, struct arena *a, struct record *out)
{
    uint64_t count = get_varint(r), more = get_varint(r);
    struct faults *f;

    if (count > FAULTS_MAX || more > UINT32_MAX)
        reader_fail(r, "more faults than a record keeps");
    if (r->wrong)
        return 0;
    f = arena_alloc(a, sizeof *f);
    if (!f)
        return -1;
    f->count = (size_t)count;
    f->more = (size_t)more;
    for (size_t i = 0; i < f->count; i++) {
        int code = fault_code_find(get_text(r));

        if (code < 0)
            reader_fail(r, "a fault with an unknown code");
        else
            f->list[i].code = (enum fault_code)code;
        f->list[i].path = get_text(r);
        f->list[i].expected = get_text(r);
        f->list[i].message = get_text(r);
    }
    out->faults = f;
    return 0;
}

static void get_small(struct reader *r, uint64_t max, uint64_t *out)
{
    *out = get_varint(r);
    if (*out > max)
        reader_fail(r, "a field that is out of range");
}

/* One field; returns the flag that it stands for. */
static unsigned get_field(struct reader *r, unsigned number, struct record *out)
{
    uint64_t small = 0;

    switch (number) {
    case FIELD_STATUS:
        get_small(r, INT16_MAX, &small);
        out->status = (int16_t)small;
        return 0;
    case FIELD_SEQUENCE: out->sequence = get_signed(r); return RECORD_HAS_SEQUENCE;
    case FIELD_ACTOR: get_fixed(r, out->actor.b, PSEUDONYM_BYTES); return RECORD_HAS_ACTOR;
    case FIELD_SESSION: get_fixed(r, out->session.b, PSEUDONYM_BYTES); return RECORD_HAS_SESSION;
    case FIELD_DEVICE: get_fixed(r, out->device.b, PSEUDONYM_BYTES); return RECORD_HAS_DEVICE;
    case FIELD_VISITOR: get_fixed(r, out->visitor.b, PSEUDONYM_BYTES); return RECORD_HAS_VISITOR;
    case FIELD_SESSION_EPOCH:
        get_small(r, UINT32_MAX, &small);
        out->session_epoch = (uint32_t)small;
        return 0;
    case FIELD_VISITOR_EPOCH:
        get_small(r, UINT32_MAX, &small);
        out->visitor_epoch = (uint32_t)small;
        return 0;
    case FIELD_REQUEST_ID: out->request_id = get_text(r); return 0;
    case FIELD_FLOW_ID: out->flow_id = get_text(r); return RECORD_HAS_FLOW;
    case FIELD_FLOW_TIME: out->flow_time_ms = get_signed(r); return 0;
    case FIELD_UA_BROWSER: out->ua_browser = get_text(r); return 0;
    case FIELD_UA_VERSION: out->ua_version = get_text(r); return 0;
    case FIELD_UA_OS: out->ua_os = get_text(r); return 0;
    case FIELD_COUNTRY: out->country = get_text(r); return 0;
    case FIELD_KEEP_IP: get_fixed(r, &out->keep_ip_until_us, 8); return 0;
    case FIELD_KEEP_USER_AGENT: get_fixed(r, &out->keep_user_agent_until_us, 8); return 0;
    case FIELD_CARRIED: out->carried = get_text(r); return 0;
    default: out->context[record_contexts[number - FIELD_CONTEXT]] = get_text(r); return 0;
    }
}

/* The form of a number that this version knows; -1 for others. */
static int form_of(unsigned number)
{
    if (number >= FIELD_CONTEXT)
        return number < FIELD_CONTEXT + sizeof record_contexts ? FORM_TEXT : -1;
    if (number >= FIELD_ACTOR && number <= FIELD_VISITOR)
        return FORM_16;
    if (number == FIELD_KEEP_IP || number == FIELD_KEEP_USER_AGENT)
        return FORM_8;
    if (number == FIELD_REQUEST_ID || number == FIELD_FLOW_ID || number == FIELD_CARRIED ||
        (number >= FIELD_UA_BROWSER && number <= FIELD_COUNTRY))
        return FORM_TEXT;
    return number >= FIELD_STATUS && number <= FIELD_FLOW_TIME ? FORM_VARINT : -1;
}

static void skip_field(struct reader *r, unsigned form)
{
    switch (form) {
    case FORM_VARINT: get_varint(r); return;
    case FORM_TEXT: get_text(r); return;
    case FORM_16: get_bytes(r, 16); return;
    default: get_bytes(r, 8); return;
    }
}

static void get_fields(struct reader *r, struct record *out)
{
    const unsigned told = RECORD_HAS_ACTOR | RECORD_HAS_SESSION | RECORD_HAS_DEVICE |
                          RECORD_HAS_VISITOR | RECORD_HAS_FLOW | RECORD_HAS_SEQUENCE;
    unsigned last = 0, seen = 0;
    uint8_t tag;

    while ((tag = get_u8(r)) != 0) {
        unsigned number = tag / 4, form = tag % 4;
        int known = form_of(number);

        if (number <= last || (known >= 0 && (unsigned)known != form)) {
            reader_fail(r, "a field out of order or in another form");
            return;
        }
        last = number;
        if (known < 0)
            skip_field(r, form);
        else
            seen |= get_field(r, number, out);
    }
    if (seen != (out->flags & told))
        reader_fail(r, "fields that differ from their flags");
}

static void get_head(struct reader *r, struct uuid *id, struct str *source)
{
    if (get_u8(r) != VERSION)
        reader_fail(r, "a version that is not known");
    get_fixed(r, id->b, UUID_BYTES);
    *source = get_text(r);
}

int record_decode(struct record *out, struct str payload, struct arena *a, struct err *err)
{
    struct reader r = {.at = (const uint8_t *)payload.ptr};
    struct record rec = {0};
    uint64_t flags = 0;
    int full;

    r.end = r.at + payload.len;
    get_head(&r, &rec.id, &rec.source);
    get_small(&r, UINT16_MAX, &flags);
    rec.flags = (uint16_t)flags;
    get_fixed(&r, &rec.time_us, sizeof rec.time_us);
    rec.name = get_text(&r);
    get_fields(&r, &rec);
    full = get_properties(&r, a, &rec);
    if (full == 0 && (rec.flags & RECORD_QUARANTINED))
        full = get_faults(&r, a, &rec);
    if (r.wrong)
        return err_set(err, ERR_CORRUPT, "read a record of %zu bytes: it holds %s", payload.len,
                       r.wrong);
    if (full < 0)
        return err_set(err, ERR_LIMIT, "read a record of %zu bytes: out of memory", payload.len);
    *out = rec;
    return 0;
}

/* Fields stand in order, so what follows the last that is wanted is not looked at. */
int record_decode_carried(struct str payload, struct str *flow_id, struct str *carried)
{
    struct reader r = {.at = (const uint8_t *)payload.ptr};
    struct str ignored, flow = STR_NONE, ops = STR_NONE;
    struct uuid id;
    unsigned number;
    uint8_t tag;

    r.end = r.at + payload.len;
    get_head(&r, &id, &ignored);
    get_varint(&r);
    get_bytes(&r, sizeof(int64_t));
    get_text(&r);
    while ((tag = get_u8(&r)) != 0 && (number = tag / 4) <= FIELD_CARRIED) {
        if (form_of(number) >= 0 && form_of(number) != tag % 4)
            reader_fail(&r, "a field in another form");
        if (number == FIELD_FLOW_ID)
            flow = get_text(&r);
        else if (number == FIELD_CARRIED)
            ops = get_text(&r);
        else
            skip_field(&r, tag % 4);
    }
    if (r.wrong)
        return -1;
    *flow_id = flow;
    *carried = ops;
    return 0;
}

int record_decode_key(struct str payload, struct uuid *id, struct str *source)
{
    struct reader r = {.at = (const uint8_t *)payload.ptr};
    struct uuid found = {{0}};
    struct str name;

    r.end = r.at + payload.len;
    get_head(&r, &found, &name);
    if (r.wrong)
        return -1;
    *id = found;
    *source = name;
    return 0;
}
