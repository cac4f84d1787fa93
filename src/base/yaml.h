/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.h: a YAML document as a tree whose nodes know their line.
 *
 * For settings and catalogues, so it is strict: one document, UTF-8, no anchors, aliases or tags, no
 * duplicate keys, keys are plain text, depth at most 16, at most 1 MiB. Every scalar stays text with
 * a note of whether it was quoted; what type it should be, the reader of the key knows. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml {
    enum yaml_kind kind;
    bool quoted; /* scalar: 'x' or "x", or a block: certainly text */
    int line; /* from 1 */
    struct str key; /* of this entry in its map, else absent */
    int key_line;
    struct str text; /* scalar */
    struct yaml *first, *next; /* children in order; the sibling */
};

/* (The names keep clear of the ones that libyaml itself exports.)
 * Parses `bytes`. `name` stands before each error text ("catalogue/a.yaml:12: ..."). An empty
 * document is a map without entries. The caller owns *out. */
int yaml_tree_parse(struct yaml **out, struct str bytes, const char *name, struct err *err);
void yaml_tree_free(struct yaml *root);
/* The entry of a map, or NULL. */
struct yaml *yaml_get(const struct yaml *map, const char *key);
/* True for a plain scalar that says null: null, Null, NULL, ~ or nothing. */
bool yaml_is_null(const struct yaml *node);
/* Plain true/false (YAML 1.2 core spellings only: yes/no/on/off are text); -1 otherwise. */
int yaml_bool(const struct yaml *node, bool *out);
int yaml_i64(const struct yaml *node, int64_t *out);
int yaml_number(const struct yaml *node, double *out);
/* "map", "list", "text" and so on, for messages. */
const char *yaml_kind_name(const struct yaml *node);

#define yaml_each(node, parent)                                                                    \
    for (struct yaml *node = (parent) ? (parent)->first : NULL; node; node = node->next)
