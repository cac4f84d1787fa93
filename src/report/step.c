/* SPDX-License-Identifier: Apache-2.0 */
/* step.c: reads the steps of a funnel. */
#include "report/step.h"

#include <stdlib.h>

#include "base/mem.h"

/* What has been read of a step. */
struct reading {
    struct str text;
    size_t at;
};

static int complain(const struct reading *r, struct err *err, const char *what)
{
    return err_set_at(err, ERR_USAGE, r->at, "%s, at character %zu of the step", what, r->at + 1);
}

static char here(const struct reading *r)
{
    return r->at < r->text.len ? r->text.ptr[r->at] : '\0';
}

/* The text up to one of `ends`, or to the end of the step; what stands behind a backslash ends
 * nothing. */
static int take_until(struct reading *r, const char *ends, struct str *out, struct err *err)
{
    size_t from = r->at;

    while (r->at < r->text.len && !strchr(ends, here(r))) {
        if (here(r) == '\\' && ++r->at == r->text.len)
            return complain(r, err, "there is nothing behind the last backslash");
        r->at++;
    }
    *out = str_slice(r->text, from, r->at - from);
    return 0;
}

static char *without_backslashes(struct str s)
{
    char *copy = xmemdup(s.ptr, s.len);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len)
            i++;
        copy[len++] = s.ptr[i];
    }
    copy[len] = '\0';
    return copy;
}

static int read_filter(struct reading *r, struct step_alternative *a, struct err *err)
{
    struct step_filter *f = a->filters + a->filter_count;
    struct reading from = *r;
    struct str text;

    if (a->filter_count == STEP_FILTERS_MAX)
        return complain(r, err, "a name may have at most 8 filters");
    if (take_until(r, ",]", &text, err) < 0)
        return -1;
    if (report_filter_parse(&f->filter, text, err) < 0)
        return complain(&from, err, "a filter is column=value, with =, !=, ~ or !~");
    a->filter_count++;
    if (f->filter.op == FILTER_IS || f->filter.op == FILTER_IS_NOT) {
        f->value = without_backslashes(f->filter.value);
        f->filter.value = str_from(f->value);
    }
    return 0;
}

static int read_filters(struct reading *r, struct step_alternative *a, struct err *err)
{
    do {
        r->at++; /* [ or , */
        if (read_filter(r, a, err) < 0)
            return -1;
    } while (here(r) == ',');
    if (here(r) != ']')
        return complain(r, err, "the ] is missing");
    r->at++;
    while (here(r) == ' ')
        r->at++;
    return 0;
}

static int read_alternative(struct reading *r, struct step_alternative *a, struct err *err)
{
    if (take_until(r, "[]|", &a->name, err) < 0)
        return -1;
    a->name = str_trim(a->name);
    if (a->name.len == 0)
        return complain(r, err, "the name of an event is missing");
    if (here(r) == '[' && read_filters(r, a, err) < 0)
        return -1;
    if (r->at < r->text.len && here(r) != '|')
        return complain(r, err, "there is more than a name and its filters");
    return 0;
}

int step_parse(struct step *out, struct str text, struct err *err)
{
    struct reading r = {.text = text};

    *out = (struct step){.alternative_count = 0};
    for (;;) {
        if (out->alternative_count == STEP_ALTERNATIVES_MAX)
            return complain(&r, err, "a step may have at most 8 names");
        if (read_alternative(&r, out->alternatives + out->alternative_count++, err) < 0)
            return -1;
        if (r.at == text.len)
            return 0;
        r.at++; /* | */
    }
}

void step_free(struct step *s)
{
    for (size_t i = 0; i < s->alternative_count; i++)
        for (size_t k = 0; k < s->alternatives[i].filter_count; k++)
            free(s->alternatives[i].filters[k].value);
    *s = (struct step){.alternative_count = 0};
}
