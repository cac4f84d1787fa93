/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: reads quarantined records, holds them to the catalogue again, appends what passes.
 *
 * What passes goes to the journal in batches, each with its events first and then a note that names
 * the positions they had: a batch that is torn apart by a power cut has lost its note first, and is
 * made whole by asking again. The note's form is that of store/decide.c. Leaves to admit/restore.c
 * what a record is worth today, to the journal what was accepted before. */
#include "cmd/replay.h"

#include <stdlib.h>
#include <yyjson.h>

#include "admit/restore.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "catalogue/problem.h"
#include "collector/tally.h"
#include "event/record.h"
#include "journal/append.h"
#include "journal/reader.h"

enum {
    BATCH_BYTES = 512 * 1024, /* with one event more it fits the smallest segment */
    NOTE_MAX = 512 * 1024,
    ARENA_KEPT = 64 << 10,
    ARENA_MAX = 8 << 20,
    JUMP =
        100000, /* positions: so far ahead, opening the journal anew is quicker than reading on */
};

/* One that passed, until its batch is committed. */
struct passed {
    int64_t position;
    struct str name; /* in the arena of the batch */
    bool known;
};

struct replay {
    const struct replay_parts *parts;
    const struct admission_hold *hold;
    struct journal_reader *reader;
    int64_t next; /* the reader's */
    int64_t first_kept; /* of the journal */
    struct catalogue *trial; /* held to instead of the one in use; or NULL */
    bool dry_run, any;
    struct str by;
    struct arena *a; /* of one event */
    struct arena *batch_arena;
    struct buf payloads;
    struct passed *passed;
    struct journal_record *records;
    size_t *payload_at;
    size_t passed_count, record_count;
    struct buf *out;
};

static void put_result(struct replay *r, int64_t position, const char *result, struct str name,
                       const struct faults *faults)
{
    buf_printf(r->out, "%s{\"position\":%lld,\"result\":\"%s\"", r->any ? "," : "",
               (long long)position, result);
    r->any = true;
    if (name.ptr) {
        buf_str(r->out, STR(",\"name\":"));
        buf_json(r->out, name);
    }
    for (size_t i = 0; faults && i < faults->count; i++)
        buf_printf(r->out, "%s\"%s\"", i ? "," : ",\"codes\":[",
                   fault_code_name(faults->list[i].code));
    buf_str(r->out, faults && faults->count ? STR("]}") : STR("}"));
}

/* Commits. */

/* With the positions that are then appended, each by put_position. */
static void begin_note(struct buf *note, const char *name)
{
    buf_printf(note, "{\"note\":\"%s\",\"positions\":[", name);
}

static void put_position(struct buf *note, int64_t position)
{
    if (note->ptr[note->len - 1] != '[')
        buf_char(note, ',');
    buf_i64(note, position);
}

static void end_note(struct buf *note, struct str by, struct str reason)
{
    buf_char(note, ']');
    if (by.len) {
        buf_str(note, STR(",\"by\":"));
        buf_json(note, by);
    }
    if (reason.len) {
        buf_str(note, STR(",\"reason\":"));
        buf_json(note, reason);
    }
    buf_char(note, '}');
    CHECK(!buf_failed(note));
}

/* What passed goes to the journal, with the note behind it. */
static int flush(struct replay *r, struct err *err)
{
    size_t record = 0;
    AUTO_BUF note;

    buf_init(&note, NOTE_MAX);
    if (r->passed_count == 0)
        return 0;
    begin_note(&note, "quarantine.replayed");
    for (size_t i = 0; i < r->passed_count; i++)
        put_position(&note, r->passed[i].position);
    end_note(&note, r->by, STR_NONE);
    for (size_t i = 0; i < r->record_count; i++)
        r->records[i].payload.ptr = r->payloads.ptr + r->payload_at[i];
    r->records[r->record_count] =
        (struct journal_record){.kind = JOURNAL_NOTE, .payload = buf_as_str(&note)};
    tally_replay(r->parts->ledger, r->records, r->record_count);
    if (journal_append(r->parts->journal, r->records, r->record_count + 1, err) < 0) {
        tally_replay_failed(r->parts->ledger, r->records, r->record_count, err->code);
        return -1;
    }
    for (size_t i = 0; i < r->passed_count; i++) {
        bool again =
            r->passed[i].known || r->records[record++].duplicate; /* those known have none */

        put_result(r, r->passed[i].position, again ? "duplicate" : "accepted", r->passed[i].name,
                   NULL);
    }
    r->passed_count = r->record_count = 0;
    buf_reset(&r->payloads, BATCH_BYTES);
    arena_reset(r->batch_arena);
    return 0;
}

static int pass(struct replay *r, int64_t position, struct str name, bool known, struct err *err)
{
    struct passed *p = &r->passed[r->passed_count++];

    CHECK(r->passed_count <= REPLAY_MAX);
    *p = (struct passed){.position = position, .known = known};
    p->name = arena_copy(r->batch_arena, name);
    return p->name.ptr ? 0 : err_set(err, ERR_LIMIT, "no memory for the names of the events");
}

/* One that stays as it is but gets an event, from `at` on in the payloads. */
static void add_record(struct replay *r, size_t at, int64_t received_us)
{
    struct journal_record *to = &r->records[r->record_count];
    struct str payload = str_of(r->payloads.ptr + at, r->payloads.len - at);
    struct uuid id;

    *to = (struct journal_record){
        .kind = JOURNAL_EVENT, .payload = payload, .received_us = received_us};
    to->has_key = admit_key_of(r->parts->admission, payload, &id, &to->key.source);
    CHECK(to->has_key);
    memcpy(to->key.id, id.b, sizeof to->key.id);
    r->payload_at[r->record_count++] = at;
}

/* One record. */

static int judge(struct replay *r, const struct journal_entry *entry, const struct record *rec,
                 struct err *err)
{
    struct faults faults = {0};
    const struct admit_again what = {
        .rec = rec, .now_us = entry->received_us, .a = r->a, .faults = &faults};
    size_t at = r->payloads.len;
    enum again verdict;
    int status = r->trial ? admit_try(r->parts->admission, r->trial, &what, &verdict)
                          : admit_again(r->parts->admission, r->hold, &what,
                                        r->dry_run ? NULL : &r->payloads, &verdict);

    if (status < 0)
        return err_set(err, ERR_LIMIT, "the event at position %lld needs more memory than one may",
                       (long long)entry->position);
    if (verdict != AGAIN_ACCEPTED) {
        put_result(r, entry->position, "faulty", rec->name, &faults);
        return 0;
    }
    if (r->dry_run) {
        put_result(r, entry->position, "accepted", rec->name, NULL);
        return 0;
    }
    if (pass(r, entry->position, rec->name, false, err) < 0)
        return -1;
    add_record(r, at, entry->received_us);
    return r->payloads.len >= BATCH_BYTES ? flush(r, err) : 0;
}

/* 1 and the entry of that position; 0: it is not there; -1: the disk. *why says why it is not. */
static int find(struct replay *r, int64_t position, struct journal_entry *entry, const char **why,
                struct err *err)
{
    *why = position < r->first_kept ? "gone" : "damaged";
    if (position < r->first_kept)
        return 0;
    if (!r->reader || position < r->next || position > r->next + JUMP) {
        journal_reader_close(r->reader);
        r->reader = NULL;
        if (journal_reader_open(&r->reader, io_system(), r->parts->journal_dir, position - 1, err) <
            0)
            return -1;
        r->next = position;
    }
    while (r->next <= position) {
        int got = journal_reader_next(r->reader, entry, err);

        if (got == 0) {
            *why = "other"; /* there is no such position yet */
            return 0;
        }
        if (got < 0 && err->code != ERR_CORRUPT)
            return -1;
        if (got < 0)
            continue; /* damage before it, or it itself: then the next one lies behind it */
        r->next = entry->position + 1;
        if (entry->position == position)
            return 1;
    }
    return 0;
}

/* NULL, and the record; else what there is in its place. -1: the disk. */
static int read_record(struct replay *r, int64_t position, struct journal_entry *entry,
                       struct record *rec, const char **why, struct err *err)
{
    int found = find(r, position, entry, why, err);

    arena_reset(r->a);
    if (found <= 0)
        return found;
    *why = NULL;
    if (entry->erased)
        *why = "gone";
    else if (entry->kind != JOURNAL_QUARANTINE)
        *why = "other";
    else if (record_decode(rec, entry->payload, r->a, err) < 0)
        *why = "damaged";
    else
        rec->received_us = entry->received_us;
    return 0;
}

static int replay_one(struct replay *r, int64_t position, bool known, struct err *err)
{
    struct journal_entry entry;
    struct record rec;
    const char *why;

    if (read_record(r, position, &entry, &rec, &why, err) < 0)
        return -1;
    if (!why && !known)
        return judge(r, &entry, &rec, err);
    if (!why && !r->dry_run)
        return pass(r, position, rec.name, true, err);
    put_result(r, position, why ? why : "duplicate", why ? STR_NONE : rec.name, NULL);
    return 0;
}

/* Requests. */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The list `name` of the request, sorted, each once. -1: it has none, or too many. The caller frees. */
static int read_positions(yyjson_val *request, const char *name, size_t most, int64_t **out,
                          size_t *count, struct err *err)
{
    yyjson_val *list = yyjson_obj_get(request, name), *item;
    size_t n = yyjson_arr_size(list), i, max, kept = 0;

    if (n > most)
        return err_set(err, ERR_LIMIT, "at most %zu positions at once", most);
    *out = xcalloc(n + 1, sizeof **out);
    yyjson_arr_foreach(list, i, max, item)
    {
        if (yyjson_is_uint(item) && yyjson_get_uint(item) > 0 && yyjson_get_uint(item) < INT64_MAX)
            (*out)[kept++] = (int64_t)yyjson_get_uint(item);
    }
    if (kept != n) {
        free(*out);
        *out = NULL;
        return err_set(err, ERR_USAGE, "`%s` of the request is no list of positions", name);
    }
    qsort(*out, n, sizeof **out, by_number);
    *count = 0;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || (*out)[k] != (*out)[k - 1])
            (*out)[(*count)++] = (*out)[k];
    return 0;
}

static struct str text_of(yyjson_val *request, const char *name)
{
    yyjson_val *val = yyjson_obj_get(request, name);

    return str_slice(str_of(yyjson_get_str(val), yyjson_get_len(val)), 0, REPLAY_TEXT_MAX);
}

static void begin(struct replay *r, const struct replay_parts *parts, yyjson_val *request,
                  struct buf *members)
{
    struct journal_stats stats;

    journal_stats(parts->journal, &stats);
    *r = (struct replay){.parts = parts,
                         .hold = admission_hold(parts->admission),
                         .first_kept = stats.first_position,
                         .dry_run = yyjson_get_bool(yyjson_obj_get(request, "dry_run")),
                         .by = text_of(request, "by"),
                         .a = arena_new(ARENA_KEPT, ARENA_MAX),
                         .batch_arena = arena_new(ARENA_KEPT, ARENA_MAX),
                         .passed = xcalloc(REPLAY_MAX, sizeof *r->passed),
                         .records = xcalloc(REPLAY_MAX + 1, sizeof *r->records),
                         .payload_at = xcalloc(REPLAY_MAX, sizeof *r->payload_at),
                         .out = members};
    buf_init(&r->payloads, 4 * BATCH_BYTES);
    buf_str(members, STR("\"events\":["));
}

static void end(struct replay *r)
{
    buf_char(r->out, ']');
    admission_release(r->parts->admission, r->hold);
    catalogue_free(r->trial);
    journal_reader_close(r->reader);
    arena_free(r->a);
    arena_free(r->batch_arena);
    buf_free(&r->payloads);
    free(r->passed);
    free(r->records);
    free(r->payload_at);
}

static void say_first(const struct problems *problems, struct err *err)
{
    AUTO_BUF line;

    buf_init(&line, 4096);
    for (size_t i = 0; i < problems->count && !line.len; i++)
        if (!problems->list[i].warning)
            problem_format(&line, &problems->list[i]);
    if (line.len)
        err_set(err, ERR_PARSE, "%.*s", (int)line.len, line.ptr);
}

/* The files as they would be with an entry that somebody thinks of. */
static int load_trial(const struct replay_parts *parts, yyjson_val *request, struct catalogue **out,
                      struct err *err)
{
    yyjson_val *entry = yyjson_obj_get(request, "entry");
    struct problems problems = {0};
    int status;

    *out = NULL;
    if (!entry)
        return 0;
    if (!yyjson_is_str(entry) || !yyjson_get_bool(yyjson_obj_get(request, "dry_run")))
        return err_set(err, ERR_USAGE, "an entry is a text, and only tried");
    status =
        catalogue_load_with(out, parts->catalogue_dir,
                            str_of(yyjson_get_str(entry), yyjson_get_len(entry)), &problems, err);
    if (status < 0)
        say_first(&problems, err);
    problems_free(&problems);
    return status;
}

int replay_run(const struct replay_parts *parts, struct yyjson_val *request, struct buf *members,
               struct err *err)
{
    AUTO_FREE int64_t *positions = NULL;
    AUTO_FREE int64_t *known = NULL;
    size_t count, known_count;
    struct catalogue *trial = NULL;
    struct replay r;
    int status = 0;

    if (read_positions(request, "positions", REPLAY_MAX, &positions, &count, err) < 0 ||
        read_positions(request, "known", REPLAY_MAX, &known, &known_count, err) < 0 ||
        load_trial(parts, request, &trial, err) < 0)
        return -1;
    begin(&r, parts, request, members);
    r.trial = trial;
    for (size_t i = 0; status == 0 && i < count; i++)
        status =
            replay_one(&r, positions[i],
                       bsearch(&positions[i], known, known_count, sizeof *known, by_number), err);
    if (status == 0)
        status = flush(&r, err);
    end(&r);
    return status;
}

int replay_drop(const struct replay_parts *parts, struct yyjson_val *request, struct buf *members,
                struct err *err)
{
    struct str reason = str_trim(text_of(request, "reason"));
    AUTO_FREE int64_t *positions = NULL;
    struct journal_record record = {.kind = JOURNAL_NOTE};
    AUTO_BUF note;
    size_t count;

    buf_init(&note, NOTE_MAX);
    if (reason.len == 0)
        return err_set(err, ERR_USAGE, "nothing is dropped without a reason");
    if (read_positions(request, "positions", REPLAY_DROP_MAX, &positions, &count, err) < 0)
        return -1;
    buf_printf(members, "\"dropped\":%zu", count);
    if (count == 0)
        return 0;
    begin_note(&note, "quarantine.dropped");
    for (size_t i = 0; i < count; i++)
        put_position(&note, positions[i]);
    end_note(&note, text_of(request, "by"), reason);
    record.payload = buf_as_str(&note);
    return journal_append(parts->journal, &record, 1, err);
}
