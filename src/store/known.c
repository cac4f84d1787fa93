/* SPDX-License-Identifier: Apache-2.0 */
/* known.c: see known.h. */
#include "store/known.h"

#include "base/datetime.h"
#include "base/sql.h"
#include "store/duck.h"

#define TIME_FIRST INT64_C(-62135596800000000) /* 0001-01-01 */
#define TIME_BEHIND INT64_C(253402300800000000) /* 10000-01-01 */

/* A time as the tables' TIMESTAMP has it; what is in no calendar is the end of them. */
static void put_time(struct buf *out, int64_t us, const char *unknown)
{
    char text[DATETIME_SIZE];

    if (us < TIME_FIRST || us >= TIME_BEHIND) {
        sql_literal(out, str_from(unknown));
        return;
    }
    datetime_format(text, us, DATETIME_MICROSECONDS);
    text[DATETIME_LEN_US - 1] = '\0'; /* Z: it is UTC */
    sql_literal(out, str_from(text));
}

void known_question(struct buf *out, const struct known_filter *f, bool count)
{
    char low[3] = {0}, high[3] = {0};
    struct sql_blank blanks[5] = {{"source", STR_NONE},
                                  {"from", STR_NONE},
                                  {"to", STR_NONE},
                                  {"low", {low, 2}},
                                  {"high", {high, 2}}};
    struct buf source, from, to;

    hex_encode(low, &f->low, 1);
    hex_encode(high, &f->high, 1);
    buf_init(&source, 4096);
    buf_init(&from, 64);
    buf_init(&to, 64);
    sql_literal(&source, f->source);
    put_time(&from, f->from_us, "-infinity");
    put_time(&to, f->to_us, "infinity");
    blanks[0].text = buf_as_str(&source);
    blanks[1].text = buf_as_str(&from);
    blanks[2].text = buf_as_str(&to);
    sql_fill(out, duck_sql(count ? "known_count" : "known_ids"), blanks, 5);
    buf_free(&source);
    buf_free(&from);
    buf_free(&to);
}
