/* SPDX-License-Identifier: Apache-2.0 */
/* test_breakdown_random.c: the report `breakdown` about made-up events, each number counted again in C,
 * one event at a time.
 *
 * The days are those around the end of summer time in Berlin, and of a year before. */
#include "activity_fixture.h"

#include "model/model_internal.h"

#include <math.h>
#include <time.h>

#define FIRST_US INT64_C(1697760000000000) /* 2023-10-20 */
#define HOUR_US INT64_C(3600000000)
enum { DAYS = 16, EVENTS = 1500, KEY_MAX = 40, BY_MAX = 2, VISITORS = 12, DISTINCT_MAX = 4096 };

struct made {
    const char *name;
    int64_t time_us;
    const char *plan; /* NULL: none; of `visit` it is the text of a number */
    const char *path;
    int amount; /* -1: none */
    double rating; /* below 0: none */
    int flag; /* -1: none */
    const char *tags; /* as the answer has them */
    int visitor; /* 0: none */
    bool bot;
};

static struct made events[EVENTS];
static uint64_t seed;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)((seed >> 33) % n);
}

static void make(void)
{
    static const char *const plans[] = {"free", "pro", "(other)",      "(none)",
                                        "",     NULL,  "it's \xc3\xa9"};
    static const char *const numbers[] = {"1", "2", "30", NULL};
    static const char *const paths[] = {"/", "/a", "/b", "/c", NULL, ""};
    static const char *const names[] = {"buy", "visit", "page.a", "page.b"};

    for (size_t i = 0; i < EVENTS; i++) {
        struct made *e = events + i;

        *e = (struct made){.name = names[below(4)],
                           .time_us = FIRST_US + (int64_t)below(DAYS * 24 * 60) * 60000000,
                           .path = paths[below(6)],
                           .amount = below(3) ? (int)below(100) : -1,
                           .rating = below(3) ? below(100) / 4.0 : -1,
                           .flag = (int)below(3) - 1,
                           .tags = below(2) ? "[a, b]" : NULL,
                           .visitor = (int)below(VISITORS),
                           .bot = below(10) == 0};
        e->plan = strcmp(e->name, "visit") == 0 ? numbers[below(4)] : plans[below(7)];
        if (below(3) == 0) /* the hours in which the clocks are set back */
            e->time_us = FIRST_US + 9 * DATETIME_DAY_US + (int64_t)below(4 * 60) * 60000000;
        /* of a year before, half of the days that are asked about have events */
        if (e->time_us >= FIRST_US + 6 * DATETIME_DAY_US &&
            e->time_us < FIRST_US + 11 * DATETIME_DAY_US && below(3) == 0)
            e->time_us -= 365 * DATETIME_DAY_US;
    }
}

static size_t put_properties(const struct made *e, struct record_property *out)
{
    static const struct record_value items[2] = {{.type = RECORD_TEXT, .text = {"a", 1}},
                                                 {.type = RECORD_TEXT, .text = {"b", 1}}};
    size_t count = 0;

    if (e->plan && strcmp(e->name, "visit") == 0)
        out[count++] = (struct record_property){
            .name = STR("plan"),
            .value = {.type = RECORD_INTEGER, .integer = strtol(e->plan, NULL, 10)}};
    else if (e->plan)
        out[count++] = (struct record_property){
            .name = STR("plan"), .value = {.type = RECORD_TEXT, .text = str_from(e->plan)}};
    if (e->amount >= 0)
        out[count++] = (struct record_property){
            .name = STR("amount"), .value = {.type = RECORD_INTEGER, .integer = e->amount}};
    if (e->rating >= 0)
        out[count++] = (struct record_property){
            .name = STR("rating"), .value = {.type = RECORD_NUMBER, .number = e->rating}};
    if (e->flag >= 0)
        out[count++] = (struct record_property){
            .name = STR("flag"), .value = {.type = RECORD_BOOLEAN, .boolean = e->flag == 1}};
    if (e->tags)
        out[count++] = (struct record_property){
            .name = STR("tags"),
            .value = {.type = RECORD_LIST,
                      .list = {.items = items, .count = 2, .item_type = RECORD_TEXT}}};
    return count;
}

static void load(struct model_fixture *t)
{
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < EVENTS; i++) {
        const struct made *e = events + i;
        struct record_property properties[8] = {0};
        struct record rec = {.time_us = e->time_us,
                             .received_us = e->time_us,
                             .name = str_from(e->name),
                             .source = STR("test"),
                             .properties = properties};

        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        rec.flags = (e->bot ? RECORD_BOT : 0) | (e->visitor ? RECORD_HAS_VISITOR : 0);
        memset(rec.visitor.b, e->visitor, sizeof rec.visitor.b);
        rec.context[EVENT_PATH] = e->path ? str_from(e->path) : STR_NONE;
        rec.property_count = put_properties(e, properties);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
    model_refresh(t);
}

/* The same question, for the report and for counting again. */
struct asked_for {
    const char *words[12];
    const char *event; /* a name, `page.` for those that begin so, or NULL */
    const char *by[BY_MAX];
    const char *measure;
    const char *bucket; /* as the report chooses it, too */
    int64_t from_us, to_us, shift_us; /* shift: of the span before, on the clock; 0: none */
    unsigned limit;
    bool berlin, bots;
};

static int64_t offset_us(const struct asked_for *q, int64_t us)
{
    static const int64_t winter[][2] = {{INT64_C(1667091600000000), INT64_C(1679792400000000)},
                                        {INT64_C(1698541200000000), INT64_C(1711846800000000)}};

    if (!q->berlin)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(winter); i++)
        if (us >= winter[i][0] && us < winter[i][1])
            return HOUR_US;
    return 2 * HOUR_US;
}

/* Now, before, or neither. */
enum span { NOW, BEFORE, NEITHER };

static enum span span_of(const struct asked_for *q, const struct made *e)
{
    int64_t local = e->time_us + offset_us(q, e->time_us);
    int64_t from = q->from_us + offset_us(q, q->from_us), to = q->to_us + offset_us(q, q->to_us);

    if (q->event && strncmp(e->name, q->event, strlen(q->event)) != 0)
        return NEITHER;
    if (e->bot && !q->bots)
        return NEITHER;
    if (e->time_us >= q->from_us && e->time_us < q->to_us)
        return NOW;
    return q->shift_us && local >= from - q->shift_us && local < to - q->shift_us ? BEFORE
                                                                                  : NEITHER;
}

static void put_time(char out[KEY_MAX], int64_t us, bool day)
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(out, KEY_MAX, day ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", &tm);
}

static int64_t floor_to(int64_t us, int64_t span)
{
    return us - us % span;
}

/* The bucket's name, and its begin in UTC where that is told. */
static void put_bucket(const struct asked_for *q, const struct made *e, char out[KEY_MAX],
                       char utc[KEY_MAX])
{
    int64_t offset = offset_us(q, e->time_us);
    int64_t local = e->time_us + offset + (span_of(q, e) == BEFORE ? q->shift_us : 0);
    bool quarter = strcmp(q->bucket, "15m") == 0, hour = strcmp(q->bucket, "hour") == 0;
    int64_t begin = floor_to(local, quarter ? HOUR_US / 4 : hour ? HOUR_US : DATETIME_DAY_US);

    out[0] = utc[0] = '\0';
    if (strcmp(q->bucket, "none") == 0)
        return;
    if (strcmp(q->bucket, "week") == 0) /* 1970-01-05 was a Monday */
        begin = floor_to(local - 4 * DATETIME_DAY_US, 7 * DATETIME_DAY_US) + 4 * DATETIME_DAY_US;
    put_time(out, begin, !quarter && !hour);
    if (strcmp(q->bucket, "month") == 0)
        memcpy(out + 8, "01", 2);
    if (q->berlin && (quarter || hour))
        put_time(utc, begin - offset, false);
}

static const char *value_of(const struct made *e, const char *column)
{
    static const char *const flags[] = {NULL, "false", "true"};
    const char *value = NULL;

    if (strcmp(column, "plan") == 0)
        value = e->plan;
    else if (strcmp(column, "path") == 0)
        value = e->path;
    else if (strcmp(column, "flag") == 0)
        value = flags[e->flag + 1];
    else if (strcmp(column, "tags") == 0)
        value = e->tags;
    else
        fail_msg("%s", column);
    return value && *value ? value : "(none)";
}

struct key {
    const char *part[BY_MAX];
    double value;
    bool other;
};

static bool same_key(const struct asked_for *q, const struct key *a, const struct key *b)
{
    for (int i = 0; i < BY_MAX && q->by[i]; i++)
        if (strcmp(a->part[i], b->part[i]) != 0)
            return false;
    return true;
}

static struct key key_of(const struct asked_for *q, const struct made *e)
{
    struct key key = {.other = true};

    for (int i = 0; i < BY_MAX && q->by[i]; i++) {
        key.part[i] = value_of(e, q->by[i]);
        key.other = key.other && strcmp(key.part[i], "(other)") == 0;
    }
    return key;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What is measured of some events; NAN: nothing. */
static double measure(const struct asked_for *q, const struct made *const *list, size_t count)
{
    static bool seen[DAYS * 2 + 800][VISITORS];
    double numbers[EVENTS], sum = 0;
    size_t n = 0, visitors = 0;
    const char *column = strchr(q->measure, ':');

    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < count; i++) {
        double number =
            column && strcmp(column, ":amount") == 0 ? list[i]->amount : list[i]->rating;
        int64_t day = list[i]->time_us / DATETIME_DAY_US - FIRST_US / DATETIME_DAY_US + 400;

        if (number >= 0)
            sum += numbers[n++] = number;
        if (list[i]->visitor && !seen[day][list[i]->visitor])
            visitors += seen[day][list[i]->visitor] = true;
    }
    if (!column)
        return strcmp(q->measure, "visitors") == 0 ? (double)visitors : (double)count;
    if (strncmp(q->measure, "sum", 3) == 0)
        return sum;
    if (n == 0)
        return NAN;
    qsort(numbers, n, sizeof *numbers, compare_numbers);
    return strncmp(q->measure, "mean", 4) == 0 ? sum / (double)n
                                               : (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
}

/* Its events in a span, of a key and a bucket where these are not NULL. */
static size_t find(const struct asked_for *q, enum span span, const struct key *key,
                   const char *bucket, const char *utc, const struct made **out)
{
    size_t count = 0;

    for (size_t i = 0; i < EVENTS; i++) {
        char b[KEY_MAX], u[KEY_MAX];
        struct key own = key_of(q, events + i);

        put_bucket(q, events + i, b, u);
        if (span_of(q, events + i) == span && (!key || same_key(q, key, &own)) &&
            (!bucket || (strcmp(b, bucket) == 0 && strcmp(u, utc) == 0)))
            out[count++] = events + i;
    }
    return count;
}

static const struct asked_for *sorted_for;

/* As the report ranks them. */
static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->other != y->other)
        return x->other - y->other;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    for (int i = 0; i < BY_MAX && sorted_for->by[i]; i++)
        if (strcmp(x->part[i], y->part[i]) != 0)
            return strcmp(x->part[i], y->part[i]);
    return 0;
}

static size_t rank(const struct asked_for *q, struct key *keys)
{
    const struct made *list[EVENTS];
    size_t count = 0;

    for (size_t i = 0; i < EVENTS; i++) {
        struct key key = key_of(q, events + i);
        size_t k = 0;

        while (k < count && !same_key(q, keys + k, &key))
            k++;
        if (k < count || span_of(q, events + i) != NOW)
            continue;
        size_t of_key = find(q, NOW, &key, NULL, NULL, list);
        bool average = q->measure[0] == 'm';

        key.value = average ? (double)of_key : measure(q, list, of_key);
        keys[count++] = key;
    }
    sorted_for = q;
    qsort(keys, count, sizeof *keys, compare_keys);
    return count;
}

/* An event's key as it is shown. */
static struct key shown_key(const struct asked_for *q, const struct made *e, const struct key *keys,
                            size_t key_count)
{
    struct key key = key_of(q, e);

    for (size_t i = 0; i < key_count && i < q->limit; i++)
        if (same_key(q, keys + i, &key))
            return key;
    return (struct key){.part = {"(other)", "(other)"}};
}

/* A line of the answer. */
struct line {
    const char *bucket, *utc, *part[BY_MAX], *value, *share, *before;
};

static char *next_cell(char **rest)
{
    bool quoted = **rest == '"'; /* no value holds a quote */
    char *cell = *rest + quoted, *end = cell + strcspn(cell, quoted ? "\"" : ",\r\n");

    if (quoted)
        *end++ = '\0';
    *rest = *end == ',' ? end + 1 : end + strspn(end, "\r\n");
    *end = '\0';
    return cell;
}

static struct line next_line(const struct asked_for *q, char **rest)
{
    struct line line = {.utc = ""};

    line.bucket = next_cell(rest);
    if (q->berlin && (strcmp(q->bucket, "15m") == 0 || strcmp(q->bucket, "hour") == 0))
        line.utc = next_cell(rest);
    for (int i = 0; i < BY_MAX && q->by[i]; i++)
        line.part[i] = next_cell(rest);
    line.value = next_cell(rest);
    line.share = next_cell(rest);
    line.before = next_cell(rest);
    return line;
}

static void assert_number(const char *text, double expected, const char *what,
                          const struct line *line)
{
    char *end;
    double number = strtod(text, &end);

    if (*text ? isnan(expected) || fabs(number - expected) > 1e-6 * (1 + fabs(expected))
              : !isnan(expected))
        fail_msg("%s of %s %s %s %s is `%s`, not %g", what, line->bucket, line->utc,
                 line->part[0] ? line->part[0] : "", line->part[1] ? line->part[1] : "", text,
                 expected);
}

static size_t collect(const struct asked_for *q, enum span span, const struct line *line,
                      const struct key *keys, size_t key_count, const struct made **out)
{
    bool of_all = !q->by[0] || !*line->part[0], of_range = !*line->bucket;
    size_t count = 0, kept = 0;

    count = find(q, span, NULL, of_range ? NULL : line->bucket, line->utc, out);
    for (size_t i = 0; i < count; i++) {
        struct key key = shown_key(q, out[i], keys, key_count);
        struct key wanted = {.part = {line->part[0], line->part[1]}};

        if (of_all || same_key(q, &wanted, &key))
            out[kept++] = out[i];
    }
    return kept;
}

/* Percent of its bucket's total, with two digits. */
static void assert_share(const struct asked_for *q, const struct line *line, double value)
{
    const struct made *list[EVENTS];
    size_t count = find(q, NOW, NULL, *line->bucket ? line->bucket : NULL, line->utc, list);
    double total = measure(q, list, count), share = strtod(line->share, NULL);
    bool none = q->measure[0] == 'm' || total == 0;

    if (none ? *line->share != '\0' : !*line->share || fabs(share - 100 * value / total) > 0.0051)
        fail_msg("a share of %g of %g is `%s`", value, total, line->share);
}

/* Each line holds, and each event is in one line with bucket and value, and so in all totals. */
static void assert_answer(struct model_fixture *t, const struct asked_for *q)
{
    AUTO_FREE char *csv = activity_report(t, "breakdown", q->words);
    struct key keys[EVENTS];
    const struct made *list[EVENTS];
    size_t key_count = rank(q, keys), in_details = 0, in_all = find(q, NOW, NULL, NULL, NULL, list);
    size_t lines = 0;

    for (char *rest = csv; *rest; lines++) {
        struct line line = next_line(q, &rest);
        size_t count = collect(q, NOW, &line, keys, key_count, list);
        double value = measure(q, list, count);

        assert_number(line.value, value, "value", &line);
        assert_share(q, &line, value);
        if ((!q->by[0] || *line.part[0]) && (*line.bucket || strcmp(q->bucket, "none") == 0))
            in_details += count;
        count = collect(q, BEFORE, &line, keys, key_count, list);
        assert_number(line.before, q->shift_us ? measure(q, list, count) : NAN, "before", &line);
    }
    assert_int_equal(in_details, in_all);
    assert_true(lines > 0 && in_all > 50);
}

#define RANGE "from=2023-10-24", "to=2023-11-04"
#define RANGE_UTC                                                                                  \
    .from_us = FIRST_US + 4 * DATETIME_DAY_US, .to_us = FIRST_US + 15 * DATETIME_DAY_US
#define RANGE_BERLIN                                                                               \
    .from_us = FIRST_US + 4 * DATETIME_DAY_US - 2 * HOUR_US,                                       \
    .to_us = FIRST_US + 15 * DATETIME_DAY_US - HOUR_US, .berlin = true
#define BERLIN "time-zone=Europe/Berlin"

static const struct asked_for questions[] = {
    {.words = {RANGE, "totals=1"}, .measure = "events", .bucket = "day", RANGE_UTC},
    {.words = {RANGE, "by=plan", "event=buy", "totals=1", "bucket=hour"},
     .event = "buy",
     .by = {"plan"},
     .measure = "events",
     .bucket = "hour",
     .limit = 20,
     RANGE_UTC},
    {.words = {RANGE, "by=plan", "limit=2", "totals=1", BERLIN, "bucket=hour"},
     .by = {"plan"},
     .measure = "events",
     .bucket = "hour",
     .limit = 2,
     RANGE_BERLIN},
    {.words = {RANGE, "by=flag", "limit=1", "totals=1", BERLIN, "bucket=day", "compare=previous"},
     .by = {"flag"},
     .measure = "events",
     .bucket = "day",
     .limit = 1,
     .shift_us = 11 * DATETIME_DAY_US,
     RANGE_BERLIN},
    {.words = {RANGE, "by=path", "event=page.*", "totals=1", "bucket=week", "compare=year"},
     .event = "page.",
     .by = {"path"},
     .measure = "events",
     .bucket = "week",
     .limit = 20,
     .shift_us = 365 * DATETIME_DAY_US,
     RANGE_UTC},
    {.words = {RANGE, "by=plan", "by=path", "limit=5", BERLIN, "bucket=15m", "traffic=all"},
     .by = {"plan", "path"},
     .measure = "events",
     .bucket = "15m",
     .limit = 5,
     .bots = true,
     RANGE_BERLIN},
    {.words = {RANGE, "by=flag", "event=page.*", "totals=1", "measure=visitors", BERLIN,
               "bucket=day"},
     .event = "page.",
     .by = {"flag"},
     .measure = "visitors",
     .bucket = "day",
     .limit = 20,
     RANGE_BERLIN},
    {.words = {RANGE, "by=path", "by=flag", "totals=1", "measure=visitors", "limit=3",
               "bucket=week", "compare=previous"},
     .by = {"path", "flag"},
     .measure = "visitors",
     .bucket = "week",
     .limit = 3,
     .shift_us = 11 * DATETIME_DAY_US,
     RANGE_UTC},
    {.words = {RANGE, "by=tags", "totals=1", "measure=sum:amount", "bucket=day", "compare=year",
               BERLIN},
     .by = {"tags"},
     .measure = "sum:amount",
     .bucket = "day",
     .limit = 20,
     .shift_us = 365 * DATETIME_DAY_US,
     RANGE_BERLIN},
    {.words = {RANGE, "by=plan", "totals=1", "measure=mean:rating", "bucket=month", "limit=4"},
     .by = {"plan"},
     .measure = "mean:rating",
     .bucket = "month",
     .limit = 4,
     RANGE_UTC},
    {.words = {RANGE, "by=path", "totals=1", "measure=median:amount", "bucket=none",
               "compare=previous"},
     .by = {"path"},
     .measure = "median:amount",
     .bucket = "none",
     .limit = 20,
     .shift_us = 11 * DATETIME_DAY_US,
     RANGE_UTC},
    {.words = {RANGE, "measure=median:rating", "bucket=day", BERLIN, "compare=previous"},
     .measure = "median:rating",
     .bucket = "day",
     .shift_us = 11 * DATETIME_DAY_US,
     RANGE_BERLIN},
    {.words = {RANGE, "event=visit", "by=plan", "measure=sum:rating", "bucket=none", "totals=1",
               "limit=1"},
     .event = "visit",
     .by = {"plan"},
     .measure = "sum:rating",
     .bucket = "none",
     .limit = 1,
     RANGE_UTC},
};

static const char catalogue[] = "defaults: {owner: a@example.org, kind: product}\n"
                                "events:\n"
                                "  - {name: buy, description: d, trigger: t}\n"
                                "  - {name: visit, description: d, trigger: t}\n"
                                "  - {name: page.a, description: d, trigger: t}\n"
                                "  - {name: page.b, description: d, trigger: t}\n";

static void assert_answers(bool summed)
{
    struct model_fixture t;

    model_setup(&t, catalogue);
    if (summed)
        t.models->days.quiet_us = -1000 * DATETIME_DAY_US; /* no day waits to be summed up */
    seed = 7;
    make();
    load(&t);
    assert_value(t.f, "SELECT count(*) > 0 FROM day_properties_data WHERE property = 'flag'",
                 summed ? "true" : "false");
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        assert_answer(&t, questions + i);
    model_teardown(&t);
}

static void every_number_is_what_counting_gives(void **state)
{
    (void)state;
    assert_answers(false);
}

static void every_number_of_days_that_are_summed_up_is_what_counting_gives(void **state)
{
    (void)state;
    assert_answers(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_what_counting_gives),
        cmocka_unit_test(every_number_of_days_that_are_summed_up_is_what_counting_gives)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
