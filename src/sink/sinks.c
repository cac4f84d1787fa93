/* SPDX-License-Identifier: Apache-2.0 */
/* sinks.c: the table of all sinks. */
#include "sink/sink.h"

extern const struct sink_ops sink_store;

const struct sink_ops *const sinks[] = {&sink_store, NULL};
