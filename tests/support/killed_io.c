/* SPDX-License-Identifier: Apache-2.0 */
/* killed_io.c: see killed_io.h. */
#include "killed_io.h"

#include <errno.h>
#include <fcntl.h>

static bool is_killed(const struct io *io)
{
    struct killed_io *k = io->ctx;
    int left = atomic_load(&k->left);

    atomic_fetch_add(&k->calls, 1);
    if (left < 0)
        return false;
    if (left > 0) {
        atomic_fetch_sub(&k->left, 1);
        return false;
    }
    errno = EIO;
    return true;
}

static const struct io *base_of(const struct io *io)
{
    return ((struct killed_io *)io->ctx)->base;
}

static int killed_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    if ((flags & O_CREAT) && is_killed(io))
        return -1;
    return base_of(io)->open(base_of(io), path, flags, mode);
}

static int killed_close(const struct io *io, int fd)
{
    return base_of(io)->close(base_of(io), fd);
}

static ssize_t killed_pread(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    return base_of(io)->pread(base_of(io), fd, buf, len, at);
}

static ssize_t killed_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                              off_t at)
{
    return is_killed(io) ? -1 : base_of(io)->pwritev(base_of(io), fd, iov, count, at);
}

static int killed_fdatasync(const struct io *io, int fd)
{
    return is_killed(io) ? -1 : base_of(io)->fdatasync(base_of(io), fd);
}

static int killed_fsync_dir(const struct io *io, const char *path)
{
    return is_killed(io) ? -1 : base_of(io)->fsync_dir(base_of(io), path);
}

static int killed_fallocate(const struct io *io, int fd, off_t from, off_t len)
{
    return is_killed(io) ? -1 : base_of(io)->fallocate(base_of(io), fd, from, len);
}

static int killed_ftruncate(const struct io *io, int fd, off_t len)
{
    return is_killed(io) ? -1 : base_of(io)->ftruncate(base_of(io), fd, len);
}

static int killed_rename(const struct io *io, const char *from, const char *to)
{
    return is_killed(io) ? -1 : base_of(io)->rename(base_of(io), from, to);
}

static int killed_unlink(const struct io *io, const char *path)
{
    return is_killed(io) ? -1 : base_of(io)->unlink(base_of(io), path);
}

static int killed_mkdir(const struct io *io, const char *path, mode_t mode)
{
    return is_killed(io) ? -1 : base_of(io)->mkdir(base_of(io), path, mode);
}

static int killed_list(const struct io *io, const char *path,
                       int (*each)(void *ctx, const char *name), void *each_ctx)
{
    return base_of(io)->list(base_of(io), path, each, each_ctx);
}

static off_t killed_size(const struct io *io, int fd)
{
    return base_of(io)->size(base_of(io), fd);
}

static int killed_permissions(const struct io *io, int fd)
{
    return base_of(io)->permissions(base_of(io), fd);
}

static int killed_space(const struct io *io, const char *path, struct io_space *out)
{
    return base_of(io)->space(base_of(io), path, out);
}

static int killed_lock(const struct io *io, int fd)
{
    return base_of(io)->lock(base_of(io), fd);
}

static void *killed_map(const struct io *io, int fd, size_t len, bool writable)
{
    return base_of(io)->map(base_of(io), fd, len, writable);
}

static void killed_unmap(const struct io *io, void *ptr, size_t len)
{
    base_of(io)->unmap(base_of(io), ptr, len);
}

void killed_io_init(struct killed_io *k, const struct io *base, int left)
{
    *k = (struct killed_io){.io = {.ctx = k,
                                   .open = killed_open,
                                   .close = killed_close,
                                   .pread = killed_pread,
                                   .pwritev = killed_pwritev,
                                   .fdatasync = killed_fdatasync,
                                   .fsync_dir = killed_fsync_dir,
                                   .fallocate = killed_fallocate,
                                   .ftruncate = killed_ftruncate,
                                   .rename = killed_rename,
                                   .unlink = killed_unlink,
                                   .mkdir = killed_mkdir,
                                   .list = killed_list,
                                   .size = killed_size,
                                   .permissions = killed_permissions,
                                   .space = killed_space,
                                   .lock = killed_lock,
                                   .map = killed_map,
                                   .unmap = killed_unmap},
                            .base = base,
                            .left = left};
}
