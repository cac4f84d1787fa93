/* SPDX-License-Identifier: Apache-2.0 */
/* schema_shown.c: the schema `shown`: events, service_events and quarantine for those who may not see
 * hidden values.
 *
 * Promises: a property that any entry of the catalogue ever hid, or any event came with as hidden, has
 * no column in it and is not in `properties`; neither is one of which that is not known, nor a raw
 * address or user agent. That nothing else is asked for is question_names.c's. */
#include "store/schema_internal.h"

#include "base/mem.h"

static void put_names(struct buf *out, const struct schema *s, bool hidden)
{
    for (size_t i = 0; i < s->property_count; i++) {
        if (s->properties[i].hidden != hidden)
            continue;
        if (out->len)
            buf_str(out, STR(", "));
        schema_put_key(out, s->properties + i);
    }
}

static int make_events(struct schema *s, struct err *err)
{
    struct schema_look look = {.view = "shown.events",
                               .ip = "CAST(NULL AS VARCHAR) AS ip",
                               .user_agent = "CAST(NULL AS VARCHAR) AS user_agent"};
    AUTO_BUF names;
    AUTO_BUF more;

    buf_init(&names, SCHEMA_VIEW_MAX);
    buf_init(&more, SCHEMA_VIEW_MAX);
    put_names(&names, s, false);
    schema_put_part(&more, "part_shown_more", buf_as_str(&names), STR(""));
    if (buf_failed(&names) || buf_failed(&more))
        return err_set(err, ERR_LIMIT, "the view %s needs more than %d bytes", look.view,
                       SCHEMA_VIEW_MAX);
    look.more = buf_as_str(&more);
    return schema_make_events(s, &look, err);
}

static int make_quarantine(struct schema *s, struct err *err)
{
    AUTO_BUF names;

    buf_init(&names, SCHEMA_VIEW_MAX);
    put_names(&names, s, true);
    if (buf_failed(&names))
        return err_set(err, ERR_LIMIT, "the view shown.quarantine needs more than %d bytes",
                       SCHEMA_VIEW_MAX);
    return duck_run_filled(s->con, "create_view_shown_quarantine",
                           &(struct sql_blank){"hidden", buf_as_str(&names)}, 1, err);
}

int schema_make_shown(struct schema *s, struct err *err)
{
    if (duck_run(s->con, "create_shown", err) < 0 || make_events(s, err) < 0 ||
        make_quarantine(s, err) < 0)
        return -1;
    return duck_run(s->con, "create_view_shown_service_events", err);
}
