/* SPDX-License-Identifier: Apache-2.0 */
/* day.c: what a line of a day's file says.
 *
 * A flow's begin is not in its lines: it is the time of the event less its flow_time, so that flow_time stays
 * exact although the time has whole seconds. One thing that the old servers wrote wrongly is put
 * right: where flow_time is the time of the day itself (since 1970), the event is the flow's begin, and
 * flow_time 0. Writing events is in day_write.c. */
#include "wire/day.h"

#include <limits.h>
#include <openssl/sha.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "wire/csv.h"
#include "wire/day_columns.h"

static const struct {
    const char *name, *text;
} faults[DAY_FAULTS] = {
    [DAY_FINE] = {"fine", "Nothing is wrong."},
    [DAY_TOO_LONG] = {"too_long", "The line is longer than one may be."},
    [DAY_NUL] = {"nul_byte", "The line holds a byte 0."},
    [DAY_NOT_UTF8] = {"not_utf8", "The line is not UTF-8."},
    [DAY_OPEN_QUOTE] = {"open_quote", "A quoted field does not end on its line."},
    [DAY_STRAY_QUOTE] = {"stray_quote", "A quote stands where none may."},
    [DAY_FIELD_COUNT] = {"field_count", "A flow event has 16 or 18 fields, an activity event 8."},
    [DAY_TIMESTAMP] = {"timestamp", "The timestamp is no whole number of seconds since 1970."},
    [DAY_OTHER_DAY] = {"other_day", "The timestamp is more than a day from the day of the file."},
    [DAY_NO_TYPE] = {"no_type", "The type is empty."},
    [DAY_FLOW_ID] = {"flow_id", "The flow_id is not 64 hexadecimal digits in lower case."},
    [DAY_FLOW_TIME] = {"flow_time", "The flow_time is no number of milliseconds that can be."},
    [DAY_NOT_JSON] = {"not_json", "The line is not JSON."},
    [DAY_NOT_OBJECT] = {"not_an_object", "An event is a JSON object."},
    [DAY_ID] = {"id", "The id is no UUID."},
};

const char *day_fault_name(enum day_fault fault)
{
    CHECK(fault < DAY_FAULTS);
    return faults[fault].name;
}

const char *day_fault_text(enum day_fault fault)
{
    CHECK(fault < DAY_FAULTS);
    return faults[fault].text;
}

void day_of_name(struct day *out, struct str name)
{
    struct str date;

    while (str_find(name, '/') < name.len)
        name = str_slice(name, str_find(name, '/') + 1, name.len);
    if (str_ends(name, STR(".gz")))
        name.len -= 3;
    *out = (struct day){0};
    for (size_t dot = 0; dot < name.len; dot++) {
        if (name.ptr[dot] != '.' || dot < 11 || name.ptr[dot - 11] != '-')
            continue;
        date = str_slice(name, dot - 10, 10);
        out->has_day = datetime_parse_date(date, &out->day_us) == 0;
        if (out->has_day && str_is(str_slice(name, dot, name.len), ".csv")) {
            if (str_ends(str_slice(name, 0, dot - 11), STR("flow")))
                out->kind = DAY_FLOW;
            else if (str_ends(str_slice(name, 0, dot - 11), STR("events")) &&
                     !str_ends(str_slice(name, 0, dot - 11), STR("email-events")))
                out->kind = DAY_ACTIVITY;
        }
        break;
    }
    if (str_ends(name, STR(".ndjson")) || str_ends(name, STR(".jsonl")))
        out->kind = DAY_EVENTS;
}

bool day_is_heading(const struct day *day, struct str line)
{
    return day->kind != DAY_EVENTS && (str_starts_nocase(line, STR("timestamp,")) ||
                                       str_starts_nocase(line, STR("\"timestamp\",")));
}

static void spread(struct day_row *row, int64_t us)
{
    row->first_us = us < row->first_us ? us : row->first_us;
    row->last_us = us > row->last_us ? us : row->last_us;
}

/* The seconds of the year 9999 and before. */
static enum day_fault read_time(struct day_row *row, const struct day *day, struct str text)
{
    uint64_t seconds;
    int64_t away_us;

    if (str_to_u64(text, &seconds) < 0 || seconds >= UINT64_C(253402300800))
        return DAY_TIMESTAMP;
    row->time_ms = (int64_t)seconds * 1000;
    away_us = row->time_ms * 1000 - day->day_us;
    row->other_day = away_us < 0 || away_us >= DATETIME_DAY_US;
    if (away_us < -DATETIME_DAY_US || away_us >= 2 * DATETIME_DAY_US)
        return DAY_OTHER_DAY;
    row->first_us = row->last_us = row->time_ms * 1000;
    return DAY_FINE;
}

static bool is_flow_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(id.ptr[i] >= '0' && id.ptr[i] <= '9') && !(id.ptr[i] >= 'a' && id.ptr[i] <= 'f'))
            return false;
    return id.len == 64;
}

static enum day_fault read_flow(struct day_row *row)
{
    int64_t flow_time;

    if (!is_flow_id(row->fields[FLOW_ID]))
        return DAY_FLOW_ID;
    if (str_to_i64(row->fields[FLOW_TIME], &flow_time) < 0 || flow_time < -row->time_ms)
        return DAY_FLOW_TIME;
    if (flow_time - row->time_ms >= -1000 && flow_time - row->time_ms < 2000)
        flow_time = 0; /* the time itself */
    row->begin_ms = row->time_ms - flow_time;
    /* Before 1970, or a flow that begins behind all calendars. */
    if (row->begin_ms < 0 || row->begin_ms >= INT64_C(253402300800000))
        return DAY_FLOW_TIME;
    spread(row, row->begin_ms * 1000);
    return DAY_FINE;
}

static enum day_fault read_csv(struct day_row *row, const struct day *day, struct str line,
                               struct buf *scratch)
{
    size_t count;
    enum csv_status status = csv_split(line, scratch, row->fields, DAY_FIELDS_MAX, &count);
    enum day_fault fault;

    if (status != CSV_FINE)
        return status == CSV_OPEN_QUOTE ? DAY_OPEN_QUOTE : DAY_STRAY_QUOTE;
    if (day->kind == DAY_FLOW ? count != 16 && count != 18 : count != 8)
        return DAY_FIELD_COUNT;
    fault = read_time(row, day, row->fields[0]);
    if (fault)
        return fault;
    row->type = row->fields[day->kind == DAY_FLOW ? FLOW_TYPE : ACTIVITY_TYPE];
    if (row->type.len == 0)
        return DAY_NO_TYPE;
    return day->kind == DAY_FLOW ? read_flow(row) : DAY_FINE;
}

static bool time_of(yyjson_val *value, int64_t *us)
{
    if (yyjson_is_str(value))
        return datetime_parse(str_of(yyjson_get_str(value), yyjson_get_len(value)), us) == 0;
    if (!yyjson_is_num(value) || !(yyjson_get_num(value) > -6e13 && yyjson_get_num(value) < 2.6e14))
        return false;
    *us = (int64_t)(yyjson_get_num(value) * 1000.0);
    return true;
}

/* The time that the event will have, as far as its own text tells. */
static void read_times(struct day_row *row, yyjson_val *root)
{
    static const char *const names[] = {"time", "timestamp", "occurred_at"};
    yyjson_val *begin = yyjson_obj_get(yyjson_obj_get(root, "flow"), "begin");
    size_t given = 0;
    int64_t us;

    row->first_us = INT64_MAX;
    row->last_us = INT64_MIN;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (time_of(yyjson_obj_get(root, names[i]), &us)) {
            spread(row, us);
            given++;
        }
    }
    if (begin && time_of(begin, &us))
        spread(row, us);
    if (given == 0 || yyjson_obj_get(root, "sent_at")) {
        row->first_us = INT64_MIN;
        row->last_us = INT64_MAX;
    }
}

static enum day_fault read_event(struct day_row *row, struct str line)
{
    yyjson_doc *doc = yyjson_read(line.ptr, line.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc), *id;
    enum day_fault fault = !doc ? DAY_NOT_JSON : !yyjson_is_obj(root) ? DAY_NOT_OBJECT : DAY_FINE;

    if (!fault) {
        id = yyjson_obj_get(root, "id");
        row->has_id = id != NULL;
        if (row->has_id &&
            (!yyjson_is_str(id) ||
             uuid_parse(str_of(yyjson_get_str(id), yyjson_get_len(id)), &row->id) < 0))
            fault = DAY_ID;
        row->json = line;
        read_times(row, root);
    }
    yyjson_doc_free(doc);
    return fault;
}

enum day_fault day_row_read(struct day_row *out, const struct day *day, struct str line,
                            struct buf *scratch)
{
    *out = (struct day_row){.kind = day->kind};
    if (str_find(line, '\0') < line.len)
        return DAY_NUL;
    if (!str_is_utf8(line))
        return DAY_NOT_UTF8;
    if (day->kind == DAY_EVENTS)
        return read_event(out, line);
    CHECK(day->has_day && day->kind != DAY_UNKNOWN);
    return read_csv(out, day, line, scratch);
}

void day_row_key(uint8_t out[DAY_KEY_BYTES], const struct day *day, const struct day_row *row,
                 struct buf *text)
{
    size_t count = row->kind == DAY_EVENTS ? 0 : DAY_FIELDS_MAX;

    buf_reset(text, SIZE_MAX);
    buf_printf(text, "weir day 1\n%d\n%lld\n", (int)row->kind,
               day->has_day ? (long long)day->day_us : -1LL);
    buf_str(text, row->kind == DAY_EVENTS ? row->json : STR(""));
    while (count && row->fields[count - 1].len == 0)
        count--;
    for (size_t i = 0; i < count; i++) {
        buf_i64(text, (int64_t)row->fields[i].len);
        buf_char(text, ':');
        buf_str(text, row->fields[i]);
    }
    CHECK(!buf_failed(text));
    SHA256((const unsigned char *)text->ptr, text->len, out);
}
