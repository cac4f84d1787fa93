/* SPDX-License-Identifier: Apache-2.0 */
/* load_event.c: one entry of `events`: its keys, then what holds between them. */
#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/loader.h"

static const struct str flow_roles[] = {
    [FLOW_NONE] = STR(""),
    [FLOW_BEGIN] = STR("begin"),
    [FLOW_COMPLETE] = STR("complete"),
    [FLOW_NEW_ACCOUNT] = STR("new_account"),
    [FLOW_VIEW] = STR("view"),
    [FLOW_ERROR] = STR("error"),
    [FLOW_STEP] = STR("step"),
    [FLOW_EXPERIMENT] = STR("experiment"),
    [FLOW_CONTINUED] = STR("continued"),
    [FLOW_MEASURE] = STR("measure"),
};

const char *catalogue_flow_role_name(enum catalogue_flow_role role)
{
    return (size_t)role < ARRAY_LEN(flow_roles) ? flow_roles[role].ptr : "";
}

static void read_name(struct loader *l, const struct yaml *node)
{
    (void)l, (void)node; /* was read before all others, so that their messages can name it */
}

static void read_description(struct loader *l, const struct yaml *node)
{
    loader_text(l, node, &l->ev->about.description);
}

static void read_trigger(struct loader *l, const struct yaml *node)
{
    loader_text(l, node, &l->ev->about.trigger);
}

static void read_owner(struct loader *l, const struct yaml *node)
{
    loader_text(l, node, &l->ev->about.owner);
}

static void read_kind(struct loader *l, const struct yaml *node)
{
    l->ev->kind_line = node->line;
    loader_read_kind(l, node, &l->ev->about.kinds);
}

static void read_status(struct loader *l, const struct yaml *node)
{
    loader_read_status(l, node, &l->ev->about.status);
}

static bool read_date(struct loader *l, const struct yaml *node, struct str *text, int64_t *us)
{
    if (!loader_text(l, node, text))
        return false;
    if (datetime_parse_date(*text, us) == 0)
        return true;
    loader_error(l, node->line, "`%s` is a date that exists, as YYYY-MM-DD", node->key.ptr);
    *text = STR_NONE;
    return false;
}

static void read_since(struct loader *l, const struct yaml *node)
{
    int64_t us;

    read_date(l, node, &l->ev->about.since, &us);
}

static void read_expires(struct loader *l, const struct yaml *node)
{
    int64_t us;

    if (read_date(l, node, &l->ev->about.expires, &us))
        l->ev->expires_us = us + DATETIME_DAY_US; /* its own day is the last one */
}

static void read_replaced_by(struct loader *l, const struct yaml *node)
{
    l->ev->replaced_line = node->line;
    loader_text(l, node, &l->ev->about.replaced_by);
}

static void read_sources(struct loader *l, const struct yaml *node)
{
    loader_texts(l, node, &l->ev->sources, &l->ev->source_count);
}

static void read_actor(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->ev->roles[ROLE_ACTOR]);
}

static void read_session(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->ev->roles[ROLE_SESSION]);
}

static void read_device(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->ev->roles[ROLE_DEVICE]);
}

static void read_request_id(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->ev->roles[ROLE_REQUEST_ID]);
}

static void read_time(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->ev->roles[ROLE_TIME]);
}

static void read_duration(struct loader *l, const struct yaml *node, int64_t *out)
{
    int64_t us;

    if (node->kind != YAML_SCALAR || datetime_parse_duration(node->text, &us) < 0 || us == 0)
        loader_error(l, node->line, "`%s` is a time such as 24h, 14d or 30d", node->key.ptr);
    else
        *out = us;
}

static void read_keep_ip(struct loader *l, const struct yaml *node)
{
    read_duration(l, node, &l->ev->keep_ip_us);
}

static void read_keep_user_agent(struct loader *l, const struct yaml *node)
{
    read_duration(l, node, &l->ev->keep_user_agent_us);
}

static void read_keep(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {
        {"ip", read_keep_ip},
        {"user_agent", read_keep_user_agent},
    };

    loader_read_map(l, node, keys, ARRAY_LEN(keys), "`keep`");
}

static void read_flow_role(struct loader *l, const struct yaml *node)
{
    int word = loader_word(l, node, flow_roles + 1, ARRAY_LEN(flow_roles) - 1);

    if (word >= 0)
        l->ev->about.flow_role = (enum catalogue_flow_role)(word + 1);
}

static void read_flow(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {{"role", read_flow_role}};

    loader_read_map(l, node, keys, ARRAY_LEN(keys), "`flow`");
    if (node->kind == YAML_MAP && !yaml_get(node, "role"))
        loader_error(l, node->line, "`flow` takes a `role`: {role: step}");
}

static void apply_defaults(struct loader *l)
{
    struct catalogue_event *ev = l->ev;
    const struct loader_defaults *d = &l->defaults;

    ev->about.owner = d->owner;
    ev->about.kinds = d->kinds ? d->kinds : CATALOGUE_PRODUCT;
    ev->about.status = d->status;
    ev->sources = d->sources;
    ev->source_count = d->source_count;
    memcpy(ev->roles, d->roles, sizeof ev->roles);
}

static struct definition_property *find(const struct catalogue_event *ev, struct str name)
{
    int64_t i = keyset_find(&ev->property_set, name);

    return i < 0 ? NULL : &ev->properties[i];
}

void loader_unknown_property(struct loader *l, int line, const char *key, struct str name)
{
    size_t count = 0;
    struct str *names =
        definition_alloc(l->c, l->ev->property_count + l->ev->parameter_count + 1, sizeof *names);
    struct str near;

    for (size_t i = 0; i < l->ev->property_count; i++)
        names[count++] = l->ev->properties[i].pub.name;
    for (size_t i = 0; i < l->ev->parameter_count; i++)
        names[count++] = l->ev->parameters[i].pub.name;
    near = suggest(name, names, count);
    if (near.ptr)
        loader_error(l, line, "`%s` names no property of the event: did you mean `%.*s`?", key,
                     STR_ARG(near));
    else
        loader_error(l, line, "`%s` names `%.*s`, which is no property of the event", key,
                     (int)(name.len < 60 ? name.len : 60), name.ptr);
}

/* The type and privacy that a property needs to stand for the field `key`. */
static void check_stand_in(struct loader *l, enum catalogue_role role, const char *key,
                           const struct definition_property *p)
{
    bool as_it_is = role == ROLE_REQUEST_ID || role == ROLE_TIME;

    if (role == ROLE_TIME ? p->pub.list || p->type != TYPE_DATETIME
                          : p->pub.list || (p->type != TYPE_STRING && p->type != TYPE_INTEGER &&
                                            p->type != TYPE_UUID))
        loader_error(l, p->at.line, "stands for the event's %s, so it is a %s", key,
                     role == ROLE_TIME ? "datetime" : "string, integer or uuid");
    else if (!as_it_is && !p->has_privacy)
        loader_error(l, p->at.line,
                     "stands for the event's %s: say `privacy: pseudonym`, or `keep` if the raw "
                     "value may be stored",
                     key);
    else if (as_it_is && p->pub.privacy != PRIVACY_KEEP)
        loader_error(l, p->at.line,
                     "stands for the event's %s, which is stored as it is: no `privacy` but "
                     "`keep` can hold for it",
                     key);
}

/* A role that `defaults` gives holds for the events that have the property. */
static void check_role(struct loader *l, enum catalogue_role role)
{
    static const char *const keys[ROLE_COUNT] = {
        [ROLE_ACTOR] = "actor",           [ROLE_SESSION] = "session", [ROLE_DEVICE] = "device",
        [ROLE_REQUEST_ID] = "request_id", [ROLE_TIME] = "time",
    };
    const struct definition_role *r = &l->ev->roles[role];
    struct definition_property *p;

    if (!r->property.ptr)
        return;
    p = find(l->ev, r->property);
    if (!p) {
        if (r->own)
            loader_unknown_property(l, r->line, keys[role], r->property);
        return;
    }
    l->field_name = p->pub.name;
    check_stand_in(l, role, keys[role], p);
    l->field_name = STR_NONE;
    l->ev->role_properties[role] = &p->pub;
}

static void check_words(struct loader *l, const struct yaml *node)
{
    const struct catalogue_description *d = &l->ev->about;

    if (!d->description.ptr && !yaml_get(node, "description"))
        loader_warning(l, node->line, "has no `description`: say what has happened");
    if (!d->trigger.ptr && !yaml_get(node, "trigger"))
        loader_warning(l, node->line, "has no `trigger`: say when exactly it is sent");
    if (!d->owner.ptr && !yaml_get(node, "owner"))
        loader_warning(l, node->line,
                       "has no `owner`: say who answers questions about it, here or "
                       "in `defaults`");
    for (size_t i = 0; i < l->ev->parameter_count; i++)
        if (!l->ev->parameters[i].pattern_text.ptr)
            loader_warning(l, l->ev->parameters[i].at.line,
                           "{%.*s} has no `pattern`: any text fits until its budget is spent",
                           STR_ARG(l->ev->parameters[i].pub.name));
    if (d->since.ptr && d->expires.ptr && str_cmp(d->expires, d->since) < 0)
        loader_error(l, node->line, "`expires` is before `since`");
    if (d->flow_role != FLOW_NONE && !(d->kinds & CATALOGUE_FLOW))
        loader_error(l, node->line, "has a role in a flow, so `flow` is among its `kind`");
}

static void read_keys(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {
        {"name", read_name},
        {"description", read_description},
        {"trigger", read_trigger},
        {"owner", read_owner},
        {"kind", read_kind},
        {"status", read_status},
        {"since", read_since},
        {"expires", read_expires},
        {"replaced_by", read_replaced_by},
        {"sources", read_sources},
        {"parameters", loader_read_parameters},
        {"properties", loader_read_properties},
        {"actor", read_actor},
        {"session", read_session},
        {"device", read_device},
        {"request_id", read_request_id},
        {"time", read_time},
        {"dimensions", loader_read_dimensions},
        {"keep", read_keep},
        {"flow", read_flow},
    };

    loader_read_map(l, node, keys, ARRAY_LEN(keys), "an event");
}

static void add_event(struct loader *l, struct catalogue_event *ev)
{
    struct catalogue *c = l->c;

    if (c->event_count == c->event_cap) {
        c->event_cap = c->event_cap ? 2 * c->event_cap : 64;
        c->events = xrealloc(c->events, c->event_cap, sizeof(struct catalogue_event *));
    }
    c->events[c->event_count++] = ev;
}

/* Where a line of the file begins. Lines are asked for in their order. */
static size_t find_line(struct loader *l, int line)
{
    while (l->bytes_line < line && l->bytes_at < l->bytes.len) {
        struct str rest = str_slice(l->bytes, l->bytes_at, l->bytes.len);
        size_t len = str_find(rest, '\n');

        l->bytes_at += len < rest.len ? len + 1 : len;
        l->bytes_line++;
    }
    return l->bytes_at;
}

/* The lines from the first on, up to the next entry, or to what follows the list, without blank lines
 * and comments at their end. None where several entries share a line. */
static struct str text_of(struct loader *l, int from, int before)
{
    size_t begin = find_line(l, from), end = begin;
    struct str rest = str_slice(l->bytes, begin, l->bytes.len);

    for (int line = from; rest.ptr && (!before || line < before); line++) {
        struct str text = str_split(&rest, '\n'), said = str_trim(text);

        if (said.len && said.ptr[0] != '#')
            end = (size_t)(text.ptr - l->bytes.ptr) + text.len;
    }
    return end > begin ? str_slice(l->bytes, begin, end - begin) : STR_NONE;
}

static void read_event(struct loader *l, const struct yaml *node)
{
    const struct yaml *name = yaml_get(node, "name");
    struct catalogue_event *ev;

    if (node->kind != YAML_MAP) {
        loader_error(l, node->line, "an event is a map that begins with `name`, not %s",
                     yaml_kind_name(node));
        return;
    }
    if (!name) {
        loader_error(l, node->line, "an event has no `name`");
        return;
    }
    ev = definition_alloc(l->c, 1, sizeof *ev);
    ev->at = (struct definition_place){l->file, name->line};
    ev->expires_us = INT64_MAX;
    ev->deprecated_uses = definition_alloc(l->c, 1, sizeof(_Atomic uint64_t));
    l->ev = ev;
    l->event_node = node;
    if (loader_read_name(l, name)) {
        l->event_name = ev->about.name;
        ev->about.file = l->file;
        ev->about.line = name->line;
        ev->about.text_line = node->line;
        ev->about.text = text_of(l, node->line, node->next ? node->next->line : l->events_before);
        apply_defaults(l);
        read_keys(l, node);
        for (int role = 0; role < ROLE_COUNT; role++)
            check_role(l, (enum catalogue_role)role);
        loader_check_dimensions(l);
        check_words(l, node);
        add_event(l, ev);
    }
    l->ev = NULL;
    l->event_name = STR_NONE;
}

void loader_read_instead(struct loader *l, struct loader_instead *e)
{
    struct loader file = *l;

    e->used = true;
    l->file = "(entry)";
    l->bytes = STR("");
    read_event(l, e->node);
    l->file = file.file;
    l->bytes = file.bytes;
}

void loader_read_events(struct loader *l, const struct yaml *node)
{
    struct loader_instead *instead;

    if (node->kind != YAML_LIST) {
        loader_error(l, node->line, "`events` is a list, each event after a dash: `- name: ...`");
        return;
    }
    l->events_before = node->next ? node->next->key_line : 0;
    yaml_each (entry, node) {
        if (l->c->event_count == CATALOGUE_EVENTS_MAX) {
            loader_error(l, entry->line, "more than %d events", CATALOGUE_EVENTS_MAX);
            return;
        }
        instead = loader_find_instead(l, entry);
        if (instead)
            loader_read_instead(l, instead);
        else
            read_event(l, entry);
    }
}
