/* SPDX-License-Identifier: Apache-2.0 */
/* unauthorised.c: counts in memory between two notes.
 *
 * A day's list is small, so a host is found by going through the list of their hashes. The list of the day
 * before is kept beside today's until another day begins, so that its last counts are noted. After a
 * restart the list begins anew, and a host is named as if for the first time: whoever sums the notes
 * keeps the earliest.
 *
 * A note has room for some hundred hosts. Those that found none are told before any host is told again, so
 * that a flood under a thousand names hides no others. */
#include "admit/unauthorised.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"

enum { LIST_FIRST = 8, ENTRY_NOTE_MAX = 8 * UNAUTHORISED_TEXT_MAX + 512 };

struct seen {
    char *domain; /* as it is noted */
    char *page, *title, *referrer; /* of the first; NULL: absent, or noted */
    int64_t first_us, last_us;
    uint64_t events, noted, noting;
    uint64_t turn; /* in which it was told last */
};

struct day_list {
    int64_t day;
    size_t count, cap;
    struct seen *list;
    uint64_t *hashes;
};

struct unauthorised {
    size_t sources;
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct day_list (*days)[2]; /* by source: today's, the day before's */
    uint64_t turn; /* a pass over all lists, in as many notes as it takes */
};

struct unauthorised *unauthorised_new(size_t sources)
{
    struct unauthorised *u = xcalloc(1, sizeof *u);

    CHECK(pthread_mutex_init(&u->mtx, NULL) == 0);
    u->sources = sources;
    u->turn = 1;
    u->days = xcalloc(sources + 1, sizeof *u->days);
    return u;
}

static void forget_details(struct seen *s)
{
    free(s->page);
    free(s->title);
    free(s->referrer);
    s->page = s->title = s->referrer = NULL;
}

static void empty(struct day_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        forget_details(&l->list[i]);
        free(l->list[i].domain);
    }
    free(l->list);
    free(l->hashes);
    *l = (struct day_list){0};
}

void unauthorised_free(struct unauthorised *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->sources; i++) {
        empty(&u->days[i][0]);
        empty(&u->days[i][1]);
    }
    free(u->days);
    pthread_mutex_destroy(&u->mtx);
    free(u);
}

/* What is no text is left out, and what steers a terminal becomes a blank. NULL where nothing is left. */
static char *clean(struct str s)
{
    char *copy;

    if (s.len == 0 || !str_is_utf8(s))
        return NULL;
    copy = xmemdup(s.ptr, str_utf8_cut(s, UNAUTHORISED_TEXT_MAX));
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return copy;
}

static char *clean_until(struct str s, const char *ends)
{
    size_t end = 0;

    while (end < s.len && !strchr(ends, s.ptr[end]))
        end++;
    return clean(str_slice(s, 0, end));
}

/* A host has letters, digits, dots, dashes and what lies beyond ASCII; in another's place stands a word of
 * ours. Returns the length. */
static size_t host_text(char out[UNAUTHORISED_TEXT_MAX + 1], struct str domain)
{
    static const char others[] = "-._:[]";

    if (domain.len == 0)
        return (size_t)snprintf(out, UNAUTHORISED_TEXT_MAX, "(none)");
    for (size_t i = 0; i < domain.len && i <= UNAUTHORISED_TEXT_MAX; i++) {
        unsigned char c = (unsigned char)ascii_lower(domain.ptr[i]);

        if (i == UNAUTHORISED_TEXT_MAX || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                            c >= 0x80 || (c && strchr(others, c))))
            return (size_t)snprintf(out, UNAUTHORISED_TEXT_MAX, "(no host name)");
        out[i] = (char)c;
    }
    out[domain.len] = '\0';
    return str_is_utf8(str_of(out, domain.len))
               ? domain.len
               : (size_t)snprintf(out, UNAUTHORISED_TEXT_MAX, "(no host name)");
}

/* Today's list of a source. A receipt of a day that has passed counts for the day before, if that is it. */
static struct day_list *list_of(struct unauthorised *u, unsigned source, int64_t day)
{
    struct day_list *today = &u->days[source][0], *before = &u->days[source][1];

    if (today->count == 0)
        today->day = day;
    if (day == today->day)
        return today;
    if (before->count > 0 && day == before->day)
        return before;
    empty(before);
    *before = *today;
    *today = (struct day_list){.day = day};
    return today;
}

static struct seen *append(struct day_list *l, uint64_t hash, struct str domain)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? 2 * l->cap : LIST_FIRST;
        l->list = xrealloc(l->list, l->cap, sizeof *l->list);
        l->hashes = xrealloc(l->hashes, l->cap, sizeof *l->hashes);
    }
    l->hashes[l->count] = hash;
    l->list[l->count] = (struct seen){.domain = xmemdup(domain.ptr, domain.len)};
    return &l->list[l->count++];
}

static struct seen *find(const struct day_list *l, uint64_t hash, struct str domain)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->hashes[i] == hash && str_is(domain, l->list[i].domain))
            return &l->list[i];
    return NULL;
}

void unauthorised_count(struct unauthorised *u, unsigned source, int64_t received_us,
                        const struct unauthorised_sighting *seen)
{
    char text[UNAUTHORISED_TEXT_MAX + 1];
    struct str domain = str_of(text, host_text(text, seen->domain));
    uint64_t hash = str_hash(domain);
    struct day_list *l;
    struct seen *s;

    CHECK(source < u->sources);
    pthread_mutex_lock(&u->mtx);
    l = list_of(u, source, received_us / DATETIME_DAY_US);
    s = find(l, hash, domain);
    if (!s && l->count >= UNAUTHORISED_DOMAINS) {
        domain = STR("(other)");
        hash = str_hash(domain);
        s = find(l, hash, domain);
        if (!s)
            s = append(l, hash, domain);
    } else if (!s) {
        s = append(l, hash, domain);
        s->page = clean_until(seen->page, "?#");
        s->title = clean(seen->title);
        s->referrer = clean_until(seen->referrer, "?#");
    }
    if (s->events == 0 || received_us < s->first_us)
        s->first_us = received_us;
    if (received_us > s->last_us)
        s->last_us = received_us;
    s->events++;
    pthread_mutex_unlock(&u->mtx);
}

static void put_time(struct buf *out, const char *name, int64_t us)
{
    char text[DATETIME_SIZE];

    datetime_format(text, us, DATETIME_MICROSECONDS);
    buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    if (!text)
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json(out, str_from(text));
}

static void put_seen(struct buf *out, int64_t day, struct str source, struct seen *s)
{
    char date[DATETIME_SIZE];

    datetime_format_date(date, day * DATETIME_DAY_US);
    buf_printf(out, "{\"day\":\"%s\",\"source\":", date);
    buf_json(out, source);
    put_text(out, "domain", s->domain);
    buf_printf(out, ",\"events\":%llu", (unsigned long long)(s->events - s->noted));
    put_time(out, "first_seen", s->first_us);
    put_time(out, "last_seen", s->last_us);
    put_text(out, "page", s->page);
    put_text(out, "title", s->title);
    put_text(out, "referrer", s->referrer);
    buf_char(out, '}');
    s->noting = s->events;
}

/* Those that this turn has not told yet. *full: one found no room. */
static size_t note_list(const struct unauthorised *u, struct day_list *l, struct str source,
                        struct buf *out, size_t most, bool *full)
{
    size_t named = 0;

    for (size_t i = 0; i < l->count; i++) {
        struct seen *s = &l->list[i];

        if (s->events == s->noted || s->turn == u->turn)
            continue;
        if (out->len > most - ENTRY_NOTE_MAX) {
            *full = true;
            break;
        }
        if (out->ptr[out->len - 1] != '[')
            buf_char(out, ',');
        put_seen(out, l->day, source, s);
        s->turn = u->turn;
        named++;
    }
    return named;
}

size_t unauthorised_note(struct unauthorised *u, struct str (*name_of)(void *ctx, unsigned source),
                         void *ctx, struct buf *out)
{
    size_t named = 0, most = out->len + UNAUTHORISED_NOTE_MAX;
    bool full = false;

    buf_str(out, STR("\"domains\":["));
    pthread_mutex_lock(&u->mtx);
    for (int pass = 0; pass < 2 && named == 0; pass++) {
        for (unsigned i = 0; i < u->sources; i++)
            for (int k = 2; k-- > 0;) /* the day before first: it may be dropped next */
                named += note_list(u, &u->days[i][k], name_of(ctx, i), out, most, &full);
        if (!full)
            u->turn++; /* who was told first in this one may be told again */
    }
    pthread_mutex_unlock(&u->mtx);
    buf_char(out, ']');
    return named;
}

void unauthorised_noted(struct unauthorised *u, bool durable)
{
    pthread_mutex_lock(&u->mtx);
    if (!durable)
        u->turn++;
    for (size_t i = 0; i < 2 * u->sources; i++) {
        struct day_list *l = &u->days[i / 2][i % 2];

        for (size_t k = 0; k < l->count; k++) {
            struct seen *s = &l->list[k];

            if (s->noting && durable) {
                s->noted = s->noting;
                forget_details(s);
            }
            s->noting = 0;
        }
    }
    pthread_mutex_unlock(&u->mtx);
}
