/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_record.c: any bytes as a journal payload. What is read must be safe to show, and must be
 * written and read again as the same. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "event/record.h"
#include "flow/carried.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reader takes raw addresses in a record without the time that they are kept until; admission
 * never writes one. */
static bool may_be_written(const struct record *rec)
{
    return (rec->keep_ip_until_us || !rec->context[EVENT_IP].ptr) &&
           (rec->keep_user_agent_until_us || !rec->context[EVENT_USER_AGENT].ptr);
}

/* What a start reads of a record alone is what the record has; operations that are read are written as
 * they were, but for flows that are spelled out and need not be. */
static void check_carried(const uint8_t *data, size_t size, const struct record *rec)
{
    struct carried_op ops[CARRIED_OPS_MAX], again[CARRIED_OPS_MAX];
    struct str flow, carried;
    int count, found = record_decode_carried(str_of(data, size), &flow, &carried);
    AUTO_BUF bytes;

    buf_init(&bytes, 4096);
    CHECK(!rec || (found == 0 && str_eq(carried, rec->carried) && str_eq(flow, rec->flow_id)));
    count = found == 0 ? carried_ops_read(carried, flow, ops)
                       : carried_ops_read(str_of(data, size), STR("f"), ops);
    if (count < 0)
        return;
    for (int i = 0; i < count; i++)
        if (ops[i].context.flow_len == 0)
            return;
    carried_ops_write(&bytes, ops, (size_t)count, STR_NONE);
    CHECK(carried_ops_read(buf_as_str(&bytes), STR_NONE, again) == count);
    CHECK(memcmp(ops, again, (size_t)count * sizeof *ops) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(4096, 1 << 22);
    struct record rec, again;
    struct str source;
    struct uuid id;
    AUTO_BUF json;
    AUTO_BUF bytes;
    AUTO_BUF same;

    buf_init(&json, 1 << 24);
    buf_init(&bytes, 1 << 22);
    buf_init(&same, 1 << 22);
    record_decode_key(str_of(data, size), &id, &source);
    check_carried(data, size, NULL);
    if (record_decode(&rec, str_of(data, size), a, NULL) == 0) {
        check_carried(data, size, &rec);
        record_to_json(&json, &rec, 1, true);
        CHECK(json.len && memchr(json.ptr, '\n', json.len) == json.ptr + json.len - 1);
        if (may_be_written(&rec)) {
            record_encode(&bytes, &rec);
            CHECK(record_decode(&again, buf_as_str(&bytes), a, NULL) == 0);
            record_encode(&same, &again);
            CHECK(str_eq(buf_as_str(&bytes), buf_as_str(&same)));
        }
    }
    arena_free(a);
    return 0;
}
