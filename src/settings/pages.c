/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: the section `pages`: what web pages load and send to, under names of the site's own.
 *
 * A path is compared with that of a request byte by byte, so only such are taken as every client and
 * proxy leaves alone: no escapes, no empty part, no part of dots. None is one that the collector has
 * for something else. */
#include "settings/pages.h"

#include <stdlib.h>

#include "base/mem.h"

enum { PATH_BYTES_MAX = 256 };

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Those that the collector answers itself; one that ends with / stands for all below it. */
static const char *const taken[] = {"/v1/", "/api/", "/healthz", "/metrics", "/metrics-flow"};

static bool is_path(struct str path)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    struct str rest = str_slice(path, 1, path.len);

    if (path.len < 2 || path.len > PATH_BYTES_MAX || path.ptr[0] != '/')
        return false;
    while (rest.ptr) {
        struct str part = str_split(&rest, '/');

        if (part.len == 0 || str_is(part, ".") || str_is(part, ".."))
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (!memchr(set, part.ptr[i], sizeof set - 1))
                return false;
    }
    return true;
}

static bool is_taken(struct str path)
{
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        struct str other = str_from(taken[i]);

        if (str_ends(other, STR("/")) ? str_starts(path, other) : str_eq(path, other))
            return true;
    }
    return false;
}

static void read_path(struct reader *r, const struct yaml *map, const char *key, char **out)
{
    const struct yaml *node = map ? yaml_get(map, key) : NULL;

    reader_text(r, map, key, out);
    if (!node || r->failed)
        return;
    if (!is_path(str_from(*out)))
        reader_complain(r, node->line,
                        "`%s` of `pages` must be a path such as /e: a / and 1 to %d letters, "
                        "digits and - . _ ~ with single / between them",
                        key, PATH_BYTES_MAX - 1);
    else if (is_taken(str_from(*out)))
        reader_complain(r, node->line,
                        "`%s` of `pages` is a path that the collector has for something else: %s",
                        key, *out);
}

static void check_apart(struct reader *r, int line, const struct settings_pages *p)
{
    if (strcmp(p->agent, p->events) == 0 || strcmp(p->agent, p->pixel) == 0 ||
        strcmp(p->events, p->pixel) == 0)
        reader_complain(r, line, "`agent`, `events` and `pixel` of `pages` must be three paths");
}

static void check_source(struct reader *r, int line, const struct settings *s)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (strcmp(s->sources[i].name, s->pages.source) != 0)
            continue;
        if (s->sources[i].kind != SOURCE_BROWSER)
            reader_complain(r, line,
                            "`source` of `pages` is no browser source: pages send without a "
                            "secret, and only a browser source has origins and a list of events");
        return;
    }
    reader_complain(r, line, "`source` of `pages` is none of the `sources`: %.80s",
                    s->pages.source);
}

/* The only browser source there is. */
static void take_source(struct settings *s)
{
    const struct settings_source *only = NULL;
    size_t count = 0;

    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind != SOURCE_BROWSER)
            continue;
        only = &s->sources[i];
        count++;
    }
    if (count == 1)
        s->pages.source = xstrdup(only->name);
}

void pages_read(struct reader *r, const struct yaml *root, struct settings *s)
{
    const struct yaml *map = reader_section(r, root, "pages", YAML_MAP);
    struct settings_pages *p = &s->pages;

    *p = (struct settings_pages){
        .agent = xstrdup("/agent.js"), .events = xstrdup("/e"), .pixel = xstrdup("/count.gif")};
    reader_keys(r, map, "pages", KEYS("source", "agent", "events", "pixel"));
    reader_text(r, map, "source", &p->source);
    read_path(r, map, "agent", &p->agent);
    read_path(r, map, "events", &p->events);
    read_path(r, map, "pixel", &p->pixel);
    if (r->failed)
        return;
    if (map)
        check_apart(r, map->line, p);
    if (p->source)
        check_source(r, yaml_get(map, "source")->line, s);
    else
        take_source(s);
}
