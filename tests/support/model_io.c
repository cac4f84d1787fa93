/* SPDX-License-Identifier: Apache-2.0 */
/* model_io.c: the table of calls over the model file system: counts them, fails them, lets the
 * process die among them. See model_io.h. */
#include "model_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_files.h"

enum { FD_BASE = 1000 }; /* so that a descriptor of the real system is not taken for one */

static const char *const call_names[] = {
    "open",   "pread", "pwritev", "fdatasync", "fsync_dir",   "fallocate", "ftruncate", "rename",
    "unlink", "mkdir", "list",    "size",      "permissions", "space",     "lock",      "map"};

uint64_t model_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

uint64_t model_below(uint64_t *state, uint64_t n)
{
    return (model_random(state) >> 16) % n;
}

static struct model_io *enter(const struct io *io)
{
    struct model_io *m = io->ctx;

    pthread_mutex_lock(&m->mtx);
    return m;
}

static int leave(struct model_io *m, int result)
{
    int error = errno;

    pthread_mutex_unlock(&m->mtx);
    errno = error;
    return result;
}

/* Whether a fault is due for this call; sets errno. */
static bool is_faulty(struct model_io *m, enum model_call call)
{
    for (size_t i = 0; i < m->fault_count; i++) {
        struct model_fault *f = &m->faults[i];

        if (f->call != call && f->call != MODEL_ANY)
            continue;
        if (f->after > 0) {
            f->after--;
            continue;
        }
        errno = f->error;
        if (!f->for_good)
            m->faults[i] = m->faults[--m->fault_count];
        return true;
    }
    return false;
}

/* Begins a call. False: it fails with errno. */
static bool begin(struct model_io *m, enum model_call call, const char *path)
{
    if (m->dead) {
        errno = EIO;
        return false;
    }
    model_watch_maps(m);
    m->calls[call]++;
    snprintf(m->last, sizeof m->last, "%s %s", call_names[call], path);
    return !is_faulty(m, call);
}

/* Whether the process dies at this call, which changes something: before the change, it is not made;
 * after it, the caller is not told (`late`). */
enum life { ALIVE, DIES_BEFORE, DIES_AFTER };

static enum life live_on(struct model_io *m)
{
    m->calls[MODEL_ANY]++;
    if (m->die_at == 0 || --m->die_at > 0)
        return ALIVE;
    m->dead = true;
    errno = EIO;
    return model_below(&m->random, 2) ? DIES_AFTER : DIES_BEFORE;
}

static struct model_fd *fd_of(struct model_io *m, int fd)
{
    CHECK(fd >= FD_BASE && fd < FD_BASE + MODEL_FDS && m->fds[fd - FD_BASE].inode);
    return &m->fds[fd - FD_BASE];
}

static struct model_inode *create(struct model_io *m, struct model_inode *dir, const char *name,
                                  bool is_dir, mode_t mode)
{
    struct model_inode *f = model_inode_new(m, is_dir, mode);

    f->names = 1;
    model_entry_set(&dir->live, name, f);
    model_note_naming(dir, 0, NULL, name, f);
    return f;
}

static int take_fd(struct model_io *m, struct model_inode *f, bool writable)
{
    for (int i = 0; i < MODEL_FDS; i++) {
        if (m->fds[i].inode)
            continue;
        m->fds[i] = (struct model_fd){.inode = f, .writable = writable};
        f->fds++;
        return FD_BASE + i;
    }
    errno = EMFILE;
    return -1;
}

static int open_file(struct model_io *m, const char *path, int flags, mode_t mode)
{
    struct model_inode *dir, *f;
    const char *name;
    enum life life = ALIVE;
    bool writable = (flags & O_ACCMODE) != O_RDONLY, truncates;

    f = model_find(m, path, &dir, &name);
    if (f ? (flags & O_EXCL) : (!dir || !dir->is_dir || !(flags & O_CREAT))) {
        errno = f ? EEXIST : dir && !dir->is_dir ? ENOTDIR : ENOENT;
        return -1;
    }
    if (f && f->is_dir && writable) {
        errno = EISDIR;
        return -1;
    }
    truncates = f && (flags & O_TRUNC) && f->len > 0;
    if (!f || truncates) {
        life = live_on(m);
        if (life == DIES_BEFORE)
            return -1;
    }
    if (!f)
        f = create(m, dir, name, false, mode);
    if (truncates) {
        CHECK(model_resize(m, f, 0));
        model_note_write(f, true, 0, NULL, 0);
    }
    return life == DIES_AFTER ? -1 : take_fd(m, f, writable);
}

static int model_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    struct model_io *m = enter(io);

    return leave(m, begin(m, MODEL_OPEN, path) ? open_file(m, path, flags, mode) : -1);
}

static int model_close(const struct io *io, int fd)
{
    struct model_io *m = enter(io);
    struct model_fd *d = fd_of(m, fd);
    struct model_inode *f = d->inode;

    if (d->locks)
        f->locked_by = NULL;
    d->inode = NULL;
    f->fds--;
    model_release(m, f);
    return leave(m, 0);
}

/* A length that was asked for, or less, or -1 for an interruption. */
static ssize_t moved(struct model_io *m, size_t len)
{
    if (m->habits.eintr_one_in && model_below(&m->random, m->habits.eintr_one_in) == 0) {
        errno = EINTR;
        return -1;
    }
    if (len > 1 && m->habits.short_one_in && model_below(&m->random, m->habits.short_one_in) == 0)
        return (ssize_t)(1 + model_below(&m->random, len - 1));
    return (ssize_t)len;
}

static ssize_t model_pread(const struct io *io, int fd, void *buf, size_t len, off_t at)
{
    struct model_io *m = enter(io);
    struct model_inode *f = fd_of(m, fd)->inode;
    ssize_t n = -1;

    if (begin(m, MODEL_PREAD, "")) {
        if ((uint64_t)at >= f->len)
            len = 0;
        else if (len > f->len - (size_t)at)
            len = f->len - (size_t)at;
        n = moved(m, len);
        if (n > 0)
            memcpy(buf, f->bytes + at, (size_t)n);
    }
    leave(m, 0);
    return n;
}

/* Writes what the disk has room for. */
static ssize_t write_bytes(struct model_io *m, struct model_inode *f, const uint8_t *bytes,
                           size_t len, uint64_t at)
{
    enum life life;

    while (at + len > f->len && !model_resize(m, f, at + len)) {
        uint64_t room = (m->disk > m->used ? m->disk - m->used : 0) +
                        (f->len + MODEL_BLOCK - 1) / MODEL_BLOCK * MODEL_BLOCK;

        if (room / MODEL_BLOCK * MODEL_BLOCK <= at) {
            errno = ENOSPC;
            return -1;
        }
        len = room / MODEL_BLOCK * MODEL_BLOCK - at;
    }
    life = live_on(m);
    if (life == DIES_BEFORE)
        return -1;
    memcpy(f->bytes + at, bytes, len);
    model_note_write(f, false, at, bytes, len);
    return life == DIES_AFTER ? -1 : (ssize_t)len;
}

static ssize_t model_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                             off_t at)
{
    struct model_io *m = enter(io);
    struct model_fd *d = fd_of(m, fd);
    AUTO_FREE uint8_t *bytes = NULL;
    size_t len = 0;
    ssize_t n;

    CHECK(d->writable);
    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    bytes = xmalloc(len + 1);
    len = 0;
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len)
            memcpy(bytes + len, iov[i].iov_base, iov[i].iov_len);
        len += iov[i].iov_len;
    }
    n = begin(m, MODEL_PWRITEV, "") ? moved(m, len) : -1;
    if (n > 0)
        n = write_bytes(m, d->inode, bytes, (size_t)n, (uint64_t)at);
    leave(m, 0);
    return n;
}

static int model_fdatasync(const struct io *io, int fd)
{
    struct model_io *m = enter(io);
    struct model_inode *f = fd_of(m, fd)->inode;
    enum life life;

    if (!begin(m, MODEL_FDATASYNC, "")) {
        for (size_t i = 0; i < f->write_count && !m->dead; i++)
            f->writes[i].stuck = !f->writes[i].is_size;
        return leave(m, -1);
    }
    life = live_on(m);
    if (life != DIES_BEFORE && !m->habits.forgets_syncs)
        model_sync_file(f);
    return leave(m, life == ALIVE ? 0 : -1);
}

static int model_fsync_dir(const struct io *io, const char *path)
{
    struct model_io *m = enter(io);
    bool good = begin(m, MODEL_FSYNC_DIR, path);
    struct model_inode *dir = model_find(m, path, NULL, NULL);
    enum life life;

    if (m->dead || !dir || !dir->is_dir) {
        errno = m->dead ? EIO : dir ? ENOTDIR : ENOENT;
        return leave(m, -1);
    }
    if (!good)
        return leave(m, -1);
    life = live_on(m);
    if (life != DIES_BEFORE && !m->habits.forgets_folder_syncs)
        model_sync_folder(m, dir);
    return leave(m, life == ALIVE ? 0 : -1);
}

static int set_size(const struct io *io, enum model_call call, int fd, uint64_t len, bool grows)
{
    struct model_io *m = enter(io);
    struct model_fd *d = fd_of(m, fd);
    enum life life;

    CHECK(d->writable);
    if (!begin(m, call, ""))
        return leave(m, -1);
    if (grows && len <= d->inode->len)
        return leave(m, 0);
    life = live_on(m);
    if (life == DIES_BEFORE)
        return leave(m, -1);
    if (!model_resize(m, d->inode, len)) {
        errno = ENOSPC;
        return leave(m, -1);
    }
    model_note_write(d->inode, true, len, NULL, 0);
    return leave(m, life == ALIVE ? 0 : -1);
}

static int model_fallocate(const struct io *io, int fd, off_t from, off_t len)
{
    return set_size(io, MODEL_FALLOCATE, fd, (uint64_t)(from + len), true);
}

static int model_ftruncate(const struct io *io, int fd, off_t len)
{
    return set_size(io, MODEL_FTRUNCATE, fd, (uint64_t)len, false);
}

static void forget_name(struct model_io *m, struct model_inode *f)
{
    f->names--;
    model_release(m, f);
}

static int rename_file(struct model_io *m, const char *from, const char *to)
{
    struct model_inode *from_dir, *to_dir, *f, *old;
    AUTO_FREE char *from_copy = NULL;
    const char *from_name, *to_name;
    enum life life;

    f = model_find(m, from, &from_dir, &from_name);
    if (!f)
        return -1;
    old = model_find(m, to, &to_dir, &to_name);
    if (!to_dir || (old && old->is_dir)) {
        errno = to_dir ? EISDIR : ENOENT;
        return -1;
    }
    if (old == f)
        return 0;
    life = live_on(m);
    if (life == DIES_BEFORE)
        return -1;
    if (old)
        forget_name(m, old);
    from_copy = xstrdup(from_name);
    model_entry_remove(&from_dir->live, from_copy);
    model_entry_set(&to_dir->live, to_name, f);
    if (from_dir == to_dir) {
        model_note_naming(to_dir, 0, from_copy, to_name, f);
    } else {
        m->naming_id++;
        model_note_naming(to_dir, m->naming_id, NULL, to_name, f);
        model_note_naming(from_dir, m->naming_id, from_copy, NULL, f);
    }
    return life == ALIVE ? 0 : -1;
}

static int model_rename(const struct io *io, const char *from, const char *to)
{
    struct model_io *m = enter(io);

    return leave(m, begin(m, MODEL_RENAME, to) ? rename_file(m, from, to) : -1);
}

static int model_unlink(const struct io *io, const char *path)
{
    struct model_io *m = enter(io);
    struct model_inode *dir, *f;
    AUTO_FREE char *copy = NULL;
    const char *name;
    enum life life;

    if (!begin(m, MODEL_UNLINK, path))
        return leave(m, -1);
    f = model_find(m, path, &dir, &name);
    if (!f || f->is_dir) {
        errno = f ? EISDIR : ENOENT;
        return leave(m, -1);
    }
    life = live_on(m);
    if (life == DIES_BEFORE)
        return leave(m, -1);
    copy = xstrdup(name);
    model_entry_remove(&dir->live, copy);
    model_note_naming(dir, 0, copy, NULL, f);
    forget_name(m, f);
    return leave(m, life == ALIVE ? 0 : -1);
}

static int model_mkdir(const struct io *io, const char *path, mode_t mode)
{
    struct model_io *m = enter(io);
    struct model_inode *dir, *found;
    AUTO_FREE char *copy = NULL;
    const char *name;
    enum life life;

    if (!begin(m, MODEL_MKDIR, path))
        return leave(m, -1);
    found = model_find(m, path, &dir, &name);
    if (found || !dir || !dir->is_dir) {
        errno = found ? EEXIST : ENOENT;
        return leave(m, -1);
    }
    life = live_on(m);
    if (life == DIES_BEFORE)
        return leave(m, -1);
    copy = xmemdup(name, strcspn(name, "/"));
    create(m, dir, copy, true, mode);
    return leave(m, life == ALIVE ? 0 : -1);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* each() may use the table itself. */
static int model_list(const struct io *io, const char *path,
                      int (*each)(void *ctx, const char *name), void *each_ctx)
{
    struct model_io *m = enter(io);
    struct model_inode *dir;
    char **names = NULL;
    size_t count = 0;

    if (!begin(m, MODEL_LIST, path))
        return leave(m, -1);
    dir = model_find(m, path, NULL, NULL);
    if (!dir || !dir->is_dir) {
        errno = dir ? ENOTDIR : ENOENT;
        return leave(m, -1);
    }
    names = xcalloc(dir->live.count + 1, sizeof *names);
    for (; count < dir->live.count; count++)
        names[count] = xstrdup(dir->live.list[count].name);
    leave(m, 0);
    for (size_t i = 0; i < count && each(each_ctx, names[i]) == 0; i++)
        ;
    free_names(names, count);
    return 0;
}

static off_t model_size(const struct io *io, int fd)
{
    struct model_io *m = enter(io);
    off_t size = begin(m, MODEL_SIZE, "") ? (off_t)fd_of(m, fd)->inode->len : -1;

    leave(m, 0);
    return size;
}

static int model_permissions(const struct io *io, int fd)
{
    struct model_io *m = enter(io);

    return leave(m,
                 begin(m, MODEL_PERMISSIONS, "") ? (int)(fd_of(m, fd)->inode->mode & 07777) : -1);
}

static int model_space(const struct io *io, const char *path, struct io_space *out)
{
    struct model_io *m = enter(io);
    bool limited = m->disk != UINT64_MAX;

    if (!begin(m, MODEL_SPACE, path))
        return leave(m, -1);
    out->total = limited ? m->disk : UINT64_C(1) << 40;
    out->available = !limited ? UINT64_C(1) << 39 : m->disk > m->used ? m->disk - m->used : 0;
    return leave(m, 0);
}

static int model_lock(const struct io *io, int fd)
{
    struct model_io *m = enter(io);
    struct model_fd *d = fd_of(m, fd);

    if (!begin(m, MODEL_LOCK, ""))
        return leave(m, -1);
    if (d->inode->locked_by && !d->locks) {
        errno = EWOULDBLOCK;
        return leave(m, -1);
    }
    d->locks = true;
    d->inode->locked_by = d->inode;
    return leave(m, 0);
}

static void *model_map(const struct io *io, int fd, size_t len, bool writable)
{
    struct model_io *m = enter(io);
    struct model_inode *f = fd_of(m, fd)->inode;
    void *ptr = NULL;

    if (begin(m, MODEL_MAP, "") && len <= f->len) {
        f->maps++;
        ptr = f->bytes;
        if (writable && !f->writable_map) {
            f->writable_map = true;
            free(f->shadow);
            f->shadow = (uint8_t *)xmemdup(f->bytes, f->len);
        }
    }
    leave(m, 0);
    return ptr;
}

static void model_unmap(const struct io *io, void *ptr, size_t len)
{
    struct model_io *m = enter(io);

    (void)len;
    if (!m->dead)
        model_watch_maps(m);
    for (struct model_inode *f = m->all; f; f = f->next) {
        if (f->bytes != ptr || !f->maps)
            continue;
        f->maps--;
        model_release(m, f);
        break;
    }
    leave(m, 0);
}

static const struct io table = {.open = model_open,
                                .close = model_close,
                                .pread = model_pread,
                                .pwritev = model_pwritev,
                                .fdatasync = model_fdatasync,
                                .fsync_dir = model_fsync_dir,
                                .fallocate = model_fallocate,
                                .ftruncate = model_ftruncate,
                                .rename = model_rename,
                                .unlink = model_unlink,
                                .mkdir = model_mkdir,
                                .list = model_list,
                                .size = model_size,
                                .permissions = model_permissions,
                                .space = model_space,
                                .lock = model_lock,
                                .map = model_map,
                                .unmap = model_unmap};

struct model_io *model_new(uint64_t seed)
{
    struct model_io *m = xcalloc(1, sizeof *m);

    m->io = table;
    m->io.ctx = m;
    m->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    m->disk = UINT64_MAX;
    m->root = model_inode_new(m, true, 0755);
    m->root->names = 1;
    CHECK(pthread_mutex_init(&m->mtx, NULL) == 0);
    return m;
}

void model_free(struct model_io *m)
{
    if (!m)
        return;
    m->root = NULL;
    for (int i = 0; i < MODEL_FDS; i++)
        m->fds[i].inode = NULL;
    for (struct model_inode *f = m->all; f; f = f->next)
        f->fds = f->maps = 0;
    model_collect(m);
    pthread_mutex_destroy(&m->mtx);
    free(m);
}
