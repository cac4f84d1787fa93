/* SPDX-License-Identifier: Apache-2.0 */
/* aside.c: `damaged/<file>-<offset>` has the bytes, `damaged/<file>-<offset>.txt` says which file and
 * offset, how many bytes, which positions were lost, what is wrong and when that was found. The bytes
 * get their name when they are whole, the text after them; a kill in between is made good by the next
 * open, which finds the same damage. */
#include "journal/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"

enum { COPY_BYTES = 256 << 10, TEXT_MAX = 1024 };

struct sum {
    struct aside *a;
    char **names;
    size_t count;
};

static int take_name(void *ctx, const char *name)
{
    struct sum *s = ctx;

    s->names = xrealloc(s->names, s->count + 1, sizeof *s->names);
    s->names[s->count++] = xstrdup(name);
    return 0;
}

/* Size of a file; -1 where there is none. */
static int64_t size_of(const struct io *io, const char *path)
{
    int fd = io->open(io, path, O_RDONLY | O_CLOEXEC, 0);
    int64_t size = -1;

    if (fd >= 0) {
        size = io->size(io, fd);
        io->close(io, fd);
    }
    return size;
}

/* Adds up what is in the folder, once. Whole segments that were moved there do not count. */
static void look(struct aside *a, const char *folder)
{
    struct sum s = {.a = a};

    if (a->looked)
        return;
    a->looked = true;
    a->io->list(a->io, folder, take_name, &s); /* none yet: nothing is in it */
    for (size_t i = 0; i < s.count; i++) {
        AUTO_FREE char *path = io_join(folder, s.names[i]);
        int64_t size = strchr(s.names[i], '-') ? size_of(a->io, path) : -1;

        a->used += size > 0 ? (uint64_t)size : 0;
        free(s.names[i]);
    }
    free(s.names);
}

static int copy_range(const struct io *io, int from_fd, int to_fd, uint64_t from, uint64_t bytes)
{
    AUTO_FREE uint8_t *buffer = xmalloc(COPY_BYTES);

    for (uint64_t done = 0; done < bytes;) {
        size_t want = bytes - done < COPY_BYTES ? bytes - done : COPY_BYTES;
        ssize_t got = io_read_full(io, from_fd, buffer, want, (off_t)(from + done));
        struct iovec iov = {.iov_base = buffer, .iov_len = (size_t)got};

        if (got <= 0)
            return (int)got;
        if (io_write_all(io, to_fd, &iov, 1, (off_t)done) < 0)
            return -1;
        done += (uint64_t)got;
    }
    return 0;
}

static int copy_file(const struct io *io, const char *source, const char *path, uint64_t from,
                     uint64_t bytes)
{
    AUTO_FREE char *temporary = xasprintf("%s.tmp", path);
    int from_fd = io->open(io, source, O_RDONLY | O_CLOEXEC, 0), to_fd, result;

    if (from_fd < 0)
        return -1;
    to_fd = io->open(io, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    result = to_fd < 0 ? -1 : copy_range(io, from_fd, to_fd, from, bytes);
    if (result == 0)
        result = io->fdatasync(io, to_fd);
    io->close(io, from_fd);
    if (to_fd >= 0)
        io->close(io, to_fd);
    if (result == 0)
        result = io->rename(io, temporary, path);
    if (result < 0)
        io->unlink(io, temporary);
    return result;
}

/* Says what the bytes are; syncs the folder. */
static int describe(const struct aside *a, const char *path, const struct journal_damage *d,
                    uint64_t from, uint64_t bytes)
{
    char now[DATETIME_SIZE];
    AUTO_BUF text;

    buf_init(&text, TEXT_MAX);
    datetime_format(now, clock_now_us(), DATETIME_MILLISECONDS);
    buf_printf(&text, "file      %s\noffset    %" PRIu64 "\nbytes     %" PRIu64 "\n", d->file, from,
               bytes);
    if (d->first)
        buf_printf(&text, "lost      positions %" PRId64 " to %" PRId64 "\n", d->first, d->last);
    buf_printf(&text, "what      %s\nfound     %s\n", d->what, now);
    return io_replace_file(a->io, path, 0640, buf_as_str(&text), NULL);
}

enum journal_kept aside_keep(struct aside *a, const struct journal_damage *d, uint64_t from,
                             uint64_t bytes)
{
    AUTO_FREE char *folder = io_join(a->dir, "damaged"), *source = io_join(a->dir, d->file);
    AUTO_FREE char *path = xasprintf("%s/%s-%" PRIu64, folder, d->file, from);
    AUTO_FREE char *text = xasprintf("%s.txt", path);
    bool there;

    if (a->most == 0 || bytes == 0)
        return JOURNAL_KEPT_NONE;
    look(a, folder);
    there = size_of(a->io, path) >= 0;
    if (there && size_of(a->io, text) >= 0)
        return JOURNAL_KEPT_BEFORE;
    if (!there && a->used + bytes + TEXT_MAX > a->most)
        return JOURNAL_KEPT_TOO_MUCH;
    if (io_make_dir(a->io, folder, 0750, NULL) < 0 ||
        (!there && copy_file(a->io, source, path, from, bytes) < 0) ||
        describe(a, text, d, from, bytes) < 0)
        return JOURNAL_KEPT_FAILED;
    a->used += there ? 0 : bytes + TEXT_MAX;
    return JOURNAL_KEPT;
}
