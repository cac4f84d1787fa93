/* SPDX-License-Identifier: Apache-2.0 */
/* content_tree.h: a batch as its schema has it; for the files content*.c alone. */
#pragma once
#include <yyjson.h>

#include "wire/content.h"
#include "wire/native_tree.h"

/* The keys of a batch, in the alphabet's order, as clients send them. */
enum content_field {
    FIELD_BROKER,
    FIELD_CLIENT_ID,
    FIELD_CONTEXT,
    FIELD_DEVICE_ID,
    FIELD_DURATION,
    FIELD_EMAIL_DOMAIN,
    FIELD_ENTRY_POINT,
    FIELD_ENTRYPOINT,
    FIELD_ENTRYPOINT_EXPERIMENT,
    FIELD_ENTRYPOINT_VARIATION,
    FIELD_EVENTS,
    FIELD_EXPERIMENTS,
    FIELD_FLOW_BEGIN_TIME,
    FIELD_FLOW_ID,
    FIELD_FLUSH_TIME,
    FIELD_INITIAL_VIEW,
    FIELD_IS_SAMPLED_USER,
    FIELD_LANG,
    FIELD_MARKETING,
    FIELD_MIGRATION,
    FIELD_NAVIGATION_TIMING,
    FIELD_NUM_STORED_ACCOUNTS,
    FIELD_REFERRER,
    FIELD_SCREEN,
    FIELD_SERVICE,
    FIELD_START_TIME,
    FIELD_SYNC_ENGINES,
    FIELD_TIMERS,
    FIELD_UID,
    FIELD_UNIQUE_USER_ID,
    FIELD_USER_PREFERENCES,
    FIELD_UTM_CAMPAIGN,
    FIELD_UTM_CONTENT,
    FIELD_UTM_MEDIUM,
    FIELD_UTM_SOURCE,
    FIELD_UTM_TERM,
    FIELDS
};

/* Of navigationTiming. */
enum content_timing {
    TIMING_CONNECT_END,
    TIMING_CONNECT_START,
    TIMING_DOM_COMPLETE,
    TIMING_DOM_CONTENT_LOADED_EVENT_END,
    TIMING_DOM_CONTENT_LOADED_EVENT_START,
    TIMING_DOM_INTERACTIVE,
    TIMING_DOM_LOADING,
    TIMING_DOMAIN_LOOKUP_END,
    TIMING_DOMAIN_LOOKUP_START,
    TIMING_FETCH_START,
    TIMING_LOAD_EVENT_END,
    TIMING_LOAD_EVENT_START,
    TIMING_NAVIGATION_START,
    TIMING_REDIRECT_END,
    TIMING_REDIRECT_START,
    TIMING_REQUEST_START,
    TIMING_RESPONSE_END,
    TIMING_RESPONSE_START,
    TIMING_SECURE_CONNECTION_START,
    TIMING_UNLOAD_EVENT_END,
    TIMING_UNLOAD_EVENT_START,
    TIMINGS
};

/* Of screen. */
enum content_screen {
    SCREEN_CLIENT_HEIGHT,
    SCREEN_CLIENT_WIDTH,
    SCREEN_PIXEL_RATIO,
    SCREEN_HEIGHT,
    SCREEN_WIDTH,
    SCREENS
};

/* NULL: the batch does not have it. */
struct content_batch {
    yyjson_val *fields[FIELDS], *timing[TIMINGS], *screen[SCREENS];
};

/* content_schema.c: the whole schema but the offsets' upper bound. -1 with *wrong. */
int content_check(yyjson_val *root, struct content_batch *out, struct content_wrong *wrong);
/* The whole number of a checked value. */
int64_t content_whole(yyjson_val *val);
/* What a text of that field must be, or NULL where it is. */
const char *content_text_expected(enum content_field f, struct str s);
/* What is kept of a campaign's value: the schema is wider, and one that does not fit goes alone. */
struct str content_kept_campaign(struct str s);
/* Whether each byte is one of the set's: single ones and ranges, such as "a-z_-". */
bool content_has_only(struct str s, const char *set);

/* The text of a field; absent for none. */
static inline struct str content_text(const struct content_batch *b, enum content_field f)
{
    struct str s = b->fields[f] ? native_text(b->fields[f]) : STR_NONE;

    return str_is(s, "none") ? STR_NONE : s;
}

/* content_event.c: names. The longest of ours is what 1024 bytes of a type come to. */
enum { CONTENT_NAME_MAX = 1024 + 16 };
struct content_name {
    char text[CONTENT_NAME_MAX];
    size_t len;
    bool is_begin, is_loaded;
    bool has_number; /* of flow.timing */
    int64_t number;
    bool number_missing;
};
/* `initial_view` is absent or the batch's. */
void content_name_of(struct str type, struct str initial_view, struct content_name *out);
/* The page group of a load: "auth" or "other". */
const char *content_page_group(struct str initial_view);
/* Milliseconds that a phase of the load took; 0: it is not known, or took none. The phases: network,
 * server, client. */
enum { CONTENT_PHASES = 3 };
const char *content_phase_name(size_t phase);
int64_t content_phase_ms(const struct content_batch *b, size_t phase);
