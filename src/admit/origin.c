/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c: browser, system, country and visitor of an address and a user agent.
 *
 * The last ones are remembered by each thread. The raw text stays in that thread's memory until
 * something else takes its place, or the daily keys change: then all of it is forgotten. */
#include <stdatomic.h>

#include "admit/protect.h"
#include "base/datetime.h"

enum { ENTRIES = 64, TEXT_MAX = 512 };

struct entry {
    bool used;
    int64_t day;
    size_t ip_len, user_agent_len;
    char text[TEXT_MAX]; /* the address and the user agent behind it */
    char parsed[256]; /* what origin.ua points to */
    struct origin origin;
};

static _Thread_local struct {
    const struct pseudonyms *keys;
    unsigned generation, turn;
    struct entry entries[ENTRIES];
} memory;
static _Thread_local struct origin uncached;

static bool is_entry(const struct entry *e, int64_t day, struct str ip, struct str user_agent)
{
    return e->used && e->day == day && e->ip_len == ip.len && e->user_agent_len == user_agent.len &&
           (ip.len == 0 || memcmp(e->text, ip.ptr, ip.len) == 0) &&
           (user_agent.len == 0 || memcmp(e->text + ip.len, user_agent.ptr, user_agent.len) == 0);
}

static int find_out(const struct admission_opts *parts, int64_t received_us, struct str ip,
                    struct str user_agent, struct arena *a, struct origin *out)
{
    memset(out, 0, sizeof *out);
    /* What the expressions would cut out of bytes that are no text would be none either. */
    if (user_agent.len && str_is_utf8(user_agent) &&
        useragent_parse(parts->useragents, user_agent, a, &out->ua) < 0)
        return -1;
    if (!ip.len || !place_country(parts->places, ip, out->country))
        out->country[0] = '\0';
    if (!pseudonym_is_blank(ip) || !pseudonym_is_blank(user_agent)) {
        pseudonym_make_daily(parts->pseudonyms, PSEUDONYM_VISITOR, received_us, user_agent, ip,
                             &out->visitor, &out->visitor_epoch);
        out->has_visitor = true;
    }
    return 0;
}

static bool keep_text(struct entry *e, size_t *used, struct str *s)
{
    if (!s->ptr)
        return true;
    if (s->len > sizeof e->parsed - *used)
        return false;
    memcpy(e->parsed + *used, s->ptr, s->len);
    *s = str_of(e->parsed + *used, s->len);
    *used += s->len;
    return true;
}

const struct origin *origin_find(const struct admission_opts *parts, int64_t received_us,
                                 struct str ip, struct str user_agent, struct arena *a)
{
    unsigned generation = pseudonyms_generation(parts->pseudonyms);
    int64_t day = received_us / DATETIME_DAY_US;
    size_t used = 0, at;
    struct entry *e;

    if (memory.keys != parts->pseudonyms || memory.generation != generation) {
        explicit_bzero(memory.entries, sizeof memory.entries);
        memory.keys = parts->pseudonyms;
        memory.generation = generation;
    }
    /* Two places for each, so that two clients that meet do not push each other out. */
    at = (protect_place(ip) ^ user_agent.len) % ENTRIES;
    for (size_t i = 0; i < 2; i++)
        if (is_entry(&memory.entries[at ^ i], day, ip, user_agent))
            return &memory.entries[at ^ i].origin;
    e = &memory.entries[at ^ (memory.turn++ & 1)];
    if (find_out(parts, received_us, ip, user_agent, a, &uncached) < 0)
        return NULL;
    if (ip.len + user_agent.len > TEXT_MAX)
        return &uncached;
    e->used = false;
    e->origin = uncached;
    if (!keep_text(e, &used, &e->origin.ua.browser) ||
        !keep_text(e, &used, &e->origin.ua.version) || !keep_text(e, &used, &e->origin.ua.os))
        return &uncached;
    if (ip.len)
        memcpy(e->text, ip.ptr, ip.len);
    if (user_agent.len)
        memcpy(e->text + ip.len, user_agent.ptr, user_agent.len);
    e->ip_len = ip.len;
    e->user_agent_len = user_agent.len;
    e->day = day;
    e->used = true;
    return &e->origin;
}
