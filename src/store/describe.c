/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: what the catalogue says of properties, in the table `columns`, and room for them.
 *
 * The table is replaced as a whole, so that it never shows half of two catalogues. */
#include "catalogue/describe.h"
#include "base/mem.h"
#include "store/chunk.h"
#include "store/internal.h"
#include "store/load.h"
#include "store/schema.h"

static const char *const privacy_names[] = {[PRIVACY_KEEP] = "keep",
                                            [PRIVACY_PSEUDONYM] = "pseudonym",
                                            [PRIVACY_HIDDEN] = "hidden",
                                            [PRIVACY_DROP] = "drop"};

static const char *const type_names[] = {
    [RECORD_NULL] = "string",   [RECORD_TEXT] = "string",         [RECORD_INTEGER] = "integer",
    [RECORD_NUMBER] = "number", [RECORD_BOOLEAN] = "boolean",     [RECORD_DATETIME] = "datetime",
    [RECORD_UUID] = "uuid",     [RECORD_PSEUDONYM] = "pseudonym", [RECORD_JSON] = "object",
};

static enum record_type stored_type(const struct catalogue_property *p)
{
    return p->privacy == PRIVACY_PSEUDONYM ? RECORD_PSEUDONYM : p->type;
}

/* A property that stands for a fixed column is not stored twice. */
static enum kind planned_kind(const struct catalogue_event *ev, const struct catalogue_property *p)
{
    static const enum kind kinds[ROLE_COUNT] = {[ROLE_ACTOR] = KIND_ACTOR,
                                                [ROLE_SESSION] = KIND_SESSION,
                                                [ROLE_DEVICE] = KIND_DEVICE,
                                                [ROLE_REQUEST_ID] = KIND_REQUEST_ID};

    for (enum catalogue_role role = 0; role < ROLE_COUNT; role++)
        if (kinds[role] != KIND_NONE && catalogue_role_property(ev, role) == p &&
            (role == ROLE_REQUEST_ID) == (stored_type(p) == RECORD_TEXT))
            return kinds[role];
    return schema_kind(stored_type(p), p->list);
}

/* What is dropped never has a place. The order of the entry is that of service_events. */
static int plan_event(struct store *s, const struct catalogue_event *ev, struct err *err)
{
    size_t total = catalogue_event_property_count(ev), count = 0;
    AUTO_FREE struct schema_want *wants = xcalloc(total + 1, sizeof *wants);

    for (size_t i = 0; i < total; i++) {
        const struct catalogue_property *p = catalogue_event_property_at(ev, i);

        if (!p->parameter && p->privacy != PRIVACY_DROP)
            wants[count++] = (struct schema_want){.name = p->name,
                                                  .kind = planned_kind(ev, p),
                                                  .hidden = p->privacy == PRIVACY_HIDDEN};
    }
    return schema_plan(s->schema, wants, count, err);
}

static int plan_all(struct store *s, const struct catalogue *c, struct err *err)
{
    for (size_t i = 0; i < catalogue_event_count(c); i++)
        if (plan_event(s, catalogue_event_at(c, i), err) < 0)
            return -1;
    return schema_commit(s->schema, err);
}

static int make_places(struct store *s, const struct catalogue *c, struct err *err)
{
    if (schema_begin(s->schema, err) < 0)
        return -1;
    if (plan_all(s, c, err) < 0) {
        schema_rollback(s->schema);
        return -1;
    }
    return 0;
}

static int add_row(struct chunk *out, const struct schema *schema, const struct catalogue_event *ev,
                   const struct catalogue_property *p, struct err *err)
{
    const char *column = schema_view_column(schema, p->name);
    AUTO_FREE char *type = xasprintf(p->list ? "array<%s>" : "%s", type_names[stored_type(p)]);

    if (chunk_begin_row(out, err) < 0)
        return -1;
    chunk_text(out, 0, catalogue_event_name(ev));
    chunk_text(out, 1, p->name);
    if (column)
        chunk_text(out, 2, str_from(column));
    chunk_text(out, 3, str_from(type));
    chunk_text(out, 4, str_from(privacy_names[p->privacy]));
    chunk_bool(out, 5, p->required);
    chunk_text(out, 6, p->description);
    chunk_end_row(out);
    return 0;
}

static int add_rows(struct chunk *out, const struct schema *schema, const struct catalogue *c,
                    struct err *err)
{
    for (size_t i = 0; i < catalogue_event_count(c); i++) {
        const struct catalogue_event *ev = catalogue_event_at(c, i);

        for (size_t k = 0; k < catalogue_column_count(c); k++) {
            const struct catalogue_property *p =
                catalogue_property_find(ev, catalogue_column_at(c, k)->name);

            if (p && add_row(out, schema, ev, p, err) < 0)
                return -1;
        }
    }
    return chunk_flush(out, err);
}

static int replace_rows(struct store *s, const struct catalogue *c, struct err *err)
{
    struct chunk out;
    int status;

    if (duck_begin(s->con, err) < 0)
        return -1;
    chunk_init(&out, s->con, "columns");
    status = duck_run(s->con, "clear_columns", err);
    if (status == 0)
        status = add_rows(&out, s->schema, c, err);
    chunk_close(&out);
    if (status == 0)
        status = duck_run(s->con, "commit", err);
    if (status < 0)
        duck_run(s->con, "rollback", NULL);
    return status;
}

int store_set_catalogue(struct store *s, const struct catalogue *c, struct err *err)
{
    load_columns_changed(s->load);
    return make_places(s, c, err) < 0 ? -1 : replace_rows(s, c, err);
}
