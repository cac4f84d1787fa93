/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c: writes records into chunks, column by column.
 *
 * The order of the columns is that of sql/create_events.sql and create_quarantine.sql; the
 * first is compared with the database when it opens. */
#include "store/rows.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/value.h"

enum column {
    COL_POSITION,
    COL_ID,
    COL_NAME,
    COL_SOURCE,
    COL_TIME,
    COL_RECEIVED,
    COL_ACTOR,
    COL_SESSION,
    COL_VISITOR,
    COL_DEVICE,
    COL_SESSION_EPOCH,
    COL_VISITOR_EPOCH,
    COL_REQUEST_TEXT,
    COL_REQUEST_UUID,
    COL_FLOW_ID,
    COL_FLOW_TIME,
    COL_SEQUENCE,
    COL_URL,
    COL_HOST,
    COL_PATH,
    COL_QUERY,
    COL_REFERRER,
    COL_TITLE,
    COL_METHOD,
    COL_STATUS,
    COL_CONTENT_TYPE,
    COL_IP,
    COL_IP_UNTIL,
    COL_USER_AGENT,
    COL_USER_AGENT_UNTIL,
    COL_UA_BROWSER,
    COL_UA_VERSION,
    COL_UA_OS,
    COL_BOT,
    COL_COUNTRY,
    COL_LOCALE,
    COL_TIMEZONE,
    COL_PLATFORM,
    COL_SCREEN,
    COL_UTM_SOURCE,
    COL_UTM_MEDIUM,
    COL_UTM_CAMPAIGN,
    COL_UTM_CONTENT,
    COL_UTM_TERM,
    COL_ENVIRONMENT,
    COL_APP_VERSION,
    COL_DNT,
    COL_TIME_GIVEN,
    COL_SHAPE,
    COL_MORE_PROPERTIES,
    COL_COUNT
};

const char *const rows_base_columns[COL_COUNT] = {
    "position",
    "id",
    "name",
    "source",
    "time",
    "received",
    "actor",
    "session",
    "visitor",
    "device",
    "session_epoch",
    "visitor_epoch",
    "request_text",
    "request_uuid",
    "flow_id",
    "flow_time",
    "sequence",
    "url",
    "host",
    "path",
    "query",
    "referrer",
    "title",
    "method",
    "status",
    "content_type",
    "ip",
    "ip_until",
    "user_agent",
    "user_agent_until",
    "ua_browser",
    "ua_version",
    "ua_os",
    "bot",
    "country",
    "locale",
    "timezone",
    "platform",
    "screen",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "environment",
    "app_version",
    "dnt",
    "time_given",
    "shape",
    "more_properties",
};
const size_t rows_base_count = COL_COUNT;

static const uint8_t context_columns[EVENT_CONTEXT_COUNT] = {
    [EVENT_URL] = COL_URL,
    [EVENT_HOST] = COL_HOST,
    [EVENT_PATH] = COL_PATH,
    [EVENT_QUERY] = COL_QUERY,
    [EVENT_REFERRER] = COL_REFERRER,
    [EVENT_TITLE] = COL_TITLE,
    [EVENT_METHOD] = COL_METHOD,
    [EVENT_CONTENT_TYPE] = COL_CONTENT_TYPE,
    [EVENT_IP] = COL_IP,
    [EVENT_USER_AGENT] = COL_USER_AGENT,
    [EVENT_LOCALE] = COL_LOCALE,
    [EVENT_TIMEZONE] = COL_TIMEZONE,
    [EVENT_PLATFORM] = COL_PLATFORM,
    [EVENT_SCREEN] = COL_SCREEN,
    [EVENT_UTM_SOURCE] = COL_UTM_SOURCE,
    [EVENT_UTM_MEDIUM] = COL_UTM_MEDIUM,
    [EVENT_UTM_CAMPAIGN] = COL_UTM_CAMPAIGN,
    [EVENT_UTM_CONTENT] = COL_UTM_CONTENT,
    [EVENT_UTM_TERM] = COL_UTM_TERM,
    [EVENT_APP_VERSION] = COL_APP_VERSION,
    [EVENT_ENVIRONMENT] = COL_ENVIRONMENT,
};

/* Far above what admission lets through; a record of more bytes of text is not one of ours. */
enum { TEXT_MAX = 4 << 20 };

int rows_check(const struct record *rec, struct err *err)
{
    const struct str texts[] = {rec->name,       rec->source, rec->request_id, rec->flow_id,
                                rec->ua_browser, rec->ua_os,  rec->ua_version, rec->country};
    size_t bytes = 0;

    if (rec->property_count > SCHEMA_RECORD_MAX)
        return err_set(err, ERR_CORRUPT, "more than %d properties", SCHEMA_RECORD_MAX);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (value_check_text(texts[i], &bytes, err) < 0)
            return -1;
    for (size_t i = 0; i < EVENT_CONTEXT_COUNT; i++)
        if (value_check_text(rec->context[i], &bytes, err) < 0)
            return -1;
    for (size_t i = 0; i < rec->property_count; i++) {
        bytes += rec->properties[i].name.len;
        if (value_check_row(&rec->properties[i].value, &bytes, err) < 0)
            return -1;
    }
    if (bytes > TEXT_MAX)
        return err_set(err, ERR_CORRUPT, "more than %d bytes of text", TEXT_MAX);
    if (value_check_time(rec->time_us, err) < 0 || value_check_time(rec->received_us, err) < 0 ||
        value_check_time(rec->keep_ip_until_us, err) < 0)
        return -1;
    return value_check_time(rec->keep_user_agent_until_us, err);
}

static void put_pseudonym(struct chunk *c, idx_t column, bool has, const struct pseudonym *p)
{
    char hex[2 * PSEUDONYM_BYTES];

    if (!has)
        return;
    hex_encode(hex, p->b, PSEUDONYM_BYTES);
    chunk_text(c, column, str_of(hex, sizeof hex));
}

/* A UUID in its usual spelling takes a third less room as one; the view shows it as it came. One that
 * admission made has an empty text beside it, and is not kept where it is the event's own id, as it is of
 * the first of a request. */
static void put_request_id(struct chunk *c, const struct record *rec)
{
    struct str request_id = rec->request_id;
    char usual[UUID_TEXT_LEN];
    struct uuid uuid;

    if (request_id.len == UUID_TEXT_LEN && uuid_parse(request_id, &uuid) == 0) {
        uuid_format(usual, &uuid);
        if (memcmp(usual, request_id.ptr, UUID_TEXT_LEN) == 0) {
            bool is_own = memcmp(uuid.b, rec->id.b, sizeof uuid.b) == 0;

            if (is_own || (rec->flags & RECORD_REQUEST_ID_MADE))
                chunk_text(c, COL_REQUEST_TEXT, STR(""));
            if (!is_own)
                chunk_uuid(c, COL_REQUEST_UUID, uuid.b);
            return;
        }
    }
    if (request_id.len)
        chunk_text(c, COL_REQUEST_TEXT, request_id);
}

static void put_who(struct chunk *c, const struct record *rec)
{
    put_pseudonym(c, COL_ACTOR, rec->flags & RECORD_HAS_ACTOR, &rec->actor);
    put_pseudonym(c, COL_SESSION, rec->flags & RECORD_HAS_SESSION, &rec->session);
    put_pseudonym(c, COL_VISITOR, rec->flags & RECORD_HAS_VISITOR, &rec->visitor);
    put_pseudonym(c, COL_DEVICE, rec->flags & RECORD_HAS_DEVICE, &rec->device);
    if (rec->session_epoch)
        chunk_i32(c, COL_SESSION_EPOCH, (int32_t)rec->session_epoch);
    if (rec->visitor_epoch)
        chunk_i32(c, COL_VISITOR_EPOCH, (int32_t)rec->visitor_epoch);
    put_request_id(c, rec);
    if (rec->flags & RECORD_HAS_FLOW) {
        chunk_text(c, COL_FLOW_ID, rec->flow_id);
        chunk_i64(c, COL_FLOW_TIME, rec->flow_time_ms);
    }
    if (rec->flags & RECORD_HAS_SEQUENCE)
        chunk_i64(c, COL_SEQUENCE, rec->sequence);
}

static void put_context(struct chunk *c, const struct record *rec)
{
    for (size_t i = 0; i < EVENT_CONTEXT_COUNT; i++)
        chunk_text(c, context_columns[i], rec->context[i]);
    if (rec->status)
        chunk_i16(c, COL_STATUS, rec->status);
    if (rec->keep_ip_until_us)
        chunk_i64(c, COL_IP_UNTIL, rec->keep_ip_until_us);
    if (rec->keep_user_agent_until_us)
        chunk_i64(c, COL_USER_AGENT_UNTIL, rec->keep_user_agent_until_us);
    chunk_text(c, COL_UA_BROWSER, rec->ua_browser);
    chunk_text(c, COL_UA_VERSION, rec->ua_version);
    chunk_text(c, COL_UA_OS, rec->ua_os);
    chunk_text(c, COL_COUNTRY, rec->country);
    chunk_bool(c, COL_BOT, rec->flags & RECORD_BOT);
    chunk_bool(c, COL_DNT, rec->flags & RECORD_DO_NOT_TRACK);
    chunk_bool(c, COL_TIME_GIVEN, !(rec->flags & RECORD_TIME_FROM_RECEIPT));
}

/* The first columns of both tables. A name that is absent in a damaged record is an empty text. */
static void put_head(struct chunk *c, const struct record *rec, int64_t position)
{
    chunk_i64(c, COL_POSITION, position);
    chunk_uuid(c, COL_ID, rec->id.b);
    chunk_text(c, COL_NAME, rec->name.ptr ? rec->name : STR(""));
    chunk_text(c, COL_SOURCE, rec->source.ptr ? rec->source : STR(""));
    chunk_i64(c, COL_TIME, rec->time_us);
    chunk_i64(c, COL_RECEIVED, rec->received_us);
}

/* A null has no place in a column, where it would be the same as an absent value. */
static bool is_more(const struct schema_place *place, const struct record *rec, size_t i)
{
    return place->columns[i] == SCHEMA_MORE || rec->properties[i].value.type == RECORD_NULL;
}

/* Those for which there is no column any more, and nulls, as one object. */
static void put_more(struct chunk *c, const struct schema_place *place, const struct record *rec,
                     struct buf *text)
{
    buf_reset(text, 1 << 20);
    for (size_t i = 0; i < rec->property_count; i++) {
        const struct record_property *p = rec->properties + i;

        if (!is_more(place, rec, i))
            continue;
        buf_char(text, text->len ? ',' : '{');
        buf_json(text, p->name);
        buf_char(text, ':');
        record_value_to_json(text, &p->value);
    }
    if (!text->len)
        return;
    buf_char(text, '}');
    CHECK(!buf_failed(text)); /* rows_check saw to it */
    chunk_text(c, COL_MORE_PROPERTIES, buf_as_str(text));
}

int rows_add_event(struct chunk *c, const struct record *rec, const struct schema_place *place,
                   int64_t position, struct buf *text, struct err *err)
{
    if (chunk_begin_row(c, err) < 0)
        return -1;
    put_head(c, rec, position);
    put_who(c, rec);
    put_context(c, rec);
    chunk_i32(c, COL_SHAPE, place->shape);
    for (size_t i = 0; i < rec->property_count; i++)
        if (place->columns[i] != SCHEMA_NOWHERE && place->columns[i] != SCHEMA_MORE)
            value_put(c, place->columns[i], &rec->properties[i].value);
    put_more(c, place, rec, text);
    chunk_end_row(c);
    return 0;
}

enum {
    QUARANTINE_REASONS = COL_RECEIVED + 1,
    QUARANTINE_ERRORS,
    QUARANTINE_EVENT,
    QUARANTINE_HIDDEN,
    QUARANTINE_STATE
};

static void put_reasons(struct chunk *c, const struct faults *faults)
{
    size_t count = faults ? faults->count : 0;
    size_t first = chunk_list(c, QUARANTINE_REASONS, count);
    duckdb_string_t *out = c->columns[QUARANTINE_REASONS].child_data;

    for (size_t i = 0; i < count; i++)
        chunk_put_text(c, out + first + i, str_from(fault_code_name(faults->list[i].code)));
}

static void put_errors(struct chunk *c, const struct faults *faults, struct buf *text)
{
    static const struct faults none;

    buf_reset(text, 1 << 20);
    faults_to_json(text, faults ? faults : &none);
    CHECK(!buf_failed(text));
    chunk_text(c, QUARANTINE_ERRORS, buf_as_str(text));
}

/* The names of what only some may see: `event` has all. */
static void put_hidden(struct chunk *c, const struct record *rec)
{
    size_t count = 0, first;
    duckdb_string_t *out;

    for (size_t i = 0; i < rec->property_count; i++)
        count += rec->properties[i].hidden;
    first = chunk_list(c, QUARANTINE_HIDDEN, count);
    out = c->columns[QUARANTINE_HIDDEN].child_data;
    for (size_t i = 0; i < rec->property_count; i++)
        if (rec->properties[i].hidden)
            chunk_put_text(c, out + first++, rec->properties[i].name);
}

int rows_add_quarantined(struct chunk *c, const struct record *rec, int64_t position,
                         struct buf *text, struct err *err)
{
    struct record event = *rec;

    if (chunk_begin_row(c, err) < 0)
        return -1;
    put_head(c, rec, position);
    put_reasons(c, rec->faults);
    put_errors(c, rec->faults, text);
    event.faults = NULL;
    event.context[EVENT_IP] = STR_NONE; /* kept for a stated time, which this table does not know */
    event.context[EVENT_USER_AGENT] = STR_NONE;
    buf_reset(text, 1 << 20);
    record_to_json(text, &event, position, true);
    CHECK(!buf_failed(text));
    chunk_text(c, QUARANTINE_EVENT, str_trim(buf_as_str(text)));
    put_hidden(c, rec);
    chunk_text(c, QUARANTINE_STATE, STR("waiting"));
    chunk_end_row(c);
    return 0;
}
