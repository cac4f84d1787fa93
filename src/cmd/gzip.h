/* SPDX-License-Identifier: Apache-2.0 */
/* gzip.h: a whole text into one gzip member. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

/* Appends to `out`. */
int gzip_text(struct buf *out, struct str plain, struct err *err);
