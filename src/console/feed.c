/* SPDX-License-Identifier: Apache-2.0 */
/* feed.c: a reader of the journal with the decoder behind it.
 *
 * Leaves to others: waiting for more, and what to do about damage. */
#include "console/feed.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "journal/reader.h"

enum { ARENA_KEEP = 64 * 1024, ARENA_BYTES = 4 * 1024 * 1024, PATTERN_TEXT = 256 };

struct feed {
    struct journal_reader *reader;
    struct arena *arena;
    struct record record;
};

int feed_open(struct feed **out, const char *dir, int64_t after, struct err *err)
{
    struct feed *f = xcalloc(1, sizeof *f);

    if (journal_reader_open(&f->reader, io_system(), dir, after, err) < 0) {
        free(f);
        return -1;
    }
    f->arena = arena_new(ARENA_KEEP, ARENA_BYTES);
    *out = f;
    return 0;
}

int feed_open_near_end(struct feed **out, const char *dir, uint64_t last, struct err *err)
{
    struct feed *f;
    int64_t durable;

    if (feed_open(&f, dir, 0, err) < 0)
        return -1;
    durable = feed_durable(f);
    if (last >= (uint64_t)durable) {
        *out = f;
        return 0;
    }
    feed_close(f);
    return feed_open(out, dir, durable - (int64_t)last, err);
}

void feed_close(struct feed *f)
{
    if (!f)
        return;
    journal_reader_close(f->reader);
    arena_free(f->arena);
    free(f);
}

int64_t feed_durable(struct feed *f)
{
    return journal_reader_durable(f->reader);
}

int feed_next(struct feed *f, struct feed_event *out, struct err *err)
{
    struct journal_entry entry;
    int got;

    do {
        got = journal_reader_next(f->reader, &entry, err);
        if (got <= 0)
            return got;
    } while (entry.erased || (entry.kind != JOURNAL_EVENT && entry.kind != JOURNAL_QUARANTINE));
    arena_reset(f->arena);
    if (record_decode(&f->record, entry.payload, f->arena, err) < 0)
        return err_prefix(err, "position %" PRId64, entry.position);
    f->record.received_us = entry.received_us;
    *out = (struct feed_event){.position = entry.position, .record = &f->record};
    return 1;
}

static bool matches(const char *pattern, struct str text)
{
    char copy[PATTERN_TEXT];

    if (!pattern)
        return true;
    if (text.len >= sizeof copy)
        return false;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return fnmatch(pattern, copy, FNM_CASEFOLD) == 0;
}

bool feed_fits(const struct feed_filter *filter, const struct record *record)
{
    bool quarantined = record->flags & RECORD_QUARANTINED;

    if (filter->verdict != FEED_ALL && quarantined != (filter->verdict == FEED_QUARANTINED))
        return false;
    return matches(filter->name, record->name) && matches(filter->source, record->source);
}
