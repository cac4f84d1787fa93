/* SPDX-License-Identifier: Apache-2.0 */
/* funnel_steps.c: the parameters that say what a funnel is, and what its statements are put together
 * with: blanks, and parts that come once for each step. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/funnel.h"

uint64_t funnel_bit(const struct funnel *f, size_t step, size_t alternative)
{
    size_t number = alternative;

    for (size_t k = 0; k < step; k++)
        number += f->steps[k].alternative_count;
    CHECK(number < FUNNEL_NAMES_MAX);
    return UINT64_C(1) << number;
}

const char *funnel_table(const struct report_asked *asked)
{
    return str_is(report_text(asked, "per"), "flow") ? "flows_data" : "events";
}

void funnel_free(struct funnel *f)
{
    for (size_t k = 0; k < f->count; k++)
        step_free(f->steps + k);
    free(f->steps);
}

int funnel_read(struct funnel *out, const struct report_asked *asked, struct err *err)
{
    size_t names = 0;

    *out = (struct funnel){.asked = asked, .unit = report_text(asked, "per").ptr};
    out->flows = strcmp(out->unit, "flow") == 0;
    out->unit = out->flows ? "flow_id" : out->unit;
    out->steps = xcalloc(REPORT_REPEATS_MAX, sizeof *out->steps);
    for (size_t k = 0; k < report_count(asked, "step"); k++) {
        if (k == STEPS_MAX)
            return err_set(err, ERR_USAGE, "--step: a funnel may have at most %d steps", STEPS_MAX);
        out->count++;
        if (step_parse(out->steps + k, report_value(asked, "step", k), err) < 0)
            return err_prefix(err, "--step %zu", k + 1);
        names += out->steps[k].alternative_count;
    }
    if (names > FUNNEL_NAMES_MAX)
        return err_set(err, ERR_USAGE, "--step: all steps together may have at most %d names",
                       FUNNEL_NAMES_MAX);
    return 0;
}

int funnel_check(const struct report_asked *asked, struct err *err)
{
    struct funnel f;
    int status = funnel_read(&f, asked, err);

    funnel_free(&f);
    return status;
}

/* Where the unit itself changes over time. */
const char *funnel_note(const struct report_asked *asked)
{
    struct str per = report_text(asked, "per");

    if (str_is(per, "visitor") || str_is(per, "session"))
        return "visitors and sessions have another pseudonym each day: over midnight one counts as "
               "two";
    return NULL;
}

void funnel_put_part(struct buf *out, const char *name, size_t k, const struct sql_blank *more,
                     size_t more_count)
{
    struct sql_blank blanks[8];
    char numbers[3][24];

    CHECK(more_count + 3 <= ARRAY_LEN(blanks));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        snprintf(numbers[i], sizeof numbers[i], "%zu", k + i - 1);
    blanks[0] = (struct sql_blank){"before", str_from(numbers[0])};
    blanks[1] = (struct sql_blank){"k", str_from(numbers[1])};
    blanks[2] = (struct sql_blank){"next", str_from(numbers[2])};
    for (size_t i = 0; i < more_count; i++)
        blanks[3 + i] = more[i];
    report_fill(out, name, blanks, 3 + more_count);
    buf_char(out, '\n');
}

void funnel_put_each(struct buf *out, const char *name, size_t from, size_t to)
{
    for (size_t k = from; k <= to; k++)
        funnel_put_part(out, name, k, NULL, 0);
}

void funnel_put_by(struct buf *out, const struct funnel *f, const char *part)
{
    AUTO_BUF name;

    buf_init(&name, FUNNEL_PART_MAX);
    if (!f->by.ptr)
        return;
    sql_quote(&name, f->by);
    report_fill(out, part, (struct sql_blank[]){{"name", buf_as_str(&name)}}, 1);
    out->failed |= name.failed;
}

struct funnel_blanks {
    struct buf bufs[32];
    struct sql_blank list[32];
    size_t count;
};

struct funnel_blanks *funnel_blanks_new(void)
{
    return xcalloc(1, sizeof(struct funnel_blanks));
}

void funnel_blanks_free(struct funnel_blanks *b)
{
    for (size_t i = 0; b && i < b->count; i++)
        buf_free(&b->bufs[i]);
    free(b);
}

struct buf *funnel_blank(struct funnel_blanks *b, const char *name)
{
    CHECK(b->count < ARRAY_LEN(b->list));
    buf_init(&b->bufs[b->count], FUNNEL_PART_MAX);
    b->list[b->count].name = name;
    return &b->bufs[b->count++];
}

void funnel_blank_part(struct funnel_blanks *b, const char *name, const char *part)
{
    report_fill(funnel_blank(b, name), part, NULL, 0);
}

void funnel_fill(struct buf *out, const char *statement, const struct funnel_blanks *b)
{
    struct sql_blank list[ARRAY_LEN(b->list)];

    for (size_t i = 0; i < b->count; i++) {
        list[i] = (struct sql_blank){b->list[i].name, buf_as_str(&b->bufs[i])};
        out->failed |= b->bufs[i].failed;
    }
    report_fill(out, statement, list, b->count);
}
