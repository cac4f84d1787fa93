/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: the section `flows`: keys that sign flow ids, and what they must satisfy.
 *
 * A key that everybody knows lets anybody make flows, so the placeholders of manuals and of the
 * systems that Weir's flows come from are refused. */
#include "settings/flows.h"

#include "base/mem.h"

enum { FLOW_KEY_MIN = 16, FLOW_KEY_MAX = 1024, FLOW_KEYS_MAX = 16, DEVICES_DAYS_MAX = 31 };

#define DAY_US INT64_C(86400000000)
#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool is_placeholder(struct str key)
{
    static const char *const known[] = {"YOU MUST CHANGE ME", "changeme",   "change-me",
                                        "change_me",          "replace me", "replaceme",
                                        "placeholder"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct str word = str_from(known[i]);

        for (size_t at = 0; at + word.len <= key.len; at++)
            if (str_eq_nocase(str_slice(key, at, at + word.len), word))
                return true;
    }
    for (size_t i = 1; i < key.len; i++)
        if (key.ptr[i] != key.ptr[0])
            return false;
    return true; /* one character, many times */
}

static void check_keys(struct reader *r, int line, const struct settings_list *keys)
{
    if (keys->count > FLOW_KEYS_MAX)
        reader_complain(r, line, "`keys` holds more than %d keys", FLOW_KEYS_MAX);
    for (size_t i = 0; i < keys->count && !r->failed; i++) {
        struct str key = str_from(keys->items[i]);

        if (key.len < FLOW_KEY_MIN || key.len > FLOW_KEY_MAX || is_placeholder(key))
            reader_complain(r, line,
                            "key %zu of `flows` is %s: whoever knows it makes flows. Make one "
                            "with: openssl rand -hex 32",
                            i + 1,
                            key.len < FLOW_KEY_MIN   ? "shorter than 16 bytes"
                            : key.len > FLOW_KEY_MAX ? "longer than 1024 bytes"
                                                     : "a placeholder");
        for (size_t k = 0; k < i; k++)
            if (str_is(key, keys->items[k]))
                reader_complain(r, line, "`keys` of `flows` names a key twice");
    }
}

static void check_source(struct reader *r, int line, const struct settings *s)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (!s->sources[i].name || strcmp(s->sources[i].name, s->flows.source) != 0)
            continue;
        if (s->sources[i].any_flow_ids)
            reader_complain(r, line,
                            "`source` of `flows` has `flow_ids: any`: it needs no key, so anybody "
                            "could make flows");
        return;
    }
    reader_complain(r, line, "`source` of `flows` is none of the `sources`: %.80s",
                    s->flows.source);
}

static void read_samples(struct reader *r, const struct yaml *map, struct settings_flows *f)
{
    const struct yaml *samples = reader_section(r, map, "samples", YAML_MAP);

    reader_keys(r, samples, "`samples` of `flows`", KEYS("whole", "half", "tenth"));
    reader_duration(r, samples, "whole", true, &f->whole_us);
    reader_duration(r, samples, "half", true, &f->half_us);
    reader_duration(r, samples, "tenth", true, &f->tenth_us);
}

static void read_devices(struct reader *r, const struct yaml *map, struct settings_flows *f)
{
    const struct yaml *devices = reader_section(r, map, "devices", YAML_MAP);

    reader_keys(r, devices, "`devices` of `flows`", KEYS("within", "same_day"));
    reader_duration(r, devices, "within", false, &f->devices_within_us);
    reader_bool(r, devices, "same_day", &f->devices_same_day);
    if (devices && !r->failed &&
        (f->devices_within_us % DAY_US || f->devices_within_us < DAY_US ||
         f->devices_within_us > DEVICES_DAYS_MAX * DAY_US))
        reader_complain(r, yaml_get(devices, "within")->line,
                        "`within` must be whole days, 1d to %dd", DEVICES_DAYS_MAX);
}

void flows_read(struct reader *r, const struct yaml *root, struct settings *s)
{
    const struct yaml *map = reader_section(r, root, "flows", YAML_MAP);
    struct settings_flows *f = &s->flows;

    reader_keys(r, map, "flows",
                KEYS("keys", "expiry", "user_agent", "source", "samples", "devices"));
    reader_secrets(r, map, "keys", &f->keys);
    reader_duration(r, map, "expiry", false, &f->expiry_us);
    reader_bool(r, map, "user_agent", &f->user_agent);
    reader_text(r, map, "source", &f->source);
    read_samples(r, map, f);
    read_devices(r, map, f);
    if (!map || r->failed)
        return;
    check_keys(r, map->line, &f->keys);
    if (f->expiry_us > DAY_US)
        reader_complain(r, yaml_get(map, "expiry")->line,
                        "`expiry` must be 24h or less: a flow id that leaked is good for so long");
    if (f->source)
        check_source(r, yaml_get(map, "source")->line, s);
}
