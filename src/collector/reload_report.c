/* SPDX-License-Identifier: Apache-2.0 */
/* reload_report.c: what a reload found, as JSON. */
#include "base/check.h"
#include "base/mem.h"
#include "collector/reload.h"

const char *reload_end_name(enum reload_end end)
{
    static const char *const names[] = {"done", "same", "tried", "broken", "unsafe", "failed"};

    CHECK((size_t)end < ARRAY_LEN(names));
    return names[end];
}

static void put_hash(struct buf *out, const char *key, const uint8_t *hash)
{
    char hex[2 * CATALOGUE_HASH_BYTES];

    hex_encode(hex, hash, CATALOGUE_HASH_BYTES);
    buf_printf(out, ",\"%s\":\"%.*s\"", key, (int)sizeof hex, hex);
}

static void put_names(struct buf *out, const char *key, const struct reload_names *n)
{
    buf_printf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < n->count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json(out, str_from(n->list[i]));
    }
    buf_printf(out, "],\"%s_more\":%zu", key, n->more);
}

static void put_number(struct buf *out, const char *key, uint64_t n)
{
    buf_printf(out, "\"%s\":%llu,", key, (unsigned long long)n);
}

static void put_trial(struct buf *out, const struct trial *t)
{
    buf_str(out, STR(",\"dry_run\":{"));
    put_number(out, "checked", t->checked);
    put_number(out, "would_quarantine", t->would_quarantine);
    put_number(out, "quarantined", t->quarantined);
    put_number(out, "would_pass", t->would_pass);
    put_number(out, "unfit", t->unfit);
    put_number(out, "unreadable", t->unreadable);
    put_number(out, "further", t->other_kinds);
    buf_str(out, STR("\"why\":["));
    for (size_t i = 0; i < t->kind_count; i++) {
        buf_str(out, i > 0 ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_json(out, str_from(t->kinds[i].name));
        buf_printf(out, ",\"code\":\"%s\",\"path\":", fault_code_name(t->kinds[i].code));
        buf_json(out, str_from(t->kinds[i].path));
        buf_printf(out, ",\"events\":%llu}", (unsigned long long)t->kinds[i].events);
    }
    buf_str(out, STR("]}"));
}

static void put_problems(struct buf *out, const struct problems *p)
{
    AUTO_BUF line;

    buf_init(&line, 64 * 1024);
    buf_printf(out, ",\"errors\":%zu,\"more\":%zu,\"problems\":[", p->errors, p->more);
    for (size_t i = 0; i < p->count; i++) {
        buf_reset(&line, 64 * 1024);
        problem_format(&line, &p->list[i]);
        if (i > 0)
            buf_char(out, ',');
        buf_json(out, buf_as_str(&line));
    }
    buf_char(out, ']');
}

void reload_report_to_json(struct buf *out, const struct reload_report *r)
{
    buf_printf(out, "\"end\":\"%s\"", reload_end_name(r->end));
    put_problems(out, &r->problems);
    if (r->compared) {
        buf_printf(out, ",\"events\":%zu,\"events_before\":%zu", r->events, r->events_before);
        put_hash(out, "hash", r->hash);
        put_hash(out, "before", r->before);
        put_names(out, "added", &r->added);
        put_names(out, "removed", &r->removed);
        put_names(out, "changed", &r->changed);
    }
    if (r->tried)
        put_trial(out, &r->trial);
    buf_printf(out, ",\"position\":%lld,\"unnoted\":%s", (long long)r->position,
               r->unnoted ? "true" : "false");
}
