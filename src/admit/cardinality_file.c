/* SPDX-License-Identifier: Apache-2.0 */
/* cardinality_file.c: the sets of a day over a restart.
 *
 * Lines of JSON: first {"day":"2026-11-22","key":"<32 hex digits>"}, then for each field that has values
 * ["source","field","<16 hex digits for each hash>"]. A file of another day gives its key alone; a source or field
 * that has no budget any more is passed over. Nothing in it can be turned back into a value without trying. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <yyjson.h>

#include "admit/cardinality_inside.h"
#include "base/datetime.h"
#include "base/mem.h"

enum { FILE_MAX = 256 * 1024 * 1024, HASH_DIGITS = 16 };

static struct str text_of(yyjson_val *val)
{
    return yyjson_is_str(val) ? str_of(yyjson_get_str(val), yyjson_get_len(val)) : STR_NONE;
}

/* -1: the line is none. */
static int load_head(struct cardinality *c, yyjson_val *root, int64_t *day)
{
    int64_t us;

    if (datetime_parse_date(text_of(yyjson_obj_get(root, "day")), &us) < 0 ||
        hex_decode(c->key, sizeof c->key, text_of(yyjson_obj_get(root, "key"))) < 0)
        return -1;
    *day = us / DATETIME_DAY_US;
    return 0;
}

/* Its budget, if the settings still have one. */
static struct value_budget *find(struct cardinality *c, struct str source, struct str field)
{
    static const struct str before = {"properties.", 11};

    for (unsigned i = 0; i < c->source_count; i++) {
        if (!str_is(source, c->source_names[i]))
            continue;
        if (str_starts(field, before))
            return cardinality_property(c, i, str_slice(field, before.len, field.len));
        if (str_is(field, "note"))
            return cardinality_property(c, i, field);
        for (size_t k = 0; k < BUDGET_FIELDS; k++)
            if (str_is(field, settings_budget_name((enum budget_field)k)))
                return c->sources[i].fields[k];
    }
    return NULL;
}

static int load_set(struct cardinality *c, yyjson_val *root, int64_t day)
{
    struct str source = text_of(yyjson_arr_get(root, 0)), field = text_of(yyjson_arr_get(root, 1)),
               hashes = text_of(yyjson_arr_get(root, 2));
    struct value_budget *b;
    uint64_t hash;

    if (yyjson_arr_size(root) != 3 || !source.ptr || !field.ptr || !hashes.ptr ||
        hashes.len % HASH_DIGITS != 0)
        return -1;
    b = find(c, source, field);
    if (!b)
        return 0;
    value_budget_turn(b, day);
    for (size_t at = 0; at < hashes.len; at += HASH_DIGITS) {
        if (hex_decode(&hash, sizeof hash, str_slice(hashes, at, HASH_DIGITS)) < 0 || hash == 0)
            return -1;
        if (atomic_load(&b->count) < BUDGET_MOST)
            value_budget_insert(b, hash);
    }
    return 0;
}

static int load_line(struct cardinality *c, struct str line, int number, int64_t *day,
                     int64_t today)
{
    yyjson_doc *doc = yyjson_read(line.ptr, line.len, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    int result = -1;

    if (number == 1)
        result = load_head(c, root, day);
    else if (root)
        result = *day == today ? load_set(c, root, today) : 0;
    yyjson_doc_free(doc);
    return result;
}

static size_t count_values(struct cardinality *c, int64_t *day)
{
    size_t sum = 0;

    *day = 0;
    for (size_t i = 0, n = cardinality_count(c); i < n; i++) {
        int64_t one = atomic_load(&cardinality_at(c, i)->day);

        *day = one > *day ? one : *day;
    }
    for (size_t i = 0, n = cardinality_count(c); i < n; i++)
        if (atomic_load(&cardinality_at(c, i)->day) == *day)
            sum += atomic_load(&cardinality_at(c, i)->count);
    return sum;
}

int cardinality_load(struct cardinality *c, int64_t now_us, struct err *err)
{
    int fd = c->io->open(c->io, c->path, O_RDONLY | O_CLOEXEC, 0);
    int64_t day = 0, today = now_us / DATETIME_DAY_US;
    struct str bytes, rest;
    int result = 0;

    if (fd < 0 && errno == ENOENT)
        return 0; /* the first start */
    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", c->path, strerror(errno));
    c->io->close(c->io, fd);
    if (io_read_file(c->io, c->path, FILE_MAX, &bytes, err) < 0)
        return -1;
    rest = bytes;
    for (int number = 1; rest.len && result == 0; number++)
        if (load_line(c, str_split(&rest, '\n'), number, &day, today) < 0)
            result = err_set(err, ERR_CORRUPT,
                             "%s:%d: not as it was written; without the file, today's budgets of "
                             "distinct values begin anew",
                             c->path, number);
    free((char *)bytes.ptr);
    c->saved = count_values(c, &c->saved_day);
    return result;
}

static size_t put_set(struct buf *out, const struct cardinality *c, struct value_budget *b)
{
    const struct value_table *t;
    char digits[HASH_DIGITS];
    size_t count = 0;

    buf_char(out, '[');
    buf_json(out, str_from(c->source_names[b->source]));
    buf_char(out, ',');
    buf_json(out, b->field);
    buf_str(out, STR(",\""));
    /* No file is touched under this lock. */
    pthread_mutex_lock(&b->mtx);
    t = atomic_load_explicit(&b->table, memory_order_relaxed);
    for (size_t i = 0; i <= t->mask; i++) {
        uint64_t hash = atomic_load_explicit(&t->slots[i], memory_order_relaxed);

        if (!hash)
            continue;
        hex_encode(digits, &hash, sizeof hash);
        buf_append(out, digits, sizeof digits);
        count++;
    }
    pthread_mutex_unlock(&b->mtx);
    buf_str(out, STR("\"]\n"));
    return count;
}

int cardinality_save(struct cardinality *c, struct err *err)
{
    int64_t day;
    size_t sum = count_values(c, &day), seen = 0;
    char key[2 * SIPHASH_KEY_BYTES], date[DATETIME_SIZE];
    AUTO_BUF text;

    buf_init(&text, FILE_MAX);
    if (!c->path || (sum == c->saved && day == c->saved_day))
        return 0;
    hex_encode(key, c->key, sizeof c->key);
    datetime_format_date(date, day * DATETIME_DAY_US);
    buf_printf(&text, "{\"day\":\"%s\",\"key\":\"%.*s\"}\n", date, (int)sizeof key, key);
    for (size_t i = 0, n = cardinality_count(c); i < n; i++) {
        struct value_budget *b = cardinality_at(c, i);

        if (atomic_load(&b->day) == day && atomic_load(&b->count) > 0)
            seen += put_set(&text, c, b);
    }
    if (buf_failed(&text))
        return err_set(err, ERR_LIMIT, "%s would be larger than %d bytes", c->path, FILE_MAX);
    if (io_replace_file(c->io, c->path, 0600, buf_as_str(&text), err) < 0)
        return -1;
    c->saved = seen;
    c->saved_day = day;
    return 0;
}
