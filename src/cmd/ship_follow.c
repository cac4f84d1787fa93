/* SPDX-License-Identifier: Apache-2.0 */
/* ship_follow.c: one round after another: look, read, send, save. */
#include "cmd/ship_follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/ship_find.h"

/* A state is written at least so often where a log is quiet: it says until when all files are known. */
enum { SEEN_EVERY_US = 30000000 };

int ship_log_open(struct ship_log **out, const struct ship_log_opts *opts, struct err *err)
{
    struct ship_log *l = xcalloc(1, sizeof *l);
    const char *slash = strrchr(opts->path, '/');

    l->opts = *opts;
    l->dir = io_parent(opts->path);
    l->base = xstrdup(slash ? slash + 1 : opts->path);
    if (opts->state_dir) {
        AUTO_FREE char *full = realpath(l->dir, NULL);
        AUTO_FREE char *path = io_join(full ? full : l->dir, l->base);

        l->state_file = ship_state_file(opts->state_dir, path);
        if (ship_state_load(&l->state, l->state_file, err) < 0) {
            ship_log_free(l);
            return -1;
        }
    }
    *out = l;
    return 0;
}

void ship_log_free(struct ship_log *l)
{
    if (!l)
        return;
    ship_state_free(&l->state);
    free(l->dir);
    free(l->base);
    free(l->state_file);
    free(l);
}

const char *ship_log_path(const struct ship_log *l)
{
    return l->opts.path;
}

static int save(struct ship_log *l, struct err *err)
{
    if (!l->state_file || !l->changed)
        return 0;
    l->changed = false;
    return ship_state_save(&l->state, l->state_file, l->opts.path, err);
}

/* A part that was rotated away, is at its end and was not written to for long. */
static void close_old(struct ship_log *l, struct ship_part *p, struct ship_feed *feed)
{
    uint64_t rest;
    int64_t quiet_us;

    if (p->current || ship_part_rest(p, &rest, &quiet_us) < 0)
        return;
    if (p->ended != (rest == 0)) {
        p->ended = rest == 0;
        l->changed = true;
    }
    if (quiet_us < l->opts.grace_us)
        return;
    if (rest) {
        feed->counts.unfinished++;
        send_report_problem(
            feed->report,
            &(struct sender_problem){
                .line = p->read.lines + 1,
                .verdict = "not read",
                .code = STR("unfinished"),
                .message = STR("the file ended without a newline behind its last line")});
    }
    ship_part_close(p);
    p->closed = true;
    l->changed = true;
}

/* Feeds a bounded piece of a part. 1: there may be more. */
static int read_part(struct ship_log *l, struct ship_part *p, struct ship_feed *feed, char *chunk,
                     struct err *err)
{
    uint64_t from = p->read.offset;

    for (;;) {
        int got = ship_part_read(p, feed, chunk, err);

        switch (got) {
        case SHIP_MORE:
            l->changed = true;
            if (p->read.offset - from >= SHIP_ROUND)
                return 1;
            break;
        case SHIP_SEED: /* ids are made from it: it must be the same after a crash */
            l->changed = true;
            if (save(l, err) < 0)
                return -1;
            break;
        case SHIP_CHANGED:
            if (ship_feed_flush(feed, err) < 0)
                return -1;
            ship_part_done(p);
            ship_part_close(p);
            return 1;
        case SHIP_IDLE: return 0;
        default: return err_prefix(err, "%s", l->opts.path);
        }
    }
}

int ship_log_round(struct ship_log *l, struct ship_feed *feed, char *chunk, struct err *err)
{
    int64_t looked_us = clock_now_us();
    int more = 0;

    if (ship_find_is_due(l) && ship_find(l, feed, err) < 0)
        return -1;
    send_report_label(feed->report, l->opts.path);
    for (size_t i = 0; i < l->state.count; i++) {
        struct ship_part *p = l->state.parts[i];
        int got = p->fd >= 0 ? read_part(l, p, feed, chunk, err) : 0;

        if (got < 0 || (p->read.offset != p->done.offset && ship_feed_flush(feed, err) < 0))
            return -1;
        if (p->read.offset != p->done.offset)
            ship_part_done(p);
        if (got == 0 && p->fd >= 0)
            close_old(l, p, feed);
        more |= got;
    }
    if (looked_us - l->state.scanned_us > SEEN_EVERY_US)
        l->changed = true;
    if (l->changed && !more)
        l->state.scanned_us = looked_us;
    return save(l, err) < 0 ? -1 : more;
}
