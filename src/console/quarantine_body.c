/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_body.c: reads which quarantined events are meant, and why.
 *
 * Which ones must be said: there is no decision about all by leaving something out; `"where": {}` is all. */
#include "console/quarantine_body.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/clock.h"
#include "base/mem.h"

static struct str text_of(yyjson_val *value)
{
    return str_of(yyjson_get_str(value), yyjson_get_len(value));
}

static int read_where(struct quarantine_body *b, yyjson_val *where, struct err *err)
{
    yyjson_obj_iter iter;
    yyjson_val *key;

    if (!yyjson_is_obj(where))
        return err_set(err, ERR_USAGE,
                       "`where` must be an object such as {\"reason\": "
                       "\"wrong_type\"}; {} is all that wait");
    yyjson_obj_iter_init(where, &iter);
    while ((key = yyjson_obj_iter_next(&iter))) {
        yyjson_val *value = yyjson_obj_iter_get_val(key);

        if (yyjson_equals_str(key, "state"))
            return err_set(err, ERR_USAGE, "`where.state`: only what waits is decided about");
        if (!yyjson_is_str(value))
            return err_set(err, ERR_USAGE, "each condition of `where` must be text");
        if (quarantine_filter_set(&b->filter, text_of(key), text_of(value), clock_now_us(), err) <
            0) {
            bool plain = yyjson_get_len(key) <= 16 && str_is_utf8(text_of(key));
            struct err why = *err;

            return plain
                       ? err_set(err, ERR_USAGE, "`where.%s` %.160s", yyjson_get_str(key), why.text)
                       : -1;
        }
    }
    return 0;
}

static bool is_position(yyjson_val *value)
{
    return yyjson_is_uint(value) && yyjson_get_uint(value) > 0 &&
           yyjson_get_uint(value) < INT64_MAX;
}

static int read_positions(struct quarantine_body *b, yyjson_val *list, struct err *err)
{
    size_t count = yyjson_arr_size(list), i, max;
    yyjson_val *item;
    int64_t *out;

    if (!yyjson_is_arr(list) || count == 0 || count > QUARANTINE_POSITIONS_MAX)
        return err_set(err, ERR_USAGE, "`positions` must be a list of 1 to %d positions",
                       QUARANTINE_POSITIONS_MAX);
    b->filter.positions = out = xcalloc(count, sizeof *out);
    yyjson_arr_foreach(list, i, max, item)
    {
        if (!is_position(item))
            return err_set(err, ERR_USAGE, "`positions` must be whole numbers from 1");
        out[b->filter.position_count++] = (int64_t)yyjson_get_uint(item);
    }
    return 0;
}

static int read_text(struct str *out, yyjson_val *value, const char *name, size_t most,
                     struct err *err)
{
    if (!yyjson_is_str(value) || yyjson_get_len(value) > most ||
        memchr(yyjson_get_str(value), '\0', yyjson_get_len(value)))
        return err_set(err, ERR_USAGE, "`%s` must be text of at most %zu bytes, without NUL", name,
                       most);
    *out = text_of(value);
    return 0;
}

static int read_member(struct quarantine_body *b, yyjson_val *key, yyjson_val *value,
                       struct err *err)
{
    if (yyjson_equals_str(key, "where"))
        return read_where(b, value, err);
    if (yyjson_equals_str(key, "positions"))
        return read_positions(b, value, err);
    if (yyjson_equals_str(key, "reason"))
        return read_text(&b->reason, value, "reason", QUARANTINE_ENTRY_MAX, err);
    if (yyjson_equals_str(key, "entry"))
        return read_text(&b->entry, value, "entry", QUARANTINE_ENTRY_MAX, err);
    if (yyjson_equals_str(key, "after")) {
        if (!is_position(value))
            return err_set(err, ERR_USAGE, "`after` must be a position, a whole number from 1");
        b->filter.after = (int64_t)yyjson_get_uint(value);
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "the body has a key that is none of where, positions, after, "
                   "reason, entry");
}

static int read_members(struct quarantine_body *b, yyjson_val *root, struct err *err)
{
    yyjson_obj_iter iter;
    yyjson_val *key;

    if (!yyjson_is_obj(root))
        return err_set(err, ERR_USAGE, "the body must be a JSON object such as {\"where\": {}}");
    yyjson_obj_iter_init(root, &iter);
    while ((key = yyjson_obj_iter_next(&iter)))
        if (read_member(b, key, yyjson_obj_iter_get_val(key), err) < 0)
            return -1;
    if (!yyjson_obj_get(root, "where") == !yyjson_obj_get(root, "positions"))
        return err_set(err, ERR_USAGE, "the body needs either `where` or `positions`");
    return 0;
}

int quarantine_body_read(struct quarantine_body *out, struct str body, struct err *err)
{
    *out = (struct quarantine_body){.doc = yyjson_read(body.ptr, body.len, 0)};
    out->filter.state = STR("waiting");
    if (!out->doc)
        return err_set(err, ERR_PARSE, "the body is not JSON");
    return read_members(out, yyjson_doc_get_root(out->doc), err);
}

void quarantine_body_free(struct quarantine_body *b)
{
    free((void *)(uintptr_t)b->filter.positions);
    yyjson_doc_free(b->doc);
    *b = (struct quarantine_body){.doc = NULL};
}
