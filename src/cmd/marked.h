/* SPDX-License-Identifier: Apache-2.0 */
/* marked.h: an event for a person to read: a line for each member, and under it what is wrong with it.
 *
 * Threads: pure function. */
#pragma once
#include <yyjson.h>

#include "base/buf.h"

/* `event` is an object as record_to_json makes it, `errors` its list of faults. An error whose place
 * is not in the event stands under the nearest member around it, or first. */
void marked_write(struct buf *out, yyjson_val *event, yyjson_val *errors);
