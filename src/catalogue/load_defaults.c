/* SPDX-License-Identifier: Apache-2.0 */
/* load_defaults.c: what a file's events have in common unless they say otherwise. */
#include "base/mem.h"
#include "catalogue/loader.h"

static const struct str kinds[] = {STR("product"), STR("activity"), STR("flow"),
                                   STR("page"),    STR("audit"),    STR("email")};
static const struct str statuses[] = {
    [CATALOGUE_ACTIVE] = STR("active"),
    [CATALOGUE_DRAFT] = STR("draft"),
    [CATALOGUE_DEPRECATED] = STR("deprecated"),
    [CATALOGUE_RETIRED] = STR("retired"),
};

const char *catalogue_kind_name(enum catalogue_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kind == 1u << i)
            return kinds[i].ptr;
    return "";
}

const char *catalogue_status_name(enum catalogue_status status)
{
    return (size_t)status < ARRAY_LEN(statuses) ? statuses[status].ptr : "";
}

void loader_read_kind(struct loader *l, const struct yaml *node, unsigned *out)
{
    unsigned bits = 0;

    if (node->kind != YAML_LIST) {
        int word = loader_word(l, node, kinds, ARRAY_LEN(kinds));

        if (word >= 0)
            *out = 1u << word;
        return;
    }
    yaml_each (item, node) {
        int word = loader_word(l, item, kinds, ARRAY_LEN(kinds));

        if (word < 0)
            return;
        bits |= 1u << word;
    }
    if (!bits)
        loader_error(l, node->line, "`kind` is a word or a list of words, not an empty list");
    else
        *out = bits;
}

void loader_read_status(struct loader *l, const struct yaml *node, enum catalogue_status *out)
{
    int word = loader_word(l, node, statuses, ARRAY_LEN(statuses));

    if (word >= 0)
        *out = (enum catalogue_status)word;
}

void loader_read_role(struct loader *l, const struct yaml *node, struct definition_role *out)
{
    if (!loader_text(l, node, &out->property))
        return;
    out->line = node->line;
    out->own = l->ev != NULL;
}

static void read_owner(struct loader *l, const struct yaml *node)
{
    loader_text(l, node, &l->defaults.owner);
}

static void read_naming(struct loader *l, const struct yaml *node)
{
    static const struct str words[] = {
        [NAMING_ANY] = STR("any"),
        [NAMING_RESOURCE_ACTION] = STR("resource.action"),
        [NAMING_SNAKE_CASE] = STR("snake_case"),
    };
    int word = loader_word(l, node, words, ARRAY_LEN(words));

    if (word >= 0)
        l->defaults.naming = (enum loader_naming)word;
}

static void read_kind(struct loader *l, const struct yaml *node)
{
    loader_read_kind(l, node, &l->defaults.kinds);
}

static void read_status(struct loader *l, const struct yaml *node)
{
    loader_read_status(l, node, &l->defaults.status);
}

static void read_sources(struct loader *l, const struct yaml *node)
{
    loader_texts(l, node, &l->defaults.sources, &l->defaults.source_count);
}

static void read_actor(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->defaults.roles[ROLE_ACTOR]);
}

static void read_session(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->defaults.roles[ROLE_SESSION]);
}

static void read_device(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->defaults.roles[ROLE_DEVICE]);
}

static void read_request_id(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->defaults.roles[ROLE_REQUEST_ID]);
}

static void read_time(struct loader *l, const struct yaml *node)
{
    loader_read_role(l, node, &l->defaults.roles[ROLE_TIME]);
}

void loader_read_defaults(struct loader *l, const struct yaml *node)
{
    static const struct loader_key keys[] = {
        {"owner", read_owner},     {"naming", read_naming},   {"kind", read_kind},
        {"status", read_status},   {"sources", read_sources}, {"actor", read_actor},
        {"session", read_session}, {"device", read_device},   {"request_id", read_request_id},
        {"time", read_time},
    };

    loader_read_map(l, node, keys, ARRAY_LEN(keys), "`defaults`");
}
