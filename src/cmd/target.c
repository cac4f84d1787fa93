/* SPDX-License-Identifier: Apache-2.0 */
/* target.c: see target.h. */
#include "cmd/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"

int target_check(const struct command *self, const struct target_words *w)
{
    if (!w->url != !w->key)
        return misused(self, "--url and --key go together");
    if (w->url && (w->config || w->source))
        return misused(self, "--url takes the place of --config and --source");
    return -1;
}

static bool is_candidate(const struct settings_source *source, bool any_flow_ids)
{
    return source->kind == SOURCE_SERVER && (!any_flow_ids || source->any_flow_ids);
}

/* How many candidates there are; *found is the last. */
static size_t count_candidates(const struct settings *s, bool any_flow_ids,
                               const struct settings_source **found)
{
    size_t count = 0;

    for (size_t i = 0; i < s->source_count; i++) {
        if (is_candidate(&s->sources[i], any_flow_ids)) {
            *found = &s->sources[i];
            count++;
        }
    }
    return count;
}

static const struct settings_source *find_named(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->source_count; i++)
        if (strcmp(s->sources[i].name, name) == 0)
            return &s->sources[i];
    return NULL;
}

/* The source named, or the only one that can be spoken for. */
static const struct settings_source *choose_source(const struct settings *s,
                                                   const struct target_words *w, struct err *err)
{
    const struct settings_source *found = NULL;
    size_t servers;

    if (w->source) {
        found = find_named(s, w->source);
        if (!found)
            err_set(err, ERR_USAGE, "%s has no source `%s`", s->file, w->source);
    } else if (!w->history || count_candidates(s, true, &found) != 1) {
        servers = count_candidates(s, false, &found);
        if (servers != 1) {
            err_set(err, ERR_USAGE, "%s has %zu server sources: choose one with --source", s->file,
                    servers);
            return NULL;
        }
    }
    if (found && found->kind != SOURCE_SERVER) {
        err_set(err, ERR_USAGE,
                "source `%s` is no server source: browser keys work from their pages only, and "
                "gateways sign",
                found->name);
        return NULL;
    }
    return found;
}

char *target_read_key(const char *option, const char *text, struct err *err)
{
    struct str bytes, key;
    char *copy;

    if (strncmp(text, "env:", 4) == 0) {
        const char *value = getenv(text + 4);

        if (value)
            return xstrdup(value);
        err_set(err, ERR_USAGE, "%s: there is no $%s", option, text + 4);
        return NULL;
    }
    if (strncmp(text, "file:", 5) != 0)
        return xstrdup(text);
    if (io_read_file(io_system(), text + 5, 4096, &bytes, err) < 0)
        return NULL;
    key = str_trim(bytes);
    copy = xmemdup(key.ptr, key.len);
    free((char *)(uintptr_t)bytes.ptr);
    return copy;
}

int target_find(struct target *out, const struct target_words *w, struct err *err)
{
    const struct settings_source *source;

    *out = (struct target){0};
    if (w->url) {
        size_t len = strlen(w->url);

        while (len && w->url[len - 1] == '/')
            len--;
        out->key = target_read_key("--key", w->key, err);
        out->url = xmemdup(w->url, len);
        return out->key ? 0 : -1;
    }
    if (load_settings(&out->settings, w->config, err) < 0) {
        err->code = ERR_IO; /* what is wrong in the file is no misuse of this command */
        return -1;
    }
    source = choose_source(out->settings, w, err);
    if (!source)
        return -1;
    out->key = xstrdup(source->key);
    out->source = xstrdup(source->name);
    out->url = address_find(out->settings, "collector", &out->settings->collector.listen);
    return 0;
}

void target_free(struct target *t)
{
    free(t->url);
    free(t->key);
    free(t->source);
    settings_free(t->settings);
    *t = (struct target){0};
}
