/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.c: fills the blanks of sql/quarantine_*.sql. */
#include "store/quarantine.h"

#include "base/datetime.h"
#include "base/mem.h"
#include "event/fault.h"
#include "store/duck.h"

enum { PART_MAX = 64 << 20 };

static const char *const names[] = {
    [QUARANTINE_COUNT] = "quarantine_count",         [QUARANTINE_GROUPS] = "quarantine_groups",
    [QUARANTINE_EACH] = "quarantine_each",           [QUARANTINE_WHOLE] = "quarantine_whole",
    [QUARANTINE_POSITIONS] = "quarantine_positions", [QUARANTINE_REACHED] = "quarantine_reached",
};

struct blanks {
    struct buf texts[11];
    struct sql_blank list[11];
    size_t count;
};

static struct buf *blank(struct blanks *b, const char *name)
{
    struct buf *text = &b->texts[b->count];

    buf_init(text, PART_MAX);
    b->list[b->count++].name = name;
    return text;
}

static void put_text(struct blanks *b, const char *name, struct str value)
{
    struct buf *text = blank(b, name);

    if (value.ptr)
        sql_literal(text, value);
    else
        buf_str(text, STR("NULL"));
}

static void put_number(struct blanks *b, const char *name, int64_t value)
{
    struct buf *text = blank(b, name);

    if (value)
        buf_i64(text, value);
    else
        buf_str(text, STR("NULL"));
}

/* As ILIKE takes it, with `\` before what it would take for more than itself. */
static void put_pattern(struct blanks *b, const char *name, struct str pattern)
{
    AUTO_BUF like;

    buf_init(&like, PART_MAX);
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];

        if (c == '%' || c == '_' || c == '\\')
            buf_char(&like, '\\');
        buf_char(&like, c == '*' ? '%' : c == '?' ? '_' : c);
    }
    put_text(b, name, pattern.ptr ? buf_as_str(&like) : STR_NONE);
}

/* Lists as their text, which DuckDB casts. NULL where neither is given. */
static void put_which(struct blanks *b, const struct quarantine_filter *f)
{
    struct buf *positions = blank(b, "positions"), *ids = blank(b, "ids");
    bool any = f->position_count || f->id_count;
    char text[UUID_TEXT_LEN];

    buf_str(positions, any ? STR("'[") : STR("NULL"));
    for (size_t i = 0; i < f->position_count; i++) {
        buf_str(positions, i ? STR(",") : STR(""));
        buf_i64(positions, f->positions[i]);
    }
    buf_str(positions, any ? STR("]'") : STR(""));
    buf_str(ids, any ? STR("'[") : STR("NULL"));
    for (size_t i = 0; i < f->id_count; i++) {
        uuid_format(text, &f->ids[i]);
        buf_str(ids, i ? STR(",") : STR(""));
        buf_append(ids, text, sizeof text);
    }
    buf_str(ids, any ? STR("]'") : STR(""));
}

static void forget(struct blanks *b)
{
    for (size_t i = 0; i < b->count; i++)
        buf_free(&b->texts[i]);
}

static void put_filter(struct buf *out, const struct quarantine_filter *f)
{
    struct blanks b = {.count = 0};

    put_text(&b, "state", f->state);
    put_text(&b, "reason", f->reason);
    put_pattern(&b, "name", f->name);
    put_text(&b, "event", f->event);
    put_text(&b, "source", f->source);
    put_number(&b, "since", f->since_us);
    put_number(&b, "until", f->until_us);
    put_number(&b, "after", f->after);
    put_which(&b, f);
    for (size_t i = 0; i < b.count; i++)
        b.list[i].text = buf_as_str(&b.texts[i]);
    duck_fill_part(out, "part_quarantine_filter", b.list, b.count);
    forget(&b);
}

static int set_moment(int64_t *out, struct str value, int64_t now_us, struct err *err)
{
    if (datetime_parse_moment(value, now_us, out) == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "is neither a time (2026-11-22T05:31:00Z), a day nor a duration (2h)");
}

static bool is_state(struct str text)
{
    return str_is(text, "waiting") || str_is(text, "replayed") || str_is(text, "dropped");
}

int quarantine_filter_set(struct quarantine_filter *f, struct str key, struct str value,
                          int64_t now_us, struct err *err)
{
    if (memchr(value.ptr, '\0', value.len) || !str_is_utf8(value))
        return err_set(err, ERR_USAGE, "is not text in UTF-8 without NUL");
    if (str_is(key, "since"))
        return set_moment(&f->since_us, value, now_us, err);
    if (str_is(key, "until"))
        return set_moment(&f->until_us, value, now_us, err);
    if (str_is(key, "name")) {
        f->name = value;
    } else if (str_is(key, "event")) {
        f->event = value;
    } else if (str_is(key, "source")) {
        f->source = value;
    } else if (str_is(key, "reason")) {
        if (fault_code_find(value) < 0)
            return err_set(err, ERR_USAGE, "is not the code of an error, such as wrong_type");
        f->reason = value;
    } else if (str_is(key, "state")) {
        if (!is_state(value) && !str_is(value, "all"))
            return err_set(err, ERR_USAGE, "is none of waiting, replayed, dropped and all");
        f->state = is_state(value) ? value : STR_NONE;
    } else {
        return err_set(err, ERR_USAGE,
                       "is no condition: there are reason, name, event, source, "
                       "since, until and state");
    }
    return 0;
}

void quarantine_ask(struct buf *out, enum quarantine_question which,
                    const struct quarantine_filter *filter)
{
    struct blanks b = {.count = 0};

    put_filter(blank(&b, "filter"), filter);
    put_text(&b, "reason", filter->reason);
    put_number(&b, "limit", filter->limit > INT64_MAX ? INT64_MAX : (int64_t)filter->limit);
    for (size_t i = 0; i < b.count; i++)
        b.list[i].text = buf_as_str(&b.texts[i]);
    duck_fill_part(out, names[which], b.list, b.count);
    forget(&b);
}
