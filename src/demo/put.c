/* SPDX-License-Identifier: Apache-2.0 */
/* put.c: writes one event as JSON, field by field.
 *
 * Values are this folder's own text and hold nothing that JSON would escape, so it copies. A comma
 * goes before every member but the first of its object, which the byte before tells. */
#include "base/check.h"
#include "base/datetime.h"
#include "base/uuid.h"
#include "demo/visit.h"

#define LITERAL(m, s) buf_append((m)->out, s, sizeof(s) - 1)

static void key(struct maker *m, const char *name, size_t len)
{
    struct buf *b = m->out;
    char start[80], *p = start;

    CHECK(len < sizeof start - 4);
    if (b->len && b->ptr[b->len - 1] != '{')
        *p++ = ',';
    *p++ = '"';
    memcpy(p, name, len);
    p += len;
    *p++ = '"';
    *p++ = ':';
    buf_append(b, start, (size_t)(p - start));
}

static void quoted(struct maker *m, const void *text, size_t len)
{
    struct buf *b = m->out;

    if (buf_reserve(b, len + 2) < 0)
        return;
    b->ptr[b->len] = '"';
    memcpy(b->ptr + b->len + 1, text, len);
    b->ptr[b->len + 1 + len] = '"';
    b->len += len + 2;
}

static void uuid_text(char *out, uint64_t high, uint64_t low, unsigned version)
{
    struct uuid u;

    for (int i = 0; i < 8; i++) {
        u.b[i] = (uint8_t)(high >> (56 - 8 * i));
        u.b[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    u.b[6] = (uint8_t)(version << 4 | (u.b[6] & 0x0F));
    u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3F));
    uuid_format(out, &u);
}

void put_open_named(struct maker *m, const struct visit *v, struct str name)
{
    char id[UUID_TEXT_LEN], time[DATETIME_SIZE];
    uint64_t ms = (uint64_t)(v->at_us / 1000), random = rng_next(&m->rng);
    size_t time_len = datetime_format(time, v->at_us, DATETIME_MILLISECONDS);

    LITERAL(m, "{\"name\":");
    quoted(m, name.ptr, name.len);
    uuid_text(id, ms << 16 | (random & 0xFFFF), rng_next(&m->rng), 7);
    LITERAL(m, ",\"id\":");
    quoted(m, id, sizeof id);
    LITERAL(m, ",\"time\":");
    quoted(m, time, time_len);
}

void put_open(struct maker *m, const struct visit *v, const char *name)
{
    put_open_named(m, v, str_from(name));
}

void put_str(struct maker *m, const char *name, struct str value)
{
    key(m, name, strlen(name));
    quoted(m, value.ptr, value.len);
}

void put_field(struct maker *m, const char *field, struct str value)
{
    put_str(m, field, value);
}

void put_text(struct maker *m, const char *name, const char *value)
{
    put_str(m, name, str_from(value));
}

static void hex_text(char *out, uint64_t high, uint64_t low)
{
    uint8_t bytes[16];

    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    hex_encode(out, bytes, sizeof bytes);
}

void put_hex(struct maker *m, const char *name, uint64_t high, uint64_t low)
{
    char text[32];

    hex_text(text, high, low);
    put_str(m, name, str_of(text, sizeof text));
}

void put_uuid(struct maker *m, const char *name, uint64_t high, uint64_t low)
{
    char text[UUID_TEXT_LEN];

    uuid_text(text, high, low, 4);
    put_str(m, name, str_of(text, sizeof text));
}

void put_request_id(struct maker *m, const struct visit *v)
{
    put_uuid(m, "request_id", v->request, rng_mix(v->request));
}

void put_null(struct maker *m, const char *name)
{
    key(m, name, strlen(name));
    LITERAL(m, "null");
}

void put_bool(struct maker *m, const char *name, bool value)
{
    key(m, name, strlen(name));
    if (value)
        LITERAL(m, "true");
    else
        LITERAL(m, "false");
}

void put_int(struct maker *m, const char *name, int64_t value)
{
    key(m, name, strlen(name));
    buf_i64(m->out, value);
}

void put_cents(struct maker *m, const char *name, int64_t cents)
{
    char tail[3] = {'.', (char)('0' + cents / 10 % 10), (char)('0' + cents % 10)};

    CHECK(cents >= 0);
    put_int(m, name, cents / 100);
    if (cents % 100)
        buf_append(m->out, tail, cents % 10 ? 3 : 2);
}

void put_id(struct maker *m, const char *name, const char *prefix, uint64_t number)
{
    key(m, name, strlen(name));
    LITERAL(m, "\"");
    buf_append(m->out, prefix, strlen(prefix));
    buf_i64(m->out, (int64_t)number);
    LITERAL(m, "\"");
}

void put_list(struct maker *m, const char *name)
{
    key(m, name, strlen(name));
    LITERAL(m, "[");
}

void put_item(struct maker *m, struct str value)
{
    if (m->out->len && m->out->ptr[m->out->len - 1] != '[')
        LITERAL(m, ",");
    quoted(m, value.ptr, value.len);
}

void put_list_end(struct maker *m)
{
    LITERAL(m, "]");
}

void put_properties(struct maker *m)
{
    LITERAL(m, ",\"properties\":{");
}

void put_context(struct maker *m)
{
    LITERAL(m, "},\"context\":{");
}

void put_connection(struct maker *m, const struct visit *v)
{
    char ip[40];
    size_t len = people_ip(m, v, ip);

    put_str(m, "ip", str_of(ip, len));
    put_text(m, "user_agent", agents[v->agent].text);
}

void put_close(struct maker *m)
{
    LITERAL(m, "}}");
}
