/* SPDX-License-Identifier: Apache-2.0 */
/* schema_service.c: the view `service_events`: a row for each event in the shape that a service's
 * warehouse has, its properties as a list of keys and texts.
 *
 * Promises: a property that any event hides is not in it, wherever its values are kept; neither is one
 * of which that is not known. Order: as the properties were first met, which for declared ones is the
 * catalogue's; what has no column comes last. docs/tables.md says how values become text. */
#include "store/schema_internal.h"

#include "base/mem.h"

/* Properties that have a column of their own and are not in `data`. */
static const struct own {
    const char *property, *blank;
    bool tests; /* a list of test=variant; else a pseudonym */
} owns[] = {
    {"ab_tests", "ab_tests", true},
    {"jobseeker_id", "jobseeker_id", false},
    {"publisher_id", "publisher_id", false},
    {"support_user_id", "support_user_id", false},
};

static bool is_own_kind(const struct own *own, enum kind k)
{
    return own->tests
               ? k == KIND_TEXTS
               : k == KIND_PSEUDONYM || k == KIND_ACTOR || k == KIND_SESSION || k == KIND_DEVICE;
}

/* Whether values of that kind stand in a column of their own. */
static bool has_own_column(const struct property *p, enum kind k)
{
    for (size_t i = 0; i < ARRAY_LEN(owns); i++)
        if (str_is(p->name, owns[i].property))
            return is_own_kind(&owns[i], k);
    return false;
}

static bool has_nul(struct str s)
{
    return s.len && memchr(s.ptr, '\0', s.len);
}

/* The property's own name where SQL can hold it. */
void schema_put_key(struct buf *out, const struct property *p)
{
    sql_literal(out, str_is_utf8(p->name) && !has_nul(p->name) ? p->name : str_from(p->column));
}

static void put_text(struct buf *out, enum kind kind, const struct buf *value)
{
    static const char *const parts[KIND_COUNT] = {
        [KIND_NUMBER] = "part_service_text_number",
        [KIND_DATETIME] = "part_datetime_text",
        [KIND_TEXTS] = "part_service_text_inspected",
        [KIND_INTEGERS] = "part_service_text_items",
        [KIND_NUMBERS] = "part_service_text_numbers",
        [KIND_BOOLEANS] = "part_service_text_items",
        [KIND_DATETIMES] = "part_service_text_datetimes",
        [KIND_UUIDS] = "part_service_text_inspected",
        [KIND_PSEUDONYMS] = "part_service_text_inspected",
    };

    if (str_is(str_from(schema_kinds[kind].sql), "VARCHAR"))
        buf_str(out, buf_as_str(value));
    else
        schema_put_part(out, parts[kind] ? parts[kind] : "part_service_text", buf_as_str(value),
                        STR(""));
    out->failed |= value->failed;
}

/* The property's value as text: of one shape, or, where that is NULL, of any. False: it has none. */
static bool put_value(struct buf *out, const struct schema *s, const int32_t *sole,
                      const struct property *p, const struct shape *shape)
{
    size_t count = 0;
    AUTO_BUF texts;

    buf_init(&texts, SCHEMA_VIEW_MAX);
    for (enum kind k = KIND_TEXT; k < KIND_COUNT; k++) {
        size_t field = (size_t)p->fields[k] - 1;
        AUTO_BUF value;

        buf_init(&value, SCHEMA_VIEW_MAX);
        if (!p->fields[k] || has_own_column(p, k) || (shape && !shape_column(shape, field)))
            continue;
        if (count++ > 0)
            buf_str(&texts, STR(", "));
        if (shape)
            schema_put_column(&value, s, k, shape_column(shape, field));
        else
            schema_put_field(&value, s, sole, field);
        put_text(&texts, k, &value);
    }
    if (count > 0)
        schema_put_first_of(out, &texts, count);
    return count > 0;
}

/* The pairs of all properties that everyone may see. */
static void put_pairs(struct buf *out, const struct schema *s, const int32_t *sole,
                      const struct shape *shape)
{
    for (size_t i = 0; i < s->property_count; i++) {
        const struct property *p = s->properties + i;
        AUTO_BUF key;
        AUTO_BUF value;

        buf_init(&key, 4096);
        buf_init(&value, SCHEMA_VIEW_MAX);
        if (p->hidden || !put_value(&value, s, sole, p, shape))
            continue;
        schema_put_key(&key, p);
        if (out->len)
            buf_str(out, STR(", "));
        schema_put_part(out, "part_service_pair", buf_as_str(&key), buf_as_str(&value));
        out->failed |= key.failed | value.failed;
    }
}

static void put_shape(struct buf *out, const struct schema *s, size_t number)
{
    char text[24];
    AUTO_BUF pairs;

    buf_init(&pairs, SCHEMA_VIEW_MAX);
    put_pairs(&pairs, s, NULL, s->shapes + number);
    if (!pairs.len)
        return;
    snprintf(text, sizeof text, "%zu", number);
    buf_char(out, '\n');
    schema_put_part(out, "part_service_of_shape", str_from(text), buf_as_str(&pairs));
    out->failed |= pairs.failed;
}

static void put_all_pairs(struct buf *out, const struct schema *s, const int32_t *sole)
{
    AUTO_BUF parts;

    buf_init(&parts, SCHEMA_VIEW_MAX);
    if (schema_has_few_fields(s)) {
        for (size_t i = 0; i < s->shape_count; i++)
            put_shape(&parts, s, i);
        schema_put_part(out, parts.len ? "part_service_by_shape" : "part_service_none",
                        buf_as_str(&parts), STR(""));
    } else {
        put_pairs(&parts, s, sole, NULL);
        schema_put_part(out, "part_service_of_all", buf_as_str(&parts), STR(""));
    }
    out->failed |= parts.failed;
}

/* The names that may be shown of what has no column in a row. */
static void put_shown(struct buf *out, const struct schema *s)
{
    for (size_t i = 0; i < s->property_count; i++) {
        const struct property *p = s->properties + i;

        if (p->hidden || has_own_column(p, KIND_TEXTS) || has_own_column(p, KIND_PSEUDONYM))
            continue;
        if (out->len)
            buf_str(out, STR(", "));
        schema_put_key(out, p);
    }
}

static void put_own(struct buf *out, const struct schema *s, const int32_t *sole,
                    const struct own *own)
{
    const struct property *p = schema_find(s, str_from(own->property));
    size_t count = 0;
    AUTO_BUF values;
    AUTO_BUF value;

    buf_init(&values, SCHEMA_VIEW_MAX);
    buf_init(&value, SCHEMA_VIEW_MAX);
    for (enum kind k = KIND_TEXT; p && !p->hidden && k < KIND_COUNT; k++)
        if (p->fields[k] && is_own_kind(own, k)) {
            if (count++ > 0)
                buf_str(&values, STR(", "));
            schema_put_field(&values, s, sole, (size_t)p->fields[k] - 1);
        }
    schema_put_first_of(&value, &values, count);
    if (own->tests && count == 0)
        buf_str(&value, STR("::VARCHAR[]"));
    schema_put_part(out, own->tests ? "part_service_tests" : "part_service_text",
                    buf_as_str(&value), STR(""));
    out->failed |= value.failed;
}

int schema_make_service_view(struct schema *s, struct err *err)
{
    static const char *const macros[] = {"create_service_inspect", "create_service_list",
                                         "create_service_json", "create_service_data"};
    AUTO_FREE int32_t *sole = schema_sole_fields(s);
    struct sql_blank blanks[ARRAY_LEN(owns) + 2];
    struct buf texts[ARRAY_LEN(blanks)];
    bool failed = false;
    int status = 0;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_init(&texts[i], SCHEMA_VIEW_MAX);
    for (size_t i = 0; i < ARRAY_LEN(owns); i++)
        put_own(&texts[i], s, sole, &owns[i]);
    put_all_pairs(&texts[ARRAY_LEN(owns)], s, sole);
    put_shown(&texts[ARRAY_LEN(owns) + 1], s);
    for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
        blanks[i] = (struct sql_blank){.name = i < ARRAY_LEN(owns)    ? owns[i].blank
                                               : i == ARRAY_LEN(owns) ? "pairs"
                                                                      : "shown",
                                       .text = buf_as_str(&texts[i])};
        failed |= buf_failed(&texts[i]);
    }
    if (failed)
        status = err_set(err, ERR_LIMIT, "the view service_events needs more than %d bytes",
                         SCHEMA_VIEW_MAX);
    for (size_t i = 0; i < ARRAY_LEN(macros) && status == 0; i++)
        status = duck_run(s->con, macros[i], err);
    if (status == 0)
        status =
            duck_run_filled(s->con, "create_view_service_events", blanks, ARRAY_LEN(blanks), err);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_free(&texts[i]);
    return status;
}
