/* SPDX-License-Identifier: Apache-2.0 */
/* weir/testing.h: assertions about events, for a client with the option `test`. Included by weir.h.
 *
 *   assert(weir_test_count(client, "page_visited") == 1);
 *   assert(strcmp(weir_test_get(client, 0, "properties.foo"), "bar") == 0);
 *
 * Events are numbered from 0 in the order in which they were triggered. At most queue_bytes of JSON are kept, later
 * events are dropped and counted. Text that is returned lives until weir_test_clear or weir_client_free. With any other
 * client, the count is 0 and the text NULL. */
#ifndef WEIR_TESTING_H
#define WEIR_TESTING_H
#include <weir/weir.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many events of this name there are; NULL: of any. */
WEIR_API size_t weir_test_count(struct weir_client *client, const char *name);
/* The event as it would be sent, without sent_at; NULL where there is none of this number. */
WEIR_API const char *weir_test_json(struct weir_client *client, size_t number);
/* The value of a member, by the names on the way to it: "name", "actor", "properties.foo", "context.status". Text without
 * quotes and escapes, everything else as JSON; NULL where it is absent. */
WEIR_API const char *weir_test_get(struct weir_client *client, size_t number, const char *path);
/* Forgets all events. */
WEIR_API void weir_test_clear(struct weir_client *client);

#ifdef __cplusplus
}
#endif
#endif
