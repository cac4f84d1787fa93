/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild_files.c: names, a copy, and the swap.
 *
 * The swap gives the store in use a second name and then renames the next one over it, so that there
 * is no moment without a store. Its log, if it has one, goes away before: beside another database it
 * would be read as that one's. */
#include "cmd/rebuild_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

enum { COPY_BYTES = 1 << 20 };

void rebuild_files_init(struct rebuild_files *f, const struct settings *s)
{
    f->dir = xstrdup(s->data);
    f->current = settings_data_path(s, "weir.duckdb");
    f->current_log = settings_data_path(s, "weir.duckdb.wal");
    f->next = settings_data_path(s, "weir.duckdb.new");
    f->next_log = settings_data_path(s, "weir.duckdb.new.wal");
    f->next_temp = settings_data_path(s, "weir.duckdb.new.tmp");
    f->last = settings_data_path(s, "weir.duckdb.old");
    f->last_log = settings_data_path(s, "weir.duckdb.old.wal");
}

void rebuild_files_free(struct rebuild_files *f)
{
    char *const all[] = {f->dir,      f->current,   f->current_log, f->next,
                         f->next_log, f->next_temp, f->last,        f->last_log};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
    *f = (struct rebuild_files){0};
}

static int remove_file(const char *path, struct err *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    return err_set(err, ERR_IO, "remove %s: %s", path, strerror(errno));
}

static int remove_entry(void *ctx, const char *name)
{
    AUTO_FREE char *path = io_join(ctx, name);

    return unlink(path) < 0;
}

int rebuild_files_check_owner(const struct rebuild_files *f, struct err *err)
{
    struct stat st;

    if (stat(f->current, &st) < 0 || st.st_uid == geteuid())
        return 0;
    return err_set(err, ERR_DENIED,
                   "%s belongs to user %lu and this is user %lu, whose files the engine could not "
                   "open: run it as that user",
                   f->current, (unsigned long)st.st_uid, (unsigned long)geteuid());
}

/* DuckDB's temporary folder, which holds files alone. */
static int remove_folder(char *path, struct err *err)
{
    const struct io *io = io_system();

    if (io->list(io, path, remove_entry, path) != 0 && errno == ENOENT)
        return 0;
    if (rmdir(path) == 0)
        return 0;
    return err_set(err, ERR_IO, "remove %s: %s", path, strerror(errno));
}

int rebuild_files_clear(const struct rebuild_files *f, struct err *err)
{
    if (remove_file(f->next, err) < 0 || remove_file(f->next_log, err) < 0)
        return -1;
    return remove_folder(f->next_temp, err);
}

static int copy_bytes(const struct rebuild_files *f, int from, int to, struct err *err)
{
    AUTO_FREE char *block = xmalloc(COPY_BYTES);
    const struct io *io = io_system();
    off_t at = 0;
    ssize_t n;

    while ((n = io_read_full(io, from, block, COPY_BYTES, at)) > 0) {
        struct iovec iov = {block, (size_t)n};

        if (io_write_all(io, to, &iov, 1, at) < 0)
            return err_set(err, errno == ENOSPC ? ERR_SPACE : ERR_IO, "write %s: %s", f->next,
                           strerror(errno));
        at += n;
    }
    return n < 0 ? err_set(err, ERR_IO, "read %s: %s", f->current, strerror(errno)) : 0;
}

int rebuild_files_copy(const struct rebuild_files *f, struct err *err)
{
    AUTO_FD from = open(f->current, O_RDONLY | O_CLOEXEC);
    AUTO_FD to = -1;

    if (from < 0)
        return err_set(err, ERR_IO, "open %s: %s", f->current, strerror(errno));
    to = open(f->next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return err_set(err, ERR_IO, "make %s: %s", f->next, strerror(errno));
    return copy_bytes(f, from, to, err);
}

static int sync_file(const char *path, struct err *err)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fsync(fd) == 0)
        return 0;
    return err_set(err, ERR_IO, "sync %s: %s", path, strerror(errno));
}

static int move(const char *from, const char *to, struct err *err)
{
    if (rename(from, to) == 0)
        return 0;
    return err_set(err, ERR_IO, "rename %s to %s: %s", from, to, strerror(errno));
}

/* The store in use gets a second name; what had that before goes. */
static int keep_current(const struct rebuild_files *f, struct err *err)
{
    if (access(f->current, F_OK) < 0)
        return 0;
    if (remove_file(f->last, err) < 0 || remove_file(f->last_log, err) < 0)
        return -1;
    if (link(f->current, f->last) < 0)
        return err_set(err, ERR_IO, "give %s a second name: %s; --discard-old does without",
                       f->current, strerror(errno));
    return 0;
}

int rebuild_files_swap(const struct rebuild_files *f, bool keep, struct err *err)
{
    const struct io *io = io_system();

    if (access(f->next_log, F_OK) == 0)
        return err_set(err, ERR_INTERNAL, "%s was not written in full: its log is still there",
                       f->next);
    if (sync_file(f->next, err) < 0)
        return -1;
    if (keep && keep_current(f, err) < 0)
        return -1;
    if (access(f->current_log, F_OK) == 0 &&
        (keep ? move(f->current_log, f->last_log, err) : remove_file(f->current_log, err)) < 0)
        return -1;
    if (io->fsync_dir(io, f->dir) < 0)
        return err_set(err, ERR_IO, "sync %s: %s", f->dir, strerror(errno));
    if (move(f->next, f->current, err) < 0)
        return -1;
    if (io->fsync_dir(io, f->dir) < 0)
        return err_set(err, ERR_IO, "sync %s: %s", f->dir, strerror(errno));
    return 0;
}
