/* SPDX-License-Identifier: Apache-2.0 */
/* load.c: from a folder of YAML files to a catalogue, or to a list of all that is wrong with them.
 *
 * Reads on after an error, so that one run shows every problem. Leaves events to load_event.c, and
 * what concerns more than one event to compile.c. */
#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/loader.h"

enum { FOLDERS_DEPTH_MAX = 16, FILE_BYTES_MAX = 1024 * 1024 + 1, ARENA_FIRST = 64 * 1024 };

static void report(struct loader *l, bool warning, int line, const char *fmt, va_list ap)
{
    char text[1024];
    AUTO_FREE char *event = NULL, *field = NULL;

    if (l->event_name.ptr)
        event = xmemdup(l->event_name.ptr, l->event_name.len);
    if (l->field_name.ptr)
        field = xmemdup(l->field_name.ptr, l->field_name.len);
    vsnprintf(text, sizeof text, fmt, ap);
    problems_add(l->problems, warning, l->file, line, event, field, "%s", text);
}

void loader_error(struct loader *l, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(l, false, line, fmt, ap);
    va_end(ap);
}

void loader_warning(struct loader *l, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(l, true, line, fmt, ap);
    va_end(ap);
}

/* Words that people bring along from other formats. */
static const char *other_word_for(struct str key)
{
    static const struct {
        const char *theirs, *advice;
    } words[] = {
        {"enum", "values"},
        {"allowed", "values"},
        {"regex", "pattern"},
        {"format", "type` or `pattern"},
        {"desc", "description"},
        {"comment", "description"},
        {"title", "description"},
        {"optional", "required: false"},
        {"nullable", "type: T|null"},
        {"minimum", "min"},
        {"maximum", "max"},
        {"minlength", "pattern"},
        {"items", "type: array<T>"},
        {"props", "properties"},
        {"fields", "properties"},
        {"params", "parameters"},
        {"state", "status"},
        {"team", "owner"},
        {"user", "actor"},
        {"user_id", "actor"},
        {"pii", "privacy"},
        {"deprecated", "status: deprecated"},
        {"events_list", "events"},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eq_nocase(key, str_from(words[i].theirs)))
            return words[i].advice;
    return NULL;
}

static void unknown_key(struct loader *l, const struct yaml *node, const struct loader_key *keys,
                        size_t count, const char *what)
{
    const char *advice = other_word_for(node->key);
    struct str words[32], near;
    char all[400] = "";
    size_t len = 0;

    CHECK(count <= ARRAY_LEN(words));
    for (size_t i = 0; i < count; i++) {
        words[i] = str_from(keys[i].name);
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", keys[i].name);
        CHECK(len < sizeof all);
    }
    near = suggest(node->key, words, count);
    for (size_t i = 0; advice && i < count; i++)
        if (strncmp(advice, keys[i].name, strlen(keys[i].name)) == 0)
            near = str_from(advice);
    if (near.ptr)
        loader_error(l, node->key_line, "`%.60s` is not a key of %s: did you mean `%.*s`?",
                     node->key.ptr, what, STR_ARG(near));
    else
        loader_error(l, node->key_line, "`%.60s` is not a key of %s: its keys are %s",
                     node->key.ptr, what, all);
}

void loader_read_map(struct loader *l, const struct yaml *map, const struct loader_key *keys,
                     size_t count, const char *what)
{
    if (map->kind != YAML_MAP) {
        loader_error(l, map->line, "%s is a map of keys and values, not %s", what,
                     yaml_kind_name(map));
        return;
    }
    yaml_each (node, map) {
        size_t i = 0;

        while (i < count && !str_is(node->key, keys[i].name))
            i++;
        if (i == count)
            unknown_key(l, node, keys, count, what);
        else
            keys[i].read(l, node);
    }
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\n' && s.ptr[i] != '\t') ||
            s.ptr[i] == 0x7F)
            return true;
    return false;
}

bool loader_text(struct loader *l, const struct yaml *node, struct str *out)
{
    struct str text = str_trim(node->text);

    if (node->kind != YAML_SCALAR || yaml_is_null(node) || text.len == 0) {
        loader_error(l, node->line, "`%s` takes a text, not %s", node->key.ptr,
                     node->kind == YAML_SCALAR ? "nothing" : yaml_kind_name(node));
        return false;
    }
    if (has_control(text)) {
        loader_error(l, node->line, "`%s` holds a control character", node->key.ptr);
        return false;
    }
    *out = definition_copy(l->c, text);
    return true;
}

bool loader_bool(struct loader *l, const struct yaml *node, bool *out)
{
    if (yaml_bool(node, out) == 0)
        return true;
    loader_error(l, node->line, "`%s` is true or false", node->key.ptr);
    return false;
}

bool loader_size(struct loader *l, const struct yaml *node, size_t min, size_t max, size_t *out)
{
    int64_t v;

    if (yaml_i64(node, &v) < 0 || v < 0 || (uint64_t)v < min || (uint64_t)v > max) {
        loader_error(l, node->line, "`%s` is a whole number from %zu to %zu", node->key.ptr, min,
                     max);
        return false;
    }
    *out = (size_t)v;
    return true;
}

int loader_word(struct loader *l, const struct yaml *node, const struct str *words, size_t count)
{
    char all[200] = "";
    size_t len = 0;
    struct str near = STR_NONE;
    const char *key = node->key.ptr ? node->key.ptr : "each item of a list";
    const char *quote = node->key.ptr ? "`" : "";

    for (size_t i = 0; i < count; i++) {
        if (node->kind == YAML_SCALAR && str_eq(node->text, words[i]))
            return (int)i;
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%.*s", i ? ", " : "",
                                STR_ARG(words[i]));
        CHECK(len < sizeof all);
    }
    if (node->kind == YAML_SCALAR)
        near = suggest(node->text, words, count);
    if (near.ptr)
        loader_error(l, node->line, "%s%s%s is one of %s: did you mean `%.*s`?", quote, key, quote,
                     all, STR_ARG(near));
    else
        loader_error(l, node->line, "%s%s%s is one of %s", quote, key, quote, all);
    return -1;
}

bool loader_texts(struct loader *l, const struct yaml *node, struct str **out, size_t *count)
{
    const char *key = node->key.ptr;
    size_t n = 0, i = 0;
    struct str *list;

    yaml_each (item, node)
        n++;
    if (node->kind == YAML_SCALAR && !yaml_is_null(node))
        n = 1;
    if (n == 0 || node->kind == YAML_MAP) {
        loader_error(l, node->line, "`%s` takes a list of texts, such as [a, b]", key);
        return false;
    }
    list = definition_alloc(l->c, n, sizeof *list);
    if (node->kind == YAML_SCALAR)
        list[i++] = definition_copy(l->c, node->text);
    yaml_each (item, node) {
        if (item->kind != YAML_SCALAR || yaml_is_null(item)) {
            loader_error(l, item->line, "an item of `%s` is a text, not %s", key,
                         yaml_kind_name(item));
            return false;
        }
        list[i++] = definition_copy(l->c, item->text);
    }
    *out = list;
    *count = n;
    return true;
}

static void read_file(struct loader *l, const struct yaml *root)
{
    static const struct loader_key keys[] = {
        {"defaults", loader_read_defaults},
        {"events", loader_read_events},
    };
    const struct yaml *defaults = yaml_get(root, "defaults");

    l->defaults = (struct loader_defaults){0};
    if (root->kind != YAML_MAP) {
        loader_error(l, root->line, "a catalogue file is a map with `events`, not %s",
                     yaml_kind_name(root));
        return;
    }
    if (!root->first) {
        loader_warning(l, 0, "the file is empty");
        return;
    }
    if (defaults) /* wherever in the file it stands, it goes first */
        loader_read_defaults(l, defaults);
    yaml_each (node, root)
        if (str_is(node->key, "events"))
            loader_read_events(l, node);
        else if (!str_is(node->key, "defaults"))
            unknown_key(l, node, keys, ARRAY_LEN(keys), "a catalogue file");
}

struct yaml *loader_parse(struct loader *l, struct str bytes)
{
    struct err err = {0};
    struct yaml *root;
    const char *text = err.text;
    int line = 0;

    if (yaml_tree_parse(&root, bytes, "", &err) == 0)
        return root;
    if (*text == ':') { /* ":12: text", since the name is empty */
        char *end;

        line = (int)strtol(text + 1, &end, 10);
        text = *end == ':' ? end + 1 : text + 1;
    }
    loader_error(l, line, "%s", text + strspn(text, " "));
    return NULL;
}

static void read_text(struct loader *l, struct str bytes, const char *name)
{
    struct yaml *root;
    struct str file = definition_copy(l->c, str_from(name));

    l->file = file.ptr;
    l->bytes = definition_copy(l->c, bytes); /* what entries show as their own */
    l->bytes_at = 0;
    l->bytes_line = 1;
    l->ev = NULL;
    l->event_name = l->field_name = STR_NONE;
    root = loader_parse(l, bytes);
    if (!root)
        return;
    read_file(l, root);
    yaml_tree_free(root);
}

/* What is hashed is what was read, whatever becomes of the files meanwhile. */
static void hash_file(struct loader *l, struct str bytes, const char *name)
{
    uint64_t len = bytes.len;

    CHECK(EVP_DigestUpdate(l->hash, name, strlen(name) + 1) == 1 &&
          EVP_DigestUpdate(l->hash, &len, sizeof len) == 1 &&
          EVP_DigestUpdate(l->hash, bytes.ptr, bytes.len) == 1);
}

/* `below` bytes of the path are the folder's. */
static void read_path(struct loader *l, const char *path, size_t below)
{
    struct err err = {0};
    struct str bytes;

    if (io_read_file(io_system(), path, FILE_BYTES_MAX, &bytes, &err) < 0) {
        problems_add(l->problems, false, path, 0, NULL, NULL, "%s", err.text);
        return;
    }
    hash_file(l, bytes, path + below);
    read_text(l, bytes, path);
    free((char *)bytes.ptr);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted; those that begin with a dot are left alone. -1 and errno. */
static int list_folder(const char *path, char ***out, size_t *count)
{
    AUTO_DIR dir = opendir(path);
    char **names = NULL;
    size_t n = 0, cap = 0;

    if (!dir)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            names = xrealloc(names, cap, sizeof *names);
        }
        names[n++] = xstrdup(entry->d_name);
    }
    if (n > 1)
        qsort(names, n, sizeof *names, compare_names);
    *out = names;
    *count = n;
    return 0;
}

static bool is_yaml_name(const char *name)
{
    return str_ends(str_from(name), STR(".yaml")) || str_ends(str_from(name), STR(".yml"));
}

static void read_folder(struct loader *l, const char *dir, size_t below, int depth, size_t *files)
{
    char **names;
    size_t count;

    if (depth > FOLDERS_DEPTH_MAX) {
        problems_add(l->problems, false, dir, 0, NULL, NULL, "folders are deeper than %d",
                     FOLDERS_DEPTH_MAX);
        return;
    }
    if (list_folder(dir, &names, &count) < 0) {
        problems_add(l->problems, false, dir, 0, NULL, NULL, "cannot list the folder: %s",
                     strerror(errno));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *path = io_join(dir, names[i]);
        struct stat st;

        if (stat(path, &st) < 0) {
            if (is_yaml_name(names[i]))
                problems_add(l->problems, false, path, 0, NULL, NULL, "cannot read: %s",
                             strerror(errno));
        } else if (S_ISDIR(st.st_mode)) {
            read_folder(l, path, below, depth + 1, files);
        } else if (is_yaml_name(names[i]) && ++*files <= CATALOGUE_FILES_MAX) {
            read_path(l, path, below);
        }
        free(names[i]);
    }
    free(names);
}

static struct loader start(struct problems *problems)
{
    struct loader l = {.problems = problems};

    l.c = xcalloc(1, sizeof *l.c);
    l.hash = EVP_MD_CTX_new();
    CHECK(l.hash && EVP_DigestInit_ex(l.hash, EVP_sha256(), NULL) == 1);
    l.c->memory = arena_new(ARENA_FIRST, SIZE_MAX / 4);
    CHECK(budgets_open(&l.c->own_budgets, NULL, NULL, NULL) == 0);
    catalogue_scope_find(l.c, STR("actor"));
    catalogue_scope_find(l.c, STR("device"));
    return l;
}

/* Compiles what was read; whatever happens, the loader is done with. */
static int finish(struct loader *l, const char *what, struct catalogue **out, struct err *err)
{
    struct problems *p = l->problems;

    CHECK(EVP_DigestFinal_ex(l->hash, l->c->hash, NULL) == 1);
    EVP_MD_CTX_free(l->hash);
    if (p->errors == 0 && l->c->event_count == 0)
        problems_add(p, false, what, 0, NULL, NULL,
                     "the catalogue has no events: nothing could be accepted");
    catalogue_compile(l->c, p);
    problems_sort(p);
    if (p->errors) {
        catalogue_free(l->c);
        return err_set(err, ERR_PARSE, "catalogue %s: %zu error%s", what, p->errors,
                       p->errors == 1 ? "" : "s");
    }
    catalogue_use_budgets(l->c, l->c->own_budgets);
    *out = l->c;
    return 0;
}

static void read_all(struct loader *l, const char *dir)
{
    struct problems *problems = l->problems;
    size_t files = 0;

    read_folder(l, dir, strlen(dir) + 1, 0, &files);
    if (files == 0 && problems->errors == 0)
        problems_add(problems, false, dir, 0, NULL, NULL,
                     "the folder has no file that ends in .yaml or .yml");
    if (files > CATALOGUE_FILES_MAX)
        problems_add(problems, false, dir, 0, NULL, NULL, "more than %d files",
                     CATALOGUE_FILES_MAX);
}

int catalogue_load(struct catalogue **out, const char *dir, struct problems *problems,
                   struct err *err)
{
    struct loader l = start(problems);

    read_all(&l, dir);
    return finish(&l, dir, out, err);
}

int catalogue_load_with(struct catalogue **out, const char *dir, struct str yaml,
                        struct problems *problems, struct err *err)
{
    struct loader l = start(problems);
    struct yaml *root = loader_parse_instead(&l, yaml);
    int status;

    hash_file(&l, yaml, "");
    if (root) {
        read_all(&l, dir);
        loader_read_new(&l);
    }
    status = finish(&l, dir, out, err);
    free(l.instead);
    yaml_tree_free(root);
    return status;
}

int catalogue_load_text(struct catalogue **out, struct str yaml, const char *name,
                        struct problems *problems, struct err *err)
{
    struct loader l = start(problems);

    hash_file(&l, yaml, name);
    read_text(&l, yaml, name);
    return finish(&l, name, out, err);
}
