/* SPDX-License-Identifier: Apache-2.0 */
/* seen_write.c: writes a run page by page, and gives it its name only once it is durable. Format:
 * top of seen_run.c. What it has written is synced in slices, so that commits meanwhile do not wait
 * for all of it. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/seen_write.h"

enum { SLICE_PAGES = 256, PARTS = 256 };

static int fail_io(struct err *err, const char *what, const char *path)
{
    bool space = errno == ENOSPC || errno == EDQUOT;

    return err_set(err, space ? ERR_SPACE : ERR_IO, "%s %s: %s", what, path, strerror(errno));
}

uint64_t seen_table_pages(uint64_t keys)
{
    return keys <= SEEN_PAGE_FILL ? 1 : (keys + SEEN_PAGE_FILL - 1) / SEEN_PAGE_FILL;
}

int seen_writer_begin(struct seen_writer *w, const struct seen_files *f, const char *temporary,
                      struct err *err)
{
    CHECK(w->class_count <= SEEN_CLASSES_MAX && w->table_pages > 0);
    w->f = f;
    w->path = io_join(f->dir, temporary);
    w->header_bytes = seen_header_bytes(f, w->classes, w->class_count);
    w->out = xmalloc((size_t)SLICE_PAGES * SEEN_PAGE_BYTES);
    w->fd = f->io->open(f->io, w->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    return w->fd < 0 ? fail_io(err, "create", w->path) : 0;
}

static int write_slice(struct seen_writer *w, struct err *err)
{
    const struct io *io = w->f->io;
    struct iovec iov = {.iov_base = w->out, .iov_len = w->out_pages * SEEN_PAGE_BYTES};
    uint64_t from = w->pages - w->out_pages;

    if (w->out_pages == 0)
        return 0;
    w->out_pages = 0;
    if (io_write_all(io, w->fd, &iov, 1, (off_t)(w->header_bytes + from * SEEN_PAGE_BYTES)) < 0 ||
        io->fdatasync(io, w->fd) < 0)
        return fail_io(err, "write", w->path);
    return 0;
}

/* Adds a page with these items, which are sorted. */
static int put_page(struct seen_writer *w, const struct seen_item *items, size_t count,
                    struct err *err)
{
    uint8_t *page = w->out + w->out_pages * SEEN_PAGE_BYTES, *to = page + 16;

    CHECK(count <= SEEN_PAGE_KEYS);
    memset(page, 0, 16);
    for (size_t i = 0; i < count; i++, to += sizeof items->entry) {
        struct seen_entry e = items[i].entry;

        e.place = htole64(e.place);
        memcpy(to, &e, sizeof e);
    }
    memset(to, 0, (size_t)(page + SEEN_PAGE_BYTES - to));
    seen_page_seal(page, w->f, &w->range, w->pages, (unsigned)count);
    w->pages++;
    w->keys += count;
    return ++w->out_pages == SLICE_PAGES ? write_slice(w, err) : 0;
}

/* Sorts by the hashes, which are spread evenly over the page's share of all hashes: once over 256
 * parts of that, then each item at most a few places on. */
static void sort(struct seen_item *out, const struct seen_item *items, size_t count, uint64_t pages)
{
    uint32_t from[PARTS + 1] = {0};

    for (size_t i = 0; i < count; i++)
        from[(items[i].hash * pages >> 56) + 1]++;
    for (size_t p = 0; p < PARTS; p++)
        from[p + 1] += from[p];
    for (size_t i = 0; i < count; i++)
        out[from[items[i].hash * pages >> 56]++] = items[i];
    for (size_t i = 1; i < count; i++) {
        struct seen_item item = out[i];
        size_t k = i;

        for (; k > 0 && out[k - 1].hash > item.hash; k--)
            out[k] = out[k - 1];
        out[k] = item;
    }
}

static void *grow(void *items, size_t *cap, size_t need)
{
    if (need <= *cap)
        return items;
    *cap = need > 2 * *cap ? need : 2 * *cap;
    return xrealloc(items, *cap, sizeof(struct seen_item));
}

int seen_writer_page(struct seen_writer *w, const struct seen_item *items, size_t count,
                     struct err *err)
{
    size_t all = w->waiting_count + count, now;

    CHECK(w->pages < w->table_pages);
    w->sorted = grow(w->sorted, &w->sorted_cap, count);
    sort(w->sorted, items, count, w->table_pages);
    if (w->waiting_count == 0 && count <= SEEN_PAGE_KEYS)
        return put_page(w, w->sorted, count, err);
    w->waiting = grow(w->waiting, &w->waiting_cap, all);
    if (count)
        memcpy(w->waiting + w->waiting_count, w->sorted, count * sizeof *w->sorted);
    now = all < SEEN_PAGE_KEYS ? all : SEEN_PAGE_KEYS;
    if (put_page(w, w->waiting, now, err) < 0)
        return -1;
    memmove(w->waiting, w->waiting + now, (all - now) * sizeof *w->waiting);
    w->waiting_count = all - now;
    return 0;
}

static struct seen_run *make_run(struct seen_writer *w)
{
    struct seen_run *run = xcalloc(1, sizeof *run);

    run->users = 1;
    run->range = w->range;
    run->keys = w->keys;
    run->table_pages = w->table_pages;
    run->pages = w->pages;
    run->header_bytes = w->header_bytes;
    run->classes = w->classes;
    run->class_count = w->class_count;
    run->fd = w->fd;
    w->classes = NULL;
    w->fd = -1;
    return run;
}

int seen_writer_end(struct seen_writer *w, struct seen_run **out, struct err *err)
{
    const struct io *io = w->f->io;
    struct iovec iov = {.iov_len = w->header_bytes};
    AUTO_FREE uint8_t *header = xmalloc(w->header_bytes);
    AUTO_FREE char *path = NULL;
    char name[SEEN_NAME_SIZE];

    CHECK(w->pages == w->table_pages);
    for (size_t done = 0, now; done < w->waiting_count; done += now) {
        now = w->waiting_count - done < SEEN_PAGE_KEYS ? w->waiting_count - done : SEEN_PAGE_KEYS;
        if (put_page(w, w->waiting + done, now, err) < 0)
            return -1;
    }
    if (write_slice(w, err) < 0)
        return -1;
    seen_header_write(header, w->f, w);
    iov.iov_base = header;
    seen_run_name(name, w->range.first, w->range.last);
    path = io_join(w->f->dir, name);
    if (io_write_all(io, w->fd, &iov, 1, 0) < 0 || io->fdatasync(io, w->fd) < 0)
        return fail_io(err, "write", w->path);
    if (io->rename(io, w->path, path) < 0 || io->fsync_dir(io, w->f->dir) < 0)
        return fail_io(err, "give its name to", path);
    *out = make_run(w);
    return 0;
}

void seen_writer_reset(struct seen_writer *w)
{
    if (w->fd >= 0 && w->path) {
        w->f->io->close(w->f->io, w->fd);
        w->f->io->unlink(w->f->io, w->path);
    }
    free(w->path);
    free(w->classes);
    free(w->out);
    free(w->waiting);
    free(w->sorted);
    memset(w, 0, sizeof *w);
    w->fd = -1;
}
