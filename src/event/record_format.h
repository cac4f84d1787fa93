/* SPDX-License-Identifier: Apache-2.0 */
/* record_format.h: the numbers of the payload's format, for its writer and its reader alone. The
 * format itself stands at the top of record.c. */
#pragma once
#include <assert.h>

#include "event/record.h"

enum {
    VERSION = 1,
    HIDDEN = 0x80,
    VARINT_MAX = 10,
    PROPERTY_LEAST = 2, /* bytes of the smallest property: its type and an empty name */
};

enum form { FORM_VARINT, FORM_TEXT, FORM_16, FORM_8 };

/* Part of the format: numbers are never used again for something else; 63 is kept free. */
enum field {
    FIELD_STATUS = 1,
    FIELD_SEQUENCE = 2,
    FIELD_ACTOR = 3,
    FIELD_SESSION = 4,
    FIELD_DEVICE = 5,
    FIELD_VISITOR = 6,
    FIELD_SESSION_EPOCH = 7,
    FIELD_VISITOR_EPOCH = 8,
    FIELD_REQUEST_ID = 9,
    FIELD_FLOW_ID = 10,
    FIELD_FLOW_TIME = 11,
    FIELD_UA_BROWSER = 12,
    FIELD_UA_VERSION = 13,
    FIELD_UA_OS = 14,
    FIELD_COUNTRY = 15,
    FIELD_KEEP_IP = 16,
    FIELD_KEEP_USER_AGENT = 17,
    FIELD_CARRIED = 18,
    FIELD_CONTEXT = 20, /* + the number of record_contexts[] */
    FIELD_MAX = 63,
};

/* The order is the format's, whatever becomes of enum event_context. */
static const uint8_t record_contexts[] = {
    EVENT_URL,         EVENT_HOST,         EVENT_PATH,         EVENT_QUERY,    EVENT_REFERRER,
    EVENT_TITLE,       EVENT_METHOD,       EVENT_CONTENT_TYPE, EVENT_IP,       EVENT_USER_AGENT,
    EVENT_LOCALE,      EVENT_TIMEZONE,     EVENT_PLATFORM,     EVENT_SCREEN,   EVENT_UTM_SOURCE,
    EVENT_UTM_MEDIUM,  EVENT_UTM_CAMPAIGN, EVENT_UTM_CONTENT,  EVENT_UTM_TERM, EVENT_APP_VERSION,
    EVENT_ENVIRONMENT,
};
static_assert(sizeof record_contexts == EVENT_CONTEXT_COUNT, "each context field needs its number");
static_assert(FIELD_CONTEXT + sizeof record_contexts <= FIELD_MAX, "context fields fit the tag");
/* The types' numbers are the format's too. */
static_assert(RECORD_NULL == 0 && RECORD_TEXT == 1 && RECORD_INTEGER == 2 && RECORD_NUMBER == 3 &&
                  RECORD_BOOLEAN == 4 && RECORD_DATETIME == 5 && RECORD_UUID == 6 &&
                  RECORD_PSEUDONYM == 7 && RECORD_LIST == 8 && RECORD_JSON == 9,
              "types keep their numbers");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fixed integers are copied as they are");
