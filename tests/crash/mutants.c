/* SPDX-License-Identifier: Apache-2.0 */
/* mutants.c: reloads mutated catalogues, one after another, beside two threads that admit events.
 *
 *   mutants [--long COUNT | --count COUNT] [--seed SEED]
 *
 * Each mutant is one of the example catalogues with one file changed at random: bits, bytes, ranges,
 * lines, indentation, words of YAML and of the catalogue, pieces of another file. After each reload
 * either the very catalogue from before is in use, or one that is the same, entry for entry, as what
 * the folder gives when it is read once more. Ends with one line of figures; exit status 1 where
 * anything was half applied, or an event met an error of ours. By a seed, so that a run repeats. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/compare.h"
#include "collector/reload.h"
#include "memory_io.h"
#include "wire/native.h"

enum {
    FILES_MAX = 16,
    TEXT_MAX = 1 << 20,
    EDGES = 2,
    EXAMPLES_MAX = 64,
    PER_BASE = 100,
    EDGE_PAUSE_US = 1000
};

static const char *const bases[] = {"service", "site", "integrations", "timetracker", "accounts"};

struct base {
    char *names[FILES_MAX];
    struct str texts[FILES_MAX];
    size_t count;
    struct str examples; /* NDJSON */
};

struct world {
    char dir[64], catalogue_dir[80], journal_dir[80];
    struct base bases[ARRAY_LEN(bases)];
    struct memory_io *keys;
    struct pseudonyms *pseudonyms;
    struct useragents *useragents;
    struct sources *sources;
    struct admission *ad;
    struct journal *journal;
    struct reload_opts opts;
    uint64_t rng;
    atomic_bool stop;
    const struct base *_Atomic in_use; /* whose examples the edges send */
    atomic_uint_fast64_t admitted, errors;
    uint64_t ends[RELOAD_FAILED + 1], half;
};

static uint64_t next(struct world *w, uint64_t below)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return below ? w->rng % below : 0;
}

static _Noreturn void die(const char *what, const struct err *err)
{
    fprintf(stderr, "mutants: %s: %s\n", what, err->text);
    exit(1);
}

static void read_base(struct base *b, const char *name)
{
    AUTO_FREE char *dir = io_join("catalogues", name);
    AUTO_FREE char *examples = io_join(dir, "examples.ndjson");
    AUTO_DIR list = opendir(dir);
    struct err err = {0};

    CHECK(list != NULL);
    for (struct dirent *e; (e = readdir(list));) {
        AUTO_FREE char *path = io_join(dir, e->d_name);

        if (!str_ends(str_from(e->d_name), STR(".yaml")))
            continue;
        CHECK(b->count < FILES_MAX);
        b->names[b->count] = xstrdup(e->d_name);
        if (io_read_file(io_system(), path, TEXT_MAX, &b->texts[b->count++], &err) < 0)
            die("read", &err);
    }
    if (io_read_file(io_system(), examples, TEXT_MAX, &b->examples, &err) < 0)
        die("read", &err);
}

static void write_file(struct world *w, const char *name, struct str bytes)
{
    AUTO_FREE char *path = io_join(w->catalogue_dir, name);
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
}

static void put_base(struct world *w, size_t which)
{
    const struct base *b = &w->bases[which];

    for (size_t i = 0; i < ARRAY_LEN(bases); i++)
        for (size_t k = 0; k < w->bases[i].count; k++) {
            AUTO_FREE char *path = io_join(w->catalogue_dir, w->bases[i].names[k]);

            unlink(path);
        }
    for (size_t i = 0; i < b->count; i++)
        write_file(w, b->names[i], b->texts[i]);
}

/* Replaces `len` bytes at `at`. */
static void put_for(struct buf *text, size_t at, size_t len, struct str with)
{
    AUTO_BUF out;

    buf_init(&out, 4 * TEXT_MAX);
    buf_append(&out, text->ptr, at);
    buf_str(&out, with);
    buf_append(&out, text->ptr + at + len, text->len - at - len);
    buf_reset(text, 4 * TEXT_MAX);
    buf_str(text, buf_as_str(&out));
}

/* A line with its end. */
static void pick_line(struct world *w, const struct buf *text, size_t *at, size_t *len)
{
    *at = next(w, text->len + 1);
    while (*at > 0 && text->ptr[*at - 1] != '\n')
        --*at;
    *len = 1 + str_find(str_slice(buf_as_str(text), *at, text->len), '\n');
    if (*at + *len > text->len)
        *len = text->len - *at;
}

static struct str word(struct world *w)
{
    static const char *const words[] = {"- ",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ": ",
                                        "&a ",
                                        "*a",
                                        "!!str ",
                                        "!x ",
                                        "|\n",
                                        ">\n",
                                        "'",
                                        "\"",
                                        "~",
                                        "null",
                                        "true",
                                        "0",
                                        "-1",
                                        "1e999",
                                        "99999999999999999999",
                                        "---\n",
                                        "...\n",
                                        "%YAML 1.1\n",
                                        "#",
                                        "\t",
                                        "\xff",
                                        "\xc3\x28",
                                        "\r\n",
                                        "\xef\xbb\xbf",
                                        "? ",
                                        "<<: *a",
                                        "events:",
                                        "name: ",
                                        "defaults: ",
                                        "properties: ",
                                        "type: ",
                                        "string",
                                        "integer",
                                        "array<integer>|null",
                                        "privacy: pseudonym",
                                        "privacy: drop",
                                        "pseudonym:x",
                                        "status: retired",
                                        "required: true",
                                        "pattern: \"(a+)+$\"",
                                        "pattern: \"[\"",
                                        "values: [a, b]",
                                        "min: 9",
                                        "max: 1",
                                        "{x}",
                                        "name: {a}.{b}.{c}",
                                        "sources: [nobody]",
                                        "expires: 2001-01-01",
                                        "parameters: ",
                                        "",
                                        "max_values: 1",
                                        "multiple: true",
                                        "flow: ",
                                        "kind: flow",
                                        "keep: {ip: 1d}",
                                        "\n",
                                        "    "};

    return str_from(words[next(w, ARRAY_LEN(words))]);
}

static void mutate_once(struct world *w, struct buf *text, const struct base *b)
{
    size_t at = next(w, text->len + 1), left = text->len - at, line_at, line_len, len;
    struct str other = b->texts[next(w, b->count)];
    char byte = (char)next(w, 256);

    pick_line(w, text, &line_at, &line_len);
    switch (next(w, 12)) {
    case 0:
        if (left)
            text->ptr[at] ^= (char)(1 << next(w, 8));
        break;
    case 1: put_for(text, at, left ? 1 : 0, str_of(&byte, 1)); break;
    case 2: put_for(text, at, next(w, (left < 40 ? left : 40) + 1), STR("")); break;
    case 3: put_for(text, at, 0, word(w)); break;
    case 4: put_for(text, line_at, line_len, STR("")); break;
    case 5: {
        AUTO_FREE char *copy = xmemdup(text->ptr + line_at, line_len);

        put_for(text, next(w, 2) ? line_at : at, 0, str_of(copy, line_len));
        break;
    }
    case 6: put_for(text, line_at, 0, next(w, 2) ? STR("  ") : STR(" ")); break;
    case 7: /* dedent */
        len = line_len > 2 && text->ptr[line_at] == ' ' ? 1 + next(w, 2) : 0;
        put_for(text, line_at, len, STR(""));
        break;
    case 8: /* the value behind a colon */
        len = str_find(str_of(text->ptr + line_at, line_len), ':');
        if (len < line_len)
            put_for(text, line_at + len + 1, line_len - len - 1, STR(" "));
        put_for(text, line_at + (len < line_len ? len + 2 : 0), 0, word(w));
        break;
    case 9: text->len = at; break;
    case 10: put_for(text, at, 0, str_slice(other, next(w, other.len), next(w, 400))); break;
    case 11: /* keys change places with what stands behind them, names with others */
        put_for(text, line_at, 0, str_slice(other, next(w, other.len), next(w, 60)));
        break;
    }
}

static const struct catalogue *in_use(struct world *w)
{
    const struct admission_hold *hold = admission_hold(w->ad);
    const struct catalogue *c = admission_catalogue(hold);

    admission_release(w->ad, hold);
    return c;
}

static void count_difference(void *ctx, enum catalogue_difference what, struct str name)
{
    (void)what, (void)name;
    ++*(size_t *)ctx;
}

/* Whether the catalogue in use is what the folder holds. */
static bool is_whole(struct world *w)
{
    struct problems problems = {0};
    struct catalogue *fresh;
    size_t differences = 0;

    if (catalogue_load(&fresh, w->catalogue_dir, &problems, NULL) < 0) {
        problems_free(&problems);
        return false;
    }
    catalogue_compare(fresh, in_use(w), count_difference, &differences);
    if (memcmp(catalogue_hash(fresh), catalogue_hash(in_use(w)), CATALOGUE_HASH_BYTES) != 0)
        differences++;
    catalogue_free(fresh);
    problems_free(&problems);
    return differences == 0;
}

static void reload(struct world *w, bool forced)
{
    const struct reload_wish wish = {.forced = forced, .by = "command"};
    const struct catalogue *before = in_use(w);
    struct reload_report report;
    struct err err = {0};
    int result = reload_run(&w->opts, &wish, &report, &err);
    bool same = in_use(w) == before;

    w->ends[report.end]++;
    if (report.end == RELOAD_DONE ? same || !is_whole(w) : !same)
        w->half++;
    if ((result == 0) != (report.end == RELOAD_DONE || report.end == RELOAD_SAME))
        w->half++;
    if (report.end == RELOAD_FAILED && err.code != ERR_LIMIT)
        die("reload", &err);
    reload_report_free(&report);
}

struct edge {
    struct native *native;
    struct arena *a;
    struct buf body, payloads;
    struct admitted out[EXAMPLES_MAX];
    size_t count;
};

static void open_edge(struct edge *e)
{
    e->native = native_new();
    e->a = arena_new(1 << 16, 1 << 22);
    buf_init(&e->body, TEXT_MAX + NATIVE_PADDING);
    buf_init(&e->payloads, 1 << 22);
}

static void close_edge(struct edge *e)
{
    buf_free(&e->body);
    buf_free(&e->payloads);
    arena_free(e->a);
    native_free(e->native);
}

/* The examples of the base, admitted as one request. */
static void admit_examples(struct world *w, struct edge *e)
{
    const struct admit_request req = {.source = sources_at(w->sources, 0),
                                      .received_us = INT64_C(1795325460000000)};
    const struct admission_hold *hold = admission_hold(w->ad);
    const struct base *b = w->in_use;
    struct faults faults = {0};
    struct event ev;

    e->count = e->body.len = 0;
    buf_str(&e->body, b->examples);
    CHECK(buf_reserve(&e->body, NATIVE_PADDING) == 0);
    arena_reset(e->a);
    buf_reset(&e->payloads, 1 << 22);
    native_start(e->native, e->body.ptr, e->body.len, NATIVE_NDJSON);
    while (e->count < EXAMPLES_MAX && native_next(e->native, e->a, &ev, &faults, NULL) == 1) {
        if (admit_event(w->ad, hold, &req, &ev, &faults, e->a, &e->payloads, &e->out[e->count]) < 0)
            atomic_fetch_add(&w->errors, 1);
        else
            e->count++;
        atomic_fetch_add(&w->admitted, 1);
        faults = (struct faults){0};
    }
    admission_release(w->ad, hold);
}

static void *run_edge(void *arg)
{
    struct world *w = arg;
    struct edge e;

    open_edge(&e);
    while (!atomic_load(&w->stop)) {
        admit_examples(w, &e);
        usleep(EDGE_PAUSE_US);
    }
    close_edge(&e);
    return NULL;
}

static void decided(struct journal_batch *batch)
{
    atomic_store((atomic_bool *)batch->ctx, true);
}

/* What the trials of the next reloads find in the journal. */
static void append_examples(struct world *w)
{
    struct journal_record records[EXAMPLES_MAX] = {0};
    atomic_bool done = false;
    struct journal_batch batch = {.records = records,
                                  .received_us = INT64_C(1795325460000000),
                                  .done = decided,
                                  .ctx = &done};
    struct edge e;

    open_edge(&e);
    admit_examples(w, &e);
    for (batch.count = 0; batch.count < e.count; batch.count++) {
        const struct admitted *out = &e.out[batch.count];

        records[batch.count].kind =
            out->verdict == VERDICT_ACCEPTED ? JOURNAL_EVENT : JOURNAL_QUARANTINE;
        records[batch.count].payload = str_of(e.payloads.ptr + out->payload_at, out->payload_len);
    }
    for (int i = 0; i < 20; i++) { /* so that they are most of the last thousand */
        atomic_store(&done, false);
        journal_submit(w->journal, &batch);
        while (!atomic_load(&done))
            usleep(100);
        CHECK(batch.error == ERR_NONE);
    }
    close_edge(&e);
}

static void open_world(struct world *w)
{
    struct settings_source source = {
        .name = "backend", .key = "a-key-that-nobody-uses", .kind = SOURCE_SERVER, .strict = true};
    struct settings settings = {.sources = &source, .source_count = 1};
    struct journal_opts journal = {.io = io_system(), .reserve_bytes = 1 << 20};
    struct admission_opts opts = {0};
    struct problems problems = {0};
    struct err err = {0};

    /* In memory where there is such a folder: it is not the disk that is tried here. */
    snprintf(w->dir, sizeof w->dir, "%s/weir-mutants-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(mkdtemp(w->dir) != NULL);
    snprintf(w->catalogue_dir, sizeof w->catalogue_dir, "%s/catalogue", w->dir);
    snprintf(w->journal_dir, sizeof w->journal_dir, "%s/journal", w->dir);
    CHECK(mkdir(w->catalogue_dir, 0700) == 0);
    for (size_t i = 0; i < ARRAY_LEN(bases); i++)
        read_base(&w->bases[i], bases[i]);
    put_base(w, 0);
    w->in_use = &w->bases[0];
    w->keys = memory_io_new();
    journal.dir = w->journal_dir;
    if (pseudonyms_open(&w->pseudonyms, &w->keys->io, "keys", &err) < 0 ||
        pseudonyms_rotate(w->pseudonyms, INT64_C(1795325460000000), &err) < 0 ||
        useragents_new(&w->useragents, &err) < 0 || sources_new(&w->sources, &settings, &err) < 0 ||
        catalogue_load(&opts.catalogue, w->catalogue_dir, &problems, &err) < 0 ||
        journal_open(&w->journal, &journal, &err) < 0)
        die("start", &err);
    problems_free(&problems);
    opts.sources = w->sources;
    opts.pseudonyms = w->pseudonyms;
    opts.useragents = w->useragents;
    if (admission_new(&w->ad, &opts, &err) < 0)
        die("start", &err);
    w->opts = (struct reload_opts){.io = io_system(),
                                   .catalogue_dir = w->catalogue_dir,
                                   .journal_dir = w->journal_dir,
                                   .admission = w->ad,
                                   .journal = w->journal};
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *where)
{
    (void)st, (void)what, (void)where;
    return remove(path);
}

static void close_world(struct world *w)
{
    journal_close(w->journal);
    admission_free(w->ad);
    sources_free(w->sources);
    useragents_free(w->useragents);
    pseudonyms_close(w->pseudonyms);
    memory_io_free(w->keys);
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        for (size_t k = 0; k < w->bases[i].count; k++) {
            free(w->bases[i].names[k]);
            free((char *)w->bases[i].texts[k].ptr);
        }
        free((char *)w->bases[i].examples.ptr);
    }
    nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void run_mutants(struct world *w, uint64_t count)
{
    struct buf text;

    buf_init(&text, 4 * TEXT_MAX);
    for (uint64_t i = 0; i < count; i++) {
        const struct base *b = w->in_use;
        size_t file;

        if (i % PER_BASE == 0) { /* a good one in between is taken */
            put_base(w, i / PER_BASE % ARRAY_LEN(bases));
            b = &w->bases[i / PER_BASE % ARRAY_LEN(bases)];
            w->in_use = b;
            reload(w, true);
            append_examples(w);
        }
        file = next(w, b->count);
        buf_reset(&text, 4 * TEXT_MAX);
        buf_str(&text, b->texts[file]);
        for (uint64_t k = 0, times = 1 + next(w, 8) / 6; k < times; k++)
            mutate_once(w, &text, b);
        write_file(w, b->names[file], buf_as_str(&text));
        reload(w, next(w, 2));
        write_file(w, b->names[file], b->texts[file]);
    }
    buf_free(&text);
}

int main(int argc, char **argv)
{
    static struct world w;
    uint64_t count = 2000, seed = 1;
    pthread_t edges[EDGES];

    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t *to = strcmp(argv[i], "--seed") == 0 ? &seed : &count;

        if (str_to_u64(str_from(argv[i + 1]), to) < 0)
            return 2;
    }
    w.rng = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    open_world(&w);
    for (int i = 0; i < EDGES; i++)
        CHECK(pthread_create(&edges[i], NULL, run_edge, &w) == 0);
    run_mutants(&w, count);
    atomic_store(&w.stop, true);
    for (int i = 0; i < EDGES; i++)
        pthread_join(edges[i], NULL);
    close_world(&w);
    printf("mutants: %llu mutated catalogues: %llu taken, %llu broken, %llu unsafe, %llu same; "
           "%llu half applied; %llu events beside them, %llu errors\n",
           (unsigned long long)count, (unsigned long long)w.ends[RELOAD_DONE],
           (unsigned long long)w.ends[RELOAD_BROKEN], (unsigned long long)w.ends[RELOAD_UNSAFE],
           (unsigned long long)w.ends[RELOAD_SAME], (unsigned long long)w.half,
           (unsigned long long)w.admitted, (unsigned long long)w.errors);
    return w.half || w.errors || !w.ends[RELOAD_DONE] || !w.ends[RELOAD_BROKEN];
}
