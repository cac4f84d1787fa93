/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_disk.h: a disk that can be full or fail to sync, and folders to copy and to remove. */
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "unit.h"

/* A full disk: what is there may be written over, nothing can grow. */
static bool no_room, no_sync;
static bool is_new[1024];

static inline int full_open(const struct io *io, const char *path, int flags, mode_t mode)
{
    int fd = io_system()->open(io, path, flags, mode);

    if (fd >= 0 && fd < (int)ARRAY_LEN(is_new))
        is_new[fd] = flags & O_CREAT;
    return fd;
}

static inline ssize_t full_pwritev(const struct io *io, int fd, const struct iovec *iov, int count,
                                   off_t at)
{
    if (no_room && fd < (int)ARRAY_LEN(is_new) && is_new[fd]) {
        errno = ENOSPC;
        return -1;
    }
    return io_system()->pwritev(io, fd, iov, count, at);
}

static inline int failing_fdatasync(const struct io *io, int fd)
{
    if (no_sync) {
        errno = EIO;
        return -1;
    }
    return io_system()->fdatasync(io, fd);
}

static inline const struct io *tested_io(void)
{
    static struct io io;

    io = *io_system();
    io.open = full_open;
    io.pwritev = full_pwritev;
    io.fdatasync = failing_fdatasync;
    return &io;
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static inline void copy_file(const char *from, const char *to)
{
    AUTO_FD in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char bytes[1 << 16];
    ssize_t n;

    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)n), n);
}

static inline void forget_folder(char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(dir);
}
