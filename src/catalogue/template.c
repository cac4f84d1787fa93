/* SPDX-License-Identifier: Apache-2.0 */
/* template.c: an event's name, and the parameters in it.
 *
 * A name is parts between dots; a part is fixed text or one {parameter}. At most one parameter of a
 * name spans several parts, so that there is one way only to lay a name over a template. */
#include "base/mem.h"
#include "catalogue/loader.h"

/* The name as it may stand in a message: no longer than that, and without what breaks a line. */
static bool name_error(struct loader *l, const struct yaml *node, const char *why)
{
    loader_error(l, node->line, "the name `%.128s` %s", node->text.ptr, why);
    return false;
}

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* resource.action and snake_case: small letters, digits, _ (and - between dots), a letter first. */
static bool part_is_tidy(struct str part, bool dashes)
{
    if (part.len == 0 || part.ptr[0] < 'a' || part.ptr[0] > 'z')
        return false;
    for (size_t i = 1; i < part.len; i++)
        if (!is_small(part.ptr[i]) && part.ptr[i] != '_' && !(dashes && part.ptr[i] == '-'))
            return false;
    return true;
}

static bool check_naming(struct loader *l, const struct yaml *node,
                         const struct definition_part *parts, size_t count)
{
    bool snake = l->defaults.naming == NAMING_SNAKE_CASE;

    if (l->defaults.naming == NAMING_ANY)
        return true;
    if (snake && count > 1)
        return name_error(l, node, "is not snake_case, as the file's `naming` asks: it has dots");
    if (!snake && count < 2)
        return name_error(l, node, "is not resource.action, as the file's `naming` asks");
    for (size_t i = 0; i < count; i++)
        if (parts[i].parameter < 0 && !part_is_tidy(parts[i].text, !snake))
            return name_error(l, node,
                              snake ? "is not snake_case, as the file's `naming` asks: "
                                      "small letters, digits and _"
                                    : "is not resource.action, as the file's `naming` "
                                      "asks: small letters, digits, _ and -");
    return true;
}

static bool check_bytes(struct loader *l, const struct yaml *node)
{
    struct str s = node->text;

    if (node->kind != YAML_SCALAR || s.len == 0) {
        loader_error(l, node->line, "`name` takes a text, not %s",
                     node->kind == YAML_SCALAR ? "nothing" : yaml_kind_name(node));
        return false;
    }
    if (s.len > EVENT_NAME_MAX) {
        loader_error(l, node->line, "a name has at most %d bytes", EVENT_NAME_MAX);
        return false;
    }
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F) {
            loader_error(l, node->line, "a name has no control characters");
            return false;
        }
    if (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
        return name_error(l, node, "begins or ends with a blank");
    return true;
}

static bool is_parameter_name(struct str s)
{
    if (s.len == 0 || s.len > PROPERTY_NAME_MAX || (s.ptr[0] >= '0' && s.ptr[0] <= '9'))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_small(ascii_lower(s.ptr[i])) && s.ptr[i] != '_')
            return false;
    return true;
}

static bool read_part(struct loader *l, const struct yaml *node, struct str text,
                      struct definition_part *out)
{
    struct catalogue_event *ev = l->ev;

    *out = (struct definition_part){.text = text, .parameter = -1};
    if (text.len == 0)
        return name_error(l, node, "has an empty part: two dots in a row, or one at an end");
    if (str_find(text, '{') == text.len && str_find(text, '}') == text.len)
        return true;
    if (text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
        return name_error(l, node,
                          "mixes text and a {parameter}: one is all of a part between dots");
    out->text = str_slice(text, 1, text.len - 2);
    if (!is_parameter_name(out->text))
        return name_error(l, node, "has a {parameter} that is not named by letters, digits and _");
    for (size_t i = 0; i < ev->parameter_count; i++)
        if (str_eq_nocase(ev->parameters[i].pub.name, out->text))
            return name_error(l, node, "has the same {parameter} twice");
    if (ev->parameter_count == PARAMETERS_MAX)
        return name_error(l, node, "has more than 8 parameters");
    out->parameter = (int)ev->parameter_count++;
    return true;
}

static void start_parameter(struct loader *l, struct str name, int line)
{
    struct definition_property *p = &l->ev->parameters[l->ev->parameter_count - 1];

    p->pub = (struct catalogue_property){.name = name, .type = RECORD_TEXT, .parameter = true};
    p->max_values = BUDGET_DEFAULT;
    p->at = (struct definition_place){l->file, line};
    if (catalogue_name_is_sensitive(name)) {
        l->event_name = l->ev->about.name;
        l->field_name = name;
        loader_error(l, line,
                     "sounds like a secret or personal data, and a parameter is part of a "
                     "name that everyone sees: make it a property, or rename it");
        l->field_name = STR_NONE;
    }
}

bool loader_read_name(struct loader *l, const struct yaml *node)
{
    struct catalogue_event *ev = l->ev;
    struct definition_part *parts;
    struct str rest;
    size_t count = 0;

    if (!check_bytes(l, node))
        return false;
    ev->about.name = definition_copy(l->c, node->text);
    if (str_find(node->text, '{') < node->text.len)
        ev->parameters = definition_alloc(l->c, PARAMETERS_MAX, sizeof *ev->parameters);
    parts = definition_alloc(l->c, node->text.len + 1, sizeof *parts);
    rest = ev->about.name;
    while (rest.ptr) {
        size_t before = ev->parameter_count;

        if (!read_part(l, node, str_split(&rest, '.'), &parts[count++]))
            return false;
        if (ev->parameter_count > before)
            start_parameter(l, parts[count - 1].text, node->line);
    }
    if (ev->about.name.ptr[ev->about.name.len - 1] == '.')
        return name_error(l, node, "ends with a dot");
    if (count > PARTS_MAX)
        return name_error(l, node, "has more than 64 parts");
    if (!check_naming(l, node, parts, count))
        return false;
    if (ev->parameter_count) {
        ev->parts = parts;
        ev->part_count = count;
        ev->fixed_count = count - ev->parameter_count;
    }
    return true;
}
