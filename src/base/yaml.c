/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c: libyaml's events to a tree, refusing what a settings file has no use for. */
#include "base/yaml.h"

#include <math.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/check.h"
#include "base/mem.h"

enum { DEPTH_MAX = 16, BYTES_MAX = 1024 * 1024 };

struct builder {
    yaml_parser_t parser;
    const char *name;
    struct str bytes;
    struct err *err;
};

static int complain(struct builder *b, size_t line, const char *what)
{
    return err_set(b->err, ERR_PARSE, "%s:%zu: %s", b->name, line, what);
}

/* The line of a byte; what libyaml's reader cannot decode has an offset, but no line. */
static size_t line_of(struct str bytes, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < offset && i < bytes.len; i++)
        line += bytes.ptr[i] == '\n';
    return line;
}

static int next_event(struct builder *b, yaml_event_t *ev)
{
    const yaml_parser_t *p = &b->parser;
    size_t line;

    if (yaml_parser_parse(&b->parser, ev))
        return 0;
    line = p->error == YAML_READER_ERROR ? line_of(b->bytes, p->problem_offset)
                                         : p->problem_mark.line + 1;
    if (!p->context)
        return complain(b, line, p->problem ? p->problem : "not YAML");
    return err_set(b->err, ERR_PARSE, "%s:%zu: %s (%s)", b->name, line, p->problem, p->context);
}

static struct yaml *node_new(enum yaml_kind kind, const yaml_event_t *ev)
{
    struct yaml *n = xcalloc(1, sizeof *n);

    n->kind = kind;
    n->line = (int)ev->start_mark.line + 1;
    return n;
}

void yaml_tree_free(struct yaml *root)
{
    while (root) {
        struct yaml *next = root->next;

        yaml_tree_free(root->first); /* as deep as the tree: at most DEPTH_MAX */
        free((char *)root->key.ptr);
        free((char *)root->text.ptr);
        free(root);
        root = next;
    }
}

static struct str scalar_text(const yaml_event_t *ev)
{
    return str_of(xmemdup(ev->data.scalar.value, ev->data.scalar.length), ev->data.scalar.length);
}

static int build(struct builder *b, const yaml_event_t *ev, int depth, struct yaml **out);
static int refuse_extras(struct builder *b, const yaml_event_t *ev);

static int compare_keys(const void *a, const void *b)
{
    const struct yaml *x = *(const struct yaml *const *)a, *y = *(const struct yaml *const *)b;
    int order = str_cmp(x->key, y->key);

    return order ? order : (x->key_line > y->key_line) - (x->key_line < y->key_line);
}

/* Sorted, so that a long map does not take the square of its length. */
static int refuse_duplicates(struct builder *b, const struct yaml *map)
{
    const struct yaml **nodes, *twice = NULL;
    size_t count = 0;

    yaml_each (n, map)
        count++;
    if (count < 2)
        return 0;
    nodes = xcalloc(count, sizeof(*nodes));
    count = 0;
    yaml_each (n, map)
        nodes[count++] = n;
    qsort(nodes, count, sizeof(*nodes), compare_keys);
    for (size_t i = 1; i < count; i++)
        if (str_eq(nodes[i]->key, nodes[i - 1]->key) &&
            (!twice || nodes[i]->key_line < twice->key_line))
            twice = nodes[i];
    free(nodes);
    if (!twice)
        return 0;
    return err_set(b->err, ERR_PARSE, "%s:%d: the key `%.80s` stands here twice", b->name,
                   twice->key_line, twice->key.ptr);
}

/* Reads the entries of a map or list whose start was read, up to its end. */
static int build_children(struct builder *b, struct yaml *parent, int depth)
{
    yaml_event_type_t end =
        parent->kind == YAML_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    struct yaml **tail = &parent->first;

    for (;;) {
        CLEANUP(yaml_event_delete) yaml_event_t ev = {0}, value = {0};
        struct str key = STR_NONE;
        int key_line, failed;

        if (next_event(b, &ev) < 0)
            return -1;
        key_line = (int)ev.start_mark.line + 1;
        if (ev.type == end)
            return parent->kind == YAML_MAP ? refuse_duplicates(b, parent) : 0;
        if (parent->kind == YAML_MAP) {
            if (refuse_extras(b, &ev) < 0)
                return -1;
            if (ev.type != YAML_SCALAR_EVENT)
                return complain(b, (size_t)key_line, "a key must be plain text");
            key = scalar_text(&ev);
            failed = next_event(b, &value) < 0 || build(b, &value, depth, tail) < 0;
        } else {
            failed = build(b, &ev, depth, tail) < 0;
        }
        if (failed) {
            free((char *)key.ptr);
            return -1;
        }
        (*tail)->key = key;
        (*tail)->key_line = key_line;
        tail = &(*tail)->next;
    }
}

static int refuse_extras(struct builder *b, const yaml_event_t *ev)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (ev->type == YAML_SCALAR_EVENT) {
        anchor = ev->data.scalar.anchor;
        tag = ev->data.scalar.tag;
    } else if (ev->type == YAML_MAPPING_START_EVENT) {
        anchor = ev->data.mapping_start.anchor;
        tag = ev->data.mapping_start.tag;
    } else if (ev->type == YAML_SEQUENCE_START_EVENT) {
        anchor = ev->data.sequence_start.anchor;
        tag = ev->data.sequence_start.tag;
    }
    if (anchor || ev->type == YAML_ALIAS_EVENT)
        return complain(b, ev->start_mark.line + 1, "anchors and aliases are not used here");
    if (tag)
        return complain(b, ev->start_mark.line + 1, "tags (!name) are not used here");
    return 0;
}

static int build(struct builder *b, const yaml_event_t *ev, int depth, struct yaml **out)
{
    struct yaml *n;

    if (refuse_extras(b, ev) < 0)
        return -1;
    if (depth >= DEPTH_MAX)
        return complain(b, ev->start_mark.line + 1, "nested deeper than 16");
    if (ev->type == YAML_SCALAR_EVENT) {
        n = node_new(YAML_SCALAR, ev);
        n->text = scalar_text(ev);
        n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        *out = n;
        return 0;
    }
    n = node_new(ev->type == YAML_MAPPING_START_EVENT ? YAML_MAP : YAML_LIST, ev);
    if (build_children(b, n, depth + 1) < 0) {
        yaml_tree_free(n);
        return -1;
    }
    *out = n;
    return 0;
}

/* Stream start, document start, the root, document end, stream end: nothing else. */
static int build_document(struct builder *b, struct yaml **out)
{
    struct yaml *root = NULL;

    for (;;) {
        CLEANUP(yaml_event_delete) yaml_event_t ev = {0};

        if (next_event(b, &ev) < 0)
            break;
        if (ev.type == YAML_STREAM_END_EVENT) {
            *out = root ? root : xcalloc(1, sizeof *root);
            if (!root)
                **out = (struct yaml){.kind = YAML_MAP, .line = 1};
            return 0;
        }
        if (ev.type == YAML_STREAM_START_EVENT || ev.type == YAML_DOCUMENT_END_EVENT)
            continue;
        if (ev.type == YAML_DOCUMENT_START_EVENT) {
            if (!root)
                continue;
            complain(b, ev.start_mark.line + 1, "a second document (---) is not used here");
            break;
        }
        if (build(b, &ev, 0, &root) < 0)
            break;
    }
    yaml_tree_free(root);
    return -1;
}

int yaml_tree_parse(struct yaml **out, struct str bytes, const char *name, struct err *err)
{
    struct builder b = {.name = name, .bytes = bytes, .err = err};
    int result;

    if (bytes.len > BYTES_MAX)
        return err_set(err, ERR_LIMIT, "%s: larger than 1 MiB", name);
    CHECK(yaml_parser_initialize(&b.parser));
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(bytes.ptr ? bytes.ptr : ""),
                                 bytes.len);
    result = build_document(&b, out);
    yaml_parser_delete(&b.parser);
    return result;
}

struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    yaml_each (n, map)
        if (str_is(n->key, key))
            return n;
    return NULL;
}

bool yaml_is_null(const struct yaml *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != YAML_SCALAR || node->quoted)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(node->text, words[i]))
            return true;
    return false;
}

int yaml_bool(const struct yaml *node, bool *out)
{
    bool yes, no;

    if (node->kind != YAML_SCALAR || node->quoted)
        return -1;
    yes = str_is(node->text, "true") || str_is(node->text, "True") || str_is(node->text, "TRUE");
    no = str_is(node->text, "false") || str_is(node->text, "False") || str_is(node->text, "FALSE");
    if (yes || no)
        *out = yes;
    return yes || no ? 0 : -1;
}

int yaml_i64(const struct yaml *node, int64_t *out)
{
    if (node->kind != YAML_SCALAR || node->quoted)
        return -1;
    return str_to_i64(node->text, out);
}

int yaml_number(const struct yaml *node, double *out)
{
    char *end;
    double v;

    if (node->kind != YAML_SCALAR || node->quoted || node->text.len == 0)
        return -1;
    /* strtod reads hexadecimal, infinity and leading blanks too: numbers here are decimal. */
    if (strspn(node->text.ptr, "+-.0123456789eE") != node->text.len)
        return -1;
    v = strtod(node->text.ptr, &end);
    if (end != node->text.ptr + node->text.len || !isfinite(v))
        return -1;
    *out = v;
    return 0;
}

const char *yaml_kind_name(const struct yaml *node)
{
    if (node->kind == YAML_MAP)
        return "a map";
    if (node->kind == YAML_LIST)
        return "a list";
    return yaml_is_null(node) ? "nothing" : "text";
}
