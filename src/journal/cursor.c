/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.c: the files `cursors/<sink>` of a journal. One line of text:
 *
 *   weir cursor 1 <position, 20 digits> <CRC-32C, 8 hex digits> <sink>
 *
 * The checksum is of the line without it: "weir cursor 1 <position> <sink>". The file is made so that
 * its name is durable, and then written in place without a sync: what a power cut leaves is an older
 * line, which asks for more to be kept, or none that verifies, which asks for all of it; the sink
 * writes it again as it starts. A reader must reject a line that is not exactly what its position and
 * the file's name give. */
#include "journal/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum { LINE_MAX_BYTES = 128, POSITION_AT = 14, DIGITS = 20, TRIES = 5 };

static size_t format(char out[LINE_MAX_BYTES], const char *sink, int64_t position)
{
    char plain[LINE_MAX_BYTES];
    int len =
        snprintf(plain, sizeof plain, "weir cursor 1 %0*" PRId64 " %s", DIGITS, position, sink);
    uint32_t check = crc32c(0, plain, (size_t)len);

    CHECK(len > 0 && strlen(sink) <= CURSOR_NAME_MAX && position >= 0);
    len = snprintf(out, LINE_MAX_BYTES, "weir cursor 1 %0*" PRId64 " %08" PRIx32 " %s\n", DIGITS,
                   position, check, sink);
    CHECK(len > 0 && len < LINE_MAX_BYTES);
    return (size_t)len;
}

/* Writes the line in place. 1; 0 where there is no file to write to; -1 and errno. */
static int write_in_place(const struct io *io, const char *path, const char *line, size_t len)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)line, .iov_len = len};
    int fd = io->open(io, path, O_WRONLY | O_CLOEXEC, 0);
    int result, error;

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    result = io->size(io, fd) != (off_t)len ? 0 : io_write_all(io, fd, &iov, 1, 0) < 0 ? -1 : 1;
    error = errno;
    io->close(io, fd);
    errno = error;
    return result;
}

int cursor_publish(const struct io *io, const char *journal_dir, const char *sink, int64_t position,
                   struct err *err)
{
    AUTO_FREE char *dir = io_join(journal_dir, "cursors"), *path = io_join(dir, sink);
    char line[LINE_MAX_BYTES];
    size_t len = format(line, sink, position);
    int written = write_in_place(io, path, line, len);

    if (written < 0)
        return err_set(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (written > 0)
        return 1;
    if (io->mkdir(io, dir, 0750) < 0 && errno != EEXIST)
        return errno == ENOENT
                   ? 0
                   : err_set(err, errno == ENOSPC || errno == EDQUOT ? ERR_SPACE : ERR_IO,
                             "make folder %s: %s", dir, strerror(errno));
    if (io->fsync_dir(io, journal_dir) < 0)
        return err_set(err, ERR_IO, "sync folder %s: %s", journal_dir, strerror(errno));
    return io_replace_file(io, path, 0640, str_of(line, len), err) < 0 ? -1 : 1;
}

/* 1 and *out; 0 where the file does not verify, or is gone; -1. */
static int read_cursor(const struct io *io, const char *path, const char *sink, int64_t *out,
                       struct err *err)
{
    char line[LINE_MAX_BYTES], due[LINE_MAX_BYTES];
    int fd = io->open(io, path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t got;
    uint64_t position;

    if (fd < 0)
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    got = io_read_full(io, fd, line, sizeof line, 0);
    if (got < 0)
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    io->close(io, fd);
    if (got < 0)
        return -1;
    if (got < POSITION_AT + DIGITS || strlen(sink) > CURSOR_NAME_MAX ||
        str_to_u64(str_of(line + POSITION_AT, DIGITS), &position) < 0 || position > INT64_MAX)
        return 0;
    if (format(due, sink, (int64_t)position) != (size_t)got || memcmp(line, due, (size_t)got) != 0)
        return 0;
    *out = (int64_t)position;
    return 1;
}

struct names {
    char (*name)[CURSOR_NAME_MAX + 2]; /* one that is too long shows as such */
    size_t count;
};

static int take_name(void *ctx, const char *name)
{
    struct names *n = ctx;

    if (str_ends(str_from(name), STR(".tmp"))) /* an unfinished io_replace_file */
        return 0;
    n->name = xrealloc(n->name, n->count + 1, sizeof *n->name);
    snprintf(n->name[n->count++], sizeof *n->name, "%s", name);
    return 0;
}

static int look_at(const struct io *io, const char *dir, const struct names *n,
                   struct cursor_view *out, struct err *err)
{
    for (size_t i = 0; i < n->count; i++) {
        AUTO_FREE char *path = io_join(dir, n->name[i]);
        int64_t position = 0;
        int found = 0;

        for (int try = 0; try < TRIES && found == 0; try++) /* it may just be written */
            found = read_cursor(io, path, n->name[i], &position, err);
        if (found < 0)
            return -1;
        if (found == 0) {
            snprintf(out->wrong, sizeof out->wrong, "%.*s", CURSOR_NAME_MAX, n->name[i]);
            continue;
        }
        if (position > out->highest)
            out->highest = position;
        if (out->count++ && position >= out->lowest)
            continue;
        out->lowest = position;
        snprintf(out->sink, sizeof out->sink, "%.*s", CURSOR_NAME_MAX, n->name[i]);
    }
    return 0;
}

int cursor_look(const struct io *io, const char *journal_dir, struct cursor_view *out,
                struct err *err)
{
    AUTO_FREE char *dir = io_join(journal_dir, "cursors");
    struct names n = {0};
    int result = 0;

    *out = (struct cursor_view){0};
    if (io->list(io, dir, take_name, &n) < 0 && errno != ENOENT)
        result = err_set(err, ERR_IO, "list %s: %s", dir, strerror(errno));
    if (result == 0)
        result = look_at(io, dir, &n, out, err);
    free(n.name);
    return result;
}
