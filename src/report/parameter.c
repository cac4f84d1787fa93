/* SPDX-License-Identifier: Apache-2.0 */
/* parameter.c: the parameters that reports share, and what a value of each type must look like.
 *
 * A message names the parameter as it is written behind two dashes, whichever way it came, and repeats
 * no value: they reach answers. */
#include "base/datetime.h"
#include "base/mem.h"
#include "report/internal.h"

/* What a funnel is. */
static const struct report_parameter steps[] = {
    {.name = "step",
     .argument = "EVENT",
     .help = "an event's name, or a template with * or {word}; several with|a bar between them "
             "count as one; "
             "filters as name[column=value,...].|Repeat it: the steps in their order, at most 16",
     .type = REPORT_TEXT,
     .repeats = true,
     .required = true},
    {.name = "per",
     .argument = "UNIT",
     .help = "what goes through the steps: flow (default), actor,|session, device or visitor",
     .standard = "flow",
     .choices = "flow|actor|session|device|visitor",
     .type = REPORT_CHOICE},
    {.name = "within",
     .argument = "TIME",
     .help = "how long after the first step each may come",
     .type = REPORT_DURATION},
    {.name = "within-step",
     .argument = "TIME",
     .help = "how long after the step before each may come",
     .type = REPORT_DURATION},
};

static const struct report_parameter range[] = {
    {.name = "from",
     .argument = "TIME",
     .help = "the range's first moment: a day, or RFC 3339 (default: the beginning)",
     .type = REPORT_MOMENT,
     .range = true},
    {.name = "to",
     .argument = "TIME",
     .help = "the first moment after the range (default: no end)",
     .type = REPORT_MOMENT,
     .range = true},
    {.name = "time-zone",
     .argument = "ZONE",
     .help = "where days begin, such as Europe/Berlin (default: UTC)",
     .standard = "UTC",
     .type = REPORT_ZONE},
};

static const struct report_parameter filters[] = {
    {.name = "filter",
     .argument = "FILTER",
     .help =
         "column=value, != for all others, ~ or !~ for a template|with * or {word}; repeat it: all "
         "must hold",
     .type = REPORT_FILTER,
     .repeats = true},
};

static const struct report_parameter by[] = {
    {.name = "by",
     .argument = "COLUMN",
     .help = "a row for each value of this column",
     .type = REPORT_COLUMN},
};

static const struct report_parameter bucket[] = {
    {.name = "bucket",
     .argument = "SPAN",
     .help = "rows by hour, day (default), week (from Monday) or month",
     .standard = "day",
     .choices = "hour|day|week|month",
     .type = REPORT_CHOICE},
};

static const struct report_parameter traffic[] = {
    {.name = "traffic",
     .argument = "WHOSE",
     .help = "events of people (default): neither robots nor internal;|bots, internal, or all",
     .standard = "people",
     .choices = "people|bots|internal|all",
     .type = REPORT_CHOICE},
};

static const struct report_parameter how[] = {
    {.name = "format",
     .argument = "FORMAT",
     .help = "table, csv, json, ndjson or parquet",
     .choices = "table|csv|json|ndjson|parquet",
     .type = REPORT_CHOICE,
     .how = true},
    {.name = "max-rows",
     .argument = "N",
     .help = "leave out rows after this many",
     .type = REPORT_COUNT,
     .least = 1,
     .how = true},
    {.name = "timeout",
     .argument = "TIME",
     .help = "stop after this time (default: 30s); a running engine's|own limit counts, too",
     .type = REPORT_DURATION,
     .how = true},
    {.name = "sql",
     .help = "print the SQL instead of running it",
     .type = REPORT_FLAG,
     .how = true},
};

struct group {
    unsigned bit; /* 0: every report has it */
    const struct report_parameter *list;
    size_t count;
};

static const struct group groups[] = {
    {REPORT_STEPS, steps, ARRAY_LEN(steps)},
    {REPORT_BY, by, ARRAY_LEN(by)},
    {REPORT_BUCKET, bucket, ARRAY_LEN(bucket)},
    {REPORT_RANGE, range, ARRAY_LEN(range)},
    {REPORT_FILTERS, filters, ARRAY_LEN(filters)},
    {REPORT_TRAFFIC, traffic, ARRAY_LEN(traffic)},
    {0, how, ARRAY_LEN(how)},
};

const struct report_parameter *report_parameter_at(const struct report *r, size_t index)
{
    for (const struct report_parameter *p = r->own; p && p->name; p++, index--)
        if (index == 0)
            return p;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (groups[i].bit && !(r->common & groups[i].bit))
            continue;
        if (index < groups[i].count)
            return groups[i].list + index;
        index -= groups[i].count;
    }
    return NULL;
}

static bool is_choice(const char *choices, struct str value)
{
    struct str rest = str_from(choices);

    while (rest.ptr)
        if (str_eq(str_split(&rest, '|'), value))
            return true;
    return false;
}

static int check_count(const struct report_parameter *p, struct str value, struct err *err)
{
    uint64_t number;

    if (str_to_u64(value, &number) == 0 && number >= p->least && (!p->most || number <= p->most))
        return 0;
    if (p->most)
        return err_set(err, ERR_USAGE, "--%s must be a whole number from %llu to %llu", p->name,
                       (unsigned long long)p->least, (unsigned long long)p->most);
    return err_set(err, ERR_USAGE, "--%s must be a whole number from %llu", p->name,
                   (unsigned long long)p->least);
}

/* As the IANA's names are made; which there are, the database knows. */
static int check_zone(const struct report_parameter *p, struct str value, struct err *err)
{
    bool good = value.len > 0 && value.len <= 64;

    for (size_t i = 0; i < value.len; i++) {
        char c = ascii_lower(value.ptr[i]);

        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("/_+-", c));
    }
    return good ? 0
                : err_set(err, ERR_USAGE, "--%s must be the name of a time zone: Europe/Berlin",
                          p->name);
}

static int check_moment(const struct report_parameter *p, struct str value, struct err *err)
{
    int64_t us;

    if (datetime_parse_date(value, &us) == 0 || datetime_parse(value, &us) == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--%s must be a day (2026-11-22) or a time (2026-11-22T05:31:00Z) that exists",
                   p->name);
}

static int check_filter(const struct report_parameter *p, struct str value, struct err *err)
{
    struct report_filter f;

    return report_filter_parse(&f, value, err) < 0 ? err_prefix(err, "--%s", p->name) : 0;
}

int report_parameter_check(const struct report_parameter *p, struct str value, struct err *err)
{
    int64_t us;

    if (memchr(value.ptr, '\0', value.len) || !str_is_utf8(value))
        return err_set(err, ERR_USAGE, "--%s must be text in UTF-8 without NUL", p->name);
    if (value.len > REPORT_VALUE_MAX)
        return err_set(err, ERR_USAGE, "--%s may have at most %d bytes", p->name, REPORT_VALUE_MAX);
    switch (p->type) {
    case REPORT_COUNT: return check_count(p, value, err);
    case REPORT_ZONE: return check_zone(p, value, err);
    case REPORT_MOMENT: return check_moment(p, value, err);
    case REPORT_FILTER: return check_filter(p, value, err);
    case REPORT_DURATION:
        if (datetime_parse_duration(value, &us) == 0 && us > 0)
            return 0;
        return err_set(err, ERR_USAGE, "--%s must be a duration such as 90s, 2h or 14d", p->name);
    case REPORT_CHOICE:
        if (is_choice(p->choices, value))
            return 0;
        return err_set(err, ERR_USAGE, "--%s must be one of %s", p->name, p->choices);
    case REPORT_FLAG:
        if (is_choice("1|0|true|false", value))
            return 0;
        return err_set(err, ERR_USAGE, "--%s must be 1, 0, true or false", p->name);
    case REPORT_TEXT:
    case REPORT_COLUMN:
        if (value.len)
            return 0;
        return err_set(err, ERR_USAGE, "--%s must not be empty", p->name);
    }
    return err_set(err, ERR_INTERNAL, "--%s has no type", p->name);
}
