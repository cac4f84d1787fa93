/* SPDX-License-Identifier: Apache-2.0 */
/* internal.c: which events are internal, in the database itself, so that whoever asks it goes by the same
 * filters. */
#include <stdlib.h>

#include "base/mem.h"
#include "model/days.h"

struct comparing {
    const struct str *filters;
    size_t count, at;
    bool same;
};

static int compare(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct comparing *c = ctx;

    (void)err;
    CHECK(count == 1);
    c->same &= c->at < c->count && str_eq(c->filters[c->at], values[0]);
    c->at++;
    return 0;
}

static int add(struct models *m, struct str filter, struct err *err)
{
    AUTO_BUF literal;
    AUTO_BUF sql;

    buf_init(&literal, MODELS_STATEMENT_MAX);
    buf_init(&sql, MODELS_STATEMENT_MAX);
    sql_literal(&literal, filter);
    sql_fill(&sql, models_statement("internal_add"),
             (struct sql_blank[]){{"filter", buf_as_str(&literal)}}, 1);
    CHECK(!buf_failed(&literal) && !buf_failed(&sql));
    return script_run(m->store, "internal_add", buf_as_str(&sql), err);
}

static int replace(struct models *m, const struct str *filters, size_t count, struct err *err)
{
    if (models_run(m, "internal_clear", NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (add(m, filters[i], err) < 0)
            return -1;
    return days_again(m, err);
}

int models_set_internal(struct models *m, const struct str *filters, size_t count,
                        struct str condition, struct err *err)
{
    struct comparing c = {.filters = filters, .count = count, .same = true};

    free(m->internal);
    m->internal = xmemdup(condition.ptr, condition.len);
    if (script_rows(m->store, "internal_read", models_statement("internal_read"), compare, &c,
                    err) < 0)
        return -1;
    if (c.same && c.at == count)
        return 0;
    if (script_begin(m->store, err) < 0)
        return -1;
    if (replace(m, filters, count, err) < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    return 0;
}
