/* SPDX-License-Identifier: Apache-2.0 */
/* import_file.c: a first reading counts the lines and finds the span of their times, which bounds the
 * question to the engine; the passes behind it send. */
#include "cmd/import_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cmd/import_known.h"
#include "cmd/import_read.h"
#include "cmd/send_report.h"

enum { MATCH_MEMORY = 64 * 1024, EVENT_MAX = 2 * SENDER_LINE_MAX };

struct import {
    const struct import_opts *opts;
    const struct day *day;
    struct import_aside *aside;
    struct import_totals *totals;
    struct import_reader reader;
    struct sender *sender; /* NULL with dry_run */
    struct send_report *report;
    const char *name; /* of the file, without its folder */
    struct arena *arena;
    struct buf scratch, key_text, event;
    struct import_set known;
    struct import_counts counts;
    struct known_filter filter;
    uint64_t lines; /* found by the first reading */
    unsigned passes, pass;
    int64_t started_us;
};

static bool is_stopped(const struct import *im)
{
    return im->opts->stop && *im->opts->stop;
}

static void draw(struct import *im, const char *what)
{
    uint64_t done = im->reader.lines_seen + (uint64_t)im->pass * im->lines;
    double took_s = (double)(clock_monotonic_us() - im->started_us) / 1e6 + 1e-6;

    if (done % 256)
        return;
    if (im->lines)
        send_report_draw(im->report, false,
                         "%s: %3.0f %% of %" PRIu64 " lines, %.0f/s: %" PRIu64
                         " already there, %" PRIu64 " set aside",
                         im->name, 100.0 * (double)done / (double)(im->lines * im->passes),
                         im->lines, (double)done / took_s, im->totals->there, im->totals->aside);
    else
        send_report_draw(im->report, false, "%s: %s, %" PRIu64 " lines", im->name, what, done);
}

/* One line, read: LINES_LINE, LINES_END or -1; *fault says what is wrong with it. */
static int next_row(struct import *im, struct day_row *row, struct str *line, enum day_fault *fault,
                    struct err *err)
{
    int got = import_reader_next(&im->reader, line, err);

    *fault = DAY_FINE;
    if (is_stopped(im))
        return err_set(err, ERR_DENIED, "stopped; import the same file again to go on");
    if (got == LINES_END || got < 0)
        return got;
    *fault = got == LINES_TOO_LONG ? DAY_TOO_LONG : day_row_read(row, im->day, *line, &im->scratch);
    return LINES_LINE;
}

static int survey(struct import *im, struct err *err)
{
    enum day_fault fault;
    struct day_row row;
    struct str line;
    int got;

    im->filter.from_us = INT64_MAX;
    im->filter.to_us = INT64_MIN;
    if (import_reader_open(&im->reader, err) < 0)
        return -1;
    while ((got = next_row(im, &row, &line, &fault, err)) == LINES_LINE) {
        draw(im, "looking at it");
        if (fault)
            continue;
        if (row.first_us < im->filter.from_us)
            im->filter.from_us = row.first_us;
        if (row.last_us > im->filter.to_us)
            im->filter.to_us = row.last_us;
    }
    im->lines = im->totals->lines = im->reader.lines_seen;
    import_reader_close(&im->reader);
    return got;
}

/* How often the file must be read, so that neither its lines nor what the engine has is too much. */
static int plan_passes(struct import *im, struct err *err)
{
    uint64_t most = im->lines, known = 0;

    if (im->opts->check && im->filter.from_us <= im->filter.to_us &&
        import_known_count(im->opts->to->settings, &im->filter, &known, err) < 0)
        return -1;
    if (known > most)
        most = known;
    im->passes = 1;
    while (most / im->passes > im->opts->at_once && im->passes < IMPORT_PASSES_MAX)
        im->passes *= 2;
    if (most / im->passes > im->opts->at_once)
        return err_set(err, ERR_LIMIT,
                       "%s: with --at-once %" PRIu64 ", a file has at most %" PRIu64 " lines",
                       im->name, im->opts->at_once, im->opts->at_once * IMPORT_PASSES_MAX);
    return 0;
}

/* The ids that this pass may meet. */
static int learn_known(struct import *im, struct err *err)
{
    unsigned width = IMPORT_PASSES_MAX / im->passes;

    import_set_free(&im->known);
    import_counts_free(&im->counts);
    if (!im->opts->check || im->filter.from_us > im->filter.to_us)
        return 0;
    im->filter.low = (uint8_t)(im->pass * width);
    im->filter.high = (uint8_t)(im->pass * width + width - 1);
    return import_known_read(im->opts->to->settings, &im->filter, &im->known, err);
}

static int set_aside(struct import *im, enum day_fault fault, struct str line, struct err *err)
{
    if (im->pass > 0)
        return 0;
    im->totals->aside++;
    im->totals->reasons[fault]++;
    if (im->opts->dry_run)
        return 0;
    return import_aside_add(im->aside, im->name, im->reader.lines.number, fault,
                            fault == DAY_TOO_LONG ? STR("") : line, err);
}

/* False for a flow's line that would count as activity, too: that has its own file, and one event
 * would be two. */
static bool keeps_uid(struct import *im, const struct day_row *row)
{
    struct catalogue_match match;
    struct faults faults = {0};

    if (row->kind != DAY_FLOW || !im->opts->catalogue)
        return true;
    arena_reset(im->arena);
    return catalogue_match(im->opts->catalogue, row->type, im->arena, &match, &faults) < 0 ||
           !(catalogue_event_kinds(match.event) & CATALOGUE_ACTIVITY);
}

/* The id of the line; false where another pass sees to it. */
static bool identify(struct import *im, const struct day_row *row, struct uuid *id)
{
    uint8_t key[DAY_KEY_BYTES];
    uint64_t short_key;

    if (row->has_id) {
        *id = row->id;
        return id->b[UUID_BYTES - 1] / (IMPORT_PASSES_MAX / im->passes) == im->pass;
    }
    day_row_key(key, im->day, row, &im->key_text);
    if (key[UUID_BYTES - 1] / (IMPORT_PASSES_MAX / im->passes) != im->pass)
        return false;
    memcpy(&short_key, key, sizeof short_key);
    *id = day_id(key, import_counts_next(&im->counts, short_key));
    return true;
}

static int send_row(struct import *im, const struct day_row *row, struct err *err)
{
    struct uuid id;

    if (!identify(im, row, &id))
        return 0;
    im->totals->other_day += row->other_day;
    if (import_set_has(&im->known, &id)) {
        im->totals->there++;
        return 0;
    }
    if (!im->sender) {
        im->totals->sent++;
        return 0;
    }
    buf_reset(&im->event, SIZE_MAX);
    day_row_write(&im->event, row, &id, keeps_uid(im, row));
    CHECK(!buf_failed(&im->event)); /* the line was not too long */
    return sender_add(im->sender, buf_as_str(&im->event), im->reader.lines.number, err);
}

static int run_pass(struct import *im, struct err *err)
{
    enum day_fault fault;
    struct day_row row;
    struct str line;
    int got;

    if (learn_known(im, err) < 0 || import_reader_open(&im->reader, err) < 0)
        return -1;
    while ((got = next_row(im, &row, &line, &fault, err)) == LINES_LINE) {
        draw(im, "");
        if (fault ? set_aside(im, fault, line, err) < 0 : send_row(im, &row, err) < 0)
            return -1;
    }
    import_reader_close(&im->reader);
    return got;
}

static int open_sender(struct import *im, struct err *err)
{
    const struct import_opts *o = im->opts;

    if (o->dry_run)
        return 0;
    return sender_new(&im->sender,
                      &(struct sender_opts){.url = o->to->url,
                                            .key = o->to->key,
                                            .batch = o->batch,
                                            .gzip = o->gzip,
                                            .retry_for_us = o->retry_for_us,
                                            .timeout_us = o->timeout_us,
                                            .stop = o->stop,
                                            .on_problem = send_report_problem,
                                            .on_retry = send_report_retry,
                                            .ctx = im->report},
                      err);
}

static void add_verdicts(const struct sender *sender, struct import_totals *t)
{
    const struct sender_counts *c = sender_counts(sender);

    t->sent += c->accepted;
    t->there += c->duplicate;
    t->quarantined += c->quarantined;
    t->refused += c->refused;
}

static int import(struct import *im, struct err *err)
{
    if (send_report_new(&im->report, NULL, err) < 0)
        return -1;
    send_report_label(im->report, im->name);
    if (survey(im, err) < 0 || plan_passes(im, err) < 0 || open_sender(im, err) < 0)
        return -1;
    im->started_us = clock_monotonic_us();
    for (im->pass = 0; im->pass < im->passes; im->pass++)
        if (run_pass(im, err) < 0)
            return -1;
    return im->sender ? sender_flush(im->sender, err) : 0;
}

int import_file(const struct import_opts *opts, const char *path, const struct day *day,
                struct import_aside *aside, struct import_totals *out, struct err *err)
{
    const char *slash = strrchr(path, '/');
    struct import im = {.opts = opts,
                        .day = day,
                        .aside = aside,
                        .totals = out,
                        .name = slash ? slash + 1 : path,
                        .passes = 1,
                        .arena = arena_new(MATCH_MEMORY, MATCH_MEMORY)};
    int result;

    *out = (struct import_totals){0};
    import_reader_init(&im.reader, path, day);
    im.filter.source = str_from(opts->to->source);
    buf_init(&im.scratch, EVENT_MAX);
    buf_init(&im.key_text, EVENT_MAX);
    buf_init(&im.event, 8 * SENDER_LINE_MAX);
    im.started_us = clock_monotonic_us();
    result = import(&im, err);
    if (im.sender)
        add_verdicts(im.sender, out);
    if (aside && import_aside_flush(aside, result < 0 ? NULL : err) < 0)
        result = -1;
    out->whole = result == 0;
    if (im.report)
        send_report_close(im.report);
    import_reader_close(&im.reader);
    import_set_free(&im.known);
    import_counts_free(&im.counts);
    sender_free(im.sender);
    send_report_free(im.report);
    arena_free(im.arena);
    buf_free(&im.scratch);
    buf_free(&im.key_text);
    buf_free(&im.event);
    return result;
}
