/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.h: the first and the last moment of a report that shows its range in parts of equal length. */
#pragma once
#include "report/build.h"

/* Appends the moment of `from` or `to`, in UTC, or sql/ELSE_PART.sql where it was not given. */
void bounds_put(struct buf *out, const struct report_asked *asked, const char *parameter,
                const char *else_part);
