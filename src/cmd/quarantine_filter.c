/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_filter.c: which quarantined events are meant, and the questions about them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/quarantine.h"
#include "event/fault.h"

#define TIMEOUT_US INT64_C(60000000)
#define ROWS_BYTES_MAX ((size_t)2 << 30)

static void put_codes(struct buf *out)
{
    for (int i = 0; i < FAULT_CODE_COUNT; i++)
        buf_printf(out, "%s%s", i ? ", " : "", fault_code_name((enum fault_code)i));
}

static int wrong_reason(const struct command *self, const char *reason)
{
    AUTO_BUF codes;

    buf_init(&codes, 4096);
    put_codes(&codes);
    return misused(self, "--reason: no error is called `%s`; there are: %.*s", reason,
                   STR_ARG(buf_as_str(&codes)));
}

static int wrong_source(const struct command *self, const struct settings *s, const char *source)
{
    AUTO_BUF names;

    buf_init(&names, 1 << 20);
    for (size_t i = 0; i < s->source_count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", s->sources[i].name);
    return misused(self,
                   "--source: neither the settings nor the quarantine have a source `%s`; "
                   "the settings have: %.*s",
                   source, STR_ARG(buf_as_str(&names)));
}

/* One that is gone from the settings may still have events here. */
static bool has_source(const struct settings *s, const char *source)
{
    const struct quarantine_filter filter = {.source = str_from(source)};
    struct err err = {0};
    uint64_t count;

    for (size_t i = 0; i < s->source_count; i++)
        if (strcmp(s->sources[i].name, source) == 0)
            return true;
    return quarantine_count(s, &filter, &count, &err) < 0 || count > 0;
}

/* The words that are there, each by its name. */
static int set_words(const struct command *self, const struct quarantine_words *w,
                     struct quarantine_filter *out)
{
    const char *const list[][2] = {{"reason", w->reason}, {"name", w->name},
                                   {"source", w->source}, {"since", w->since},
                                   {"until", w->until},   {"state", w->state}};
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        const char *key = list[i][0], *value = list[i][1];

        if (!value ||
            quarantine_filter_set(out, str_from(key), str_from(value), clock_now_us(), &err) == 0)
            continue;
        if (str_is(str_from(key), "reason"))
            return wrong_reason(self, value);
        return misused(self, "--%s: `%s` %s", key, value, err.text);
    }
    return -1;
}

int quarantine_filter_read(const struct command *self, const struct settings *s,
                           const struct quarantine_words *w, struct quarantine_filter *out)
{
    int code;

    *out = (struct quarantine_filter){.state = STR("waiting"), .limit = w->limit};
    code = set_words(self, w, out);
    if (code >= 0)
        return code;
    if (w->since && w->until && out->since_us >= out->until_us)
        return misused(self, "--since is not before --until");
    if (w->source && !has_source(s, w->source))
        return wrong_source(self, s, w->source);
    return -1;
}

bool quarantine_filter_is_empty(const struct quarantine_filter *f)
{
    return !f->reason.ptr && !f->name.ptr && !f->source.ptr && !f->since_us && !f->until_us &&
           !f->position_count && !f->id_count && !f->limit;
}

int quarantine_read_arguments(const struct command *self, int argc, char **argv,
                              struct quarantine_filter *out)
{
    int64_t *positions = xcalloc((size_t)argc + 1, sizeof *positions);
    struct uuid *ids = xcalloc((size_t)argc + 1, sizeof *ids);

    out->positions = positions;
    out->ids = ids;
    for (int i = 0; i < argc; i++) {
        struct str text = str_from(argv[i]);
        int64_t position;

        if (uuid_parse(text, &ids[out->id_count]) == 0)
            out->id_count++;
        else if (str_to_i64(text, &position) == 0 && position > 0)
            positions[out->position_count++] = position;
        else
            return misused(self, "`%s` is neither a position nor an event's id", argv[i]);
    }
    return -1;
}

int quarantine_choose(const struct command *self, const struct settings *s,
                      const struct quarantine_words *w, int argc, char **argv, bool all,
                      struct quarantine_filter *out)
{
    int code = quarantine_filter_read(self, s, w, out);

    if (code < 0)
        code = quarantine_read_arguments(self, argc, argv, out);
    if (code < 0 && all && argc > 0)
        return misused(self, "either --all, or positions and ids");
    if (code < 0 && !all && quarantine_filter_is_empty(out))
        return misused(self, "say which ones: positions or ids, filters, or --all");
    return code;
}

void quarantine_filter_free(struct quarantine_filter *f)
{
    free((void *)(uintptr_t)f->positions);
    free((void *)(uintptr_t)f->ids);
}

int quarantine_query(const struct settings *s, enum quarantine_question which,
                     const struct quarantine_filter *f, struct asked q, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, 4 * ASK_SQL_MAX);
    quarantine_ask(&sql, which, f);
    buf_char(&sql, '\0');
    if (buf_failed(&sql) || sql.len > ASK_SQL_MAX)
        return err_set(err, ERR_LIMIT,
                       "these are too many positions and ids for one question: "
                       "name fewer, or use filters");
    q.sql = sql.ptr;
    if (!q.timeout_us)
        q.timeout_us = TIMEOUT_US;
    return ask(s, &q, err);
}

int quarantine_rows(const struct settings *s, enum quarantine_question which,
                    const struct quarantine_filter *f, int (*take)(void *ctx, yyjson_val *row),
                    void *ctx, struct err *err)
{
    struct str rest, line;
    int status = 0;
    AUTO_BUF rows;

    buf_init(&rows, ROWS_BYTES_MAX);
    if (quarantine_query(s, which, f,
                         (struct asked){.format = QUERY_NDJSON, .write = ask_to_buf, .ctx = &rows},
                         err) < 0)
        return -1;
    rest = buf_as_str(&rows);
    while (status == 0 && rest.ptr) {
        yyjson_doc *doc;

        line = str_split(&rest, '\n');
        if (line.len == 0)
            continue;
        doc = yyjson_read(line.ptr, line.len, 0);
        if (doc)
            status = take(ctx, yyjson_doc_get_root(doc));
        else
            status = err_set(err, ERR_INTERNAL, "the engine's answer is not understood");
        yyjson_doc_free(doc);
    }
    return status;
}

static int take_count(void *ctx, yyjson_val *row)
{
    *(uint64_t *)ctx = yyjson_get_uint(yyjson_obj_get(row, "events"));
    return 0;
}

int quarantine_count(const struct settings *s, const struct quarantine_filter *f, uint64_t *out,
                     struct err *err)
{
    *out = 0;
    return quarantine_rows(s, QUARANTINE_COUNT, f, take_count, out, err);
}
