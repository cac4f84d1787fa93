/* SPDX-License-Identifier: Apache-2.0 */
/* cardinality.c: sets of hashes, one for each field of a source, read without a lock.
 *
 * A set is a table of 64-bit hashes. A reader loads the table and probes; a writer, under the set's mutex, puts a
 * hash into an empty slot. A full table is replaced by one of four times the size and kept, since a reader may still be
 * in it: all older ones together have a third of the newest's size, or less than its own where that is the last. A new day empties the tables where they are, so a
 * reader that comes from the day before finds nothing, or a value of yesterday: that one stays as it is, once.
 *
 * Two texts with one hash count as one value: of 10,000 values 10,000 × 10,000 / 2^65, and nobody can aim at it. */
#include <stdlib.h>

#include "admit/cardinality_inside.h"
#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "base/random.h"

enum { TABLE_FIRST = 64 };

static struct value_table *table_new(size_t size)
{
    struct value_table *t = xcalloc(1, sizeof *t + size * sizeof t->slots[0]);

    t->mask = size - 1;
    return t;
}

static bool table_has(struct value_table *t, uint64_t hash)
{
    for (size_t at = hash & t->mask;; at = (at + 1) & t->mask) {
        uint64_t found = atomic_load_explicit(&t->slots[at], memory_order_relaxed);

        if (found == hash)
            return true;
        if (!found)
            return false;
    }
}

static void table_put(struct value_table *t, uint64_t hash)
{
    size_t at = hash & t->mask;

    while (atomic_load_explicit(&t->slots[at], memory_order_relaxed))
        at = (at + 1) & t->mask;
    atomic_store_explicit(&t->slots[at], hash, memory_order_relaxed);
}

/* Three quarters of a table are used, at most. */
static bool holds(size_t size, size_t count)
{
    return 4 * count <= 3 * size;
}

/* To four times its size, but no more than the budget needs. */
static struct value_table *grow(struct value_budget *b, struct value_table *old, size_t count)
{
    size_t size = 2 * (old->mask + 1);
    struct value_table *t;

    if (!holds(size, b->max > count ? b->max : count))
        size *= 2;
    t = table_new(size);

    for (size_t i = 0; i <= old->mask; i++) {
        uint64_t hash = atomic_load_explicit(&old->slots[i], memory_order_relaxed);

        if (hash)
            table_put(t, hash);
    }
    t->older = old;
    atomic_store_explicit(&b->table, t, memory_order_release);
    return t;
}

void value_budget_insert(struct value_budget *b, uint64_t hash)
{
    struct value_table *t = atomic_load_explicit(&b->table, memory_order_relaxed);
    size_t count = atomic_load_explicit(&b->count, memory_order_relaxed);

    if (!holds(t->mask + 1, count + 1))
        t = grow(b, t, count + 1);
    table_put(t, hash);
    atomic_store_explicit(&b->count, count + 1, memory_order_relaxed);
}

/* A moment of the day before, by a thread whose clock was read a little earlier, counts for the new day. A clock
 * that was set back by more brings an earlier day again. */
void value_budget_turn(struct value_budget *b, int64_t day)
{
    int64_t present = atomic_load_explicit(&b->day, memory_order_relaxed);

    if (day == present || day + 1 == present)
        return;
    for (struct value_table *t = atomic_load_explicit(&b->table, memory_order_relaxed); t;
         t = t->older)
        for (size_t i = 0; i <= t->mask; i++)
            atomic_store_explicit(&t->slots[i], 0, memory_order_relaxed);
    if (b->today.events > 0)
        b->before = b->today;
    b->today = (struct folded_day){.day = day};
    atomic_store_explicit(&b->count, 0, memory_order_relaxed);
    atomic_store_explicit(&b->day, day, memory_order_release);
}

static bool insert(struct value_budget *b, int64_t day, uint64_t hash)
{
    bool fits = true;

    pthread_mutex_lock(&b->mtx);
    value_budget_turn(b, day);
    if (!table_has(atomic_load_explicit(&b->table, memory_order_relaxed), hash)) {
        fits = atomic_load_explicit(&b->count, memory_order_relaxed) < b->max;
        if (fits)
            value_budget_insert(b, hash);
    }
    pthread_mutex_unlock(&b->mtx);
    return fits;
}

bool cardinality_take(struct value_budget *b, int64_t now_us, struct str value)
{
    uint64_t hash = siphash_1_3(b->owner->key, value);
    int64_t day = now_us / DATETIME_DAY_US;

    hash += hash == 0;
    if (day == atomic_load_explicit(&b->day, memory_order_acquire)) {
        if (table_has(atomic_load_explicit(&b->table, memory_order_acquire), hash))
            return true;
        if (atomic_load_explicit(&b->count, memory_order_relaxed) >= b->max)
            return false;
    }
    return insert(b, day, hash);
}

void cardinality_folded(struct value_budget *b, int64_t now_us, const struct record *of)
{
    atomic_fetch_add_explicit(&b->folded, 1, memory_order_relaxed);
    pthread_mutex_lock(&b->mtx);
    value_budget_turn(b, now_us / DATETIME_DAY_US);
    b->today.events++;
    senders_count(&b->today.senders, of);
    pthread_mutex_unlock(&b->mtx);
}

/* Which budgets there are. */

static struct value_budget *budget_new(struct cardinality *c, unsigned source, char *field,
                                       uint64_t max)
{
    struct value_budget *b = xcalloc(1, sizeof *b);

    b->owner = c;
    b->source = source;
    b->field = str_from(field);
    b->max = (size_t)max;
    atomic_init(&b->table, table_new(TABLE_FIRST));
    CHECK(pthread_mutex_init(&b->mtx, NULL) == 0);
    if (c->count == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 64;
        c->list = xrealloc(c->list, c->cap, sizeof(struct value_budget *));
    }
    c->list[c->count++] = b;
    return b;
}

static void budget_free(struct value_budget *b)
{
    for (struct value_table *t = atomic_load(&b->table); t;) {
        struct value_table *older = t->older;

        free(t);
        t = older;
    }
    free((char *)b->field.ptr);
    pthread_mutex_destroy(&b->mtx);
    free(b);
}

struct value_budget *const *cardinality_fields(struct cardinality *c, unsigned source)
{
    CHECK(source < c->source_count);
    return c->sources[source].any ? c->sources[source].fields : NULL;
}

static uint64_t max_of(const struct source_budgets *s, struct str name)
{
    for (size_t i = 0; i < s->own_count; i++)
        if (str_is(name, s->own[i].name))
            return s->own[i].max;
    return s->properties;
}

/* A property's field: as the settings call it. */
static bool is_field_of(const struct value_budget *b, struct str name)
{
    static const struct str before = {"properties.", 11};

    if (!str_starts(b->field, before))
        return str_eq(b->field, name);
    return str_eq(str_slice(b->field, before.len, b->field.len), name);
}

static struct value_budget *find_in(_Atomic(struct value_budget *) *bucket, struct str name)
{
    struct value_budget *b = atomic_load_explicit(bucket, memory_order_acquire);

    while (b && !is_field_of(b, name))
        b = atomic_load_explicit(&b->next, memory_order_acquire);
    return b;
}

struct value_budget *cardinality_property(struct cardinality *c, unsigned source, struct str name)
{
    struct source_budgets *s = &c->sources[source];
    _Atomic(struct value_budget *) *bucket = &s->buckets[str_hash(name) % CARDINALITY_BUCKETS];
    struct value_budget *b;
    uint64_t max;

    CHECK(source < c->source_count);
    b = find_in(bucket, name);
    if (b)
        return b;
    max = max_of(s, name);
    if (max == 0)
        return NULL;
    pthread_mutex_lock(&c->mtx);
    b = find_in(bucket, name);
    if (!b) {
        b = budget_new(
            c, source,
            xasprintf("%s%.*s", str_is(name, "note") ? "" : "properties.", STR_ARG(name)), max);
        atomic_store_explicit(&b->next, atomic_load_explicit(bucket, memory_order_relaxed),
                              memory_order_relaxed);
        atomic_store_explicit(bucket, b, memory_order_release);
    }
    pthread_mutex_unlock(&c->mtx);
    return b;
}

static void init_source(struct cardinality *c, unsigned number, const struct settings_source *from)
{
    struct source_budgets *s = &c->sources[number];

    for (size_t i = 0; i < BUDGET_FIELDS; i++) {
        if (from->budget.fields[i] == 0)
            continue;
        s->any = true;
        s->fields[i] = budget_new(c, number, xstrdup(settings_budget_name((enum budget_field)i)),
                                  from->budget.fields[i]);
    }
    s->properties = from->budget.properties;
    s->own = xcalloc(from->budget.own_count + 1, sizeof *s->own);
    s->own_count = from->budget.own_count;
    for (size_t i = 0; i < s->own_count; i++)
        s->own[i] = (struct settings_budget_property){xstrdup(from->budget.own[i].name),
                                                      from->budget.own[i].max};
}

int cardinality_open(struct cardinality **out, const struct cardinality_opts *opts, struct err *err)
{
    struct cardinality *c = xcalloc(1, sizeof *c);
    uint8_t run[sizeof c->run / 2];

    CHECK(opts->settings && (opts->io || !opts->path));
    CHECK(pthread_mutex_init(&c->mtx, NULL) == 0);
    c->io = opts->io;
    random_key(c->key, sizeof c->key);
    random_bytes(run, sizeof run);
    hex_encode(c->run, run, sizeof run);
    c->source_count = opts->settings->source_count;
    c->sources = xcalloc(c->source_count + 1, sizeof *c->sources);
    c->source_names = xcalloc(c->source_count + 1, sizeof *c->source_names);
    for (unsigned i = 0; i < c->source_count; i++) {
        c->source_names[i] = xstrdup(opts->settings->sources[i].name);
        init_source(c, i, &opts->settings->sources[i]);
    }
    if (opts->path) {
        c->path = xstrdup(opts->path);
        if (cardinality_load(c, opts->now_us, err) < 0) {
            cardinality_close(c);
            return -1;
        }
    }
    *out = c;
    return 0;
}

void cardinality_close(struct cardinality *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        budget_free(c->list[i]);
    free(c->list);
    for (size_t i = 0; i < c->source_count; i++) {
        for (size_t k = 0; k < c->sources[i].own_count; k++)
            free(c->sources[i].own[k].name);
        free(c->sources[i].own);
        free(c->source_names[i]);
    }
    free(c->source_names);
    free(c->sources);
    free(c->path);
    explicit_bzero(c->key, sizeof c->key);
    pthread_mutex_destroy(&c->mtx);
    free(c);
}

size_t cardinality_count(struct cardinality *c)
{
    size_t count;

    pthread_mutex_lock(&c->mtx);
    count = c->count;
    pthread_mutex_unlock(&c->mtx);
    return count;
}

struct value_budget *cardinality_at(struct cardinality *c, size_t index)
{
    struct value_budget *b;

    pthread_mutex_lock(&c->mtx);
    CHECK(index < c->count);
    b = c->list[index];
    pthread_mutex_unlock(&c->mtx);
    return b;
}

void cardinality_read(struct cardinality *c, size_t index, struct cardinality_use *out)
{
    struct value_budget *b = cardinality_at(c, index);

    *out = (struct cardinality_use){.source = b->source,
                                    .field = b->field,
                                    .distinct = atomic_load(&b->count),
                                    .max = b->max,
                                    .folded = atomic_load(&b->folded)};
}
