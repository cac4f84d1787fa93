/* SPDX-License-Identifier: Apache-2.0 */
/* weir/value_names.h: the names that value.h describes. Included by value.h. */
#ifndef WEIR_VALUE_NAMES_H
#define WEIR_VALUE_NAMES_H

#define WEIR_END weir_value_make(WEIR_IN_EVENT, WEIR_KIND_END, NULL)

/* Properties. */
#define WEIR_TEXT(key, text) weir_value_text(WEIR_IN_PROPERTIES, key, text)
#define WEIR_INT(key, integer) weir_value_int(WEIR_IN_PROPERTIES, WEIR_KIND_INT, key, integer)
#define WEIR_NUMBER(key, number) weir_value_number(key, number)
#define WEIR_BOOL(key, truth)                                                                      \
    weir_value_int(WEIR_IN_PROPERTIES, WEIR_KIND_BOOL, key, (truth) ? 1 : 0)
#define WEIR_NULL(key) weir_value_make(WEIR_IN_PROPERTIES, WEIR_KIND_NULL, key)
#define WEIR_TIME(key, us) weir_value_int(WEIR_IN_PROPERTIES, WEIR_KIND_TIME, key, us)
#define WEIR_TEXTS(key, items, count) weir_value_texts(key, items, count)
#define WEIR_INTS(key, items, count) weir_value_ints(key, items, count)
#define WEIR_NUMBERS(key, items, count) weir_value_numbers(key, items, count)

/* The event itself. */
#define WEIR_ACTOR(text) weir_value_text(WEIR_IN_EVENT, "actor", text)
#define WEIR_SESSION(text) weir_value_text(WEIR_IN_EVENT, "session", text)
#define WEIR_DEVICE(text) weir_value_text(WEIR_IN_EVENT, "device", text)
#define WEIR_REQUEST_ID(text) weir_value_text(WEIR_IN_EVENT, "request_id", text)
#define WEIR_ID(text) weir_value_text(WEIR_IN_EVENT, "id", text)
#define WEIR_OCCURRED_AT(us) weir_value_int(WEIR_IN_EVENT, WEIR_KIND_TIME, "time", us)

/* Its context: any text that docs/http.md lists, and the response's status. */
#define WEIR_CONTEXT(key, text) weir_value_text(WEIR_IN_CONTEXT, key, text)
#define WEIR_STATUS(status) weir_value_int(WEIR_IN_CONTEXT, WEIR_KIND_INT, "status", status)

/* Its flow, and how that goes on elsewhere. */
#define WEIR_FLOW_ID(text) weir_value_text(WEIR_IN_FLOW, "id", text)
#define WEIR_FLOW_BEGIN(ms) weir_value_int(WEIR_IN_FLOW, WEIR_KIND_INT, "begin", ms)
#define WEIR_FLOW_TOKEN(text) weir_value_text(WEIR_IN_FLOW, "token", text)
#define WEIR_FLOW_STASH(text) weir_value_text(WEIR_IN_FLOW, "stash", text)
#define WEIR_FLOW_PROPAGATE(text) weir_value_text(WEIR_IN_FLOW, "propagate", text)
#define WEIR_FLOW_SIGNAL(name) weir_value_text(WEIR_IN_FLOW, "signal", name)
#define WEIR_FLOW_CLEAR weir_value_int(WEIR_IN_FLOW, WEIR_KIND_BOOL, "clear", 1)

#endif
