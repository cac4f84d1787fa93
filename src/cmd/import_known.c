/* SPDX-License-Identifier: Apache-2.0 */
/* import_known.c: the answer comes as CSV, and is read as it comes. */
#include "cmd/import_known.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cmd/ask.h"

enum { LINE_MAX = 64, TIMEOUT_S = 600 };

struct answer {
    char line[LINE_MAX];
    size_t len;
    bool past_head, broken;
    void (*take)(void *to, struct str line, bool *broken);
    void *to;
};

static int on_piece(void *ctx, struct str bytes)
{
    struct answer *a = ctx;

    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != '\n') {
            if (a->len == LINE_MAX)
                a->broken = true;
            else
                a->line[a->len++] = bytes.ptr[i];
            continue;
        }
        if (a->past_head)
            a->take(a->to, str_trim(str_of(a->line, a->len)), &a->broken);
        a->past_head = true;
        a->len = 0;
    }
    return a->broken ? -1 : 0;
}

static int put_question(const struct settings *s, const struct known_filter *f, bool count,
                        struct answer *answer, struct err *err)
{
    int64_t timeout_us = TIMEOUT_S * INT64_C(1000000);
    int status;
    AUTO_BUF sql;

    buf_init(&sql, 16384);
    known_question(&sql, f, count);
    buf_char(&sql, '\0');
    if (buf_failed(&sql))
        return err_set(err, ERR_LIMIT, "the source's name is too long to ask for");
    status = ask(s,
                 &(struct asked){.sql = sql.ptr,
                                 .format = QUERY_CSV,
                                 .timeout_us = timeout_us,
                                 .write = on_piece,
                                 .ctx = answer},
                 err);
    if (status == 0 && !answer->broken)
        return 0;
    if (answer->broken)
        err_set(err, ERR_PARSE, "the engine's answer is none");
    err->code = ERR_BUSY; /* the same for every file */
    return err_prefix(err, "ask which events are there already (--no-check does without)");
}

static void take_number(void *to, struct str line, bool *broken)
{
    *broken |= str_to_u64(line, to) < 0;
}

int import_known_count(const struct settings *s, const struct known_filter *f, uint64_t *out,
                       struct err *err)
{
    uint64_t count = 0;
    struct answer answer = {.take = take_number, .to = &count};

    if (put_question(s, f, true, &answer, err) < 0)
        return -1;
    *out = count;
    return 0;
}

static void take_id(void *to, struct str line, bool *broken)
{
    struct uuid id;

    if (uuid_parse(line, &id) < 0)
        *broken = true;
    else
        import_set_add(to, &id);
}

int import_known_read(const struct settings *s, const struct known_filter *f,
                      struct import_set *out, struct err *err)
{
    struct answer answer = {.take = take_id, .to = out};

    return put_question(s, f, false, &answer, err);
}
