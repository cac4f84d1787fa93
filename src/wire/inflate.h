/* SPDX-License-Identifier: Apache-2.0 */
/* inflate.h: gzip and zstd bodies, as they arrive, up to an absolute size.
 *
 * One gzip member or one zstd frame: more of them, or bytes behind the end, are refused, and so is a
 * zstd window over 8 MiB. Memory: at most 256 KiB for gzip; a zstd window as the frame asks.
 * Threads: one owner. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct inflate; /* opaque */

enum inflate_form { INFLATE_GZIP, INFLATE_ZSTD };

/* NULL when memory is out. */
struct inflate *inflate_new(enum inflate_form form);
void inflate_free(struct inflate *z);
/* What it takes now: it grows with the first bytes, which name a zstd frame's window. */
size_t inflate_memory(const struct inflate *z);
/* Appends what `bytes` inflate to; ERR_LIMIT past out->max, ERR_PARSE for broken data. */
int inflate_more(struct inflate *z, struct str bytes, struct buf *out, struct err *err);
/* The body ended: -1 unless the stream did too. */
int inflate_finish(struct inflate *z, struct err *err);
