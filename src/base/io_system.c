/* SPDX-License-Identifier: Apache-2.0 */
/* io_system.c: the table that calls the system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

static int system_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    (void)io;
    return open(path, flags, mode);
}

static int system_close(const struct io *io, int fd)
{
    (void)io;
    return close(fd);
}

static ssize_t system_pread(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    (void)io;
    return pread(fd, buf, len, at);
}

static ssize_t system_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                              off_t at)
{
    (void)io;
    return pwritev(fd, iov, count, at);
}

static int system_fdatasync(const struct io *io, int fd)
{
    (void)io;
    return fdatasync(fd);
}

static int system_fsync_dir(const struct io *io, const char *path)
{
    AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)io;
    return fd < 0 ? -1 : fsync(fd);
}

static int system_fallocate(const struct io *io, int fd, off_t from, off_t len)
{
    int error = posix_fallocate(fd, from, len);

    (void)io;
    errno = error;
    return error ? -1 : 0;
}

static int system_ftruncate(const struct io *io, int fd, off_t len)
{
    (void)io;
    return ftruncate(fd, len);
}

static int system_rename(const struct io *io, const char *from, const char *to)
{
    (void)io;
    return rename(from, to);
}

static int system_unlink(const struct io *io, const char *path)
{
    (void)io;
    return unlink(path);
}

static int system_mkdir(const struct io *io, const char *path, mode_t mode)
{
    (void)io;
    return mkdir(path, mode);
}

static int system_list(const struct io *io, const char *path,
                       int (*each)(void *ctx, const char *name), void *each_ctx)
{
    AUTO_DIR dir = opendir(path);
    struct dirent *entry;

    (void)io;
    if (!dir)
        return -1;
    for (errno = 0; (entry = readdir(dir)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (each(each_ctx, entry->d_name))
            return 0;
    }
    return errno ? -1 : 0;
}

static off_t system_size(const struct io *io, int fd)
{
    struct stat st;

    (void)io;
    return fstat(fd, &st) < 0 ? -1 : st.st_size;
}

static int system_permissions(const struct io *io, int fd)
{
    struct stat st;

    (void)io;
    return fstat(fd, &st) < 0 ? -1 : (int)(st.st_mode & 07777);
}

static int system_space(const struct io *io, const char *path, struct io_space *out)
{
    struct statvfs st;

    (void)io;
    if (statvfs(path, &st) < 0)
        return -1;
    out->total = (uint64_t)st.f_blocks * st.f_frsize;
    out->available = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}

static int system_lock(const struct io *io, int fd)
{
    (void)io;
    return flock(fd, LOCK_EX | LOCK_NB);
}

static void *system_map(const struct io *io, int fd, size_t len, bool writable)
{
    void *p = mmap(NULL, len, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

    (void)io;
    return p == MAP_FAILED ? NULL : p;
}

static void system_unmap(const struct io *io, void *ptr, size_t len)
{
    (void)io;
    if (ptr)
        munmap(ptr, len);
}

const struct io *io_system(void)
{
    static const struct io table = {
        .open = system_open,
        .close = system_close,
        .pread = system_pread,
        .pwritev = system_pwritev,
        .fdatasync = system_fdatasync,
        .fsync_dir = system_fsync_dir,
        .fallocate = system_fallocate,
        .ftruncate = system_ftruncate,
        .rename = system_rename,
        .unlink = system_unlink,
        .mkdir = system_mkdir,
        .list = system_list,
        .size = system_size,
        .permissions = system_permissions,
        .space = system_space,
        .lock = system_lock,
        .map = system_map,
        .unmap = system_unmap,
    };

    return &table;
}
