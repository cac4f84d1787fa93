/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: keys, origins, lists of events, bounds and counters of the sources in the settings. */
#include "admit/source.h"

#include <stdlib.h>

#include "admit/bounds.h"
#include "admit/domain.h"
#include "base/check.h"
#include "base/mem.h"

struct source {
    struct str name, key;
    unsigned number;
    enum source_kind kind;
    bool strict, any_flow;
    struct str *origins, *events, *domains, *skip_domains;
    size_t origin_count, event_count, domain_count, skip_domain_count;
    struct bucket rate, foreign_rate, aside_rate;
    struct daily aside_daily;
    _Atomic uint64_t counters[SOURCE_COUNTER_COUNT];
};

struct sources {
    struct source *list;
    size_t count;
};

static struct str copy(const char *z)
{
    return str_from(xstrdup(z));
}

static struct str *copy_list(const struct settings_list *list, size_t *count)
{
    struct str *out = xcalloc(list->count + 1, sizeof *out);

    for (size_t i = 0; i < list->count; i++)
        out[i] = copy(list->items[i]);
    *count = list->count;
    return out;
}

static void init_source(struct source *s, const struct settings_source *from,
                        const struct settings_quarantine *aside, unsigned number)
{
    s->name = copy(from->name);
    s->key = copy(from->key);
    s->number = number;
    s->kind = from->kind;
    s->strict = from->strict;
    s->any_flow = from->any_flow_ids;
    s->origins = copy_list(&from->origins, &s->origin_count);
    s->events = copy_list(&from->events, &s->event_count);
    s->domains = copy_list(&from->domains, &s->domain_count);
    s->skip_domains = copy_list(&from->skip_domains, &s->skip_domain_count);
    bucket_init(&s->rate, from->rate_per_s);
    bucket_init(&s->foreign_rate, from->rate_per_s);
    bucket_init(&s->aside_rate, aside->rate_per_s);
    daily_init(&s->aside_daily, aside->daily_bytes ? aside->daily_bytes : DAILY_MAX);
}

int sources_new(struct sources **out, const struct settings *settings, struct err *err)
{
    struct sources *all;

    for (size_t i = 0; i < settings->source_count; i++) {
        const struct settings_source *s = settings->sources + i;

        if (!s->name || !s->key || !*s->key)
            return err_set(err, ERR_USAGE, "make source %zu: it has no name or no key", i + 1);
    }
    all = xcalloc(1, sizeof *all);
    all->list = xcalloc(settings->source_count + 1, sizeof *all->list);
    all->count = settings->source_count;
    for (size_t i = 0; i < all->count; i++)
        init_source(all->list + i, settings->sources + i, &settings->quarantine, (unsigned)i);
    *out = all;
    return 0;
}

static void free_list(struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)list[i].ptr);
    free(list);
}

void sources_free(struct sources *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++) {
        struct source *s = all->list + i;

        explicit_bzero((char *)s->key.ptr, s->key.len);
        free((char *)s->key.ptr);
        free((char *)s->name.ptr);
        free_list(s->origins, s->origin_count);
        free_list(s->events, s->event_count);
        free_list(s->domains, s->domain_count);
        free_list(s->skip_domains, s->skip_domain_count);
    }
    free(all->list);
    free(all);
}

size_t sources_count(const struct sources *all)
{
    return all->count;
}

struct source *sources_at(struct sources *all, size_t index)
{
    CHECK(index < all->count);
    return all->list + index;
}

/* The time depends on the length of what was sent alone. */
static unsigned differs(struct str secret, struct str sent)
{
    unsigned diff = secret.len != sent.len;

    for (size_t i = 0; i < sent.len; i++)
        diff |= (unsigned char)secret.ptr[i < secret.len ? i : 0] ^ (unsigned char)sent.ptr[i];
    return diff;
}

struct source *sources_by_key(struct sources *all, struct str key)
{
    size_t found = SIZE_MAX;

    if (key.len == 0)
        return NULL;
    for (size_t i = 0; i < all->count; i++) {
        size_t same = (size_t)0 - (size_t)(differs(all->list[i].key, key) == 0);

        found = (i & same) | (found & ~same);
    }
    return found == SIZE_MAX ? NULL : all->list + found;
}

struct source *sources_by_name(struct sources *all, struct str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_eq(all->list[i].name, name))
            return all->list + i;
    return NULL;
}

struct str source_name(const struct source *s)
{
    return s->name;
}

unsigned source_number(const struct source *s)
{
    return s->number;
}

enum source_kind source_kind(const struct source *s)
{
    return s->kind;
}

bool source_is_strict(const struct source *s)
{
    return s->strict;
}

bool source_takes_any_flow(const struct source *s)
{
    return s->any_flow;
}

bool source_allows_origin(const struct source *s, struct str origin)
{
    for (size_t i = 0; i < s->origin_count; i++)
        if (str_eq(s->origins[i], origin))
            return true;
    return false;
}

/* `*` stands for any text, dots included. Where a part fails to match, the last star takes one byte
 * more: no more than pattern times name steps. */
static bool matches(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, after_star = 0;

    while (n < name.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            after_star = n;
        } else if (p < pattern.len && ascii_lower(pattern.ptr[p]) == ascii_lower(name.ptr[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++after_star;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool source_allows_event(const struct source *s, struct str name)
{
    if (s->event_count == 0)
        return s->kind != SOURCE_BROWSER;
    for (size_t i = 0; i < s->event_count; i++)
        if (matches(s->events[i], name))
            return true;
    return false;
}

enum source_domain source_judge_domain(const struct source *s, struct str host)
{
    if (host.len > 0 && domain_is_among(host, s->skip_domains, s->skip_domain_count))
        return SOURCE_DOMAIN_SKIPPED;
    if (s->domain_count == 0 || (host.len == 0 && s->kind != SOURCE_BROWSER))
        return SOURCE_DOMAIN_TAKEN;
    return domain_is_among(host, s->domains, s->domain_count) ? SOURCE_DOMAIN_TAKEN
                                                              : SOURCE_DOMAIN_FOREIGN;
}

bool source_may_send(const struct source *s, const struct catalogue_event *entry, struct str name)
{
    return source_allows_event(s, name) && catalogue_event_takes_source(entry, s->name);
}

const struct catalogue_event *source_flow_entry(const struct source *s, const struct catalogue *c,
                                                enum catalogue_flow_role role)
{
    const struct catalogue_event *entry;

    for (size_t i = 0; (entry = catalogue_flow_entry(c, role, i)); i++) {
        struct str name = catalogue_event_name(entry);

        if (str_find(name, '{') == name.len && source_may_send(s, entry, name))
            return entry;
    }
    return NULL;
}

bool source_take(struct source *s, size_t n, int64_t monotonic_us, unsigned *retry_after_s)
{
    return bucket_take(&s->rate, n, monotonic_us, retry_after_s);
}

bool source_take_foreign(struct source *s, size_t n, int64_t monotonic_us, unsigned *retry_after_s)
{
    return bucket_take(&s->foreign_rate, n, monotonic_us, retry_after_s);
}

bool source_take_aside(struct source *s, size_t bytes, int64_t now_us, int64_t monotonic_us)
{
    unsigned wait_s;

    if (!bucket_take(&s->aside_rate, 1, monotonic_us, &wait_s))
        return false;
    if (daily_take(&s->aside_daily, bytes, now_us))
        return true;
    bucket_give_back(&s->aside_rate, 1);
    return false;
}

void source_give_back_aside(struct source *s, size_t bytes, int64_t now_us)
{
    bucket_give_back(&s->aside_rate, 1);
    daily_give_back(&s->aside_daily, bytes, now_us);
}

void source_begin_aside(struct source *s, uint64_t bytes, int64_t now_us)
{
    daily_begin(&s->aside_daily, bytes, now_us);
}

void source_count(struct source *s, enum source_counter which, size_t n)
{
    CHECK(which < SOURCE_COUNTER_COUNT);
    atomic_fetch_add_explicit(&s->counters[which], n, memory_order_relaxed);
}

uint64_t source_counted(const struct source *s, enum source_counter which)
{
    CHECK(which < SOURCE_COUNTER_COUNT);
    return atomic_load_explicit((_Atomic uint64_t *)&s->counters[which], memory_order_relaxed);
}
