/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_client.c: libweir, from both sides: values of any bytes become JSON that a strict parser takes, in which no
 * key stands twice; and any bytes as a collector's answer, or as a file of the spool, are read within their bounds.
 *
 * Input: byte 0: bit 0 for an answer; else values, each as place and kind (1 byte), lengths of key and text
 * (1 byte each), and these. */
#include <weir/weir.h>
#include <yyjson.h>

#include "base/check.h"
#include "batch.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUES_MAX = 64 };

static void read_answer(const char *text, size_t len)
{
    struct weir_span events = weir_json_member(weir_json_value(text, len), "events", 6), event;
    const char *at = NULL, *first;
    char out[64];

    while ((event = weir_json_item(events, &at)).ptr) {
        CHECK(event.ptr >= text && event.ptr + event.len <= text + len);
        weir_json_text(weir_json_member(event, "verdict", 7), out, sizeof out);
        first = NULL;
        weir_json_text(weir_json_item(weir_json_member(event, "errors", 6), &first), out,
                       sizeof out);
    }
}

static void read_file(const uint8_t *data, size_t size)
{
    static struct weir_batch batch;

    if (!batch.text)
        CHECK(weir_batch_init(&batch, 8) == 0);
    memcpy(batch.text, data, size);
    if (!weir_batch_index(&batch, size))
        return;
    CHECK(batch.count > 0 && batch.end[batch.count - 1] == size);
    weir_batch_stamp(&batch, 0, batch.count, 1);
    batch.done[0] = true;
    weir_batch_compact(&batch);
}

static void check_object(yyjson_val *object)
{
    yyjson_obj_iter a = yyjson_obj_iter_with(object);
    yyjson_val *key, *other;

    while ((key = yyjson_obj_iter_next(&a))) {
        yyjson_obj_iter b = a;

        if (yyjson_is_obj(yyjson_obj_iter_get_val(key)))
            check_object(yyjson_obj_iter_get_val(key));
        while ((other = yyjson_obj_iter_next(&b)))
            CHECK(yyjson_get_len(key) != yyjson_get_len(other) ||
                  memcmp(yyjson_get_str(key), yyjson_get_str(other), yyjson_get_len(key)) != 0);
    }
}

/* The key's and text's bytes as they come: what is taken from them has a length. */
static const uint8_t *read_value(const uint8_t *at, const uint8_t *end, struct weir_value *out)
{
    size_t key = at[1] % 16, text = at[2];

    if ((size_t)(end - at) - 3 < key + text)
        return NULL;
    *out = weir_value_make((enum weir_place)(at[0] & 3),
                           (enum weir_kind)(WEIR_KIND_NULL + (at[0] >> 2) % 6), NULL);
    out->key = (const char *)at + 3;
    out->key_len = key;
    if (out->kind == WEIR_KIND_TEXT) {
        out->as.ptr = at + 3 + key;
        out->count = text;
    } else {
        memcpy(&out->as, at + 3 + key, text < 8 ? text : 8);
    }
    return at + 3 + key + text;
}

static void make_event(struct weir_client *client, const uint8_t *at, const uint8_t *end)
{
    struct weir_value values[VALUES_MAX + 1];
    const char *json;
    yyjson_doc *doc;
    size_t count = 0;

    while (count < VALUES_MAX && end - at >= 3 && (at = read_value(at, end, &values[count])))
        count++;
    values[count] = WEIR_END;
    weir_test_clear(client);
    CHECK(weir_trigger_values(client, "event", values));
    json = weir_test_json(client, 0);
    doc = yyjson_read(json, strlen(json), 0);
    CHECK(doc);
    check_object(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct weir_client *client;
    struct weir_options options = {.test = true};

    if (!client)
        client = weir_client_new(&options);
    if (size == 0)
        return 0;
    if (data[0] & 1) {
        read_answer((const char *)data + 1, size - 1);
        read_file(data + 1, size - 1);
    } else {
        make_event(client, data + 1, data + size);
    }
    return 0;
}
