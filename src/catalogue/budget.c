/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c: sets of texts that only grow, read without a lock.
 *
 * A set is a table of pointers to entries that never change. A reader loads the table, then its
 * slots; a writer, under the set's mutex, publishes an entry by one store into an empty slot. A full
 * table is replaced by a larger one and kept, since a reader may still be in it: all older ones
 * together are smaller than the newest. */
#include "catalogue/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <yyjson.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

enum { TABLE_FIRST = 16, BUCKETS = 1024, FILE_MAX = 256 * 1024 * 1024 };

struct entry {
    uint64_t hash;
    size_t len;
    char text[];
};

struct table {
    struct table *older;
    size_t mask;
    _Atomic(struct entry *) slots[];
};

struct budget {
    struct str event, parameter;
    _Atomic(struct table *) table;
    _Atomic size_t count, max;
    _Atomic uint64_t folded;
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct entry **order; /* as they came, for the file */
    /* guarded by the registry's */
    struct budget *next; /* in its bucket */
};

struct budgets {
    const struct io *io;
    char *path; /* NULL: in memory only */
    size_t saved; /* entries in the file; the owner's */
    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct budget **list;
    size_t count, cap;
    struct budget *buckets[BUCKETS];
};

static struct table *table_new(size_t size)
{
    struct table *t = xcalloc(1, sizeof *t + size * sizeof t->slots[0]);

    t->mask = size - 1;
    return t;
}

static bool table_find(struct table *t, uint64_t hash, struct str value)
{
    for (size_t at = hash & t->mask;; at = (at + 1) & t->mask) {
        const struct entry *e = atomic_load_explicit(&t->slots[at], memory_order_acquire);

        if (!e)
            return false;
        if (e->hash == hash && str_eq(str_of(e->text, e->len), value))
            return true;
    }
}

static void table_put(struct table *t, struct entry *e)
{
    size_t at = e->hash & t->mask;

    while (atomic_load_explicit(&t->slots[at], memory_order_relaxed))
        at = (at + 1) & t->mask;
    atomic_store_explicit(&t->slots[at], e, memory_order_release);
}

/* Under the mutex: twice the size, with all that was in it. */
static struct table *grow(struct budget *b, struct table *old, size_t count)
{
    struct table *t = table_new(2 * (old->mask + 1));

    for (size_t i = 0; i < count; i++)
        table_put(t, b->order[i]);
    t->older = old;
    atomic_store_explicit(&b->table, t, memory_order_release);
    b->order = xrealloc(b->order, t->mask + 1, sizeof(struct entry *));
    return t;
}

/* Under the mutex: false where the budget is spent. */
static bool insert(struct budget *b, uint64_t hash, struct str value, size_t max)
{
    struct table *t = atomic_load_explicit(&b->table, memory_order_relaxed);
    size_t count = atomic_load_explicit(&b->count, memory_order_relaxed);
    struct entry *e;

    if (table_find(t, hash, value))
        return true; /* another thread was quicker */
    if (count >= max)
        return false;
    if (2 * (count + 1) > t->mask + 1)
        t = grow(b, t, count);
    e = xmalloc(sizeof *e + value.len + 1);
    e->hash = hash;
    e->len = value.len;
    memcpy(e->text, value.ptr, value.len);
    e->text[value.len] = '\0';
    b->order[count] = e;
    table_put(t, e);
    atomic_store_explicit(&b->count, count + 1, memory_order_release);
    return true;
}

bool budget_admit(struct budget *b, struct str value, size_t max)
{
    uint64_t hash = str_hash(value);
    bool fits = true;

    CHECK(value.ptr != NULL);
    if (atomic_load_explicit(&b->max, memory_order_relaxed) != max)
        atomic_store_explicit(&b->max, max, memory_order_relaxed);
    if (table_find(atomic_load_explicit(&b->table, memory_order_acquire), hash, value))
        return true;
    if (atomic_load_explicit(&b->count, memory_order_acquire) < max) {
        pthread_mutex_lock(&b->mtx);
        fits = insert(b, hash, value, max);
        pthread_mutex_unlock(&b->mtx);
    } else {
        fits = false;
    }
    if (!fits)
        atomic_fetch_add_explicit(&b->folded, 1, memory_order_relaxed);
    return fits;
}

static struct budget *budget_new(struct str event, struct str parameter)
{
    struct budget *b = xcalloc(1, sizeof *b);

    b->event = str_of(xmemdup(event.ptr, event.len), event.len);
    b->parameter = str_of(xmemdup(parameter.ptr, parameter.len), parameter.len);
    atomic_init(&b->table, table_new(TABLE_FIRST));
    b->order = xcalloc(TABLE_FIRST, sizeof(struct entry *));
    CHECK(pthread_mutex_init(&b->mtx, NULL) == 0);
    return b;
}

static void budget_free(struct budget *b)
{
    size_t count = atomic_load(&b->count);

    for (size_t i = 0; i < count; i++)
        free(b->order[i]);
    for (struct table *t = atomic_load(&b->table); t;) {
        struct table *older = t->older;

        free(t);
        t = older;
    }
    free(b->order);
    free((char *)b->event.ptr);
    free((char *)b->parameter.ptr);
    pthread_mutex_destroy(&b->mtx);
    free(b);
}

struct budget *budgets_get(struct budgets *bs, struct str event, struct str parameter)
{
    size_t bucket = (str_hash_nocase(event) ^ 3 * str_hash(parameter)) % BUCKETS;
    struct budget *b;

    pthread_mutex_lock(&bs->mtx);
    for (b = bs->buckets[bucket]; b; b = b->next)
        if (str_eq_nocase(b->event, event) && str_eq(b->parameter, parameter))
            break;
    if (!b) {
        b = budget_new(event, parameter);
        b->next = bs->buckets[bucket];
        bs->buckets[bucket] = b;
        if (bs->count == bs->cap) {
            bs->cap = bs->cap ? 2 * bs->cap : 64;
            bs->list = xrealloc(bs->list, bs->cap, sizeof(struct budget *));
        }
        bs->list[bs->count++] = b;
    }
    pthread_mutex_unlock(&bs->mtx);
    return b;
}

size_t budgets_count(struct budgets *b)
{
    size_t count;

    pthread_mutex_lock(&b->mtx);
    count = b->count;
    pthread_mutex_unlock(&b->mtx);
    return count;
}

void budgets_read(struct budgets *bs, size_t index, struct budget_use *out)
{
    struct budget *b;

    pthread_mutex_lock(&bs->mtx);
    CHECK(index < bs->count);
    b = bs->list[index];
    pthread_mutex_unlock(&bs->mtx);
    out->event = b->event;
    out->parameter = b->parameter;
    out->distinct = atomic_load(&b->count);
    out->max = atomic_load(&b->max);
    out->folded = atomic_load(&b->folded);
}

static int load_line(struct budgets *b, struct str line)
{
    yyjson_doc *doc = yyjson_read(line.ptr, line.len, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc), *v[3];
    struct str text[3];
    bool good = yyjson_arr_size(root) == 3;

    for (size_t i = 0; good && i < 3; i++) {
        v[i] = yyjson_arr_get(root, i);
        good = yyjson_is_str(v[i]) && yyjson_get_len(v[i]) > 0;
        if (good)
            text[i] = str_of(yyjson_get_str(v[i]), yyjson_get_len(v[i]));
    }
    if (good)
        budget_admit(budgets_get(b, text[0], text[1]), text[2], BUDGET_MAX);
    yyjson_doc_free(doc);
    return good ? 0 : -1;
}

static size_t count_entries(struct budgets *b)
{
    size_t sum = 0;

    pthread_mutex_lock(&b->mtx);
    for (size_t i = 0; i < b->count; i++)
        sum += atomic_load_explicit(&b->list[i]->count, memory_order_acquire);
    pthread_mutex_unlock(&b->mtx);
    return sum;
}

static int load(struct budgets *b, struct err *err)
{
    int fd = b->io->open(b->io, b->path, O_RDONLY | O_CLOEXEC, 0);
    struct str bytes, rest;
    int result = 0;

    if (fd < 0 && errno == ENOENT)
        return 0; /* the first start */
    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", b->path, strerror(errno));
    b->io->close(b->io, fd);
    if (io_read_file(b->io, b->path, FILE_MAX, &bytes, err) < 0)
        return -1;
    rest = bytes;
    for (int number = 1; rest.len && result == 0; number++) {
        struct str line = str_split(&rest, '\n');

        if (load_line(b, line) < 0)
            result =
                err_set(err, ERR_CORRUPT, "%s:%d: not a line [\"event\", \"parameter\", \"value\"]",
                        b->path, number);
    }
    free((char *)bytes.ptr);
    b->saved = count_entries(b);
    return result;
}

int budgets_open(struct budgets **out, const struct io *io, const char *path, struct err *err)
{
    struct budgets *b = xcalloc(1, sizeof *b);

    CHECK(io || !path);
    CHECK(pthread_mutex_init(&b->mtx, NULL) == 0);
    b->io = io;
    if (path) {
        b->path = xstrdup(path);
        if (load(b, err) < 0)
            goto fail;
    }
    *out = b;
    return 0;

fail:
    budgets_close(b);
    return -1;
}

void budgets_close(struct budgets *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->count; i++)
        budget_free(b->list[i]);
    free(b->list);
    free(b->path);
    pthread_mutex_destroy(&b->mtx);
    free(b);
}

static void put_line(struct buf *out, const struct budget *b, const struct entry *e)
{
    buf_char(out, '[');
    buf_json(out, b->event);
    buf_char(out, ',');
    buf_json(out, b->parameter);
    buf_char(out, ',');
    buf_json(out, str_of(e->text, e->len));
    buf_str(out, STR("]\n"));
}

int budgets_save(struct budgets *b, struct err *err)
{
    AUTO_BUF text;
    size_t seen = 0;

    buf_init(&text, FILE_MAX);
    if (!b->path || count_entries(b) == b->saved)
        return 0;
    for (size_t i = 0, n = budgets_count(b); i < n; i++) {
        struct budget *one;

        pthread_mutex_lock(&b->mtx);
        one = b->list[i];
        pthread_mutex_unlock(&b->mtx);
        /* An insert may move `order` meanwhile. No file is touched under this lock. */
        pthread_mutex_lock(&one->mtx);
        for (size_t k = 0; k < atomic_load(&one->count); k++, seen++)
            put_line(&text, one, one->order[k]);
        pthread_mutex_unlock(&one->mtx);
    }
    if (buf_failed(&text))
        return err_set(err, ERR_LIMIT, "%s would be larger than %d bytes", b->path, FILE_MAX);
    if (io_replace_file(b->io, b->path, 0600, buf_as_str(&text), err) < 0)
        return -1;
    b->saved = seen;
    return 0;
}
