/* SPDX-License-Identifier: Apache-2.0 */
/* query_body.c: {"sql": "...", "format": "json", "max_rows": 1000, "timeout_ms": 5000}; all but sql
 * may be left out. */
#include "console/query_body.h"

#include <yyjson.h>

static int complain(struct err *err, const char *text)
{
    return err_set(err, ERR_USAGE, "%s", text);
}

static int read_member(struct query_opts *opts, const char *key, yyjson_val *value, struct err *err)
{
    uint64_t number = yyjson_is_uint(value) ? yyjson_get_uint(value) : 0;

    if (strcmp(key, "sql") == 0) {
        if (!yyjson_is_str(value))
            return complain(err, "`sql` must be text");
        opts->sql = str_of(yyjson_get_str(value), yyjson_get_len(value));
    } else if (strcmp(key, "format") == 0) {
        int format = yyjson_is_str(value) ? query_format_find(str_from(yyjson_get_str(value))) : -1;

        if (format < 0)
            return complain(err, "`format` must be json, ndjson, csv, table or parquet");
        opts->format = (enum query_format)format;
    } else if (strcmp(key, "max_rows") == 0) {
        if (number == 0)
            return complain(err, "`max_rows` must be a whole number from 1");
        opts->rows_max = number;
    } else if (strcmp(key, "timeout_ms") == 0) {
        if (number == 0)
            return complain(err, "`timeout_ms` must be a whole number from 1");
        if (number < (uint64_t)opts->timeout_us / 1000)
            opts->timeout_us = (int64_t)number * 1000;
    } else {
        return complain(err,
                        "the body has a key that is none of sql, format, max_rows, timeout_ms");
    }
    return 0;
}

static int read_members(struct query_opts *opts, yyjson_doc *doc, struct err *err)
{
    yyjson_val *root = yyjson_doc_get_root(doc), *key;
    yyjson_obj_iter iter;

    if (!yyjson_is_obj(root))
        return complain(err, "the body must be a JSON object such as {\"sql\": \"SELECT 1\"}");
    yyjson_obj_iter_init(root, &iter);
    while ((key = yyjson_obj_iter_next(&iter)))
        if (read_member(opts, yyjson_get_str(key), yyjson_obj_iter_get_val(key), err) < 0)
            return -1;
    return opts->sql.ptr ? 0 : complain(err, "the body needs `sql`");
}

int query_body_read(struct query_body *out, struct query_opts *opts, struct str body,
                    struct err *err)
{
    yyjson_doc *doc = yyjson_read(body.ptr, body.len, 0);

    *out = (struct query_body){.doc = doc};
    if (!doc)
        return err_set(err, ERR_PARSE, "the body is not JSON");
    return read_members(opts, doc, err);
}

void query_body_free(struct query_body *body)
{
    yyjson_doc_free(body->doc);
    body->doc = NULL;
}
