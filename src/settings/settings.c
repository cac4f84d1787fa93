/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: the sections of weir.yaml, their defaults and what they must satisfy together. */
#include "settings/settings.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "settings/console.h"
#include "settings/flows.h"
#include "settings/pages.h"
#include "settings/reader.h"

enum {
    FILE_MAX = 1024 * 1024,
    SOURCE_NAME_MAX = 64,
    SERVER_KEY_MIN = 16,
    BROWSER_KEY_MIN = 4,
    KEY_MAX = 256,
    BROWSER_RATE_PER_S = 100, /* unless the settings say otherwise: the key is public */
};

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define DAY_US INT64_C(86400000000)

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void set_defaults(struct settings *s, const struct reader *r)
{
    s->data = io_join(r->folder, "data");
    s->catalogue = io_join(r->folder, "catalogue");
    s->collector = (struct settings_collector){
        .listen = {xstrdup("127.0.0.1"), 8080},
        .body_bytes = MIB,
        .inflated_bytes = 8 * MIB,
    };
    s->console = (struct settings_console){
        .listen = {xstrdup("127.0.0.1"), 8081},
        .query_timeout_us = INT64_C(30000000),
        .session_us = 14 * DAY_US,
        .user_rights = SETTINGS_READ,
    };
    s->journal = (struct settings_journal){.segment_bytes = 64 * MIB,
                                           .reserve_bytes = 256 * MIB,
                                           .recent_bytes = 32 * MIB,
                                           .duplicate_window_us = DAY_US,
                                           .compress_after_us = DAY_US / 24,
                                           .keep_us = 30 * DAY_US};
    s->store = (struct settings_store){.memory_bytes = GIB};
    s->retention =
        (struct settings_retention){.raw_us = -1, .quarantine_us = 14 * DAY_US, .counts_us = -1};
    s->flows = (struct settings_flows){
        .expiry_us = DAY_US / 12,
        .whole_us = -1,
        .half_us = -1,
        .tenth_us = -1,
        .devices_within_us = 5 * DAY_US,
        .devices_same_day = true,
    };
    s->quarantine = (struct settings_quarantine){.rate_per_s = 1000, .daily_bytes = GIB};
}

static void read_collector(struct reader *r, const struct yaml *root, struct settings_collector *c)
{
    const struct yaml *map = reader_section(r, root, "collector", YAML_MAP);

    reader_keys(
        r, map, "collector",
        KEYS("listen", "trusted_proxies", "metrics_public", "max_body", "max_inflated", "threads"));
    reader_listen(r, map, "listen", &c->listen);
    reader_list(r, map, "trusted_proxies", &c->trusted_proxies);
    reader_bool(r, map, "metrics_public", &c->metrics_public);
    reader_size(r, map, "max_body", KIB, 64 * MIB, &c->body_bytes);
    reader_size(r, map, "max_inflated", KIB, 64 * MIB, &c->inflated_bytes);
    reader_count(r, map, "threads", 64, &c->threads);
}

static void read_store(struct reader *r, const struct yaml *root, struct settings *s)
{
    const struct yaml *store = reader_section(r, root, "store", YAML_MAP);
    char *engine = NULL;

    reader_keys(r, store, "store", KEYS("engine", "memory", "threads"));
    reader_text(r, store, "engine", &engine);
    if (engine && strcmp(engine, "duckdb") != 0)
        reader_complain(r, yaml_get(store, "engine")->line,
                        "`engine` must be duckdb: this version has no other");
    free(engine);
    reader_size(r, store, "memory", 64 * MIB, 1024 * GIB, &s->store.memory_bytes);
    reader_count(r, store, "threads", 256, &s->store.threads);
}

static void read_retention(struct reader *r, const struct yaml *root, struct settings *s)
{
    const struct yaml *map = reader_section(r, root, "retention", YAML_MAP);

    reader_keys(r, map, "retention", KEYS("raw", "quarantine", "counts", "journal"));
    reader_duration(r, map, "raw", true, &s->retention.raw_us);
    reader_duration(r, map, "quarantine", true, &s->retention.quarantine_us);
    reader_duration(r, map, "counts", true, &s->retention.counts_us);
    reader_duration(r, map, "journal", true, &s->journal.keep_us);
    if (!r->failed && s->journal.keep_us >= 0 &&
        s->journal.keep_us < s->journal.duplicate_window_us)
        reader_complain(r, map->line,
                        "`retention.journal` may not be shorter than `journal.duplicate_window`");
}

static void read_quarantine(struct reader *r, const struct yaml *root,
                            struct settings_quarantine *q)
{
    const struct yaml *map = reader_section(r, root, "quarantine", YAML_MAP);

    reader_keys(r, map, "quarantine", KEYS("rate", "daily"));
    reader_rate(r, map, "rate", &q->rate_per_s);
    reader_size(r, map, "daily", MIB, 1024 * GIB, &q->daily_bytes);
}

static void read_journal(struct reader *r, const struct yaml *root, struct settings_journal *j)
{
    const struct yaml *map = reader_section(r, root, "journal", YAML_MAP);

    reader_keys(r, map, "journal",
                KEYS("segment", "reserve", "recent", "duplicate_window", "compress_after"));
    reader_size(r, map, "segment", MIB, GIB, &j->segment_bytes);
    reader_size(r, map, "reserve", 0, 1024 * GIB, &j->reserve_bytes);
    reader_size(r, map, "recent", MIB, 16 * GIB, &j->recent_bytes);
    reader_duration(r, map, "duplicate_window", false, &j->duplicate_window_us);
    reader_duration(r, map, "compress_after", true, &j->compress_after_us);
    if (!r->failed && j->duplicate_window_us < DAY_US)
        reader_complain(r, yaml_get(map, "duplicate_window")->line,
                        "`duplicate_window` must be at least 24h: senders retry for that long");
}

static void read_kind(struct reader *r, const struct yaml *map, struct settings_source *src)
{
    char *kind = NULL;

    reader_text(r, map, "kind", &kind);
    if (!kind || strcmp(kind, "server") == 0)
        src->kind = SOURCE_SERVER;
    else if (strcmp(kind, "browser") == 0)
        src->kind = SOURCE_BROWSER;
    else if (strcmp(kind, "gateway") == 0)
        src->kind = SOURCE_GATEWAY;
    else
        reader_complain(r, yaml_get(map, "kind")->line,
                        "`kind` must be server, browser or gateway");
    free(kind);
}

static void check_name(struct reader *r, const struct settings *s,
                       const struct settings_source *src)
{
    size_t len = src->name ? strlen(src->name) : 0;

    if (len == 0 || len > SOURCE_NAME_MAX ||
        strspn(src->name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
        reader_complain(r, src->line, "a source needs a `name` of 1 to %d of a-z, 0-9, - and _",
                        SOURCE_NAME_MAX);
    for (size_t i = 0; i + 1 < s->source_count; i++)
        if (s->sources[i].name && src->name && strcmp(s->sources[i].name, src->name) == 0)
            reader_complain(r, src->line, "the source `%s` stands here twice (also line %d)",
                            src->name, s->sources[i].line);
}

static void check_key(struct reader *r, const struct settings *s, const struct settings_source *src)
{
    size_t len = src->key ? strlen(src->key) : 0;
    size_t least = src->kind == SOURCE_BROWSER ? BROWSER_KEY_MIN : SERVER_KEY_MIN;

    if (r->failed)
        return;
    if (len < least || len > KEY_MAX) {
        reader_complain(r, src->line,
                        "source `%s` needs a `key` of %zu to %d characters; make one with: "
                        "openssl rand -hex 24",
                        src->name, least, KEY_MAX);
        return;
    }
    for (const char *p = src->key; *p; p++)
        if (*p <= ' ' || *p > '~') {
            reader_complain(r, src->line, "the key of source `%s` may hold printable ASCII only",
                            src->name);
            return;
        }
    for (size_t i = 0; i + 1 < s->source_count; i++)
        if (strcmp(s->sources[i].key, src->key) == 0)
            reader_complain(r, src->line, "sources `%s` and `%s` have the same key",
                            s->sources[i].name, src->name);
}

static void check_browser(struct reader *r, const struct settings_source *src)
{
    if (src->kind != SOURCE_BROWSER)
        return;
    if (src->origins.count == 0)
        reader_complain(
            r, src->line,
            "browser source `%s` needs `origins`, such as [\"https://www.example.org\"]",
            src->name);
    if (src->events.count == 0)
        reader_complain(r, src->line,
                        "browser source `%s` needs `events`: its key is public, so what it may "
                        "send must be listed",
                        src->name);
    for (size_t i = 0; i < src->origins.count; i++) {
        struct str origin = str_from(src->origins.items[i]), rest = STR_NONE;

        if (str_starts(origin, STR("https://")))
            rest = str_slice(origin, 8, origin.len);
        else if (str_starts(origin, STR("http://")))
            rest = str_slice(origin, 7, origin.len);
        if (rest.len == 0 || str_find(rest, '/') != rest.len || str_find(rest, '*') != rest.len)
            reader_complain(r, src->line,
                            "`%.80s` is no origin: scheme and host without a path, such as "
                            "https://www.example.org",
                            origin.ptr);
    }
}

/* A host, or all below one: no scheme, port or path. */
static void check_domains(struct reader *r, const struct settings_source *src, const char *name,
                          const struct settings_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *host = list->items[i];
        size_t from = strncmp(host, "*.", 2) == 0 ? 2 : 0;

        if (!host[from] || host[from] == '.' || strpbrk(host + from, "*/:@ "))
            reader_complain(r, src->line,
                            "`%.80s` in `%s` is no host: one is written www.example.org, and all "
                            "below it *.www.example.org",
                            host, name);
    }
}

static void read_flow_ids(struct reader *r, const struct yaml *map, struct settings_source *src)
{
    char *which = NULL;

    reader_text(r, map, "flow_ids", &which);
    src->any_flow_ids = which && strcmp(which, "any") == 0;
    if (which && !src->any_flow_ids && strcmp(which, "signed") != 0)
        reader_complain(r, yaml_get(map, "flow_ids")->line, "`flow_ids` must be signed or any");
    else if (src->any_flow_ids && src->kind == SOURCE_BROWSER)
        reader_complain(r, yaml_get(map, "flow_ids")->line,
                        "`flow_ids: any` is not for browser sources: their key is public, so "
                        "anybody could make flows");
    free(which);
}

static void read_source(struct reader *r, const struct yaml *map, struct settings *s)
{
    const struct yaml *retention;
    struct settings_source *src;

    s->sources = xrealloc(s->sources, s->source_count + 1, sizeof *s->sources);
    src = &s->sources[s->source_count++];
    *src = (struct settings_source){.strict = true, .line = map->line, .retention = s->retention};
    if (map->kind != YAML_MAP) {
        reader_complain(r, map->line, "a source must be a map such as {name: backend, key: ...}");
        return;
    }
    reader_keys(r, map, "a source",
                KEYS("name", "kind", "key", "origins", "domains", "skip_domains", "events",
                     "strict", "rate", "retention", "flow_ids", "budget"));
    reader_text(r, map, "name", &src->name);
    read_kind(r, map, src);
    reader_secret(r, map, "key", &src->key);
    reader_list(r, map, "origins", &src->origins);
    reader_list(r, map, "domains", &src->domains);
    reader_list(r, map, "skip_domains", &src->skip_domains);
    reader_list(r, map, "events", &src->events);
    reader_bool(r, map, "strict", &src->strict);
    read_flow_ids(r, map, src);
    if (src->kind == SOURCE_BROWSER)
        src->rate_per_s = BROWSER_RATE_PER_S;
    reader_rate(r, map, "rate", &src->rate_per_s);
    settings_budget_read(r, map, src);
    retention = reader_section(r, map, "retention", YAML_MAP);
    reader_keys(r, retention, "a source's `retention`", KEYS("raw", "quarantine", "counts"));
    reader_duration(r, retention, "raw", true, &src->retention.raw_us);
    reader_duration(r, retention, "quarantine", true, &src->retention.quarantine_us);
    reader_duration(r, retention, "counts", true, &src->retention.counts_us);
    check_name(r, s, src);
    check_key(r, s, src);
    check_browser(r, src);
    check_domains(r, src, "domains", &src->domains);
    check_domains(r, src, "skip_domains", &src->skip_domains);
    if (src->kind == SOURCE_GATEWAY)
        reader_complain(r, src->line,
                        "sources of kind gateway are not in this version yet; "
                        "use kind server");
}

static void read_all(struct reader *r, const struct yaml *root, struct settings *s)
{
    const struct yaml *sources;

    if (root->kind != YAML_MAP)
        reader_complain(r, root->line, "settings must be a map (key: value)");
    reader_keys(r, root, "weir.yaml",
                KEYS("data", "catalogue", "collector", "console", "sources", "store", "journal",
                     "retention", "quarantine", "place", "flows", "pages"));
    reader_path(r, root, "data", &s->data);
    reader_path(r, root, "catalogue", &s->catalogue);
    reader_path(r, root, "place", &s->place_file);
    read_collector(r, root, &s->collector);
    console_read(r, root, &s->console);
    read_store(r, root, s);
    read_journal(r, root, &s->journal);
    read_retention(r, root, s);
    read_quarantine(r, root, &s->quarantine);
    sources = reader_section(r, root, "sources", YAML_LIST);
    yaml_each (node, sources) {
        if (!r->failed)
            read_source(r, node, s);
    }
    flows_read(r, root, s);
    pages_read(r, root, s);
    if (s->source_count == 0)
        reader_complain(r, root->line, "`sources` is empty: nobody could send anything");
}

int settings_load(struct settings **out, const char *file, struct err *err)
{
    AUTO_FREE char *folder = io_parent(file);
    struct reader r = {.file = file, .folder = folder, .err = err};
    struct yaml *root = NULL;
    struct settings *s;
    struct str bytes;
    int result;

    if (io_read_file(io_system(), file, FILE_MAX, &bytes, err) < 0)
        return err_prefix(err, "settings");
    result = yaml_tree_parse(&root, bytes, file, err);
    explicit_bzero((char *)bytes.ptr, bytes.len);
    free((char *)bytes.ptr);
    if (result < 0)
        return -1;
    s = xcalloc(1, sizeof *s);
    s->file = xstrdup(file);
    set_defaults(s, &r);
    read_all(&r, root, s);
    yaml_tree_free(root);
    if (r.failed) {
        settings_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

static void source_free(struct settings_source *src)
{
    free(src->name);
    if (src->key)
        explicit_bzero(src->key, strlen(src->key));
    free(src->key);
    settings_list_free(&src->origins);
    settings_list_free(&src->domains);
    settings_list_free(&src->skip_domains);
    settings_list_free(&src->events);
    settings_budget_free(&src->budget);
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->source_count; i++)
        source_free(&s->sources[i]);
    free(s->sources);
    for (size_t i = 0; i < s->flows.keys.count; i++)
        explicit_bzero(s->flows.keys.items[i], strlen(s->flows.keys.items[i]));
    settings_list_free(&s->flows.keys);
    free(s->flows.source);
    free(s->pages.source);
    free(s->pages.agent);
    free(s->pages.events);
    free(s->pages.pixel);
    settings_list_free(&s->collector.trusted_proxies);
    free(s->collector.listen.host);
    console_free(&s->console);
    free(s->file);
    free(s->data);
    free(s->catalogue);
    free(s->place_file);
    free(s);
}

char *settings_data_path(const struct settings *s, const char *name)
{
    return io_join(s->data, name);
}
