/* SPDX-License-Identifier: Apache-2.0 */
/* query_body.h: what POST /api/query asks for. Threads: one owner. */
#pragma once
#include "store/query.h"

struct query_body {
    struct yyjson_doc *doc; /* what opts->sql borrows from */
};

/* Reads `body` into *opts, whose timeout_us is the most that may be asked for. ERR_PARSE: not JSON;
 * ERR_USAGE: a member that is missing, unknown or of a wrong type. Free *out in any case. */
int query_body_read(struct query_body *out, struct query_opts *opts, struct str body,
                    struct err *err);
void query_body_free(struct query_body *body);
