/* SPDX-License-Identifier: Apache-2.0 */
/* io.c: the helpers that work over any table. The system's own table is in io_system.c. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

int io_write_all(const struct io *io, int fd, struct iovec *iov, int count, off_t at)
{
    while (count > 0) {
        ssize_t n = io->pwritev(io, fd, iov, count < IOV_MAX ? count : IOV_MAX, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        while (count > 0 && (size_t)n >= iov->iov_len) {
            n -= (ssize_t)iov->iov_len;
            iov++;
            count--;
        }
        if (count > 0) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= (size_t)n;
        }
    }
    return 0;
}

ssize_t io_read_full(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = io->pread(io, fd, (char *)buf + got, len - got, at + (off_t)got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int io_read_file(const struct io *io, const char *path, size_t max, struct str *out,
                 struct err *err)
{
    int fd = io->open(io, path, O_RDONLY | O_CLOEXEC, 0);
    char *bytes = NULL;
    off_t size;

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    size = io->size(io, fd);
    if (size < 0) {
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
        goto fail;
    }
    if ((uint64_t)size > max) {
        err_set(err, ERR_LIMIT, "read %s: larger than %zu bytes", path, max);
        goto fail;
    }
    bytes = xmalloc((size_t)size + 1);
    size = io_read_full(io, fd, bytes, (size_t)size, 0);
    if (size < 0) {
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
        goto fail;
    }
    bytes[size] = '\0';
    io->close(io, fd);
    *out = str_of(bytes, (size_t)size);
    return 0;

fail:
    free(bytes);
    io->close(io, fd);
    return -1;
}

static int write_new_file(const struct io *io, const char *path, mode_t mode, struct str bytes,
                          struct err *err)
{
    struct iovec iov = {.iov_base = (char *)bytes.ptr, .iov_len = bytes.len};
    int fd = io->open(io, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    int failed;

    if (fd < 0)
        return err_set(err, ERR_IO, "create %s: %s", path, strerror(errno));
    failed = io_write_all(io, fd, &iov, bytes.len ? 1 : 0, 0) < 0 || io->fdatasync(io, fd) < 0;
    if (failed)
        err_set(err, errno == ENOSPC ? ERR_SPACE : ERR_IO, "write %s: %s", path, strerror(errno));
    io->close(io, fd);
    return failed ? -1 : 0;
}

int io_replace_file(const struct io *io, const char *path, mode_t mode, struct str bytes,
                    struct err *err)
{
    AUTO_FREE char *temporary = xasprintf("%s.tmp", path);
    AUTO_FREE char *dir = io_parent(path);

    if (write_new_file(io, temporary, mode, bytes, err) < 0) {
        io->unlink(io, temporary);
        return -1;
    }
    if (io->rename(io, temporary, path) < 0)
        return err_set(err, ERR_IO, "rename %s to %s: %s", temporary, path, strerror(errno));
    if (io->fsync_dir(io, dir) < 0)
        return err_set(err, ERR_IO, "sync folder %s: %s", dir, strerror(errno));
    return 0;
}

int io_make_dir(const struct io *io, const char *path, mode_t mode, struct err *err)
{
    AUTO_FREE char *parent = io_parent(path);
    bool there = false;

    if (io->mkdir(io, path, mode) < 0) {
        if (errno != EEXIST)
            return err_set(err, ERR_IO, "make folder %s: %s", path, strerror(errno));
        there = true;
    }
    /* Also of one that is there: who made it may have been killed before this. Where the parent may
     * not be read it was another who made it. */
    if (io->fsync_dir(io, parent) < 0 && !(there && errno == EACCES))
        return err_set(err, ERR_IO, "sync folder %s: %s", parent, strerror(errno));
    return 0;
}

char *io_join(const char *dir, const char *name)
{
    return xasprintf("%s/%s", dir, name);
}

char *io_parent(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xstrdup(".");
    return xmemdup(path, slash == path ? 1 : (size_t)(slash - path));
}
