/* SPDX-License-Identifier: Apache-2.0 */
/* load_trial.c: entries that somebody thinks of putting into the catalogue, read as if they stood there.
 *
 * One that has the name of an entry is read in its place, with the `defaults` of that file; others come last,
 * without any. Leaves the files as they are. */
#include "base/check.h"
#include "base/mem.h"
#include "catalogue/loader.h"

/* The list of entries in what was written; NULL: it is one entry, or none. */
static const struct yaml *list_of(const struct yaml *root)
{
    if (root->kind == YAML_LIST)
        return root;
    return root->kind == YAML_MAP ? yaml_get(root, "events") : NULL;
}

struct yaml *loader_parse_instead(struct loader *l, struct str yaml)
{
    struct yaml *root;
    const struct yaml *list;
    size_t count = 0;

    l->file = "(entry)";
    root = loader_parse(l, yaml);
    if (!root)
        return NULL;
    list = list_of(root);
    if (!list && (root->kind != YAML_MAP || !yaml_get(root, "name"))) {
        loader_error(l, root->line, "an entry begins with its name: `- name: order.placed`");
        yaml_tree_free(root);
        return NULL;
    }
    yaml_each (node, list)
        count++;
    l->instead = xcalloc(count + 1, sizeof *l->instead);
    yaml_each (node, list)
        l->instead[l->instead_count++].node = node;
    if (!list)
        l->instead[l->instead_count++].node = root;
    return root;
}

struct loader_instead *loader_find_instead(const struct loader *l, const struct yaml *node)
{
    const struct yaml *name = yaml_get(node, "name");

    for (size_t i = 0; name && i < l->instead_count; i++) {
        const struct yaml *own = yaml_get(l->instead[i].node, "name");

        if (own && !l->instead[i].used && str_eq_nocase(own->text, name->text))
            return &l->instead[i];
    }
    return NULL;
}

void loader_read_new(struct loader *l)
{
    l->defaults = (struct loader_defaults){0};
    for (size_t i = 0; i < l->instead_count; i++)
        if (!l->instead[i].used)
            loader_read_instead(l, &l->instead[i]);
}
