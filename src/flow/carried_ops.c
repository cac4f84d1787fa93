/* SPDX-License-Identifier: Apache-2.0 */
/* carried_ops.c: what an event does to contexts under tokens, as bytes.
 *
 * Format, the same in a record's field `carried` and in the log. Integers are little-endian:
 *
 *   for each operation, at most CARRIED_OPS_MAX:
 *     u8   1 store, 2 clear
 *     16   key
 *     u8   length of the flow's id, at most 64; 0: the id of the record's own flow; then these bytes
 *     with 1: i64 when the flow began, microseconds since 1970; u64 the signal, 0 for none
 *
 * A reader must reject: another number, what ends early, more operations, a length over 64, and 0
 * where the record has no flow or one with a longer id. A later version of operations takes another
 * field of the record. */
#include "base/check.h"
#include "base/little.h"
#include "flow/carried.h"

enum { STORE = 1, CLEAR = 2, NUMBERS = 16 };

static struct str flow_of(const struct carried_context *c)
{
    return str_of(c->flow, c->flow_len);
}

void carried_ops_write(struct buf *out, const struct carried_op *ops, size_t count, struct str own)
{
    CHECK(count <= CARRIED_OPS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct carried_op *op = &ops[i];
        bool is_own = str_eq(flow_of(&op->context), own);
        uint8_t numbers[NUMBERS];

        CHECK(op->context.flow_len > 0 && op->context.flow_len <= EVENT_FLOW_CARRIED_MAX);
        buf_char(out, op->clear ? CLEAR : STORE);
        buf_append(out, op->key.b, sizeof op->key.b);
        buf_char(out, (char)(is_own ? 0 : op->context.flow_len));
        if (!is_own)
            buf_str(out, flow_of(&op->context));
        if (op->clear)
            continue;
        put64(numbers, (uint64_t)op->context.begin_us);
        put64(numbers + 8, op->context.signal);
        buf_append(out, numbers, sizeof numbers);
    }
}

/* The next `len` bytes, or NULL. */
static const uint8_t *take(struct str *bytes, size_t len)
{
    const uint8_t *p = (const uint8_t *)bytes->ptr;

    if (bytes->len < len)
        return NULL;
    *bytes = str_of(bytes->ptr + len, bytes->len - len);
    return p;
}

static int read_flow(struct str *bytes, struct str own, struct carried_context *out)
{
    const uint8_t *len = take(bytes, 1), *text;

    if (!len)
        return -1;
    text = *len ? take(bytes, *len) : (const uint8_t *)own.ptr;
    out->flow_len = *len;
    if (*len == 0) {
        if (own.len == 0 || own.len > EVENT_FLOW_CARRIED_MAX)
            return -1;
        out->flow_len = (uint8_t)own.len;
    }
    if (!text || out->flow_len > EVENT_FLOW_CARRIED_MAX)
        return -1;
    memcpy(out->flow, text, out->flow_len);
    return 0;
}

static int read_one(struct str *bytes, struct str own, struct carried_op *op)
{
    const uint8_t *kind = take(bytes, 1), *key = take(bytes, CARRIED_KEY_BYTES), *numbers;

    *op = (struct carried_op){0};
    if (!kind || !key || (*kind != STORE && *kind != CLEAR) ||
        read_flow(bytes, own, &op->context) < 0)
        return -1;
    memcpy(op->key.b, key, sizeof op->key.b);
    op->clear = *kind == CLEAR;
    if (op->clear)
        return 0;
    numbers = take(bytes, NUMBERS);
    if (!numbers)
        return -1;
    op->context.begin_us = (int64_t)get64(numbers);
    op->context.signal = get64(numbers + 8);
    return 0;
}

int carried_ops_read(struct str bytes, struct str own, struct carried_op ops[CARRIED_OPS_MAX])
{
    int count = 0;

    while (bytes.len > 0)
        if (count == CARRIED_OPS_MAX || read_one(&bytes, own, &ops[count++]) < 0)
            return -1;
    return count;
}
