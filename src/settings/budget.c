/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c: a source's `budget`: `unlimited`, or numbers by field and property. */
#include "settings/budget.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "settings/reader.h"

enum { PROPERTIES_DEFAULT = 10000, NOTE_DEFAULT = 1000 };

static const struct {
    const char *name;
    uint64_t browser; /* its default */
} fields[BUDGET_FIELDS] = {
    [BUDGET_PAGE] = {"page", 10000},
    [BUDGET_REFERRER] = {"referrer", 10000},
    [BUDGET_TITLE] = {"title", 10000},
    [BUDGET_QUERY] = {"query", 10000},
    [BUDGET_HOST] = {"host", 100},
    [BUDGET_LOCALE] = {"locale", 300},
    [BUDGET_TIMEZONE] = {"timezone", 600}, /* as many as have a name, about */
    [BUDGET_PLATFORM] = {"platform", 200},
    [BUDGET_SCREEN] = {"screen", 500},
    [BUDGET_METHOD] = {"method", 20},
    [BUDGET_CONTENT_TYPE] = {"content_type", 100},
    [BUDGET_UTM_SOURCE] = {"utm_source", 1000},
    [BUDGET_UTM_MEDIUM] = {"utm_medium", 1000},
    [BUDGET_UTM_CAMPAIGN] = {"utm_campaign", 1000},
    [BUDGET_UTM_CONTENT] = {"utm_content", 1000},
    [BUDGET_UTM_TERM] = {"utm_term", 1000},
    [BUDGET_APP_VERSION] = {"app_version", 200},
    [BUDGET_ENVIRONMENT] = {"environment", 20},
    [BUDGET_UA_BROWSER] = {"ua_browser", 500},
    [BUDGET_UA_VERSION] = {"ua_version", 2000},
    [BUDGET_UA_OS] = {"ua_os", 200},
};

const char *settings_budget_name(enum budget_field field)
{
    CHECK(field < BUDGET_FIELDS);
    return fields[field].name;
}

static void set_own(struct settings_budget *b, struct str name, uint64_t max)
{
    for (size_t i = 0; i < b->own_count; i++)
        if (str_is(name, b->own[i].name)) {
            b->own[i].max = max;
            return;
        }
    b->own = xrealloc(b->own, b->own_count + 1, sizeof *b->own);
    b->own[b->own_count++] =
        (struct settings_budget_property){.name = xmemdup(name.ptr, name.len), .max = max};
}

static void read_number(struct reader *r, const struct yaml *node, uint64_t *out)
{
    uint64_t v = 0;

    if (node->kind == YAML_SCALAR && str_is(node->text, "unlimited"))
        *out = 0;
    else if (node->kind != YAML_SCALAR || str_to_u64(node->text, &v) < 0 || v < 1 ||
             v > BUDGET_MOST)
        reader_complain(r, node->line, "`%.64s` in `budget` must be from 1 to %d, or unlimited",
                        node->key.ptr, BUDGET_MOST);
    else
        *out = v;
}

/* One number for each of them, or a map of numbers by name, where "*" stands for all others. */
static void read_properties(struct reader *r, const struct yaml *node, struct settings_budget *b)
{
    if (node->kind != YAML_MAP) {
        read_number(r, node, &b->properties);
        return;
    }
    yaml_each (one, node) {
        uint64_t max = 0;

        read_number(r, one, &max);
        if (str_is(one->key, "*"))
            b->properties = max;
        else
            set_own(b, one->key, max);
    }
}

static void read_one(struct reader *r, const struct yaml *node, struct settings_budget *b)
{
    uint64_t note = 0;

    if (str_is(node->key, "properties")) {
        read_properties(r, node, b);
    } else if (str_is(node->key, "note")) {
        read_number(r, node, &note);
        set_own(b, node->key, note);
    } else {
        for (size_t i = 0; i < BUDGET_FIELDS; i++)
            if (str_is(node->key, fields[i].name))
                read_number(r, node, &b->fields[i]);
    }
}

static void set_all(struct settings_budget *b, uint64_t max)
{
    for (size_t i = 0; i < BUDGET_FIELDS; i++)
        b->fields[i] = max;
    b->properties = max;
    for (size_t i = 0; i < b->own_count; i++)
        b->own[i].max = max;
}

void settings_budget_read(struct reader *r, const struct yaml *map, struct settings_source *src)
{
    const struct yaml *node = yaml_get(map, "budget");
    const char *known[BUDGET_FIELDS + 3] = {"note", "properties"};
    struct settings_budget *b = &src->budget;

    set_all(b, 0);
    for (size_t i = 0; src->kind == SOURCE_BROWSER && i < BUDGET_FIELDS; i++)
        b->fields[i] = fields[i].browser;
    if (src->kind == SOURCE_BROWSER) {
        b->properties = PROPERTIES_DEFAULT;
        set_own(b, STR("note"), NOTE_DEFAULT);
    }
    if (!node || yaml_is_null(node))
        return;
    if (node->kind == YAML_SCALAR && str_is(node->text, "unlimited")) {
        set_all(b, 0);
        return;
    }
    for (size_t i = 0; i < BUDGET_FIELDS; i++)
        known[i + 2] = fields[i].name;
    node = reader_section(r, map, "budget", YAML_MAP);
    reader_keys(r, node, "`budget`", known);
    yaml_each (one, node) {
        if (!r->failed)
            read_one(r, one, b);
    }
}

void settings_budget_free(struct settings_budget *b)
{
    for (size_t i = 0; i < b->own_count; i++)
        free(b->own[i].name);
    free(b->own);
}
