/* SPDX-License-Identifier: Apache-2.0 */
/* cardinality_note.c: what was folded, as the members of a note.
 *
 *   "run":"5f0c…","fields":[{"day":"2026-11-22","source":"website","field":"page","events":12,
 *     "senders":[{"events":10,"error":0,"visitor":"…","ua_browser":"Firefox","country":"DE"},…]},…]
 *
 * `events` is what came since the note before. `senders` are those of the day so far, as this process (`run`)
 * knows them: the last list of a run counts. They are told again once the events have grown by an eighth, so
 * that a flood that goes on for a day fills no journal with them. */
#include "admit/cardinality_inside.h"
#include "base/datetime.h"

enum { NOTE_MAX = 64 * 1024, FIELD_MAX = 6 * 1024 };

static bool senders_are_due(const struct folded_day *d)
{
    return d->events - d->senders_noted > d->senders_noted / 8;
}

static void put_day(struct buf *out, struct folded_day *d, struct str source, struct str field,
                    bool all)
{
    char date[DATETIME_SIZE];

    datetime_format_date(date, d->day * DATETIME_DAY_US);
    buf_printf(out, "{\"day\":\"%s\",\"source\":", date);
    buf_json(out, source);
    buf_str(out, STR(",\"field\":"));
    buf_json(out, field);
    buf_printf(out, ",\"events\":%llu", (unsigned long long)(d->events - d->noted));
    d->noting = d->events;
    if (all || senders_are_due(d)) {
        buf_str(out, STR(",\"senders\":"));
        senders_to_json(&d->senders, out);
        d->senders_noted = d->events;
    }
    buf_char(out, '}');
}

size_t cardinality_note(struct cardinality *c, bool last,
                        struct str (*name_of)(void *ctx, unsigned source), void *ctx,
                        struct buf *out)
{
    size_t named = 0, begin = out->len;

    buf_printf(out, "\"run\":\"%s\",\"fields\":[", c->run);
    for (size_t i = 0, n = cardinality_count(c); i < n; i++) {
        struct value_budget *b = cardinality_at(c, i);

        pthread_mutex_lock(&b->mtx);
        for (int k = 0; k < 2; k++) {
            struct folded_day *d = k == 0 ? &b->before : &b->today;

            if ((d->events == d->noted && !(last && d->senders_noted < d->events)) ||
                out->len - begin > NOTE_MAX - FIELD_MAX)
                continue;
            if (named++ > 0)
                buf_char(out, ',');
            put_day(out, d, name_of(ctx, b->source), b->field, last || k == 0);
        }
        pthread_mutex_unlock(&b->mtx);
    }
    buf_char(out, ']');
    return named;
}

static void settle(struct folded_day *d, bool durable)
{
    if (d->noting && durable)
        d->noted = d->noting;
    else if (d->noting)
        d->senders_noted = 0;
    d->noting = 0;
}

void cardinality_noted(struct cardinality *c, bool durable)
{
    for (size_t i = 0, n = cardinality_count(c); i < n; i++) {
        struct value_budget *b = cardinality_at(c, i);

        pthread_mutex_lock(&b->mtx);
        settle(&b->before, durable);
        settle(&b->today, durable);
        pthread_mutex_unlock(&b->mtx);
    }
}
