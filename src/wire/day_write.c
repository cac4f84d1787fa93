/* SPDX-License-Identifier: Apache-2.0 */
/* day_write.c: the native event of a line, and its id. */
#include <openssl/sha.h>

#include "base/mem.h"
#include "wire/day.h"
#include "wire/day_columns.h"

struct member {
    unsigned char column;
    const char *name;
};

static const struct member flow_properties[] = {{FLOW_CONTEXT, "context"},
                                                {FLOW_ENTRYPOINT, "entrypoint"},
                                                {FLOW_MIGRATION, "migration"},
                                                {FLOW_SERVICE, "service"},
                                                {FLOW_UID, "uid"}};
static const struct member flow_context[] = {
    {FLOW_UA_BROWSER, "ua_browser"},
    {FLOW_UA_VERSION, "ua_version"},
    {FLOW_UA_OS, "ua_os"},
    {FLOW_UTM_CAMPAIGN, "utm_campaign"},
    {FLOW_UTM_CONTENT, "utm_content"},
    {FLOW_UTM_MEDIUM, "utm_medium"},
    {FLOW_UTM_SOURCE, "utm_source"},
    {FLOW_UTM_TERM, "utm_term"},
    {FLOW_LOCALE, "locale"},
};
static const struct member activity_properties[] = {
    {ACTIVITY_UID, "uid"}, {ACTIVITY_SERVICE, "service"}, {ACTIVITY_DEVICE_ID, "device_id"}};
static const struct member activity_context[] = {{ACTIVITY_UA_BROWSER, "ua_browser"},
                                                 {ACTIVITY_UA_VERSION, "ua_version"},
                                                 {ACTIVITY_UA_OS, "ua_os"}};

static void put_members(struct buf *out, const struct day_row *row, const char *name,
                        const struct member *members, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        struct str value = row->fields[members[i].column];

        if (value.len == 0)
            continue;
        if (any)
            buf_char(out, ',');
        else
            buf_printf(out, ",\"%s\":{", name);
        buf_printf(out, "\"%s\":", members[i].name);
        buf_json(out, value);
        any = true;
    }
    if (any)
        buf_char(out, '}');
}

static void put_id(struct buf *out, const struct uuid *id)
{
    char text[UUID_TEXT_LEN];

    uuid_format(text, id);
    buf_str(out, STR("{\"id\":\""));
    buf_append(out, text, sizeof text);
    buf_char(out, '"');
}

static void write_csv(struct buf *out, const struct day_row *row, bool with_uid)
{
    struct day_row less = *row;

    buf_str(out, STR(",\"name\":"));
    buf_json(out, row->type);
    buf_str(out, STR(",\"time\":"));
    buf_i64(out, row->time_ms);
    if (row->kind == DAY_ACTIVITY) {
        put_members(out, row, "properties", activity_properties, ARRAY_LEN(activity_properties));
        put_members(out, row, "context", activity_context, ARRAY_LEN(activity_context));
        return;
    }
    buf_str(out, STR(",\"flow\":{\"id\":"));
    buf_json(out, row->fields[FLOW_ID]);
    buf_str(out, STR(",\"begin\":"));
    buf_i64(out, row->begin_ms);
    buf_char(out, '}');
    if (!with_uid)
        less.fields[FLOW_UID] = STR_NONE;
    put_members(out, &less, "properties", flow_properties, ARRAY_LEN(flow_properties));
    put_members(out, row, "context", flow_context, ARRAY_LEN(flow_context));
}

void day_row_write(struct buf *out, const struct day_row *row, const struct uuid *id, bool with_uid)
{
    if (row->has_id) {
        buf_str(out, row->json);
        return;
    }
    put_id(out, id);
    if (row->kind == DAY_EVENTS) {
        struct str rest = str_slice(row->json, str_find(row->json, '{') + 1, row->json.len);

        if (str_trim(rest).ptr[0] != '}')
            buf_char(out, ',');
        buf_str(out, rest);
        return;
    }
    write_csv(out, row, with_uid);
    buf_char(out, '}');
}

struct uuid day_id(const uint8_t key[DAY_KEY_BYTES], uint32_t ordinal)
{
    uint8_t text[DAY_KEY_BYTES + 4], digest[DAY_KEY_BYTES];
    struct uuid id;

    memcpy(id.b, key, UUID_BYTES);
    if (ordinal) {
        memcpy(text, key, DAY_KEY_BYTES);
        for (int i = 0; i < 4; i++)
            text[DAY_KEY_BYTES + i] = (uint8_t)(ordinal >> (24 - 8 * i));
        SHA256(text, sizeof text, digest);
        memcpy(id.b + 8, digest, UUID_BYTES - 9);
    }
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 0x0F));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F));
    return id;
}
