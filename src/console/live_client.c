/* SPDX-License-Identifier: Apache-2.0 */
/* live_client.c: what one client gets of the stream, and in which words.
 *
 *   id: 4211                                   the position, by which a stream is resumed
 *   event: accepted | quarantined
 *   data: {"position":4211,"id":...}           a line as `weir tail` shows it
 *
 *   id: 4215
 *   event: count                               at most once a second, where it has changed
 *   data: {"read":90,"matched":30,"position":4215}
 *
 *   event: skipped                             likewise
 *   data: {"skipped":12,"rate":12,"slow":0,"large":0,"unread":0,"damaged":0}
 *
 * Promise: the queue never holds more than LIVE_QUEUE_BYTES, and always whole messages; whatever fits
 * the filter is in it or counted as left out. */
#include "console/live_client.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    TELL_EVERY_US = 1000000,
    NOTICE_BYTES = 1024, /* room that events leave for notices */
};

static bool has_room(const struct live_client *c, size_t len, size_t most)
{
    return c->queue.len - c->taken + len <= most;
}

/* What was taken makes room only here, so that most takes move nothing. */
static void put(struct live_client *c, struct str bytes)
{
    if (c->taken > 0 && c->queue.len + bytes.len > LIVE_QUEUE_BYTES) {
        memmove(c->queue.ptr, c->queue.ptr + c->taken, c->queue.len - c->taken);
        c->queue.len -= c->taken;
        c->taken = 0;
    }
    buf_str(&c->queue, bytes);
    CHECK(!buf_failed(&c->queue));
}

static struct str render(struct live_rendered *r, bool hidden)
{
    struct buf *out = &r->text[hidden];
    const struct record *record = r->event->record;

    if (!r->made[hidden]) {
        buf_reset(out, LIVE_EVENT_BYTES);
        buf_printf(out, "id: %" PRId64 "\nevent: %s\ndata: ", r->event->position,
                   record->flags & RECORD_QUARANTINED ? "quarantined" : "accepted");
        record_to_json(out, record, r->event->position, hidden);
        buf_char(out, '\n');
        r->made[hidden] = true;
    }
    return buf_failed(out) ? STR_NONE : buf_as_str(out);
}

static bool is_in_rate(struct live_client *c, int64_t now_us)
{
    int64_t second = now_us / 1000000;

    if (second != c->second) {
        c->second = second;
        c->sent_in_second = 0;
    }
    return c->sent_in_second++ < c->ask.rate;
}

static bool wants(const struct live_client *c, const struct feed_event *e)
{
    if (c->ask.sample > 1 && (uint64_t)e->position % c->ask.sample != 0)
        return false;
    return feed_fits(&c->ask.filter, e->record);
}

bool live_client_offer(struct live_client *c, struct live_rendered *r, int64_t now_us)
{
    size_t most = (c->catching_up ? LIVE_QUEUE_BYTES / 2 : LIVE_QUEUE_BYTES) - NOTICE_BYTES;
    struct str text;

    if (r->event->position <= c->from)
        return false;
    c->position = r->event->position;
    c->read++;
    if (!wants(c, r->event))
        return false;
    c->matched++;
    if (!is_in_rate(c, now_us)) {
        c->lost[LIVE_LOST_RATE]++;
        return false;
    }
    text = render(r, c->ask.show_hidden);
    if (!text.ptr)
        c->lost[LIVE_LOST_LARGE]++;
    else if (!has_room(c, text.len, most))
        c->lost[LIVE_LOST_SLOW]++;
    else
        put(c, text);
    return c->queue.len > c->taken;
}

static uint64_t lost_in_all(const struct live_client *c)
{
    uint64_t sum = 0;

    for (int i = 0; i < LIVE_LOST_COUNT; i++)
        sum += c->lost[i];
    return sum;
}

static void put_skipped(struct live_client *c, uint64_t lost, struct buf *out)
{
    buf_printf(out,
               "event: skipped\ndata: {\"skipped\":%" PRIu64 ",\"rate\":%" PRIu64
               ",\"slow\":%" PRIu64 ",\"large\":%" PRIu64 ",\"unread\":%" PRIu64
               ",\"damaged\":%" PRIu64 "}\n\n",
               lost, c->lost[LIVE_LOST_RATE], c->lost[LIVE_LOST_SLOW], c->lost[LIVE_LOST_LARGE],
               c->lost[LIVE_LOST_UNREAD], c->lost[LIVE_LOST_DAMAGED]);
}

void live_client_notices(struct live_client *c, int64_t now_us)
{
    uint64_t lost = lost_in_all(c);
    AUTO_BUF text;

    buf_init(&text, NOTICE_BYTES);
    if (now_us - c->told_us < TELL_EVERY_US || (c->read == c->told_read && lost == c->told_lost))
        return;
    if (c->read != c->told_read)
        buf_printf(&text,
                   "id: %" PRId64 "\nevent: count\ndata: {\"read\":%" PRIu64 ",\"matched\":%" PRIu64
                   ",\"position\":%" PRId64 "}\n\n",
                   c->position, c->read, c->matched, c->position);
    if (lost != c->told_lost)
        put_skipped(c, lost, &text);
    CHECK(!buf_failed(&text));
    if (!has_room(c, text.len, LIVE_QUEUE_BYTES))
        return; /* said when it has read some of it */
    put(c, buf_as_str(&text));
    c->told_read = c->read;
    c->told_lost = lost;
    c->told_us = now_us;
}

size_t live_client_take(struct live_client *c, char *out, size_t max)
{
    size_t len = c->queue.len - c->taken;

    if (len > max)
        len = max;
    if (len > 0)
        memcpy(out, c->queue.ptr + c->taken, len);
    c->taken += len;
    if (c->taken == c->queue.len) {
        buf_reset(&c->queue, LIVE_EVENT_BYTES);
        c->taken = 0;
    }
    return len;
}

void live_client_beat(struct live_client *c, int64_t now_us)
{
    if (now_us - c->wrote_us >= LIVE_BEAT_S * INT64_C(1000000))
        put(c, STR(": beat\n\n"));
}

/* The newest messages, as they come: the oldest give way. */
struct newest {
    char *texts[LIVE_LAST_MAX];
    size_t lens[LIVE_LAST_MAX];
    size_t first, count, most;
    size_t bytes;
};

static void drop_oldest(struct newest *n)
{
    free(n->texts[n->first]);
    n->bytes -= n->lens[n->first];
    n->first = (n->first + 1) % LIVE_LAST_MAX;
    n->count--;
}

static void add_newest(struct newest *n, struct str text)
{
    size_t at;

    if (n->most == 0)
        return;
    while (n->count > 0 && (n->count == n->most || n->bytes + text.len > LIVE_QUEUE_BYTES / 2))
        drop_oldest(n);
    at = (n->first + n->count) % LIVE_LAST_MAX;
    n->texts[at] = xmemdup(text.ptr, text.len);
    n->lens[at] = text.len;
    n->bytes += text.len;
    n->count++;
}

static void note_caught(struct live_client *c, struct newest *n, const struct feed_event *event,
                        struct buf text[2])
{
    struct live_rendered r = {.event = event, .text = text};
    struct str rendered;

    if (!wants(c, event))
        return;
    rendered = render(&r, c->ask.show_hidden);
    if (rendered.ptr)
        add_newest(n, rendered);
    else
        c->lost[LIVE_LOST_LARGE]++;
}

static int read_back(struct live_client *c, struct newest *n, struct feed *f, struct err *err)
{
    struct buf text[2];
    struct feed_event event;
    uint64_t fitted = 0;
    int got = 1;

    buf_init(&text[0], LIVE_EVENT_BYTES);
    buf_init(&text[1], LIVE_EVENT_BYTES);
    while (got != 0) {
        got = feed_next(f, &event, err);
        if (got < 0 && err->code != ERR_CORRUPT)
            break;
        if (got < 0)
            c->lost[LIVE_LOST_DAMAGED]++;
        if (got <= 0)
            continue;
        if (event.position > c->from)
            break;
        fitted += wants(c, &event);
        note_caught(c, n, &event, text);
    }
    if (c->ask.resume_after >= 0)
        c->lost[LIVE_LOST_RATE] += fitted - n->count - c->lost[LIVE_LOST_LARGE];
    buf_free(&text[0]);
    buf_free(&text[1]);
    return got < 0 && err->code != ERR_CORRUPT ? -1 : 0;
}

int live_client_catch_up(struct live_client *c, const char *journal_dir, struct err *err)
{
    bool resumes = c->ask.resume_after >= 0 && c->ask.resume_after <= c->from;
    struct newest n = {.most = resumes ? LIVE_LAST_MAX : c->ask.last};
    int64_t after = c->from > LIVE_LOOK_BACK ? c->from - LIVE_LOOK_BACK : 0;
    struct feed *f;
    int status;

    if (n.most == 0)
        return 0;
    if (resumes && c->ask.resume_after > after)
        after = c->ask.resume_after;
    else if (resumes)
        c->lost[LIVE_LOST_UNREAD] = (uint64_t)(after - c->ask.resume_after);
    if (feed_open(&f, journal_dir, after, err) < 0)
        return -1;
    status = read_back(c, &n, f, err);
    feed_close(f);
    for (; n.count > 0; drop_oldest(&n))
        if (status == 0)
            put(c, str_of(n.texts[n.first], n.lens[n.first]));
    return status;
}

void live_client_put_before(struct live_client *c, const struct live_client *before)
{
    struct buf both;

    buf_init(&both, LIVE_QUEUE_BYTES);
    buf_str(&both, buf_as_str(&before->queue));
    buf_str(&both, str_slice(buf_as_str(&c->queue), c->taken, c->queue.len));
    CHECK(!buf_failed(&both));
    buf_free(&c->queue);
    c->queue = both;
    c->taken = 0;
    for (int i = 0; i < LIVE_LOST_COUNT; i++)
        c->lost[i] += before->lost[i];
    c->catching_up = false;
}
