/* SPDX-License-Identifier: Apache-2.0 */
/* io.h: every call that touches files, behind one table.
 *
 * What must survive a crash goes through a `struct io`, so that tests can fail, tear and reorder
 * its calls, or put a file system in memory behind it. Each member behaves as the system call of
 * its name: -1 and errno on failure; short reads and writes may happen. Paths are plain paths.
 * `io_system()` is the real one; it is safe from any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/str.h"

struct io_space {
    uint64_t total, available; /* bytes; available to an ordinary user */
};

struct io {
    void *ctx; /* the implementation's own */
    int (*open)(const struct io *io, const char *path, int flags, mode_t mode);
    int (*close)(const struct io *io, int fd);
    ssize_t (*pread)(const struct io *io, int fd, void *buf, size_t len, off_t at);
    ssize_t (*pwritev)(const struct io *io, int fd, const struct iovec *iov, int count, off_t at);
    int (*fdatasync)(const struct io *io, int fd);
    int (*fsync_dir)(const struct io *io, const char *path);
    int (*fallocate)(const struct io *io, int fd, off_t from, off_t len);
    int (*ftruncate)(const struct io *io, int fd, off_t len);
    int (*rename)(const struct io *io, const char *from, const char *to);
    int (*unlink)(const struct io *io, const char *path);
    int (*mkdir)(const struct io *io, const char *path, mode_t mode);
    /* Calls each(ctx, name) for every entry but "." and ".."; stops where it returns non-zero. */
    int (*list)(const struct io *io, const char *path, int (*each)(void *ctx, const char *name),
                void *each_ctx);
    off_t (*size)(const struct io *io, int fd);
    /* The permission bits, as chmod takes them. */
    int (*permissions)(const struct io *io, int fd);
    int (*space)(const struct io *io, const char *path, struct io_space *out);
    /* An exclusive lock held until close; EWOULDBLOCK where another holds it. */
    int (*lock)(const struct io *io, int fd);
    /* Maps len bytes shared, to read or to read and write; NULL on failure. */
    void *(*map)(const struct io *io, int fd, size_t len, bool writable);
    void (*unmap)(const struct io *io, void *ptr, size_t len);
};

const struct io *io_system(void);

/* All of it, over short writes and EINTR; the iov array is changed on the way. */
int io_write_all(const struct io *io, int fd, struct iovec *iov, int count, off_t at);
/* Up to len bytes, fewer only at the file's end. */
ssize_t io_read_full(const struct io *io, int fd, void *buf, size_t len, off_t at);
/* The whole file, at most `max` bytes, with a NUL behind it; the caller frees *out.ptr. */
int io_read_file(const struct io *io, const char *path, size_t max, struct str *out,
                 struct err *err);
/* Replaces path so that after a crash it is the old file or the new one: writes path + ".tmp",
 * fdatasync, rename, sync of the folder. */
int io_replace_file(const struct io *io, const char *path, mode_t mode, struct str bytes,
                    struct err *err);
/* Makes the folder where it is missing (not its parents) and syncs the parent, in any case. */
int io_make_dir(const struct io *io, const char *path, mode_t mode, struct err *err);
/* "a/b" of a and b; the caller frees it. */
char *io_join(const char *dir, const char *name);
/* The folder that path is in ("." where it names none); the caller frees it. */
char *io_parent(const char *path);
