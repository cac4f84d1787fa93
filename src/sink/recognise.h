/* SPDX-License-Identifier: Apache-2.0 */
/* recognise.h: whether a journal is the one that a sink has followed so far.
 *
 * Threads: the sink's. */
#pragma once
#include "sink/sink.h"

/* 1: it is, or the sink does not care; 0: not to be told yet, since the journal is not there or its
 * writer has not said how far it is durable; -1: ERR_USAGE where it is another one. */
int recognise_journal(const struct sink_ops *ops, void *sink, const char *journal_dir,
                      int64_t cursor, struct err *err);
