/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c: remembers when numbers may have become others for a reason that is no event's: charts mark it. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/model_internal.h"

int changes_add(struct models *m, const char *kind, struct str value, struct err *err)
{
    AUTO_BUF now;
    AUTO_BUF kind_sql;
    AUTO_BUF value_sql;
    AUTO_BUF sql;

    buf_init(&now, 64);
    buf_init(&kind_sql, 64);
    buf_init(&value_sql, 4096);
    buf_init(&sql, 16384);
    buf_printf(&now, "make_timestamp(%" PRId64 ")", clock_now_us());
    sql_literal(&kind_sql, str_from(kind));
    sql_literal(&value_sql, value);
    sql_fill(&sql, models_statement("changes_add"),
             (struct sql_blank[]){{"now", buf_as_str(&now)},
                                  {"kind", buf_as_str(&kind_sql)},
                                  {"value", buf_as_str(&value_sql)}},
             3);
    CHECK(!buf_failed(&sql) && !buf_failed(&value_sql));
    return script_run(m->store, "changes_add", buf_as_str(&sql), err);
}

int models_set_version(struct models *m, const char *version, struct err *err)
{
    return changes_add(m, "version", str_from(version), err);
}
