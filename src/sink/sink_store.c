/* SPDX-License-Identifier: Apache-2.0 */
/* sink_store.c: events into DuckDB. The cursor is committed with the rows, so an event is in the
 * tables exactly once, whatever ends the process. */
#include <inttypes.h>
#include <yyjson.h>

#include "base/io.h"
#include "base/mem.h"
#include "journal/journal.h"
#include "sink/sink.h"
#include "store/store.h"

/* DuckDB packs rows by so many: a transaction of exactly one group is compressed as it is written,
 * a smaller one goes through the log first, a larger one leaves a group half full. */
enum { ROW_GROUP = 122880 };

struct to_store {
    struct store *store; /* borrowed */
    void (*catalogue_changed)(void *ctx);
    void *ctx;
    const struct settings *settings; /* borrowed; NULL in tests */
    bool loading;
    bool reloaded; /* this batch ends with the note of a reload */
    uint64_t events; /* in this batch */
};

static int open_store(void **out, const struct sink_env *env, struct err *err)
{
    struct to_store *t = xcalloc(1, sizeof *t);

    (void)err;
    t->store = env->store;
    t->catalogue_changed = env->catalogue_changed;
    t->ctx = env->ctx;
    t->settings = env->settings;
    *out = t;
    return 0;
}

static int cursor(void *sink, int64_t *out_position, struct err *err)
{
    struct to_store *t = sink;

    return store_cursor(t->store, out_position, err);
}

static int wrong_journal(const struct store_origin *o, const uint8_t journal[16], struct err *err)
{
    char theirs[9] = {0}, ours[9] = {0};

    hex_encode(theirs, o->journal, 4);
    hex_encode(ours, journal, 4);
    return err_set(err, ERR_USAGE,
                   "the tables come from another journal (%s, and this is %s): put that one back, "
                   "or make the tables from this one with `weir rebuild`",
                   theirs, ours);
}

/* Positions count within one journal only: another's would be taken for known, and left out. */
static int recognise(void *sink, const uint8_t journal[16], const struct sink_item *at_cursor,
                     struct err *err)
{
    struct to_store *t = sink;
    struct store_origin o;

    store_origin(t->store, &o);
    if (o.journal_known && memcmp(o.journal, journal, sizeof o.journal) != 0)
        return wrong_journal(&o, journal, err);
    if (at_cursor && o.salt_known && memcmp(o.salt, at_cursor->salt, sizeof o.salt) != 0)
        return err_set(err, ERR_USAGE,
                       "the journal has another record %" PRId64 " than the tables: is it an older "
                       "copy? Make the tables anew from it with `weir rebuild`",
                       at_cursor->position);
    store_set_journal(t->store, journal);
    return 0;
}

/* What DuckDB refuses for its content is ERR_USAGE or ERR_CORRUPT; after an internal error it takes
 * nothing more. */
static enum sink_verdict verdict(int status, const struct err *err)
{
    if (status == 0)
        return SINK_DONE;
    switch (err->code) {
    case ERR_CORRUPT:
    case ERR_USAGE:
    case ERR_PARSE: return SINK_REFUSED;
    case ERR_INTERNAL: return SINK_BROKEN;
    default: return SINK_RETRY;
    }
}

/* The collector says no once less than journal.reserve is free; what is left is its own, for notes
 * and the sinks' cursors. Loading takes half of it at most. */
static int look_at_space(const struct to_store *t, struct err *err)
{
    uint64_t half = t->settings ? t->settings->journal.reserve_bytes / 2 : 0;
    struct io_space space;

    if (half == 0 || io_system()->space(io_system(), t->settings->data, &space) < 0 ||
        space.available >= half)
        return 0;
    return err_set(err, ERR_SPACE, "less than half of journal.reserve is free in %s: loading waits",
                   t->settings->data);
}

static int begin(struct to_store *t, struct err *err)
{
    if (t->loading)
        return 0;
    if (look_at_space(t, err) < 0)
        return -1;
    if (store_load_begin(t->store, err) < 0)
        return -1;
    t->loading = true;
    return 0;
}

static enum sink_verdict added(struct to_store *t, const struct sink_item *item, int status,
                               const struct err *err)
{
    if (status == 0 && item->salt)
        store_load_salt(t->store, item->position, item->salt);
    return verdict(status, err);
}

static bool is_reload(struct str note)
{
    yyjson_doc *doc = yyjson_read(note.ptr, note.len, 0);
    const char *name = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "note"));
    bool reload = name && strcmp(name, "catalogue.reloaded") == 0;

    yyjson_doc_free(doc);
    return reload;
}

static enum sink_verdict encode(void *sink, const struct sink_item *item, struct err *err)
{
    struct to_store *t = sink;

    if (begin(t, err) < 0)
        return verdict(-1, err);
    if (item->record) {
        int status = store_load_add(t->store, item->record, item->position, err);

        t->events += status == 0 && item->kind == JOURNAL_EVENT;
        return added(t, item, status, err);
    }
    if (store_load_note(t->store, item->payload, item->position, item->received_us, err) < 0)
        return added(t, item, -1, err);
    t->reloaded = t->catalogue_changed && item->kind == JOURNAL_NOTE && is_reload(item->payload);
    return added(t, item, 0, err);
}

static enum sink_verdict set_aside(void *sink, const struct sink_item *item, const char *reason,
                                   struct err *err)
{
    struct to_store *t = sink;
    const struct store_rejected rejected = {.position = item->position,
                                            .received_us = item->received_us,
                                            .kind = item->kind,
                                            .reason = reason,
                                            .payload = item->payload};

    if (begin(t, err) < 0)
        return verdict(-1, err);
    return added(t, item, store_load_reject(t->store, &rejected, err), err);
}

static enum sink_verdict pass(void *sink, int64_t position, bool lost, struct err *err)
{
    struct to_store *t = sink;

    if (begin(t, err) < 0)
        return verdict(-1, err);
    return verdict(store_load_pass(t->store, position, lost, err), err);
}

static void totals(void *sink, struct sink_totals *out)
{
    struct to_store *t = sink;
    struct store_counts c;

    store_counts(t->store, &c);
    *out = (struct sink_totals){.before = c.before,
                                .events = c.events,
                                .quarantined = c.quarantined,
                                .notes = c.notes,
                                .rejected = c.set_aside,
                                .lost = c.lost,
                                .unknown = c.unknown};
}

static enum sink_verdict write_batch(void *sink, int64_t position, struct err *err)
{
    struct to_store *t = sink;
    int status = begin(t, err);

    if (status == 0)
        status = store_load_commit(t->store, position, err);
    if (status == 0) {
        t->loading = false;
        t->events = 0;
        if (t->reloaded)
            t->catalogue_changed(t->ctx);
        t->reloaded = false;
    }
    return verdict(status, err);
}

static void drop(void *sink)
{
    struct to_store *t = sink;

    store_load_rollback(t->store);
    t->loading = t->reloaded = false;
    t->events = 0;
}

static bool is_full(const void *sink)
{
    const struct to_store *t = sink;

    return t->events >= ROW_GROUP || t->reloaded;
}

static void close_store(void *sink)
{
    if (sink)
        drop(sink);
    free(sink);
}

const struct sink_ops sink_store = {
    .name = "store",
    .batch_records = 2 * ROW_GROUP, /* with what is quarantined */
    .batch_bytes = 256 << 20, /* of the journal: far above what a row group has */
    .batch_us = 250000,
    .open = open_store,
    .cursor = cursor,
    .recognise = recognise,
    .encode = encode,
    .set_aside = set_aside,
    .pass = pass,
    .totals = totals,
    .write = write_batch,
    .is_full = is_full,
    .drop = drop,
    .close = close_store,
};
