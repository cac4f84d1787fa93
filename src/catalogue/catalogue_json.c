/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue_json.c: all that a catalogue says, as JSON for people who look at it.
 *
 * An object for each entry, in the order of the files; what an entry does not say is null. The form is
 * documented in docs/http.md (GET /api/catalogue): members are added, none is taken away. */
#include <inttypes.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/definition.h"

enum { TEXT_SHOWN_MAX = 16 * 1024 }; /* bytes of an entry as its file has it */

static void put_text(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, ",\"%s\":", key);
    if (value.ptr)
        buf_json(out, value);
    else
        buf_str(out, STR("null"));
}

static void put_texts(struct buf *out, const char *key, const struct str *list, size_t count)
{
    buf_printf(out, ",\"%s\":", key);
    if (count == 0) {
        buf_str(out, STR("null"));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buf_char(out, i ? ',' : '[');
        buf_json(out, list[i]);
    }
    buf_char(out, ']');
}

static void put_size(struct buf *out, const char *key, size_t value)
{
    buf_printf(out, ",\"%s\":%zu", key, value);
}

static void put_number(struct buf *out, double value)
{
    buf_printf(out, "%.17g", value); /* the loader takes finite ones alone */
}

static void put_values(struct buf *out, const struct definition_property *p)
{
    if (!p->value_count || (p->type != TYPE_INTEGER && p->type != TYPE_NUMBER)) {
        put_texts(out, "values", p->values, p->value_count);
        return;
    }
    buf_str(out, STR(",\"values\":["));
    for (size_t i = 0; i < p->value_count; i++) {
        if (i)
            buf_char(out, ',');
        if (p->type == TYPE_INTEGER)
            buf_i64(out, p->integers[i]);
        else
            put_number(out, p->numbers[i]);
    }
    buf_char(out, ']');
}

static void put_bound(struct buf *out, const char *key, const struct definition_property *p,
                      bool has, int64_t integer, double number)
{
    buf_printf(out, ",\"%s\":", key);
    if (!has)
        buf_str(out, STR("null"));
    else if (p->type == TYPE_INTEGER)
        buf_i64(out, integer);
    else
        put_number(out, number);
}

static bool has_length(const struct definition_property *p)
{
    return p->type == TYPE_STRING || p->type == TYPE_URL || p->type == TYPE_OBJECT;
}

static void put_property(struct buf *out, const struct definition_property *p)
{
    static const char *const classes[] = {[PRIVACY_KEEP] = "keep",
                                          [PRIVACY_PSEUDONYM] = "pseudonym",
                                          [PRIVACY_HIDDEN] = "hidden",
                                          [PRIVACY_DROP] = "drop"};
    const struct catalogue_property *pub = &p->pub;
    char type[64];

    buf_str(out, STR("{\"name\":"));
    buf_json(out, pub->name);
    put_text(out, "description", pub->description);
    put_text(out, "type", catalogue_property_type(pub, type, sizeof type));
    buf_printf(out, ",\"parameter\":%s,\"required\":%s,\"privacy\":\"%s\"",
               pub->parameter ? "true" : "false",
               pub->required || pub->parameter ? "true" : "false", classes[pub->privacy]);
    put_text(out, "scope", pub->privacy == PRIVACY_PSEUDONYM ? pub->scope : STR_NONE);
    buf_printf(out, ",\"sensitive\":%s", catalogue_name_is_sensitive(pub->name) ? "true" : "false");
    put_values(out, p);
    put_text(out, "pattern", p->pattern_text);
    put_bound(out, "min", p, p->has_min, p->min_integer, p->min);
    put_bound(out, "max", p, p->has_max, p->max_integer, p->max);
    if (has_length(p) && !pub->parameter)
        put_size(out, "max_length", p->max_length);
    if (pub->list)
        put_size(out, "max_items", p->max_items);
    if (pub->parameter)
        put_size(out, "max_values", p->max_values);
    buf_printf(out, ",\"line\":%d}", p->at.line);
}

static void put_properties(struct buf *out, const struct catalogue_event *ev)
{
    size_t count = catalogue_event_property_count(ev);

    buf_str(out, STR(",\"properties\":["));
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
        put_property(out, i < ev->parameter_count ? &ev->parameters[i]
                                                  : &ev->properties[i - ev->parameter_count]);
    }
    buf_char(out, ']');
}

static void put_kinds(struct buf *out, unsigned kinds)
{
    const char *before = "";

    buf_str(out, STR(",\"kinds\":["));
    for (unsigned bit = CATALOGUE_PRODUCT; bit <= CATALOGUE_EMAIL; bit <<= 1) {
        if (!(kinds & bit))
            continue;
        buf_printf(out, "%s\"%s\"", before, catalogue_kind_name((enum catalogue_kind)bit));
        before = ",";
    }
    buf_char(out, ']');
}

static void put_roles(struct buf *out, const struct catalogue_event *ev)
{
    static const char *const names[ROLE_COUNT] = {[ROLE_ACTOR] = "actor",
                                                  [ROLE_SESSION] = "session",
                                                  [ROLE_DEVICE] = "device",
                                                  [ROLE_REQUEST_ID] = "request_id",
                                                  [ROLE_TIME] = "time"};
    const char *before = "";

    buf_str(out, STR(",\"roles\":{"));
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (!ev->role_properties[i])
            continue;
        buf_printf(out, "%s\"%s\":", before, names[i]);
        buf_json(out, ev->role_properties[i]->name);
        before = ",";
    }
    buf_char(out, '}');
}

static void put_dimensions(struct buf *out, const struct catalogue_description *d)
{
    buf_str(out, STR(",\"dimensions\":["));
    for (size_t i = 0; i < d->dimension_count; i++) {
        buf_str(out, i ? STR(",{\"property\":") : STR("{\"property\":"));
        buf_json(out, d->dimensions[i]);
        put_text(out, "name", d->dimension_names[i]);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void put_event(struct buf *out, const struct catalogue_event *ev)
{
    const struct catalogue_description *d = &ev->about;

    buf_str(out, STR("{\"name\":"));
    buf_json(out, d->name);
    put_text(out, "description", d->description);
    put_text(out, "trigger", d->trigger);
    put_text(out, "owner", d->owner);
    put_kinds(out, d->kinds);
    put_text(out, "status", str_from(catalogue_status_name(d->status)));
    put_text(out, "since", d->since);
    put_text(out, "expires", d->expires);
    put_text(out, "replaced_by", d->replaced_by);
    put_texts(out, "sources", ev->sources, ev->source_count);
    put_text(out, "flow_role",
             d->flow_role == FLOW_NONE ? STR_NONE
                                       : str_from(catalogue_flow_role_name(d->flow_role)));
    put_dimensions(out, d);
    put_roles(out, ev);
    buf_printf(out, ",\"keep_ip_s\":%" PRId64 ",\"keep_user_agent_s\":%" PRId64,
               ev->keep_ip_us / 1000000, ev->keep_user_agent_us / 1000000);
    put_properties(out, ev);
    put_text(out, "file", str_from(d->file));
    buf_printf(out, ",\"line\":%d,\"text_line\":%d", d->line, d->text_line);
    put_text(out, "text", d->text.len <= TEXT_SHOWN_MAX ? d->text : STR_NONE);
    buf_char(out, '}');
}

void catalogue_put_json(struct buf *out, const struct catalogue *c)
{
    buf_char(out, '[');
    for (size_t i = 0; i < c->event_count; i++) {
        if (i)
            buf_char(out, ',');
        put_event(out, c->events[i]);
    }
    buf_char(out, ']');
}

/* For a name that stands nowhere: what its writer may have meant. */
struct str catalogue_suggest_event(const struct catalogue *c, struct str name)
{
    AUTO_FREE struct str *names = xcalloc(c->event_count + 1, sizeof *names);

    for (size_t i = 0; i < c->event_count; i++)
        names[i] = c->events[i]->about.name;
    return suggest(name, names, c->event_count);
}

struct str catalogue_suggest_property(const struct catalogue_event *ev, struct str name)
{
    AUTO_FREE struct str *names = xcalloc(ev->property_count + 1, sizeof *names);

    for (size_t i = 0; i < ev->property_count; i++)
        names[i] = ev->properties[i].pub.name;
    return suggest(name, names, ev->property_count);
}
