/* SPDX-License-Identifier: Apache-2.0 */
/* test_reload.c: what a reload compares, tries, notes and refuses; edges go on beside it. */
#include "admit_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/io.h"
#include "catalogue/compare.h"
#include "collector/note.h"
#include "collector/reload.h"
#include "journal/reader.h"

#define HEAD                                                                                       \
    "defaults: {owner: team@example.org, naming: any, status: active, kind: activity}\nevents:\n"
#define EVENT(name)                                                                                \
    "  - name: " name "\n    description: D\n    trigger: T\n    since: 2025-10-20\n"
#define SEATS(more) "    properties: {seats: {type: integer" more ", description: S}}\n"
#define BASE HEAD EVENT("a.done") SEATS("") EVENT("b.{what}.done") SEATS("")

struct world {
    struct fixture f;
    struct memory_io *disk;
    struct journal *journal;
    char dir[64];
    struct reload_opts opts;
    struct reload_report report;
    struct err err;
};

static void put_catalogue(struct world *w, const char *text)
{
    AUTO_FREE char *path = io_join(w->dir, "events.yaml");
    AUTO_FILE file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

static int reload(struct world *w, bool dry_run, bool forced)
{
    const struct reload_wish wish = {.dry_run = dry_run, .forced = forced, .by = "command"};

    reload_report_free(&w->report);
    w->err = (struct err){0};
    return reload_run(&w->opts, &wish, &w->report, &w->err);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof *w);
    struct journal_opts opts = {.dir = "j", .segment_bytes = 1 << 17, .reserve_bytes = 1 << 20};
    struct err err;

    fixture_open(&w->f, BASE);
    snprintf(w->dir, sizeof w->dir, "/tmp/weir-reload-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->disk = memory_io_new();
    opts.io = &w->disk->io;
    if (journal_open(&w->journal, &opts, &err) < 0)
        fail_msg("%s", err.text);
    w->opts = (struct reload_opts){.io = &w->disk->io,
                                   .catalogue_dir = w->dir,
                                   .journal_dir = "j",
                                   .admission = w->f.ad,
                                   .journal = w->journal};
    put_catalogue(w, BASE);
    if (reload(w, false, false) < 0) /* now both have the folder's hash */
        fail_msg("%s", w->err.text);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    AUTO_FREE char *path = io_join(w->dir, "events.yaml");

    reload_report_free(&w->report);
    journal_close(w->journal);
    memory_io_free(w->disk);
    fixture_close(&w->f);
    unlink(path);
    rmdir(w->dir);
    free(w);
    return 0;
}

static void decided(struct journal_batch *batch)
{
    atomic_store((atomic_bool *)batch->ctx, true);
}

static void append_some(struct world *w, bool accepted, size_t count)
{
    struct journal_record *records = xcalloc(count, sizeof *records);
    atomic_bool done = false;
    struct journal_batch batch = {.records = records,
                                  .count = count,
                                  .received_us = RECEIVED_US,
                                  .done = decided,
                                  .ctx = &done};

    for (size_t i = 0; i < count; i++)
        records[i] = (struct journal_record){.kind = accepted ? JOURNAL_EVENT : JOURNAL_QUARANTINE,
                                             .payload = buf_as_str(&w->f.payloads)};
    journal_submit(w->journal, &batch);
    while (!atomic_load(&done))
        usleep(100);
    assert_int_equal(batch.error, ERR_NONE);
    free(records);
}

/* Admits the event and appends it `count` times. */
static void append(struct world *w, const char *json, size_t count)
{
    bool accepted = admit(&w->f, json) == VERDICT_ACCEPTED;

    for (size_t some; count > 0; count -= some) {
        some = count < 200 ? count : 200;
        append_some(w, accepted, some);
    }
}

/* The journal's last record, which is a note. */
static struct buf last_note(struct world *w)
{
    struct journal_stats stats;
    struct journal_reader *reader;
    struct journal_entry entry;
    struct buf text;
    struct err err;

    journal_stats(w->journal, &stats);
    assert_int_equal(journal_reader_open(&reader, &w->disk->io, "j", stats.last_position - 1, &err),
                     0);
    assert_int_equal(journal_reader_next(reader, &entry, &err), 1);
    assert_int_equal(entry.kind, JOURNAL_NOTE);
    buf_init(&text, 1 << 16);
    buf_str(&text, entry.payload);
    buf_char(&text, '\0');
    journal_reader_close(reader);
    return text;
}

static void assert_note(struct world *w, const char *part)
{
    AUTO_BUF note = last_note(w);

    if (!strstr(note.ptr, part))
        fail_msg("%s is not in %s", part, note.ptr);
}

static const struct catalogue *live(struct world *w)
{
    const struct admission_hold *hold = admission_hold(w->f.ad);
    const struct catalogue *c = admission_catalogue(hold);

    admission_release(w->f.ad, hold);
    return c;
}

static void a_good_catalogue_is_noted_and_used(void **state)
{
    struct world *w = *state;

    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":3}}", 3);
    append(w, "{\"name\":\"c.done\"}", 2);
    put_catalogue(w, HEAD EVENT("a.done") SEATS(", max: 10") EVENT("c.done"));
    assert_int_equal(reload(w, false, false), 0);
    assert_int_equal(w->report.end, RELOAD_DONE);
    assert_int_equal(w->report.events, 2);
    assert_int_equal(w->report.events_before, 2);
    assert_string_equal(w->report.added.list[0], "c.done");
    assert_string_equal(w->report.removed.list[0], "b.{what}.done");
    assert_string_equal(w->report.changed.list[0], "a.done");
    assert_int_equal(w->report.trial.checked, 3);
    assert_int_equal(w->report.trial.would_quarantine, 0);
    assert_int_equal(w->report.trial.quarantined, 2);
    assert_int_equal(w->report.trial.would_pass, 2);
    assert_note(w, "\"note\":\"catalogue.reloaded\"");
    assert_note(w, "\"dry_run\":{\"checked\":3,\"would_quarantine\":0,\"quarantined\":2,"
                   "\"would_pass\":2},\"forced\":false,\"by\":\"command\"}");
    accept_event(&w->f, "{\"name\":\"c.done\"}");
    assert_int_equal(reload(w, false, false), 0);
    assert_int_equal(w->report.end, RELOAD_SAME);
}

static void a_broken_or_empty_one_changes_nothing(void **state)
{
    static const char *const wrong[] = {"", "events: []\n", "events:\n  - name: [\n", "\xff\xfe",
                                        HEAD EVENT("a.done") "    kind: nonsense\n"};
    struct world *w = *state;
    const struct catalogue *before = live(w);

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        put_catalogue(w, wrong[i]);
        assert_int_equal(reload(w, false, true), -1);
        assert_int_equal(w->report.end, RELOAD_BROKEN);
        assert_true(w->report.problems.errors > 0);
        assert_ptr_equal(live(w), before);
        assert_note(w, "\"note\":\"catalogue.refused\"");
        assert_note(w, "\"reason\":\"broken\"");
    }
}

static void one_that_stops_most_events_takes_force(void **state)
{
    struct world *w = *state;
    const struct catalogue *before = live(w);

    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":300}}", 4);
    append(w, "{\"name\":\"b.x.done\",\"properties\":{\"seats\":1}}", 1);
    append(w, "{\"name\":\"b.y.done\",\"properties\":{\"seats\":300}}", 1);
    put_catalogue(w, HEAD EVENT("a.done") SEATS(", max: 10") EVENT("b.{what}.done")
                         SEATS(", max: 10"));
    assert_int_equal(reload(w, false, false), -1);
    assert_int_equal(w->report.end, RELOAD_UNSAFE);
    assert_int_equal(w->report.trial.would_quarantine, 5);
    assert_int_equal(w->report.trial.kind_count, 2);
    assert_string_equal(w->report.trial.kinds[0].name, "a.done");
    assert_int_equal(w->report.trial.kinds[0].events, 4);
    assert_int_equal(w->report.trial.kinds[0].code, FAULT_TOO_LARGE);
    assert_string_equal(w->report.trial.kinds[0].path, "/properties/seats");
    assert_string_equal(w->report.trial.kinds[1].name, "b.{what}.done"); /* no value in it */
    assert_ptr_equal(live(w), before);
    assert_note(w, "\"reason\":\"unsafe\"");
    assert_int_equal(reload(w, true, false), -1);
    assert_int_equal(w->report.position, 0); /* a dry run notes nothing */
    assert_int_equal(reload(w, true, true), 0);
    assert_int_equal(w->report.end, RELOAD_TRIED);
    assert_ptr_equal(live(w), before);
    assert_int_equal(reload(w, false, true), 0);
    assert_note(w, "\"forced\":true");
    assert_int_equal(admit(&w->f, "{\"name\":\"a.done\",\"properties\":{\"seats\":300}}"),
                     VERDICT_QUARANTINED);
}

static void half_of_the_events_is_not_most(void **state)
{
    struct world *w = *state;

    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":300}}", 5);
    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":3}}", 5);
    put_catalogue(w, HEAD EVENT("a.done") SEATS(", max: 10"));
    assert_int_equal(reload(w, false, false), 0);
    assert_int_equal(w->report.trial.would_quarantine, 5);
}

static void the_last_thousand_accepted_events_count(void **state)
{
    struct world *w = *state;

    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":300}}", 2000);
    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":3}}", 900);
    append(w, "{\"name\":\"nobody.knows\"}", 1500);
    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":3}}", 90);
    put_catalogue(w, HEAD EVENT("a.done") SEATS(", max: 10"));
    assert_int_equal(reload(w, true, false), 0);
    assert_int_equal(w->report.trial.checked, 1000);
    assert_int_equal(w->report.trial.would_quarantine, 10);
    assert_int_equal(w->report.trial.quarantined, 1500);
    assert_int_equal(w->report.trial.would_pass, 0);
}

static void few_accepted_events_are_looked_for_in_bounds(void **state)
{
    struct world *w = *state;

    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":300}}", 10);
    append(w, "{\"name\":\"nobody.knows\"}", TRIAL_LOOK_BACK - 5);
    append(w, "{\"name\":\"a.done\",\"properties\":{\"seats\":3}}", 5);
    put_catalogue(w, HEAD EVENT("a.done") SEATS(", max: 10"));
    assert_int_equal(reload(w, true, false), 0);
    assert_int_equal(w->report.trial.checked, 5);
}

static void more_reasons_than_are_listed_are_counted(void **state)
{
    struct world *w = *state;
    AUTO_BUF json;

    buf_init(&json, 1 << 16);
    for (int i = 0; i < TRIAL_KINDS_MAX + 5; i++)
        buf_printf(&json, "  - {name: x%d.done, description: D, trigger: T}\n", i);
    {
        AUTO_FREE char *yaml = xasprintf("%s%.*s", HEAD, (int)json.len, json.ptr);

        put_catalogue(w, yaml);
    }
    assert_int_equal(reload(w, false, false), 0);
    for (int i = 0; i < TRIAL_KINDS_MAX + 5; i++) {
        AUTO_FREE char *event = xasprintf("{\"name\":\"x%d.done\"}", i);

        append(w, event, 1);
    }
    put_catalogue(w, HEAD EVENT("a.done"));
    assert_int_equal(reload(w, false, false), -1);
    assert_int_equal(w->report.trial.would_quarantine, TRIAL_KINDS_MAX + 5);
    assert_int_equal(w->report.trial.kind_count, TRIAL_KINDS_MAX);
    assert_int_equal(w->report.trial.other_kinds, 5);
}

static void without_a_durable_note_nothing_changes(void **state)
{
    struct world *w = *state;
    const struct catalogue *before = live(w);

    put_catalogue(w, HEAD EVENT("a.done"));
    w->disk->error = EIO;
    w->disk->fail_sync = 0;
    assert_int_equal(reload(w, false, false), -1);
    assert_int_equal(w->report.end, RELOAD_FAILED);
    assert_true(w->report.unnoted);
    assert_ptr_equal(live(w), before);
}

static void what_does_not_verify_is_counted_and_no_reason_to_refuse(void **state)
{
    struct world *w = *state;
    struct journal_record record = {.kind = JOURNAL_EVENT, .payload = STR("\x01no record")};
    atomic_bool done = false;
    struct journal_batch batch = {
        .records = &record, .count = 1, .received_us = RECEIVED_US, .done = decided, .ctx = &done};

    journal_submit(w->journal, &batch);
    while (!atomic_load(&done))
        usleep(100);
    append(w, "{\"name\":\"a.done\"}", 1);
    put_catalogue(w, HEAD EVENT("a.done"));
    assert_int_equal(reload(w, false, false), 0);
    assert_int_equal(w->report.trial.unreadable, 1);
    assert_int_equal(w->report.trial.checked, 1);
}

static void a_report_is_json_whatever_it_holds(void **state)
{
    struct world *w = *state;
    AUTO_BUF json;

    buf_init(&json, 1 << 20);
    put_catalogue(w, HEAD EVENT("a.done") EVENT("\"quote\\\"d\""));
    reload(w, true, false);
    reload_report_to_json(&json, &w->report);
    assert_false(buf_failed(&json));
    assert_true(json.len > 100);
    assert_string_equal(reload_end_name(RELOAD_FAILED), "failed");
}

static void add_name(void *ctx, enum catalogue_difference what, struct str name)
{
    buf_printf(ctx, "%c%.*s ", "+-*"[what], STR_ARG(name));
}

static void assert_differs(const char *from, const char *to, const char *expected)
{
    struct catalogue *a = load_catalogue(from), *b = load_catalogue(to);
    AUTO_BUF got;

    buf_init(&got, 4096);
    catalogue_compare(a, b, add_name, &got);
    if (!str_is(buf_as_str(&got), expected))
        fail_msg("%.*s instead of %s", (int)got.len, got.ptr, expected);
    catalogue_free(a);
    catalogue_free(b);
}

static void every_key_of_an_entry_is_compared(void **state)
{
    static const char *const variants[] = {"{type: string}",
                                           "{type: integer}",
                                           "{type: string, required: true}",
                                           "{type: \"string|null\"}",
                                           "{type: \"array<string>\"}",
                                           "{type: string, privacy: hidden}",
                                           "{type: string, privacy: pseudonym}",
                                           "{type: string, privacy: \"pseudonym:device\"}",
                                           "{type: string, values: [a]}",
                                           "{type: string, values: [b]}",
                                           "{type: string, pattern: a}",
                                           "{type: string, max_length: 7}",
                                           "{type: integer, min: 1}",
                                           "{type: integer, max: 1}",
                                           "{type: number, min: 0.5}",
                                           "{type: string, description: X}",
                                           "{type: \"array<string>\", max_items: 2}"};

    for (size_t i = 0; i < ARRAY_LEN(variants); i++)
        for (size_t k = 0; k < ARRAY_LEN(variants); k++) {
            AUTO_FREE char *a =
                xasprintf(HEAD EVENT("a.b") "    properties: {p: %s}\n", variants[i]);
            AUTO_FREE char *b =
                xasprintf(HEAD "\n\n" EVENT("a.b") "    properties: {p: %s}\n", variants[k]);

            assert_differs(a, b, i == k ? "" : "*a.b ");
        }
    assert_differs(HEAD EVENT("a.b"), HEAD EVENT("a.b") "    keep: {ip: 1d}\n", "*a.b ");
    assert_differs(HEAD EVENT("a.b"), HEAD EVENT("a.b") "    sources: [x]\n", "*a.b ");
    assert_differs(HEAD EVENT("a.b"), HEAD EVENT("a.b") "    expires: 2030-01-01\n", "*a.b ");
    assert_differs(HEAD EVENT("a.b"), HEAD EVENT("a.b") "    status: retired\n", "*a.b ");
    assert_differs(HEAD EVENT("a.b"), HEAD EVENT("A.B"), "*A.B ");
    assert_differs(HEAD EVENT("a.b") EVENT("c.d"), HEAD EVENT("c.d") EVENT("e.f"), "+e.f -a.b ");
}

static void the_hash_is_of_names_and_bytes(void **state)
{
    struct catalogue *a = load_catalogue(BASE), *b = load_catalogue(BASE),
                     *c = load_catalogue(BASE "\n");

    assert_memory_equal(catalogue_hash(a), catalogue_hash(b), CATALOGUE_HASH_BYTES);
    assert_memory_not_equal(catalogue_hash(a), catalogue_hash(c), CATALOGUE_HASH_BYTES);
    catalogue_free(a);
    catalogue_free(b);
    catalogue_free(c);
}

struct edge {
    struct world *w;
    atomic_bool *stop;
    uint64_t admitted, failed;
};

static void *admit_on(void *arg)
{
    static const char json[] = "{\"name\":\"b.x.done\",\"properties\":{\"seats\":3}}";
    struct edge *e = arg;
    struct native *native = native_new();
    struct arena *a = arena_new(1 << 16, 1 << 20);
    struct buf payloads;

    buf_init(&payloads, 1 << 20);
    while (!atomic_load(e->stop)) {
        const struct admission_hold *hold = admission_hold(e->w->f.ad);
        char body[sizeof json + NATIVE_PADDING] = {0};
        struct faults faults = {0};
        struct admitted out;
        struct event ev;

        memcpy(body, json, sizeof json);
        arena_reset(a);
        buf_reset(&payloads, 1 << 20);
        native_start(native, body, sizeof json - 1, NATIVE_JSON);
        if (native_next(native, a, &ev, &faults, NULL) != 1 ||
            admit_event(e->w->f.ad, hold, &e->w->f.req, &ev, &faults, a, &payloads, &out) < 0 ||
            out.verdict != VERDICT_ACCEPTED)
            e->failed++;
        e->admitted++;
        admission_release(e->w->f.ad, hold);
    }
    buf_free(&payloads);
    arena_free(a);
    native_free(native);
    return NULL;
}

static void edges_go_on_beside_reloads(void **state)
{
    struct world *w = *state;
    atomic_bool stop = false;
    struct edge edges[2] = {{w, &stop, 0, 0}, {w, &stop, 0, 0}};
    pthread_t threads[2];

    append(w, "{\"name\":\"b.x.done\",\"properties\":{\"seats\":3}}", 50);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, admit_on, &edges[i]), 0);
    for (int i = 0; i < 100; i++) {
        AUTO_FREE char *good = xasprintf("# %d\n%s", i, BASE);

        put_catalogue(w, i % 2 ? "events: 7\n" : good);
        assert_int_equal(reload(w, false, false), i % 2 ? -1 : 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(edges[i].failed, 0);
        assert_true(edges[i].admitted > 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_catalogue_is_noted_and_used),
        TEST(a_broken_or_empty_one_changes_nothing),
        TEST(one_that_stops_most_events_takes_force),
        TEST(half_of_the_events_is_not_most),
        TEST(the_last_thousand_accepted_events_count),
        TEST(few_accepted_events_are_looked_for_in_bounds),
        TEST(more_reasons_than_are_listed_are_counted),
        TEST(without_a_durable_note_nothing_changes),
        TEST(what_does_not_verify_is_counted_and_no_reason_to_refuse),
        TEST(a_report_is_json_whatever_it_holds),
        cmocka_unit_test(every_key_of_an_entry_is_compared),
        cmocka_unit_test(the_hash_is_of_names_and_bytes),
        TEST(edges_go_on_beside_reloads),
    };

    return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
