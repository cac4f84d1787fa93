/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h: a condition on one column, as settings and questions write it.
 *
 *   column=value    column!=value    column~template    column!~template
 *
 * The column ends at the first of = ~ !; the value is all that stands behind the sign, also nothing.
 * Threads: pure functions. */
#pragma once
#include "base/err.h"
#include "base/str.h"

enum filter_op { FILTER_IS, FILTER_IS_NOT, FILTER_LIKE, FILTER_UNLIKE };

struct filter {
    struct str column, value; /* borrow */
    enum filter_op op;
};

/* ERR_USAGE, without the value: it may reach answers. */
int filter_parse(struct filter *out, struct str text, struct err *err);
