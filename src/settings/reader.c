/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c: one function for each type of value that a settings file has. */
#include "settings/reader.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/io.h"
#include "base/mem.h"

enum { SECRET_FILE_MAX = 4096 };

void reader_complain(struct reader *r, int line, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    if (r->failed)
        return;
    r->failed = true;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    err_set(r->err, ERR_USAGE, "%s:%d: %s", r->file, line, text);
}

void reader_keys(struct reader *r, const struct yaml *map, const char *what,
                 const char *const *known)
{
    yaml_each (node, map) {
        AUTO_BUF list;
        bool found = false;

        buf_init(&list, 150);
        for (size_t i = 0; known[i]; i++) {
            found = found || str_is(node->key, known[i]);
            buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
        }
        if (!found)
            reader_complain(r, node->key_line, "`%.40s` is no setting of %s; known: %.*s",
                            node->key.ptr, what, (int)list.len, list.ptr);
    }
}

const struct yaml *reader_section(struct reader *r, const struct yaml *map, const char *key,
                                  enum yaml_kind kind)
{
    const struct yaml *node = yaml_get(map, key);

    if (!node || r->failed || yaml_is_null(node))
        return NULL;
    if (node->kind != kind) {
        reader_complain(r, node->line, "`%s` must be %s, not %s", key,
                        kind == YAML_MAP ? "a map (key: value)" : "a list", yaml_kind_name(node));
        return NULL;
    }
    return node;
}

/* The text of map[key], or NULL where it is absent or not text. */
static const struct yaml *scalar(struct reader *r, const struct yaml *map, const char *key)
{
    const struct yaml *node = yaml_get(map, key);

    if (!node || r->failed)
        return NULL;
    if (node->kind != YAML_SCALAR || (node->text.len == 0 && !node->quoted)) {
        reader_complain(r, node->line, "`%s` needs a value, not %s", key, yaml_kind_name(node));
        return NULL;
    }
    if (memchr(node->text.ptr, '\0', node->text.len)) {
        reader_complain(r, node->line, "`%s` holds a NUL byte", key);
        return NULL;
    }
    return node;
}

static void replace(char **out, char *text)
{
    free(*out);
    *out = text;
}

void reader_text(struct reader *r, const struct yaml *map, const char *key, char **out)
{
    const struct yaml *node = scalar(r, map, key);

    if (node)
        replace(out, xstrdup(node->text.ptr));
}

static char *resolve(const struct reader *r, const char *path)
{
    while (path[0] == '.' && path[1] == '/' && path[2] != '/' && path[2])
        path += 2; /* so that messages say ./data and not ././data */
    return path[0] == '/' ? xstrdup(path) : io_join(r->folder, path);
}

void reader_path(struct reader *r, const struct yaml *map, const char *key, char **out)
{
    const struct yaml *node = scalar(r, map, key);

    if (node)
        replace(out, resolve(r, node->text.ptr));
}

static void secret_from_file(struct reader *r, const struct yaml *node, const char *name,
                             char **out)
{
    AUTO_FREE char *path = resolve(r, name);
    struct err why = {0};
    struct str bytes;

    if (io_read_file(io_system(), path, SECRET_FILE_MAX, &bytes, &why) < 0) {
        reader_complain(r, node->line, "the key's file cannot be used: %.150s", why.text);
        return;
    }
    replace(out, xmemdup(str_trim(bytes).ptr, str_trim(bytes).len));
    explicit_bzero((char *)bytes.ptr, bytes.len);
    free((char *)bytes.ptr);
}

static void secret(struct reader *r, const struct yaml *node, char **out)
{
    if (str_starts(node->text, STR("file:"))) {
        secret_from_file(r, node, node->text.ptr + 5, out);
    } else if (str_starts(node->text, STR("env:"))) {
        const char *value = getenv(node->text.ptr + 4);

        if (value)
            replace(out, xstrdup(value));
        else
            reader_complain(r, node->line, "the environment has no %s", node->text.ptr + 4);
    } else {
        replace(out, xstrdup(node->text.ptr));
    }
}

void reader_secret(struct reader *r, const struct yaml *map, const char *key, char **out)
{
    const struct yaml *node = scalar(r, map, key);

    if (node)
        secret(r, node, out);
}

void reader_secrets(struct reader *r, const struct yaml *map, const char *key,
                    struct settings_list *out)
{
    const struct yaml *list = reader_section(r, map, key, YAML_LIST);

    yaml_each (node, list) {
        char *text = NULL;

        if (node->kind != YAML_SCALAR || memchr(node->text.ptr, '\0', node->text.len)) {
            reader_complain(r, node->line, "`%s` must be a list of texts", key);
            return;
        }
        secret(r, node, &text);
        if (!text)
            return;
        out->items = xrealloc(out->items, out->count + 1, sizeof *out->items);
        out->items[out->count++] = text;
    }
}

void reader_bool(struct reader *r, const struct yaml *map, const char *key, bool *out)
{
    const struct yaml *node = scalar(r, map, key);

    if (node && yaml_bool(node, out) < 0)
        reader_complain(r, node->line, "`%s` must be true or false", key);
}

void reader_count(struct reader *r, const struct yaml *map, const char *key, uint64_t max,
                  uint64_t *out)
{
    const struct yaml *node = scalar(r, map, key);
    uint64_t v;

    if (!node)
        return;
    if (str_to_u64(node->text, &v) < 0 || v > max)
        reader_complain(r, node->line, "`%s` must be a whole number from 0 to %llu", key,
                        (unsigned long long)max);
    else
        *out = v;
}

void reader_size(struct reader *r, const struct yaml *map, const char *key, uint64_t min,
                 uint64_t max, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = {{"KiB", UINT64_C(1) << 10},
                 {"MiB", UINT64_C(1) << 20},
                 {"GiB", UINT64_C(1) << 30},
                 {"TiB", UINT64_C(1) << 40},
                 {"B", 1},
                 {"", 1}};
    const struct yaml *node = scalar(r, map, key);
    uint64_t v;

    if (!node)
        return;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct str unit = str_from(units[i].unit);

        if (!str_ends(node->text, unit))
            continue;
        if (str_to_u64(str_trim(str_slice(node->text, 0, node->text.len - unit.len)), &v) < 0 ||
            __builtin_mul_overflow(v, units[i].bytes, &v))
            break;
        if (v < min || v > max)
            reader_complain(r, node->line, "`%s` must be from %llu to %llu bytes", key,
                            (unsigned long long)min, (unsigned long long)max);
        else
            *out = v;
        return;
    }
    reader_complain(r, node->line, "`%s` must be a size such as 64MiB or 1GiB", key);
}

void reader_duration(struct reader *r, const struct yaml *map, const char *key, bool forever,
                     int64_t *out_us)
{
    const struct yaml *node = scalar(r, map, key);

    if (!node)
        return;
    if (forever && str_is(node->text, "forever"))
        *out_us = -1;
    else if (datetime_parse_duration(node->text, out_us) < 0 || *out_us == 0)
        reader_complain(r, node->line, "`%s` must be a duration such as 30s, 24h or 14d%s", key,
                        forever ? ", or forever" : "");
}

void reader_rate(struct reader *r, const struct yaml *map, const char *key, double *out_per_s)
{
    const struct yaml *node = scalar(r, map, key);
    struct str rest;
    uint64_t n;
    double per = 0;

    if (!node)
        return;
    if (str_is(node->text, "unlimited")) {
        *out_per_s = 0;
        return;
    }
    rest = node->text;
    if (str_to_u64(str_split(&rest, '/'), &n) == 0 && n > 0)
        per = str_is(rest, "s") ? 1 : str_is(rest, "m") ? 60 : str_is(rest, "h") ? 3600 : 0;
    if (per > 0)
        *out_per_s = (double)n / per;
    else
        reader_complain(r, node->line, "`%s` must be a rate such as 100/s, 6000/m or 10000/h", key);
}

void reader_listen(struct reader *r, const struct yaml *map, const char *key,
                   struct settings_listen *out)
{
    const struct yaml *node = scalar(r, map, key);
    struct in6_addr address;
    struct str host, port;
    const char *colon;
    uint64_t number;
    char *copy;

    if (!node)
        return;
    colon = strrchr(node->text.ptr, ':');
    host = str_slice(node->text, 0, colon ? (size_t)(colon - node->text.ptr) : node->text.len);
    port = colon ? str_from(colon + 1) : STR_NONE;
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 2);
    copy = xmemdup(host.ptr, host.len);
    if (str_to_u64(port, &number) < 0 || number > 65535 ||
        (inet_pton(AF_INET, copy, &address) != 1 && inet_pton(AF_INET6, copy, &address) != 1)) {
        reader_complain(r, node->line,
                        "`%s` must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080", key);
        free(copy);
        return;
    }
    replace(&out->host, copy);
    out->port = (uint16_t)number;
}

void reader_list(struct reader *r, const struct yaml *map, const char *key,
                 struct settings_list *out)
{
    const struct yaml *list = reader_section(r, map, key, YAML_LIST);

    yaml_each (node, list) {
        if (node->kind != YAML_SCALAR || node->text.len == 0) {
            reader_complain(r, node->line, "`%s` must be a list of texts", key);
            return;
        }
        out->items = xrealloc(out->items, out->count + 1, sizeof *out->items);
        out->items[out->count++] = xstrdup(node->text.ptr);
    }
}

void settings_list_free(struct settings_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct settings_list){0};
}
