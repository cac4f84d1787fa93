/* SPDX-License-Identifier: Apache-2.0 */
/* marked.c: finds the line for each error's JSON pointer, and writes the lines with them. */
#include "cmd/marked.h"

#include <stdlib.h>

#include "base/str.h"

enum { INDENT = 2 };

struct marking {
    struct buf *out;
    yyjson_val *event, *errors;
};

/* The first part of a pointer, which loses it. */
static struct str first_part(struct str *pointer)
{
    if (pointer->len && pointer->ptr[0] == '/')
        *pointer = str_slice(*pointer, 1, pointer->len);
    return str_split(pointer, '/');
}

static yyjson_val *member(yyjson_val *object, struct str key)
{
    return yyjson_is_obj(object) ? yyjson_obj_getn(object, key.ptr, key.len) : NULL;
}

/* The value under whose line the error belongs: a member of the event, or of its properties. NULL:
 * none. What stood in `context`, and parts of `flow`, are members of the event itself. */
static yyjson_val *place_of(const struct marking *m, yyjson_val *error)
{
    yyjson_val *path = yyjson_obj_get(error, "path"), *found;
    struct str rest = str_of(yyjson_get_str(path), yyjson_get_len(path)), part, top;

    if (rest.len == 0)
        return NULL;
    top = first_part(&rest);
    if (str_is(top, "context") && rest.ptr)
        top = first_part(&rest);
    found = member(m->event, top);
    if (!found || !str_is(top, "properties") || !rest.ptr)
        return found;
    part = first_part(&rest);
    return member(found, part) ? member(found, part) : found;
}

static void put_error(struct buf *out, yyjson_val *error, int indent, size_t width)
{
    const char *expected = yyjson_get_str(yyjson_obj_get(error, "expected"));
    const char *path = yyjson_get_str(yyjson_obj_get(error, "path"));
    const char *code = yyjson_get_str(yyjson_obj_get(error, "code"));
    const char *message = yyjson_get_str(yyjson_obj_get(error, "message"));

    buf_printf(out, "%*s", indent, "");
    for (size_t i = 0; i < width; i++)
        buf_char(out, '^');
    buf_printf(out, "%s%s", width ? " " : "", code ? code : "error");
    if (!width && path && *path)
        buf_printf(out, " at %s", path);
    buf_str(out, STR(": "));
    if (expected && *expected)
        buf_printf(out, "expected %s. ", expected);
    buf_printf(out, "%s\n", message ? message : "");
}

static void put_errors_of(const struct marking *m, yyjson_val *place, int indent, size_t width)
{
    size_t i, max;
    yyjson_val *error;

    yyjson_arr_foreach(m->errors, i, max, error)
    {
        if (place_of(m, error) == place)
            put_error(m->out, error, indent, width);
    }
}

static void put_value(struct buf *out, yyjson_val *val)
{
    size_t len;
    char *text = yyjson_val_write(val, 0, &len);

    buf_append(out, text, text ? len : 0);
    free(text);
}

static void put_object(const struct marking *m, yyjson_val *object, int indent);

static void put_line(const struct marking *m, yyjson_val *key, yyjson_val *value, int indent,
                     bool last)
{
    size_t before = m->out->len, width;

    put_value(m->out, key);
    width = m->out->len - before;
    buf_str(m->out, STR(": "));
    if (indent == INDENT && yyjson_equals_str(key, "properties"))
        put_object(m, value, indent);
    else
        put_value(m->out, value);
    buf_str(m->out, last ? STR("\n") : STR(",\n"));
    put_errors_of(m, value, indent, width);
}

static void put_object(const struct marking *m, yyjson_val *object, int indent)
{
    size_t i, max;
    yyjson_val *key, *value;

    buf_str(m->out, STR("{\n"));
    yyjson_obj_foreach(object, i, max, key, value)
    {
        buf_printf(m->out, "%*s", indent + INDENT, "");
        put_line(m, key, value, indent + INDENT, i + 1 == max);
    }
    buf_printf(m->out, "%*s}", indent, "");
}

void marked_write(struct buf *out, yyjson_val *event, yyjson_val *errors)
{
    const struct marking m = {.out = out, .event = event, .errors = errors};

    put_errors_of(&m, NULL, 0, 0);
    put_object(&m, event, 0);
    buf_char(out, '\n');
}
