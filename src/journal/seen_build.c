/* SPDX-License-Identifier: Apache-2.0 */
/* seen_build.c: makes runs from what is there: from items in memory, or from the segments themselves
 * where no run, or only a damaged one, holds their keys. Memory is that of one flush. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/internal.h"
#include "journal/scan.h"
#include "journal/seen_write.h"

int seen_class_number(struct seen_class **classes, size_t *count, uint8_t kind, uint32_t source)
{
    size_t i = 0;

    while (i < *count && ((*classes)[i].kind != kind || (*classes)[i].source != source))
        i++;
    if (i < *count)
        return (int)i;
    if (i == SEEN_CLASSES_MAX)
        return -1;
    if ((i & (i - 1)) == 0) /* as many as there is room for */
        *classes = xrealloc(*classes, i ? 2 * i : 1, sizeof **classes);
    (*classes)[i] = (struct seen_class){.kind = kind, .source = source};
    return (int)(*count)++;
}

int seen_write_items(struct seen *s, const char *temporary, const struct seen_items *items,
                     const struct seen_range *range, struct seen_run **out, struct err *err)
{
    struct seen_writer w = {.fd = -1,
                            .range = *range,
                            .classes = items->classes,
                            .class_count = items->class_count,
                            .table_pages = seen_table_pages(items->count)};
    size_t *from = xcalloc(w.table_pages + 1, sizeof *from);
    size_t bytes = (items->count + 1) * sizeof(struct seen_item);
    /* Mapped, since the heap would keep these megabytes for the next time. */
    struct seen_item *ordered = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     item;
    int result = seen_writer_begin(&w, &s->files, temporary, err);

    CHECK(ordered != MAP_FAILED);
    for (size_t i = 0; i < items->count; i++) {
        items->get(items->ctx, i, &item);
        from[seen_page_of(item.hash, w.table_pages) + 1]++;
    }
    for (size_t p = 0; p < w.table_pages; p++)
        from[p + 1] += from[p];
    for (size_t i = 0; i < items->count; i++) {
        items->get(items->ctx, i, &item);
        ordered[from[seen_page_of(item.hash, w.table_pages)]++] = item;
    }
    /* from[p] is where page p ends by now */
    for (size_t p = 0, at = 0; result == 0 && p < w.table_pages; at = from[p++])
        result = seen_writer_page(&w, ordered + at, from[p] - at, err);
    if (result == 0)
        result = seen_writer_end(&w, out, err);
    seen_writer_reset(&w);
    munmap(ordered, bytes);
    free(from);
    return result;
}

/* What is read from segments, a run at a time. */
struct build {
    struct seen *s;
    struct seen_range range; /* of all; first moves up as runs are written */
    struct seen_item *items;
    struct seen_class *classes;
    size_t count, cap, class_count;
    struct seen_run **runs;
    size_t run_count;
    struct scan scan;
};

static void get_item(void *ctx, size_t i, struct seen_item *out)
{
    const struct build *b = ctx;

    *out = b->items[i];
}

static int write_run(struct build *b, int64_t last, struct err *err)
{
    struct seen_range range = b->range;
    struct seen_items items = {.get = get_item,
                               .ctx = b,
                               .count = b->count,
                               .classes = b->classes,
                               .class_count = b->class_count};
    struct seen_run *run;

    range.last = last;
    b->classes = NULL; /* taken */
    if (seen_write_items(b->s, "build.tmp", &items, &range, &run, err) < 0)
        return -1;
    b->runs = xrealloc(b->runs, b->run_count + 1, sizeof(struct seen_run *));
    b->runs[b->run_count++] = run;
    b->count = b->class_count = 0;
    b->range.first = last + 1;
    return 0;
}

static int take_record(struct build *b, const struct segment_record *record, struct err *err)
{
    const struct journal_opts *o = &b->s->j->opts;
    struct journal_key key;
    struct seen_item *item;
    int class;

    if (record->position < b->range.first || record->position > b->range.last ||
        (record->flags & RECORD_ERASED) ||
        !o->key_of(o->key_ctx, record->kind, record->payload, &key))
        return 0;
    class = seen_class_number(&b->classes, &b->class_count, record->kind, key.source);
    if (class < 0 || b->count == b->s->flush_keys) {
        if (write_run(b, record->position - 1, err) < 0)
            return -1;
        class = seen_class_number(&b->classes, &b->class_count, record->kind, key.source);
    }
    if (b->count == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 1024;
        b->items = xrealloc(b->items, b->cap, sizeof *b->items);
    }
    item = &b->items[b->count++];
    memcpy(item->entry.id, key.id, sizeof key.id);
    item->entry.place = (uint64_t)record->position << 16 | (unsigned)class;
    item->hash = seen_hash(&b->s->files, key.id);
    return 0;
}

/* The last position that counts in the segment before `next`: what stands behind it is void. */
static int find_limit(struct build *b, int64_t next, int64_t *limit, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_header h;
    int found = scan_open(&b->scan, b->s->files.dir, b->s->files.journal, next, block, err);

    *limit = next - 1;
    if (found > 0 && segment_header_parse(&h, block) == NULL && h.previous_last < next)
        *limit = h.previous_last;
    return found < 0 ? -1 : 0;
}

static int read_segment(struct build *b, int64_t first, int64_t limit, struct err *err)
{
    struct seen *s = b->s;
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_record record;
    uint64_t at = SEGMENT_HEADER_BYTES;
    int64_t last = first - 1;
    int found = scan_open(&b->scan, s->files.dir, s->files.journal, first, block, err);

    if (found <= 0)
        return found; /* one that was deleted meanwhile has no keys that count */
    while (last < b->range.last && last < limit) {
        found = scan_next(&b->scan, &at, last + 1, &record);
        if (found == 0)
            found = scan_resync(&b->scan, &at, last + 1, limit, &record);
        if (found < 0)
            return err_set(err, ERR_IO, "read segment %lld in %s: %s", (long long)first,
                           s->files.dir, strerror(errno));
        if (found == 0)
            break;
        if (take_record(b, &record, err) < 0)
            return -1;
        last = record.position;
        at += record.bytes;
    }
    scan_close(&b->scan);
    return 0;
}

struct names {
    int64_t *list;
    size_t count;
};

static int take_name(void *ctx, const char *name)
{
    struct names *n = ctx;
    int64_t first = segment_name_parse(name);

    if (first < 0)
        return 0;
    n->list = xrealloc(n->list, n->count + 1, sizeof *n->list);
    n->list[n->count++] = first;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int read_segments(struct build *b, struct err *err)
{
    const struct seen_files *f = &b->s->files;
    struct names names = {0};
    int64_t first = b->range.first, limit;
    int result = 0;

    if (f->io->list(f->io, f->dir, take_name, &names) < 0)
        result = err_set(err, ERR_IO, "list %s: %s", f->dir, strerror(errno));
    if (names.count)
        qsort(names.list, names.count, sizeof *names.list, by_number);
    for (size_t i = 0, next; result == 0 && i < names.count; i = next) {
        for (next = i + 1; next < names.count && names.list[next] == names.list[i];)
            next++; /* it is there in both forms */
        if (names.list[i] > b->range.last || (next < names.count && names.list[next] <= first))
            continue;
        limit = SEGMENT_POSITION_MAX;
        if (next < names.count)
            result = find_limit(b, names.list[next], &limit, err);
        if (result == 0)
            result = read_segment(b, names.list[i], limit, err);
    }
    free(names.list);
    return result;
}

int seen_build(struct seen *s, const struct seen_range *range, struct seen_run ***out,
               size_t *count, struct err *err)
{
    struct build b = {.s = s, .range = *range};
    int result;

    if (b.range.complete_from > b.range.first)
        b.range.complete_from = b.range.first;
    scan_init(&b.scan, s->files.io);
    result = read_segments(&b, err);
    if (result == 0)
        result = write_run(&b, range->last, err);
    scan_reset(&b.scan);
    free(b.items);
    free(b.classes);
    if (result < 0) {
        for (size_t i = 0; i < b.run_count; i++)
            seen_run_drop(b.runs[i], &s->files);
        free(b.runs);
        return -1;
    }
    s->rebuilt++;
    *out = b.runs;
    *count = b.run_count;
    return 0;
}
