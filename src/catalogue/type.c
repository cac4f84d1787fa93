/* SPDX-License-Identifier: Apache-2.0 */
/* type.c: the words for types, read and written. */
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "catalogue/definition.h"

static const char *const names[TYPE_COUNT] = {
    [TYPE_STRING] = "string",   [TYPE_INTEGER] = "integer",   [TYPE_NUMBER] = "number",
    [TYPE_BOOLEAN] = "boolean", [TYPE_DATETIME] = "datetime", [TYPE_UUID] = "uuid",
    [TYPE_URL] = "url",         [TYPE_OBJECT] = "object",
};

/* What other systems call them. */
static const struct {
    const char *theirs, *ours;
} synonyms[] = {
    {"str", "string"},
    {"text", "string"},
    {"varchar", "string"},
    {"int", "integer"},
    {"int64", "integer"},
    {"long", "integer"},
    {"bigint", "integer"},
    {"float", "number"},
    {"double", "number"},
    {"decimal", "number"},
    {"numeric", "number"},
    {"bool", "boolean"},
    {"date", "datetime"},
    {"time", "datetime"},
    {"timestamp", "datetime"},
    {"guid", "uuid"},
    {"uri", "url"},
    {"link", "url"},
    {"list", "array<string>"},
    {"array", "array<string>"},
    {"json", "object"},
    {"hash", "object"},
    {"map", "object"},
    {"enum", "string with values: [...]"},
    {"string[]", "array<string>"},
};

const char *type_name(enum definition_type t)
{
    CHECK(t < TYPE_COUNT);
    return names[t];
}

enum record_type type_record(enum definition_type t)
{
    static const enum record_type records[TYPE_COUNT] = {
        [TYPE_STRING] = RECORD_TEXT,       [TYPE_INTEGER] = RECORD_INTEGER,
        [TYPE_NUMBER] = RECORD_NUMBER,     [TYPE_BOOLEAN] = RECORD_BOOLEAN,
        [TYPE_DATETIME] = RECORD_DATETIME, [TYPE_UUID] = RECORD_UUID,
        [TYPE_URL] = RECORD_TEXT,          [TYPE_OBJECT] = RECORD_JSON,
    };

    CHECK(t < TYPE_COUNT);
    return records[t];
}

static int unknown_type(struct str word, struct err *err)
{
    struct str words[TYPE_COUNT], near;

    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++)
        if (str_eq_nocase(word, str_from(synonyms[i].theirs)))
            return err_set(err, ERR_PARSE, "`%.*s` is not a type: write `%s`", STR_ARG(word),
                           synonyms[i].ours);
    for (size_t i = 0; i < TYPE_COUNT; i++)
        words[i] = str_from(names[i]);
    near = suggest(word, words, TYPE_COUNT);
    if (near.ptr)
        return err_set(err, ERR_PARSE, "`%.*s` is not a type: did you mean `%.*s`?",
                       (int)(word.len < 60 ? word.len : 60), word.ptr, STR_ARG(near));
    return err_set(err, ERR_PARSE,
                   "`%.*s` is not a type: string, integer, number, boolean, datetime, uuid, url, "
                   "object, array<T> and T|null are",
                   (int)(word.len < 60 ? word.len : 60), word.ptr);
}

int type_parse(struct str text, struct definition_type_text *out, struct err *err)
{
    struct definition_type_text t = {0};
    struct str rest, word;
    size_t close = text.len;

    while (close > 0 && text.ptr[close - 1] != '>')
        close--;
    if (str_starts(text, STR("array<")) && close > 0) {
        t.list = true;
        word = str_trim(str_slice(text, 6, close - 7));
        rest = str_trim(str_slice(text, close, text.len));
        if (str_find(word, '|') < word.len)
            return err_set(err, ERR_PARSE,
                           "items cannot be null: write `array<T>`, or "
                           "`array<T>|null` for a list that may be");
        if (str_starts(word, STR("array")))
            return err_set(err, ERR_PARSE, "the items of a list cannot be lists themselves");
    } else {
        word = str_trim(str_slice(text, 0, str_find(text, '|')));
        rest = str_slice(text, str_find(text, '|'), text.len);
    }
    if (rest.len) {
        if (rest.ptr[0] != '|' || !str_is(str_trim(str_slice(rest, 1, rest.len)), "null"))
            return err_set(err, ERR_PARSE, "`|null` is all that may follow, as in `string|null`");
        t.nullable = true;
    }
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (str_is(word, names[i])) {
            t.item = (enum definition_type)i;
            if (t.list && t.item == TYPE_OBJECT)
                return err_set(err, ERR_PARSE, "the items of a list cannot be objects");
            *out = t;
            return 0;
        }
    return unknown_type(word, err);
}

static const char *type_expectation(enum definition_type t)
{
    switch (t) {
    case TYPE_DATETIME: return "datetime (RFC 3339 text or Unix milliseconds)";
    case TYPE_URL: return "url (absolute, http or https)";
    default: return type_name(t);
    }
}

static void describe_values(struct catalogue *c, struct definition_property *p)
{
    struct buf b;

    buf_init(&b, 4096);
    buf_str(&b, STR("one of "));
    for (size_t i = 0; i < p->value_count; i++) {
        if (b.len + p->values[i].len > 1000) {
            buf_printf(&b, ", and %zu more", p->value_count - i);
            break;
        }
        if (i)
            buf_str(&b, STR(", "));
        buf_str(&b, p->values[i]);
    }
    p->expected_values = definition_copy(c, buf_as_str(&b));
    buf_free(&b);
}

void type_describe(struct catalogue *c, struct definition_property *p)
{
    char text[120];
    int n = snprintf(text, sizeof text, "%s%s%s", p->pub.list ? "list of " : "",
                     type_expectation(p->type), p->pub.nullable ? " or null" : "");

    CHECK(n > 0 && (size_t)n < sizeof text);
    p->expected_type = definition_copy(c, str_of(text, (size_t)n));
    if (p->value_count)
        describe_values(c, p);
}

struct str catalogue_property_type(const struct catalogue_property *pub, char *out, size_t size)
{
    const struct definition_property *p = (const struct definition_property *)pub;
    int n = snprintf(out, size, "%s%s%s%s", p->pub.list ? "array<" : "", type_name(p->type),
                     p->pub.list ? ">" : "", p->pub.nullable ? "|null" : "");

    CHECK(n > 0);
    return str_of(out, (size_t)n < size ? (size_t)n : size - 1);
}
