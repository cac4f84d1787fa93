/* SPDX-License-Identifier: Apache-2.0 */
/* memory_io.c: see memory_io.h. Files never shrink their memory, so that a map stays where it is:
 * each gets its room at once. */
#include "memory_io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum { ROOM = 1 << 18 };

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;

static struct memory_io *self(const struct io *io)
{
    return io->ctx;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct memory_file **slot_of(struct memory_io *m, const char *name)
{
    for (size_t i = 0; i < MEMORY_FILES; i++)
        if (m->names[i] && strcmp(m->names[i]->name, name) == 0)
            return &m->names[i];
    return NULL;
}

static void unref(struct memory_file *f)
{
    if (--f->refs > 0)
        return;
    free(f->bytes);
    free(f);
}

static struct memory_file *new_file(struct memory_io *m, const char *name)
{
    struct memory_file *f = xcalloc(1, sizeof *f);
    struct memory_file **slot = m->names;

    while (*slot)
        slot++;
    CHECK(slot < m->names + MEMORY_FILES);
    snprintf(f->name, sizeof f->name, "%s", name);
    f->cap = ROOM;
    f->bytes = xcalloc(1, f->cap);
    f->refs = 1;
    *slot = f;
    return f;
}

static int locked_open(struct memory_io *m, const char *path, int flags)
{
    struct memory_file **slot = slot_of(m, last_part(path));
    struct memory_file *f = slot ? *slot : NULL;

    if (!f && !(flags & O_CREAT)) {
        errno = ENOENT;
        return -1;
    }
    if (!f)
        f = new_file(m, last_part(path));
    if (flags & O_TRUNC) {
        memset(f->bytes, 0, f->len);
        f->len = 0;
    }
    for (int fd = 0; fd < MEMORY_FDS; fd++) {
        if (m->fds[fd])
            continue;
        m->fds[fd] = f;
        f->refs++;
        return fd;
    }
    errno = EMFILE;
    return -1;
}

static int memory_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    int fd;

    (void)mode;
    pthread_mutex_lock(&mtx);
    fd = locked_open(self(io), path, flags);
    pthread_mutex_unlock(&mtx);
    return fd;
}

static int memory_close(const struct io *io, int fd)
{
    struct memory_io *m = self(io);

    pthread_mutex_lock(&mtx);
    if (strcmp(m->fds[fd]->name, "lock") == 0)
        m->locked = false;
    unref(m->fds[fd]);
    m->fds[fd] = NULL;
    pthread_mutex_unlock(&mtx);
    return 0;
}

static ssize_t memory_pread(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    struct memory_file *f;

    pthread_mutex_lock(&mtx);
    f = self(io)->fds[fd];
    if ((size_t)at >= f->len)
        len = 0;
    else if (len > f->len - (size_t)at)
        len = f->len - (size_t)at;
    if (len)
        memcpy(buf, f->bytes + at, len);
    pthread_mutex_unlock(&mtx);
    return (ssize_t)len;
}

static bool fails(struct memory_io *m, int *countdown)
{
    if (*countdown < 0 || (*countdown)-- > 0)
        return false;
    errno = m->error;
    return true;
}

static int grow(struct memory_file *f, size_t len)
{
    if (len > f->cap) {
        errno = ENOSPC;
        return -1;
    }
    if (len > f->len)
        f->len = len;
    return 0;
}

static ssize_t locked_write(struct memory_io *m, int fd, const struct iovec *iov, int count,
                            off_t at)
{
    struct memory_file *f = m->fds[fd];
    size_t sum = 0;

    m->writes++;
    if (fails(m, &m->fail_write))
        return -1;
    for (int i = 0; i < count; i++) {
        if (grow(f, (size_t)at + sum + iov[i].iov_len) < 0)
            return -1;
        memcpy(f->bytes + at + sum, iov[i].iov_base, iov[i].iov_len);
        sum += iov[i].iov_len;
    }
    return (ssize_t)sum;
}

static ssize_t memory_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                              off_t at)
{
    ssize_t n;

    pthread_mutex_lock(&mtx);
    n = locked_write(self(io), fd, iov, count, at);
    pthread_mutex_unlock(&mtx);
    return n;
}

static int memory_fdatasync(const struct io *io, int fd)
{
    struct memory_io *m = self(io);
    int result;

    (void)fd;
    pthread_mutex_lock(&mtx);
    m->syncs++;
    result = fails(m, &m->fail_sync) ? -1 : 0;
    pthread_mutex_unlock(&mtx);
    return result;
}

static int memory_fsync_dir(const struct io *io, const char *path)
{
    (void)io;
    (void)path;
    return 0;
}

static int memory_fallocate(const struct io *io, int fd, off_t from, off_t len)
{
    struct memory_io *m = self(io);
    int result;

    pthread_mutex_lock(&mtx);
    errno = m->no_new_files;
    result = errno ? -1 : grow(m->fds[fd], (size_t)(from + len));
    pthread_mutex_unlock(&mtx);
    return result;
}

static int memory_ftruncate(const struct io *io, int fd, off_t len)
{
    struct memory_file *f;

    pthread_mutex_lock(&mtx);
    f = self(io)->fds[fd];
    if ((size_t)len < f->len)
        memset(f->bytes + len, 0, f->len - (size_t)len);
    f->len = (size_t)len;
    CHECK(f->len <= f->cap);
    pthread_mutex_unlock(&mtx);
    return 0;
}

static int memory_unlink(const struct io *io, const char *path)
{
    struct memory_file **slot;
    int result = -1;

    pthread_mutex_lock(&mtx);
    slot = slot_of(self(io), last_part(path));
    errno = ENOENT;
    if (slot) {
        unref(*slot);
        *slot = NULL;
        result = 0;
    }
    pthread_mutex_unlock(&mtx);
    return result;
}

static int memory_rename(const struct io *io, const char *from, const char *to)
{
    struct memory_file **slot;

    memory_unlink(io, to);
    pthread_mutex_lock(&mtx);
    slot = slot_of(self(io), last_part(from));
    CHECK(slot);
    snprintf((*slot)->name, sizeof(*slot)->name, "%s", last_part(to));
    pthread_mutex_unlock(&mtx);
    return 0;
}

static int memory_mkdir(const struct io *io, const char *path, mode_t mode)
{
    (void)io;
    (void)path;
    (void)mode;
    return 0;
}

static int memory_list(const struct io *io, const char *path,
                       int (*each)(void *ctx, const char *name), void *each_ctx)
{
    struct memory_io *m = self(io);

    (void)path;
    pthread_mutex_lock(&mtx);
    for (size_t i = 0; i < MEMORY_FILES; i++)
        if (m->names[i] && each(each_ctx, m->names[i]->name))
            break;
    pthread_mutex_unlock(&mtx);
    return 0;
}

static off_t memory_size(const struct io *io, int fd)
{
    off_t size;

    pthread_mutex_lock(&mtx);
    size = (off_t)self(io)->fds[fd]->len;
    pthread_mutex_unlock(&mtx);
    return size;
}

static int memory_permissions(const struct io *io, int fd)
{
    (void)io;
    (void)fd;
    return 0600;
}

static int memory_space(const struct io *io, const char *path, struct io_space *out)
{
    (void)path;
    out->total = UINT64_C(1) << 40;
    pthread_mutex_lock(&mtx);
    out->available = self(io)->available;
    pthread_mutex_unlock(&mtx);
    return 0;
}

static int memory_lock(const struct io *io, int fd)
{
    struct memory_io *m = self(io);

    (void)fd;
    errno = EWOULDBLOCK;
    if (m->locked)
        return -1;
    m->locked = true;
    return 0;
}

static void *memory_map(const struct io *io, int fd, size_t len, bool writable)
{
    struct memory_file *f;

    (void)writable;
    pthread_mutex_lock(&mtx);
    f = self(io)->fds[fd];
    f->refs++;
    pthread_mutex_unlock(&mtx);
    return len <= f->cap ? f->bytes : NULL;
}

static void memory_unmap(const struct io *io, void *ptr, size_t len)
{
    struct memory_io *m = self(io);

    (void)len;
    pthread_mutex_lock(&mtx);
    for (size_t fd = 0; fd < MEMORY_FDS; fd++) { /* who maps holds the descriptor as well */
        if (m->fds[fd] && m->fds[fd]->bytes == ptr) {
            unref(m->fds[fd]);
            break;
        }
    }
    pthread_mutex_unlock(&mtx);
}

struct memory_io *memory_io_new(void)
{
    struct memory_io *m = xcalloc(1, sizeof *m);

    m->io = (struct io){.ctx = m,
                        .open = memory_open,
                        .close = memory_close,
                        .pread = memory_pread,
                        .pwritev = memory_pwritev,
                        .fdatasync = memory_fdatasync,
                        .fsync_dir = memory_fsync_dir,
                        .fallocate = memory_fallocate,
                        .ftruncate = memory_ftruncate,
                        .rename = memory_rename,
                        .unlink = memory_unlink,
                        .mkdir = memory_mkdir,
                        .list = memory_list,
                        .size = memory_size,
                        .permissions = memory_permissions,
                        .space = memory_space,
                        .lock = memory_lock,
                        .map = memory_map,
                        .unmap = memory_unmap};
    m->available = UINT64_C(1) << 39;
    m->fail_write = m->fail_sync = -1;
    m->error = EIO;
    return m;
}

void memory_io_free(struct memory_io *m)
{
    for (size_t i = 0; i < MEMORY_FILES; i++)
        if (m->names[i])
            unref(m->names[i]);
    free(m);
}

void memory_io_room(struct memory_io *m, uint64_t available, int refusal)
{
    pthread_mutex_lock(&mtx);
    m->available = available;
    m->no_new_files = refusal;
    pthread_mutex_unlock(&mtx);
}

struct memory_file *memory_io_find(struct memory_io *m, const char *name)
{
    struct memory_file **slot = slot_of(m, name);

    return slot ? *slot : NULL;
}

void memory_io_put(struct memory_io *m, const char *name, const void *bytes, size_t len)
{
    struct memory_file *f = memory_io_find(m, name);

    if (!f)
        f = new_file(m, name);
    CHECK(len <= f->cap);
    memset(f->bytes, 0, f->len);
    memcpy(f->bytes, bytes, len);
    f->len = len;
}
