/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c: pseudonyms, with the last ones remembered by each thread.
 *
 * A session sends many events, and a keyed hash costs as much as the rest of its record. The raw text
 * stays in the thread's memory until another takes its place, or the daily keys change: then all of
 * it is forgotten, so that nothing here outlives the key of its day. */
#include "admit/protect.h"
#include "base/datetime.h"

enum { ENTRIES = 1024, TEXT_MAX = 64, SCOPE_SESSION = UINT16_MAX };

struct entry {
    uint8_t len; /* 0: empty */
    uint16_t scope;
    uint32_t day, epoch; /* of a session */
    struct pseudonym hash;
    char text[TEXT_MAX];
};

static _Thread_local struct {
    const struct pseudonyms *keys;
    unsigned generation;
    struct entry entries[ENTRIES];
} memory;

/* Its place, whether it is there or not; NULL for a text that is too long to be remembered. */
static struct entry *find(const struct pseudonyms *keys, unsigned scope, struct str text)
{
    unsigned generation = pseudonyms_generation(keys);

    if (memory.keys != keys || memory.generation != generation) {
        explicit_bzero(memory.entries, sizeof memory.entries);
        memory.keys = keys;
        memory.generation = generation;
    }
    return text.len > TEXT_MAX ? NULL : memory.entries + (protect_place(text) + scope) % ENTRIES;
}

static bool is_entry(const struct entry *e, unsigned scope, uint32_t day, struct str text)
{
    return e && e->len == text.len && e->scope == scope && e->day == day &&
           memcmp(e->text, text.ptr, text.len) == 0;
}

static void remember(struct entry *e, unsigned scope, uint32_t day, struct str text,
                     const struct pseudonym *hash, uint32_t epoch)
{
    if (!e)
        return;
    e->len = (uint8_t)text.len;
    e->scope = (uint16_t)scope;
    e->day = day;
    e->epoch = epoch;
    e->hash = *hash;
    memcpy(e->text, text.ptr, text.len);
}

void protect_text(const struct protection *p, unsigned scope, struct str text,
                  struct pseudonym *out)
{
    struct pseudonyms *keys = p->parts->pseudonyms;
    unsigned number = p->scopes[scope];
    struct entry *e = find(keys, number, text);

    if (is_entry(e, number, 0, text)) {
        *out = e->hash;
        return;
    }
    pseudonym_make(keys, number, text, out);
    remember(e, number, 0, text, out, 0);
}

void protect_session(const struct protection *p, struct str text, struct pseudonym *out,
                     uint32_t *epoch)
{
    struct pseudonyms *keys = p->parts->pseudonyms;
    uint32_t day = (uint32_t)(p->req->received_us / DATETIME_DAY_US);
    struct entry *e = find(keys, SCOPE_SESSION, text);

    if (is_entry(e, SCOPE_SESSION, day, text)) {
        *out = e->hash;
        *epoch = e->epoch;
        return;
    }
    pseudonym_make_daily(keys, PSEUDONYM_SESSION, p->req->received_us, text, STR_NONE, out, epoch);
    remember(e, SCOPE_SESSION, day, text, out, *epoch);
}
