/* SPDX-License-Identifier: Apache-2.0 */
/* noting.c: makes notes of what is counted in memory; src/store/sql/create_view_*.sql read them.
 *
 *   {"note":"domains.unauthorised","at":"2026-…","domains":[{"day":…,"source":…,"domain":…,"events":3,…}]}
 *
 *   {"note":"values.folded","at":"2026-…","run":"…","fields":[{"day":…,"source":…,"field":…,"events":12,…}]}
 *
 * The numbers of a note are what has come since the note before it. */
#include "cmd/noting.h"

#include <stdlib.h>

#include "admit/cardinality.h"
#include "admit/unauthorised.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/log.h"
#include "base/mem.h"
#include "collector/note.h"

enum { NOTE_MAX = 256 * 1024, NOTES_AT_END = 64 };

/* One kind of notes. */
struct kind {
    const char *name;
    size_t (*write)(struct noting *n, struct buf *out);
    void (*written)(struct noting *n, bool durable);
};

enum { KINDS = 2 };

struct noting {
    struct journal *journal;
    struct sources *sources;
    struct unauthorised *unauthorised;
    struct cardinality *cardinality;
    bool last; /* the process ends */
    struct {
        int64_t next_us;
        bool failing;
    } state[KINDS];
};

static struct str source_name_of(void *ctx, unsigned source)
{
    return source_name(sources_at(ctx, source));
}

static size_t write_domains(struct noting *n, struct buf *out)
{
    return unauthorised_note(n->unauthorised, source_name_of, n->sources, out);
}

static void domains_written(struct noting *n, bool durable)
{
    unauthorised_noted(n->unauthorised, durable);
}

static size_t write_folded(struct noting *n, struct buf *out)
{
    return cardinality_note(n->cardinality, n->last, source_name_of, n->sources, out);
}

static void folded_written(struct noting *n, bool durable)
{
    cardinality_noted(n->cardinality, durable);
}

static const struct kind kinds[KINDS] = {
    {"values.folded", write_folded, folded_written},
    {"domains.unauthorised", write_domains, domains_written},
};

struct noting *noting_new(struct journal *journal, struct sources *sources,
                          struct unauthorised *unauthorised, struct cardinality *cardinality)
{
    struct noting *n = xcalloc(1, sizeof *n);

    n->journal = journal;
    n->sources = sources;
    n->unauthorised = unauthorised;
    n->cardinality = cardinality;
    return n;
}

void noting_free(struct noting *n)
{
    free(n);
}

/* The bytes of the note; 0: there is nothing to note, or it could not be written. */
static size_t write_note(struct noting *n, size_t i)
{
    char at[DATETIME_SIZE];
    struct err err = {0};
    size_t count;
    AUTO_BUF json;
    bool durable;

    buf_init(&json, NOTE_MAX);
    datetime_format(at, clock_now_us(), DATETIME_MICROSECONDS);
    buf_printf(&json, "{\"note\":\"%s\",\"at\":\"%s\",", kinds[i].name, at);
    count = kinds[i].write(n, &json);
    buf_char(&json, '}');
    if (count == 0)
        return 0;
    durable = !buf_failed(&json) && note_write(n->journal, buf_as_str(&json), NULL, &err) == 0;
    kinds[i].written(n, durable);
    if (!durable && !n->state[i].failing)
        log_error("%s: %s; the counts wait", kinds[i].name, err.text);
    n->state[i].failing = !durable;
    return durable ? json.len : 0;
}

void noting_tick(struct noting *n, int64_t monotonic_us)
{
    for (size_t i = 0; i < KINDS; i++) {
        int64_t wait_s = NOTING_EVERY_S;
        size_t bytes;

        if (monotonic_us < n->state[i].next_us)
            continue;
        bytes = write_note(n, i);
        if (bytes == 0 && !n->state[i].failing)
            continue; /* the first change is noted at once */
        if (bytes / NOTING_BYTES_PER_S > (size_t)wait_s)
            wait_s = (int64_t)(bytes / NOTING_BYTES_PER_S);
        n->state[i].next_us =
            monotonic_us + INT64_C(1000000) * (wait_s > NOTING_MOST_S ? NOTING_MOST_S : wait_s);
    }
}

void noting_end(struct noting *n)
{
    if (n)
        n->last = true;
    for (size_t i = 0; n && i < KINDS; i++)
        for (int notes = 0; notes < NOTES_AT_END && write_note(n, i) > 0; notes++)
            continue;
}
