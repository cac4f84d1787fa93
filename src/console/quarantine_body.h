/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_body.h: what POST /api/quarantine/try, replay and drop ask for. Threads: one owner. */
#pragma once
#include "base/err.h"
#include "store/quarantine.h"

enum { QUARANTINE_POSITIONS_MAX = 10000, QUARANTINE_ENTRY_MAX = 64 * 1024 };

struct quarantine_body {
    struct yyjson_doc *doc; /* what the texts borrow from */
    struct quarantine_filter filter; /* waiting ones; owns its positions */
    struct str reason, entry; /* or STR_NONE */
};

/* {"where":{"reason","name","source","since","until"} | "positions":[...], "after", "reason", "entry"}.
 * ERR_PARSE: not JSON; ERR_USAGE: a member that is missing, unknown or wrong. Free *out in any case. */
int quarantine_body_read(struct quarantine_body *out, struct str body, struct err *err);
void quarantine_body_free(struct quarantine_body *b);
